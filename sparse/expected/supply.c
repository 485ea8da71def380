/* Transfers of classes of steps: their words, thinned by zeros and by rules, and
   their bits. Knows nothing of when they happen. */
#include "supply.h"

#include <math.h>
#include <string.h>

#include "../concord.h"

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

/* Words that come to children and leave the parent, and what of them is not
   zero. */
typedef struct arrival {
  double fills, fills_nonzero;
  double reads, reads_nonzero; /* of distinct words */
  double held_nonzero;         /* by all children then */
} arrival;

static double within(double nonzeros, double words) {
  return fmin(fmax(nonzeros, 0), words);
}

/* False if nothing comes. */
static bool find_arrival(arrival *new, const tacet_supply *supply,
                         const tacet_product *product) {
  const tacet_factors *factor = product->factor;
  const double held = (double)factor->held[supply->slot];
  const double any = (double)factor->any[supply->slot];
  const double kept = product->first ? 0 : (double)factor->kept[supply->slot];
  const double stale = product->first ? 0 : (double)factor->stale[supply->slot];
  *new = (arrival){held - kept, 0, any - stale, 0, 0};
  if (new->fills <= 0 && new->reads <= 0) return false;
  const densities density =
      densities_of(&supply->odds->zeros[supply->slot], product);
  new->held_nonzero = held *density.now;
  new->fills_nonzero =
      within(held * density.now - kept * density.still, new->fills);
  new->reads_nonzero =
      within(any * density.now - stale * density.still, new->reads);
  if (supply->certain) {
    new->fills_nonzero = round(new->fills_nonzero);
    new->reads_nonzero = round(new->reads_nonzero);
  }
  return true;
}

/* ---- what becomes of words ---------------------------------------------- */

/* An empty tile has nothing to stop where its zeros are stopped, or not sent, on
   their own, unless these are only gated. */
static tacet_stops stops_of(const tacet_passage *pass, int shared,
                            bool compressed) {
  const tacet_chances empty = pass->empty[shared];
  tacet_stops stops = {tacet_either(pass->tile[shared], pass->element[shared]),
                       0};
  if (compressed || pass->zero == TACET_SKIPPED) return stops;
  if (pass->zero == TACET_GATED)
    stops.zeros = empty.skipped;
  else
    stops.words = tacet_either(stops.words, empty);
  return stops;
}

/* Gated, skipped, and zero under compression. */
static tacet_split split_of(double words, double nonzeros, bool compressed,
                            tacet_verdict zero, const tacet_stops *by) {
  const bool itself = compressed || zero != TACET_ACTUAL; /* zeros are apart */
  const tacet_chances stops = by->words;
  const double sent = itself ? nonzeros : words;
  const double zeros = words - sent;
  tacet_split split = {sent * fmax(0, 1 - stops.gated - stops.skipped),
                       sent * stops.gated, sent * stops.skipped};
  if (!compressed && zero == TACET_GATED) {
    const double empty = fmin(words * by->zeros, zeros);
    const double skipped = empty + (zeros - empty) * stops.skipped;
    split.gated += zeros - skipped;
    split.skipped += skipped;
  } else {
    split.skipped += zeros;
  }
  return split;
}

static void add_split(tacet_split *sum, tacet_split more, double times) {
  sum->actual += times * more.actual;
  sum->gated += times * more.gated;
  sum->skipped += times * more.skipped;
}

/* ---- size --------------------------------------------------------------- */

typedef tacet_known_transfer transfer;

/* A ceiling must not see rounding. */
static double settled(double bits) {
  const double whole = round(bits);
  return fabs(bits - whole) < 1e-9 * bits ? whole : bits;
}

/* Sets the bits and the swing of a transfer. */
static void find_size(transfer *t, const tacet_supply *supply) {
  const tacet_statistics *zeros = &supply->odds->zeros[supply->slot];
  const int64_t width =
      supply->odds->reading->accelerator->width_bits[supply->slot];
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
  const tacet_bits bits = tacet_swinging_bits(&t->swing, supply->format,
                                              t->extent, &contents, width);
  t->bits = (tacet_bits){settled(t->times * bits.payload),
                         settled(t->times * bits.metadata)};
}

static bool alike(const transfer *a, const transfer *b, int ranks) {
  if (a->words != b->words || a->nonzeros != b->nonzeros ||
      a->times != b->times)
    return false;
  for (int r = 0; r < ranks; r++)
    if (a->extent[r] != b->extent[r]) return false;
  return true;
}

/* The same, from memory if possible. */
static void recall_size(transfer *t, tacet_supply *supply) {
  const int last = supply->transfers, kept = TACET_KNOWN_TRANSFERS;
  for (int i = last - 1; i >= 0 && i >= last - kept; i--) {
    const transfer *known = &supply->known[i % kept];
    if (!alike(known, t, supply->grid.ranks)) continue;
    t->bits = known->bits;
    t->swing = known->swing;
    return;
  }
  find_size(t, supply);
  supply->known[last % kept] = *t;
  supply->transfers++;
}

/* The grid of the `words` that one child receives, when each gets its own
   transfer: that of its tile, cut from the innermost rank on. */
static void child_grid(int64_t extent[TACET_MAX_RANKS],
                       const tacet_product *product, int slot, double words) {
  const tacet_tensor *tensor = &product->table->axes.view.layer->tensor[slot];
  int64_t box[TACET_MAX_DIMS];
  double cells = 1;
  tacet_product_box(box, product);
  for (int k = 0; k < tensor->ranks; k++) {
    const tacet_rank *rank = &tensor->rank[k];
    extent[k] = rank->terms == 1 ? box[rank->term[0].dim] : 1;
    for (int i = 0; rank->terms > 1 && i < rank->terms; i++)
      extent[k] += rank->term[i].coefficient * (box[rank->term[i].dim] - 1);
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

/* Of words that are not compressed those are on the way that are let through,
   each or not. */
static tacet_swing swing_of_words(const tacet_supply *supply, double words,
                                  double sent) {
  const double width =
      (double)supply->odds->reading->accelerator->width_bits[supply->slot];
  const double share = words > 0 ? sent / words : 0;
  return (tacet_swing){sent * (1 - share),
                       sent,
                       words - sent,
                       width,
                       supply->zero == TACET_SKIPPED ? 1 : 0,
                       0};
}

/* Tiles that are stopped are not sent at all, of others all but elements that
   are. With multicast each parent sends once, else once a child. */
static transfer size_of(tacet_supply *supply, const tacet_product *product,
                        const arrival *new, int64_t active_pes) {
  transfer t;
  const bool grid = supply->format->fibers > 0;
  if (!supply->multicast) {
    t.times = (double)active_pes;
    t.words = new->fills / t.times;
    t.nonzeros = new->fills_nonzero / t.times;
    if (grid) child_grid(t.extent, product, supply->slot, t.words);
  } else {
    t.times = (double)tacet_product_parents(product);
    t.words = new->reads / t.times;
    t.nonzeros = new->reads_nonzero / t.times;
    if (grid) tacet_product_extent(t.extent, product, &supply->grid);
  }
  t.times *= supply->tiles_sent;
  const double words = t.words;
  if (supply->zero == TACET_SKIPPED) t.words = t.nonzeros;
  t.words *= supply->elements_sent;
  t.nonzeros *= supply->elements_sent;
  if (grid)
    recall_size(&t, supply);
  else
    find_size(&t, supply);
  if (!grid) t.swing = swing_of_words(supply, words, t.words);
  return t;
}

/* ---- how size varies ---------------------------------------------------- */

/* Patterns vary more or less than elements on their own. */
static double spread_of(const tacet_supply *supply,
                        const tacet_product *product) {
  const tacet_statistics *zeros = &supply->odds->zeros[supply->slot];
  tacet_pe_box box = {.start = {0}};
  if (tacet_statistics_uniform(zeros)) return 1;
  tacet_product_box(box.length, product);
  return tacet_statistics_spread(zeros, &box);
}

/* A PE's own share of what comes. */
static double own_share(const tacet_supply *supply, const arrival *new,
                        double pes) {
  if (!supply->multicast) return 1;
  return new->reads > 0 ? fmin(1, new->fills / (pes * new->reads)) : 0;
}

/* Tiles are taken to be stopped whatever is in them. */
static void find_variance(tacet_arriving *in, const tacet_supply *supply,
                          const tacet_product *product, const transfer *t,
                          const arrival *new, double pes) {
  const tacet_swing *swing = &t->swing;
  if (supply->exact || t->times <= 0) return;
  const double stopped = 1 - supply->tiles_sent;
  const double each = in->bits / t->times;
  double varies = swing->variance;
  if (varies > 0) varies *= supply->certain ? 0 : spread_of(supply, product);
  const double bits = varies > 0 ? swing->bits : 0;
  in->variance = t->times * (varies * bits * bits + stopped * each * each);
  in->most =
      settled(t->times / supply->tiles_sent * (each + swing->more * bits));
  if (stopped <= 0) in->least = t->times * fmin(each, swing->least);
  if (new->held_nonzero > 0)
    in->with_own = supply->tiles_sent * own_share(supply, new, pes) * varies *
                   swing->bits * swing->nonzeros * pes / new->held_nonzero;
}

/* ---- all ---------------------------------------------------------------- */

void tacet_supply_make(tacet_supply *supply, const tacet_odds *odds,
                       int boundary, int slot, const tacet_axes *axes) {
  const tacet_reading *reading = odds->reading;
  const tacet_features *features = reading->features;
  const tacet_nest *nest = reading->nest;
  const tacet_passage *pass = &odds->passage[boundary][slot];
  supply->odds = odds;
  supply->slot = slot;
  supply->first_bits = &reading->counts->first_bits[boundary][slot];
  supply->flow = &reading->counts->flow[boundary][slot];
  supply->format = &features->format[boundary + 1][slot];
  supply->whole = axes->view.whole;
  supply->paces = boundary == nest->storages - 2;
  supply->multicast =
      supply->whole || reading->accelerator->link[boundary].multicast;
  supply->certain = tacet_statistics_certain(&odds->zeros[slot]);
  supply->exact = true;
  for (int t = 0; t < TACET_TENSORS; t++)
    supply->exact = supply->exact && tacet_statistics_certain(&odds->zeros[t]);
  supply->zero = pass->zero;
  supply->writes_compressed =
      tacet_writes_compressed(features, nest, boundary, slot);
  supply->reads_compressed =
      tacet_reads_compressed(features, nest, boundary, slot);
  const int shared =
      supply->multicast && !supply->whole ? TACET_SHARED : TACET_ONE_CHILD;
  supply->writes_stopped =
      stops_of(pass, TACET_ONE_CHILD, supply->writes_compressed);
  supply->reads_stopped = stops_of(pass, shared, supply->reads_compressed);
  tacet_chances tile = pass->tile[shared];
  if (supply->format->fibers > 0)
    tacet_grid_make(&supply->grid, axes, slot);
  else if (pass->zero != TACET_SKIPPED)
    tile = tacet_either(tile, pass->empty[shared]);
  supply->tiles_sent = 1 - tile.skipped;
  supply->elements_sent = 1 - pass->element[shared].skipped;
  supply->transfers = 0;
  *supply->first_bits = 0;
  memset(supply->flow, 0, sizeof *supply->flow);
}

void tacet_supply_add(tacet_arriving *in, tacet_supply *supply,
                      const tacet_product *product, int64_t active_pes) {
  arrival new;
  *in = (tacet_arriving){0, 0, 0, 0, 0};
  if (!find_arrival(&new, supply, product)) return;
  if (supply->whole) {
    new.fills = new.reads;
    new.fills_nonzero = new.reads_nonzero;
  }
  const double times = (double)product->times;
  const transfer way = size_of(supply, product, &new, active_pes);
  const tacet_split filled =
      split_of(new.fills, new.fills_nonzero, supply->writes_compressed,
               supply->zero, &supply->writes_stopped);
  const tacet_split read =
      split_of(supply->multicast ? new.reads : new.fills,
               supply->multicast ? new.reads_nonzero : new.fills_nonzero,
               supply->reads_compressed, supply->zero, &supply->reads_stopped);
  add_split(&supply->flow->fills, filled, times);
  add_split(&supply->flow->parent_reads, read, times);
  supply->flow->payload_bits_in += times * way.bits.payload;
  supply->flow->metadata_bits_in += times * way.bits.metadata;
  in->bits = settled(way.bits.payload + way.bits.metadata);
  if (product->first)
    *supply->first_bits = in->bits;
  else if (supply->paces)
    find_variance(in, supply, product, &way, &new, (double)active_pes);
}

double tacet_spare_outputs(const tacet_odds *odds, int boundary) {
  const double density = tacet_uniform_density(odds->zeros[TACET_OUTPUT].model);
  const tacet_passage *pass = &odds->passage[boundary][TACET_OUTPUT];
  tacet_counts *counts = odds->reading->counts;
  tacet_flow *flow = &counts->flow[boundary][TACET_OUTPUT];
  const tacet_stops stops = stops_of(pass, TACET_ONE_CHILD, false);
  const tacet_split split = split_of(1, density, false, pass->zero, &stops);
  tacet_split *const all[] = {&flow->fills, &flow->parent_reads, &flow->drains,
                              &flow->updates, &flow->partial_sum_reads};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    const double words = all[i]->actual;
    *all[i] = (tacet_split){split.actual * words, split.gated * words,
                            split.skipped * words};
  }
  const double sent = 1 - split.skipped;
  flow->payload_bits_in *= sent;
  flow->payload_bits_out *= sent;
  counts->last_bits[boundary] *= sent;
  return sent;
}
