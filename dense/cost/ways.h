/* One way into or out of buffers, and the transfers of a step of which nothing
   is an expectation, as most are. Internal to dense/. */
#ifndef TACET_WAYS_H
#define TACET_WAYS_H

#include "../dense.h"

#include <math.h>

/* Cycles of moving bits over a link at so many words a cycle. */
static inline double tacet_cycles_at(double words,
                                     const tacet_accelerator *accelerator,
                                     int boundary, double bits) {
  if (bits <= 0) return 0;
  return ceil(bits / ((double)accelerator->word_bits * words)) +
         (double)accelerator->link[boundary].latency;
}

/* Tensors have buses of their own. */
static inline bool tacet_has_buses(const tacet_link *link) {
  return link->bus[TACET_OUTPUT] > 0;
}

/* Words a cycle out to the parent. */
static inline double tacet_words_out(const tacet_link *link) {
  return tacet_has_buses(link) ? link->bus[TACET_OUTPUT] : link->bandwidth;
}

/* Transfers of the tensor wait for the PEs. */
static inline bool tacet_is_alone(const tacet_storage *l1, int t) {
  return !l1->double_buffered || l1->single[t];
}

static inline bool tacet_moves_certainly(const tacet_work *work) {
  return work->in_variance[TACET_WEIGHT] <= 0 &&
         work->in_variance[TACET_INPUT] <= 0 && work->out_variance <= 0;
}

/* The cycles of tacet_ways; alone both ways. */
typedef struct tacet_certain_ways {
  double in, out;
  double alone;
} tacet_certain_ways;

/* The bits of those operands alone. */
static inline double tacet_way_in_of(const tacet_accelerator *accelerator,
                                     int boundary, const tacet_work *work,
                                     bool weights, bool inputs) {
  const tacet_link *link = &accelerator->link[boundary];
  const double bits[TACET_OUTPUT] = {weights ? work->bits_in[TACET_WEIGHT] : 0,
                                     inputs ? work->bits_in[TACET_INPUT] : 0};
  if (tacet_has_buses(link)) return tacet_way_in(accelerator, boundary, bits);
  return tacet_cycles_at(link->bandwidth, accelerator, boundary,
                         bits[TACET_WEIGHT] + bits[TACET_INPUT]);
}

/* Of work that moves certainly. */
static inline void tacet_certain_ways_of(tacet_certain_ways *ways,
                                         const tacet_accelerator *accelerator,
                                         const tacet_work *work) {
  const int inner = accelerator->storages - 2;
  const tacet_storage *l1 = &accelerator->storage[inner + 1];
  const bool weights = tacet_is_alone(l1, TACET_WEIGHT);
  const bool inputs = tacet_is_alone(l1, TACET_INPUT);
  ways->in = tacet_way_in_of(accelerator, inner, work, true, true);
  ways->out = tacet_cycles_at(tacet_words_out(&accelerator->link[inner]),
                              accelerator, inner, work->bits_out);
  ways->alone = tacet_is_alone(l1, TACET_OUTPUT) ? ways->out : 0;
  if (weights && inputs)
    ways->alone += ways->in;
  else if (weights || inputs)
    ways->alone += tacet_way_in_of(accelerator, inner, work, weights, inputs);
}

#endif
