/* When units wait for each other: by hand, and the ends of the range between
   waiting at every step and never on random layers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../dense/cost/pace.h"
#include "cases.h"

/* ---- by hand ------------------------------------------------------------ */

enum { UNITS = 2, STEPS = 4 };

/* Slots of two PEs, and words in: a word a cycle. */
static const double slots[STEPS][UNITS] = {{5, 1}, {1, 4}, {2, 2}, {1, 7}};
static const double words[STEPS] = {0, 3, 1, 9};

static tacet_accelerator one_word_a_cycle(void) {
  tacet_accelerator a = {.lanes = 1, .word_bits = 8, .storages = 3};
  a.storage[2].double_buffered = true;
  a.link[1].bandwidth = 1;
  return a;
}

static tacet_pace paced(const tacet_accelerator *accelerator) {
  tacet_pace_unit unit[UNITS];
  tacet_pace pace;
  tacet_pace_start(&pace, accelerator, unit, UNITS);
  for (int s = 0; s < STEPS; s++) {
    for (int u = 0; u < UNITS; u++) {
      const tacet_work work = {.occurrences = 1, .slots = slots[s][u]};
      tacet_pace_work(&pace, u, &work);
    }
    const tacet_work moved = {.occurrences = 1, .bits_in = {8 * words[s]}};
    tacet_pace_step(&pace, &moved);
  }
  tacet_pace_end(&pace);
  return pace;
}

static void check(tacet_sync sync, double busiest, double steps) {
  tacet_accelerator a = one_word_a_cycle();
  a.sync = sync;
  tacet_pace pace = paced(&a);
  assert_true(pace.busiest == busiest);
  assert_true(pace.timeline.compute == busiest);
  assert_true(pace.timeline.in == 13);
  assert_true(pace.timeline.steps == steps);
  a.storage[2].double_buffered = false;
  pace = paced(&a);
  assert_true(pace.timeline.steps == busiest + 13);
}

/* Each step: 5 4 2 7, with the words 5 4 2 9. */
static void every_step(void **state) {
  (void)state;
  check((tacet_sync){TACET_SYNC_STEP, 0}, 18, 20);
  check((tacet_sync){TACET_SYNC_WINDOW, 1}, 18, 20);
  check((tacet_sync){TACET_SYNC_QUEUE, 1}, 18, 20);
}

static double compute_of(const tacet_accelerator *a, const tacet_work *work,
                         int steps) {
  tacet_pace_unit unit[1];
  tacet_pace pace;
  tacet_pace_start(&pace, a, unit, 1);
  for (int s = 0; s < steps; s++) tacet_pace_alone(&pace, &work[s]);
  tacet_pace_end(&pace);
  return pace.timeline.compute;
}

/* As many slots of another variance are another expectation on two lanes. */
static void steps_that_vary_otherwise(void **state) {
  (void)state;
  tacet_accelerator a = one_word_a_cycle();
  tacet_work work[] = {
      {.occurrences = 1, .slots = 6, .variance = 0.01, .most = 10},
      {.occurrences = 1, .slots = 6, .variance = 4, .most = 10}};
  a.lanes = 4;
  const double first = compute_of(&a, &work[0], 1);
  const double second = compute_of(&a, &work[1], 1);
  assert_true(first != second);
  assert_true(compute_of(&a, work, 2) == first + second);
}

/* Two steps: 6 and 5, then 3 and 9, with 3 and then 10 words. Three: 8 and 7,
   then 1 and 7 with 4 and 9 words. */
static void windows(void **state) {
  (void)state;
  check((tacet_sync){TACET_SYNC_WINDOW, 2}, 6 + 9, 6 + 10);
  check((tacet_sync){TACET_SYNC_WINDOW, 3}, 8 + 7, 8 + 9);
}

/* With a queue of two the PEs end their steps at 5 and 1; 6 and 5; 8 and
   max(5, 5) + 2 = 7; max(8, 6) + 1 and max(7, 6) + 7. The words are there at
   0, 3, max(3, 5) + 1 and max(6, 6) + 9. */
static void queues(void **state) {
  (void)state;
  check((tacet_sync){TACET_SYNC_QUEUE, 2}, 14, 15);
}

/* 9 and 14 slots, 13 words. */
static void at_the_end(void **state) {
  (void)state;
  check((tacet_sync){TACET_SYNC_END, 0}, 14, 14);
  check((tacet_sync){TACET_SYNC_WINDOW, 4}, 14, 14);
}

/* The search, the accumulators and the lanes each can take longest. */
static void limits_of_compute(void **state) {
  (void)state;
  tacet_accelerator a = one_word_a_cycle();
  const tacet_work work = {
      .slots = 10, .l1_accesses = 40, .sums = 9, .examined = 30};
  a.lanes = 4;
  assert_true(tacet_compute_cycles(&a, &work) == 3);
  a.sums_bandwidth = 2;
  assert_true(tacet_compute_cycles(&a, &work) == 5);
  a.intersection = (tacet_intersection){TACET_EXAMINES_PAIRS, 4};
  assert_true(tacet_compute_cycles(&a, &work) == 8);
  a.l1_bandwidth = 4;
  assert_true(tacet_compute_cycles(&a, &work) == 10);
}

/* Of heads in `tosses` of a coin: each count has its chance and its ceiling. */
static double tossed(int tosses, int64_t lanes) {
  double chance = pow(0.5, tosses), sum = 0;
  for (int heads = 0; heads <= tosses; heads++) {
    sum += chance * ceil((double)heads / (double)lanes);
    chance *= (double)(tosses - heads) / (heads + 1);
  }
  return sum;
}

static void expectations_are_not_rounded_up(void **state) {
  (void)state;
  tacet_accelerator a = one_word_a_cycle();
  for (int tosses = 4; tosses <= 900; tosses = 3 * tosses / 2) {
    const tacet_work work = {
        .slots = tosses / 2., .variance = tosses / 4., .most = tosses};
    for (a.lanes = 1; a.lanes <= 300; a.lanes = 2 * a.lanes + 1)
      assert_true(fabs(tacet_compute_cycles(&a, &work) -
                       tossed(tosses, a.lanes)) < 0.03);
  }
}

/* ---- random layers ------------------------------------------------------ */

typedef struct reading {
  tacet_counts counts;
  tacet_timeline timeline;
} reading;

static reading read_with(random_case *c, tacet_sync sync) {
  reading r;
  tacet_error error;
  c->accelerator.sync = sync;
  assert_int_equal(tacet_read_dense(&r.counts, &r.timeline, &c->nest,
                                    &c->accelerator, &error),
                   TACET_OK);
  return r;
}

/* Both hold doubles only. */
static bool same(const reading *a, const reading *b) {
  const double *left = (const double *)a, *right = (const double *)b;
  for (size_t i = 0; i < sizeof *a / sizeof *left; i++)
    if (fabs(left[i] - right[i]) > 1e-9 * fabs(left[i])) return false;
  return true;
}

/* Steps one by one sum up to what their classes do; and who waits less is
   never later. */
static bool in_order(random_case *c) {
  const bool passes_on =
      c->accelerator.link[c->accelerator.storages - 2].pe_adder;
  const reading step = read_with(c, (tacet_sync){TACET_SYNC_STEP, 0});
  const reading one = read_with(c, (tacet_sync){TACET_SYNC_WINDOW, 1});
  const reading queue = read_with(c, (tacet_sync){TACET_SYNC_QUEUE, 1});
  const reading end = read_with(c, (tacet_sync){TACET_SYNC_END, 0});
  const reading all = read_with(c, (tacet_sync){TACET_SYNC_WINDOW, 1 << 30});
  const reading some = read_with(c, (tacet_sync){TACET_SYNC_WINDOW, 3});
  const reading ahead = read_with(c, (tacet_sync){TACET_SYNC_QUEUE, 3});
  return same(&step, &one) && same(&step, &queue) && same(&end, &all) &&
         some.timeline.steps <= step.timeline.steps &&
         end.timeline.steps <= some.timeline.steps &&
         ahead.timeline.steps <= step.timeline.steps &&
         (c->accelerator.lanes > 1 || c->accelerator.l1_bandwidth > 1 ||
          (passes_on && c->accelerator.l1_bandwidth > 0) ||
          ahead.timeline.steps <= some.timeline.steps);
}

static void steps_in_order(void **state) {
  (void)state;
  uint64_t seed = 31415, cases = 1000;
  ask_for_cases(&seed, &cases);
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    case_make(c, seed + i);
    if (in_order(c)) continue;
    case_print(c);
    fail();
  }
  free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_step),
      cmocka_unit_test(steps_that_vary_otherwise),
      cmocka_unit_test(windows),
      cmocka_unit_test(queues),
      cmocka_unit_test(at_the_end),
      cmocka_unit_test(limits_of_compute),
      cmocka_unit_test(expectations_are_not_rounded_up),
      cmocka_unit_test(steps_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
