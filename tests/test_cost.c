/* Cost of counts that are written down: DRAM with one way and with two, shares
   of work, bits of buffers; and how spans of a step vary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../dense/dense.h"

/* 800 bits in and 480 out, of which the last 80 when all else is done; 8 bits
   a word, 2 words a cycle. Nothing else takes time. */
static double cycles_of(double write_bandwidth, bool double_buffered) {
  tacet_accelerator a = {.pes = 1,
                         .lanes = 1,
                         .clock_hz = 1e9,
                         .word_bits = 8,
                         .storages = 3,
                         .dram_write_bandwidth = write_bandwidth};
  tacet_counts counts = {.steps = 1};
  const tacet_timeline timeline = {0};
  tacet_cost cost;
  for (int b = 0; b < 2; b++) a.link[b].bandwidth = 2;
  a.storage[1].double_buffered = double_buffered;
  for (int t = 0; t < TACET_TENSORS; t++) a.width_bits[t] = 8;
  counts.flow[0][TACET_INPUT].payload_bits_in = 800;
  counts.flow[0][TACET_OUTPUT].payload_bits_out = 480;
  counts.last_bits[0] = 80;
  tacet_cost_of(&cost, &counts, &timeline, &a);
  assert_true(cost.cycles == cost.dram_cycles);
  return cost.cycles;
}

static void ways_of_dram(void **state) {
  (void)state;
  assert_true(cycles_of(0, true) == 80);    /* 1280 / 16 */
  assert_true(cycles_of(2, true) == 50);    /* 800 / 16, 480 / 16 beside it */
  assert_true(cycles_of(0.5, true) == 120); /* 480 / 4 */
  assert_true(cycles_of(0, false) == 80);
  assert_true(cycles_of(2, false) == 50 + 30);
}

/* 60 of 90 MACs done by 3 PEs of 2 lanes in the 20 cycles of the steps: half
   of their multipliers. The busiest PE has 12 slots where the mean one has 10. */
static void shares_of_work(void **state) {
  (void)state;
  const tacet_accelerator a = {
      .pes = 3,
      .lanes = 2,
      .clock_hz = 1e9,
      .word_bits = 8,
      .storages = 3,
      .storage = {
          [1] = {.double_buffered = true}, [2] = {.double_buffered = true}}};
  const tacet_counts counts = {.steps = 4,
                               .busiest = 12,
                               .mean_slots = 10,
                               .macs = {.actual = 60, .skipped = 30}};
  const tacet_timeline timeline = {.compute = 18, .steps = 20};
  tacet_cost cost;
  tacet_cost_of(&cost, &counts, &timeline, &a);
  assert_true(cost.cycles == 20);
  assert_true(cost.compute_cycles == 18);
  assert_true(cost.utilisation == 0.5);
  assert_true(cost.imbalance == 1.2);
  assert_true(cost.seconds == 20e-9);
  assert_int_equal(cost.bound, TACET_BOUND_COMPUTE);
}

/* Of four ways to write bits none is forgotten. */
static void buffers_move_all_bits(void **state) {
  (void)state;
  tacet_counts counts = {.steps = 1};
  tacet_accelerator a = {
      .storages = 4, .word_bits = 8, .width_bits = {8, 8, 8}};
  tacet_buffer_use use;
  counts.flow[1][TACET_OUTPUT] = (tacet_flow){.payload_bits_in = 1000,
                                              .metadata_bits_in = 200,
                                              .payload_bits_out = 30,
                                              .metadata_bits_out = 4};
  tacet_buffer_use_of(&use, &counts, &a, 2, TACET_OUTPUT);
  assert_float_equal(use.bits, 1234, 0);
}

/* With one lane and nothing else to wait for, cycles are slots, and vary as
   these do. */
static void cycles_vary_with_slots(void **state) {
  (void)state;
  const tacet_accelerator a = {.lanes = 1};
  const tacet_work work = {
      .occurrences = 1, .slots = 6, .variance = 2, .most = 10};
  tacet_span span;
  tacet_compute_span(&span, &a, &work);
  assert_float_equal(span.cycles, 6, 0);
  assert_float_equal(span.most, 10, 0);
  assert_float_equal(span.variance, 2, 1e-12);
  assert_float_equal(span.with_slots, 2, 1e-12);
}

static tacet_span way_of(double weight_variance, double input_variance) {
  const tacet_accelerator a = {.lanes = 1,
                               .word_bits = 8,
                               .storages = 3,
                               .storage = {[2] = {.double_buffered = true}},
                               .link = {{.bandwidth = 1}, {.bandwidth = 1}}};
  const tacet_work work = {.occurrences = 1,
                           .bits_in = {80, 80},
                           .in_variance = {weight_variance, input_variance},
                           .in_most = {160, 160}};
  tacet_ways ways;
  tacet_ways_of(&ways, &a, &work);
  return ways.in;
}

/* Of independent operands on one bus the variances add up. */
static void operands_on_one_bus_vary_together(void **state) {
  (void)state;
  const tacet_span even = way_of(450, 450), uneven = way_of(100, 800);
  assert_true(even.variance > 0);
  assert_float_equal(uneven.variance, even.variance, 1e-12);
  assert_float_equal(uneven.cycles, even.cycles, 1e-12);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ways_of_dram),
      cmocka_unit_test(shares_of_work),
      cmocka_unit_test(buffers_move_all_bits),
      cmocka_unit_test(cycles_vary_with_slots),
      cmocka_unit_test(operands_on_one_bus_vary_together),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
