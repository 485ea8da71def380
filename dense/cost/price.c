/* What all parts of a design cost together, in area or power. */
#include "../dense.h"

#include <math.h>

/* What `count` of a component cost beside so many PEs, or what stands in their
   place. */
static double cost_of(const tacet_price *price, tacet_component component,
                      double count, double pes) {
  const double *term = price->term[component];
  return count * fmax(0, term[0] + pes * (term[1] + pes * term[2]));
}

static double network_cost(const tacet_price *price, const tacet_link *link,
                           double children) {
  return cost_of(price, TACET_COMPONENT_BUS, link->bandwidth, children) +
         cost_of(price, TACET_COMPONENT_ARBITER, 1, children);
}

/* Of a level at a cluster boundary, with the network that leads into it. */
static double level_cost(const tacet_price *price, const tacet_accelerator *a,
                         int storage, double buffers) {
  const double words =
      buffers * (double)a->storage[storage].size_bits / (double)a->word_bits;
  return cost_of(price, TACET_COMPONENT_L2_WORD, words, (double)a->pes) +
         network_cost(price, &a->link[storage - 1], buffers);
}

double tacet_price_of(const tacet_price *price, const tacet_accelerator *a,
                      const int64_t buffers[TACET_MAX_STORAGE]) {
  const int l1 = a->storages - 1;
  const double pes = (double)a->pes, word = (double)a->word_bits;
  const double multipliers =
      pes * (double)a->lanes * (double)tacet_issue_multipliers(&a->issue);
  double sum = cost_of(price, TACET_COMPONENT_MULTIPLIER, multipliers, pes) +
               cost_of(price, TACET_COMPONENT_L1_WORD,
                       pes * (double)a->storage[l1].size_bits / word, pes) +
               cost_of(price, TACET_COMPONENT_L2_WORD,
                       (double)a->storage[1].size_bits / word, pes) +
               network_cost(price, &a->link[l1 - 1], pes);
  for (int s = 2; s < l1; s++)
    sum += level_cost(price, a, s, (double)buffers[s]);
  return sum;
}
