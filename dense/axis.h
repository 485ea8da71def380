/* Every count of the activity table is a product over axes: the groups of
   dimensions that some rank adds up (P with R, Q with S) and the single
   dimensions. This room splits a nest into axes and lists, for one advancing
   loop, the different factors an axis can contribute and how often. Internal
   to the activity analysis. */
#ifndef TACET_AXIS_H
#define TACET_AXIS_H

#include "window.h"

/* The loops that tell one child of a boundary from the next tile of it. */
typedef struct tacet_view {
  const tacet_layer *layer;
  const tacet_loop *loop; /* borrowed from a nest; outermost first */
  int loops;
  bool whole; /* the units' tiles together are the tile of one child */
} tacet_view;

/* All loops: the children are the PEs. */
tacet_view tacet_view_pes(const tacet_nest *nest);

/* The first `position` loops: the child is one buffer above the array. */
tacet_view tacet_view_whole(const tacet_nest *nest, int position);

/* What an axis contributes to each product. A count of a step is a product
   or a difference of two: words new to children = HELD - KEPT, new to any of
   them = ANY - STALE, leaving = LEAVE - STAY, distinct leaving = LEAVE_ANY -
   STAY_ANY. */
enum {
  TACET_HELD,                    /* + slot; words held by children */
  TACET_KEPT = TACET_HELD + 3,   /* + slot; since the last step */
  TACET_ANY = TACET_KEPT + 3,    /* + slot; distinct words held */
  TACET_STALE = TACET_ANY + 3,   /* + slot; not new to any holder */
  TACET_LEAVE = TACET_STALE + 3, /* output held the step before */
  TACET_STAY,                    /* of it, in the same unit now */
  TACET_LEAVE_ANY,               /* likewise, distinct */
  TACET_STAY_ANY,
  TACET_MACS,
  TACET_BUSIEST,
  TACET_ACTIVE,
  TACET_FACTORS
};

typedef struct tacet_leaf {
  int64_t times; /* moments of the axis that look like this */
  int64_t factor[TACET_FACTORS];
  int64_t tile[TACET_TENSORS]; /* largest a unit holds of each tensor */
  int64_t box[2];              /* of each dimension: unit 0's tile */
  int64_t units[2];            /* that have a tile */
} tacet_leaf;

/* A loop of an axis: loop `at` of one of its chains. */
typedef struct tacet_axis_loop {
  int chain;
  int at;
} tacet_axis_loop;

typedef struct tacet_axis {
  int loops;                              /* of all its chains */
  tacet_axis_loop order[TACET_MAX_LOOPS]; /* outermost first */
  int dims;
  int dim[2];                /* of a window: the output, the filter */
  const tacet_rank *window;  /* the rank that adds the two, or NULL */
  int window_slot;           /* the tensor it belongs to */
  bool clips;                /* the window reaches into padding */
  bool in[2][TACET_TENSORS]; /* dimension is a rank of the tensor alone */
  bool whole;                /* tacet_view.whole */
  const tacet_layer *layer;
  tacet_chain chain[2];
} tacet_axis;

/* The loops of a view over one dimension. */
void tacet_chain_make(tacet_chain *chain, const tacet_view *view, int dim);

/* Splits the view into axes; returns their number. */
int tacet_axes(tacet_axis axis[TACET_MAX_DIMS], const tacet_view *view);

/* Of an axis seen with its first `loops` loops only. */
void tacet_axis_narrow(tacet_axis *axis, int loops);

/* The contribution at one moment of the axis's chains; `before` of the moments
   is set. Times 1. */
tacet_leaf tacet_axis_leaf(const tacet_axis *axis,
                           const tacet_moment moment[2]);

/* Which step begins: one at which loop `i` of the view advances, or: */
enum { TACET_FIRST_STEP = -1, TACET_AFTER_LAST = -2 };

/* Steps that are alike to an axis: how many of its loops lie outside of the
   one that advances, and whether that is the last of them. */
enum { TACET_FIRST_CASE = -1 };

/* The case of steps at which `advance` advances, from 0 to 2 * axis->loops;
   TACET_FIRST_CASE for TACET_FIRST_STEP. After the last step it is case 0, of
   which only the LEAVE factors count then. */
int tacet_axis_case(const tacet_axis *axis, int advance);

typedef void tacet_leaf_visit(const tacet_leaf *leaf, void *context);

/* Visits the axis's contributions to the steps of a case: the loops further
   out at any time, those further in at 0. */
void tacet_axis_leaves(const tacet_axis *axis, int step_case,
                       tacet_leaf_visit *visit, void *context);

#endif
