/* Reading ranges; knows nothing of what their keys name. */
#include "range.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/node.h"

static const double most_values = 1e7;

static tacet_status refuse(const char *text, tacet_error *error) {
  tacet_fail(error, TACET_BAD_USAGE, NULL, "\"%s\" is no range",
             tacet_show(text).text);
  return tacet_advise(error, "for example density.weight=0.1:1:0.1, "
                             "sequence=128:8192:*2 or heads=1,4,16");
}

/* Splits off the key; *values is what follows the "=". */
static tacet_status read_key(tacet_range *range, const char **values,
                             const char *text, tacet_error *error) {
  *range = (tacet_range){.values = 0};
  const size_t length = strcspn(text, "=");
  if (length == 0 || !text[length] || length >= sizeof range->key)
    return refuse(text, error);
  memcpy(range->key, text, length);
  *values = text + length + 1;
  return TACET_OK;
}

/* A finite number at *at, which then stands behind it. */
static bool read_number(double *number, const char **at) {
  char *end;
  *number = strtod(*at, &end);
  if (end == *at || !isfinite(*number)) return false;
  *at = end;
  return true;
}

static tacet_status allocate(tacet_range *range, double values,
                             const char *text, tacet_error *error) {
  if (values > most_values)
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "\"%s\" has more than %.0f values", tacet_show(text).text,
                      most_values);
  range->value = calloc((size_t)values, sizeof *range->value);
  if (!range->value) return tacet_no_memory(error);
  range->values = (int)values;
  return TACET_OK;
}

static tacet_status read_list(tacet_range *range, const char *at,
                              const char *text, tacet_error *error) {
  double count = 1;
  for (const char *c = at; *c; c++) count += *c == ',';
  tacet_status status = allocate(range, count, text, error);
  if (status) return status;
  for (int i = 0; i < range->values; i++) {
    const char after = i + 1 < range->values ? ',' : '\0';
    if (!read_number(&range->value[i], &at) || *at != after)
      return refuse(text, error);
    at++;
  }
  return TACET_OK;
}

/* Steps that meet the end but for rounding count as meeting it. */
static const double rounding = 1e-9;

static tacet_status read_steps(tacet_range *range, double from, double to,
                               double step, const char *text,
                               tacet_error *error) {
  const double steps = step != 0 ? (to - from) / step : -1;
  if (!(steps >= 0)) return refuse(text, error);
  tacet_status status =
      allocate(range, floor(steps + rounding) + 1, text, error);
  for (int i = 0; i < range->values; i++) range->value[i] = from + i * step;
  return status;
}

static tacet_status read_factors(tacet_range *range, double from, double to,
                                 double factor, const char *text,
                                 tacet_error *error) {
  const double ratio = to / from;
  if (!(factor > 0) || factor == 1 || !(ratio > 0) || !isfinite(ratio))
    return refuse(text, error);
  const double steps = log(ratio) / log(factor);
  if (!(steps >= 0)) return refuse(text, error);
  tacet_status status =
      allocate(range, floor(steps + rounding) + 1, text, error);
  for (int i = 0; i < range->values; i++)
    range->value[i] = from * pow(factor, i);
  return status;
}

tacet_status tacet_range_read(tacet_range *range, const char *text,
                              tacet_error *error) {
  const char *values;
  tacet_status status = read_key(range, &values, text, error);
  if (status) return status;
  if (!strchr(values, ':')) return read_list(range, values, text, error);
  double from, to, step;
  const char *at = values;
  if (!read_number(&from, &at) || *at++ != ':' || !read_number(&to, &at) ||
      *at++ != ':')
    return refuse(text, error);
  const bool factor = *at == '*';
  at += factor;
  if (!read_number(&step, &at) || *at) return refuse(text, error);
  return (factor ? read_factors : read_steps)(range, from, to, step, text,
                                              error);
}

tacet_status tacet_range_ends(tacet_range *range, const char *text,
                              tacet_error *error) {
  const char *at;
  tacet_status status = read_key(range, &at, text, error);
  if (!status) status = allocate(range, 2, text, error);
  if (status) return status;
  if (read_number(&range->value[0], &at) && *at++ == ':' &&
      read_number(&range->value[1], &at) && !*at &&
      range->value[0] != range->value[1])
    return TACET_OK;
  tacet_fail(error, TACET_BAD_USAGE, NULL, "\"%s\" names no two ends",
             tacet_show(text).text);
  return tacet_advise(error, "for example density=0.05:1");
}

void tacet_range_free(tacet_range *range) {
  free(range->value);
  *range = (tacet_range){.values = 0};
}
