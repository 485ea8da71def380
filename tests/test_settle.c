/* Formats as they serve one layer: the best of them by sizes made by hand, N:M
   that tiles cut, and the zeros that blocks store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "hand_sparse.h"

/* ---- best --------------------------------------------------------------- */

/* B[K,N] as one tile of 4096 values of 8 bits, n of them not zero. In bits:

   U        32768
   bitmask  4096 + 8n
   COO      (8 + k + c)n, k and c the bits of a row and of a column
   CSR      13(K + 1) + (8 + c)n: an offset is one of 0 .. 4096
   CSC      13(N + 1) + (8 + k)n
   RLC      (8 + 5)n, and 5 for 32 zeros in a row: gaps of g on average have
            q / (1 - q) of these, q = (1 - n/4096)^32 */
typedef struct choice {
  int64_t K, N, nonzeros;
  tacet_format_name best;
} choice;

static const choice choices[] = {
    {64, 64, 4000, TACET_UNCOMPRESSED}, /* bitmask takes 36096 */
    {64, 64, 3584, TACET_UNCOMPRESSED}, /* bitmask as much: the first */
    {64, 64, 3583, TACET_BITMASK},      /* 32760; RLC 46579 */
    {64, 64, 900, TACET_BITMASK},       /* 11296; RLC 11700 and more */
    {64, 64, 512, TACET_RLC},           /* 6656 + 36; CSR 8013, bitmask 8192 */
    {64, 64, 16, TACET_COO},            /* 320; CSR 1069, RLC 208 + 597 */
    {2, 2048, 45, TACET_CSR},           /* 39 + 855; COO 900, RLC 585 + 530 */
    {2048, 2, 45, TACET_CSC},           /* the same, turned */
    {2, 2048, 30, TACET_COO},           /* 600; CSR 39 + 570 */
};

static void best_is_the_smallest_by_hand(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
    const choice *c = &choices[i];
    tacet_nest nest = gemm(1, c->N, c->K);
    tacet_features used;
    tacet_error error;
    hand h;
    begin(&h, &nest);
    h.features.format[AT_L2][TACET_WEIGHT] = tacet_format_named(TACET_BEST);
    h.sparsity.tensor[TACET_WEIGHT].density = (double)c->nonzeros / 4096;
    assert_int_equal(tacet_features_for(&used, &h.features, &h.nest,
                                        &h.accelerator, &h.sparsity, &error),
                     TACET_OK);
    const tacet_format *chosen = &used.format[AT_L2][TACET_WEIGHT];
    if (chosen->name != c->best)
      fail_msg("%d non-zeros in %d x %d: %s, expected %s", (int)c->nonzeros,
               (int)c->K, (int)c->N, tacet_format_names[chosen->name],
               tacet_format_names[c->best]);
    end(&h);
  }
}

/* ---- N:M ---------------------------------------------------------------- */

static tacet_status settle_groups(int64_t size, int64_t tiles, int n,
                                  tacet_error *error) {
  tacet_nest nest = gemm(1, 1, 12);
  tacet_features used;
  hand h;
  begin(&h, &nest);
  temporal(&h.nest, "K", size, tiles);
  h.features.format[AT_L1][TACET_WEIGHT] = tacet_format_n_of_m(n, 4);
  h.sparsity.tensor[TACET_WEIGHT].density = 0.5;
  tacet_status status = tacet_features_for(&used, &h.features, &h.nest,
                                           &h.accelerator, &h.sparsity, error);
  end(&h);
  return status;
}

/* Of 2:4, tiles of 6 have a group and half of one, which may have both of its
   values in it; of tiles of 4 and 8 only the last is shorter. */
static void tiles_do_not_cut_groups(void **state) {
  (void)state;
  tacet_error error;
  assert_int_equal(settle_groups(4, 3, 2, &error), TACET_OK);
  assert_int_equal(settle_groups(8, 2, 2, &error), TACET_OK);
  assert_int_equal(settle_groups(6, 2, 2, &error), TACET_INFEASIBLE);
  assert_string_equal(error.message,
                      "B is 2:4 along K, and tiles of 6 cut its groups");
  assert_string_equal(error.hint, "map K by multiples of 4");
  assert_int_equal(settle_groups(3, 4, 2, &error), TACET_INFEASIBLE);
  assert_int_equal(settle_groups(6, 2, 4, &error), TACET_OK); /* all kept */
}

/* ---- stored zeros ------------------------------------------------------- */

/* B[4,4] in two blocks of 2x2, one with a value and one with two, of four:
   2 * 4 values of 8 bits are sent, and 3 are written and read. An offset is
   one of 0 .. 4 (3 bits, 3 of them), a column of blocks one of 2. */
static void zeros_of_blocks_cost_bits_but_no_access(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 4, 4);
  tacet_error error;
  hand h;
  begin(&h, &nest);
  h.features.format[AT_L2][TACET_WEIGHT] = tacet_format_bsr(2, 2);
  h.features.format[AT_L1][TACET_WEIGHT] = tacet_format_bsr(2, 2);
  set_mask(&h, TACET_WEIGHT, "1000 0000 0011 0000");
  run(&h);
  for (int reading = 0; reading < 2; reading++) {
    for (int b = DRAM_L2; b <= L2_L1; b++) {
      check_bits_in(&h, b, TACET_WEIGHT, 8 * 8, 3 * 3 + 2 * 1);
      check_fills(&h, b, TACET_WEIGHT, 3, 0, 13);
      check_parent_reads(&h, b, TACET_WEIGHT, 3, 0, 13);
    }
    assert_int_equal(tacet_read_sparse(&h.counts, &h.timeline, &h.nest,
                                       &h.accelerator, &h.features, &h.sparsity,
                                       &error),
                     TACET_OK);
  }
  end(&h);
}

/* Of 2:4 every group has two slots, whether they hold something or not. */
static void zeros_of_slots_cost_bits_but_no_access(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 1, 8);
  tacet_error error;
  hand h;
  begin(&h, &nest);
  h.features.format[AT_L2][TACET_WEIGHT] = tacet_format_n_of_m(2, 4);
  h.features.format[AT_L1][TACET_WEIGHT] = tacet_format_n_of_m(2, 4);
  set_mask(&h, TACET_WEIGHT, "0110 0001");
  run(&h);
  for (int reading = 0; reading < 2; reading++) {
    for (int b = DRAM_L2; b <= L2_L1; b++) {
      check_bits_in(&h, b, TACET_WEIGHT, 4 * 8, 4 * 2);
      check_fills(&h, b, TACET_WEIGHT, 3, 0, 5);
    }
    assert_int_equal(tacet_read_sparse(&h.counts, &h.timeline, &h.nest,
                                       &h.accelerator, &h.features, &h.sparsity,
                                       &error),
                     TACET_OK);
  }
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(best_is_the_smallest_by_hand),
      cmocka_unit_test(tiles_do_not_cut_groups),
      cmocka_unit_test(zeros_of_blocks_cost_bits_but_no_access),
      cmocka_unit_test(zeros_of_slots_cost_bits_but_no_access),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
