/* Units by units, dimension by dimension. */
#include "positions.h"
#include "../../dense/activity/children.h"

/* Of an axis on which time stands still. */
static const tacet_moment only_moment[2];

static uint32_t bit(int dim) {
  return UINT32_C(1) << dim;
}

void tacet_positions_of(tacet_positions *p, const tacet_product *product,
                        uint32_t dims) {
  const tacet_axes *axes = &product->table->axes;
  p->count = 0;
  p->buffers = !axes->view.whole && axes->view.child < TACET_MAX_LEVELS;
  for (int a = 0; a < axes->count; a++) {
    const tacet_axis *axis = &axes->axis[a];
    if (!axis->each) continue;
    const tacet_moment *moment =
        axis->loops > 0 ? product->leaf[a]->moment : only_moment;
    for (int i = 0; i < axis->dims; i++) {
      if (!axis->cut[i] || !(dims & bit(axis->dim[i]))) continue;
      p->dim[p->count] = axis->dim[i];
      p->axis[p->count] = axis;
      p->at[p->count] = i;
      p->moment[p->count++] = moment;
    }
  }
}

typedef struct walk {
  const tacet_positions *positions;
  uint32_t dims;
  int at;
  tacet_position here;
  tacet_position_visit *visit;
  void *context;
} walk;

static void descend(walk *w);

static int64_t units_along(const tacet_positions *p, int at) {
  const tacet_chain *chain = &p->axis[at]->chain[p->at[at]];
  int64_t units = 1;
  for (int i = 0; i < chain->loops; i++) units *= chain->loop[i]->units;
  return units;
}

static void take_piece(const tacet_piece *piece, void *context) {
  walk *w = context;
  const int dim = w->positions->dim[w->at];
  const bool still = w->here.still;
  const int64_t unit = w->here.unit;
  w->here.box.start[dim] = piece->start;
  w->here.box.length[dim] = piece->length;
  w->here.still = still && piece->before_start == piece->start &&
                  piece->before_length == piece->length;
  w->here.unit = unit * units_along(w->positions, w->at) + piece->unit;
  w->at++;
  descend(w);
  w->at--;
  w->here.still = still;
  w->here.unit = unit;
}

static void descend(walk *w) {
  const tacet_positions *p = w->positions;
  const int at = w->at;
  while (w->at < p->count && !(w->dims & bit(p->dim[w->at]))) w->at++;
  if (w->at == p->count) {
    w->visit(&w->here, w->context);
  } else {
    const tacet_axis *axis = p->axis[w->at];
    const int i = p->at[w->at];
    if (p->buffers)
      tacet_children_pieces(axis, i, p->moment[w->at], take_piece, w);
    else
      tacet_pieces(&axis->chain[i], &p->moment[w->at][i], take_piece, w);
  }
  w->at = at;
}

void tacet_positions_each(const tacet_positions *positions, uint32_t dims,
                          const tacet_pe_box *base, tacet_position_visit *visit,
                          void *context) {
  walk w = {.positions = positions,
            .dims = dims,
            .here = {.box = *base, .still = true},
            .visit = visit,
            .context = context};
  descend(&w);
}
