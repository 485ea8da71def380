/* A dimension that only one loop walks through in time: its tiles in closed
   form. Internal to the activity analysis; knows nothing of tensors or
   storage. */
#ifndef TACET_TILING_H
#define TACET_TILING_H

#include "../activity/tiles.h"

/* Fold t gives tile t*units + u to unit u. */
typedef struct tacet_tiling {
  int64_t extent; /* of the dimension */
  int64_t size;   /* of a whole tile */
  int64_t units;
  int64_t hull; /* size * units: what a fold advances by */
  int64_t folds;
  int64_t full; /* of the folds, in which every unit has a whole tile */
  int64_t last; /* units that have a tile in the last fold */
} tacet_tiling;

/* False if the loops of the chain do not act as one. `whole`: all units'
   tiles together are seen as the tile of one. */
bool tacet_tiling_make(tacet_tiling *tiling, const tacet_chain *chain,
                       bool whole);

/* What the dimension does as a step begins. */
typedef enum tacet_motion {
  TACET_RESTARTS, /* from its last time to time 0 */
  TACET_ADVANCES, /* from the time before */
  TACET_STANDS    /* at any time */
} tacet_motion;

/* Units that have a tile at `time`, and the length of all their tiles. */
typedef struct tacet_fold {
  int64_t active, length;
} tacet_fold;

static inline tacet_fold tacet_tiling_fold(const tacet_tiling *tiling,
                                           int64_t time) {
  if (time < tiling->full) return (tacet_fold){tiling->units, tiling->hull};
  return (tacet_fold){tiling->last, tiling->extent - time * tiling->hull};
}

#endif
