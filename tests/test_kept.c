/* An L1 that keeps tiles of several steps: one design by hand, in the judge
   and in the analysis, dense and with zeros; and random ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/executor/executor.h"
#include "../sparse/sparse.h"
#include "hand_nests.h"
#include "pattern_cases.h"
#include "sparse_cases.h"

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

/* ---- zeros -------------------------------------------------------------- */

static void read_hand(tacet_counts *counts, tacet_timeline *timeline,
                      const tacet_features *features,
                      const tacet_sparsity *sparsity) {
  const tacet_accelerator a = small_accelerator(10);
  tacet_counts judged;
  tacet_timeline judged_time;
  tacet_error error;
  tacet_nest nest;
  place(&nest, &a);
  if (tacet_read_sparse(counts, timeline, &nest, &a, features, sparsity,
                        &error) ||
      tacet_execute_sparse(&judged, &judged_time, &nest, &a, features, sparsity,
                           &error))
    fail_msg("%s", error.message);
  assert_memory_equal(counts, &judged, sizeof judged);
  assert_memory_equal(timeline, &judged_time, sizeof judged_time);
}

static void check_split(const tacet_split *split, double actual, double gated,
                        double skipped) {
  assert_true(split->actual == actual);
  assert_true(split->gated == gated);
  assert_true(split->skipped == skipped);
}

/* B[3,2] without B[0,1] and B[2,1]; A[2,3] without its second row. */
static void give_zeros(tacet_mask mask[TACET_OUTPUT],
                       tacet_sparsity *sparsity) {
  const tacet_nest nest = small_nest();
  tacet_error error;
  for (int t = 0; t < TACET_OUTPUT; t++)
    assert_int_equal(tacet_mask_make(&mask[t], &nest.layer->tensor[t], &error),
                     TACET_OK);
  assert_int_equal(mask[TACET_WEIGHT].size[0], 1); /* the batch */
  const int weights[] = {0, 2, 3, 4}, inputs[] = {0, 1, 2};
  for (int i = 0; i < 4; i++) tacet_mask_set(&mask[TACET_WEIGHT], weights[i]);
  for (int i = 0; i < 3; i++) tacet_mask_set(&mask[TACET_INPUT], inputs[i]);
  *sparsity = (tacet_sparsity){{{.density = 1, .mask = &mask[TACET_WEIGHT]},
                                {.density = 1, .mask = &mask[TACET_INPUT]},
                                {.density = 1}}};
}

/* All weights stay, so that of six only the four with a value come, each at the
   step that first uses it, with a bit for each of the six. The row of inputs
   stays, too: the second has no value, and a bit for each of its three. */
static void compressed_words_come_when_first_used(void **state) {
  (void)state;
  tacet_mask mask[TACET_OUTPUT];
  tacet_sparsity sparsity;
  tacet_features features = {.rules = 0};
  tacet_counts counts;
  tacet_timeline timeline;
  give_zeros(mask, &sparsity);
  for (int t = 0; t < TACET_OUTPUT; t++)
    features.format[2][t] = tacet_format_named(TACET_BITMASK);
  read_hand(&counts, &timeline, &features, &sparsity);
  const tacet_flow *weight = &counts.flow[1][TACET_WEIGHT];
  const tacet_flow *input = &counts.flow[1][TACET_INPUT];
  check_split(&weight->fills, 4, 0, 2);
  check_split(&input->fills, 3, 0, 3);
  assert_true(weight->payload_bits_in == 4 * 8);
  assert_true(weight->metadata_bits_in == 6);
  assert_true(input->payload_bits_in == 3 * 8);
  assert_true(input->metadata_bits_in == 6);
  check_split(&counts.macs, 12, 0, 0);
  for (int t = 0; t < TACET_OUTPUT; t++) tacet_mask_free(&mask[t]);
}

/* Weights stay for the whole run and meet some input; of inputs a row stays,
   and the second is zero. With tiles of a step each would be asked for anew,
   and half of the weights' accesses skipped. */
static void rules_look_at_whole_stays(void **state) {
  (void)state;
  tacet_mask mask[TACET_OUTPUT];
  tacet_sparsity sparsity;
  tacet_features features = {.rules = 1};
  tacet_counts counts;
  tacet_timeline timeline;
  give_zeros(mask, &sparsity);
  features.format[2][TACET_INPUT] = tacet_format_named(TACET_BITMASK);
  features.rule[0] = (tacet_rule){.storage = 1,
                                  .skip = true,
                                  .target = TACET_WEIGHT,
                                  .on = {[TACET_INPUT] = true}};
  read_hand(&counts, &timeline, &features, &sparsity);
  check_split(&counts.flow[1][TACET_WEIGHT].fills, 6, 0, 0);
  check_split(&counts.macs, 12, 0, 0);
  features.rule[0].target = TACET_INPUT;
  read_hand(&counts, &timeline, &features, &sparsity);
  check_split(&counts.flow[1][TACET_INPUT].fills, 3, 0, 3);
  check_split(&counts.macs, 6, 0, 6);
  for (int t = 0; t < TACET_OUTPUT; t++) tacet_mask_free(&mask[t]);
}

/* Of six inputs, three of them not zero, a row of three is all zero in one of
   20 masks; then its MACs, six of twelve for each of both, are skipped. */
static void models_look_at_whole_stays(void **state) {
  (void)state;
  const tacet_accelerator a = small_accelerator(10);
  const tacet_sparsity sparsity = {
      {{.density = 1}, {.density = 0.5}, {.density = 1}}};
  tacet_features features = {.rules = 1};
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  tacet_nest nest;
  place(&nest, &a);
  features.format[2][TACET_INPUT] = tacet_format_named(TACET_BITMASK);
  features.rule[0] = (tacet_rule){.storage = 1,
                                  .skip = true,
                                  .target = TACET_INPUT,
                                  .on = {[TACET_INPUT] = true}};
  assert_int_equal(tacet_read_sparse(&counts, &timeline, &nest, &a, &features,
                                     &sparsity, &error),
                   TACET_OK);
  assert_true(fabs(counts.macs.skipped - 12 / 20.0) < 1e-9);
  assert_true(fabs(counts.flow[1][TACET_INPUT].fills.actual - 3) < 1e-9);
}

/* ---- random designs ----------------------------------------------------- */

static void kept_make(masked_case *kept, uint64_t seed) {
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  masked_make(c, seed);
  *kept = *c;
  kept->features.balance.kind = TACET_BALANCE_NOT;
  case_keep(&kept->dense, &c->dense);
  for (int t = 0; t < TACET_TENSORS; t++)
    kept->mask[t] = c->mask[t]; /* theirs now */
  free(c);
}

static void read_kept(tacet_counts *counts, tacet_timeline *timeline,
                      const masked_case *c, const tacet_sparsity *sparsity) {
  tacet_error error;
  if (tacet_read_sparse(counts, timeline, &c->dense.nest, &c->dense.accelerator,
                        &c->features, sparsity, &error))
    fail_msg("%s", error.message);
}

static bool reading_agrees(masked_case *c) {
  return judge_kept_sparse(c, true);
}

static void reading_equals_executor(void **state) {
  (void)state;
  assert_int_equal(masked_cases_that_fail(20260301, 800, reading_agrees), 0);
}

/* Without zeros the reading with models is the dense one, but for MACs on
   padding and on inserted zeros. */
static void density_1_is_dense(void **state) {
  (void)state;
  const uint64_t cases = environment_number("TACET_CASES", 800);
  const tacet_sparsity dense = {
      {{.density = 1}, {.density = 1}, {.density = 1}}};
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    tacet_counts read[2];
    tacet_timeline timeline[2];
    tacet_error error;
    kept_make(c, i);
    if (!case_has_padding(&c->dense) &&
        c->dense.layer.type != TACET_TRANSPOSED) {
      read_kept(&read[0], &timeline[0], c, &dense);
      assert_int_equal(tacet_read_dense(&read[1], &timeline[1], &c->dense.nest,
                                        &c->dense.accelerator, &error),
                       TACET_OK);
      if (memcmp(&read[0], &read[1], sizeof *read) ||
          memcmp(&timeline[0], &timeline[1], sizeof *timeline)) {
        case_print(&c->dense);
        fail_msg("case %llu", (unsigned long long)i);
      }
    }
    masked_free(c);
  }
  free(c);
}

/* ---- models ------------------------------------------------------------- */

enum { DRAWS = 60, FIGURES = 5 };

static void take_figures(double figure[FIGURES], const tacet_counts *counts,
                         int noc) {
  figure[0] = counts->macs.actual;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    figure[1 + t] = counts->flow[noc][t].fills.actual;
    figure[3 + t] = counts->flow[noc][t].parent_reads.actual;
  }
}

/* What rules above L1 do depends on stays at the edges, too, which models take
   for whole ones. */
static void drop_outer_rules(tacet_features *features, int l1) {
  const int rules = features->rules;
  features->rules = 0;
  for (int r = 0; r < rules; r++)
    if (features->rule[r].storage >= l1)
      features->rule[features->rules++] = features->rule[r];
}

/* Adds what a mask of each operand gives, and the squares. */
static void draw(double sum[FIGURES], double squares[FIGURES],
                 const masked_case *c,
                 const tacet_pattern pattern[TACET_OUTPUT], uint64_t seed) {
  tacet_mask mask[TACET_OUTPUT];
  tacet_sparsity drawn = {.tensor = {[TACET_OUTPUT] = {.density = 1}}};
  tacet_counts counts;
  tacet_timeline timeline;
  double figure[FIGURES];
  draw_operands(&drawn, mask, pattern, &c->dense.layer, seed);
  read_kept(&counts, &timeline, c, &drawn);
  take_figures(figure, &counts, c->dense.nest.storages - 2);
  for (int f = 0; f < FIGURES; f++) {
    sum[f] += figure[f];
    squares[f] += figure[f] * figure[f];
  }
  for (int t = 0; t < TACET_OUTPUT; t++) tacet_mask_free(&mask[t]);
}

/* Figures that are more than 3.5 standard errors off. */
static int count_misses(const masked_case *c, uint64_t seed) {
  tacet_pattern pattern[TACET_OUTPUT];
  tacet_sparsity models = {.tensor = {[TACET_OUTPUT] = {.density = 1}}};
  tacet_counts counts;
  tacet_timeline timeline;
  double expected[FIGURES], sum[FIGURES] = {0}, squares[FIGURES] = {0};
  uint64_t random = seed;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    pattern[t] = tacet_pattern_uniform(
        &c->dense.layer.tensor[t], (double)random_between(&random, 1, 9) / 10);
    models.tensor[t] = (tacet_zeros){
        .density = tacet_pattern_density(&pattern[t]), .pattern = &pattern[t]};
  }
  read_kept(&counts, &timeline, c, &models);
  take_figures(expected, &counts, c->dense.nest.storages - 2);
  for (uint64_t i = 0; i < DRAWS; i++)
    draw(sum, squares, c, pattern, seed * DRAWS + i);
  int misses = 0;
  for (int f = 0; f < FIGURES; f++) {
    const double mean = sum[f] / DRAWS;
    const double variance = fmax(0, squares[f] / DRAWS - mean * mean);
    const double off = fabs(mean - expected[f]);
    if (off <= 3.5 * sqrt(variance / DRAWS) + 1e-9 * (1 + mean)) continue;
    misses++;
    printf("case %llu: figure %d is %g on average, expected %g\n",
           (unsigned long long)seed, f, mean, expected[f]);
  }
  return misses;
}

/* One in 2,000 figures is off by chance, a few more for 60 draws are few. */
static void models_expect_what_masks_have(void **state) {
  (void)state;
  uint64_t seed = 20260401, cases = 150;
  ask_for_cases(&seed, &cases);
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  int misses = 0;
  for (uint64_t i = 0; i < cases; i++) {
    kept_make(c, seed + i);
    drop_outer_rules(&c->features, c->dense.nest.storages - 1);
    if (!case_has_padding(&c->dense) && c->dense.layer.type != TACET_TRANSPOSED)
      misses += count_misses(c, seed + i);
    masked_free(c);
  }
  free(c);
  assert_in_range(misses, 0, 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(l1_takes_what_saves_most),
      cmocka_unit_test(elements_come_when_first_used),
      cmocka_unit_test(time_is_of_the_steps),
      cmocka_unit_test(compressed_words_come_when_first_used),
      cmocka_unit_test(rules_look_at_whole_stays),
      cmocka_unit_test(models_look_at_whole_stays),
      cmocka_unit_test(reading_equals_executor),
      cmocka_unit_test(density_1_is_dense),
      cmocka_unit_test(models_expect_what_masks_have),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
