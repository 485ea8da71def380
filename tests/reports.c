/* Parses what the program prints. */
#include "reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "program.h"

json_t *json_of(const char *arguments) {
  char *text = program_output(arguments);
  json_error_t error;
  json_t *json = json_loads(text, 0, &error);
  if (!json) fail_msg("%d: %s", error.line, error.text);
  free(text);
  return json;
}

table csv_of(const char *arguments) {
  table t = {.text = program_output(arguments)};
  char *rest = t.text;
  while (*rest) {
    int column = 0;
    assert_true(t.lines < MOST_LINES);
    for (bool more = true; more; column++) {
      assert_true(column < MOST_FIELDS);
      t.field[t.lines][column] = rest;
      rest += strcspn(rest, ",\n");
      more = *rest == ',';
      *rest++ = '\0';
    }
    if (t.lines++ == 0) t.columns = column;
    assert_int_equal(column, t.columns);
  }
  return t;
}

const char *field(const table *t, int line, const char *column) {
  for (int c = 0; c < t->columns; c++)
    if (strcmp(t->field[0][c], column) == 0) return t->field[line][c];
  fail_msg("no column %s", column);
  return NULL;
}

double number(const table *t, int line, const char *column) {
  char *end;
  const double value = strtod(field(t, line, column), &end);
  assert_string_equal(end, "");
  return value;
}
