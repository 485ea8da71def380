/* Leaves from the tiles and windows of an axis, moment by moment. */
#include "children.h"
#include "moments.h"
#include "progression.h"
#include "../whole.h"

/* ---- factors ------------------------------------------------------------ */

static void set_words(tacet_factors *factor, int t, int64_t held, int64_t kept,
                      int64_t any, int64_t stale) {
  factor->held[t] = held;
  factor->kept[t] = kept;
  factor->any[t] = any;
  factor->stale[t] = stale;
}

/* Of one dimension. */
static void set_factors(tacet_factors *factor, const bool in[TACET_TENSORS],
                        const tacet_tile_sums *s) {
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (in[t])
      set_words(factor, t, s->length, s->kept, s->length, s->kept);
    else
      set_words(factor, t, s->active, s->active, 1, 1);
  }
  int64_t stay = s->still ? s->length : 0;
  bool all_stay = s->both == s->before_active;
  if (in[TACET_OUTPUT])
    set_words(factor, TACET_OUTPUT, s->before_length, stay, s->before_length,
              stay);
  else
    set_words(factor, TACET_OUTPUT, s->before_active, s->both, 1, all_stay);
  factor->macs = s->length;
  factor->busiest = s->longest;
  factor->active = s->active;
}

static void set_box(tacet_leaf *leaf, const tacet_axis *axis, int i,
                    const tacet_tile_sums *sums) {
  leaf->box[i] = sums->longest;
  leaf->before[i] = axis->in[i][TACET_OUTPUT] ? sums->longest_before : 0;
  leaf->units[i] = sums->active;
  leaf->parents[i] = axis->apart ? sums->active : 1;
  leaf->still[i] = sums->still;
}

static void set_dim(tacet_leaf *leaf, const tacet_axis *axis, int i,
                    const tacet_tile_sums *sums) {
  set_factors(&leaf->factor, axis->in[i], sums);
  set_box(leaf, axis, i, sums);
}

/* Nothing of the dimension tells one tile from another. */
static void set_no_box(tacet_leaf *leaf, int i) {
  leaf->box[i] = leaf->units[i] = leaf->parents[i] = 1;
  leaf->before[i] = 0;
  leaf->still[i] = true;
}

/* Of a window both of whose dimensions have loops, which is rare: apart, so
   that the others do not save registers for it. */
__attribute__((noinline)) static void
multiply_dim(tacet_leaf *leaf, const tacet_axis *axis, int i,
             const tacet_tile_sums *sums) {
  tacet_factors factor;
  set_factors(&factor, axis->in[i], sums);
  set_box(leaf, axis, i, sums);
  tacet_multiply(&leaf->factor, &leaf->factor, &factor);
}

/* What the dimensions bring by themselves. */
static void set_dims(tacet_leaf *leaf, const tacet_axis *axis,
                     const tacet_tile_sums sums[2]) {
  const int i = axis->cut[0] ? 0 : 1, other = 1 - i;
  set_dim(leaf, axis, i, &sums[i]);
  if (axis->dims == 2 && axis->cut[other])
    multiply_dim(leaf, axis, other, &sums[other]);
  else
    set_no_box(leaf, other);
}

static void set_window(tacet_leaf *leaf, int slot,
                       const tacet_window_sums *sums) {
  set_words(&leaf->factor, slot, sums->held, sums->kept, sums->any,
            sums->any - sums->fresh);
}

/* ---- moments of any kind ------------------------------------------------ */

typedef struct giver {
  const tacet_axis *axis;
  tacet_leaf *leaf; /* where the next one goes */
  tacet_leaf_take *take;
  void *context;
} giver;

/* No two children share a parent: each gets and gives for itself. */
static void set_apart(tacet_factors *factor) {
  for (int t = 0; t < TACET_TENSORS; t++) {
    factor->any[t] = factor->held[t];
    factor->stale[t] = factor->kept[t];
  }
}

static void give(giver *g, int64_t times) {
  if (g->axis->apart) set_apart(&g->leaf->factor);
  g->leaf->times = times;
  g->leaf = g->take(g->leaf, g->context);
}

/* The units' tiles seen as those of one child that never idles. */
static void take_whole(tacet_tile_sums *sums) {
  sums->active = sums->before_active = sums->both = 1;
  sums->kept = sums->still ? sums->length : 0;
  sums->longest = sums->length;
  sums->longest_before = sums->before_length;
}

static void look_at_units(tacet_leaf *leaf, const tacet_axis *axis,
                          const tacet_moment moment[2]) {
  tacet_tile_sums sums[2] = {0};
  tacet_window_sums window;
  for (int i = 0; i < axis->dims; i++) {
    sums[i] = tacet_tiles_sum(&axis->chain[i], &moment[i]);
    if (axis->whole) take_whole(&sums[i]);
  }
  set_dims(leaf, axis, sums);
  if (axis->dims == 1) return;
  tacet_window_sum(&window, &axis->window, axis->chain, moment, axis->whole);
  set_window(leaf, axis->window_slot, &window);
}

void tacet_leaf_at(tacet_leaf *leaf, const tacet_axis *axis,
                   const tacet_moment moment[2]) {
  leaf->times = 1;
  leaf->moment = moment;
  (axis->counted ? tacet_children_leaf : look_at_units)(leaf, axis, moment);
  if (axis->apart) set_apart(&leaf->factor);
}

static void give_moment(const tacet_moment moment[2], int64_t times,
                        void *context) {
  giver *g = context;
  tacet_leaf_at(g->leaf, g->axis, moment);
  give(g, times);
}

/* ---- tilings ------------------------------------------------------------ */

/* Of units that are idle in the last of two folds: they keep their tiles. */
static int64_t kept_by_idle(const tacet_tiling *tiling) {
  if (tiling->folds > 2) return 0;
  return (tiling->units - tiling->last) * tiling->size;
}

/* The sums of tacet_tiles_sum at `time`. */
static void sum_tiles(tacet_tile_sums *sums, const tacet_tiling *tiling,
                      int64_t time, tacet_motion motion) {
  tacet_fold now = tacet_tiling_fold(tiling, time), before = now;
  sums->still = motion == TACET_STANDS || tiling->folds == 1;
  sums->kept = now.length;
  if (!sums->still) {
    bool restarts = motion == TACET_RESTARTS;
    before = tacet_tiling_fold(tiling, restarts ? tiling->folds - 1 : time - 1);
    sums->kept = restarts ? kept_by_idle(tiling) : 0;
  }
  sums->active = now.active;
  sums->length = now.length;
  sums->longest = smaller(now.length, tiling->size);
  sums->longest_before = smaller(before.length, tiling->size);
  sums->before_active = before.active;
  sums->before_length = before.length;
  sums->both = smaller(now.active, before.active);
}

/* ---- windows of tilings ------------------------------------------------- */

/* A simple axis at a moment. */
typedef struct pose {
  tacet_motion motion[2];
  int64_t time[2];
  tacet_tile_sums sums[2];
  tacet_row now[2], before[2]; /* of a window's dimensions */
} pose;

static void set_row(tacet_row *row, const tacet_tiling *tiling, int64_t active,
                    int64_t length) {
  row->length = smaller(tiling->size, length);
  row->step = tiling->size;
  row->count = active;
}

/* Moves the rows to `time`. */
static void set_start(pose *p, const tacet_axis *axis, int i, int64_t time) {
  const tacet_tiling *tiling = &axis->tiling[i];
  int64_t before = time;
  if (!p->sums[i].still)
    before = (p->motion[i] == TACET_RESTARTS ? tiling->folds : time) - 1;
  p->time[i] = time;
  p->now[i].start = time * tiling->hull;
  p->before[i].start = before * tiling->hull;
}

static void set_rows(pose *p, const tacet_axis *axis, int i) {
  const tacet_tile_sums *sums = &p->sums[i];
  set_row(&p->now[i], &axis->tiling[i], sums->active, sums->length);
  set_row(&p->before[i], &axis->tiling[i], sums->before_active,
          sums->before_length);
}

/* True if units' tiles are alike, now and before. */
static bool is_even(const pose *p, int i) {
  const tacet_tile_sums *sums = &p->sums[i];
  return p->now[i].count * p->now[i].length == sums->length &&
         p->before[i].count * p->before[i].length == sums->before_length;
}

static void set_whole(tacet_row *row, int64_t extent) {
  row->start = 0;
  row->length = row->step = extent;
  row->count = 1;
}

/* Dimension i has no loops: what it brings by itself is elsewhere. */
static void stand_still(pose *p, const tacet_axis *axis, int i) {
  int64_t extent = axis->chain[i].extent;
  p->time[i] = 0;
  p->sums[i].still = true;
  p->sums[i].length = p->sums[i].before_length = extent;
  set_whole(&p->now[i], extent);
  set_whole(&p->before[i], extent);
}

/* Dimension i restarts after a fold in which some units were idle: those were
   last active in the fold before that. */
static bool sum_idle(tacet_window_sums *sums, const tacet_axis *axis,
                     const pose *p, int i) {
  const tacet_rank *rank = &axis->window;
  const tacet_tiling *tiling = &axis->tiling[i];
  tacet_row now[2] = {p->now[0], p->now[1]};
  tacet_row before[2] = {p->before[0], p->before[1]};
  tacet_window_sums active, idle;
  if (!tacet_progression_sum(sums, rank, now, NULL)) return false;
  now[i].count = tiling->last;
  if (!tacet_progression_sum(&active, rank, now, before)) return false;
  now[i].count = tiling->units - tiling->last;
  now[i].start += tiling->last * tiling->size;
  before[i] = now[i];
  before[i].start += (tiling->folds - 2) * tiling->hull;
  if (!tacet_progression_sum(&idle, rank, now, before)) return false;
  sums->kept = active.kept + idle.kept;
  sums->fresh = sums->kept == 0 ? sums->any : active.fresh + idle.fresh;
  return sums->kept == 0 || active.fresh == 0 || idle.fresh == 0;
}

static bool sum_tilings(tacet_window_sums *sums, const tacet_axis *axis,
                        const pose *p) {
  if (!is_even(p, 0) || !is_even(p, 1)) return false;
  bool idle = p->before[0].count < p->now[0].count;
  if (p->before[1].count < p->now[1].count)
    return !idle && sum_idle(sums, axis, p, 1);
  if (idle) return sum_idle(sums, axis, p, 0);
  bool still = p->sums[0].still && p->sums[1].still;
  return tacet_progression_sum(sums, &axis->window, p->now,
                               still ? NULL : p->before);
}

/* The pose as moments of the chains, of which only the first loop takes
   time. */
static void sum_by_units(tacet_window_sums *sums, const tacet_axis *axis,
                         const pose *p) {
  tacet_moment moment[2] = {0};
  for (int i = 0; i < 2; i++) {
    moment[i].cut = p->motion[i] == TACET_RESTARTS ? 0 : 1;
    moment[i].own = p->motion[i] == TACET_ADVANCES;
    moment[i].time[0] = p->time[i];
    tacet_moment_before(&moment[i], &axis->chain[i]);
  }
  tacet_window_sum(sums, &axis->window, axis->chain, moment, axis->whole);
}

/* ---- moments of tilings ------------------------------------------------- */

/* Times that a dimension is seen at. */
typedef struct span {
  int64_t from, to;
} span;

static span times_of(const tacet_tiling *tiling, tacet_motion motion) {
  if (motion == TACET_RESTARTS) return (span){0, 1};
  return (span){motion == TACET_ADVANCES, tiling->folds};
}

/* End of the times that have the same sums as `time`. */
static int64_t same_sums(const tacet_tiling *tiling, int64_t time, span all) {
  return time < tiling->full ? smaller(tiling->full, all.to) : all.to;
}

/* End of the times of the output dimension, up to `end`, at which windows meet
   as much padding as at `time`. */
static int64_t same_padding(const tacet_axis *axis, int64_t time, int64_t end) {
  if (!axis->clips) return end;
  if (time < axis->clear_from || time >= axis->clear_to) return time + 1;
  return smaller(end, axis->clear_to);
}

/* Times `at` of the output dimension, all with the sums of the pose. */
static void give_windows(giver *g, pose *p, span at, int64_t times) {
  const tacet_axis *axis = g->axis;
  const tacet_leaf *same = g->leaf; /* but for the window */
  tacet_window_sums window;
  for (int64_t time = at.from, next; time < at.to; time = next) {
    next = same_padding(axis, time, at.to);
    set_start(p, axis, 0, time);
    if (!sum_tilings(&window, axis, p)) sum_by_units(&window, axis, p);
    if (g->leaf != same) *g->leaf = *same;
    set_window(g->leaf, axis->window_slot, &window);
    give(g, times * (next - time));
  }
}

/* What the axis's n-th loop does in the steps of a case. */
static tacet_motion motion_in(int step_case, int n) {
  if (step_case == 2 * n + 1) return TACET_ADVANCES;
  return step_case > 2 * n ? TACET_STANDS : TACET_RESTARTS;
}

/* All times of dimension 0 of a window; `times` of the other one. */
static void give_first(giver *g, pose *p, int64_t times) {
  const tacet_axis *axis = g->axis;
  const tacet_tiling *tiling = &axis->tiling[0];
  span all = times_of(tiling, p->motion[0]);
  for (int64_t time = all.from, next; time < all.to; time = next) {
    next = same_sums(tiling, time, all);
    sum_tiles(&p->sums[0], tiling, time, p->motion[0]);
    set_dims(g->leaf, axis, p->sums);
    set_rows(p, axis, 0);
    give_windows(g, p, (span){time, next}, times);
  }
}

/* All times of dimension 1: next to padding, one by one. */
static void give_second(giver *g, pose *p) {
  const tacet_tiling *tiling = &g->axis->tiling[1];
  span all = times_of(tiling, p->motion[1]);
  if (!g->axis->cut[1]) {
    stand_still(p, g->axis, 1);
    give_first(g, p, 1);
    return;
  }
  for (int64_t time = all.from, next; time < all.to; time = next) {
    next = g->axis->clips ? time + 1 : same_sums(tiling, time, all);
    sum_tiles(&p->sums[1], tiling, time, p->motion[1]);
    set_rows(p, g->axis, 1);
    set_start(p, g->axis, 1, time);
    give_first(g, p, next - time);
  }
}

/* ---- all moments of a case ---------------------------------------------- */

/* Each apart, so that none saves registers for another. */
typedef void give_case(const tacet_axis *axis, int step_case, tacet_leaf *leaf,
                       tacet_leaf_take *take, void *context);

/* Of any axis, moment by moment. */
static void give_moments(const tacet_axis *axis, int step_case,
                         tacet_leaf *leaf, tacet_leaf_take *take,
                         void *context) {
  giver g = {axis, leaf, take, context};
  tacet_moments(axis, step_case, give_moment, &g);
}

/* Of a simple axis of one dimension. */
static void give_dim(const tacet_axis *axis, int step_case, tacet_leaf *leaf,
                     tacet_leaf_take *take, void *context) {
  giver g = {axis, leaf, take, context};
  const tacet_motion motion =
      axis->loops ? motion_in(step_case, 0) : TACET_RESTARTS;
  const tacet_tiling *tiling = &axis->tiling[0];
  span all = times_of(tiling, motion);
  for (int64_t time = all.from, next; time < all.to; time = next) {
    tacet_tile_sums sums;
    next = same_sums(tiling, time, all);
    sum_tiles(&sums, tiling, time, motion);
    set_dim(g.leaf, axis, 0, &sums);
    set_no_box(g.leaf, 1);
    give(&g, next - time);
  }
}

/* Of a simple window. */
static void give_window(const tacet_axis *axis, int step_case, tacet_leaf *leaf,
                        tacet_leaf_take *take, void *context) {
  giver g = {axis, leaf, take, context};
  pose p;
  p.motion[0] = p.motion[1] = TACET_RESTARTS;
  for (int n = 0; n < axis->loops; n++)
    p.motion[axis->order[n].chain] = motion_in(step_case, n);
  give_second(&g, &p);
}

void tacet_leaves(const tacet_axis *axis, int step_case, tacet_leaf *leaf,
                  tacet_leaf_take *take, void *context) {
  give_case *of = axis->dims == 2 ? give_window : give_dim;
  if (!axis->simple || axis->each) of = give_moments;
  of(axis, step_case, leaf, take, context);
}
