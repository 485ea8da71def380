/* Real masks and densities through the whole program: what is dense stays
   dense in every field, and effectual MACs are those counted by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "mask_file.h"
#include "program.h"
#include "reports.h"

#define COMPARE                                                                \
  "compare -n network.yaml -a plain.yaml -a thrifty.yaml --format json -p "

/* Sizes of L1, which is program.c's: stride 2 along Y. */
enum { K = 8, C = 6, R = 3, S = 3, Y = 9, X = 8, P = 4, Q = 6 };

static const char masks_text[] =
    "tacet: 1\n"
    "profile: masks\n"
    "layers:\n"
    "  L1:\n"
    "    mask:\n"
    "      weight: {file: masks.h5, dataset: /L1/w, layout: RSCK}\n"
    "      input: {file: masks.h5, dataset: /L1/i, layout: YXC}\n";

/* The datasets in the order of their layouts. */
typedef struct masks {
  unsigned char weight[R * S * C * K];
  unsigned char input[Y * X * C];
} masks;

static void write_masks(const masks *m) {
  const hid_t file = mask_file_make("masks.h5");
  H5Gclose(H5Gcreate2(file, "L1", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  mask_file_put(file, "L1/w", (hsize_t[]){R, S, C, K}, m->weight,
                sizeof m->weight);
  mask_file_put(file, "L1/i", (hsize_t[]){Y, X, C, 0}, m->input,
                sizeof m->input);
  H5Fclose(file);
  file_write("masks.yaml", masks_text);
}

static const json_t *design_of(const json_t *report, size_t layer,
                               size_t design) {
  const json_t *layers = json_object_get(report, "layers");
  return json_array_get(
      json_object_get(json_array_get(layers, layer), "designs"), design);
}

static bool reads_dense(const json_t *report, size_t layer, size_t design) {
  const json_t *point = design_of(report, layer, design);
  const json_t *dense = json_object_get(point, "dense");
  assert_non_null(dense);
  return json_equal(dense, json_object_get(point, "sparse"));
}

/* ---- dense -------------------------------------------------------------- */

static void density_one_is_dense(void **state) {
  (void)state;
  file_write("ones.yaml", "tacet: 1\nprofile: ones\ndefault: {density: "
                          "{weight: 1, input: 1.0, output: 1}}\n");
  json_t *report = json_of(COMPARE "ones.yaml");
  for (size_t layer = 0; layer < 2; layer++)
    for (size_t design = 0; design < 2; design++)
      assert_true(reads_dense(report, layer, design));
  json_decref(report);
  report = json_of(COMPARE "profile.yaml");
  assert_true(reads_dense(report, 0, 0)); /* plain ignores zeros */
  assert_false(reads_dense(report, 0, 1));
  json_decref(report);
}

static void all_ones_are_dense(void **state) {
  (void)state;
  masks m;
  memset(&m, 1, sizeof m);
  write_masks(&m);
  json_t *report = json_of(COMPARE "masks.yaml");
  assert_true(reads_dense(report, 0, 0));
  assert_true(reads_dense(report, 0, 1));
  json_decref(report);
  m.weight[0] = 0;
  write_masks(&m);
  report = json_of(COMPARE "masks.yaml");
  assert_false(reads_dense(report, 0, 1));
  json_decref(report);
}

/* ---- counting by hand --------------------------------------------------- */

/* MACs of L1 by whether weight [w] and input [i] are not zero. */
static void count_pairs(int64_t pairs[2][2], const masks *m) {
  memset(pairs, 0, 4 * sizeof(int64_t));
  for (int k = 0; k < K; k++)
    for (int c = 0; c < C; c++)
      for (int p = 0; p < P; p++)
        for (int q = 0; q < Q; q++)
          for (int r = 0; r < R; r++)
            for (int s = 0; s < S; s++) {
              const int w = m->weight[((r * S + s) * C + c) * K + k];
              const int i = m->input[((2 * p + r) * X + q + s) * C + c];
              pairs[w][i]++;
            }
}

static void check_count(const json_t *sparse, const char *key,
                        int64_t expected) {
  assert_int_equal(json_integer_value(json_object_get(sparse, key)), expected);
}

/* thrifty skips the MACs of a zero input and gates those of a zero weight. */
static void masks_are_counted(void **state) {
  (void)state;
  uint64_t random = environment_number("TACET_SEED", 20);
  for (int turn = 0; turn < 5; turn++) {
    masks m;
    int64_t pairs[2][2];
    for (size_t i = 0; i < sizeof m.weight; i++)
      m.weight[i] = next_random(&random) % 2;
    for (size_t i = 0; i < sizeof m.input; i++)
      m.input[i] = next_random(&random) % 3 > 0;
    write_masks(&m);
    count_pairs(pairs, &m);
    json_t *report = json_of(COMPARE "masks.yaml --layer L1");
    const json_t *sparse = json_object_get(design_of(report, 0, 1), "sparse");
    assert_true(json_is_true(json_object_get(sparse, "exact")));
    check_count(sparse, "macs_actual", pairs[1][1]);
    check_count(sparse, "macs_gated", pairs[0][1]);
    check_count(sparse, "macs_skipped", pairs[0][0] + pairs[1][0]);
    json_decref(report);
  }
}

/* ---- what a report says of itself ---------------------------------------- */

static bool says(const char *profile, const char *note) {
  char command[128];
  snprintf(command, sizeof command,
           "run -n network.yaml -a thrifty.yaml --layer L1 -p %s", profile);
  char *text = program_output(command);
  const bool found = strstr(text, note) != NULL;
  free(text);
  return found;
}

static void reports_say_what_is_exact(void **state) {
  (void)state;
  masks m;
  memset(&m, 0, sizeof m);
  m.weight[0] = m.input[0] = 1;
  write_masks(&m);
  file_write("half.yaml", "tacet: 1\nprofile: half\nlayers:\n  L1:\n"
                          "    density: {input: 0.5}\n    mask:\n"
                          "      weight: {file: masks.h5, dataset: /L1/w, "
                          "layout: RSCK}\n");
  assert_true(says("masks.yaml", "Every figure is exact"));
  assert_true(says("profile.yaml", "* expected values"));
  assert_false(says("profile.yaml", "sample"));
  assert_true(says("half.yaml", "* expected values"));
  assert_false(says("half.yaml", "sample"));
}

/* ---- balance ------------------------------------------------------------ */

/* Only the last filter has a weight: it comes first, and all others after it. */
static void reports_say_what_balancing_moves(void **state) {
  (void)state;
  char design[1024];
  masks m;
  memset(&m, 0, sizeof m);
  m.weight[K - 1] = 1;
  write_masks(&m);
  snprintf(design, sizeof design, "%s  balance: {sort: K}\n", thrifty_text);
  file_write("sorting.yaml", design);
  char *text = program_output(
      "run -n network.yaml -a sorting.yaml --layer L1 -p masks.yaml");
  assert_non_null(strstr(
      text, "balance of thrifty: 192 outputs come out in another order"));
  free(text);
  json_t *report = json_of("run -n network.yaml -a sorting.yaml --layer L1 "
                           "--format json -p masks.yaml");
  const json_t *moved =
      json_object_get(design_of(report, 0, 0), "moved_by_balance");
  assert_int_equal(json_integer_value(json_object_get(moved, "weight")),
                   K * C * R * S);
  assert_int_equal(json_integer_value(json_object_get(moved, "input")), 0);
  assert_int_equal(json_integer_value(json_object_get(moved, "output")),
                   K * P * Q);
  json_decref(report);
}

/* ---- all ---------------------------------------------------------------- */

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(density_one_is_dense),
      cmocka_unit_test(all_ones_are_dense),
      cmocka_unit_test(masks_are_counted),
      cmocka_unit_test(reports_say_what_is_exact),
      cmocka_unit_test(reports_say_what_balancing_moves),
  };
  return cmocka_run_group_tests(tests, files_make, scratch_remove);
}
