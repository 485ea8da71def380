/* Reproducible random numbers: the same seed gives the same pattern on every
   machine. */
#ifndef TACET_RANDOM_H
#define TACET_RANDOM_H

#include <stdint.h>

/* The next of a sequence (splitmix64: Steele et al., OOPSLA 2014). Any state,
   also 0, is a good start. */
uint64_t tacet_random(uint64_t *state);

/* 0 .. count-1, all equally likely; count is at least 1. */
int64_t tacet_random_below(uint64_t *state, int64_t count);

#endif
