/* Tiles of a cluster level, from the whole tiles of the level outside. They do
   not depend on the step. The rules are the published tool's, where they are
   wrong too. */
#include "tiles.h"
#include "../whole.h"

#include <limits.h>

int64_t maestro_narrow(int64_t value, bool *wide) {
  *wide |= value > INT_MAX || value < INT_MIN;
  return value;
}

static int64_t count_edge_units(const maestro_map *map, int64_t units,
                                int64_t extent, bool *wide) {
  int64_t size = map->size, offset = map->offset;
  int64_t cover = maestro_narrow(offset * (units - 1) + size, wide);
  if (extent <= size) return 1;
  int64_t tiles = (extent - size) / offset + 1;
  if (extent <= cover) return tiles + (offset * (tiles - 1) + size < extent);
  int64_t whole_steps = tiles / units;
  int64_t rest = extent - maestro_narrow(whole_steps * offset * units, wide);
  return rest < size ? 1 : (rest - size) / offset + 1;
}

/* An edge larger than the step is taken for the whole dimension (d27), and an
   oversized tile for the dimension less its offset (d07). */
static maestro_tile make_tile(const maestro_map *map, int64_t extent) {
  int64_t size = map->size, offset = map->offset;
  int64_t steps = larger((extent - size) / offset, 0);
  int64_t edge = extent - (steps + 1) * offset;
  if (edge < 0) edge = extent;
  bool has_edge = steps * offset + size < extent || size > extent;
  bool stays = !map->spatial && extent <= size;
  return (maestro_tile){.mapped = size,
                        .mapped_edge = has_edge ? edge : size,
                        .unique = stays ? 0 : smaller(size, offset),
                        .unique_edge = larger(offset - (size - edge), 0)};
}

/* Rows of outputs for rows of inputs and of the filter, as if the stride
   were 1. */
static maestro_tile as_output(const maestro_map *map, maestro_tile in,
                              maestro_tile filter) {
  int64_t mapped_edge = in.mapped_edge - filter.mapped_edge + 1;
  return (maestro_tile){.mapped = in.mapped - filter.mapped + 1,
                        .mapped_edge = mapped_edge,
                        .unique = smaller(map->offset, map->size),
                        .unique_edge = smaller(map->offset, mapped_edge)};
}

/* Index of the last map of each variable that has one. */
struct last {
  int map[MAX_VARS];
};

static void make_in(maestro_tiles *tiles, const maestro_level *level,
                    const struct last *last) {
  tiles->edges = 0;
  for (int i = level->maps - 1; i >= 0; i--) {
    int var = level->map[i].var, owner = last->map[var];
    if (owner == i) {
      tiles->alias[i] = 1u << i;
      tiles->in[i] = make_tile(&level->map[i], level->table.size[var]);
      if (tiles->in[i].mapped != tiles->in[i].mapped_edge)
        tiles->edges |= 1u << i;
    } else {
      tiles->alias[i] = 0;
      tiles->alias[owner] |= 1u << i;
      tiles->in[i] = tiles->in[owner];
    }
    tiles->out[i] = tiles->in[i];
  }
}

static void make_out(maestro_tiles *tiles, const maestro_level *level,
                     const struct last *last) {
  for (int w = 0; w < WINDOWS; w++) {
    const maestro_window *window = &maestro_windows[w];
    int sliding = last->map[window->sliding], owner = last->map[window->in];
    maestro_tile tile =
        as_output(&level->map[owner], tiles->in[owner], tiles->in[sliding]);
    for (uint32_t rest = tiles->alias[owner]; rest; rest &= rest - 1)
      tiles->out[__builtin_ctz(rest)] = tile;
  }
}

/* Where a tensor is spatial in several ranks, the last of them counts. */
static int shared_map(const maestro_tensor *tensor, const maestro_level *level,
                      uint32_t spatial) {
  for (int r = tensor->ranks - 1; r >= 0; r--)
    for (uint32_t rest = spatial; rest; rest &= rest - 1)
      if (level->map[__builtin_ctz(rest)].var == tensor->var[r])
        return __builtin_ctz(rest);
  return -1;
}

static void make_masks(maestro_tiles *tiles, const maestro_plan *plan,
                       const maestro_level *level) {
  tiles->spatial = 0;
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++) tiles->ranks[t] = 0;
  for (int i = 0; i < level->maps; i++) {
    uint32_t bit = 1u << i;
    if (level->map[i].spatial) tiles->spatial |= bit;
    for (int t = 0; t < TACET_MAESTRO_TENSORS; t++)
      if (maestro_has(plan->tensor[t].vars, level->map[i].var))
        tiles->ranks[t] |= bit;
  }
  tiles->first_spatial = __builtin_ctz(tiles->spatial);
  tiles->last_spatial = 31 - __builtin_clz(tiles->spatial);
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++)
    tiles->shared[t] =
        shared_map(&plan->tensor[t], level, tiles->ranks[t] & tiles->spatial);
}

/* The first map of each of the output's ranks. */
static uint32_t output_maps(const maestro_plan *plan,
                            const maestro_level *level) {
  maestro_vars missing = plan->tensor[TACET_MAESTRO_OUTPUT].vars;
  uint32_t maps = 0;
  for (int i = 0; i < level->maps; i++) {
    maps |= (uint32_t)maestro_has(missing, level->map[i].var) << i;
    missing &= ~(UINT64_C(1) << level->map[i].var);
  }
  return maps;
}

void maestro_make_tiles(maestro_tiles *tiles, const maestro_plan *plan,
                        int index, bool *wide) {
  const maestro_level *level = &plan->level[index];
  struct last last;
  for (int i = 0; i < level->maps; i++) last.map[level->map[i].var] = i;
  tiles->maps = level->maps;
  tiles->units = level->units;
  make_masks(tiles, plan, level);
  const maestro_map *map = &level->map[tiles->first_spatial];
  tiles->edge_units =
      count_edge_units(map, level->units, level->table.size[map->var], wide);
  make_in(tiles, level, &last);
  if (plan->windows) make_out(tiles, level, &last);
  tiles->output = output_maps(plan, level);
}
