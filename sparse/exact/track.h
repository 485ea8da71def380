/* What one child of a boundary, a PE or a buffer, works on along a dimension
   while some of the loops over it stand still. Internal to the sparse reading
   with masks. */
#ifndef TACET_TRACK_H
#define TACET_TRACK_H

#include "../../dense/activity/tiles.h"

/* A child along a chain, at times from..to-1 of each loop, of which it has
   `all`. Of loops whose units are all the child's, tiles take the place of
   times. */
typedef struct tacet_track {
  const tacet_chain *chain;
  int64_t units[TACET_MAX_CHAIN], unit[TACET_MAX_CHAIN];
  int64_t from[TACET_MAX_CHAIN], to[TACET_MAX_CHAIN], all[TACET_MAX_CHAIN];
} tacet_track;

/* `unit` is the child's number among the units of the chain's first `own`
   loops. The first `timed` loops stand at time[], the others run. */
tacet_track tacet_track_of(const tacet_chain *chain, int own, int64_t unit,
                           const int64_t *time, int timed);

/* Visits its stretches of the dimension, in order. */
typedef void tacet_stretch_visit(int64_t start, int64_t length, void *context);
void tacet_track_follow(const tacet_track *track, tacet_stretch_visit *visit,
                        void *context);

/* From the first value of them to the last; *length is 0 if there is none. */
void tacet_track_reach(int64_t *start, int64_t *length,
                       const tacet_track *track);

/* Loops of a chain whose units tell children of a storage level apart: PEs, or
   buffers. */
int tacet_own_loops(const tacet_nest *nest, const tacet_chain *chain,
                    int storage);

/* The children of a kind, numbered by their units along each dimension. */
typedef struct tacet_children {
  int64_t count;
  int64_t units[TACET_MAX_DIMS];
  int64_t stride[TACET_MAX_DIMS]; /* of a unit in a child's number */
} tacet_children;

void tacet_children_of(tacet_children *children, const tacet_nest *nest,
                       int storage);

/* The number among the outer ones of the buffer that a child belongs to. */
int64_t tacet_child_owner(const tacet_children *outer,
                          const tacet_children *inner, int64_t child);

/* Loops of a chain outside a position of the nest. */
int tacet_loops_outside(const tacet_chain *chain, int position);

#endif
