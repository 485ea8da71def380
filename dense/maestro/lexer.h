/* Words of a MAESTRO file. */
#ifndef TACET_MAESTRO_LEXER_H
#define TACET_MAESTRO_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "maestro.h"

typedef struct maestro_lexer {
  char *next;
  const char *end;
  const char *line_start;
  tacet_place place; /* of `next`: file and line only */
  char brace;        /* glued to the word before: the next word; or 0 */
} maestro_lexer;

typedef struct maestro_token {
  const char *text; /* terminated; "" behind the last word */
  tacet_place place;
  bool minus; /* a '-', which counts as white space, stands before it */
  bool glued; /* a brace that the published tool takes as part of a word */
} maestro_token;

/* Starts on text[size], which must be followed by a writable NUL and outlive
   the tokens: words are terminated where they stand. */
void maestro_lexer_start(maestro_lexer *lexer, char *text, size_t size,
                         const char *path);

/* Moves on to the next word. */
void maestro_lexer_next(maestro_lexer *lexer, maestro_token *token);

/* Whether two words are equal. Most have one letter, or differ in the first:
   too little work for a call. */
static inline bool maestro_same(const char *a, const char *b) {
  while (*a == *b && *a) a++, b++;
  return *a == *b;
}

/* Leading digits of a word: 0 if there are none, -1 beyond 32 bits. *rest is
   what follows them. */
int maestro_number(const char *word, const char **rest);

/* A word as messages show it: cut, and unprintable bytes replaced. */
typedef struct maestro_quoted {
  char text[44];
} maestro_quoted;
maestro_quoted maestro_quote(const char *word);

#endif
