/* The expectation of a ceiling, which is not the ceiling of an expectation:
   what a vector or an outer product loses to half-filled slots. */
#include "../patterns/occupancy.h"

#include <math.h>

#include "factorial.h"
#include "../../dense/whole.h"

/* Less than this cannot change the sum. */
static const double NOTHING = 1e-20;

/* Over counts: chances, ceilings and their squares. */
typedef struct sums {
  double mass, ceils, squares;
} sums;

static void add_count(sums *sum, double chance, double slots) {
  sum->mass += chance;
  sum->ceils += chance * slots;
  sum->squares += chance * slots * slots;
}

/* Sums from a count on upward. */
static void sum_up(sums *sum, int64_t k, double chance, int64_t count,
                   double odds, int64_t width) {
  int64_t slots = ceil_div(k, width), room = slots * width;
  for (; k <= count && chance > NOTHING; k++) {
    if (k > room) {
      slots++;
      room += width;
    }
    add_count(sum, chance, (double)slots);
    chance *= (double)(count - k) / (double)(k + 1) * odds;
  }
}

/* Likewise downward. */
static void sum_down(sums *sum, int64_t k, double chance, int64_t count,
                     double odds, int64_t width) {
  int64_t slots = ceil_div(k, width), room = slots * width;
  for (; k >= 0 && chance > NOTHING; k--) {
    if (k <= room - width) {
      slots--;
      room -= width;
    }
    add_count(sum, chance, (double)slots);
    chance *= (double)k / (double)(count - k + 1) / odds;
  }
}

tacet_moments_of_ceil tacet_ceil_moments(int64_t count, double density,
                                         int64_t width) {
  const double n = (double)count;
  if (density >= 1)
    return (tacet_moments_of_ceil){(double)ceil_div(count, width), 0};
  if (density <= 0 || count <= 0) return (tacet_moments_of_ceil){0, 0};
  if (width == 1)
    return (tacet_moments_of_ceil){density * n, density * (1 - density) * n};
  int64_t mode = (int64_t)(density * (n + 1));
  if (mode > count) mode = count;
  const double k = (double)mode;
  const double chance = exp(tacet_log_factorial(n) - tacet_log_factorial(k) -
                            tacet_log_factorial(n - k) + k * log(density) +
                            (n - k) * log1p(-density));
  const double odds = density / (1 - density), down = k / (n - k + 1) / odds;
  sums sum = {0};
  sum_up(&sum, mode, chance, count, odds, width);
  sum_down(&sum, mode - 1, chance * down, count, odds, width);
  const double mean = sum.ceils / sum.mass;
  return (tacet_moments_of_ceil){mean,
                                 fmax(0, sum.squares / sum.mass - mean * mean)};
}

double tacet_expected_ceil(int64_t count, double density, int64_t width) {
  return tacet_ceil_moments(count, density, width).mean;
}
