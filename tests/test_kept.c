/* An L1 that keeps tiles of several steps: one design by hand, in the judge
   and in the analysis, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../dense/executor.h"
#include "../sparse/sparse.h"
#include "hand_nests.h"

/* Z[2,2] = A[2,3].B[3,2], a MAC a step: for m, for n, for k. */
static tacet_nest small_nest(void) {
  tacet_nest nest = gemm(2, 2, 3);
  temporal(&nest, "M", 1, 2);
  temporal(&nest, "N", 1, 2);
  temporal(&nest, "K", 1, 3);
  return nest;
}

static tacet_accelerator small_accelerator(int64_t l1_words) {
  tacet_accelerator a = {
      .storages = 3,
      .width_bits = {8, 8, 8},
      .word_bits = 8,
      .lanes = 1,
      .storage = {{.name = "dram"},
                  {.name = "l2", .size_bits = 1 << 20},
                  {.name = "l1", .size_bits = 8 * l1_words, .keeps = true}},
      .link = {{.bandwidth = 1, .multicast = true, .reduction = true},
               {.bandwidth = 1, .multicast = true, .reduction = true}}};
  return a;
}

static void place(tacet_nest *nest, const tacet_accelerator *accelerator) {
  tacet_error error = {0};
  *nest = small_nest();
  if (tacet_place_tiles(nest, accelerator, &error))
    fail_msg("%s", error.message);
}

static void expect_positions(int64_t l1_words, int weight, int input,
                             int output) {
  const tacet_accelerator a = small_accelerator(l1_words);
  tacet_nest nest;
  place(&nest, &a);
  assert_int_equal(nest.position[2][TACET_WEIGHT], weight);
  assert_int_equal(nest.position[2][TACET_INPUT], input);
  assert_int_equal(nest.position[2][TACET_OUTPUT], output);
}

/* All 6 weights for good, then a row of 3 inputs, and a partial sum: 6 + 6 + 4
   words move. With 5 words no column of weights is worth its room. */
static void l1_takes_what_saves_most(void **state) {
  (void)state;
  expect_positions(10, 0, 1, 2);
  expect_positions(5, 3, 1, 2);
  expect_positions(3, 3, 3, 2);
}

/* Words in of the 12 steps. */
static const int weights_in[] = {1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0};
static const int inputs_in[] = {1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0};
static const int outputs_out[] = {0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0};

static bool check_step(const tacet_step_class *step, void *context) {
  int *at = context;
  assert_true(*at < 12);
  assert_int_equal(step->words_in[TACET_WEIGHT], weights_in[*at]);
  assert_int_equal(step->words_in[TACET_INPUT], inputs_in[*at]);
  assert_int_equal(step->words_out, outputs_out[*at]);
  (*at)++;
  return true;
}

static void check_totals(const tacet_activity *activity) {
  const tacet_traffic *traffic = activity->traffic[1];
  assert_int_equal(traffic[TACET_WEIGHT].fills, 6);
  assert_int_equal(traffic[TACET_INPUT].fills, 6);
  assert_int_equal(traffic[TACET_OUTPUT].drains, 4);
  assert_int_equal(traffic[TACET_OUTPUT].partial_sum_reads, 0);
  assert_int_equal(activity->first_words[1][TACET_WEIGHT], 1);
  assert_int_equal(activity->first_words[1][TACET_INPUT], 1);
  assert_int_equal(activity->last_words[1], 1);
  assert_int_equal(activity->footprint[2][TACET_WEIGHT], 6);
  assert_int_equal(activity->footprint[2][TACET_INPUT], 3);
  assert_int_equal(activity->footprint[2][TACET_OUTPUT], 1);
}

static void elements_come_when_first_used(void **state) {
  (void)state;
  const tacet_accelerator a = small_accelerator(10);
  tacet_activity executed, analysed;
  tacet_error error;
  tacet_nest nest;
  int steps = 0;
  place(&nest, &a);
  assert_int_equal(
      tacet_execute(&executed, &nest, &a, check_step, &steps, &error),
      TACET_OK);
  assert_int_equal(steps, 12);
  check_totals(&executed);
  assert_int_equal(tacet_activity_totals(&analysed, &nest, &a, &error),
                   TACET_OK);
  check_totals(&analysed);
}

/* 12 steps of a cycle; the two words of a step in take two. The first 3 steps
   so last 2 cycles each, but the first, whose words come before. */
static void time_is_of_the_steps(void **state) {
  (void)state;
  tacet_accelerator a = small_accelerator(10);
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  tacet_nest nest;
  a.storage[2].double_buffered = true;
  a.storage[2].size_bits *= 2;
  place(&nest, &a);
  assert_int_equal(tacet_read_dense(&counts, &timeline, &nest, &a, &error),
                   TACET_OK);
  assert_true(timeline.compute == 12);
  assert_true(timeline.steps == 14);
  assert_true(counts.first_bits[1][TACET_WEIGHT] +
                  counts.first_bits[1][TACET_INPUT] ==
              16);
}

static void zeros_are_refused(void **state) {
  (void)state;
  const tacet_accelerator a = small_accelerator(10);
  const tacet_sparsity dense = {
      {{.density = 1}, {.density = 1}, {.density = 1}}};
  tacet_features features = {.rules = 0};
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  tacet_nest nest;
  place(&nest, &a);
  assert_int_equal(tacet_read_sparse(&counts, &timeline, &nest, &a, &features,
                                     &dense, &error),
                   TACET_OK);
  features.rules = 1;
  features.rule[0] = (tacet_rule){.storage = TACET_AT_COMPUTE, .skip = true};
  assert_int_equal(tacet_read_sparse(&counts, &timeline, &nest, &a, &features,
                                     &dense, &error),
                   TACET_INFEASIBLE);
  assert_string_equal(error.message,
                      "formats and actions are not modelled where l1 keeps "
                      "tiles for several steps");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(l1_takes_what_saves_most),
      cmocka_unit_test(elements_come_when_first_used),
      cmocka_unit_test(time_is_of_the_steps),
      cmocka_unit_test(zeros_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
