/* Single words and numbers of a mapping file. Knows no sections. */
#include "parser.h"

void maestro_remark(maestro_parser *parser, const char *what) {
  maestro_add_remark(&parser->collection, &parser->token.place,
                     parser->token.text, what);
}

bool maestro_is_word(const maestro_parser *parser, const char *word) {
  return maestro_same(parser->token.text, word);
}

bool maestro_at_end(const maestro_parser *parser) {
  return !parser->token.text[0];
}

static bool at_brace(const maestro_parser *parser) {
  return parser->token.text[0] == '{' || parser->token.text[0] == '}';
}

void maestro_advance(maestro_parser *parser) {
  parser->depth += parser->token.text[0] == '{';
  parser->depth -= parser->token.text[0] == '}';
  maestro_lexer_next(&parser->lexer, &parser->token);
  if (parser->token.glued)
    maestro_remark(parser, "the published tool wants white space "
                           "around it, and fails here");
}

bool maestro_accept(maestro_parser *parser, const char *word) {
  if (!maestro_is_word(parser, word)) return false;
  maestro_advance(parser);
  return true;
}

tacet_status maestro_fail_here(maestro_parser *parser, const char *wanted) {
  const maestro_token *found = &parser->token;
  if (maestro_at_end(parser))
    return tacet_fail(parser->error, TACET_BAD_INPUT, &found->place,
                      "expected %s, but the file ends here", wanted);
  return tacet_fail(parser->error, TACET_BAD_INPUT, &found->place,
                    "expected %s, found \"%s\"", wanted,
                    maestro_quote(found->text).text);
}

tacet_status maestro_expect(maestro_parser *parser, const char *word,
                            const char *wanted) {
  if (maestro_accept(parser, word)) return TACET_OK;
  return maestro_fail_here(parser, wanted);
}

tacet_status maestro_take_name(maestro_parser *parser, const char **name,
                               const char *wanted) {
  if (maestro_at_end(parser) || at_brace(parser) ||
      maestro_is_word(parser, "Layer"))
    return maestro_fail_here(parser, wanted);
  *name = parser->token.text;
  maestro_advance(parser);
  return TACET_OK;
}

const char *maestro_take_last_name(maestro_parser *parser, const char *name) {
  while (!maestro_at_end(parser) && !at_brace(parser)) {
    name = parser->token.text;
    maestro_advance(parser);
  }
  return name;
}

tacet_status maestro_take_number(maestro_parser *parser, int *number,
                                 int least) {
  const maestro_token *token = &parser->token;
  const char *rest;
  *number = maestro_number(token->text, &rest);
  if (*number < 0)
    return tacet_fail(parser->error, TACET_BAD_INPUT, &token->place,
                      "the number %s does not fit 32 bits",
                      maestro_quote(token->text).text);
  if (*number < least)
    return maestro_fail_here(parser, "a number of at least 1");
  if (*rest)
    maestro_remark(parser, "the published tool reads leading digits only");
  if (token->minus)
    maestro_remark(parser, "the published tool drops the minus sign before it");
  maestro_advance(parser);
  return TACET_OK;
}

/* Constants come before numbers: one may be called 8. */
tacet_status maestro_take_size(maestro_parser *parser, int *size) {
  for (int i = parser->constants - 1; i >= 0; i--) {
    const maestro_named *constant = &parser->constant[i];
    if (!maestro_is_word(parser, constant->name)) continue;
    if (constant->value == 0)
      return maestro_fail_here(parser, "a constant of at least 1");
    *size = constant->value;
    maestro_advance(parser);
    return TACET_OK;
  }
  return maestro_take_number(parser, size, 1);
}
