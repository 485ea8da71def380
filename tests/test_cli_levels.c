/* Buffers at cluster boundaries, and an L1 that keeps tiles, as every report
   shows them: designs known by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "reports.h"

static void says(const char *text, const char *wanted) {
  if (!strstr(text, wanted)) fail_msg("\"%s\" is not in\n%s", wanted, text);
}

/* ---- files -------------------------------------------------------------- */

static const char gemm_text[] = "tacet: 1\n"
                                "network: hand\n"
                                "layers:\n"
                                "  - name: z\n"
                                "    type: GEMM\n"
                                "    dims: {M: 4, N: 2, K: 2}\n"
                                "    repeat: 3\n";

/* Two clusters with a column of Z each, in them two PEs with half a sum each;
   a row of A after the other. */
static const char columns_text[] = "tacet: 1\n"
                                   "dataflow: columns\n"
                                   "directives: []\n"
                                   "by-type:\n"
                                   "  GEMM:\n"
                                   "    - SpatialMap(1,1) N\n"
                                   "    - TemporalMap(1,1) M\n"
                                   "    - Cluster(2)\n"
                                   "    - SpatialMap(1,1) K\n";

#define DESIGN                                                                 \
  "clock: 1 GHz\n"                                                             \
  "pes: 4\n"                                                                   \
  "word: 8 bit\n"                                                              \
  "mac: 1 pJ\n"                                                                \
  "l1: {size: 16 B, read: 0 pJ, write: 0 pJ}\n"                                \
  "l2: {size: 1 KiB, read: 0 pJ, write: 0 pJ}\n"                               \
  "dram: {bandwidth: 1000 words/cycle, read: 0 pJ, write: 0 pJ}\n"             \
  "dataflow: columns.yaml\n"                                                   \
  "technology: prices.yaml\n"

static const char rows_text[] =
    "tacet: 1\n"
    "accelerator: a\n" DESIGN "noc: {bandwidth: 1000 words/cycle, hop: 0 pJ}\n"
    "clusters:\n"
    "  - {name: row, level: 1, size: 64 B, read: 3 pJ, write: 3 pJ,\n"
    "     noc: {bandwidth: 1 words/cycle, hop: 2 pJ, hops: 3}}\n";

/* The technology prices bytes, buses and arbiters, nothing else. */
static const char prices_text[] =
    "tacet: 1\n"
    "technology: prices\n"
    "area: {l2-word: 1 um2, bus: [0 um2, 0.5 um2], arbiter: 7 um2}\n";

static int levels_make(void **state) {
  if (scratch_make(state) != 0) return -1;
  file_write("gemm.yaml", gemm_text);
  file_write("columns.yaml", columns_text);
  file_write("prices.yaml", prices_text);
  file_write("rows.yaml", rows_text);
  char *other = text_replaced(rows_text, "name: row", "name: other");
  char *renamed = text_replaced(other, "accelerator: a", "accelerator: b");
  file_write("other.yaml", renamed);
  free(other);
  free(renamed);
  return 0;
}

/* ---- figures ------------------------------------------------------------ */

/* Of one run. A buffer takes its column of B, two words, and all of A, of which
   both take the same at once, and gives a column of Z; no two PEs share what
   they take, and they add their halves. Words are of 3 pJ to read and to write
   and of 2 pJ a hop. Two of B stay, two of A move and one of Z, so that these
   are kept twice. */
static const struct {
  const char *tensor;
  double reads, writes, words, occupancy;
} wanted[] = {{"weight", 4, 4, 4, 2.0 / 64},
              {"input", 16, 16, 8, 4.0 / 64},
              {"output", 8, 8, 8, 2.0 / 64}};

typedef double figure_of(const void *report, const char *tensor,
                         const char *key);

/* `times` a run. */
static void check_figures(figure_of *get, const void *report, double times) {
  for (int t = 0; t < 3; t++) {
    const char *name = wanted[t].tensor;
    assert_true(get(report, name, "reads") == times * wanted[t].reads);
    assert_true(get(report, name, "writes") == times * wanted[t].writes);
    assert_true(get(report, name, "words") == times * wanted[t].words);
    assert_true(get(report, name, "bit") == 8 * times * wanted[t].words);
    assert_true(get(report, name, "energy_pJ") ==
                3 * times * (wanted[t].reads + wanted[t].writes));
    assert_true(get(report, name, "network_energy_pJ") ==
                6 * times * wanted[t].words);
    assert_true(get(report, name, "occupancy") == wanted[t].occupancy);
  }
}

typedef struct csv_line {
  const table *t;
  int line;
} csv_line;

static double csv_figure(const void *report, const char *tensor,
                         const char *key) {
  const csv_line *at = report;
  char column[64];
  snprintf(column, sizeof column, "row_%s_%s", tensor, key);
  return number(at->t, at->line, column);
}

/* A layer, dense and sparse, then the total of three runs. */
static void csv_has_columns(void **state) {
  (void)state;
  table t = csv_of("run -n gemm.yaml -a rows.yaml --format csv");
  for (int line = 1; line <= 4; line++) {
    const csv_line at = {&t, line};
    check_figures(csv_figure, &at, line > 2 ? 3 : 1);
  }
  free(t.text);
}

/* Two designs with a buffer each: the other's columns are empty. */
static void csv_has_those_of_all_designs(void **state) {
  (void)state;
  table t =
      csv_of("compare -n gemm.yaml -a rows.yaml -a other.yaml --format csv");
  check_figures(csv_figure, &(csv_line){&t, 1}, 1);
  assert_string_equal(field(&t, 1, "other_weight_reads"), "");
  assert_string_equal(field(&t, 3, "row_output_occupancy"), "");
  assert_true(number(&t, 3, "other_input_words") == 8);
  free(t.text);
}

/* Without such buffers nothing is added. */
static void other_csv_is_as_before(void **state) {
  (void)state;
  files_write();
  char *csv = program_output("run -n network.yaml -a plain.yaml --format csv");
  const size_t length = strcspn(csv, "\n");
  says(csv, "layer,type,accelerator,reading,exact,kind,runs,macs_algorithmic,");
  says(csv + length - strlen(",edp_ratio_to_first"), ",edp_ratio_to_first\n");
  assert_null(strstr(csv, "occupancy"));
  free(csv);
  csv = program_output("run -n network.yaml -a plain.yaml --format json");
  assert_null(strstr(csv, "occupancy"));
  free(csv);
}

static double json_figure(const void *report, const char *tensor,
                          const char *key) {
  const json_t *row = json_object_get(
      json_object_get((const json_t *)report, "buffers"), "row");
  const json_t *value = json_object_get(json_object_get(row, tensor), key);
  assert_true(json_is_number(value));
  return json_number_value(value);
}

static void json_has_them_by_buffer(void **state) {
  (void)state;
  json_t *report = json_of("run -n gemm.yaml -a rows.yaml --format json");
  const json_t *total = json_array_get(json_object_get(report, "total"), 0);
  check_figures(json_figure, json_object_get(total, "dense"), 3);
  check_figures(json_figure, json_object_get(total, "sparse"), 3);
  json_decref(report);
}

/* 64 words in each of two buffers and 1024 in L2; a bus of one word for two
   buffers and of a thousand for four PEs; two arbiters. */
static void json_has_their_area(void **state) {
  (void)state;
  json_t *report = json_of("run -n gemm.yaml -a rows.yaml --format json");
  const json_t *design =
      json_array_get(json_object_get(report, "accelerators"), 0);
  const json_t *row = json_array_get(json_object_get(design, "storage"), 2);
  assert_int_equal(json_integer_value(json_object_get(row, "buffers")), 2);
  assert_true(json_number_value(json_object_get(design, "area_um2")) ==
              1024 + 2 * 64 + 1 * 0.5 * 2 + 1000 * 0.5 * 4 + 2 * 7);
  json_decref(report);
}

static double hdf5_figure(const void *report, const char *tensor,
                          const char *key) {
  const hid_t file = *(const hid_t *)report;
  char name[64];
  double value[2 * 2]; /* points x readings */
  snprintf(name, sizeof name, "row_%s_%s", tensor, key);
  const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
  assert_true(set >= 0);
  assert_true(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                      value) >= 0);
  H5Dclose(set);
  for (int i = 1; i < 4; i++) assert_true(value[i] == value[0]);
  return value[0];
}

static void sweeps_have_them(void **state) {
  (void)state;
#define SWEEP                                                                  \
  "sweep -n gemm.yaml -a rows.yaml --sweep accelerator.noc.bandwidth=4,8 "     \
  "--format "
  table t = csv_of(SWEEP "csv");
  for (int line = 1; line <= 4; line++)
    check_figures(csv_figure, &(csv_line){&t, line}, 3);
  free(t.text);
  char *silent = program_output(SWEEP "hdf5 -o levels.h5");
  free(silent);
  const hid_t file =
      H5Fopen(scratch_path("levels.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
  assert_true(file >= 0);
  check_figures(hdf5_figure, &file, 3);
  H5Fclose(file);
}

static void text_has_a_table(void **state) {
  (void)state;
  char *text = program_output("run -n gemm.yaml -a rows.yaml");
  says(text, "\nrow   ");
  says(text, "\n  input  dense                            16      16       8 "
             "     64  96.0 p  48.0 p       6\n");
  says(text, "\n  output sparse                           24      24      24 "
             "    192   144 p   144 p       3\n");
  free(text);
  text = program_output("compare -n gemm.yaml -a rows.yaml -a other.yaml");
  says(text, "\nother of b   ");
  free(text);
}

/* ---- explanations ------------------------------------------------------- */

/* PEs of a row add up their sums, rows have sums of their own. */
static void explains_buffers(void **state) {
  (void)state;
  char *apart = text_replaced(rows_text, "{bandwidth: 1000 words/cycle, hop",
                              "{bandwidth: 1000 words/cycle, multicast: false, "
                              "reduction: false, hop");
  file_write("apart.yaml", apart);
  free(apart);
  char *text = program_output("explain -n gemm.yaml -a rows.yaml");
  says(text, "[row keeps B K2 (2)]\n");
  says(text, "[row keeps A K2 (2)]\n");
  says(text,
       "\n  in row, moved by                nothing             m         "
       "          m\n");
  says(text,
       "\n  along n                         own                 the same, "
       "multicast own\n");
  says(text,
       "\n  along k                         own                 own       "
       "          added up\n");
  says(text,
       "\n  PEs for a word of row           1.0                 1.0       "
       "          2.0\n"
       "  words of row for one taken      1.0                 1.0         "
       "        1.0\n"
       "  row buffers for a word of l2    1.0                 2.0         "
       "        1.0\n");
  says(text,
       "\n  row: 8 B of 64 B                2 B                 2 x 2 B   "
       "          2 x 1 B\n");
  says(text, "\n  There are 2 row, for 2 PEs each.\n");
  says(text, "\n  row                    20 ");
  free(text);
  text = program_output("explain -n gemm.yaml -a apart.yaml");
  says(text,
       "\n  along k                         own                 own       "
       "          added up in row\n");
  says(text,
       "\n  along n                         own                 the same, "
       "multicast own\n");
  free(text);
}

/* One PE: all of B stays, so that it is fetched once; a row of A does for both
   columns; of Z nothing is gained by keeping more than an element. */
static void explains_what_l1_keeps(void **state) {
  (void)state;
  char *keeps = text_replaced("tacet: 1\naccelerator: k\n" DESIGN
                              "noc: {bandwidth: 1 words/cycle}\n",
                              "l1: {", "l1: {keep: capacity, ");
  file_write("keeps.yaml", keeps);
  free(keeps);
  file_write("one.yaml", "tacet: 1\n"
                         "dataflow: one\n"
                         "directives: []\n"
                         "by-type:\n"
                         "  GEMM: [\"TemporalMap(1,1) M\", "
                         "\"TemporalMap(1,1) N\"]\n");
  char *text = program_output("explain -n gemm.yaml -a keeps.yaml -d one.yaml");
  says(text, "  [l1 keeps B K2 N2 (4)]\n");
  says(text, "    [l1 keeps A K2 (2)]\n");
  says(text, "      [l1 holds Z (1)]\n");
  free(text);
}

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(csv_has_columns),
      cmocka_unit_test(csv_has_those_of_all_designs),
      cmocka_unit_test(other_csv_is_as_before),
      cmocka_unit_test(json_has_them_by_buffer),
      cmocka_unit_test(json_has_their_area),
      cmocka_unit_test(sweeps_have_them),
      cmocka_unit_test(text_has_a_table),
      cmocka_unit_test(explains_buffers),
      cmocka_unit_test(explains_what_l1_keeps),
  };
  return cmocka_run_group_tests(tests, levels_make, scratch_remove);
}
