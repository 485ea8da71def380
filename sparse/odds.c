/* Odds: what the models of the operands' zeros make likely for a layer on a
   design. */
#include "odds.h"

enum {
  ABOVE_ARRAY = 1,
  WEIGHT_ZERO = 1 << TACET_WEIGHT,
  INPUT_ZERO = 1 << TACET_INPUT
};

static double larger(double a, double b) {
  return a > b ? a : b;
}

static double smaller(double a, double b) {
  return a < b ? a : b;
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

/* The chance that tensor z is zero in all of a stay of the target: on average
   over the stays, where it depends on them. */
static double stay_empty(const tacet_odds *o, int z, const tacet_tensor *target,
                         bool sharing) {
  const tacet_nest *nest = o->reading->nest;
  const tacet_layer *layer = &nest->layer;
  const tacet_statistics *zeros = &o->zeros[z];
  const int last = tacet_stay_loop(nest, (int)(target - layer->tensor));
  tacet_pe_box stay = {.start = {0}};
  double empty = 0, stays = 0;
  for (int d = 0; d < layer->dims; d++)
    stay.length[d] = stay_length(nest, target, d, last, sharing);
  for (int d = 0; d < layer->dims;) {
    empty += tacet_statistics_box(zeros, &stay).empty;
    stays++;
    for (d = 0; d < layer->dims; d++) {
      if (!(zeros->dims & UINT32_C(1) << d)) continue;
      stay.start[d] += stay.length[d];
      if (stay.start[d] < layer->dim[d].size) break;
      stay.start[d] = 0;
    }
  }
  return empty / stays;
}

/* Adds the event that tensor z is zero in a stay of the rule's target. */
static void add_condition(tacet_odds *o, const tacet_rule *rule, int z,
                          double skip[TACET_OUTPUT], double any[TACET_OUTPUT]) {
  const tacet_tensor *target = &o->reading->nest->layer.tensor[rule->target];
  tacet_passage *pass = &o->passage[rule->target];
  double one = stay_empty(o, z, target, false);
  double all = stay_empty(o, z, target, true);
  any[z] = larger(any[z], one);
  if (rule->skip) skip[z] = larger(skip[z], one);
  double *single = rule->skip ? &pass->skipped : &pass->gated;
  double *shared = rule->skip ? &pass->all_skipped : &pass->all_gated;
  *single = larger(*single, one);
  *shared = larger(*shared, all);
  if (z == rule->target) pass->by_itself = true;
}

/* `density` is what MACs see of each operand. */
static void add_rules(tacet_odds *o, const double density[TACET_OUTPUT]) {
  const tacet_features *features = o->reading->features;
  double skip[TACET_OUTPUT] = {0}, any[TACET_OUTPUT] = {0};
  for (int i = 0; i < features->rules; i++)
    for (int z = 0; z < TACET_OUTPUT; z++)
      if (features->rule[i].storage == ABOVE_ARRAY && features->rule[i].on[z])
        add_condition(o, &features->rule[i], z, skip, any);
  for (int t = 0; t < TACET_OUTPUT; t++) {
    tacet_passage *pass = &o->passage[t];
    const double zero = 1 - density[t];
    pass->gated = larger(pass->gated - pass->skipped, 0);
    pass->all_gated = larger(pass->all_gated - pass->all_skipped, 0);
    if (zero <= 0) continue;
    o->zero_skipped[t] = smaller(skip[t] / zero, 1);
    o->zero_gated[t] =
        smaller((any[t] - skip[t]) / zero, 1 - o->zero_skipped[t]);
  }
}

/* ---- shares of MACs and reads ------------------------------------------- */

/* Chances of what rules above L1 decide for MACs of a pattern of zeros. */
static void outer_chances(double chance[TACET_SKIPPED + 1], const tacet_odds *o,
                          int pattern) {
  const bool zero[TACET_OUTPUT] = {(pattern & 1) != 0, (pattern & 2) != 0};
  double passed = 1, let_pass = 1;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (!zero[t]) continue;
    passed *= 1 - o->zero_skipped[t];
    let_pass *= 1 - o->zero_skipped[t] - o->zero_gated[t];
  }
  chance[TACET_ACTUAL] = larger(let_pass, 0);
  chance[TACET_GATED] = larger(passed - chance[TACET_ACTUAL], 0);
  chance[TACET_SKIPPED] = 1 - passed;
}

void tacet_shares_of(tacet_shares *shares, const tacet_odds *o, double weight,
                     double input, double both) {
  const double share[TACET_PATTERNS] = {both, larger(input - both, 0),
                                        larger(weight - both, 0),
                                        larger(1 - weight - input + both, 0)};
  *shares = (tacet_shares){.mac = {0}};
  for (int p = 0; p < TACET_PATTERNS; p++) {
    double chance[TACET_SKIPPED + 1];
    if (share[p] <= 0) continue;
    outer_chances(chance, o, p);
    for (int v = TACET_ACTUAL; v <= TACET_SKIPPED; v++) {
      const double times = share[p] * chance[v];
      if (times <= 0) continue;
      tacet_split_add(&shares->mac, o->table[v].mac[p], times);
      if (tacet_is_candidate(&o->table[v], p,
                             o->reading->accelerator->intersection.examined))
        shares->examined += times;
      for (int t = 0; t < TACET_TENSORS; t++)
        tacet_split_add(&shares->read[t], o->table[v].read[p][t], times);
    }
  }
}

/* A sum of shares that should be all is all, or a ceiling would be off by
   one. */
static double settled(double share) {
  return share > 1 - 1e-12 ? 1 : share;
}

double tacet_slots_share(const tacet_shares *shares) {
  return settled(shares->mac.actual + shares->mac.gated);
}

double tacet_examined_share(const tacet_shares *shares) {
  return settled(shares->examined);
}

double tacet_accesses_share(const tacet_shares *shares) {
  double accesses = tacet_slots_share(shares); /* writes of partial sums */
  for (int t = 0; t < TACET_TENSORS; t++)
    accesses += shares->read[t].actual + shares->read[t].gated;
  return accesses;
}

/* ---- all ---------------------------------------------------------------- */

static void add_shares(tacet_odds *o) {
  const tacet_layer *layer = &o->reading->nest->layer;
  const tacet_statistics *weight = &o->zeros[TACET_WEIGHT];
  const tacet_statistics *input = &o->zeros[TACET_INPUT];
  const int l1 = o->reading->nest->storages - 1;
  tacet_pe_box all = {.start = {0}};
  for (int d = 0; d < layer->dims; d++) all.length[d] = layer->dim[d].size;
  const double density[TACET_OUTPUT] = {tacet_statistics_seen(weight, &all),
                                        tacet_statistics_seen(input, &all)};
  add_rules(o, density);
  for (int v = TACET_ACTUAL; v <= TACET_SKIPPED; v++)
    tacet_verdicts_make(&o->table[v], o->reading->features, l1,
                        (tacet_verdict)v);
  tacet_shares_of(&o->shares, o, density[TACET_WEIGHT], density[TACET_INPUT],
                  tacet_statistics_both(weight, input, &all));
  o->needs[TACET_WEIGHT] =
      o->table[TACET_ACTUAL].mac[WEIGHT_ZERO] == TACET_SKIPPED;
  o->needs[TACET_INPUT] =
      o->table[TACET_ACTUAL].mac[INPUT_ZERO] == TACET_SKIPPED;
}

tacet_status tacet_odds_make(tacet_odds *odds, const tacet_reading *reading,
                             tacet_error *error) {
  const tacet_layer *layer = &reading->nest->layer;
  *odds = (tacet_odds){.reading = reading};
  tacet_status status =
      tacet_issue_dim(&odds->along, reading->accelerator, layer, error);
  if (status) return status;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    tacet_statistics_make(&odds->zeros[t], layer, t,
                          &reading->sparsity->tensor[t]);
    odds->dims |= odds->zeros[t].dims;
  }
  add_shares(odds);
  return TACET_OK;
}
