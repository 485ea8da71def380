/* The walk of a design with buffers at cluster boundaries, whose actions and
   formats do not reach beyond L1, compute and the way from DRAM. What crosses
   the ways below L2 is then what crosses in a dense walk, and all else is as if
   those buffers were not there. Internal. */
#ifndef TACET_EXECUTOR_CLUSTERS_H
#define TACET_EXECUTOR_CLUSTERS_H

#include "../../dense/executor/executor.h"
#include "../sparse.h"

/* A design without them. */
typedef struct tacet_flat {
  tacet_nest nest;
  tacet_accelerator accelerator;
  tacet_features features;
} tacet_flat;

void tacet_flatten(tacet_flat *flat, const tacet_nest *nest,
                   const tacet_accelerator *accelerator,
                   const tacet_features *features);

/* The dense walk: what crosses into the PEs and out of them in each step, and
   all ways in all. */
typedef struct tacet_crossed {
  int64_t steps, room;
  double (*bits)[TACET_TENSORS]; /* owned; [steps]: operands in, outputs out */
  bool full;                     /* there was no memory for a step */
  const int64_t *width;
  tacet_activity activity;
} tacet_crossed;

tacet_status tacet_crossed_make(tacet_crossed *crossed, const tacet_nest *nest,
                                const tacet_accelerator *accelerator,
                                tacet_error *error);
void tacet_crossed_free(tacet_crossed *crossed); /* a zeroed one is fine */

/* Puts the ways below L2 in place. */
void tacet_crossed_count(tacet_counts *counts, const tacet_crossed *crossed,
                         const tacet_nest *nest);

#endif
