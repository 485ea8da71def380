/* The bits of compressed transfers, in the sparse executor, on nests small
   enough to count by hand; each test's comment does so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "hand_sparse.h"

/* ---- from L2 to the PEs ------------------------------------------------- */

/* A[3,4], all at once, with 5 values. An offset is one of 0..12: 4 bits; a
   row one of 3 and a column one of 4: 2 bits each. */
static void test_format_bits(void **state) {
  (void)state;
  static const struct {
    tacet_format_name format;
    double metadata;
  } rows[] = {
      {TACET_BITMASK, 12},
      {TACET_CSR, (3 + 1) * 4 + 5 * 2},
      {TACET_CSC, (4 + 1) * 4 + 5 * 2},
      {TACET_COO, 5 * (2 + 2)},
      {TACET_RLC, 5 * 5},
  };
  hand h;
  tacet_nest nest = gemm(3, 1, 4);
  begin(&h, &nest);
  set_mask(&h, TACET_INPUT, "1000 0110 0011");
  run(&h);
  check_fills(&h, L2_L1, TACET_INPUT, 12, 0, 0);
  check_bits_in(&h, L2_L1, TACET_INPUT, 96, 0);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    h.features.format[2][TACET_INPUT] = tacet_format_named(rows[i].format);
    run(&h);
    check_fills(&h, L2_L1, TACET_INPUT, 5, 0, 7);
    check_parent_reads(&h, L2_L1, TACET_INPUT, 12, 0, 0); /* L2 has zeros */
    check_bits_in(&h, L2_L1, TACET_INPUT, 40, rows[i].metadata);
    check_bits_in(&h, DRAM_L2, TACET_INPUT, 96, 0);
  }

  set_mask(&h, TACET_INPUT, "0000 0000 0000"); /* the grid is there */
  h.features.format[2][TACET_INPUT] = tacet_format_named(TACET_CSR);
  run(&h);
  check_fills(&h, L2_L1, TACET_INPUT, 0, 0, 12);
  check_bits_in(&h, L2_L1, TACET_INPUT, 0, 16);
  end(&h);
}

/* A run of 31 zeros fits 5 bits; of 32, it takes an entry of value zero in
   between. Zeros before the three values: 3, 31, 32; one after them. */
static void test_rlc_overflow(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = gemm(1, 1, 70);
  begin(&h, &nest);
  set_mask(&h, TACET_INPUT,
           "0001 0000000000000000000000000000000 1"
           "     00000000000000000000000000000000 1 0");
  h.features.format[2][TACET_INPUT] = tacet_format_named(TACET_RLC);
  run(&h);
  check_fills(&h, L2_L1, TACET_INPUT, 3, 0, 67);
  check_bits_in(&h, L2_L1, TACET_INPUT, 4 * 8, 4 * 5);
  end(&h);
}

/* Y=3 R=2, X=5 S=2: windows of 2x3 inputs, two steps a row of outputs.
     (0,0) rows 01, columns 012               6 new on a grid of 6
     (0,1) rows 01, columns  34 of 234        4             on 4
     (1,0) rows 12, columns 012, but (1,2)    5             on 6
     (1,1) rows 12, columns  34 of 234        4             on 4
   The last input is zero, that it may be compressed. A stride of 2 leaves out
   columns, which are not in the grid: 0, 2, 4. */
static void test_smallest_grid(void **state) {
  (void)state;
  hand h;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.Y = 3;
  shape.X = 5;
  shape.R = shape.S = 2;
  tacet_nest nest = nest_of(&shape);
  temporal(&nest, "P", 1, 2);
  temporal(&nest, "Q", 2, 2);
  begin(&h, &nest);
  set_mask(&h, TACET_INPUT, "11111 11111 11110");
  h.features.format[2][TACET_INPUT] = tacet_format_named(TACET_BITMASK);
  run(&h);
  check_fills(&h, L2_L1, TACET_INPUT, 18, 0, 1);
  check_bits_in(&h, L2_L1, TACET_INPUT, 18 * 8, 20);
  h.features.format[2][TACET_INPUT] = tacet_format_named(TACET_RLC);
  run(&h); /* (1,2) is a zero of its grid */
  check_bits_in(&h, L2_L1, TACET_INPUT, 18 * 8, 18 * 5);
  end(&h);

  nest = conv(5, 1, 2);
  begin(&h, &nest);
  set_mask(&h, TACET_INPUT, "10111");
  h.features.format[2][TACET_INPUT] = tacet_format_named(TACET_BITMASK);
  run(&h);
  check_bits_in(&h, L2_L1, TACET_INPUT, 3 * 8, 3);
  end(&h);
}

/* ---- to and from DRAM --------------------------------------------------- */

/* B = 1 0   a column a step. In CSC from DRAM: two offsets of 0..2, 2 bits
       0 1   each, and a row, 1 bit. L2 expands them, and sends the zeros on. */
static void test_operands_from_dram(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = gemm(1, 2, 2);
  temporal(&nest, "N", 1, 2);
  begin(&h, &nest);
  set_mask(&h, TACET_WEIGHT, "10 01");
  h.features.format[1][TACET_WEIGHT] = tacet_format_named(TACET_CSC);
  run(&h);
  check_fills(&h, DRAM_L2, TACET_WEIGHT, 4, 0, 0);
  check_parent_reads(&h, DRAM_L2, TACET_WEIGHT, 2, 0, 2);
  check_bits_in(&h, DRAM_L2, TACET_WEIGHT, 2 * 8, 2 * (2 * 2 + 1));
  check(h.counts.first_bits[DRAM_L2][TACET_WEIGHT], 8 + 5);
  check(h.counts.first_bits[DRAM_L2][TACET_INPUT], 2 * 8); /* all of A */
  check_fills(&h, L2_L1, TACET_WEIGHT, 4, 0, 0);
  check_bits_in(&h, L2_L1, TACET_WEIGHT, 32, 0);
  end(&h);
}

static void check_outputs_to_dram(const hand *h, double actual, double skipped,
                                  double payload, double metadata) {
  const tacet_flow *flow = &h->counts.flow[DRAM_L2][TACET_OUTPUT];
  check_split(&flow->drains, actual, 0, skipped);
  check_split(&flow->updates, actual, 0, skipped);
  check(flow->payload_bits_out, payload);
  check(flow->metadata_bits_out, metadata);
}

/* Z[2,2] with K outside N, and a column of Z in L2 at a time: each leaves as
   partial sums, returns, and leaves finished; 2 words of 16 bits each time.
   Of finished words a quarter is expected not to be zero: 0.5 a column. */
static void test_outputs_to_dram(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = gemm(2, 2, 2);
  temporal(&nest, "K", 1, 2);
  temporal(&nest, "N", 1, 2);
  begin(&h, &nest);
  h.sparsity.tensor[TACET_OUTPUT].density = 0.25;
  run(&h);
  check_outputs_to_dram(&h, 8, 0, 8 * 16, 0);

  h.features.format[0][TACET_OUTPUT] = tacet_format_named(TACET_BITMASK);
  run(&h);
  check_outputs_to_dram(&h, 4 + 1, 3, (4 + 1) * 16, 2 * 2);
  check_fills(&h, DRAM_L2, TACET_OUTPUT, 4, 0, 0);
  check_parent_reads(&h, DRAM_L2, TACET_OUTPUT, 4, 0, 0);
  check_bits_in(&h, DRAM_L2, TACET_OUTPUT, 4 * 16, 0);
  check(h.counts.last_bits[DRAM_L2], 0.5 * 16 + 2);
  check_split(&h.counts.flow[L2_L1][TACET_OUTPUT].updates, 8, 0, 0);
  check(h.counts.last_bits[L2_L1], 2 * 16);

  h.features.format[0][TACET_OUTPUT] = tacet_format_named(TACET_RLC);
  run(&h);
  check_outputs_to_dram(&h, 4 + 1, 3, (4 + 1) * 16, 1 * 5);
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_format_bits),
      cmocka_unit_test(test_rlc_overflow),
      cmocka_unit_test(test_smallest_grid),
      cmocka_unit_test(test_operands_from_dram),
      cmocka_unit_test(test_outputs_to_dram),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
