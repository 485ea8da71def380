/* Who holds which tile, and what changes when a step begins. By definition;
   knows nothing of zeros, nor what becomes of what moves. */
#include "executor_moves.h"

#include <stdlib.h>

/* ---- workspace ---------------------------------------------------------- */

int64_t tacet_largest_tensor(const tacet_layer *layer) {
  int64_t largest = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    int64_t size = tacet_tensor_size(&layer->tensor[t]);
    if (size > largest) largest = size;
  }
  return largest;
}

int64_t tacet_working_buffers(const tacet_nest *nest, int storage) {
  int64_t count = 1;
  for (int l = 0; l < nest->loops; l++)
    if (storage == nest->storages - 1 ||
        nest->loop[l].level < nest->level[storage])
      count *= nest->loop[l].units;
  return count;
}

static tacet_status make_boundary(tacet_moves *moves, int b,
                                  tacet_error *error) {
  const tacet_nest *nest = moves->walk->nest;
  const int64_t children = tacet_working_buffers(nest, b + 1);
  moves->parents[b] = tacet_working_buffers(nest, b);
  moves->children[b] = children;
  for (int t = 0; t < TACET_TENSORS; t++) {
    int64_t *taken = malloc((size_t)children * sizeof *taken);
    if (!taken)
      return tacet_fail(error, TACET_NO_MEMORY, NULL,
                        "out of memory to walk a layer");
    for (int64_t i = 0; i < children; i++) taken[i] = TACET_NEVER;
    moves->taken[b][t] = taken;
  }
  return TACET_OK;
}

tacet_status tacet_moves_make(tacet_moves *moves, const tacet_walk *walk,
                              tacet_error *error) {
  const tacet_nest *nest = walk->nest;
  *moves = (tacet_moves){.walk = walk, .boundaries = nest->storages - 1};
  tacet_status status = TACET_OK;
  for (int b = 0; b < moves->boundaries; b++)
    if ((status = make_boundary(moves, b, error))) return status;

  int64_t elements = tacet_largest_tensor(nest->layer);
  tacet_set *sets[] = {&moves->now, &moves->previous, &moves->arriving,
                       &moves->leaving};
  for (int i = 0; i < 4; i++)
    if ((status = tacet_set_make(sets[i], elements, error))) return status;
  return TACET_OK;
}

void tacet_moves_free(tacet_moves *moves) {
  for (int b = 0; b < moves->boundaries; b++)
    for (int t = 0; t < TACET_TENSORS; t++) free(moves->taken[b][t]);
  tacet_set_free(&moves->now);
  tacet_set_free(&moves->previous);
  tacet_set_free(&moves->arriving);
  tacet_set_free(&moves->leaving);
}

/* ---- moving ------------------------------------------------------------- */

/* What one child does in the times that it holds one tile. */
typedef struct stay {
  const tacet_moves *moves;
  const tacet_tensor *tensor;
  int64_t first_time, times;
  int64_t first_pe, pes; /* of the child */
} stay;

static stay stay_of(const tacet_moves *moves, int b, int t, int64_t child,
                    int64_t time) {
  const tacet_nest *nest = moves->walk->nest;
  stay s = {.moves = moves, .tensor = &nest->layer->tensor[t]};
  s.times = tacet_walk_inner_times(moves->walk, nest->position[b + 1][t]);
  s.first_time = time - time % s.times;
  s.pes = moves->walk->pes / moves->children[b];
  s.first_pe = child * s.pes;
  return s;
}

/* The next box of the stay after the i-th place in time and space; returns its
   place, or -1 after the last. */
static int64_t next_box(tacet_box *box, const stay *s, int64_t i) {
  for (i++; i < s->times * s->pes; i++)
    if (tacet_walk_box(s->moves->walk, s->first_time + i / s->pes,
                       s->first_pe + i % s->pes, box))
      return i;
  return -1;
}

/* Adds all between the first and the last of input rows and columns that any
   MAC of the stay uses. */
static void add_between(tacet_set *tile, const stay *s) {
  tacet_box box;
  tacet_reach reach;
  bool more = false;
  for (int64_t i = -1; (i = next_box(&box, s, i)) >= 0; more = true)
    tacet_reach_box(&reach, more, s->tensor, &box);
  for (int64_t i = -1; (i = next_box(&box, s, i)) >= 0;)
    tacet_set_add_reach(tile, s->tensor, &box, &reach);
}

/* Fills *tile with what a child needs at a time: the union over all
   iterations of the loops inside its position and over its PEs. False if it
   is idle: nobody has a MAC there (a tile of padding alone is empty, too, but
   not idle). */
static bool find_tile(const tacet_moves *moves, tacet_set *tile, int b, int t,
                      int64_t child, int64_t time) {
  tacet_set_clear(tile);
  if (time == TACET_NEVER) return false;
  const stay s = stay_of(moves, b, t, child, time);
  tacet_box box;
  bool active = false;
  for (int64_t i = -1; (i = next_box(&box, &s, i)) >= 0; active = true)
    tacet_set_add_tile(tile, s.tensor, &box);
  if (moves->walk->nest->contiguous[b + 1]) add_between(tile, &s);
  return active;
}

/* Whether two times are the same iteration of all loops outside the tile. */
static bool same_tile(const tacet_moves *moves, int b, int t, int64_t one,
                      int64_t other) {
  if (one == TACET_NEVER || other == TACET_NEVER) return false;
  int position = moves->walk->nest->position[b + 1][t];
  int64_t times = tacet_walk_inner_times(moves->walk, position);
  return one / times == other / times;
}

static void add_difference(tacet_set *set, const tacet_set *all,
                           const tacet_set *but) {
  for (int64_t i = 0; i < all->count; i++)
    if (!but->has[all->member[i]]) tacet_set_add(set, all->member[i]);
}

void tacet_moves_child(tacet_moves *moves, int boundary, int tensor,
                       int64_t child, int64_t time) {
  tacet_set_clear(&moves->now);
  tacet_set_clear(&moves->arriving);
  tacet_set_clear(&moves->leaving);
  int64_t *taken = &moves->taken[boundary][tensor][child];
  if (same_tile(moves, boundary, tensor, *taken, time)) return;
  tacet_set *now = &moves->now, *previous = &moves->previous;
  bool active = find_tile(moves, now, boundary, tensor, child, time);
  if (!active && tensor != TACET_OUTPUT) return; /* it keeps its operands */
  find_tile(moves, previous, boundary, tensor, child, *taken);
  *taken = time; /* whoever is idle holds nothing from here on */
  add_difference(&moves->arriving, now, previous);
  add_difference(&moves->leaving, previous, now);
}

/* ---- both ends of a run ------------------------------------------------- */

/* The elements of all children's tiles, each once. A tile that a PE keeps for
   several steps comes element by element, as its MACs use them. */
static int64_t count_tiles(tacet_moves *moves, tacet_set *all, int b, int t,
                           int64_t time) {
  const tacet_nest *nest = moves->walk->nest;
  const bool comes_by_use = b > 0 && b == moves->boundaries - 1 &&
                            t != TACET_OUTPUT &&
                            nest->position[b + 1][t] < nest->loops;
  tacet_set_clear(all);
  for (int64_t child = 0; child < moves->children[b]; child++) {
    tacet_box box;
    if (comes_by_use) {
      if (tacet_walk_box(moves->walk, time, child, &box))
        tacet_set_add_tile(all, &nest->layer->tensor[t], &box);
      continue;
    }
    tacet_moves_child(moves, b, t, child, time);
    for (int64_t i = 0; i < moves->now.count; i++)
      tacet_set_add(all, moves->now.member[i]);
  }
  return all->count;
}

static void find_ends(tacet_ends *ends, tacet_moves *moves, tacet_set *all) {
  const tacet_walk *walk = moves->walk;
  int64_t first = 0, last = walk->times - 1;
  while (!tacet_walk_is_step(walk, first)) first++;
  while (!tacet_walk_is_step(walk, last)) last--;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    ends->first[t] = count_tiles(moves, all, 1, t, first);
    ends->first_tile[t] = count_tiles(moves, all, 0, t, first);
  }
  ends->last = count_tiles(moves, all, 1, TACET_OUTPUT, last);
  ends->last_tile = count_tiles(moves, all, 0, TACET_OUTPUT, last);
}

tacet_status tacet_moves_ends(tacet_ends *ends, const tacet_walk *walk,
                              tacet_error *error) {
  tacet_moves moves;
  tacet_set all = {0};
  tacet_status status = tacet_moves_make(&moves, walk, error);
  if (!status)
    status =
        tacet_set_make(&all, tacet_largest_tensor(walk->nest->layer), error);
  if (!status) find_ends(ends, &moves, &all);
  tacet_set_free(&all);
  tacet_moves_free(&moves);
  return status;
}
