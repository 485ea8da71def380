/* What lies inside of windows, tile by tile, against each MAC looked at on its
   own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../sparse/expected/outside.h"
#include "cases.h"

enum { FURTHEST = 256 };

/* The row that a MAC uses, or -1 if it lies outside. */
static int64_t row_of(const tacet_rank *rank, int64_t out, int64_t filter) {
  const int64_t row = rank->term[0].coefficient * out +
                      rank->term[1].coefficient * filter + rank->offset;
  if (row < 0 || row >= rank->size) return -1;
  return row % tacet_rank_spacing(rank) == 0 ? row : -1;
}

/* Of a tile: its MACs that are inside, or the rows that these use. */
static int64_t look_at(const tacet_rank *rank, const tacet_window_tiles *tiles,
                       int64_t out, int64_t filter) {
  bool used[FURTHEST] = {false};
  int64_t macs = 0, rows = 0;
  for (int64_t i = out; i < out + tiles->outs; i++)
    for (int64_t j = filter; j < filter + tiles->filters; j++) {
      const int64_t row = row_of(rank, i, j);
      if (row < 0) continue;
      assert_true(row < FURTHEST);
      macs++;
      rows += !used[row];
      used[row] = true;
    }
  return tiles->elements ? rows : macs;
}

/* Rows that a tile would use if there were no end of them. */
static int64_t all_of(const tacet_rank *rank, const tacet_window_tiles *tiles) {
  tacet_rank endless = *rank;
  endless.offset = 0;
  endless.size = FURTHEST;
  endless.spacing = 1;
  return look_at(&endless, tiles, 0, 0);
}

static tacet_inside by_looking(const tacet_layer *layer, const tacet_rank *rank,
                               const tacet_window_tiles *tiles) {
  const int64_t outs = layer->dim[rank->term[0].dim].size;
  const int64_t filters = layer->dim[rank->term[1].dim].size;
  const bool here = tiles->filter >= 0;
  const int64_t first = here ? tiles->filter : 0;
  const int64_t end = here ? first + tiles->filters : filters;
  double count = 0, sum = 0, squares = 0;
  for (int64_t j = first; j + tiles->filters <= end; j += tiles->filters)
    for (int64_t i = 0; i + tiles->outs <= outs; i += tiles->outs) {
      const double share =
          (double)look_at(rank, tiles, i, j) / (double)all_of(rank, tiles);
      count++;
      sum += share;
      squares += share * share;
    }
  if (sum <= 0) return (tacet_inside){0, 1};
  return (tacet_inside){sum / count, squares * count / (sum * sum)};
}

/* True if it has a layer. */
static bool make_layer(tacet_layer *layer, uint64_t *random) {
  const bool transposed = random_between(random, 1, 3) == 1;
  tacet_shape s =
      tacet_shape_of_ones(transposed ? TACET_TRANSPOSED : TACET_CONV);
  tacet_error error;
  s.Y = random_between(random, 1, 14);
  s.R = random_between(random, 1, 5);
  s.stride[0] = random_between(random, 1, 4);
  s.dilation[0] = random_between(random, 1, 3);
  s.pad_before[0] = random_between(random, 0, 5);
  s.pad_after[0] = random_between(random, 0, 5);
  return tacet_layer_make(layer, &s, NULL, &error) == TACET_OK;
}

static tacet_window_tiles some_tiles(const tacet_layer *layer,
                                     const tacet_rank *rank, uint64_t *random) {
  tacet_window_tiles tiles;
  const int64_t filters = layer->dim[rank->term[1].dim].size;
  tiles.outs = random_between(random, 1, layer->dim[rank->term[0].dim].size);
  tiles.filters = random_between(random, 1, filters);
  tiles.filter = random_between(random, -1, filters - tiles.filters);
  tiles.elements = random_between(random, 0, 1) == 1;
  return tiles;
}

static void tiles_of_random_windows(void **state) {
  (void)state;
  uint64_t seed = 411, cases = 5000;
  int made = 0;
  ask_for_cases(&seed, &cases);
  for (uint64_t i = 0; i < cases; i++) {
    tacet_layer layer;
    if (!make_layer(&layer, &seed)) continue;
    const tacet_rank *rank = tacet_layer_window(&layer, "Y");
    const tacet_window_tiles tiles = some_tiles(&layer, rank, &seed);
    const tacet_inside seen = by_looking(&layer, rank, &tiles);
    const tacet_inside found = tacet_inside_of(rank, &layer, &tiles);
    assert_true(fabs(found.share - seen.share) < 1e-12);
    assert_true(fabs(found.unevenness - seen.unevenness) < 1e-9);
    if (!tiles.elements && tiles.outs == 1 && tiles.filter >= 0)
      assert_true(
          fabs(tacet_inside_share(rank, &layer, tiles.filter, tiles.filters) -
               seen.share) < 1e-12);
    if (seen.share < 1) assert_true(tacet_has_outside(rank, &layer));
    made++;
  }
  assert_true(2 * made > (int)cases);
}

/* Of a window of 3 over 4 rows padded by 1 each side, with an output at a time
   and a row of the filter: of its first row one output in 4 lies outside, of
   its second none, of its third one. 10 of 12 tiles see a row. */
static void tiles_of_one_mac(void **state) {
  (void)state;
  tacet_layer layer;
  tacet_error error;
  tacet_shape s = tacet_shape_of_ones(TACET_CONV);
  s.Y = 4;
  s.R = 3;
  s.pad_before[0] = s.pad_after[0] = 1;
  assert_int_equal(tacet_layer_make(&layer, &s, NULL, &error), TACET_OK);
  const tacet_rank *rank = tacet_layer_window(&layer, "Y");
  tacet_window_tiles tiles = {.outs = 1, .filters = 1, .filter = -1};
  const tacet_inside anywhere = tacet_inside_of(rank, &layer, &tiles);
  assert_true(fabs(anywhere.share - 10. / 12) < 1e-12);
  assert_true(fabs(anywhere.unevenness - 12. / 10) < 1e-12);
  tiles.filter = 1;
  assert_true(tacet_inside_of(rank, &layer, &tiles).share == 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tiles_of_random_windows),
      cmocka_unit_test(tiles_of_one_mac),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
