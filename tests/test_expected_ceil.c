/* The expected ceiling against every outcome where they are few, and against
   simulation where they are many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "../sparse/expected/factorial.h"
#include "../sparse/patterns/occupancy.h"
#include "cases.h"

enum { MOST = 60 }; /* whose binomials fit a double */

static double ceil_of(int64_t count, int64_t width) {
  return (double)((count + width - 1) / width);
}

/* ---- factorials --------------------------------------------------------- */

static void log_factorial_is_lgamma(void **state) {
  (void)state;
  for (double n = 0; n < 1e12; n = 1.3 * n + 0.25) {
    const double right = lgamma(n + 1);
    assert_true(fabs(tacet_log_factorial(n) - right) <
                2e-13 * fmax(1, fabs(right)));
  }
}

/* ---- few outcomes ------------------------------------------------------- */

static double binomial[MOST + 1][MOST + 1];

static void make_binomials(void) {
  for (int n = 0; n <= MOST; n++) {
    binomial[n][0] = binomial[n][n] = 1;
    for (int k = 1; k < n; k++)
      binomial[n][k] = binomial[n - 1][k - 1] + binomial[n - 1][k];
  }
}

static double sum_outcomes(int n, double density, int64_t width) {
  double sum = 0;
  for (int k = 0; k <= n; k++)
    sum += binomial[n][k] * pow(density, k) * pow(1 - density, n - k) *
           ceil_of(k, width);
  return sum;
}

static void check_near(int64_t n, double density, int64_t width,
                       double expected, double tolerance) {
  const double found = tacet_expected_ceil(n, density, width);
  if (fabs(found - expected) <= tolerance) return;
  fail_msg("%lld at %.17g in %lld: %.17g instead of %.17g", (long long)n,
           density, (long long)width, found, expected);
}

static void equals_the_sum_of_outcomes(void **state) {
  (void)state;
  static const double densities[] = {1e-12,  0.001,    0.01,     0.1,  0.25,
                                     1 / 3., 0.5,      0.6,      0.75, 0.9,
                                     0.99,   1 - 1e-9, 1 - 1e-16};
  make_binomials();
  for (int n = 0; n <= MOST; n++)
    for (size_t d = 0; d < sizeof densities / sizeof *densities; d++)
      for (int64_t width = 1; width <= MOST + 1; width++) {
        const double expected = sum_outcomes(n, densities[d], width);
        check_near(n, densities[d], width, expected, 1e-11 * expected + 1e-19);
      }
}

static void ends_are_exact(void **state) {
  (void)state;
  for (int64_t n = 0; n <= 1000; n += 7)
    for (int64_t width = 1; width <= 9; width++) {
      assert_true(tacet_expected_ceil(n, 1, width) == ceil_of(n, width));
      assert_true(tacet_expected_ceil(n, 0, width) == 0);
    }
}

/* One wide enough slot is taken unless all are zero. */
static void one_slot(void **state) {
  (void)state;
  for (int64_t n = 1; n <= 1000000; n *= 10)
    for (double density = 1e-6; density < 1; density *= 3) {
      const double expected = -expm1((double)n * log1p(-density));
      check_near(n, density, n, expected, 1e-9 * expected);
    }
}

/* ---- many outcomes ------------------------------------------------------ */

static double uniform_random(uint64_t *state) {
  return (double)(next_random(state) >> 11) * 0x1p-53;
}

/* How many of n are not zero, by the gaps between them. */
static int64_t draw(uint64_t *state, int64_t n, double density) {
  int64_t count = 0;
  for (double at = 0;; count++) {
    at += floor(log1p(-uniform_random(state)) / log1p(-density)) + 1;
    if (at > (double)n) return count;
  }
}

/* Within 5 standard errors of the mean of many draws. */
static void check_draws(uint64_t *state, int64_t n, double density,
                        int64_t width) {
  enum { DRAWS = 4000 };
  double sum = 0, squares = 0;
  for (int i = 0; i < DRAWS; i++) {
    const double slots = ceil_of(draw(state, n, density), width);
    sum += slots;
    squares += slots * slots;
  }
  const double mean = sum / DRAWS;
  const double variance = fmax(squares / DRAWS - mean * mean, 1. / DRAWS);
  check_near(n, density, width, mean, 5 * sqrt(variance / DRAWS));
}

static void equals_draws(void **state) {
  (void)state;
  uint64_t r = environment_number("TACET_SEED", 20240229);
  printf("seed %llu\n", (unsigned long long)r);
  static const struct {
    int64_t n;
    double density;
    int64_t width;
  } rows[] = {
      {100, 0.5, 8},        {500, 0.03, 4},    {1000, 0.9, 16},
      {1000, 0.001, 2},     {4096, 0.1, 64},   {4608, 0.35, 4},
      {25088, 0.04, 32},    {100000, 0.01, 7}, {1000000, 1e-4, 3},
      {100000000, 1e-6, 5},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    check_draws(&r, rows[i].n, rows[i].density, rows[i].width);
}

/* A remainder is as likely as any other where counts spread far: ceilings
   then take half a width more, less half of one, than the count. */
static void spreads_evenly(void **state) {
  (void)state;
  for (int64_t n = 1000000; n <= INT64_C(1) << 40; n *= 8)
    for (int64_t width = 2; width <= 16; width++) {
      const double mean = (double)n * 0.3;
      const double expected = (mean + (double)(width - 1) / 2) / (double)width;
      check_near(n, 0.3, width, expected, 1e-9 * expected);
    }
}

/* ---- what must hold ----------------------------------------------------- */

static void between_mean_and_all(void **state) {
  (void)state;
  uint64_t r = environment_number("TACET_SEED", 20240229);
  for (int i = 0; i < 2000; i++) {
    const int64_t n = random_between(&r, 1, 5000);
    const int64_t width = random_between(&r, 1, 70);
    const double density = uniform_random(&r);
    const double slots = tacet_expected_ceil(n, density, width);
    const double mean = density * (double)n / (double)width;
    assert_true(slots >= mean * (1 - 1e-12));
    assert_true(slots <= ceil_of(n, width) * (1 + 1e-12));
    assert_true(slots < mean + 1);
    assert_true(tacet_expected_ceil(n + 1, density, width) >=
                slots * (1 - 1e-12));
    assert_true(tacet_expected_ceil(n, density * 0.9, width) <=
                slots * (1 + 1e-12));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(log_factorial_is_lgamma),
      cmocka_unit_test(equals_the_sum_of_outcomes),
      cmocka_unit_test(ends_are_exact),
      cmocka_unit_test(one_slot),
      cmocka_unit_test(equals_draws),
      cmocka_unit_test(spreads_evenly),
      cmocka_unit_test(between_mean_and_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
