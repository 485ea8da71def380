/* Reading ranges; knows nothing of what their keys name. */
#include "range.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/node.h"

static const double most_values = 1e7;

/* What is being read, and what to say where it cannot be. */
typedef struct reader {
  tacet_range *range;
  const char *text, *at;
  const char *not_so, *example;
} reader;

static tacet_status refuse(const reader *r, tacet_error *error) {
  tacet_fail(error, TACET_BAD_USAGE, NULL, "\"%s\" %s",
             tacet_show(r->text).text, r->not_so);
  return tacet_advise(error, "for example %s", r->example);
}

/* Splits off the key; the values are what follows the "=". */
static tacet_status read_key(reader *r, tacet_error *error) {
  tacet_range *range = r->range;
  *range = (tacet_range){.values = 0};
  const size_t length = strcspn(r->text, "=");
  if (length == 0 || !r->text[length] || length >= sizeof range->key)
    return refuse(r, error);
  memcpy(range->key, r->text, length);
  r->at = r->text + length + 1;
  return TACET_OK;
}

/* ---- numbers ------------------------------------------------------------ */

/* A finite number at r->at, which then stands behind it. */
static bool read_number(double *number, reader *r) {
  char *end;
  *number = strtod(r->at, &end);
  if (end == r->at || !isfinite(*number)) return false;
  r->at = end;
  return true;
}

typedef struct unit_name {
  char text[16];
} unit_name;

/* What stands at r->at up to the next number; cut where no unit is so long. */
static unit_name take_unit(reader *r) {
  unit_name unit = {""};
  const char *from = r->at + strspn(r->at, " ");
  size_t length = strcspn(from, ",:");
  r->at = from + length;
  while (length > 0 && from[length - 1] == ' ') length--;
  if (length >= sizeof unit.text) length = sizeof unit.text - 1;
  memcpy(unit.text, from, length);
  return unit;
}

static tacet_status refuse_unit(const reader *r, const unit_name *unit,
                                tacet_error *error) {
  refuse(r, error);
  if (!unit->text[0] || !r->range->unit[0])
    return tacet_advise(error, "give all of its numbers a unit, or none");
  tacet_unit kind;
  double factor;
  if (tacet_unit_find(&kind, &factor, unit->text))
    return tacet_advise(error, "%s and%s do not measure the same", unit->text,
                        r->range->unit);
  return tacet_advise(error, "there is no unit \"%s\"",
                      tacet_show(unit->text).text);
}

/* A number in the unit of the first one. */
static tacet_status read_value(double *value, reader *r, bool first,
                               tacet_error *error) {
  tacet_range *range = r->range;
  if (!read_number(value, r)) return refuse(r, error);
  const unit_name unit = take_unit(r);
  if (first && unit.text[0])
    snprintf(range->unit, sizeof range->unit, " %s", unit.text);
  if (!unit.text[0] && !range->unit[0]) return TACET_OK;
  tacet_unit kind, own_kind;
  double factor, own = 1;
  const bool alike = unit.text[0] && range->unit[0] &&
                     tacet_unit_find(&kind, &factor, unit.text) &&
                     tacet_unit_find(&own_kind, &own, range->unit + 1) &&
                     kind == own_kind;
  if (!alike) return refuse_unit(r, &unit, error);
  if (factor != own) *value *= factor / own;
  return TACET_OK;
}

/* ---- values ------------------------------------------------------------- */

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

static tacet_status read_list(reader *r, tacet_error *error) {
  tacet_range *range = r->range;
  double count = 1;
  for (const char *c = r->at; *c; c++) count += *c == ',';
  tacet_status status = allocate(range, count, r->text, error);
  for (int i = 0; i < range->values && !status; i++) {
    status = read_value(&range->value[i], r, i == 0, error);
    r->at++; /* over a comma, or at the end */
  }
  return status;
}

/* Steps that meet the end but for rounding count as meeting it. */
static const double rounding = 1e-9;

static tacet_status read_steps(reader *r, double from, double to, double step,
                               tacet_error *error) {
  tacet_range *range = r->range;
  const double steps = step != 0 ? (to - from) / step : -1;
  if (!(steps >= 0)) return refuse(r, error);
  tacet_status status =
      allocate(range, floor(steps + rounding) + 1, r->text, error);
  for (int i = 0; i < range->values; i++) range->value[i] = from + i * step;
  return status;
}

static tacet_status read_factors(reader *r, double from, double to,
                                 double factor, tacet_error *error) {
  tacet_range *range = r->range;
  const double ratio = to / from;
  if (!(factor > 0) || factor == 1 || !(ratio > 0) || !isfinite(ratio))
    return refuse(r, error);
  const double steps = log(ratio) / log(factor);
  if (!(steps >= 0)) return refuse(r, error);
  tacet_status status =
      allocate(range, floor(steps + rounding) + 1, r->text, error);
  for (int i = 0; i < range->values; i++)
    range->value[i] = from * pow(factor, i);
  return status;
}

/* "FROM:TO" with what ends it. */
static tacet_status read_two(double ends[2], reader *r, char after,
                             tacet_error *error) {
  tacet_status status = read_value(&ends[0], r, true, error);
  if (!status && *r->at != ':') status = refuse(r, error);
  if (status) return status;
  r->at++;
  status = read_value(&ends[1], r, false, error);
  if (!status && *r->at != after) status = refuse(r, error);
  return status;
}

static tacet_status read_progression(reader *r, tacet_error *error) {
  double ends[2], step;
  tacet_status status = read_two(ends, r, ':', error);
  if (status) return status;
  r->at++;
  if (*r->at != '*') {
    status = read_value(&step, r, false, error);
    if (!status && *r->at) status = refuse(r, error);
    return status ? status : read_steps(r, ends[0], ends[1], step, error);
  }
  r->at++;
  if (!read_number(&step, r) || *r->at) return refuse(r, error);
  return read_factors(r, ends[0], ends[1], step, error);
}

/* ---- all ---------------------------------------------------------------- */

static void name(tacet_range *range) {
  if (range->unit[0])
    snprintf(range->title, sizeof range->title, "%s [%s]", range->key,
             range->unit + 1);
  else
    snprintf(range->title, sizeof range->title, "%s", range->key);
}

tacet_status tacet_range_read(tacet_range *range, const char *text,
                              tacet_error *error) {
  reader r = {.range = range,
              .text = text,
              .not_so = "is no range",
              .example = "density.weight=0.1:1:0.1, sequence=128:8192:*2, "
                         "heads=1,4,16 or accelerator.l2.size='16 KiB,1 MiB'"};
  tacet_status status = read_key(&r, error);
  if (status) return status;
  status =
      strchr(r.at, ':') ? read_progression(&r, error) : read_list(&r, error);
  name(range);
  return status;
}

tacet_status tacet_range_ends(tacet_range *range, const char *text,
                              tacet_error *error) {
  reader r = {.range = range,
              .text = text,
              .not_so = "names no two ends",
              .example = "density=0.05:1"};
  tacet_status status = read_key(&r, error);
  if (!status) status = allocate(range, 2, text, error);
  if (!status) status = read_two(range->value, &r, '\0', error);
  if (!status && range->value[0] == range->value[1]) status = refuse(&r, error);
  name(range);
  return status;
}

void tacet_range_free(tacet_range *range) {
  free(range->value);
  *range = (tacet_range){.values = 0};
}
