/* Moments of nearly normal variables, in closed form but where few ceilings
   are summed up. */
#include "expectation.h"

#include <math.h>

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
  const double first = below(z), second = below(-z);
  const double peak = deviation * exp(-z * z / 2) / root_of_2pi;
  const double above = ahead * first + peak; /* b's mean */
  const double squares =
      ahead * (ahead * first + peak) + a.variance * first + b.variance * second;
  return (tacet_normal){b.mean + above, fmax(0, squares - above * above)};
}

/* All remainders of X / width are as likely, but of X = 0 there is none. */
static double ceil_of_spread(tacet_normal x, double any, double width) {
  return x.mean / width + any * (width - 1) / (2 * width);
}

/* A sum over the ceiling's values of the chance that it is larger. */
double tacet_ceil_of_normal(tacet_normal x, double any, double width,
                            double most) {
  const double deviation = sqrt(x.variance);
  const double last = ceil(most / width - 1e-9);
  if (width <= 1) return x.mean / width;
  if (deviation > 0.7 * width &&
      (x.mean > 4 * deviation || deviation > 8 * width))
    return fmin(ceil_of_spread(x, any, width), last);
  double value = fmax(0, floor((x.mean - 6 * deviation) / width));
  double sum = value;
  for (; value * width < x.mean + 6 * deviation && value < last; value++)
    sum += value > 0 ? below((x.mean - value * width - 0.5) / deviation) : any;
  return sum;
}

/* As a normal variable is above 1/2, or rarer: of Poisson's parts, each of
   which brings variance / mean. */
double tacet_chance_of_any(tacet_normal x) {
  if (x.variance <= 0) return x.mean > 0;
  return fmin(below((x.mean - 0.5) / sqrt(x.variance)),
              1 - exp(-x.mean * x.mean / x.variance));
}
