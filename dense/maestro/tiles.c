/* Tiles of a cluster level, from the whole tiles of the level outside. They do
   not depend on the step. The rules are the published tool's, where they are
   wrong too. */
#include "tiles.h"

#include <limits.h>

int64_t maestro_narrow(int64_t value, bool *wide) {
  *wide |= value > INT_MAX || value < INT_MIN;
  return value;
}

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
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

static int last_map_of(const maestro_level *level, int var) {
  int last = -1;
  for (int i = 0; i < level->maps; i++)
    if (level->map[i].var == var) last = i;
  return last;
}

static void make_in(maestro_tiles *tiles, const maestro_level *level) {
  for (int i = 0; i < level->maps; i++) tiles->alias[i] = 0;
  tiles->edges = 0;
  for (int i = 0; i < level->maps; i++) {
    int var = level->map[i].var;
    int last = last_map_of(level, var);
    tiles->alias[last] |= 1u << i;
    maestro_tile tile = make_tile(&level->map[last], level->table.size[var]);
    if (tile.mapped != tile.mapped_edge) tiles->edges |= 1u << i;
    tiles->in[i] = tile;
    tiles->out[i] = tile;
  }
}

static void make_out(maestro_tiles *tiles, const maestro_level *level) {
  for (int w = 0; w < WINDOWS; w++) {
    int sliding = last_map_of(level, maestro_windows[w].sliding);
    int last = last_map_of(level, maestro_windows[w].in);
    for (int i = 0; i < level->maps; i++)
      if (level->map[i].var == maestro_windows[w].in)
        tiles->out[i] =
            as_output(&level->map[last], tiles->in[last], tiles->in[sliding]);
  }
}

static void make_masks(maestro_tiles *tiles, const maestro_plan *plan,
                       const maestro_level *level) {
  tiles->spatial = 0;
  for (int i = level->maps - 1; i >= 0; i--) {
    if (!level->map[i].spatial) continue;
    if (!tiles->spatial) tiles->last_spatial = i;
    tiles->first_spatial = i;
    tiles->spatial |= 1u << i;
  }
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++) {
    const maestro_tensor *tensor = &plan->tensor[t];
    tiles->ranks[t] = 0;
    tiles->shared[t] = -1;
    for (int r = 0; r < tensor->ranks; r++)
      for (int i = 0; i < level->maps; i++) {
        if (level->map[i].var != tensor->var[r]) continue;
        tiles->ranks[t] |= 1u << i;
        if (level->map[i].spatial) tiles->shared[t] = i;
      }
  }
}

void maestro_make_tiles(maestro_tiles *tiles, const maestro_plan *plan,
                        int index, bool *wide) {
  const maestro_level *level = &plan->level[index];
  tiles->maps = level->maps;
  tiles->units = level->units;
  make_masks(tiles, plan, level);
  const maestro_map *map = &level->map[tiles->first_spatial];
  tiles->edge_units =
      count_edge_units(map, level->units, level->table.size[map->var], wide);
  make_in(tiles, level);
  if (plan->windows) make_out(tiles, level);
  tiles->output = 0;
  const maestro_tensor *output = &plan->tensor[TACET_MAESTRO_OUTPUT];
  for (int r = 0; r < output->ranks; r++)
    tiles->output |= 1u << maestro_find_map(level, output->var[r]);
}
