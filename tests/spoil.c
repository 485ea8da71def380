/* Spoiling files and judging the errors that come of it. */
#include "spoil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *error_line(const tacet_error *error) {
  static char text[1200];
  tacet_error_text(error, text, sizeof text);
  return text;
}

tacet_doc *parsed(const char *text) {
  tacet_doc *doc;
  tacet_error error = {0};
  if (tacet_doc_parse(&doc, text, strlen(text), "test.yaml", &error))
    fail_msg("%s", error_line(&error));
  return doc;
}

void check_error(const tacet_error *error, int line, int column,
                 const char *says) {
  const char *text = error_line(error);
  assert_int_equal(error->status, TACET_BAD_INPUT);
  assert_string_equal(error->file, "test.yaml");
  if (error->line != line || error->column != column)
    fail_msg("expected %d:%d in %s", line, column, text);
  if (!strstr(text, says)) fail_msg("\"%s\" is not in %s", says, text);
  if (strchr(text, '\n')) fail_msg("more than a line: %s", text);
}

static char *replaced(const char *text, const char *from, const char *to) {
  const char *found = strstr(text, from);
  if (!found || strstr(found + 1, from)) fail_msg("not once: %s", from);
  const size_t before = (size_t)(found - text);
  char *copy = malloc(strlen(text) + strlen(to) + 1);
  assert_non_null(copy);
  memcpy(copy, text, before);
  strcpy(copy + before, to);
  strcat(copy, found + strlen(from));
  return copy;
}

static tacet_status read_all(const char *text, spoil_reader *read,
                             tacet_error *error) {
  tacet_doc *doc;
  tacet_status status =
      tacet_doc_parse(&doc, text, strlen(text), "test.yaml", error);
  if (status) return status;
  status = read(doc, error);
  if (!status) status = tacet_doc_check(doc, error);
  tacet_doc_free(doc);
  return status;
}

void spoil_all(const char *good, const spoil *ways, int count,
               spoil_reader *read) {
  tacet_error error = {0};
  if (read_all(good, read, &error)) fail_msg("%s", error_line(&error));
  for (int i = 0; i < count; i++) {
    char *text = replaced(good, ways[i].from, ways[i].to);
    if (read_all(text, read, &error) == TACET_OK)
      fail_msg("accepted: %s", ways[i].to);
    free(text);
    check_error(&error, ways[i].line, ways[i].column, ways[i].says);
  }
}
