/* What the commands are asked for and how: choices, output files, usage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "reports.h"

#define COMPARE                                                                \
  "compare -n network.yaml -a plain.yaml -a thrifty.yaml -p profile.yaml"

/* ---- choices ------------------------------------------------------------ */

static void layers_are_chosen(void **state) {
  (void)state;
  table t = csv_of("run -n network.yaml -a plain.yaml --layer L2 --format csv");
  assert_int_equal(t.lines, 1 + 2 * 2);
  assert_string_equal(field(&t, 1, "layer"), "L2");
  assert_string_equal(field(&t, 3, "layer"), "total");
  free(t.text);
  t = csv_of("run -n network.yaml -a plain.yaml --layer L2 --layer L1 "
             "--format csv");
  assert_string_equal(field(&t, 1, "layer"), "L1");
  assert_string_equal(field(&t, 3, "layer"), "L2");
  free(t.text);
  const ran r = program_run("run -n network.yaml -a plain.yaml --layer L3");
  check_refused(&r, 1, "network.yaml: no layer \"L3\"");
}

static void dataflows_are_chosen(void **state) {
  (void)state;
  file_write("other.yaml", "tacet: 1\ndataflow: other\ndirectives:\n"
                           "  - SpatialMap(1,1) C\n");
  json_t *report = json_of("run -n network.yaml -a plain.yaml -d other.yaml "
                           "--format json");
  const json_t *design =
      json_array_get(json_object_get(report, "accelerators"), 0);
  const json_t *dataflow = json_object_get(design, "dataflow");
  assert_string_equal(json_string_value(json_object_get(dataflow, "name")),
                      "other");
  json_decref(report);

  char *none = text_replaced(plain_text, "dataflow: flow.yaml\n", "");
  file_write("none.yaml", none);
  free(none);
  ran r = program_run("run -n network.yaml -a none.yaml");
  check_refused(&r, 1, "none.yaml:1:1: the accelerator plain has no dataflow");
  file_write("gemm.yaml", "tacet: 1\ndataflow: gemm\nby-type:\n"
                          "  CONV: [\"SpatialMap(1,1) C\"]\n");
  r = program_run("run -n network.yaml -a plain.yaml -d gemm.yaml");
  check_refused(&r, 1,
                "network.yaml:8:5: layer L2 on plain: the dataflow gemm "
                "has no directives for FC");
}

static void names_tell_designs_apart(void **state) {
  (void)state;
  const ran r = program_run("compare -n network.yaml -a plain.yaml "
                            "-a ./plain.yaml");
  check_refused(&r, 1, "a second accelerator called plain");
}

/* A place in front of a message is not said twice. */
static void prefixes_come_once(void **state) {
  (void)state;
  ran r = program_run("run -n network.yaml -a plain.yaml --fit "
                      "--set 'accelerator.l1.size=1 B'");
  check_refused(&r, 1, "plain.yaml:1:1: layer L1 on plain: l1 is too small");
  file_write("cut.h5", "\x89HDF\r\n\x1a\ncut");
  r = program_run("run -n network.yaml -a plain.yaml -p cut.h5");
  check_refused(&r, 1, "cut.h5: ");
  assert_null(strstr(r.errors, "cut.h5: cut.h5"));
}

/* A design takes from its technology what it lacks. */
static void tells_nothing_beside_a_technology(void **state) {
  (void)state;
  char *less = text_replaced(plain_text, "mac: 1 pJ\n", "technology: t.yaml\n");
  file_write("bare.yaml", less);
  free(less);
  file_write("t.yaml", "tacet: 1\ntechnology: t\nmac: 1 pJ\n");
  free(program_output("run -n network.yaml -a bare.yaml"));
}

/* Runs on a plain design without these energies; says what is told. */
static void check_left_out(const char *command, const char *const *energies,
                           const char *told) {
  char *text = text_replaced(plain_text, energies[0], "");
  for (int i = 1; energies[i]; i++) {
    char *less = text_replaced(text, energies[i], "");
    free(text);
    text = less;
  }
  file_write("bare.yaml", text);
  free(text);
  const ran r = program_run(command);
  assert_int_equal(r.exit_code, 0);
  assert_string_equal(r.errors, told);
}

static void tells_what_energy_leaves_out(void **state) {
  (void)state;
  static const char *const some[] = {"read: 6 pJ, ", ", write: 200 pJ", NULL};
  static const char *const most[] = {"mac: 1 pJ\n", ", read: 1 pJ, write: 1 pJ",
                                     ", read: 200 pJ, write: 200 pJ", NULL};
  static const char *const all[] = {"run -n network.yaml -a bare.yaml",
                                    "compare -n network.yaml -a bare.yaml",
                                    "sweep -n network.yaml -a bare.yaml "
                                    "--sweep density=0.5,1 --threads 2",
                                    "crossover -n network.yaml -a bare.yaml "
                                    "-a thrifty.yaml --along density=0.5:1 "
                                    "--metric energy"};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    check_left_out(all[i], some,
                   "bare.yaml: energy leaves out l2 reads and dram writes, for "
                   "which no figures are given\n");
    check_left_out(all[i], most,
                   "bare.yaml: energy leaves out MACs, l1 and dram, for which "
                   "no figures are given\n");
  }
}

static void help_has_columns(void **state) {
  (void)state;
  char *text = program_output("mask info --help");
  assert_non_null(strstr(text, "--polarity kept|pruned  what"));
  free(text);
}

/* ---- output files ------------------------------------------------------- */

static void files_are_written_whole(void **state) {
  (void)state;
  char *printed = program_output(COMPARE " --format csv");
  free(program_output(COMPARE " --format csv -o out.csv"));
  char *written = file_read("out.csv");
  assert_non_null(written);
  assert_string_equal(written, printed);
  free(written);
  file_write("out.csv", "older\n");
  const ran r = program_run("run -n network.yaml -a missing.yaml -o out.csv");
  check_refused(&r, 1, "missing.yaml: ");
  written = file_read("out.csv");
  assert_string_equal(written, "older\n");
  free(written);
  free(printed);
}

static void files_that_cannot_be_written(void **state) {
  (void)state;
  ran r = program_run("run -n network.yaml -a plain.yaml -o no/out.csv");
  check_refused(&r, 1, "no/out.csv: cannot be written");
  r = program_run("run -n network.yaml -a plain.yaml -o .");
  check_refused(&r, 1, ".: cannot be written");
  r = program_run("run -n network.yaml -a plain.yaml -o /dev/full");
  check_refused(&r, 3, "/dev/full: cannot be written");
  assert_int_equal(
      program_run("run -n network.yaml -a plain.yaml -o /dev/null").exit_code,
      0);
}

/* ---- usage -------------------------------------------------------------- */

static void usage_is_explained(void **state) {
  (void)state;
  static const struct {
    const char *arguments, *says;
  } cases[] = {
      {"", "a command is missing"},
      {"rum", "did you mean run?"},
      {"run", "run needs a network: -n FILE"},
      {"run -n network.yaml", "run needs an accelerator: -a FILE"},
      {"run -a plain.yaml", "run needs a network"},
      {"run -n", "--network needs a FILE"},
      {"run -n network.yaml -a plain.yaml --layer", "--layer needs a NAME"},
      {"run -n network.yaml -a plain.yaml --netwrk x",
       "did you mean --network?"},
      {"run -n network.yaml -a plain.yaml -z", "unknown option -z"},
      {"run -n network.yaml -a plain.yaml -a thrifty.yaml",
       "run takes one accelerator, not 2"},
      {"run -n network.yaml -n network.yaml -a plain.yaml",
       "--network is given twice"},
      {"run -n network.yaml -a plain.yaml --format xml",
       "expected text, csv or json"},
      {"compare -n network.yaml -a plain.yaml thrifty.yaml",
       "\"thrifty.yaml\" belongs to no option"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const ran r = program_run(cases[i].arguments);
    check_refused(&r, 2, cases[i].says);
  }
}

static void help_lists_columns(void **state) {
  (void)state;
  char *help = program_output("compare --help");
  table t = csv_of(COMPARE " --format csv");
  for (int c = 0; c < t.columns; c++)
    if (!strstr(help, t.field[0][c])) fail_msg("no %s", t.field[0][c]);
  assert_non_null(strstr(help, "--accelerator FILE"));
  free(t.text);
  free(help);
  help = program_output("--help");
  assert_non_null(strstr(help, "  compare "));
  free(help);
  help = program_output("--version");
  assert_memory_equal(help, "tacet ", 6);
  free(help);
}

/* ---- all ---------------------------------------------------------------- */

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layers_are_chosen),
      cmocka_unit_test(dataflows_are_chosen),
      cmocka_unit_test(names_tell_designs_apart),
      cmocka_unit_test(prefixes_come_once),
      cmocka_unit_test(tells_what_energy_leaves_out),
      cmocka_unit_test(tells_nothing_beside_a_technology),
      cmocka_unit_test(help_has_columns),
      cmocka_unit_test(files_are_written_whole),
      cmocka_unit_test(files_that_cannot_be_written),
      cmocka_unit_test(usage_is_explained),
      cmocka_unit_test(help_lists_columns),
  };
  return cmocka_run_group_tests(tests, files_make, scratch_remove);
}
