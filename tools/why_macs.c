/* MACs are counted by dimension: the published count is the product of what it
   makes of each one, and so is ours. */
#include <math.h>

#include "../dense/maestro/volumes.h"
#include "why.h"

static const char *const names[KNOWN_VARS] = {
    [VAR_C] = "C", [VAR_G] = "G", [VAR_K] = "K",  [VAR_M] = "M", [VAR_N] = "N",
    [VAR_R] = "R", [VAR_S] = "S", [VAR_X] = "X'", [VAR_Y] = "Y'"};

int64_t tacet_why_extent(const tacet_layer *layer, int var) {
  const int dim = var < KNOWN_VARS ? tacet_layer_dim(layer, names[var]) : -1;
  return dim < 0 ? 1 : layer->dim[dim].size;
}

/* ---- tiles -------------------------------------------------------------- */

static bool is_window(const maestro_plan *plan, int var) {
  return plan->windows && (var == VAR_X || var == VAR_Y);
}

/* Outputs of a whole tile are mistaken unless it is one row. */
static bool strides_over_several(const maestro_plan *plan,
                                 const maestro_map *map) {
  if (!is_window(plan, map->var) || plan->stride[map->var] == 1) return false;
  const int64_t filter =
      plan->level[0].table.size[map->var == VAR_X ? VAR_S : VAR_R];
  return map->size > filter;
}

/* Behind its last tile is less than a step, but more than nothing. */
static bool has_stray_edge(const maestro_map *map, int64_t extent) {
  if (extent < map->size) return false;
  const int64_t last = (extent - map->size) / map->offset * map->offset;
  return last + map->size < extent && last + map->offset > extent;
}

/* What is left behind the last tile holds no window: less than no outputs. */
static bool has_empty_edge(const maestro_plan *plan, const maestro_map *map) {
  const int64_t *size = plan->level[0].table.size;
  if (!is_window(plan, map->var) || size[map->var] <= map->size) return false;
  const int64_t last = (size[map->var] - map->size) / map->offset * map->offset;
  const int64_t left = size[map->var] - last - map->offset;
  return last + map->size < size[map->var] && left >= 0 &&
         left + 1 < size[map->var == VAR_X ? VAR_S : VAR_R];
}

tacet_reason_set tacet_why_tile(const maestro_plan *plan, int index) {
  const maestro_level *level = &plan->level[0];
  const maestro_map *map = &level->map[index];
  const int64_t extent = level->table.size[map->var];
  tacet_reason_set set = 0;
  if (map->size > extent && map->offset <= extent)
    set |= tacet_reason_bit(TACET_REASON_16);
  if (has_empty_edge(plan, map)) set |= tacet_reason_bit(TACET_REASON_H);
  if (has_stray_edge(map, extent)) set |= tacet_reason_bit(TACET_REASON_16B);
  if (strides_over_several(plan, map)) set |= tacet_reason_bit(TACET_REASON_17);
  return set;
}

/* ---- counts ------------------------------------------------------------- */

/* MACs of a run in which only the maps of the mask move, all others stay at
   their first, whole tile. */
static double macs_of(const maestro_plan *plan, const maestro_tiles *tiles,
                      uint32_t moving) {
  const maestro_level *level = &plan->level[0];
  int64_t extent[MAX_VARS] = {0};
  bool wide = false;
  for (int i = 0; i < level->maps; i++) {
    const maestro_map *map = &level->map[i];
    const int64_t units = map->spatial ? level->units : 1;
    extent[map->var] = moving >> i & 1 ? level->table.size[map->var]
                                       : map->size + map->offset * (units - 1);
  }
  maestro_walk walk;
  maestro_meter meter = {.tiles = tiles, .step = &walk.step};
  maestro_walk_start(&walk, tiles, level, extent, &wide);
  double macs = 0;
  while (maestro_walk_next(&walk))
    if (maestro_critical_psums(&meter) > 0) /* else it skips the step */
      macs += walk.step.occurrences * (double)maestro_psums(&meter);
  return macs;
}

/* The maps of one dimension, or of all that are spatial: these advance
   together. */
static uint32_t group_of(const maestro_tiles *tiles, int map) {
  return tiles->spatial >> map & 1 ? tiles->spatial : UINT32_C(1) << map;
}

static double true_macs(const maestro_plan *plan, const tacet_layer *layer,
                        uint32_t maps) {
  double macs = 1;
  for (int i = 0; i < plan->level[0].maps; i++)
    if (maps >> i & 1)
      macs *= (double)tacet_why_extent(layer, plan->level[0].map[i].var);
  return macs;
}

/* Elements of a group that a unit, or all units, have at a whole step. */
static double whole_share(const maestro_tiles *tiles, uint32_t maps) {
  double share = maps & tiles->spatial ? (double)tiles->units : 1;
  for (int i = 0; i < tiles->maps; i++)
    if (maps >> i & 1)
      share *= (double)(tiles->output >> i & 1 ? tiles->out[i].mapped
                                               : tiles->in[i].mapped);
  return share;
}

tacet_reason_set tacet_why_macs(double *macs, const maestro_plan *plan,
                                const tacet_layer *layer) {
  maestro_tiles tiles;
  bool wide = false;
  maestro_make_tiles(&tiles, plan, 0, &wide);
  const double whole = macs_of(plan, &tiles, 0);
  tacet_reason_set set = 0;
  *macs = 1;
  for (uint32_t rest = (UINT32_C(1) << tiles.maps) - 1; rest;) {
    const uint32_t maps = group_of(&tiles, __builtin_ctz(rest));
    const double made =
        macs_of(plan, &tiles, maps) / whole * whole_share(&tiles, maps);
    const double meant = true_macs(plan, layer, maps);
    *macs *= made;
    rest &= ~maps;
    if (fabs(made - meant) < 1e-6 * meant) continue;
    for (int i = 0; i < tiles.maps; i++)
      if (maps >> i & 1)
        set |= tacet_why_tile(plan, i) | tacet_why_units(plan, i, true);
  }
  return set;
}
