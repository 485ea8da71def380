/* The sparse reading with densities: classes of steps, thinned by what the
   uniform model expects. */
#include "../dense/activity.h"
#include "odds.h"

#include <string.h>

typedef struct run {
  const tacet_reading *reading;
  tacet_odds odds;
  bool started;
  int slot;       /* of a walk of L2's view */
  tacet_work sum; /* one wait at the end: of the largest PE, on average */
  double stretch; /* of it: the busiest PE's work over the mean */
} run;

static tacet_split share_of(const tacet_split *share, double count) {
  return (tacet_split){share->actual * count, share->gated * count,
                       share->skipped * count};
}

/* ---- transfers ---------------------------------------------------------- */

typedef struct transfer {
  double words; /* on the way, zeros included */
  tacet_grid grid;
  double times; /* transfers like this */
} transfer;

static tacet_bits transfer_bits(const run *r, int slot, tacet_format format,
                                const transfer *t) {
  double width = (double)r->reading->accelerator->width_bits[slot];
  if (t->words <= 0) return (tacet_bits){0, 0};
  if (format == TACET_UNCOMPRESSED)
    return (tacet_bits){t->times * t->words * width, 0};
  tacet_uniform model = r->odds.model[slot];
  double entries = t->words * tacet_uniform_density(model);
  if (format == TACET_RLC)
    entries = tacet_rlc_expected_entries((int64_t)t->words, TACET_RLC_RUN_BITS,
                                         model.elements, model.nonzeros);
  tacet_bits bits = tacet_format_bits(
      format, t->grid, entries, r->reading->accelerator->width_bits[slot]);
  return (tacet_bits){t->times * bits.payload, t->times * bits.metadata};
}

/* The grid of what one PE receives, when each gets its own transfer. */
static tacet_grid child_grid(const run *r, int slot,
                             const tacet_step_shape *shape, double words) {
  const tacet_tensor *tensor = &r->reading->nest->layer.tensor[slot];
  tacet_grid grid = {1, 1};
  for (int k = 0; k < tensor->row_ranks; k++)
    for (int i = 0; i < tensor->rank[k].terms; i++)
      grid.rows *= shape->box[tensor->rank[k].term[i].dim];
  grid.columns = (int64_t)(words / (double)grid.rows + 0.5);
  if (grid.columns < 1) grid.columns = 1;
  return grid;
}

/* Splits `words` that arrive: gated, skipped, and zero under compression. */
static tacet_split arriving(const run *r, int slot, tacet_format format,
                            double words, double gated, double skipped) {
  double density = tacet_uniform_density(r->odds.model[slot]);
  double sent = format == TACET_UNCOMPRESSED ? 1 : density;
  bool itself = r->odds.passage[slot].by_itself && format != TACET_UNCOMPRESSED;
  if (itself) gated = skipped = 0; /* nothing is sent of an empty tile */
  return (tacet_split){words * sent * (1 - gated - skipped),
                       words * sent * gated,
                       words * (1 - sent * (1 - skipped))};
}

static void add_split(tacet_split *sum, tacet_split more) {
  sum->actual += more.actual;
  sum->gated += more.gated;
  sum->skipped += more.skipped;
}

static double operand_bits(run *r, int slot, const tacet_step_class *step,
                           const tacet_step_shape *shape) {
  const tacet_reading *reading = r->reading;
  int noc = reading->nest->storages - 2;
  tacet_format format = reading->features->format[noc + 1][slot];
  const tacet_passage *pass = &r->odds.passage[slot];
  double times = (double)step->occurrences;
  double fills = (double)step->fills[slot];
  transfer way = {(double)step->words_in[slot],
                  {shape->rows[slot], shape->columns[slot]},
                  1 - pass->all_skipped};
  if (!reading->accelerator->link[noc].multicast) {
    way.times = (double)step->active_pes * (1 - pass->skipped);
    way.words = fills / (double)step->active_pes;
    way.grid = child_grid(r, slot, shape, way.words);
  }
  tacet_bits bits = transfer_bits(r, slot, format, &way);
  tacet_flow *flow = &reading->counts->flow[noc][slot];
  tacet_split filled =
      arriving(r, slot, format, fills, pass->gated, pass->skipped);
  tacet_split read = filled;
  if (reading->accelerator->link[noc].multicast)
    read = arriving(r, slot, format, (double)step->words_in[slot],
                    pass->all_gated, pass->all_skipped);
  add_split(&flow->fills, share_of(&filled, times));
  add_split(&flow->parent_reads, share_of(&read, times));
  flow->payload_bits_in += times * bits.payload;
  flow->metadata_bits_in += times * bits.metadata;
  return bits.payload + bits.metadata;
}

static const int64_t one_pe[TACET_MAX_DIMS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/* What one PE works on over the whole run, evenly dealt. */
static void run_box(const run *r, const int64_t units[TACET_MAX_DIMS],
                    int64_t box[TACET_MAX_DIMS]) {
  const tacet_layer *layer = &r->odds.reading->nest->layer;
  for (int d = 0; d < layer->dims; d++)
    box[d] = (layer->dim[d].size + units[d] - 1) / units[d];
}

/* How much more the busiest of units[] PEs does over the run than one does on
   average. */
static double run_stretch(const run *r, const int64_t units[TACET_MAX_DIMS]) {
  int64_t box[TACET_MAX_DIMS];
  tacet_work busiest = {0}, mean = {0};
  run_box(r, units, box);
  tacet_expect_work(&busiest, &r->odds, box, units);
  tacet_expect_work(&mean, &r->odds, box, one_pe);
  return mean.slots > 0 ? busiest.slots / mean.slots : 1;
}

/* A step after which nobody waits: only its transfers take time in it. */
static void add_to_sum(run *r, const tacet_step_class *step,
                       const tacet_step_shape *shape) {
  tacet_work mean = {0};
  tacet_expect_work(&mean, &r->odds, shape->box, one_pe);
  r->sum.slots += (double)step->occurrences * mean.slots;
  r->sum.l1_accesses += (double)step->occurrences * mean.l1_accesses;
  if (!r->started) r->stretch = run_stretch(r, shape->units);
}

/* The only wait: for the busiest PE's sum over the run, which without zeros
   would be `most` slots. */
static void end_sum(run *r, double most) {
  const tacet_reading *reading = r->reading;
  tacet_work whole = {.occurrences = 1, .slots = r->sum.slots * r->stretch};
  if (whole.slots > most) whole.slots = most;
  if (r->sum.slots > 0)
    whole.l1_accesses = whole.slots / r->sum.slots * r->sum.l1_accesses;
  reading->counts->busiest = whole.slots;
  tacet_timeline_add(reading->timeline, &whole, reading->accelerator);
}

static bool add_class(const tacet_step_class *step,
                      const tacet_step_shape *shape, void *context) {
  run *r = context;
  const tacet_reading *reading = r->reading;
  tacet_counts *counts = reading->counts;
  int noc = reading->nest->storages - 2;
  tacet_work work = {.occurrences = (double)step->occurrences};
  if (reading->accelerator->sync == TACET_SYNC_STEP)
    tacet_expect_work(&work, &r->odds, shape->box, shape->units);
  else
    add_to_sum(r, step, shape);
  for (int t = 0; t < TACET_OUTPUT; t++)
    work.bits_in += operand_bits(r, t, step, shape);
  if (!r->started) {
    counts->first_bits[noc] = work.bits_in;
    work.bits_in = 0;
  }
  r->started = true;
  work.bits_out = (double)(step->words_out *
                           reading->accelerator->width_bits[TACET_OUTPUT]);
  counts->busiest += work.occurrences * work.slots;
  tacet_timeline_add(reading->timeline, &work, reading->accelerator);
  return true;
}

/* ---- DRAM --------------------------------------------------------------- */

static bool add_memory_class(const tacet_step_class *step,
                             const tacet_step_shape *shape, void *context) {
  run *r = context;
  const tacet_reading *reading = r->reading;
  tacet_flow *flow = &reading->counts->flow[0][r->slot];
  transfer way = {(double)step->words_in[r->slot],
                  {shape->rows[r->slot], shape->columns[r->slot]},
                  1};
  tacet_bits bits =
      transfer_bits(r, r->slot, reading->features->format[1][r->slot], &way);
  if (!r->started)
    reading->counts->first_bits[0] += bits.payload + bits.metadata;
  r->started = true;
  flow->payload_bits_in += (double)step->occurrences * bits.payload;
  flow->metadata_bits_in += (double)step->occurrences * bits.metadata;
  return true;
}

static void memory_operand(run *r, int slot) {
  const tacet_reading *reading = r->reading;
  tacet_flow *flow = &reading->counts->flow[0][slot];
  tacet_format format = reading->features->format[1][slot];
  double words = flow->fills.actual;
  double sent = words;
  if (format != TACET_UNCOMPRESSED)
    sent = words * tacet_uniform_density(r->odds.model[slot]);
  flow->fills = flow->parent_reads = (tacet_split){sent, 0, words - sent};
  flow->payload_bits_in = flow->metadata_bits_in = 0;
  r->slot = slot;
  r->started = false;
  tacet_link link = {.multicast = true};
  tacet_table table;
  tacet_table_make(&table, tacet_view_whole(reading->nest,
                                            reading->nest->position[1][slot]));
  tacet_classes(&table, &link, add_memory_class, r);
}

/* ---- the run ------------------------------------------------------------ */

tacet_status tacet_read_models(const tacet_reading *reading,
                               tacet_error *error) {
  run r = {.reading = reading};
  tacet_status status = tacet_odds_make(&r.odds, reading, error);
  if (status) return status;
  tacet_counts *counts = reading->counts;
  int noc = reading->nest->storages - 2;
  double macs = counts->macs.actual;
  counts->macs = counts->l1_writes = share_of(&r.odds.mac_share, macs);
  for (int t = 0; t < TACET_TENSORS; t++)
    counts->l1_reads[t] = share_of(&r.odds.read_share[t], macs);
  double most = counts->busiest;
  counts->busiest = 0;
  counts->mean_slots =
      tacet_slots_share(&r.odds) * macs / counts->peak_active_pes /
      (double)tacet_issue_multipliers(&reading->accelerator->issue);
  counts->first_bits[0] = counts->first_bits[noc] = 0;
  for (int t = 0; t < TACET_OUTPUT; t++)
    memset(&counts->flow[noc][t], 0, sizeof counts->flow[noc][t]);
  tacet_table table;
  tacet_table_make(&table, tacet_view_pes(reading->nest));
  tacet_classes(&table, &reading->accelerator->link[noc], add_class, &r);
  if (reading->accelerator->sync == TACET_SYNC_END) end_sum(&r, most);
  for (int t = 0; t < TACET_OUTPUT; t++) memory_operand(&r, t);
  return TACET_OK;
}
