/* The sparse reading with real masks: every step, every PE, exact counts. */
#include "../../dense/activity/kept_steps.h"
#include "../../dense/cost/pace.h"
#include "arrival.h"
#include "drains.h"
#include "macs.h"
#include "../reading.h"
#include "register_reads.h"
#include "slots.h"

#include <stdlib.h>
#include <string.h>

typedef struct run {
  const tacet_reading *reading;
  tacet_array array;
  tacet_macs macs;
  tacet_arrival arrival[TACET_OUTPUT];
  tacet_register_reads registers;
  tacet_drains drains;
  int along; /* dimension of a vector */
  tacet_pace pace;
  tacet_pace_unit *unit; /* owned; [pes] */
  /* where clusters have buffers, or L1 keeps tiles: owned; [steps] the bits out
     of the PEs that would move without zeros */
  double *bits_out;
  int64_t steps, room;
  bool full; /* there was no memory for a step */
} run;

static void add_split(tacet_split *sum, const tacet_split *more) {
  sum->actual += more->actual;
  sum->gated += more->gated;
  sum->skipped += more->skipped;
}

/* ---- compute ------------------------------------------------------------ */

/* L1 accesses of a PE that take time; counts those that no register saves. */
static double pe_accesses(run *r, int64_t pe, const tacet_pe_work *work,
                          const tacet_pe_box *box) {
  tacet_counts *counts = r->reading->counts;
  const bool *holds = r->reading->accelerator->registers;
  double accesses = tacet_register_reads_box(&r->registers, pe, box, &r->macs);
  for (int t = 0; t < TACET_TENSORS; t++) {
    if (holds[t]) continue;
    add_split(&counts->l1_reads[t], &work->reads[t]);
    if (t == TACET_OUTPUT) add_split(&counts->l1_writes, &work->reads[t]);
    accesses += tacet_pe_accesses(work, t);
  }
  return accesses;
}

/* Slots of a PE: its own count for scalars, else by the issue. */
static double pe_slots(const run *r, int64_t number, const tacet_pe_work *pe,
                       const tacet_pe_box *box) {
  const tacet_issue *issue = &r->reading->accelerator->issue;
  if (issue->kind == TACET_ISSUE_VECTOR)
    return tacet_vector_slots(&r->macs, number, box, r->along, issue->width);
  if (issue->kind == TACET_ISSUE_OUTER)
    return tacet_outer_slots(&r->macs, number, box, issue);
  return tacet_pe_slots(pe);
}

/* Candidates of a PE's search for pairs. */
static double examined(const run *r, const tacet_mac_counts *macs) {
  const tacet_examined kind = r->reading->accelerator->intersection.examined;
  double candidates = 0;
  for (int v = TACET_ACTUAL; v <= TACET_SKIPPED; v++)
    for (int p = 0; p < TACET_PATTERNS; p++)
      if (macs->of[v][p] > 0 && tacet_is_candidate(&r->macs.table[v], p, kind))
        candidates += macs->of[v][p];
  return candidates;
}

/* Slots that outputs take to leave a PE. */
static double passed_on(const run *r, int64_t pe) {
  return r->drains.passes_on ? (double)r->drains.left[pe] : 0;
}

/* Of PEs that have nothing else to do. */
static void pass_on_idly(run *r) {
  for (int64_t pe = 0; r->drains.passes_on && pe < r->array.pes; pe++) {
    const tacet_work work = {.occurrences = 1, .slots = passed_on(r, pe)};
    if (!r->drains.child.held[pe].any && work.slots > 0)
      tacet_pace_work(&r->pace, pe, &work);
  }
}

static void add_pe(run *r, const int at[TACET_MAX_DIMS]) {
  tacet_counts *counts = r->reading->counts;
  tacet_mac_counts macs;
  tacet_pe_box box;
  tacet_pe_work pe = {.macs = {0}};
  int64_t number = tacet_array_pe(&r->array, at);
  tacet_array_box(&box, &r->array, at);
  tacet_macs_count(&macs, &r->macs, number, &box);
  for (int v = TACET_ACTUAL; v <= TACET_SKIPPED; v++)
    tacet_pe_work_add(&pe, &r->macs.table[v], macs.of[v]);
  add_split(&counts->macs, &pe.macs);
  tacet_work work = {.occurrences = 1,
                     .slots =
                         pe_slots(r, number, &pe, &box) + passed_on(r, number),
                     .l1_accesses = pe_accesses(r, number, &pe, &box),
                     .sums = tacet_pe_slots(&pe),
                     .examined = examined(r, &macs)};
  tacet_pace_work(&r->pace, number, &work);
}

static void compute_step(run *r) {
  int at[TACET_MAX_DIMS] = {0};
  do add_pe(r, at);
  while (tacet_array_next(&r->array, at));
  pass_on_idly(r);
  r->registers.step++;
}

/* ---- transfers ---------------------------------------------------------- */

static bool moves(const run *r, int slot) {
  const tacet_steps *steps = &r->array.steps;
  const tacet_tensor *tensor = &r->array.nest->layer->tensor[slot];
  for (int k = 0; k < tensor->ranks; k++) {
    for (int i = 0; i < tensor->rank[k].terms; i++) {
      const tacet_chain *chain = &steps->chain[tensor->rank[k].term[i].dim];
      int last = chain->loops - 1;
      if (steps->advance == TACET_FIRST_STEP) return true;
      if (last >= 0 && chain->place[last] >= steps->advance) return true;
    }
  }
  return false;
}

static void add_flow(tacet_flow *flow, const tacet_moved *moved) {
  add_split(&flow->fills, &moved->fills);
  add_split(&flow->parent_reads, &moved->parent_reads);
  flow->payload_bits_in += moved->bits.payload;
  flow->metadata_bits_in += moved->bits.metadata;
}

static void operands_step(run *r, tacet_work *work) {
  tacet_counts *counts = r->reading->counts;
  int noc = r->array.nest->storages - 2;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    tacet_moved moved;
    if (!r->arrival[t].kept.keeps && !moves(r, t)) continue;
    tacet_arrival_step(&moved, &r->arrival[t], &r->array);
    add_flow(&counts->flow[noc][t], &moved);
    double bits = moved.bits.payload + moved.bits.metadata;
    if (r->array.steps.advance == TACET_FIRST_STEP)
      counts->first_bits[noc][t] = bits;
    else
      work->bits_in[t] = bits;
  }
}

/* Outputs that leave the PEs as the step begins, if L1 keeps no tiles and no
   rule guards them. */
static double words_out(const run *r) {
  const tacet_steps *steps = &r->array.steps;
  const tacet_layer *layer = r->array.nest->layer;
  const tacet_link *link = &r->reading->accelerator->link[1];
  double leave = 1, stay = 1;
  for (int d = 0; d < layer->dims; d++) {
    tacet_tile_sums sums = tacet_tiles_sum(&steps->chain[d], &steps->moment[d]);
    bool out = false;
    const tacet_tensor *output = &layer->tensor[TACET_OUTPUT];
    for (int k = 0; k < output->ranks; k++)
      if (output->rank[k].term[0].dim == d) out = true;
    if (out) {
      leave *= (double)sums.before_length;
      stay *= sums.still ? (double)sums.length : 0;
    } else if (link->reduction) {
      stay *= sums.both == sums.before_active;
    } else {
      leave *= (double)sums.before_active;
      stay *= (double)sums.both;
    }
  }
  return leave - stay;
}

/* ---- outputs that no zero changes --------------------------------------- */

static bool lists_steps(const run *r) {
  return r->reading->nest->storages > 3 || tacet_l1_keeps(r->reading->nest);
}

static bool keep_step(const tacet_product *product, void *context) {
  run *r = context;
  const tacet_accelerator *accelerator = r->reading->accelerator;
  tacet_step_class step;
  tacet_product_step(&step, product,
                     &accelerator->link[accelerator->storages - 2], NULL);
  if (r->steps == r->room) {
    const int64_t room = r->room ? 2 * r->room : 256;
    double *more = realloc(r->bits_out, (size_t)room * sizeof *more);
    r->full = more == NULL;
    if (!more) return false;
    r->bits_out = more;
    r->room = room;
  }
  r->bits_out[r->steps] =
      (double)(step.words_out * accelerator->width_bits[TACET_OUTPUT]);
  r->steps++;
  return true;
}

static tacet_status list_steps(run *r, tacet_error *error) {
  tacet_table table;
  tacet_table_make(&table, tacet_view_pes(r->reading->nest));
  tacet_nest_products(&table, r->reading->nest, true, keep_step, r);
  r->steps = 0;
  if (!r->full) return TACET_OK;
  return tacet_fail(error, TACET_NO_MEMORY, NULL, "no memory for steps");
}

/* ---- DRAM --------------------------------------------------------------- */

static tacet_status walk_memory(run *r, int slot, tacet_arrival *arrival,
                                tacet_stays *stays, tacet_error *error) {
  const tacet_nest *nest = r->reading->nest;
  tacet_counts *counts = r->reading->counts;
  tacet_flow *flow = &counts->flow[0][slot];
  tacet_steps steps;
  tacet_steps_start(&steps, tacet_view_whole(nest, nest->position[1][slot]));
  memset(flow, 0, sizeof *flow);
  do {
    tacet_moved moved;
    tacet_status status = tacet_stays_of_l2(stays, &steps, error);
    if (status) return status;
    tacet_arrival_whole(&moved, arrival, &steps, stays);
    add_flow(flow, &moved);
    if (steps.advance == TACET_FIRST_STEP)
      counts->first_bits[0][slot] = moved.bits.payload + moved.bits.metadata;
  } while (tacet_steps_next(&steps));
  return TACET_OK;
}

static tacet_status memory_operand(run *r, int slot, tacet_error *error) {
  const tacet_reading *reading = r->reading;
  const tacet_features rules = tacet_rules_of_dram(reading->features, slot);
  tacet_arrival arrival;
  tacet_stays stays;
  tacet_status status =
      tacet_stays_make(&stays, reading->nest, &rules, r->array.mask, 1, error);
  if (!status) {
    status =
        tacet_arrival_make(&arrival, reading->nest, &rules, r->array.mask[slot],
                           slot, 0, reading->accelerator, error);
    if (!status) status = walk_memory(r, slot, &arrival, &stays, error);
    tacet_arrival_free(&arrival);
  }
  tacet_stays_free(&stays);
  return status;
}

/* ---- buffers at cluster boundaries -------------------------------------- */

static tacet_status walk_buffers(run *r, int b, int slot, tacet_array *array,
                                 tacet_arrival *arrival, tacet_error *error) {
  tacet_counts *counts = r->reading->counts;
  tacet_flow *flow = &counts->flow[b][slot];
  memset(flow, 0, sizeof *flow);
  do {
    tacet_moved moved;
    tacet_status status = tacet_array_step(array, error);
    if (!status) status = tacet_array_find_stays(array, error);
    if (status) return status;
    tacet_arrival_step(&moved, arrival, array);
    add_flow(flow, &moved);
    if (array->steps.advance == TACET_FIRST_STEP)
      counts->first_bits[b][slot] = moved.bits.payload + moved.bits.metadata;
  } while (tacet_steps_next(&array->steps));
  return TACET_OK;
}

/* What an operand brings over boundary b into such buffers. */
static tacet_status buffers_operand(run *r, int b, int slot,
                                    tacet_error *error) {
  const tacet_reading *reading = r->reading;
  tacet_array array;
  tacet_arrival arrival;
  tacet_status status =
      tacet_array_make_buffers(&array, reading->nest, reading->features,
                               reading->sparsity, b + 1, slot, error);
  if (status) return status;
  status = tacet_arrival_make(&arrival, reading->nest, reading->features,
                              array.mask[slot], slot, b, reading->accelerator,
                              error);
  if (!status) status = tacet_arrival_keep(&arrival, &array, error);
  if (!status) status = walk_buffers(r, b, slot, &array, &arrival, error);
  tacet_arrival_free(&arrival);
  tacet_array_free(&array);
  return status;
}

/* What drains over boundary b, where a rule guards it. */
static void end_flow(const run *r, int b, const tacet_drains *drains,
                     int64_t last) {
  tacet_counts *counts = r->reading->counts;
  const double width =
      (double)r->reading->accelerator->width_bits[TACET_OUTPUT];
  counts->last_bits[b] = (double)last * width;
  counts->flow[b][TACET_OUTPUT] = drains->flow;
  counts->flow[b][TACET_OUTPUT].payload_bits_out = (double)drains->sent * width;
}

static tacet_status walk_drains(tacet_drains *drains, tacet_array *array,
                                tacet_error *error) {
  do {
    tacet_status status = tacet_array_step(array, error);
    if (status) return status;
    tacet_drains_step(drains, false);
    status = tacet_array_find_stays(array, error);
    if (status) return status;
  } while (tacet_steps_next(&array->steps));
  return TACET_OK;
}

/* What leaves such buffers over boundary b. */
static tacet_status buffers_outputs(const run *r, int b, tacet_error *error) {
  const tacet_reading *reading = r->reading;
  tacet_array array;
  tacet_drains drains;
  tacet_status status =
      tacet_array_make_buffers(&array, reading->nest, reading->features,
                               reading->sparsity, b + 1, TACET_OUTPUT, error);
  if (status) return status;
  status = tacet_drains_make(&drains, &array, reading->accelerator, error);
  if (!status && drains.guarded) {
    status = walk_drains(&drains, &array, error);
    if (!status) end_flow(r, b, &drains, tacet_drains_step(&drains, true));
  }
  tacet_drains_free(&drains);
  tacet_array_free(&array);
  return status;
}

/* An operand on its way into all levels but L1. */
static tacet_status outer_operand(run *r, int slot, tacet_error *error) {
  tacet_status status = memory_operand(r, slot, error);
  for (int b = 1; b < r->reading->nest->storages - 2 && !status; b++)
    status = buffers_operand(r, b, slot, error);
  return status;
}

/* ---- the run ------------------------------------------------------------ */

static void start_counts(run *r) {
  tacet_counts *counts = r->reading->counts;
  int noc = r->array.nest->storages - 2;
  counts->macs = counts->l1_writes = (tacet_split){0, 0, 0};
  memset(counts->l1_reads, 0, sizeof counts->l1_reads);
  memset(counts->first_bits[0], 0, sizeof counts->first_bits[0]);
  memset(counts->first_bits[noc], 0, sizeof counts->first_bits[noc]);
  for (int t = 0; t < TACET_OUTPUT; t++)
    memset(&counts->flow[noc][t], 0, sizeof counts->flow[noc][t]);
}

/* The step's transfers out of the PEs, and once its stays are known into
   them. */
static void move_out(run *r, tacet_work *work) {
  const double width =
      (double)r->reading->accelerator->width_bits[TACET_OUTPUT];
  const double listed = lists_steps(r) ? r->bits_out[r->steps++] : 0;
  int64_t sent = 0;
  if (tacet_drains_matter(&r->drains))
    sent = tacet_drains_step(&r->drains, false);
  double bits;
  if (r->drains.guarded)
    bits = (double)sent * width;
  else
    bits = lists_steps(r) ? listed : words_out(r) * width;
  if (r->array.steps.advance != TACET_FIRST_STEP) work->bits_out = bits;
}

/* What PEs still hold leaves after the last step; if it takes slots, in a step
   of its own. */
static void end_drains(run *r) {
  const int64_t sent = tacet_drains_step(&r->drains, true);
  pass_on_idly(r);
  if (r->drains.passes_on)
    tacet_pace_step(&r->pace, &(tacet_work){.occurrences = 1});
  if (r->drains.guarded)
    end_flow(r, r->array.nest->storages - 2, &r->drains, sent);
}

static tacet_status walk(run *r, tacet_error *error) {
  const tacet_reading *reading = r->reading;
  do {
    tacet_work work = {.occurrences = 1};
    tacet_status status = tacet_array_step(&r->array, error);
    if (status) return status;
    move_out(r, &work);
    status = tacet_array_find_stays(&r->array, error);
    if (status) return status;
    compute_step(r);
    operands_step(r, &work);
    tacet_pace_step(&r->pace, &work);
  } while (tacet_steps_next(&r->array.steps));
  tacet_register_reads_end(&r->registers);
  if (tacet_drains_matter(&r->drains)) end_drains(r);
  tacet_pace_end(&r->pace);
  reading->counts->busiest = r->pace.busiest;
  *reading->timeline = r->pace.timeline;
  return TACET_OK;
}

static tacet_status make_pace(run *r, tacet_error *error) {
  r->unit = calloc((size_t)r->array.pes, sizeof *r->unit);
  if (!r->unit)
    return tacet_fail(error, TACET_NO_MEMORY, NULL,
                      "no memory for the work of %lld PEs",
                      (long long)r->array.pes);
  tacet_pace_start(&r->pace, r->reading->accelerator, r->unit, r->array.pes);
  return TACET_OK;
}

static tacet_status make_run(run *r, tacet_error *error) {
  const tacet_reading *reading = r->reading;
  tacet_status status = tacet_array_make(
      &r->array, reading->nest, reading->features, reading->sparsity, error);
  if (!status) status = make_pace(r, error);
  if (!status)
    status =
        tacet_register_reads_make(&r->registers, reading->nest,
                                  reading->accelerator, reading->counts, error);
  if (!status)
    status = tacet_issue_dim(&r->along, reading->accelerator,
                             reading->nest->layer, error);
  if (!status) status = tacet_macs_make(&r->macs, &r->array, error);
  for (int t = 0; t < TACET_OUTPUT && !status; t++) {
    status = tacet_arrival_make(
        &r->arrival[t], reading->nest, reading->features, r->array.mask[t], t,
        reading->nest->storages - 2, reading->accelerator, error);
    if (!status) status = tacet_arrival_keep(&r->arrival[t], &r->array, error);
  }
  if (!status)
    status =
        tacet_drains_make(&r->drains, &r->array, reading->accelerator, error);
  if (!status && lists_steps(r)) status = list_steps(r, error);
  return status;
}

static void free_run(run *r) {
  for (int t = 0; t < TACET_OUTPUT; t++) tacet_arrival_free(&r->arrival[t]);
  tacet_macs_free(&r->macs);
  tacet_drains_free(&r->drains);
  free(r->bits_out);
  free(r->unit);
  tacet_register_reads_free(&r->registers);
  tacet_array_free(&r->array);
}

tacet_status tacet_read_masks(const tacet_reading *reading,
                              tacet_error *error) {
  run r = {.reading = reading};
  tacet_status status = make_run(&r, error);
  if (!status) {
    start_counts(&r);
    for (int t = 0; t < TACET_OUTPUT && !status; t++)
      status = outer_operand(&r, t, error);
    for (int b = 1; b < reading->nest->storages - 2 && !status; b++)
      status = buffers_outputs(&r, b, error);
    if (!status) status = walk(&r, error);
    tacet_counts *counts = reading->counts;
    counts->mean_slots =
        (counts->macs.actual + counts->macs.gated) / counts->peak_active_pes /
        (double)tacet_issue_multipliers(&reading->accelerator->issue);
    counts->mean_slots += tacet_passed_on_evenly(reading);
  }
  free_run(&r);
  return status;
}
