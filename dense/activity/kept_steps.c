/* The stays and the step that begin with a step depend on which loops stand at
   0 since: a class is a choice of the last loops that do not, inside of each
   position, and then a product over axes of what each has at its times. */
#include "kept_steps.h"

#include <string.h>

#include "children.h"
#include "kept_leaf.h"
#include "steps.h"
#include "../whole.h"

enum { MOST_LEAVES = 2048 };

/* ---- classes ------------------------------------------------------------ */

/* Where a loop may stand. */
typedef enum standing { ANYWHERE, AT_0, MOVED } standing;

typedef struct search {
  const tacet_axes *axes;
  const tacet_loop *loop; /* [loops] of the nest */
  int loops;
  tacet_kept_step step;
  standing stands[TACET_MAX_LOOPS];
  bool words_only; /* the PEs' own numbers are not wanted */
  tacet_product product;
  tacet_product_visit *visit;
  void *context;
  bool stopped;
  int edges; /* positions, inner ones last, each once: */
  int edge[TACET_TENSORS + 1];
  /* of each axis's leaves; -1: not kept */
  int first[TACET_MAX_DIMS], count[TACET_MAX_DIMS];
  tacet_leaf leaf[MOST_LEAVES + 1];
} search;

/* ---- times of an axis --------------------------------------------------- */

typedef tacet_leaf *leaf_take(tacet_leaf *leaf, void *context);

/* Chooses times for the loops of an axis. */
typedef struct times {
  search *search;
  const tacet_axis *axis;
  int64_t time[2][TACET_MAX_CHAIN];
  tacet_moment moment[2]; /* of these */
  tacet_leaf *leaf;       /* where the next goes */
  leaf_take *take;
  void *context;
} times;

static void set_moments(times *w) {
  const tacet_axis *axis = w->axis;
  tacet_moment *moment = w->moment;
  const int advance = w->search->step.advance;
  for (int i = 0; i < axis->dims; i++) {
    const tacet_chain *chain = &axis->chain[i];
    moment[i].cut = 0;
    moment[i].own = moment[i].first = false;
    for (int k = 0; k < chain->loops; k++) {
      moment[i].time[k] = w->time[i][k];
      if (chain->place[k] > advance) continue;
      moment[i].cut = k + 1;
      moment[i].own = chain->place[k] == advance;
    }
    tacet_moment_before(&moment[i], chain);
  }
}

static void make_leaf(tacet_leaf *leaf, times *w) {
  memset(leaf, 0, sizeof *leaf);
  if (!w->search->words_only) {
    set_moments(w);
    tacet_leaf_at(leaf, w->axis, w->moment);
    leaf->moment = w->axis->each ? w->moment : NULL;
  }
  int64_t time[2][TACET_MAX_CHAIN];
  memcpy(time, w->time, sizeof time);
  tacet_kept_words(&leaf->factor, w->axis, &w->search->step, time);
}

/* End of the interval of times from `time` on that are alike: while all tiles
   are whole; windows are looked at one by one. */
static int64_t interval_end(const times *w, int i, int k, int64_t time,
                            int64_t end) {
  if (time == 0 || w->axis->dims == 2 || w->axis->each) return time + 1;
  const tacet_loop *loop = w->axis->chain[i].loop[k];
  int64_t length[TACET_MAX_CHAIN + 1];
  const int count =
      tacet_outer_lengths(length, &w->axis->chain[i], w->time[i], k);
  for (int n = 0; n < count; n++) {
    const int64_t whole = length[n] / loop->size / loop->units;
    for (int64_t edge = whole; edge <= whole + 2; edge++)
      if (edge > time) end = smaller(end, edge);
  }
  return end;
}

/* Folds of unit 0, which has the most, within its outer tile. */
static int64_t count_folds(const times *w, int i, int k) {
  const tacet_chain *chain = &w->axis->chain[i];
  int64_t length[TACET_MAX_CHAIN + 1];
  tacet_outer_lengths(length, chain, w->time[i], k);
  return ceil_div(ceil_div(length[0], chain->loop[k]->size),
                  chain->loop[k]->units);
}

static void choose_times(times *w, int n, int64_t count) {
  const tacet_axis *axis = w->axis;
  if (n == axis->loops) {
    make_leaf(w->leaf, w);
    w->leaf->times = count;
    w->leaf = w->take(w->leaf, w->context);
    return;
  }
  const int i = axis->order[n].chain, k = axis->order[n].at;
  const standing stands = w->search->stands[axis->chain[i].place[k]];
  const int64_t folds = count_folds(w, i, k);
  const int64_t to = stands == AT_0 ? 1 : folds;
  for (int64_t time = stands == MOVED; time < to;) {
    const int64_t end = interval_end(w, i, k, time, to);
    w->time[i][k] = time;
    choose_times(w, n + 1, count * (end - time));
    time = end;
  }
  w->time[i][k] = 0;
}

/* ---- leaves ------------------------------------------------------------- */

typedef struct keeper {
  tacet_leaf *first;
  const tacet_leaf *end;
  bool full;
} keeper;

static bool same_leaf(const tacet_leaf *a, const tacet_leaf *b) {
  enum { LOOKS = sizeof *a - offsetof(tacet_leaf, factor) };
  return memcmp(&a->factor, &b->factor, LOOKS) == 0;
}

/* Keeps the leaf unless there is one like it. */
static tacet_leaf *keep_leaf(tacet_leaf *leaf, void *context) {
  keeper *k = context;
  for (tacet_leaf *kept = k->first; kept < leaf; kept++) {
    if (!same_leaf(kept, leaf)) continue;
    kept->times += leaf->times;
    return leaf;
  }
  k->full = k->full || leaf + 1 == k->end;
  return k->full ? leaf : leaf + 1;
}

static tacet_leaf *list_axis(search *s, int a, tacet_leaf *leaf,
                             leaf_take *take, void *context) {
  times w = {.search = s,
             .axis = &s->axes->axis[a],
             .leaf = leaf,
             .take = take,
             .context = context};
  choose_times(&w, 0, 1);
  return w.leaf;
}

/* Lists the leaves of all axes, as far as there is room. */
static void list_axes(search *s) {
  tacet_leaf *next = s->leaf;
  for (int a = 0; a < s->axes->count; a++) {
    keeper k = {next, &s->leaf[MOST_LEAVES], false};
    s->first[a] = -1;
    if (s->axes->axis[a].each) continue; /* no two are alike */
    tacet_leaf *end = list_axis(s, a, next, keep_leaf, &k);
    s->first[a] = k.full ? -1 : (int)(next - s->leaf);
    s->count[a] = (int)(end - next);
    if (!k.full) next = end;
  }
}

/* ---- products ----------------------------------------------------------- */

static void no_words(tacet_factors *factor, int t) {
  factor->held[t] = factor->kept[t] = factor->any[t] = factor->stale[t] = 0;
}

/* What no axis says: nothing stays of a stay before the first, and outputs
   only leave as their stay ends. */
static void start_product(tacet_factors *base, const search *s) {
  const tacet_kept_step *step = &s->step;
  for (int t = 0; t < TACET_TENSORS; t++) {
    base->held[t] = base->kept[t] = s->axes->words[t];
    base->any[t] = base->stale[t] = s->axes->words[t];
    if (!step->keeps[t]) continue;
    if (t == TACET_OUTPUT && step->began[t] != step->advance) no_words(base, t);
    if (t != TACET_OUTPUT && step->began[t] == TACET_FIRST_STEP)
      base->kept[t] = base->stale[t] = 0;
  }
  base->macs = base->busiest = s->axes->macs;
  base->active = 1;
}

static void descend(search *s, int a, int64_t count,
                    const tacet_factors *factor);

/* Where a search for leaves of an axis stands. */
typedef struct branch {
  search *search;
  int axis;
  int64_t count;
  const tacet_factors *factor;
} branch;

static tacet_leaf *take_leaf(tacet_leaf *leaf, void *context) {
  const branch *b = context;
  tacet_factors factor;
  if (b->search->stopped) return leaf;
  b->search->product.leaf[b->axis] = leaf;
  tacet_multiply(&factor, b->factor, &leaf->factor);
  descend(b->search, b->axis + 1, b->count * leaf->times, &factor);
  return leaf;
}

static void descend(search *s, int a, int64_t count,
                    const tacet_factors *factor) {
  if (a == s->axes->count) {
    s->product.times = count;
    s->product.factor = factor;
    s->stopped = !s->visit(&s->product, s->context);
    return;
  }
  branch b = {s, a, count, factor};
  tacet_leaf leaf;
  if (s->first[a] < 0) list_axis(s, a, &leaf, take_leaf, &b);
  for (int i = 0; s->first[a] >= 0 && i < s->count[a]; i++)
    take_leaf(&s->leaf[s->first[a] + i], &b);
}

static void visit_products(search *s) {
  tacet_factors base;
  if (s->stopped) return;
  s->product.first = s->step.advance == TACET_FIRST_STEP;
  list_axes(s);
  start_product(&base, s);
  descend(s, 0, 1, &base);
}

/* ---- which loops moved last --------------------------------------------- */

static bool is_position(const int position[TACET_TENSORS], int p) {
  for (int t = 0; t < TACET_TENSORS; t++)
    if (position[t] == p) return true;
  return false;
}

static void set_edges(search *s, const int position[TACET_TENSORS]) {
  int edges = 0;
  for (int p = 0; p < s->loops && edges < TACET_TENSORS; p++)
    if (is_position(position, p)) s->edge[edges++] = p;
  s->edge[edges++] = s->loops;
  s->edges = edges;
}

/* True if a tile at this position stays for several steps. */
static bool stays(const tacet_nest *nest, int position) {
  for (int l = position; l < nest->loops; l++)
    if (nest->loop[l].folds > 1) return true;
  return false;
}

static void start_search(search *s, const tacet_axes *axes,
                         const tacet_nest *nest,
                         const int position[TACET_TENSORS]) {
  s->axes = axes;
  s->loop = nest->loop;
  s->loops = nest->loops;
  set_edges(s, position);
  s->words_only = s->stopped = false;
  for (int t = 0; t < TACET_TENSORS; t++) {
    s->step.position[t] = position[t];
    s->step.keeps[t] = stays(nest, position[t]);
  }
  for (int l = 0; l < nest->loops; l++) s->stands[l] = ANYWHERE;
}

/* `last` is the loop that moved last of those before edge e. */
static void set_last(search *s, int e, int last) {
  for (int t = 0; t < TACET_TENSORS; t++)
    if (s->step.position[t] == s->edge[e]) s->step.began[t] = last;
  s->step.advance = last;
}

/* Of the loops between edge e-1 and edge e chooses the last that has moved, or
   none; `last` is the one before. */
static void choose_last(search *s, int e, int last) {
  if (e == s->edges || e > TACET_TENSORS) {
    visit_products(s);
    return;
  }
  const int from = e ? s->edge[e - 1] : 0;
  for (int l = from; l < s->edge[e]; l++) s->stands[l] = AT_0;
  set_last(s, e, last);
  choose_last(s, e + 1, last);
  for (int l = from; l < s->edge[e]; l++) {
    s->stands[l] = MOVED;
    set_last(s, e, l);
    if (s->loop[l].folds > 1) choose_last(s, e + 1, l);
    s->stands[l] = ANYWHERE;
  }
}

/* ---- in order ----------------------------------------------------------- */

/* The loop before `position` that moved last. */
static int last_moved(const tacet_steps *steps, int position) {
  while (position > 0 && steps->time[position - 1] == 0) position--;
  return position - 1;
}

/* Returns false to stop. */
static bool visit_step(search *s, const tacet_steps *steps) {
  const tacet_axes *axes = s->axes;
  tacet_factors product;
  times all[TACET_MAX_DIMS];
  for (int t = 0; t < TACET_TENSORS; t++)
    s->step.began[t] = last_moved(steps, s->step.position[t]);
  s->step.advance = last_moved(steps, s->loops);
  s->product.first = s->step.advance == TACET_FIRST_STEP;
  s->product.times = 1;
  s->product.factor = &product;
  start_product(&product, s);
  for (int a = 0; a < axes->count; a++) {
    times *w = &all[a];
    *w = (times){.search = s, .axis = &axes->axis[a]};
    for (int i = 0; i < w->axis->dims; i++)
      for (int k = 0; k < w->axis->chain[i].loops; k++)
        w->time[i][k] = steps->time[w->axis->chain[i].place[k]];
    make_leaf(&s->leaf[a], w);
    s->leaf[a].times = 1;
    s->product.leaf[a] = &s->leaf[a];
    tacet_multiply(&product, &product, &s->leaf[a].factor);
  }
  return s->visit(&s->product, s->context);
}

static void visit_in_order(search *s, const tacet_view *view) {
  tacet_steps steps;
  tacet_steps_start(&steps, *view);
  while (visit_step(s, &steps) && tacet_steps_next(&steps)) continue;
}

bool tacet_l1_keeps(const tacet_nest *nest) {
  const int *position = nest->position[nest->storages - 1];
  for (int t = 0; t < TACET_TENSORS; t++)
    if (stays(nest, position[t])) return true;
  return false;
}

/* ---- all steps ---------------------------------------------------------- */

void tacet_nest_products(const tacet_table *table, const tacet_nest *nest,
                         bool in_order, tacet_product_visit *visit,
                         void *context) {
  if (!tacet_l1_keeps(nest)) {
    (in_order ? tacet_products_in_order : tacet_products)(table, visit,
                                                          context);
    return;
  }
  search s;
  start_search(&s, &table->axes, nest, nest->position[nest->storages - 1]);
  s.product.table = table;
  s.visit = visit;
  s.context = context;
  if (in_order)
    visit_in_order(&s, &table->axes.view);
  else
    choose_last(&s, 0, TACET_FIRST_STEP);
}

/* ---- what a position costs ---------------------------------------------- */

typedef struct adder {
  tacet_crossing *crossing;
  const tacet_link *link;
} adder;

static bool add_operands(const tacet_product *product, void *context) {
  const adder *a = context;
  const tacet_factors *factor = product->factor;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    tacet_crossing *c = &a->crossing[t];
    const int64_t fills = product->times * (factor->held[t] - factor->kept[t]);
    const int64_t distinct =
        product->times * (factor->any[t] - factor->stale[t]);
    c->traffic.fills += fills;
    c->traffic.parent_reads += a->link->multicast ? distinct : fills;
  }
  return true;
}

static bool add_outputs(const tacet_product *product, void *context) {
  const adder *a = context;
  const tacet_factors *factor = product->factor;
  tacet_crossing *c = &a->crossing[TACET_OUTPUT];
  const bool first = product->first; /* shows what leaves in the end */
  int64_t drains = factor->held[TACET_OUTPUT];
  int64_t distinct = factor->any[TACET_OUTPUT];
  if (!first) drains -= factor->kept[TACET_OUTPUT];
  if (!first) distinct -= factor->stale[TACET_OUTPUT];
  c->traffic.drains += product->times * drains;
  c->traffic.updates +=
      product->times * (a->link->reduction ? distinct : drains);
  return true;
}

/* Each stay from its start, and operands at all of its steps. */
static void add_stays(search *s, int last) {
  const int position = s->step.position[0];
  for (int t = 0; t < TACET_TENSORS; t++) s->step.began[t] = last;
  s->step.advance = last;
  for (int l = position; l < s->loops; l++) s->stands[l] = ANYWHERE;
  s->visit = add_operands;
  visit_products(s);
  for (int l = position; l < s->loops; l++) s->stands[l] = AT_0;
  s->visit = add_outputs;
  visit_products(s);
}

bool tacet_kept_moves(const tacet_nest *nest, int slot, int position) {
  for (int l = 0; l < position; l++)
    if (nest->loop[l].folds > 1 &&
        tacet_has_dim(&nest->layer->tensor[slot], nest->loop[l].dim))
      return true;
  return false;
}

static void largest_tiles(int64_t words[TACET_TENSORS], const tacet_nest *nest,
                          int position) {
  tacet_axes axes;
  const tacet_view view =
      tacet_view_buffers(nest, nest->storages - 1, position);
  tacet_axes_make(&axes, &view);
  tacet_children_largest(words, &axes);
}

void tacet_kept_cross(tacet_crossing crossing[TACET_TENSORS],
                      const tacet_axes *axes, const tacet_nest *nest,
                      const tacet_link *link, int position) {
  const int positions[TACET_TENSORS] = {position, position, position};
  int64_t largest[TACET_TENSORS];
  adder a = {crossing, link};
  search s;
  memset(crossing, 0, TACET_TENSORS * sizeof *crossing);
  start_search(&s, axes, nest, positions);
  s.words_only = true;
  s.context = &a;
  for (int t = 0; t < TACET_TENSORS; t++) s.step.keeps[t] = true;
  for (int l = 0; l < position; l++) s.stands[l] = AT_0;
  add_stays(&s, TACET_FIRST_STEP);
  for (int l = 0; l < position; l++) {
    s.stands[l] = MOVED;
    if (nest->loop[l].folds > 1) add_stays(&s, l);
    s.stands[l] = ANYWHERE;
  }
  largest_tiles(largest, nest, position);
  for (int t = 0; t < TACET_TENSORS; t++) {
    crossing[t].footprint = largest[t];
    crossing[t].moves = tacet_kept_moves(nest, t, position);
  }
}

void tacet_kept_tiles(int64_t words[TACET_TENSORS], const tacet_nest *nest) {
  const int *position = nest->position[nest->storages - 1];
  for (int t = 0; t < TACET_TENSORS; t++) {
    int64_t largest[TACET_TENSORS];
    largest_tiles(largest, nest, position[t]);
    words[t] = largest[t];
  }
}

static int64_t window_work(const tacet_axis *axis) {
  int64_t work = axis->dims == 2;
  for (int i = 0; i < axis->dims; i++) {
    for (int k = 0; k < axis->chain[i].loops; k++) {
      const tacet_loop *loop = axis->chain[i].loop[k];
      if (__builtin_mul_overflow(work, loop->folds * loop->units, &work))
        return INT64_MAX;
    }
  }
  return work;
}

int64_t tacet_kept_work(const tacet_axes *axes) {
  int64_t most = 0;
  for (int a = 0; a < axes->count; a++) {
    const int64_t work = window_work(&axes->axis[a]);
    if (work > most) most = work;
  }
  return most;
}
