/* Which loops over one dimension take a unit of an array to another tile, and
   which let it keep the one that it has. Knows no zeros. Internal to sparse/:
   both readings ask how long a tile stays. */
#ifndef TACET_STAY_LOOPS_H
#define TACET_STAY_LOOPS_H

#include "../dense/activity/tiles.h"

/* The unit that a number along a chain's first `own` loops says of each; loops
   further in start with the first. */
void tacet_split_unit(int64_t unit[TACET_MAX_CHAIN], const tacet_chain *chain,
                      int own, int64_t number);

/* The innermost loop of a chain, outside `position`, that takes the unit to
   another tile while the loops around it stand where they are; -1: none. */
int tacet_moving_loop(const tacet_chain *chain, const int64_t *time,
                      const int64_t *unit, int position);

/* The outermost of the loops that take a holder to another tile: one of those
   that the chain's loops from..to-1 tell apart within unit `number` of the loops
   before, and that works at `time`, but for loops inside of `position` at their
   first iterations. */
int tacet_slowest_loop(const tacet_chain *chain, const int64_t *time,
                       int position, int from, int to, int64_t number);

#endif
