/* The leaves of every axis of a view, listed once and kept, so that classes
   of steps are products of what lies here. Internal to the activity analysis.
   Large, but only what is used is written. */
#ifndef TACET_TABLE_H
#define TACET_TABLE_H

#include "leaf.h"

enum {
  TACET_TABLE_CASES = 2 * TACET_MAX_LOOPS + TACET_MAX_DIMS,
  TACET_TABLE_LEAVES = 192
};

/* One case of one axis. */
typedef struct tacet_entry {
  int first; /* of the leaves in the table */
  int count; /* -1: too many to keep */
} tacet_entry;

typedef struct tacet_table {
  tacet_axes axes;
  int entry[TACET_MAX_DIMS]; /* of the axis's case 0; its case 1 next; without
                                a last case that no loop is further in for */
  tacet_entry entries[TACET_TABLE_CASES];
  int leaves;
  tacet_leaf leaf[TACET_TABLE_LEAVES + 1]; /* and room to make the next */
} tacet_table;

/* Fills the table for a view; or, where its axes are made, the rest of it. */
void tacet_table_make(tacet_table *table, tacet_view view);

/* The same with axes of these dimensions, a bit each, whose moments are told
   apart: each is a leaf of its own, which the table does not keep. */
void tacet_table_make_each(tacet_table *table, tacet_view view, uint32_t dims);
void tacet_table_list(tacet_table *table);

#endif
