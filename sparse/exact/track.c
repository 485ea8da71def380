/* Tracks: stretches of a dimension, loop by loop. */
#include "track.h"
#include "../../dense/activity/axis.h"
#include "../../dense/whole.h"

tacet_track tacet_track_of(const tacet_chain *chain, int own, int64_t unit,
                           const int64_t *time, int timed) {
  tacet_track t = {.chain = chain};
  for (int k = chain->loops - 1; k >= 0; k--) {
    const tacet_loop *loop = chain->loop[k];
    const int64_t shared = k < own ? 1 : loop->units; /* by its own children */
    t.units[k] = loop->units / shared;
    t.unit[k] = unit % t.units[k];
    unit /= t.units[k];
    t.all[k] = loop->folds * shared;
    t.from[k] = k < timed ? time[k] * shared : 0;
    t.to[k] = k < timed ? (time[k] + 1) * shared : t.all[k];
  }
  return t;
}

/* True if the loops from k on leave nothing out but the ends. */
static bool is_solid(const tacet_track *t, int k) {
  for (int q = k; q < t->chain->loops; q++)
    if (t->units[q] > 1 || (q > k && (t->from[q] > 0 || t->to[q] < t->all[q])))
      return false;
  return true;
}

static void follow(const tacet_track *t, int k, int64_t start, int64_t length,
                   tacet_stretch_visit *visit, void *context) {
  if (k == t->chain->loops) {
    visit(start, length, context);
    return;
  }
  const tacet_loop *loop = t->chain->loop[k];
  if (is_solid(t, k)) {
    const int64_t first = t->from[k] * loop->size;
    const int64_t end = smaller(t->to[k] * loop->size, length);
    if (first < end) visit(start + first, end - first, context);
    return;
  }
  for (int64_t time = t->from[k]; time < t->to[k]; time++) {
    const int64_t first = (time * t->units[k] + t->unit[k]) * loop->size;
    if (first >= length) return;
    follow(t, k + 1, start + first, smaller(loop->size, length - first), visit,
           context);
  }
}

void tacet_track_follow(const tacet_track *track, tacet_stretch_visit *visit,
                        void *context) {
  follow(track, 0, 0, track->chain->extent, visit, context);
}

typedef struct reach {
  int64_t start, end;
} reach;

static void widen(int64_t start, int64_t length, void *context) {
  reach *r = context;
  if (r->end == 0) r->start = start;
  r->end = larger(r->end, start + length);
}

void tacet_track_reach(int64_t *start, int64_t *length,
                       const tacet_track *track) {
  reach r = {0, 0};
  tacet_track_follow(track, widen, &r);
  *start = r.start;
  *length = r.end - r.start;
}

int tacet_loops_outside(const tacet_chain *chain, int position) {
  int loops = 0;
  while (loops < chain->loops && chain->place[loops] < position) loops++;
  return loops;
}

int tacet_own_loops(const tacet_nest *nest, const tacet_chain *chain,
                    int storage) {
  int loops = 0;
  if (storage == nest->storages - 1) return chain->loops;
  while (loops < chain->loops &&
         chain->loop[loops]->level < nest->level[storage])
    loops++;
  return loops;
}

void tacet_children_of(tacet_children *children, const tacet_nest *nest,
                       int storage) {
  const tacet_view all = tacet_view_pes(nest);
  children->count = 1;
  for (int d = 0; d < nest->layer->dims; d++) {
    tacet_chain chain;
    tacet_chain_make(&chain, &all, d);
    const int own = tacet_own_loops(nest, &chain, storage);
    children->units[d] = 1;
    for (int k = 0; k < own; k++) children->units[d] *= chain.loop[k]->units;
    children->stride[d] = children->count;
    children->count *= children->units[d];
  }
  for (int d = nest->layer->dims; d < TACET_MAX_DIMS; d++)
    children->units[d] = children->stride[d] = 1;
}

int64_t tacet_child_owner(const tacet_children *outer,
                          const tacet_children *inner, int64_t child) {
  int64_t owner = 0;
  for (int d = 0; d < TACET_MAX_DIMS; d++) {
    const int64_t unit = child / inner->stride[d] % inner->units[d];
    owner += unit / (inner->units[d] / outer->units[d]) * outer->stride[d];
  }
  return owner;
}
