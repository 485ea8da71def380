/* Odds: what the models of the operands' zeros make likely for a layer on a
   design. */
#include "odds.h"

#include "stay_chance.h"

#include <string.h>

static double larger(double a, double b) {
  return a > b ? a : b;
}

static double smaller(double a, double b) {
  return a < b ? a : b;
}

/* ---- rules above L1 ----------------------------------------------------- */

static void raise_to(tacet_chances *chances, bool skip, double chance) {
  double *one = skip ? &chances->skipped : &chances->gated;
  *one = larger(*one, chance);
}

/* Of several rules the one that skips most counts. Where the child is L2 all PEs
   share the event: then none has lumps of its own. */
static void keep_lump(tacet_lump *lump, const tacet_nest *nest, int child,
                      const tacet_stay_chance *empty) {
  const int l1 = nest->storages - 1;
  lump->passes = child == 1 && l1 > 1 ? 1 : 1 - empty->of_macs;
  memcpy(lump->box, empty->stay.length, sizeof lump->box);
  for (int d = 0; d < TACET_MAX_DIMS; d++) lump->pes[d] = 1;
  for (int i = 0; i < nest->loops && child < l1; i++)
    if (nest->loop[i].level >= nest->level[child])
      lump->pes[nest->loop[i].dim] *= nest->loop[i].units;
}

/* What stops words because of one tensor's zeros. Of several rules on them the
   one that stops most counts, as if its stays were parts of the others'. */
typedef struct finding {
  tacet_chances tile[2], element[2];
} finding;

/* Adds the event that tensor z is zero for what a rule acts on. Zeros of single
   elements themselves are in the verdicts' tables. Whatever is further in than
   a child of the rule shares its fate. */
static void add_condition(tacet_odds *o, const tacet_rule *rule, int z,
                          finding found[][TACET_TENSORS], double *skip,
                          double *any) {
  const tacet_nest *nest = o->reading->nest;
  if (rule->element && z == rule->target) return;
  const int l1 = nest->storages - 1;
  tacet_stay_chance empty = {.of_macs = 0};
  for (int b = l1 - 1; b >= rule->storage; b--) {
    finding *f = &found[b][rule->target];
    tacet_chances *of = rule->element ? f->element : f->tile;
    empty = tacet_stay_empty(nest, rule, b, false, &o->zeros[z]);
    raise_to(&of[TACET_ONE_CHILD], rule->skip, empty.of_words);
    const double shared =
        b > 0 ? tacet_stay_empty(nest, rule, b, true, &o->zeros[z]).of_words
              : 0;
    raise_to(&of[TACET_SHARED], rule->skip, shared);
  }
  *any = larger(*any, empty.of_macs);
  if (rule->skip && empty.of_macs > *skip) {
    keep_lump(&o->lump[z], nest, rule->storage + 1, &empty);
    *skip = empty.of_macs;
  }
}

/* A word that is skipped is not gated. */
static void settle_chances(tacet_chances *chances) {
  chances->gated = larger(chances->gated - chances->skipped, 0);
}

/* What else stops an element that is stopped if its tile is: with `tile` as an
   event of its own it makes up the larger of both chances. */
static tacet_chances beyond(tacet_chances element, tacet_chances tile) {
  const double stopped = tile.skipped + tile.gated;
  if (stopped >= 1) return (tacet_chances){0, 0};
  const double skipped =
      larger(element.skipped - tile.skipped, 0) / (1 - tile.skipped);
  const double any =
      larger(element.skipped + element.gated - stopped, 0) / (1 - stopped);
  return (tacet_chances){larger(any - skipped, 0), skipped};
}

/* Zeros of different tensors are independent; so are taken to be the stays of
   which they stop words, although both may be shorter where tiles are cut. */
static void add_finding(tacet_passage *pass, finding *found, bool itself) {
  for (int shared = TACET_ONE_CHILD; shared <= TACET_SHARED; shared++) {
    tacet_chances *tile = &found->tile[shared];
    tacet_chances *element = &found->element[shared];
    settle_chances(tile);
    settle_chances(element);
    if (itself) {
      pass->empty[shared] = *tile;
      continue;
    }
    *element = beyond(*element, *tile);
    pass->tile[shared] = tacet_either(pass->tile[shared], *tile);
    pass->element[shared] = tacet_either(pass->element[shared], *element);
  }
}

static bool is_above_l1(const tacet_odds *o, const tacet_rule *rule) {
  return rule->storage < o->reading->nest->storages - 1;
}

/* The rules that look at tensor z: `density` is what MACs see of it. */
static void add_rules_on(tacet_odds *o, int z, double density) {
  const tacet_features *features = o->reading->features;
  const int l1 = o->reading->nest->storages - 1;
  finding found[TACET_MAX_STORAGE - 1][TACET_TENSORS];
  double skip = 0, any = 0;
  memset(found, 0, sizeof found);
  for (int i = 0; i < features->rules; i++)
    if (is_above_l1(o, &features->rule[i]) && features->rule[i].on[z])
      add_condition(o, &features->rule[i], z, found, &skip, &any);
  for (int b = 0; b < l1; b++)
    for (int t = 0; t < TACET_TENSORS; t++)
      add_finding(&o->passage[b][t], &found[b][t], t == z);
  if (density >= 1) return;
  o->zero_skipped[z] = smaller(skip / (1 - density), 1);
  o->zero_gated[z] =
      smaller((any - skip) / (1 - density), 1 - o->zero_skipped[z]);
}

/* `density` is what MACs see of each tensor. */
static void add_rules(tacet_odds *o, const double density[TACET_TENSORS]) {
  const tacet_features *features = o->reading->features;
  const int l1 = o->reading->nest->storages - 1;
  bool looks[TACET_TENSORS] = {false};
  for (int i = 0; i < features->rules; i++)
    for (int z = 0; z < TACET_TENSORS; z++)
      looks[z] |= is_above_l1(o, &features->rule[i]) && features->rule[i].on[z];
  for (int b = 0; b < l1; b++) memset(o->passage[b], 0, sizeof o->passage[b]);
  for (int z = 0; z < TACET_TENSORS; z++) {
    o->lump[z].passes = 1;
    o->zero_skipped[z] = o->zero_gated[z] = 0;
    if (looks[z]) add_rules_on(o, z, density[z]);
  }
  for (int b = 0; b < l1; b++)
    for (int t = 0; t < TACET_TENSORS; t++)
      o->passage[b][t].zero = tacet_verdict_of_zero(features, b + 1, t);
}

tacet_chances tacet_either(tacet_chances one, tacet_chances other) {
  const double passed = (1 - one.skipped) * (1 - other.skipped);
  const double actual = larger(1 - one.skipped - one.gated, 0) *
                        larger(1 - other.skipped - other.gated, 0);
  return (tacet_chances){larger(passed - actual, 0), 1 - passed};
}

/* ---- shares of MACs and reads ------------------------------------------- */

/* Chances of what rules above L1 decide for MACs of a pattern of zeros. */
static void outer_chances(double chance[TACET_SKIPPED + 1], const tacet_odds *o,
                          int pattern) {
  double passed = 1, let_pass = 1;
  for (int t = 0; t < TACET_TENSORS; t++) {
    if (!(pattern >> t & 1)) continue;
    passed *= 1 - o->zero_skipped[t];
    let_pass *= 1 - o->zero_skipped[t] - o->zero_gated[t];
  }
  chance[TACET_ACTUAL] = larger(let_pass, 0);
  chance[TACET_GATED] = larger(passed - chance[TACET_ACTUAL], 0);
  chance[TACET_SKIPPED] = 1 - passed;
}

/* Adds the shares of MACs that see so much, `weight` times. */
static void add_sight(tacet_shares *shares, const tacet_odds *o,
                      const tacet_sight *sight, double weight) {
  const double both = sight->both, kept = sight->output;
  const double operands[] = {
      both, larger(sight->input - both, 0), larger(sight->weight - both, 0),
      larger(1 - sight->weight - sight->input + both, 0)};
  double share[TACET_PATTERNS];
  for (int p = 0; p < TACET_PATTERNS; p++)
    share[p] =
        weight * operands[p & 3] * (p >> TACET_OUTPUT & 1 ? 1 - kept : kept);
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
        if (o->run[t] <= 1)
          tacet_split_add(&shares->read[t], o->table[v].read[p][t], times);
    }
  }
  for (int t = 0; t < TACET_TENSORS; t++)
    if (o->run[t] > 1) tacet_shares_of_runs(shares, o, t, sight, weight);
}

/* A sum of shares that should be all is all, or a ceiling would be off by
   one. */
static double settled(double share) {
  return share > 1 - 1e-12 ? 1 : share;
}

double tacet_slots_share(const tacet_shares *shares) {
  return settled(shares->mac.actual + shares->mac.gated);
}

double tacet_reads_share(const tacet_shares *shares, int t) {
  return settled(shares->read[t].actual + shares->read[t].gated);
}

double tacet_examined_share(const tacet_shares *shares) {
  return settled(shares->examined);
}

static void settle_split(tacet_split *split) {
  if (settled(split->actual) == 1) *split = (tacet_split){1, 0, 0};
}

/* ---- all ---------------------------------------------------------------- */

/* Windows make the parts expectations of their own: no more MACs can have both
   non-zeros than one of them, nor fewer than are left. */
tacet_sight tacet_sight_of(const tacet_odds *o, const tacet_pe_box *box) {
  const tacet_statistics *weight = &o->zeros[TACET_WEIGHT];
  const tacet_statistics *input = &o->zeros[TACET_INPUT];
  tacet_sight sight = {.weight = tacet_statistics_seen(weight, box),
                       .input = tacet_statistics_seen(input, box),
                       .both = tacet_statistics_both(weight, input, box),
                       .output =
                           tacet_statistics_seen(&o->zeros[TACET_OUTPUT], box)};
  sight.both = smaller(sight.both, smaller(sight.weight, sight.input));
  sight.both = larger(sight.both, sight.weight + sight.input - 1);
  return sight;
}

typedef struct slicing {
  const tacet_odds *odds;
  tacet_shares *shares;
  double part; /* of the box's MACs that a slice has */
} slicing;

static void add_slice(const tacet_pe_box *slice, void *context) {
  const slicing *s = context;
  const tacet_sight sight = tacet_sight_of(s->odds, slice);
  add_sight(s->shares, s->odds, &sight, s->part);
}

uint32_t tacet_odds_joint_dims(const tacet_odds *o) {
  return o->zeros[TACET_OUTPUT].dims &
         (o->zeros[TACET_WEIGHT].dims | o->zeros[TACET_INPUT].dims);
}

/* Outputs are independent of operands at each coordinate of the dimensions on
   which both depend. */
void tacet_shares_of(tacet_shares *shares, const tacet_odds *o,
                     const tacet_sight *sight, const tacet_pe_box *box) {
  const uint32_t dims = tacet_odds_joint_dims(o);
  slicing s = {o, shares, 1};
  *shares = (tacet_shares){.mac = {0}};
  for (int d = 0; d < o->reading->nest->layer->dims; d++)
    if (dims >> d & 1) s.part /= (double)box->length[d];
  if (dims)
    tacet_slices(box, dims, add_slice, &s);
  else
    add_sight(shares, o, sight, 1);
  settle_split(&shares->mac);
  for (int t = 0; t < TACET_TENSORS; t++) settle_split(&shares->read[t]);
}

static void add_shares(tacet_odds *o) {
  const tacet_layer *layer = o->reading->nest->layer;
  const int l1 = o->reading->nest->storages - 1;
  tacet_pe_box all = {.start = {0}};
  for (int d = 0; d < layer->dims; d++) all.length[d] = layer->dim[d].size;
  const tacet_sight sight = tacet_sight_of(o, &all);
  const double density[TACET_TENSORS] = {sight.weight, sight.input,
                                         sight.output};
  add_rules(o, density);
  tacet_verdicts_make(o->table, o->reading->features, l1);
  o->sight = sight;
  tacet_shares_of(&o->shares, o, &sight, &all);
  for (int t = 0; t < TACET_TENSORS; t++)
    o->needs[t] = o->table[TACET_ACTUAL].mac[1 << t] == TACET_SKIPPED;
}

/* Outputs whose zeros nobody uses beforehand are as good as dense. */
static tacet_zeros used_zeros(const tacet_reading *reading, int t) {
  const tacet_zeros *zeros = &reading->sparsity->tensor[t];
  const bool used = t != TACET_OUTPUT ||
                    (zeros->known && tacet_asks_for_outputs(reading->features));
  return used ? *zeros : (tacet_zeros){.density = 1};
}

/* Inputs last: their padding is told apart by what the others depend on. */
static tacet_status make_zeros(tacet_odds *o, tacet_error *error) {
  static const int order[TACET_TENSORS] = {TACET_WEIGHT, TACET_OUTPUT,
                                           TACET_INPUT};
  const tacet_layer *layer = o->reading->nest->layer;
  for (int i = 0; i < TACET_TENSORS; i++) {
    const int t = order[i];
    const tacet_zeros zeros = used_zeros(o->reading, t);
    tacet_status status = TACET_OK;
    if (zeros.mask && tacet_mask_has_boxes(zeros.mask))
      status = tacet_mask_boxes_make(&o->boxes[t], layer, t, zeros.mask, error);
    if (status) return status;
    tacet_statistics_make(&o->zeros[t], layer, t, &zeros, o->boxes[t], o->dims);
    o->dims |= o->zeros[t].dims | o->zeros[t].filters;
  }
  return TACET_OK;
}

tacet_status tacet_odds_make(tacet_odds *odds, const tacet_reading *reading,
                             tacet_error *error) {
  const tacet_layer *layer = reading->nest->layer;
  odds->reading = reading;
  odds->dims = 0;
  for (int t = 0; t < TACET_TENSORS; t++) odds->boxes[t] = NULL;
  tacet_status status =
      tacet_issue_dim(&odds->along, reading->accelerator, layer, error);
  if (status) return status;
  for (int t = 0; t < TACET_TENSORS; t++)
    odds->run[t] =
        reading->counts->macs.actual / reading->counts->l1_reads[t].actual;
  status = make_zeros(odds, error);
  if (!status) add_shares(odds);
  return status;
}

void tacet_odds_free(tacet_odds *odds) {
  for (int t = 0; t < TACET_TENSORS; t++) tacet_mask_boxes_free(odds->boxes[t]);
}
