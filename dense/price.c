/* What all parts of a design cost together, in area or power. */
#include "dense.h"

#include <math.h>

static void count_components(double count[TACET_COMPONENTS],
                             const tacet_accelerator *a) {
  const tacet_storage *l1 = &a->storage[a->storages - 1];
  const double word = (double)a->word_bits;
  count[TACET_COMPONENT_MULTIPLIER] =
      (double)(a->pes * a->lanes) * (double)tacet_issue_multipliers(&a->issue);
  count[TACET_COMPONENT_L1_WORD] =
      (double)a->pes * (double)l1->size_bits / word;
  count[TACET_COMPONENT_L2_WORD] = (double)a->storage[1].size_bits / word;
  count[TACET_COMPONENT_BUS] = a->link[a->storages - 2].bandwidth;
  count[TACET_COMPONENT_ARBITER] = 1;
}

double tacet_price_of(const tacet_price *price, const tacet_accelerator *a) {
  double count[TACET_COMPONENTS], sum = 0;
  const double pes = (double)a->pes;
  count_components(count, a);
  for (int p = 0; p < TACET_COMPONENTS; p++) {
    const double *term = price->term[p];
    sum += count[p] * fmax(0, term[0] + pes * (term[1] + pes * term[2]));
  }
  return sum;
}
