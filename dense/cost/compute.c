/* Cycles of a PE's compute in a step: it takes as long as what is slowest in
   it. Knows nothing of why an amount is an expectation. */
#include "../dense.h"

#include <math.h>

#include "expectation.h"

static double larger(double a, double b) {
  return a > b ? a : b;
}

/* ---- certain work ------------------------------------------------------- */

static double certain_cycles(const tacet_accelerator *accelerator,
                             const tacet_work *work) {
  const tacet_intersection *search = &accelerator->intersection;
  double compute = work->slots; /* whole numbers, or an expectation of them */
  if (accelerator->lanes > 1)
    compute = ceil(work->slots / (double)accelerator->lanes);
  if (accelerator->l1_bandwidth > 0)
    compute =
        larger(compute, ceil(work->l1_accesses / accelerator->l1_bandwidth));
  if (accelerator->sums_bandwidth > 0)
    compute = larger(compute, ceil(work->sums / accelerator->sums_bandwidth));
  if (search->examined != TACET_EXAMINES_NOTHING)
    compute = larger(compute, ceil(work->examined / search->width));
  return compute;
}

/* ---- expectations ------------------------------------------------------- */

/* What is done `width` a cycle: an amount that grows with slots. */
static tacet_limit limit_of(const tacet_work *work, double amount, double most,
                            double width) {
  const double open = work->slots - work->passed_on;
  const double all = work->most - work->passed_on;
  const double each = tacet_growth(amount, most, open, all);
  return (tacet_limit){amount - each * open, each, width};
}

/* Apart, so that what is certain does not save registers for it. */
__attribute__((noinline)) static double
expected_cycles(const tacet_accelerator *accelerator, const tacet_work *work) {
  const tacet_intersection *search = &accelerator->intersection;
  const tacet_normal open = {work->slots - work->passed_on, work->variance};
  tacet_limit limit[TACET_MAX_LIMITS] = {
      {work->passed_on, 1, (double)accelerator->lanes}};
  int limits = 1;
  if (accelerator->l1_bandwidth > 0)
    limit[limits++] = limit_of(work, work->l1_accesses, work->most_accesses,
                               accelerator->l1_bandwidth);
  if (accelerator->sums_bandwidth > 0)
    limit[limits++] = limit_of(work, work->sums, work->most_sums,
                               accelerator->sums_bandwidth);
  if (search->examined != TACET_EXAMINES_NOTHING)
    limit[limits++] =
        limit_of(work, work->examined, work->most_examined, search->width);
  if (limits == 1 && accelerator->lanes == 1) return work->slots;
  return tacet_greatest_ceil(limit, limits, open, work->most - work->passed_on);
}

double tacet_compute_cycles(const tacet_accelerator *accelerator,
                            const tacet_work *work) {
  return work->variance > 0 && work->most > work->slots
             ? expected_cycles(accelerator, work)
             : certain_cycles(accelerator, work);
}

static double cycles_at_most(const tacet_accelerator *accelerator,
                             const tacet_work *work) {
  const tacet_work most = {.slots = work->most,
                           .l1_accesses = work->most_accesses,
                           .sums = work->most_sums,
                           .examined = work->most_examined};
  return certain_cycles(accelerator, &most);
}

void tacet_compute_span(tacet_span *span, const tacet_accelerator *accelerator,
                        const tacet_work *work) {
  const double cycles = tacet_compute_cycles(accelerator, work);
  *span = (tacet_span){.cycles = cycles, .most = cycles};
  if (work->variance <= 0 || work->most <= work->slots) return;
  span->most = larger(cycles, cycles_at_most(accelerator, work));
  const double a_slot =
      tacet_growth(cycles, span->most, work->slots, work->most);
  span->variance = a_slot * a_slot * work->variance;
  span->with_slots = a_slot * work->variance;
}
