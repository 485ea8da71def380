/* The sparse reading against its executor: every counter, on random small
   layers, designs and masks; and what must hold for any design. */
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

typedef struct result {
  tacet_counts counts;
  tacet_timeline timeline;
} result;

static void read_case(result *out, const masked_case *c) {
  tacet_error error;
  assert_int_equal(tacet_read_sparse(&out->counts, &out->timeline,
                                     &c->dense.nest, &c->dense.accelerator,
                                     &c->features, &c->sparsity, &error),
                   TACET_OK);
}

/* tacet_counts and tacet_timeline hold doubles only. */
static bool close_enough(double a, double b) {
  return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b));
}

static void reading_equals_executor(void **state) {
  (void)state;
  uint64_t seed = environment_number("TACET_SEED", 20221001);
  uint64_t cases = environment_number("TACET_CASES", 1500);
  printf("seed %llu, %llu cases\n", (unsigned long long)seed,
         (unsigned long long)cases);
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < cases && wrong < 3; i++) {
    masked_make(c, seed + i);
    if (!judge_sparse(c, true)) {
      case_print(&c->dense);
      case_print_issue(&c->dense);
      case_print_zeros(c->mask, &c->features);
      wrong++;
    }
    masked_free(c);
  }
  free(c);
  assert_int_equal(wrong, 0);
}

/* ---- what holds for any design ------------------------------------------ */

typedef void property(masked_case *c);

static void for_cases(property *check, uint64_t otherwise) {
  uint64_t seed = environment_number("TACET_SEED", 20221001);
  uint64_t cases = environment_number("TACET_CASES", otherwise);
  printf("seed %llu, %llu cases\n", (unsigned long long)seed,
         (unsigned long long)cases);
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    masked_make(c, seed + i);
    check(c);
    masked_free(c);
  }
  free(c);
}

static void read_dense(result *out, const masked_case *c) {
  tacet_error error;
  assert_int_equal(tacet_read_dense(&out->counts, &out->timeline,
                                    &c->dense.nest, &c->dense.accelerator,
                                    &error),
                   TACET_OK);
}

static double cycles_of(const result *r, const masked_case *c) {
  tacet_cost cost;
  tacet_cost_of(&cost, &r->counts, &r->timeline, &c->dense.accelerator);
  assert_true(cost.utilisation <= 1);
  return cost.cycles;
}

static void same_sum(const tacet_split *sparse, const tacet_split *dense) {
  assert_true(sparse->actual >= 0 && sparse->gated >= 0 &&
              sparse->skipped >= 0);
  assert_true(close_enough(sparse->actual + sparse->gated + sparse->skipped,
                           dense->actual));
}

static void check_sums(masked_case *c) {
  result sparse, dense;
  read_case(&sparse, c);
  read_dense(&dense, c);
  same_sum(&sparse.counts.macs, &dense.counts.macs);
  same_sum(&sparse.counts.l1_writes, &dense.counts.l1_writes);
  for (int t = 0; t < TACET_TENSORS; t++) {
    same_sum(&sparse.counts.l1_reads[t], &dense.counts.l1_reads[t]);
    for (int b = 0; b < 2; b++) {
      const tacet_flow *left = &sparse.counts.flow[b][t];
      const tacet_flow *right = &dense.counts.flow[b][t];
      same_sum(&left->fills, &right->fills);
      same_sum(&left->parent_reads, &right->parent_reads);
      same_sum(&left->drains, &right->drains);
      same_sum(&left->updates, &right->updates);
      same_sum(&left->partial_sum_reads, &right->partial_sum_reads);
    }
  }
}

static void drop_masks(masked_case *c, double weight, double input) {
  c->sparsity.tensor[TACET_WEIGHT] = (tacet_zeros){.density = weight};
  c->sparsity.tensor[TACET_INPUT] = (tacet_zeros){.density = input};
}

static void sums_with_masks(void **state) {
  (void)state;
  for_cases(check_sums, 400);
}

static void check_sums_of_models(masked_case *c) {
  drop_masks(c, 0.3, 0.6);
  check_sums(c);
}

static void sums_with_models(void **state) {
  (void)state;
  for_cases(check_sums_of_models, 400);
}

static void fill_mask(tacet_mask *mask) {
  for (int64_t i = 0; i < mask->elements; i++) tacet_mask_set(mask, i);
  tacet_mask_recount(mask);
}

static void check_dense_limit(masked_case *c) {
  result sparse, dense;
  if (case_has_padding(&c->dense)) return;
  c->sparsity.tensor[TACET_OUTPUT].density = 1;
  read_dense(&dense, c);
  for (int t = 0; t < TACET_TENSORS; t++) fill_mask(&c->mask[t]);
  read_case(&sparse, c);
  assert_memory_equal(&sparse, &dense, sizeof sparse);
  drop_masks(c, 1, 1);
  read_case(&sparse, c);
  assert_memory_equal(&sparse, &dense, sizeof sparse);
}

static void no_zeros_is_dense(void **state) {
  (void)state;
  for_cases(check_dense_limit, 600);
}

static void set_rules(masked_case *c, bool skip) {
  for (int i = 0; i < c->features.rules; i++) c->features.rule[i].skip = skip;
}

static void check_gate(masked_case *c) {
  result gate, skip, dense;
  memset(c->features.format, 0, sizeof c->features.format);
  read_dense(&dense, c);
  set_rules(c, false);
  read_case(&gate, c);
  set_rules(c, true);
  read_case(&skip, c);
  double whole = cycles_of(&dense, c);
  assert_true(cycles_of(&gate, c) == whole);
  assert_true(cycles_of(&skip, c) <= whole);
}

static void gating_takes_the_time_skipping_saves(void **state) {
  (void)state;
  for_cases(check_gate, 400);
}

static void check_gate_of_models(masked_case *c) {
  drop_masks(c, 0.3, 0.6);
  check_gate(c);
}

static void gating_and_skipping_of_models(void **state) {
  (void)state;
  for_cases(check_gate_of_models, 400);
}

static void remove_some(tacet_mask *mask, uint64_t *r) {
  for (int64_t i = 0; i < mask->elements; i++)
    if (random_between(r, 0, 3) == 0)
      mask->bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
  tacet_mask_recount(mask);
}

static bool is_full(const tacet_mask *mask) {
  return mask->nonzeros == mask->elements;
}

static void check_fewer(masked_case *c) {
  result before, after;
  uint64_t r = c->dense.seed;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (is_full(&c->mask[t])) return;
  read_case(&before, c);
  for (int t = 0; t < TACET_TENSORS; t++) remove_some(&c->mask[t], &r);
  read_case(&after, c);
  assert_true(cycles_of(&after, c) <= cycles_of(&before, c));
}

static void fewer_nonzeros_cost_no_more(void **state) {
  (void)state;
  for_cases(check_fewer, 400);
}

/* ---- buffers at cluster boundaries -------------------------------------- */

static void check_refused(const masked_case *c, const tacet_features *features,
                          const char *what) {
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error = {0};
  assert_int_equal(tacet_read_sparse(&counts, &timeline, &c->dense.nest,
                                     &c->dense.accelerator, features,
                                     &c->sparsity, &error),
                   TACET_INFEASIBLE);
  assert_non_null(strstr(error.message, what));
}

static void refuses_what_reaches_clusters(void **state) {
  (void)state;
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  uint64_t seed = 1;
  for (masked_make(c, seed); c->dense.nest.storages == 3;
       masked_make(c, ++seed))
    masked_free(c);
  tacet_features features = {.rules = 1};
  features.rule[0] =
      (tacet_rule){.storage = 1, .skip = true, .on = {false, true, false}};
  check_refused(c, &features, "actions above l1 are not modelled");
  features.rules = 0;
  features.format[2][TACET_WEIGHT] = tacet_format_named(TACET_BITMASK);
  check_refused(c, &features, "formats below l2 are not modelled");
  masked_free(c);
  free(c);
}

/* ---- contiguous tiles --------------------------------------------------- */

static void refuses_what_meets_no_mac(void **state) {
  (void)state;
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  uint64_t seed = 1;
  for (masked_make(c, seed);
       c->dense.nest.storages > 3 || !c->dense.nest.contiguous[1];
       masked_make(c, ++seed))
    masked_free(c);
  tacet_features features = {.rules = 1};
  features.rule[0] =
      (tacet_rule){.storage = 1, .skip = true, .on = {false, true, false}};
  check_refused(c, &features, "not modelled where tiles are contiguous");
  masked_free(c);
  free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reading_equals_executor),
      cmocka_unit_test(sums_with_masks),
      cmocka_unit_test(sums_with_models),
      cmocka_unit_test(no_zeros_is_dense),
      cmocka_unit_test(gating_takes_the_time_skipping_saves),
      cmocka_unit_test(gating_and_skipping_of_models),
      cmocka_unit_test(fewer_nonzeros_cost_no_more),
      cmocka_unit_test(refuses_what_reaches_clusters),
      cmocka_unit_test(refuses_what_meets_no_mac),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
