/* The reading with models against the one with masks: patterns that leave
   nothing to chance, where both are exact, on random layers and designs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../sparse/formats/encoding.h"
#include "pattern_cases.h"
#include "sparse_cases.h"

/* Its members are doubles only. */
typedef struct result {
  tacet_counts counts;
  tacet_timeline timeline;
} result;

enum { DOUBLES = sizeof(result) / sizeof(double) };

static void read_with(result *out, const masked_case *c,
                      const tacet_sparsity *sparsity) {
  tacet_error error;
  assert_int_equal(tacet_read_sparse(&out->counts, &out->timeline,
                                     &c->dense.nest, &c->dense.accelerator,
                                     &c->features, sparsity, &error),
                   TACET_OK);
}

/* ---- planes ------------------------------------------------------------- */

/* What is left of a design on which planes are exact. */
static void tame(masked_case *c) {
  const int l1 = c->dense.accelerator.storages - 1;
  c->dense.accelerator.sync.kind = TACET_SYNC_STEP;
  for (int i = 0; i < c->features.rules; i++) {
    tacet_rule *rule = &c->features.rule[i];
    if (rule->storage < l1) rule->storage = l1;
    rule->element = false;
  }
  for (int s = 0; s < TACET_MAX_STORAGE; s++)
    for (int t = 0; t < TACET_TENSORS; t++) {
      tacet_format *format = &c->features.format[s][t];
      if (!tacet_format_counts(format) || format->name == TACET_BEST)
        *format = tacet_format_named(TACET_CSR);
      format->word = 0;
    }
  c->features.format[0][TACET_OUTPUT] = tacet_format_named(TACET_UNCOMPRESSED);
}

/* Gives tensors planes, outputs known beforehand among them, and masks of the same zeros. False if the case is not
   one for that. */
static bool give_planes(masked_case *c, tacet_sparsity *models,
                        tacet_pattern pattern[TACET_TENSORS],
                        tacet_mask mask[TACET_TENSORS], uint64_t *random) {
  tacet_error error;
  const int64_t which = random_between(random, 0, 2);
  const bool outputs = random_between(random, 0, 1);
  tame(c);
  *models = c->sparsity;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_tensor *tensor = &c->dense.layer.tensor[t];
    c->sparsity.tensor[t] = models->tensor[t] = (tacet_zeros){.density = 1};
    if (t == TACET_OUTPUT ? !outputs : t == which) continue;
    pattern[t] = plane_over_tensor(random, tensor);
    assert_int_equal(
        tacet_pattern_mask(&mask[t], &pattern[t], tensor, 1, &error), TACET_OK);
    c->sparsity.tensor[t] = (tacet_zeros){.mask = &mask[t], .known = true};
    models->tensor[t] =
        (tacet_zeros){.density = tacet_pattern_density(&pattern[t]),
                      .pattern = &pattern[t],
                      .known = true};
  }
  return tacet_is_exact(models, &c->features, &c->dense.layer,
                        &c->dense.accelerator);
}

static void tell(const masked_case *c, const tacet_pattern *pattern) {
  case_print(&c->dense);
  case_print_issue(&c->dense);
  case_print_zeros(c->mask, &c->features);
  for (int t = 0; t < TACET_TENSORS; t++)
    if (pattern[t].ranks)
      printf("plane of %s: ranks %d and %d, kind %d\n",
             c->dense.layer.tensor[t].name, pattern[t].as.plane.rows,
             pattern[t].as.plane.columns,
             (int)pattern[t].as.plane.part[0].kind);
}

static void compare(const masked_case *c, const tacet_sparsity *models,
                    const tacet_pattern *pattern) {
  result exact, expected;
  read_with(&exact, c, &c->sparsity);
  read_with(&expected, c, models);
  const double *a = (const double *)&exact, *b = (const double *)&expected;
  for (int i = 0; i < DOUBLES; i++) {
    if (fabs(a[i] - b[i]) <= 1e-9 * (fabs(a[i]) + fabs(b[i]) + 1e-3)) continue;
    tell(c, pattern);
    fail_msg("seed %llu: number %d is %.17g, expected %.17g",
             (unsigned long long)c->dense.seed, i, a[i], b[i]);
  }
}

static void check_equal(const masked_case *c, double exact, double expected) {
  if (fabs(exact - expected) <= 1e-9 * (fabs(exact) + 1e-3)) return;
  case_print(&c->dense);
  fail_msg("seed %llu: %.17g, expected %.17g",
           (unsigned long long)c->dense.seed, exact, expected);
}

/* Where L1 keeps tiles, models do not know which words of a tile come anew, and
   expect them to be like the others; the work is the same. */
static void compare_kept(const masked_case *c, const tacet_sparsity *models) {
  result exact, expected;
  masked_case *kept = malloc(sizeof *kept);
  assert_non_null(kept);
  *kept = *c;
  case_keep(&kept->dense, &c->dense);
  if (models->tensor[TACET_WEIGHT].density < 1)
    assert_false(tacet_is_exact(models, &kept->features, &kept->dense.layer,
                                &kept->dense.accelerator));
  read_with(&exact, kept, &kept->sparsity);
  read_with(&expected, kept, models);
  check_equal(kept, exact.counts.macs.actual, expected.counts.macs.actual);
  check_equal(kept, exact.counts.busiest, expected.counts.busiest);
  check_equal(kept, exact.timeline.compute, expected.timeline.compute);
  for (int t = 0; t < TACET_TENSORS; t++)
    check_equal(kept, exact.counts.l1_reads[t].actual,
                expected.counts.l1_reads[t].actual);
  free(kept);
}

static void planes_equal_their_masks(void **state) {
  (void)state;
  uint64_t seed = environment_number("TACET_SEED", 20200410);
  uint64_t cases = environment_number("TACET_CASES", 3000), exact = 0;
  printf("seed %llu, %llu cases\n", (unsigned long long)seed,
         (unsigned long long)cases);
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    uint64_t random = seed + i;
    tacet_sparsity models;
    tacet_pattern pattern[TACET_TENSORS] = {{.ranks = 0}};
    tacet_mask mask[TACET_TENSORS] = {{.ranks = 0}};
    masked_make(c, seed + i);
    c->features.balance.kind = TACET_BALANCE_NOT; /* a rule stays in place */
    if (give_planes(c, &models, pattern, mask, &random)) {
      compare(c, &models, pattern);
      compare_kept(c, &models);
      exact++;
    }
    for (int t = 0; t < TACET_TENSORS; t++) tacet_mask_free(&mask[t]);
    masked_free(c);
  }
  printf("%llu of them exact\n", (unsigned long long)exact);
  assert_true(exact > cases / 4);
  free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(planes_equal_their_masks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
