/* A layer made ready for the published arithmetic: tensors, dimension tables
   and one list of maps for each cluster level. */
#ifndef TACET_MAESTRO_LEVELS_H
#define TACET_MAESTRO_LEVELS_H

#include "maestro.h"

/* Variables. The known ones in the order of the alphabet, in which missing
   maps are added; behind them those that only the file knows. */
enum {
  VAR_C,
  VAR_G,
  VAR_K,
  VAR_M,
  VAR_N,
  VAR_R,
  VAR_S,
  VAR_X,
  VAR_Y,
  KNOWN_VARS,
  MAX_VARS = KNOWN_VARS + TACET_MAESTRO_MAX_DIMS,
  VAR_X_OUT = MAX_VARS, /* X' and Y', until they are converted */
  VAR_Y_OUT
};

enum {
  MAX_LEVELS = 4,
  MAX_MAPS = 31, /* of a level; a bit each in a mask */
  MAX_RANKS = 6
};

typedef struct maestro_map {
  int var;
  bool spatial;
  int64_t size;
  int64_t offset;
  const tacet_maestro_directive *source; /* NULL for a map added to a level */
} maestro_map;

/* Sizes of a level's dimensions; 0: it has none of that name. */
typedef struct maestro_table {
  int64_t size[MAX_VARS];
} maestro_table;

/* A set of variables: bit v stands for variable v. */
typedef uint64_t maestro_vars;

static inline bool maestro_has(maestro_vars vars, int var) {
  return vars >> var & 1;
}

typedef struct maestro_tensor {
  int ranks;
  int var[MAX_RANKS];
  maestro_vars vars; /* the same as a set */
} maestro_tensor;

typedef struct maestro_level {
  int64_t units; /* sub-clusters */
  int maps;
  maestro_map map[MAX_MAPS]; /* outermost loop first */
  maestro_vars mapped;       /* variables that have a map */
  maestro_table table;       /* of whole tiles */
} maestro_level;

typedef struct maestro_plan {
  maestro_tensor tensor[TACET_MAESTRO_TENSORS];
  maestro_vars operands; /* ranks of the input or filter */
  bool windows;          /* X slides with S, and Y with R */
  int64_t stride[MAX_VARS];
  int levels;
  maestro_level level[MAX_LEVELS]; /* outermost first */
} maestro_plan;

/* The axes along which a filter slides: `in` is the coordinate of an output
   plus one of the filter. */
typedef struct maestro_window {
  const char *name; /* of the output's coordinate */
  const char *sliding_name;
  int out;
  int in;
  int sliding;
} maestro_window;

enum { WINDOWS = 2 };
extern const maestro_window maestro_windows[WINDOWS];

/* Makes the plan. Errors as tacet_maestro_cost. */
tacet_status maestro_plan_layer(maestro_plan *plan,
                                const tacet_maestro_layer *layer,
                                const tacet_maestro_batch *batch, int64_t pes,
                                tacet_error *error);

/* ---- between plan.c and levels.c ---------------------------------------- */

/* The variable a file calls `name`, or -1 if the layer has none. Known names
   are variables of every layer. */
int maestro_var(const tacet_maestro_layer *layer, const char *name);

/* Index of the level's first map of `var`, or -1. */
int maestro_find_map(const maestro_level *level, int var);

/* Fills plan->levels and plan->level; its tensors, strides and outermost table
   are there already. */
tacet_status maestro_cut_levels(maestro_plan *plan,
                                const tacet_maestro_layer *layer, int64_t pes,
                                tacet_error *error);

#endif
