/* Closed forms for the windows of an array whose units' tiles are equal
   intervals at equal distances: what nearly every step looks like. Internal
   to dense/window.c. */
#ifndef TACET_PROGRESSION_H
#define TACET_PROGRESSION_H

#include "window.h"

/* Both give the sums of tacet_window_sum and tacet_window_whole in constant
   time, or false where tiles have holes, are cut or lie scattered. */
bool tacet_progression_sum(tacet_window_sums *sums, const tacet_rank *rank,
                           const tacet_chain *out,
                           const tacet_moment *out_moment,
                           const tacet_chain *filter,
                           const tacet_moment *filter_moment);

bool tacet_progression_whole(tacet_window_sums *sums, const tacet_rank *rank,
                             const tacet_chain *out,
                             const tacet_moment *out_moment,
                             const tacet_chain *filter,
                             const tacet_moment *filter_moment);

#endif
