/* A sweep as JSON. */
#include "command.h"
#include "json_parts.h"
#include "sweep_report.h"

static json_t *axis_json(const tacet_range *axis) {
  json_t *object = json_object(), *values = json_array();
  for (int v = 0; v < axis->values; v++)
    tacet_json_append(&values, tacet_json_number(axis->value[v]));
  tacet_json_set(&object, "key", tacet_json_text(axis->key));
  tacet_json_set(&object, "values", values);
  return object;
}

static json_t *design_json(const tacet_sweep *sweep, int64_t point,
                           int design) {
  json_t *object = json_object();
  tacet_json_set(&object, "accelerator",
                 tacet_json_text(sweep->design[design]));
  for (int r = 0; r < TACET_READINGS; r++) {
    const tacet_row row = tacet_sweep_row(sweep, point, design, r);
    tacet_json_set(&object, row.reading, tacet_json_figures(&row));
  }
  return object;
}

static json_t *point_json(const tacet_sweep *sweep, int64_t point) {
  const bool feasible = sweep->state[point] == TACET_DONE;
  json_t *object = json_object(), *at = json_object();
  for (int a = 0; a < sweep->axes; a++)
    tacet_json_set(&at, sweep->axis[a].title,
                   tacet_json_number(tacet_sweep_value(sweep, point, a)));
  json_t *designs = feasible ? json_array() : json_null();
  for (int d = 0; d < sweep->designs && feasible; d++)
    tacet_json_append(&designs, design_json(sweep, point, d));
  tacet_json_set(&object, "at", at);
  tacet_json_set(&object, "infeasible", tacet_json_text(sweep->reason[point]));
  tacet_json_set(&object, "designs", designs);
  return object;
}

static json_t *sweep_json(const tacet_sweep *sweep) {
  json_t *object = json_object(), *axes = json_array(), *points = json_array();
  for (int a = 0; a < sweep->axes; a++)
    tacet_json_append(&axes, axis_json(&sweep->axis[a]));
  for (int64_t p = 0; p < sweep->points; p++)
    if (sweep->state[p] != TACET_NOT_DONE)
      tacet_json_append(&points, point_json(sweep, p));
  tacet_json_set(&object, "tacet", tacet_json_text(TACET_VERSION));
  tacet_json_set(&object, "command", tacet_json_text(sweep->request->command));
  tacet_json_set(&object, "network", tacet_json_text(sweep->request->network));
  tacet_json_set(&object, "axes", axes);
  tacet_json_set(&object, "points", points);
  return object;
}

tacet_status tacet_sweep_json(FILE *out, const tacet_sweep *sweep,
                              tacet_error *error) {
  return tacet_json_write(out, sweep_json(sweep), error);
}
