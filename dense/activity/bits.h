/* Sets of a rank's coordinates as bits, one stretch of the rank at a time, so
   that any size works in a fixed space. Internal to dense/. */
#ifndef TACET_BITS_H
#define TACET_BITS_H

#include "progression.h"

enum { TACET_BITS_WORDS = 64, TACET_BITS_STRETCH = 64 * TACET_BITS_WORDS };

/* The bits of coordinates base .. base + TACET_BITS_STRETCH-1; only words
   first..last can be set. Zeros at first. */
typedef struct tacet_bits {
  int64_t base;
  int64_t limit; /* coordinates from here on do not exist */
  int first, last;
  uint64_t word[TACET_BITS_WORDS];
} tacet_bits;

/* Turns to a stretch; the set must be empty. */
void tacet_bits_clear(tacet_bits *b, int64_t base, int64_t limit);

/* Sets what the tiles of both dimensions of a rank touch: tile[2]. A plain
   pointer, for gcc gets the size of what an array parameter is given wrong in
   code with address sanitizers. */
void tacet_bits_window(tacet_bits *b, const tacet_rank *rank,
                       const tacet_row *tile);

/* Empties the set. */
void tacet_bits_wipe(tacet_bits *b);

static inline int64_t tacet_ones(uint64_t word) {
  return __builtin_popcountll(word);
}

#endif
