/* Sweeps: their axes, and access to what was found. */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
}

static tacet_status refuse_repeated_keys(const tacet_sweep *sweep,
                                         tacet_error *error) {
  for (int i = 0; i < sweep->axes; i++)
    for (int j = 0; j < i; j++)
      if (strcmp(sweep->axis[i].key, sweep->axis[j].key) == 0)
        return tacet_fail(error, TACET_BAD_USAGE, NULL, "%s is swept twice",
                          sweep->axis[i].key);
  return TACET_OK;
}

static tacet_status read_axes(tacet_sweep *sweep, tacet_error *error) {
  static const int64_t most_points = 10000000;
  const tacet_request *request = sweep->request;
  sweep->axis = calloc((size_t)request->sweeps, sizeof *sweep->axis);
  if (!sweep->axis) return no_memory(error);
  tacet_status status = TACET_OK;
  sweep->points = 1;
  for (; sweep->axes < request->sweeps && !status; sweep->axes++) {
    tacet_range *axis = &sweep->axis[sweep->axes];
    status = tacet_range_read(axis, request->sweep[sweep->axes], error);
    if (!status && axis->values > most_points / sweep->points)
      status = tacet_fail(error, TACET_BAD_USAGE, NULL, "more than %lld points",
                          (long long)most_points);
    if (!status) sweep->points *= axis->values;
  }
  return status ? status : refuse_repeated_keys(sweep, error);
}

tacet_status tacet_sweep_make(tacet_sweep *sweep, const tacet_request *request,
                              tacet_error *error) {
  *sweep = (tacet_sweep){.request = request, .designs = request->accelerators};
  tacet_status status = read_axes(sweep, error);
  if (status) return status;
  const size_t points = (size_t)sweep->points, designs = (size_t)sweep->designs;
  sweep->design = calloc(designs, sizeof *sweep->design);
  sweep->state = calloc(points, sizeof *sweep->state);
  sweep->reason = calloc(points, sizeof *sweep->reason);
  sweep->figures =
      calloc(points, designs * TACET_READINGS * sizeof *sweep->figures);
  const bool all =
      sweep->design && sweep->state && sweep->reason && sweep->figures;
  return all ? TACET_OK : no_memory(error);
}

void tacet_sweep_free(tacet_sweep *sweep) {
  for (int a = 0; a < sweep->axes; a++) tacet_range_free(&sweep->axis[a]);
  for (int64_t p = 0; sweep->reason && p < sweep->points; p++)
    free(sweep->reason[p]);
  free(sweep->axis);
  free(sweep->design);
  free(sweep->state);
  free(sweep->reason);
  free(sweep->figures);
  tacet_sheet_free(&sweep->sheet);
  *sweep = (tacet_sweep){.points = 0};
}

int tacet_sweep_index(const tacet_sweep *sweep, int64_t point, int axis) {
  for (int a = sweep->axes - 1; a > axis; a--) point /= sweep->axis[a].values;
  return (int)(point % sweep->axis[axis].values);
}

double tacet_sweep_value(const tacet_sweep *sweep, int64_t point, int axis) {
  return sweep->axis[axis].value[tacet_sweep_index(sweep, point, axis)];
}

static const tacet_figures *figures_at(const tacet_sweep *sweep, int64_t point,
                                       int design, int reading) {
  return &sweep->figures[(point * sweep->designs + design) * TACET_READINGS +
                         reading];
}

tacet_row tacet_sweep_row(const tacet_sweep *sweep, int64_t point, int design,
                          int reading) {
  return (tacet_row){
      .layer = "total",
      .type = "all",
      .accelerator = sweep->design[design],
      .reading = reading == TACET_DENSE ? "dense" : "sparse",
      .now = figures_at(sweep, point, design, reading),
      .dense = figures_at(sweep, point, design, TACET_DENSE),
      .first = figures_at(sweep, point, 0, TACET_DENSE),
  };
}
