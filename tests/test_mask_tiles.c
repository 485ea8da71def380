/* Ones in tiles and columns equal those counted one by one, however many
   threads count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../sparse/masks/mask_tiles.h"
#include "cases.h"

static tacet_mask random_mask(int64_t rows, int64_t columns, uint64_t *random) {
  const tacet_tensor tensor = {
      .name = "weight",
      .ranks = 2,
      .rank = {{.name = "K", .size = rows}, {.name = "C", .size = columns}}};
  tacet_mask mask;
  assert_int_equal(tacet_mask_make(&mask, &tensor, NULL), TACET_OK);
  const int64_t tenths = random_between(random, 0, 10);
  for (int64_t i = 0; i < mask.elements; i++)
    if (random_between(random, 0, 9) < tenths) tacet_mask_set(&mask, i);
  return mask;
}

static void check_tiles(const tacet_mask *mask, const tacet_tiling *tiling) {
  const int64_t columns = mask->size[1];
  const int64_t across = tacet_tiles_across(tiling, mask);
  const int64_t tiles = across * tacet_tiles_down(tiling);
  int64_t *count = calloc((size_t)tiles, sizeof *count);
  assert_non_null(count);
  tacet_tiles_count(count, mask, tiling);
  for (int64_t i = 0; i < mask->elements; i++) {
    const int64_t down = i / columns / tiling->tile_rows;
    count[down * across + i % columns / tiling->tile_columns] -=
        tacet_mask_test(mask, i);
  }
  for (int64_t tile = 0; tile < tiles; tile++) assert_int_equal(count[tile], 0);
  free(count);
}

static void check_columns(const tacet_mask *mask) {
  int64_t *count = calloc((size_t)mask->size[1], sizeof *count);
  assert_non_null(count);
  assert_int_equal(tacet_columns_count(count, mask, mask->size[0], NULL),
                   TACET_OK);
  for (int64_t i = 0; i < mask->elements; i++)
    count[i % mask->size[1]] -= tacet_mask_test(mask, i);
  for (int64_t c = 0; c < mask->size[1]; c++) assert_int_equal(count[c], 0);
  free(count);
}

static void counts_equal_counting(void **state) {
  (void)state;
  uint64_t random = environment_number("TACET_SEED", 46);
  const uint64_t cases = environment_number("TACET_CASES", 200);
  printf("seed %llu\n", (unsigned long long)random);
  for (uint64_t i = 0; i < cases; i++) {
    const bool words = i % 2 == 0;
    const int64_t rows = random_between(&random, 1, words ? 600 : 70);
    const int64_t columns = words ? 64 * random_between(&random, 1, 4)
                                  : random_between(&random, 1, 300);
    tacet_mask mask = random_mask(rows, columns, &random);
    const tacet_tiling tiling = {
        .rows = rows,
        .tile_rows = random_between(&random, 1, rows),
        .tile_columns = words ? 64 * random_between(&random, 1, columns / 64)
                              : random_between(&random, 1, columns),
        .workers = 1 + (int)(i / 2 % 5)};
    check_tiles(&mask, &tiling);
    check_columns(&mask);
    tacet_mask_free(&mask);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(counts_equal_counting)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
