/* What models expect of a run with one wait at its end, against the mean over
   many random masks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "cases.h"
#include "hand_sparse.h"

enum { MASKS = 200 };

static void make_random_mask(hand *h, int t, double density, uint64_t *r) {
  tacet_mask *mask = &h->mask[t];
  tacet_error error;
  tacet_mask_free(mask);
  assert_int_equal(tacet_mask_make(mask, &h->nest.layer->tensor[t], &error),
                   TACET_OK);
  for (int64_t i = 0; i < mask->elements; i++)
    if ((double)random_between(r, 0, 999) < 1000 * density)
      tacet_mask_set(mask, i);
  tacet_mask_recount(mask);
  h->sparsity.tensor[t].mask = mask;
}

static double busiest(hand *h) {
  tacet_error error;
  assert_int_equal(tacet_read_sparse(&h->counts, &h->timeline, &h->nest,
                                     &h->accelerator, &h->features,
                                     &h->sparsity, &error),
                   TACET_OK);
  return h->counts.busiest;
}

/* Skips both operands; 5 % is more than was seen to be off. */
static void check_issue(const tacet_nest *nest, const double density[2],
                        const tacet_issue *issue) {
  uint64_t r = environment_number("TACET_SEED", 7);
  hand h;
  begin(&h, nest);
  h.accelerator.issue = *issue;
  h.accelerator.sync.kind = TACET_SYNC_END;
  add_rule(&h, AT_COMPUTE, true, 0, true, true);
  double mean = 0;
  for (int i = 0; i < MASKS; i++) {
    for (int t = 0; t < TACET_OUTPUT; t++)
      make_random_mask(&h, t, density[t], &r);
    mean += busiest(&h) / MASKS;
  }
  for (int t = 0; t < TACET_OUTPUT; t++)
    h.sparsity.tensor[t] = (tacet_zeros){.density = density[t]};
  const double expected = busiest(&h);
  if (fabs(expected - mean) > 0.05 * mean)
    fail_msg("%g slots expected, %g on average", expected, mean);
  end(&h);
}

static void check_issues(const tacet_nest *nest, double weight, double input) {
  static const tacet_issue issues[] = {
      {.kind = TACET_ISSUE_SCALAR},
      {.kind = TACET_ISSUE_VECTOR, .width = 2, .along[TACET_GEMM] = "K"},
      {.kind = TACET_ISSUE_OUTER, .weights = 2, .inputs = 2}};
  for (int i = 0; i < 3; i++)
    check_issue(nest, (double[]){weight, input}, &issues[i]);
}

static void one_tile_a_pe(void **state) {
  (void)state;
  tacet_nest nest = gemm(8, 8, 32);
  spatial(&nest, "M", 1, 8, 8);
  temporal(&nest, "K", 4, 8);
  check_issues(&nest, 0.4, 0.5);
}

static void several_tiles_a_pe(void **state) {
  (void)state;
  tacet_nest nest = gemm(16, 16, 32);
  spatial(&nest, "M", 1, 16, 8);
  temporal(&nest, "K", 8, 4);
  temporal(&nest, "N", 4, 4);
  check_issues(&nest, 0.3, 0.6);
}

static void weights_of_its_own(void **state) {
  (void)state;
  tacet_nest nest = gemm(16, 16, 64);
  spatial(&nest, "N", 2, 8, 8);
  temporal(&nest, "M", 4, 4);
  temporal(&nest, "K", 16, 4);
  check_issues(&nest, 0.2, 0.9);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_tile_a_pe),
      cmocka_unit_test(several_tiles_a_pe),
      cmocka_unit_test(weights_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
