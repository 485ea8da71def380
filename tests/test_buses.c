/* Buses of tensors' own, and L1 with two buffers for some tensors only: by
   hand, and what must hold on random layers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/explain/explain.h"
#include "../dense/cost/pace.h"
#include "../dense/spec/spec.h"
#include "cases.h"
#include "hand_nests.h"

/* ---- files -------------------------------------------------------------- */

#define HEAD                                                                   \
  "tacet: 1\naccelerator: x\nclock: 1 GHz\npes: 4\nword: 8 bit\n"              \
  "dram: {bandwidth: 4 words/cycle}\n"
#define BUSES                                                                  \
  "noc: {bandwidth: {weight: 4 words/cycle, input: 1 words/cycle, "            \
  "output: 2 words/cycle}}\n"
#define L2 "l2: {size: 1 KiB}\n"
#define L1 "l1: {size: 16 B, double-buffered: [input, output]}\n"

static tacet_status read_text(tacet_accelerator *a, const char *text,
                              tacet_error *error) {
  tacet_doc *doc;
  tacet_status status =
      tacet_doc_parse(&doc, text, strlen(text), "x.yaml", error);
  if (!status) status = tacet_accelerator_read(a, doc, error);
  if (!status) status = tacet_doc_check(doc, error);
  tacet_doc_free(doc);
  return status;
}

static void reads_keys(void **state) {
  (void)state;
  tacet_accelerator a;
  tacet_error error;
  assert_int_equal(read_text(&a, HEAD BUSES L2 L1, &error), TACET_OK);
  assert_true(a.link[1].bandwidth == 7);
  assert_true(a.link[1].bus[TACET_WEIGHT] == 4 &&
              a.link[1].bus[TACET_INPUT] == 1 &&
              a.link[1].bus[TACET_OUTPUT] == 2);
  assert_true(a.storage[2].double_buffered && a.storage[2].single[0]);
  assert_false(a.storage[2].single[1] || a.storage[2].single[2]);
  assert_int_equal(
      read_text(&a, HEAD BUSES L2 "l1: {size: 1 B, double-buffered: []}\n",
                &error),
      TACET_OK);
  assert_false(a.storage[2].double_buffered);
}

static void refuses_others(void **state) {
  (void)state;
  static const struct {
    const char *text, *says;
  } ways[] = {
      {HEAD L2 L1 "noc: {bandwidth: {weight: 1 words/cycle, input: 1 "
                  "words/cycle}}\n",
       "\"output\" is missing"},
      {HEAD L2 L1 "noc: {bandwidth: {weight: 1 words/cycle, input: 1 "
                  "words/cycle, output: 1 words/cycle, sum: 1}}\n",
       "unknown key \"sum\""},
      {HEAD L2 L1 "noc: {bandwidth: {weight: 0 words/cycle, input: 1 "
                  "words/cycle, output: 1 words/cycle}}\n",
       "expected 1e-9"},
      {HEAD BUSES L1 "l2: {size: 1 KiB, double-buffered: [input]}\n",
       "double-buffered"},
      {HEAD BUSES L2 "l1: {size: 16 B, double-buffered: [inputs]}\n",
       "one of weight, input"},
  };
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    tacet_accelerator a;
    tacet_error error;
    assert_int_equal(read_text(&a, ways[i].text, &error), TACET_BAD_INPUT);
    if (!strstr(error.message, ways[i].says))
      fail_msg("%s: %s", ways[i].says, error.message);
  }
}

/* ---- by hand ------------------------------------------------------------ */

/* Z[2,3] = A[2,4].B[4,3], an output a step, row by row; 4 MACs at once.
   With a latency of 1 a column of B takes 4 / 2 + 1 cycles on its own bus, a
   row of A 4 + 1, an output of two words 2 + 1. A column comes in each step but
   the first, a row with the fourth. */
static tacet_nest products(void) {
  tacet_nest nest = gemm(2, 3, 4);
  temporal(&nest, "M", 1, 2);
  temporal(&nest, "N", 1, 3);
  return nest;
}

static tacet_accelerator with_buses(bool weight, bool input, bool output) {
  tacet_accelerator a = both;
  a.pes = 1;
  a.lanes = 4;
  a.clock_hz = 1e9;
  a.word_bits = 8;
  a.link[0].bandwidth = 1e9;
  a.link[1] = (tacet_link){.bandwidth = 4,
                           .bus = {2, 1, 1},
                           .latency = 1,
                           .multicast = true,
                           .reduction = true};
  a.storage[2].double_buffered = true;
  a.storage[2].single[TACET_WEIGHT] = !weight;
  a.storage[2].single[TACET_INPUT] = !input;
  a.storage[2].single[TACET_OUTPUT] = !output;
  for (int t = 0; t < TACET_TENSORS; t++)
    a.width_bits[t] = t == TACET_OUTPUT ? 16 : 8;
  return a;
}

static tacet_timeline timed(tacet_cost *cost, const tacet_accelerator *a) {
  const tacet_nest nest = products();
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  assert_int_equal(tacet_read_dense(&counts, &timeline, &nest, a, &error),
                   TACET_OK);
  tacet_cost_of(cost, &counts, &timeline, a);
  return timeline;
}

static double steps_of(tacet_accelerator a) {
  tacet_cost cost;
  return timed(&cost, &a).steps;
}

/* 1 cycle of work in each of six steps, beside 3 of the column, or 5 of the
   row, and 3 of the output. */
static void tensors_travel_together(void **state) {
  (void)state;
  const tacet_accelerator a = with_buses(true, true, true);
  tacet_cost cost;
  const tacet_timeline timeline = timed(&cost, &a);
  assert_true(timeline.in == 4 * 3 + 5 && timeline.out == 5 * 3);
  assert_true(timeline.steps == 1 + 4 * 3 + 5);
  /* before the first step a row in 5, after the last an output in 3 */
  assert_true(cost.noc_cycles == 5 + 3 + 17 + 15);
  assert_true(cost.cycles == 5 + 3 + 18 + 1); /* and 1 of DRAM */
}

static void pes_wait_for_one_buffer(void **state) {
  (void)state;
  assert_true(steps_of(with_buses(false, true, true)) == 1 + 4 * 4 + 5);
  assert_true(steps_of(with_buses(true, false, true)) == 1 + 4 * 3 + 6);
  assert_true(steps_of(with_buses(false, false, true)) == 1 + 4 * 4 + 6);
  assert_true(steps_of(with_buses(true, true, false)) == 1 + 4 * 4 + 5);
  assert_true(steps_of(with_buses(false, false, false)) == 1 + 4 * 7 + 9);
  tacet_accelerator once = with_buses(true, true, true);
  once.storage[2].double_buffered = false;
  assert_true(steps_of(once) == 1 + 4 * 7 + 9);
}

/* A word a cycle for all: 5 for the column, 9 with the row. What PEs wait for
   comes first. */
static void tensors_share_a_bus(void **state) {
  (void)state;
  static const struct {
    bool weight, input, output;
    double steps;
  } rows[] = {{true, true, true, 1 + 4 * 5 + 9},
              {false, true, true, 1 + 4 * 6 + 9},
              {true, false, true, 1 + 4 * 5 + 9},
              {false, false, false, 1 + 4 * 9 + 13}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    tacet_accelerator a =
        with_buses(rows[i].weight, rows[i].input, rows[i].output);
    memset(a.link[1].bus, 0, sizeof a.link[1].bus);
    a.link[1].bandwidth = 1;
    assert_true(steps_of(a) == rows[i].steps);
  }
}

static void one_buffer_needs_room_once(void **state) {
  (void)state;
  const tacet_nest nest = products();
  tacet_accelerator a = with_buses(true, true, true);
  assert_int_equal(tacet_need_bits(&nest, &a, 2), 2 * (32 + 32 + 16));
  a = with_buses(false, true, true);
  assert_int_equal(tacet_need_bits(&nest, &a, 2), 32 + 2 * (32 + 16));
}

/* ---- waits -------------------------------------------------------------- */

enum { UNITS = 2, STEPS = 4 };

/* Slots of two PEs, and words of weights and inputs on buses of a word a
   cycle; PEs wait for inputs. */
static double paced_steps(tacet_sync sync) {
  static const double slots[STEPS][UNITS] = {{5, 1}, {1, 4}, {2, 2}, {1, 7}};
  static const double words[STEPS][TACET_OUTPUT] = {
      {0, 0}, {3, 6}, {1, 0}, {9, 2}};
  tacet_accelerator a = {
      .lanes = 1, .word_bits = 8, .storages = 3, .sync = sync};
  tacet_pace_unit unit[UNITS];
  tacet_pace pace;
  a.storage[2].double_buffered = a.storage[2].single[TACET_INPUT] = true;
  a.link[1] = (tacet_link){.bandwidth = 3, .bus = {1, 1, 1}};
  tacet_pace_start(&pace, &a, unit, UNITS);
  for (int s = 0; s < STEPS; s++) {
    for (int u = 0; u < UNITS; u++) {
      const tacet_work work = {.occurrences = 1, .slots = slots[s][u]};
      tacet_pace_work(&pace, u, &work);
    }
    const tacet_work moved = {.occurrences = 1,
                              .bits_in = {8 * words[s][0], 8 * words[s][1]}};
    tacet_pace_step(&pace, &moved);
  }
  tacet_pace_end(&pace);
  assert_true(pace.timeline.in == 0 + 6 + 1 + 9);
  return pace.timeline.steps;
}

/* Steps: 5, 4 + 6, 2, and 7 + 2 beside 9. Two at a time: 6 + 6, then 9 + 2
   beside 10. All: 14 + 8 beside 16. With a queue of two the PEs are done at 5
   and 1; at 5 + 6 + 1 and 1 + 6 + 4; at 14 and 13; at 14 + 2 + 1 and 13 + 2 +
   7, the way in at 0, 6, 7 and 12 + 9. */
static void waits_between_pes(void **state) {
  (void)state;
  assert_true(paced_steps((tacet_sync){TACET_SYNC_STEP, 0}) == 26);
  assert_true(paced_steps((tacet_sync){TACET_SYNC_WINDOW, 1}) == 26);
  assert_true(paced_steps((tacet_sync){TACET_SYNC_QUEUE, 1}) == 26);
  assert_true(paced_steps((tacet_sync){TACET_SYNC_WINDOW, 2}) == 23);
  assert_true(paced_steps((tacet_sync){TACET_SYNC_END, 0}) == 22);
  assert_true(paced_steps((tacet_sync){TACET_SYNC_QUEUE, 2}) == 22);
}

/* ---- random layers ------------------------------------------------------ */

static double cycles_of(const random_case *c,
                        const tacet_accelerator *accelerator) {
  tacet_cost cost;
  tacet_error error;
  assert_int_equal(tacet_dense_cost(&cost, &c->nest, accelerator, &error),
                   TACET_OK);
  return cost.cycles;
}

/* A way that takes more words a cycle, and a second buffer, never make a run
   longer. */
static void check_limits(const random_case *c) {
  const double now = cycles_of(c, &c->accelerator);
  const int l1 = c->nest.storages - 1;
  for (int b = 1; b < l1; b++) {
    for (int t = 0; t < TACET_TENSORS; t++) {
      tacet_accelerator faster = c->accelerator;
      if (faster.link[b].bus[t] == 0) faster.link[b].bandwidth *= 1.3;
      faster.link[b].bus[t] *= 1.3;
      assert_true(cycles_of(c, &faster) <= now);
    }
  }
  if (!c->accelerator.storage[l1].double_buffered) return;
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_accelerator once = c->accelerator;
    once.storage[l1].single[t] = true;
    assert_true(cycles_of(c, &once) >= now);
  }
}

/* One buffer for each tensor is no double buffering at all, and buses that all
   carry what they carry together are slower than one for each. */
static void check_ends(const random_case *c) {
  const int l1 = c->nest.storages - 1;
  tacet_accelerator single = c->accelerator, once = c->accelerator;
  for (int t = 0; t < TACET_TENSORS; t++) single.storage[l1].single[t] = true;
  single.storage[l1].double_buffered = true;
  once.storage[l1].double_buffered = false;
  if (c->accelerator.sync.kind == TACET_SYNC_QUEUE)
    assert_true(cycles_of(c, &single) <= cycles_of(c, &once));
  else
    assert_true(cycles_of(c, &single) == cycles_of(c, &once));
  tacet_accelerator shared = c->accelerator, own = c->accelerator;
  for (int b = 1; b < l1; b++) {
    memset(shared.link[b].bus, 0, sizeof shared.link[b].bus);
    for (int t = 0; t < TACET_TENSORS; t++)
      own.link[b].bus[t] = shared.link[b].bandwidth;
  }
  assert_true(cycles_of(c, &own) <= cycles_of(c, &shared));
}

static void keeps_limits(void **state) {
  (void)state;
  uint64_t seed = 20170601, cases = 1500;
  static const tacet_sync syncs[] = {{TACET_SYNC_STEP, 0},
                                     {TACET_SYNC_WINDOW, 3},
                                     {TACET_SYNC_QUEUE, 2},
                                     {TACET_SYNC_END, 0}};
  ask_for_cases(&seed, &cases);
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    case_make(c, seed + i);
    c->accelerator.sync = syncs[i % 4];
    check_limits(c);
    check_ends(c);
  }
  free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_keys),
      cmocka_unit_test(refuses_others),
      cmocka_unit_test(tensors_travel_together),
      cmocka_unit_test(pes_wait_for_one_buffer),
      cmocka_unit_test(tensors_share_a_bus),
      cmocka_unit_test(one_buffer_needs_room_once),
      cmocka_unit_test(waits_between_pes),
      cmocka_unit_test(keeps_limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
