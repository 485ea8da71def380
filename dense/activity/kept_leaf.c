/* PEs one after the other: those along one dimension, then those along the two
   of a window. Knows nothing of which steps there are. */
#include "kept_leaf.h"

#include <string.h>

#include "bits.h"
#include "../whole.h"

/* ---- stays -------------------------------------------------------------- */

/* The stay of a tensor's tile, seen from one chain: the chain's first `timed`
   loops, at their times, tell it from the others. */
typedef struct stay {
  const tacet_chain *chain;
  const int64_t *time; /* of the step, of all loops */
  int timed;
  int groups;          /* loops whose units have parents of their own */
  tacet_moment moment; /* of the stay */
} stay;

static void set_stay(stay *s, const tacet_axis *axis, int i,
                     const tacet_kept_step *step, int t, const int64_t *time) {
  const tacet_chain *chain = &axis->chain[i];
  tacet_chain outer = *chain;
  s->chain = chain;
  s->time = time;
  s->timed = s->groups = 0;
  s->moment.cut = 0;
  s->moment.own = s->moment.first = false;
  for (int k = 0; k < chain->loops; k++) {
    const bool timed = chain->place[k] < step->position[t];
    s->timed += timed;
    s->groups += chain->loop[k]->level < axis->parent;
    s->moment.time[k] = timed ? time[k] : 0;
    if (!timed || chain->place[k] > step->began[t]) continue;
    s->moment.cut = k + 1;
    s->moment.own = chain->place[k] == step->began[t];
  }
  outer.loops = s->timed;
  tacet_moment_before(&s->moment, &outer);
}

/* Whether no loop within the stay has moved. */
static bool at_start(const stay *s) {
  for (int k = s->timed; k < s->chain->loops; k++)
    if (s->time[k]) return false;
  return true;
}

/* ---- one PE ------------------------------------------------------------- */

/* A PE, along one chain. */
typedef struct pe {
  const stay *stay;
  int64_t unit[TACET_MAX_CHAIN];
  int64_t last[TACET_MAX_CHAIN]; /* its last active stay */
} pe;

/* Goes to the next units of the loops from..to-1; false after the last. */
static bool next_units(pe *p, int from, int to) {
  for (int k = to - 1; k >= from; k--) {
    const tacet_loop *loop = p->stay->chain->loop[k];
    if (++p->unit[k] < smaller(loop->units, loop->tiles)) return true;
    p->unit[k] = 0;
  }
  return false;
}

static bool next_group(pe *p) {
  return next_units(p, 0, p->stay->groups);
}

static bool next_in_group(pe *p) {
  return next_units(p, p->stay->groups, p->stay->chain->loops);
}

/* Takes a tile of an outer one; false if there is none. */
static bool narrow(int64_t *length, int64_t size, int64_t tile) {
  if (tile < 0 || tile * size >= *length) return false;
  *length = smaller(size, *length - tile * size);
  return true;
}

/* Length of its tile when the first `timed` loops are at these times, and the
   others at 0; 0 if there is none. */
static int64_t tile_at(const pe *p, const int64_t *time, int timed) {
  const tacet_chain *chain = p->stay->chain;
  int64_t length = chain->extent;
  for (int k = 0; k < chain->loops; k++) {
    const tacet_loop *loop = chain->loop[k];
    const int64_t tile = (k < timed ? time[k] * loop->units : 0) + p->unit[k];
    if (!narrow(&length, loop->size, tile)) return 0;
  }
  return length;
}

static int64_t tile_now(const pe *p) {
  return tile_at(p, p->stay->time, p->stay->chain->loops);
}

/* Finds its last active stay from loop k on, within a tile: at loops that
   start again the last fold in which the loops further in leave it a tile. */
static bool find_last(pe *p, int k, int64_t length) {
  const stay *s = p->stay;
  const tacet_moment *m = &s->moment;
  if (k == s->chain->loops) return true;
  const tacet_loop *loop = s->chain->loop[k];
  const bool restarts = k >= m->cut && k < s->timed;
  int64_t time = m->time[k] - (m->own && k == m->cut - 1);
  if (restarts)
    time = (ceil_div(length, loop->size) - 1 - p->unit[k]) / loop->units;
  for (int tries = restarts ? 2 : 1; tries > 0; tries--, time--) {
    int64_t inner = length;
    p->last[k] = time;
    if (narrow(&inner, loop->size, time * loop->units + p->unit[k]) &&
        find_last(p, k + 1, inner))
      return true;
  }
  return false;
}

static bool same_stay(const stay *s, const int64_t *one, const int64_t *other) {
  for (int k = 0; k < s->timed; k++)
    if (one[k] != other[k]) return false;
  return true;
}

/* Length of all of its tile in a stay, from loop k on. */
static int64_t stay_length(const pe *p, const int64_t *time, int k,
                           int64_t length) {
  if (k == p->stay->chain->loops) return length;
  const tacet_loop *loop = p->stay->chain->loop[k];
  const int64_t whole = length / loop->size;
  int64_t first = p->unit[k], sum = 0;
  if (k < p->stay->timed) {
    first += time[k] * loop->units;
    return narrow(&length, loop->size, first)
               ? stay_length(p, time, k + 1, length)
               : 0;
  }
  int64_t tiles = ceil_div(length, loop->size);
  int64_t count = first < tiles ? ceil_div(tiles - first, loop->units) : 0;
  if (count && first + (count - 1) * loop->units == whole) {
    count--;
    sum = stay_length(p, time, k + 1, length % loop->size);
  }
  return count ? sum + count * stay_length(p, time, k + 1, loop->size) : sum;
}

/* ---- one dimension ------------------------------------------------------ */

typedef struct words {
  int64_t held, kept, any, stale;
} words;

/* Sums over PEs, and over the parents that have such PEs. */
typedef struct line {
  int64_t active, length; /* PEs that have a tile; of their tiles */
  int64_t kept;           /* length of tiles that the stay before had */
  int64_t groups;
  int64_t both, both_length; /* of outputs: that stay as they are */
  int64_t groups_stay;       /* no PE of which has become idle */
} line;

static bool add_operand(line *sums, pe *p) {
  const int64_t length = tile_now(p);
  if (!length) return false;
  sums->active++;
  sums->length += length;
  find_last(p, 0, p->stay->chain->extent);
  if (same_stay(p->stay, p->last, p->stay->moment.time)) sums->kept += length;
  return true;
}

static void sum_operand(line *sums, const stay *s) {
  pe p = {.stay = s};
  do {
    bool any = false;
    do any = add_operand(sums, &p) || any;
    while (next_in_group(&p));
    sums->groups += any;
  } while (next_group(&p));
}

/* Whether it had a tile in the stay before; *left if it has none now. */
static bool add_output(line *sums, const pe *p, bool *left) {
  const stay *s = p->stay;
  const tacet_moment *m = &s->moment;
  if (!tile_at(p, m->before, s->timed)) return false;
  const int64_t length = stay_length(p, m->before, 0, s->chain->extent);
  const bool now = tile_at(p, m->time, s->timed) > 0;
  sums->active++;
  sums->length += length;
  sums->both += now;
  if (now && same_stay(s, m->time, m->before)) sums->both_length += length;
  *left = *left || !now;
  return true;
}

static void sum_output(line *sums, const stay *s) {
  pe p = {.stay = s};
  do {
    bool any = false, left = false;
    do any = add_output(sums, &p, &left) || any;
    while (next_in_group(&p));
    sums->groups += any;
    sums->groups_stay += any && !left;
  } while (next_group(&p));
}

static words dim_words(const stay *s, bool in, int t) {
  line sums = {0};
  if (t == TACET_OUTPUT) {
    sum_output(&sums, s);
    return in ? (words){sums.length, sums.both_length, sums.length,
                        sums.both_length}
              : (words){sums.active, sums.both, sums.groups, sums.groups_stay};
  }
  if (!in && !at_start(s)) return (words){0}; /* all used before */
  sum_operand(&sums, s);
  return in ? (words){sums.length, sums.kept, sums.length, sums.kept}
            : (words){sums.active, sums.active, sums.groups, sums.groups};
}

/* ---- windows ------------------------------------------------------------ */

/* Times from..to-1 of each loop of a chain. */
typedef struct spans {
  int64_t from[TACET_MAX_CHAIN], to[TACET_MAX_CHAIN];
} spans;

/* PEs of both chains. */
typedef struct pairs {
  const tacet_axis *axis;
  stay stay[2];
  pe pe[2];
  spans span[2];
  tacet_row tile[2];
  tacet_bits *set; /* takes what the spans' tiles touch */
  tacet_bits now, used, last;
  tacet_bits any, fresh; /* of the PEs of one parent */
} pairs;

/* True if the loops inside of loop k leave no gap. */
static bool is_solid(const pairs *p, int i, int k) {
  const tacet_chain *chain = &p->axis->chain[i];
  for (int q = k; q < chain->loops; q++) {
    if (chain->loop[q]->units > 1) return false;
    if (q > k &&
        (p->span[i].from[q] > 0 || p->span[i].to[q] < chain->loop[q]->folds))
      return false;
  }
  return true;
}

static void set_second(pairs *p);

static void set_stretch(pairs *p, int i, int64_t start, int64_t length) {
  p->tile[i] = (tacet_row){.start = start, .length = length};
  if (i == 0)
    set_second(p);
  else
    tacet_bits_window(p->set, &p->axis->window, p->tile);
}

static void set_tiles(pairs *p, int i, int k, int64_t start, int64_t length) {
  const tacet_chain *chain = &p->axis->chain[i];
  if (k == chain->loops) {
    set_stretch(p, i, start, length);
    return;
  }
  const tacet_loop *loop = chain->loop[k];
  const int64_t from = p->span[i].from[k], to = p->span[i].to[k];
  if (is_solid(p, i, k)) {
    const int64_t end = smaller(to * loop->size, length);
    const int64_t begin = from * loop->size;
    if (begin < end) set_stretch(p, i, start + begin, end - begin);
    return;
  }
  for (int64_t time = from; time < to; time++) {
    const int64_t tile = time * loop->units + p->pe[i].unit[k];
    int64_t inner = length;
    if (!narrow(&inner, loop->size, tile)) return;
    set_tiles(p, i, k + 1, start + tile * loop->size, inner);
  }
}

static void set_second(pairs *p) {
  set_tiles(p, 1, 0, 0, p->axis->chain[1].extent);
}

static void set_all(pairs *p, tacet_bits *set) {
  p->set = set;
  set_tiles(p, 0, 0, 0, p->axis->chain[0].extent);
}

/* Spans of one time of the first `timed` loops, and all of the others. */
static void span_at(spans *span, const tacet_chain *chain, const int64_t *time,
                    int timed) {
  for (int k = 0; k < chain->loops; k++) {
    span->from[k] = k < timed ? time[k] : 0;
    span->to[k] = k < timed ? time[k] + 1 : chain->loop[k]->folds;
  }
}

/* Sets what the steps of the stay before this one have used: for each loop
   within the stay those at its earlier times, the loops further out where they
   are, those further in at any time. */
static void set_used(pairs *p) {
  const tacet_axis *axis = p->axis;
  for (int i = 0; i < 2; i++)
    span_at(&p->span[i], &axis->chain[i], p->stay[i].time, p->stay[i].timed);
  for (int n = 0; n < axis->loops; n++) {
    const int i = axis->order[n].chain, k = axis->order[n].at;
    const int64_t time = p->stay[i].time[k];
    if (k < p->stay[i].timed) continue;
    p->span[i].from[k] = 0;
    p->span[i].to[k] = time;
    if (time > 0) set_all(p, &p->used);
    p->span[i].from[k] = time;
    p->span[i].to[k] = time + 1;
  }
  set_all(p, &p->now);
}

static void set_last(pairs *p) {
  for (int i = 0; i < 2; i++) {
    find_last(&p->pe[i], 0, p->axis->chain[i].extent);
    span_at(&p->span[i], &p->axis->chain[i], p->pe[i].last, p->stay[i].timed);
  }
  set_all(p, &p->last);
}

static void add_pair(words *sums, pairs *p) {
  if (!tile_now(&p->pe[0]) || !tile_now(&p->pe[1])) return;
  set_used(p);
  set_last(p);
  for (int w = p->now.first; w <= p->now.last; w++) {
    const uint64_t held = p->now.word[w] & ~p->used.word[w];
    const uint64_t kept = held & p->last.word[w];
    sums->held += tacet_ones(held);
    sums->kept += tacet_ones(kept);
    p->any.word[w] |= held;
    p->fresh.word[w] |= held & ~kept;
  }
  tacet_bits_wipe(&p->now);
  tacet_bits_wipe(&p->used);
  tacet_bits_wipe(&p->last);
}

/* The PEs of one parent. */
static void add_group(words *sums, pairs *p) {
  do do
      add_pair(sums, p);
    while (next_in_group(&p->pe[1]));
  while (next_in_group(&p->pe[0]));
  for (int w = 0; w < TACET_BITS_WORDS; w++) {
    sums->any += tacet_ones(p->any.word[w]);
    sums->stale += tacet_ones(p->any.word[w] & ~p->fresh.word[w]);
    p->any.word[w] = p->fresh.word[w] = 0;
  }
}

static words window_words(const tacet_axis *axis, const stay stays[2]) {
  pairs p;
  words sums = {0};
  memset(&p, 0, sizeof p);
  p.axis = axis;
  for (int i = 0; i < 2; i++) {
    p.stay[i] = stays[i];
    p.pe[i].stay = &p.stay[i];
  }
  for (int64_t base = 0; base < axis->window.size; base += TACET_BITS_STRETCH) {
    tacet_bits_clear(&p.now, base, axis->window.size);
    tacet_bits_clear(&p.used, base, axis->window.size);
    tacet_bits_clear(&p.last, base, axis->window.size);
    do do
        add_group(&sums, &p);
      while (next_group(&p.pe[1]));
    while (next_group(&p.pe[0]));
  }
  return sums;
}

/* ---- all tensors -------------------------------------------------------- */

static void set_words(tacet_factors *factor, int t, const words *w) {
  factor->held[t] = w->held;
  factor->kept[t] = w->kept;
  factor->any[t] = w->any;
  factor->stale[t] = w->stale;
}

void tacet_kept_words(tacet_factors *factor, const tacet_axis *axis,
                      const tacet_kept_step *step,
                      int64_t time[2][TACET_MAX_CHAIN]) {
  for (int t = 0; t < TACET_TENSORS; t++) {
    if (!step->keeps[t]) continue;
    stay s[2];
    words all = {1, 1, 1, 1};
    for (int i = 0; i < axis->dims; i++)
      set_stay(&s[i], axis, i, step, t, time[i]);
    for (int i = 0; i < axis->dims && t != axis->window_slot; i++) {
      if (!axis->cut[i]) continue;
      const words w = dim_words(&s[i], axis->in[i][t], t);
      all = (words){all.held * w.held, all.kept * w.kept, all.any * w.any,
                    all.stale * w.stale};
    }
    if (t == axis->window_slot) all = window_words(axis, s);
    set_words(factor, t, &all);
  }
}
