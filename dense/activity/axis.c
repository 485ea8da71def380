/* Views of a nest and their axes. */
#include "axis.h"
#include "../whole.h"

/* ---- views -------------------------------------------------------------- */

tacet_view tacet_view_pes(const tacet_nest *nest) {
  return (tacet_view){.layer = nest->layer,
                      .loop = nest->loop,
                      .loops = nest->loops,
                      .contiguous = nest->contiguous[nest->storages - 1],
                      .child = TACET_MAX_LEVELS,
                      .parent = nest->level[nest->storages - 2],
                      .all = nest->loops};
}

tacet_view tacet_view_whole(const tacet_nest *nest, int position) {
  return (tacet_view){.layer = nest->layer,
                      .loop = nest->loop,
                      .loops = position,
                      .whole = true,
                      .contiguous = nest->contiguous[1],
                      .all = position};
}

tacet_view tacet_view_buffers(const tacet_nest *nest, int storage,
                              int position) {
  return (tacet_view){.layer = nest->layer,
                      .loop = nest->loop,
                      .loops = position,
                      .contiguous = nest->contiguous[storage],
                      .child = nest->level[storage],
                      .parent = nest->level[storage - 1],
                      .all = nest->loops};
}

/* True if the units of the loop are children, or groups of them, that tell
   tiles apart. */
static bool spreads(const tacet_loop *loop, int levels) {
  return loop->level < levels && loop->units > 1;
}

void tacet_chain_make(tacet_chain *chain, const tacet_view *view, int dim) {
  chain->extent = view->layer->dim[dim].size;
  chain->loops = 0;
  for (int i = 0; i < view->loops; i++) {
    if (view->loop[i].dim != dim) continue;
    chain->loop[chain->loops] = &view->loop[i];
    chain->place[chain->loops++] = i;
  }
  chain->timed = chain->loops;
}

/* ---- windows ------------------------------------------------------------ */

/* The coordinates that the terms reach lie `g` apart, the offset (never
   positive) among them: counts in steps of g, unless those between count. */
static void reduce(tacet_rank *rank, int64_t outs, int64_t filters) {
  tacet_term *term = rank->term;
  if (rank->contiguous) return;
  if (term[0].coefficient == 1 && term[1].coefficient == 1) return;
  if (outs == 1) term[0].coefficient = term[1].coefficient;
  if (filters == 1) term[1].coefficient = term[0].coefficient;
  int64_t g = common_divisor(term[0].coefficient, term[1].coefficient);
  if (g == 1) return;
  int64_t lowest = ceil_div(-rank->offset, g);
  rank->size = (rank->size - 1 - rank->offset) / g + 1 - lowest;
  rank->offset = -lowest;
  term[0].coefficient /= g;
  term[1].coefficient /= g;
}

static void set_window(tacet_axis *axis, const tacet_view *view, int slot,
                       const tacet_rank *rank) {
  const tacet_layer *layer = view->layer;
  axis->dims = 2;
  axis->dim[0] = rank->term[0].dim;
  axis->dim[1] = rank->term[1].dim;
  axis->window_slot = slot;
  axis->window = *rank;
  axis->window.contiguous = view->contiguous;
  reduce(&axis->window, layer->dim[axis->dim[0]].size,
         layer->dim[axis->dim[1]].size);
  axis->clips = tacet_window_clips(&axis->window, layer);
}

/* Coordinates of a rank that whole dimensions reach. */
static int64_t whole_window(const tacet_rank *rank, const tacet_view *view) {
  tacet_chain chain[2];
  tacet_rank reduced = *rank;
  reduced.contiguous = view->contiguous;
  for (int i = 0; i < 2; i++) {
    chain[i].extent = view->layer->dim[rank->term[i].dim].size;
    chain[i].loops = 0;
  }
  reduce(&reduced, chain[0].extent, chain[1].extent);
  return tacet_window_largest(&reduced, chain);
}

/* ---- axes --------------------------------------------------------------- */

typedef struct maker {
  tacet_axes *axes;
  const tacet_layer *layer;
  /* where each dimension with loops went */
  int axis[TACET_MAX_DIMS], chain[TACET_MAX_DIMS];
} maker;

static uint32_t bit(int dim) {
  return UINT32_C(1) << dim;
}

static tacet_axis *add_axis(maker *m) {
  tacet_axis *axis = &m->axes->axis[m->axes->count++];
  axis->window_slot = -1;
  axis->clips = axis->each = axis->apart = axis->counted = false;
  axis->whole = m->axes->view.whole;
  axis->child = m->axes->view.child;
  axis->parent = m->axes->view.parent;
  axis->loops = 0;
  return axis;
}

static void add_dim(maker *m, tacet_axis *axis, int i) {
  int dim = axis->dim[i];
  for (int t = 0; t < TACET_TENSORS; t++)
    axis->in[i][t] = (m->layer->tensor[t].alone & bit(dim)) != 0;
  axis->cut[i] = (m->axes->cut & bit(dim)) != 0;
  axis->chain[i].extent = m->layer->dim[dim].size;
  axis->chain[i].loops = axis->chain[i].timed = 0;
  m->axis[dim] = m->axes->count - 1;
  m->chain[dim] = i;
}

static void add_window(maker *m, int slot, const tacet_rank *rank) {
  uint32_t both = bit(rank->term[0].dim) | bit(rank->term[1].dim);
  if (!(m->axes->cut & both)) {
    m->axes->words[slot] *= whole_window(rank, &m->axes->view);
    return;
  }
  tacet_axis *axis = add_axis(m);
  set_window(axis, &m->axes->view, slot, rank);
  for (int i = 0; i < 2; i++) add_dim(m, axis, i);
}

/* Returns the dimensions of the windows. */
static uint32_t add_windows(maker *m) {
  uint32_t found = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_tensor *tensor = &m->layer->tensor[t];
    if (tensor->dims == tensor->alone) continue;
    found |= tensor->dims & ~tensor->alone;
    for (int r = 0; r < tensor->ranks; r++)
      if (tensor->rank[r].terms == 2) add_window(m, t, &tensor->rank[r]);
  }
  return found;
}

/* What a dimension without loops brings to tensors by itself. */
static void add_constant(maker *m, int dim) {
  int64_t size = m->layer->dim[dim].size;
  if (size == 1) return;
  m->axes->macs *= size;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (m->layer->tensor[t].alone & bit(dim)) m->axes->words[t] *= size;
}

static void add_dims(maker *m, uint32_t windows) {
  for (int d = 0; d < m->layer->dims; d++) {
    if (!(m->axes->cut & bit(d))) {
      add_constant(m, d);
    } else if (!(windows & bit(d))) {
      tacet_axis *axis = add_axis(m);
      axis->dims = 1;
      axis->dim[0] = d;
      add_dim(m, axis, 0);
    }
  }
}

static void add_loop(maker *m, int place) {
  const tacet_loop *loop = &m->axes->view.loop[place];
  tacet_axis *axis = &m->axes->axis[m->axis[loop->dim]];
  int c = m->chain[loop->dim];
  tacet_chain *chain = &axis->chain[c];
  bool timed = place < m->axes->view.loops;
  m->axes->axis_of[place] = -1;
  if (loop->folds > 1 && timed) {
    m->axes->moving |= bit(loop->dim);
    m->axes->axis_of[place] = m->axis[loop->dim];
    axis->order[axis->loops++] = (tacet_axis_loop){c, chain->loops};
  }
  chain->loop[chain->loops] = loop;
  chain->place[chain->loops++] = place;
  chain->timed += timed;
}

/* The times at which no unit's window reaches into padding. */
static void set_clear(tacet_axis *axis) {
  const tacet_rank *rank = &axis->window;
  int64_t stride = rank->term[0].coefficient;
  int64_t reach = rank->term[1].coefficient * (axis->chain[1].extent - 1);
  int64_t hull = axis->tiling[0].hull;
  int64_t room = rank->size - 1 - rank->offset - reach;
  axis->clear_from = ceil_div(-rank->offset, stride * hull);
  axis->clear_to = room < 0 ? 0 : (room / stride + 1) / hull;
}

/* The innermost loops, if neither their time nor their units tell tiles of
   children apart, are in every tile. */
static void drop_common(tacet_chain *chain, int child) {
  while (chain->loops > chain->timed &&
         !spreads(chain->loop[chain->loops - 1], child))
    chain->loops--;
}

/* How children lie along the axis. */
static void set_children(tacet_axis *axis) {
  bool groups = false, children = false;
  for (int i = 0; i < axis->dims; i++) {
    tacet_chain *chain = &axis->chain[i];
    drop_common(chain, axis->child);
    for (int k = 0; k < chain->loops; k++) {
      const tacet_loop *loop = chain->loop[k];
      bool group = spreads(loop, axis->parent);
      groups = groups || group;
      children = children || (!group && spreads(loop, axis->child));
      if (k >= chain->timed ||
          (loop->units > 1 && loop->level >= axis->child && !axis->whole))
        axis->counted = true;
    }
  }
  axis->apart = groups && !children;
  if (groups && children) axis->counted = true;
  if (axis->counted) axis->apart = false;
}

static void set_tilings(tacet_axis *axis) {
  axis->simple = !axis->counted;
  for (int i = 0; i < axis->dims && axis->simple; i++)
    axis->simple =
        tacet_tiling_make(&axis->tiling[i], &axis->chain[i], axis->whole);
  if (axis->simple && axis->clips) set_clear(axis);
}

void tacet_axes_make(tacet_axes *axes, const tacet_view *view) {
  maker m;
  m.axes = axes;
  m.layer = view->layer;
  axes->view = *view;
  axes->count = 0;
  axes->cut = axes->moving = 0;
  axes->macs = 1;
  for (int t = 0; t < TACET_TENSORS; t++) axes->words[t] = 1;
  for (int i = 0; i < view->all; i++)
    if (i < view->loops || spreads(&view->loop[i], view->child))
      axes->cut |= bit(view->loop[i].dim);
  add_dims(&m, add_windows(&m));
  for (int i = 0; i < view->all; i++)
    if (axes->cut & bit(view->loop[i].dim)) add_loop(&m, i);
  if (view->parent > 0 || view->child < TACET_MAX_LEVELS)
    for (int a = 0; a < axes->count; a++) set_children(&axes->axis[a]);
  for (int a = 0; a < axes->count; a++) set_tilings(&axes->axis[a]);
}

int64_t tacet_axes_constant(const tacet_axes *axes, const tacet_rank *rank) {
  const tacet_layer *layer = axes->view.layer;
  for (int i = 0; i < rank->terms; i++)
    if (axes->cut & bit(rank->term[i].dim)) return 1;
  return rank->terms == 2 ? whole_window(rank, &axes->view)
                          : layer->dim[rank->term[0].dim].size;
}

const tacet_axes *tacet_axes_of_l2(tacet_axes *space, const tacet_axes *axes,
                                   const tacet_nest *nest) {
  if (nest->contiguous[1] == axes->view.contiguous) return axes;
  tacet_view view = axes->view;
  view.contiguous = nest->contiguous[1];
  tacet_axes_make(space, &view);
  return space;
}

void tacet_axis_narrow(tacet_axis *narrow, const tacet_axis *axis,
                       int position) {
  *narrow = *axis;
  narrow->whole = true;
  narrow->apart = narrow->counted = false;
  for (int i = 0; i < narrow->dims; i++) {
    tacet_chain *chain = &narrow->chain[i];
    while (chain->loops && chain->place[chain->loops - 1] >= position)
      chain->loops--;
  }
  while (narrow->loops) {
    const tacet_axis_loop *last = &narrow->order[narrow->loops - 1];
    if (narrow->chain[last->chain].place[last->at] < position) break;
    narrow->loops--;
  }
  set_tilings(narrow);
}
