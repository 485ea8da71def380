/* Rounding up on both sides of 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../dense/whole.h"

static void rounds_up(void **state) {
  (void)state;
  for (int64_t b = 1; b < 6; b++)
    for (int64_t a = -20; a <= 20; a++) {
      const int64_t c = ceil_div(a, b);
      assert_true(c * b >= a && (c - 1) * b < a);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rounds_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
