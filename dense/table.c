/* Listing leaves, merging equal ones, summing them. */
#include "table.h"

#include <string.h>

static int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static void add_leaf(const tacet_leaf *leaf, void *context) {
  tacet_leaf *sum = context;
  sum->times += leaf->times;
  for (int f = 0; f < TACET_FACTORS; f++)
    sum->factor[f] += leaf->times * leaf->factor[f];
  for (int t = 0; t < TACET_TENSORS; t++)
    sum->tile[t] = larger(sum->tile[t], leaf->tile[t]);
}

void tacet_leaf_sum(tacet_leaf *sum, const tacet_axis *axis, int step_case) {
  memset(sum, 0, sizeof *sum);
  tacet_axis_leaves(axis, step_case, add_leaf, sum);
}

/* ---- keeping ------------------------------------------------------------ */

typedef struct keeper {
  tacet_table *table;
  tacet_entry *entry;
} keeper;

static bool same_leaf(const tacet_leaf *a, const tacet_leaf *b) {
  return memcmp(a->factor, b->factor, sizeof a->factor) == 0 &&
         memcmp(a->box, b->box, sizeof a->box) == 0 &&
         memcmp(a->units, b->units, sizeof a->units) == 0;
}

static void keep_leaf(const tacet_leaf *leaf, void *context) {
  keeper *k = context;
  tacet_table *table = k->table;
  tacet_entry *entry = k->entry;
  add_leaf(leaf, &entry->sum);
  if (entry->count < 0) return;
  for (int i = 0; i < entry->count; i++) {
    tacet_leaf *kept = &table->leaf[entry->first + i];
    if (same_leaf(kept, leaf)) {
      kept->times += leaf->times;
      return;
    }
  }
  if (table->leaves == TACET_TABLE_LEAVES) {
    table->leaves = entry->first;
    entry->count = -1;
    return;
  }
  table->leaf[table->leaves++] = *leaf;
  entry->count++;
}

void tacet_table_make(tacet_table *table, tacet_view view) {
  table->view = view;
  table->leaves = 0;
  table->axes = tacet_axes(table->axis, &view);
  int next = 0;
  for (int a = 0; a < table->axes; a++) {
    table->entry[a] = next;
    for (int c = TACET_FIRST_CASE; c <= 2 * table->axis[a].loops; c++) {
      tacet_entry *entry = &table->entries[next++];
      memset(&entry->sum, 0, sizeof entry->sum);
      entry->first = table->leaves;
      entry->count = 0;
      keeper k = {table, entry};
      tacet_axis_leaves(&table->axis[a], c, keep_leaf, &k);
    }
  }
}

const tacet_entry *tacet_table_entry(const tacet_table *table, int a,
                                     int advance) {
  int step_case = tacet_axis_case(&table->axis[a], advance);
  return &table->entries[table->entry[a] + step_case - TACET_FIRST_CASE];
}

void tacet_table_sum(tacet_leaf *product, const tacet_table *table,
                     int advance) {
  *product = tacet_table_entry(table, 0, advance)->sum;
  for (int a = 1; a < table->axes; a++) {
    const tacet_leaf *sum = &tacet_table_entry(table, a, advance)->sum;
    product->times *= sum->times;
    for (int f = 0; f < TACET_FACTORS; f++)
      product->factor[f] *= sum->factor[f];
  }
}
