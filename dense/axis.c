/* Axes and their leaves. The times of a loop fall into a few intervals within
   which nothing changes: as long as all tiles are whole, and where a tile is
   cut or missing in some unit. Only next to padding is every time looked at
   by itself. */
#include "axis.h"

#include <stddef.h>

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t ceil_div(int64_t a, int64_t b) {
  return a / b + (a % b != 0);
}

/* ---- views and axes ----------------------------------------------------- */

tacet_view tacet_view_pes(const tacet_nest *nest) {
  return (tacet_view){&nest->layer, nest->loop, nest->loops, false};
}

tacet_view tacet_view_whole(const tacet_nest *nest, int position) {
  return (tacet_view){&nest->layer, nest->loop, position, true};
}

void tacet_chain_make(tacet_chain *chain, const tacet_view *view, int dim) {
  chain->extent = view->layer->dim[dim].size;
  chain->loops = 0;
  for (int i = 0; i < view->loops; i++) {
    if (view->loop[i].dim != dim) continue;
    chain->loop[chain->loops] = &view->loop[i];
    chain->place[chain->loops++] = i;
  }
}

static bool is_rank_of(const tacet_tensor *tensor, int dim) {
  for (int r = 0; r < tensor->ranks; r++)
    if (tensor->rank[r].terms == 1 && tensor->rank[r].term[0].dim == dim)
      return true;
  return false;
}

static void add_dim(tacet_axis *axis, const tacet_view *view, int dim) {
  int i = axis->dims++;
  axis->dim[i] = dim;
  for (int t = 0; t < TACET_TENSORS; t++)
    axis->in[i][t] = is_rank_of(&view->layer->tensor[t], dim);
  tacet_chain_make(&axis->chain[i], view, dim);
}

static void add_window(tacet_axis *axis, const tacet_view *view, int slot,
                       const tacet_rank *rank) {
  axis->window = rank;
  axis->window_slot = slot;
  axis->clips = tacet_window_clips(rank, view->layer);
  add_dim(axis, view, rank->term[0].dim);
  add_dim(axis, view, rank->term[1].dim);
}

/* Merges the chains' loops in the order of the nest. */
static void order_loops(tacet_axis *axis) {
  int at[2] = {0, 0};
  int total = axis->chain[0].loops;
  if (axis->dims > 1) total += axis->chain[1].loops;
  for (int n = 0; n < total; n++) {
    int c = 0;
    if (axis->dims > 1 && at[1] < axis->chain[1].loops &&
        (at[0] == axis->chain[0].loops ||
         axis->chain[1].place[at[1]] < axis->chain[0].place[at[0]]))
      c = 1;
    axis->order[n] = (tacet_axis_loop){c, at[c]++};
  }
  axis->loops = total;
}

void tacet_axis_narrow(tacet_axis *axis, int loops) {
  axis->loops = loops;
  axis->chain[0].loops = axis->chain[1].loops = 0;
  for (int n = 0; n < loops; n++) axis->chain[axis->order[n].chain].loops++;
}

static tacet_axis *start_axis(tacet_axis *axis, const tacet_view *view) {
  axis->dims = 0;
  axis->window = NULL;
  axis->clips = false;
  axis->whole = view->whole;
  axis->layer = view->layer;
  return axis;
}

int tacet_axes(tacet_axis axis[TACET_MAX_DIMS], const tacet_view *view) {
  const tacet_layer *layer = view->layer;
  bool taken[TACET_MAX_DIMS] = {false};
  int axes = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    for (int r = 0; r < layer->tensor[t].ranks; r++) {
      const tacet_rank *rank = &layer->tensor[t].rank[r];
      if (rank->terms < 2) continue;
      add_window(start_axis(&axis[axes], view), view, t, rank);
      order_loops(&axis[axes++]);
      taken[rank->term[0].dim] = taken[rank->term[1].dim] = true;
    }
  }
  for (int d = 0; d < layer->dims; d++) {
    if (taken[d]) continue;
    add_dim(start_axis(&axis[axes], view), view, d);
    order_loops(&axis[axes++]);
  }
  return axes;
}

/* ---- one leaf ----------------------------------------------------------- */

typedef struct walk {
  const tacet_axis *axis;
  int cut; /* loops of the axis at any time */
  bool own;
  tacet_moment moment[2];
  tacet_leaf_visit *visit;
  void *context;
} walk;

static void multiply_operand(tacet_leaf *leaf, int slot, bool in,
                             const tacet_tile_sums *sums) {
  leaf->factor[TACET_HELD + slot] *= in ? sums->length : sums->active;
  leaf->factor[TACET_KEPT + slot] *= in ? sums->kept : sums->active;
  leaf->factor[TACET_ANY + slot] *= in ? sums->length : 1;
  leaf->factor[TACET_STALE + slot] *= in ? sums->kept : 1;
  leaf->tile[slot] *= in ? sums->longest : 1;
}

static void multiply_output(tacet_leaf *leaf, bool in,
                            const tacet_tile_sums *sums) {
  bool all_stay = sums->both == sums->before_active;
  int64_t stay = sums->still ? sums->length : 0;
  leaf->factor[TACET_LEAVE] *= in ? sums->before_length : sums->before_active;
  leaf->factor[TACET_STAY] *= in ? stay : sums->both;
  leaf->factor[TACET_LEAVE_ANY] *= in ? sums->before_length : 1;
  leaf->factor[TACET_STAY_ANY] *= in ? stay : all_stay;
}

static void multiply_window(tacet_leaf *leaf, const tacet_axis *axis,
                            const tacet_moment moment[2]) {
  tacet_window_sums sums = (axis->whole ? tacet_window_whole
                                        : tacet_window_sum)(
      axis->window, &axis->chain[0], &moment[0], &axis->chain[1], &moment[1]);
  int slot = axis->window_slot;
  leaf->factor[TACET_HELD + slot] = sums.held;
  leaf->factor[TACET_KEPT + slot] = sums.kept;
  leaf->factor[TACET_ANY + slot] = sums.any;
  leaf->factor[TACET_STALE + slot] = sums.any - sums.fresh;
  leaf->tile[slot] = sums.widest;
}

/* The units' tiles seen as those of one child that never idles. */
static void take_whole(tacet_tile_sums *sums) {
  sums->active = sums->before_active = sums->both = 1;
  sums->kept = sums->still ? sums->length : 0;
  sums->longest = sums->length;
}

static void multiply_dim(tacet_leaf *leaf, const tacet_axis *axis, int i,
                         const tacet_moment *moment) {
  tacet_tile_sums sums = tacet_tiles_sum(&axis->chain[i], moment);
  if (axis->whole) take_whole(&sums);
  for (int t = 0; t < TACET_TENSORS; t++)
    multiply_operand(leaf, t, axis->in[i][t], &sums);
  multiply_output(leaf, axis->in[i][TACET_OUTPUT], &sums);
  leaf->factor[TACET_MACS] *= sums.length;
  leaf->factor[TACET_BUSIEST] *= sums.longest;
  leaf->factor[TACET_ACTIVE] *= sums.active;
  leaf->box[i] = sums.longest;
  leaf->units[i] = sums.active;
}

tacet_leaf tacet_axis_leaf(const tacet_axis *axis,
                           const tacet_moment moment[2]) {
  tacet_leaf leaf = {.times = 1, .box = {1, 1}, .units = {1, 1}};
  for (int f = 0; f < TACET_FACTORS; f++) leaf.factor[f] = 1;
  for (int t = 0; t < TACET_TENSORS; t++) leaf.tile[t] = 1;
  for (int i = 0; i < axis->dims; i++) multiply_dim(&leaf, axis, i, &moment[i]);
  if (axis->window) multiply_window(&leaf, axis, moment);
  return leaf;
}

static void show_leaf(walk *w, int64_t times) {
  for (int i = 0; i < w->axis->dims; i++)
    if (!w->moment[i].first)
      tacet_moment_before(&w->moment[i], &w->axis->chain[i]);
  tacet_leaf leaf = tacet_axis_leaf(w->axis, w->moment);
  leaf.times = times;
  w->visit(&leaf, w->context);
}

/* ---- intervals of time -------------------------------------------------- */

/* Times from which on, and up to which, no unit's window (nor the one before
   it) reaches into padding. */
typedef struct inside {
  int64_t from, to;
} inside;

static inside inside_padding(const walk *w, int k) {
  const tacet_axis *axis = w->axis;
  const tacet_rank *rank = axis->window;
  const tacet_chain *chain = &axis->chain[0];
  int64_t stride = rank->term[0].coefficient;
  int64_t reach = rank->term[1].coefficient *
                  (axis->layer->dim[rank->term[1].dim].size - 1);
  int64_t lowest = 0, highest = 0; /* starts of the outer tiles */
  for (int q = 0; q < k; q++) {
    int64_t start = w->moment[0].time[q] * chain->loop[q]->units;
    lowest += start * chain->loop[q]->size;
    highest += (start + chain->loop[q]->units - 1) * chain->loop[q]->size;
  }
  int64_t step = chain->loop[k]->size * chain->loop[k]->units;
  int64_t need = ceil_div(-rank->offset, stride) - lowest;
  int64_t from = need > 0 ? ceil_div(need, step) + 1 : 0;
  int64_t room = rank->size - 1 - rank->offset - reach;
  int64_t top = room < 0 ? -1 : room / stride; /* last P without padding */
  int64_t to = (top + 1 - highest) < step ? -1 : (top + 1 - highest) / step - 1;
  return (inside){from, to};
}

/* End of the interval of equal times that begins at `time`. */
static int64_t interval_end(const walk *w, int i, int k, int64_t time,
                            int64_t folds, const int64_t *length, int count) {
  const tacet_loop *loop = w->axis->chain[i].loop[k];
  int64_t end = folds;
  for (int n = 0; n < count; n++) {
    int64_t whole = length[n] / loop->size / loop->units;
    for (int64_t edge = whole; edge <= whole + 2; edge++)
      if (edge > time) end = smaller(end, edge);
  }
  if (!w->axis->clips) return end;
  if (i == 1) return time + 1;
  inside in = inside_padding(w, k);
  if (time < in.from || time > in.to) return time + 1;
  return smaller(end, in.to + 1);
}

/* Chooses times for the loops of the axis from the n-th on. */
static void choose(walk *w, int n, int64_t times) {
  if (n == w->cut) {
    show_leaf(w, times);
    return;
  }
  const tacet_axis *axis = w->axis;
  int i = axis->order[n].chain, k = axis->order[n].at;
  const tacet_loop *loop = axis->chain[i].loop[k];
  tacet_moment *moment = &w->moment[i];
  int64_t length[TACET_MAX_CHAIN + 1];
  int count = tacet_outer_lengths(length, &axis->chain[i], moment->time, k);
  int64_t folds = ceil_div(ceil_div(length[0], loop->size), loop->units);
  moment->cut = k + 1;
  moment->own = w->own && n == w->cut - 1;
  for (int64_t time = moment->own; time < folds;) {
    int64_t end = interval_end(w, i, k, time, folds, length, count);
    moment->time[k] = time;
    choose(w, n + 1, times * (end - time));
    time = end;
  }
  moment->time[k] = 0;
  moment->cut = k;
  moment->own = false;
}

int tacet_axis_case(const tacet_axis *axis, int advance) {
  if (advance == TACET_FIRST_STEP) return TACET_FIRST_CASE;
  int outside = 0;
  bool own = false;
  for (int n = 0; n < axis->loops; n++) {
    const tacet_axis_loop *loop = &axis->order[n];
    int place = axis->chain[loop->chain].place[loop->at];
    if (place > advance) break;
    own = place == advance;
    outside++;
  }
  return 2 * outside - own;
}

void tacet_axis_leaves(const tacet_axis *axis, int step_case,
                       tacet_leaf_visit *visit, void *context) {
  walk w;
  w.axis = axis;
  w.cut = step_case == TACET_FIRST_CASE ? 0 : (step_case + 1) / 2;
  w.own = step_case > 0 && step_case % 2;
  w.visit = visit;
  w.context = context;
  for (int i = 0; i < axis->dims; i++) {
    w.moment[i].cut = 0;
    w.moment[i].own = false;
    w.moment[i].first = step_case == TACET_FIRST_CASE;
    for (int k = 0; k < axis->chain[i].loops; k++) w.moment[i].time[k] = 0;
  }
  choose(&w, 0, 1);
}
