/* Walks the steps of a view of a nest in order. Internal to dense/, and to
   readings that walk every step. */
#ifndef TACET_STEPS_H
#define TACET_STEPS_H

#include "axis.h"

typedef struct tacet_steps {
  tacet_view view;
  int advance; /* the loop that began this step; TACET_FIRST_STEP */
  int64_t time[TACET_MAX_LOOPS];
  tacet_chain chain[TACET_MAX_DIMS];   /* by dimension */
  tacet_moment moment[TACET_MAX_DIMS]; /* of this step, `before` set */
} tacet_steps;

/* Stands at the first step. */
void tacet_steps_start(tacet_steps *steps, tacet_view view);

/* Goes to the next step; false after the last, when the moments are those of
   TACET_AFTER_LAST. */
bool tacet_steps_next(tacet_steps *steps);

#endif
