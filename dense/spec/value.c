/* From scalars to numbers, words and quantities with units; from maps to
   structs by a table of fields. Knows no file's keys. */
#include "node.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Blames text + offset; `wanted` says what should stand there. */
static tacet_status unexpected(const tacet_node *node, size_t offset,
                               const char *what, const char *wanted,
                               tacet_error *error) {
  const tacet_place place = tacet_node_place_at(node, offset);
  return tacet_fail(error, TACET_BAD_INPUT, &place, "%s is \"%s\"; expected %s",
                    what, tacet_show(node->text).text, wanted);
}

static tacet_status expect_scalar(const tacet_node *node, const char *what,
                                  const char *wanted, tacet_error *error) {
  if (node->kind == TACET_SCALAR && node->text[0]) return TACET_OK;
  const tacet_place place = tacet_node_place(node);
  return tacet_fail(error, TACET_BAD_INPUT, &place, "%s: expected %s, found %s",
                    what, wanted, tacet_node_kind_name(node));
}

/* ---- numbers ------------------------------------------------------------ */

static size_t digits(const char *text) {
  return strspn(text, "0123456789");
}

/* Length of the decimal number that text starts with; 0 if none. A zero
   before other digits is none: YAML 1.1 would read it as octal. */
static size_t number_length(const char *text, bool whole) {
  const size_t sign = text[0] == '-';
  size_t length = sign + digits(text + sign);
  if (text[sign] == '0' && length > sign + 1) return 0;
  if (length == sign) return 0;
  if (whole) return length;
  if (text[length] == '.' && digits(text + length + 1))
    length += 1 + digits(text + length + 1);
  if (text[length] == 'e' || text[length] == 'E') {
    const size_t exponent_sign =
        text[length + 1] == '-' || text[length + 1] == '+';
    const size_t exponent = digits(text + length + 1 + exponent_sign);
    if (exponent) length += 1 + exponent_sign + exponent;
  }
  return length;
}

/* *length: of the number at the start of the scalar. */
static tacet_status start_number(size_t *length, const tacet_node *node,
                                 bool whole, const char *what,
                                 tacet_error *error) {
  const char *wanted = whole ? "a whole number" : "a number";
  tacet_status status = expect_scalar(node, what, wanted, error);
  if (status) return status;
  *length = number_length(node->text, whole);
  if (*length > 0) return TACET_OK;
  status = unexpected(node, 0, what, wanted, error);
  if (digits(node->text) > 1)
    tacet_advise(error, "numbers are decimal and do not begin with 0");
  return status;
}

/* The same where nothing may follow the number. */
static tacet_status only_number(const tacet_node *node, bool whole,
                                const char *what, tacet_error *error) {
  size_t length = 0;
  tacet_status status = start_number(&length, node, whole, what, error);
  if (status || !node->text[length]) return status;
  status = unexpected(node, length, what, whole ? "a whole number" : "a number",
                      error);
  tacet_advise(error, "remove \"%s\"", tacet_show(node->text + length).text);
  return status;
}

tacet_status tacet_as_int(int64_t *value, const tacet_node *node, int64_t min,
                          int64_t max, const char *what, tacet_error *error) {
  tacet_status status = only_number(node, true, what, error);
  if (status) return status;
  errno = 0;
  const long long number = strtoll(node->text, NULL, 10);
  if (errno || number < min || number > max) {
    const tacet_place place = tacet_node_place(node);
    return tacet_fail(
        error, TACET_BAD_INPUT, &place, "%s is %s; expected %lld to %lld", what,
        tacet_show(node->text).text, (long long)min, (long long)max);
  }
  *value = number;
  return TACET_OK;
}

tacet_status tacet_as_real(double *value, const tacet_node *node, double min,
                           double max, const char *what, tacet_error *error) {
  tacet_status status = only_number(node, false, what, error);
  if (status) return status;
  const double number = strtod(node->text, NULL);
  if (number < min || number > max) {
    const tacet_place place = tacet_node_place(node);
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "%s is %s; expected %g to %g", what,
                      tacet_show(node->text).text, min, max);
  }
  *value = number;
  return TACET_OK;
}

/* ---- words -------------------------------------------------------------- */

tacet_status tacet_as_word(int *index, const tacet_node *node,
                           const char *const *words, const char *what,
                           tacet_error *error) {
  char known[160] = "";
  tacet_nearest nearest = {.word = tacet_node_text(node)};
  for (int i = 0; words[i]; i++) {
    if (strcmp(words[i], nearest.word) == 0) {
      *index = i;
      return TACET_OK;
    }
    tacet_list_word(known, sizeof known, words[i]);
    tacet_nearest_offer(&nearest, words[i]);
  }
  char wanted[192] = "one of ";
  strcat(wanted, known);
  tacet_status status = expect_scalar(node, what, wanted, error);
  if (status) return status;
  status = unexpected(node, 0, what, wanted, error);
  if (nearest.found) tacet_advise(error, "did you mean %s?", nearest.found);
  return status;
}

tacet_status tacet_as_bool(bool *value, const tacet_node *node,
                           const char *what, tacet_error *error) {
  static const char *const words[] = {"false", "true", NULL};
  int index;
  tacet_status status = tacet_as_word(&index, node, words, what, error);
  if (!status) *value = index == 1;
  return status;
}

tacet_status tacet_as_name(char *value, size_t size, const tacet_node *node,
                           const char *what, tacet_error *error) {
  tacet_status status = expect_scalar(node, what, "text", error);
  if (status) return status;
  const tacet_place place = tacet_node_place(node);
  const size_t length = strlen(node->text);
  if (length >= size)
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "%s is %zu bytes long; expected at most %zu", what,
                      length, size - 1);
  for (const char *c = node->text; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7F)
      return tacet_fail(error, TACET_BAD_INPUT, &place,
                        "%s holds a control character; expected one line of "
                        "text",
                        what);
  memcpy(value, node->text, length + 1);
  return TACET_OK;
}

/* ---- quantities --------------------------------------------------------- */

typedef struct unit_row {
  tacet_unit unit;
  const char *name;
  double factor; /* of the base unit */
} unit_row;

static const unit_row units[] = {
    {TACET_BITS, "bit", 1},
    {TACET_BITS, "Kibit", 1024},
    {TACET_BITS, "B", 8},
    {TACET_BITS, "KiB", 8 * 1024.0},
    {TACET_BITS, "MiB", 8 * 1024.0 * 1024},
    {TACET_BITS, "GiB", 8 * 1024.0 * 1024 * 1024},
    {TACET_BITS, "kB", 8e3},
    {TACET_BITS, "MB", 8e6},
    {TACET_BITS, "GB", 8e9},
    {TACET_HERTZ, "Hz", 1},
    {TACET_HERTZ, "kHz", 1e3},
    {TACET_HERTZ, "MHz", 1e6},
    {TACET_HERTZ, "GHz", 1e9},
    {TACET_PJ, "fJ", 1e-3},
    {TACET_PJ, "pJ", 1},
    {TACET_PJ, "nJ", 1e3},
    {TACET_UM2, "um2", 1},
    {TACET_UM2, "mm2", 1e6},
    {TACET_MW, "uW", 1e-3},
    {TACET_MW, "mW", 1},
    {TACET_MW, "W", 1e3},
    {TACET_BITS_PER_S, "B/s", 8},
    {TACET_BITS_PER_S, "kB/s", 8e3},
    {TACET_BITS_PER_S, "MB/s", 8e6},
    {TACET_BITS_PER_S, "GB/s", 8e9},
    {TACET_BITS_PER_S, "GiB/s", 8 * 1024.0 * 1024 * 1024},
    {TACET_BITS_PER_S, "kb/s", 1e3},
    {TACET_BITS_PER_S, "Mb/s", 1e6},
    {TACET_BITS_PER_S, "Gb/s", 1e9},
    {TACET_WORDS_PER_CYCLE, "words/cycle", 1},
    {TACET_WORDS_PER_CYCLE, "word/cycle", 1},
};

enum { unit_rows = sizeof units / sizeof *units };

bool tacet_unit_find(tacet_unit *unit, double *factor, const char *name) {
  for (int i = 0; i < unit_rows; i++) {
    if (strcmp(units[i].name, name) != 0) continue;
    *unit = units[i].unit;
    *factor = units[i].factor;
    return true;
  }
  return false;
}

/* A b is a bit and a B eight, so that neither is a slip of the other. */
static bool confuses_bits(const char *typed, const char *name) {
  return (strchr(typed, 'b') && strchr(name, 'B')) ||
         (strchr(typed, 'B') && strchr(name, 'b'));
}

/* Whether `name` is what was typed as a power of two: KiB of KB. */
static bool is_binary(const char *typed, const char *name) {
  return typed[0] && name[0] == typed[0] && name[1] == 'i' &&
         strcmp(name + 2, typed + 1) == 0;
}

static tacet_status unknown_unit(const tacet_node *node, size_t offset,
                                 unsigned kinds, const char *what,
                                 tacet_error *error) {
  const char *unit = node->text + offset;
  char known[160] = "";
  const char *binary = NULL;
  tacet_nearest nearest = {.word = unit};
  for (int i = 0; i < unit_rows; i++) {
    const char *name = units[i].name;
    if (!(kinds & 1u << units[i].unit)) continue;
    tacet_list_word(known, sizeof known, name);
    if (is_binary(unit, name))
      binary = name;
    else if (!confuses_bits(unit, name))
      tacet_nearest_offer(&nearest, name);
  }
  const tacet_place place = tacet_node_place_at(node, offset);
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "%s is \"%s\", %s; expected one of %s", what,
             tacet_show(node->text).text,
             *unit ? "with an unknown unit" : "without a unit", known);
  if (nearest.found)
    tacet_advise(error, "did you mean %s%s%s?", nearest.found,
                 binary ? " or " : "", binary ? binary : "");
  else if (!*unit)
    tacet_advise(error, "write the unit after the number");
  return TACET_BAD_INPUT;
}

/* Finds number and unit; *row is the unit's. */
static tacet_status split(double *number, const unit_row **row,
                          const tacet_node *node, unsigned kinds,
                          const char *what, tacet_error *error) {
  size_t length = 0;
  tacet_status status = start_number(&length, node, false, what, error);
  if (status) return status;
  *number = strtod(node->text, NULL);
  length += strspn(node->text + length, " ");
  for (int i = 0; i < unit_rows; i++) {
    if (!(kinds & 1u << units[i].unit)) continue;
    *row = &units[i];
    if (strcmp(node->text + length, units[i].name) == 0) return TACET_OK;
  }
  return unknown_unit(node, length, kinds, what, error);
}

tacet_status tacet_as_measure(double *value, tacet_unit *unit,
                              const tacet_node *node, unsigned kinds,
                              const char *what, tacet_error *error) {
  double number = 0;
  const unit_row *row = NULL;
  tacet_status status = split(&number, &row, node, kinds, what, error);
  if (status) return status;
  *value = number * row->factor;
  *unit = row->unit;
  return TACET_OK;
}

tacet_status tacet_as_quantity(double *value, const tacet_node *node,
                               tacet_unit unit, double min, double max,
                               const char *what, tacet_error *error) {
  double number = 0;
  const unit_row *row = NULL;
  tacet_status status = split(&number, &row, node, 1u << unit, what, error);
  if (status) return status;
  if (number * row->factor < min || number * row->factor > max) {
    const tacet_place place = tacet_node_place(node);
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "%s is %s; expected %g to %g %s", what,
                      tacet_show(node->text).text, min / row->factor,
                      max / row->factor, row->name);
  }
  *value = number * row->factor;
  return TACET_OK;
}

/* ---- optional keys ------------------------------------------------------ */

tacet_status tacet_get_int(int64_t *value, tacet_node *map, const char *key,
                           int64_t min, int64_t max, tacet_error *error) {
  const tacet_node *node = tacet_get(map, key);
  return node ? tacet_as_int(value, node, min, max, key, error) : TACET_OK;
}

tacet_status tacet_get_real(double *value, tacet_node *map, const char *key,
                            double min, double max, tacet_error *error) {
  const tacet_node *node = tacet_get(map, key);
  return node ? tacet_as_real(value, node, min, max, key, error) : TACET_OK;
}

tacet_status tacet_get_bool(bool *value, tacet_node *map, const char *key,
                            tacet_error *error) {
  const tacet_node *node = tacet_get(map, key);
  return node ? tacet_as_bool(value, node, key, error) : TACET_OK;
}

tacet_status tacet_get_quantity(double *value, tacet_node *map, const char *key,
                                tacet_unit unit, double min, double max,
                                tacet_error *error) {
  const tacet_node *node = tacet_get(map, key);
  return node ? tacet_as_quantity(value, node, unit, min, max, key, error)
              : TACET_OK;
}

/* ---- tables of fields --------------------------------------------------- */

static tacet_status whole_bits(int64_t *bits, const tacet_node *node,
                               const tacet_field *field, tacet_error *error) {
  double value;
  tacet_status status = tacet_as_quantity(&value, node, TACET_BITS, field->min,
                                          field->max, field->key, error);
  if (status) return status;
  if (value != floor(value))
    return unexpected(node, 0, field->key, "a whole number of bits", error);
  *bits = (int64_t)value;
  return TACET_OK;
}

static tacet_status read_field(void *member, const tacet_node *node,
                               const tacet_field *field, tacet_error *error) {
  const char *key = field->key;
  const double min = field->min, max = field->max;
  switch (field->kind) {
  case TACET_FIELD_INT:
    return tacet_as_int(member, node, (int64_t)min, (int64_t)max, key, error);
  case TACET_FIELD_REAL:
    return tacet_as_real(member, node, min, max, key, error);
  case TACET_FIELD_BOOL: return tacet_as_bool(member, node, key, error);
  case TACET_FIELD_BITS: return whole_bits(member, node, field, error);
  case TACET_FIELD_HERTZ:
    return tacet_as_quantity(member, node, TACET_HERTZ, min, max, key, error);
  case TACET_FIELD_PJ:
    return tacet_as_quantity(member, node, TACET_PJ, min, max, key, error);
  }
  return TACET_OK;
}

tacet_status tacet_read_fields(void *target, tacet_node *map,
                               const tacet_field *field, int fields,
                               tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int i = 0; i < fields && !status; i++) {
    tacet_node *node = NULL;
    if (field[i].required)
      status = tacet_need(&node, map, field[i].key, error);
    else
      node = tacet_get(map, field[i].key);
    if (node)
      status =
          read_field((char *)target + field[i].offset, node, &field[i], error);
  }
  return status;
}
