/* The reports of run and compare agree with each other and with what can be
   computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "reports.h"

#define COMPARE                                                                \
  "compare -n network.yaml -a plain.yaml -a thrifty.yaml -p profile.yaml"

/* ---- CSV and JSON ------------------------------------------------------- */

static const json_t *named(const json_t *array, const char *key,
                           const char *name) {
  for (size_t i = 0; i < json_array_size(array); i++) {
    const json_t *item = json_array_get(array, i);
    if (strcmp(json_string_value(json_object_get(item, key)), name) == 0)
      return item;
  }
  fail_msg("no %s %s", key, name);
  return NULL;
}

/* The object that a line of the CSV is in the JSON. */
static const json_t *reading_of(const json_t *report, const table *t,
                                int line) {
  const char *name = field(t, line, "layer");
  const json_t *designs = json_object_get(report, "total");
  if (strcmp(name, "total") != 0)
    designs = json_object_get(
        named(json_object_get(report, "layers"), "name", name), "designs");
  return json_object_get(
      named(designs, "accelerator", field(t, line, "accelerator")),
      field(t, line, "reading"));
}

static void check_same(const json_t *value, const char *text) {
  if (json_is_string(value)) {
    assert_string_equal(json_string_value(value), text);
  } else if (json_is_boolean(value)) {
    assert_string_equal(json_is_true(value) ? "true" : "false", text);
  } else {
    assert_true(json_is_number(value));
    assert_true(json_number_value(value) == strtod(text, NULL));
  }
}

/* What is added up for totals must give a layer what its cost says. */
static void check_cost(const json_t *reading) {
  static const char *const keys[] = {"cycles", "compute_cycles", "utilisation",
                                     "imbalance"};
  const json_t *cost = json_object_get(reading, "cost");
  for (size_t k = 0; cost && k < sizeof keys / sizeof *keys; k++)
    assert_true(json_number_value(json_object_get(reading, keys[k])) ==
                json_number_value(json_object_get(cost, keys[k])));
}

static void csv_is_json(void **state) {
  (void)state;
  table t = csv_of(COMPARE " --format csv");
  json_t *report = json_of(COMPARE " --format json");
  assert_int_equal(t.lines, 1 + 3 * 2 * 2);
  for (int line = 1; line < t.lines; line++) {
    const json_t *reading = reading_of(report, &t, line);
    int same = 0;
    for (int c = 0; c < t.columns; c++) {
      const json_t *value = json_object_get(reading, t.field[0][c]);
      if (!value) continue;
      check_same(value, t.field[line][c]);
      same++;
    }
    assert_int_equal(same, t.columns - 4); /* that say which row it is */
    check_cost(reading);
  }
  json_decref(report);
  free(t.text);
}

static void totals_are_weighted_sums(void **state) {
  (void)state;
  static const char *const sums[] = {
      "runs",   "macs_algorithmic", "macs_actual", "macs_gated", "macs_skipped",
      "cycles", "compute_cycles",   "time_s",      "energy_pJ",  "dram_bit"};
  table t = csv_of(COMPARE " --format csv");
  for (int i = 0; i < 4; i++) {
    for (size_t s = 0; s < sizeof sums / sizeof *sums; s++) {
      const double sum =
          number(&t, 1 + i, sums[s]) + 3 * number(&t, 5 + i, sums[s]);
      assert_true(fabs(number(&t, 9 + i, sums[s]) - sum) <= 1e-12 * sum);
    }
  }
  free(t.text);
}

static void macs_add_up(void **state) {
  (void)state;
  table t = csv_of(COMPARE " --format csv");
  for (int line = 1; line < t.lines; line++) {
    const double all = number(&t, line, "macs_algorithmic");
    const double sum = number(&t, line, "macs_actual") +
                       number(&t, line, "macs_gated") +
                       number(&t, line, "macs_skipped");
    assert_true(fabs(all - sum) <= 1e-12 * all);
    assert_true(number(&t, line, "utilisation") <= 1);
  }
  /* thrifty skips the quarter of L1 whose inputs are zero and gates half of
     the rest, for its weights are */
  assert_string_equal(field(&t, 4, "accelerator"), "thrifty");
  const double macs = 8 * 6 * 3 * 3 * 4 * 6;
  assert_true(number(&t, 4, "macs_algorithmic") == macs);
  assert_true(fabs(number(&t, 4, "macs_skipped") - macs / 4) < 1e-9 * macs);
  assert_true(fabs(number(&t, 4, "macs_gated") - macs * 3 / 8) < 1e-9 * macs);
  free(t.text);
}

static void ratios_are_ratios(void **state) {
  (void)state;
  table t = csv_of(COMPARE " --format csv");
  for (int line = 1; line < t.lines; line++) {
    const int dense = line % 2 ? line : line - 1,
              first = (line - 1) / 4 * 4 + 1;
    const double cycles = number(&t, line, "cycles");
    const double energy = number(&t, line, "energy_pJ");
    assert_true(number(&t, line, "speed_up") ==
                number(&t, dense, "cycles") / cycles);
    assert_true(number(&t, line, "energy_ratio") ==
                number(&t, dense, "energy_pJ") / energy);
    assert_true(number(&t, line, "energy_ratio_to_first") ==
                number(&t, first, "energy_pJ") / energy);
    assert_true(fabs(number(&t, line, "edp_ratio_to_first") -
                     number(&t, line, "speed_up_to_first") *
                         number(&t, line, "energy_ratio_to_first")) < 1e-9);
  }
  free(t.text);
}

/* Sums every split in the JSON; returns how many there are. */
static int check_splits(json_t *value) {
  int splits = 0;
  const json_t *all = json_object_get(value, "algorithmic");
  if (all) {
    const double sum = json_number_value(json_object_get(value, "actual")) +
                       json_number_value(json_object_get(value, "gated")) +
                       json_number_value(json_object_get(value, "skipped"));
    assert_true(fabs(sum - json_number_value(all)) <= 1e-9 * sum);
    splits++;
  }
  for (void *at = json_object_iter(value); at;
       at = json_object_iter_next(value, at))
    splits += check_splits(json_object_iter_value(at));
  for (size_t i = 0; i < json_array_size(value); i++)
    splits += check_splits(json_array_get(value, i));
  return splits;
}

static void every_count_adds_up(void **state) {
  (void)state;
  json_t *report = json_of(COMPARE " --format json");
  const int flows = 2 * 3 * 5, in_a_reading = 1 + 3 + 1 + flows;
  assert_int_equal(check_splits(report), 2 * 2 * 2 * in_a_reading);
  json_decref(report);
}

/* ---- text --------------------------------------------------------------- */

/* A number and the prefix that may follow it: "1.23 G". */
static double amount(char **rest) {
  static const char prefixes[] = "fpnum kMGTPE";
  const double value = strtod(*rest, rest);
  if (!**rest || (*rest)[1] == ' ') return value;
  const char *prefix = strchr(prefixes, (*rest)[1]);
  if (!prefix || ((*rest)[2] && (*rest)[2] != ' ')) return value;
  *rest += 2;
  return value * pow(1000, (double)(prefix - prefixes) - 5);
}

/* The columns of a comparison in text, in their order, and what their unit
   is of that of the CSV. */
static const struct {
  const char *column;
  double scale;
} shown[] = {{"macs_actual", 1},
             {"macs_gated", 1},
             {"macs_skipped", 1},
             {"cycles", 1},
             {"energy_pJ", 1e-12},
             {"dram_bit", 1},
             {"utilisation", 100},
             {"imbalance", 1},
             {"bound", 0},
             {"speed_up", 1},
             {"speed_up_to_first", 1},
             {"energy_ratio_to_first", 1},
             {"edp_ratio_to_first", 1}};

static void check_text_row(char *rest, const table *t, int line) {
  for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
    rest += strspn(rest, " ");
    const char *text = field(t, line, shown[i].column);
    if (shown[i].scale == 0) {
      assert_memory_equal(rest, text, strlen(text));
      rest += strlen(text);
      continue;
    }
    const double value = strtod(text, NULL) * shown[i].scale;
    const double rounding = shown[i].scale == 100 ? 0.5 : 0.005 * value + 0.005;
    const double found = amount(&rest);
    if (fabs(found - value) > (value < 1e-3 ? 0.01 * value : rounding))
      fail_msg("%s: %g for %g", shown[i].column, found, value);
  }
  assert_string_equal(rest, "");
}

/* The start of a row's figures if the line is one of a table, else NULL. */
static char *figures_of(char *row, const table *t, int line) {
  char label[16], expected[16];
  int start = 0;
  if (sscanf(row, "%15s %n", label, &start) < 1) return NULL;
  if (!strchr("0123456789", row[start]) || !row[start]) return NULL;
  if (line >= t->lines) fail_msg("a row too many: %s", row);
  const bool dense = strcmp(field(t, line, "reading"), "dense") == 0;
  const bool exact = strcmp(field(t, line, "exact"), "true") == 0;
  strcpy(expected, dense ? field(t, line, "accelerator") : "sparse");
  if (!exact) strcat(expected, "*");
  assert_string_equal(label, expected);
  return row + start;
}

static void text_is_csv(void **state) {
  (void)state;
  table t = csv_of(COMPARE " --format csv");
  char *text = program_output(COMPARE), *rest = NULL;
  int line = 1;
  for (char *row = strtok_r(text, "\n", &rest); row;
       row = strtok_r(NULL, "\n", &rest)) {
    assert_true(strlen(row) <= 100);
    assert_true(row[strlen(row) - 1] != ' ');
    char *figures = strchr(row, ':') ? NULL : figures_of(row, &t, line);
    if (figures) check_text_row(figures, &t, line++);
  }
  assert_int_equal(line, t.lines);
  free(text);
  free(t.text);
}

static void text_says_what_is_expected(void **state) {
  (void)state;
  char *text = program_output(COMPARE);
  assert_non_null(strstr(text, "L2: FC K=20 C=24, 480 MACs, run 3 times\n"));
  assert_non_null(strstr(text, "* expected values"));
  assert_null(strstr(text, "Every figure is exact"));
  free(text);
  text = program_output("run -n network.yaml -a thrifty.yaml");
  assert_non_null(strstr(text, "Every figure is exact"));
  assert_null(strchr(text, '*'));
  free(text);
}

/* ---- all ---------------------------------------------------------------- */

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(csv_is_json),
      cmocka_unit_test(totals_are_weighted_sums),
      cmocka_unit_test(macs_add_up),
      cmocka_unit_test(ratios_are_ratios),
      cmocka_unit_test(every_count_adds_up),
      cmocka_unit_test(text_is_csv),
      cmocka_unit_test(text_says_what_is_expected),
  };
  return cmocka_run_group_tests(tests, files_make, scratch_remove);
}
