/* Patterns from input files: what each word makes, and what is said of
   mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../sparse/patterns/pattern.h"
#include "spoil.h"

static const tacet_tensor weight = {.name = "weight",
                                    .ranks = 3,
                                    .row_ranks = 1,
                                    .rank = {{.name = "K", .size = 4},
                                             {.name = "C", .size = 3},
                                             {.name = "R", .size = 2}}};

/* Reads every key of the document as a pattern of the weight; the last one
   stays. */
static tacet_status read_into(tacet_pattern *pattern, const tacet_doc *doc,
                              tacet_error *error) {
  tacet_node *root = tacet_doc_root(doc);
  tacet_status status = TACET_OK;
  tacet_read_all_keys(root);
  for (int i = 0; i < tacet_node_count(root) && !status; i++) {
    tacet_pattern_free(pattern);
    status = tacet_pattern_read(pattern, tacet_node_item(root, i), TACET_CONV,
                                &weight, "weight", error);
  }
  return status;
}

static tacet_pattern read_one(const char *text) {
  char line[512];
  snprintf(line, sizeof line, "w: %s\n", text);
  tacet_doc *doc = parsed(line);
  tacet_pattern pattern = {0};
  tacet_error error = {0};
  tacet_status status = read_into(&pattern, doc, &error);
  if (!status) status = tacet_doc_check(doc, &error);
  if (status) fail_msg("%s: %s", text, error.message);
  tacet_doc_free(doc);
  assert_int_equal(pattern.ranks, 3);
  assert_int_equal(pattern.size[1], 3);
  return pattern;
}

/* ---- whole patterns ----------------------------------------------------- */

static void check_blocks(const char *text, int64_t k, int64_t c, int64_t r,
                         double density, int64_t draws) {
  const tacet_pattern pattern = read_one(text);
  assert_int_equal(pattern.kind, TACET_BLOCKS);
  assert_int_equal(pattern.as.blocks.block[0], k);
  assert_int_equal(pattern.as.blocks.block[1], c);
  assert_int_equal(pattern.as.blocks.block[2], r);
  assert_true(pattern.as.blocks.density == density);
  assert_int_equal(pattern.as.blocks.draws, draws);
}

static void reads_blocks(void **state) {
  (void)state;
  check_blocks("0.5", 1, 1, 1, 0.5, 1);
  check_blocks("{distribution: dense}", 1, 1, 1, 1, 1);
  check_blocks("{distribution: uniform, density: 0.25}", 1, 1, 1, 0.25, 1);
  check_blocks("{distribution: hypergeometric, density: 0.25, batch: 8}", 1, 1,
               1, 0.25, 8);
  check_blocks("{distribution: block, block: {K: 2, R: 2}, density: 0.5}", 2, 1,
               2, 0.5, 1);
  check_blocks("{distribution: channel, along: C, density: 0.66}", 4, 1, 2,
               0.66, 1);
  check_blocks("{distribution: filter, along: K, density: 0.5, batch: 2}", 1, 3,
               2, 0.5, 2);
}

/* A rank for each type of layer; those of other types are not looked at. */
static void reads_a_rank_for_each_type(void **state) {
  (void)state;
  static const char text[] =
      "{distribution: fixed-structured, n: 2, m: 4, along: {CONV: C, GEMM: K}}";
  static const tacet_tensor b = {.name = "B",
                                 .ranks = 3,
                                 .row_ranks = 2,
                                 .rank = {{.name = "B", .size = 1},
                                          {.name = "K", .size = 8},
                                          {.name = "N", .size = 2}}};
  const tacet_pattern pattern = read_one(text);
  assert_int_equal(pattern.as.n_of_m.rank, 1);
  tacet_doc *doc = parsed(text);
  tacet_pattern other;
  tacet_error error;
  assert_int_equal(tacet_pattern_read(&other, tacet_doc_root(doc), TACET_GEMM,
                                      &b, "weight", &error),
                   TACET_OK);
  assert_int_equal(other.as.n_of_m.rank, 1);
  assert_int_equal(other.size[1], 8);
  assert_int_equal(tacet_pattern_read(&other, tacet_doc_root(doc), TACET_FC,
                                      &weight, "weight", &error),
                   TACET_BAD_INPUT);
  check_error(&error, 1, 53, "no rank for FC layers");
  tacet_doc_free(doc);
}

static void reads_groups(void **state) {
  (void)state;
  static const char *const words[] = {"fixed-structured", "fixed_structured"};
  for (int i = 0; i < 2; i++) {
    char text[128];
    snprintf(text, sizeof text, "{distribution: %s, n: 2, m: 4, along: C}",
             words[i]);
    const tacet_pattern pattern = read_one(text);
    assert_int_equal(pattern.kind, TACET_N_OF_M);
    assert_int_equal(pattern.as.n_of_m.rank, 1);
    assert_int_equal(pattern.as.n_of_m.n, 2);
    assert_int_equal(pattern.as.n_of_m.m, 4);
  }
  tacet_pattern pattern = read_one(
      "{distribution: per-channel, along: C, densities: [0.5, 0.25, 1]}");
  assert_int_equal(pattern.kind, TACET_DENSITIES);
  assert_int_equal(pattern.as.densities.rank, 1);
  assert_true(pattern.as.densities.density[0] == 0.5);
  assert_true(pattern.as.densities.density[1] == 0.25);
  assert_true(pattern.as.densities.density[2] == 1);
  tacet_pattern_free(&pattern);
}

/* ---- planes ------------------------------------------------------------- */

static void check_part(const char *text, const tacet_part *expected) {
  const tacet_pattern pattern = read_one(text);
  const tacet_part *part = &pattern.as.plane.part[0];
  assert_int_equal(pattern.kind, TACET_PLANE);
  assert_int_equal(pattern.as.plane.rows, 0);
  assert_int_equal(pattern.as.plane.columns, 1);
  assert_int_equal(pattern.as.plane.offset, 0);
  assert_int_equal(pattern.as.plane.parts, 1);
  assert_int_equal(part->kind, expected->kind);
  assert_int_equal(part->causal, expected->causal);
  assert_int_equal(part->width, expected->width);
  assert_int_equal(part->global, expected->global);
  assert_int_equal(part->window, expected->window);
  assert_int_equal(part->random, expected->random);
  assert_int_equal(part->seed, expected->seed);
}

static void reads_parts(void **state) {
  (void)state;
  static const struct {
    const char *text;
    tacet_part part;
  } cases[] = {
      {"{distribution: banded, band-width: 3}",
       {.kind = TACET_BANDED, .width = 3}},
      {"{distribution: diagonal, band_width: 0}",
       {.kind = TACET_BANDED, .width = 0}},
      {"{distribution: causal}", {.kind = TACET_CAUSAL}},
      {"{distribution: window, window: 8}", {.kind = TACET_WINDOW, .width = 8}},
      {"{distribution: window, window: 8, causal: true}",
       {.kind = TACET_WINDOW, .causal = true, .width = 8}},
      {"{distribution: global, tokens: 2}", {.kind = TACET_GLOBAL, .width = 2}},
      {"{distribution: strided, stride: 4, causal: true}",
       {.kind = TACET_STRIDED, .causal = true, .width = 4}},
      {"{distribution: block-random, block: 64, global: 2, window: 3, random: "
       "4, seed: 9}",
       {TACET_BLOCK_RANDOM, false, 64, 2, 3, 4, 9}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_part(cases[i].text, &cases[i].part);
}

static void reads_unions_and_ranks(void **state) {
  (void)state;
  const tacet_pattern one =
      read_one("{distribution: causal, rows: R, columns: K, offset: -2}");
  assert_int_equal(one.as.plane.rows, 2);
  assert_int_equal(one.as.plane.columns, 0);
  assert_int_equal(one.as.plane.offset, -2);
  const tacet_pattern several = read_one(
      "{distribution: union, columns: R, offset: 1, of: [{distribution: "
      "strided, stride: 4}, {distribution: global, tokens: 1}]}");
  assert_int_equal(several.as.plane.rows, 0);
  assert_int_equal(several.as.plane.columns, 2);
  assert_int_equal(several.as.plane.offset, 1);
  assert_int_equal(several.as.plane.parts, 2);
  assert_int_equal(several.as.plane.part[0].kind, TACET_STRIDED);
  assert_int_equal(several.as.plane.part[1].kind, TACET_GLOBAL);
}

/* ---- mistakes ----------------------------------------------------------- */

static tacet_status read_all(const tacet_doc *doc, tacet_error *error) {
  tacet_pattern pattern = {0};
  tacet_status status = read_into(&pattern, doc, error);
  tacet_pattern_free(&pattern);
  return status;
}

static void refuses_mistakes(void **state) {
  (void)state;
  static const char good[] =
      "a: {distribution: uniform, density: 0.5, batch: 8}\n"
      "b: {distribution: block, block: {K: 2}, density: 0.25}\n"
      "c: {distribution: channel, along: K, density: 0.75}\n"
      "d: {distribution: fixed-structured, n: 2, m: 4, along: C}\n"
      "e: {distribution: per-channel, along: C, densities: [0.5, 0.125, 1]}\n"
      "f: {distribution: banded, band-width: 3}\n"
      "g: {distribution: window, window: 512, causal: true}\n"
      "h: {distribution: block-random, block: 64, global: 2, window: 5, "
      "random: 3, seed: 1}\n"
      "i:\n"
      "  distribution: union\n"
      "  rows: C\n"
      "  columns: R\n"
      "  of: [{distribution: causal}, {distribution: strided, stride: 7}]\n"
      "j: 0.875\n";
  static const spoil ways[] = {
      {"0.875", "1.875", 14, 4, "weight is 1.875; expected 0 to 1"},
      {"0.875", "[1]", 14, 4, "found a list"},
      {"uniform", "unifrom", 1, 19, "did you mean uniform?"},
      {"uniform, density: 0.5", "uniform", 1, 4, "\"density\" is missing"},
      {"density: 0.5,", "density: -1,", 1, 37, "expected 0 to 1"},
      {"batch: 8", "batch: 0", 1, 49, "expected 1 to"},
      {"batch: 8", "bacth: 8", 1, 42, "did you mean \"batch\"?"},
      {"block: {K: 2}, ", "", 2, 4, "\"block\" is missing"},
      {"{K: 2}", "2", 2, 33, "expected a map"},
      {"{K: 2}", "{K: 0}", 2, 37, "expected 1 to"},
      {"{K: 2}", "{Q: 2}", 2, 34, "\"Q\""},
      {"along: K", "along: Q", 3, 35, "expected one of K, C, R"},
      {"along: K", "along: Q", 3, 35, "as along: {CONV: C, GEMM: K}"},
      {"along: K", "along: {CONV: Q}", 3, 42, "expected one of K, C, R"},
      {"along: K", "along: {CONV: K, CNOV: K}", 3, 45, "did you mean"},
      {"along: K, ", "", 3, 4, "\"along\" is missing"},
      {"n: 2", "n: 5", 4, 40, "n is 5; expected 0 to 4"},
      {"n: 2, m: 4, along: C", "density: 0.5", 4, 4, "2 of every 4 is n: 2"},
      {"m: 4, ", "", 4, 4, "\"m\" is missing"},
      {"m: 4", "m: 0", 4, 46, "expected 1 to"},
      {"0.5, 0.125", "0.5", 5, 53, "2 numbers; expected 3"},
      {"0.125", "7", 5, 59, "expected 0 to 1"},
      {"[0.5, 0.125, 1]", "0.5", 5, 53, "expected a list"},
      {"band-width: 3", "width: 3", 6, 4, "\"band-width\" is missing"},
      {"band-width: 3", "band-width: 3, band_width: 3", 6, 54, "both"},
      {"band-width: 3", "band-width: -3", 6, 39, "expected 0 to"},
      {"window: 512", "window: 0", 7, 35, "expected 1 to"},
      {"causal: true", "causal: yes", 7, 48, "false, true"},
      {"random: 3", "random: 17", 8, 74, "expected 0 to 16"},
      {"block: 64, ", "", 8, 4, "\"block\" is missing"},
      {"seed: 1", "sed: 1", 8, 77, "did you mean \"seed\"?"},
      {"  rows: C", "  rows: Y", 11, 9, "expected one of K, C, R"},
      {"  rows: C", "  rows: R", 10, 3, "both R"},
      {"of: [{distribution: causal}, {distribution: strided, stride: 7}]",
       "of: []", 13, 7, "0 parts; expected 1 to 6"},
      {"  of: [", "  off: [", 10, 3, "\"of\" is missing"},
      {"{distribution: causal}", "{distribution: uniform}", 13, 23,
       "one of banded, causal"},
      {"{distribution: causal}", "{distribution: union}", 13, 23,
       "one of banded, causal"},
      {"{distribution: causal}", "causal", 13, 8, "expected a map"},
      {"{distribution: causal}", "{distribution: strided, stride: 3}", 13, 44,
       "a second strided"},
      {"stride: 7", "stride: 7, rows: K", 13, 67, "\"rows\""},
  };
  spoil_all(good, ways, sizeof ways / sizeof *ways, read_all);
}

/* Rows are counted one by one, columns are not. */
static void limits_rows(void **state) {
  (void)state;
  const int64_t most = 1 << 24;
  tacet_tensor tall = {
      .name = "A",
      .ranks = 2,
      .row_ranks = 1,
      .rank = {{.name = "M", .size = most + 1}, {.name = "K", .size = most}}};
  tacet_doc *doc = parsed("distribution: causal");
  tacet_pattern pattern;
  tacet_error error = {0};
  assert_int_equal(tacet_pattern_read(&pattern, tacet_doc_root(doc), TACET_GEMM,
                                      &tall, "input", &error),
                   TACET_BAD_INPUT);
  check_error(&error, 1, 1, "expected at most 16777216");
  tall.rank[0].size = most;
  tall.rank[1].size = most + 1;
  assert_int_equal(tacet_pattern_read(&pattern, tacet_doc_root(doc), TACET_GEMM,
                                      &tall, "input", &error),
                   TACET_OK);
  tacet_doc_free(doc);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_blocks),
      cmocka_unit_test(reads_groups),
      cmocka_unit_test(reads_a_rank_for_each_type),
      cmocka_unit_test(reads_parts),
      cmocka_unit_test(reads_unions_and_ranks),
      cmocka_unit_test(refuses_mistakes),
      cmocka_unit_test(limits_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
