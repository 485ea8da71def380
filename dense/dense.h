/* tacet, the dense part: layers, dataflows and accelerators; the loop nest
   they make; the activity of that nest; its cost. Nothing here knows of
   zeros. The terms are those of the MAESTRO and Timeloop papers.

   The way of the data: spec -> tacet_bind -> tacet_activity_* -> tacet_cost_of;
   each has a header of its own, all of which are here.
   Every function from tacet_bind on is pure: no allocation, no I/O, no global
   state, so any number of threads may call it. */
#ifndef TACET_DENSE_H
#define TACET_DENSE_H

#include "activity/activity.h"
#include "bind/bind.h"
#include "cost/cost.h"
#include "cost/issue.h"
#include "error.h"
#include "layer.h"
#include "spec/accelerator.h"
#include "spec/dataflow.h"

/* The dense reading of a nest: everything that is counted is done. */
tacet_status tacet_read_dense(tacet_counts *counts, tacet_timeline *timeline,
                              const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              tacet_error *error);

/* All of it, for a search: tacet_bind, tacet_place_tiles, tacet_read_dense and
   tacet_cost_of in one, with the same result in less time. Errors are
   theirs. */
tacet_status tacet_evaluate(tacet_cost *cost, const tacet_layer *layer,
                            const tacet_dataflow *dataflow,
                            const tacet_accelerator *accelerator,
                            tacet_error *error);

#endif
