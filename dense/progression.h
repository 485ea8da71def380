/* Closed forms for the windows of units whose tiles are equal intervals at
   equal distances: what nearly every step looks like. Internal to the
   activity analysis. */
#ifndef TACET_PROGRESSION_H
#define TACET_PROGRESSION_H

#include "window.h"

/* Tiles of one dimension, equal and equally spaced. */
typedef struct tacet_row {
  int64_t start;  /* of unit 0's tile */
  int64_t length; /* of each tile */
  int64_t step;   /* from one unit's tile to the next */
  int64_t count;  /* units */
} tacet_row;

/* The windows of two rows, of the rank's first and second term. `before`:
   where unit 0's tiles were at its last active step, the other units' as far
   from it as now; NULL if they have not moved. False where windows have holes
   or lie scattered. */
bool tacet_progression_sum(tacet_window_sums *sums, const tacet_rank *rank,
                           const tacet_row now[2], const tacet_row before[2]);

/* Coordinates of the rank that one unit's tiles touch; -1 if they have
   holes. */
int64_t tacet_progression_extent(const tacet_rank *rank,
                                 const tacet_row tile[2]);

/* `count` intervals: [start + i*step, that + length). */
typedef struct tacet_line {
  int64_t start, length;
  int64_t step;
  int64_t count;
} tacet_line;

/* What of them lies within [0, size): the sum, and the largest. */
int64_t tacet_line_sum(const tacet_line *line, int64_t size);
int64_t tacet_line_largest(const tacet_line *line, int64_t size);

#endif
