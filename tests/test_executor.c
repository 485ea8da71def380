/* The executor on nests small enough to count by hand; each test's comment
   does so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../dense/executor/executor.h"
#include "hand_nests.h"

/* ---- running and checking ----------------------------------------------- */

static tacet_activity run(const tacet_nest *nest,
                          const tacet_accelerator *accelerator) {
  tacet_activity activity;
  tacet_error error;
  assert_int_equal(
      tacet_execute(&activity, nest, accelerator, NULL, NULL, &error),
      TACET_OK);
  return activity;
}

static void check_operand(const tacet_activity *activity, int b, int t,
                          int64_t fills, int64_t parent_reads) {
  const tacet_traffic *traffic = &activity->traffic[b][t];
  assert_int_equal(traffic->fills, fills);
  assert_int_equal(traffic->parent_reads, parent_reads);
  assert_int_equal(traffic->drains, 0);
  assert_int_equal(traffic->updates, 0);
  assert_int_equal(traffic->partial_sum_reads, 0);
}

/* `returned`: words that came back from DRAM. */
static void check_output(const tacet_activity *activity, int b,
                         int64_t returned, int64_t drains, int64_t updates,
                         int64_t partial_sum_reads) {
  const tacet_traffic *traffic = &activity->traffic[b][TACET_OUTPUT];
  assert_int_equal(traffic->fills, returned);
  assert_int_equal(traffic->parent_reads, returned);
  assert_int_equal(traffic->drains, drains);
  assert_int_equal(traffic->updates, updates);
  assert_int_equal(traffic->partial_sum_reads, partial_sum_reads);
}

static void check_words(const int64_t *words, int64_t weight, int64_t input,
                        int64_t output) {
  assert_int_equal(words[TACET_WEIGHT], weight);
  assert_int_equal(words[TACET_INPUT], input);
  assert_int_equal(words[TACET_OUTPUT], output);
}

static void check_work(const tacet_activity *activity, int64_t steps,
                       int64_t macs, int64_t busiest, int64_t active_pes,
                       int64_t peak_active_pes) {
  assert_int_equal(activity->steps, steps);
  assert_int_equal(activity->macs, macs);
  assert_int_equal(activity->busiest, busiest);
  assert_int_equal(activity->active_pes, active_pes);
  assert_int_equal(activity->peak_active_pes, peak_active_pes);
}

/* The steps that a visit saw; it wants no more than `wanted`. */
typedef struct steps_seen {
  int count;
  int wanted;
  tacet_step_class step[16];
} steps_seen;

static bool see_step(const tacet_step_class *step, void *context) {
  steps_seen *seen = context;
  assert_true(seen->count < seen->wanted);
  seen->step[seen->count++] = *step;
  return seen->count < seen->wanted;
}

/* ---- by hand ------------------------------------------------------------ */

/* No loops: a single step that takes and computes everything. */
static void test_single_step(void **state) {
  (void)state;
  tacet_nest nest = gemm(2, 3, 4);
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 1, 24, 24, 1, 1);
  for (int b = 0; b < BOUNDARIES; b++) {
    check_operand(&activity, b, TACET_WEIGHT, 12, 12);
    check_operand(&activity, b, TACET_INPUT, 8, 8);
    check_output(&activity, b, 0, 6, 6, 0);
    check_words(activity.first_words[b], 12, 8, 0);
    assert_int_equal(activity.last_words[b], 6);
  }
  for (int s = 0; s < 3; s++) check_words(activity.footprint[s], 12, 8, 6);
}

/* One PE, an output a step, X=6 S=3: inputs {0,1,2} {1,2,3} {2,3,4} {3,4,5},
   of which 3, 1, 1, 1 are new. The three weights stay. */
static void test_sliding_halo(void **state) {
  (void)state;
  tacet_nest nest = conv(6, 3, 1);
  temporal(&nest, "Q", 1, 4);
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 4, 12, 12, 4, 1);
  for (int b = 0; b < BOUNDARIES; b++) {
    check_operand(&activity, b, TACET_WEIGHT, 3, 3);
    check_operand(&activity, b, TACET_INPUT, 6, 6);
    check_output(&activity, b, 0, 4, 4, 0);
    check_words(activity.first_words[b], 3, 3, 0);
    assert_int_equal(activity.last_words[b], 1);
    check_words(activity.footprint[b + 1], 3, 3, 1);
  }
  check_words(activity.footprint[0], 3, 6, 4);

  /* with L2's tiles outside the loop, DRAM sends and takes all at once */
  place_l2(&nest, 0);
  activity = run(&nest, &both);
  check_words(activity.first_words[DRAM_L2], 3, 6, 0);
  check_words(activity.first_words[L2_L1], 3, 3, 0);
  assert_int_equal(activity.last_words[DRAM_L2], 4);
  assert_int_equal(activity.last_words[L2_L1], 1);
  check_operand(&activity, DRAM_L2, TACET_INPUT, 6, 6);
  check_output(&activity, DRAM_L2, 0, 4, 4, 0);
  check_words(activity.footprint[1], 3, 6, 4);
}

/* The same on two PEs, an output each a fold.
     fold 0: {0,1,2} {1,2,3}: 6 fills, union of 4
     fold 1: {2,3,4} {3,4,5}: new {3,4} and {4,5}: 4 fills, union of 3
   Each PE takes the 3 weights once. */
static void test_multicast_halo(void **state) {
  (void)state;
  tacet_nest nest = conv(6, 3, 1);
  spatial(&nest, "Q", 1, 4, 2);
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 2, 12, 6, 4, 2);
  check_operand(&activity, L2_L1, TACET_WEIGHT, 6, 3);
  check_operand(&activity, L2_L1, TACET_INPUT, 10, 7);
  check_words(activity.first_words[L2_L1], 3, 4, 0);
  check_words(activity.footprint[2], 3, 3, 1);

  /* a read for every child */
  activity = run(&nest, &neither);
  check_operand(&activity, L2_L1, TACET_WEIGHT, 6, 6);
  check_operand(&activity, L2_L1, TACET_INPUT, 10, 10);
  check_words(activity.first_words[L2_L1], 6, 6, 0);

  /* L2's tile of a fold is that of both PEs: {0..3}, then {2..5} */
  check_operand(&activity, DRAM_L2, TACET_INPUT, 6, 6);
  check_words(activity.first_words[DRAM_L2], 3, 4, 0);
  check_words(activity.footprint[1], 3, 4, 2);
}

/* The steps of the above as a visit sees them, and the visit's right to have
   seen enough, which leaves the count alone. */
static void test_visit(void **state) {
  (void)state;
  tacet_nest nest = conv(6, 3, 1);
  spatial(&nest, "Q", 1, 4, 2);
  tacet_activity activity;
  tacet_error error;
  steps_seen seen = {.wanted = 16};
  assert_int_equal(
      tacet_execute(&activity, &nest, &both, see_step, &seen, &error),
      TACET_OK);
  assert_int_equal(seen.count, 2);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(seen.step[i].occurrences, 1);
    assert_int_equal(seen.step[i].macs, 6);
    assert_int_equal(seen.step[i].busiest, 3);
    assert_int_equal(seen.step[i].active_pes, 2);
  }
  check_words(seen.step[0].words_in, 3, 4, 0);
  check_words(seen.step[0].fills, 6, 6, 0);
  assert_int_equal(seen.step[0].words_out, 0);
  assert_int_equal(seen.step[0].drains, 0);
  check_words(seen.step[1].words_in, 0, 3, 0);
  check_words(seen.step[1].fills, 0, 4, 0);
  assert_int_equal(seen.step[1].words_out, 2);
  assert_int_equal(seen.step[1].drains, 2);
  assert_int_equal(activity.last_words[L2_L1], 2);

  seen = (steps_seen){.wanted = 1};
  assert_int_equal(
      tacet_execute(&activity, &nest, &both, see_step, &seen, &error),
      TACET_OK);
  assert_int_equal(seen.count, 1);
  assert_int_equal(activity.steps, 2);
}

/* N=3 on two PEs: in fold 1 PE 1 has no tile. Its output leaves then, with
   PE 0's first; PE 0's second leaves at the end. A's only element is taken
   by both PEs in fold 0 and kept. */
static void test_idle_edge(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 3, 1);
  spatial(&nest, "N", 1, 3, 2);
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 2, 3, 2, 3, 2);
  check_operand(&activity, L2_L1, TACET_WEIGHT, 3, 3);
  check_operand(&activity, L2_L1, TACET_INPUT, 2, 1);
  check_output(&activity, L2_L1, 0, 3, 3, 0);
  assert_int_equal(activity.last_words[L2_L1], 1);
}

/* N=7 in twos on two PEs: 2 and 2 MACs, then 2 and 1. */
static void test_short_tile(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 7, 1);
  spatial(&nest, "N", 2, 4, 2);
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 2, 7, 4, 4, 2);
  check_words(activity.footprint[2], 2, 1, 2);
  assert_int_equal(activity.last_words[L2_L1], 3);
}

/* M outside N, N=3 on two PEs. B of PE 0: n0 n2 n0 n2, always new. B of PE
   1: n1 - n1 -, kept through its idle step, so one fill: 5 in all. A: a new
   row for both at each m: 4 fills, 2 reads. Outputs leave as 2 1 2 | 1. */
static void test_operand_kept_while_idle(void **state) {
  (void)state;
  tacet_nest nest = gemm(2, 3, 1);
  temporal(&nest, "M", 1, 2);
  spatial(&nest, "N", 1, 3, 2);
  tacet_activity activity = run(&nest, &both);
  check_operand(&activity, L2_L1, TACET_WEIGHT, 5, 5);
  check_operand(&activity, L2_L1, TACET_INPUT, 4, 2);
  check_output(&activity, L2_L1, 0, 6, 6, 0);
}

/* K outside N, N=3 on two PEs, L2 holding all outputs.
     k0 fold 0: n0 n1
     k0 fold 1: n2 -    n0 and n1 (idle) leave
     k1 fold 0: n0 n1   n2 leaves
     k1 fold 1: n2 -    n0 and n1 leave: L2 has had both
     end                n2 leaves: L2 has had it
   PE 1 returns to the very element it had, and starts it from zero. */
static void test_output_leaves_when_idle(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 3, 2);
  temporal(&nest, "K", 1, 2);
  spatial(&nest, "N", 1, 3, 2);
  place_l2(&nest, 0);
  steps_seen seen = {.wanted = 16};
  tacet_activity activity;
  tacet_error error;
  assert_int_equal(
      tacet_execute(&activity, &nest, &both, see_step, &seen, &error),
      TACET_OK);
  check_output(&activity, L2_L1, 0, 6, 6, 3);
  check_output(&activity, DRAM_L2, 0, 3, 3, 0);
  static const int64_t drains[] = {0, 2, 1, 2};
  assert_int_equal(seen.count, 4);
  for (int i = 0; i < 4; i++) assert_int_equal(seen.step[i].drains, drains[i]);
  assert_int_equal(activity.last_words[L2_L1], 1);
}

/* One PE, K=3 outside N=2: the output alternates n0 n1 n0 n1 n0 n1, so L2
   gets 6 updates, of which the first of each element reads nothing. */
static void test_partial_sums(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 2, 3);
  temporal(&nest, "K", 1, 3);
  temporal(&nest, "N", 1, 2);
  place_l2(&nest, 0);
  tacet_activity activity = run(&nest, &both);
  check_output(&activity, L2_L1, 0, 6, 6, 4);
  check_output(&activity, DRAM_L2, 0, 2, 2, 0);

  /* inside K alone L2's tile is still {n0, n1} for each k: one stay */
  nest.position[1][TACET_OUTPUT] = 1;
  activity = run(&nest, &both);
  check_output(&activity, L2_L1, 0, 6, 6, 4);
  check_output(&activity, DRAM_L2, 0, 2, 2, 0);

  /* N outside K: an element stays in the PE until it is done */
  nest = gemm(1, 2, 3);
  temporal(&nest, "N", 1, 2);
  temporal(&nest, "K", 1, 3);
  activity = run(&nest, &both);
  check_output(&activity, L2_L1, 0, 2, 2, 0);
  check_output(&activity, DRAM_L2, 0, 2, 2, 0);
}

/* The same with L2's output tile inside both loops: one element, which goes
   to DRAM each time (6) and returns each time but the first (6 - 2). Every
   stay in L2 gets a single update, which reads nothing: the element reaches
   L2 before L2 lets it go. */
static void test_outputs_return_from_dram(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 2, 3);
  temporal(&nest, "K", 1, 3);
  temporal(&nest, "N", 1, 2);
  tacet_activity activity = run(&nest, &both);
  check_output(&activity, L2_L1, 0, 6, 6, 0);
  check_output(&activity, DRAM_L2, 4, 6, 6, 0);
  check_words(activity.first_words[DRAM_L2], 1, 1, 0);
  check_words(activity.footprint[1], 1, 1, 1);
  assert_int_equal(activity.last_words[DRAM_L2], 1);
}

/* M=2 outside K=4 on two PEs. Both PEs hold m0 for two folds, then m1: 2
   drains each time. With reduction 1 update each; without, the second PE's
   update reads what the first one's left. */
static void test_reduction(void **state) {
  (void)state;
  tacet_nest nest = gemm(2, 1, 4);
  temporal(&nest, "M", 1, 2);
  spatial(&nest, "K", 1, 4, 2);
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 4, 8, 4, 8, 2);
  check_output(&activity, L2_L1, 0, 4, 2, 0);
  assert_int_equal(activity.last_words[L2_L1], 1);

  activity = run(&nest, &neither);
  check_output(&activity, L2_L1, 0, 4, 4, 2);
  assert_int_equal(activity.last_words[L2_L1], 2);
  check_output(&activity, DRAM_L2, 0, 2, 2, 0);
}

/* X=9 S=2 stride 3: outputs read {0,1} {3,4} {6,7}; tiles of two outputs
   hold {0,1,3,4}, then {6,7}. Inputs 2, 5 and 8 are used by nobody. */
static void test_stride_holes(void **state) {
  (void)state;
  tacet_nest nest = conv(9, 2, 3);
  temporal(&nest, "Q", 2, 2);
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 2, 6, 6, 2, 1);
  check_operand(&activity, L2_L1, TACET_INPUT, 6, 6);
  check_operand(&activity, DRAM_L2, TACET_INPUT, 6, 6);
  check_words(activity.footprint[0], 2, 9, 3);
  check_words(activity.footprint[1], 2, 4, 2);
  check_words(activity.footprint[2], 2, 4, 2);
}

/* The same, where L2 alone takes what lies between: of tiles of two outputs
   {0..4} and {6,7}, of all outputs {0..7}; and where L1 does, both do. */
static void test_contiguous_tiles(void **state) {
  (void)state;
  tacet_nest nest = conv(9, 2, 3);
  temporal(&nest, "Q", 2, 2);
  nest.contiguous[1] = true;
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 2, 6, 6, 2, 1);
  check_operand(&activity, DRAM_L2, TACET_INPUT, 7, 7);
  check_operand(&activity, L2_L1, TACET_INPUT, 6, 6);
  check_words(activity.footprint[1], 2, 5, 2);
  check_words(activity.footprint[2], 2, 4, 2);
  nest.contiguous[2] = true;
  place_l2(&nest, 0);
  activity = run(&nest, &both);
  check_operand(&activity, DRAM_L2, TACET_INPUT, 8, 8);
  check_operand(&activity, L2_L1, TACET_INPUT, 7, 7);
  check_words(activity.footprint[1], 2, 8, 3);
  check_words(activity.footprint[2], 2, 5, 2);
}

/* X=5 S=1 stride 3, one of padding before: outputs read {} and {2}. From the
   padding to 2 lie 0 and 1. Two units with an output each hold nothing
   between their own, but L2 does. */
static void test_contiguous_to_padding(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.X = 5;
  shape.stride[1] = 3;
  shape.pad_before[1] = 1;
  tacet_nest nest = nest_of(&shape);
  spatial(&nest, "Q", 1, 2, 2);
  nest.contiguous[1] = nest.contiguous[2] = true;
  tacet_activity activity = run(&nest, &both);
  check_operand(&activity, DRAM_L2, TACET_INPUT, 3, 3);
  check_operand(&activity, L2_L1, TACET_INPUT, 1, 1);
  check_words(activity.footprint[1], 1, 3, 2);
}

/* X=4 S=3, one of padding each side: {0,1} {0,1,2} {1,2,3} {2,3}, of which
   2, 1, 1, 0 are new, in each of two channels. MACs on padding are MACs. */
static void test_padding_is_clipped(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.C = 2;
  shape.X = 4;
  shape.S = 3;
  shape.pad_before[1] = shape.pad_after[1] = 1;
  tacet_nest nest = nest_of(&shape);
  temporal(&nest, "Q", 1, 4);
  steps_seen seen = {.wanted = 16};
  tacet_activity activity;
  tacet_error error;
  assert_int_equal(
      tacet_execute(&activity, &nest, &both, see_step, &seen, &error),
      TACET_OK);
  check_work(&activity, 4, 24, 24, 4, 1);
  check_operand(&activity, L2_L1, TACET_INPUT, 8, 8);
  static const int64_t words_in[] = {4, 2, 2, 0};
  for (int i = 0; i < 4; i++)
    assert_int_equal(seen.step[i].words_in[TACET_INPUT], words_in[i]);
}

/* X=1 S=1, one of padding behind: {0}, then nothing but padding. That PE is
   not idle: it takes the empty tile, and the next channel fetches 0 anew. */
static void test_tile_of_padding_is_not_idle(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.K = 2;
  shape.pad_after[1] = 1;
  tacet_nest nest = nest_of(&shape);
  temporal(&nest, "K", 1, 2);
  temporal(&nest, "Q", 1, 2);
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 4, 4, 4, 4, 1);
  check_operand(&activity, L2_L1, TACET_INPUT, 2, 2);
  check_output(&activity, L2_L1, 0, 4, 4, 0);
}

/* N=5 on two PEs outside M=2; each tensor has its own place in L2.
   B inside N: {n0,n1} {n2,n3} {n4}. A inside both: m0 m1 in each fold, 6
   words. Z outside both: all 10 elements, drained at the end. */
static void test_positions_of_l2(void **state) {
  (void)state;
  tacet_nest nest = gemm(2, 5, 1);
  spatial(&nest, "N", 1, 5, 2);
  temporal(&nest, "M", 1, 2);
  nest.position[1][TACET_WEIGHT] = 1;
  nest.position[1][TACET_INPUT] = 2;
  nest.position[1][TACET_OUTPUT] = 0;
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 6, 10, 6, 10, 2);
  check_words(activity.footprint[1], 2, 1, 10);
  check_operand(&activity, DRAM_L2, TACET_WEIGHT, 5, 5);
  check_operand(&activity, DRAM_L2, TACET_INPUT, 6, 6);
  check_output(&activity, DRAM_L2, 0, 10, 10, 0);
  check_words(activity.first_words[DRAM_L2], 2, 1, 0);
  assert_int_equal(activity.last_words[DRAM_L2], 10);

  /* inside both loops Z's tile is that of both PEs: 2 2 2 2 1 1 */
  nest.position[1][TACET_OUTPUT] = 2;
  activity = run(&nest, &both);
  check_words(activity.footprint[1], 2, 1, 2);
  check_output(&activity, DRAM_L2, 0, 10, 10, 0);
  assert_int_equal(activity.last_words[DRAM_L2], 1);
}

/* K=5 in threes, those in twos: [0,2) [2,3) [3,5), and no fourth step. */
static void test_tiled_twice(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 1, 5);
  temporal(&nest, "K", 3, 2);
  temporal(&nest, "K", 2, 2);
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 3, 5, 5, 3, 1);
  check_operand(&activity, L2_L1, TACET_WEIGHT, 5, 5);
  check_words(activity.footprint[2], 2, 2, 1);
}

/* Two cluster levels: PE (q,s) computes output q with weight s from input
   q+s. One step: inputs 0, 1 (twice) and 2; weights 0 and 1 twice each;
   outputs 0 and 1 from two PEs each. */
static void test_diagonal_of_clusters(void **state) {
  (void)state;
  tacet_nest nest = conv(3, 2, 1);
  spatial(&nest, "Q", 1, 2, 2);
  spatial(&nest, "S", 1, 2, 2);
  tacet_activity activity = run(&nest, &both);
  check_work(&activity, 1, 4, 1, 4, 4);
  check_operand(&activity, L2_L1, TACET_WEIGHT, 4, 2);
  check_operand(&activity, L2_L1, TACET_INPUT, 4, 3);
  check_output(&activity, L2_L1, 0, 4, 2, 0);

  activity = run(&nest, &neither);
  check_operand(&activity, L2_L1, TACET_INPUT, 4, 4);
  check_output(&activity, L2_L1, 0, 4, 4, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_single_step),
      cmocka_unit_test(test_sliding_halo),
      cmocka_unit_test(test_multicast_halo),
      cmocka_unit_test(test_visit),
      cmocka_unit_test(test_idle_edge),
      cmocka_unit_test(test_short_tile),
      cmocka_unit_test(test_operand_kept_while_idle),
      cmocka_unit_test(test_output_leaves_when_idle),
      cmocka_unit_test(test_partial_sums),
      cmocka_unit_test(test_outputs_return_from_dram),
      cmocka_unit_test(test_reduction),
      cmocka_unit_test(test_stride_holes),
      cmocka_unit_test(test_contiguous_tiles),
      cmocka_unit_test(test_contiguous_to_padding),
      cmocka_unit_test(test_padding_is_clipped),
      cmocka_unit_test(test_tile_of_padding_is_not_idle),
      cmocka_unit_test(test_positions_of_l2),
      cmocka_unit_test(test_tiled_twice),
      cmocka_unit_test(test_diagonal_of_clusters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
