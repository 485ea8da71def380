/* The totals of a nest's activity (design, section 4): products over axes of
   sums over time. Integers only; knows nothing of cycles, energy or zeros. A layer's MACs fit 53 bits (tacet_layer_make)
   and bound every count here, so nothing can overflow. */
#include "activity.h"
#include "place.h"

#include <string.h>

/* ---- totals ------------------------------------------------------------- */

static void add_steps(tacet_activity *activity, const tacet_leaf *sum,
                      bool first, const tacet_link *link) {
  tacet_traffic *traffic = activity->traffic[1];
  activity->steps += sum->times;
  activity->macs += sum->factor[TACET_MACS];
  activity->busiest += sum->factor[TACET_BUSIEST];
  activity->active_pes += sum->factor[TACET_ACTIVE];
  for (int t = 0; t < TACET_OUTPUT; t++) {
    int64_t fills = sum->factor[TACET_HELD + t];
    int64_t distinct = sum->factor[TACET_ANY + t];
    if (!first) {
      fills -= sum->factor[TACET_KEPT + t];
      distinct -= sum->factor[TACET_STALE + t];
    }
    traffic[t].fills += fills;
    traffic[t].parent_reads += link->multicast ? distinct : fills;
    if (first) activity->first_words[1][t] = link->multicast ? distinct : fills;
  }
  if (first) {
    activity->peak_active_pes = sum->factor[TACET_ACTIVE];
    return;
  }
  int64_t drains = sum->factor[TACET_LEAVE] - sum->factor[TACET_STAY];
  traffic[TACET_OUTPUT].drains += drains;
  traffic[TACET_OUTPUT].updates +=
      link->reduction
          ? sum->factor[TACET_LEAVE_ANY] - sum->factor[TACET_STAY_ANY]
          : drains;
}

static void add_last(tacet_activity *activity, const tacet_leaf *sum,
                     const tacet_link *link) {
  tacet_traffic *output = &activity->traffic[1][TACET_OUTPUT];
  int64_t drains = sum->factor[TACET_LEAVE];
  activity->last_words[1] =
      link->reduction ? sum->factor[TACET_LEAVE_ANY] : drains;
  output->drains += drains;
  output->updates += activity->last_words[1];
}

static void largest_of(int64_t tile[TACET_TENSORS], const tacet_table *table) {
  for (int t = 0; t < TACET_TENSORS; t++) tile[t] = 1;
  for (int a = 0; a < table->axes; a++) {
    int64_t most[TACET_TENSORS] = {0};
    const tacet_entry *entry = &table->entries[table->entry[a]];
    for (int c = TACET_FIRST_CASE; c <= 2 * table->axis[a].loops; c++, entry++)
      for (int t = 0; t < TACET_TENSORS; t++)
        if (entry->sum.tile[t] > most[t]) most[t] = entry->sum.tile[t];
    for (int t = 0; t < TACET_TENSORS; t++) tile[t] *= most[t];
  }
}

void tacet_largest_tiles(int64_t tile[TACET_TENSORS], const tacet_nest *nest) {
  tacet_table table;
  tacet_table_make(&table, tacet_view_pes(nest));
  largest_of(tile, &table);
}

/* The way between L2 and the PEs. */
static void array_totals(tacet_activity *activity, const tacet_table *table,
                         const tacet_nest *nest, const tacet_link *link) {
  tacet_leaf sum;
  for (int i = TACET_FIRST_STEP; i < table->view.loops; i++) {
    tacet_table_sum(&sum, table, i);
    add_steps(activity, &sum, i == TACET_FIRST_STEP, link);
  }
  largest_of(activity->footprint[nest->storages - 1], table);
  tacet_table_sum(&sum, table, TACET_AFTER_LAST);
  add_last(activity, &sum, link);
}

/* The way between DRAM and L2. */
static void memory_totals(tacet_activity *activity, const tacet_nest *nest) {
  int last = 0;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (nest->position[1][t] > last) last = nest->position[1][t];
  tacet_places places;
  tacet_places_make(&places, nest, last);
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_placed *placed = &places.at[nest->position[1][t]][t];
    tacet_traffic *traffic = &activity->traffic[0][t];
    traffic->fills = traffic->parent_reads = placed->fills;
    traffic->drains = traffic->updates = placed->drains;
    activity->first_words[0][t] = placed->first;
    activity->last_words[0] += placed->last;
    activity->footprint[0][t] = tacet_tensor_size(&nest->layer.tensor[t]);
    activity->footprint[1][t] = placed->footprint;
  }
}

void tacet_totals(tacet_activity *activity, const tacet_table *table,
                  const tacet_nest *nest,
                  const tacet_accelerator *accelerator) {
  memset(activity, 0, sizeof *activity);
  array_totals(activity, table, nest, &accelerator->link[1]);
  memory_totals(activity, nest);
  tacet_traffic *output = &activity->traffic[1][TACET_OUTPUT];
  output->partial_sum_reads =
      output->updates - activity->traffic[0][TACET_OUTPUT].drains;
}

tacet_status tacet_three_levels(const tacet_nest *nest,
                                const tacet_accelerator *accelerator,
                                tacet_error *error) {
  if (nest->storages == 3) return TACET_OK;
  return tacet_fail(error, TACET_INFEASIBLE, &accelerator->place,
                    "only DRAM, L2 and L1 are modelled, not %d levels",
                    nest->storages);
}

tacet_status tacet_activity_totals(tacet_activity *activity,
                                   const tacet_nest *nest,
                                   const tacet_accelerator *accelerator,
                                   tacet_error *error) {
  tacet_status status = tacet_three_levels(nest, accelerator, error);
  if (status) return status;
  tacet_table table;
  tacet_table_make(&table, tacet_view_pes(nest));
  tacet_totals(activity, &table, nest, accelerator);
  return TACET_OK;
}
