/* The weights of a tensor as magnitudes, for pruning. */
#ifndef TACET_WEIGHTS_H
#define TACET_WEIGHTS_H

#include "mask.h"
#include "../files/source.h"

typedef struct tacet_weights {
  int64_t elements;
  float *magnitude; /* owned; [elements], of the canonical ranks, row-major */
  size_t bytes;
} tacet_weights;

/* Reads what tacet_mask_read reads, but the absolute values; threshold and
   polarity do not count. */
tacet_status tacet_weights_read(tacet_weights *weights,
                                const tacet_tensor *tensor,
                                const tacet_mask_source *source,
                                tacet_error *error);
void tacet_weights_free(tacet_weights *weights); /* a zeroed one is fine */

/* What a file holds, found out like a mask in a process of its own. *listing
   is the caller's, NULL after an error. */
tacet_status tacet_listing_read(tacet_listing **listing, const char *path,
                                const tacet_place *place, tacet_error *error);
void tacet_listing_free(tacet_listing *listing); /* NULL is fine */

#endif
