/* Cuts a dataflow into cluster levels and completes each level's list of maps
   the way the published tool does. Knows no units but their number, and
   nothing of steps. */
#include "levels.h"

#include <limits.h>
#include <string.h>

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/* ---- maps of a level ---------------------------------------------------- */

int maestro_find_map(const maestro_level *level, int var) {
  for (int i = 0; i < level->maps; i++)
    if (level->map[i].var == var) return i;
  return -1;
}

static const tacet_place *place_of(const maestro_map *map,
                                   const tacet_maestro_layer *layer) {
  return map->source ? &map->source->dim_place : &layer->place;
}

/* Adds a map in front of the one at `index`. */
static tacet_status insert(maestro_level *level, int index, maestro_map map,
                           const tacet_maestro_layer *layer,
                           tacet_error *error) {
  if (level->maps == MAX_MAPS)
    return tacet_fail(error, TACET_BAD_INPUT, place_of(&map, layer),
                      "more than %d maps in a cluster level", MAX_MAPS);
  memmove(&level->map[index + 1], &level->map[index],
          (size_t)(level->maps - index) * sizeof map);
  level->map[index] = map;
  level->maps++;
  return TACET_OK;
}

/* ---- from outputs to inputs --------------------------------------------- */

/* The published tool reads memory it never wrote if the filter's map is not
   in the same level (d20). */
static tacet_status convert(maestro_level *level, int index, int window,
                            tacet_error *error) {
  maestro_map *map = &level->map[index];
  int sliding = maestro_find_map(level, maestro_windows[window].sliding);
  if (sliding < 0) {
    tacet_fail(error, TACET_BAD_INPUT, &map->source->dim_place,
               "a map of %s needs a map of %s in the same cluster level",
               maestro_windows[window].name,
               maestro_windows[window].sliding_name);
    return tacet_advise(error, "the published tool's result is undefined");
  }
  map->var = maestro_windows[window].in;
  map->size += level->map[sliding].size - 1;
  return TACET_OK;
}

static tacet_status convert_first(maestro_level *level, tacet_error *error) {
  for (int i = 0; i < WINDOWS; i++) {
    int index = maestro_find_map(level, maestro_windows[i].out);
    if (index < 0 || maestro_find_map(level, maestro_windows[i].in) >= 0)
      continue;
    tacet_status status = convert(level, index, i, error);
    if (status != TACET_OK) return status;
  }
  return TACET_OK;
}

/* Those that stand beside a map of the same axis come later, and find more
   maps of the filter. */
static tacet_status convert_rest(maestro_level *level, tacet_error *error) {
  for (int i = 0; i < WINDOWS; i++) {
    int index;
    while ((index = maestro_find_map(level, maestro_windows[i].out)) >= 0) {
      tacet_status status = convert(level, index, i, error);
      if (status != TACET_OK) return status;
    }
  }
  return TACET_OK;
}

/* ---- maps a level does not write ---------------------------------------- */

/* What the level outside maps, and this one does not, is mapped in time here;
   each goes to the front, which turns their order around. */
static tacet_status inherit(maestro_level *level, const maestro_level *outer,
                            const tacet_maestro_layer *layer,
                            tacet_error *error) {
  for (int i = 0; i < outer->maps; i++) {
    maestro_map map = outer->map[i];
    map.spatial = false;
    if (maestro_find_map(level, map.var) >= 0) continue;
    tacet_status status = insert(level, 0, map, layer, error);
    if (status != TACET_OK) return status;
  }
  return TACET_OK;
}

static bool is_operand_rank(const maestro_plan *plan, int var) {
  return maestro_is_rank(&plan->tensor[TACET_MAESTRO_INPUT], var) ||
         maestro_is_rank(&plan->tensor[TACET_MAESTRO_FILTER], var);
}

/* Ranks of the operands that no level has mapped yet are taken whole. */
static tacet_status unroll(maestro_level *level, const maestro_plan *plan,
                           const tacet_maestro_layer *layer,
                           tacet_error *error) {
  for (int var = 0; var < KNOWN_VARS; var++) {
    int64_t size = level->table.size[var];
    if (!is_operand_rank(plan, var) || size == 0 ||
        maestro_find_map(level, var) >= 0)
      continue;
    maestro_map map = {.var = var, .size = size, .offset = size};
    tacet_status status = insert(level, level->maps, map, layer, error);
    if (status != TACET_OK) return status;
  }
  return TACET_OK;
}

/* ---- stride ------------------------------------------------------------- */

static void widen(maestro_map *map, int64_t stride, int64_t filter,
                  bool outermost) {
  if (map->size < filter) return;
  int64_t outputs = (map->size + stride - filter) / stride;
  map->size = outputs * smaller(stride, filter);
  if (filter > stride) map->size += filter - stride;
  map->offset = outputs * (!outermost && filter < stride ? filter : stride);
}

static tacet_status apply_strides(maestro_level *level,
                                  const maestro_plan *plan,
                                  const tacet_maestro_layer *layer,
                                  tacet_error *error) {
  const maestro_level *outermost = &plan->level[0];
  for (int i = 0; i < level->maps; i++) {
    maestro_map *map = &level->map[i];
    for (int w = 0; w < WINDOWS; w++) {
      int64_t stride = plan->stride[map->var];
      int64_t filter = outermost->table.size[maestro_windows[w].sliding];
      if (map->var != maestro_windows[w].in || stride == 1) continue;
      if (filter == 0)
        return tacet_fail(error, TACET_BAD_INPUT, place_of(map, layer),
                          "a stride needs the dimension %s",
                          maestro_windows[w].sliding_name);
      widen(map, stride, filter, level == outermost);
    }
  }
  return TACET_OK;
}

/* ---- one level ---------------------------------------------------------- */

static tacet_status check_map(const maestro_map *map,
                              const maestro_level *level,
                              const tacet_maestro_layer *layer,
                              tacet_error *error) {
  const tacet_place *place = place_of(map, layer);
  if (map->size > INT_MAX || map->offset > INT_MAX)
    return tacet_fail(error, TACET_OVERFLOW, place,
                      "the map does not fit the 32 bits of the published tool");
  if (level->table.size[map->var] > 0) return TACET_OK;
  tacet_fail(error, TACET_BAD_INPUT, place,
             "the map's dimension is in no operand, so the published tool "
             "loses it below the first Cluster");
  return tacet_advise(error, "leave out the map, or the Cluster");
}

static tacet_status check_level(const maestro_level *level,
                                const tacet_maestro_layer *layer,
                                const tacet_place *place, tacet_error *error) {
  int spatial = 0;
  for (int i = 0; i < level->maps; i++) {
    tacet_status status = check_map(&level->map[i], level, layer, error);
    if (status != TACET_OK) return status;
    spatial += level->map[i].spatial;
  }
  if (spatial == 1 || spatial == 2) return TACET_OK;
  return tacet_fail(error, TACET_BAD_INPUT, place,
                    "the cluster level that begins here has %d spatial maps",
                    spatial);
}

static tacet_status complete(maestro_level *level, const maestro_plan *plan,
                             const tacet_maestro_layer *layer,
                             tacet_error *error) {
  bool outermost = level == &plan->level[0];
  tacet_status status = convert_first(level, error);
  if (status == TACET_OK && !outermost)
    status = inherit(level, level - 1, layer, error);
  if (status == TACET_OK) status = unroll(level, plan, layer, error);
  if (status == TACET_OK) status = convert_rest(level, error);
  if (status == TACET_OK) status = apply_strides(level, plan, layer, error);
  return status;
}

static void fill_table(maestro_table *table, const maestro_level *outer,
                       const maestro_plan *plan) {
  *table = (maestro_table){0};
  for (int var = 0; var < KNOWN_VARS; var++) {
    if (!is_operand_rank(plan, var)) continue;
    int map = maestro_find_map(outer, var);
    table->size[var] = smaller(outer->map[map].size, outer->table.size[var]);
  }
}

/* ---- all levels --------------------------------------------------------- */

static tacet_status add_written(maestro_level *level, const maestro_plan *plan,
                                const tacet_maestro_directive *directive,
                                const tacet_maestro_layer *layer,
                                tacet_error *error) {
  int var = maestro_var(layer, directive->dim);
  if (var < 0 || (var < MAX_VARS && plan->level[0].table.size[var] == 0))
    return tacet_fail(error, TACET_BAD_INPUT, &directive->dim_place,
                      "the layer has no dimension '%.40s'", directive->dim);
  bool spatial = directive->kind == TACET_MAESTRO_SPATIAL;
  if (!spatial && (var == VAR_R || var == VAR_S) &&
      (directive->size.value != plan->level[0].table.size[var] ||
       directive->offset.value != directive->size.value)) {
    tacet_fail(error, TACET_BAD_INPUT, &directive->place,
               "the published tool wants %s mapped whole in time, as "
               "TemporalMap(Sz(%s),Sz(%s))",
               directive->dim, directive->dim, directive->dim);
    return tacet_advise(error, "or by a SpatialMap");
  }
  maestro_map map = {.var = var,
                     .spatial = spatial,
                     .size = directive->size.value,
                     .offset = directive->offset.value,
                     .source = directive};
  return insert(level, level->maps, map, layer, error);
}

/* Units of a level: those of the Cluster that opened it; outermost, as many
   as the PEs allow. */
static tacet_status count_units(maestro_plan *plan,
                                const tacet_maestro_layer *layer, int64_t pes,
                                tacet_error *error) {
  int64_t together = 1;
  plan->levels = 1;
  for (int i = 0; i < layer->directives; i++) {
    const tacet_maestro_directive *directive = &layer->directive[i];
    if (directive->kind != TACET_MAESTRO_CLUSTER) continue;
    if (plan->levels == MAX_LEVELS)
      return tacet_fail(error, TACET_BAD_INPUT, &directive->place,
                        "the published tool has room for %d Clusters",
                        MAX_LEVELS - 1);
    plan->level[plan->levels++].units = directive->size.value;
    together *= directive->size.value;
    if (together > pes)
      return tacet_fail(error, TACET_INFEASIBLE, &directive->place,
                        "clusters of %lld PEs on an array of %lld",
                        (long long)together, (long long)pes);
  }
  plan->level[0].units = pes / together;
  return TACET_OK;
}

/* Takes the directives from *next up to the next Cluster, and that too. */
static tacet_status add_level(maestro_level *level, const maestro_plan *plan,
                              const tacet_maestro_layer *layer, int *next,
                              tacet_error *error) {
  const tacet_place *place =
      *next ? &layer->directive[*next - 1].place : &layer->place;
  tacet_status status = TACET_OK;
  level->maps = 0;
  while (*next < layer->directives && status == TACET_OK) {
    const tacet_maestro_directive *directive = &layer->directive[(*next)++];
    if (directive->kind == TACET_MAESTRO_CLUSTER) break;
    status = add_written(level, plan, directive, layer, error);
  }
  if (status == TACET_OK) status = complete(level, plan, layer, error);
  if (status == TACET_OK) status = check_level(level, layer, place, error);
  return status;
}

tacet_status maestro_cut_levels(maestro_plan *plan,
                                const tacet_maestro_layer *layer, int64_t pes,
                                tacet_error *error) {
  int next = 0;
  tacet_status status = count_units(plan, layer, pes, error);
  for (int i = 0; i < plan->levels && status == TACET_OK; i++) {
    maestro_level *level = &plan->level[i];
    if (i > 0) fill_table(&level->table, level - 1, plan);
    status = add_level(level, plan, layer, &next, error);
  }
  return status;
}
