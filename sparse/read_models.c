/* The sparse reading with models: classes of steps, thinned by what the models
   of the operands' zeros expect. Only where that depends on where a tile lies
   are the steps of a class told apart. */
#include "../dense/activity.h"
#include "concord.h"
#include "waits.h"

#include <math.h>
#include <string.h>

typedef struct run {
  const tacet_reading *reading;
  tacet_odds odds;
  tacet_waits waits;
  const tacet_registers *registers; /* NULL: none */
  bool started;
  double outputs_sent; /* share of the words out of PEs */
  int slot;            /* of a walk of L2's view */
} run;

static tacet_split share_of(const tacet_split *share, double count) {
  return (tacet_split){share->actual * count, share->gated * count,
                       share->skipped * count};
}

/* ---- what is not zero in what moves ------------------------------------- */

/* Sums over the tiles of units. */
typedef struct weighing {
  const tacet_statistics *zeros;
  double words, nonzeros;
  double still_words, still_nonzeros; /* of tiles that stay */
} weighing;

static void weigh_tile(const tacet_position *position, void *context) {
  weighing *w = context;
  const tacet_pe_box *box = &position->box;
  double words = 1;
  for (int d = 0; d < TACET_MAX_DIMS; d++) words *= (double)box->length[d];
  const double nonzeros = words * tacet_statistics_held(w->zeros, box);
  w->words += words;
  w->nonzeros += nonzeros;
  if (!position->still) return;
  w->still_words += words;
  w->still_nonzeros += nonzeros;
}

/* Densities of what units hold in a step, and of what of it they had: where
   tiles only slide, that is taken to be alike. */
typedef struct densities {
  double now, still;
} densities;

static densities densities_of(const tacet_statistics *zeros,
                              const tacet_product *product) {
  const double density = zeros->mean;
  if (!zeros->dims) return (densities){density, density};
  static const tacet_pe_box one = {.length = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
  const tacet_layer *layer = product->table->axes.view.layer;
  tacet_pe_box base = one;
  tacet_positions positions;
  weighing w = {.zeros = zeros};
  for (int d = 0; d < layer->dims; d++)
    if (zeros->dims & UINT32_C(1) << d) base.length[d] = layer->dim[d].size;
  tacet_positions_of(&positions, product, zeros->dims);
  tacet_positions_each(&positions, zeros->dims, &base, weigh_tile, &w);
  const double now = fmin(w.nonzeros / w.words, 1);
  return (densities){now, w.still_words > 0 ? w.still_nonzeros / w.still_words
                                            : now};
}

/* ---- transfers ---------------------------------------------------------- */

typedef struct transfer {
  double words; /* on the way, zeros included */
  double nonzeros;
  double times;          /* transfers like this */
  const int64_t *extent; /* of its grid */
} transfer;

/* A ceiling must not see rounding. */
static double settled(double bits) {
  const double whole = round(bits);
  return fabs(bits - whole) < 1e-9 * bits ? whole : bits;
}

static tacet_bits transfer_bits(const run *r, int slot,
                                const tacet_format *format, const transfer *t) {
  const tacet_statistics *zeros = &r->odds.zeros[slot];
  tacet_contents contents = {.elements = t->words,
                             .nonzeros = t->nonzeros,
                             .model = zeros->model,
                             .pattern = &zeros->pattern};
  if (zeros->dims || zeros->values < 1) { /* as dense as it is here */
    contents.pattern = NULL;
    if (t->words > 0)
      contents.model =
          tacet_uniform_make(zeros->model.elements, t->nonzeros / t->words);
  }
  tacet_bits bits = tacet_expected_bits(
      format, t->extent, &contents, r->reading->accelerator->width_bits[slot]);
  return (tacet_bits){settled(t->times * bits.payload),
                      settled(t->times * bits.metadata)};
}

/* The grid of the `words` that one PE receives, when each gets its own
   transfer: that of its tile, cut from the innermost rank on. */
static void child_grid(int64_t extent[TACET_MAX_RANKS], const run *r, int slot,
                       const tacet_step_shape *shape, double words) {
  const tacet_tensor *tensor = &r->reading->nest->layer->tensor[slot];
  double cells = 1;
  for (int k = 0; k < tensor->ranks; k++) {
    const tacet_rank *rank = &tensor->rank[k];
    extent[k] = rank->terms == 1 ? shape->box[rank->term[0].dim] : 1;
    for (int i = 0; rank->terms > 1 && i < rank->terms; i++)
      extent[k] +=
          rank->term[i].coefficient * (shape->box[rank->term[i].dim] - 1);
    if (extent[k] > rank->size) extent[k] = rank->size;
    cells *= (double)extent[k];
  }
  for (int k = tensor->ranks - 1; k >= 0 && cells > words; k--) {
    const double others = cells / (double)extent[k];
    extent[k] = (int64_t)(words / others + 0.5);
    if (extent[k] < 1) extent[k] = 1;
    cells = others * (double)extent[k];
  }
}

/* Words of a tensor that are to cross a boundary, once or many times. */
typedef struct crossing {
  double words, nonzeros;
  bool compressed; /* zeros are not sent anyway */
  const tacet_passage *pass;
  int shared; /* TACET_ONE_CHILD, TACET_SHARED */
} crossing;

/* What stops a word whatever its value. An empty tile has nothing to send if
   zeros are not sent anyway. */
static tacet_chances stops_of(const crossing *c) {
  const tacet_chances stops =
      tacet_either(c->pass->tile[c->shared], c->pass->element[c->shared]);
  return c->compressed ? stops : tacet_either(stops, c->pass->empty[c->shared]);
}

/* What becomes of the words: gated, skipped, and zero under compression. */
static tacet_split split_of(const crossing *c) {
  const tacet_chances stops = stops_of(c);
  const bool itself =
      c->compressed || c->pass->zero != TACET_ACTUAL; /* zeros are apart */
  const double sent = itself ? c->nonzeros : c->words;
  const double zeros = c->words - sent;
  tacet_split split = {sent * (1 - stops.gated - stops.skipped),
                       sent * stops.gated, sent * stops.skipped};
  if (!c->compressed && c->pass->zero == TACET_GATED) {
    split.gated += zeros * (1 - stops.skipped);
    split.skipped += zeros * stops.skipped;
  } else {
    split.skipped += zeros;
  }
  return split;
}

/* Tiles that are stopped are not sent at all, of others all but elements that
   are. */
static void thin_transfer(transfer *way, const crossing *c, bool compressed) {
  tacet_chances tile = c->pass->tile[c->shared];
  const double passed = 1 - c->pass->element[c->shared].skipped;
  if (!compressed) tile = tacet_either(tile, c->pass->empty[c->shared]);
  way->times *= 1 - tile.skipped;
  if (c->pass->zero == TACET_SKIPPED) way->words = way->nonzeros;
  way->words *= passed;
  way->nonzeros *= passed;
}

static void add_split(tacet_split *sum, tacet_split more) {
  sum->actual += more.actual;
  sum->gated += more.gated;
  sum->skipped += more.skipped;
}

/* Words that come to children and leave the parent, and what of them is not
   zero. */
typedef struct arrival {
  double fills, fills_nonzero;
  double reads, reads_nonzero; /* of distinct words */
} arrival;

static double within(double nonzeros, double words) {
  return fmin(fmax(nonzeros, 0), words);
}

static arrival arrival_of(const run *r, int slot,
                          const tacet_product *product) {
  const tacet_statistics *zeros = &r->odds.zeros[slot];
  const tacet_factors *factor = product->factor;
  const densities density = densities_of(zeros, product);
  const double held = (double)factor->held[slot];
  const double any = (double)factor->any[slot];
  const double kept = product->first ? 0 : (double)factor->kept[slot];
  const double stale = product->first ? 0 : (double)factor->stale[slot];
  arrival new = {held - kept, 0, any - stale, 0};
  new.fills_nonzero =
      within(held * density.now - kept * density.still, new.fills);
  new.reads_nonzero =
      within(any * density.now - stale * density.still, new.reads);
  if (tacet_statistics_certain(zeros)) {
    new.fills_nonzero = round(new.fills_nonzero);
    new.reads_nonzero = round(new.reads_nonzero);
  }
  return new;
}

static double operand_bits(run *r, int slot, const tacet_product *product,
                           const tacet_step_class *step,
                           const tacet_step_shape *shape) {
  const tacet_reading *reading = r->reading;
  int noc = reading->nest->storages - 2;
  const tacet_format *format = &reading->features->format[noc + 1][slot];
  const tacet_passage *pass = &r->odds.passage[noc][slot];
  const bool multicast = reading->accelerator->link[noc].multicast;
  double times = (double)step->occurrences;
  const arrival new = arrival_of(r, slot, product);
  const tacet_features *features = reading->features;
  const crossing one = {
      new.fills, new.fills_nonzero,
      tacet_writes_compressed(features, reading->nest, noc, slot), pass,
      TACET_ONE_CHILD};
  const crossing all = {
      multicast ? new.reads : new.fills,
      multicast ? new.reads_nonzero : new.fills_nonzero,
      tacet_reads_compressed(features, reading->nest, noc, slot), pass,
      multicast ? TACET_SHARED : TACET_ONE_CHILD};
  transfer way = {new.reads, new.reads_nonzero, 1, shape->extent[slot]};
  int64_t extent[TACET_MAX_RANKS];
  if (!multicast) {
    way.times = (double)step->active_pes;
    way.words = new.fills / (double)step->active_pes;
    way.nonzeros = new.fills_nonzero / (double)step->active_pes;
    child_grid(extent, r, slot, shape, way.words);
    way.extent = extent;
  }
  thin_transfer(&way, &all, format->fibers > 0);
  tacet_bits bits = transfer_bits(r, slot, format, &way);
  tacet_flow *flow = &reading->counts->flow[noc][slot];
  const tacet_split filled = split_of(&one);
  const tacet_split read = split_of(&all);
  add_split(&flow->fills, share_of(&filled, times));
  add_split(&flow->parent_reads, share_of(&read, times));
  flow->payload_bits_in += times * bits.payload;
  flow->metadata_bits_in += times * bits.metadata;
  return bits.payload + bits.metadata;
}

/* ---- steps -------------------------------------------------------------- */

/* What rules take of outputs on their way over a boundary, all transfers
   together. Returns the share of the words that is sent. */
static double spare_outputs(const run *r, int b) {
  const tacet_statistics *zeros = &r->odds.zeros[TACET_OUTPUT];
  tacet_flow *flow = &r->reading->counts->flow[b][TACET_OUTPUT];
  const crossing unit = {1, tacet_uniform_density(zeros->model), false,
                         &r->odds.passage[b][TACET_OUTPUT], TACET_ONE_CHILD};
  const tacet_split split = split_of(&unit);
  tacet_split *const all[] = {&flow->fills, &flow->parent_reads, &flow->drains,
                              &flow->updates, &flow->partial_sum_reads};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    *all[i] = share_of(&split, all[i]->actual);
  const double sent = 1 - split.skipped;
  flow->payload_bits_in *= sent;
  flow->payload_bits_out *= sent;
  r->reading->counts->last_bits[b] *= sent;
  return sent;
}

static bool add_class(const tacet_product *product, void *context) {
  run *r = context;
  const tacet_reading *reading = r->reading;
  const tacet_accelerator *accelerator = reading->accelerator;
  tacet_counts *counts = reading->counts;
  int noc = reading->nest->storages - 2;
  tacet_step_class step;
  tacet_step_shape shape;
  tacet_product_step(&step, product, &accelerator->link[noc], r->registers);
  tacet_product_shape(&shape, product);
  tacet_work work = {.occurrences = (double)step.occurrences};
  tacet_waits_work(&r->waits, &work, product, &step, &shape);
  for (int t = 0; t < TACET_OUTPUT; t++)
    (r->started ? work.bits_in : counts->first_bits[noc])[t] =
        operand_bits(r, t, product, &step, &shape);
  r->started = true;
  work.bits_out = r->outputs_sent * (double)step.words_out *
                  (double)accelerator->width_bits[TACET_OUTPUT];
  tacet_pace_step(&r->waits.pace, &work);
  return true;
}

/* All steps, in their order where that matters. */
static void read_steps(run *r) {
  const tacet_reading *reading = r->reading;
  tacet_table space;
  const tacet_table *table = reading->table;
  if (r->odds.dims) {
    tacet_table_make_each(&space, tacet_view_pes(reading->nest), r->odds.dims);
    table = &space;
  }
  (tacet_pace_in_order(reading->accelerator)
       ? tacet_products_in_order
       : tacet_products)(table, add_class, r);
  tacet_waits_end(&r->waits);
  reading->counts->busiest = r->waits.pace.busiest;
  *reading->timeline = r->waits.pace.timeline;
}

/* ---- DRAM --------------------------------------------------------------- */

static bool add_memory_class(const tacet_product *product, void *context) {
  run *r = context;
  const tacet_reading *reading = r->reading;
  const int slot = r->slot;
  tacet_flow *flow = &reading->counts->flow[0][slot];
  const tacet_format *format = &reading->features->format[1][slot];
  const double times = (double)product->times;
  tacet_step_shape shape;
  tacet_product_shape(&shape, product);
  const arrival new = arrival_of(r, slot, product);
  transfer way = {new.reads, new.reads_nonzero, 1, shape.extent[slot]};
  crossing all = {
      new.reads, new.reads_nonzero,
      tacet_writes_compressed(reading->features, reading->nest, 0, slot),
      &r->odds.passage[0][slot], TACET_ONE_CHILD};
  thin_transfer(&way, &all, format->fibers > 0);
  tacet_bits bits = transfer_bits(r, slot, format, &way);
  if (!r->started)
    reading->counts->first_bits[0][slot] = bits.payload + bits.metadata;
  r->started = true;
  const tacet_split filled = split_of(&all);
  all.compressed =
      tacet_reads_compressed(reading->features, reading->nest, 0, slot);
  const tacet_split read = split_of(&all);
  add_split(&flow->fills, share_of(&filled, times));
  add_split(&flow->parent_reads, share_of(&read, times));
  flow->payload_bits_in += times * bits.payload;
  flow->metadata_bits_in += times * bits.metadata;
  return true;
}

static void memory_operand(run *r, int slot) {
  const tacet_nest *nest = r->reading->nest;
  memset(&r->reading->counts->flow[0][slot], 0, sizeof(tacet_flow));
  r->slot = slot;
  r->started = false;
  tacet_table table;
  tacet_table_make_each(&table, tacet_view_whole(nest, nest->position[1][slot]),
                        r->odds.zeros[slot].dims);
  tacet_products(&table, add_memory_class, r);
}

/* ---- the run ------------------------------------------------------------ */

static void read_all(run *r) {
  const tacet_reading *reading = r->reading;
  tacet_counts *counts = reading->counts;
  int noc = reading->nest->storages - 2;
  double macs = counts->macs.actual;
  const tacet_shares *shares = &r->odds.shares;
  counts->macs = share_of(&shares->mac, macs);
  for (int t = 0; t < TACET_TENSORS; t++)
    counts->l1_reads[t] =
        share_of(&shares->read[t], counts->l1_reads[t].actual);
  counts->l1_writes = counts->l1_reads[TACET_OUTPUT];
  counts->mean_slots =
      tacet_slots_share(shares) * macs / counts->peak_active_pes /
      (double)tacet_issue_multipliers(&reading->accelerator->issue);
  memset(counts->first_bits[0], 0, sizeof counts->first_bits[0]);
  memset(counts->first_bits[noc], 0, sizeof counts->first_bits[noc]);
  for (int t = 0; t < TACET_OUTPUT; t++)
    memset(&counts->flow[noc][t], 0, sizeof counts->flow[noc][t]);
  spare_outputs(r, 0);
  r->outputs_sent = spare_outputs(r, noc);
  tacet_registers space;
  r->registers =
      tacet_registers_make(&space, reading->nest, reading->accelerator);
  read_steps(r);
  for (int t = 0; t < TACET_OUTPUT; t++) memory_operand(r, t);
}

tacet_status tacet_read_models(const tacet_reading *reading,
                               tacet_error *error) {
  run r;
  r.reading = reading;
  r.started = false;
  tacet_status status = tacet_odds_make(&r.odds, reading, error);
  if (!status) status = tacet_waits_make(&r.waits, &r.odds, error);
  if (!status) {
    read_all(&r);
    tacet_waits_free(&r.waits);
  }
  tacet_odds_free(&r.odds);
  return status;
}
