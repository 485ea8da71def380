/* Every place of a nest in time and space, and explicit sets of tensor
   elements: the ground the executors walk on. By definition (design, section
   3), never by formula; knows nothing of storage traffic. Internal. */
#ifndef TACET_EXECUTOR_WALK_H
#define TACET_EXECUTOR_WALK_H

#include "../dense.h"

/* A nest's iterations: `times` vectors over the folds of all loops, numbered
   in lexicographic order, and `pes` vectors over the units of all loops,
   numbered likewise. An iteration that exists for nobody is a time, too. */
typedef struct tacet_walk {
  const tacet_nest *nest; /* borrowed */
  int64_t times;
  int64_t pes;
} tacet_walk;

/* A PE's tile at a step in the canonical dimensions. */
typedef struct tacet_box {
  int dims;
  int64_t start[TACET_MAX_DIMS];
  int64_t length[TACET_MAX_DIMS];
} tacet_box;

/* Error TACET_INFEASIBLE: more than 2^26 times x PEs, or a tensor of more
   than 2^26 elements. */
tacet_status tacet_walk_make(tacet_walk *walk, const tacet_nest *nest,
                             tacet_error *error);

/* Times that agree in the `position` outermost loops: consecutive ones. */
int64_t tacet_walk_inner_times(const tacet_walk *walk, int position);

/* Fills *box; false, with *box undefined, if the PE is idle at that time. */
bool tacet_walk_box(const tacet_walk *walk, int64_t time, int64_t pe,
                    tacet_box *box);

/* Whether the time is a step: whether anybody has a tile, and that is so
   exactly if PE 0 has one, for it has the first tiles of every fold. */
bool tacet_walk_is_step(const tacet_walk *walk, int64_t time);

int64_t tacet_box_macs(const tacet_box *box);

/* Moves a point, box->start at first, to the next of the box in lexicographic
   order; false, with the point back at box->start, after the last. */
bool tacet_box_next(const tacet_box *box, int64_t *point);

/* The same with the dimensions in another order, outermost first. */
bool tacet_box_next_in(const tacet_box *box, const int *order, int64_t *point);

/* Row-major number of the element that the MAC at a point of the canonical
   dimensions uses; -1 if that is padding. */
int64_t tacet_tensor_element(const tacet_tensor *tensor, const int64_t *point);

/* A set of a tensor's elements. */
typedef struct tacet_set {
  bool *has;       /* owned; [elements] */
  int64_t *member; /* owned; [count], room for all elements; unsorted */
  int64_t count;
} tacet_set;

/* An empty set of the elements 0 .. elements-1. Error: TACET_NO_MEMORY;
   tacet_set_free is due all the same. */
tacet_status tacet_set_make(tacet_set *set, int64_t elements,
                            tacet_error *error);
void tacet_set_free(tacet_set *set); /* a zeroed set is fine */

void tacet_set_clear(tacet_set *set);

/* Whether the element was not yet in the set. */
bool tacet_set_add(tacet_set *set, int64_t element);

/* Adds the tile of a tensor: every element that a MAC of the box uses. */
void tacet_set_add_tile(tacet_set *set, const tacet_tensor *tensor,
                        const tacet_box *box);

/* Coordinates of each rank. */
typedef struct tacet_reach {
  int64_t first[TACET_MAX_RANKS];
  int64_t last[TACET_MAX_RANKS];
} tacet_reach;

/* From the first to the last that MACs of the box use, or of all boxes so far
   if `more`; padding among them. */
void tacet_reach_box(tacet_reach *reach, bool more, const tacet_tensor *tensor,
                     const tacet_box *box);

/* Adds the tile, and of ranks that add two dimensions all coordinates within
   reach. */
void tacet_set_add_reach(tacet_set *set, const tacet_tensor *tensor,
                         const tacet_box *box, const tacet_reach *reach);

#endif
