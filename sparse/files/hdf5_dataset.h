/* One dataset of an HDF5 file that nobody vouches for: opened without reading
   other files, and read in the type it is stored in. Knows nothing of layers
   or masks. */
#ifndef TACET_HDF5_DATASET_H
#define TACET_HDF5_DATASET_H

#include "hdf5_file.h"

enum { TACET_HDF5_RANKS = 8 };

/* How the chunks are filtered. */
typedef enum tacet_gzip {
  TACET_GZIP_NONE,
  TACET_GZIP_PLAIN,
  TACET_GZIP_SHUFFLED, /* and then gzip */
  TACET_GZIP_OTHER     /* checksums, or another order */
} tacet_gzip;

typedef struct tacet_hdf5_dataset {
  const tacet_hdf5_file *file;     /* borrowed */
  int ranks;                       /* 1 .. TACET_HDF5_RANKS */
  int64_t size[TACET_HDF5_RANKS];  /* outermost first */
  int64_t chunk[TACET_HDF5_RANKS]; /* 1 along each axis if not chunked */
  bool contiguous;
  tacet_gzip gzip;
  tacet_number number;
  hid_t id, type, space;
} tacet_hdf5_dataset;

/* Takes over `object`, if it is a dataset of an integer, boolean-enum or float
   type, of one to eight axes, with no filters but gzip, shuffle and
   fletcher32, whose chunks are at most 64 MiB, and which stores about as much
   as it announces. Anything else is an error that names file, path and what
   was found. To be closed also after an error. */
tacet_status tacet_hdf5_dataset_open(tacet_hdf5_dataset *dataset,
                                     const tacet_hdf5_file *file, hid_t object,
                                     tacet_error *error);
void tacet_hdf5_dataset_close(tacet_hdf5_dataset *dataset);

/* Reads the box start[axis] .. start[axis]+length[axis]-1 as it is stored,
   row-major, into values[product of length * number.bytes]. */
tacet_status tacet_hdf5_dataset_read(const tacet_hdf5_dataset *dataset,
                                     const int64_t *start,
                                     const int64_t *length, void *values,
                                     tacet_error *error);

#endif
