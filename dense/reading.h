/* The dense reading, for callers that have the table. Internal to dense/. */
#ifndef TACET_DENSE_READING_H
#define TACET_DENSE_READING_H

#include "activity.h"

/* tacet_read_dense, given the table of the PEs' view and what the tensors cost
   at L2's positions. */
tacet_status tacet_read_table(tacet_counts *counts, tacet_timeline *timeline,
                              const tacet_table *table,
                              const tacet_placed placed[TACET_TENSORS],
                              const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              tacet_error *error);

#endif
