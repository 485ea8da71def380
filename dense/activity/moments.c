/* The times of a loop fall into a few intervals within which nothing changes:
   as long as all tiles are whole, and where a tile is cut or missing in some
   unit. Only next to padding, or where moments are to be told apart, is every
   time looked at by itself. */
#include "moments.h"
#include "../whole.h"

typedef struct walk {
  const tacet_axis *axis;
  int cut; /* loops of the axis at any time */
  bool own;
  tacet_moment moment[2];
  tacet_moment_visit *visit;
  void *context;
} walk;

/* ---- intervals of time -------------------------------------------------- */

/* Times from which on, and up to which, no unit's window (nor the one before
   it) reaches into padding. */
typedef struct inside {
  int64_t from, to;
} inside;

static inside inside_padding(const walk *w, int k) {
  const tacet_axis *axis = w->axis;
  const tacet_rank *rank = &axis->window;
  const tacet_chain *chain = &axis->chain[0];
  int64_t stride = rank->term[0].coefficient;
  int64_t reach = rank->term[1].coefficient * (axis->chain[1].extent - 1);
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
  if (w->axis->each) return time + 1;
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

/* ---- moments ------------------------------------------------------------ */

static void show_moment(walk *w, int64_t times) {
  for (int i = 0; i < w->axis->dims; i++)
    tacet_moment_before(&w->moment[i], &w->axis->chain[i]);
  w->visit(w->moment, times, w->context);
}

/* Chooses times for the loops of the axis from the n-th on. */
static void choose(walk *w, int n, int64_t times) {
  if (n == w->cut) {
    show_moment(w, times);
    return;
  }
  const tacet_axis *axis = w->axis;
  int i = axis->order[n].chain, k = axis->order[n].at;
  const tacet_loop *loop = axis->chain[i].loop[k];
  tacet_moment *moment = &w->moment[i];
  int64_t length[TACET_MAX_CHAIN + 1];
  int count = tacet_outer_lengths(length, &axis->chain[i], moment->time, k);
  int64_t folds = ceil_div(ceil_div(length[0], loop->size), loop->units);
  int cut = moment->cut;
  moment->cut = k + 1;
  moment->own = w->own && n == w->cut - 1;
  for (int64_t time = moment->own; time < folds;) {
    int64_t end = interval_end(w, i, k, time, folds, length, count);
    moment->time[k] = time;
    choose(w, n + 1, times * (end - time));
    time = end;
  }
  moment->time[k] = 0;
  moment->cut = cut;
  moment->own = false;
}

void tacet_moments(const tacet_axis *axis, int step_case,
                   tacet_moment_visit *visit, void *context) {
  walk w;
  w.axis = axis;
  w.cut = (step_case + 1) / 2;
  w.own = step_case % 2;
  w.visit = visit;
  w.context = context;
  for (int i = 0; i < axis->dims; i++) {
    w.moment[i].cut = 0;
    w.moment[i].own = false;
    w.moment[i].first = false;
    for (int k = 0; k < axis->chain[i].loops; k++) w.moment[i].time[k] = 0;
  }
  choose(&w, 0, 1);
}
