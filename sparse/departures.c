/* Tiles of outputs that leave L2: which do at a loop's steps is a product over
   dimensions, of which each looks alike at most of its times. Knows nothing of
   zeros. */
#include "departures.h"

static bool is_output(const tacet_layer *layer, int dim) {
  return layer->tensor[TACET_OUTPUT].dims >> dim & 1;
}

/* The rank of the output that is this dimension. */
static int output_rank(const tacet_layer *layer, int dim) {
  const tacet_tensor *output = &layer->tensor[TACET_OUTPUT];
  int r = 0;
  while (output->rank[r].term[0].dim != dim) r++;
  return r;
}

/* ---- one step ----------------------------------------------------------- */

bool tacet_departs(const tacet_steps *steps) {
  const tacet_layer *layer = steps->view.layer;
  if (steps->advance == TACET_AFTER_LAST) return true;
  for (int d = 0; d < layer->dims; d++)
    if (steps->chain[d].loops > 0 && is_output(layer, d) &&
        !tacet_stands_still(&steps->chain[d], &steps->moment[d]))
      return true;
  return false;
}

/* The times before were the last of the run. */
static bool is_through(const tacet_chain *chain, const tacet_moment *moment) {
  tacet_moment end = {.cut = 0};
  tacet_moment_before(&end, chain);
  for (int k = 0; k < chain->loops; k++)
    if (moment->before[k] != end.before[k]) return false;
  return true;
}

bool tacet_departs_finished(const tacet_steps *steps) {
  const tacet_layer *layer = steps->view.layer;
  for (int d = 0; d < layer->dims; d++)
    if (steps->chain[d].loops > 0 && !is_output(layer, d) &&
        !is_through(&steps->chain[d], &steps->moment[d]))
      return false;
  return true;
}

/* ---- all steps at which a loop advances --------------------------------- */

/* The times of loops further out are those of the departing tile. */
typedef struct walk {
  tacet_steps steps; /* chains, and moments as they are built */
  int dims;          /* that have loops: */
  int dim[TACET_MAX_DIMS];
  tacet_departure whole; /* a tile as the others make it */
  tacet_departure departure;
  tacet_departure_visit *visit;
  void *context;
} walk;

static void add_dim(walk *w, int n);

static void visit_departure(walk *w) {
  if (!tacet_departs(&w->steps)) return;
  w->departure.finished = tacet_departs_finished(&w->steps);
  w->visit(&w->departure, w->context);
}

static void add_length(tacet_departure *departure, const tacet_layer *layer,
                       int d, int64_t length) {
  departure->elements *= (double)length;
  departure->extent[output_rank(layer, d)] = length;
}

/* The tile's extent in the n-th dimension, whose moment is complete. */
static void add_extent(walk *w, int n) {
  const int d = w->dim[n];
  const tacet_layer *layer = w->steps.view.layer;
  const tacet_chain *chain = &w->steps.chain[d];
  const tacet_departure outer = w->departure;
  tacet_moment_before(&w->steps.moment[d], chain);
  if (is_output(layer, d))
    add_length(&w->departure, layer, d,
               tacet_tiles_sum(chain, &w->steps.moment[d]).before_length);
  add_dim(w, n + 1);
  w->departure = outer;
}

/* Times of loop k from the first on at which all further in is alike: of an
   output its tiles are whole, else the loop is not through. */
static int64_t alike(const walk *w, int d, int k, int64_t folds) {
  const tacet_chain *chain = &w->steps.chain[d];
  const tacet_loop *loop = chain->loop[k];
  int64_t length[TACET_MAX_CHAIN + 1];
  if (!is_output(w->steps.view.layer, d)) return folds - 1;
  const int lengths =
      tacet_outer_lengths(length, chain, w->steps.moment[d].time, k);
  return lengths > 1 ? 1 : length[0] / (loop->size * loop->units);
}

static int64_t folds_of(const walk *w, int d, int k) {
  int64_t length[TACET_MAX_CHAIN + 1];
  const tacet_chain *chain = &w->steps.chain[d];
  const tacet_loop *loop = chain->loop[k];
  tacet_outer_lengths(length, chain, w->steps.moment[d].time, k);
  const int64_t tiles = (length[0] + loop->size - 1) / loop->size;
  return (tiles + loop->units - 1) / loop->units;
}

/* Sets the times of the loops of the n-th dimension that are not further in than
   the one that advances; `own` is that itself, which has gone on by one. */
static void add_loop(walk *w, int n, int k) {
  const int d = w->dim[n];
  tacet_moment *moment = &w->steps.moment[d];
  if (k == moment->cut) {
    add_extent(w, n);
    return;
  }
  const int64_t times = w->departure.times;
  const int64_t own = moment->own && k == moment->cut - 1;
  const int64_t folds = folds_of(w, d, k), end = folds - own;
  const int64_t same = alike(w, d, k, folds);
  for (int64_t time = 0, next; time < end; time = next) {
    next = time == 0 && same > 1 ? same : time + 1;
    if (next > end) next = end;
    moment->time[k] = time + own;
    w->departure.times = times * (next - time);
    add_loop(w, n, k + 1);
  }
  moment->time[k] = 0;
  w->departure.times = times;
}

static void add_dim(walk *w, int n) {
  if (n == w->dims)
    visit_departure(w);
  else
    add_loop(w, n, 0);
}

/* Loops of the chain that are no further in than the one that advances. */
static void set_cut(tacet_moment *moment, const tacet_chain *chain,
                    int advance) {
  *moment = (tacet_moment){.cut = 0};
  for (int k = 0; k < chain->loops && chain->place[k] <= advance; k++) {
    moment->cut = k + 1;
    moment->own = chain->place[k] == advance;
  }
}

static void visit_steps_of(walk *w, int advance) {
  w->steps.advance = advance;
  w->departure = w->whole;
  w->departure.last = advance == TACET_AFTER_LAST;
  for (int n = 0; n < w->dims; n++)
    set_cut(&w->steps.moment[w->dim[n]], &w->steps.chain[w->dim[n]], advance);
  add_dim(w, 0);
}

/* Dimensions without loops are the same in all tiles. */
static void set_whole(walk *w) {
  const tacet_layer *layer = w->steps.view.layer;
  w->dims = 0;
  w->whole = (tacet_departure){.times = 1, .elements = 1};
  for (int d = 0; d < layer->dims; d++) {
    if (w->steps.chain[d].loops > 0)
      w->dim[w->dims++] = d;
    else if (is_output(layer, d))
      add_length(&w->whole, layer, d, layer->dim[d].size);
  }
}

void tacet_departures(const tacet_nest *nest, tacet_departure_visit *visit,
                      void *context) {
  walk w;
  w.visit = visit;
  w.context = context;
  tacet_steps_start(&w.steps,
                    tacet_view_whole(nest, nest->position[1][TACET_OUTPUT]));
  set_whole(&w);
  for (int i = 0; i < w.steps.view.loops; i++)
    if (w.steps.view.loop[i].folds > 1) visit_steps_of(&w, i);
  visit_steps_of(&w, TACET_AFTER_LAST);
}
