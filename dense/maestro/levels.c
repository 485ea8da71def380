/* Cuts a dataflow into cluster levels and completes each level's list of maps
   the way the published tool does. Knows no units but their number, and
   nothing of steps. */
#include "levels.h"
#include "lexer.h"
#include "../whole.h"

#include <limits.h>
#include <string.h>

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

static tacet_status too_many(const maestro_map *map,
                             const tacet_maestro_layer *layer,
                             tacet_error *error) {
  return tacet_fail(error, TACET_BAD_INPUT, place_of(map, layer),
                    "more than %d maps in a cluster level", MAX_MAPS);
}

static tacet_status append(maestro_level *level, maestro_map map,
                           const tacet_maestro_layer *layer,
                           tacet_error *error) {
  if (level->maps == MAX_MAPS) return too_many(&map, layer, error);
  level->map[level->maps++] = map;
  level->mapped |= UINT64_C(1) << map.var;
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
    tacet_advise(error, "the published tool's result is undefined");
    return TACET_BAD_INPUT;
  }
  map->var = maestro_windows[window].in;
  level->mapped = 0;
  for (int i = 0; i < level->maps; i++)
    level->mapped |= UINT64_C(1) << level->map[i].var;
  map->size += level->map[sliding].size - 1;
  return TACET_OK;
}

/* Converts the first map of an output's axis that has no other map. */
static tacet_status convert_first(maestro_level *level, tacet_error *error) {
  for (int i = 0; i < WINDOWS; i++) {
    if (!maestro_has(level->mapped, maestro_windows[i].out) ||
        maestro_has(level->mapped, maestro_windows[i].in))
      continue;
    int index = maestro_find_map(level, maestro_windows[i].out);
    tacet_status status = convert(level, index, i, error);
    if (status != TACET_OK) return status;
  }
  return TACET_OK;
}

/* Those that stand beside a map of the same axis come later, and find more
   maps of the filter. */
static tacet_status convert_rest(maestro_level *level, tacet_error *error) {
  for (int i = 0; i < WINDOWS; i++) {
    while (maestro_has(level->mapped, maestro_windows[i].out)) {
      int index = maestro_find_map(level, maestro_windows[i].out);
      tacet_status status = convert(level, index, i, error);
      if (status != TACET_OK) return status;
    }
  }
  return TACET_OK;
}

/* ---- maps a level does not write ---------------------------------------- */

/* What the level outside maps, and this one does not, is mapped in time here.
   Each goes to the front, which turns their order around. */
static tacet_status inherit(maestro_level *level, const maestro_level *outer,
                            const tacet_maestro_layer *layer,
                            tacet_error *error) {
  maestro_vars missing = outer->mapped & ~level->mapped;
  int more = __builtin_popcountll(missing);
  if (level->maps + more > MAX_MAPS)
    return too_many(&outer->map[0], layer, error);
  memmove(&level->map[more], &level->map[0],
          (size_t)level->maps * sizeof level->map[0]);
  level->maps += more;
  level->mapped |= missing;
  for (int i = 0; more > 0; i++) {
    if (!maestro_has(missing, outer->map[i].var)) continue;
    missing &= ~(UINT64_C(1) << outer->map[i].var);
    level->map[--more] = outer->map[i];
    level->map[more].spatial = false;
  }
  return TACET_OK;
}

/* Ranks of the operands that no level has mapped yet are taken whole. */
static tacet_status unroll(maestro_level *level, const maestro_plan *plan,
                           const tacet_maestro_layer *layer,
                           tacet_error *error) {
  maestro_vars missing = plan->operands & ~level->mapped;
  for (; missing; missing &= missing - 1) {
    int var = __builtin_ctzll(missing);
    int64_t size = level->table.size[var];
    maestro_map map = {.var = var, .size = size, .offset = size};
    tacet_status status = append(level, map, layer, error);
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
  for (int w = 0; w < WINDOWS; w++) {
    int64_t stride = plan->stride[maestro_windows[w].in];
    int64_t filter = outermost->table.size[maestro_windows[w].sliding];
    for (int i = 0; stride != 1 && i < level->maps; i++) {
      maestro_map *map = &level->map[i];
      if (map->var != maestro_windows[w].in) continue;
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
  tacet_advise(error, "leave out the map, or the Cluster");
  return TACET_BAD_INPUT;
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

/* Of several maps of a variable the first counts. */
static void fill_table(maestro_table *table, const maestro_level *outer,
                       const maestro_plan *plan) {
  *table = (maestro_table){0};
  for (int i = outer->maps - 1; i >= 0; i--) {
    int var = outer->map[i].var;
    if (maestro_has(plan->operands, var))
      table->size[var] = smaller(outer->map[i].size, outer->table.size[var]);
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
                      "the layer has no dimension \"%s\"",
                      maestro_quote(directive->dim).text);
  bool spatial = directive->kind == TACET_MAESTRO_SPATIAL;
  if (!spatial && (var == VAR_R || var == VAR_S) &&
      (directive->size.value != plan->level[0].table.size[var] ||
       directive->offset.value != directive->size.value)) {
    tacet_fail(error, TACET_BAD_INPUT, &directive->place,
               "the published tool wants %s mapped whole in time, as "
               "TemporalMap(Sz(%s),Sz(%s))",
               directive->dim, directive->dim, directive->dim);
    tacet_advise(error, "or by a SpatialMap");
    return TACET_BAD_INPUT;
  }
  maestro_map map = {.var = var,
                     .spatial = spatial,
                     .size = directive->size.value,
                     .offset = directive->offset.value,
                     .source = directive};
  return append(level, map, layer, error);
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
  level->mapped = 0;
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
