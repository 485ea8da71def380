/* YAML into nodes: places, limits, aliases and what is refused; keys that
   nobody asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/node.h"
#include "scratch.h"
#include "spoil.h"

/* ---- trees -------------------------------------------------------------- */

static void keeps_places(void **state) {
  (void)state;
  tacet_doc *doc = parsed("a: 1\n"
                          "list:\n"
                          "  - x\n"
                          "  - \"y z\"\n"
                          "map: {k: v}\n"
                          "empty:\n");
  tacet_node *root = tacet_doc_root(doc);
  assert_string_equal(tacet_doc_path(doc), "test.yaml");
  assert_int_equal(tacet_node_is(root), TACET_MAP);
  assert_int_equal(tacet_node_count(root), 4);
  assert_string_equal(tacet_node_key(root, 2), "map");
  assert_int_equal(tacet_node_key_place(root, 2).line, 5);
  tacet_node *list = tacet_get(root, "list");
  assert_int_equal(tacet_node_is(list), TACET_LIST);
  assert_int_equal(tacet_node_count(list), 2);
  const tacet_node *second = tacet_node_item(list, 1);
  assert_string_equal(tacet_node_text(second), "y z");
  assert_int_equal(tacet_node_place(second).line, 4);
  assert_int_equal(tacet_node_place(second).column, 5);
  assert_string_equal(tacet_node_place(second).file, "test.yaml");
  assert_string_equal(tacet_node_text(list), "");
  assert_string_equal(tacet_node_text(tacet_get(root, "empty")), "");
  assert_null(tacet_get(root, "nothing"));
  assert_null(tacet_get(list, "not-a-map"));
  tacet_doc_free(doc);
  tacet_doc_free(NULL);
}

static void check_column(const char *text, size_t offset, int column) {
  tacet_doc *doc = parsed(text);
  const tacet_node *node = tacet_get(tacet_doc_root(doc), "k");
  assert_int_equal(tacet_node_place_at(node, offset).column, column);
  tacet_doc_free(doc);
}

static void finds_columns_inside_text(void **state) {
  (void)state;
  check_column("k: abc", 2, 6);
  check_column("k: \"abc\"", 2, 7);
  check_column("k: 'abc'", 2, 7);
  check_column("k: \xC3\xA4"
               "bc",
               3, 6);                  /* a letter of two bytes */
  check_column("k: \"a\\tbc\"", 3, 4); /* escaped: the whole text */
  check_column("k: ab\n  cd", 4, 4);   /* folded: likewise */
}

static void shares_aliases(void **state) {
  (void)state;
  tacet_doc *doc = parsed("a: &x {k: 1}\n"
                          "b: *x\n"
                          "c: &x [2]\n"
                          "d: *x\n");
  tacet_node *root = tacet_doc_root(doc);
  assert_ptr_equal(tacet_get(root, "a"), tacet_get(root, "b"));
  assert_ptr_equal(tacet_get(root, "c"), tacet_get(root, "d"));
  tacet_doc_free(doc);
}

/* ---- refusals ----------------------------------------------------------- */

static void refused_bytes(const char *text, size_t size, int line, int column,
                          const char *says) {
  tacet_doc *doc;
  tacet_error error = {0};
  if (tacet_doc_parse(&doc, text, size, "test.yaml", &error) == TACET_OK)
    fail_msg("accepted: %s", text);
  assert_null(doc);
  check_error(&error, line, column, says);
}

static void refused(const char *text, int line, int column, const char *says) {
  refused_bytes(text, strlen(text), line, column, says);
}

static void refuses_syntax_errors(void **state) {
  (void)state;
  refused("", 0, 0, "empty");
  refused("# only this\n", 0, 0, "empty");
  refused("a: [1, 2\nb: 3\n", 2, 2, "close the bracket");
  refused("a: [1, 2\nb: 3\n", 2, 2, "starts at line 1, column 4");
  refused("a: b: c\n", 1, 5, "indentation");
  refused("a: 1\n\tb: 2\n", 2, 1, "tabs");
  refused("a:\n  b: 1\n c: 2\n", 3, 2, "indentation");
  refused("a: \"x\n", 2, 1, "close the quote");
  refused("a: 1\n--- \nb: 2\n", 2, 1, "second document");
  refused("? [a]\n: 1\n", 1, 3, "key must be text");
  refused("? {a: 1}\n: 1\n", 1, 3, "key must be text");
  refused("a: !!int 3\n", 1, 4, "tags");
  refused("a: 1\n<<: {b: 1}\n", 2, 1, "merge keys");
  refused("a: \"\\0\"\n", 1, 4, "NUL");
  refused("a: |x\n", 1, 5, "comment or line break");
}

static void refuses_bytes_that_are_no_text(void **state) {
  (void)state;
  refused("a: 1\nb: x\xFFy\n", 2, 5, "UTF-8");
  refused("a: 1\nb: \xC3\xA4\x01\n", 2, 5, "control characters");
  refused_bytes("a: \0", 4, 1, 4, "control characters");
}

static void refuses_duplicate_keys(void **state) {
  (void)state;
  refused("a: 1\nb: 2\na: 3\n", 3, 1, "\"a\", first at line 1, column 1");
  refused("m: {x: 1, y: 2, y: 3, x: 4}\n", 1, 17, "first at line 1, column 11");
  refused("m: {y: 1, x: 2, x: 3, y: 4}\n", 1, 17, "first at line 1, column 11");
  refused("a: 1\n\"a\": 2\n", 2, 1, "duplicate");
  refused("a: 1\n? &k b\n: 2\n? *k\n: 3\n", 2, 3, "duplicate");
}

static void refuses_bad_aliases(void **state) {
  (void)state;
  refused("a: *layer\n", 1, 4, "*layer has no anchor");
  refused("a: &layer 1\nb: *layr\n", 2, 4, "did you mean *layer");
  refused("a: &x [1, *x]\n", 1, 11, "inside the value");
  refused("&x a: &y {b: {c: *y}}\n", 1, 18, "inside the value");
}

/* ---- limits ------------------------------------------------------------- */

static void limits_depth(void **state) {
  (void)state;
  char text[256] = "";
  memset(text, '[', 64);
  memset(text + 64, ']', 64);
  tacet_doc *doc = parsed(text);
  tacet_doc_free(doc);
  memset(text, '[', 65);
  refused(text, 1, 65, "64 deep");
  char *deep = malloc(2000001); /* would take libyaml hours */
  assert_non_null(deep);
  memset(deep, '[', 2000000);
  deep[2000000] = '\0';
  refused(deep, 1, 65, "64 deep");
  free(deep);
}

/* Appends "- ", an anchor, and `inside` within `depth` brackets. */
static void nest(char *text, const char *anchor, int depth,
                 const char *inside) {
  strcat(strcat(text, "- "), anchor);
  for (int i = 0; i < depth; i++) strcat(text, "[");
  strcat(text, inside);
  for (int i = 0; i < depth; i++) strcat(text, "]");
  strcat(text, "\n");
}

static void limits_depth_through_aliases(void **state) {
  (void)state;
  char text[1024] = "";
  nest(text, "&a ", 40, "");
  nest(text, "&b ", 2, "*a"); /* 42 deep */
  nest(text, "", 21, "*b");   /* 64 with the list of all */
  tacet_doc_free(parsed(text));
  char deeper[1024];
  nest(strcpy(deeper, text), "", 22, "*b");
  refused(deeper, 4, 25, "aliases expanded");
  nest(strcpy(deeper, text), "", 24, "*a");
  refused(deeper, 4, 27, "aliases expanded");
}

/* Each line is nine times the one before: 9^8 lists from 500 bytes. */
static void limits_expansion(void **state) {
  (void)state;
  char text[2048] = "a: &a [x]\n";
  for (char c = 'b'; c <= 'i'; c++) {
    char line[64];
    snprintf(line, sizeof line, "%c: &%c [", c, c);
    strcat(text, line);
    for (int i = 0; i < 9; i++) {
      snprintf(line, sizeof line, "*%c%s", c - 1, i < 8 ? "," : "]\n");
      strcat(text, line);
    }
  }
  refused(text, 7, 17, "aliases expanded"); /* the fourth: 4 * 125,479 */
}

static void limits_anchors(void **state) {
  (void)state;
  char text[8192] = "";
  for (int i = 0; i < 256; i++)
    snprintf(text + strlen(text), 32, "- &a%d x\n", i);
  strcat(text, "- &a7 again\n");
  tacet_doc_free(parsed(text));
  strcat(text, "- &more x\n");
  refused(text, 258, 3, "256 anchors");
}

static void limits_size(void **state) {
  (void)state;
  const size_t limit = 4 << 20;
  char *text = malloc(limit + 1);
  assert_non_null(text);
  memset(text, ' ', limit + 1);
  memcpy(text, "a: 1\n", 5);
  tacet_doc *doc;
  tacet_error error = {0};
  assert_int_equal(tacet_doc_parse(&doc, text, limit, "test.yaml", &error),
                   TACET_OK);
  tacet_doc_free(doc);
  refused_bytes(text, limit + 1, 0, 0, "4 MiB");
  free(text);
}

/* Pairwise comparison would take hours over this many keys. */
static void takes_many_keys(void **state) {
  (void)state;
  enum { keys = 200000 };
  char *text = malloc(keys * 16), *end = text;
  assert_non_null(text);
  for (int i = 0; i < keys; i++) end += sprintf(end, "k%d: %d\n", i, i);
  tacet_doc *doc = parsed(text);
  assert_int_equal(tacet_node_count(tacet_doc_root(doc)), keys);
  tacet_doc_free(doc);
  strcpy(end, "k77: again\n");
  refused(text, keys + 1, 1, "\"k77\", first at line 78");
  free(text);
}

/* ---- files -------------------------------------------------------------- */

static void reads_files(void **state) {
  (void)state;
  const char *path = scratch_path("good.yaml");
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs("a: 1\n", file);
  fclose(file);
  tacet_doc *doc;
  tacet_error error = {0};
  assert_int_equal(tacet_doc_read(&doc, path, &error), TACET_OK);
  assert_string_equal(tacet_doc_path(doc), path);
  tacet_doc_free(doc);
}

static void unreadable(const char *path) {
  tacet_doc *doc;
  tacet_error error = {0};
  assert_int_equal(tacet_doc_read(&doc, path, &error), TACET_NO_FILE);
  assert_null(doc);
  assert_string_equal(error.file, path);
  assert_non_null(strstr(error.message, "cannot read: "));
}

static void refuses_files(void **state) {
  (void)state;
  unreadable(scratch_path("missing.yaml"));
  unreadable(scratch_path(".")); /* a directory */
}

/* ---- keys nobody asked for ---------------------------------------------- */

static void check_keys(const char *text, int line, int column,
                       const char *says) {
  tacet_doc *doc = parsed(text);
  tacet_node *root = tacet_doc_root(doc), *value;
  tacet_error error = {0};
  assert_int_equal(tacet_need(&value, root, "layers", &error), TACET_OK);
  tacet_get(root, "stride");
  tacet_get(root, "padding");
  if (tacet_node_is(value) == TACET_MAP) tacet_get(value, "K");
  const tacet_status status = tacet_doc_check(doc, &error);
  assert_int_equal(status, says ? TACET_BAD_INPUT : TACET_OK);
  if (says) check_error(&error, line, column, says);
  tacet_doc_free(doc);
}

static void refuses_unknown_keys(void **state) {
  (void)state;
  check_keys("layers: 1\nstride: 2\n", 0, 0, NULL);
  check_keys("layers: 1\nstrid: 2\n", 2, 1, "did you mean \"stride\"");
  check_keys("layers: 1\nPading: 2\n", 2, 1, "did you mean \"padding\"");
  check_keys("layers: 1\nsrtide: 2\n", 2, 1, "did you mean \"stride\"");
  check_keys("layers: 1\nq: 2\n", 2, 1, "known here: layers, stride, padding");
  check_keys("layers: {K: 1, k: 2}\n", 1, 16, "did you mean \"K\"");
  check_keys("layers: {K: 1, Z: 2}\n", 1, 16, "known here: K");
  check_keys("layers: [{anything: 1}]\n", 0, 0, NULL); /* nobody looked */
}

static void misses_keys(void **state) {
  (void)state;
  tacet_doc *doc = parsed("a: 1\nclok: 2\n");
  tacet_node *root = tacet_doc_root(doc), *value;
  tacet_error error = {0};
  assert_int_equal(tacet_need(&value, root, "clock", &error), TACET_BAD_INPUT);
  check_error(&error, 1, 1, "\"clock\" is missing");
  check_error(&error, 1, 1, "\"clok\" in line 2");
  tacet_get(root, "clok"); /* now a known key, and so no typo */
  assert_int_equal(tacet_need(&value, root, "clock", &error), TACET_BAD_INPUT);
  assert_string_equal(error.hint, "");
  assert_int_equal(tacet_need(&value, tacet_get(root, "a"), "b", &error),
                   TACET_BAD_INPUT);
  check_error(&error, 1, 4, "a map with the key \"b\", found text");
  tacet_doc_free(doc);
}

static void reads_all_keys(void **state) {
  (void)state;
  tacet_doc *doc = parsed("a: 1\nb: 2\n");
  tacet_error error = {0};
  tacet_get(tacet_doc_root(doc), "a");
  assert_int_equal(tacet_doc_check(doc, &error), TACET_BAD_INPUT);
  tacet_read_all_keys(tacet_doc_root(doc));
  assert_int_equal(tacet_doc_check(doc, &error), TACET_OK);
  tacet_doc_free(doc);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_places),
      cmocka_unit_test(finds_columns_inside_text),
      cmocka_unit_test(shares_aliases),
      cmocka_unit_test(refuses_syntax_errors),
      cmocka_unit_test(refuses_bytes_that_are_no_text),
      cmocka_unit_test(refuses_duplicate_keys),
      cmocka_unit_test(refuses_bad_aliases),
      cmocka_unit_test(limits_depth),
      cmocka_unit_test(limits_depth_through_aliases),
      cmocka_unit_test(limits_expansion),
      cmocka_unit_test(limits_anchors),
      cmocka_unit_test(limits_size),
      cmocka_unit_test(takes_many_keys),
      cmocka_unit_test(reads_files),
      cmocka_unit_test(refuses_files),
      cmocka_unit_test(refuses_unknown_keys),
      cmocka_unit_test(misses_keys),
      cmocka_unit_test(reads_all_keys),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
