/* Moments of nearly normal variables, in closed form but where few ceilings
   are summed up. */
#include "expectation.h"

#include <math.h>
#include <stdbool.h>

static const double root_of_2pi = 2.5066282746310002;

/* The chance that a standard normal is below x. */
static double below(double x) {
  return erfc(-x / sqrt(2)) / 2;
}

tacet_normal tacet_greatest(tacet_normal a, tacet_normal b, double covariance) {
  const double apart = a.variance + b.variance - 2 * covariance;
  const double ahead = a.mean - b.mean;
  if (apart <= 0 || ahead * ahead > 64 * apart) return ahead >= 0 ? a : b;
  const double deviation = sqrt(apart), z = ahead / deviation;
  const double first = below(z), second = 1 - first;
  const double peak = deviation * exp(-z * z / 2) / root_of_2pi;
  const double above = ahead * first + peak; /* b's mean */
  const double squares =
      ahead * (ahead * first + peak) + a.variance * first + b.variance * second;
  return (tacet_normal){b.mean + above, fmax(0, squares - above * above)};
}

/* ---- ceilings ----------------------------------------------------------- */

static double larger(double a, double b) {
  return a > b ? a : b;
}

static double amount_at(const tacet_limit *limit, double x) {
  return limit->least + limit->each * x;
}

static const double ROUNDING = 1e-9; /* which a ceiling must not see */

static bool is_whole(double x) {
  return fabs(x - nearbyint(x)) < 1e-9;
}

/* On average, without a ceiling. */
static double even_at(const tacet_limit *limit, double x) {
  return amount_at(limit, x) / limit->width;
}

/* Whole numbers just above a multiple of the width have the next ceiling; what
   is between them and the multiple is in between. */
static double ceil_at(const tacet_limit *limit, double x) {
  const double amount = amount_at(limit, x);
  const double high = ceil(amount / limit->width - ROUNDING);
  if (amount - (high - 1) * limit->width >= 1) return high;
  const double whole = floor(amount + ROUNDING);
  const double low = ceil(whole / limit->width - ROUNDING);
  if (is_whole(amount)) return low;
  return low +
         (amount - whole) * (ceil((whole + 1) / limit->width - ROUNDING) - low);
}

static double greatest_at(const tacet_limit *limit, int limits, double x) {
  double most = 0;
  for (int i = 0; i < limits; i++) most = larger(most, ceil_at(&limit[i], x));
  return most;
}

/* The first whole number after x of which the ceilings are above `value`, which
   is theirs at x. */
static double next_above(const tacet_limit *limit, int limits, double value,
                         double x) {
  double next = INFINITY;
  if (!is_whole(value)) return x + 1; /* still on the way */
  for (int i = 0; i < limits; i++) {
    const double room = (value + ROUNDING) * limit[i].width - limit[i].least;
    if (limit[i].each > 0) next = fmin(next, floor(room / limit[i].each) + 1);
  }
  return larger(next, x + 1);
}

static double common_divisor(double a, double b) {
  while (b > 0.5) {
    const double rest = fmod(a, b);
    a = b;
    b = rest;
  }
  return a;
}

/* What a ceiling adds on average, if X has any remainder as likely. */
static double added(const tacet_limit *limit) {
  const double width = limit->width, each = nearbyint(limit->each);
  if (width <= 1) return 0;
  if (!is_whole(limit->each) || !is_whole(width) || each < 1)
    return (width - 1) / (2 * width);
  const double grain = common_divisor(width, each);
  const double over = limit->least - grain * floor(limit->least / grain + 1e-9);
  if (over < 1e-6) return (width - grain) / (2 * width);
  return ((width + grain) / 2 - over) / width;
}

/* X spreads over many values of each ceiling: then they are lines that lie
   higher by what they add. */
static double greatest_of_spread(const tacet_limit *limit, int limits,
                                 tacet_normal x) {
  const double any = tacet_chance_of_any(x);
  tacet_normal all = {0, 0};
  for (int i = 0; i < limits; i++) {
    const double slope = limit[i].each / limit[i].width;
    const tacet_normal one = {slope > 0 ? even_at(&limit[i], x.mean) +
                                              any * added(&limit[i])
                                        : ceil_at(&limit[i], 0),
                              slope * slope * x.variance};
    all = i == 0 ? one
                 : tacet_greatest(all, one, sqrt(all.variance * one.variance));
  }
  return all.mean;
}

/* The chance that X is not below `at`. Up to the size of the parts in which it
   comes that is the chance of any, and only from twice that on X is normal. */
static double chance_from(tacet_normal x, double any, double at) {
  const double parts = at / larger(1, x.variance / x.mean);
  if (parts <= 1) return any;
  const double normal = below((x.mean - at + 0.5) / sqrt(x.variance));
  return parts < 2 ? (2 - parts) * any + (parts - 1) * normal : normal;
}

/* A sum over the values of the greatest ceiling of the chance that it is
   larger. */
static double greatest_by_sum(const tacet_limit *limit, int limits,
                              tacet_normal x, double most) {
  const double any = tacet_chance_of_any(x), reach = 6 * sqrt(x.variance) + 1;
  const double first = larger(0, floor(x.mean - reach));
  const double last = fmin(most, x.mean + reach);
  double value = greatest_at(limit, limits, first), sum = value;
  for (double at = next_above(limit, limits, value, first); at <= last;
       at = next_above(limit, limits, value, at)) {
    const double here = greatest_at(limit, limits, at);
    sum += (here - value) * chance_from(x, any, at);
    value = here;
  }
  return sum;
}

/* Of those that can be the greatest. */
static int keep_greatest(tacet_limit *kept, const tacet_limit *limit,
                         int limits, tacet_normal x, double most) {
  const double reach = 6 * sqrt(x.variance);
  const double low = larger(0, x.mean - reach);
  const double high = fmin(most, x.mean + reach);
  int count = 0, best = 0;
  for (int i = 1; i < limits; i++)
    if (even_at(&limit[i], x.mean) > even_at(&limit[best], x.mean)) best = i;
  for (int i = 0; i < limits; i++)
    if (i == best || even_at(&limit[i], low) + 1 > even_at(&limit[best], low) ||
        even_at(&limit[i], high) + 1 > even_at(&limit[best], high))
      kept[count++] = limit[i];
  return count;
}

/* True if X spreads over many values of all ceilings, or there were too many
   to sum up. */
static bool is_spread(const tacet_limit *limit, int limits, tacet_normal x) {
  const double deviation = sqrt(x.variance);
  double widest = 0, narrowest = INFINITY;
  for (int i = 0; i < limits; i++) {
    if (limit[i].each <= 0) continue;
    const double width = larger(1, limit[i].width / limit[i].each);
    widest = larger(widest, width);
    narrowest = fmin(narrowest, width);
  }
  if (deviation > 16 * narrowest || (limits == 1 && widest <= 1)) return true;
  return deviation > 0.7 * widest &&
         (x.mean > 4 * deviation || deviation > 8 * widest);
}

/* Whole numbers vary at least as much as those next to their mean do. */
static tacet_normal of_whole_numbers(tacet_normal x) {
  const double over = x.mean - floor(x.mean);
  return (tacet_normal){x.mean, larger(x.variance, over * (1 - over))};
}

double tacet_greatest_ceil(const tacet_limit *limit, int limits, tacet_normal x,
                           double most) {
  tacet_limit kept[TACET_MAX_LIMITS];
  if (x.mean <= 0) return greatest_at(limit, limits, 0);
  x = of_whole_numbers(x);
  x.variance = fmin(x.variance, x.mean * larger(0, most - x.mean));
  limits = keep_greatest(kept, limit, limits, x, most);
  const double all = greatest_at(kept, limits, most);
  return fmin(all, x.variance <= 0 || is_spread(kept, limits, x)
                       ? greatest_of_spread(kept, limits, x)
                       : greatest_by_sum(kept, limits, x, most));
}

/* Of counts that vary less than Poisson's it is that of as many with their mean
   and variance that are each there or not; others come in Poisson's parts, each
   of which brings variance / mean. */
double tacet_chance_of_any(tacet_normal x) {
  if (x.mean <= 0) return 0;
  const double part = of_whole_numbers(x).variance / x.mean;
  if (part <= 0) return 1;
  if (part >= 1) return 1 - exp(-x.mean / part);
  return 1 - pow(part, x.mean / (1 - part));
}

double tacet_growth(double amount, double most, double x, double most_x) {
  if (x <= 0 || x >= most_x) return 0;
  return fmin(larger(0, most - amount) / (most_x - x), amount / x);
}
