/* What gates and skips take away, in the sparse executor, on nests small
   enough to count by hand; each test's comment does so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "hand_sparse.h"

/* ---- a MAC at a time ---------------------------------------------------- */

/* One PE, one step: A = 1 0 1 0 and B = 1 1 0 1. */
static void begin_dot_product(hand *h) {
  tacet_nest nest = gemm(1, 1, 4);
  begin(h, &nest);
  set_mask(h, TACET_INPUT, "1010");
  set_mask(h, TACET_WEIGHT, "1101");
}

/* MACs 1 and 3 have a zero of A. To know, all of A is read: 2 reads of B, 4
   of A, and 2 partial sums read and written: 10 accesses in 2 slots. */
static void test_skip_at_l1(void **state) {
  (void)state;
  hand h;
  begin_dot_product(&h);
  add_rule(&h, AT_L1, true, TACET_WEIGHT, false, true);
  run(&h);
  check_macs(&h, 2, 0, 2);
  check_split(&h.counts.l1_reads[TACET_WEIGHT], 2, 0, 2);
  check_split(&h.counts.l1_reads[TACET_INPUT], 4, 0, 0);
  check(h.counts.busiest, 2);
  check(h.counts.mean_slots, 2);
  check(h.timeline.compute, 10);
  check_fills(&h, L2_L1, TACET_WEIGHT, 4, 0, 0);
  check_bits_in(&h, L2_L1, TACET_WEIGHT, 32, 0);
  end(&h);
}

/* Only MAC 0 has no zero. The others are gated, in their slots and with all
   their accesses: 16. Or they are skipped, but for the reads of operands:
   8 and a partial sum read and written. */
static void test_compute(void **state) {
  (void)state;
  hand h;
  begin_dot_product(&h);
  add_rule(&h, AT_COMPUTE, false, 0, true, true);
  run(&h);
  check_macs(&h, 1, 3, 0);
  check(h.counts.busiest, 4);
  check(h.timeline.compute, 16);
  check_split(&h.counts.l1_reads[TACET_WEIGHT], 4, 0, 0);
  check_split(&h.counts.l1_reads[TACET_INPUT], 4, 0, 0);

  h.features.rule[0].skip = true;
  run(&h);
  check_macs(&h, 1, 0, 3);
  check(h.counts.busiest, 1);
  check(h.timeline.compute, 10);
  check_split(&h.counts.l1_reads[TACET_WEIGHT], 4, 0, 0);
  check_split(&h.counts.l1_reads[TACET_INPUT], 4, 0, 0);
  end(&h);
}

/* MACs 1 and 3 (A is zero) are skipped, though they would be gated, too; MAC
   2 (B is zero) is gated, at compute and with its read of A. */
static void test_skip_wins(void **state) {
  (void)state;
  hand h;
  begin_dot_product(&h);
  add_rule(&h, AT_COMPUTE, false, 0, true, true);
  add_rule(&h, AT_L1, true, TACET_WEIGHT, false, true);
  add_rule(&h, AT_L1, false, TACET_INPUT, true, false);
  run(&h);
  check_macs(&h, 1, 1, 2);
  check_split(&h.counts.l1_reads[TACET_WEIGHT], 2, 0, 2);
  check_split(&h.counts.l1_reads[TACET_INPUT], 3, 1, 0);
  check(h.counts.busiest, 2);
  end(&h);
}

/* ---- a child's tile at a time ------------------------------------------- */

/* A row of A a PE, B for both, in two steps of K=2.
     A = 0 0 | 0 0    PE 0: all zero in both steps
         1 0 | 0 0    PE 1: in the second
   Step 0: B's first half is skipped by PE 0, not by PE 1: L2 reads it once.
   Step 1: both skip, and L2 need not read. */
static void begin_two_rows(hand *h, bool skip) {
  tacet_nest nest = gemm(2, 1, 4);
  spatial(&nest, "M", 1, 2, 2);
  temporal(&nest, "K", 2, 2);
  begin(h, &nest);
  set_mask(h, TACET_INPUT, "00 00  10 00");
  add_rule(h, AT_L2, skip, TACET_WEIGHT, false, true);
}

static void test_skip_at_l2(void **state) {
  (void)state;
  hand h;
  begin_two_rows(&h, true);
  run(&h);
  check_fills(&h, L2_L1, TACET_WEIGHT, 2, 0, 6);
  check_parent_reads(&h, L2_L1, TACET_WEIGHT, 2, 0, 2);
  check_bits_in(&h, L2_L1, TACET_WEIGHT, 16, 0);
  check_fills(&h, L2_L1, TACET_INPUT, 8, 0, 0);
  check_parent_reads(&h, DRAM_L2, TACET_WEIGHT, 4, 0, 0);
  check_macs(&h, 2, 0, 6);
  check_split(&h.counts.l1_reads[TACET_WEIGHT], 2, 0, 6);
  check_split(&h.counts.l1_reads[TACET_INPUT], 2, 0, 6);
  check(h.counts.busiest, 2);
  check(h.counts.mean_slots, 1);
  check(h.counts.first_bits[L2_L1][TACET_WEIGHT], 16);
  check(h.counts.first_bits[L2_L1][TACET_INPUT], 4 * 8);
  check(h.counts.last_bits[L2_L1], 2 * 16);
  check(h.timeline.compute, 8); /* accesses of two MACs */
  check(h.timeline.in, 4);      /* A's second half */

  h.accelerator.link[L2_L1].multicast = false;
  run(&h);
  check_parent_reads(&h, L2_L1, TACET_WEIGHT, 2, 0, 6);
  check_bits_in(&h, L2_L1, TACET_WEIGHT, 16, 0);
  end(&h);
}

/* The same gated: all is sent, and takes its time. */
static void test_gate_at_l2(void **state) {
  (void)state;
  hand h;
  begin_two_rows(&h, false);
  run(&h);
  check_fills(&h, L2_L1, TACET_WEIGHT, 2, 6, 0);
  check_parent_reads(&h, L2_L1, TACET_WEIGHT, 2, 2, 0);
  check_bits_in(&h, L2_L1, TACET_WEIGHT, 32, 0);
  check_macs(&h, 2, 6, 0);
  check(h.counts.busiest, 4);
  check(h.counts.mean_slots, 4);

  h.accelerator.link[L2_L1].multicast = false;
  run(&h);
  check_parent_reads(&h, L2_L1, TACET_WEIGHT, 2, 6, 0);
  check_bits_in(&h, L2_L1, TACET_WEIGHT, 64, 0);
  end(&h);
}

/* X=4 S=2, a filter column a PE: PE 0 wants the inputs {0,1,2}, PE 1 {1,2,3}.
   PE 0's weight is zero: it skips its three, of which only 0 is nobody
   else's. Input 1 is zero, so no compressed transfer holds it. A coordinate
   takes a bit of one row and 2 bits of 3 or 4 columns. */
static void test_partly_skipped_multicast(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = conv(4, 2, 1);
  spatial(&nest, "S", 1, 2, 2);
  begin(&h, &nest);
  set_mask(&h, TACET_WEIGHT, "01");
  set_mask(&h, TACET_INPUT, "1011");
  add_rule(&h, AT_L2, true, TACET_INPUT, true, false);
  run(&h);
  check_fills(&h, L2_L1, TACET_INPUT, 3, 0, 3);
  check_parent_reads(&h, L2_L1, TACET_INPUT, 3, 0, 1);
  check_bits_in(&h, L2_L1, TACET_INPUT, 24, 0);
  check_fills(&h, L2_L1, TACET_WEIGHT, 2, 0, 0);
  check_macs(&h, 3, 0, 3);

  h.features.format[1][TACET_INPUT] = tacet_format_named(TACET_COO);
  h.features.format[2][TACET_INPUT] = tacet_format_named(TACET_COO);
  run(&h); /* {1,2,3} is sent */
  check_fills(&h, L2_L1, TACET_INPUT, 2, 0, 4);
  check_parent_reads(&h, L2_L1, TACET_INPUT, 2, 0, 2);
  check_bits_in(&h, L2_L1, TACET_INPUT, 16, 2 * 3);

  h.features.rule[0].skip = false;
  run(&h); /* {0,1,2,3} is */
  check_fills(&h, L2_L1, TACET_INPUT, 2, 2, 2);
  check_parent_reads(&h, L2_L1, TACET_INPUT, 2, 1, 1);
  check_bits_in(&h, L2_L1, TACET_INPUT, 24, 3 * 3);

  h.accelerator.link[L2_L1].multicast = false;
  run(&h); /* {0,1,2} and {1,2,3} are, two entries each */
  check_parent_reads(&h, L2_L1, TACET_INPUT, 2, 2, 2);
  check_bits_in(&h, L2_L1, TACET_INPUT, 32, 4 * 3);
  end(&h);
}

/* Two channels of X=5 S=2. */
static tacet_nest two_channels(void) {
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.C = 2;
  shape.X = 5;
  shape.S = 2;
  return nest_of(&shape);
}

/* A weight and an input a step: in a channel, inputs 0 1 2 3 for one weight
   and 1 2 3 4 for the other, 8 arrivals in one stay. Channel 0 has no
   weights. Of channel 1 the first is zero, too, but not the second. */
static void test_sliding_input_stays(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = two_channels();
  temporal(&nest, "C", 1, 2);
  temporal(&nest, "S", 1, 2);
  temporal(&nest, "Q", 1, 4);
  begin(&h, &nest);
  set_mask(&h, TACET_WEIGHT, "00 01");
  add_rule(&h, AT_L2, true, TACET_INPUT, true, false);
  run(&h);
  check_fills(&h, L2_L1, TACET_INPUT, 8, 0, 8);
  check_bits_in(&h, L2_L1, TACET_INPUT, 64, 0);
  check_macs(&h, 8, 0, 8);
  end(&h);
}

/* The weights of a channel stay while the window slides over its inputs:
     channel 0   0 0 0 0 1   zero but for the last window: they are wanted
     channel 1   0 0 0 0 0   they are not
   With the channels inside, a stay is a step, and only the last window of
   channel 0 wants its two weights, of 8 times 2. */
static void test_stay_of_weights(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = two_channels();
  temporal(&nest, "C", 1, 2);
  temporal(&nest, "Q", 1, 4);
  begin(&h, &nest);
  set_mask(&h, TACET_INPUT, "00001 00000");
  add_rule(&h, AT_L2, true, TACET_WEIGHT, false, true);
  run(&h);
  check_fills(&h, L2_L1, TACET_WEIGHT, 2, 0, 2);
  check_macs(&h, 8, 0, 8);
  end(&h);

  nest = two_channels();
  temporal(&nest, "Q", 1, 4);
  temporal(&nest, "C", 1, 2);
  begin(&h, &nest);
  set_mask(&h, TACET_INPUT, "00001 00000");
  add_rule(&h, AT_L2, true, TACET_WEIGHT, false, true);
  run(&h);
  check_fills(&h, L2_L1, TACET_WEIGHT, 2, 0, 14);
  check_macs(&h, 2, 0, 14);
  end(&h);
}

/* X=1 with a column of padding at each end and S=3, a filter column a PE:
   the outer two have nothing but padding, which is zero and never sent. */
static void test_padding(void **state) {
  (void)state;
  hand h;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.S = 3;
  shape.pad_before[1] = shape.pad_after[1] = 1;
  tacet_nest nest = nest_of(&shape);
  spatial(&nest, "S", 1, 3, 3);
  begin(&h, &nest);
  add_rule(&h, AT_COMPUTE, true, 0, false, true);
  run(&h);
  check_macs(&h, 1, 0, 2);
  check_split(&h.counts.l1_reads[TACET_WEIGHT], 3, 0, 0);
  check_split(&h.counts.l1_reads[TACET_INPUT], 3, 0, 0);
  check_fills(&h, L2_L1, TACET_WEIGHT, 3, 0, 0);
  check_fills(&h, L2_L1, TACET_INPUT, 1, 0, 0);

  h.features.rules = 0;
  add_rule(&h, AT_L2, true, TACET_WEIGHT, false, true);
  run(&h);
  check_macs(&h, 1, 0, 2);
  check_split(&h.counts.l1_reads[TACET_INPUT], 1, 0, 2);
  check_fills(&h, L2_L1, TACET_WEIGHT, 1, 0, 2);
  check_fills(&h, L2_L1, TACET_INPUT, 1, 0, 0);
  end(&h);
}

/* ---- errors ------------------------------------------------------------- */

static void check_refused(hand *h, tacet_status expected) {
  tacet_error error;
  assert_int_equal(tacet_execute_sparse(&h->counts, &h->timeline, &h->nest,
                                        &h->accelerator, &h->features,
                                        &h->sparsity, &error),
                   expected);
  assert_int_equal(error.status, expected);
}

static void test_refused(void **state) {
  (void)state;
  hand h;
  begin_dot_product(&h);
  h.sparsity.tensor[TACET_INPUT] = (tacet_zeros){.density = 0.5};
  check_refused(&h, TACET_BAD_INPUT); /* zeros, but nobody knows where */
  h.sparsity.tensor[TACET_INPUT] =
      (tacet_zeros){.density = 1, .mask = &h.mask[TACET_INPUT]};
  tacet_layer layer = *h.nest.layer;
  layer.tensor[TACET_INPUT].rank[2].size = 5;
  h.nest.layer = &layer;
  check_refused(&h, TACET_BAD_INPUT); /* a mask of 4 */
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_skip_at_l1),
      cmocka_unit_test(test_compute),
      cmocka_unit_test(test_skip_wins),
      cmocka_unit_test(test_skip_at_l2),
      cmocka_unit_test(test_gate_at_l2),
      cmocka_unit_test(test_partly_skipped_multicast),
      cmocka_unit_test(test_sliding_input_stays),
      cmocka_unit_test(test_stay_of_weights),
      cmocka_unit_test(test_padding),
      cmocka_unit_test(test_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
