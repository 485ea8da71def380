/* Hypersparse masks beside masks of bits: equal in every count, and in the
   sparse reading of random cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/masks/mask_tiles.h"
#include "../sparse/sparse.h"
#include "sparse_cases.h"

/* The same mask by its places, which are given in a random order. */
static tacet_mask by_places(const tacet_mask *bits, const tacet_tensor *tensor,
                            uint64_t *random) {
  tacet_mask mask;
  int64_t *element = malloc((size_t)(bits->nonzeros + 1) * sizeof *element);
  int64_t count = 0;
  assert_non_null(element);
  for (int64_t i = 0; i < bits->elements; i++) {
    if (!tacet_mask_test(bits, i)) continue;
    const int64_t at = random_between(random, 0, count);
    element[count++] = element[at];
    element[at] = i;
  }
  assert_int_equal(count, bits->nonzeros);
  assert_int_equal(tacet_mask_make_rows(&mask, tensor, element, count, NULL),
                   TACET_OK);
  free(element);
  return mask;
}

static uint64_t seed_of(uint64_t otherwise) {
  const uint64_t seed = environment_number("TACET_SEED", otherwise);
  printf("seed %llu\n", (unsigned long long)seed);
  return seed;
}

/* ---- beside bits -------------------------------------------------------- */

static void check_counts(const tacet_mask *bits, const tacet_mask *places,
                         uint64_t *random) {
  for (int64_t i = 0; i < bits->elements; i++)
    assert_int_equal(tacet_mask_test(bits, i), tacet_mask_test(places, i));
  for (int i = 0; i < 20; i++) {
    const int64_t first = random_between(random, 0, bits->elements - 1);
    const int64_t count = random_between(random, 0, bits->elements - first);
    assert_int_equal(tacet_mask_count(bits, first, count),
                     tacet_mask_count(places, first, count));
  }
}

static void check_tiles(const tacet_mask *bits, const tacet_mask *places,
                        int64_t rows, uint64_t *random) {
  const int64_t columns = bits->elements / rows;
  const tacet_tiling tiling = {.rows = rows,
                               .tile_rows = random_between(random, 1, rows),
                               .tile_columns =
                                   random_between(random, 1, columns)};
  const int64_t tiles =
      tacet_tiles_down(&tiling) * tacet_tiles_across(&tiling, bits);
  int64_t *count = calloc((size_t)(2 * (tiles + columns)), sizeof *count);
  assert_non_null(count);
  tacet_tiles_count(count, bits, &tiling);
  tacet_tiles_count(count + tiles, places, &tiling);
  assert_memory_equal(count, count + tiles, (size_t)tiles * sizeof *count);
  int64_t *column = count + 2 * tiles;
  assert_int_equal(tacet_columns_count(column, bits, rows, NULL), TACET_OK);
  assert_int_equal(tacet_columns_count(column + columns, places, rows, NULL),
                   TACET_OK);
  assert_memory_equal(column, column + columns,
                      (size_t)columns * sizeof *column);
  free(count);
}

static void counts_as_bits(void **state) {
  (void)state;
  uint64_t random = seed_of(3);
  for (int i = 0; i < 200; i++) {
    const tacet_tensor tensor = {
        .name = "weight",
        .ranks = 3,
        .row_ranks = (int)random_between(&random, 1, 2),
        .rank = {{.name = "B", .size = random_between(&random, 1, 4)},
                 {.name = "K", .size = random_between(&random, 1, 9)},
                 {.name = "N", .size = random_between(&random, 1, 90)}}};
    tacet_mask bits;
    assert_int_equal(tacet_mask_make(&bits, &tensor, NULL), TACET_OK);
    for (int64_t e = 0; e < bits.elements; e++)
      if (random_between(&random, 0, 9) < i % 11) tacet_mask_set(&bits, e);
    tacet_mask_recount(&bits);
    tacet_mask places = by_places(&bits, &tensor, &random);
    check_counts(&bits, &places, &random);
    check_tiles(&bits, &places, tensor.rank[0].size, &random);
    tacet_mask_free(&bits);
    tacet_mask_free(&places);
  }
}

static void refuses_twice(void **state) {
  (void)state;
  const tacet_tensor tensor = {
      .name = "weight",
      .ranks = 2,
      .row_ranks = 1,
      .rank = {{.name = "K", .size = 5}, {.name = "N", .size = 7}}};
  const int64_t element[] = {34, 3, 0, 3, 3};
  tacet_mask mask;
  tacet_error error = {0};
  assert_int_equal(tacet_mask_make_rows(&mask, &tensor, element, 5, &error),
                   TACET_BAD_INPUT);
  assert_string_equal(error.message, "2 entries are stored more than once");
}

/* ---- the sparse reading ------------------------------------------------- */

/* True if the reading takes the masks as places, and is then the same. */
static bool reads_alike(const masked_case *c, uint64_t *random) {
  tacet_counts counts[2];
  tacet_timeline timeline[2];
  tacet_error error = {0};
  tacet_sparsity sparsity = c->sparsity;
  tacet_status status =
      tacet_read_sparse(&counts[0], &timeline[0], &c->dense.nest,
                        &c->dense.accelerator, &c->features, &sparsity, &error);
  assert_int_equal(status, TACET_OK);
  const tacet_tensor *tensor = c->dense.layer.tensor;
  for (int t = 0; t < TACET_OUTPUT; t++)
    if (!sparsity.tensor[t].mask) return false; /* a density or a pattern */
  tacet_mask weight = by_places(c->sparsity.tensor[TACET_WEIGHT].mask,
                                &tensor[TACET_WEIGHT], random);
  tacet_mask input = by_places(c->sparsity.tensor[TACET_INPUT].mask,
                               &tensor[TACET_INPUT], random);
  sparsity.tensor[TACET_WEIGHT].mask = &weight;
  if (random_between(random, 0, 1)) sparsity.tensor[TACET_INPUT].mask = &input;
  status =
      tacet_read_sparse(&counts[1], &timeline[1], &c->dense.nest,
                        &c->dense.accelerator, &c->features, &sparsity, &error);
  tacet_mask_free(&weight);
  tacet_mask_free(&input);
  if (status) {
    assert_int_equal(status, TACET_BAD_INPUT);
    assert_non_null(strstr(error.message, "too many elements"));
    return false;
  }
  assert_memory_equal(&counts[0], &counts[1], sizeof counts[0]);
  assert_memory_equal(&timeline[0], &timeline[1], sizeof timeline[0]);
  return true;
}

static void reading_as_bits(void **state) {
  (void)state;
  const uint64_t seed = seed_of(11),
                 cases = environment_number("TACET_CASES", 400);
  uint64_t random = seed;
  uint64_t alike = 0;
  for (uint64_t i = 0; i < cases; i++) {
    masked_case c;
    masked_make(&c, seed + i);
    alike += reads_alike(&c, &random);
    masked_free(&c);
  }
  printf("%llu of %llu read by places\n", (unsigned long long)alike,
         (unsigned long long)cases);
  assert_true(alike > cases / 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_as_bits),
      cmocka_unit_test(refuses_twice),
      cmocka_unit_test(reading_as_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
