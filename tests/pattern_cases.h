/* Random tensors, boxes and patterns, for the tests of patterns. */
#ifndef TACET_PATTERN_CASES_H
#define TACET_PATTERN_CASES_H

#include "../sparse/sparse.h"

typedef struct tensor_box {
  int64_t start[TACET_MAX_RANKS], length[TACET_MAX_RANKS];
} tensor_box;

/* Walks the coordinates of a box that is not empty in row-major order; at the
   end at[0] is -1. */
void box_first(const tensor_box *b, int64_t *at, int ranks);
void box_next(const tensor_box *b, int64_t *at, int ranks);

/* One to three ranks of up to `most` coordinates each, named K, C, R. */
tacet_tensor random_tensor(uint64_t *random, int64_t most);

/* No rank of it is empty. */
tensor_box random_box(uint64_t *random, const tacet_tensor *tensor);

/* Along the rank; m is at most 5. */
tacet_pattern random_n_of_m(uint64_t *random, const tacet_tensor *tensor,
                            int rank);

/* Free with tacet_pattern_free. */
tacet_pattern random_densities(uint64_t *random, const tacet_tensor *tensor,
                               int rank);

/* Of one kind, over two ranks of a single dimension each; the uniform one if
   there are none. */
tacet_pattern plane_over_tensor(uint64_t *random, const tacet_tensor *tensor);

/* Masks of the operands drawn from patterns, others for every seed, which
   *sparsity then has. Free them. */
void draw_operands(tacet_sparsity *sparsity, tacet_mask mask[TACET_OUTPUT],
                   const tacet_pattern pattern[TACET_OUTPUT],
                   const tacet_layer *layer, uint64_t seed);

#endif
