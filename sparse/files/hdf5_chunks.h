/* Chunks of an HDF5 dataset, inflated by all processors. Knows nothing of what
   their values mean. */
#ifndef TACET_HDF5_CHUNKS_H
#define TACET_HDF5_CHUNKS_H

#include "hdf5_dataset.h"

/* A box of values, start[axis] .. start[axis]+length[axis]-1, row-major; they
   may be overwritten. */
typedef void tacet_hdf5_take(void *context, const int64_t *start,
                             const int64_t *length, unsigned char *values);

/* Does own inflating pay? If the dataset is of enough chunks that are large,
   and has no filters but gzip, or shuffle and gzip. HDF5 itself inflates on
   one processor, however many ask it to. */
bool tacet_hdf5_chunks_pay(const tacet_hdf5_dataset *dataset);

/* Gives each chunk, without what is beyond the dataset, to `take`: in any
   order, one at a time, from any thread. Takes at most 32 MiB, or what one
   chunk needs three times. `workers` is as for tacet_workers_run. */
tacet_status tacet_hdf5_chunks_read(const tacet_hdf5_dataset *dataset,
                                    int workers, tacet_hdf5_take *take,
                                    void *context, tacet_error *error);

#endif
