/* Listing leaves and merging equal ones. */
#include "table.h"

#include <string.h>

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
  tacet_axes_make(&table->axes, &view);
  table->leaves = 0;
  int next = 0;
  for (int a = 0; a < table->axes.count; a++) {
    const tacet_axis *axis = &table->axes.axis[a];
    table->entry[a] = next;
    for (int c = 0; c <= 2 * axis->loops; c++) {
      keeper k = {table, &table->entries[next++]};
      *k.entry = (tacet_entry){table->leaves, 0};
      tacet_leaves(axis, c, keep_leaf, &k);
    }
  }
}
