/* Tiles of one dimension, unit by unit or in groups of equal units. */
#include "tiles.h"
#include "../whole.h"

/* The tiles that a loop's units take of an outer tile in one fold: `whole`
   units with whole tiles, then perhaps one with a part. */
typedef struct fold {
  int64_t active;
  int64_t whole;
  int64_t part; /* its length, 0 if none */
} fold;

static fold fold_at(const tacet_loop *loop, int64_t length, int64_t time) {
  int64_t first = time * loop->units;
  int64_t active = smaller(ceil_div(length, loop->size) - first, loop->units);
  if (active <= 0) return (fold){0, 0, 0};
  int64_t whole = larger(smaller(length / loop->size - first, active), 0);
  return (fold){active, whole, whole < active ? length % loop->size : 0};
}

void tacet_moment_before(tacet_moment *moment, const tacet_chain *chain) {
  int64_t length = chain->extent;
  for (int k = 0; k < chain->loops; k++) {
    const tacet_loop *loop = chain->loop[k];
    int64_t tiles = ceil_div(length, loop->size);
    int64_t time = ceil_div(tiles, loop->units) - 1;
    if (k < moment->cut)
      time = moment->time[k] - (moment->own && k == moment->cut - 1);
    moment->before[k] = time;
    length = smaller(loop->size, length - time * loop->units * loop->size);
  }
}

/* ---- sums --------------------------------------------------------------- */

typedef struct sums {
  const tacet_chain *chain;
  const tacet_moment *moment;
  tacet_tile_sums *out;
} sums;

/* A loop inside the one that advances starts again: a unit's tile stays only
   if its last tile there was its first. Where that last tile was a cut one,
   inner loops may have left the unit idle in it; `shadow` is the length of
   such a cut tile as seen from here, 0 if there is none: units that are active
   in it have moved. */
typedef struct group {
  int64_t length; /* of the outer tile */
  int64_t count;  /* of equal outer tiles */
  bool same;
  int64_t shadow;
} group;

static int64_t tile_of(const tacet_loop *loop, const fold *f, int64_t unit) {
  if (unit < f->whole) return loop->size;
  return unit < f->active ? f->part : 0;
}

/* The group of one unit of a loop that starts again. */
static group restart(const tacet_loop *loop, const group *outer, int64_t unit) {
  int64_t tile = unit + loop->units; /* of the next fold */
  fold cut = fold_at(loop, outer->shadow, 0);
  group inner = *outer;
  inner.shadow = tile_of(loop, &cut, unit);
  if ((tile + 1) * loop->size <= outer->length)
    inner.same = false;
  else if (tile * loop->size < outer->length)
    inner.shadow = larger(inner.shadow, outer->length - tile * loop->size);
  return inner;
}

static void first_edge(int64_t *end, int64_t unit, int64_t edge) {
  if (edge > unit && edge < *end) *end = edge;
}

/* Units from `unit` on to the result behave alike. */
static int64_t alike(const tacet_loop *loop, const group *outer, const fold *f,
                     int64_t unit) {
  fold cut = fold_at(loop, outer->shadow, 0);
  int64_t stays = outer->length / loop->size - loop->units;
  int64_t end = f->active;
  first_edge(&end, unit, f->whole);
  first_edge(&end, unit, cut.whole);
  first_edge(&end, unit, cut.active);
  first_edge(&end, unit, stays);
  first_edge(&end, unit, stays + 1);
  return end;
}

static void sum_now(const sums *s, int k, const group *outer) {
  if (k == s->chain->loops) {
    s->out->active += outer->count;
    s->out->length += outer->count * outer->length;
    bool kept = outer->same && !outer->shadow;
    if (kept) s->out->kept += outer->count * outer->length;
    if (outer->length > 1) return;
    s->out->single += outer->count;
    if (kept) s->out->kept_single += outer->count;
    return;
  }
  const tacet_loop *loop = s->chain->loop[k];
  const tacet_moment *m = s->moment;
  fold f = fold_at(loop, outer->length, m->time[k]);
  for (int64_t unit = 0, end; unit < f.active; unit = end) {
    end = alike(loop, outer, &f, unit);
    group inner = *outer;
    if (k >= m->cut) inner = restart(loop, outer, unit);
    if (m->own && k == m->cut - 1) inner.same = false;
    inner.count = outer->count * (end - unit);
    inner.length = tile_of(loop, &f, unit);
    sum_now(s, k + 1, &inner);
  }
}

static void sum_before(const sums *s, int k, int64_t length, int64_t count) {
  if (k == s->chain->loops) {
    s->out->before_active += count;
    s->out->before_length += count * length;
    return;
  }
  const tacet_loop *loop = s->chain->loop[k];
  fold f = fold_at(loop, length, s->moment->before[k]);
  if (f.whole) sum_before(s, k + 1, loop->size, count * f.whole);
  if (f.part) sum_before(s, k + 1, f.part, count);
}

/* Units with outer tiles of `now` and `before` that are active in both. */
static int64_t count_both(const sums *s, int k, int64_t now, int64_t before) {
  if (k == s->chain->loops) return 1;
  const tacet_loop *loop = s->chain->loop[k];
  fold a = fold_at(loop, now, s->moment->time[k]);
  fold b = fold_at(loop, before, s->moment->before[k]);
  int64_t end = smaller(a.active, b.active);
  int64_t whole = smaller(smaller(a.whole, b.whole), end);
  int64_t count = 0;
  if (whole) count = whole * count_both(s, k + 1, loop->size, loop->size);
  for (int64_t unit = whole; unit < end; unit++)
    count +=
        count_both(s, k + 1, tile_of(loop, &a, unit), tile_of(loop, &b, unit));
  return count;
}

bool tacet_stands_still(const tacet_chain *chain, const tacet_moment *moment) {
  for (int k = 0; k < chain->loops; k++)
    if (moment->time[k] != moment->before[k]) return false;
  return true;
}

static int64_t longest(const tacet_chain *chain, const int64_t *time) {
  int64_t length = chain->extent;
  for (int k = 0; k < chain->loops; k++) {
    const tacet_loop *loop = chain->loop[k];
    int64_t start = time[k] * loop->units * loop->size;
    length = smaller(loop->size, length - start);
  }
  return length;
}

tacet_tile_sums tacet_tiles_sum(const tacet_chain *chain,
                                const tacet_moment *moment) {
  tacet_tile_sums out = {0};
  sums s = {chain, moment, &out};
  group all = {chain->extent, 1, !moment->first, 0};
  sum_now(&s, 0, &all);
  out.longest = longest(chain, moment->time);
  if (moment->first) return out;
  out.longest_before = longest(chain, moment->before);
  out.still = tacet_stands_still(chain, moment);
  if (out.still) {
    out.before_active = out.both = out.active;
    out.before_length = out.length;
  } else {
    sum_before(&s, 0, chain->extent, 1);
    out.both = count_both(&s, 0, chain->extent, chain->extent);
  }
  return out;
}

/* ---- outer tiles -------------------------------------------------------- */

static int add_length(int64_t *length, int count, int64_t value) {
  for (int i = 0; i < count; i++)
    if (length[i] == value) return count;
  length[count] = value;
  return count + 1;
}

int tacet_outer_lengths(int64_t length[TACET_MAX_CHAIN + 1],
                        const tacet_chain *chain, const int64_t *time, int k) {
  int count = 1;
  length[0] = chain->extent;
  for (int q = 0; q < k; q++) {
    const tacet_loop *loop = chain->loop[q];
    int64_t next[2 * (TACET_MAX_CHAIN + 1)];
    int next_count = 0;
    for (int i = 0; i < count; i++) {
      fold f = fold_at(loop, length[i], time[q]);
      if (f.whole) next_count = add_length(next, next_count, loop->size);
      if (f.part) next_count = add_length(next, next_count, f.part);
    }
    count = next_count;
    for (int i = 0; i < count; i++) length[i] = next[i];
  }
  return count;
}

/* ---- pieces ------------------------------------------------------------- */

typedef struct pieces {
  const tacet_chain *chain;
  const tacet_moment *moment;
  tacet_piece_visit *visit;
  void *context;
  int64_t unit[TACET_MAX_CHAIN];
} pieces;

/* Takes tile `tile` of *start, *length; false if there is none. */
static bool narrow(int64_t *start, int64_t *length, int64_t size,
                   int64_t tile) {
  if (tile < 0 || tile * size >= *length) return false;
  *start += tile * size;
  *length = smaller(size, *length - tile * size);
  return true;
}

/* The unit's tile at its own last active step: at loops that start again the
   last fold in which the loops further in leave it a tile. */
static bool last_piece(const pieces *p, int k, int64_t start, int64_t length,
                       tacet_piece *piece) {
  if (k == p->chain->loops) {
    piece->before_start = start;
    piece->before_length = length;
    return true;
  }
  const tacet_loop *loop = p->chain->loop[k];
  const tacet_moment *m = p->moment;
  int64_t time = m->time[k] - (m->own && k == m->cut - 1);
  if (k >= m->cut)
    time = (ceil_div(length, loop->size) - 1 - p->unit[k]) / loop->units;
  for (int tries = k >= m->cut ? 2 : 1; tries > 0; tries--, time--) {
    int64_t at = start, rest = length;
    if (narrow(&at, &rest, loop->size, time * loop->units + p->unit[k]) &&
        last_piece(p, k + 1, at, rest, piece))
      return true;
  }
  return false;
}

static void visit_pieces(pieces *p, int k, int64_t start, int64_t length) {
  if (k == p->chain->loops) {
    tacet_piece piece = {.start = start, .length = length};
    for (int q = 0; q < k; q++)
      piece.unit = piece.unit * p->chain->loop[q]->units + p->unit[q];
    if (!p->moment->first) last_piece(p, 0, 0, p->chain->extent, &piece);
    p->visit(&piece, p->context);
    return;
  }
  const tacet_loop *loop = p->chain->loop[k];
  int64_t first = p->moment->time[k] * loop->units;
  for (int64_t unit = 0; unit < loop->units; unit++) {
    int64_t at = start, rest = length;
    if (!narrow(&at, &rest, loop->size, first + unit)) break;
    p->unit[k] = unit;
    visit_pieces(p, k + 1, at, rest);
  }
}

void tacet_pieces(const tacet_chain *chain, const tacet_moment *moment,
                  tacet_piece_visit *visit, void *context) {
  pieces p = {
      .chain = chain, .moment = moment, .visit = visit, .context = context};
  visit_pieces(&p, 0, 0, chain->extent);
}
