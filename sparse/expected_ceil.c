/* The expectation of a ceiling, which is not the ceiling of an expectation:
   what a vector or an outer product loses to half-filled slots. */
#include "occupancy.h"

#include <math.h>

#include "factorial.h"

static double ceil_of(double count, int64_t width) {
  return ceil(count / (double)width);
}

/* Sums from the likeliest count outward, in the direction of `step`, until
   what is left cannot change the sum. */
static void sum_tail(double *sum, double *mass, int64_t from, int64_t step,
                     double chance, int64_t count, double density,
                     int64_t width) {
  double odds = density / (1 - density);
  for (int64_t k = from; k >= 0 && k <= count && chance > 1e-20; k += step) {
    *sum += chance * ceil_of((double)k, width);
    *mass += chance;
    double up = (double)(count - k) / (double)(k + 1) * odds;
    double down = (double)k / (double)(count - k + 1) / odds;
    chance *= step > 0 ? up : down;
  }
}

double tacet_expected_ceil(int64_t count, double density, int64_t width) {
  if (density >= 1) return ceil_of((double)count, width);
  if (density <= 0 || count <= 0) return 0;
  if (width == 1) return density * (double)count;
  int64_t mode = (int64_t)(density * (double)(count + 1));
  if (mode > count) mode = count;
  double n = (double)count, k = (double)mode;
  double chance = exp(tacet_log_factorial(n) - tacet_log_factorial(k) -
                      tacet_log_factorial(n - k) + k * log(density) +
                      (n - k) * log1p(-density));
  double sum = 0, mass = 0;
  sum_tail(&sum, &mass, mode, 1, chance, count, density, width);
  double down = k / (n - k + 1) * (1 - density) / density;
  sum_tail(&sum, &mass, mode - 1, -1, chance * down, count, density, width);
  return sum / mass;
}
