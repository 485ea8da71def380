/* Vectors of densities from files that nobody vouches for. */
#ifndef TACET_DENSITY_FILE_H
#define TACET_DENSITY_FILE_H

#include "../masks/mask.h"

/* Reads a density for each coordinate of a tensor's rank from an array of one
   axis, of floating-point numbers of any kind that sparse/files/source.h reads (of
   source, file, dataset and place count). *density, of as many numbers as the
   rank has coordinates, is the caller's; NULL after an error. Errors:
   TACET_BAD_INPUT, there is no such array, it has another length, or a number
   is not within 0 to 1; TACET_NO_MEMORY. The file is parsed in a process of its
   own (sparse/files/guard.h). */
tacet_status tacet_densities_read(double **density, const tacet_tensor *tensor,
                                  int rank, const tacet_mask_source *source,
                                  tacet_error *error);

#endif
