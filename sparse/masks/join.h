/* How many MACs of a box have non-zero operands: two masks joined exactly. */
#ifndef TACET_JOIN_H
#define TACET_JOIN_H

#include "mask.h"

/* MACs of a box of the canonical dimensions, by their operands. A MAC on
   padding has a zero input. */
typedef struct tacet_pairs {
  int64_t macs;
  int64_t weight; /* whose weight is not zero */
  int64_t input;  /* whose input is not zero */
  int64_t both;
} tacet_pairs;

typedef struct tacet_join tacet_join;

/* Tables for counting boxes of `layer`; a NULL mask is all ones. The masks
   may be freed afterwards. Owned by the caller. A table takes 4 bytes an
   element. Errors: TACET_BAD_INPUT (mask of another shape), TACET_NO_MEMORY,
   TACET_OVERFLOW (an operand with 2^32 elements or more along the dimensions
   that the other lacks). */
tacet_status tacet_join_make(tacet_join **join, const tacet_layer *layer,
                             const tacet_mask *weight, const tacet_mask *input,
                             tacet_error *error);
void tacet_join_free(tacet_join *join);

/* Counts the box start[d] .. start[d]+length[d]-1 over the layer's
   dimensions. Pure; takes time in proportion to the box's extent in the
   dimensions that both operands have (G, C, R, S; GEMM: B, K). */
tacet_pairs tacet_join_count(const tacet_join *join, const int64_t *start,
                             const int64_t *length);

#endif
