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

static tacet_status does_bind(bool *binds, const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              int boundary, double words, tacet_error *error) {
  tacet_accelerator changed = *accelerator;
  tacet_cost cost = {0};
  changed.link[boundary].bandwidth = words;
  tacet_status status = tacet_dense_cost(&cost, nest, &changed, error);
  tacet_bound bound = TACET_BOUND_CLUSTERS;
  if (boundary == 0) bound = TACET_BOUND_DRAM;
  if (boundary == accelerator->storages - 2) bound = TACET_BOUND_NOC;
  *binds = cost.bound == bound;
  return status;
}

tacet_status tacet_bandwidth_needed(double *words, const tacet_nest *nest,
                                    const tacet_accelerator *accelerator,
                                    int boundary, tacet_error *error) {
  double low = SLOWEST, high = FASTEST;
  bool slowest_binds = false, binds = false;
  tacet_status status =
      does_bind(&slowest_binds, nest, accelerator, boundary, low, error);
  if (!status)
    status = does_bind(&binds, nest, accelerator, boundary, high, error);
  *words = binds ? INFINITY : 0;
  if (status || binds || !slowest_binds) return status;
  while (!status && high / low > 1.00005) {
    const double middle = sqrt(low * high);
    status = does_bind(&binds, nest, accelerator, boundary, middle, error);
    *(binds ? &low : &high) = middle;
  }
  *words = high;
  return status;
}
