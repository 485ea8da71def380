/* Reasons for words moved and for cycles. */
#include "why.h"

#define BIT(id) tacet_reason_bit(TACET_REASON_##id)

/* Published tensors and the quantities that count their words. */
static const tacet_quantity quantities[TACET_MAESTRO_TENSORS] = {
    [TACET_MAESTRO_INPUT] = TACET_QUANTITY_INPUT,
    [TACET_MAESTRO_FILTER] = TACET_QUANTITY_WEIGHT,
    [TACET_MAESTRO_OUTPUT] = TACET_QUANTITY_OUTPUT};

/* ---- maps --------------------------------------------------------------- */

/* Extent that all units cover at a time. */
static int64_t cover(const maestro_level *level, const maestro_map *map) {
  return map->size + map->offset * (map->spatial ? level->units - 1 : 0);
}

static bool moves(const maestro_level *level, const maestro_map *map) {
  return level->table.size[map->var] > cover(level, map);
}

/* Its units, or its steps, have tiles that overlap. */
static bool overlaps(const maestro_level *level, const maestro_map *map) {
  return map->size > map->offset && level->table.size[map->var] > map->size;
}

static bool is_cut(const maestro_level *level, const maestro_map *map) {
  const int64_t extent = level->table.size[map->var];
  return extent > map->size && (extent - map->size) % map->offset != 0;
}

static bool has(const maestro_tensor *tensor, const maestro_map *map) {
  return maestro_has(tensor->vars, map->var);
}

/* A map of the tensor inside, or outside, of another moves. */
static bool moves_inside(const maestro_level *level, int outer,
                         const maestro_tensor *tensor) {
  for (int i = outer + 1; i < level->maps; i++)
    if (has(tensor, &level->map[i]) && moves(level, &level->map[i]))
      return true;
  return false;
}

static bool moves_outside(const maestro_level *level, int inner,
                          const maestro_tensor *tensor) {
  for (int i = 0; i < inner; i++)
    if (has(tensor, &level->map[i]) && moves(level, &level->map[i]))
      return true;
  return false;
}

/* The same of outputs: rows behind the last window make no further tile. */
static bool makes_tiles(const maestro_plan *plan, const maestro_level *level,
                        const maestro_map *map) {
  int64_t extent = level->table.size[map->var];
  if (plan->windows && (map->var == VAR_X || map->var == VAR_Y)) {
    const int64_t filter = level->table.size[map->var == VAR_X ? VAR_S : VAR_R];
    extent -= (extent - filter) % plan->stride[map->var];
  }
  return extent > cover(level, map);
}

static bool changes_outputs(const maestro_plan *plan, int index, int outer) {
  const maestro_level *level = &plan->level[index];
  const maestro_tensor *output = &plan->tensor[TACET_MAESTRO_OUTPUT];
  for (int i = outer + 1; i < level->maps; i++)
    if (has(output, &level->map[i]) && makes_tiles(plan, level, &level->map[i]))
      return true;
  return index + 1 < plan->levels && changes_outputs(plan, index + 1, -1);
}

/* ---- units -------------------------------------------------------------- */

/* Fewer tiles than units, and the last of them whole: its share is lost. */
static bool drops_last(const maestro_level *level, const maestro_map *map) {
  const int64_t extent = level->table.size[map->var];
  return map->spatial && extent < cover(level, map) && extent > map->size &&
         !is_cut(level, map);
}

tacet_reason_set tacet_why_units(const maestro_plan *plan, int index,
                                 bool output) {
  const maestro_level *level = &plan->level[0];
  const maestro_map *map = &level->map[index];
  if (!map->spatial || !moves(level, map)) return 0;
  const int64_t extent = level->table.size[map->var];
  const int64_t tiles = (extent - map->size) / map->offset + 1; /* whole ones */
  const int64_t left = tiles % level->units;
  const bool window = plan->windows && (map->var == VAR_X || map->var == VAR_Y);
  if (left > 0 && is_cut(level, map)) return BIT(J);
  if (left + is_cut(level, map) != 1) return 0;
  if (!output) return left ? 0 : BIT(25);
  return window ? BIT(23) : 0;
}

/* When an inner loop starts over, its first tile is still held in part: the
   last overlaps it, or the unit had none of the last. */
static bool holds_first(const maestro_level *level, const maestro_map *map) {
  const int64_t extent = level->table.size[map->var];
  const int64_t units = map->spatial ? level->units : 1;
  const int64_t tiles =
      (extent - map->size + map->offset - 1) / map->offset + 1;
  const int64_t folds = (tiles - 1) / units + 1;
  if (folds == 2 && tiles % units != 0) return true;
  return (folds - 1) * units * map->offset < map->size;
}

/* All inner loops of the tensor, of which there are some, hold it. */
static bool keeps(const maestro_level *level, int outer,
                  const maestro_tensor *tensor) {
  if (!moves_inside(level, outer, tensor)) return false;
  for (int i = outer + 1; i < level->maps; i++)
    if (has(tensor, &level->map[i]) && moves(level, &level->map[i]) &&
        !holds_first(level, &level->map[i]))
      return false;
  return true;
}

/* ---- one tensor --------------------------------------------------------- */

/* Its steps are longer than its filter: rows of its tiles lie apart, which the
   published tool puts side by side. */
static bool skips_rows(const maestro_plan *plan, const maestro_map *map) {
  const int64_t *size = plan->level[0].table.size;
  return plan->stride[map->var] > size[map->var == VAR_X ? VAR_S : VAR_R];
}

static tacet_reason_set of_map(const maestro_plan *plan, int index,
                               const maestro_tensor *tensor, bool output) {
  const maestro_level *level = &plan->level[0];
  const maestro_map *map = &level->map[index];
  tacet_reason_set set = tacet_why_tile(plan, index);
  set |= tacet_why_units(plan, index, output);
  if (drops_last(level, map) && (output || moves_outside(level, index, tensor)))
    set |= BIT(19);
  if (output) {
    if (map->spatial && plan->windows && plan->stride[map->var] > 1)
      set |= BIT(17);
    return set;
  }
  if (!skips_rows(plan, map)) set &= ~BIT(17);
  if (map->spatial && overlaps(level, map)) set |= BIT(C);
  if (!map->spatial && is_cut(level, map)) set |= BIT(25);
  if (!moves(level, map)) return set;
  if (overlaps(level, map) && keeps(level, index, tensor)) set |= BIT(D);
  return set;
}

/* Loops that are not the tensor's. */
static tacet_reason_set of_other(const maestro_plan *plan, int index,
                                 const maestro_tensor *tensor, bool output) {
  const maestro_level *level = &plan->level[0];
  if (!moves(level, &level->map[index])) return 0;
  if (output) return changes_outputs(plan, 0, index) ? 0 : BIT(B);
  return moves_inside(level, index, tensor) ? BIT(A) : 0;
}

/* Within clusters PEs take tiles in turn, or have tiles that overlap, or write
   sums before all are added. */
static bool differs_in_clusters(const maestro_plan *plan,
                                const maestro_tensor *tensor, bool output) {
  for (int l = 1; l < plan->levels; l++)
    for (int i = 0; i < plan->level[l].maps; i++) {
      const maestro_level *level = &plan->level[l];
      const maestro_map *map = &level->map[i];
      if ((output || has(tensor, map)) && moves(level, map)) return true;
      if (has(tensor, map) && overlaps(level, map)) return true;
    }
  return false;
}

static tacet_reason_set of_tensor(const maestro_plan *plan,
                                  tacet_maestro_tensor which) {
  const maestro_tensor *tensor = &plan->tensor[which];
  const bool output = which == TACET_MAESTRO_OUTPUT;
  tacet_reason_set set = differs_in_clusters(plan, tensor, output) ? BIT(F) : 0;
  for (int i = 0; i < plan->level[0].maps; i++)
    set |= has(tensor, &plan->level[0].map[i])
               ? of_map(plan, i, tensor, output)
               : of_other(plan, i, tensor, output);
  return set;
}

/* ---- of the layer and the accelerator ----------------------------------- */

/* Rows behind the last window. */
static bool leaves_rows(const maestro_plan *plan, const tacet_layer *layer) {
  static const int windows[][2] = {{VAR_Y, VAR_R}, {VAR_X, VAR_S}};
  for (int w = 0; w < 2 && plan->windows; w++) {
    const int64_t *size = plan->level[0].table.size;
    const int var = windows[w][0];
    const int64_t reached =
        plan->stride[var] * (tacet_why_extent(layer, var) - 1) +
        size[windows[w][1]];
    if (reached < size[var]) return true;
  }
  return false;
}

static bool has_grouped_outputs(const maestro_plan *plan,
                                const tacet_layer *layer) {
  return layer->type == TACET_CONV && plan->level[0].table.size[VAR_C] > 1 &&
         maestro_has(plan->tensor[TACET_MAESTRO_OUTPUT].vars, VAR_C);
}

static bool loses_batch(const maestro_plan *plan, const tacet_layer *layer) {
  return plan->windows && tacet_why_extent(layer, VAR_N) > 1 &&
         !maestro_has(plan->operands, VAR_N);
}

void tacet_why_of(tacet_why *why, const maestro_plan *plan,
                  const tacet_layer *layer,
                  const tacet_accelerator *accelerator) {
  const tacet_link *noc = &accelerator->link[1];
  *why = (tacet_why){.macs = 0};
  why->set[TACET_QUANTITY_MACS] = tacet_why_macs(&why->macs, plan, layer);
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++) {
    const bool output = t == TACET_MAESTRO_OUTPUT;
    tacet_reason_set *set = &why->set[quantities[t]];
    *set = of_tensor(plan, (tacet_maestro_tensor)t);
    if (!(output ? noc->reduction : noc->multicast)) *set |= BIT(I);
  }
  if (leaves_rows(plan, layer)) why->set[TACET_QUANTITY_INPUT] |= BIT(H);
  for (int q = 0; q < TACET_QUANTITIES; q++) /* steps without MACs are lost */
    why->set[q] |= why->set[TACET_QUANTITY_MACS] & BIT(16);
  if (has_grouped_outputs(plan, layer))
    why->set[TACET_QUANTITY_OUTPUT] |= BIT(24);
  for (int q = 0; q < TACET_QUANTITIES && loses_batch(plan, layer); q++)
    why->set[q] |= BIT(10);
  tacet_reason_set all = BIT(G) | (plan->levels > 1 ? BIT(E) : 0);
  for (int q = 0; q < TACET_QUANTITIES; q++) all |= why->set[q];
  why->set[TACET_QUANTITY_CYCLES] = all;
}
