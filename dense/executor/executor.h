/* The judge of the activity analysis: walks every step and unit of a nest
   with explicit coordinate sets and counts by definition (design, section 4).
   Slow and simple on purpose; shares only spec and bind with the analysis. */
#ifndef TACET_EXECUTOR_H
#define TACET_EXECUTOR_H

#include "../dense.h"

/* One step as it happened at the innermost boundary (parent: the level above
   L1; children: the PEs). The updates and drains of a step are those of the
   tiles that leave when it begins. */
typedef bool tacet_executor_visit(const tacet_step_class *step, void *context);

/* Fills every field of *activity for the nest at its current positions and,
   if visit is not NULL, shows every step in order with occurrences = 1.
   A visit that returns false ends the showing, not the count. Allocates;
   errors are TACET_NO_MEMORY and TACET_INFEASIBLE when the layer is too large
   to walk (more than 2^26 unit-steps or tensor elements). */
tacet_status tacet_execute(tacet_activity *activity, const tacet_nest *nest,
                           const tacet_accelerator *accelerator,
                           tacet_executor_visit *visit, void *context,
                           tacet_error *error);

#endif
