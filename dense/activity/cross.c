/* What crosses the way into the buffers of a storage level at a cluster
   boundary: sums over the steps at which their tiles can change. */
#include "products.h"
#include "children.h"

#include <string.h>

typedef struct adder {
  tacet_crossing *crossing;
  const tacet_link *link;
} adder;

/* The first tiles, and what leaves after the last step. */
static void add_ends(tacet_crossing *crossing, const tacet_product *product,
                     const tacet_step_class *step, const tacet_link *link) {
  tacet_crossing *output = &crossing[TACET_OUTPUT];
  int64_t held = product->factor->held[TACET_OUTPUT];
  for (int t = 0; t < TACET_OUTPUT; t++) {
    crossing[t].first = step->words_in[t];
    crossing[t].distinct = product->factor->any[t];
    crossing[t].traffic.fills = step->fills[t];
    crossing[t].traffic.parent_reads = step->words_in[t];
  }
  output->last = link->reduction ? product->factor->any[TACET_OUTPUT] : held;
  output->distinct = product->factor->any[TACET_OUTPUT];
  output->traffic.drains = held;
  output->traffic.updates = output->last;
}

static bool add_product(const tacet_product *product, void *context) {
  const adder *a = context;
  tacet_step_class step;
  tacet_product_step(&step, product, a->link, NULL);
  if (product->first) {
    add_ends(a->crossing, product, &step, a->link);
    return true;
  }
  for (int t = 0; t < TACET_OUTPUT; t++) {
    tacet_traffic *traffic = &a->crossing[t].traffic;
    traffic->fills += product->times * step.fills[t];
    traffic->parent_reads += product->times * step.words_in[t];
    a->crossing[t].moves = a->crossing[t].moves || step.fills[t] > 0;
  }
  tacet_crossing *output = &a->crossing[TACET_OUTPUT];
  output->traffic.drains += product->times * step.drains;
  output->traffic.updates += product->times * step.words_out;
  output->moves = output->moves || step.drains > 0;
  return true;
}

void tacet_cross(tacet_crossing crossing[TACET_TENSORS], const tacet_nest *nest,
                 const tacet_link *link, int storage, int position) {
  tacet_table table;
  int64_t largest[TACET_TENSORS];
  adder a = {crossing, link};
  memset(crossing, 0, TACET_TENSORS * sizeof *crossing);
  tacet_table_make(&table, tacet_view_buffers(nest, storage, position));
  tacet_products(&table, add_product, &a);
  tacet_children_largest(largest, &table.axes);
  for (int t = 0; t < TACET_TENSORS; t++) crossing[t].footprint = largest[t];
}

void tacet_crossed_at(tacet_crossing crossing[TACET_TENSORS],
                      const tacet_nest *nest, const tacet_link *link,
                      int storage) {
  const int *position = nest->position[storage];
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_crossing all[TACET_TENSORS];
    if (t > 0 && position[t] == position[t - 1]) continue;
    tacet_cross(all, nest, link, storage, position[t]);
    for (int other = t; other < TACET_TENSORS; other++)
      if (position[other] == position[t]) crossing[other] = all[other];
  }
}
