/* Stirling's series, which takes large numbers; small ones are moved there. */
#include "factorial.h"

#include <math.h>

enum { LARGE = 16 };

double tacet_log_factorial(double n) {
  static const double half_log_two_pi = 0.91893853320467274178;
  double moved = 1; /* (n + 1) (n + 2) ..., up to a large number */
  while (n < LARGE) moved *= ++n;
  const double square = n * n;
  const double rest =
      (1 / 12. -
       (1 / 360. - (1 / 1260. - 1 / (1680. * square)) / square) / square) /
      n;
  const double log_large = (n + 0.5) * log(n) - n + half_log_two_pi + rest;
  return moved > 1 ? log_large - log(moved) : log_large;
}
