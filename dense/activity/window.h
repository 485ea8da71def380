/* The coordinates that units hold of a rank that sums two dimensions (the
   rows or columns of a convolution's input): halos, holes and padding.
   Internal to the activity analysis. */
#ifndef TACET_WINDOW_H
#define TACET_WINDOW_H

#include "tiles.h"

typedef struct tacet_window_sums {
  int64_t held;  /* coordinates, summed over units */
  int64_t kept;  /* that the unit held at its own last active step */
  int64_t any;   /* distinct coordinates held by any unit */
  int64_t fresh; /* distinct coordinates that are new to some unit */
} tacet_window_sums;

/* Of the chains of the rank's two terms at moments that are not the first;
   `before` of the moments is set. `whole`: for one child that holds what all
   units together hold, `kept` is what any unit held in the step before. */
void tacet_window_sum(tacet_window_sums *sums, const tacet_rank *rank,
                      const tacet_chain chain[2], const tacet_moment moment[2],
                      bool whole);

/* Coordinates of the rank that the largest tile holds. The coefficients of the
   terms have no common divisor, unless the rank is contiguous. */
int64_t tacet_window_largest(const tacet_rank *rank,
                             const tacet_chain chain[2]);

/* The same of a whole tile that meets no padding. */
int64_t tacet_window_full(const tacet_rank *rank, const tacet_chain chain[2]);

/* True if some coordinate that the terms reach is padding. */
bool tacet_window_clips(const tacet_rank *rank, const tacet_layer *layer);

#endif
