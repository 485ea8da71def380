/* The sparse reading against its executor: every counter, on random small
   layers, designs and masks; and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sparse_cases.h"

static bool reading_agrees(masked_case *c) {
  return judge_sparse(c, true);
}

static void reading_equals_executor(void **state) {
  (void)state;
  assert_int_equal(masked_cases_that_fail(20221001, 1500, reading_agrees), 0);
}

/* ---- contiguous tiles --------------------------------------------------- */

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
      (tacet_rule){.storage = 1, .element = true, .on = {false, true, false}};
  check_refused(c, &features,
                "some elements meet nothing, for no MAC uses them");
  masked_free(c);
  free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reading_equals_executor),
      cmocka_unit_test(refuses_what_meets_no_mac),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
