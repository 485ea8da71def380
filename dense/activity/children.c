/* Children one after the other: those along one dimension, then those along
   the two of a window. */
#include "children.h"

#include <string.h>

#include "bits.h"
#include "moments.h"
#include "../whole.h"

/* ---- one child ---------------------------------------------------------- */

/* A child, along one chain. */
typedef struct child {
  const tacet_chain *chain;
  const tacet_moment *moment;
  int level;                     /* cluster levels outside of a child */
  int chosen;                    /* loops that `unit` is chosen for */
  int64_t unit[TACET_MAX_CHAIN]; /* 0 inside of the child */
  int64_t length;                /* of its tile in those loops, at time 0 */
  int64_t last[TACET_MAX_CHAIN]; /* when it was last active */
} child;

static int64_t time_in(const child *c, const int64_t *time, int k) {
  return k < c->chain->timed ? time[k] : 0;
}

/* Takes a tile of an outer one; false if there is none. */
static bool narrow(int64_t *length, int64_t size, int64_t tile) {
  if (tile < 0 || tile * size >= *length) return false;
  *length = smaller(size, *length - tile * size);
  return true;
}

/* Of its own loops at rest and its PEs the first has the largest tile. */
static bool is_active(const child *c, const int64_t *time) {
  int64_t length = c->chain->extent;
  for (int k = 0; k < c->chain->loops; k++) {
    const tacet_loop *loop = c->chain->loop[k];
    int64_t tile = time_in(c, time, k) * loop->units + c->unit[k];
    if (!narrow(&length, loop->size, tile)) return false;
  }
  return true;
}

/* Finds its last active step from loop k on, within a tile: at loops that
   start again the last fold in which the loops further in leave it a tile. */
static bool find_last(child *c, int k, int64_t length) {
  const tacet_moment *m = c->moment;
  if (k == c->chain->loops) return true;
  const tacet_loop *loop = c->chain->loop[k];
  bool restarts = k >= m->cut && k < c->chain->timed;
  int64_t time = time_in(c, m->time, k) - (m->own && k == m->cut - 1);
  if (restarts)
    time = (ceil_div(length, loop->size) - 1 - c->unit[k]) / loop->units;
  for (int tries = restarts ? 2 : 1; tries > 0; tries--, time--) {
    int64_t inner = length;
    c->last[k] = time;
    if (narrow(&inner, loop->size, time * loop->units + c->unit[k]) &&
        find_last(c, k + 1, inner))
      return true;
  }
  return false;
}

static bool same_time(const child *c, const int64_t *one,
                      const int64_t *other) {
  for (int k = 0; k < c->chain->timed; k++)
    if (one[k] != other[k]) return false;
  return true;
}

/* ---- its tile ----------------------------------------------------------- */

/* Of the tiles that a loop makes of an outer one those of a child: first,
   first + step, ... before end. */
typedef struct share {
  int64_t first, step, end;
} share;

static share share_of(const child *c, const int64_t *time, int k,
                      int64_t length) {
  const tacet_loop *loop = c->chain->loop[k];
  int64_t tiles = ceil_div(length, loop->size);
  bool always = k >= c->chain->timed, every = loop->level >= c->level;
  if (always && every) return (share){0, 1, tiles};
  if (always) return (share){c->unit[k], loop->units, tiles};
  int64_t first = time[k] * loop->units;
  if (every) return (share){first, 1, smaller(first + loop->units, tiles)};
  first += c->unit[k];
  return (share){first, 1, smaller(first + 1, tiles)};
}

/* Length of all of its tile from loop k on. */
static int64_t tile_length(const child *c, const int64_t *time, int k,
                           int64_t length) {
  if (k == c->chain->loops) return length;
  int64_t size = c->chain->loop[k]->size, whole = length / size;
  share s = share_of(c, time, k, length);
  int64_t count = s.first < s.end ? ceil_div(s.end - s.first, s.step) : 0;
  int64_t sum = 0;
  if (count && s.first + (count - 1) * s.step == whole) {
    count--;
    sum = tile_length(c, time, k + 1, length % size);
  }
  return count ? sum + count * tile_length(c, time, k + 1, size) : sum;
}

typedef void piece_visit(int64_t start, int64_t length, void *context);

/* Visits the stretches that its tile consists of. */
static void visit_tile(const child *c, const int64_t *time, int k,
                       int64_t start, int64_t length, piece_visit *visit,
                       void *context) {
  if (k == c->chain->loops) {
    visit(start, length, context);
    return;
  }
  int64_t size = c->chain->loop[k]->size;
  share s = share_of(c, time, k, length);
  if (k == c->chain->loops - 1 && s.step == 1 && s.first < s.end) {
    int64_t from = s.first * size;
    visit(start + from, smaller(s.end * size, length) - from, context);
    return;
  }
  for (int64_t tile = s.first; tile < s.end; tile += s.step)
    visit_tile(c, time, k + 1, start + tile * size,
               smaller(size, length - tile * size), visit, context);
}

/* ---- all children ------------------------------------------------------- */

typedef void child_visit(child *c, void *context);

static child any_child(const tacet_axis *axis, const tacet_moment moment[2],
                       int i) {
  return (child){.chain = &axis->chain[i],
                 .moment = &moment[i],
                 .level = axis->child,
                 .length = axis->chain[i].extent};
}

/* Chooses units of the loops outside of `level`; a unit that has no tile at
   time 0 never has one. */
static void each_unit(child *c, int level, child_visit *visit, void *context) {
  int k = c->chosen;
  if (k == c->chain->loops || c->chain->loop[k]->level >= level) {
    visit(c, context);
    return;
  }
  const tacet_loop *loop = c->chain->loop[k];
  int64_t length = c->length;
  c->chosen++;
  for (int64_t unit = 0; unit < loop->units; unit++) {
    c->length = length;
    if (!narrow(&c->length, loop->size, unit)) break;
    c->unit[k] = unit;
    each_unit(c, level, visit, context);
  }
  c->unit[k] = 0;
  c->length = length;
  c->chosen--;
}

/* ---- one dimension ------------------------------------------------------ */

/* Sums over children along one dimension, and over groups of them with the
   same parent. */
typedef struct line {
  int child;                            /* cluster levels outside of one */
  int64_t active;                       /* children that have a tile */
  int64_t length;                       /* of their tiles */
  int64_t kept;                         /* of those who held them last */
  int64_t first;                        /* length of the first child's tile */
  int64_t first_before;                 /* and in the step before */
  int64_t before_active, before_length; /* in the step before */
  int64_t both;                         /* active in both steps */
  int64_t both_length; /* of tiles that were the same in the step before */
  int64_t groups;      /* with an active child */
  int64_t before_groups;
  int64_t groups_stay;    /* no child of which has become idle */
  bool now, before, left; /* of a group: some child is, was, or no longer is
                             active */
} line;

static void add_child(child *c, void *context) {
  line *s = context;
  const tacet_moment *m = c->moment;
  bool now = is_active(c, m->time), before = is_active(c, m->before);
  int64_t length = now ? tile_length(c, m->time, 0, c->chain->extent) : 0;
  s->now = s->now || now;
  s->before = s->before || before;
  s->left = s->left || (before && !now);
  if (now) {
    s->active++;
    s->length += length;
    if (find_last(c, 0, c->chain->extent) && same_time(c, c->last, m->time))
      s->kept += length;
  }
  if (!before) return;
  s->before_active++;
  s->before_length += tile_length(c, m->before, 0, c->chain->extent);
  s->both += now;
  if (now && same_time(c, m->time, m->before)) s->both_length += length;
}

static void add_group(child *c, void *context) {
  line *s = context;
  s->now = s->before = s->left = false;
  each_unit(c, s->child, add_child, s);
  s->groups += s->now;
  s->before_groups += s->before;
  s->groups_stay += s->before && !s->left;
}

static void sum_children(line *s, const tacet_axis *axis,
                         const tacet_moment moment[2], int i) {
  child c = any_child(axis, moment, i);
  *s = (line){.child = axis->child};
  s->first = tile_length(&c, moment[i].time, 0, c.chain->extent);
  s->first_before = tile_length(&c, moment[i].before, 0, c.chain->extent);
  each_unit(&c, axis->parent, add_group, s);
}

static void set_words(tacet_factors *factor, int t, int64_t held, int64_t kept,
                      int64_t any, int64_t stale) {
  factor->held[t] = held;
  factor->kept[t] = kept;
  factor->any[t] = any;
  factor->stale[t] = stale;
}

/* What dimension i brings by itself. */
static void set_dim(tacet_leaf *leaf, const tacet_axis *axis,
                    const tacet_moment moment[2], int i) {
  line s;
  tacet_factors *factor = &leaf->factor;
  sum_children(&s, axis, moment, i);
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (axis->in[i][t])
      set_words(factor, t, s.length, s.kept, s.length, s.kept);
    else
      set_words(factor, t, s.active, s.active, s.groups, s.groups);
  }
  if (axis->in[i][TACET_OUTPUT])
    set_words(factor, TACET_OUTPUT, s.before_length, s.both_length,
              s.before_length, s.both_length);
  else
    set_words(factor, TACET_OUTPUT, s.before_active, s.both, s.before_groups,
              s.groups_stay);
  factor->macs = s.length;
  factor->busiest = leaf->box[i] = s.first;
  leaf->before[i] = axis->in[i][TACET_OUTPUT] ? s.first_before : 0;
  factor->active = leaf->units[i] = s.active;
  leaf->parents[i] = s.groups;
}

/* ---- windows ------------------------------------------------------------ */

/* Pairs of children, one of each chain: at first two groups of them. */
typedef struct pairs {
  const tacet_rank *rank;
  child other; /* of the second chain */
  const child *one;
  const child *group; /* of the first chain */
  int child, parent;
  const int64_t *time[2]; /* whose tiles are set */
  tacet_row tile[2];
  tacet_row reach[2]; /* from the first of the tiles to the last; empty at
                         first */
  tacet_bits *set;
  tacet_bits now, last, any, fresh;
  tacet_window_sums *sums;
  int64_t largest;
} pairs;

static void widen(tacet_row *reach, const tacet_row *tile) {
  int64_t end =
      larger(reach->start + reach->length, tile->start + tile->length);
  if (reach->length == 0 || tile->start < reach->start)
    reach->start = tile->start;
  reach->length = end - reach->start;
}

static void set_pair(int64_t start, int64_t length, void *context) {
  pairs *p = context;
  p->tile[1].start = start;
  p->tile[1].length = length;
  if (!p->rank->contiguous) {
    tacet_bits_window(p->set, p->rank, p->tile);
    return;
  }
  for (int i = 0; i < 2; i++) widen(&p->reach[i], &p->tile[i]);
}

static void set_second(int64_t start, int64_t length, void *context) {
  pairs *p = context;
  p->tile[0].start = start;
  p->tile[0].length = length;
  visit_tile(&p->other, p->time[1], 0, 0, p->other.chain->extent, set_pair, p);
}

static void set_tiles(pairs *p, tacet_bits *set, const int64_t *one,
                      const int64_t *other) {
  p->set = set;
  p->time[0] = one;
  p->time[1] = other;
  p->reach[0] = p->reach[1] = (tacet_row){0};
  visit_tile(p->one, one, 0, 0, p->one->chain->extent, set_second, p);
  if (p->reach[0].length > 0) tacet_bits_window(set, p->rank, p->reach);
}

static void add_pair(child *other, void *context) {
  pairs *p = context;
  const int64_t *time = other->moment->time;
  if (!is_active(other, time)) return;
  find_last(other, 0, other->chain->extent);
  set_tiles(p, &p->now, p->one->moment->time, time);
  set_tiles(p, &p->last, p->one->last, other->last);
  for (int w = p->now.first; w <= p->now.last; w++) {
    uint64_t held = p->now.word[w], kept = held & p->last.word[w];
    p->sums->held += tacet_ones(held);
    p->sums->kept += tacet_ones(kept);
    p->any.word[w] |= held;
    p->fresh.word[w] |= held & ~kept;
  }
  tacet_bits_wipe(&p->now);
  tacet_bits_wipe(&p->last);
}

static void add_others(child *one, void *context) {
  pairs *p = context;
  if (!is_active(one, one->moment->time)) return;
  find_last(one, 0, one->chain->extent);
  p->one = one;
  each_unit(&p->other, p->child, add_pair, p);
}

/* Children of one parent. */
static void add_pairs(child *other, void *context) {
  pairs *p = context;
  child one = *p->group;
  (void)other;
  each_unit(&one, p->child, add_others, p);
  for (int w = 0; w < TACET_BITS_WORDS; w++) {
    p->sums->any += tacet_ones(p->any.word[w]);
    p->sums->fresh += tacet_ones(p->fresh.word[w]);
    p->any.word[w] = p->fresh.word[w] = 0;
  }
}

static void add_parents(child *one, void *context) {
  pairs *p = context;
  p->group = one;
  each_unit(&p->other, p->parent, add_pairs, p);
}

static void start_pairs(pairs *p, const tacet_axis *axis,
                        const tacet_moment moment[2]) {
  memset(p, 0, sizeof *p);
  p->rank = &axis->window;
  p->other = any_child(axis, moment, 1);
  p->child = axis->child;
  p->parent = axis->parent;
}

static void sum_windows(tacet_window_sums *sums, const tacet_axis *axis,
                        const tacet_moment moment[2]) {
  pairs p;
  start_pairs(&p, axis, moment);
  p.sums = sums;
  *sums = (tacet_window_sums){0};
  for (int64_t base = 0; base < p.rank->size; base += TACET_BITS_STRETCH) {
    child one = any_child(axis, moment, 0);
    tacet_bits_clear(&p.now, base, p.rank->size);
    tacet_bits_clear(&p.last, base, p.rank->size);
    each_unit(&one, p.parent, add_parents, &p);
  }
}

/* ---- leaves ------------------------------------------------------------- */

void tacet_children_leaf(tacet_leaf *leaf, const tacet_axis *axis,
                         const tacet_moment moment[2]) {
  int i = axis->cut[0] ? 0 : 1;
  leaf->box[1 - i] = leaf->units[1 - i] = leaf->parents[1 - i] = 1;
  leaf->before[1 - i] = 0;
  for (int k = 0; k < axis->dims; k++)
    leaf->still[k] = tacet_stands_still(&axis->chain[k], &moment[k]);
  set_dim(leaf, axis, moment, i);
  if (axis->dims == 1) return;
  if (axis->cut[1 - i]) {
    tacet_leaf other;
    set_dim(&other, axis, moment, 1 - i);
    leaf->box[1 - i] = other.box[1 - i];
    leaf->before[1 - i] = other.before[1 - i];
    leaf->units[1 - i] = other.units[1 - i];
    leaf->parents[1 - i] = other.parents[1 - i];
    tacet_multiply(&leaf->factor, &leaf->factor, &other.factor);
  }
  tacet_window_sums window;
  sum_windows(&window, axis, moment);
  set_words(&leaf->factor, axis->window_slot, window.held, window.kept,
            window.any, window.any - window.fresh);
}

/* ---- stretches ---------------------------------------------------------- */

typedef struct stretches {
  tacet_piece piece; /* of the present child; start and length of a stretch */
  bool still;
  tacet_piece_visit *visit;
  void *context;
} stretches;

static void give_stretch(int64_t start, int64_t length, void *context) {
  stretches *s = context;
  s->piece.start = start;
  s->piece.length = length;
  s->piece.before_start = start;
  s->piece.before_length = s->still ? length : 0;
  s->visit(&s->piece, s->context);
}

static void give_stretches(child *c, void *context) {
  stretches *s = context;
  const int64_t *time = c->moment->time;
  if (is_active(c, time)) {
    s->still = !c->moment->first && find_last(c, 0, c->chain->extent) &&
               same_time(c, c->last, time);
    visit_tile(c, time, 0, 0, c->chain->extent, give_stretch, s);
  }
  s->piece.unit++;
}

void tacet_children_pieces(const tacet_axis *axis, int i,
                           const tacet_moment moment[2],
                           tacet_piece_visit *visit, void *context) {
  child c = any_child(axis, moment, i);
  stretches s = {.visit = visit, .context = context};
  each_unit(&c, axis->child, give_stretches, &s);
}

/* ---- the largest tile --------------------------------------------------- */

static void measure_other(child *other, void *context) {
  pairs *p = context;
  if (!is_active(other, other->moment->time)) return;
  int64_t words = 0;
  for (int64_t base = 0; base < p->rank->size; base += TACET_BITS_STRETCH) {
    tacet_bits_clear(&p->now, base, p->rank->size);
    set_tiles(p, &p->now, p->one->moment->time, other->moment->time);
    for (int w = p->now.first; w <= p->now.last; w++)
      words += tacet_ones(p->now.word[w]);
    tacet_bits_wipe(&p->now);
  }
  p->largest = larger(p->largest, words);
}

static void measure_one(child *one, void *context) {
  pairs *p = context;
  if (!is_active(one, one->moment->time)) return;
  p->one = one;
  each_unit(&p->other, p->child, measure_other, p);
}

typedef struct largest {
  const tacet_axis *axis;
  int64_t words;
} largest;

static void measure_moment(const tacet_moment moment[2], int64_t times,
                           void *context) {
  largest *l = context;
  pairs p;
  child one = any_child(l->axis, moment, 0);
  (void)times;
  start_pairs(&p, l->axis, moment);
  each_unit(&one, p.child, measure_one, &p);
  l->words = larger(l->words, p.largest);
}

void tacet_children_largest(int64_t words[TACET_TENSORS],
                            const tacet_axes *axes) {
  const tacet_moment first[2] = {{.cut = 0}, {.cut = 0}};
  for (int t = 0; t < TACET_TENSORS; t++) words[t] = axes->words[t];
  for (int a = 0; a < axes->count; a++) {
    const tacet_axis *axis = &axes->axis[a];
    for (int i = 0; i < axis->dims; i++) {
      child c = any_child(axis, first, i);
      int64_t length = tile_length(&c, first[i].time, 0, c.chain->extent);
      for (int t = 0; t < TACET_TENSORS; t++)
        if (axis->cut[i] && axis->in[i][t]) words[t] *= length;
    }
    if (axis->dims == 1) continue;
    largest l = {axis, 0};
    tacet_moments(axis, 2 * axis->loops, measure_moment, &l);
    words[axis->window_slot] *= l.words;
  }
}
