/* Which times are one stay of an operand's or output's tile in a child of a
   storage level: found by holding tiles of explicit times against each other,
   never by formula. Internal. */
#ifndef TACET_EXECUTOR_STAYS_H
#define TACET_EXECUTOR_STAYS_H

#include "../../dense/executor/executor_moves.h"

/* The children of one kind, L2, buffers or the PEs, and a tensor that they
   hold. */
typedef struct tacet_holders {
  const tacet_walk *walk; /* borrowed */
  int tensor;
  int level; /* theirs in the nest */
  int64_t children;
} tacet_holders;

/* Sets *box to a PE of a child at a time; of several the first that has a
   tile. False if the child is idle. */
bool tacet_holders_box(const tacet_holders *holders, int64_t child,
                       int64_t time, tacet_box *box);

/* Whether two active times of a child, with none between them in another tile,
   are one stay: whether its tiles start at the same coordinates in all ranks of
   one dimension. The tiles that a child takes are cells of one partition
   there, so they are the same then, else disjoint. */
bool tacet_holders_stay(const tacet_holders *holders, int64_t child,
                        int64_t one, int64_t other);

/* Sets stay[time], for all times of the walk, to the first time of the stay of
   the child's tile; -1: it does not work. A tile that comes back while a buffer
   or PE below the child holds what it took of it has not left: that is one
   stay. */
void tacet_holders_number(const tacet_holders *holders, int64_t child,
                          int64_t *stay);

#endif
