/* The activity analysis against the executor: every integer, on random small
   layers, dataflows and accelerators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "judge.h"

static void activity_equals_executor(void **state) {
  (void)state;
  uint64_t seed = environment_number("TACET_SEED", 20191012);
  uint64_t cases = environment_number("TACET_CASES", 2500);
  printf("seed %llu, %llu cases\n", (unsigned long long)seed,
         (unsigned long long)cases);
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < cases && wrong < 3; i++) {
    case_make(c, seed + i);
    if (judge_activity(c, true)) continue;
    case_print(c);
    wrong++;
  }
  free(c);
  printf("%llu cases, %llu wrong\n", (unsigned long long)cases,
         (unsigned long long)wrong);
  assert_int_equal(wrong, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(activity_equals_executor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
