/* Whole numbers that a file may also write as formulas over named numbers:
   "4 * heads * (sequence + 1)". Knows no file's keys. */
#include "network.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { deepest = 32 }; /* parentheses within each other */

static const int64_t largest = TACET_LARGEST_SIZE;

typedef struct formula {
  const tacet_node *node;
  const tacet_names *names; /* NULL: none */
  const char *what;
  size_t at; /* in the node's text */
  int depth;
  tacet_error *error;
} formula;

static tacet_status read_sum(int64_t *value, formula *f);

/* ---- errors ------------------------------------------------------------- */

static tacet_status blame(const formula *f, size_t at, const char *why) {
  const tacet_place place = tacet_node_place_at(f->node, at);
  return tacet_fail(f->error, TACET_BAD_INPUT, &place, "%s is \"%s\"; %s",
                    f->what, tacet_show(f->node->text).text, why);
}

static tacet_status unknown_name(const formula *f, size_t at,
                                 const char *name) {
  char known[200] = "";
  tacet_nearest nearest = {.word = name};
  for (int i = 0; f->names && i < f->names->known; i++) {
    tacet_nearest_offer(&nearest, tacet_node_key(f->names->map, i));
    tacet_list_word(known, sizeof known, tacet_node_key(f->names->map, i));
  }
  char why[96];
  snprintf(why, sizeof why, "there is no parameter %s", tacet_show(name).text);
  blame(f, at, known[0] ? why : "expected a whole number");
  if (nearest.found)
    return tacet_advise(f->error, "did you mean %s?", nearest.found);
  if (known[0]) return tacet_advise(f->error, "the parameters are %s", known);
  return tacet_advise(f->error, "a formula needs the network's \"parameters\"");
}

/* ---- reading ------------------------------------------------------------ */

static char next(formula *f) {
  f->at += strspn(f->node->text + f->at, " ");
  return f->node->text[f->at];
}

static tacet_status read_number(int64_t *value, formula *f) {
  const size_t start = f->at;
  for (*value = 0; isdigit((unsigned char)f->node->text[f->at]); f->at++) {
    *value = 10 * *value + (f->node->text[f->at] - '0');
    if (*value > largest) return blame(f, start, "that number is too large");
  }
  if (f->node->text[start] != '0' || f->at == start + 1) return TACET_OK;
  blame(f, start, "expected a whole number");
  return tacet_advise(f->error, "numbers are decimal and do not begin with 0");
}

static tacet_status read_name(int64_t *value, formula *f) {
  const size_t start = f->at;
  char name[TACET_NAME];
  const size_t length = tacet_name_length(f->node->text + start);
  snprintf(name, sizeof name, "%.*s", (int)length, f->node->text + start);
  f->at += length;
  const bool any = f->names && f->names->known > 0;
  const int i = any ? tacet_find_key(f->names->map, name) : -1;
  if (i < 0 || i >= f->names->known) return unknown_name(f, start, name);
  tacet_get(f->names->map, tacet_node_key(f->names->map, i));
  *value = f->names->value[i];
  return TACET_OK;
}

static tacet_status read_atom(int64_t *value, formula *f) {
  const char c = next(f);
  if (isdigit((unsigned char)c)) return read_number(value, f);
  if (tacet_name_length(f->node->text + f->at) > 0) return read_name(value, f);
  if (c != '(')
    return blame(f, f->at, "expected a whole number or a parameter");
  if (f->depth == deepest) return blame(f, f->at, "too many parentheses");
  f->depth++;
  f->at++;
  tacet_status status = read_sum(value, f);
  if (status) return status;
  if (next(f) != ')') return blame(f, f->at, "expected )");
  f->depth--;
  f->at++;
  return TACET_OK;
}

static tacet_status divide(int64_t *value, int64_t divisor, formula *f,
                           size_t at) {
  if (divisor == 0) return blame(f, at, "that divides by 0");
  const int64_t rest = *value % divisor;
  if (rest) {
    char why[96];
    snprintf(why, sizeof why, "%lld / %lld leaves a rest of %lld",
             (long long)*value, (long long)divisor, (long long)rest);
    blame(f, at, why);
    return tacet_advise(f->error, "sizes are whole numbers");
  }
  *value /= divisor;
  return TACET_OK;
}

static tacet_status combine(int64_t *value, char operation, int64_t right,
                            formula *f, size_t at) {
  bool overflows = false;
  switch (operation) {
  case '+': overflows = __builtin_add_overflow(*value, right, value); break;
  case '-': overflows = __builtin_sub_overflow(*value, right, value); break;
  case '*': overflows = __builtin_mul_overflow(*value, right, value); break;
  case '/': return divide(value, right, f, at);
  }
  if (overflows || *value > largest || *value < -largest)
    return blame(f, at, "that is more than 2^53");
  return TACET_OK;
}

static tacet_status read_product(int64_t *value, formula *f) {
  tacet_status status = read_atom(value, f);
  while (!status && (next(f) == '*' || next(f) == '/')) {
    const size_t at = f->at++;
    int64_t right = 0;
    status = read_atom(&right, f);
    if (!status) status = combine(value, f->node->text[at], right, f, at);
  }
  return status;
}

static tacet_status read_sum(int64_t *value, formula *f) {
  tacet_status status = read_product(value, f);
  while (!status && (next(f) == '+' || next(f) == '-')) {
    const size_t at = f->at++;
    int64_t right = 0;
    status = read_product(&right, f);
    if (!status) status = combine(value, f->node->text[at], right, f, at);
  }
  return status;
}

/* ---- all ---------------------------------------------------------------- */

size_t tacet_name_length(const char *text) {
  size_t length = 0;
  if (isdigit((unsigned char)text[0])) return 0;
  while (isalnum((unsigned char)text[length]) || text[length] == '_') length++;
  return length;
}

/* Not a formula but, right or wrong, a number. */
static bool is_number(const char *text) {
  return !text[strspn(text, "-.0123456789")];
}

tacet_status tacet_as_formula(int64_t *value, const tacet_node *node,
                              const tacet_names *names, int64_t min,
                              int64_t max, const char *what,
                              tacet_error *error) {
  if (node->kind != TACET_SCALAR || is_number(node->text))
    return tacet_as_int(value, node, min, max, what, error);
  formula f = {.node = node, .names = names, .what = what, .error = error};
  int64_t result = 0;
  tacet_status status = read_sum(&result, &f);
  if (!status && next(&f))
    status = blame(&f, f.at, "expected a whole number or a formula");
  if (status) return status;
  if (result < min || result > max) {
    const tacet_place place = tacet_node_place(node);
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "%s is %s = %lld; expected %lld to %lld", what,
                      tacet_show(node->text).text, (long long)result,
                      (long long)min, (long long)max);
  }
  *value = result;
  return TACET_OK;
}
