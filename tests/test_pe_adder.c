/* Sums of neighbours that PEs add up with their own adders (`reduction:
   pe-adder`): the slots that outputs take to leave, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../dense/explain/explain.h"
#include "../dense/spec/spec.h"
#include "hand_sparse.h"

/* A machine word is an element and transfers take next to no time. */
static void begin_adding(hand *h, const tacet_nest *nest) {
  begin(h, nest);
  h->accelerator.l1_bandwidth = 0;
  h->accelerator.link[L2_L1].bandwidth = 1e9;
  h->accelerator.link[L2_L1].pe_adder = true;
}

static void read_dense(hand *h) {
  tacet_error error;
  assert_int_equal(tacet_read_dense(&h->counts, &h->timeline, &h->nest,
                                    &h->accelerator, &error),
                   TACET_OK);
}

/* Issue slots, those if they lay evenly, and cycles of the dense reading, which
   that of masks without zeros agrees with. */
static void check_dense(hand *h, double busiest, double evenly) {
  read_dense(h);
  check(h->counts.busiest, busiest);
  check(h->counts.mean_slots, evenly);
  check(h->timeline.compute, busiest);
}

/* What the masks' reading and its executor both say. */
static void check_masks(hand *h, double busiest, double evenly) {
  run_both(h);
  check(h->counts.busiest, busiest);
  check(h->counts.mean_slots, evenly);
}

/* Z[1,3] = A[1,4].B[4,3]: a chain of two PEs, each with two of four products
   of an output a step. Both pass the output on when the next step begins, that
   of the third in a step of its own: 2, 2 + 1, 2 + 1 and 1. */
static void each_output_takes_a_slot(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = gemm(1, 3, 4);
  temporal(&nest, "N", 1, 3);
  spatial(&nest, "K", 2, 2, 2);
  begin_adding(&h, &nest);
  check_dense(&h, 9, (12 + 6) / 2.);
  check_masks(&h, 9, (12 + 6) / 2.);
  h.accelerator.lanes = 2; /* 1, 2, 2 and 1 */
  read_dense(&h);
  check(h.timeline.compute, 6);
  h.accelerator.lanes = 1;
  h.accelerator.link[L2_L1].pe_adder = false;
  check_dense(&h, 6, 6);
  end(&h);
}

/* Tiles of 2 and then 1 of three outputs, with two products of each: 4, 2 + 2
   and 1. */
static void tiles_leave_as_they_were(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = gemm(1, 3, 4);
  temporal(&nest, "N", 2, 2);
  spatial(&nest, "K", 2, 2, 2);
  begin_adding(&h, &nest);
  check_dense(&h, 4 + 4 + 1, (12 + 6) / 2.);
  check_masks(&h, 4 + 4 + 1, (12 + 6) / 2.);
  h.accelerator.lanes = 3; /* 2, 2 and 1 */
  read_dense(&h);
  check(h.timeline.compute, 5);
  end(&h);
}

/* Three tiles of a sum on two PEs: in the second step PE 1 is idle and passes
   its part on while PE 0 goes on with the same output, whose sum leaves after
   the last step: 2, 2 and 1. With zeros in PE 0's second tile the idle PE is the
   busiest: 2, 1 and 1. */
static void idle_pes_pass_on(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = gemm(1, 1, 6);
  spatial(&nest, "K", 2, 3, 2);
  begin_adding(&h, &nest);
  check_dense(&h, 5, (6 + 2) / 2.);
  set_mask(&h, TACET_INPUT, "11 11 00");
  add_rule(&h, AT_L1, true, TACET_WEIGHT, false, true);
  check_masks(&h, 4, (4 + 2) / 2.);
  end(&h);
}

/* Of three outputs one a step, the second known to be zero and not sent: 2, 2 +
   1, 2 and 1. */
static void skipped_outputs_take_none(void **state) {
  (void)state;
  hand h;
  tacet_nest nest = gemm(1, 3, 4);
  temporal(&nest, "N", 1, 3);
  spatial(&nest, "K", 2, 2, 2);
  begin_adding(&h, &nest);
  set_mask(&h, TACET_INPUT, "11 11");
  set_mask(&h, TACET_OUTPUT, "1 0 1");
  h.sparsity.tensor[TACET_OUTPUT].known = true;
  h.features.rule[h.features.rules++] =
      (tacet_rule){.storage = AT_L2,
                   .skip = true,
                   .target = TACET_OUTPUT,
                   .element = true,
                   .on = {[TACET_OUTPUT] = true}};
  /* the MACs of an output that is skipped above L1 go with it */
  check_masks(&h, 2 + 1 + 2 + 1, (8 + 4) / 2.);
  end(&h);
}

/* ---- files -------------------------------------------------------------- */

#define HEAD                                                                   \
  "tacet: 1\naccelerator: x\nclock: 1 GHz\npes: 4\nword: 8 bit\n"              \
  "dram: {bandwidth: 4 words/cycle}\nl2: {size: 1 KiB}\n"
#define NOC "noc: {bandwidth: 4 words/cycle, reduction: pe-adder}\n"
#define L1 "l1: {size: 16 B}\n"

static tacet_status read_text(tacet_accelerator *a, const char *text,
                              tacet_error *error) {
  tacet_doc *doc;
  tacet_features features;
  tacet_status status =
      tacet_doc_parse(&doc, text, strlen(text), "x.yaml", error);
  if (!status) status = tacet_accelerator_read(a, doc, error);
  if (!status) status = tacet_features_read(&features, a, doc, error);
  tacet_doc_free(doc);
  return status;
}

static void reads_key(void **state) {
  (void)state;
  tacet_accelerator a;
  tacet_error error;
  assert_int_equal(read_text(&a, HEAD NOC L1, &error), TACET_OK);
  assert_true(a.link[1].reduction && a.link[1].pe_adder);
  assert_int_equal(
      read_text(&a,
                HEAD L1 "noc: {bandwidth: 4 words/cycle, reduction: false}\n",
                &error),
      TACET_OK);
  assert_false(a.link[1].reduction || a.link[1].pe_adder);
}

static void refuses_others(void **state) {
  (void)state;
  static const struct {
    const char *text, *says;
  } ways[] = {
      {HEAD L1 "noc: {bandwidth: 4 words/cycle, reduction: adder}\n",
       "false, true, pe-adder"},
      {HEAD NOC "l1: {size: 16 B, keep: capacity}\n", "pe-adder"},
      {HEAD NOC L1 "sparse: {issue: {vector: 4, along: C}}\n", "pe-adder"},
      {HEAD L1 "noc: {bandwidth: 4 words/cycle}\nclusters:\n"
               "  - {name: row, level: 1, size: 8 B, noc: {bandwidth: 1 "
               "words/cycle, reduction: pe-adder}}\n",
       "false, true"},
  };
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    tacet_accelerator a;
    tacet_error error;
    assert_int_equal(read_text(&a, ways[i].text, &error), TACET_BAD_INPUT);
    if (!strstr(error.message, ways[i].says))
      fail_msg("%s: %s", ways[i].says, error.message);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_output_takes_a_slot),
      cmocka_unit_test(tiles_leave_as_they_were),
      cmocka_unit_test(idle_pes_pass_on),
      cmocka_unit_test(skipped_outputs_take_none),
      cmocka_unit_test(reads_key),
      cmocka_unit_test(refuses_others),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
