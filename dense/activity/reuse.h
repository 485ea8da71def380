/* What L2 moves to keep a tensor at each of its positions. Internal to
   dense/. */
#ifndef TACET_REUSE_H
#define TACET_REUSE_H

#include "axis.h"

/* What one tensor costs at one position of L2, in words. */
typedef struct tacet_placed {
  int64_t fills;     /* from DRAM; of an output: partial sums that return */
  int64_t drains;    /* to DRAM */
  int64_t first;     /* of the fills, those before the first step */
  int64_t last;      /* of the drains, those after the last step */
  int64_t footprint; /* the largest tile */
  bool moves;        /* the tile ever changes */
} tacet_placed;

/* The same for a level at a cluster boundary: what crosses the way from its
   parent into all of its buffers. The partial-sum reads are left at 0. */
typedef struct tacet_crossing {
  tacet_traffic traffic;
  int64_t first;     /* words in before the first step */
  int64_t last;      /* words out after the last step */
  int64_t distinct;  /* of either, each counted once */
  int64_t footprint; /* the largest tile of one buffer */
  bool moves;        /* any tile ever changes */
} tacet_crossing;

/* What each tensor costs at a position of such a level. */
void tacet_cross(tacet_crossing crossing[TACET_TENSORS], const tacet_nest *nest,
                 const tacet_link *link, int storage, int position);

/* The same with each tensor at its own position in the nest. */
void tacet_crossed_at(tacet_crossing crossing[TACET_TENSORS],
                      const tacet_nest *nest, const tacet_link *link,
                      int storage);

/* An axis seen from L2: words it holds of one tensor, with the loops of the
   axis that are outside. */
typedef struct tacet_hold {
  int64_t total; /* sum over time */
  int64_t end;   /* of an operand at the first time, of the output at the
                    last */
  int64_t largest;
  int64_t kept[2 * TACET_MAX_LOOPS + 1]; /* since the step before, by case */
} tacet_hold;

/* Goes from L2's outermost position to its innermost. */
typedef struct tacet_sweep {
  const tacet_axes *axes;    /* of the PEs' view, as L2 sees them */
  int64_t outputs;           /* elements of that tensor */
  int position;              /* loops outside */
  int loops[TACET_MAX_DIMS]; /* of them, that take time, by axis */
  tacet_hold hold[TACET_MAX_DIMS][TACET_TENSORS];
} tacet_sweep;

void tacet_sweep_start(tacet_sweep *sweep, const tacet_axes *axes);

/* Moves on by one loop. Returns the dimensions, a bit each, in which the tile
   at this position is another one. */
uint32_t tacet_sweep_next(tacet_sweep *sweep);

/* What tensor t costs where the sweep stands. */
void tacet_sweep_cost(tacet_placed *placed, const tacet_sweep *sweep, int t);

/* What the tensors cost at the nest's positions. */
void tacet_placed_at(tacet_placed placed[TACET_TENSORS], const tacet_axes *axes,
                     const tacet_nest *nest);

#endif
