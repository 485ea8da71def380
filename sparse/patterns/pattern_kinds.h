/* The kinds of pattern, each in a file of its own. Internal to pattern*.c. */
#ifndef TACET_PATTERN_KINDS_H
#define TACET_PATTERN_KINDS_H

#include "occupancy.h"
#include "pattern.h"

/* Blocks along rank r. */
int64_t tacet_blocks_along(const tacet_pattern *pattern, int r);

/* All blocks, and those that one draw keeps. */
tacet_uniform tacet_blocks_model(const tacet_pattern *pattern);

tacet_occupancy tacet_blocks_box(const tacet_pattern *pattern,
                                 const int64_t *start, const int64_t *length);
double tacet_blocks_empty(const tacet_pattern *pattern, const int64_t *start,
                          const int64_t *length);

/* The elements of TACET_N_OF_M and TACET_DENSITIES fall into groups. */
tacet_occupancy tacet_groups_box(const tacet_pattern *pattern,
                                 const int64_t *start, const int64_t *length);
double tacet_groups_empty(const tacet_pattern *pattern, const int64_t *start,
                          const int64_t *length);

/* Non-zeros at coordinate c of TACET_DENSITIES, `elements` in all. */
int64_t tacet_densities_nonzeros(const tacet_pattern *pattern, int64_t c,
                                 int64_t elements);

/* Expected non-zeros of a box of TACET_DENSITIES. */
double tacet_densities_expected(const tacet_pattern *pattern,
                                const int64_t *start, const int64_t *length);

tacet_occupancy tacet_plane_box(const tacet_pattern *pattern,
                                const int64_t *start, const int64_t *length);

/* Columns from .. to-1. */
typedef struct tacet_run {
  int64_t from, to;
} tacet_run;

enum { TACET_MAX_RUNS = TACET_MAX_PARTS * (2 + TACET_MAX_RANDOM_BLOCKS) };

/* The non-zeros of one row of a plane: runs, which may overlap, and the
   columns below `comb_end` that are comb_first modulo `comb_stride`. */
typedef struct tacet_row {
  int runs;
  tacet_run run[TACET_MAX_RUNS]; /* ascending by `from`, none empty */
  int64_t comb_stride;           /* 0: no comb */
  int64_t comb_first;
  int64_t comb_end;
} tacet_row;

void tacet_plane_row(tacet_row *row, const tacet_pattern *pattern, int64_t i);

#endif
