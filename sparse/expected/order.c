/* Order statistics of normal and binomial variables, by a few evaluations
   each. Knows nothing of what the variables count. */
#include "order.h"

#include <math.h>

#include "factorial.h"

/* Mean and variance of the highest of 2^(i/2) standard normals, by summing
   their definitions over steps of 0.02: integral of 1 - F for the mean, where
   F = Phi^draws. In between, cubics through four values are off by 0.00004 and
   0.0002. */
enum { VALUES = 97 };

static const double highest_mean[VALUES] = {
    0,        0.296675, 0.564190, 0.807155, 1.029375, 1.233993, 1.423600,
    1.600341, 1.765991, 1.922025, 2.069669, 2.209951, 2.343733, 2.471743,
    2.594597, 2.712821, 2.826863, 2.937112, 3.043903, 3.147527, 3.248240,
    3.346264, 3.441799, 3.535020, 3.626082, 3.715127, 3.802279, 3.887653,
    3.971351, 4.053466, 4.134083, 4.213280, 4.291129, 4.367695, 4.443039,
    4.517216, 4.590278, 4.662274, 4.733248, 4.803242, 4.872294, 4.940442,
    5.007719, 5.074158, 5.139788, 5.204639, 5.268736, 5.332106, 5.394773,
    5.456758, 5.518083, 5.578769, 5.638835, 5.698299, 5.757180, 5.815493,
    5.873255, 5.930480, 5.987183, 6.043379, 6.099080, 6.154299, 6.209048,
    6.263339, 6.317183, 6.370591, 6.423573, 6.476139, 6.528298, 6.580061,
    6.631434, 6.682428, 6.733051, 6.783310, 6.833212, 6.882766, 6.931979,
    6.980856, 7.029406, 7.077635, 7.125548, 7.173152, 7.220452, 7.267455,
    7.314166, 7.360589, 7.406732, 7.452597, 7.498191, 7.543517, 7.588582,
    7.633388, 7.677941, 7.722244, 7.766302, 7.810118, 7.853698};

static const double highest_variance[VALUES] = {
    1,        0.819590, 0.681690, 0.575088, 0.491715, 0.425735, 0.372897,
    0.330089, 0.295010, 0.265948, 0.241618, 0.221045, 0.203486, 0.188368,
    0.175244, 0.163764, 0.153650, 0.144682, 0.136682, 0.129505, 0.123033,
    0.117169, 0.111833, 0.106957, 0.102485, 0.098369, 0.094569, 0.091049,
    0.087780, 0.084736, 0.081895, 0.079237, 0.076745, 0.074404, 0.072200,
    0.070123, 0.068161, 0.066305, 0.064547, 0.062879, 0.061294, 0.059787,
    0.058352, 0.056983, 0.055677, 0.054429, 0.053235, 0.052092, 0.050997,
    0.049947, 0.048939, 0.047970, 0.047039, 0.046143, 0.045280, 0.044449,
    0.043647, 0.042874, 0.042127, 0.041406, 0.040709, 0.040035, 0.039382,
    0.038751, 0.038139, 0.037546, 0.036971, 0.036414, 0.035873, 0.035347,
    0.034837, 0.034341, 0.033859, 0.033390, 0.032934, 0.032491, 0.032058,
    0.031638, 0.031228, 0.030828, 0.030439, 0.030059, 0.029688, 0.029327,
    0.028974, 0.028629, 0.028293, 0.027964, 0.027643, 0.027329, 0.027022,
    0.026722, 0.026428, 0.026141, 0.025860, 0.025584, 0.025315};

/* Both at i + x, by the same weights. */
static tacet_highest cubic(int i, double x) {
  const double before = x + 1, after = x - 1, beyond = x - 2;
  const double weight[] = {
      x * after * beyond * (-1 / 6.), before * after * beyond * 0.5,
      before * x * beyond * -0.5, before * x * after * (1 / 6.)};
  tacet_highest sum = {0, 0};
  for (int k = 0; k < 4; k++) {
    sum.mean += weight[k] * highest_mean[i - 1 + k];
    sum.variance += weight[k] * highest_variance[i - 1 + k];
  }
  return sum;
}

/* Where in the tables so many draws are: log(2) / 2 of the logarithm apart. */
static const double values_apart = 0.34657359027997265471;

static tacet_highest at_value(double at) {
  const int i = at < 1 ? 1 : at < VALUES - 3 ? (int)at : VALUES - 3;
  return cubic(i, at - i);
}

tacet_highest tacet_highest_normal(double log_draws) {
  if (log_draws <= 0) return (tacet_highest){0, 1};
  return at_value(fmin(log_draws / values_apart, VALUES - 1));
}

/* Along the chord between two values, and once more by what that misses. */
double tacet_log_draws_for(double mean) {
  int low = 0, high = VALUES - 1;
  if (mean <= 0) return 0;
  while (high - low > 1) {
    const int half = (low + high) / 2;
    *(highest_mean[half] > mean ? &high : &low) = half;
  }
  const double slope = highest_mean[high] - highest_mean[low];
  double at = low + (mean - highest_mean[low]) / slope;
  at += (mean - at_value(at).mean) / slope;
  return values_apart * fmin(fmax(0, at), VALUES - 1);
}

/* By the third and the fourth cumulant of a variable of variance 1. */
static double skewed(tacet_highest z, double skewness, double kurtosis) {
  const double square = z.mean * z.mean + z.variance;
  const double cube = z.mean * (z.mean * z.mean + 3 * z.variance);
  return z.mean + skewness / 6 * (square - 1) +
         kurtosis / 24 * (cube - 3 * z.mean) -
         skewness * skewness / 36 * (2 * cube - 5 * z.mean);
}

double tacet_highest_skewed(double log_draws, double skewness) {
  skewness = fmax(-1, fmin(skewness, 1)); /* the expansion diverges beyond */
  return skewed(tacet_highest_normal(log_draws), skewness, skewness * skewness);
}

static double chance_of(double n, double k, double p) {
  return exp(tacet_log_factorial(n) - tacet_log_factorial(k) -
             tacet_log_factorial(n - k) + k * log(p) + (n - k) * log1p(-p));
}

/* What chance_of(n, k, p) is multiplied by to give chance_of(n, k + 1, p). */
static double next_count(double n, double k, double p) {
  return (n - k) / (k + 1) * p / (1 - p);
}

/* 1 - (1 - tail)^draws: the chance that the highest is in the tail. */
static double reaches(double tail, double draws) {
  const double none =
      -draws * (tail < 0.01
                    ? tail * (1 + tail * (0.5 + tail * (1 / 3. + tail / 4)))
                    : -log1p(-tail));
  return none > -1e-4 ? -none * (1 + none / 2) : 1 - exp(none);
}

/* Chances of k, k + 1, ..., as long as one in so many draws may get there. */
static int chances_from(double chance[], int most, double k, double n, double p,
                        double draws) {
  const double odds = p / (1 - p), nothing = 1e-7 / draws;
  int values = 0;
  double here = chance_of(n, k, p);
  for (; values < most && k <= n && here > nothing; k++) {
    chance[values++] = here;
    here *= (n - k) / (k + 1) * odds;
  }
  return values;
}

/* Sums the chances that the highest is k or more, from the largest k down to
   where that is certain but for 1e-7. */
static double highest_by_sum(double n, double p, double draws) {
  enum { MOST = 128 }; /* more than 15 deviations of a Poisson count */
  static const double certain = 16;
  const double from = floor(n * p), odds = (1 - p) / p;
  double chance[MOST], sum = 0, tail = 0;
  const int values = chances_from(chance, MOST, from, n, p, draws);
  double k = from + values - 1, here = chance[0];
  for (; k >= 1; k--) {
    if (k >= from)
      here = chance[(int)(k - from)];
    else
      here *= (k + 1) / (n - k) * odds;
    tail += here;
    if (draws * tail >= certain || tail >= 1 - 1e-7) break;
    sum += reaches(tail, draws);
  }
  return k + sum;
}

/* Of a smooth variable that rounds to the count: its cumulants are the count's
   but for Sheppard's corrections (1897). */
static double highest_by_cumulants(double n, double p, tacet_highest z) {
  const double even = n * p * (1 - p), variance = even - 1 / 12.;
  const double sd = sqrt(variance);
  const double skewness = even * (1 - 2 * p) / (variance * sd);
  const double kurtosis =
      (even * (1 - 6 * p * (1 - p)) + 1 / 120.) / (variance * variance);
  return fmin(n, n * p + sd * skewed(z, skewness, kurtosis));
}

/* The expansion is within 0.1 % where the highest is no more deviations above
   the mean than a deviation has counts. */
double tacet_highest_binomial(double n, double density, double log_draws) {
  const double mean = n * density, sd = sqrt(mean * (1 - density));
  if (density >= 1 || log_draws <= 0) return mean;
  const tacet_highest z = tacet_highest_normal(log_draws);
  if (sd < fmax(z.mean, 1.5)) return highest_by_sum(n, density, exp(log_draws));
  return highest_by_cumulants(n, density, z);
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

/* ---- bundles ------------------------------------------------------------ */

/* Leaves out tails of less than 1e-7, and makes the rest 1 in all. */
static void trim(tacet_binomial *d) {
  int from = 0, to = d->values;
  double left = 0, right = 0, sum = 0;
  while (from < to - 1 && left + d->chance[from] < 1e-7)
    left += d->chance[from++];
  while (from < to - 1 && right + d->chance[to - 1] < 1e-7)
    right += d->chance[--to];
  for (int i = from; i < to; i++) sum += d->chance[i];
  for (int i = from; i < to; i++) d->chance[i - from] = d->chance[i] / sum;
  d->first += from;
  d->values = to - from;
}

static bool make_bundle(tacet_binomial *one, const tacet_bundles *bundles) {
  const int64_t n = bundles->length, width = bundles->width;
  const double density = bundles->density;
  const double mean = (double)n * density;
  const double sd = sqrt(mean * (1 - density));
  const int64_t first = (int64_t)fmax(0, floor(mean - 6 * sd - 2));
  const int64_t last = (int64_t)fmin((double)n, ceil(mean + 6 * sd + 6));
  const int64_t low = (first + width - 1) / width;
  const int64_t high = (last + width - 1) / width;
  if (high - low >= TACET_MAX_BINOMIAL || last - first > 512) return false;
  *one = (tacet_binomial){(int)(high - low) + 1, (double)low, {0}};
  if (density >= 1) {
    one->chance[high - low] = 1;
    return true;
  }
  double chance = chance_of((double)n, (double)first, density);
  for (int64_t k = first; k <= last; k++) {
    one->chance[(k + width - 1) / width - low] += chance;
    chance *= next_count((double)n, (double)k, density);
  }
  trim(one);
  return true;
}

/* Adds an independent variable. */
static bool add_to(tacet_binomial *sum, const tacet_binomial *more) {
  double chance[2 * TACET_MAX_BINOMIAL] = {0};
  const int values = sum->values + more->values - 1;
  if (values > TACET_MAX_BINOMIAL) return false;
  for (int i = 0; i < sum->values; i++)
    for (int k = 0; k < more->values; k++)
      chance[i + k] += sum->chance[i] * more->chance[k];
  *sum = (tacet_binomial){values, sum->first + more->first, {0}};
  for (int i = 0; i < values; i++) sum->chance[i] = chance[i];
  trim(sum);
  return true;
}

bool tacet_bundles_make(tacet_binomial *sum, const tacet_bundles *bundles) {
  tacet_binomial power;
  *sum = (tacet_binomial){1, 0, {1}};
  if (!make_bundle(&power, bundles)) return false;
  for (int64_t count = bundles->count; count > 0; count >>= 1) {
    if (count & 1 && !add_to(sum, &power)) return false;
    const tacet_binomial half = power;
    if (count > 1 && !add_to(&power, &half)) return false;
  }
  return true;
}
