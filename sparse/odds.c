/* Odds: what densities make likely for a layer on a design. Operands are
   independent of each other. */
#include "odds.h"

enum { ABOVE_ARRAY = 1 };

/* What an operand is to one MAC: its element is not zero, or it is and the
   rules above L1 let it pass, gate it or skip it. */
typedef enum state { NOT_ZERO, FREE, GATED, SKIPPED, STATES } state;

static double larger(double a, double b) {
  return a > b ? a : b;
}

/* ---- padding ------------------------------------------------------------ */

/* The share of MACs whose input exists. */
static double share_without_padding(const tacet_layer *layer) {
  double share = 1;
  const tacet_tensor *input = &layer->tensor[TACET_INPUT];
  for (int r = 0; r < input->ranks; r++) {
    const tacet_rank *rank = &input->rank[r];
    if (rank->terms < 2 || !tacet_window_clips(rank, layer)) continue;
    int64_t outs = layer->dim[rank->term[0].dim].size;
    int64_t filters = layer->dim[rank->term[1].dim].size, inside = 0;
    for (int64_t i = 0; i < outs; i++) {
      for (int64_t j = 0; j < filters; j++) {
        int64_t at = rank->offset + rank->term[0].coefficient * i +
                     rank->term[1].coefficient * j;
        inside += at >= 0 && at < rank->size;
      }
    }
    share *= (double)inside / ((double)outs * (double)filters);
  }
  return share;
}

/* ---- rules above L1 ----------------------------------------------------- */

/* Length of dimension d that a whole PE (or, with `sharing`, all PEs that
   hold the same words of the target) works on during a stay. */
static int64_t stay_length(const tacet_nest *nest, const tacet_tensor *target,
                           int d, int last, bool sharing) {
  int64_t length = nest->layer.dim[d].size, share = 1;
  bool together = sharing && !tacet_has_dim(target, d);
  for (int i = 0; i < nest->loops; i++) {
    const tacet_loop *loop = &nest->loop[i];
    if (loop->dim != d) continue;
    int64_t units = together ? loop->units : 1;
    int64_t folds = i > last ? loop->folds : 1;
    int64_t tiles = units * folds < loop->tiles ? units * folds : loop->tiles;
    share *= tiles;
    length = loop->size;
  }
  length *= share;
  return length < nest->layer.dim[d].size ? length : nest->layer.dim[d].size;
}

static int64_t stay_elements(const tacet_nest *nest, int slot,
                             const tacet_tensor *target, int last,
                             bool sharing) {
  const tacet_tensor *tensor = &nest->layer.tensor[slot];
  int64_t elements = 1;
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    int64_t extent = 1;
    for (int i = 0; i < rank->terms; i++)
      extent +=
          rank->term[i].coefficient *
          (stay_length(nest, target, rank->term[i].dim, last, sharing) - 1);
    elements *= extent < rank->size ? extent : rank->size;
  }
  return elements;
}

/* Adds the event that tensor z is zero in a stay of the rule's target. */
static void add_condition(tacet_odds *o, const tacet_rule *rule, int z,
                          double skip[TACET_OUTPUT], double any[TACET_OUTPUT]) {
  const tacet_nest *nest = o->reading->nest;
  const tacet_tensor *target = &nest->layer.tensor[rule->target];
  tacet_passage *pass = &o->passage[rule->target];
  int last = tacet_stay_loop(nest, rule->target);
  double one = tacet_uniform_empty(o->model[z],
                                   stay_elements(nest, z, target, last, false));
  double all = tacet_uniform_empty(o->model[z],
                                   stay_elements(nest, z, target, last, true));
  any[z] = larger(any[z], one);
  if (rule->skip) skip[z] = larger(skip[z], one);
  double *single = rule->skip ? &pass->skipped : &pass->gated;
  double *shared = rule->skip ? &pass->all_skipped : &pass->all_gated;
  *single = larger(*single, one);
  *shared = larger(*shared, all);
  if (z == rule->target) pass->by_itself = true;
}

static void add_rules(tacet_odds *o) {
  const tacet_features *features = o->reading->features;
  double skip[TACET_OUTPUT] = {0}, any[TACET_OUTPUT] = {0};
  for (int i = 0; i < features->rules; i++)
    for (int z = 0; z < TACET_OUTPUT; z++)
      if (features->rule[i].storage == ABOVE_ARRAY && features->rule[i].on[z])
        add_condition(o, &features->rule[i], z, skip, any);
  for (int t = 0; t < TACET_OUTPUT; t++) {
    tacet_passage *pass = &o->passage[t];
    pass->gated = larger(pass->gated - pass->skipped, 0);
    pass->all_gated = larger(pass->all_gated - pass->all_skipped, 0);
    o->state[t][NOT_ZERO] = o->density[t];
    o->state[t][SKIPPED] = skip[t];
    o->state[t][GATED] = any[t] - skip[t];
    o->state[t][FREE] = larger(1 - o->density[t] - any[t], 0);
  }
}

/* ---- shares of MACs and reads ------------------------------------------- */

static tacet_verdict outer_verdict(state weight, state input) {
  if (weight == SKIPPED || input == SKIPPED) return TACET_SKIPPED;
  return weight == GATED || input == GATED ? TACET_GATED : TACET_ACTUAL;
}

static void add_shares(tacet_odds *o) {
  tacet_verdicts table[TACET_SKIPPED + 1];
  int l1 = o->reading->nest->storages - 1;
  for (int v = TACET_ACTUAL; v <= TACET_SKIPPED; v++)
    tacet_verdicts_make(&table[v], o->reading->features, l1, (tacet_verdict)v);
  for (int w = 0; w < STATES; w++) {
    for (int i = 0; i < STATES; i++) {
      double share = o->state[TACET_WEIGHT][w] * o->state[TACET_INPUT][i];
      int pattern = 2 * (w != NOT_ZERO) + (i != NOT_ZERO);
      const tacet_verdicts *v = &table[outer_verdict((state)w, (state)i)];
      tacet_split_add(&o->mac_share, v->mac[pattern], share);
      for (int t = 0; t < TACET_TENSORS; t++)
        tacet_split_add(&o->read_share[t], v->read[pattern][t], share);
    }
  }
  o->needs[TACET_WEIGHT] = table[TACET_ACTUAL].mac[2] == TACET_SKIPPED;
  o->needs[TACET_INPUT] = table[TACET_ACTUAL].mac[1] == TACET_SKIPPED;
}

/* ---- all ---------------------------------------------------------------- */

tacet_status tacet_odds_make(tacet_odds *odds, const tacet_reading *reading,
                             tacet_error *error) {
  const tacet_layer *layer = &reading->nest->layer;
  *odds = (tacet_odds){.reading = reading};
  tacet_status status =
      tacet_issue_dim(&odds->along, reading->accelerator, layer, error);
  if (status) return status;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_zeros *zeros = &reading->sparsity->tensor[t];
    odds->model[t] = tacet_uniform_make(tacet_tensor_size(&layer->tensor[t]),
                                        zeros->density);
    if (zeros->mask) odds->model[t].nonzeros = zeros->mask->nonzeros;
    odds->density[t] = tacet_uniform_density(odds->model[t]);
  }
  odds->density[TACET_INPUT] *= share_without_padding(layer);
  add_rules(odds);
  add_shares(odds);
  return TACET_OK;
}
