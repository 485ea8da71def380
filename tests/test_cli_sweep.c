/* The commands sweep and crossover: every point is what run gives there. */
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

#define SWEEP "sweep -n network.yaml -a thrifty.yaml -p profile.yaml "

/* ---- points ------------------------------------------------------------- */

/* The last two lines of a run are its totals. */
static void check_point(const table *swept, int line, const char *set) {
  static const char *const columns[] = {
      "macs_actual", "macs_gated", "macs_skipped", "cycles",      "time_s",
      "energy_pJ",   "dram_bit",   "utilisation",  "speed_up",    "imbalance",
      "bound",       "exact",      "energy_ratio", "accelerator", "reading"};
  char arguments[512];
  snprintf(arguments, sizeof arguments,
           "run -n network.yaml -a thrifty.yaml -p profile.yaml --format csv "
           "%s",
           set);
  table run = csv_of(arguments);
  for (int r = 0; r < 2; r++)
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
      assert_string_equal(field(swept, line + r, columns[c]),
                          field(&run, run.lines - 2 + r, columns[c]));
  free(run.text);
}

static void points_are_those_of_run(void **state) {
  (void)state;
  table t = csv_of(SWEEP "--sweep thrifty.pes=4:16:*2 "
                         "--sweep density.weight=0.5,0.125 --format csv");
  assert_int_equal(t.lines, 1 + 3 * 2 * 2);
  assert_string_equal(field(&t, 1, "thrifty.pes"), "4");
  assert_string_equal(field(&t, 12, "thrifty.pes"), "16");
  assert_string_equal(field(&t, 3, "density.weight"), "0.125");
  check_point(&t, 1, "--set thrifty.pes=4 --set density.weight=0.5");
  check_point(&t, 3, "--set thrifty.pes=4 --set density.weight=0.125");
  check_point(&t, 11, "--set thrifty.pes=16 --set density.weight=0.125");
  free(t.text);
  t = csv_of(SWEEP "--sweep profile.layers.L1.density.weight=0.25:1:0.25 "
                   "--sweep network.layers.L2.repeat=1:2:1 --format csv");
  assert_int_equal(t.lines, 1 + 4 * 2 * 2);
  check_point(&t, 7,
              "--set profile.layers.L1.density.weight=0.5 "
              "--set network.layers.L2.repeat=2");
  free(t.text);
}

/* 256 B, 512 B and 1024 B, written in three ways; 8192 bit are 1 KiB. */
static void numbers_may_have_units(void **state) {
  (void)state;
  table t = csv_of(SWEEP "--sweep 'accelerator.l1.size=256 B:1 KiB:*2' "
                         "--format csv");
  assert_int_equal(t.lines, 1 + 3 * 2);
  assert_string_equal(field(&t, 1, "accelerator.l1.size [B]"), "256");
  assert_string_equal(field(&t, 5, "accelerator.l1.size [B]"), "1024");
  check_point(&t, 1, "--set 'accelerator.l1.size=256 B'");
  check_point(&t, 5, "--set 'accelerator.l1.size=8192 bit'");
  free(t.text);
  t = csv_of(SWEEP "--sweep 'accelerator.l1.size=256 B,8192 bit' --format csv");
  assert_string_equal(field(&t, 3, "accelerator.l1.size [B]"), "1024");
  free(t.text);
  t = csv_of(SWEEP
             "--sweep 'accelerator.l1.size=256B:1024B:0.75 KiB' --format csv");
  assert_int_equal(t.lines, 1 + 2 * 2);
  assert_string_equal(field(&t, 3, "accelerator.l1.size [B]"), "1024");
  free(t.text);
}

/* 1 is 1 KiB of one file and 1 B of the other. */
static void bare_numbers_need_one_unit(void **state) {
  (void)state;
  const char *said = "accelerator.l1.size is \"1 KiB\" in thrifty.yaml and "
                     "\"1024 B\" in bytes.yaml; give its values a unit";
  char *bytes =
      text_replaced(plain_text, "l1: {size: 1 KiB", "l1: {size: 1024 B");
  file_write("bytes.yaml", bytes);
  free(bytes);
  ran r = program_run("compare -n network.yaml -a thrifty.yaml -a bytes.yaml "
                      "--set accelerator.l1.size=1");
  check_refused(&r, 2, said);
  r = program_run("sweep -n network.yaml -a thrifty.yaml -a bytes.yaml "
                  "--sweep accelerator.l1.size=1,2");
  check_refused(&r, 2, said);
  r = program_run("crossover -n network.yaml -a thrifty.yaml -a bytes.yaml "
                  "--along accelerator.l1.size=1:2");
  check_refused(&r, 2, said);
  free(program_output("compare -n network.yaml -a thrifty.yaml -a bytes.yaml "
                      "--set 'accelerator.l1.size=1 KiB'"));
  char *text =
      program_output("crossover -n network.yaml -a thrifty.yaml -a bytes.yaml "
                     "--along 'accelerator.l1.size=1 KiB:4 KiB'");
  assert_non_null(strstr(text, "accelerator.l1.size [KiB] 1 to 4: "));
  free(text);
}

static void threads_change_nothing(void **state) {
  (void)state;
  const char *all = SWEEP "--sweep density.input=0.05:1:0.05 "
                          "--sweep accelerator.noc.bandwidth=1:4:1 "
                          "--format csv --threads ";
  char arguments[512];
  char *output[3];
  for (int i = 0; i < 3; i++) {
    snprintf(arguments, sizeof arguments, "%s%d", all, 1 + 2 * i);
    output[i] = program_output(arguments);
  }
  assert_string_equal(output[0], output[1]);
  assert_string_equal(output[0], output[2]);
  for (int i = 0; i < 3; i++) free(output[i]);
}

static void infeasible_points_are_results(void **state) {
  (void)state;
  char *csv = program_output(SWEEP "--sweep accelerator.l1.size=0.015625,1 "
                                   "--format csv");
  assert_non_null(strstr(csv, "\n0.015625,thrifty,sparse,,,"));
  assert_non_null(strstr(csv, ",\"layer L1 on thrifty: l1 is too small"));
  assert_non_null(strstr(csv, "\n1,thrifty,sparse,false,expected,4,"));
  free(csv);
  json_t *report = json_of(SWEEP "--sweep accelerator.l1.size=0.015625,1 "
                                 "--format json");
  json_t *points = json_object_get(report, "points");
  const json_t *small = json_array_get(points, 0);
  assert_true(json_is_string(json_object_get(small, "infeasible")));
  assert_true(json_is_null(json_object_get(small, "designs")));
  const json_t *enough = json_array_get(points, 1);
  assert_true(json_is_null(json_object_get(enough, "infeasible")));
  json_decref(report);
}

/* ---- formats ------------------------------------------------------------ */

static void json_has_the_same_points(void **state) {
  (void)state;
  table t = csv_of(SWEEP "--sweep density=0.5:1:0.25 --format csv");
  json_t *report = json_of(SWEEP "--sweep density=0.5:1:0.25 --format json");
  json_t *points = json_object_get(report, "points");
  assert_int_equal(json_array_size(points), 3);
  for (size_t p = 0; p < 3; p++) {
    json_t *designs = json_object_get(json_array_get(points, p), "designs");
    json_t *sparse = json_object_get(json_array_get(designs, 0), "sparse");
    assert_true(json_number_value(json_object_get(sparse, "cycles")) ==
                number(&t, 2 + 2 * (int)p, "cycles"));
  }
  json_decref(report);
  free(t.text);
}

static void hdf5_has_the_same_points(void **state) {
  (void)state;
  const char *all = SWEEP "--sweep density.weight=0.5:1:0.25 "
                          "--sweep thrifty.pes=4,8 --format ";
  char arguments[512];
  snprintf(arguments, sizeof arguments, "%shdf5 -o out.h5", all);
  free(program_output(arguments));
  snprintf(arguments, sizeof arguments, "%scsv", all);
  table t = csv_of(arguments);
  double cycles[3][2][1][2], weight[3];
  const hid_t file =
      H5Fopen(scratch_path("out.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t set = H5Dopen2(file, "cycles", H5P_DEFAULT);
  const hid_t axis = H5Dopen2(file, "axis0", H5P_DEFAULT);
  assert_true(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                      cycles) >= 0);
  assert_true(H5Dread(axis, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                      weight) >= 0);
  const double *found = &cycles[0][0][0][0];
  for (int line = 1; line < t.lines; line++)
    assert_true(found[line - 1] == number(&t, line, "cycles"));
  assert_true(weight[1] == 0.75);
  H5Dclose(axis);
  H5Dclose(set);
  H5Fclose(file);
  free(t.text);
}

static void pictures_need_gnuplot(void **state) {
  (void)state;
  const char *all = SWEEP "--sweep density=0.5:1:0.25 --plot picture.svg "
                          "-o text";
  if (system("command -v gnuplot >/dev/null") == 0) {
    free(program_output(all));
    char *picture = file_read("picture.svg");
    assert_non_null(strstr(picture, "</svg>"));
    assert_non_null(strstr(picture, "thrifty, sparse"));
    free(picture);
  }
  char *path = strdup(getenv("PATH"));
  setenv("PATH", "/nowhere", 1);
  const ran r = program_run(SWEEP "--sweep density=1:1:1 --plot none.svg -o t");
  setenv("PATH", path, 1);
  free(path);
  check_refused(&r, 1, "install the package gnuplot-nox");
  assert_false(file_exists("none.svg"));
  assert_true(file_exists("t"));
}

/* ---- errors ------------------------------------------------------------- */

static void refuses_what_cannot_be_swept(void **state) {
  (void)state;
  static const struct {
    const char *sweep;
    int exit_code;
    const char *says;
  } bad[] = {
      {"", 2, "sweep needs something to sweep"},
      {"--sweep density", 2, "is no range"},
      {"--sweep =1:2:1", 2, "is no range"},
      {"--sweep density=1:2", 2, "is no range"},
      {"--sweep density=2:1:1", 2, "is no range"},
      {"--sweep density=0:1:0", 2, "is no range"},
      {"--sweep density=1:8:*1", 2, "is no range"},
      {"--sweep density=0:8:*2", 2, "is no range"},
      {"--sweep density=nan", 2, "is no range"},
      {"--sweep density=0.5,", 2, "is no range"},
      {"--sweep density=1x", 2, "is no range; there is no unit \"x\""},
      {"--sweep density=1B", 2, "density has no unit; it cannot be in B"},
      {"--sweep 'thrifty.l1.size=1 B,2'", 2, "all of its numbers a unit, or"},
      {"--sweep 'thrifty.l1.size=1,2 B'", 2, "all of its numbers a unit, or"},
      {"--sweep 'thrifty.l1.size=1 B,2 pJ'", 2, "pJ and B do not measure"},
      {"--sweep 'thrifty.pes=4 B'", 1, "pes is \"4 B\""},
      {"--sweep density=0:1:1e-9", 2, "more than 10000000"},
      {"--sweep density=1 --sweep density=1", 2, "swept twice"},
      {"--sweep wieght=1", 2, "is no parameter"},
      {"--sweep thrifty.pes=4,0", 1, "pes is 0; expected 1 to"},
      {"--sweep thrifty.pes=4.5", 1, "pes is \"4.5\""},
      {"--sweep accelerator.pse=4", 1, "did you mean \"pes\"?"},
      {"--sweep density=1 --format hdf5", 2, "name a file with -o"},
      {"--sweep density=1 --threads 0", 2, "expected 1 to 1024"},
      {"--sweep density=1 --metric speed", 2, "expected time, cycles"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char arguments[512];
    snprintf(arguments, sizeof arguments, SWEEP "%s", bad[i].sweep);
    const ran r = program_run(arguments);
    check_refused(&r, bad[i].exit_code, bad[i].says);
  }
  const ran r = program_run("run -n network.yaml -a plain.yaml --sweep a=1");
  check_refused(&r, 2, "unknown option --sweep");
}

/* Before anything is read: the key is none. */
static void places_to_write_are_checked_first(void **state) {
  (void)state;
  ran r = program_run(SWEEP "--sweep nothing=4 --plot no/x.svg");
  check_refused(&r, 1, "no/x.svg: cannot be written: No such file");
  r = program_run(SWEEP "--sweep nothing=4 -o network.yaml/x.csv");
  check_refused(&r, 1, "network.yaml/x.csv: cannot be written: Not a dir");
  r = program_run(SWEEP "--sweep nothing=4 -o .");
  check_refused(&r, 1, ".: cannot be written: Is a directory");
  r = program_run(SWEEP "--sweep nothing=4 -o x.csv --plot x.svg");
  check_refused(&r, 2, "\"nothing\" is no parameter");
}

static void densities_beyond_one_are_refused(void **state) {
  (void)state;
  const ran r = program_run(SWEEP "--sweep density.weight=0.5:1.5:0.5");
  check_refused(&r, 2, "density.weight goes from 0 to 1");
}

/* ---- crossover ---------------------------------------------------------- */

/* Of two designs that differ by little or nothing. */
static void leads_are_in_words_where_digits_say_none(void **state) {
  (void)state;
  char *close = text_replaced(plain_text, "l1: {size: 1 KiB, read: 1 pJ",
                              "l1: {size: 1 KiB, read: 1.001 pJ");
  char *named =
      text_replaced(close, "accelerator: plain", "accelerator: close");
  file_write("close.yaml", named);
  free(close);
  free(named);
  char *text = program_output("crossover -n network.yaml -a plain.yaml "
                              "-a close.yaml --along density=0.5:1 "
                              "--metric energy");
  assert_string_equal(text,
                      "density 0.5 to 1: plain ahead, by less than 0.5 %\n");
  free(text);
  text = program_output("crossover -n network.yaml -a plain.yaml -a close.yaml "
                        "--along density=0.5:1");
  assert_string_equal(text, "density 0.5 to 1: neither ahead\n");
  free(text);
  text = program_output("crossover -n network.yaml -a plain.yaml "
                        "-a thrifty.yaml --along density=0.5:1");
  assert_null(strstr(text, "1 to 1:"));
  free(text);
}

/* Two designs of which one has more PEs and the other skips. */
static void designs_overtake_where_it_says(void **state) {
  (void)state;
  char *wide = text_replaced(plain_text, "pes: 16", "pes: 32");
  file_write("wide.yaml", wide);
  free(wide);
  table t = csv_of("crossover -n network.yaml -a wide.yaml -a thrifty.yaml "
                   "--along density=0.05:1 --metric energy --format csv");
  for (int line = 2; line < t.lines; line++) {
    double energy[2][2];
    for (int side = 0; side < 2; side++) {
      char arguments[256];
      snprintf(arguments, sizeof arguments,
               "compare -n network.yaml -a wide.yaml -a thrifty.yaml "
               "--format csv --set density=%s",
               side ? field(&t, line, "from") : field(&t, line - 1, "to"));
      table c = csv_of(arguments);
      energy[side][0] = number(&c, c.lines - 3, "energy_pJ");
      energy[side][1] = number(&c, c.lines - 1, "energy_pJ");
      free(c.text);
    }
    assert_true((energy[0][0] < energy[0][1]) != (energy[1][0] < energy[1][1]));
  }
  assert_int_equal(t.lines, 1 + 2);
  assert_string_equal(field(&t, 1, "ahead"), "thrifty");
  assert_string_equal(field(&t, 2, "ahead"), "plain");
  assert_true(number(&t, 2, "from") - number(&t, 1, "to") < 2e-6);
  free(t.text);
}

static void whole_numbers_stay_whole(void **state) {
  (void)state;
  table t = csv_of("crossover -n network.yaml -a plain.yaml -a thrifty.yaml "
                   "--along plain.pes=2:64 --set density=0.5 --format csv");
  for (int line = 1; line < t.lines; line++)
    assert_true(number(&t, line, "from") == floor(number(&t, line, "from")));
  free(t.text);
  const ran r = program_run("crossover -n network.yaml -a plain.yaml "
                            "--along density=0:1");
  check_refused(&r, 2, "give -a twice");
}

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(points_are_those_of_run),
      cmocka_unit_test(numbers_may_have_units),
      cmocka_unit_test(bare_numbers_need_one_unit),
      cmocka_unit_test(threads_change_nothing),
      cmocka_unit_test(infeasible_points_are_results),
      cmocka_unit_test(json_has_the_same_points),
      cmocka_unit_test(hdf5_has_the_same_points),
      cmocka_unit_test(pictures_need_gnuplot),
      cmocka_unit_test(refuses_what_cannot_be_swept),
      cmocka_unit_test(places_to_write_are_checked_first),
      cmocka_unit_test(densities_beyond_one_are_refused),
      cmocka_unit_test(leads_are_in_words_where_digits_say_none),
      cmocka_unit_test(designs_overtake_where_it_says),
      cmocka_unit_test(whole_numbers_stay_whole),
  };
  return cmocka_run_group_tests(tests, files_make, scratch_remove);
}
