/* What every PE and both ways did in every step, and how long that takes with
   units that wait for each other: by definition (tacet_sync). Internal. */
#ifndef TACET_EXECUTOR_WAITS_H
#define TACET_EXECUTOR_WAITS_H

#include "../../dense/dense.h"

typedef struct tacet_history {
  int64_t pes;
  int64_t steps, room;
  tacet_work *work;  /* owned; [steps * pes], step by step */
  tacet_work *moved; /* owned; [steps]: the bits alone */
} tacet_history;

/* Adds a step in which nobody has done anything yet. */
tacet_status tacet_history_add(tacet_history *history, tacet_error *error);
void tacet_history_free(tacet_history *history); /* zeroed is fine */

/* Of a PE in the last step. */
tacet_work *tacet_history_work(const tacet_history *history, int64_t pe);

/* Time along all steps; *busiest in issue slots. */
tacet_status tacet_history_time(tacet_timeline *timeline, double *busiest,
                                const tacet_history *history,
                                const tacet_accelerator *accelerator,
                                tacet_error *error);

#endif
