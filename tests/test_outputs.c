/* Outputs that are known beforehand, actions on elements and at DRAM: by hand,
   and patterns of attention by counting pairs of tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "../sparse/patterns/pattern.h"
#include "hand_sparse.h"

enum { AT_DRAM = 0 };

static void add_output_rule(hand *h, int storage, bool element, int target) {
  h->features.rule[h->features.rules++] =
      (tacet_rule){.storage = storage,
                   .skip = true,
                   .element = element,
                   .target = target,
                   .on = {[TACET_OUTPUT] = true}};
}

/* ---- outputs ------------------------------------------------------------ */

/* Z[2,2] = A[2,3].B[3,2], a row of Z a step; of Z only the diagonal and
   nothing else is wanted. */
static void begin_scores(hand *h, bool known) {
  tacet_nest nest = gemm(2, 2, 3);
  temporal(&nest, "M", 1, 2);
  begin(h, &nest);
  set_mask(h, TACET_OUTPUT, "10 01");
  h->sparsity.tensor[TACET_OUTPUT].known = known;
}

/* Half of the 12 MACs, with their reads of B; all of A is read. All outputs
   travel, and DRAM gets 4 of 16 bits. */
static void masked_outputs_spare_their_macs(void **state) {
  (void)state;
  hand h;
  begin_scores(&h, true);
  add_output_rule(&h, AT_L1, false, TACET_WEIGHT);
  run_both(&h);
  check_macs(&h, 6, 0, 6);
  check_split(&h.counts.l1_reads[TACET_WEIGHT], 6, 0, 6);
  check_split(&h.counts.l1_reads[TACET_INPUT], 12, 0, 0);
  check_split(&h.counts.flow[L2_L1][TACET_OUTPUT].updates, 4, 0, 0);
  check(h.counts.flow[DRAM_L2][TACET_OUTPUT].payload_bits_out, 64);
  end(&h);
}

/* Zeros that come to light afterwards spare nothing but compressed words. */
static void unknown_outputs_spare_nothing(void **state) {
  (void)state;
  hand h;
  begin_scores(&h, false);
  add_output_rule(&h, AT_L1, false, TACET_WEIGHT);
  add_output_rule(&h, AT_L2, true, TACET_OUTPUT);
  run_both(&h);
  check_macs(&h, 12, 0, 0);
  check_split(&h.counts.flow[L2_L1][TACET_OUTPUT].updates, 4, 0, 0);
  check_split(&h.counts.flow[DRAM_L2][TACET_OUTPUT].updates, 4, 0, 0);
  end(&h);
}

/* Word by word half of the outputs stay in the PE, with their MACs. */
static void masked_outputs_do_not_travel(void **state) {
  (void)state;
  hand h;
  begin_scores(&h, true);
  add_output_rule(&h, AT_L2, true, TACET_OUTPUT);
  run_both(&h);
  check_macs(&h, 6, 0, 6);
  check_split(&h.counts.l1_reads[TACET_INPUT], 6, 0, 6);
  check_split(&h.counts.flow[L2_L1][TACET_OUTPUT].drains, 2, 0, 2);
  check_split(&h.counts.flow[L2_L1][TACET_OUTPUT].updates, 2, 0, 2);
  check(h.counts.flow[L2_L1][TACET_OUTPUT].payload_bits_out, 32);
  check_split(&h.counts.flow[DRAM_L2][TACET_OUTPUT].updates, 4, 0, 0);
  end(&h);
}

/* Tile by tile a row stays that is zero as a whole, here the second, and at
   DRAM all further out, too; A's row does not come either. */
static void masked_tiles_do_not_travel(void **state) {
  (void)state;
  hand h;
  begin_scores(&h, true);
  set_mask(&h, TACET_OUTPUT, "10 00");
  add_output_rule(&h, AT_DRAM, false, TACET_OUTPUT);
  add_output_rule(&h, AT_DRAM, false, TACET_INPUT);
  run_both(&h);
  check_macs(&h, 6, 0, 6);
  check_split(&h.counts.flow[L2_L1][TACET_OUTPUT].updates, 2, 0, 2);
  check_split(&h.counts.flow[DRAM_L2][TACET_OUTPUT].updates, 2, 0, 2);
  check_fills(&h, DRAM_L2, TACET_INPUT, 3, 0, 3);
  check_fills(&h, L2_L1, TACET_INPUT, 3, 0, 3);
  check_fills(&h, DRAM_L2, TACET_WEIGHT, 6, 0, 0);
  end(&h);
}

/* ---- elements ----------------------------------------------------------- */

/* A = 1 0 1 / 0 0 1: of B's rows those come that some row of A in the PE asks
   for: both rows of A at once ask for the first and the third, one after the
   other for two and one of three. */
static void begin_rows(hand *h, bool together) {
  tacet_nest nest = gemm(2, 2, 3);
  if (!together) {
    temporal(&nest, "N", 1, 2);
    temporal(&nest, "M", 1, 2);
    temporal(&nest, "K", 1, 3);
  }
  begin(h, &nest);
  set_mask(h, TACET_INPUT, "101 001");
}

static void elements_come_if_they_meet_something(void **state) {
  (void)state;
  hand h;
  for (int storage = AT_DRAM; storage <= AT_L2; storage++) {
    begin_rows(&h, true);
    add_rule(&h, storage, true, TACET_WEIGHT, false, true);
    h.features.rule[0].element = true;
    run_both(&h);
    check_fills(&h, L2_L1, TACET_WEIGHT, 4, 0, 2);
    check_fills(&h, DRAM_L2, TACET_WEIGHT, storage ? 6 : 4, 0, storage ? 0 : 2);
    check_macs(&h, 8, 0, 4);
    end(&h);
  }
}

/* A weight a step: it comes with each value of A that is not zero, 3 of 6 for
   each of 2 columns. */
static void elements_come_in_their_stay(void **state) {
  (void)state;
  hand h;
  begin_rows(&h, false);
  add_rule(&h, AT_L2, true, TACET_WEIGHT, false, true);
  h.features.rule[0].element = true;
  run_both(&h);
  check_fills(&h, L2_L1, TACET_WEIGHT, 6, 0, 6);
  check_macs(&h, 6, 0, 6);
  end(&h);
}

/* Zeros themselves stay away, and take their MACs along. */
static void zeros_stay_away(void **state) {
  (void)state;
  hand h;
  begin_rows(&h, true);
  add_rule(&h, AT_L2, false, TACET_INPUT, false, true);
  h.features.rule[0].element = true;
  run_both(&h);
  check_fills(&h, L2_L1, TACET_INPUT, 3, 3, 0);
  check_macs(&h, 6, 6, 0);
  check_split(&h.counts.l1_reads[TACET_WEIGHT], 6, 6, 0);
  end(&h);
}

/* ---- expansion ---------------------------------------------------------- */

/* A = 1 0 1 / 0 0 1, in bits of 8 words and 6 of a mask. L2 expands what it
   passes on uncompressed as it comes in, and packs on the way out what it has
   uncompressed. */
static void buffers_expand_for_their_children(void **state) {
  (void)state;
  hand h;
  begin_rows(&h, true);
  h.features.format[1][TACET_INPUT] = tacet_format_named(TACET_BITMASK);
  run_both(&h);
  check_parent_reads(&h, DRAM_L2, TACET_INPUT, 3, 0, 3);
  check_bits_in(&h, DRAM_L2, TACET_INPUT, 24, 6);
  check_fills(&h, DRAM_L2, TACET_INPUT, 6, 0, 0);
  check_parent_reads(&h, L2_L1, TACET_INPUT, 6, 0, 0);
  check_bits_in(&h, L2_L1, TACET_INPUT, 48, 0);
  end(&h);

  begin_rows(&h, true);
  h.features.format[2][TACET_INPUT] = tacet_format_named(TACET_BITMASK);
  run_both(&h);
  check_fills(&h, DRAM_L2, TACET_INPUT, 6, 0, 0);
  check_parent_reads(&h, L2_L1, TACET_INPUT, 6, 0, 0);
  check_bits_in(&h, L2_L1, TACET_INPUT, 24, 6);
  check_fills(&h, L2_L1, TACET_INPUT, 3, 0, 3);
  end(&h);
}

/* ---- attention ---------------------------------------------------------- */

enum { TOKENS = 96, HEADS = 2, WIDTH = 8 };

static bool sees(const tacet_part *part, int64_t row, int64_t column) {
  const int64_t ahead = column - row, away = ahead < 0 ? -ahead : ahead;
  if (part->causal && ahead > 0) return false;
  switch (part->kind) {
  case TACET_CAUSAL: return ahead <= 0;
  case TACET_WINDOW:
    return part->causal ? away < part->width : away <= part->width / 2;
  case TACET_GLOBAL: return row < part->width || column < part->width;
  default: return false;
  }
}

static int64_t pairs_seen(const tacet_part *part) {
  int64_t pairs = 0;
  for (int64_t row = 0; row < TOKENS; row++)
    for (int64_t column = 0; column < TOKENS; column++)
      pairs += sees(part, row, column);
  return pairs;
}

/* The scores, in tiles of 8 x 8 on 4 x 4 PEs. */
static tacet_nest scores(void) {
  tacet_shape shape = tacet_shape_of_ones(TACET_GEMM);
  shape.B = HEADS;
  shape.M = shape.N = TOKENS;
  shape.K = WIDTH;
  tacet_nest nest = nest_of(&shape);
  temporal(&nest, "B", 1, HEADS);
  temporal(&nest, "M", 32, 3);
  temporal(&nest, "N", 32, 3);
  spatial(&nest, "M", 8, 4, 4);
  spatial(&nest, "N", 8, 4, 4);
  return nest;
}

static void check_pattern(const tacet_part *part) {
  hand h;
  const tacet_nest nest = scores();
  const tacet_tensor *output = &nest.layer->tensor[TACET_OUTPUT];
  const tacet_plane plane = {
      .rows = 1, .columns = 2, .parts = 1, .part = {*part}};
  const tacet_pattern pattern = tacet_pattern_plane(output, &plane);
  const double all = (double)HEADS * TOKENS * TOKENS * WIDTH;
  const double kept = (double)HEADS * (double)pairs_seen(part) * WIDTH;
  tacet_error error;
  begin(&h, &nest);
  add_output_rule(&h, AT_L1, false, TACET_WEIGHT);
  add_output_rule(&h, AT_L1, false, TACET_INPUT);
  h.sparsity.tensor[TACET_OUTPUT] =
      (tacet_zeros){.density = tacet_pattern_density(&pattern),
                    .pattern = &pattern,
                    .known = true};
  assert_true(
      tacet_is_exact(&h.sparsity, &h.features, nest.layer, &h.accelerator));
  assert_int_equal(tacet_read_sparse(&h.counts, &h.timeline, &h.nest,
                                     &h.accelerator, &h.features, &h.sparsity,
                                     &error),
                   TACET_OK);
  check_macs(&h, kept, 0, all - kept);
  const tacet_counts expected = h.counts;
  const tacet_timeline timeline = h.timeline;
  assert_int_equal(
      tacet_pattern_mask(&h.mask[TACET_OUTPUT], &pattern, output, 1, &error),
      TACET_OK);
  h.sparsity.tensor[TACET_OUTPUT] =
      (tacet_zeros){.density = 1, .mask = &h.mask[TACET_OUTPUT], .known = true};
  run_both(&h);
  check_macs(&h, kept, 0, all - kept);
  check(expected.busiest, h.counts.busiest);
  check(timeline.compute, h.timeline.compute);
  end(&h);
}

static void patterns_spare_what_pairs_of_tokens_say(void **state) {
  (void)state;
  static const tacet_part parts[] = {
      {.kind = TACET_CAUSAL},
      {.kind = TACET_WINDOW, .width = 17},
      {.kind = TACET_WINDOW, .width = 24, .causal = true},
      {.kind = TACET_GLOBAL, .width = 5},
  };
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    check_pattern(&parts[i]);
}

/* ---- expectations ------------------------------------------------------- */

enum { DRAWS = 400, WATCHED = 9, WATCHED_OUTSIDE = 5 };

/* What a rule can take away, first but at the way into PEs: shares that are not
   actual. */
static void watch(double seen[WATCHED], const hand *h) {
  const tacet_counts *c = &h->counts;
  const tacet_split *const splits[WATCHED] = {
      &c->macs,
      &c->l1_reads[TACET_WEIGHT],
      &c->flow[DRAM_L2][TACET_WEIGHT].fills,
      &c->flow[DRAM_L2][TACET_INPUT].fills,
      &c->flow[DRAM_L2][TACET_OUTPUT].updates,
      &c->flow[L2_L1][TACET_WEIGHT].fills,
      &c->flow[L2_L1][TACET_WEIGHT].parent_reads,
      &c->flow[L2_L1][TACET_INPUT].parent_reads,
      &c->flow[L2_L1][TACET_OUTPUT].updates};
  for (int i = 0; i < WATCHED; i++)
    seen[i] = 1 - splits[i]->actual / (splits[i]->actual + splits[i]->gated +
                                       splits[i]->skipped);
}

static void read_watched(double seen[WATCHED], hand *h) {
  tacet_error error;
  assert_int_equal(tacet_read_sparse(&h->counts, &h->timeline, &h->nest,
                                     &h->accelerator, &h->features,
                                     &h->sparsity, &error),
                   TACET_OK);
  watch(seen, h);
}

/* Small tiles, so that whole ones are zero now and then. */
static tacet_nest small_tiles(void) {
  tacet_nest nest = gemm(12, 12, 4);
  temporal(&nest, "M", 3, 4);
  temporal(&nest, "N", 6, 2);
  place_l2(&nest, nest.loops);
  for (int t = 0; t < TACET_TENSORS; t++) nest.position[1][t] = 2;
  const int l2 = nest.loops;
  spatial(&nest, "N", 3, 2, 2);
  temporal(&nest, "K", 2, 2);
  for (int t = 0; t < TACET_TENSORS; t++) nest.position[1][t] = l2;
  return nest;
}

/* Rows come back in each half of N, and where a fold leaves a PE idle it has
   its rows still. */
static tacet_nest uneven_folds(void) {
  tacet_nest nest = gemm(6, 4, 2);
  temporal(&nest, "N", 2, 2);
  spatial(&nest, "M", 2, 3, 2);
  return nest;
}

static void set_zeros(hand *h, const double density[TACET_TENSORS],
                      uint64_t seed) {
  tacet_error error;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_tensor *tensor = &h->nest.layer->tensor[t];
    const tacet_pattern uniform = tacet_pattern_uniform(tensor, density[t]);
    h->sparsity.tensor[t] = (tacet_zeros){.density = density[t], .known = true};
    tacet_mask_free(&h->mask[t]);
    if (!seed) continue;
    assert_int_equal(tacet_pattern_mask(&h->mask[t], &uniform, tensor,
                                        3 * seed + (uint64_t)t, &error),
                     TACET_OK);
    h->sparsity.tensor[t].mask = &h->mask[t];
  }
}

static void check_expectation(const tacet_rule *rule, tacet_nest nest,
                              int watched) {
  static const double density[TACET_TENSORS] = {0.15, 0.2, 0.25};
  double expected[WATCHED], sum[WATCHED] = {0}, squares[WATCHED] = {0};
  hand h;
  begin(&h, &nest);
  h.features.rule[h.features.rules++] = *rule;
  set_zeros(&h, density, 0);
  read_watched(expected, &h);
  for (uint64_t seed = 1; seed <= DRAWS; seed++) {
    double seen[WATCHED];
    set_zeros(&h, density, seed);
    read_watched(seen, &h);
    for (int i = 0; i < WATCHED; i++) {
      sum[i] += seen[i];
      squares[i] += seen[i] * seen[i];
    }
  }
  for (int i = 0; i < watched; i++) {
    const double mean = sum[i] / DRAWS;
    const double variance = squares[i] / DRAWS - mean * mean;
    const double error = sqrt(variance > 0 ? variance / DRAWS : 0);
    /* what 400 draws need not see once */
    const double rare = 1e-4;
    if (fabs(mean - expected[i]) > 4 * error + rare)
      fail_msg("at %d, elements %d, target %d, on %d%d%d: %d is %g +- %g, "
               "expected %g",
               rule->storage, rule->element, rule->target, rule->on[0],
               rule->on[1], rule->on[2], i, mean, error, expected[i]);
  }
  end(&h);
}

static void expectations_are_means_of_masks(void **state) {
  (void)state;
  for (int storage = AT_DRAM; storage <= AT_L1; storage++)
    for (int element = 0; element < 2; element++)
      for (int target = 0; target < TACET_TENSORS; target++)
        for (int on = 0; on < TACET_TENSORS; on++) {
          if (target == TACET_OUTPUT && on != TACET_OUTPUT) continue;
          if (storage == AT_L1 && element) continue;
          tacet_rule rule = {.storage = storage,
                             .skip = true,
                             .element = element,
                             .target = target};
          rule.on[on] = true;
          check_expectation(&rule, small_tiles(), WATCHED);
          check_expectation(&rule, uneven_folds(), WATCHED_OUTSIDE);
        }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(masked_outputs_spare_their_macs),
      cmocka_unit_test(unknown_outputs_spare_nothing),
      cmocka_unit_test(masked_outputs_do_not_travel),
      cmocka_unit_test(masked_tiles_do_not_travel),
      cmocka_unit_test(elements_come_if_they_meet_something),
      cmocka_unit_test(elements_come_in_their_stay),
      cmocka_unit_test(zeros_stay_away),
      cmocka_unit_test(buffers_expand_for_their_children),
      cmocka_unit_test(patterns_spare_what_pairs_of_tokens_say),
      cmocka_unit_test(expectations_are_means_of_masks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
