/* The `sparse` part of accelerator files: what it says, and what is said of
   its mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "../sparse/sparse.h"
#include "spoil.h"

static const char head[] = "tacet: 1\n"
                           "accelerator: a\n"
                           "clock: 1 GHz\n"
                           "pes: 4\n"
                           "word: 16 bit\n"
                           "l1: {size: 1 KiB}\n"
                           "l2: {size: 64 KiB}\n"
                           "noc: {bandwidth: 4 words/cycle}\n"
                           "dram: {bandwidth: 4 words/cycle}\n";

static tacet_accelerator accelerator; /* that the features were read for */

static tacet_status read_features(const tacet_doc *doc,
                                  tacet_features *features,
                                  tacet_error *error) {
  tacet_status status = tacet_accelerator_read(&accelerator, doc, error);
  return status ? status
                : tacet_features_read(features, &accelerator, doc, error);
}

/* The features of `sparse`, which must be sound. */
static tacet_features features_of(const char *sparse) {
  char text[1024];
  strcat(strcpy(text, head), sparse);
  tacet_doc *doc = parsed(text);
  tacet_features features;
  tacet_error error = {0};
  tacet_status status = read_features(doc, &features, &error);
  if (!status) status = tacet_doc_check(doc, &error);
  if (status) fail_msg("%d:%d: %s", error.line, error.column, error.message);
  tacet_doc_free(doc);
  return features;
}

/* ---- what is read ------------------------------------------------------- */

static void nothing_is_dense(void **state) {
  (void)state;
  const tacet_features features = features_of("");
  assert_int_equal(features.rules, 0);
  for (int s = 0; s < TACET_MAX_STORAGE; s++)
    for (int t = 0; t < TACET_TENSORS; t++)
      assert_int_equal(features.format[s][t].name, TACET_UNCOMPRESSED);
}

static void check_formats(const tacet_features *features) {
  assert_int_equal(features->format[1][TACET_WEIGHT].name, TACET_CSC);
  assert_int_equal(features->format[2][TACET_WEIGHT].name, TACET_BITMASK);
  assert_int_equal(features->format[1][TACET_INPUT].name, TACET_COO);
  assert_int_equal(features->format[2][TACET_INPUT].name, TACET_UNCOMPRESSED);
  assert_int_equal(features->format[0][TACET_OUTPUT].name, TACET_RLC);
  assert_int_equal(features->format[1][TACET_OUTPUT].name, TACET_UNCOMPRESSED);
}

static void reads_formats(void **state) {
  (void)state;
  const tacet_features ours = features_of("sparse:\n"
                                          "  weight: {l2: CSC, l1: bitmask}\n"
                                          "  input: {l2: COO, l1: U}\n"
                                          "  output: {dram: RLC}\n");
  const tacet_features theirs = features_of("sparse:\n"
                                            "  representation-format:\n"
                                            "    B: {l2: CSC, l1: bitmask}\n"
                                            "    A: {l2: COO, l1: U}\n"
                                            "    Z: {dram: RLC}\n");
  check_formats(&ours);
  check_formats(&theirs);
}

static void check_rule(const tacet_rule *rule, int storage, bool skip,
                       int target, bool on_weight, bool on_input) {
  assert_int_equal(rule->storage, storage);
  assert_int_equal(rule->skip, skip);
  assert_int_equal(rule->target, target);
  assert_int_equal(rule->on[TACET_WEIGHT], on_weight);
  assert_int_equal(rule->on[TACET_INPUT], on_input);
  assert_false(rule->on[TACET_OUTPUT]);
}

/* Every format knows where its zeros are. */
#define COMPRESSED                                                             \
  "  weight: {l2: CSC, l1: CSC}\n"                                             \
  "  input: {l2: CSC, l1: CSC}\n"

static void reads_actions(void **state) {
  (void)state;
  const tacet_features features =
      features_of("sparse:\n" COMPRESSED "  actions:\n"
                  "    - {at: l1, skip: weight, on: [input]}\n"
                  "    - {at: l2, gate: A, on: B}\n"
                  "    - {at: compute, skip: [weight, input]}\n"
                  "    - {at: compute, gate: weight}\n"
                  "    - {at: compute, skip: true}\n"
                  "    - {at: compute, gate: true, on: [input]}\n");
  assert_int_equal(features.rules, 6);
  const tacet_rule *rule = features.rule;
  check_rule(&rule[0], 2, true, TACET_WEIGHT, false, true);
  check_rule(&rule[1], 1, false, TACET_INPUT, true, false);
  check_rule(&rule[2], TACET_AT_COMPUTE, true, rule[2].target, true, true);
  check_rule(&rule[3], TACET_AT_COMPUTE, false, rule[3].target, true, false);
  check_rule(&rule[4], TACET_AT_COMPUTE, true, rule[4].target, true, true);
  check_rule(&rule[5], TACET_AT_COMPUTE, false, rule[5].target, false, true);
  assert_int_equal(rule[0].place.line, 14);
}

static void reads_actions_of_sparseloop(void **state) {
  (void)state;
  const tacet_features features = features_of(
      "sparse:\n" COMPRESSED "  action-optimization:\n"
      "    - {at: l1, type: skipping, target: weight,\n"
      "       condition-on: [input]}\n"
      "    - {at: compute, type: gating}\n"
      "    - {at: compute, type: skipping, condition-on: [weight]}\n"
      "  issue: scalar\n"
      "  sync: step\n");
  assert_int_equal(features.rules, 3);
  const tacet_rule *rule = features.rule;
  check_rule(&rule[0], 2, true, TACET_WEIGHT, false, true);
  check_rule(&rule[1], TACET_AT_COMPUTE, false, rule[1].target, true, true);
  check_rule(&rule[2], TACET_AT_COMPUTE, true, rule[2].target, true, false);
}

static void reads_actions_beyond_operands(void **state) {
  (void)state;
  const tacet_features features = features_of(
      "sparse:\n" COMPRESSED "  actions:\n"
      "    - {at: dram, skip: weight, on: [weight, output]}\n"
      "    - {at: l2, gate: Z, on: Z, granularity: element}\n"
      "    - {at: l1, skip: input, on: [output], granularity: element}\n"
      "    - {at: compute, skip: [output]}\n");
  const tacet_rule *rule = features.rule;
  assert_int_equal(features.rules, 4);
  assert_int_equal(rule[0].storage, 0);
  assert_int_equal(rule[1].target, TACET_OUTPUT);
  assert_true(rule[0].on[TACET_WEIGHT] && !rule[0].on[TACET_INPUT]);
  for (int r = 0; r < 4; r++) {
    assert_true(rule[r].on[TACET_OUTPUT]);
    assert_int_equal(rule[r].element, r == 1);
  }
}

/* ---- issue and sync ----------------------------------------------------- */

static void check_along(const char *conv, const char *fc, const char *gemm) {
  assert_string_equal(accelerator.issue.along[TACET_CONV], conv);
  assert_string_equal(accelerator.issue.along[TACET_FC], fc);
  assert_string_equal(accelerator.issue.along[TACET_GEMM], gemm);
}

static void reads_scalars(void **state) {
  (void)state;
  features_of("");
  assert_int_equal(accelerator.issue.kind, TACET_ISSUE_SCALAR);
  assert_int_equal(accelerator.sync.kind, TACET_SYNC_STEP);
  features_of("sparse: {issue: scalar, sync: step}\n");
  assert_int_equal(accelerator.issue.kind, TACET_ISSUE_SCALAR);
  assert_int_equal(accelerator.sync.kind, TACET_SYNC_STEP);
}

static void reads_vectors(void **state) {
  (void)state;
  features_of("sparse: {issue: {vector: 4, along: C}, sync: end}\n");
  assert_int_equal(accelerator.issue.kind, TACET_ISSUE_VECTOR);
  assert_int_equal(accelerator.issue.width, 4);
  assert_int_equal(accelerator.sync.kind, TACET_SYNC_END);
  check_along("C", "C", "C");
  features_of("sparse:\n"
              "  issue: {vector: 1048576, along: {CONV: C, GEMM: K}}\n");
  assert_int_equal(accelerator.issue.width, 1048576);
  check_along("C", "", "K");
}

static void reads_outer_products(void **state) {
  (void)state;
  features_of("sparse: {issue: {outer: [4, 2]}}\n");
  assert_int_equal(accelerator.issue.kind, TACET_ISSUE_OUTER);
  assert_int_equal(accelerator.issue.weights, 4);
  assert_int_equal(accelerator.issue.inputs, 2);
}

/* ---- mistakes ----------------------------------------------------------- */

static tacet_status read_only(const tacet_doc *doc, tacet_error *error) {
  tacet_features features;
  return read_features(doc, &features, error);
}

static void refuses_mistakes(void **state) {
  (void)state;
  static const char good[] = "tacet: 1\n"
                             "accelerator: a\n"
                             "clock: 1 GHz\n"
                             "pes: 4\n"
                             "word: 16 bit\n"
                             "l1: {size: 1 KiB}\n"
                             "l2: {size: 64 KiB}\n"
                             "noc: {bandwidth: 4 words/cycle}\n"
                             "dram: {bandwidth: 4 words/cycle}\n"
                             "sparse:\n"
                             "  weight: {l2: CSC}\n"
                             "  input: {l1: U}\n"
                             "  output: {dram: RLC}\n"
                             "  actions:\n"
                             "    - {at: l1, skip: weight, on: [input]}\n"
                             "    - {at: compute, gate: true}\n"
                             "    - {at: l2, type: gating, target: B,\n"
                             "       condition-on: A}\n"
                             "  issue: scalar\n"
                             "  sync: step\n";
  static const spoil ways[] = {
      {"{l2: CSC}", "{l2: CSc}", 11, 16, "did you mean CSC?"},
      {"{l2: CSC}", "{dram: CSC}", 11, 18, "receives only outputs"},
      {"{l2: CSC}", "{l3: CSC}", 11, 12, "unknown key \"l3\""},
      {"{l2: CSC}", "CSC", 11, 11, "expected a map"},
      {"{dram: RLC}", "{l1: RLC}", 13, 16, "partial sums from zero"},
      {"{dram: RLC}", "{l2: RLC}", 13, 16, "partial sums travel uncompressed"},
      {"{dram: RLC}", "{l2: RLC}", 13, 16, "on their way to dram"},
      {"  input: {l1", "  inputs: {l1", 12, 3, "did you mean \"input\"?"},
      {"  input: {l1", "  B: {l1", 12, 6, "both \"weight\" and \"B\""},
      {"at: l1, skip", "skip", 15, 7, "\"at\" is missing"},
      {"at: l1, skip", "at: l3, skip", 15, 12, "one of dram, l2, l1, compute"},
      {"skip: weight", "skip: output", 15, 7, "may still be added"},
      {"skip: weight", "skip: wieght", 15, 22, "did you mean weight?"},
      {"skip: weight", "gate: weight, skip: weight", 15, 7, "one of \"skip\""},
      {"at: l1, skip: weight, on: [input]", "at: l2, skip: output, on: [A, Z]",
       15, 7, "zeros of an operand"},
      {"on: [input]", "on: [input], granularity: tile", 15, 56, "no tile"},
      {"on: [input]", "on: [input], granularity: word", 15, 56, "one of tile"},
      {"type: gating, target: B", "type: skipping, target: B", 17, 7,
       "nothing is known of zeros of input"},
      {"at: l1, skip: weight", "at: dram, skip: weight", 15, 7, "at dram"},
      {"on: [input]", "on: []", 15, 34, "at least one tensor"},
      {", on: [input]", "", 15, 7, "\"on\" is missing"},
      {"gate: true", "gate: [weight], on: A", 16, 41, "named twice"},
      {"gate: true", "gate: yes", 16, 27, "weight, input"},
      {"type: gating", "type: gatng", 17, 22, "did you mean gating?"},
      {" target: B,", "", 17, 7, "\"target\" is missing"},
      {"condition-on: A", "condition-no: A", 17, 7, "\"on\" is missing"},
      {"issue: scalar", "issue: vector", 19, 10, "expected one of scalar"},
      {"sync: step", "sync: ends", 20, 9, "did you mean end?"},
      {"sync: step", "sinc: step", 20, 3, "did you mean \"sync\"?"},
  };
  spoil_all(good, ways, sizeof ways / sizeof *ways, read_only);
}

static void reads_waits(void **state) {
  (void)state;
  features_of("sparse: {sync: {window: 8}}\n");
  assert_int_equal(accelerator.sync.kind, TACET_SYNC_WINDOW);
  assert_int_equal(accelerator.sync.steps, 8);
  assert_int_equal(accelerator.intersection.examined, TACET_EXAMINES_NOTHING);
  features_of("sparse: {sync: {queue: 256}, intersection: {pairs: 128}}\n");
  assert_int_equal(accelerator.sync.kind, TACET_SYNC_QUEUE);
  assert_int_equal(accelerator.sync.steps, 256);
  assert_int_equal(accelerator.intersection.examined, TACET_EXAMINES_PAIRS);
  assert_true(accelerator.intersection.width == 128);
  features_of("sparse: {intersection: {coordinates: 0.5}}\n");
  assert_int_equal(accelerator.intersection.examined,
                   TACET_EXAMINES_COORDINATES);
  assert_true(accelerator.intersection.width == 0.5);
}

static void refuses_waits(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"{queue: 8}", "{queue: 257}", 11, 17, "expected 1 to 256"},
      {"{queue: 8}", "{window: 0}", 11, 18, "window"},
      {"{queue: 8}", "{window: 2, queue: 8}", 11, 9, "both"},
      {"{queue: 8}", "{}", 11, 9, "neither \"window\" nor \"queue\""},
      {"{queue: 8}", "{queue: 8, depth: 2}", 11, 20, "unknown key \"depth\""},
      {"{pairs: 4}", "{pairs: 0}", 12, 25, "intersection"},
      {"{pairs: 4}", "{pears: 4}", 12, 17, "pairs"},
      {"{pairs: 4}", "{pairs: 4, coordinates: 2}", 12, 17, "pairs, or"},
      {"{pairs: 4}", "8", 12, 17, "expected a map"},
  };
  char text[1024];
  strcat(strcpy(text, head), "sparse:\n"
                             "  sync: {queue: 8}\n"
                             "  intersection: {pairs: 4}\n");
  spoil_all(text, ways, sizeof ways / sizeof *ways, read_only);
}

static void reads_balances(void **state) {
  (void)state;
  tacet_balance balance = features_of("sparse: {sync: end}\n").balance;
  assert_int_equal(balance.kind, TACET_BALANCE_NOT);
  balance = features_of("sparse: {balance: {sort: K}}\n").balance;
  assert_int_equal(balance.kind, TACET_BALANCE_SORT);
  for (int t = 0; t < TACET_LAYER_TYPES; t++)
    assert_string_equal(balance.along[t], "K");
  balance =
      features_of("sparse: {balance: {pair: {CONV: K, GEMM: N}}}\n").balance;
  assert_int_equal(balance.kind, TACET_BALANCE_PAIR);
  assert_string_equal(balance.along[TACET_CONV], "K");
  assert_string_equal(balance.along[TACET_GEMM], "N");
  assert_string_equal(balance.along[TACET_FC], "");
}

static void refuses_balances(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"{pair: K}", "{pair: K, sort: K}", 11, 12, "both \"sort\" and"},
      {"{pair: K}", "{}", 11, 12, "neither \"sort\" nor \"pair\""},
      {"{pair: K}", "{pair: Kernel}", 11, 19, "along"},
      {"{pair: K}", "{pair: {CONVO: K}}", 11, 20, "unknown key \"CONVO\""},
      {"{pair: K}", "{pear: K}", 11, 12, "neither"},
      {"{pair: K}", "pair", 11, 12, "expected a map"},
  };
  char text[1024];
  strcat(strcpy(text, head), "sparse:\n"
                             "  balance: {pair: K}\n");
  spoil_all(text, ways, sizeof ways / sizeof *ways, read_only);
}

/* Each in place of the same good line; the place is in line 11. */
static void refuses_issues(void **state) {
  (void)state;
  static const spoil vectors[] = {
      {"vector: 4", "vektor: 4", 11, 10, "neither \"vector\" nor \"outer\""},
      {"vector: 4", "vector: 0", 11, 19, "expected 1 to 1048576"},
      {"vector: 4", "vector: 1048577", 11, 19, "expected 1 to 1048576"},
      {"vector: 4", "vector: four", 11, 19, "a whole number"},
      {"vector: 4, ", "", 11, 10, "write {vector: 4, along: C}"},
      {"vector: 4, ", "vector: 4, outer: [4, 4], ", 11, 22,
       "unknown key \"outer\""},
      {"along: {CONV: C, GEMM: K}", "alnog: C", 11, 10,
       "is \"alnog\" in line 11 meant"},
      {", along: {CONV: C, GEMM: K}", "", 11, 10, "\"along\" is missing"},
      {"along: {CONV: C, GEMM: K}", "along: [C, K]", 11, 29, "found a list"},
      {"CONV: C", "CNOV: C", 11, 30, "did you mean \"CONV\"?"},
      {"CONV: C", "CONV: channel", 11, 36, "along"},
      {"sync: end", "sync: ending", 12, 9, "one of step, end"},
      {"sync: end", "sync: [end]", 12, 9, "found a list"},
  };
  static const spoil products[] = {
      {"[4, 4]", "[4]", 11, 18, "two sides, not 1"},
      {"[4, 4]", "[4, 4, 4]", 11, 18, "two sides, not 3"},
      {"[4, 4]", "4", 11, 18, "expected a list"},
      {"[4, 4]", "[0, 4]", 11, 19, "weights of an outer product"},
      {"[4, 4]", "[4, -1]", 11, 22, "inputs of an outer product"},
      {"outer: [4, 4]", "otuer: [4, 4]", 11, 10, "neither \"vector\""},
      {"{at: l2, skip: weight", "{at: l1, skip: weight", 13, 7, "all pairs"},
      {"[4, 4]", "[4, 4], along: C", 11, 26, "unknown key \"along\""},
      {"[4, 4]", "[4, 4], halos: sums", 11, 33, "one of input, output"},
  };
  char text[1024];
  strcat(strcpy(text, head), "sparse:\n"
                             "  issue: {vector: 4, along: {CONV: C, GEMM: K}}\n"
                             "  sync: end\n");
  spoil_all(text, vectors, sizeof vectors / sizeof *vectors, read_only);
  strcat(strcpy(text, head), "sparse:\n"
                             "  issue: {outer: [4, 4]}\n"
                             "  actions:\n"
                             "    - {at: l2, skip: weight, on: [output]}\n");
  spoil_all(text, products, sizeof products / sizeof *products, read_only);
}

static void too_many_actions(void **state) {
  (void)state;
  char text[4096];
  strcat(strcpy(text, head), "sparse:\n  actions:\n");
  for (int i = 0; i <= TACET_MAX_RULES; i++)
    strcat(text, "    - {at: compute, gate: true}\n");
  tacet_doc *doc = parsed(text);
  tacet_error error = {0};
  assert_int_equal(read_only(doc, &error), TACET_BAD_INPUT);
  check_error(&error, 12 + TACET_MAX_RULES, 7, "more than 16 actions");
  tacet_doc_free(doc);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_dense),
      cmocka_unit_test(reads_formats),
      cmocka_unit_test(reads_actions),
      cmocka_unit_test(reads_actions_of_sparseloop),
      cmocka_unit_test(reads_actions_beyond_operands),
      cmocka_unit_test(reads_scalars),
      cmocka_unit_test(reads_vectors),
      cmocka_unit_test(reads_waits),
      cmocka_unit_test(refuses_waits),
      cmocka_unit_test(reads_balances),
      cmocka_unit_test(refuses_balances),
      cmocka_unit_test(reads_outer_products),
      cmocka_unit_test(refuses_mistakes),
      cmocka_unit_test(refuses_issues),
      cmocka_unit_test(too_many_actions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
