/* What one axis contributes to the counts of a step. Internal to the activity
   analysis. */
#ifndef TACET_LEAF_H
#define TACET_LEAF_H

#include "axis.h"

/* Every count of a step is a product over axes of factors, or a difference of
   two. Words of the operands are those of the step: held - kept are new to
   children, any - stale of them distinct. Words of the output are those of the
   step before: held - kept leave the children, any - stale of them
   distinct. */
typedef struct tacet_factors {
  int64_t held[TACET_TENSORS];  /* by children */
  int64_t kept[TACET_TENSORS];  /* of it, in the same child */
  int64_t any[TACET_TENSORS];   /* distinct words held */
  int64_t stale[TACET_TENSORS]; /* of them, that no child gets or gives */
  int64_t macs;                 /* of all PEs */
  int64_t busiest;              /* MACs of unit 0 */
  int64_t active;               /* units that have a tile */
} tacet_factors;

typedef struct tacet_leaf {
  int64_t times;              /* moments of the axis that look like this */
  const tacet_moment *moment; /* of its dimensions, if axis.each; gone when the
                                 next leaf is taken */
  tacet_factors factor;
  int64_t box[2];     /* of each dimension: unit 0's tile */
  int64_t before[2];  /* and in the step before, of one that outputs have; else
                        0 */
  int64_t units[2];   /* that have a tile */
  int64_t parents[2]; /* of such units, along each dimension */
  bool still[2];      /* unit 0 has the tile that it had before */
} tacet_leaf;

/* Takes a leaf, and returns where to put the next. */
typedef tacet_leaf *tacet_leaf_take(tacet_leaf *leaf, void *context);

/* Gives the axis's contributions to the steps of a case, at most 2 * loops:
   loops further out at any time, those further in at 0. The first is put into
   *leaf. */
void tacet_leaves(const tacet_axis *axis, int step_case, tacet_leaf *leaf,
                  tacet_leaf_take *take, void *context);

/* The contributions to the one step that is these moments, of the axis's
   dimensions. */
void tacet_leaf_at(tacet_leaf *leaf, const tacet_axis *axis,
                   const tacet_moment moment[2]);

static inline void tacet_multiply(tacet_factors *product,
                                  const tacet_factors *a,
                                  const tacet_factors *b) {
  for (int t = 0; t < TACET_TENSORS; t++) {
    product->held[t] = a->held[t] * b->held[t];
    product->kept[t] = a->kept[t] * b->kept[t];
    product->any[t] = a->any[t] * b->any[t];
    product->stale[t] = a->stale[t] * b->stale[t];
  }
  product->macs = a->macs * b->macs;
  product->busiest = a->busiest * b->busiest;
  product->active = a->active * b->active;
}

#endif
