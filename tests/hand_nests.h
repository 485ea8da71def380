/* Nests made by hand, so that the executor's tests need no bind. */
#ifndef TESTS_HAND_NESTS_H
#define TESTS_HAND_NESTS_H

/* cmocka.h must come before */
#include "../dense/dense.h"

enum { DRAM_L2, L2_L1, BOUNDARIES }; /* the boundaries of three storages */

/* Links that multicast and reduce, and links that do neither. */
static const tacet_accelerator both = {
    .storages = 3,
    .link = {{.multicast = true, .reduction = true},
             {.multicast = true, .reduction = true}}};
static const tacet_accelerator neither = {.storages = 3};

/* Its layer lives until a few others have been made. */
static inline tacet_nest nest_of(const tacet_shape *shape) {
  static tacet_layer layers[8];
  static int made;
  tacet_layer *layer = &layers[made++ % 8];
  tacet_error error;
  *layer = (tacet_layer){.repeat = 1};
  assert_int_equal(tacet_layer_make(layer, shape, NULL, &error), TACET_OK);
  return (tacet_nest){.layer = layer, .storages = 3};
}

/* Z[M,N] = A[M,K].B[K,N]; the slots: weight is B, input is A, output is Z. */
static inline tacet_nest gemm(int64_t M, int64_t N, int64_t K) {
  tacet_shape shape = tacet_shape_of_ones(TACET_GEMM);
  shape.M = M;
  shape.N = N;
  shape.K = K;
  return nest_of(&shape);
}

/* One row: output q reads the inputs stride*q + s. */
static inline tacet_nest conv(int64_t X, int64_t S, int64_t stride) {
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.X = X;
  shape.S = S;
  shape.stride[1] = stride;
  return nest_of(&shape);
}

/* Puts L2's tile of every tensor inside the first `position` loops. */
static inline void place_l2(tacet_nest *nest, int position) {
  for (int t = 0; t < TACET_TENSORS; t++) nest->position[1][t] = position;
}

/* Adds a loop inside the others, and moves L2's and L1's tiles inside it. */
static inline void add_loop(tacet_nest *nest, const char *dim, int64_t size,
                            int64_t tiles, int64_t units) {
  nest->loop[nest->loops++] =
      (tacet_loop){.dim = tacet_layer_dim(nest->layer, dim),
                   .spatial = units > 1,
                   .size = size,
                   .tiles = tiles,
                   .units = units,
                   .folds = (tiles + units - 1) / units};
  place_l2(nest, nest->loops);
  for (int t = 0; t < TACET_TENSORS; t++) nest->position[2][t] = nest->loops;
}

static inline void temporal(tacet_nest *nest, const char *dim, int64_t size,
                            int64_t tiles) {
  add_loop(nest, dim, size, tiles, 1);
}

static inline void spatial(tacet_nest *nest, const char *dim, int64_t size,
                           int64_t tiles, int64_t units) {
  add_loop(nest, dim, size, tiles, units);
}

#endif
