/* The activity analysis against the executor: every integer, on random small
   layers, dataflows and accelerators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../dense/activity/products.h"
#include "judge.h"

static bool activity_agrees(random_case *c) {
  return judge_activity(c, true);
}

static void activity_equals_executor(void **state) {
  (void)state;
  assert_int_equal(cases_that_fail(20191012, 2500, activity_agrees), 0);
}

static bool kept_agrees(random_case *c) {
  return judge_kept(c, true);
}

static void kept_tiles_equal_executor(void **state) {
  (void)state;
  assert_int_equal(cases_that_fail(20191013, 1500, kept_agrees), 0);
}

/* ---- moments told apart ------------------------------------------------- */

typedef struct sums {
  int64_t steps, macs, fills[TACET_TENSORS], drains;
  const tacet_table *table;
} sums;

/* Length of the tiles of dimension i of an axis at the leaf's moment. */
static int64_t length_of(const tacet_axis *axis, const tacet_leaf *leaf,
                         int i) {
  return tacet_tiles_sum(&axis->chain[i], &leaf->moment[i]).length;
}

static bool sum_product(const tacet_product *product, void *context) {
  sums *s = context;
  tacet_step_class step;
  const tacet_link link = {.multicast = true};
  tacet_product_step(&step, product, &link, NULL);
  s->steps += step.occurrences;
  s->macs += step.occurrences * step.macs;
  s->drains += step.occurrences * step.drains;
  for (int t = 0; t < TACET_OUTPUT; t++)
    s->fills[t] += step.occurrences * step.fills[t];
  const tacet_axes *axes = &s->table->axes;
  for (int a = 0; a < axes->count; a++) {
    const tacet_axis *axis = &axes->axis[a];
    const tacet_leaf *leaf = product->leaf[a];
    if (!axis->each || !axis->loops) continue;
    assert_int_equal(leaf->times, 1);
    int64_t macs = 1;
    for (int i = 0; i < axis->dims; i++)
      if (axis->cut[i]) macs *= length_of(axis, leaf, i);
    assert_int_equal(macs, leaf->factor.macs);
  }
  return true;
}

static sums sum_case(const random_case *c, uint32_t dims) {
  tacet_table table;
  sums s = {.table = &table};
  tacet_table_make_each(&table, tacet_view_pes(&c->nest), dims);
  tacet_products(&table, sum_product, &s);
  s.table = NULL;
  return s;
}

static void moments_told_apart_add_up(void **state) {
  (void)state;
  uint64_t seed = environment_number("TACET_SEED", 20191012);
  uint64_t cases = environment_number("TACET_CASES", 500);
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    case_make(c, seed + i);
    const sums alike = sum_case(c, 0);
    const sums apart = sum_case(c, (uint32_t)(seed * 7 + i));
    assert_memory_equal(&alike, &apart, sizeof alike);
  }
  free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(activity_equals_executor),
      cmocka_unit_test(kept_tiles_equal_executor),
      cmocka_unit_test(moments_told_apart_add_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
