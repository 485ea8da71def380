/* Issue slots: how a PE's multipliers take the MACs of a box. */
#ifndef TACET_ISSUE_H
#define TACET_ISSUE_H

#include "../spec/accelerator.h"

/* Multipliers that one issue slot keeps busy. */
int64_t tacet_issue_multipliers(const tacet_issue *issue);

/* Dimension of the layer along which a vector lies; -1 for other kinds of
   issue. Error TACET_INFEASIBLE if the layer has no such dimension. */
tacet_status tacet_issue_dim(int *dim, const tacet_accelerator *accelerator,
                             const tacet_layer *layer, tacet_error *error);

/* The operands of one slot's outer products in a box: values of the shared
   dimensions, and elements of each operand for one of them, padding among
   them. */
typedef struct tacet_outer {
  int64_t shared;
  int64_t weights;
  int64_t inputs;
} tacet_outer;

/* True if the dimension is a rank of its own in both operands. */
bool tacet_is_shared(const tacet_layer *layer, int dim);

void tacet_outer_of(tacet_outer *outer, const tacet_issue *issue,
                    const tacet_layer *layer,
                    const int64_t box[TACET_MAX_DIMS]);

/* Input coordinates that belong to one output coordinate of a rank that adds
   two dimensions, if there are output halos. */
int64_t tacet_dealt(const tacet_rank *rank, const tacet_layer *layer);

/* Slots that all MACs of a box take (section 5, "Issue"). `along` is from
   tacet_issue_dim. */
int64_t tacet_issue_slots(const tacet_issue *issue, int along,
                          const tacet_layer *layer,
                          const int64_t box[TACET_MAX_DIMS]);

#endif
