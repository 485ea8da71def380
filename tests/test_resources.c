/* In the dense reading, more of a resource never lengthens a run (design,
   section 6): bandwidth of any way, room in L2, a second buffer in L1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "cases.h"

/* Cycles, or 0 if tiles do not fit. */
static double cycles_on(const random_case *c,
                        const tacet_accelerator *accelerator) {
  tacet_cost cost;
  tacet_error error;
  const tacet_status status =
      tacet_evaluate(&cost, &c->layer, &c->dataflow, accelerator, &error);
  if (status != TACET_INFEASIBLE) assert_int_equal(status, TACET_OK);
  return status ? 0 : cost.cycles;
}

static void not_longer(const random_case *c, const tacet_accelerator *more,
                       double before, const char *what) {
  const double after = cycles_on(c, more);
  if (after > 0 && after <= before) return;
  case_print(c);
  fail_msg("case %llu: %.17g cycles, with more %s %.17g",
           (unsigned long long)c->seed, before, what, after);
}

static void widen_ways(const random_case *c, double cycles) {
  for (int b = 0; b < c->accelerator.storages - 1; b++) {
    tacet_accelerator more = c->accelerator;
    more.link[b].bandwidth *= 2;
    for (int t = 0; t < TACET_TENSORS; t++) more.link[b].bus[t] *= 2;
    not_longer(c, &more, cycles, "bandwidth");
  }
}

/* From the first size that holds the tiles of a step. Returns sizes that gave
   another time. */
static int enlarge_l2(const random_case *c) {
  tacet_accelerator more = c->accelerator;
  double before = 0;
  int changes = 0;
  for (more.storage[1].size_bits = 64; more.storage[1].size_bits < 1 << 20;
       more.storage[1].size_bits *= 2) {
    const double after = cycles_on(c, &more);
    if (before > 0) not_longer(c, &more, before, "L2");
    changes += before > 0 && after < before;
    before = after;
  }
  return changes;
}

static void buffer_twice(const random_case *c, double cycles) {
  tacet_accelerator more = c->accelerator;
  more.storage[more.storages - 1].double_buffered = true;
  for (int t = 0; t < TACET_TENSORS; t++)
    more.storage[more.storages - 1].single[t] = false;
  not_longer(c, &more, cycles, "buffers");
}

static void more_never_costs_time(void **state) {
  (void)state;
  uint64_t seed = 1017, cases = 1500;
  ask_for_cases(&seed, &cases);
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  int changes = 0;
  for (uint64_t i = 0; i < cases; i++) {
    case_make(c, seed + i);
    for (int s = 1; s < c->accelerator.storages; s++)
      c->accelerator.storage[s].size_bits = INT64_C(1) << 40;
    const double cycles = cycles_on(c, &c->accelerator);
    widen_ways(c, cycles);
    buffer_twice(c, cycles);
    changes += enlarge_l2(c);
  }
  free(c);
  print_message("%d times a larger L2 saved time\n", changes);
  assert_true(changes > (int)cases / 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(more_never_costs_time)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
