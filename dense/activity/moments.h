/* The moments of an axis that must be looked at one by one, because its loops
   do not act as one a dimension. Internal to the activity analysis. */
#ifndef TACET_MOMENTS_H
#define TACET_MOMENTS_H

#include "axis.h"

/* `before` of the moments is set; `times` moments are like these. */
typedef void tacet_moment_visit(const tacet_moment moment[2], int64_t times,
                                void *context);

void tacet_moments(const tacet_axis *axis, int step_case,
                   tacet_moment_visit *visit, void *context);

#endif
