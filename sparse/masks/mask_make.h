/* Making masks: at random after a pattern, or from weights by what is
   smallest. The matrix of a tensor has its first row_ranks ranks as rows.
   Equal seeds make equal masks. */
#ifndef TACET_MASK_MAKE_H
#define TACET_MASK_MAKE_H

#include "mask.h"
#include "weights.h"

typedef enum tacet_mask_kind {
  TACET_MASK_UNIFORM, /* any element */
  TACET_MASK_GROUP,   /* keep of every `group` in a row along a rank */
  TACET_MASK_BLOCK,   /* whole blocks of the matrix */
  TACET_MASK_CHANNEL, /* whole slices of a rank */
  TACET_MASK_BAND,    /* |row - column| < width */
  TACET_MASK_CAUSAL,  /* column <= row */
  TACET_MASK_WINDOW,  /* column <= row < column + width */
  TACET_MASK_KINDS
} tacet_mask_kind;

extern const char *const tacet_mask_kinds[]; /* NULL-terminated */

typedef struct tacet_mask_plan {
  tacet_mask_kind kind;
  double density;      /* of UNIFORM, BLOCK and CHANNEL: what is kept */
  int64_t keep, group; /* of GROUP */
  char along;          /* rank of GROUP and CHANNEL */
  int64_t block_rows, block_columns;
  int64_t width; /* of BAND and WINDOW */
  uint64_t seed;
} tacet_mask_plan;

/* Sets bits of a mask that is all zeros. Of n elements, blocks or slices,
   exactly round(density * n) are kept. Errors: TACET_BAD_USAGE if the tensor
   has no such rank, or its matrix is not square where it has to be. */
tacet_status tacet_mask_make_random(tacet_mask *mask,
                                    const tacet_tensor *tensor,
                                    const tacet_mask_plan *plan,
                                    tacet_error *error);

/* The same for UNIFORM, GROUP, BLOCK and CHANNEL, but keeps what is largest:
   elements by magnitude, blocks and slices by their sum; of equals the first.
   A NaN is larger than any number. */
tacet_status tacet_mask_make_pruned(tacet_mask *mask,
                                    const tacet_tensor *tensor,
                                    const tacet_weights *weights,
                                    const tacet_mask_plan *plan,
                                    tacet_error *error);

/* The magnitude from which on `kept` of all weights of `layers` tensors are
   kept, and how many of those that equal it. */
typedef struct tacet_cut {
  float from;
  int64_t equals; /* of these, from the first one on */
} tacet_cut;

tacet_cut tacet_cut_at(const tacet_weights *weights, int layers, int64_t kept);

/* Keeps what is above the cut, and takes from cut->equals what is kept of
   those that equal it. */
void tacet_mask_cut(tacet_mask *mask, const tacet_weights *weights,
                    tacet_cut *cut);

#endif
