/* Operand registers: the order of a PE's MACs, hand-made counts of what L1
   still serves, with zeros too, and expectations beside drawn masks. The
   executors judge the rest (test_activity, test_sparse, prove). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "hand_sparse.h"

/* ---- the order of MACs -------------------------------------------------- */

static void map(tacet_dataflow *flow, tacet_directive_kind kind, int64_t size,
                const char *dim) {
  tacet_directive *d = &flow->directive[flow->directives++];
  *d = (tacet_directive){.kind = kind};
  d->size.number = d->offset.number = size;
  strcpy(d->dim, dim);
}

static void last_names_decide(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.K = shape.C = 4;
  shape.Y = shape.X = 6;
  shape.R = shape.S = 3;
  tacet_nest nest = nest_of(&shape);
  tacet_accelerator accelerator = both;
  tacet_dataflow flow = {.directives = 0};
  tacet_error error;
  accelerator.pes = 2;
  map(&flow, TACET_TEMPORAL_MAP, 2, "K");
  map(&flow, TACET_TEMPORAL_MAP, 3, "R");
  map(&flow, TACET_TEMPORAL_MAP, 6, "Y");
  map(&flow, TACET_CLUSTER, 2, "");
  map(&flow, TACET_SPATIAL_MAP, 1, "C");
  map(&flow, TACET_TEMPORAL_MAP, 1, "K");
  assert_int_equal(tacet_bind(&nest, nest.layer, &flow, &accelerator, &error),
                   TACET_OK);
  int order[TACET_MAX_DIMS];
  tacet_mac_order(order, &nest);
  static const char *const expected[] = {"N", "G", "Q", "S",
                                         "R", "P", "C", "K"};
  for (int i = 0; i < nest.layer->dims; i++)
    assert_string_equal(nest.layer->dim[order[i]].name, expected[i]);
}

/* ---- without zeros ------------------------------------------------------ */

/* All three registers; the reads of A, of B and of partial sums of Z. */
static void check_reads(const tacet_nest *nest, int64_t a, int64_t b,
                        int64_t z) {
  tacet_accelerator accelerator = both;
  tacet_activity activity;
  tacet_error error;
  for (int t = 0; t < TACET_TENSORS; t++) accelerator.registers[t] = true;
  assert_int_equal(tacet_activity_totals(&activity, nest, &accelerator, &error),
                   TACET_OK);
  assert_int_equal(activity.l1_reads[TACET_INPUT], a);
  assert_int_equal(activity.l1_reads[TACET_WEIGHT], b);
  assert_int_equal(activity.l1_reads[TACET_OUTPUT], z);
}

static void name(tacet_nest *nest, const char *dim, int place) {
  nest->named[tacet_layer_dim(nest->layer, dim)] = (signed char)place;
}

static void holds_within_a_step(void **state) {
  (void)state;
  tacet_nest nest = gemm(2, 3, 4);
  check_reads(&nest, 24, 24, 6); /* M, N, K: a sum stays during K */
  name(&nest, "K", 1);
  name(&nest, "N", 2);
  check_reads(&nest, 8, 24, 24); /* M, K, N: A stays during N */
  name(&nest, "M", 3);
  check_reads(&nest, 24, 12, 24); /* K, N, M: B stays during M */
}

static void holds_from_step_to_step(void **state) {
  (void)state;
  tacet_nest nest = gemm(2, 3, 4);
  temporal(&nest, "M", 1, 2);
  temporal(&nest, "K", 1, 4);
  temporal(&nest, "N", 1, 3);
  check_reads(&nest, 8, 24, 24);
  nest = gemm(2, 3, 4);
  temporal(&nest, "K", 1, 4);
  temporal(&nest, "N", 1, 3);
  check_reads(&nest, 24, 12, 24); /* two elements of A in turn, one of B */
}

/* Unit 1 pauses in every second step: its partial sum leaves L1, its operands
   stay. Unit 0: 4 of A, 8 of B, 8 of Z; unit 1: 4, 4, 4. */
static void loses_sums_in_a_pause(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 3, 4);
  temporal(&nest, "K", 1, 4);
  spatial(&nest, "N", 1, 3, 2);
  check_reads(&nest, 8, 12, 12);
}

static void needs_less_bandwidth(void **state) {
  (void)state;
  tacet_nest nest = gemm(2, 3, 4);
  tacet_accelerator accelerator = both;
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  accelerator.lanes = accelerator.word_bits = 1;
  accelerator.l1_bandwidth = 2;
  accelerator.link[0].bandwidth = accelerator.link[1].bandwidth = 1;
  assert_int_equal(
      tacet_read_dense(&counts, &timeline, &nest, &accelerator, &error),
      TACET_OK);
  assert_true(timeline.compute == 48); /* 4 x 24 accesses, 2 a cycle */
  accelerator.registers[TACET_OUTPUT] = true;
  assert_int_equal(
      tacet_read_dense(&counts, &timeline, &nest, &accelerator, &error),
      TACET_OK);
  assert_true(timeline.compute == 30); /* 2 x 24 and 2 x 6 */
  assert_true(counts.l1_writes.actual == 6);
}

/* ---- with zeros --------------------------------------------------------- */

/* One element of A for four MACs; `skip` or gate its read where the element of
   B is zero. */
static void run_row(hand *h, const char *weights, bool skip) {
  tacet_nest nest = gemm(1, 4, 1);
  begin(h, &nest);
  h->accelerator.registers[TACET_INPUT] = true;
  set_mask(h, TACET_WEIGHT, weights);
  add_rule(h, AT_L1, skip, TACET_INPUT, true, false);
  run(h);
}

static void one_read_serves_its_run(void **state) {
  (void)state;
  hand h;
  run_row(&h, "0100", true);
  check_split(&h.counts.l1_reads[TACET_INPUT], 1, 0, 0);
  check(h.timeline.compute, 7); /* A once, B 4 times, Z read and written */
  end(&h);
  run_row(&h, "0000", true);
  check_split(&h.counts.l1_reads[TACET_INPUT], 0, 0, 1);
  end(&h);
  run_row(&h, "0000", false);
  check_split(&h.counts.l1_reads[TACET_INPUT], 0, 1, 0);
  end(&h);
  run_row(&h, "0100", false);
  check_split(&h.counts.l1_reads[TACET_INPUT], 1, 0, 0);
  end(&h);
}

/* ---- expectations ------------------------------------------------------- */

enum { DRAWS = 60 };

/* `kept` of the mask's elements, each choice as likely as any other. */
static void draw(tacet_mask *mask, int64_t kept, uint64_t *random) {
  memset(mask->bits, 0, (size_t)(mask->elements + 63) / 64 * 8);
  for (int64_t i = 0; i < mask->elements; i++) {
    if (random_between(random, 1, mask->elements - i) > kept) continue;
    tacet_mask_set(mask, i);
    kept--;
  }
  tacet_mask_recount(mask);
}

static void average(double mean[TACET_TENSORS], hand *h) {
  uint64_t random = 4711;
  tacet_error error;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    h->sparsity.tensor[t].mask = &h->mask[t];
    assert_int_equal(
        tacet_mask_make(&h->mask[t], &h->nest.layer->tensor[t], &error),
        TACET_OK);
  }
  for (int i = 0; i < DRAWS; i++) {
    draw(&h->mask[TACET_WEIGHT], h->mask[TACET_WEIGHT].elements * 3 / 10,
         &random);
    draw(&h->mask[TACET_INPUT], h->mask[TACET_INPUT].elements / 2, &random);
    read_zeros(h);
    for (int t = 0; t < TACET_TENSORS; t++)
      mean[t] += h->counts.l1_reads[t].actual / DRAWS;
  }
}

/* Reads that runs share, by expectation and on average over masks. */
static void check_expectation(const char *inner, bool at_compute) {
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.K = 5;
  shape.C = 4;
  shape.Y = shape.X = 7;
  shape.R = shape.S = 2;
  tacet_nest nest = nest_of(&shape);
  name(&nest, inner, 1);
  hand h;
  double mean[TACET_TENSORS] = {0};
  begin(&h, &nest);
  for (int t = 0; t < TACET_TENSORS; t++) h.accelerator.registers[t] = true;
  if (at_compute)
    add_rule(&h, AT_COMPUTE, true, TACET_WEIGHT, true, true);
  else
    add_rule(&h, AT_L1, true, TACET_INPUT, true, false);
  average(mean, &h);
  h.sparsity.tensor[TACET_WEIGHT] = (tacet_zeros){.density = 0.3};
  h.sparsity.tensor[TACET_INPUT] = (tacet_zeros){.density = 0.5};
  read_zeros(&h);
  for (int t = 0; t < TACET_TENSORS; t++)
    assert_true(fabs(h.counts.l1_reads[t].actual - mean[t]) <= 0.03 * mean[t]);
  end(&h);
}

static void expects_what_masks_average(void **state) {
  (void)state;
  static const char *const inner[] = {"K", "S", "Q", "C"};
  for (int i = 0; i < 8; i++) check_expectation(inner[i / 2], i % 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(last_names_decide),
      cmocka_unit_test(holds_within_a_step),
      cmocka_unit_test(holds_from_step_to_step),
      cmocka_unit_test(loses_sums_in_a_pause),
      cmocka_unit_test(needs_less_bandwidth),
      cmocka_unit_test(one_read_serves_its_run),
      cmocka_unit_test(expects_what_masks_average),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
