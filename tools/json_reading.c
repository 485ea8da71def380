/* One reading of a layer as JSON: figures, counts, timeline, cost. The dense
   and the sparse reading have the same fields. */
#include "json_parts.h"

#include "../sparse/spelling.h"

#define DOUBLE(type, member)                                                   \
  { #member, TACET_MEMBER_DOUBLE, offsetof(type, member) }
#define MEMBERS(object, whole, table)                                          \
  tacet_json_members(object, whole, table, sizeof table / sizeof *table)

/* ---- counts ------------------------------------------------------------- */

/* The dense reading does all that is algorithmic. */
static json_t *split_json(const tacet_split *split, const tacet_split *dense) {
  static const tacet_member members[] = {DOUBLE(tacet_split, actual),
                                         DOUBLE(tacet_split, gated),
                                         DOUBLE(tacet_split, skipped)};
  json_t *object = json_object();
  tacet_json_set(&object, "algorithmic", tacet_json_number(dense->actual));
  MEMBERS(&object, split, members);
  return object;
}

static json_t *flow_json(const tacet_flow *flow, const tacet_flow *dense) {
  static const tacet_member bits[] = {DOUBLE(tacet_flow, payload_bits_in),
                                      DOUBLE(tacet_flow, metadata_bits_in),
                                      DOUBLE(tacet_flow, payload_bits_out),
                                      DOUBLE(tacet_flow, metadata_bits_out)};
  json_t *object = json_object();
  tacet_json_set(&object, "fills", split_json(&flow->fills, &dense->fills));
  tacet_json_set(&object, "parent_reads",
                 split_json(&flow->parent_reads, &dense->parent_reads));
  tacet_json_set(&object, "drains", split_json(&flow->drains, &dense->drains));
  tacet_json_set(&object, "updates",
                 split_json(&flow->updates, &dense->updates));
  tacet_json_set(
      &object, "partial_sum_reads",
      split_json(&flow->partial_sum_reads, &dense->partial_sum_reads));
  MEMBERS(&object, flow, bits);
  return object;
}

static json_t *boundary_json(const tacet_counts *counts,
                             const tacet_counts *dense, int boundary) {
  json_t *object = json_object();
  const double *first = counts->first_bits[boundary];
  for (int t = 0; t < TACET_TENSORS; t++)
    tacet_json_set(
        &object, tacet_slot_name(t),
        flow_json(&counts->flow[boundary][t], &dense->flow[boundary][t]));
  tacet_json_set(&object, "first_bits",
                 tacet_json_number(first[TACET_WEIGHT] + first[TACET_INPUT]));
  tacet_json_set(&object, "last_bits",
                 tacet_json_number(counts->last_bits[boundary]));
  return object;
}

static json_t *counts_json(const tacet_counts *counts,
                           const tacet_counts *dense,
                           const tacet_accelerator *accelerator) {
  static const tacet_member members[] = {
      DOUBLE(tacet_counts, steps), DOUBLE(tacet_counts, busiest),
      DOUBLE(tacet_counts, mean_slots), DOUBLE(tacet_counts, active_pes),
      DOUBLE(tacet_counts, peak_active_pes)};
  json_t *object = json_object(), *reads = json_object();
  MEMBERS(&object, counts, members);
  tacet_json_set(&object, "macs", split_json(&counts->macs, &dense->macs));
  for (int t = 0; t < TACET_TENSORS; t++)
    tacet_json_set(&reads, tacet_slot_name(t),
                   split_json(&counts->l1_reads[t], &dense->l1_reads[t]));
  tacet_json_set(&object, "l1_reads", reads);
  tacet_json_set(&object, "l1_writes",
                 split_json(&counts->l1_writes, &dense->l1_writes));
  for (int b = 0; b < accelerator->storages - 1; b++)
    tacet_json_set(&object, tacet_boundary_name(accelerator, b).text,
                   boundary_json(counts, dense, b));
  return object;
}

/* ---- cost --------------------------------------------------------------- */

static json_t *timeline_json(const tacet_timeline *timeline) {
  static const tacet_member members[] = {
      DOUBLE(tacet_timeline, compute), DOUBLE(tacet_timeline, in),
      DOUBLE(tacet_timeline, out), DOUBLE(tacet_timeline, steps)};
  json_t *object = json_object();
  MEMBERS(&object, timeline, members);
  return object;
}

/* The part of each storage level and network beyond DRAM, L2, noc and L1. */
static void add_cluster_energies(json_t **object, const tacet_energy *energy,
                                 const tacet_accelerator *accelerator) {
  for (int s = 2; s < accelerator->storages - 1; s++) {
    tacet_json_set(object, accelerator->storage[s].name,
                   tacet_json_number(energy->storage[s]));
    tacet_json_set(object, tacet_boundary_name(accelerator, s - 1).text,
                   tacet_json_number(energy->link[s - 1]));
  }
}

static json_t *cost_json(const tacet_cost *cost,
                         const tacet_accelerator *accelerator) {
  static const tacet_member members[] = {
      DOUBLE(tacet_cost, cycles),
      DOUBLE(tacet_cost, compute_cycles),
      DOUBLE(tacet_cost, noc_cycles),
      DOUBLE(tacet_cost, cluster_cycles),
      DOUBLE(tacet_cost, dram_cycles),
      DOUBLE(tacet_cost, utilisation),
      DOUBLE(tacet_cost, imbalance),
      DOUBLE(tacet_cost, noc_bits_per_cycle),
      DOUBLE(tacet_cost, dram_bits_per_cycle),
      DOUBLE(tacet_cost, seconds)};
  static const tacet_member energies[] = {
      DOUBLE(tacet_energy, mac),      DOUBLE(tacet_energy, l1),
      DOUBLE(tacet_energy, noc),      DOUBLE(tacet_energy, l2),
      DOUBLE(tacet_energy, dram),     DOUBLE(tacet_energy, metadata),
      DOUBLE(tacet_energy, clusters), DOUBLE(tacet_energy, total)};
  json_t *object = json_object(), *energy = json_object();
  MEMBERS(&object, cost, members);
  tacet_json_set(&object, "bound",
                 tacet_json_text(tacet_bound_names[cost->bound]));
  MEMBERS(&energy, &cost->energy, energies);
  add_cluster_energies(&energy, &cost->energy, accelerator);
  tacet_json_set(&object, "energy_pJ", energy);
  return object;
}

/* ---- all ---------------------------------------------------------------- */

/* By buffer, tensor and figure, with the keys of the columns. */
static json_t *buffers_json(const tacet_figures *figures) {
  json_t *object = json_object();
  for (int i = 0; i < figures->buffers; i++) {
    const tacet_buffer *buffer = &figures->buffer[i];
    json_t *tensors = json_object();
    for (int t = 0; t < TACET_TENSORS; t++) {
      json_t *one = json_object();
      for (int f = 0; f < TACET_BUFFER_FIGURES; f++)
        tacet_json_set(&one, tacet_buffer_columns[f].key,
                       tacet_json_number(buffer->figure[t][f]));
      tacet_json_set(&tensors, tacet_slot_name(t), one);
    }
    tacet_json_set(&object, buffer->name, tensors);
  }
  return object;
}

json_t *tacet_json_figures(const tacet_row *row) {
  json_t *object = json_object();
  tacet_json_set(&object, "exact", json_boolean(row->now->exact));
  tacet_json_set(&object, "kind",
                 tacet_json_text(tacet_figures_kind(row->now)));
  for (int c = 0; c < tacet_column_count; c++) {
    if (tacet_columns[c].kind == TACET_KEY) continue;
    const tacet_value value = tacet_columns[c].get(row);
    tacet_json_set(&object, tacet_columns[c].key,
                   value.text ? tacet_json_text(value.text)
                              : tacet_json_number(value.number));
  }
  if (row->now->buffers > 0)
    tacet_json_set(&object, "buffers", buffers_json(row->now));
  return object;
}

json_t *tacet_json_reading(const tacet_report *report, int layer, int design,
                           int reading) {
  const tacet_row row = tacet_report_row(report, layer, design, reading);
  const tacet_point *point = tacet_job_point(report->job, layer, design);
  const tacet_outcome *now = &point->outcome[reading];
  const tacet_counts *dense = &point->outcome[TACET_DENSE].counts;
  const tacet_accelerator *accelerator =
      &report->job->design[design].accelerator;
  json_t *object = tacet_json_figures(&row);
  tacet_json_set(&object, "counts",
                 counts_json(&now->counts, dense, accelerator));
  tacet_json_set(&object, "timeline_cycles", timeline_json(&now->timeline));
  tacet_json_set(&object, "cost", cost_json(&now->cost, accelerator));
  return object;
}
