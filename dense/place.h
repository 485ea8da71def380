/* Where L2 keeps each tensor. Internal to bind and activity. */
#ifndef TACET_PLACE_H
#define TACET_PLACE_H

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

typedef struct tacet_places {
  tacet_placed at[TACET_MAX_LOOPS + 1][TACET_TENSORS];
} tacet_places;

/* Fills the costs of every tensor at positions 0 to `last`. */
void tacet_places_make(tacet_places *places, const tacet_nest *nest, int last);

#endif
