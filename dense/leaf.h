/* What one axis contributes to the counts of a step. Internal to the activity
   analysis. */
#ifndef TACET_LEAF_H
#define TACET_LEAF_H

#include "axis.h"

/* An axis's factors. A count of a step is a product over axes, or a
   difference of two: of the operands' words are new to children HELD - KEPT,
   new to any of them ANY - STALE. Of the output's, HELD and ANY mean the step
   before: HELD - KEPT leave the children, ANY - STALE of them are
   distinct. */
enum {
  TACET_HELD,                               /* + slot; by children */
  TACET_KEPT = TACET_HELD + TACET_TENSORS,  /* + slot */
  TACET_ANY = TACET_KEPT + TACET_TENSORS,   /* + slot; distinct words held */
  TACET_STALE = TACET_ANY + TACET_TENSORS,  /* + slot */
  TACET_MACS = TACET_STALE + TACET_TENSORS, /* of all PEs */
  TACET_BUSIEST,                            /* MACs of unit 0 */
  TACET_ACTIVE,                             /* units that have a tile */
  TACET_FACTORS
};

typedef struct tacet_leaf {
  int64_t times; /* moments of the axis that look like this */
  int64_t factor[TACET_FACTORS];
  int64_t box[2];   /* of each dimension: unit 0's tile */
  int64_t units[2]; /* that have a tile */
} tacet_leaf;

typedef void tacet_leaf_visit(const tacet_leaf *leaf, void *context);

/* Visits the axis's contributions to the steps of a case, at most 2 * loops:
   loops further out at any time, those further in at 0. */
void tacet_leaves(const tacet_axis *axis, int step_case,
                  tacet_leaf_visit *visit, void *context);

#endif
