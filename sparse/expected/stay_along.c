/* A loop over tiles of some lengths has few kinds of units and of times: up to
   the last whole tile of each length, that of the rest, and those beyond. */
#include "stay_along.h"

#include "../../dense/whole.h"

enum { MOST_LENGTHS = TACET_MAX_CHAIN + 1 };

/* The lengths that the loops outside of one leave it to cut. */
typedef struct lengths {
  int count;
  int64_t of[MOST_LENGTHS];
} lengths;

static void add_length(lengths *l, int64_t length) {
  for (int i = 0; i < l->count; i++)
    if (l->of[i] == length) return;
  l->of[l->count++] = length;
}

static lengths lengths_inside(const lengths *l, const tacet_loop *loop) {
  lengths inside = {.count = 0};
  for (int i = 0; i < l->count; i++) {
    if (l->of[i] >= loop->size) add_length(&inside, loop->size);
    if (l->of[i] % loop->size) add_length(&inside, l->of[i] % loop->size);
  }
  return inside;
}

/* Of `tiles` that units take in turns, those that one has. */
static int64_t share_of(int64_t tiles, int64_t units, int64_t unit) {
  return tiles > unit ? (tiles - 1 - unit) / units + 1 : 0;
}

/* Where the next kind begins, of which one begins at `from`. */
static void move_end(int64_t *end, int64_t from, int64_t border) {
  if (border > from && border < *end) *end = border;
}

static int64_t end_of_units(const tacet_loop *loop, const lengths *l,
                            int64_t from) {
  int64_t end = loop->units;
  for (int i = 0; i < l->count; i++) {
    const int64_t whole = l->of[i] / loop->size;
    const int64_t tiles = ceil_div(l->of[i], loop->size);
    move_end(&end, from, (tiles - 1) % loop->units + 1);
    if (whole < tiles) move_end(&end, from, whole % loop->units);
  }
  return end;
}

/* Of one unit, and of all together, as the child's parents have them. */
static int64_t end_of_times(const tacet_loop *loop, const lengths *l,
                            int64_t unit, int64_t from) {
  int64_t end = loop->folds;
  for (int i = 0; i < l->count; i++) {
    const int64_t whole = l->of[i] / loop->size;
    const int64_t tiles = ceil_div(l->of[i], loop->size);
    move_end(&end, from, share_of(whole, loop->units, unit));
    move_end(&end, from, share_of(tiles, loop->units, unit));
    move_end(&end, from, whole / loop->units);
    move_end(&end, from, ceil_div(tiles, loop->units));
  }
  return end;
}

/* ---- kinds -------------------------------------------------------------- */

typedef struct walk {
  tacet_stay_along *along;
  tacet_stay_along_visit *visit;
  void *context;
} walk;

static void walk_loop(const walk *w, int k, const lengths *l);

static void walk_times(const walk *w, int k, const lengths *l,
                       const lengths *inside) {
  tacet_stay_along *a = w->along;
  const tacet_loop *loop = a->chain.loop[k];
  const bool timed = a->chain.place[k] < a->position;
  int64_t end;
  for (int64_t time = 0; time < loop->folds && (timed || time == 0);
       time = end) {
    end = a->each ? time + 1 : end_of_times(loop, l, a->unit[k], time);
    a->time[k] = time;
    a->times[k] = timed ? (double)(end - time) : 1;
    walk_loop(w, k + 1, inside);
  }
}

static void walk_loop(const walk *w, int k, const lengths *l) {
  tacet_stay_along *a = w->along;
  if (k == a->chain.loops) {
    if (tacet_stay_along_length(a, a->own, a->position - 1) > 0)
      w->visit(w->context);
    return;
  }
  const tacet_loop *loop = a->chain.loop[k];
  const int64_t units = k < a->own ? loop->units : 1;
  const lengths inside = lengths_inside(l, loop);
  int64_t end;
  for (int64_t unit = 0; unit < units; unit = end) {
    end = units == 1 || a->each ? unit + 1 : end_of_units(loop, l, unit);
    a->unit[k] = unit;
    a->units[k] = (double)(end - unit);
    walk_times(w, k, l, &inside);
  }
}

void tacet_stay_along_kinds(tacet_stay_along *along,
                            tacet_stay_along_visit *visit, void *context) {
  const walk w = {along, visit, context};
  const lengths all = {1, {along->chain.extent}};
  walk_loop(&w, 0, &all);
}

/* ---- what a child works on ---------------------------------------------- */

typedef struct covering {
  const tacet_stay_along *along;
  int own, last;
} covering;

/* Of `length` that the loops from k on cut. */
static int64_t cover(const covering *c, int k, int64_t length) {
  const tacet_stay_along *a = c->along;
  if (length <= 0) return 0;
  if (k == a->chain.loops) return length;
  const tacet_loop *loop = a->chain.loop[k];
  const bool runs = a->chain.place[k] > c->last, own = k < c->own;
  if (runs && !own) return length;
  if (!runs && own) {
    const int64_t tile = a->time[k] * loop->units + a->unit[k];
    return cover(c, k + 1, smaller(loop->size, length - tile * loop->size));
  }
  if (!own) {
    length -= a->time[k] * loop->units * loop->size;
    length = smaller(length, loop->units * loop->size);
    if (length <= 0) return 0;
  }
  const int64_t whole = length / loop->size;
  const bool rest = !own || whole % loop->units == a->unit[k];
  return (own ? share_of(whole, loop->units, a->unit[k]) : whole) *
             cover(c, k + 1, loop->size) +
         (rest ? cover(c, k + 1, length % loop->size) : 0);
}

int64_t tacet_stay_along_length(const tacet_stay_along *along, int own,
                                int last) {
  const covering c = {along, own, last};
  return cover(&c, 0, along->chain.extent);
}

int64_t tacet_stay_along_start(const tacet_stay_along *a, int own, int last) {
  int64_t start = 0;
  for (int k = 0; k < a->chain.loops; k++) {
    const tacet_loop *loop = a->chain.loop[k];
    if (a->chain.place[k] <= last)
      start += a->time[k] * loop->units * loop->size;
    if (k < own) start += a->unit[k] * loop->size;
  }
  return start;
}

double tacet_stay_along_count(const tacet_stay_along *a, int last) {
  double count = 1;
  for (int k = 0; k < a->chain.loops; k++) {
    count *= a->units[k];
    if (a->chain.place[k] <= last)
      count *= a->times[k];
    else if (a->time[k] > 0)
      return 0;
  }
  return count;
}
