/* Classes of steps for any view of a nest: the PEs', or L2's of one tensor.
   Internal to the activity analysis and the sparse reading. */
#ifndef TACET_CLASSES_H
#define TACET_CLASSES_H

#include "axis.h"

/* As tacet_activity_classes. In L2's view only the tensor whose position was
   asked for means anything. */
void tacet_classes(tacet_view view, const tacet_link *link,
                   tacet_step_visit *visit, void *context);

#endif
