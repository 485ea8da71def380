/* Cuts a MAESTRO file into words and knows where each stands. What the words
   mean is the parsers' business. */
#include "lexer.h"

#include <limits.h>
#include <string.h>

void maestro_lexer_start(maestro_lexer *lexer, char *text, size_t size,
                         const char *path) {
  static const char byte_order_mark[] = "\xEF\xBB\xBF";
  *lexer = (maestro_lexer){.next = text, .end = text + size};
  if (!strncmp(text, byte_order_mark, 3)) lexer->next += 3;
  lexer->line_start = lexer->next;
  lexer->place = (tacet_place){.file = path, .line = 1};
}

static bool is_brace(char c) {
  return c == '{' || c == '}';
}

/* One kind of byte each, so that scanning is one look-up. */
static const unsigned char separators[256] = {
    [' '] = 1, [','] = 1, ['-'] = 1,  ['>'] = 1,  ['('] = 1,  [')'] = 1,
    [':'] = 1, [';'] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1, ['\0'] = 1};

static bool ends_word(char c) {
  return separators[(unsigned char)c] || is_brace(c);
}

static int column_of(const maestro_lexer *lexer, const char *at) {
  return (int)(at - lexer->line_start) + 1;
}

/* Every convention of line ends: "\n", "\r\n" and "\r". */
static bool ends_line(const char *at) {
  return *at == '\n' || (*at == '\r' && at[1] != '\n');
}

/* The line ends at lexer->next. */
static void count_line(maestro_lexer *lexer) {
  lexer->line_start = lexer->next + 1;
  lexer->place.line++;
}

static void skip_line(maestro_lexer *lexer) {
  while (lexer->next < lexer->end && !ends_line(lexer->next)) lexer->next++;
}

/* A comment begins a word; "//" within one is part of it. */
static void skip_to_word(maestro_lexer *lexer) {
  while (lexer->next < lexer->end) {
    const char *at = lexer->next;
    if (separators[(unsigned char)*at]) {
      if (ends_line(at)) count_line(lexer);
      lexer->next++;
    } else if (at[0] == '/' && at[1] == '/') {
      skip_line(lexer);
    } else {
      return;
    }
  }
}

/* A brace is a word by itself. The published tool wants white space around
   it; where there is none it takes it as part of a longer word, and fails. */
static void take_brace(maestro_lexer *lexer, maestro_token *token, char brace,
                       bool glued) {
  token->text = brace == '{' ? "{" : "}";
  token->glued = glued || !separators[(unsigned char)lexer->next[1]];
  lexer->next++;
}

/* Terminates the word that ends at lexer->next where it stands, which costs
   the byte behind it: a brace is kept for the next call, an end of line
   counted now. */
static void end_word(maestro_lexer *lexer) {
  char *at = lexer->next;
  if (is_brace(*at)) {
    lexer->brace = *at;
  } else if (at < lexer->end) {
    if (ends_line(at)) count_line(lexer);
    lexer->next++;
  }
  *at = '\0';
}

void maestro_lexer_next(maestro_lexer *lexer, maestro_token *token) {
  char brace = lexer->brace;
  lexer->brace = 0;
  if (!brace) skip_to_word(lexer);
  *token = (maestro_token){.text = "", .place = lexer->place};
  token->place.column = column_of(lexer, lexer->next);
  if (brace || is_brace(*lexer->next)) {
    take_brace(lexer, token, brace ? brace : *lexer->next, brace != 0);
    return;
  }
  char *word = lexer->next;
  token->minus = word > lexer->line_start && word[-1] == '-';
  if (lexer->next == lexer->end) return;
  while (!ends_word(*lexer->next)) lexer->next++;
  token->text = word;
  end_word(lexer);
}

int maestro_number(const char *word, const char **rest) {
  int64_t number = 0;
  for (; *word >= '0' && *word <= '9'; word++) {
    number = 10 * number + (*word - '0');
    if (number > INT_MAX) return -1;
  }
  *rest = word;
  return (int)number;
}

maestro_quoted maestro_quote(const char *word) {
  enum { ROOM = sizeof((maestro_quoted *)0)->text };
  maestro_quoted quoted;
  int length = 0;
  for (; *word && length < ROOM - 4; word++)
    quoted.text[length++] = *word >= ' ' && *word <= '~' ? *word : '?';
  strcpy(quoted.text + length, *word ? "..." : "");
  return quoted;
}
