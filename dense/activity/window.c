/* Windows unit by unit, as bits; closed forms where there are any. */
#include "bits.h"
#include "progression.h"
#include "../whole.h"

#include <string.h>

/* ---- rows --------------------------------------------------------------- */

/* The tiles of a chain at `time`, or false if tiles are cut or two loops
   spread them. */
static bool make_row(tacet_row *row, const tacet_chain *chain,
                     const int64_t *time) {
  *row = (tacet_row){0, chain->extent, 0, 1};
  for (int k = 0; k < chain->loops; k++) {
    const tacet_loop *loop = chain->loop[k];
    int64_t first = time[k] * loop->units;
    int64_t count =
        smaller(loop->units, ceil_div(row->length, loop->size) - first);
    if ((first + count) * loop->size > row->length) return false;
    if (count > 1 && row->count > 1) return false;
    if (row->count > 1 && row->length % loop->size) return false;
    if (count > 1) {
      row->count = count;
      row->step = loop->size;
    }
    row->start += first * loop->size;
    row->length = loop->size;
  }
  return true;
}

/* The units' tiles as one, or false if they lie scattered. */
static bool make_hull(tacet_row *hull, const tacet_chain *chain,
                      const int64_t *time) {
  bool spread = false;
  *hull = (tacet_row){0, chain->extent, 0, 1};
  for (int k = 0; k < chain->loops; k++) {
    const tacet_loop *loop = chain->loop[k];
    if (spread && loop->folds > 1) return false;
    if (spread) continue; /* its units hold the whole outer tiles */
    int64_t first = time[k] * loop->units * loop->size;
    hull->start += first;
    hull->length = smaller(loop->units * loop->size, hull->length - first);
    if (loop->units > 1) spread = true;
  }
  return true;
}

/* True if the units of `now` were active before, each as far from unit 0. */
static bool in_step(const tacet_row *now, const tacet_row *before) {
  return now->count == 1 ||
         (before->count >= now->count && before->step == now->step);
}

static bool sum_rows(tacet_window_sums *sums, const tacet_rank *rank,
                     const tacet_chain chain[2], const tacet_moment moment[2],
                     bool whole) {
  tacet_row now[2], before[2];
  for (int i = 0; i < 2; i++) {
    bool (*make)(tacet_row *, const tacet_chain *, const int64_t *) =
        whole ? make_hull : make_row;
    if (!make(&now[i], &chain[i], moment[i].time) ||
        !make(&before[i], &chain[i], moment[i].before) ||
        !in_step(&now[i], &before[i]))
      return false;
  }
  return tacet_progression_sum(sums, rank, now, before);
}

/* ---- unit by unit ------------------------------------------------------- */

typedef struct gather {
  const tacet_rank *rank;
  const tacet_chain *filter;
  const tacet_moment *filter_moment;
  const tacet_piece *out_piece;
  tacet_bits now, before, any, fresh;
  tacet_window_sums *sums;
} gather;

static void add_unit(const tacet_piece *filter, void *context) {
  gather *g = context;
  const tacet_piece *out = g->out_piece;
  tacet_row now[2] = {{.start = out->start, .length = out->length},
                      {.start = filter->start, .length = filter->length}};
  tacet_row before[2] = {
      {.start = out->before_start, .length = out->before_length},
      {.start = filter->before_start, .length = filter->before_length}};
  tacet_bits_window(&g->now, g->rank, now);
  tacet_bits_window(&g->before, g->rank, before);
  for (int w = g->now.first; w <= g->now.last; w++) {
    uint64_t held = g->now.word[w], kept = held & g->before.word[w];
    g->sums->held += tacet_ones(held);
    g->sums->kept += tacet_ones(kept);
    g->any.word[w] |= held;
    g->fresh.word[w] |= held & ~kept;
  }
  tacet_bits_wipe(&g->now);
  tacet_bits_wipe(&g->before);
}

static void add_units(const tacet_piece *out, void *context) {
  gather *g = context;
  g->out_piece = out;
  tacet_pieces(g->filter, g->filter_moment, add_unit, g);
}

static void sum_units(tacet_window_sums *sums, const tacet_rank *rank,
                      const tacet_chain chain[2],
                      const tacet_moment moment[2]) {
  gather g;
  memset(&g, 0, sizeof g);
  g.rank = rank;
  g.filter = &chain[1];
  g.filter_moment = &moment[1];
  g.sums = sums;
  for (int64_t base = 0; base < rank->size; base += TACET_BITS_STRETCH) {
    tacet_bits_clear(&g.now, base, rank->size);
    tacet_bits_clear(&g.before, base, rank->size);
    tacet_pieces(&chain[0], &moment[0], add_units, &g);
    for (int w = 0; w < TACET_BITS_WORDS; w++) {
      sums->any += tacet_ones(g.any.word[w]);
      sums->fresh += tacet_ones(g.fresh.word[w]);
      g.any.word[w] = g.fresh.word[w] = 0;
    }
  }
}

/* ---- one child ---------------------------------------------------------- */

typedef struct child {
  const tacet_rank *rank;
  const tacet_chain *filter;
  const tacet_moment *filter_moment;
  const tacet_piece *out_piece;
  tacet_bits set;
} child;

static void mark_unit(const tacet_piece *filter, void *context) {
  child *c = context;
  const tacet_piece *out = c->out_piece;
  tacet_row tile[2] = {{.start = out->start, .length = out->length},
                       {.start = filter->start, .length = filter->length}};
  tacet_bits_window(&c->set, c->rank, tile);
}

static void mark_units(const tacet_piece *out, void *context) {
  child *c = context;
  c->out_piece = out;
  tacet_pieces(c->filter, c->filter_moment, mark_unit, c);
}

static void mark(child *c, const tacet_chain chain[2],
                 const tacet_moment moment[2], int64_t base) {
  tacet_bits_clear(&c->set, base, c->rank->size);
  c->filter = &chain[1];
  c->filter_moment = &moment[1];
  tacet_pieces(&chain[0], &moment[0], mark_units, c);
}

/* The step before as a moment of its own. */
static tacet_moment moment_before(const tacet_moment *moment) {
  tacet_moment before = {.cut = TACET_MAX_CHAIN, .first = true};
  memcpy(before.time, moment->before, sizeof before.time);
  return before;
}

static void sum_child(tacet_window_sums *sums, const tacet_rank *rank,
                      const tacet_chain chain[2],
                      const tacet_moment moment[2]) {
  child now = {.rank = rank}, before = {.rank = rank};
  tacet_moment earlier[2] = {moment_before(&moment[0]),
                             moment_before(&moment[1])};
  for (int64_t base = 0; base < rank->size; base += TACET_BITS_STRETCH) {
    mark(&now, chain, moment, base);
    mark(&before, chain, earlier, base);
    for (int w = now.set.first; w <= now.set.last; w++) {
      sums->held += tacet_ones(now.set.word[w]);
      sums->kept += tacet_ones(now.set.word[w] & before.set.word[w]);
    }
    tacet_bits_wipe(&now.set);
    tacet_bits_wipe(&before.set);
  }
  sums->any = sums->held;
  sums->fresh = sums->held - sums->kept;
}

/* ---- one child whose tile has no holes ---------------------------------- */

static void widen(const tacet_piece *piece, void *context) {
  tacet_row *reach = context;
  int64_t end =
      larger(reach->start + reach->length, piece->start + piece->length);
  if (reach->length == 0 || piece->start < reach->start)
    reach->start = piece->start;
  reach->length = end - reach->start;
}

/* From the first of the units' tiles to the last. */
static tacet_row reach_of(const tacet_chain *chain,
                          const tacet_moment *moment) {
  tacet_row reach = {.count = 1};
  tacet_pieces(chain, moment, widen, &reach);
  return reach;
}

static void sum_reach(tacet_window_sums *sums, const tacet_rank *rank,
                      const tacet_chain chain[2],
                      const tacet_moment moment[2]) {
  tacet_row now[2], before[2];
  for (int i = 0; i < 2; i++) {
    const tacet_moment earlier = moment_before(&moment[i]);
    now[i] = reach_of(&chain[i], &moment[i]);
    before[i] = reach_of(&chain[i], &earlier);
  }
  tacet_progression_sum(sums, rank, now, before);
}

void tacet_window_sum(tacet_window_sums *sums, const tacet_rank *rank,
                      const tacet_chain chain[2], const tacet_moment moment[2],
                      bool whole) {
  if (sum_rows(sums, rank, chain, moment, whole)) return;
  if (whole && rank->contiguous) {
    sum_reach(sums, rank, chain, moment);
    return;
  }
  *sums = (tacet_window_sums){0};
  (whole ? sum_child : sum_units)(sums, rank, chain, moment);
}

/* ---- tiles -------------------------------------------------------------- */

/* The tile of a PE that holds coordinate `at` of the chain's dimension. */
static tacet_row tile_at(const tacet_chain *chain, int64_t at) {
  tacet_row tile = {.length = chain->extent, .count = 1};
  for (int k = 0; k < chain->loops; k++) {
    int64_t size = chain->loop[k]->size;
    int64_t start = (at - tile.start) / size * size;
    tile.start += start;
    tile.length = smaller(size, tile.length - start);
  }
  return tile;
}

static int64_t extent_of(const tacet_rank *rank, const tacet_row tile[2]) {
  tacet_interval window;
  if (tacet_progression_window(&window, rank, tile))
    return tacet_clipped(window, rank->size);
  tacet_bits b;
  int64_t count = 0;
  memset(&b, 0, sizeof b);
  for (int64_t base = 0; base < rank->size; base += TACET_BITS_STRETCH) {
    tacet_bits_clear(&b, base, rank->size);
    tacet_bits_window(&b, rank, tile);
    for (int w = b.first; w <= b.last; w++) count += tacet_ones(b.word[w]);
    tacet_bits_wipe(&b);
  }
  return count;
}

/* Without what lies between: of pairs (i, j), (i + dilation, j - stride) is the
   same coordinate again, as the two have no common divisor. */
static int64_t full_extent(const tacet_rank *rank, int64_t outs,
                           int64_t filters) {
  if (rank->contiguous)
    return rank->term[0].coefficient * (outs - 1) +
           rank->term[1].coefficient * (filters - 1) + 1;
  int64_t again = larger(outs - rank->term[1].coefficient, 0);
  return outs * filters -
         again * larger(filters - rank->term[0].coefficient, 0);
}

int64_t tacet_window_full(const tacet_rank *rank, const tacet_chain chain[2]) {
  return full_extent(rank, tacet_chain_tile(&chain[0]),
                     tacet_chain_tile(&chain[1]));
}

static bool clips(const tacet_rank *rank, int64_t outs, int64_t filters) {
  int64_t top = rank->offset + rank->term[0].coefficient * (outs - 1) +
                rank->term[1].coefficient * (filters - 1);
  return rank->offset < 0 || top >= rank->size;
}

/* Tile by tile until one is whole and clear of padding. */
int64_t tacet_window_largest(const tacet_rank *rank,
                             const tacet_chain chain[2]) {
  const int64_t full = tacet_window_full(rank, chain);
  if (!clips(rank, chain[0].extent, chain[1].extent)) return full;
  tacet_row tile[2];
  int64_t most = 0;
  for (int64_t i = 0; i < chain[0].extent && most < full;
       i = tile[0].start + tile[0].length) {
    tile[0] = tile_at(&chain[0], i);
    for (int64_t j = 0; j < chain[1].extent && most < full;
         j = tile[1].start + tile[1].length) {
      tile[1] = tile_at(&chain[1], j);
      most = larger(most, extent_of(rank, tile));
    }
  }
  return most;
}

bool tacet_window_clips(const tacet_rank *rank, const tacet_layer *layer) {
  return clips(rank, layer->dim[rank->term[0].dim].size,
               layer->dim[rank->term[1].dim].size);
}
