/* The coordinates that units hold of a rank that sums two dimensions (the
   rows or columns of a convolution's input): halos, holes and padding.
   Internal to the activity analysis. */
#ifndef TACET_WINDOW_H
#define TACET_WINDOW_H

#include "tiles.h"

typedef struct tacet_window_sums {
  int64_t held;   /* coordinates, summed over units */
  int64_t kept;   /* that the unit held at its own last active step */
  int64_t any;    /* distinct coordinates held by any unit */
  int64_t fresh;  /* distinct coordinates that are new to some unit */
  int64_t widest; /* held by one unit */
} tacet_window_sums;

/* `out` and `filter` are the chains of the rank's first and second term. */
tacet_window_sums tacet_window_sum(const tacet_rank *rank,
                                   const tacet_chain *out,
                                   const tacet_moment *out_moment,
                                   const tacet_chain *filter,
                                   const tacet_moment *filter_moment);

/* The same for one child that holds what all units together hold: `kept` is
   what any unit held in the step before. */
tacet_window_sums tacet_window_whole(const tacet_rank *rank,
                                     const tacet_chain *out,
                                     const tacet_moment *out_moment,
                                     const tacet_chain *filter,
                                     const tacet_moment *filter_moment);

/* Coordinates of the rank that the product of two intervals touches. */
int64_t tacet_window_extent(const tacet_rank *rank, int64_t out_start,
                            int64_t out_length, int64_t filter_start,
                            int64_t filter_length);

/* True if some coordinate that the terms reach is padding. */
bool tacet_window_clips(const tacet_rank *rank, const tacet_layer *layer);

#endif
