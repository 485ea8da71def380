/* Activity: what a nest moves and computes, in integers, in all and class of
   steps by class of steps (design, section 4). Must not know of cycles or
   energy. */
#ifndef TACET_ACTIVITY_H
#define TACET_ACTIVITY_H

#include "../bind/bind.h"

/* What crosses one boundary for one tensor, in words (elements). Boundary b
   is between storage levels b (parent) and b+1 (children). */
typedef struct tacet_traffic {
  int64_t fills;             /* child writes */
  int64_t parent_reads;      /* words in */
  int64_t drains;            /* child reads, outputs only */
  int64_t updates;           /* parent writes, words out */
  int64_t partial_sum_reads; /* by the parent, to add an update */
} tacet_traffic;

/* The whole run in integers (section 4). */
typedef struct tacet_activity {
  int64_t steps;
  int64_t macs;
  int64_t busiest;                 /* sum over steps of the busiest PE's MACs */
  int64_t active_pes;              /* sum over steps */
  int64_t peak_active_pes;         /* in the first step */
  int64_t l1_reads[TACET_TENSORS]; /* by MACs; partial sums are written as
                                      often */
  tacet_traffic traffic[TACET_MAX_STORAGE - 1][TACET_TENSORS];
  /* of the first step, and of the drain after the last */
  int64_t first_words[TACET_MAX_STORAGE - 1][TACET_TENSORS];
  int64_t last_words[TACET_MAX_STORAGE - 1];
  /* words that L2's children take in before the first step, each counted once,
     and that they give up after the last */
  int64_t first_distinct[TACET_OUTPUT];
  int64_t last_distinct;
  int64_t footprint[TACET_MAX_STORAGE][TACET_TENSORS]; /* largest tile, words */
} tacet_activity;

/* Steps with the same numbers at the innermost boundary. */
typedef struct tacet_step_class {
  int64_t occurrences;
  int64_t macs;
  int64_t busiest;
  int64_t active_pes;
  int64_t words_in[TACET_TENSORS]; /* parent reads */
  int64_t fills[TACET_TENSORS];
  int64_t words_out; /* updates */
  int64_t drains;
  int64_t l1_reads[TACET_TENSORS]; /* by MACs of the PE with the most of them,
                                      but for those that a pause leaves time
                                      for; partial sums are written as often */
  /* Of the busiest PE: outputs that leave it as the step begins, if sums of
     neighbours are added by the PEs' own adders, else 0. Before an output
     leaves, what the PE before it in its chain has of it is added to it or, by
     the first of a chain, what the buffer has: that takes an issue slot in
     which there is no MAC. What leaves after the last step takes a step more,
     which is in no class. */
  int64_t passed_on;
} tacet_step_class;

/* L1 accesses of its PE with the most of them. */
static inline int64_t tacet_step_accesses(const tacet_step_class *step) {
  return step->l1_reads[TACET_WEIGHT] + step->l1_reads[TACET_INPUT] +
         2 * step->l1_reads[TACET_OUTPUT];
}

/* What a class of steps looks like. */
typedef struct tacet_step_shape {
  int64_t box[TACET_MAX_DIMS];   /* of the busiest PE */
  int64_t units[TACET_MAX_DIMS]; /* that hold different tiles */
  /* the smallest grid that holds the words in, by rank */
  int64_t extent[TACET_TENSORS][TACET_MAX_RANKS];
} tacet_step_shape;

/* Called for each class; returns false to stop. */
typedef bool tacet_step_visit(const tacet_step_class *step,
                              const tacet_step_shape *shape, void *context);

/* Totals of the nest. Error: TACET_OVERFLOW. */
tacet_status tacet_activity_totals(tacet_activity *activity,
                                   const tacet_nest *nest,
                                   const tacet_accelerator *accelerator,
                                   tacet_error *error);

/* Visits every class of steps; the first step is a class of its own and
   comes first. A class may come in several parts. What leaves after the last
   step is in no class (tacet_activity.last_words). */
tacet_status tacet_activity_classes(const tacet_nest *nest,
                                    const tacet_accelerator *accelerator,
                                    tacet_step_visit *visit, void *context,
                                    tacet_error *error);

#endif
