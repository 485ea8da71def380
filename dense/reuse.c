/* Sums over time of what L2 holds, and of what of it stays from one step to
   the next: products over axes. In closed form where one loop of an axis takes
   time, else from its leaves. */
#include "leaf.h"
#include "progression.h"
#include "reuse.h"

static int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
}

enum { RESTART, OWN, OUTSIDE, SIMPLE_CASES }; /* of the one loop */

/* ---- one dimension ------------------------------------------------------ */

static void start_hold(tacet_hold *hold, int64_t words) {
  hold->total = hold->first = hold->last = hold->largest = words;
  for (int c = RESTART; c < SIMPLE_CASES; c++) hold->kept[c] = words;
}

/* Multiplies in a dimension that stands still. */
static void multiply_still(tacet_hold *hold, int64_t words) {
  hold->total *= words;
  hold->first *= words;
  hold->last *= words;
  hold->largest *= words;
  for (int c = RESTART; c < SIMPLE_CASES; c++) hold->kept[c] *= words;
}

/* Multiplies in the dimension whose tiles of `hull` pass in `folds` times: a
   tensor holds one of them after the other, or nothing of it. */
static void multiply_moving(tacet_hold *hold, bool in, int64_t extent,
                            int64_t hull, int64_t folds) {
  hold->total *= in ? extent : folds;
  hold->first *= in ? hull : 1;
  hold->last *= in ? extent - (folds - 1) * hull : 1;
  hold->largest *= in ? hull : 1;
  hold->kept[RESTART] *= !in;
  hold->kept[OWN] *= in ? 0 : folds - 1;
  hold->kept[OUTSIDE] *= in ? extent : folds;
}

/* ---- windows ------------------------------------------------------------ */

/* A window over two dimensions that stand still; false if it has holes. */
static bool hold_still(tacet_hold *hold, const tacet_axis *axis) {
  tacet_row tile[2] = {{.length = axis->chain[0].extent},
                       {.length = axis->chain[1].extent}};
  int64_t words = tacet_progression_extent(&axis->window, tile);
  start_hold(hold, words);
  return words >= 0;
}

/* A window over the tiles of `hull` of dimension i: each overlaps with the one
   before by what the other dimension reaches. False if it has holes. */
static bool hold_moving(tacet_hold *hold, const tacet_axis *axis, int i,
                        int64_t hull, int64_t folds) {
  const tacet_rank *rank = &axis->window;
  tacet_row first[2] = {{.length = axis->chain[0].extent, .count = 1},
                        {.length = axis->chain[1].extent, .count = 1}};
  tacet_row last[2] = {first[0], first[1]};
  first[i].length = hull;
  last[i].start = (folds - 1) * hull;
  last[i].length -= last[i].start;
  tacet_window_sums ends;
  hold->last = tacet_progression_extent(rank, last);
  if (hold->last < 0 || !tacet_progression_sum(&ends, rank, first, last))
    return false;
  int64_t step = rank->term[i].coefficient * hull;
  int64_t reach = rank->term[1 - i].coefficient * (first[1 - i].length - 1);
  int64_t length = step - rank->term[i].coefficient + reach + 1;
  tacet_line wholes = {rank->offset, length, step, folds - 1};
  tacet_line overlaps = {rank->offset + step, larger(length - step, 0), step,
                         folds - 1};
  hold->total = tacet_line_sum(&wholes, rank->size) + hold->last;
  hold->first = ends.held;
  hold->largest = larger(tacet_line_largest(&wholes, rank->size), hold->last);
  hold->kept[RESTART] = ends.kept;
  hold->kept[OWN] = tacet_line_sum(&overlaps, rank->size);
  hold->kept[OUTSIDE] = hold->total;
  return true;
}

/* ---- an axis ------------------------------------------------------------ */

/* In closed form: at most the first loop of one dimension takes time. */
static bool hold_simple(tacet_hold hold[TACET_TENSORS], const tacet_axis *axis,
                        int loops) {
  int moving = loops ? axis->order[0].chain : -1;
  if (loops > 1 || (loops && axis->order[0].at > 0)) return false;
  int64_t hull = 0, folds = 1;
  if (loops) {
    const tacet_loop *loop = axis->chain[moving].loop[0];
    hull = loop->size * loop->units;
    folds = loop->folds;
  }
  for (int t = 0; t < TACET_TENSORS; t++) {
    start_hold(&hold[t], 1);
    for (int i = 0; i < axis->dims; i++) {
      if (!axis->cut[i]) continue;
      bool in = axis->in[i][t];
      int64_t extent = axis->chain[i].extent;
      if (i == moving)
        multiply_moving(&hold[t], in, extent, hull, folds);
      else if (in)
        multiply_still(&hold[t], extent);
    }
  }
  if (axis->dims == 1) return true;
  tacet_hold *window = &hold[axis->window_slot];
  if (moving < 0) return hold_still(window, axis);
  return hold_moving(window, axis, moving, hull, folds);
}

/* Leaves of one case. */
typedef struct adder {
  tacet_hold *hold;
  int step_case;
  bool outside; /* it is the last case */
} adder;

static void add_leaf(const tacet_leaf *leaf, void *context) {
  const adder *a = context;
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_hold *hold = &a->hold[t];
    int64_t held = leaf->factor[TACET_HELD + t];
    hold->kept[a->step_case] += leaf->times * leaf->factor[TACET_KEPT + t];
    if (a->step_case == RESTART) hold->first = hold->last = held;
    if (!a->outside) continue;
    hold->total += leaf->times * held;
    hold->largest = larger(hold->largest, held);
  }
}

/* HELD means the step before for the output: of a restart it is the last. */
static void hold_leaves(tacet_hold hold[TACET_TENSORS], const tacet_axis *axis,
                        int position) {
  tacet_axis narrow;
  tacet_axis_narrow(&narrow, axis, position);
  for (int t = 0; t < TACET_TENSORS; t++) hold[t] = (tacet_hold){0};
  for (int c = 0; c <= 2 * narrow.loops; c++) {
    adder a = {hold, c, c == 2 * narrow.loops};
    tacet_leaves(&narrow, c, add_leaf, &a);
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
  sweep->position = 0;
  for (int a = 0; a < axes->count; a++) {
    sweep->loops[a] = 0;
    hold_axis(sweep, a);
  }
}

void tacet_sweep_next(tacet_sweep *sweep) {
  int a = sweep->axes->axis_of[sweep->position++];
  if (a < 0) return;
  sweep->loops[a]++;
  hold_axis(sweep, a);
}

bool tacet_sweep_matters(const tacet_sweep *sweep, int t) {
  const tacet_axes *axes = sweep->axes;
  const tacet_loop *loop = &axes->view.loop[sweep->position];
  return loop->folds > 1 && (axes->touches[t] >> loop->dim & 1);
}

/* Words of tensor t that stay in L2 as steps begin, over all steps. */
static int64_t kept_words(const tacet_sweep *sweep, int t) {
  const tacet_axes *axes = sweep->axes;
  int step_case[TACET_MAX_DIMS] = {0};
  int64_t sum = 0;
  for (int i = 0; i < sweep->position; i++) {
    int own = axes->axis_of[i];
    if (own < 0) continue;
    step_case[own]++;
    int64_t kept = axes->words[t];
    for (int a = 0; a < axes->count; a++)
      kept *= sweep->hold[a][t].kept[step_case[a]];
    step_case[own]++;
    sum += kept;
  }
  return sum;
}

/* What was drained before comes back to be added to; the first stay starts
   from zero. */
static void turn_into_drains(tacet_placed *placed, int64_t last,
                             const tacet_tensor *output) {
  placed->drains = placed->fills;
  placed->last = last;
  placed->moves = placed->drains > last;
  placed->fills -= tacet_tensor_size(output);
  placed->first = 0;
}

void tacet_sweep_cost(tacet_placed *placed, const tacet_sweep *sweep, int t) {
  const tacet_axes *axes = sweep->axes;
  int64_t total = axes->words[t], last = total;
  placed->first = placed->footprint = total;
  for (int a = 0; a < axes->count; a++) {
    const tacet_hold *hold = &sweep->hold[a][t];
    total *= hold->total;
    last *= hold->last;
    placed->first *= hold->first;
    placed->footprint *= hold->largest;
  }
  placed->fills = total - kept_words(sweep, t);
  placed->drains = placed->last = 0;
  placed->moves = placed->fills > placed->first;
  if (t == TACET_OUTPUT)
    turn_into_drains(placed, last, &axes->view.layer->tensor[t]);
}
