/* The leaves of every axis of the PEs' view, listed once and kept, so that
   totals and classes are products of what lies here. Internal to the
   activity analysis. Large, but only what is used is written. */
#ifndef TACET_TABLE_H
#define TACET_TABLE_H

#include "axis.h"

enum {
  TACET_TABLE_CASES = 2 * (TACET_MAX_LOOPS + TACET_MAX_DIMS),
  TACET_TABLE_LEAVES = 192
};

/* One case of one axis. */
typedef struct tacet_entry {
  tacet_leaf sum; /* of leaves times their times; tile: the largest */
  int first;      /* of the leaves in the table */
  int count;      /* -1: too many to keep */
} tacet_entry;

typedef struct tacet_table {
  tacet_view view;
  int axes;
  tacet_axis axis[TACET_MAX_DIMS];
  int entry[TACET_MAX_DIMS]; /* of the axis's first case; its case 0 next */
  tacet_entry entries[TACET_TABLE_CASES];
  int leaves;
  tacet_leaf leaf[TACET_TABLE_LEAVES];
} tacet_table;

/* Fills the table for a view. */
void tacet_table_make(tacet_table *table, tacet_view view);

/* The entry of axis `a` for the steps at which `advance` advances. */
const tacet_entry *tacet_table_entry(const tacet_table *table, int a,
                                     int advance);

/* Product over axes of the sums of those steps. Its tiles mean nothing. */
void tacet_table_sum(tacet_leaf *product, const tacet_table *table,
                     int advance);

/* Sum of an axis's leaves in one case. */
void tacet_leaf_sum(tacet_leaf *sum, const tacet_axis *axis, int step_case);

#endif
