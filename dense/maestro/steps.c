/* Enumerates the cases of a cluster level. Order matters: the first case gives
   the buffer sizes, the last the arithmetic intensity. */
#include "steps.h"

#include <string.h>

static void add_state(maestro_state *state, int *states, int64_t occurrences,
                      bool edge, bool partial) {
  state[(*states)++] = (maestro_state){
      .occurrences = (int)occurrences, .edge = edge, .partial = partial};
}

/* ---- states of one map -------------------------------------------------- */

static int list_temporal(maestro_state *state, const maestro_map *map,
                         int64_t extent) {
  int64_t size = map->size;
  int64_t steps = (extent - size) / map->offset;
  int states = 0;
  add_state(state, &states, 1, extent < size, false);
  state[0].initial = true;
  state[0].single = extent <= size;
  if (size < extent && steps > 0)
    add_state(state, &states, steps, false, false);
  if (extent >= size && steps * map->offset + size < extent)
    add_state(state, &states, 1, true, false);
  return states;
}

/* Whether the last unit that has work at the edge has a cut tile. */
static bool last_is_partial(const maestro_map *map, int64_t rest) {
  int64_t active = rest < map->size ? 1 : (rest - map->size) / map->offset + 1;
  return (active - 1) * map->offset + map->size < rest;
}

static int list_spatial(maestro_state *state, const maestro_map *map,
                        int64_t units, int64_t extent, bool *wide) {
  int64_t size = map->size, offset = map->offset;
  int64_t cover = maestro_narrow(size + offset * (units - 1), wide);
  int64_t steps = ((extent - size) / offset + 1) / units - 1;
  int states = 0;
  add_state(state, &states, 1, extent < cover, extent < cover);
  state[0].initial = true;
  state[0].single = extent <= cover;
  if (extent <= cover) return states;
  if (steps > 0) add_state(state, &states, steps, false, false);
  int64_t all_steps = maestro_narrow((steps + 1) * offset * units, wide);
  int64_t end = steps * offset * units + cover;
  if (maestro_narrow(all_steps + cover, wide) > extent && end != extent)
    add_state(state, &states, 1, true,
              last_is_partial(map, extent - all_steps));
  return states;
}

/* ---- cases -------------------------------------------------------------- */

static uint32_t assign(uint32_t mask, uint32_t bits, bool on) {
  return on ? mask | bits : mask & ~bits;
}

static void enter(maestro_step *step, uint32_t bits,
                  const maestro_state *state) {
  step->initial = assign(step->initial, bits, state->initial);
  step->single = assign(step->single, bits, state->single);
  step->edge = assign(step->edge, bits, state->edge);
  step->partial = assign(step->partial, bits, state->partial);
}

void maestro_walk_start(maestro_walk *walk, const maestro_tiles *tiles,
                        const maestro_level *level, const int64_t *extent,
                        bool *wide) {
  walk->tiles = tiles;
  walk->cases = 1;
  walk->next = 0;
  walk->moving = 0;
  walk->wrapped = false;
  walk->step = (maestro_step){.occurrences = 1};
  for (int i = level->maps - 1; i >= 0; i--) {
    const maestro_map *map = &level->map[i];
    maestro_state *state = walk->mover[walk->moving].state;
    int states = map->spatial ? list_spatial(state, map, level->units,
                                             extent[map->var], wide)
                              : list_temporal(state, map, extent[map->var]);
    enter(&walk->step, tiles->alias[i], &state[0]);
    if (states == 1) continue;
    walk->mover[walk->moving].map = i;
    walk->mover[walk->moving].states = states;
    walk->mover[walk->moving].at = 0;
    walk->mover[walk->moving].period = walk->cases;
    walk->mover[walk->moving].left = 1;
    walk->moving++;
    walk->cases *= states;
  }
}

/* In case c a map whose inner maps have p cases in all is in its state
   ceil(c / p), counted around: all maps move on at case 1, then each after its
   own p cases. */
bool maestro_walk_next(maestro_walk *walk) {
  if (walk->next == walk->cases) return false;
  if (walk->next++ == 0) return true;
  walk->step.occurrences = 1;
  for (int i = 0; i < walk->moving; i++) {
    maestro_state *state = walk->mover[i].state;
    if (--walk->mover[i].left == 0) {
      walk->mover[i].left = walk->mover[i].period;
      walk->mover[i].at = (walk->mover[i].at + 1) % walk->mover[i].states;
      enter(&walk->step, walk->tiles->alias[walk->mover[i].map],
            &state[walk->mover[i].at]);
    }
    walk->wrapped |= __builtin_mul_overflow(
        walk->step.occurrences, state[walk->mover[i].at].occurrences,
        &walk->step.occurrences);
  }
  return true;
}
