/* Makes row-stationary mappings and searches for the one of least energy.
   Knows nothing of what is published about any of them. */
#include "row_stationary.h"

#include <string.h>

/* ---- directives --------------------------------------------------------- */

static void add(tacet_dataflow *flow, tacet_directive_kind kind, int64_t size,
                const char *of, const char *dim) {
  tacet_directive *directive = &flow->directive[flow->directives++];
  memset(directive, 0, sizeof *directive);
  directive->kind = kind;
  directive->size.number = size;
  memcpy(directive->size.of, of, strlen(of) + 1);
  directive->offset = directive->size;
  memcpy(directive->dim, dim, strlen(dim) + 1);
}

void row_stationary_flow(tacet_dataflow *flow, const row_stationary *mapping) {
  static const char name[] = "row-stationary";
  const tacet_directive_kind in_time = TACET_TEMPORAL_MAP;
  const tacet_directive_kind in_space = TACET_SPATIAL_MAP;
  memcpy(flow->name, name, sizeof name);
  flow->directives = 0;
  add(flow, in_time, mapping->n, "", "N");
  add(flow, in_time, 1, "", "G");
  add(flow, in_time, mapping->e, "", "Y'");
  add(flow, in_time, mapping->m, "", "K");
  add(flow, in_time, mapping->q * mapping->r, "", "C");
  add(flow, in_time, mapping->p * mapping->t, "", "K");
  add(flow, in_space, mapping->p, "", "K");
  add(flow, in_time, 1, "", "N");
  add(flow, in_time, 1, "", "X'");
  add(flow, TACET_CLUSTER, mapping->r, "", "");
  add(flow, in_space, mapping->q, "", "C");
  add(flow, TACET_CLUSTER, mapping->e, "", "");
  add(flow, in_space, 1, "", "Y'");
  add(flow, TACET_CLUSTER, 1, "R", "");
  add(flow, in_space, 1, "", "Y");
  add(flow, in_space, 1, "", "R");
}

/* ---- search ------------------------------------------------------------- */

typedef struct search {
  const tacet_layer *layer;
  const tacet_accelerator *accelerator;
  row_stationary *best;
  tacet_cost *cost;
  int64_t found, evaluated;
  tacet_error *error;
} search;

static int64_t size_of(const search *s, const char *name) {
  return s->layer->dim[tacet_layer_dim(s->layer, name)].size;
}

static tacet_status try(search *s, const row_stationary *mapping) {
  tacet_dataflow flow;
  tacet_cost cost;
  row_stationary_flow(&flow, mapping);
  tacet_status status =
      tacet_evaluate(&cost, s->layer, &flow, s->accelerator, s->error);
  s->evaluated++;
  if (status) return status == TACET_INFEASIBLE ? TACET_OK : status;
  if (s->found == 0 || cost.energy.total < s->cost->energy.total) {
    *s->best = *mapping;
    *s->cost = cost;
  }
  s->found++;
  return TACET_OK;
}

/* All n and m whose sums, one word each, have room in the global buffer. */
static tacet_status try_blocks(search *s, row_stationary *mapping) {
  const tacet_accelerator *a = s->accelerator;
  const int64_t images = size_of(s, "N"), filters = size_of(s, "K");
  const int64_t words = a->storage[1].size_bits / a->width_bits[TACET_OUTPUT];
  const int64_t sums = mapping->e * size_of(s, "X'");
  tacet_status status = TACET_OK;
  for (mapping->n = 1; mapping->n <= images && !status; mapping->n++) {
    if (images % mapping->n != 0) continue;
    const int64_t pass = mapping->p * mapping->t;
    for (mapping->m = pass; mapping->m <= filters && !status;
         mapping->m += pass)
      if (filters % mapping->m == 0 && mapping->n * mapping->m * sums <= words)
        status = try(s, mapping);
  }
  return status;
}

/* All p and q that a PE has room for: p*q filter rows, q of the inputs, p
   sums. */
static tacet_status try_scratchpads(search *s, row_stationary *mapping) {
  const tacet_accelerator *a = s->accelerator;
  const int64_t words = a->storage[2].size_bits / a->word_bits;
  const int64_t row = size_of(s, "S");
  const int64_t channels = size_of(s, "C"), filters = size_of(s, "K");
  tacet_status status = TACET_OK;
  for (mapping->q = 1; mapping->q * row < words && !status; mapping->q++) {
    if (channels % (mapping->q * mapping->r) != 0) continue;
    for (mapping->p = 1; !status; mapping->p++) {
      const int64_t p = mapping->p;
      if ((p + 1) * mapping->q * row + p > words) break;
      if (filters % (p * mapping->t) == 0) status = try_blocks(s, mapping);
    }
  }
  return status;
}

/* Sets of `rows` x `columns` PEs that fit on the array; one of more columns
   than the array has is folded into several of its width. */
static int64_t sets_of(int64_t side, int64_t rows, int64_t columns) {
  const int64_t down = side / rows;
  return columns <= side ? down * (side / columns)
                         : down / ((columns + side - 1) / side);
}

tacet_status row_stationary_search(row_stationary *best, tacet_cost *cost,
                                   int64_t *evaluated, const tacet_layer *layer,
                                   const tacet_accelerator *accelerator,
                                   int64_t side, tacet_error *error) {
  search s = {layer, accelerator, best, cost, 0, 0, error};
  const int64_t height = size_of(&s, "Y'"), rows = size_of(&s, "R");
  tacet_status status = TACET_OK;
  row_stationary mapping = {0};
  for (int64_t strips = 1; strips <= height && !status; strips++) {
    const int64_t e = (height + strips - 1) / strips;
    if (e == mapping.e) continue;
    mapping.e = e;
    const int64_t sets = sets_of(side, rows, e);
    for (mapping.r = 1; mapping.r <= sets && !status; mapping.r++)
      for (mapping.t = sets / 2 / mapping.r + 1;
           mapping.r * mapping.t <= sets && !status; mapping.t++)
        status = try_scratchpads(&s, &mapping);
  }
  *evaluated = s.evaluated;
  if (status) return status;
  return s.found > 0 ? TACET_OK : TACET_INFEASIBLE;
}
