/* Accelerator files, and the dataflows they bring along: what good ones give,
   and what is said about spoiled ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../dense/spec/spec.h"
#include "scratch.h"
#include "spoil.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* ---- accelerators ------------------------------------------------------- */

static const char good_accelerator[] =
    "tacet: 1\n"
    "accelerator: small\n"
    "clock: 200 MHz\n"
    "pes: 168\n"
    "word: 16 bit\n"
    "width: {output: 32 bit}\n"
    "mac: 0.5 pJ\n"
    "l1: {size: 512 B, read: 1 pJ, write: 900 fJ, double-buffered: false,\n"
    "     bandwidth: 4 words/cycle, registers: [weight, output], "
    "keep: capacity}\n"
    "noc: {bandwidth: 16 words/cycle, latency: 2, multicast: false,\n"
    "      hop: 2 pJ, hops: 1.5}\n"
    "l2: {size: 108 KiB, read: 6 pJ, contiguous: true}\n"
    "dram: {bandwidth: 1.6 GB/s, write-bandwidth: 2 words/cycle, "
    "read: 200 pJ, write: 0.2 nJ}\n"
    "metadata: 0.1 pJ\n"
    "dataflow: row-stationary.yaml\n"
    "sparse: {issue: scalar}\n";

static void check_storage(const tacet_storage *storage, const char *name,
                          int64_t size_bits, bool double_buffered,
                          double read_pj, double write_pj) {
  assert_string_equal(storage->name, name);
  assert_int_equal(storage->size_bits, size_bits);
  assert_int_equal(storage->double_buffered, double_buffered);
  assert_true(storage->read_pj == read_pj);
  assert_true(storage->write_pj == write_pj);
  assert_int_equal(storage->contiguous, strcmp(name, "l2") == 0);
}

static void reads_accelerator(void **state) {
  (void)state;
  tacet_doc *doc = parsed(good_accelerator);
  tacet_accelerator a;
  tacet_error error = {0};
  assert_int_equal(tacet_accelerator_read(&a, doc, &error), TACET_OK);
  assert_int_equal(tacet_doc_check(doc, &error), TACET_OK);
  assert_string_equal(a.name, "small");
  assert_int_equal(a.pes, 168);
  assert_int_equal(a.lanes, 1);
  assert_true(a.clock_hz == 200e6);
  assert_int_equal(a.word_bits, 16);
  assert_int_equal(a.width_bits[TACET_WEIGHT], 16);
  assert_int_equal(a.width_bits[TACET_INPUT], 16);
  assert_int_equal(a.width_bits[TACET_OUTPUT], 32);
  assert_true(a.mac_pj == 0.5 && a.metadata_pj == 0.1);
  assert_true(a.l1_bandwidth == 4);
  assert_true(a.registers[TACET_WEIGHT] && a.registers[TACET_OUTPUT]);
  assert_false(a.registers[TACET_INPUT]);
  assert_true(a.storage[2].keeps && !a.storage[1].keeps);
  assert_int_equal(a.storages, 3);
  check_storage(&a.storage[0], "dram", 0, false, 200, 200);
  check_storage(&a.storage[1], "l2", 108 * 8192, true, 6, 0);
  check_storage(&a.storage[2], "l1", 4096, false, 1, 0.9);
  assert_true(a.dram_write_bandwidth == 2);
  assert_true(a.link[0].bandwidth == 4); /* 1.6e9*8 / (200e6*16) */
  assert_int_equal(a.link[0].latency, 0);
  assert_true(a.link[0].hop_pj == 0);
  assert_true(a.link[1].bandwidth == 16);
  assert_int_equal(a.link[1].latency, 2);
  assert_false(a.link[1].multicast);
  assert_true(a.link[1].reduction);
  assert_true(a.link[1].hop_pj == 2 && a.link[1].hops == 1.5);
  tacet_doc_free(doc);
}

static tacet_status read_accelerator(const tacet_doc *doc, tacet_error *error) {
  tacet_accelerator accelerator;
  return tacet_accelerator_read(&accelerator, doc, error);
}

static void refuses_accelerators(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"tacet: 1", "tacet: one", 1, 8, "a whole number"},
      {"accelerator: small", "accelerator: [small]", 2, 14, "found a list"},
      {"clock: 200 MHz", "clock: 200", 3, 11, "Hz, kHz, MHz, GHz"},
      {"clock: 200 MHz", "clock: 200 pJ", 3, 12, "unknown unit"},
      {"clock: 200 MHz", "clock: 0 MHz", 3, 8, "expected 1e-06 to"},
      {"clock: 200 MHz\n", "", 1, 1, "\"clock\" is missing"},
      {"pes: 168", "pse: 168", 1, 1, "is \"pse\" in line 4 meant"},
      {"pes: 168", "pes: 168 PEs", 4, 9, "a whole number"},
      {"pes: 168", "pes: -1", 4, 6, "pes is -1; expected 1 to"},
      {"word: 16 bit", "word: 16", 5, 9, "one of bit, Kibit"},
      {"word: 16 bit", "word: 0.3 B", 5, 7, "whole number of bits"},
      {"{output: 32 bit}", "32 bit", 6, 8, "width: expected a map"},
      {"{output: 32 bit}", "{outputs: 32 bit}", 6, 9, "mean \"output\""},
      {"mac: 0.5 pJ", "mac: 0.5 pj", 7, 10, "did you mean pJ?"},
      {"mac: 0.5 pJ", "mac: -0.5 pJ", 7, 6, "expected 0 to"},
      {"l1: {size: 512 B", "l1: {size: 512 words", 8, 16, "unknown unit"},
      {"l1: {size: 512 B, ", "l1: {", 8, 5, "\"size\" is missing"},
      {"keep: capacity", "keep: all", 9, 67, "step, capacity"},
      {"double-buffered: false", "double-buffered: no", 8, 63, "false, true"},
      {"double-buffered: false", "double_buffered: false", 8, 46,
       "did you mean \"double-buffered\""},
      {"bandwidth: 4 words/cycle", "bandwidth: 0 words/cycle", 9, 17,
       "expected 1e-9"},
      {"registers: [weight, output]", "registers: weight", 9, 43,
       "registers: expected a list"},
      {"registers: [weight, output]", "registers: [weights]", 9, 44,
       "did you mean weight?"},
      {"bandwidth: 16 words/cycle", "bandwidth: 16", 10, 20, "words/cycle"},
      {"latency: 2", "latency: 1.5", 10, 44, "a whole number"},
      {"hops: 1.5", "hops: many", 11, 24, "hops is \"many\""},
      {"l2: {size: 108 KiB, read: 6 pJ, contiguous: true}\n", "", 1, 1,
       "\"l2\" is missing"},
      {"l2: {size: 108 KiB, read: 6 pJ, contiguous: true}", "l2: 108 KiB", 12,
       5, "l2: expected a map"},
      {"contiguous: true", "contiguous: yes", 12, 45, "false, true"},
      {"dram: {", "dram: {contiguous: true, ", 13, 8,
       "unknown key \"contiguous\""},
      {"dram: {", "dram: {size: 4 GiB, ", 13, 8, "unknown key \"size\""},
      {"1.6 GB/s", "1.6 Gbit/s", 13, 23, "B/s, kB/s, MB/s, GB/s, GiB/s, kb/s"},
      {"metadata: 0.1 pJ", "metdata: 0.1 pJ", 14, 1, "mean \"metadata\""},
  };
  spoil_all(good_accelerator, ways, COUNT(ways), read_accelerator);
}

/* A level that is missing is not taken for another one that is there. */
static void misses_levels(void **state) {
  (void)state;
  tacet_doc *doc = parsed("tacet: 1\naccelerator: a\nclock: 1 GHz\npes: 1\n"
                          "word: 8 bit\nl1: {size: 1 KiB}\n"
                          "noc: {bandwidth: 1 words/cycle}\n"
                          "dram: {bandwidth: 1 words/cycle}\n");
  tacet_error error;
  assert_int_equal(read_accelerator(doc, &error), TACET_BAD_INPUT);
  check_error(&error, 1, 1, "the key \"l2\" is missing");
  assert_string_equal(error.hint, "");
  tacet_doc_free(doc);
}

/* ---- its own dataflow --------------------------------------------------- */

static tacet_dataflow_set dataflow; /* large */

static void write_file(const char *name, const char *text) {
  FILE *file = fopen(scratch_path(name), "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void finds_dataflow_beside(void **state) {
  (void)state;
  write_file("a.yaml", good_accelerator);
  write_file("row-stationary.yaml", "tacet: 1\ndataflow: rows\n"
                                    "directives:\n  - SpatialMap(1,1) K\n");
  tacet_doc *doc, *file;
  tacet_error error = {0};
  assert_int_equal(tacet_doc_read(&doc, scratch_path("a.yaml"), &error),
                   TACET_OK);
  assert_int_equal(tacet_accelerator_dataflow(&dataflow, &file, doc, &error),
                   TACET_OK);
  assert_non_null(file);
  assert_string_equal(dataflow.name, "rows");
  assert_string_equal(dataflow.flow[0].directive[0].place.file,
                      scratch_path("row-stationary.yaml"));
  tacet_doc_free(file);

  write_file("row-stationary.yaml", "tacet: 1\ndataflow: d\ndirectives: []\n"
                                    "derectives: []\n");
  assert_int_equal(tacet_accelerator_dataflow(&dataflow, &file, doc, &error),
                   TACET_BAD_INPUT);
  assert_null(file);
  assert_string_equal(error.file, scratch_path("row-stationary.yaml"));
  assert_int_equal(error.line, 4);
  tacet_doc_free(doc);
}

static void misses_dataflow_file(void **state) {
  (void)state;
  tacet_doc *doc = parsed("accelerator: a\ndataflow: not/there.yaml\n"), *file;
  tacet_error error = {0};
  assert_int_equal(tacet_accelerator_dataflow(&dataflow, &file, doc, &error),
                   TACET_NO_FILE);
  assert_null(file);
  assert_string_equal(error.file, "test.yaml");
  assert_int_equal(error.line, 2);
  assert_int_equal(error.column, 11);
  assert_non_null(strstr(error.message, "not/there.yaml"));
  tacet_doc_free(doc);
}

static void reads_dataflow_inline(void **state) {
  (void)state;
  tacet_doc *doc = parsed("dataflow:\n"
                          "  directives:\n"
                          "    - SpatialMap(1,1) K\n"),
            *file;
  tacet_error error = {0};
  assert_int_equal(tacet_accelerator_dataflow(&dataflow, &file, doc, &error),
                   TACET_OK);
  assert_null(file);
  assert_string_equal(dataflow.name, "inline");
  assert_true(dataflow.covers[TACET_CONV]);
  assert_false(dataflow.covers[TACET_GEMM]);
  tacet_doc_free(doc);

  doc = parsed("accelerator: none\n");
  assert_int_equal(tacet_accelerator_dataflow(&dataflow, &file, doc, &error),
                   TACET_OK);
  for (int t = 0; t < TACET_LAYER_TYPES; t++) assert_false(dataflow.covers[t]);
  tacet_doc_free(doc);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_accelerator),
      cmocka_unit_test(refuses_accelerators),
      cmocka_unit_test(misses_levels),
      cmocka_unit_test(finds_dataflow_beside),
      cmocka_unit_test(misses_dataflow_file),
      cmocka_unit_test(reads_dataflow_inline),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
