/* What tacet explain says of a nest known by hand, and --fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "reports.h"

static void says(const char *text, const char *wanted) {
  if (!strstr(text, wanted)) fail_msg("\"%s\" is not in\n%s", wanted, text);
}

static void says_not(const char *text, const char *unwanted) {
  if (strstr(text, unwanted)) fail_msg("\"%s\" is in\n%s", unwanted, text);
}

static void fits_a_page(const char *text) {
  for (const char *line = text; *line;) {
    const size_t length = strcspn(line, "\n");
    if (length > 100) fail_msg("%zu columns: %.*s", length, (int)length, line);
    if (length > 0) assert_int_not_equal(line[length - 1], ' ');
    line += length + (line[length] == '\n');
  }
}

static void check_failed(const ran *r, const char *why) {
  assert_int_equal(r->exit_code, 1);
  says(r->errors, why);
}

/* ---- explain ------------------------------------------------------------ */

static const char rows_network[] =
    "tacet: 1\n"
    "network: rows\n"
    "layers:\n"
    "  - name: small\n"
    "    type: CONV\n"
    "    dims: {K: 2, C: 4, R: 3, S: 3, Y: 6, X: 7}\n";

static const char rows_flow[] = "tacet: 1\n"
                                "dataflow: rows\n"
                                "directives:\n"
                                "  - TemporalMap(2,2) C\n"
                                "  - TemporalMap(1,1) K\n"
                                "  - TemporalMap(1,1) X'\n"
                                "  - Cluster(4)\n"
                                "  - SpatialMap(1,1) Y'\n"
                                "  - Cluster(3)\n"
                                "  - SpatialMap(1,1) Y\n"
                                "  - SpatialMap(1,1) R\n";

static int rows_make(void **state) {
  if (files_make(state) != 0) return -1;
  file_write("rows.yaml", rows_network);
  file_write("rows-flow.yaml", rows_flow);
  return 0;
}

/* 4 PEs of 16 are in no cluster of 3 x 4. All inputs once need as much of L2
   as half of them twice, so they stay outermost. */
static void explains_row_stationary(void **state) {
  (void)state;
  char *text =
      program_output("explain -n rows.yaml -a plain.yaml -d rows-flow.yaml");
  says(text, "small of rows on plain, dataflow rows\n"
             "CONV K=2 C=4 P=4 Q=5 R=3 S=3; Y = p + r; X = q + s\n"
             "1,440 MACs; weight 72, input 168, output 40 words\n");
  says(text, "\n  [l2 keeps input C4 Y6 X7 (168)]\n"
             "  [l2 keeps output K2 P4 Q5 (40)]\n"
             "  for c = 0 to 1                        C by 2\n"
             "    for k = 0 to 1                      K by 1\n"
             "      [l2 keeps weight C2 R3 S3 (18)]\n");
  says(text, "\n      for q = 0 to 4                    Q by 1\n"
             "        parallel-for p = 0 to 3         P by 1      "
             "4 of 4 units\n"
             "          parallel-for r = 0 to 2       R by 1      "
             "3 of 3 units\n"
             "            [l1 holds weight C2 S3 (6), input C2 X3 (6), output "
             "(1)]\n"
             "            in each PE, for C 2, S 3: 6 MACs\n"
             "4 of the 16 PEs belong to no cluster.\n");
  says(text, "\n  in l1, moved by                 "
             "k                   q, sliding          q\n"
             "    so that they stay             "
             "5 steps             1 step              1 step\n");
  says(text, "\n  along p                         "
             "the same, multicast diagonal            own\n"
             "  along r                         "
             "own                 diagonal            added up\n"
             "  Diagonal: units share the inputs where p + r is the same");
  says(text, "\n  MACs for a word in a PE         5.0  ");
  says(text, "\n  PEs for a word of l2            4.0  ");
  says(text, "\nThe 20 steps are of ");
  says(text, " binds the run.");
  fits_a_page(text);
  free(text);
}

/* S, which no directive names, runs outside C: each MAC has other weights and
   inputs, and the six of a step add to one sum. */
static void explains_registers(void **state) {
  (void)state;
  char *with =
      text_replaced(plain_text, "l1: {", "l1: {registers: [weight, output], ");
  file_write("held.yaml", with);
  free(with);
  char *text =
      program_output("explain -n rows.yaml -a held.yaml -d rows-flow.yaml");
  says(text, "\n            in each PE, for S 3, C 2, in this order: 6 MACs\n"
             "            [registers hold weight for 1 MAC, output for the "
             "step]\n");
  says(text, "\n  MACs for a read of l1           1.0                 "
             "1.0                 6.0\n");
  fits_a_page(text);
  free(text);
}

static void explains_what_a_design_lacks(void **state) {
  (void)state;
  char *plain = text_replaced(plain_text, "latency: 1",
                              "latency: 900, multicast: false, "
                              "reduction: false");
  file_write("poor.yaml", plain);
  free(plain);
  char *text =
      program_output("explain -n rows.yaml -a poor.yaml -d rows-flow.yaml");
  says(text, "along p                         the same, each");
  says(text, "diagonal            added up in l2\n");
  says(text, "PEs for a word of l2            1.0                 1.0         "
             "        1.0\n");
  says(text, "The latency of noc binds the run, whatever its bandwidth.\n");
  fits_a_page(text);
  free(text);
}

static void explains_inserted_zeros(void **state) {
  (void)state;
  char *network =
      text_replaced(rows_network, "type: CONV", "type: TRCONV\n    stride: 2");
  file_write("up.yaml", network);
  free(network);
  char *text = program_output("explain -n up.yaml -a plain.yaml");
  says(text,
       "TRCONV K=2 C=4 P=13 Q=15 R=3 S=3; Y = p + r - 2; X = q + s - 2\n");
  says(text, "input 572, output 390 words\n"
             "168 of the inputs are values, the others inserted zeros\n");
  fits_a_page(text);
  free(text);
}

static void explains_every_layer_asked_for(void **state) {
  (void)state;
  char *text = program_output("explain -n network.yaml -a plain.yaml");
  says(text, "L1 of tiny on plain, dataflow flow\n");
  says(text, "\n\nL2 of tiny on plain, dataflow flow\n");
  says(text, "; Y = 2 p + r; X = q + s\n");
  fits_a_page(text);
  free(text);
  text = program_output("explain -n network.yaml -a plain.yaml --layer L2 "
                        "-o text.txt");
  assert_string_equal(text, "");
  free(text);
  text = file_read("text.txt");
  assert_non_null(text);
  assert_int_equal(strncmp(text, "L2 of tiny", 10), 0);
  free(text);
}

/* ---- mappings that do not fit ------------------------------------------- */

/* A PE takes 8 x 3 x 3 weights, 3 x 8 inputs of 3 channels, ... */
static void write_tight_design(void) {
  char *tight =
      text_replaced(plain_text, "l1: {size: 1 KiB", "l1: {size: 60 B");
  file_write("tight.yaml", tight);
  free(tight);
}

static void shows_what_is_short(void **state) {
  (void)state;
  write_tight_design();
  ran r = program_run("explain -n network.yaml -a tight.yaml --layer L1");
  check_failed(&r, "tight.yaml:1:1: l1 is too small");
  says(r.output, "[l1 holds ");
  says(r.output, " of 60 B (!)");
  says_not(r.output, "binds");
  r = program_run("explain -n network.yaml -a tight.yaml --layer L1 -o no.txt");
  check_refused(&r, 1, "l1 is too small");
  assert_false(file_exists("no.txt"));
}

/* Of L1 a PE holds a channel: 9 weights and 2 output rows of 6 columns, for
   which it takes 5 input rows of 8: 9 + 40 + 12 words of 16 bit, all twice. */
static void fits_mappings(void **state) {
  (void)state;
  write_tight_design();
  ran r = program_run("run -n network.yaml -a tight.yaml");
  check_refused(&r, 1,
                "layer L1 on plain: l1 is too small: the tiles of one "
                "step of a PE need 244.0 B, it has 60.0 B");
  char *tight =
      text_replaced(plain_text, "l1: {size: 1 KiB", "l1: {size: 180 B");
  file_write("tight.yaml", tight);
  free(tight);
  char *text = program_output("run -n network.yaml -a tight.yaml --fit");
  says(text, "MACs\nto fit plain, TemporalMap(2,2) Y' became TemporalMap(1,1) "
             "Y'\ndense");
  free(text);
  text = program_output("explain -n network.yaml -a tight.yaml --fit "
                        "--layer L1");
  says(text, "dataflow flow\nTo fit, TemporalMap(2,2) Y' became "
             "TemporalMap(1,1) Y'.\n");
  free(text);
  json_t *report =
      json_of("compare -n network.yaml -a tight.yaml --fit --format json");
  const json_t *layers = json_object_get(report, "layers");
  for (size_t l = 0; l < 2; l++) {
    const json_t *design = json_array_get(
        json_object_get(json_array_get(layers, l), "designs"), 0);
    const json_t *fitted = json_object_get(design, "fitted");
    assert_int_equal(json_array_size(fitted), l == 0);
    if (l == 0)
      assert_string_equal(json_string_value(json_array_get(fitted, 0)),
                          "TemporalMap(2,2) Y' became TemporalMap(1,1) Y'");
  }
  json_decref(report);
}

static void cannot_fit_everything(void **state) {
  (void)state;
  write_tight_design();
  const ran r = program_run("run -n network.yaml -a tight.yaml --fit");
  check_refused(&r, 1,
                "l1 is too small for the smallest tiles that the "
                "temporal maps of flow can make: they need");
}

/* ---- usage -------------------------------------------------------------- */

static void refuses_what_it_does_not_take(void **state) {
  (void)state;
  ran r = program_run("explain -n network.yaml -a plain.yaml --format csv");
  check_refused(&r, 2, "unknown option --format");
  r = program_run("explain -n network.yaml -a plain.yaml -p profile.yaml");
  check_refused(&r, 2, "unknown option -p");
  r = program_run("explain -n network.yaml -a plain.yaml -a thrifty.yaml");
  check_refused(&r, 2, "explain takes one accelerator, not 2");
  r = program_run("explain -n network.yaml -a plain.yaml --layer L3");
  check_refused(&r, 1, "no layer \"L3\"");
  char *text = program_output("explain --help");
  says(text, "tacet explain -n NETWORK");
  says(text, "--fit");
  says_not(text, "--format");
  free(text);
}

/* ---- technologies ------------------------------------------------------- */

static void tells_area_and_power(void **state) {
  (void)state;
  file_write("technology.yaml", "tacet: 1\ntechnology: t\nl2: 9 pJ\n"
                                "area: {multiplier: 2 um2, l2-word: 0.5 um2}\n"
                                "power: {bus: [1 mW, 0.25 mW]}\n");
  char *cheap = text_replaced(plain_text, "dataflow: flow.yaml\n",
                              "dataflow: flow.yaml\n"
                              "technology: technology.yaml\n");
  char *priced = text_replaced(cheap, ", read: 6 pJ, write: 6 pJ", "");
  file_write("priced.yaml", priced);
  free(cheap);
  free(priced);
  json_t *report = json_of("run -n network.yaml -a priced.yaml --format json");
  const json_t *design =
      json_array_get(json_object_get(report, "accelerators"), 0);
  const json_t *l2 = json_array_get(json_object_get(design, "storage"), 1);
  assert_true(json_number_value(json_object_get(design, "area_um2")) ==
              16 * 2 + 8192 * 0.5);
  assert_true(json_number_value(json_object_get(design, "power_mw")) ==
              4 * (1 + 16 * 0.25));
  assert_true(json_number_value(json_object_get(l2, "read_pj")) == 9);
  json_decref(report);
  report = json_of("run -n network.yaml -a plain.yaml --format json");
  design = json_array_get(json_object_get(report, "accelerators"), 0);
  assert_true(json_is_null(json_object_get(design, "area_um2")));
  json_decref(report);
}

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(explains_row_stationary),
      cmocka_unit_test(explains_registers),
      cmocka_unit_test(explains_what_a_design_lacks),
      cmocka_unit_test(explains_inserted_zeros),
      cmocka_unit_test(explains_every_layer_asked_for),
      cmocka_unit_test(shows_what_is_short),
      cmocka_unit_test(fits_mappings),
      cmocka_unit_test(cannot_fit_everything),
      cmocka_unit_test(refuses_what_it_does_not_take),
      cmocka_unit_test(tells_area_and_power),
  };
  return cmocka_run_group_tests(tests, rows_make, scratch_remove);
}
