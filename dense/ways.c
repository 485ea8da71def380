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

void tacet_ways_of(tacet_ways *ways, const tacet_accelerator *accelerator,
                   const tacet_work *work) {
  const int l1 = accelerator->storages - 1;
  const tacet_storage *storage = &accelerator->storage[l1];
  double alone[TACET_OUTPUT];
  bool any = false, all = true;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    const bool single = !storage->double_buffered || storage->single[t];
    alone[t] = single ? work->bits_in[t] : 0;
    any = any || single;
    all = all && single;
  }
  ways->in = tacet_way_in(accelerator, l1 - 1, work->bits_in);
  ways->out = tacet_way_out(accelerator, l1 - 1, work->bits_out);
  ways->alone_in = ways->alone_out = 0;
  if (all)
    ways->alone_in = ways->in;
  else if (any)
    ways->alone_in = tacet_way_in(accelerator, l1 - 1, alone);
  if (!storage->double_buffered || storage->single[TACET_OUTPUT])
    ways->alone_out = ways->out;
}

double tacet_step_cycles(double compute, const tacet_ways *ways) {
  return larger(compute + ways->alone_in + ways->alone_out,
                larger(ways->in, ways->out));
}
