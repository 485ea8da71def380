/* The cases of a cluster level: which maps are at their first step, which go
   on, and which are at their end. */
#ifndef TACET_MAESTRO_STEPS_H
#define TACET_MAESTRO_STEPS_H

#include "tiles.h"

/* One case. Masks of maps. */
typedef struct maestro_step {
  int occurrences;  /* wraps as the published tool's */
  uint32_t initial; /* maps at their first step */
  uint32_t single;  /* those of them that have no other */
  uint32_t edge;    /* maps whose tile is cut, or may be */
  uint32_t partial; /* spatial ones of which the last unit's tile is cut */
} maestro_step;

typedef struct maestro_state {
  int occurrences;
  bool initial;
  bool single;
  bool edge;
  bool partial;
} maestro_state;

typedef struct maestro_walk {
  const maestro_tiles *tiles;
  int64_t cases; /* in all */
  int64_t next;
  int moving; /* maps of more than one state */
  struct {
    int map;
    int states;
    int at;
    int64_t period; /* cases for which it stays in a state */
    int64_t left;
    maestro_state state[3];
  } mover[MAX_MAPS];
  maestro_step step;
  bool wrapped; /* a number of occurrences did */
} maestro_walk;

/* Starts in front of the first case; extent[var] is what the level divides.
   *wide as in maestro_make_tiles. */
void maestro_walk_start(maestro_walk *walk, const maestro_tiles *tiles,
                        const maestro_level *level, const int64_t *extent,
                        bool *wide);

/* Moves to the next case, in the published tool's order; false behind the
   last. */
bool maestro_walk_next(maestro_walk *walk);

#endif
