/* The expectation of a ceiling, which is not the ceiling of an expectation:
   what a vector or an outer product loses to half-filled slots. */
#include "occupancy.h"

#include <math.h>

#include "factorial.h"

static int64_t ceil_of(int64_t count, int64_t width) {
  return (count + width - 1) / width;
}

/* Less than this cannot change the sum. */
static const double NOTHING = 1e-20;

/* Sums from a count on upward. */
static void sum_up(double *sum, double *mass, int64_t k, double chance,
                   int64_t count, double odds, int64_t width) {
  int64_t slots = ceil_of(k, width), room = slots * width;
  for (; k <= count && chance > NOTHING; k++) {
    if (k > room) {
      slots++;
      room += width;
    }
    *sum += chance * (double)slots;
    *mass += chance;
    chance *= (double)(count - k) / (double)(k + 1) * odds;
  }
}

/* Likewise downward. */
static void sum_down(double *sum, double *mass, int64_t k, double chance,
                     int64_t count, double odds, int64_t width) {
  int64_t slots = ceil_of(k, width), room = slots * width;
  for (; k >= 0 && chance > NOTHING; k--) {
    if (k <= room - width) {
      slots--;
      room -= width;
    }
    *sum += chance * (double)slots;
    *mass += chance;
    chance *= (double)k / (double)(count - k + 1) / odds;
  }
}

double tacet_expected_ceil(int64_t count, double density, int64_t width) {
  if (density >= 1) return (double)ceil_of(count, width);
  if (density <= 0 || count <= 0) return 0;
  if (width == 1) return density * (double)count;
  int64_t mode = (int64_t)(density * (double)(count + 1));
  if (mode > count) mode = count;
  double n = (double)count, k = (double)mode;
  double chance = exp(tacet_log_factorial(n) - tacet_log_factorial(k) -
                      tacet_log_factorial(n - k) + k * log(density) +
                      (n - k) * log1p(-density));
  double sum = 0, mass = 0, odds = density / (1 - density);
  sum_up(&sum, &mass, mode, chance, count, odds, width);
  double down = k / (n - k + 1) * (1 - density) / density;
  sum_down(&sum, &mass, mode - 1, chance * down, count, odds, width);
  return sum / mass;
}
