/* Order statistics of normal and binomial variables, by a few evaluations
   each. Knows nothing of what the variables count. */
#include "order.h"

#include <math.h>

#include "factorial.h"

static double normal_tail(double z) {
  return 0.5 * erfc(z * sqrt(0.5));
}

/* The z with normal_tail(z) = tail <= 1/2: Hastings (Abramowitz and Stegun
   26.2.23), then a step of Newton. */
static double half_quantile(double tail) {
  const double t = sqrt(-2 * log(tail));
  const double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                           (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  const double density = exp(-z * z / 2) * 0.3989422804014327;
  return z + (normal_tail(z) - tail) / density;
}

static double normal_quantile(double tail) {
  return tail <= 0.5 ? half_quantile(tail) : -half_quantile(1 - tail);
}

/* The highest is the quantile at Phi(t)^(1/draws) of one standard normal t, a
   function so smooth that the three Gauss-Hermite nodes t = -sqrt 3, 0, sqrt 3
   are enough. */
tacet_highest tacet_highest_normal(double draws) {
  static const double tail[] = {0.9583677416682248, 0.5, 0.04163225833177523};
  static const double weight[] = {1. / 6, 2. / 3, 1. / 6};
  double mean = 0, square = 0;
  if (draws <= 1) return (tacet_highest){0, 1};
  for (int k = 0; k < 3; k++) {
    const double z = normal_quantile(-expm1(log1p(-tail[k]) / draws));
    mean += weight[k] * z;
    square += weight[k] * z * z;
  }
  return (tacet_highest){mean, square - mean * mean};
}

/* Blom (1958): the mean is the quantile at (n - 3/8) / (n + 1/4). */
static double blom_draws(double mean) {
  const double tail = normal_tail(mean);
  return (0.625 - 0.25 * tail) / tail;
}

double tacet_draws_for(double mean) {
  if (mean <= 0) return 1;
  const double miss = mean - tacet_highest_normal(blom_draws(mean)).mean;
  return fmax(1, blom_draws(mean + miss));
}

double tacet_highest_skewed(double draws, double skewness) {
  const tacet_highest z = tacet_highest_normal(draws);
  const double square = z.mean * z.mean + z.variance;
  const double cube = z.mean * (z.mean * z.mean + 3 * z.variance);
  skewness = fmax(-1, fmin(skewness, 1)); /* the expansion diverges beyond */
  return z.mean + skewness / 6 * (square - 1) -
         skewness * skewness / 72 * (cube - z.mean);
}

static double chance_of(double n, double k, double p) {
  return exp(tacet_log_factorial(n) - tacet_log_factorial(k) -
             tacet_log_factorial(n - k) + k * log(p) + (n - k) * log1p(-p));
}

/* What chance_of(n, k, p) is multiplied by to give chance_of(n, k + 1, p). */
static double next_count(double n, double k, double p) {
  return (n - k) / (k + 1) * p / (1 - p);
}

double tacet_highest_binomial(double n, double density, double draws) {
  const double mean = n * density, sd = sqrt(mean * (1 - density));
  if (density >= 1 || draws <= 1) return mean;
  if (sd > 4) {
    const double skewness = (1 - 2 * density) / sd;
    return fmin(n, mean + sd * tacet_highest_skewed(draws, skewness));
  }
  double k = fmax(0, floor(mean - 6 * sd));
  double chance = chance_of(n, k, density), at_most = 0, sum = k, above = 1;
  for (; k < n && above > 1e-7; k++) {
    at_most = fmin(1, at_most + chance);
    chance *= next_count(n, k, density);
    above = -expm1(draws * log(at_most));
    sum += above;
  }
  return sum;
}

bool tacet_binomial_make(tacet_binomial *binomial, double n, double density) {
  const double mean = n * density, sd = sqrt(mean * (1 - density));
  double sum = 1;
  if (density >= 1) {
    *binomial = (tacet_binomial){1, n, {1}};
    return true;
  }
  const double first = fmax(0, floor(mean - 4.5 * sd - 1));
  const double last = fmin(n, ceil(mean + 5 * sd + 3));
  if (last - first >= TACET_MAX_BINOMIAL) return false;
  binomial->first = first;
  binomial->values = (int)(last - first) + 1;
  binomial->chance[0] = sum = chance_of(n, first, density);
  for (int i = 1; i < binomial->values; i++) {
    binomial->chance[i] =
        binomial->chance[i - 1] * next_count(n, first + i - 1, density);
    sum += binomial->chance[i];
  }
  for (int i = 0; i < binomial->values; i++) binomial->chance[i] /= sum;
  return true;
}
