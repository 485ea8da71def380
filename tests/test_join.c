/* Joins against two judges that share nothing with them: counting by
   definition on random small layers, and the product of patterns as CXSparse
   makes it on larger ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define NCOMPLEX
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suitesparse/cs.h>

#include "../sparse/masks/join.h"
#include "cases.h"

typedef struct join_case {
  tacet_layer layer;
  bool all_ones[2]; /* the operand is joined without its mask */
  tacet_mask mask[2];
  tacet_join *join;
} join_case;

/* ---- random masks and boxes --------------------------------------------- */

static void random_mask(tacet_mask *mask, const tacet_tensor *tensor,
                        bool all_ones, uint64_t *random) {
  static const int densities[] = {0, 3, 10, 50, 90, 100};
  tacet_error error;
  assert_int_equal(tacet_mask_make(mask, tensor, &error), TACET_OK);
  const int density = all_ones ? 100 : densities[random_between(random, 0, 5)];
  for (int64_t i = 0; i < mask->elements; i++)
    if (random_between(random, 0, 99) < density) tacet_mask_set(mask, i);
  tacet_mask_recount(mask);
}

static void join_masks(join_case *c, uint64_t *random) {
  const tacet_mask *given[2];
  tacet_error error;
  for (int o = 0; o < 2; o++) {
    c->all_ones[o] = random_between(random, 0, 9) == 0;
    random_mask(&c->mask[o], &c->layer.tensor[o], c->all_ones[o], random);
    given[o] = c->all_ones[o] ? NULL : &c->mask[o];
  }
  assert_int_equal(
      tacet_join_make(&c->join, &c->layer, given[0], given[1], &error),
      TACET_OK);
}

static void free_case(join_case *c) {
  tacet_join_free(c->join);
  for (int o = 0; o < 2; o++) tacet_mask_free(&c->mask[o]);
}

static void random_box(const tacet_layer *layer, int64_t *start,
                       int64_t *length, uint64_t *random) {
  const bool whole = random_between(random, 0, 4) == 0;
  for (int d = 0; d < layer->dims; d++) {
    const int64_t size = layer->dim[d].size;
    start[d] = whole ? 0 : random_between(random, 0, size - 1);
    length[d] = whole ? size : random_between(random, 1, size - start[d]);
  }
}

/* ---- the judge by definition -------------------------------------------- */

/* Whether the element of an operand that a MAC uses is not zero. */
static bool is_one(const join_case *c, int operand, const int64_t *mac) {
  const tacet_tensor *tensor = &c->layer.tensor[operand];
  int64_t element = 0;
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    int64_t coordinate = rank->offset;
    for (int t = 0; t < rank->terms; t++)
      coordinate += rank->term[t].coefficient * mac[rank->term[t].dim];
    if (coordinate < 0 || coordinate >= rank->size) return false;
    element = element * rank->size + coordinate;
  }
  return tacet_mask_test(&c->mask[operand], element);
}

static bool next_mac(const tacet_layer *layer, int64_t *mac,
                     const int64_t *start, const int64_t *length) {
  for (int d = layer->dims - 1; d >= 0; d--) {
    if (++mac[d] < start[d] + length[d]) return true;
    mac[d] = start[d];
  }
  return false;
}

static tacet_pairs count_by_definition(const join_case *c, const int64_t *start,
                                       const int64_t *length) {
  int64_t mac[TACET_MAX_DIMS];
  tacet_pairs pairs = {0};
  memcpy(mac, start, sizeof mac);
  do {
    const bool weight = is_one(c, TACET_WEIGHT, mac);
    const bool input = is_one(c, TACET_INPUT, mac);
    pairs.macs++;
    pairs.weight += weight;
    pairs.input += input;
    pairs.both += weight && input;
  } while (next_mac(&c->layer, mac, start, length));
  return pairs;
}

static bool agrees(const join_case *c, uint64_t *random) {
  int64_t start[TACET_MAX_DIMS] = {0}, length[TACET_MAX_DIMS] = {0};
  random_box(&c->layer, start, length, random);
  const tacet_pairs expected = count_by_definition(c, start, length);
  const tacet_pairs found = tacet_join_count(c->join, start, length);
  if (memcmp(&expected, &found, sizeof found) == 0) return true;
  printf("box");
  for (int d = 0; d < c->layer.dims; d++)
    printf(" %s %lld+%lld of %lld", c->layer.dim[d].name, (long long)start[d],
           (long long)length[d], (long long)c->layer.dim[d].size);
  printf("\n  found %lld macs %lld weight %lld input %lld both\n",
         (long long)found.macs, (long long)found.weight, (long long)found.input,
         (long long)found.both);
  printf("  expected %lld macs %lld weight %lld input %lld both\n",
         (long long)expected.macs, (long long)expected.weight,
         (long long)expected.input, (long long)expected.both);
  return false;
}

/* ---- random layers ------------------------------------------------------ */

static void random_convolution(tacet_shape *shape, uint64_t *random) {
  int64_t *const filter[] = {&shape->R, &shape->S};
  int64_t *const image[] = {&shape->Y, &shape->X};
  shape->type = random_between(random, 0, 3) ? TACET_CONV : TACET_DEPTHWISE;
  shape->N = random_between(random, 1, 2);
  shape->G = random_between(random, 1, 3);
  if (shape->type == TACET_CONV) {
    shape->K = random_between(random, 1, 4);
    shape->C = random_between(random, 1, 4);
  }
  for (int w = 0; w < 2; w++) {
    *filter[w] = random_between(random, 1, 3);
    shape->stride[w] = random_between(random, 1, 3);
    shape->dilation[w] = random_between(random, 1, 2);
    shape->pad_before[w] = random_between(random, 0, 3);
    shape->pad_after[w] = random_between(random, 0, 3);
    *image[w] =
        (*filter[w] - 1) * shape->dilation[w] + random_between(random, 1, 8);
  }
}

static void random_product(tacet_shape *shape, int64_t most, uint64_t *random) {
  shape->type = TACET_GEMM;
  shape->B = random_between(random, 1, 3);
  shape->M = random_between(random, 1, most);
  shape->N = random_between(random, 1, most);
  shape->K = random_between(random, 1, most);
  shape->shared[TACET_WEIGHT] = random_between(random, 0, 1);
  shape->shared[TACET_INPUT] = random_between(random, 0, 1);
}

static void random_layer(tacet_layer *layer, uint64_t *random) {
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  tacet_error error;
  if (random_between(random, 0, 3))
    random_convolution(&shape, random);
  else
    random_product(&shape, 7, random);
  assert_int_equal(tacet_layer_make(layer, &shape, NULL, &error), TACET_OK);
}

/* Ranks that are any sums of any dimensions, and reach beyond the tensor on
   both sides. */
static void random_sums(tacet_layer *layer, uint64_t *random) {
  *layer = (tacet_layer){.dims = (int)random_between(random, 1, 5)};
  for (int d = 0; d < layer->dims; d++)
    layer->dim[d] = (tacet_dim){.name = {(char)('a' + d)},
                                .size = random_between(random, 1, 5)};
  for (int o = 0; o < 2; o++) {
    tacet_tensor *tensor = &layer->tensor[o];
    tensor->ranks = (int)random_between(random, 1, 3);
    for (int r = 0; r < tensor->ranks; r++) {
      tacet_rank *rank = &tensor->rank[r];
      rank->terms = (int)random_between(random, 1, 2);
      if (random_between(random, 0, 1))
        rank->offset = random_between(random, -2, 1);
      rank->size = random_between(random, 1, 9);
      for (int t = 0; t < rank->terms; t++)
        rank->term[t] =
            (tacet_term){(int)random_between(random, 0, layer->dims - 1),
                         random_between(random, 1, 3)};
    }
  }
}

static void check_cases(void (*make)(tacet_layer *, uint64_t *),
                        uint64_t seed) {
  const uint64_t first = environment_number("TACET_SEED", seed);
  const uint64_t cases = environment_number("TACET_CASES", 1000);
  printf("seed %llu, %llu cases of 5 boxes\n", (unsigned long long)first,
         (unsigned long long)cases);
  for (uint64_t i = 0; i < cases; i++) {
    uint64_t random = first + i;
    join_case c;
    bool same = true;
    make(&c.layer, &random);
    join_masks(&c, &random);
    for (int box = 0; box < 5 && same; box++) same = agrees(&c, &random);
    free_case(&c);
    if (!same) printf("wrong: seed %llu\n", (unsigned long long)(first + i));
    assert_true(same);
  }
}

static void layers_by_definition(void **state) {
  (void)state;
  check_cases(random_layer, 20170624);
}

static void sums_by_definition(void **state) {
  (void)state;
  check_cases(random_sums, 20190611);
}

/* ---- the judge by CXSparse ---------------------------------------------- */

static bool has_dim(const tacet_tensor *tensor, int dim) {
  for (int r = 0; r < tensor->ranks; r++)
    if (tensor->rank[r].term[0].dim == dim) return true;
  return false;
}

/* The mask as a matrix: a column for each value of the dimensions that both
   operands have, a row for each of the others. In products and pointwise
   layers a rank is its first dimension. */
static cs_dl *pattern(const join_case *c, int operand) {
  const tacet_tensor *tensor = &c->layer.tensor[operand];
  const tacet_tensor *other = &c->layer.tensor[1 - operand];
  const tacet_mask *mask = &c->mask[operand];
  cs_dl *triplets = cs_dl_spalloc(0, 0, mask->nonzeros + 1, 1, 1);
  assert_non_null(triplets);
  for (int64_t i = 0; i < mask->elements; i++) {
    int64_t left = i, row = 0, column = 0, rows = 1, columns = 1;
    for (int r = tensor->ranks - 1; r >= 0; r--) {
      const int64_t size = tensor->rank[r].size;
      const bool shared = has_dim(other, tensor->rank[r].term[0].dim);
      if (shared) {
        column += left % size * columns;
        columns *= size;
      } else {
        row += left % size * rows;
        rows *= size;
      }
      left /= size;
    }
    if (triplets->m < rows) triplets->m = rows;
    if (triplets->n < columns) triplets->n = columns;
    if (tacet_mask_test(mask, i))
      assert_true(cs_dl_entry(triplets, row, column, 1));
  }
  cs_dl *matrix = cs_dl_compress(triplets);
  cs_dl_spfree(triplets);
  assert_non_null(matrix);
  return matrix;
}

static int64_t count_by_product(const join_case *c) {
  cs_dl *weight = pattern(c, TACET_WEIGHT), *input = pattern(c, TACET_INPUT);
  cs_dl *transposed = cs_dl_transpose(input, 1);
  cs_dl *product = cs_dl_multiply(weight, transposed);
  assert_non_null(product);
  double pairs = 0;
  for (int64_t i = 0; i < product->p[product->n]; i++) pairs += product->x[i];
  cs_dl_spfree(weight);
  cs_dl_spfree(input);
  cs_dl_spfree(transposed);
  cs_dl_spfree(product);
  for (int d = 0; d < c->layer.dims; d++)
    if (!has_dim(&c->layer.tensor[TACET_WEIGHT], d) &&
        !has_dim(&c->layer.tensor[TACET_INPUT], d))
      pairs *= (double)c->layer.dim[d].size; /* R, S; B if both share it */
  return (int64_t)pairs;
}

static void random_pointwise(tacet_shape *shape, uint64_t *random) {
  shape->type = TACET_CONV;
  shape->N = random_between(random, 1, 2);
  shape->G = random_between(random, 1, 3);
  shape->K = random_between(random, 1, 40);
  shape->C = random_between(random, 1, 40);
  shape->Y = random_between(random, 1, 12);
  shape->X = random_between(random, 1, 12);
}

static void totals_by_product(void **state) {
  (void)state;
  uint64_t seed = 20060918, cases = 300;
  ask_for_cases(&seed, &cases);
  for (uint64_t i = 0; i < cases; i++) {
    uint64_t random = seed + i;
    tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
    tacet_error error;
    join_case c;
    if (random_between(&random, 0, 1))
      random_pointwise(&shape, &random);
    else
      random_product(&shape, 60, &random);
    assert_int_equal(tacet_layer_make(&c.layer, &shape, NULL, &error),
                     TACET_OK);
    join_masks(&c, &random);
    int64_t start[TACET_MAX_DIMS] = {0}, length[TACET_MAX_DIMS];
    for (int d = 0; d < c.layer.dims; d++) length[d] = c.layer.dim[d].size;
    const int64_t both = tacet_join_count(c.join, start, length).both;
    const int64_t expected = count_by_product(&c);
    free_case(&c);
    if (both != expected)
      printf("wrong: seed %llu: found %lld, expected %lld\n",
             (unsigned long long)(seed + i), (long long)both,
             (long long)expected);
    assert_true(both == expected);
  }
}

/* ---- errors ------------------------------------------------------------- */

static void mask_of_another_shape(void **state) {
  (void)state;
  uint64_t random = 1;
  tacet_layer layer;
  tacet_mask mask;
  tacet_join *join;
  tacet_error error;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.K = 3;
  assert_int_equal(tacet_layer_make(&layer, &shape, NULL, &error), TACET_OK);
  random_mask(&mask, &layer.tensor[TACET_WEIGHT], false, &random);
  assert_int_equal(tacet_join_make(&join, &layer, &mask, &mask, &error),
                   TACET_BAD_INPUT);
  assert_string_equal(error.message,
                      "a mask of 3 elements is no mask of input (1)");
  assert_null(join);
  tacet_mask_free(&mask);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layers_by_definition),
      cmocka_unit_test(sums_by_definition),
      cmocka_unit_test(totals_by_product),
      cmocka_unit_test(mask_of_another_shape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
