/* Sets of coordinates as bits, one stretch of the rank at a time, so that
   any size works in a fixed space. */
#include "progression.h"

#include <string.h>

enum { WORDS = 64, STRETCH = 64 * WORDS };

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/* The bits of coordinates base .. base + STRETCH-1; only words first..last
   can be set. */
typedef struct bits {
  int64_t base;
  int64_t limit; /* coordinates from here on do not exist */
  int first, last;
  uint64_t word[WORDS];
} bits;

static void set_range(bits *b, int64_t start, int64_t length) {
  int64_t from = larger(start, b->base) - b->base;
  int64_t to = smaller(start + length, b->limit) - b->base;
  to = smaller(to, STRETCH);
  if (from >= to) return;
  int first = (int)(from / 64), last = (int)((to - 1) / 64);
  uint64_t head = ~UINT64_C(0) << (from % 64);
  uint64_t tail = ~UINT64_C(0) >> (63 - (to - 1) % 64);
  if (first == last) {
    b->word[first] |= head & tail;
  } else {
    b->word[first] |= head;
    for (int w = first + 1; w < last; w++) b->word[w] = ~UINT64_C(0);
    b->word[last] |= tail;
  }
  if (first < b->first) b->first = first;
  if (last > b->last) b->last = last;
}

/* An interval of each term's dimension. */
typedef struct span {
  int64_t out, outs;
  int64_t filter, filters;
} span;

/* All coordinates of the span are one run without holes. */
static bool is_run(const tacet_rank *rank, const span *s) {
  int64_t stride = rank->term[0].coefficient;
  int64_t dilation = rank->term[1].coefficient;
  if (s->filters == 1) return s->outs == 1 || stride == 1;
  if (s->outs == 1) return dilation == 1;
  return (dilation == 1 && stride <= s->filters) ||
         (stride == 1 && dilation <= s->outs);
}

static void set_span(bits *b, const tacet_rank *rank, const span *s) {
  int64_t stride = rank->term[0].coefficient;
  int64_t dilation = rank->term[1].coefficient;
  int64_t start = rank->offset + stride * s->out + dilation * s->filter;
  if (is_run(rank, s)) {
    set_range(b, start,
              stride * (s->outs - 1) + dilation * (s->filters - 1) + 1);
    return;
  }
  if (dilation == 1) {
    for (int64_t i = 0; i < s->outs; i++)
      set_range(b, start + i * stride, s->filters);
    return;
  }
  for (int64_t j = 0; j < s->filters; j++)
    for (int64_t i = 0; i < s->outs; i++)
      set_range(b, start + i * stride + j * dilation, 1);
}

static void clear(bits *b, int64_t base, int64_t limit) {
  b->base = base;
  b->limit = limit;
  b->first = WORDS;
  b->last = -1;
}

static void wipe(bits *b) {
  for (int w = b->first; w <= b->last; w++) b->word[w] = 0;
  b->first = WORDS;
  b->last = -1;
}

static int64_t ones(uint64_t word) {
  return __builtin_popcountll(word);
}

/* ---- the sums ----------------------------------------------------------- */

typedef struct gather {
  const tacet_rank *rank;
  const tacet_chain *filter;
  const tacet_moment *filter_moment;
  const tacet_piece *out_piece;
  bits now, before, any, fresh;
  tacet_window_sums sums;
} gather;

static void add_unit(const tacet_piece *filter, void *context) {
  gather *g = context;
  const tacet_piece *out = g->out_piece;
  span now = {out->start, out->length, filter->start, filter->length};
  span before = {out->before_start, out->before_length, filter->before_start,
                 filter->before_length};
  set_span(&g->now, g->rank, &now);
  if (before.outs && before.filters) set_span(&g->before, g->rank, &before);
  int64_t held = 0;
  for (int w = g->now.first; w <= g->now.last; w++) {
    uint64_t bit = g->now.word[w], kept = bit & g->before.word[w];
    held += ones(bit);
    g->sums.kept += ones(kept);
    g->any.word[w] |= bit;
    g->fresh.word[w] |= bit & ~kept;
  }
  g->sums.held += held;
  g->sums.widest = larger(g->sums.widest, held);
  wipe(&g->now);
  wipe(&g->before);
}

static void add_units(const tacet_piece *out, void *context) {
  gather *g = context;
  g->out_piece = out;
  tacet_pieces(g->filter, g->filter_moment, add_unit, g);
}

/* A unit that spans several stretches is measured whole. */
static void measure_unit(const tacet_piece *filter, void *context) {
  gather *g = context;
  const tacet_piece *out = g->out_piece;
  int64_t held = tacet_window_extent(g->rank, out->start, out->length,
                                     filter->start, filter->length);
  g->sums.widest = larger(g->sums.widest, held);
}

static void measure_units(const tacet_piece *out, void *context) {
  gather *g = context;
  g->out_piece = out;
  tacet_pieces(g->filter, g->filter_moment, measure_unit, g);
}

tacet_window_sums tacet_window_sum(const tacet_rank *rank,
                                   const tacet_chain *out,
                                   const tacet_moment *out_moment,
                                   const tacet_chain *filter,
                                   const tacet_moment *filter_moment) {
  gather g;
  tacet_window_sums simple;
  if (tacet_progression_sum(&simple, rank, out, out_moment, filter,
                            filter_moment))
    return simple;
  memset(&g, 0, sizeof g);
  g.rank = rank;
  g.filter = filter;
  g.filter_moment = filter_moment;
  for (int64_t base = 0; base < rank->size; base += STRETCH) {
    clear(&g.now, base, rank->size);
    clear(&g.before, base, rank->size);
    tacet_pieces(out, out_moment, add_units, &g);
    for (int w = 0; w < WORDS; w++) {
      g.sums.any += ones(g.any.word[w]);
      g.sums.fresh += ones(g.fresh.word[w]);
      g.any.word[w] = g.fresh.word[w] = 0;
    }
  }
  if (rank->size > STRETCH) tacet_pieces(out, out_moment, measure_units, &g);
  return g.sums;
}

/* ---- one child ---------------------------------------------------------- */

typedef struct whole {
  const tacet_rank *rank;
  const tacet_chain *filter;
  const tacet_moment *filter_moment;
  const tacet_piece *out_piece;
  bits set;
} whole;

static void mark_unit(const tacet_piece *filter, void *context) {
  whole *all = context;
  const tacet_piece *out = all->out_piece;
  span s = {out->start, out->length, filter->start, filter->length};
  set_span(&all->set, all->rank, &s);
}

static void mark_units(const tacet_piece *out, void *context) {
  whole *all = context;
  all->out_piece = out;
  tacet_pieces(all->filter, all->filter_moment, mark_unit, all);
}

/* The step before as a moment of its own. */
static tacet_moment moment_before(const tacet_moment *moment) {
  tacet_moment before = {.cut = TACET_MAX_CHAIN, .first = true};
  memcpy(before.time, moment->before, sizeof before.time);
  return before;
}

tacet_window_sums tacet_window_whole(const tacet_rank *rank,
                                     const tacet_chain *out,
                                     const tacet_moment *out_moment,
                                     const tacet_chain *filter,
                                     const tacet_moment *filter_moment) {
  tacet_window_sums simple;
  if (tacet_progression_whole(&simple, rank, out, out_moment, filter,
                              filter_moment))
    return simple;
  whole now = {.rank = rank, .filter = filter, .filter_moment = filter_moment};
  tacet_moment out_before = moment_before(out_moment);
  tacet_moment filter_before = moment_before(filter_moment);
  whole before = {
      .rank = rank, .filter = filter, .filter_moment = &filter_before};
  tacet_window_sums sums = {0};
  for (int64_t base = 0; base < rank->size; base += STRETCH) {
    clear(&now.set, base, rank->size);
    clear(&before.set, base, rank->size);
    tacet_pieces(out, out_moment, mark_units, &now);
    if (!out_moment->first) tacet_pieces(out, &out_before, mark_units, &before);
    for (int w = now.set.first; w <= now.set.last; w++) {
      sums.held += ones(now.set.word[w]);
      sums.kept += ones(now.set.word[w] & before.set.word[w]);
    }
    wipe(&now.set);
    wipe(&before.set);
  }
  sums.any = sums.widest = sums.held;
  sums.fresh = sums.held - sums.kept;
  return sums;
}

int64_t tacet_window_extent(const tacet_rank *rank, int64_t out_start,
                            int64_t out_length, int64_t filter_start,
                            int64_t filter_length) {
  span s = {out_start, out_length, filter_start, filter_length};
  int64_t count = 0;
  bits b;
  memset(&b, 0, sizeof b);
  for (int64_t base = 0; base < rank->size; base += STRETCH) {
    clear(&b, base, rank->size);
    set_span(&b, rank, &s);
    for (int w = b.first; w <= b.last; w++) count += ones(b.word[w]);
    wipe(&b);
  }
  return count;
}

bool tacet_window_clips(const tacet_rank *rank, const tacet_layer *layer) {
  int64_t top = rank->offset;
  for (int i = 0; i < rank->terms; i++)
    top += rank->term[i].coefficient * (layer->dim[rank->term[i].dim].size - 1);
  return rank->offset < 0 || top >= rank->size;
}
