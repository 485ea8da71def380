/* The rules of tiles, steps and volumes as they are written down, for one case
   at a time. */
#include "maestro_scene.h"

#include <string.h>

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static bool has(const maestro_tensor *tensor, int var) {
  for (int i = 0; i < tensor->ranks; i++)
    if (tensor->var[i] == var) return true;
  return false;
}

bool scene_at_edge(const struct state *state) {
  return state->at == EDGE || state->short_of;
}

/* ---- tiles -------------------------------------------------------------- */

static int64_t edge_units(const maestro_map *map, int64_t units,
                          int64_t extent) {
  int64_t m = map->size, o = map->offset, active = 1;
  if (extent > o * (units - 1) + m) {
    int64_t step = ((extent - m) / o + 1) / units - 1;
    int64_t rest = extent - (step + 1) * o * units;
    active = rest < m ? 1 : (rest - m) / o + 1;
  } else if (extent > m) {
    active = (extent - m) / o + 1;
    if (o * (active - 1) + m < extent) active++;
  }
  return extent <= m ? 1 : active;
}

void scene_tiles(struct scene *scene) {
  const maestro_level *level = scene->level;
  bool seen = false;
  for (int i = 0; i < level->maps; i++) {
    const maestro_map *map = &level->map[i];
    int64_t m = map->size, o = map->offset, d = level->table.size[map->var];
    int64_t k = most((d - m) / o, 0), edge = d - (k + 1) * o;
    if (edge < 0) edge = d;
    struct tiles *tile = &scene->in[map->var];
    tile->mapped = m;
    tile->fresh = !map->spatial && d <= m ? 0 : least(m, o);
    tile->edge = k * o + m < d || m > d ? edge : m;
    tile->fresh_edge = most(o - (m - edge), 0);
    if (map->spatial && !seen) scene->active = edge_units(map, level->units, d);
    seen |= map->spatial;
  }
  memcpy(scene->out, scene->in, sizeof scene->out);
  for (int i = 0; i < level->maps && scene->plan->windows; i++) {
    int var = level->map[i].var;
    if (var != VAR_X && var != VAR_Y) continue;
    const struct tiles *filter = &scene->in[var == VAR_X ? VAR_S : VAR_R];
    struct tiles *tile = &scene->out[var];
    tile->mapped = scene->in[var].mapped - filter->mapped + 1;
    tile->edge = scene->in[var].edge - filter->edge + 1;
    tile->fresh = least(level->map[i].size, level->map[i].offset);
    tile->fresh_edge = least(level->map[i].offset, tile->edge);
  }
}

/* ---- states ------------------------------------------------------------- */

static int states_of(struct state *list, const maestro_map *map, int64_t units,
                     int64_t d) {
  int64_t m = map->size, o = map->offset;
  int64_t cover = map->spatial ? m + o * (units - 1) : m;
  int64_t k = map->spatial ? ((d - m) / o + 1) / units - 1 : (d - m) / o;
  int count = 0;
  list[count++] = (struct state){.at = FIRST,
                                 .occurrences = 1,
                                 .whole = d <= cover,
                                 .short_of = d < cover,
                                 .cut = map->spatial && d < cover};
  if (cover < d && k > 0)
    list[count++] = (struct state){.at = LATER, .occurrences = (int)k};
  if (!map->spatial && d >= m && k * o + m < d)
    list[count++] = (struct state){.at = EDGE, .occurrences = 1};
  if (map->spatial && d > cover && (k + 1) * o * units + cover > d &&
      k * o * units + cover != d) {
    int64_t rest = d - (k + 1) * o * units;
    int64_t active = rest < m ? 1 : (rest - m) / o + 1;
    list[count++] = (struct state){
        .at = EDGE, .occurrences = 1, .cut = (active - 1) * o + m < rest};
  }
  return count;
}

int scene_set(struct scene *scene, const int64_t *extent, int64_t number,
              int64_t *cases) {
  uint32_t occurrences = 1;
  struct state list[MAX_MAPS][3];
  int count[MAX_MAPS];
  int64_t period = 1;
  for (int i = 0; i < scene->level->maps; i++) {
    const maestro_map *map = &scene->level->map[i];
    count[i] = states_of(list[i], map, scene->level->units, extent[map->var]);
    period *= count[i];
  }
  *cases = period;
  for (int i = 0; i < scene->level->maps; i++) {
    period /= count[i];
    const struct state *now =
        &list[i][(number + period - 1) / period % count[i]];
    scene->state[scene->level->map[i].var] = *now;
    occurrences *= (uint32_t)now->occurrences;
  }
  return (int)occurrences;
}

/* ---- operands ----------------------------------------------------------- */

static int64_t load(struct scene *scene, const maestro_tensor *tensor,
                    bool first, bool cut) {
  const maestro_level *level = scene->level;
  int changed = -1;
  bool reset = false;
  int64_t volume = 1;
  for (int i = 0; i < level->maps; i++)
    if (scene->state[level->map[i].var].at != FIRST) changed = i;
  if (changed >= 0 && !has(tensor, level->map[changed].var)) return 0;
  for (int i = changed + 1; i < level->maps; i++) {
    const struct state *s = &scene->state[level->map[i].var];
    reset |= has(tensor, level->map[i].var) && s->at == FIRST && !s->whole;
  }
  for (int i = 0; i < level->maps; i++) {
    int var = level->map[i].var;
    const struct state *s = &scene->state[var];
    const struct tiles *tile = &scene->in[var];
    int64_t whole = cut ? tile->edge : tile->mapped;
    int64_t fresh = cut ? tile->fresh_edge : tile->fresh;
    if (!has(tensor, var)) continue;
    if (changed < 0 && level->map[i].spatial) {
      if (!scene_at_edge(s))
        volume *= tile->mapped;
      else if (scene->active > 1)
        volume *= whole;
      else if (first || cut)
        volume *= tile->edge;
    } else if (!level->map[i].spatial && s->at == FIRST) {
      volume *= s->short_of ? tile->edge : tile->mapped;
    } else if (!level->map[i].spatial) {
      bool moves = i == changed && !reset;
      if (moves && tile->fresh == 0) longjmp(*scene->death, 1);
      volume *= moves ? tile->fresh : tile->mapped;
    } else if (first) {
      volume *= whole;
    } else if (s->at == FIRST) {
      volume *= i > changed ? fresh : whole;
    } else {
      volume *= i == changed && !reset ? fresh : whole;
    }
  }
  return volume;
}

/* The spatial maps that a tensor sees: none, or whether they are at their
   edge, and whether the last of them is cut. */
struct sharing {
  bool spatial;
  bool edge;
  bool cut;
};

static struct sharing sharing_of(const struct scene *scene,
                                 const maestro_tensor *tensor) {
  struct sharing found = {false, false, false};
  for (int r = 0; r < tensor->ranks; r++) {
    for (int i = 0; i < scene->level->maps; i++) {
      const maestro_map *map = &scene->level->map[i];
      if (map->var != tensor->var[r] || !map->spatial) continue;
      found.spatial = true;
      found.edge |= scene_at_edge(&scene->state[map->var]);
      found.cut = scene->state[map->var].cut;
    }
  }
  return found;
}

int64_t scene_ingress(struct scene *scene, const maestro_tensor *tensor) {
  struct sharing shared = sharing_of(scene, tensor);
  int64_t units = scene->level->units, active = scene->active;
  if (!shared.spatial) return load(scene, tensor, true, false);
  if (!shared.edge)
    return load(scene, tensor, true, false) +
           (units - 1) * load(scene, tensor, false, false);
  if (active == 1) return load(scene, tensor, true, shared.cut);
  return load(scene, tensor, true, false) +
         most(active - shared.cut - 1, 0) * load(scene, tensor, false, false) +
         shared.cut * load(scene, tensor, false, true);
}

/* ---- outputs ------------------------------------------------------------ */

static int64_t spatial_output(const struct scene *scene, int var, bool output,
                              bool first, bool cut, bool shares) {
  const struct state *s = &scene->state[var];
  const struct tiles *tile = output ? &scene->out[var] : &scene->in[var];
  int64_t plain = first ? tile->mapped : tile->fresh ? tile->fresh : 1;
  if (s->at == LATER) return plain;
  if (s->at == FIRST) {
    if (!scene_at_edge(s) || !cut) return plain;
    if (scene->active == 1) return tile->edge;
    return output && shares ? tile->fresh_edge : tile->edge;
  }
  if (scene->active > 1) return cut ? tile->fresh_edge : plain;
  return first || cut ? scene->in[var].edge : 1;
}

static int64_t make(const struct scene *scene, bool sums, bool first, bool cut,
                    bool shares) {
  const maestro_tensor *output = &scene->plan->tensor[TACET_MAESTRO_OUTPUT];
  int64_t volume = 1;
  for (int i = 0; i < scene->level->maps; i++) {
    const maestro_map *map = &scene->level->map[i];
    bool is_output = has(output, map->var);
    const struct tiles *tile =
        is_output ? &scene->out[map->var] : &scene->in[map->var];
    if (!is_output && !sums) continue;
    if (map->spatial)
      volume *= spatial_output(scene, map->var, is_output, first, cut, shares);
    else
      volume *=
          scene_at_edge(&scene->state[map->var]) ? tile->edge : tile->mapped;
  }
  return volume;
}

int64_t scene_egress(const struct scene *scene) {
  struct sharing shared =
      sharing_of(scene, &scene->plan->tensor[TACET_MAESTRO_OUTPUT]);
  int64_t units = scene->level->units, active = scene->active;
  if (!shared.spatial) return make(scene, false, true, false, true);
  if (!shared.edge)
    return make(scene, false, true, false, true) +
           (units - 1) * make(scene, false, false, false, true);
  if (active == 1) return make(scene, false, true, shared.cut, true);
  return make(scene, false, true, false, true) +
         most(active - shared.cut - 1, 0) *
             make(scene, false, false, false, true) +
         shared.cut * make(scene, false, false, true, true);
}

int64_t scene_busiest(const struct scene *scene) {
  struct sharing shared =
      sharing_of(scene, &scene->plan->tensor[TACET_MAESTRO_OUTPUT]);
  bool cut = shared.edge && scene->active == 1 && shared.cut;
  return make(scene, true, true, cut, true);
}

int64_t scene_psums(const struct scene *scene) {
  bool edge = false, cut = false;
  for (int i = 0; i < scene->level->maps; i++) {
    const maestro_map *map = &scene->level->map[i];
    if (!map->spatial) continue;
    edge |= scene_at_edge(&scene->state[map->var]);
    cut = scene->state[map->var].cut;
  }
  if (!edge) return scene->level->units * make(scene, true, true, false, true);
  if (scene->active == 1) return make(scene, true, true, cut, true);
  return make(scene, true, true, false, true) +
         most(scene->active - cut - 1, 0) *
             make(scene, true, true, false, true) +
         cut * make(scene, true, false, true, false);
}
