/* Cycles of transfers, and how they go beside the work of PEs (design, section
   6). Knows nothing of what is moved. */
#include "dense.h"

#include <math.h>

static double larger(double a, double b) {
  return a > b ? a : b;
}

/* ---- one way ------------------------------------------------------------ */

/* At so many words a cycle. */
static double cycles_at(double words, const tacet_accelerator *accelerator,
                        int boundary, double bits) {
  if (bits <= 0) return 0;
  return ceil(bits / ((double)accelerator->word_bits * words)) +
         (double)accelerator->link[boundary].latency;
}

double tacet_transfer_cycles(const tacet_accelerator *accelerator, int boundary,
                             double bits) {
  return cycles_at(accelerator->link[boundary].bandwidth, accelerator, boundary,
                   bits);
}

static bool has_buses(const tacet_link *link) {
  return link->bus[TACET_OUTPUT] > 0;
}

double tacet_way_in(const tacet_accelerator *accelerator, int boundary,
                    const double bits[TACET_OUTPUT]) {
  const tacet_link *link = &accelerator->link[boundary];
  if (!has_buses(link))
    return tacet_transfer_cycles(accelerator, boundary,
                                 bits[TACET_WEIGHT] + bits[TACET_INPUT]);
  double longest = 0;
  for (int t = 0; t < TACET_OUTPUT; t++)
    longest = larger(longest,
                     cycles_at(link->bus[t], accelerator, boundary, bits[t]));
  return longest;
}

double tacet_way_out(const tacet_accelerator *accelerator, int boundary,
                     double bits) {
  const tacet_link *link = &accelerator->link[boundary];
  if (!has_buses(link))
    return tacet_transfer_cycles(accelerator, boundary, bits);
  return cycles_at(link->bus[TACET_OUTPUT], accelerator, boundary, bits);
}

/* ---- a step ------------------------------------------------------------- */

/* Transfers of the tensor wait for the PEs. */
static bool is_alone(const tacet_storage *l1, int t) {
  return !l1->double_buffered || l1->single[t];
}

void tacet_ways_of(tacet_ways *ways, const tacet_accelerator *accelerator,
                   const tacet_work *work) {
  const int inner = accelerator->storages - 2;
  const tacet_storage *l1 = &accelerator->storage[inner + 1];
  const bool weights = is_alone(l1, TACET_WEIGHT);
  const bool inputs = is_alone(l1, TACET_INPUT);
  ways->in = tacet_way_in(accelerator, inner, work->bits_in);
  ways->out = tacet_way_out(accelerator, inner, work->bits_out);
  ways->alone_in = weights ? ways->in : 0;
  ways->alone_out = is_alone(l1, TACET_OUTPUT) ? ways->out : 0;
  if (weights == inputs) return;
  const double alone[TACET_OUTPUT] = {
      [TACET_WEIGHT] = weights ? work->bits_in[TACET_WEIGHT] : 0,
      [TACET_INPUT] = inputs ? work->bits_in[TACET_INPUT] : 0};
  ways->alone_in = tacet_way_in(accelerator, inner, alone);
}

double tacet_step_cycles(double compute, const tacet_ways *ways) {
  return larger(compute + ways->alone_in + ways->alone_out,
                larger(ways->in, ways->out));
}
