/* The totals of a nest's activity (design, section 4): products over axes of
   sums over time. Integers only; knows nothing of cycles, energy or zeros. A layer's MACs fit 53 bits (tacet_layer_make)
   and bound every count here, so nothing can overflow. */
#include "place.h"

#include <string.h>

static int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/* ---- sums over the moments of one kind of step -------------------------- */

static void add_leaf(const tacet_leaf *leaf, void *context) {
  tacet_leaf *sum = context;
  sum->times += leaf->times;
  for (int f = 0; f < TACET_FACTORS; f++)
    sum->factor[f] += leaf->times * leaf->factor[f];
  for (int t = 0; t < TACET_TENSORS; t++)
    sum->tile[t] = larger(sum->tile[t], leaf->tile[t]);
}

/* Product over axes of the sums of all steps at which `advance` advances.
   tile[a] keeps the largest tiles of axis a seen so far. */
static tacet_leaf sum_steps(const tacet_axis *axis, int axes, int advance,
                            int64_t tile[][TACET_TENSORS]) {
  tacet_leaf product = {.times = 1};
  for (int f = 0; f < TACET_FACTORS; f++) product.factor[f] = 1;
  for (int a = 0; a < axes; a++) {
    tacet_leaf sum = {.times = 0};
    tacet_axis_leaves(&axis[a], advance, add_leaf, &sum);
    product.times *= sum.times;
    for (int f = 0; f < TACET_FACTORS; f++) product.factor[f] *= sum.factor[f];
    for (int t = 0; t < TACET_TENSORS; t++)
      tile[a][t] = larger(tile[a][t], sum.tile[t]);
  }
  return product;
}

static int64_t largest_tile(int64_t tile[][TACET_TENSORS], int axes, int t) {
  int64_t product = 1;
  for (int a = 0; a < axes; a++) product *= tile[a][t];
  return product;
}

/* ---- a level above the array -------------------------------------------- */

tacet_placed tacet_place_traffic(const tacet_nest *nest, int slot,
                                 int position) {
  tacet_axis axis[TACET_MAX_DIMS];
  int64_t tile[TACET_MAX_DIMS][TACET_TENSORS] = {{0}};
  tacet_view view = tacet_view_whole(nest, position);
  int axes = tacet_axes(axis, &view);
  tacet_placed placed = {0};
  for (int i = TACET_FIRST_STEP; i < view.loops; i++) {
    tacet_leaf sum = sum_steps(axis, axes, i, tile);
    bool first = i == TACET_FIRST_STEP;
    int64_t held = sum.factor[TACET_HELD + slot];
    if (first) placed.first = held;
    placed.fills += first ? held : held - sum.factor[TACET_KEPT + slot];
    if (!first)
      placed.drains += sum.factor[TACET_LEAVE] - sum.factor[TACET_STAY];
  }
  placed.footprint = largest_tile(tile, axes, slot);
  placed.moves = placed.fills > placed.first;
  if (slot != TACET_OUTPUT) {
    placed.drains = 0;
    return placed;
  }
  tacet_leaf last = sum_steps(axis, axes, TACET_AFTER_LAST, tile);
  placed.moves = placed.drains > 0;
  placed.last = last.factor[TACET_LEAVE];
  placed.drains += placed.last;
  /* what was drained before comes back; the first stay starts from zero */
  placed.fills =
      placed.drains - tacet_tensor_size(&nest->layer.tensor[TACET_OUTPUT]);
  placed.first = 0;
  return placed;
}

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

/* The way between L2 and the PEs. */
static void array_totals(tacet_activity *activity, const tacet_nest *nest,
                         const tacet_link *link) {
  tacet_axis axis[TACET_MAX_DIMS];
  int64_t tile[TACET_MAX_DIMS][TACET_TENSORS] = {{0}};
  tacet_view view = tacet_view_pes(nest);
  int axes = tacet_axes(axis, &view);
  for (int i = TACET_FIRST_STEP; i < view.loops; i++) {
    tacet_leaf sum = sum_steps(axis, axes, i, tile);
    add_steps(activity, &sum, i == TACET_FIRST_STEP, link);
  }
  int l1 = nest->storages - 1;
  for (int t = 0; t < TACET_TENSORS; t++)
    activity->footprint[l1][t] = largest_tile(tile, axes, t);
  tacet_leaf last = sum_steps(axis, axes, TACET_AFTER_LAST, tile);
  add_last(activity, &last, link);
}

/* The way between DRAM and L2. */
static void memory_totals(tacet_activity *activity, const tacet_nest *nest) {
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_placed placed = tacet_place_traffic(nest, t, nest->position[1][t]);
    tacet_traffic *traffic = &activity->traffic[0][t];
    traffic->fills = traffic->parent_reads = placed.fills;
    traffic->drains = traffic->updates = placed.drains;
    activity->first_words[0][t] = placed.first;
    activity->last_words[0] += placed.last;
    activity->footprint[0][t] = tacet_tensor_size(&nest->layer.tensor[t]);
    activity->footprint[1][t] = placed.footprint;
  }
}

tacet_status tacet_activity_totals(tacet_activity *activity,
                                   const tacet_nest *nest,
                                   const tacet_accelerator *accelerator,
                                   tacet_error *error) {
  if (nest->storages != 3)
    return tacet_fail(error, TACET_INFEASIBLE, &accelerator->place,
                      "only DRAM, L2 and L1 are modelled, not %d levels",
                      nest->storages);
  memset(activity, 0, sizeof *activity);
  array_totals(activity, nest, &accelerator->link[1]);
  memory_totals(activity, nest);
  tacet_traffic *output = &activity->traffic[1][TACET_OUTPUT];
  output->partial_sum_reads =
      output->updates - activity->traffic[0][TACET_OUTPUT].drains;
  return TACET_OK;
}
