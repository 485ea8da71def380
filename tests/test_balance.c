/* How weights are dealt to PEs by their zeros: by hand, and what it leaves as
   it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hand_sparse.h"
#include "sparse_cases.h"

/* ---- by hand ------------------------------------------------------------ */

static void balance_by(hand *h, tacet_balance_kind kind, const char *dim) {
  h->features.balance = (tacet_balance){.kind = kind};
  strcpy(h->features.balance.along[h->nest.layer->type], dim);
}

/* Slots of the busiest PE when zero weights are skipped; the executor must
   find the same. */
static double slots(hand *h, tacet_sync_kind sync, tacet_balance_kind kind,
                    const char *dim) {
  tacet_error error;
  h->accelerator.sync.kind = sync;
  h->features.rules = 0;
  add_rule(h, AT_COMPUTE, true, 0, true, false);
  balance_by(h, kind, dim);
  run(h);
  const double executed = h->counts.busiest;
  assert_int_equal(tacet_read_sparse(&h->counts, &h->timeline, &h->nest,
                                     &h->accelerator, &h->features,
                                     &h->sparsity, &error),
                   TACET_OK);
  check(h->counts.busiest, executed);
  return executed;
}

static void check_moved(const hand *h, int64_t weights, int64_t inputs,
                        int64_t outputs) {
  int64_t moved[TACET_TENSORS];
  tacet_error error;
  assert_int_equal(
      tacet_balance_moved(moved, &h->features, &h->nest, &h->sparsity, &error),
      TACET_OK);
  assert_int_equal(moved[TACET_WEIGHT], weights);
  assert_int_equal(moved[TACET_INPUT], inputs);
  assert_int_equal(moved[TACET_OUTPUT], outputs);
}

/* Four columns with 1, 4, 2 and 3 weights, on two PEs in turns. */
static void columns_on_two_pes(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 4, 4);
  spatial(&nest, "N", 1, 4, 2);
  hand h;
  begin(&h, &nest);
  set_mask(&h, TACET_WEIGHT, "1100 0111 0111 0101");
  /* 1 4 | 2 3 */
  check(slots(&h, TACET_SYNC_STEP, TACET_BALANCE_NOT, "N"), 4 + 3);
  check(slots(&h, TACET_SYNC_END, TACET_BALANCE_NOT, "N"), 4 + 3);
  check_moved(&h, 0, 0, 0);
  /* 4 3 | 2 1 */
  check(slots(&h, TACET_SYNC_STEP, TACET_BALANCE_SORT, "N"), 4 + 2);
  check(slots(&h, TACET_SYNC_END, TACET_BALANCE_SORT, "N"), 4 + 2);
  check_moved(&h, 3 * 4, 0, 3); /* that with 2 weights stays third */
  /* 4 3 | 1 2 */
  check(slots(&h, TACET_SYNC_STEP, TACET_BALANCE_PAIR, "N"), 4 + 2);
  check(slots(&h, TACET_SYNC_END, TACET_BALANCE_PAIR, "N"), 4 + 1);
  check_moved(&h, 4 * 4, 0, 4);
  end(&h);
}

/* Both of a pair in one tile: 4 weights and 1, 3 and 2. */
static void pairs_in_a_tile(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 4, 4);
  spatial(&nest, "N", 2, 2, 2);
  hand h;
  begin(&h, &nest);
  set_mask(&h, TACET_WEIGHT, "1111 1110 1100 1000");
  check(slots(&h, TACET_SYNC_STEP, TACET_BALANCE_NOT, "N"), 4 + 3);
  check(slots(&h, TACET_SYNC_STEP, TACET_BALANCE_SORT, "N"), 4 + 2);
  check(slots(&h, TACET_SYNC_STEP, TACET_BALANCE_PAIR, "N"), 4 + 1);
  end(&h);
}

/* Of five columns the first PE has three: 5 and 1, then what is left, 3. */
static void a_place_without_a_partner(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 5, 5);
  spatial(&nest, "N", 1, 5, 2);
  hand h;
  begin(&h, &nest);
  set_mask(&h, TACET_WEIGHT, "11111 10111 10101 10100 10000");
  check(slots(&h, TACET_SYNC_END, TACET_BALANCE_NOT, "N"), 5 + 4 + 3);
  check(slots(&h, TACET_SYNC_END, TACET_BALANCE_PAIR, "N"), 5 + 1 + 3);
  end(&h);
}

/* Filters over frames: four with 1, 4, 2 and 3 weights of 2x1x2, on two PEs.
   Each weight does 3 MACs, one for each of 3 frames out of 4. */
static void filters_over_frames(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV3D);
  shape.K = 4;
  shape.T = 2;
  shape.S = 2;
  shape.D = 4;
  shape.stride[2] = shape.dilation[2] = 1;
  shape.X = 2;
  tacet_nest nest = nest_of(&shape);
  spatial(&nest, "K", 1, 4, 2);
  hand h;
  begin(&h, &nest);
  set_mask(&h, TACET_WEIGHT, "1000 1111 0110 1011");
  check(slots(&h, TACET_SYNC_STEP, TACET_BALANCE_NOT, "K"), 3 * (4 + 3));
  check(slots(&h, TACET_SYNC_STEP, TACET_BALANCE_SORT, "K"), 3 * (4 + 2));
  check(slots(&h, TACET_SYNC_END, TACET_BALANCE_PAIR, "K"), 3 * (4 + 1));
  check_moved(&h, 4 * 4, 0, 4 * 3);
  end(&h);
}

/* Equal columns stay in their order. */
static void equals_stay(void **state) {
  (void)state;
  tacet_nest nest = gemm(2, 4, 2);
  spatial(&nest, "N", 1, 4, 2);
  hand h;
  begin(&h, &nest);
  set_mask(&h, TACET_WEIGHT, "1010 0101");
  slots(&h, TACET_SYNC_STEP, TACET_BALANCE_SORT, "N");
  check_moved(&h, 0, 0, 0);
  end(&h);
}

/* Filters of 1 and 2 weights, then of 2 and 1: only the first group's change
   places. */
static void groups_have_their_own_order(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.G = 2;
  shape.K = 2;
  shape.C = 2;
  tacet_nest nest = nest_of(&shape);
  temporal(&nest, "G", 1, 2);
  spatial(&nest, "K", 1, 2, 2);
  hand h;
  begin(&h, &nest);
  set_mask(&h, TACET_WEIGHT, "10 11  11 10");
  check(slots(&h, TACET_SYNC_END, TACET_BALANCE_NOT, "K"), 1 + 2);
  check(slots(&h, TACET_SYNC_END, TACET_BALANCE_SORT, "K"), 2 + 2);
  check_moved(&h, 2 * 2, 0, 2);
  end(&h);
}

/* Input channels: inputs follow the weights, so products stay what they are. */
static void inputs_follow(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 1, 4);
  spatial(&nest, "K", 2, 2, 2);
  hand h;
  begin(&h, &nest);
  set_mask(&h, TACET_WEIGHT, "0101");
  set_mask(&h, TACET_INPUT, "0110");
  h.features.rules = 0;
  slots(&h, TACET_SYNC_STEP, TACET_BALANCE_SORT, "K");
  check_split(&h.counts.macs, 2, 0, 2);
  /* the weights at 1 and 3 are dealt first, one to each PE */
  check(h.counts.busiest, 1);
  check_moved(&h, 4, 4, 0); /* 1 0 | 3 2 */
  end(&h);
}

/* ---- models ------------------------------------------------------------- */

static void give_densities(hand *h, tacet_pattern *pattern,
                           const double density[4]) {
  double *copy = malloc(4 * sizeof *copy);
  assert_non_null(copy);
  memcpy(copy, density, 4 * sizeof *copy);
  *pattern =
      tacet_pattern_densities(&h->nest.layer->tensor[TACET_WEIGHT], 2, copy);
  h->sparsity.tensor[TACET_WEIGHT] = (tacet_zeros){
      .density = tacet_pattern_density(pattern), .pattern = pattern};
}

static double expected_slots(hand *h) {
  tacet_error error;
  assert_int_equal(tacet_read_sparse(&h->counts, &h->timeline, &h->nest,
                                     &h->accelerator, &h->features,
                                     &h->sparsity, &error),
                   TACET_OK);
  return h->counts.busiest;
}

/* By densities of columns: what is dealt is what the vector would be in that
   order. */
static void densities_are_dealt(void **state) {
  (void)state;
  static const double given[] = {0.25, 1, 0.5, 0.75};
  static const double sorted[] = {1, 0.75, 0.5, 0.25};
  static const double paired[] = {1, 0.75, 0.25, 0.5};
  tacet_nest nest = gemm(3, 4, 4);
  spatial(&nest, "N", 1, 4, 2);
  hand h;
  tacet_pattern pattern;
  double by[2], in[3];
  begin(&h, &nest);
  h.accelerator.sync.kind = TACET_SYNC_STEP;
  add_rule(&h, AT_COMPUTE, true, 0, true, false);
  give_densities(&h, &pattern, given);
  for (int i = 0; i < 2; i++) {
    balance_by(&h, i ? TACET_BALANCE_PAIR : TACET_BALANCE_SORT, "N");
    by[i] = expected_slots(&h);
  }
  tacet_pattern_free(&pattern);
  balance_by(&h, TACET_BALANCE_NOT, "N");
  for (int i = 0; i < 3; i++) {
    give_densities(&h, &pattern, i == 0 ? given : i == 1 ? sorted : paired);
    in[i] = expected_slots(&h);
    tacet_pattern_free(&pattern);
  }
  check(by[0], in[1]);
  check(by[1], in[2]);
  assert_true(by[0] < in[0] - 0.1);
  end(&h);
}

static void uniform_weights_stay(void **state) {
  (void)state;
  tacet_nest nest = gemm(3, 4, 4);
  spatial(&nest, "N", 1, 4, 2);
  hand h;
  begin(&h, &nest);
  add_rule(&h, AT_COMPUTE, true, 0, true, false);
  h.sparsity.tensor[TACET_WEIGHT] = (tacet_zeros){.density = 0.5};
  const double before = expected_slots(&h);
  balance_by(&h, TACET_BALANCE_SORT, "N");
  check(expected_slots(&h), before);
  check_moved(&h, 0, 0, 0);
  end(&h);
}

/* ---- errors ------------------------------------------------------------- */

static void check_refused(hand *h, const char *dim, const char *what) {
  tacet_error error;
  int64_t moved[TACET_TENSORS];
  balance_by(h, TACET_BALANCE_PAIR, dim);
  assert_int_equal(
      tacet_balance_moved(moved, &h->features, &h->nest, &h->sparsity, &error),
      TACET_INFEASIBLE);
  if (!strstr(error.message, what)) fail_msg("%s", error.message);
  assert_int_equal(tacet_read_sparse(&h->counts, &h->timeline, &h->nest,
                                     &h->accelerator, &h->features,
                                     &h->sparsity, &error),
                   TACET_INFEASIBLE);
}

static void refuses_dimensions(void **state) {
  (void)state;
  tacet_nest nest = conv(8, 3, 1);
  spatial(&nest, "S", 1, 3, 3);
  hand h;
  begin(&h, &nest);
  check_refused(&h, "S", "it is no dimension of weights by itself");
  check_refused(&h, "Q", "it is no dimension of weights by itself");
  check_refused(&h, "B", "CONV layers cannot be balanced along B");
  end(&h);
  nest = gemm(4, 4, 4);
  spatial(&nest, "M", 1, 4, 2);
  temporal(&nest, "N", 1, 4);
  begin(&h, &nest);
  check_refused(&h, "N", "the dataflow does not lay it over PEs");
  check_refused(&h, "K", "the dataflow does not lay it over PEs");
  end(&h);
}

static void refuses_rules_of_place(void **state) {
  (void)state;
  static const tacet_plane plane = {
      .rows = 1, .columns = 2, .parts = 1, .part = {{.kind = TACET_CAUSAL}}};
  tacet_nest nest = gemm(4, 4, 4);
  spatial(&nest, "N", 1, 4, 2);
  hand h;
  begin(&h, &nest);
  const tacet_pattern pattern =
      tacet_pattern_plane(&nest.layer->tensor[TACET_WEIGHT], &plane);
  h.sparsity.tensor[TACET_WEIGHT] =
      (tacet_zeros){.density = 0.6, .pattern = &pattern};
  check_refused(&h, "N", "says where its zeros are");
  end(&h);
}

/* ---- what holds for any design ------------------------------------------ */

static double all(const tacet_split *split) {
  return split->actual + split->gated + split->skipped;
}

static bool acts_above_l1(const masked_case *c) {
  for (int r = 0; r < c->features.rules; r++)
    if (c->features.rule[r].storage < c->dense.nest.storages - 1) return true;
  return false;
}

static void read_case(tacet_counts *counts, const masked_case *c) {
  tacet_timeline timeline;
  tacet_error error;
  assert_int_equal(tacet_read_sparse(counts, &timeline, &c->dense.nest,
                                     &c->dense.accelerator, &c->features,
                                     &c->sparsity, &error),
                   TACET_OK);
}

/* MACs and what they read are the same pairs in other places; what moves is as
   many words. */
static void check_totals(masked_case *c) {
  tacet_counts dealt, given;
  read_case(&dealt, c);
  c->features.balance.kind = TACET_BALANCE_NOT;
  read_case(&given, c);
  check(dealt.steps, given.steps);
  check(all(&dealt.macs), all(&given.macs));
  for (int b = 0; b < c->dense.nest.storages - 1; b++)
    for (int t = 0; t < TACET_TENSORS; t++) {
      const tacet_flow *a = &dealt.flow[b][t], *g = &given.flow[b][t];
      check(all(&a->fills), all(&g->fills));
      check(all(&a->parent_reads), all(&g->parent_reads));
      check(all(&a->drains), all(&g->drains));
      check(all(&a->updates), all(&g->updates));
    }
  if (acts_above_l1(c)) return;
  check_split(&dealt.macs, given.macs.actual, given.macs.gated,
              given.macs.skipped);
  for (int t = 0; t < TACET_TENSORS; t++)
    if (!c->dense.accelerator.registers[t])
      check_split(&dealt.l1_reads[t], given.l1_reads[t].actual,
                  given.l1_reads[t].gated, given.l1_reads[t].skipped);
}

static void totals_stay(void **state) {
  (void)state;
  const uint64_t seed = environment_number("TACET_SEED", 20191012);
  const uint64_t cases = environment_number("TACET_CASES", 1500);
  uint64_t balanced = 0;
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    masked_make(c, seed + i);
    if (c->features.balance.kind != TACET_BALANCE_NOT) {
      balanced++;
      check_totals(c);
    }
    masked_free(c);
  }
  free(c);
  printf("seed %llu, %llu of %llu cases balanced\n", (unsigned long long)seed,
         (unsigned long long)balanced, (unsigned long long)cases);
  assert_true(balanced > cases / 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_on_two_pes),
      cmocka_unit_test(pairs_in_a_tile),
      cmocka_unit_test(a_place_without_a_partner),
      cmocka_unit_test(filters_over_frames),
      cmocka_unit_test(equals_stay),
      cmocka_unit_test(groups_have_their_own_order),
      cmocka_unit_test(inputs_follow),
      cmocka_unit_test(densities_are_dealt),
      cmocka_unit_test(uniform_weights_stay),
      cmocka_unit_test(refuses_dimensions),
      cmocka_unit_test(refuses_rules_of_place),
      cmocka_unit_test(totals_stay),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
