/* What joining two masks costs: the tables, a whole layer, a box; and the
   same total as a product of patterns by CXSparse. */
#define NCOMPLEX
#include <stdio.h>
#include <stdlib.h>
#include <suitesparse/cs.h>
#include <time.h>

#include "../sparse/masks/join.h"
#include "cases.h"

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void report(const char *what, double seconds, int64_t pairs) {
  printf("%-40s %12.3f us  %lld pairs\n", what, 1e6 * seconds,
         (long long)pairs);
}

static tacet_mask random_mask(const tacet_tensor *tensor, int percent,
                              uint64_t *random) {
  tacet_mask mask;
  if (tacet_mask_make(&mask, tensor, NULL)) exit(1);
  for (int64_t i = 0; i < mask.elements; i++)
    if (random_between(random, 0, 99) < percent) tacet_mask_set(&mask, i);
  tacet_mask_recount(&mask);
  return mask;
}

/* ---- the join ----------------------------------------------------------- */

/* Counts the layer box by box, boxes of `tile` in every dimension. */
static void count_boxes(const char *what, const tacet_join *join,
                        const tacet_layer *layer, const int64_t *tile) {
  int64_t start[TACET_MAX_DIMS] = {0}, length[TACET_MAX_DIMS];
  int64_t boxes = 0, pairs = 0;
  const double begin = now();
  for (int d = 0; d >= 0;) {
    for (d = 0; d < layer->dims; d++) {
      const int64_t left = layer->dim[d].size - start[d];
      length[d] = left < tile[d] ? left : tile[d];
    }
    pairs += tacet_join_count(join, start, length).both;
    boxes++;
    for (d = layer->dims - 1; d >= 0; d--) {
      start[d] += tile[d];
      if (start[d] < layer->dim[d].size) break;
      start[d] = 0;
    }
  }
  report(what, (now() - begin) / (double)boxes, pairs);
}

static tacet_join *make_join(const tacet_layer *layer, const tacet_mask *weight,
                             const tacet_mask *input) {
  tacet_join *join;
  const double begin = now();
  if (tacet_join_make(&join, layer, weight, input, NULL)) exit(1);
  report("tables", now() - begin, 0);
  return join;
}

/* ---- CXSparse ----------------------------------------------------------- */

/* rows x columns, row-major, to a compressed matrix of columns. */
static cs_dl *compress(const tacet_mask *mask) {
  const int64_t columns = mask->size[1];
  cs_dl *triplets = cs_dl_spalloc(mask->size[0], columns, mask->nonzeros, 1, 1);
  for (int64_t i = 0; i < mask->elements; i++)
    if (tacet_mask_test(mask, i) &&
        !cs_dl_entry(triplets, i / columns, i % columns, 1))
      exit(1);
  cs_dl *matrix = cs_dl_compress(triplets);
  cs_dl_spfree(triplets);
  return matrix;
}

static void multiply(const tacet_mask *b, const tacet_mask *a) {
  double begin = now();
  cs_dl *left = compress(a), *right = compress(b);
  report("CXSparse: compress", now() - begin, 0);
  begin = now();
  cs_dl *product = cs_dl_multiply(left, right);
  if (!product) exit(1);
  double pairs = 0;
  for (int64_t i = 0; i < product->p[product->n]; i++) pairs += product->x[i];
  report("CXSparse: multiply", now() - begin, (int64_t)pairs);
  cs_dl_spfree(left);
  cs_dl_spfree(right);
  cs_dl_spfree(product);
}

/* ---- layers ------------------------------------------------------------- */

static tacet_layer make_layer(const tacet_shape *shape) {
  tacet_layer layer;
  if (tacet_layer_make(&layer, shape, NULL, NULL)) exit(1);
  return layer;
}

static void bench_product(uint64_t *random) {
  puts("GEMM 4096 x 4096 x 4096, both operands 90 % sparse");
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.type = TACET_GEMM;
  shape.M = shape.N = shape.K = 4096;
  shape.shared[TACET_WEIGHT] = shape.shared[TACET_INPUT] = true;
  const tacet_layer layer = make_layer(&shape);
  tacet_mask b = random_mask(&layer.tensor[TACET_WEIGHT], 10, random);
  tacet_mask a = random_mask(&layer.tensor[TACET_INPUT], 10, random);
  tacet_join *join = make_join(&layer, &b, &a);
  count_boxes("the layer", join, &layer, (int64_t[]){1, 4096, 4096, 4096});
  count_boxes("a box of 16 x 16 x 16", join, &layer,
              (int64_t[]){1, 16, 16, 16});
  tacet_join_free(join);
  multiply(&b, &a);
  tacet_mask_free(&a);
  tacet_mask_free(&b);
}

static void bench_convolution(uint64_t *random) {
  puts("CONV 256 x 256 x 3 x 3 on 56 x 56, padding 1, densities 24 %, 70 %");
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.K = shape.C = 256;
  shape.Y = shape.X = 56;
  shape.R = shape.S = 3;
  for (int w = 0; w < 2; w++) shape.pad_before[w] = shape.pad_after[w] = 1;
  const tacet_layer layer = make_layer(&shape);
  tacet_mask weight = random_mask(&layer.tensor[TACET_WEIGHT], 24, random);
  tacet_mask input = random_mask(&layer.tensor[TACET_INPUT], 70, random);
  tacet_join *join = make_join(&layer, &weight, &input);
  count_boxes("the layer", join, &layer,
              (int64_t[]){1, 1, 256, 256, 56, 56, 3, 3});
  count_boxes("K 1, C 1, a row of 56, 3 x 3", join, &layer,
              (int64_t[]){1, 1, 1, 1, 1, 56, 3, 3});
  count_boxes("K 16, C 64, 1 x 1, 3 x 3", join, &layer,
              (int64_t[]){1, 1, 16, 64, 1, 1, 3, 3});
  tacet_join_free(join);
  tacet_mask_free(&weight);
  tacet_mask_free(&input);
}

int main(void) {
  uint64_t random = 1;
  bench_product(&random);
  bench_convolution(&random);
  return 0;
}
