/* The totals of a nest's activity (design, section 4): sums over the classes
   of its steps, and over time of what L2 holds. Integers only; knows nothing
   of cycles, energy or zeros. A layer's MACs fit 53 bits (tacet_layer_make)
   and bound every count here, so nothing can overflow. */
#include "products.h"
#include "kept_steps.h"
#include "../bind/need.h"

#include <string.h>

/* ---- the way into the PEs ----------------------------------------------- */

void tacet_start_steps(tacet_activity *activity, int inner) {
  activity->steps = activity->macs = 0;
  activity->busiest = activity->active_pes = 0;
  for (int t = 0; t < TACET_TENSORS; t++)
    activity->traffic[inner][t] = (tacet_traffic){0};
}

/* What all children of L2 have at the ends of the run. */
static void add_distinct(tacet_activity *activity,
                         const int64_t any[TACET_TENSORS]) {
  for (int t = 0; t < TACET_OUTPUT; t++) activity->first_distinct[t] = any[t];
  activity->last_distinct = any[TACET_OUTPUT];
}

void tacet_add_ends(tacet_activity *activity, const tacet_product *product,
                    const tacet_link *link, int inner) {
  const tacet_factors *factor = product->factor;
  tacet_traffic *output = &activity->traffic[inner][TACET_OUTPUT];
  int64_t drains = factor->held[TACET_OUTPUT];
  activity->peak_active_pes = factor->active;
  for (int t = 0; t < TACET_OUTPUT; t++)
    activity->first_words[inner][t] =
        link->multicast ? factor->any[t] : factor->held[t];
  if (inner == 1) add_distinct(activity, factor->any);
  activity->first_words[inner][TACET_OUTPUT] = 0;
  activity->last_words[inner] =
      link->reduction ? factor->any[TACET_OUTPUT] : drains;
  output->drains += drains;
  output->updates += activity->last_words[inner];
}

/* ---- L1 ----------------------------------------------------------------- */

void tacet_add_reads(tacet_activity *activity,
                     const tacet_registers *registers) {
  for (int t = 0; t < TACET_TENSORS; t++)
    activity->l1_reads[t] = activity->macs;
  if (registers) tacet_registers_total(activity->l1_reads, registers);
}

/* ---- the ways outside --------------------------------------------------- */

static void add_memory(tacet_activity *activity,
                       const tacet_placed placed[TACET_TENSORS]) {
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_traffic *traffic = &activity->traffic[0][t];
    traffic->fills = traffic->parent_reads = placed[t].fills;
    traffic->drains = traffic->updates = placed[t].drains;
    traffic->partial_sum_reads = 0;
    activity->first_words[0][t] = placed[t].first;
    activity->footprint[1][t] = placed[t].footprint;
  }
  activity->last_words[0] = placed[TACET_OUTPUT].last;
}

static void add_crossings(tacet_activity *activity, const tacet_nest *nest,
                          const tacet_accelerator *accelerator, int storage) {
  tacet_crossing crossing[TACET_TENSORS];
  int b = storage - 1;
  tacet_crossed_at(crossing, nest, &accelerator->link[b], storage);
  for (int t = 0; t < TACET_TENSORS; t++) {
    activity->traffic[b][t] = crossing[t].traffic;
    activity->first_words[b][t] = crossing[t].first;
    activity->footprint[storage][t] = crossing[t].footprint;
  }
  activity->last_words[b] = crossing[TACET_OUTPUT].last;
  if (b != 1) return;
  int64_t distinct[TACET_TENSORS];
  for (int t = 0; t < TACET_TENSORS; t++) distinct[t] = crossing[t].distinct;
  add_distinct(activity, distinct);
}

void tacet_add_outer(tacet_activity *activity, const tacet_nest *nest,
                     const tacet_accelerator *accelerator,
                     const tacet_placed placed[TACET_TENSORS]) {
  add_memory(activity, placed);
  for (int s = 2; s < nest->storages - 1; s++)
    add_crossings(activity, nest, accelerator, s);
  for (int b = 1; b < nest->storages - 1; b++) {
    tacet_traffic *output = &activity->traffic[b][TACET_OUTPUT];
    output->partial_sum_reads =
        output->updates - activity->traffic[b - 1][TACET_OUTPUT].drains;
  }
}

/* ---- totals ------------------------------------------------------------- */

typedef struct adder {
  tacet_activity *activity;
  const tacet_link *link;
  const tacet_registers *registers;
  int inner;
} adder;

static bool add_product(const tacet_product *product, void *context) {
  const adder *a = context;
  tacet_step_class step;
  tacet_product_step(&step, product, a->link, a->registers);
  tacet_add_steps(a->activity, product, &step, a->link, a->inner);
  return true;
}

tacet_status tacet_activity_totals(tacet_activity *activity,
                                   const tacet_nest *nest,
                                   const tacet_accelerator *accelerator,
                                   tacet_error *error) {
  (void)error;
  memset(activity, 0, sizeof *activity);
  tacet_table table;
  tacet_placed placed[TACET_TENSORS];
  tacet_table_make(&table, tacet_view_pes(nest));
  int inner = nest->storages - 2;
  tacet_registers space;
  adder a = {activity, &accelerator->link[inner],
             tacet_registers_make(&space, nest, accelerator), inner};
  tacet_nest_products(&table, nest, false, add_product, &a);
  tacet_add_reads(activity, a.registers);
  tacet_placed_at(placed, &table.axes, nest);
  tacet_add_outer(activity, nest, accelerator, placed);
  if (tacet_l1_keeps(nest))
    tacet_kept_tiles(activity->footprint[inner + 1], nest);
  else
    tacet_largest_tiles(activity->footprint[inner + 1], &table.axes);
  for (int t = 0; t < TACET_TENSORS; t++)
    activity->footprint[0][t] = tacet_tensor_size(&nest->layer->tensor[t]);
  return TACET_OK;
}
