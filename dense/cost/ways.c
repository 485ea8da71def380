/* Cycles of transfers, and how they go beside the work of PEs (design, section
   6). Knows nothing of what is moved. */
#include "../dense.h"

#include "expectation.h"
#include "ways.h"

static double larger(double a, double b) {
  return a > b ? a : b;
}

/* ---- one way ------------------------------------------------------------ */

/* At so many words a cycle. */
static double cycles_at(double words, const tacet_accelerator *accelerator,
                        int boundary, double bits) {
  return tacet_cycles_at(bits, (double)accelerator->word_bits * words,
                         (double)accelerator->link[boundary].latency);
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

/* ---- expectations ------------------------------------------------------- */

/* Bits that move together. */
typedef struct load {
  tacet_normal bits;
  double with_slots;
  double least, most;
} load;

static load load_of(const tacet_work *work, int t) {
  const double bits = work->bits_in[t];
  return (load){{bits, work->in_variance[t]},
                work->in_with_slots[t],
                work->in_variance[t] > 0 ? work->in_least[t] : bits,
                larger(bits, work->in_most[t])};
}

/* Some on a way of so many words a cycle. */
static tacet_span span_at(double words, const tacet_accelerator *accelerator,
                          int boundary, const load *l) {
  const double width = (double)accelerator->word_bits * words;
  const double even = cycles_at(words, accelerator, boundary, l->bits.mean);
  if (l->bits.variance <= 0 || l->bits.mean <= 0)
    return (tacet_span){.cycles = even, .most = even};
  const double latency = (double)accelerator->link[boundary].latency;
  const tacet_limit way = {l->least, 1, width};
  const tacet_normal open = {l->bits.mean - l->least, l->bits.variance};
  const double any = l->least > 0 ? 1 : tacet_chance_of_any(open);
  return (tacet_span){
      .cycles = tacet_greatest_ceil(&way, 1, open, l->most - l->least) +
                any * latency,
      .variance = l->bits.variance / (width * width),
      .with_slots = l->with_slots / width,
      .most = cycles_at(words, accelerator, boundary, l->most)};
}

static tacet_normal normal_of(const tacet_span *span) {
  return (tacet_normal){span->cycles, span->variance};
}

/* Of tensors with buses of their own, which have nothing in common, the one
   that takes longest; it varies with slots as the likelier one does. */
static tacet_span longest(tacet_span a, tacet_span b) {
  const tacet_normal both = tacet_greatest(normal_of(&a), normal_of(&b), 0);
  const double most = larger(a.most, b.most);
  return (tacet_span){.cycles = fmin(both.mean, most),
                      .variance = both.variance,
                      .with_slots =
                          a.cycles >= b.cycles ? a.with_slots : b.with_slots,
                      .most = most};
}

static tacet_span span_in(const tacet_accelerator *accelerator, int boundary,
                          const load *weight, const load *input) {
  const tacet_link *link = &accelerator->link[boundary];
  if (has_buses(link))
    return longest(
        span_at(link->bus[TACET_WEIGHT], accelerator, boundary, weight),
        span_at(link->bus[TACET_INPUT], accelerator, boundary, input));
  const load all = {{weight->bits.mean + input->bits.mean,
                     weight->bits.variance + input->bits.variance},
                    weight->with_slots + input->with_slots,
                    weight->least + input->least,
                    weight->most + input->most};
  return span_at(link->bandwidth, accelerator, boundary, &all);
}

static tacet_span span_out(const tacet_accelerator *accelerator, int boundary,
                           const tacet_work *work) {
  const tacet_link *link = &accelerator->link[boundary];
  const load out = {{work->bits_out, work->out_variance},
                    0,
                    0,
                    larger(work->bits_out, work->out_most)};
  return span_at(has_buses(link) ? link->bus[TACET_OUTPUT] : link->bandwidth,
                 accelerator, boundary, &out);
}

/* ---- a step ------------------------------------------------------------- */

/* Transfers of the tensor wait for the PEs. */
static bool is_alone(const tacet_storage *l1, int t) {
  return !l1->double_buffered || l1->single[t];
}

void tacet_ways_of(tacet_ways *ways, const tacet_accelerator *accelerator,
                   const tacet_work *work) {
  static const load nothing = {{0, 0}, 0, 0, 0};
  static const tacet_span never = {0, 0, 0, 0};
  const int inner = accelerator->storages - 2;
  const tacet_storage *l1 = &accelerator->storage[inner + 1];
  const bool weights = is_alone(l1, TACET_WEIGHT);
  const bool inputs = is_alone(l1, TACET_INPUT);
  const load weight = load_of(work, TACET_WEIGHT);
  const load input = load_of(work, TACET_INPUT);
  ways->in = span_in(accelerator, inner, &weight, &input);
  ways->out = span_out(accelerator, inner, work);
  ways->alone_in = weights ? ways->in : never;
  ways->alone_out = is_alone(l1, TACET_OUTPUT) ? ways->out : never;
  if (weights != inputs)
    ways->alone_in = span_in(accelerator, inner, weights ? &weight : &nothing,
                             inputs ? &input : &nothing);
}

/* Cycles of compute that come with a slot more. */
static double a_slot_of(const tacet_span *compute) {
  return compute->variance > 0 ? compute->variance / compute->with_slots : 0;
}

/* What PEs do and wait for, one after the other. */
static tacet_normal row_of(const tacet_span *compute, const tacet_ways *ways) {
  const tacet_span *in = &ways->alone_in, *out = &ways->alone_out;
  return (tacet_normal){compute->cycles + in->cycles + out->cycles,
                        compute->variance + in->variance + out->variance +
                            2 * a_slot_of(compute) * in->with_slots};
}

/* Nothing is below 0, nor above its most. */
static double limited(double lasts, const tacet_span *compute,
                      const tacet_ways *ways) {
  const double row = compute->most + ways->alone_in.most + ways->alone_out.most;
  const double most = larger(row, larger(ways->in.most, ways->out.most));
  const double sum = compute->cycles + ways->in.cycles + ways->out.cycles;
  return fmin(lasts, fmin(most, sum));
}

/* A way that is waited for all the time it is busy is never busy for longer. */
double tacet_step_cycles(const tacet_span *compute, const tacet_ways *ways) {
  const tacet_span *in = &ways->in, *out = &ways->out;
  tacet_normal lasts = row_of(compute, ways);
  if (lasts.variance == 0 && in->variance == 0 && out->variance == 0)
    return larger(lasts.mean, larger(in->cycles, out->cycles));
  if (ways->alone_in.cycles < in->cycles)
    lasts = tacet_greatest(lasts, normal_of(in),
                           a_slot_of(compute) * in->with_slots +
                               ways->alone_in.variance);
  if (ways->alone_out.cycles < out->cycles)
    lasts = tacet_greatest(lasts, normal_of(out), 0);
  return limited(lasts.mean, compute, ways);
}
