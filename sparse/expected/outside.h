/* How many MACs of a window lie outside of the input, in padding or at zeros
   that are inserted between its values. Knows ranks and tiles, not what is
   zero. Internal to the sparse reading with models. */
#ifndef TACET_OUTSIDE_H
#define TACET_OUTSIDE_H

#include "../../dense/dense.h"

/* True if any MAC along the rank does. */
bool tacet_has_outside(const tacet_rank *rank, const tacet_layer *layer);

/* The share of the MACs with these coordinates of the filter that do not. */
double tacet_inside_share(const tacet_rank *rank, const tacet_layer *layer,
                          int64_t filter, int64_t filters);

/* Tiles of outs x filters MACs along a rank: of all, or of those at one place
   along the filter. */
typedef struct tacet_window_tiles {
  int64_t outs, filters;
  int64_t filter; /* where they begin; negative: anywhere */
  bool elements;  /* to be counted, each once, rather than MACs */
} tacet_window_tiles;

/* How much of tiles lies inside: the share of their MACs or elements, and the
   mean square of that share over the square of its mean. It is 1 if all tiles
   have as much inside, and 1 / p if a share p of them has all and the others
   nothing. */
typedef struct tacet_inside {
  double share;
  double unevenness;
} tacet_inside;

tacet_inside tacet_inside_of(const tacet_rank *rank, const tacet_layer *layer,
                             const tacet_window_tiles *tiles);

#endif
