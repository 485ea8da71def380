/* How the sparse executor issues MACs and when its PEs wait, on nests small
   enough to count by hand; each test's comment does so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "hand_sparse.h"

/* L1 takes no time, so that compute is the slots'. */
static void begin_issue(hand *h, const tacet_nest *nest) {
  begin(h, nest);
  h->accelerator.l1_bandwidth = 0;
}

static void set_vector(hand *h, int64_t width, const char *along) {
  tacet_issue *issue = &h->accelerator.issue;
  issue->kind = TACET_ISSUE_VECTOR;
  issue->width = width;
  for (int t = 0; t < TACET_LAYER_TYPES; t++)
    snprintf(issue->along[t], sizeof issue->along[t], "%s", along);
}

static void set_outer(hand *h, int64_t weights, int64_t inputs) {
  h->accelerator.issue = (tacet_issue){
      .kind = TACET_ISSUE_OUTER, .weights = weights, .inputs = inputs};
}

static void check_slots(hand *h, double slots) {
  run(h);
  check(h->counts.busiest, slots);
  check(h->timeline.compute, slots);
}

/* ---- vectors ------------------------------------------------------------ */

/* A = 1 0 1 1 0 1 1   5 of 7 are not zero: in pairs 3 slots, of all 7 4
       0 0 0 0 0 1 1   2                         1,           4
   Along M the columns have 1 0 1 1 0 2 2 of 2: 5 slots, or 7. */
static void begin_vectors(hand *h) {
  tacet_nest nest = gemm(2, 1, 7);
  begin_issue(h, &nest);
  set_mask(h, TACET_INPUT, "1011011 0000011");
}

static void test_vector(void **state) {
  (void)state;
  hand h;
  begin_vectors(&h);
  set_vector(&h, 2, "K");
  check_slots(&h, 4 + 4);
  add_rule(&h, AT_L1, true, TACET_WEIGHT, false, true);
  check_slots(&h, 3 + 1);
  check(h.counts.mean_slots, 7 / 2.);
  check_macs(&h, 7, 0, 7);
  set_vector(&h, 2, "M");
  check_slots(&h, 5);
  set_vector(&h, 3, "K");
  check_slots(&h, 2 + 1);
  check(h.counts.mean_slots, 7 / 3.);
  set_vector(&h, 1, "M");
  check_slots(&h, 7);
  set_vector(&h, 2, "N"); /* of size 1: half of each vector is lost */
  check_slots(&h, 7);
  end(&h);
}

static void test_gated_vector(void **state) {
  (void)state;
  hand h;
  begin_vectors(&h);
  set_vector(&h, 2, "M");
  add_rule(&h, AT_COMPUTE, false, 0, false, true);
  check_slots(&h, 7);
  check_macs(&h, 7, 7, 0);
  check(h.counts.mean_slots, 14 / 2.);
  h.accelerator.lanes = 2;
  run(&h);
  check(h.counts.busiest, 7);
  check(h.timeline.compute, 4);
  end(&h);
}

/* K in tiles of 3, 3 and 1: each ends its vectors. */
static void test_vector_of_tiles(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = gemm(1, 1, 7);
  temporal(&nest, "K", 3, 3);
  begin_issue(&h, &nest);
  set_vector(&h, 2, "K");
  check_slots(&h, 2 + 2 + 1);
  end(&h);
}

static void test_no_such_dimension(void **state) {
  (void)state;
  hand h;
  begin_vectors(&h);
  set_vector(&h, 2, "Q");
  tacet_error error;
  assert_int_equal(tacet_execute_sparse(&h.counts, &h.timeline, &h.nest,
                                        &h.accelerator, &h.features,
                                        &h.sparsity, &error),
                   TACET_INFEASIBLE);
  end(&h);
}

/* ---- outer products ----------------------------------------------------- */

/* A = 1 0   B = 1 1   column 0 of A has 3 values for the 2 of row 0 of B,
       1 1       0 1   column 1       1               1    row 1
       1 0                                                             */
static void begin_products(hand *h) {
  tacet_nest nest = gemm(3, 2, 2);
  begin_issue(h, &nest);
  set_mask(h, TACET_INPUT, "10 11 10");
  set_mask(h, TACET_WEIGHT, "11 01");
}

static void test_outer(void **state) {
  (void)state;
  hand h;
  begin_products(&h);
  set_outer(&h, 2, 2);
  check_slots(&h, 1 * 2 + 1 * 2); /* zeros, too */
  add_rule(&h, AT_L1, true, TACET_WEIGHT, false, true);
  check_slots(&h, 1 * 2 + 1 * 1);
  check_macs(&h, 8, 0, 4);
  check(h.counts.mean_slots, 8 / 4.);
  set_outer(&h, 1, 2);
  check_slots(&h, 2 * 2 + 2 * 1); /* B's zero is one of row 1 */
  add_rule(&h, AT_COMPUTE, true, 0, true, false);
  check_slots(&h, 2 * 2 + 1 * 1);
  set_outer(&h, 1, 1);
  check_slots(&h, 2 * 3 + 1 * 1); /* the MACs that are not zero */
  check_macs(&h, 7, 0, 5);
  end(&h);
}

/* Gates do not free a slot, and skips above L1 free all or none. */
static void test_outer_without_skip_inside(void **state) {
  (void)state;
  hand h;
  begin_products(&h);
  set_outer(&h, 2, 2);
  add_rule(&h, AT_COMPUTE, false, 0, true, true);
  check_slots(&h, 4);
  h.features.rules = 0;
  add_rule(&h, AT_L2, true, TACET_WEIGHT, false, true);
  check_slots(&h, 4);
  set_mask(&h, TACET_INPUT, "00 00 00");
  check_slots(&h, 0);
  h.features.rule[0].skip = false;
  check_slots(&h, 4);
  end(&h);
}

/* X=2 S=2 and a column of padding at each end: two weights for the columns
   - 0 1 -, of which padding is skipped if the input's zeros are. Two channels
   do it twice. */
static void test_outer_padding(void **state) {
  (void)state;
  hand h;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.C = 2;
  shape.X = shape.S = 2;
  shape.pad_before[1] = shape.pad_after[1] = 1;
  tacet_nest nest = nest_of(&shape);
  begin_issue(&h, &nest);
  set_outer(&h, 2, 3);
  check_slots(&h, 2 * (1 * 2));
  add_rule(&h, AT_COMPUTE, true, 0, true, false);
  check_slots(&h, 2 * (1 * 2));
  add_rule(&h, AT_L1, true, TACET_WEIGHT, false, true);
  check_slots(&h, 2 * (1 * 1));
  set_mask(&h, TACET_WEIGHT, "11 00");
  check_slots(&h, 1 * 1);
  end(&h);
}

/* Columns are counted once: with a stride of 2, 3 of 5 for one filter column
   and 6 of 6 for two; with a stride of 1, 4 of 4 for two. */
static void test_outer_windows(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = conv(5, 1, 2);
  begin_issue(&h, &nest);
  set_outer(&h, 1, 3);
  check_slots(&h, 1);
  end(&h);

  nest = conv(6, 2, 2);
  begin_issue(&h, &nest);
  set_outer(&h, 1, 3);
  check_slots(&h, 2 * 2);
  end(&h);

  nest = conv(4, 2, 1);
  begin_issue(&h, &nest);
  set_outer(&h, 1, 4);
  check_slots(&h, 2);
  end(&h);
}

/* ---- waiting ------------------------------------------------------------ */

/* A row of A a PE, two steps of K=2, MACs on zeros of A skipped:
     A = 1 1 | 0 0    PE 0: 2 slots, then none
         0 0 | 1 0    PE 1: none, then 1
   A skipped MAC reads A, 1 access; the others make 3 more. PE 0 has 8 and 2
   of them, PE 1 has 2 and 5. */
static void test_sync(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = gemm(2, 1, 4);
  spatial(&nest, "M", 1, 2, 2);
  temporal(&nest, "K", 2, 2);
  begin_issue(&h, &nest);
  set_mask(&h, TACET_INPUT, "1100 0010");
  add_rule(&h, AT_L1, true, TACET_WEIGHT, false, true);
  check_slots(&h, 2 + 1);
  const tacet_timeline stepwise = h.timeline;
  check(h.counts.mean_slots, 1.5);

  h.accelerator.sync.kind = TACET_SYNC_END;
  check_slots(&h, 2);
  check(h.counts.mean_slots, 1.5);
  check(h.timeline.in, stepwise.in);
  check(h.timeline.out, stepwise.out);
  check(h.timeline.steps, h.timeline.compute + h.timeline.in + h.timeline.out);

  h.accelerator.l1_bandwidth = 1;
  run(&h);
  check(h.timeline.compute, 8 + 2);
  h.accelerator.sync.kind = TACET_SYNC_STEP;
  run(&h);
  check(h.timeline.compute, 8 + 5);
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_vector),
      cmocka_unit_test(test_gated_vector),
      cmocka_unit_test(test_vector_of_tiles),
      cmocka_unit_test(test_no_such_dimension),
      cmocka_unit_test(test_outer),
      cmocka_unit_test(test_outer_without_skip_inside),
      cmocka_unit_test(test_outer_padding),
      cmocka_unit_test(test_outer_windows),
      cmocka_unit_test(test_sync),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
