/* Technologies: laws, the tables that come along, what accelerators take from
   them, and what is said about spoiled ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../dense/spec/technology.h"
#include "scratch.h"
#include "spoil.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static void check_near(double value, double expected) {
  if (fabs(value - expected) > 1e-5 * fabs(expected))
    fail_msg("%.9g is not %.9g", value, expected);
}

/* ---- laws --------------------------------------------------------------- */

static void draws_power_laws(void **state) {
  (void)state;
  const tacet_law law = {3, {4, 16, 64}, {10, 20, 160}};
  double value;
  assert_true(tacet_law_value(&value, &law, 4) && value == 10);
  assert_true(tacet_law_value(&value, &law, 64) && value == 160);
  assert_true(tacet_law_value(&value, &law, 9)); /* exponent 1/2 */
  check_near(value, 15);
  assert_true(tacet_law_value(&value, &law, 32)); /* exponent 3/2 */
  check_near(value, 20 * 2 * sqrt(2));
  assert_false(tacet_law_value(&value, &law, 3.9));
  assert_false(tacet_law_value(&value, &law, 64.1));
}

static void holds_constants_everywhere(void **state) {
  (void)state;
  const tacet_law constant = {1, {0}, {6}}, none = {0, {0}, {0}};
  double value;
  assert_true(tacet_law_value(&value, &constant, 1e9) && value == 6);
  assert_true(tacet_law_value(&value, &none, 1e9) && value == 0);
}

/* ---- accelerators ------------------------------------------------------- */

/* Sizes of L1 and L2, technology, and what else the file says. */
static tacet_status read_design(tacet_accelerator *a, const char *l1,
                                const char *l2, const char *word,
                                const char *rest, tacet_error *error) {
  char text[1024];
  snprintf(text, sizeof text,
           "tacet: 1\naccelerator: test\nclock: 1 GHz\npes: 64\nword: %s\n"
           "l1: {size: %s}\nl2: {size: %s}\n"
           "noc: {bandwidth: 32 words/cycle}\n"
           "dram: {bandwidth: 4 words/cycle}\n%s",
           word, l1, l2, rest);
  FILE *file = fopen(scratch_path("design.yaml"), "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  tacet_doc *doc;
  assert_int_equal(tacet_doc_read(&doc, scratch_path("design.yaml"), error),
                   TACET_OK);
  tacet_status status = tacet_accelerator_read(a, doc, error);
  if (!status) status = tacet_doc_check(doc, error);
  tacet_doc_free(doc);
  return status;
}

/* The files of models/ by their absolute names. */
static const char *technology(const char *name) {
  static char line[1100];
  char folder[1000];
  assert_non_null(getcwd(folder, sizeof folder));
  snprintf(line, sizeof line, "technology: %s/models/technologies/%s.yaml\n",
           folder, name);
  return line;
}

static tacet_accelerator designed(const char *l1, const char *l2,
                                  const char *word, const char *rest) {
  tacet_accelerator a;
  tacet_error error = {0};
  if (read_design(&a, l1, l2, word, rest, &error))
    fail_msg("%s", error.message);
  return a;
}

/* Paper: 20 pJ for 64 bit in 32 KiB, 100 in 1 MiB; 16 bit take a quarter. */
static void scales_with_capacity_and_word(void **state) {
  (void)state;
  const char *table = technology("horowitz-45nm");
  tacet_accelerator a = designed("512 B", "108 KiB", "16 bit", table);
  check_near(a.mac_pj, 0.89);
  check_near(a.storage[2].read_pj, 10 * sqrt(512.0 / 8192) / 4);
  check_near(a.storage[1].read_pj,
             20 * pow(108.0 / 32, log(100.0 / 20) / log(1024.0 / 32)) / 4);
  assert_true(a.storage[1].write_pj == a.storage[1].read_pj);
  check_near(a.storage[0].write_pj, 1300.0 / 4);
  assert_true(a.link[1].hop_pj == 0 && a.metadata_pj == 0);
  assert_true(tacet_price_of(&a.area, &a, NULL) == 0);
  a = designed("8 KiB", "1 MiB", "8 bit", table);
  check_near(a.mac_pj, 0.3);
  check_near(a.storage[2].write_pj, 10.0 / 8);
  check_near(a.storage[1].read_pj, 100.0 / 8);
}

static void takes_ratios_as_they_are(void **state) {
  (void)state;
  const tacet_accelerator a =
      designed("520 B", "108 KiB", "16 bit", technology("eyeriss-ratios"));
  assert_true(a.mac_pj == 1 && a.storage[2].read_pj == 1);
  assert_true(a.storage[1].write_pj == 6 && a.storage[0].read_pj == 200);
  assert_true(a.link[1].hop_pj == 2);
}

static void leaves_what_is_given(void **state) {
  (void)state;
  tacet_accelerator a;
  char rest[1400];
  snprintf(rest, sizeof rest, "mac: 3 pJ\nmetadata: 0.5 pJ\n%s",
           technology("eyeriss-ratios"));
  a = designed("520 B, read: 7 pJ", "1 KiB, write: 0 pJ", "8 bit", rest);
  assert_true(a.mac_pj == 3 && a.metadata_pj == 0.5);
  assert_true(a.storage[2].read_pj == 7 && a.storage[2].write_pj == 0.5);
  assert_true(a.storage[1].read_pj == 3 && a.storage[1].write_pj == 0);
  a = designed("520 B", "1 KiB", "8 bit", "");
  assert_true(a.mac_pj == 0 && a.storage[2].read_pj == 0);
}

/* ---- area and power ----------------------------------------------------- */

/* The published tool's formulas with its own constants. */
static double maestro_area(double p, double l1, double l2, double b) {
  return p * (283 + 0.104 * l1) + 0.104 * l2 +
         101.7938 * (14.662 * p + 28.895) * b +
         395.473 * (1.2886 * p * p + 5.5814 * p - 23.711);
}

static double maestro_power(double p, double l1, double l2, double b) {
  return p * 1.2223 + p * 0.00345 * l1 + 0.00345 * l2 +
         0.8 * (14.662 * p + 28.895) / 1000 * b +
         0.34 * (1.2886 * p * p + 5.5814 * p - 23.711) / 1000;
}

static void adds_up_components(void **state) {
  (void)state;
  tacet_accelerator a =
      designed("200 B", "4 KiB", "16 bit", technology("maestro"));
  check_near(a.mac_pj, 0.23);
  check_near(a.storage[2].read_pj, 0.23 * 1.68);
  check_near(a.storage[1].read_pj, 0.23 * 18.61);
  check_near(tacet_price_of(&a.area, &a, NULL),
             maestro_area(64, 100, 2048, 32));
  check_near(tacet_price_of(&a.power, &a, NULL),
             maestro_power(64, 100, 2048, 32));
  a.pes = 168;
  check_near(tacet_price_of(&a.area, &a, NULL),
             maestro_area(168, 100, 2048, 32));
  const double before = tacet_price_of(&a.area, &a, NULL);
  a.lanes = 2;
  a.issue = (tacet_issue){.kind = TACET_ISSUE_VECTOR, .width = 4};
  check_near(tacet_price_of(&a.area, &a, NULL), before + 283 * 168 * 7);
}

static void counts_no_price_below_zero(void **state) {
  (void)state;
  tacet_accelerator a =
      designed("200 B", "4 KiB", "16 bit", technology("maestro"));
  a.pes = 1; /* the arbiter's sum is -16.8 */
  check_near(tacet_price_of(&a.area, &a, NULL),
             283 + 0.104 * 2148 + 101.7938 * (14.662 + 28.895) * 32);
}

/* ---- refusals ----------------------------------------------------------- */

static void refuses_designs(void **state) {
  (void)state;
  static const struct {
    const char *l1, *l2, *word, *table, *says;
  } designs[] = {
      {"128 B", "1 MiB", "16 bit", "horowitz-45nm",
       "no figure for l1 of 1024 bit; its figures go from 2048 bit to 4096 "
       "KiB"},
      {"512 B", "8 MiB", "16 bit", "horowitz-45nm", "l2 of 8192 KiB"},
      {"512 B", "1 MiB", "64 bit", "horowitz-45nm", "mac of 64 bit"},
      {"512 B", "1 MiB", "8 bit", "eyeriss-ratios", "mac of 8 bit"},
      {"512 B", "1 MiB", "8 bit", "missing", "missing.yaml"},
  };
  for (int i = 0; i < COUNT(designs); i++) {
    tacet_accelerator a;
    tacet_error error = {0};
    assert_int_not_equal(read_design(&a, designs[i].l1, designs[i].l2,
                                     designs[i].word,
                                     technology(designs[i].table), &error),
                         TACET_OK);
    assert_int_equal(error.line, 10);
    assert_int_equal(error.column, 13);
    if (!strstr(error.message, designs[i].says))
      fail_msg("\"%s\" is not in %s", designs[i].says, error.message);
    assert_true(error.hint[0] != '\0');
  }
}

static const char good_technology[] =
    "tacet: 1\n"
    "technology: small\n"
    "source: [a, b]\n"
    "word: 64 bit\n"
    "mac: [{word: 8 bit, energy: 0.3 pJ}, {word: 32 bit, energy: 3 pJ}]\n"
    "l1: 1 pJ\n"
    "l2: [{size: 8 KiB, energy: 10 pJ}]\n"
    "area: {multiplier: 283 um2, bus: [29 um2, -15 um2]}\n"
    "power: {arbiter: 3 mW}\n";

static tacet_status read_technology(const tacet_doc *doc, tacet_error *error) {
  tacet_technology technology;
  return tacet_technology_read(&technology, doc, error);
}

static void refuses_technologies(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"technology: small\n", "network: small\n", 1, 1, "\"technology\""},
      {"word: 64 bit", "word: 64", 4, 9, "without a unit"},
      {"{word: 8 bit, ", "{", 5, 7, "\"word\" is missing"},
      {"energy: 0.3 pJ", "energy: 0 pJ", 5, 29, "expected 1e-09 to"},
      {"energy: 0.3 pJ", "energy: 0.3 pJ, x: 1", 5, 37, "unknown key \"x\""},
      {"word: 32 bit", "word: 8 bit", 5, 38, "not larger"},
      {"l1: 1 pJ", "l1: 1", 6, 6, "fJ, pJ, nJ"},
      {"l1: 1 pJ", "l1: []", 6, 5, "0 figures; expected 1 to 16"},
      {"l1: 1 pJ", "l1: {energy: 1 pJ}", 6, 5, "found a map"},
      {"l1: 1 pJ", "l3: 1 pJ", 6, 1, "unknown key \"l3\""},
      {"283 um2", "283 mW", 8, 24, "one of um2, mm2"},
      {"multiplier: 283 um2", "multiplier: -1 um2", 8, 20, "expected 0 to"},
      {"multiplier", "multipliers", 8, 8, "mean \"multiplier\""},
      {"[29 um2, -15 um2]", "[1 um2, 1 um2, 1 um2, 1 um2]", 8, 34,
       "4 terms; expected 1 to 3"},
      {"3 mW", "3 um2", 9, 20, "one of uW, mW, W"},
  };
  spoil_all(good_technology, ways, COUNT(ways), read_technology);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(draws_power_laws),
      cmocka_unit_test(holds_constants_everywhere),
      cmocka_unit_test(scales_with_capacity_and_word),
      cmocka_unit_test(takes_ratios_as_they_are),
      cmocka_unit_test(leaves_what_is_given),
      cmocka_unit_test(adds_up_components),
      cmocka_unit_test(counts_no_price_below_zero),
      cmocka_unit_test(refuses_designs),
      cmocka_unit_test(refuses_technologies),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
