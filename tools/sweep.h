/* A sweep: every combination of the values of some keys is a point, and what
   a job's network costs there. Knows nothing of how results are shown. */
#ifndef TACET_SWEEP_H
#define TACET_SWEEP_H

#include "range.h"
#include "report.h"

typedef enum tacet_sweep_state {
  TACET_NOT_DONE,
  TACET_DONE,
  TACET_NOT_FEASIBLE
} tacet_sweep_state;

typedef struct tacet_sweep {
  const tacet_request *request; /* borrowed */
  int designs;
  char (*design)[TACET_NAME]; /* owned; [designs] names of accelerators */
  int axes;
  tacet_range *axis; /* owned; [axes], the last one runs fastest */
  int64_t points;
  int64_t done;             /* points that are not TACET_NOT_DONE */
  tacet_sweep_state *state; /* owned; [points] */
  char **reason;          /* owned; [points] why it is not feasible, or NULL */
  tacet_figures *figures; /* owned; [points][designs][TACET_READINGS] totals */
  tacet_sheet sheet;      /* owned; known once a point is done */
} tacet_sweep;

/* Reads the axes. Free the sweep in any case. */
tacet_status tacet_sweep_make(tacet_sweep *sweep, const tacet_request *request,
                              tacet_error *error);
void tacet_sweep_free(tacet_sweep *sweep);

/* Evaluates all points, on every core unless the request says how many or
   masks are read; what comes out does not depend on it. A mapping that is not
   feasible is a result, any other error ends the walk. Tells on standard
   error how far it is, if that is a terminal. Once *stop is true no more
   points are begun. */
tacet_status tacet_sweep_walk(tacet_sweep *sweep, const volatile int *stop,
                              tacet_error *error);

/* Index into the values of an axis at a point. */
int tacet_sweep_index(const tacet_sweep *sweep, int64_t point, int axis);
double tacet_sweep_value(const tacet_sweep *sweep, int64_t point, int axis);

/* The totals of a point that is done. */
tacet_row tacet_sweep_row(const tacet_sweep *sweep, int64_t point, int design,
                          int reading);

#endif
