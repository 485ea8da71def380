/* The uniform model: hypergeometric. Knows sizes of tensors and boxes. */
#include "occupancy.h"

#include <math.h>
#include <stdbool.h>

enum { MAX_FACTORS = 64 };

tacet_uniform tacet_uniform_make(int64_t elements, double density) {
  return (tacet_uniform){elements, llround(density * (double)elements)};
}

double tacet_uniform_density(tacet_uniform model) {
  if (model.elements == 0) return 0;
  return (double)model.nonzeros / (double)model.elements;
}

static double log_choose(double n, double k) {
  return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* C(N-n, box) / C(N, box), which is symmetric in n and box. */
double tacet_uniform_empty(tacet_uniform model, int64_t box) {
  const bool few = model.nonzeros < box;
  const double all = (double)model.elements;
  const double less = (double)(few ? model.nonzeros : box);
  const double more = (double)(few ? box : model.nonzeros);
  if (less + more > all) return 0;
  if (less > MAX_FACTORS)
    return fmin(1, exp(log_choose(all - more, less) - log_choose(all, less)));
  double chance = 1;
  for (double i = 0; i < less; i++) chance *= (all - more - i) / (all - i);
  return chance;
}
