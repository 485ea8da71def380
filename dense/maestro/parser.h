/* Between the rooms of the reader: words.c, sections.c, parser.c. */
#ifndef TACET_MAESTRO_PARSER_H
#define TACET_MAESTRO_PARSER_H

#include "collect.h"
#include "lexer.h"

typedef struct maestro_named {
  const char *name;
  int value;
} maestro_named;

typedef struct maestro_parser {
  maestro_lexer lexer;
  maestro_token token; /* to be looked at next */
  int depth;           /* of braces, in front of the token */
  tacet_error *error;
  maestro_collection collection;
  tacet_maestro_layer layer; /* being read */
  /* The published tool keeps the names of layers and of dimensions in one
     place, so that a layer can end up with a dimension's name. */
  const char *scratch;
  int strides;
  maestro_named stride[TACET_MAESTRO_MAX_DIMS];
  int constants;
  maestro_named constant[TACET_MAESTRO_MAX_CONSTANTS];
} maestro_parser;

/* ---- words.c ------------------------------------------------------------ */

/* Moves to the next token. */
void maestro_advance(maestro_parser *parser);

bool maestro_at_end(const maestro_parser *parser);
bool maestro_is_word(const maestro_parser *parser, const char *word);

/* Says of the token what the published tool makes of it. */
void maestro_remark(maestro_parser *parser, const char *what);

/* "expected <wanted>, found <the token>"; returns TACET_BAD_INPUT. */
tacet_status maestro_fail_here(maestro_parser *parser, const char *wanted);

/* Each takes a token if it is what is asked for. A name is any word but a brace
   and Layer, which begins the next layer where a brace is missing. The last
   of any number of names counts; `name` stands for none. */
bool maestro_accept(maestro_parser *parser, const char *word);
tacet_status maestro_expect(maestro_parser *parser, const char *word,
                            const char *wanted);
tacet_status maestro_take_name(maestro_parser *parser, const char **name,
                               const char *wanted);
const char *maestro_take_last_name(maestro_parser *parser, const char *name);

/* Takes a number of at least `least`, or (size) a number or constant of at
   least 1. */
tacet_status maestro_take_number(maestro_parser *parser, int *number,
                                 int least);
tacet_status maestro_take_size(maestro_parser *parser, int *size);

/* ---- sections.c --------------------------------------------------------- */

enum { SECTIONS = 4 };

/* Takes a section, keyword and all, into parser->layer. seen[SECTIONS] says
   which the layer had already. */
tacet_status maestro_take_section(maestro_parser *parser, bool *seen);

#endif
