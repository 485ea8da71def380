/* Scalars into numbers, words and quantities: what is taken, to the digit,
   and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../dense/spec/node.h"
#include "spoil.h"

/* The value of `k` in "k: TEXT", with the document to free. */
static tacet_node *value_of(tacet_doc **doc, const char *text) {
  char line[512];
  snprintf(line, sizeof line, "k: %s", text);
  *doc = parsed(line);
  return tacet_get(tacet_doc_root(*doc), "k");
}

/* ---- whole numbers ------------------------------------------------------ */

static tacet_status read_int(int64_t *value, const char *text, int64_t min,
                             int64_t max, tacet_error *error) {
  tacet_doc *doc;
  const tacet_node *node = value_of(&doc, text);
  const tacet_status status = tacet_as_int(value, node, min, max, "k", error);
  tacet_doc_free(doc);
  return status;
}

static void takes_ints(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t value;
  } good[] = {{"0", 0},
              {"-7", -7},
              {"64", 64},
              {"\"64\"", 64},
              {"9223372036854775807", INT64_MAX},
              {"-9223372036854775808", INT64_MIN}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    int64_t value = 99;
    tacet_error error = {0};
    if (read_int(&value, good[i].text, INT64_MIN, INT64_MAX, &error))
      fail_msg("%s: %s", good[i].text, error.message);
    assert_int_equal(value, good[i].value);
  }
}

static void refuses_int(const char *text, int column, const char *says) {
  int64_t value = 99;
  tacet_error error = {0};
  if (read_int(&value, text, 1, 100, &error) == TACET_OK)
    fail_msg("accepted %s", text);
  assert_int_equal(value, 99);
  check_error(&error, 1, column, says);
}

static void refuses_ints(void **state) {
  (void)state;
  refuses_int("64x", 6, "remove \"x\"");
  refuses_int("64 KiB", 6, "remove \" KiB\"");
  refuses_int("6.5", 5, "a whole number");
  refuses_int("1e3", 5, "a whole number");
  refuses_int("0x40", 5, "a whole number");
  refuses_int("010", 4, "do not begin with 0");
  refuses_int("+5", 4, "a whole number");
  refuses_int("1_000", 5, "a whole number");
  refuses_int("nan", 4, "a whole number");
  refuses_int("\" 5\"", 5, "a whole number");
  refuses_int("0", 4, "k is 0; expected 1 to 100");
  refuses_int("101", 4, "expected 1 to 100");
  refuses_int("99999999999999999999999", 4, "expected 1 to 100");
  int64_t value;
  tacet_error error = {0};
  assert_int_equal(
      read_int(&value, "9223372036854775808", INT64_MIN, INT64_MAX, &error),
      TACET_BAD_INPUT);
  refuses_int("", 3, "found nothing");
  refuses_int("[1]", 4, "found a list");
  refuses_int("{a: 1}", 4, "found a map");
}

/* ---- reals -------------------------------------------------------------- */

static tacet_status read_real(double *value, const char *text,
                              tacet_error *error) {
  tacet_doc *doc;
  const tacet_node *node = value_of(&doc, text);
  const tacet_status status = tacet_as_real(value, node, -2, 1000, "k", error);
  tacet_doc_free(doc);
  return status;
}

static void takes_reals(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double value;
  } good[] = {{"0.52", 0.52},   {"1", 1},        {"-1.5", -1.5}, {"0", 0},
              {"2.5e2", 250.0}, {"1E-3", 0.001}, {"1e+2", 100},  {"-0", 0}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    double value = 99;
    tacet_error error = {0};
    if (read_real(&value, good[i].text, &error))
      fail_msg("%s: %s", good[i].text, error.message);
    assert_true(value == good[i].value);
  }
}

static void refuses_reals(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int column;
    const char *says;
  } bad[] = {{"0.3abc", 7, "remove \"abc\""}, {".nan", 4, "a number"},
             {".inf", 4, "a number"},         {"nan", 4, "a number"},
             {"inf", 4, "a number"},          {"0x1p3", 5, "a number"},
             {"1.", 5, "a number"},           {"1e", 5, "a number"},
             {"00.5", 4, "begin with 0"},     {"1.5.2", 7, "remove \".2\""},
             {"-3", 4, "-2 to 1000"},         {"1e999", 4, "-2 to 1000"},
             {"52 %", 6, "a number"},         {"[0.5]", 4, "found a list"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    double value = 99;
    tacet_error error = {0};
    if (read_real(&value, bad[i].text, &error) == TACET_OK)
      fail_msg("accepted %s", bad[i].text);
    assert_true(value == 99);
    check_error(&error, 1, bad[i].column, bad[i].says);
  }
}

/* ---- words -------------------------------------------------------------- */

static void takes_words(void **state) {
  (void)state;
  static const char *const words[] = {"gate", "skip", NULL};
  tacet_doc *doc;
  tacet_error error = {0};
  int index = 9;
  assert_int_equal(
      tacet_as_word(&index, value_of(&doc, "skip"), words, "k", &error), 0);
  assert_int_equal(index, 1);
  tacet_doc_free(doc);
  assert_int_equal(
      tacet_as_word(&index, value_of(&doc, "Skip"), words, "k", &error),
      TACET_BAD_INPUT);
  check_error(&error, 1, 4, "one of gate, skip; did you mean skip?");
  tacet_doc_free(doc);
  assert_int_equal(
      tacet_as_word(&index, value_of(&doc, "[skip]"), words, "k", &error),
      TACET_BAD_INPUT);
  check_error(&error, 1, 4, "one of gate, skip, found a list");
  tacet_doc_free(doc);
}

static void takes_bools(void **state) {
  (void)state;
  static const char *const refused[] = {"yes", "True", "on", "1", "~"};
  tacet_doc *doc;
  tacet_error error = {0};
  bool value = false;
  assert_int_equal(tacet_as_bool(&value, value_of(&doc, "true"), "k", &error),
                   TACET_OK);
  assert_true(value);
  tacet_doc_free(doc);
  assert_int_equal(tacet_as_bool(&value, value_of(&doc, "false"), "k", &error),
                   TACET_OK);
  assert_false(value);
  tacet_doc_free(doc);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    assert_int_equal(
        tacet_as_bool(&value, value_of(&doc, refused[i]), "k", &error),
        TACET_BAD_INPUT);
    check_error(&error, 1, 4, "false, true");
    tacet_doc_free(doc);
  }
}

static void refuses_name(const char *text, int column, const char *says) {
  tacet_doc *doc;
  tacet_error error = {0};
  char name[8] = "kept";
  assert_int_equal(
      tacet_as_name(name, sizeof name, value_of(&doc, text), "k", &error),
      TACET_BAD_INPUT);
  assert_string_equal(name, "kept");
  check_error(&error, 1, column, says);
  tacet_doc_free(doc);
}

static void takes_names(void **state) {
  (void)state;
  tacet_doc *doc;
  tacet_error error = {0};
  char name[8];
  assert_int_equal(
      tacet_as_name(name, sizeof name, value_of(&doc, "conv5_3"), "k", &error),
      TACET_OK);
  assert_string_equal(name, "conv5_3");
  tacet_doc_free(doc);
  refuses_name("conv5_3x", 4, "8 bytes long; expected at most 7");
  refuses_name("\"\"", 4, "found nothing");
  refuses_name("\"a\\nb\"", 4, "one line");
  refuses_name("[a]", 4, "found a list");
}

/* ---- quantities --------------------------------------------------------- */

static tacet_status read_quantity(double *value, const char *text,
                                  tacet_unit unit, tacet_error *error) {
  tacet_doc *doc;
  const tacet_node *node = value_of(&doc, text);
  const tacet_status status =
      tacet_as_quantity(value, node, unit, 1e-3, 1e12, "k", error);
  tacet_doc_free(doc);
  return status;
}

static void takes_quantities(void **state) {
  (void)state;
  static const struct {
    const char *text;
    tacet_unit unit;
    double value;
  } good[] = {{"16 bit", TACET_BITS, 16},
              {"4 Kibit", TACET_BITS, 4096},
              {"512 B", TACET_BITS, 4096},
              {"64 KiB", TACET_BITS, 524288},
              {"64KiB", TACET_BITS, 524288},
              {"1.5 MiB", TACET_BITS, 12582912},
              {"1 GiB", TACET_BITS, 8589934592},
              {"64 kB", TACET_BITS, 512000},
              {"1 MB", TACET_BITS, 8e6},
              {"1 GB", TACET_BITS, 8e9},
              {"32768 Hz", TACET_HERTZ, 32768},
              {"1 kHz", TACET_HERTZ, 1e3},
              {"200 MHz", TACET_HERTZ, 2e8},
              {"1.2 GHz", TACET_HERTZ, 1.2e9},
              {"560 fJ", TACET_PJ, 0.56},
              {"0.5 pJ", TACET_PJ, 0.5},
              {"2 nJ", TACET_PJ, 2000},
              {"100 B/s", TACET_BITS_PER_S, 800},
              {"1 kB/s", TACET_BITS_PER_S, 8e3},
              {"1 MB/s", TACET_BITS_PER_S, 8e6},
              {"25.6 GB/s", TACET_BITS_PER_S, 204.8e9},
              {"1 GiB/s", TACET_BITS_PER_S, 8589934592},
              {"1 kb/s", TACET_BITS_PER_S, 1e3},
              {"1 Mb/s", TACET_BITS_PER_S, 1e6},
              {"16 Gb/s", TACET_BITS_PER_S, 16e9},
              {"32 words/cycle", TACET_WORDS_PER_CYCLE, 32},
              {"1 word/cycle", TACET_WORDS_PER_CYCLE, 1}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    double value = 0;
    tacet_error error = {0};
    if (read_quantity(&value, good[i].text, good[i].unit, &error))
      fail_msg("%s: %s", good[i].text, error.message);
    if (value < good[i].value * (1 - 1e-15) ||
        value > good[i].value * (1 + 1e-15))
      fail_msg("%s read as %.17g", good[i].text, value);
  }
}

static void refuses_quantities(void **state) {
  (void)state;
  static const struct {
    const char *text;
    tacet_unit unit;
    int column;
    const char *says;
  } bad[] = {
      {"64", TACET_BITS, 6, "without a unit; expected one of bit, Kibit, B"},
      {"64 kHz", TACET_BITS, 7, "unknown unit"},
      {"200 Mhz", TACET_HERTZ, 8, "did you mean MHz?"},
      {"200", TACET_HERTZ, 7, "Hz, kHz, MHz, GHz"},
      {"1 mJ", TACET_PJ, 6, "fJ, pJ, nJ"},
      {"1 pJ extra", TACET_PJ, 6, "unknown unit"},
      {"25.6 gB/s", TACET_BITS_PER_S, 9, "did you mean GB/s?"},
      {"25.6 gb/s", TACET_BITS_PER_S, 9, "did you mean Gb/s?"},
      {"64 KB", TACET_BITS, 7, "did you mean kB or KiB?"},
      {"64 Kib", TACET_BITS, 7, "did you mean Kibit?"},
      {"pJ", TACET_PJ, 4, "expected a number"},
      {"0 Hz", TACET_HERTZ, 4, "expected 0.001 to 1e+12 Hz"},
      {"-1 MHz", TACET_HERTZ, 4, "expected 1e-09 to 1e+06 MHz"},
      {"5000 GHz", TACET_HERTZ, 4, "to 1000 GHz"},
      {"[1 pJ]", TACET_PJ, 4, "found a list"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    double value = 99;
    tacet_error error = {0};
    if (read_quantity(&value, bad[i].text, bad[i].unit, &error) == TACET_OK)
      fail_msg("accepted %s", bad[i].text);
    assert_true(value == 99);
    check_error(&error, 1, bad[i].column, bad[i].says);
  }
}

/* ---- optional keys ------------------------------------------------------ */

static void keeps_defaults(void **state) {
  (void)state;
  tacet_doc *doc = parsed("i: 3\nr: 0.5\nb: false\nq: 2 nJ\n");
  tacet_node *map = tacet_doc_root(doc);
  tacet_error error = {0};
  int64_t whole = 7;
  double real = 7, energy = 7;
  bool flag = true;
  tacet_get_int(&whole, map, "absent", 0, 9, &error);
  tacet_get_real(&real, map, "absent", 0, 9, &error);
  tacet_get_bool(&flag, map, "absent", &error);
  tacet_get_quantity(&energy, map, "absent", TACET_PJ, 0, 9, &error);
  assert_true(whole == 7 && real == 7 && flag && energy == 7);
  assert_int_equal(tacet_get_int(&whole, map, "i", 0, 9, &error), TACET_OK);
  assert_int_equal(tacet_get_real(&real, map, "r", 0, 9, &error), TACET_OK);
  assert_int_equal(tacet_get_bool(&flag, map, "b", &error), TACET_OK);
  assert_int_equal(
      tacet_get_quantity(&energy, map, "q", TACET_PJ, 0, 2e3, &error),
      TACET_OK);
  assert_true(whole == 3 && real == 0.5 && !flag && energy == 2000);
  assert_int_equal(tacet_get_int(&whole, map, "i", 4, 9, &error),
                   TACET_BAD_INPUT);
  check_error(&error, 1, 4, "i is 3; expected 4 to 9");
  assert_int_equal(tacet_doc_check(doc, &error), TACET_OK);
  tacet_doc_free(doc);
}

/* A message is one short line, whatever the text. */
static void shows_hostile_text(void **state) {
  (void)state;
  assert_string_equal(tacet_show("plain").text, "plain");
  assert_string_equal(tacet_show("a\nb\x1b[0m").text, "a b [0m");
  char text[201];
  memset(text, 'x', 200);
  text[200] = '\0';
  const tacet_shown shown = tacet_show(text);
  assert_int_equal(strlen(shown.text), sizeof shown.text - 1);
  assert_string_equal(shown.text + sizeof shown.text - 4, "...");
  for (int i = 0; i < 200; i++) text[i] = i % 2 ? '\xA4' : '\xC3';
  assert_int_equal((unsigned char)tacet_show(text).text[59], 0xA4);
  assert_string_equal(tacet_show(text).text + 60, "...");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_ints),         cmocka_unit_test(refuses_ints),
      cmocka_unit_test(takes_reals),        cmocka_unit_test(refuses_reals),
      cmocka_unit_test(takes_words),        cmocka_unit_test(takes_bools),
      cmocka_unit_test(takes_names),        cmocka_unit_test(takes_quantities),
      cmocka_unit_test(refuses_quantities), cmocka_unit_test(keeps_defaults),
      cmocka_unit_test(shows_hostile_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
