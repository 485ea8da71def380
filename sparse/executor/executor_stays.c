/* Stays by definition (design, sections 4 and 5). */
#include "executor_stays.h"

bool tacet_holders_box(const tacet_holders *holders, int64_t child,
                       int64_t time, tacet_box *box) {
  const int64_t pes = holders->walk->pes / holders->children;
  for (int64_t pe = child * pes; pe < (child + 1) * pes; pe++)
    if (tacet_walk_box(holders->walk, time, pe, box)) return true;
  return false;
}

/* The time at which a child took the tile that it has at `time`: it holds that
   over all loops inside the tile's position. */
static int64_t tile_time(const tacet_holders *holders, int64_t time) {
  const int position =
      holders->walk->nest->position[holders->level][holders->tensor];
  return time - time % tacet_walk_inner_times(holders->walk, position);
}

bool tacet_holders_stay(const tacet_holders *holders, int64_t child,
                        int64_t one, int64_t other) {
  const tacet_tensor *tensor =
      &holders->walk->nest->layer->tensor[holders->tensor];
  tacet_box a, b;
  tacet_holders_box(holders, child, tile_time(holders, one), &a);
  tacet_holders_box(holders, child, tile_time(holders, other), &b);
  for (int k = 0; k < tensor->ranks; k++) {
    const int d = tensor->rank[k].term[0].dim;
    if (tensor->rank[k].terms == 1 && a.start[d] != b.start[d]) return false;
  }
  return true;
}

/* ---- stays of those that have children themselves ----------------------- */

/* As if a child had none. */
static void number_visits(const tacet_holders *holders, int64_t child,
                          int64_t *stay) {
  int64_t last = -1; /* active time */
  for (int64_t time = 0; time < holders->walk->times; time++) {
    tacet_box box;
    stay[time] = -1;
    if (!tacet_holders_box(holders, child, time, &box)) continue;
    const bool goes_on =
        last >= 0 && tacet_holders_stay(holders, child, last, time);
    stay[time] = goes_on ? stay[last] : time;
    last = time;
  }
}

static void join(const tacet_walk *walk, int64_t *stay, int64_t one,
                 int64_t other) {
  const int64_t first = one < other ? one : other;
  for (int64_t time = 0; time < walk->times && one != other; time++)
    if (stay[time] == one || stay[time] == other) stay[time] = first;
}

/* What some buffer or PE further in holds over two of the stays makes one of
   them. */
static void join_held(const tacet_holders *inner, int64_t holder,
                      int64_t *stay) {
  tacet_box box;
  int64_t last = -1;
  for (int64_t time = 0; time < inner->walk->times; time++) {
    if (!tacet_holders_box(inner, holder, time, &box)) continue;
    if (last >= 0 && tacet_holders_stay(inner, holder, last, time))
      join(inner->walk, stay, stay[last], stay[time]);
    last = time;
  }
}

void tacet_holders_number(const tacet_holders *holders, int64_t child,
                          int64_t *stay) {
  const tacet_nest *nest = holders->walk->nest;
  number_visits(holders, child, stay);
  for (int s = holders->level + 1; s < nest->storages; s++) {
    const tacet_holders inner = {holders->walk, holders->tensor, s,
                                 tacet_working_buffers(nest, s)};
    const int64_t each = inner.children / holders->children;
    for (int64_t i = child * each; i < (child + 1) * each; i++)
      join_held(&inner, i, stay);
  }
}
