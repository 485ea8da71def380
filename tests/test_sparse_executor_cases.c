/* The sparse executor on random cases: without zeros it is the dense reading,
   and with them nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sparse_cases.h"

/* A case with its zeros and what the executor and the dense reading say. */
typedef struct sparse_case {
  random_case c;
  tacet_mask mask[TACET_TENSORS];
  tacet_features features;
  tacet_sparsity sparsity;
  tacet_counts counts, dense;
  tacet_timeline timeline, dense_timeline;
} sparse_case;

static void make_case(sparse_case *s, uint64_t seed) {
  case_make(&s->c, seed);
  uint64_t state = seed ^ UINT64_C(0x5eed);
  case_zeros(&s->c, &state, s->mask, &s->features);
  case_issue(&s->c, &state);
  for (int t = 0; t < TACET_OUTPUT; t++)
    s->sparsity.tensor[t] = (tacet_zeros){.density = 1, .mask = &s->mask[t]};
  s->sparsity.tensor[TACET_OUTPUT].density =
      (double)random_between(&state, 0, 100) / 100;
  s->c.accelerator.l1_bandwidth = (double)random_between(&state, 0, 4);
}

static void free_case(sparse_case *s) {
  for (int t = 0; t < TACET_TENSORS; t++) tacet_mask_free(&s->mask[t]);
}

static void read_case(sparse_case *s) {
  const tacet_nest *nest = &s->c.nest;
  const tacet_accelerator *accelerator = &s->c.accelerator;
  tacet_error error;
  assert_int_equal(tacet_execute_sparse(&s->counts, &s->timeline, nest,
                                        accelerator, &s->features, &s->sparsity,
                                        &error),
                   TACET_OK);
  assert_int_equal(tacet_read_dense(&s->dense, &s->dense_timeline, nest,
                                    accelerator, &error),
                   TACET_OK);
}

/* Runs a check on many cases; it says whether one is right. */
static void check_cases(uint64_t otherwise, bool (*is_right)(sparse_case *s)) {
  uint64_t seed = 20190416, cases = otherwise;
  ask_for_cases(&seed, &cases);
  sparse_case *s = malloc(sizeof *s);
  assert_non_null(s);
  int wrong = 0;
  for (uint64_t i = 0; i < cases && wrong < 3; i++) {
    make_case(s, seed + i);
    if (!is_right(s)) {
      case_print(&s->c);
      case_print_issue(&s->c);
      case_print_zeros(s->mask, &s->features);
      wrong++;
    }
    free_case(s);
  }
  free(s);
  assert_int_equal(wrong, 0);
}

/* ---- no zeros ----------------------------------------------------------- */

static bool is_dense(sparse_case *s) {
  read_case(s);
  return memcmp(&s->counts, &s->dense, sizeof s->counts) == 0 &&
         memcmp(&s->timeline, &s->dense_timeline, sizeof s->timeline) == 0;
}

static bool nothing_known_is_dense(sparse_case *s) {
  s->features = (tacet_features){0};
  s->sparsity =
      (tacet_sparsity){{{.density = 1}, {.density = 1}, {.density = 1}}};
  return is_dense(s);
}

/* Where nothing is compressed, a rule without a zero does nothing. */
static bool nothing_zero_is_dense(sparse_case *s) {
  if (case_has_padding(&s->c)) return true;
  memset(s->features.format, 0, sizeof s->features.format);
  for (int t = 0; t < TACET_OUTPUT; t++) s->sparsity.tensor[t].mask = NULL;
  return is_dense(s);
}

static void test_nothing_known(void **state) {
  (void)state;
  check_cases(1000, nothing_known_is_dense);
}

static void test_nothing_zero(void **state) {
  (void)state;
  check_cases(1000, nothing_zero_is_dense);
}

/* ---- zeros -------------------------------------------------------------- */

static bool same_sum(const char *name, const tacet_split *split,
                     const tacet_split *dense) {
  double sum = split->actual + split->gated + split->skipped;
  bool negative = split->actual < 0 || split->gated < 0 || split->skipped < 0;
  if (fabs(sum - dense->actual) <= 1e-12 * dense->actual && !negative)
    return true;
  printf("  %s: %g actual, %g gated, %g skipped of %g\n", name, split->actual,
         split->gated, split->skipped, dense->actual);
  return false;
}

static bool nothing_is_lost(sparse_case *s) {
  read_case(s);
  const tacet_counts *counts = &s->counts, *dense = &s->dense;
  bool same = same_sum("macs", &counts->macs, &dense->macs) &&
              same_sum("l1_writes", &counts->l1_writes, &dense->l1_writes);
  for (int t = 0; t < TACET_TENSORS; t++)
    same =
        same && same_sum("l1_reads", &counts->l1_reads[t], &dense->l1_reads[t]);
  for (int b = 0; b < 2; b++) {
    for (int t = 0; t < TACET_TENSORS; t++) {
      const tacet_flow *flow = &counts->flow[b][t], *all = &dense->flow[b][t];
      same =
          same && same_sum("fills", &flow->fills, &all->fills) &&
          same_sum("parent_reads", &flow->parent_reads, &all->parent_reads) &&
          same_sum("drains", &flow->drains, &all->drains) &&
          same_sum("updates", &flow->updates, &all->updates) &&
          same_sum("partial_sum_reads", &flow->partial_sum_reads,
                   &all->partial_sum_reads);
    }
  }
  return same && counts->steps == dense->steps &&
         counts->active_pes == dense->active_pes &&
         counts->peak_active_pes == dense->peak_active_pes &&
         counts->busiest <= dense->busiest &&
         counts->mean_slots <= dense->mean_slots;
}

static void test_nothing_is_lost(void **state) {
  (void)state;
  check_cases(1000, nothing_is_lost);
}

/* A gate takes no time from the run, and with the same formats no bits. */
static bool gates_take_time(sparse_case *s) {
  for (int r = 0; r < s->features.rules; r++) s->features.rule[r].skip = false;
  read_case(s);
  tacet_counts gated = s->counts;
  tacet_timeline along = s->timeline;
  s->features.rules = 0;
  read_case(s);
  return gated.macs.skipped == 0 && gated.busiest == s->counts.busiest &&
         memcmp(&along, &s->timeline, sizeof along) == 0;
}

static void test_gates_take_time(void **state) {
  (void)state;
  check_cases(500, gates_take_time);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nothing_known),
      cmocka_unit_test(test_nothing_zero),
      cmocka_unit_test(test_nothing_is_lost),
      cmocka_unit_test(test_gates_take_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
