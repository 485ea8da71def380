/* Our own file of masks: HDF5 with a dataset /<layer>/<tensor> for each, of
   bytes that hold a bit an element, in the order of the attribute layout.
   Attributes: format "tacet-bits-1", shape, layout, bitorder "little" (the
   lowest bit first) or "big". Readers take any path and layout; what is
   written here has all ranks of the tensor, in their own order. A hypersparse
   mask is a group instead, of the attributes and datasets that AnnData gives a
   csr_matrix, and layout. The same file can hold vectors of densities. */
#ifndef TACET_MASK_STORE_H
#define TACET_MASK_STORE_H

#include "mask.h"

#define TACET_BITS_FORMAT "tacet-bits-1"

/* Does the file begin like HDF5? */
bool tacet_is_mask_store(const char *path);

/* A file of masks in the making. */
typedef struct tacet_mask_store tacet_mask_store;

/* Starts a file that appears under its name only when it is finished. Error:
   TACET_NO_FILE. */
tacet_status tacet_mask_store_start(tacet_mask_store **file, const char *path,
                                    tacet_error *error);

/* Adds the mask of a layer's tensor. Error: TACET_WRITE_FAILED. */
tacet_status tacet_mask_store_add(tacet_mask_store *file, const char *layer,
                                  const tacet_tensor *tensor,
                                  const tacet_mask *mask, tacet_error *error);

/* Adds the vector /<layer>/<tensor>_density: count float64, with the attribute
   along. Error: TACET_WRITE_FAILED. */
tacet_status tacet_mask_store_add_densities(tacet_mask_store *file,
                                            const char *layer,
                                            const char *tensor,
                                            const char *along,
                                            const double *density,
                                            int64_t count, tacet_error *error);

/* Puts the file in its place. In any case `file` is gone afterwards. */
tacet_status tacet_mask_store_finish(tacet_mask_store *file,
                                     tacet_error *error);

/* Drops what there is of it; NULL is fine. */
void tacet_mask_store_drop(tacet_mask_store *file);

#endif
