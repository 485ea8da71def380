/* The uniform model: hypergeometric. Knows sizes of tensors and boxes. */
#include "occupancy.h"

#include <math.h>
#include <stdbool.h>

enum { FEW = 64 };

tacet_uniform tacet_uniform_make(int64_t elements, double density) {
  return (tacet_uniform){elements, llround(density * (double)elements)};
}

double tacet_uniform_density(tacet_uniform model) {
  if (model.elements == 0) return 0;
  return (double)model.nonzeros / (double)model.elements;
}

/* What Stirling's formula for log(n!) leaves, for n of FEW and more. */
static double stirling_rest(double n) {
  return (1 / 12. - (1 / 360. - 1 / (1260. * n * n)) / (n * n)) / n;
}

/* Log of n (n-1) ... (n-count+1) / n^count. Its terms are no larger than
   count, where those of log(n!) would cancel to nothing but rounding. */
static double log_falling(double n, double count) {
  const double left = n - count;
  return stirling_rest(n) - stirling_rest(left) - count -
         (left + 0.5) * log1p(-count / n);
}

/* C(N-n, box) / C(N, box), which is symmetric in n and box. */
double tacet_uniform_empty(tacet_uniform model, int64_t box) {
  const bool few = model.nonzeros < box;
  const double all = (double)model.elements;
  const double less = (double)(few ? model.nonzeros : box);
  const double more = (double)(few ? box : model.nonzeros);
  if (less + more > all) return 0;
  if (less > FEW && all - more - less > FEW)
    return exp(less * log1p(-more / all) + log_falling(all - more, less) -
               log_falling(all, less));
  double chance = 1;
  for (double i = 0; i < less && chance > 0; i++)
    chance *= (all - more - i) / (all - i);
  return chance;
}
