/* How formats are spelled in accelerator files, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "../sparse/formats/format_read.h"

static tacet_status read_text(tacet_format *format, const char *value,
                              tacet_error *error) {
  char text[512] = "l2: ";
  tacet_doc *doc = NULL;
  strcat(text, value);
  *format = (tacet_format){0};
  tacet_status status =
      tacet_doc_parse(&doc, text, strlen(text), "test.yaml", error);
  if (!status)
    status = tacet_format_read(format, tacet_get(tacet_doc_root(doc), "l2"),
                               "l2", error);
  if (!status) status = tacet_doc_check(doc, error);
  tacet_doc_free(doc);
  return status;
}

/* `value` is read, and written as `again`. */
static void check_read(const char *value, const char *again) {
  tacet_format format;
  tacet_error error;
  char text[TACET_FORMAT_TEXT];
  if (read_text(&format, value, &error))
    fail_msg("%s: %s", value, error.message);
  tacet_format_text(text, sizeof text, &format);
  assert_string_equal(text, again);
}

static void spellings(void **state) {
  (void)state;
  check_read("CSR", "CSR");
  check_read("best", "best");
  check_read("2:4", "2:4");
  check_read("BSR(4x2)", "BSR(4x2)");
  check_read("CP(14)", "[CP(14)]");
  check_read("[UOP, CP(0)]", "[UOP, CP(0)]");
  check_read("[UOP(9), {format: RLE(5)}]", "[UOP(9), RLE(5)]");
  check_read("[U, U]", "U");
  check_read("{format: CSR, storage-word: 8 B}",
             "{format: CSR, storage-word: 64 bit}");
  check_read("{ranks: [{format: UOP, payload-word-bits: 0}, {format: CP, "
             "metadata-word-bits: 14, flattened-rankIDs: [[C, R]]}], "
             "rank-application-order: inner-to-outer}",
             "[UOP(0), {format: CP, metadata-word-bits: 14, "
             "flatten: [C, R]}]");
  check_read("[{format: B, flatten: rows, blocks: 4}, {format: U, flatten: "
             "rows, within: 4}, {format: CP, flatten: columns}]",
             "[{format: B, flatten: rows, blocks: 4}, {format: U, flatten: "
             "rows, within: 4}, {format: CP, flatten: columns}]");
}

static void check_refused(const char *value, const char *part) {
  tacet_format format;
  tacet_error error;
  assert_int_equal(read_text(&format, value, &error), TACET_BAD_INPUT);
  char text[1024];
  tacet_error_text(&error, text, sizeof text);
  if (!strstr(text, part)) fail_msg("%s: %s", value, text);
}

static void slips(void **state) {
  (void)state;
  check_refused("CRS", "did you mean CSR?");
  check_refused("[UOP, CPP]", "did you mean CP?");
  check_refused("CP(-1)", "one of");
  check_refused("CP(80)", "at most 62");
  check_refused("5:4", "n <= m");
  check_refused("BSR(0x4)", "expected n:m");
  check_refused("[]", "1 to 6");
  check_refused("[U, U, U, U, U, U, U]", "1 to 6");
  check_refused("[{format: CP, flatten: row}]", "rows");
  check_refused("[{format: CP, flatten: [C, C]}]", "already");
  check_refused("[{format: CP, blocks: 4, within: 4}]", "not both");
  check_refused("[{format: CP, block: 4}]", "did you mean \"blocks\"?");
  check_refused("{format: U, storage-word: 64 bit}", "storage words");
  check_refused("{format: CSR, storage-word: 64}", "bit");
  check_refused("{format: CSR, rank-application-order: inner-to-outer}",
                "rank-application-order");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(spellings),
      cmocka_unit_test(slips),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
