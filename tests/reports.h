/* Reports of the program taken apart. */
#ifndef TACET_REPORTS_H
#define TACET_REPORTS_H

#include <jansson.h>

/* Runs the program with arguments that ask for JSON; to be released with
   json_decref. */
json_t *json_of(const char *arguments);

enum { MOST_FIELDS = 96, MOST_LINES = 40 };

typedef struct table {
  char *text; /* owned */
  int columns, lines;
  char *field[MOST_LINES][MOST_FIELDS]; /* [0]: the header */
} table;

/* Runs the program with arguments that ask for CSV and takes what it prints
   apart. No field of these tests holds a comma. */
table csv_of(const char *arguments);

/* A field of a line; the test fails if there is no such column. */
const char *field(const table *t, int line, const char *column);

/* The same where it must be a number. */
double number(const table *t, int line, const char *column);

#endif
