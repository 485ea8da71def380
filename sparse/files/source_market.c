/* MatrixMarket: coordinates from 1, or a dense array by columns; of a
   symmetric matrix one triangle. */
#include "source.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ARRAY, COORDINATE };
enum { REAL, INTEGER, COMPLEX, PATTERN };
enum { GENERAL, SYMMETRIC, SKEW, HERMITIAN };

typedef struct market {
  int format, field, symmetry;
  tacet_stored stored;
} market;

/* ---- the head ----------------------------------------------------------- */

static bool is_market(const unsigned char *head, size_t size,
                      int64_t file_size) {
  (void)file_size;
  return size >= 14 && memcmp(head, "%%MatrixMarket", 14) == 0;
}

static tacet_status read_choice(tacet_input *input, int *choice,
                                const char *const *words, const char *what,
                                tacet_error *error) {
  char word[32];
  tacet_status status = tacet_input_word(input, word, sizeof word, what, error);
  if (status) return status;
  for (*choice = 0; words[*choice]; ++*choice)
    if (strcasecmp(words[*choice], word) == 0) return TACET_OK;
  return tacet_input_refuse_line(input, error, "unknown %s \"%s\"", what, word);
}

static tacet_status read_banner(tacet_input *input, market *m,
                                tacet_error *error) {
  static const char *const banners[] = {"%%MatrixMarket", NULL};
  static const char *const objects[] = {"matrix", NULL};
  static const char *const formats[] = {"array", "coordinate", NULL};
  static const char *const fields[] = {"real", "integer", "complex", "pattern",
                                       NULL};
  static const char *const symmetries[] = {"general", "symmetric",
                                           "skew-symmetric", "hermitian", NULL};
  int only;
  tacet_status status = read_choice(input, &only, banners, "banner", error);
  if (!status) status = read_choice(input, &only, objects, "object", error);
  if (!status)
    status = read_choice(input, &m->format, formats, "format", error);
  if (!status) status = read_choice(input, &m->field, fields, "field", error);
  if (!status)
    status = read_choice(input, &m->symmetry, symmetries, "symmetry", error);
  strcpy(m->stored.type, status ? "" : fields[m->field]);
  strcpy(m->stored.form, m->format == ARRAY ? "dense" : "COO");
  if (!status && m->format == ARRAY && m->field == PATTERN)
    return tacet_input_refuse_line(input, error,
                                   "an array cannot be a pattern");
  return status;
}

static tacet_status read_head(tacet_input *input, market *m,
                              tacet_error *error) {
  *m = (market){.stored = {.axes = 2, .entries = -1}};
  tacet_status status = read_banner(input, m, error);
  if (status) return status;
  tacet_input_skip_line(input);
  while (tacet_input_peek(input) == '%') tacet_input_skip_line(input);
  int64_t *size = m->stored.size;
  status = tacet_input_count(input, &size[0], "the rows", error);
  if (!status)
    status = tacet_input_count(input, &size[1], "the columns", error);
  if (!status && m->format == COORDINATE)
    status = tacet_input_count(input, &m->stored.entries, "the entries", error);
  if (!status && m->symmetry != GENERAL && size[0] != size[1])
    status =
        tacet_input_refuse_line(input, error, "is symmetric, but %lld x %lld",
                                (long long)size[0], (long long)size[1]);
  return status;
}

static tacet_status list(tacet_input *input, tacet_listing *listing,
                         tacet_error *error) {
  market m;
  tacet_status status = read_head(input, &m, error);
  return status ? status : tacet_list_array(listing, &m.stored, input, error);
}

/* ---- entries ------------------------------------------------------------ */

static tacet_status read_number(tacet_input *input, double *value,
                                tacet_error *error) {
  char word[64], *end;
  tacet_status status =
      tacet_input_word(input, word, sizeof word, "a value", error);
  if (status) return status;
  errno = 0;
  *value = strtod(word, &end);
  if (end == word || *end)
    return tacet_input_refuse_line(input, error, "expected a number");
  /* too small for a double, but written as something other than zero */
  if (errno == ERANGE && *value == 0) *value = 0x1p-1074;
  return TACET_OK;
}

static tacet_status read_value(tacet_input *input, const market *m,
                               double *value, tacet_error *error) {
  double imaginary = 0;
  *value = 1;
  if (m->field == PATTERN) return TACET_OK;
  tacet_status status = read_number(input, value, error);
  if (!status && m->field == COMPLEX)
    status = read_number(input, &imaginary, error);
  if (imaginary != 0) *value = hypot(*value, imaginary);
  return status;
}

static tacet_status add(tacet_entries *entries, tacet_input *input,
                        const market *m, int64_t row, int64_t column,
                        tacet_error *error) {
  double value;
  tacet_status status = read_value(input, m, &value, error);
  if (status) return status;
  tacet_entries_add(entries, row, column, value);
  if (m->symmetry != GENERAL && row != column)
    tacet_entries_add(entries, column, row, value);
  return TACET_OK;
}

static tacet_status read_place(tacet_input *input, int64_t *index, int64_t size,
                               const char *what, tacet_error *error) {
  tacet_status status = tacet_input_count(input, index, what, error);
  if (status) return status;
  if (*index < 1 || *index > size)
    return tacet_input_refuse_line(input, error, "%s %lld is not in 1 .. %lld",
                                   what, (long long)*index, (long long)size);
  --*index;
  return TACET_OK;
}

static tacet_status read_coordinates(tacet_input *input, const market *m,
                                     tacet_entries *entries,
                                     tacet_error *error) {
  const int64_t *size = m->stored.size;
  for (int64_t i = 0; i < m->stored.entries; i++) {
    int64_t row, column;
    tacet_status status = read_place(input, &row, size[0], "row", error);
    if (!status) status = read_place(input, &column, size[1], "column", error);
    if (!status && m->symmetry == SKEW && row == column)
      status = tacet_input_refuse_line(
          input, error, "a skew-symmetric matrix has no diagonal");
    if (!status) status = add(entries, input, m, row, column, error);
    if (status) return status;
  }
  return TACET_OK;
}

/* By columns; of a symmetric matrix from the diagonal down. */
static tacet_status read_array(tacet_input *input, const market *m,
                               tacet_entries *entries, tacet_error *error) {
  const int64_t *size = m->stored.size;
  for (int64_t column = 0; column < size[1]; column++) {
    const int64_t first = m->symmetry == GENERAL ? 0
                          : m->symmetry == SKEW  ? column + 1
                                                 : column;
    for (int64_t row = first; row < size[0]; row++) {
      tacet_status status = add(entries, input, m, row, column, error);
      if (status) return status;
    }
  }
  return TACET_OK;
}

static tacet_status read(tacet_input *input, const char *array,
                         tacet_target *target, tacet_error *error) {
  market m;
  tacet_status status = tacet_refuse_name(input, array, error);
  if (!status) status = read_head(input, &m, error);
  if (!status) status = tacet_target_begin(target, &m.stored, error);
  if (status) return status;
  tacet_entries entries = {.target = target};
  status = m.format == ARRAY ? read_array(input, &m, &entries, error)
                             : read_coordinates(input, &m, &entries, error);
  if (status) return status;
  tacet_entries_flush(&entries);
  status = tacet_input_end(input, error);
  return status ? status : tacet_target_end(target, &m.stored, error);
}

const tacet_source_kind tacet_source_market = {"MatrixMarket", is_market, list,
                                               read};
