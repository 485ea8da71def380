/* One dataset of an HDF5 file that nobody vouches for: opened without
   following links, reading other files or loading plugins, and read in the
   type it is stored in. Knows nothing of layers or masks. */
#ifndef TACET_HDF5_DATASET_H
#define TACET_HDF5_DATASET_H

#include <hdf5.h>

#include "../dense/error.h"
#include "mask_values.h"

enum { TACET_HDF5_RANKS = 8 };

/* `file`, `path` and `place` (of the entry that names the dataset, for
   messages) are set by the caller and borrowed; tacet_hdf5_open fills the
   rest. */
typedef struct tacet_hdf5_dataset {
  const char *file;
  const char *path;
  const tacet_place *place;
  int ranks;                       /* 1 .. TACET_HDF5_RANKS */
  int64_t size[TACET_HDF5_RANKS];  /* outermost first */
  int64_t chunk[TACET_HDF5_RANKS]; /* 1 along each axis if not chunked */
  tacet_number number;
  hid_t file_id, id, type, space;
} tacet_hdf5_dataset;

/* Accepts a path of hard links to a dataset of an integer, boolean-enum or
   IEEE float type, of one to eight axes, with no filters but gzip, shuffle
   and fletcher32, whose chunks are at most 64 MiB. Anything else is an error
   that names file, path and what was found. Prevents HDF5 from loading
   plugins and from printing, in the whole process and in this thread. To be
   closed also after an error. */
tacet_status tacet_hdf5_open(tacet_hdf5_dataset *dataset, tacet_error *error);
void tacet_hdf5_close(tacet_hdf5_dataset *dataset);

/* Reads the box start[axis] .. start[axis]+length[axis]-1 as it is stored,
   row-major, into values[product of length * number.bytes]. */
tacet_status tacet_hdf5_read(const tacet_hdf5_dataset *dataset,
                             const int64_t *start, const int64_t *length,
                             void *values, tacet_error *error);

/* Error TACET_BAD_INPUT "file: path: message" at the dataset's place. */
tacet_status tacet_hdf5_refuse(const tacet_hdf5_dataset *dataset,
                               tacet_error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
