/* What children take of tiles that they keep for several steps: PEs of those
   that L1 keeps, an element at the step of its stay that first uses it (design,
   section 3, `keep: capacity`); buffers at cluster boundaries of theirs, all at
   once. Internal to the sparse reading with masks. */
#ifndef TACET_KEPT_H
#define TACET_KEPT_H

#include "array.h"

/* The present stay of a unit and the one before: times of the loops outside of
   the tile. */
typedef struct tacet_kept_unit {
  int stays; /* 0 to 2 are known */
  int64_t now[TACET_MAX_CHAIN], before[TACET_MAX_CHAIN];
} tacet_kept_unit;

typedef struct tacet_kept {
  const tacet_array *array;
  int slot;
  int position; /* loops outside the tile */
  bool keeps;   /* else the tile is that of a step, and there is nothing here */
  bool whole;   /* all of a tile comes as it begins */
  tacet_kept_unit *unit[TACET_MAX_DIMS]; /* owned; [units of the dimension] */
} tacet_kept;

/* Error: TACET_NO_MEMORY; tacet_kept_free is due all the same. */
tacet_status tacet_kept_make(tacet_kept *kept, const tacet_array *array,
                             int slot, tacet_error *error);
void tacet_kept_free(tacet_kept *kept); /* a zeroed one is fine */

/* Goes on to the step whose tiles the array has gathered. False if no PE takes
   anything in it: all has been used at earlier times of loops over other
   dimensions. */
bool tacet_kept_step(tacet_kept *kept);

/* Adds what a unit takes of rank r in this step, in place of
   tacet_region_add. */
void tacet_kept_add(const tacet_kept *kept, tacet_region *region, int r,
                    const tacet_rank_piece *unit);

#endif
