/* What is said of spatial maps that do not belong together. How directives
   become loops is judged where their counts are (test_activity). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "hand_nests.h"

static tacet_directive across(const char *dim) {
  tacet_directive d = {.kind = TACET_SPATIAL_MAP,
                       .size = {.number = 1},
                       .offset = {.number = 1}};
  strcpy(d.dim, dim);
  return d;
}

static tacet_status bind_two(const char *first, const char *second,
                             tacet_error *error) {
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.K = shape.C = 4;
  shape.Y = shape.X = 6;
  shape.R = shape.S = 3;
  tacet_nest nest = nest_of(&shape);
  tacet_layer layer = *nest.layer;
  tacet_accelerator accelerator = both;
  accelerator.pes = 16;
  tacet_dataflow flow = {.directives = 2,
                         .directive = {across(first), across(second)}};
  strcpy(layer.name, "conv");
  return tacet_bind(&nest, &layer, &flow, &accelerator, error);
}

static void spreads_a_diagonal(void **state) {
  (void)state;
  tacet_error error;
  assert_int_equal(bind_two("Y", "R", &error), TACET_OK);
  assert_int_equal(bind_two("S", "X", &error), TACET_OK);
}

static void refuses_other_pairs(void **state) {
  (void)state;
  static const struct {
    const char *first, *second, *message;
  } pairs[] = {
      {"R", "S",
       "SpatialMap(1,1) S beside SpatialMap(1,1) R in one level: R with S: not "
       "the same axis"},
      {"Q", "R",
       "SpatialMap(1,1) R beside SpatialMap(1,1) Q in one level: Q with R: not "
       "the same axis"},
      {"K", "C",
       "SpatialMap(1,1) C beside SpatialMap(1,1) K in one level: K with C: not "
       "the same axis"},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    tacet_error error;
    assert_int_equal(bind_two(pairs[i].first, pairs[i].second, &error),
                     TACET_BAD_INPUT);
    assert_string_equal(error.message, pairs[i].message);
  }
}

/* A window that is no diagonal: as few rows as its filter has. */
static void names_the_window_first(void **state) {
  (void)state;
  static const char *const orders[][2] = {{"X", "R"}, {"R", "X"}};
  for (int i = 0; i < 2; i++) {
    tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
    shape.Y = 6;
    shape.X = 5;
    shape.R = 3;
    tacet_nest nest = nest_of(&shape);
    tacet_layer layer = *nest.layer;
    tacet_accelerator accelerator = both;
    tacet_error error;
    accelerator.pes = 16;
    tacet_dataflow flow = {
        .directives = 2,
        .directive = {across(orders[i][0]), across(orders[i][1])}};
    assert_int_equal(tacet_bind(&nest, &layer, &flow, &accelerator, &error),
                     TACET_BAD_INPUT);
    assert_non_null(strstr(error.message, "X with R: not the same axis"));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(spreads_a_diagonal),
      cmocka_unit_test(refuses_other_pairs),
      cmocka_unit_test(names_the_window_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
