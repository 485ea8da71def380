/* The sparse reading with densities: classes of steps, thinned by what the
   uniform model expects. Operands are independent of each other. */
#include "../dense/activity.h"
#include "array.h"
#include "reading.h"

#include <string.h>

enum { ABOVE_ARRAY = 1 };

/* What an operand is to one MAC: its element is not zero, or it is and the
   rules above L1 let it pass, gate it or skip it. */
typedef enum state { NOT_ZERO, FREE, GATED, SKIPPED, STATES } state;

/* How likely rules with this target make a child's arrival pass. */
typedef struct passage {
  double gated, skipped; /* of one child */
  double all_gated;      /* of all children that share the words */
  double all_skipped;
  bool by_itself; /* the condition is the target's own zeros */
} passage;

typedef struct run {
  const tacet_reading *reading;
  tacet_uniform model[TACET_TENSORS];
  double density[TACET_TENSORS]; /* seen by a MAC: padding is zero too */
  double state[TACET_OUTPUT][STATES];
  passage passage[TACET_OUTPUT];
  tacet_split mac_share; /* of the MACs */
  tacet_split read_share[TACET_TENSORS];
  bool needs[TACET_OUTPUT]; /* a zero operand frees the issue slot */
  bool started;
  int along; /* dimension of a vector */
  int slot;  /* of a walk of L2's view */
} run;

static double larger(double a, double b) {
  return a > b ? a : b;
}

/* ---- padding ------------------------------------------------------------ */

/* The share of MACs whose input exists. */
static double share_without_padding(const tacet_layer *layer) {
  double share = 1;
  const tacet_tensor *input = &layer->tensor[TACET_INPUT];
  for (int r = 0; r < input->ranks; r++) {
    const tacet_rank *rank = &input->rank[r];
    if (rank->terms < 2 || !tacet_window_clips(rank, layer)) continue;
    int64_t outs = layer->dim[rank->term[0].dim].size;
    int64_t filters = layer->dim[rank->term[1].dim].size, inside = 0;
    for (int64_t i = 0; i < outs; i++) {
      for (int64_t j = 0; j < filters; j++) {
        int64_t at = rank->offset + rank->term[0].coefficient * i +
                     rank->term[1].coefficient * j;
        inside += at >= 0 && at < rank->size;
      }
    }
    share *= (double)inside / ((double)outs * (double)filters);
  }
  return share;
}

/* ---- rules above L1 ----------------------------------------------------- */

static bool has_dim(const tacet_tensor *tensor, int dim) {
  for (int r = 0; r < tensor->ranks; r++)
    for (int i = 0; i < tensor->rank[r].terms; i++)
      if (tensor->rank[r].term[i].dim == dim) return true;
  return false;
}

/* Length of dimension d that a whole PE (or, with `sharing`, all PEs that
   hold the same words of the target) works on during a stay. */
static int64_t stay_length(const tacet_nest *nest, const tacet_tensor *target,
                           int d, int last, bool sharing) {
  int64_t length = nest->layer.dim[d].size, share = 1;
  bool together = sharing && !has_dim(target, d);
  for (int i = 0; i < nest->loops; i++) {
    const tacet_loop *loop = &nest->loop[i];
    if (loop->dim != d) continue;
    int64_t units = together ? loop->units : 1;
    int64_t folds = i > last ? loop->folds : 1;
    int64_t tiles = units * folds < loop->tiles ? units * folds : loop->tiles;
    share *= tiles;
    length = loop->size;
  }
  length *= share;
  return length < nest->layer.dim[d].size ? length : nest->layer.dim[d].size;
}

static int64_t stay_elements(const tacet_nest *nest, int slot,
                             const tacet_tensor *target, int last,
                             bool sharing) {
  const tacet_tensor *tensor = &nest->layer.tensor[slot];
  int64_t elements = 1;
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    int64_t extent = 1;
    for (int i = 0; i < rank->terms; i++)
      extent +=
          rank->term[i].coefficient *
          (stay_length(nest, target, rank->term[i].dim, last, sharing) - 1);
    elements *= extent < rank->size ? extent : rank->size;
  }
  return elements;
}

/* Adds the event that tensor z is zero in a stay of the rule's target. */
static void add_condition(run *r, const tacet_rule *rule, int z,
                          double skip[TACET_OUTPUT], double any[TACET_OUTPUT]) {
  const tacet_nest *nest = r->reading->nest;
  const tacet_tensor *target = &nest->layer.tensor[rule->target];
  passage *pass = &r->passage[rule->target];
  int last = tacet_stay_loop(nest, rule->target);
  double one = tacet_uniform_empty(r->model[z],
                                   stay_elements(nest, z, target, last, false));
  double all = tacet_uniform_empty(r->model[z],
                                   stay_elements(nest, z, target, last, true));
  any[z] = larger(any[z], one);
  if (rule->skip) skip[z] = larger(skip[z], one);
  double *single = rule->skip ? &pass->skipped : &pass->gated;
  double *shared = rule->skip ? &pass->all_skipped : &pass->all_gated;
  *single = larger(*single, one);
  *shared = larger(*shared, all);
  if (z == rule->target) pass->by_itself = true;
}

static void add_rules(run *r) {
  const tacet_features *features = r->reading->features;
  double skip[TACET_OUTPUT] = {0}, any[TACET_OUTPUT] = {0};
  for (int i = 0; i < features->rules; i++)
    for (int z = 0; z < TACET_OUTPUT; z++)
      if (features->rule[i].storage == ABOVE_ARRAY && features->rule[i].on[z])
        add_condition(r, &features->rule[i], z, skip, any);
  for (int t = 0; t < TACET_OUTPUT; t++) {
    passage *pass = &r->passage[t];
    pass->gated = larger(pass->gated - pass->skipped, 0);
    pass->all_gated = larger(pass->all_gated - pass->all_skipped, 0);
    r->state[t][NOT_ZERO] = r->density[t];
    r->state[t][SKIPPED] = skip[t];
    r->state[t][GATED] = any[t] - skip[t];
    r->state[t][FREE] = larger(1 - r->density[t] - any[t], 0);
  }
}

/* ---- shares of MACs and reads ------------------------------------------- */

static tacet_verdict outer_verdict(state weight, state input) {
  if (weight == SKIPPED || input == SKIPPED) return TACET_SKIPPED;
  return weight == GATED || input == GATED ? TACET_GATED : TACET_ACTUAL;
}

static void add_shares(run *r) {
  tacet_verdicts table[TACET_SKIPPED + 1];
  int l1 = r->reading->nest->storages - 1;
  for (int v = TACET_ACTUAL; v <= TACET_SKIPPED; v++)
    tacet_verdicts_make(&table[v], r->reading->features, l1, (tacet_verdict)v);
  for (int w = 0; w < STATES; w++) {
    for (int i = 0; i < STATES; i++) {
      double share = r->state[TACET_WEIGHT][w] * r->state[TACET_INPUT][i];
      int pattern = 2 * (w != NOT_ZERO) + (i != NOT_ZERO);
      const tacet_verdicts *v = &table[outer_verdict((state)w, (state)i)];
      tacet_split_add(&r->mac_share, v->mac[pattern], share);
      for (int t = 0; t < TACET_TENSORS; t++)
        tacet_split_add(&r->read_share[t], v->read[pattern][t], share);
    }
  }
  r->needs[TACET_WEIGHT] = table[TACET_ACTUAL].mac[2] == TACET_SKIPPED;
  r->needs[TACET_INPUT] = table[TACET_ACTUAL].mac[1] == TACET_SKIPPED;
}

static tacet_split share_of(const tacet_split *share, double count) {
  return (tacet_split){share->actual * count, share->gated * count,
                       share->skipped * count};
}

/* ---- the busiest PE ----------------------------------------------------- */

static double slots_share(const run *r) {
  return r->mac_share.actual + r->mac_share.gated;
}

/* MACs of the busiest PE that both needed operands let through: the expected
   maximum over units[] PEs with tiles of box[]. */
static double busiest_macs(const run *r, const int64_t box[TACET_MAX_DIMS],
                           const int64_t units[TACET_MAX_DIMS]) {
  const tacet_layer *layer = &r->reading->nest->layer;
  tacet_step_work work = {1, 1, 1, 1, 1, 1, 1, 1};
  for (int d = 0; d < layer->dims; d++) {
    bool weight = has_dim(&layer->tensor[TACET_WEIGHT], d);
    bool input = has_dim(&layer->tensor[TACET_INPUT], d);
    *(weight && input ? &work.shared
      : weight        ? &work.weights
                      : &work.inputs) *= box[d];
    *(weight && input ? &work.units_shared
      : weight        ? &work.units_weights
                      : &work.units_inputs) *= units[d];
  }
  if (r->needs[TACET_WEIGHT]) work.weight_density = r->density[TACET_WEIGHT];
  if (r->needs[TACET_INPUT]) work.input_density = r->density[TACET_INPUT];
  return tacet_expected_busiest(&work);
}

static double volume(const run *r, const int64_t box[TACET_MAX_DIMS]) {
  double macs = 1;
  for (int d = 0; d < r->reading->nest->layer.dims; d++) macs *= (double)box[d];
  return macs;
}

static double needed(const run *r, int slot) {
  return r->needs[slot] ? r->density[slot] : 1;
}

/* Slots of one PE's box, on average. */
static double mean_slots(const run *r, const int64_t box[TACET_MAX_DIMS]) {
  const tacet_layer *layer = &r->reading->nest->layer;
  const tacet_issue *issue = &r->reading->accelerator->issue;
  if (issue->kind == TACET_ISSUE_OUTER) {
    tacet_outer outer;
    tacet_outer_of(&outer, layer, box);
    return (double)outer.shared *
           tacet_expected_ceil(outer.weights, needed(r, TACET_WEIGHT),
                               issue->weights) *
           tacet_expected_ceil(outer.inputs, needed(r, TACET_INPUT),
                               issue->inputs);
  }
  if (issue->kind == TACET_ISSUE_SCALAR) return volume(r, box) * slots_share(r);
  double own = 1,
         common = 1; /* operands with the vector's dimension, without */
  for (int t = 0; t < TACET_OUTPUT; t++)
    *(has_dim(&layer->tensor[t], r->along) ? &own : &common) *= needed(r, t);
  return volume(r, box) / (double)box[r->along] * common *
         tacet_expected_ceil(box[r->along], own, issue->width);
}

/* Issue slots of the busiest PE: the mean, stretched as the MACs are. */
static double busiest_slots(const run *r, const int64_t box[TACET_MAX_DIMS],
                            const int64_t units[TACET_MAX_DIMS]) {
  const tacet_accelerator *accelerator = r->reading->accelerator;
  double all = (double)tacet_issue_slots(&accelerator->issue, r->along,
                                         &r->reading->nest->layer, box);
  if (slots_share(r) >= 1) return all;
  double mean = mean_slots(r, box);
  double macs =
      volume(r, box) * needed(r, TACET_WEIGHT) * needed(r, TACET_INPUT);
  if (macs <= 0) return mean;
  double slots = larger(mean * busiest_macs(r, box, units) / macs, mean);
  return slots < all ? slots : all;
}

/* What one PE works on over the whole run, evenly dealt. */
static void run_box(const run *r, const int64_t units[TACET_MAX_DIMS],
                    int64_t box[TACET_MAX_DIMS]) {
  const tacet_layer *layer = &r->reading->nest->layer;
  for (int d = 0; d < layer->dims; d++)
    box[d] = (layer->dim[d].size + units[d] - 1) / units[d];
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
  tacet_uniform model = r->model[slot];
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
  double density = tacet_uniform_density(r->model[slot]);
  double sent = format == TACET_UNCOMPRESSED ? 1 : density;
  bool itself = r->passage[slot].by_itself && format != TACET_UNCOMPRESSED;
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
  const passage *pass = &r->passage[slot];
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

/* Compute of the busiest PE; its L1 accesses grow with its MACs. */
static void work_of(const run *r, const int64_t box[TACET_MAX_DIMS],
                    const int64_t units[TACET_MAX_DIMS], tacet_work *work) {
  work->slots = busiest_slots(r, box, units);
  double accesses = slots_share(r), mean = mean_slots(r, box);
  for (int t = 0; t < TACET_TENSORS; t++)
    accesses += r->read_share[t].actual + r->read_share[t].gated;
  if (mean > 0)
    work->l1_accesses = work->slots / mean * accesses * volume(r, box);
}

/* With one wait at the end, compute is the busiest PE's sum over the run. */
static void start_whole(run *r, const int64_t units[TACET_MAX_DIMS]) {
  int64_t box[TACET_MAX_DIMS];
  tacet_work whole = {.occurrences = 1};
  run_box(r, units, box);
  work_of(r, box, units, &whole);
  r->reading->counts->busiest = whole.slots;
  tacet_timeline_add(r->reading->timeline, &whole, r->reading->accelerator);
}

static bool add_class(const tacet_step_class *step,
                      const tacet_step_shape *shape, void *context) {
  run *r = context;
  const tacet_reading *reading = r->reading;
  tacet_counts *counts = reading->counts;
  int noc = reading->nest->storages - 2;
  tacet_work work = {.occurrences = (double)step->occurrences};
  if (reading->accelerator->sync == TACET_SYNC_STEP)
    work_of(r, shape->box, shape->units, &work);
  else if (!r->started)
    start_whole(r, shape->units);
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
    sent = words * tacet_uniform_density(r->model[slot]);
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

static void start(run *r) {
  const tacet_reading *reading = r->reading;
  const tacet_layer *layer = &reading->nest->layer;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_zeros *zeros = &reading->sparsity->tensor[t];
    r->model[t] = tacet_uniform_make(tacet_tensor_size(&layer->tensor[t]),
                                     zeros->density);
    if (zeros->mask) r->model[t].nonzeros = zeros->mask->nonzeros;
    r->density[t] = tacet_uniform_density(r->model[t]);
  }
  r->density[TACET_INPUT] *= share_without_padding(layer);
  add_rules(r);
  add_shares(r);
}

tacet_status tacet_read_models(const tacet_reading *reading,
                               tacet_error *error) {
  run r = {.reading = reading};
  tacet_status status = tacet_issue_dim(&r.along, reading->accelerator,
                                        &reading->nest->layer, error);
  if (status) return status;
  tacet_counts *counts = reading->counts;
  int noc = reading->nest->storages - 2;
  double macs = counts->macs.actual;
  start(&r);
  counts->macs = counts->l1_writes = share_of(&r.mac_share, macs);
  for (int t = 0; t < TACET_TENSORS; t++)
    counts->l1_reads[t] = share_of(&r.read_share[t], macs);
  counts->busiest = 0;
  counts->mean_slots =
      slots_share(&r) * macs / counts->peak_active_pes /
      (double)tacet_issue_multipliers(&reading->accelerator->issue);
  counts->first_bits[0] = counts->first_bits[noc] = 0;
  for (int t = 0; t < TACET_OUTPUT; t++)
    memset(&counts->flow[noc][t], 0, sizeof counts->flow[noc][t]);
  tacet_table table;
  tacet_table_make(&table, tacet_view_pes(reading->nest));
  tacet_classes(&table, &reading->accelerator->link[noc], add_class, &r);
  for (int t = 0; t < TACET_OUTPUT; t++) memory_operand(&r, t);
  return TACET_OK;
}
