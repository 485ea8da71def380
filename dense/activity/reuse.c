/* Sums over time of what L2 holds, and of what of it stays from one step to
   the next: products over axes. In closed form where one loop of an axis takes
   time, else from its leaves. */
#include "leaf.h"
#include "progression.h"
#include "reuse.h"
#include "../whole.h"

enum { RESTART, OWN, OUTSIDE, SIMPLE_CASES }; /* of the one loop */

/* ---- dimensions by themselves ------------------------------------------- */

/* A loop over the tiles of a dimension seen from L2; one fold: none. */
typedef struct passage {
  int64_t extent; /* of the dimension */
  int64_t hull;   /* of a tile */
  int64_t folds;
} passage;

/* The tensor holds the same all the time; no loop is outside. */
static void hold_still(tacet_hold *hold, int64_t words) {
  hold->total = hold->end = hold->largest = hold->kept[RESTART] = words;
}

/* The tensor holds one tile after the other, or has no such dimension. */
static void hold_passing(tacet_hold *hold, bool in, bool output,
                         const passage *p) {
  hold->total = hold->kept[OUTSIDE] = in ? p->extent : p->folds;
  hold->end = hold->largest = in ? p->hull : 1;
  if (in && output) hold->end = p->extent - (p->folds - 1) * p->hull;
  hold->kept[RESTART] = !in;
  hold->kept[OWN] = in ? 0 : p->folds - 1;
}

static void multiply_still(tacet_hold *hold, int64_t words) {
  hold->total *= words;
  hold->end *= words;
  hold->largest *= words;
  for (int c = RESTART; c < SIMPLE_CASES; c++) hold->kept[c] *= words;
}

/* ---- windows ------------------------------------------------------------ */

/* A window over two dimensions that stand still; false if it has holes. */
static bool hold_still_window(tacet_hold *hold, const tacet_axis *axis) {
  tacet_row tile[2] = {{.length = axis->chain[0].extent},
                       {.length = axis->chain[1].extent}};
  tacet_interval window;
  if (!tacet_progression_window(&window, &axis->window, tile)) return false;
  hold_still(hold, tacet_clipped(window, axis->window.size));
  return true;
}

/* A window over the tiles of dimension i: each overlaps with the one before by
   what the other dimension reaches. False if it has holes. */
static bool hold_passing_window(tacet_hold *hold, const tacet_axis *axis, int i,
                                const passage *p) {
  const tacet_rank *rank = &axis->window;
  tacet_row tile[2] = {{.length = axis->chain[0].extent},
                       {.length = axis->chain[1].extent}};
  tacet_interval first, last;
  tile[i].length = p->hull;
  bool run = tacet_progression_window(&first, rank, tile);
  tile[i].start = (p->folds - 1) * p->hull;
  tile[i].length = p->extent - tile[i].start;
  if (!run || !tacet_progression_window(&last, rank, tile)) return false;
  int64_t step = rank->term[i].coefficient * p->hull;
  tacet_interval both_ends = {last.start, smaller(first.end, last.end)};
  tacet_interval overlap = {first.start + step,
                            larger(first.end, first.start + step)};
  tacet_line wholes = {first, step, p->folds - 1};
  tacet_line overlaps = {overlap, step, p->folds - 1};
  int64_t end = tacet_clipped(last, rank->size);
  hold->total = tacet_line_sum(&wholes, rank->size) + end;
  hold->end = tacet_clipped(first, rank->size);
  hold->largest = larger(tacet_line_largest(&wholes, rank->size), end);
  hold->kept[RESTART] = tacet_clipped(both_ends, rank->size);
  hold->kept[OWN] = tacet_line_sum(&overlaps, rank->size);
  hold->kept[OUTSIDE] = hold->total;
  return true;
}

/* ---- an axis ------------------------------------------------------------ */

/* What dimension i brings of tensor t if it stands still. */
static int64_t still_words(const tacet_axis *axis, int i, int t) {
  return axis->cut[i] && axis->in[i][t] ? axis->chain[i].extent : 1;
}

/* What its dimensions bring by themselves; `moving` of them, -1: none, passes
   tile by tile. */
static void hold_dims(tacet_hold *hold, const tacet_axis *axis, int t,
                      int moving, const passage *p) {
  int64_t still = 1;
  if (moving != 0) still = still_words(axis, 0, t);
  if (moving != 1 && axis->dims == 2) still *= still_words(axis, 1, t);
  if (moving < 0) {
    hold_still(hold, still);
    return;
  }
  hold_passing(hold, axis->in[moving][t], t == TACET_OUTPUT, p);
  if (still > 1) multiply_still(hold, still);
}

/* In closed form: at most the first loop of one dimension takes time. */
static bool hold_simple(tacet_hold hold[TACET_TENSORS], const tacet_axis *axis,
                        int loops) {
  int moving = -1;
  passage p = {0, 0, 1};
  if (loops > 1 || (loops == 1 && axis->order[0].at > 0)) return false;
  if (loops == 1) {
    moving = axis->order[0].chain;
    const tacet_loop *loop = axis->chain[moving].loop[0];
    p = (passage){axis->chain[moving].extent, loop->size * loop->units,
                  loop->folds};
  }
  for (int t = 0; t < TACET_TENSORS; t++)
    hold_dims(&hold[t], axis, t, moving, &p);
  if (axis->dims == 1) return true;
  tacet_hold *window = &hold[axis->window_slot];
  return moving < 0 ? hold_still_window(window, axis)
                    : hold_passing_window(window, axis, moving, &p);
}

/* Leaves of one case. */
typedef struct adder {
  tacet_hold *hold;
  int step_case;
  bool outside; /* it is the last case */
} adder;

static tacet_leaf *add_leaf(tacet_leaf *leaf, void *context) {
  const adder *a = context;
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_hold *hold = &a->hold[t];
    int64_t held = leaf->factor.held[t];
    hold->kept[a->step_case] += leaf->times * leaf->factor.kept[t];
    if (a->step_case == RESTART) hold->end = held;
    if (!a->outside) continue;
    hold->total += leaf->times * held;
    hold->largest = larger(hold->largest, held);
  }
  return leaf;
}

/* What leaves hold of the output is of the step before: of a restart, of the
   last time. */
static void hold_leaves(tacet_hold hold[TACET_TENSORS], const tacet_axis *axis,
                        int position) {
  tacet_axis narrow;
  tacet_leaf leaf;
  tacet_axis_narrow(&narrow, axis, position);
  for (int t = 0; t < TACET_TENSORS; t++) hold[t] = (tacet_hold){0};
  for (int c = 0; c <= 2 * narrow.loops; c++) {
    adder a = {hold, c, c == 2 * narrow.loops};
    tacet_leaves(&narrow, c, &leaf, add_leaf, &a);
  }
}

/* ---- the sweep ---------------------------------------------------------- */

static void hold_axis(tacet_sweep *sweep, int a) {
  const tacet_axis *axis = &sweep->axes->axis[a];
  if (!hold_simple(sweep->hold[a], axis, sweep->loops[a]))
    hold_leaves(sweep->hold[a], axis, sweep->position);
}

void tacet_sweep_start(tacet_sweep *sweep, const tacet_axes *axes) {
  sweep->axes = axes;
  sweep->outputs = tacet_tensor_size(&axes->view.layer->tensor[TACET_OUTPUT]);
  sweep->position = 0;
  for (int a = 0; a < axes->count; a++) {
    sweep->loops[a] = 0;
    hold_axis(sweep, a);
  }
}

uint32_t tacet_sweep_next(tacet_sweep *sweep) {
  const tacet_axes *axes = sweep->axes;
  int i = sweep->position++;
  int a = axes->axis_of[i];
  if (a < 0) return 0;
  sweep->loops[a]++;
  hold_axis(sweep, a);
  return UINT32_C(1) << axes->view.loop[i].dim;
}

/* Words of tensor t that stay in L2 as steps begin, over all steps: of the
   loops outside, the innermost first, until an axis that starts again keeps
   nothing. */
static int64_t kept_words(const tacet_sweep *sweep, int t) {
  const tacet_axes *axes = sweep->axes;
  int step_case[TACET_MAX_DIMS];
  int64_t sum = 0;
  for (int a = 0; a < axes->count; a++) step_case[a] = 2 * sweep->loops[a];
  for (int i = sweep->position - 1; i >= 0; i--) {
    int own = axes->axis_of[i];
    if (own < 0) continue;
    const tacet_hold *hold = &sweep->hold[own][t];
    int64_t kept = hold->kept[--step_case[own]];
    for (int a = 0; a < axes->count && kept; a++)
      if (a != own) kept *= sweep->hold[a][t].kept[step_case[a]];
    sum += kept;
    if (--step_case[own] == 0 && hold->kept[0] == 0) break;
  }
  return sum * axes->words[t];
}

void tacet_sweep_cost(tacet_placed *placed, const tacet_sweep *sweep, int t) {
  const tacet_axes *axes = sweep->axes;
  int64_t total = axes->words[t], end = total, largest = total;
  for (int a = 0; a < axes->count; a++) {
    const tacet_hold *hold = &sweep->hold[a][t];
    total *= hold->total;
    end *= hold->end;
    largest *= hold->largest;
  }
  int64_t moved = sweep->position ? total - kept_words(sweep, t) : total;
  placed->footprint = largest;
  placed->moves = moved > end;
  if (t != TACET_OUTPUT) {
    placed->fills = moved;
    placed->first = end;
    placed->drains = placed->last = 0;
    return;
  }
  /* what was drained before comes back to be added to; the first stay starts
     from zero */
  placed->drains = moved;
  placed->last = end;
  placed->fills = moved - sweep->outputs;
  placed->first = 0;
}

void tacet_placed_at(tacet_placed placed[TACET_TENSORS], const tacet_axes *axes,
                     const tacet_nest *nest) {
  tacet_sweep sweep;
  tacet_axes space;
  tacet_sweep_start(&sweep, tacet_axes_of_l2(&space, axes, nest));
  for (int missing = TACET_TENSORS;; tacet_sweep_next(&sweep)) {
    for (int t = 0; t < TACET_TENSORS; t++) {
      if (nest->position[1][t] != sweep.position) continue;
      tacet_sweep_cost(&placed[t], &sweep, t);
      missing--;
    }
    if (missing == 0) return;
  }
}
