/* The evaluation of a design point in one call: the same as stage by stage,
   errors included, and without allocations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/dense.h"
#include "allocations.h"
#include "cases.h"

static tacet_status by_stages(tacet_cost *cost, const random_case *c,
                              tacet_error *error) {
  tacet_nest nest;
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_status status =
      tacet_bind(&nest, &c->layer, &c->dataflow, &c->accelerator, error);
  if (!status) status = tacet_place_tiles(&nest, &c->accelerator, error);
  if (!status)
    status =
        tacet_read_dense(&counts, &timeline, &nest, &c->accelerator, error);
  if (!status) tacet_cost_of(cost, &counts, &timeline, &c->accelerator);
  return status;
}

static bool agrees(random_case *c) {
  tacet_cost all, staged;
  tacet_error error = {.message = ""}, expected = {.message = ""};
  tacet_status status = by_stages(&staged, c, &expected);
  if (tacet_evaluate(&all, &c->layer, &c->dataflow, &c->accelerator, &error) ==
          status &&
      strcmp(error.message, expected.message) == 0 &&
      (status || memcmp(&all, &staged, sizeof all) == 0))
    return true;
  return false;
}

static void equals_the_stages(void **state) {
  (void)state;
  assert_int_equal(cases_that_fail(20220808, 5000, agrees), 0);
}

static void tells_what_cannot_be(void **state) {
  (void)state;
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  case_make(c, 1);
  c->accelerator.storage[2].size_bits = 7;
  assert_true(agrees(c));
  c->accelerator.storages = 4;
  assert_true(agrees(c));
  c->accelerator.storage[3].size_bits = 1 << 20;
  assert_true(agrees(c));
  c->dataflow.directive[0].dim[0] = '?';
  assert_true(agrees(c));
  free(c);
}

static void allocates_nothing(void **state) {
  (void)state;
  enum { CASES = 1000, TIMES = 1000 };
  if (!COUNTS_ALLOCATIONS) skip();
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  tacet_cost cost;
  tacet_error error;
  long taken = 0, done = 0;
  for (uint64_t i = 0; i < CASES; i++) {
    case_make(c, i);
    long before = allocations;
    for (int n = 0; n < TIMES; n++)
      done += !tacet_evaluate(&cost, &c->layer, &c->dataflow, &c->accelerator,
                              &error);
    taken += allocations - before;
  }
  free(c);
  printf("%d evaluations, %ld of them feasible: %ld allocations\n",
         CASES * TIMES, done, taken);
  assert_true(allocations > 0); /* they are counted */
  assert_int_equal(taken, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equals_the_stages),
      cmocka_unit_test(tells_what_cannot_be),
      cmocka_unit_test(allocates_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
