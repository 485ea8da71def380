/* What each child of a boundary takes and lets go when a step begins, as
   explicit sets. By definition (design, section 4), never by formula; knows
   nothing of zeros. Internal. */
#ifndef TACET_EXECUTOR_MOVES_H
#define TACET_EXECUTOR_MOVES_H

#include "executor_walk.h"

enum { TACET_NEVER = -1 }; /* in place of a time */

/* The tiles that all children hold. Boundary b is between storage levels b
   (parent) and b+1 (its children); those of the last one are the PEs. A child
   numbered c is one of parent c / (children / parents). */
typedef struct tacet_moves {
  const tacet_walk *walk; /* borrowed */
  int boundaries;
  int64_t parents[TACET_MAX_STORAGE - 1];
  int64_t children[TACET_MAX_STORAGE - 1]; /* of all parents together */
  /* owned; [children]: when each child took the tile it holds, which for the
     output of an idle child is the empty one; TACET_NEVER before its first */
  int64_t *taken[TACET_MAX_STORAGE - 1][TACET_TENSORS];
  tacet_set now;      /* tile of the child, if it has moved to one */
  tacet_set previous; /* the tile it had before */
  tacet_set arriving; /* now without previous */
  tacet_set leaving;  /* previous without now */
} tacet_moves;

/* Nobody holds anything yet. The walk is borrowed. Error: TACET_NO_MEMORY;
   tacet_moves_free is due all the same. */
tacet_status tacet_moves_make(tacet_moves *moves, const tacet_walk *walk,
                              tacet_error *error);
void tacet_moves_free(tacet_moves *moves); /* a zeroed one is fine */

/* Moves one child to its tile at a time (TACET_NEVER: the run is over), and
   fills arriving and leaving. Both are empty if it stays where it is. */
void tacet_moves_child(tacet_moves *moves, int boundary, int tensor,
                       int64_t child, int64_t time);

/* What L2's children take in before the first step and give up after the last,
   each element counted once, and the tiles of L2 that have it. */
typedef struct tacet_ends {
  int64_t first[TACET_OUTPUT], first_tile[TACET_OUTPUT];
  int64_t last, last_tile;
} tacet_ends;

tacet_status tacet_moves_ends(tacet_ends *ends, const tacet_walk *walk,
                              tacet_error *error);

/* Buffers of a storage level that work: units of the cluster levels outside of
   it; of L1 the PEs. */
int64_t tacet_working_buffers(const tacet_nest *nest, int storage);

/* Elements of the layer's largest tensor: room for a set of any. */
int64_t tacet_largest_tensor(const tacet_layer *layer);

#endif
