/* What a join is made of: its dimensions, and what is counted of each operand.
   Internal to making and counting. */
#ifndef TACET_JOIN_TABLES_H
#define TACET_JOIN_TABLES_H

#include "join.h"
#include "rows.h"

enum { TACET_OPERANDS = 2 /* TACET_WEIGHT, TACET_INPUT */ };

/* What is done with a dimension. */
typedef enum tacet_dim_role {
  TACET_FREE, /* nothing: neither operand has it */
  TACET_SUMMED_BY_WEIGHT,
  TACET_SUMMED_BY_INPUT,
  TACET_WALKED
} tacet_dim_role;

typedef struct tacet_join_rank {
  int64_t size;
  int64_t offset;
  int64_t stride; /* in the table */
  int walked;     /* terms that are walked */
  tacet_term term[TACET_MAX_TERMS];
  int summed;   /* the dimension that is summed along this rank, or -1 */
  int64_t step; /* its coefficient; the rank's size if nothing is summed */
  int depth;    /* the rank is settled once so many dimensions are */
} tacet_join_rank;

typedef struct tacet_join_operand {
  int ranks;
  tacet_join_rank rank[TACET_MAX_RANKS];
  int64_t inner_stride; /* of the table along tacet_join.inner */
  /* [elements of the tensor] ones at x, x - step, x - 2*step, ... along every
     summed rank; owned; NULL if all are ones */
  uint32_t *table;
  size_t mapped; /* of it, for tacet_memory_free */
  /* of a hypersparse mask in place of a table: its places, with the summed
     rank along the columns; owned */
  tacet_rows *rows;
} tacet_join_operand;

struct tacet_join {
  int dims;
  tacet_dim_role role[TACET_MAX_DIMS];
  int walked;
  int walk[TACET_MAX_DIMS]; /* dimensions, outermost first; without inner */
  int inner; /* a walked dimension along which tables have strides, or -1 */
  tacet_join_operand operand[TACET_OPERANDS];
};

#endif
