/* An axis is a set of dimensions that only together decide what words a step
   moves: one dimension, or the two that a window adds. Every count of a step
   is a product over axes. This room splits a nest into axes and says how the
   steps of one loop look to each. Internal to the activity analysis. */
#ifndef TACET_AXIS_H
#define TACET_AXIS_H

#include "../bind/tiling.h"
#include "window.h"

/* The loops that tell one child of a boundary from the next tile of it. */
typedef struct tacet_view {
  const tacet_layer *layer;
  const tacet_loop *loop; /* borrowed from a nest; outermost first */
  int loops;              /* that tell one tile of a child from the next */
  bool whole;      /* the units' tiles together are the tile of one child */
  bool contiguous; /* tacet_nest's */
  /* cluster levels outside of a child, and outside of its parent */
  int child, parent;
  int all; /* loops of which those in space outside of a child tell one child
              from the other */
} tacet_view;

/* All loops: the children are the PEs. */
tacet_view tacet_view_pes(const tacet_nest *nest);

/* The first `position` loops tell the tiles of a storage level at a cluster
   boundary apart: the children are its buffers. */
tacet_view tacet_view_buffers(const tacet_nest *nest, int storage,
                              int position);

/* The first `position` loops: the child is one buffer above the array. */
tacet_view tacet_view_whole(const tacet_nest *nest, int position);

/* Which step begins: one at which loop `i` of the view advances, or: */
enum { TACET_FIRST_STEP = -1, TACET_AFTER_LAST = -2 };

/* A loop of an axis: loop `at` of one of its chains. */
typedef struct tacet_axis_loop {
  int chain;
  int at;
} tacet_axis_loop;

typedef struct tacet_axis {
  int dims;
  int dim[2];  /* of a window: the output, the filter; one may have no loops */
  bool cut[2]; /* has loops in the view; if not, tacet_axes.words has it */
  bool in[2][TACET_TENSORS]; /* dimension is a rank of the tensor alone */
  int window_slot;   /* the tensor with a rank that adds both; -1: none */
  tacet_rank window; /* that rank, without a common divisor of its terms unless
                        it is contiguous */
  bool clips;        /* it reaches into padding */
  bool whole;        /* tacet_view.whole */
  bool each;         /* its moments are told apart, though they look alike */
  bool apart;        /* no two children along the axis share a parent */
  bool counted;      /* children hold tiles of several PEs or times, or share
                        parents in groups: look at one after the other */
  int child, parent; /* tacet_view's */
  tacet_chain chain[2];
  int loops;                              /* of its chains, that take time */
  tacet_axis_loop order[TACET_MAX_LOOPS]; /* these, outermost first */
  bool simple;                            /* both tilings say it all */
  tacet_tiling tiling[2];
  int64_t clear_from, clear_to; /* times of the output dimension at which no
                                   unit's window meets padding, if it clips */
} tacet_axis;

typedef struct tacet_axes {
  tacet_view view;
  int count;
  tacet_axis axis[TACET_MAX_DIMS]; /* those that have loops */
  int axis_of[TACET_MAX_LOOPS];    /* of each loop; -1 if it takes no time */
  uint32_t cut;                    /* dimensions that have loops, a bit each */
  uint32_t moving;                 /* of them, whose loops take time */
  /* what the dimensions without loops bring, but not to windows with loops */
  int64_t words[TACET_TENSORS];
  int64_t macs;
} tacet_axes;

/* The loops of a view over one dimension. */
void tacet_chain_make(tacet_chain *chain, const tacet_view *view, int dim);

void tacet_axes_make(tacet_axes *axes, const tacet_view *view);

/* Coordinates of a rank whose dimensions have no loops; 1 for others. */
int64_t tacet_axes_constant(const tacet_axes *axes, const tacet_rank *rank);

/* The PEs' axes as L2 sees them: others, in *space, where it alone takes
   contiguous tiles. */
const tacet_axes *tacet_axes_of_l2(tacet_axes *space, const tacet_axes *axes,
                                   const tacet_nest *nest);

/* The axis seen from a buffer above the array, with only the loops before
   `position` of the nest. */
void tacet_axis_narrow(tacet_axis *narrow, const tacet_axis *axis,
                       int position);

/* Steps that are alike to an axis: those at which a loop advances that has k
   loops of the axis outside (case 2k), and those at which its loop k advances
   (case 2k + 1). Of the first step case 0 shows what is held, after the last
   step what leaves. */

#endif
