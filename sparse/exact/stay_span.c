/* Spans of stays, from the loops that move a tile on and those that do not:
   never by looking at steps. */
#include "stay_span.h"

#include "../../dense/whole.h"
#include "../stay_loops.h"

void tacet_values_add(tacet_values *values, int64_t value) {
  if (values->mark[value]) return;
  values->mark[value] = 1;
  values->at[values->count++] = value;
}

void tacet_values_clear(tacet_values *values) {
  for (int64_t i = 0; i < values->count; i++) values->mark[values->at[i]] = 0;
  values->count = 0;
}

/* ---- how long a stay lasts ---------------------------------------------- */

static bool is_replacing(const tacet_tensor *tensor, int dim) {
  return tensor->alone >> dim & 1;
}

/* All loops of a dimension, and their times at a step; inside of what it
   tells apart all starts again. */
static void find_chain(tacet_chain *chain, int64_t time[TACET_MAX_CHAIN],
                       const tacet_nest *nest, const tacet_steps *steps,
                       int d) {
  const tacet_view view = tacet_view_pes(nest);
  tacet_chain_make(chain, &view, d);
  for (int k = 0; k < chain->loops; k++)
    time[k] = k < steps->chain[d].loops ? steps->moment[d].time[k] : 0;
}

int tacet_stay_last(const tacet_nest *nest, const tacet_rule *rule,
                    const tacet_steps *steps, const int64_t *units) {
  const int child = rule->storage + 1;
  const int position = nest->position[child][rule->target];
  int last = -1;
  for (int d = 0; d < nest->layer->dims; d++) {
    tacet_chain chain;
    int64_t time[TACET_MAX_CHAIN], unit[TACET_MAX_CHAIN];
    if (!is_replacing(&nest->layer->tensor[rule->target], d)) continue;
    find_chain(&chain, time, nest, steps, d);
    tacet_split_unit(unit, &chain, tacet_own_loops(nest, &chain, child),
                     units ? units[d] : 0);
    const int loop = tacet_moving_loop(&chain, time, unit, position);
    if (loop > last) last = loop;
  }
  return last;
}

/* The loop with which the last holder of a storage level further in lets go of
   what it took of the child's present tile: it keeps its own while it is
   idle. */
static int release_loop(const tacet_nest *nest, const tacet_rule *rule,
                        int storage, const tacet_steps *steps,
                        const int64_t *units) {
  const int position = nest->position[storage][rule->target];
  int last = -1;
  for (int d = 0; d < nest->layer->dims; d++) {
    tacet_chain chain;
    int64_t time[TACET_MAX_CHAIN];
    if (!is_replacing(&nest->layer->tensor[rule->target], d)) continue;
    find_chain(&chain, time, nest, steps, d);
    const int loop = tacet_slowest_loop(
        &chain, time, position,
        tacet_own_loops(nest, &chain, rule->storage + 1),
        tacet_own_loops(nest, &chain, storage), units ? units[d] : 0);
    if (loop > last) last = loop;
  }
  return last;
}

/* ---- what a child works on during a stay -------------------------------- */

typedef struct gathering {
  tacet_values *values;
  const tacet_chain *chain;
  const int64_t *time;
  const int64_t *unit; /* of the first `own` loops; of others all */
  int own;
  int last; /* loops beyond it run */
} gathering;

static void gather(const gathering *g, int k, int64_t start, int64_t length) {
  if (k == g->chain->loops) {
    for (int64_t i = 0; i < length; i++) tacet_values_add(g->values, start + i);
    return;
  }
  const tacet_loop *loop = g->chain->loop[k];
  const bool runs = g->chain->place[k] > g->last;
  const bool own = k < g->own;
  const int64_t first = own ? g->unit[k] : 0;
  const int64_t step = own ? loop->units : 1;
  int64_t tile = first + (runs ? 0 : g->time[k] * loop->units);
  const int64_t end = runs ? loop->tiles : own ? tile + 1 : tile + loop->units;
  for (; tile < end && tile * loop->size < length; tile += step)
    gather(g, k + 1, start + tile * loop->size,
           smaller(loop->size, length - tile * loop->size));
}

/* A tile comes back at other times of loops over other dimensions while somebody
   further in still holds some of it. */
void tacet_stay_gather(tacet_values values[TACET_MAX_DIMS],
                       const tacet_nest *nest, const tacet_rule *rule,
                       const tacet_steps *steps, const int64_t *units) {
  const int last = tacet_stay_last(nest, rule, steps, units);
  int others = last;
  for (int s = rule->storage + 2; s < nest->storages; s++) {
    const int held = release_loop(nest, rule, s, steps, units);
    if (held < others) others = held;
  }
  for (int d = 0; d < nest->layer->dims; d++) {
    tacet_chain chain;
    int64_t time[TACET_MAX_CHAIN], unit[TACET_MAX_CHAIN];
    find_chain(&chain, time, nest, steps, d);
    const bool replaces = is_replacing(&nest->layer->tensor[rule->target], d);
    const int own = tacet_own_loops(nest, &chain, rule->storage + 1);
    const gathering g = {&values[d], &chain, time,
                         unit,       own,    replaces ? last : others};
    tacet_split_unit(unit, &chain, own, units ? units[d] : 0);
    tacet_values_clear(g.values);
    gather(&g, 0, 0, chain.extent);
  }
}
