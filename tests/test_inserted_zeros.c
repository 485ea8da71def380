/* Zeros that a transposed layer inserts: without a mask, and whatever stands in
   for one, the MACs that are left are those of the definition, in which every
   input value is scattered over the outputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "../sparse/expected/statistics.h"
#include "sparse_cases.h"

/* Pairs of an input row (w = 0) or column and a filter's that meet in an
   output: row y meets r in output stride*y + dilation*r - pad. */
static int64_t pairs(const tacet_shape *s, int w, int64_t outputs) {
  const int64_t inputs = w ? s->X : s->Y, filters = w ? s->S : s->R;
  int64_t count = 0;
  for (int64_t y = 0; y < inputs; y++)
    for (int64_t r = 0; r < filters; r++) {
      const int64_t p =
          s->stride[w] * y + s->dilation[w] * r - s->pad_before[w];
      count += p >= 0 && p < outputs;
    }
  return count;
}

static int64_t scattered(const random_case *c) {
  const tacet_shape *s = &c->shape;
  const tacet_dim *dim = c->layer.dim;
  return s->N * s->G * s->K * s->C *
         pairs(s, 0, dim[tacet_layer_dim(&c->layer, "P")].size) *
         pairs(s, 1, dim[tacet_layer_dim(&c->layer, "Q")].size);
}

static tacet_mask all_ones(const tacet_tensor *tensor) {
  tacet_mask mask;
  assert_int_equal(tacet_mask_make(&mask, tensor, NULL), TACET_OK);
  tacet_mask_settle(&mask, true);
  return mask;
}

static void check(const random_case *c, const tacet_sparsity *sparsity,
                  bool executes) {
  const tacet_features skips = {
      .rules = 1,
      .rule = {
          {.storage = TACET_AT_COMPUTE, .skip = true, .on = {true, true}}}};
  const double expected = (double)scattered(c);
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  assert_int_equal((executes ? tacet_execute_sparse : tacet_read_sparse)(
                       &counts, &timeline, &c->nest, &c->accelerator, &skips,
                       sparsity, &error),
                   TACET_OK);
  if (fabs(counts.macs.actual - expected) <= 1e-9 * expected) return;
  case_print(c);
  fail_msg("%.17g MACs, %.17g expected", counts.macs.actual, expected);
}

static void leave_what_is_scattered(void **state) {
  (void)state;
  uint64_t seed = 1901, cases = 3000;
  ask_for_cases(&seed, &cases);
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  int checked = 0;
  for (uint64_t i = 0; i < cases; i++) {
    case_make(c, seed + i);
    if (c->layer.type != TACET_TRANSPOSED) continue;
    tacet_sparsity zeros = {{{.density = 1}, {.density = 1}, {.density = 1}}};
    check(c, &zeros, false);
    check(c, &zeros, true);
    tacet_mask ones = all_ones(&c->layer.tensor[TACET_WEIGHT]);
    zeros.tensor[TACET_WEIGHT].mask = &ones;
    check(c, &zeros, false);
    tacet_mask_free(&ones);
    checked++;
  }
  free(c);
  assert_true(checked > (int)cases / 40);
}

/* Values among `length` coordinates from `start`, every second one of which is
   a value's. */
static int values_from(int start, int length) {
  int values = 0;
  for (int i = start; i < start + length; i++) values += i % 2 == 0;
  return values;
}

/* Without zeros of its own, what a box holds hangs on where it begins alone:
   the average over all four ways to begin, by counting. */
static void lie_anywhere_in_a_box(void **state) {
  (void)state;
  tacet_error error;
  tacet_layer layer;
  tacet_shape shape = tacet_shape_of_ones(TACET_TRANSPOSED);
  shape.Y = shape.X = 9;
  shape.R = shape.S = 3;
  shape.stride[0] = shape.stride[1] = 2;
  assert_int_equal(tacet_layer_make(&layer, &shape, NULL, &error), TACET_OK);
  const tacet_zeros none = {.density = 1};
  tacet_statistics zeros;
  tacet_statistics_make(&zeros, &layer, TACET_INPUT, &none, NULL, 0);
  for (int rows = 1; rows <= 5; rows++)
    for (int columns = 1; columns <= 5; columns++) {
      double nonzeros = 0, squares = 0, empty = 0;
      for (int way = 0; way < 4; way++) {
        const double held =
            values_from(way / 2, rows) * values_from(way % 2, columns);
        nonzeros += held / 4;
        squares += held * held / 4;
        empty += (held == 0) / 4.0;
      }
      tacet_pe_box box = {.start = {0}};
      for (int d = 0; d < layer.dims; d++) box.length[d] = 1;
      box.length[tacet_layer_dim(&layer, "P")] = rows;
      box.length[tacet_layer_dim(&layer, "Q")] = columns;
      const tacet_occupancy o = tacet_statistics_box(&zeros, &box);
      assert_true(fabs(o.nonzeros - nonzeros) < 1e-9);
      assert_true(fabs(o.variance - (squares - nonzeros * nonzeros)) < 1e-9);
      assert_true(fabs(tacet_statistics_empty(&zeros, &box) - empty) < 1e-9);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(leave_what_is_scattered),
                                     cmocka_unit_test(lie_anywhere_in_a_box)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
