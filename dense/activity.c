/* The totals of a nest's activity (design, section 4): sums over the classes
   of its steps, and over time of what L2 holds. Integers only; knows nothing
   of cycles, energy or zeros. A layer's MACs fit 53 bits (tacet_layer_make)
   and bound every count here, so nothing can overflow. */
#include "activity.h"
#include "need.h"

#include <string.h>

/* ---- the way between L2 and the PEs ------------------------------------- */

/* The first step, and what leaves after the last. */
static void add_ends(tacet_activity *activity, const tacet_product *product,
                     const tacet_step_class *step, const tacet_link *link) {
  tacet_traffic *output = &activity->traffic[1][TACET_OUTPUT];
  int64_t drains = product->factor->held[TACET_OUTPUT];
  activity->peak_active_pes = step->active_pes;
  for (int t = 0; t < TACET_OUTPUT; t++)
    activity->first_words[1][t] = step->words_in[t];
  activity->last_words[1] =
      link->reduction ? product->factor->any[TACET_OUTPUT] : drains;
  output->drains += drains;
  output->updates += activity->last_words[1];
}

void tacet_add_steps(tacet_activity *activity, const tacet_product *product,
                     const tacet_step_class *step, const tacet_link *link) {
  int64_t times = step->occurrences;
  tacet_traffic *traffic = activity->traffic[1];
  activity->steps += times;
  activity->macs += times * step->macs;
  activity->busiest += times * step->busiest;
  activity->active_pes += times * step->active_pes;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    traffic[t].fills += times * step->fills[t];
    traffic[t].parent_reads += times * step->words_in[t];
  }
  traffic[TACET_OUTPUT].drains += times * step->drains;
  traffic[TACET_OUTPUT].updates += times * step->words_out;
  if (product->first) add_ends(activity, product, step, link);
}

/* ---- the way between DRAM and L2 ---------------------------------------- */

void tacet_add_memory(tacet_activity *activity,
                      const tacet_placed placed[TACET_TENSORS]) {
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_traffic *traffic = &activity->traffic[0][t];
    traffic->fills = traffic->parent_reads = placed[t].fills;
    traffic->drains = traffic->updates = placed[t].drains;
    activity->first_words[0][t] = placed[t].first;
    activity->last_words[0] += placed[t].last;
    activity->footprint[1][t] = placed[t].footprint;
  }
  tacet_traffic *output = &activity->traffic[1][TACET_OUTPUT];
  output->partial_sum_reads =
      output->updates - activity->traffic[0][TACET_OUTPUT].drains;
}

/* ---- totals ------------------------------------------------------------- */

tacet_status tacet_three_levels(const tacet_nest *nest,
                                const tacet_accelerator *accelerator,
                                tacet_error *error) {
  if (nest->storages == 3) return TACET_OK;
  return tacet_fail(error, TACET_INFEASIBLE, &accelerator->place,
                    "only DRAM, L2 and L1 are modelled, not %d levels",
                    nest->storages);
}

typedef struct adder {
  tacet_activity *activity;
  const tacet_link *link;
} adder;

static bool add_product(const tacet_product *product, void *context) {
  const adder *a = context;
  tacet_step_class step;
  tacet_product_step(&step, product, a->link);
  tacet_add_steps(a->activity, product, &step, a->link);
  return true;
}

tacet_status tacet_activity_totals(tacet_activity *activity,
                                   const tacet_nest *nest,
                                   const tacet_accelerator *accelerator,
                                   tacet_error *error) {
  memset(activity, 0, sizeof *activity);
  tacet_status status = tacet_three_levels(nest, accelerator, error);
  if (status) return status;
  tacet_table table;
  tacet_placed placed[TACET_TENSORS];
  tacet_table_make(&table, tacet_view_pes(nest));
  adder a = {activity, &accelerator->link[1]};
  tacet_products(&table, add_product, &a);
  tacet_placed_at(placed, &table.axes, nest);
  tacet_add_memory(activity, placed);
  tacet_largest_tiles(activity->footprint[2], &table.axes);
  for (int t = 0; t < TACET_TENSORS; t++)
    activity->footprint[0][t] = tacet_tensor_size(&nest->layer.tensor[t]);
  return TACET_OK;
}
