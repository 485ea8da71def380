/* Leaves from the tiles and windows of an axis, moment by moment. */
#include "leaf.h"
#include "moments.h"
#include "progression.h"

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/* ---- factors ------------------------------------------------------------ */

/* Of one dimension. */
static void set_factors(int64_t factor[TACET_FACTORS],
                        const bool in[TACET_TENSORS],
                        const tacet_tile_sums *sums) {
  for (int t = 0; t < TACET_OUTPUT; t++) {
    factor[TACET_HELD + t] = in[t] ? sums->length : sums->active;
    factor[TACET_KEPT + t] = in[t] ? sums->kept : sums->active;
    factor[TACET_ANY + t] = in[t] ? sums->length : 1;
    factor[TACET_STALE + t] = in[t] ? sums->kept : 1;
  }
  bool out = in[TACET_OUTPUT];
  int64_t stay = sums->still ? sums->length : 0;
  bool all_stay = sums->both == sums->before_active;
  factor[TACET_HELD + TACET_OUTPUT] =
      out ? sums->before_length : sums->before_active;
  factor[TACET_KEPT + TACET_OUTPUT] = out ? stay : sums->both;
  factor[TACET_ANY + TACET_OUTPUT] = out ? sums->before_length : 1;
  factor[TACET_STALE + TACET_OUTPUT] = out ? stay : all_stay;
  factor[TACET_MACS] = sums->length;
  factor[TACET_BUSIEST] = sums->longest;
  factor[TACET_ACTIVE] = sums->active;
}

static const tacet_tile_sums standing = {.active = 1, .longest = 1};

static void set_dim(tacet_leaf *leaf, int i, const tacet_tile_sums *sums) {
  leaf->box[i] = sums->longest;
  leaf->units[i] = sums->active;
}

/* What the dimensions bring by themselves. */
static void set_dims(tacet_leaf *leaf, const tacet_axis *axis,
                     const tacet_tile_sums sums[2]) {
  int i = axis->cut[0] ? 0 : 1;
  set_factors(leaf->factor, axis->in[i], &sums[i]);
  set_dim(leaf, i, &sums[i]);
  set_dim(leaf, 1 - i, &standing);
  if (axis->dims == 1 || !axis->cut[1 - i]) return;
  int64_t factor[TACET_FACTORS];
  set_factors(factor, axis->in[1 - i], &sums[1 - i]);
  set_dim(leaf, 1 - i, &sums[1 - i]);
  for (int f = 0; f < TACET_FACTORS; f++) leaf->factor[f] *= factor[f];
}

static void set_window(tacet_leaf *leaf, int slot,
                       const tacet_window_sums *sums) {
  leaf->factor[TACET_HELD + slot] = sums->held;
  leaf->factor[TACET_KEPT + slot] = sums->kept;
  leaf->factor[TACET_ANY + slot] = sums->any;
  leaf->factor[TACET_STALE + slot] = sums->any - sums->fresh;
}

/* ---- moments of any kind ------------------------------------------------ */

typedef struct shower {
  const tacet_axis *axis;
  tacet_leaf_visit *visit;
  void *context;
} shower;

/* The units' tiles seen as those of one child that never idles. */
static void take_whole(tacet_tile_sums *sums) {
  sums->active = sums->before_active = sums->both = 1;
  sums->kept = sums->still ? sums->length : 0;
  sums->longest = sums->length;
}

static void show_moment(const tacet_moment moment[2], int64_t times,
                        void *context) {
  const shower *s = context;
  const tacet_axis *axis = s->axis;
  tacet_leaf leaf = {.times = times};
  tacet_tile_sums sums[2] = {0};
  tacet_window_sums window;
  for (int i = 0; i < axis->dims; i++) {
    sums[i] = tacet_tiles_sum(&axis->chain[i], &moment[i]);
    if (axis->whole) take_whole(&sums[i]);
  }
  set_dims(&leaf, axis, sums);
  if (axis->dims == 2) {
    tacet_window_sum(&window, &axis->window, axis->chain, moment, axis->whole);
    set_window(&leaf, axis->window_slot, &window);
  }
  s->visit(&leaf, s->context);
}

/* ---- moments of tilings ------------------------------------------------- */

/* A simple axis at a moment. */
typedef struct pose {
  tacet_motion motion[2];
  int64_t time[2];
  tacet_tile_sums sums[2];
  tacet_row now[2], before[2]; /* of a window's dimensions */
} pose;

static tacet_row make_row(const tacet_tiling *tiling, int64_t time,
                          int64_t active, int64_t length) {
  return (tacet_row){time * tiling->units * tiling->size,
                     smaller(tiling->size, length), tiling->size, active};
}

static void set_time(pose *p, const tacet_axis *axis, int i, int64_t time) {
  const tacet_tiling *tiling = &axis->tiling[i];
  tacet_tile_sums *sums = &p->sums[i];
  p->time[i] = time;
  tacet_tiling_sums(sums, tiling, time, p->motion[i]);
  if (axis->dims == 1) return;
  p->now[i] = p->before[i] = make_row(tiling, time, sums->active, sums->length);
  if (sums->still) return;
  if (p->motion[i] == TACET_RESTARTS) time = tiling->folds;
  p->before[i] =
      make_row(tiling, time - 1, sums->before_active, sums->before_length);
}

/* True if all units' tiles are equal, now and before. */
static bool equal_tiles(const pose *p, int i) {
  const tacet_tile_sums *sums = &p->sums[i];
  return p->now[i].count * p->now[i].length == sums->length &&
         p->before[i].count * p->before[i].length == sums->before_length;
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
  before[i].start += (tiling->folds - 2) * tiling->units * tiling->size;
  if (!tacet_progression_sum(&idle, rank, now, before)) return false;
  sums->kept = active.kept + idle.kept;
  sums->fresh = sums->kept == 0 ? sums->any : active.fresh + idle.fresh;
  return sums->kept == 0 || active.fresh == 0 || idle.fresh == 0;
}

static bool sum_tilings(tacet_window_sums *sums, const tacet_axis *axis,
                        const pose *p) {
  if (!equal_tiles(p, 0) || !equal_tiles(p, 1)) return false;
  bool idle[2];
  for (int i = 0; i < 2; i++) idle[i] = p->before[i].count < p->now[i].count;
  if (idle[0] && idle[1]) return false;
  if (idle[0] || idle[1]) return sum_idle(sums, axis, p, idle[0] ? 0 : 1);
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

static void show_pose(const shower *s, const pose *p, int64_t times) {
  const tacet_axis *axis = s->axis;
  tacet_leaf leaf;
  tacet_window_sums window;
  leaf.times = times;
  set_dims(&leaf, axis, p->sums);
  if (axis->dims == 2) {
    if (!sum_tilings(&window, axis, p)) sum_by_units(&window, axis, p);
    set_window(&leaf, axis->window_slot, &window);
  }
  s->visit(&leaf, s->context);
}

/* End of the times from `time` on that look alike: where tiles are whole, and
   where no window meets padding. */
static int64_t alike(const tacet_axis *axis, int i, int64_t time) {
  const tacet_tiling *tiling = &axis->tiling[i];
  int64_t end = time < tiling->full ? tiling->full : tiling->folds;
  if (!axis->clips) return end;
  if (i == 1 || time < axis->clear_from || time >= axis->clear_to)
    return time + 1;
  return smaller(end, axis->clear_to);
}

/* Shows the times of dimension i and of those before it. */
static void show_times(const shower *s, pose *p, int i, int64_t times) {
  int64_t time = p->motion[i] == TACET_ADVANCES;
  int64_t end = p->motion[i] == TACET_RESTARTS ? 1 : s->axis->tiling[i].folds;
  while (time < end) {
    int64_t next = smaller(alike(s->axis, i, time), end);
    set_time(p, s->axis, i, time);
    if (i == 0)
      show_pose(s, p, times * (next - time));
    else
      show_times(s, p, i - 1, times * (next - time));
    time = next;
  }
}

void tacet_leaves(const tacet_axis *axis, int step_case,
                  tacet_leaf_visit *visit, void *context) {
  shower s = {axis, visit, context};
  if (!axis->simple) {
    tacet_moments(axis, step_case, show_moment, &s);
    return;
  }
  pose p;
  p.motion[0] = p.motion[1] = TACET_RESTARTS;
  for (int n = 0; n < axis->loops; n++)
    p.motion[axis->order[n].chain] = tacet_axis_motion(step_case, n);
  show_times(&s, &p, axis->dims - 1, 1);
}
