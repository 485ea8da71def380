/* The bits of a transfer whose elements are an explicit set. Internal. */
#ifndef TACET_EXECUTOR_BITS_H
#define TACET_EXECUTOR_BITS_H

#include "../../dense/executor/executor_walk.h"
#include "../sparse.h"

/* The smallest grid that holds a set: the product of the coordinates that its
   elements have in each rank. */
typedef struct tacet_projection {
  const tacet_tensor *tensor; /* borrowed */
  int64_t extent[TACET_MAX_RANKS];
  int64_t *coordinate[TACET_MAX_RANKS]; /* owned; sorted; [extent], room for
                                           any rank of the layer */
  unsigned char *full;   /* owned; by cell of the grid: sent and not zero */
  unsigned char *sorted; /* owned; the same in a format's order */
} tacet_projection;

/* Room for any set of elements of the layer's tensors in the formats of
   `features`. Error: TACET_NO_MEMORY; tacet_projection_free is due all the
   same. */
tacet_status tacet_projection_make(tacet_projection *projection,
                                   const tacet_layer *layer,
                                   const tacet_features *features,
                                   tacet_error *error);
void tacet_projection_free(tacet_projection *projection); /* zeroed is fine */

/* Bits of the elements of `set`, the zeros among which `zeros` knows, written
   out. */
tacet_bits tacet_transfer_bits(tacet_projection *projection,
                               const tacet_tensor *tensor, const tacet_set *set,
                               const tacet_zeros *zeros,
                               const tacet_format *format, int64_t width);

/* Expected bits if the tensor's values are not zero with `density`. */
tacet_bits tacet_expected_transfer_bits(tacet_projection *projection,
                                        const tacet_tensor *tensor,
                                        const tacet_set *set, double density,
                                        const tacet_format *format,
                                        int64_t width);

#endif
