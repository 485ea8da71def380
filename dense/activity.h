/* The steps of the activity analysis that share one table of leaves. Internal
   to dense/, and to the sparse reading with models. */
#ifndef TACET_ACTIVITY_H
#define TACET_ACTIVITY_H

#include "table.h"

/* Error unless the nest's storage levels are DRAM, L2 and L1. */
tacet_status tacet_three_levels(const tacet_nest *nest,
                                const tacet_accelerator *accelerator,
                                tacet_error *error);

/* The totals, from the table of the PEs' view. */
void tacet_totals(tacet_activity *activity, const tacet_table *table,
                  const tacet_nest *nest, const tacet_accelerator *accelerator);

/* The classes of steps of the table's view. In L2's view only the tensor
   whose position was asked for means anything. */
void tacet_classes(const tacet_table *table, const tacet_link *link,
                   tacet_step_visit *visit, void *context);

/* Words of the largest tile of a PE, of each tensor. */
void tacet_largest_tiles(int64_t tile[TACET_TENSORS], const tacet_nest *nest);

#endif
