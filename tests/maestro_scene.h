/* One case of one level, for the judge of dense/maestro: what each map does in
   it, and what that moves and makes by the published rules. */
#ifndef TACET_MAESTRO_SCENE_H
#define TACET_MAESTRO_SCENE_H

#include <setjmp.h>

#include "../dense/maestro/levels.h"

enum position { FIRST, LATER, EDGE };

/* Of one map: at which of its steps it is. */
struct state {
  enum position at;
  int occurrences;
  bool whole;    /* its only step */
  bool short_of; /* the first step is cut already */
  bool cut;      /* the last active unit's tile is cut */
};

/* What a unit has of a variable, and how much of it is new. */
struct tiles {
  int64_t mapped, edge, fresh, fresh_edge;
};

/* One case of one level. */
struct scene {
  const maestro_plan *plan;
  jmp_buf *death; /* where to go when the published tool dies */
  const maestro_level *level;
  int64_t active;             /* units at the edge */
  struct tiles in[MAX_VARS];  /* by variable */
  struct tiles out[MAX_VARS]; /* the same as coordinates of the output */
  struct state state[MAX_VARS];
};

/* Cuts the level's tiles, which are the same in all its cases. */
void scene_tiles(struct scene *scene);

/* Puts every map into its state of case `number` and counts the cases; returns
   the case's occurrences. extent[var] is what the level divides. */
int scene_set(struct scene *scene, const int64_t *extent, int64_t number,
              int64_t *cases);

bool scene_at_edge(const struct state *state);

/* Words of an operand or of the output that the case moves. */
int64_t scene_ingress(struct scene *scene, const maestro_tensor *tensor);
int64_t scene_egress(const struct scene *scene);

/* Partial sums of the busiest unit and of all. */
int64_t scene_busiest(const struct scene *scene);
int64_t scene_psums(const struct scene *scene);

#endif
