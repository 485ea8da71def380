/* Listing leaves and merging equal ones. */
#include "table.h"

#include <string.h>

typedef struct keeper {
  tacet_table *table;
  tacet_entry *entry;
} keeper;

/* But for padding, so that classes do not depend on what lay there. */
static bool same_leaf(const tacet_leaf *a, const tacet_leaf *b) {
  enum {
    LOOKS = offsetof(tacet_leaf, still) + sizeof a->still -
            offsetof(tacet_leaf, factor)
  };
  return a->factor.macs == b->factor.macs &&
         memcmp(&a->factor, &b->factor, LOOKS) == 0;
}

/* Keeps the leaf, which is the next of the table. */
static tacet_leaf *keep_new(tacet_table *table, tacet_entry *entry) {
  entry->count++;
  table->leaves++;
  if (table->leaves > TACET_TABLE_LEAVES) {
    table->leaves = entry->first;
    entry->count = -1;
  }
  return &table->leaf[table->leaves];
}

/* The same unless there is one like it in the entry. Apart, so that the first
   leaf of an entry, mostly the only one, does not save registers for it. */
__attribute__((noinline)) static tacet_leaf *
keep_other(tacet_table *table, tacet_entry *entry, tacet_leaf *leaf) {
  for (tacet_leaf *kept = &table->leaf[entry->first]; kept < leaf; kept++) {
    if (same_leaf(kept, leaf)) {
      kept->times += leaf->times;
      return leaf;
    }
  }
  return keep_new(table, entry);
}

static tacet_leaf *keep_leaf(tacet_leaf *leaf, void *context) {
  const keeper *k = context;
  if (k->entry->count < 0) return leaf;
  if (k->entry->count == 0) return keep_new(k->table, k->entry);
  return keep_other(k->table, k->entry, leaf);
}

void tacet_table_make(tacet_table *table, tacet_view view) {
  tacet_table_make_each(table, view, 0);
}

void tacet_table_make_each(tacet_table *table, tacet_view view, uint32_t dims) {
  tacet_axes_make(&table->axes, &view);
  for (int a = 0; a < table->axes.count; a++) {
    tacet_axis *axis = &table->axes.axis[a];
    for (int i = 0; i < axis->dims; i++)
      axis->each |= (dims & UINT32_C(1) << axis->dim[i]) != 0;
  }
  tacet_table_list(table);
}

/* The axis of the innermost loop that takes time; -1 if there is none. */
static int innermost(const tacet_axes *axes) {
  int i = axes->view.loops - 1;
  while (i >= 0 && axes->axis_of[i] < 0) i--;
  return i < 0 ? -1 : axes->axis_of[i];
}

void tacet_table_list(tacet_table *table) {
  int last = innermost(&table->axes);
  int next = 0;
  table->leaves = 0;
  for (int a = 0; a < table->axes.count; a++) {
    const tacet_axis *axis = &table->axes.axis[a];
    int cases = 2 * axis->loops + (a != last);
    table->entry[a] = next;
    for (int c = 0; c < cases; c++) {
      keeper k = {table, &table->entries[next++]};
      *k.entry = (tacet_entry){table->leaves, 0};
      if (axis->each && axis->loops > 0) {
        k.entry->count = -1;
        continue;
      }
      tacet_leaves(axis, c, &table->leaf[table->leaves], keep_leaf, &k);
    }
  }
}
