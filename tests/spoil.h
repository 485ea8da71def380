/* Ways of spoiling a good file, for tests of what the readers say. */
#ifndef TACET_SPOIL_H
#define TACET_SPOIL_H

#include "../dense/spec/spec.h"

typedef struct spoil {
  const char *from; /* occurs once in the good text */
  const char *to;   /* takes its place */
  int line, column; /* that the error must name */
  const char *says; /* in the message or the hint */
} spoil;

typedef tacet_status spoil_reader(const tacet_doc *doc, tacet_error *error);

/* Reads `good` spoiled in each way and fails the test unless every one gives
   TACET_BAD_INPUT with the place and words that it should. Unspoiled, `good`
   must be read. */
void spoil_all(const char *good, const spoil *ways, int count,
               spoil_reader *read);

/* Parses text called "test.yaml"; fails the test if that fails. */
tacet_doc *parsed(const char *text);

/* Fails the test unless error names the place and says the word. */
void check_error(const tacet_error *error, int line, int column,
                 const char *says);

#endif
