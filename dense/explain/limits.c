/* What binds a run, found by asking what it would cost otherwise. */
#include "explain.h"

#include <math.h>

/* A link as fast as this one only has its latency. */
#define FASTEST 1e15
#define SLOWEST 1e-9

tacet_status tacet_dense_cost(tacet_cost *cost, const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              tacet_error *error) {
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_status status =
      tacet_read_dense(&counts, &timeline, nest, accelerator, error);
  if (!status) tacet_cost_of(cost, &counts, &timeline, accelerator);
  return status;
}

void tacet_link_widen(tacet_link *link, double words) {
  for (int t = 0; t < TACET_TENSORS; t++)
    link->bus[t] *= words / link->bandwidth;
  link->bandwidth = words;
}

/* A link, or one bus of it. */
typedef struct way {
  int boundary;
  int slot; /* -1: the whole link */
} way;

static void widen(tacet_link *link, int slot, double words) {
  if (slot < 0)
    tacet_link_widen(link, words);
  else
    link->bus[slot] = words;
}

static tacet_status does_bind(bool *binds, const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              const way *w, double words, tacet_error *error) {
  const int boundary = w->boundary;
  tacet_accelerator changed = *accelerator;
  tacet_cost cost = {0};
  widen(&changed.link[boundary], w->slot, words);
  tacet_status status = tacet_dense_cost(&cost, nest, &changed, error);
  tacet_bound bound = TACET_BOUND_CLUSTERS;
  if (boundary == 0) bound = TACET_BOUND_DRAM;
  if (boundary == accelerator->storages - 2) bound = TACET_BOUND_NOC;
  *binds = cost.bound == bound;
  return status;
}

static tacet_status find_need(double *words, const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              const way *w, tacet_error *error) {
  double low = SLOWEST, high = FASTEST;
  bool slowest_binds = false, binds = false;
  tacet_status status =
      does_bind(&slowest_binds, nest, accelerator, w, low, error);
  if (!status) status = does_bind(&binds, nest, accelerator, w, high, error);
  *words = binds ? INFINITY : 0;
  if (status || binds || !slowest_binds) return status;
  while (!status && high / low > 1.00005) {
    const double middle = sqrt(low * high);
    status = does_bind(&binds, nest, accelerator, w, middle, error);
    *(binds ? &low : &high) = middle;
  }
  *words = high;
  return status;
}

tacet_status tacet_bandwidth_needed(double *words, const tacet_nest *nest,
                                    const tacet_accelerator *accelerator,
                                    int boundary, tacet_error *error) {
  const way whole = {boundary, -1};
  return find_need(words, nest, accelerator, &whole, error);
}

tacet_status tacet_bus_needed(double *words, const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              int boundary, int slot, tacet_error *error) {
  const way bus = {boundary, slot};
  tacet_accelerator alone = *accelerator;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (t != slot) alone.link[boundary].bus[t] = FASTEST;
  return find_need(words, nest, &alone, &bus, error);
}
