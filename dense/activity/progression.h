/* Closed forms for the windows of units whose tiles are equal intervals at
   equal distances: what nearly every step looks like. Internal to the
   activity analysis. */
#ifndef TACET_PROGRESSION_H
#define TACET_PROGRESSION_H

#include "window.h"

/* Coordinates start .. end-1 of a rank, not all of which need exist. */
typedef struct tacet_interval {
  int64_t start, end;
} tacet_interval;

/* Tiles of one dimension, equal and equally spaced. */
typedef struct tacet_row {
  int64_t start;  /* of unit 0's tile */
  int64_t length; /* of each tile */
  int64_t step;   /* from one unit's tile to the next */
  int64_t count;  /* units */
} tacet_row;

/* True if all coordinates of a unit's tiles are one run without holes. */
static inline bool tacet_is_run(const tacet_rank *rank, int64_t outs,
                                int64_t filters) {
  int64_t stride = rank->term[0].coefficient;
  int64_t dilation = rank->term[1].coefficient;
  if (rank->contiguous) return true;
  if (filters == 1) return outs == 1 || stride == 1;
  if (outs == 1) return dilation == 1;
  return (dilation == 1 && stride <= filters) ||
         (stride == 1 && dilation <= outs);
}

/* Unit 0's window, of the rank's first and second term, or false if it has
   holes. */
static inline bool tacet_progression_window(tacet_interval *window,
                                            const tacet_rank *rank,
                                            const tacet_row row[2]) {
  int64_t stride = rank->term[0].coefficient;
  int64_t dilation = rank->term[1].coefficient;
  window->start =
      rank->offset + stride * row[0].start + dilation * row[1].start;
  window->end = window->start + stride * (row[0].length - 1) +
                dilation * (row[1].length - 1) + 1;
  return tacet_is_run(rank, row[0].length, row[1].length);
}

/* The windows of two rows, now[2] and before[2]: plain pointers, as in bits.h.
   `before`: where unit 0's tiles were at its last active step, the other units'
   as far from it as now; NULL if they have not moved. False where windows have
   holes or lie scattered. */
bool tacet_progression_sum(tacet_window_sums *sums, const tacet_rank *rank,
                           const tacet_row *now, const tacet_row *before);

/* Length of the interval within [0, size). */
static inline int64_t tacet_clipped(tacet_interval interval, int64_t size) {
  int64_t start = interval.start > 0 ? interval.start : 0;
  int64_t end = interval.end < size ? interval.end : size;
  return end > start ? end - start : 0;
}

/* `count` intervals, each `step` after the one before. */
typedef struct tacet_line {
  tacet_interval first;
  int64_t step;
  int64_t count;
} tacet_line;

/* What of them lies within [0, size): the sum, and the largest. */
int64_t tacet_line_sum(const tacet_line *line, int64_t size);
int64_t tacet_line_largest(const tacet_line *line, int64_t size);

#endif
