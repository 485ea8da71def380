/* Odds: what the models of the operands' zeros make likely for a layer on a
   design. */
#include "odds.h"

#include <string.h>

static double larger(double a, double b) {
  return a > b ? a : b;
}

static double smaller(double a, double b) {
  return a < b ? a : b;
}

/* ---- rules above L1 ----------------------------------------------------- */

/* What a rule above L1 acts on. */
typedef struct acting {
  const tacet_nest *nest;
  const tacet_rule *rule;
  const tacet_tensor *target;
  int last;    /* loop with which a stay of the target ends */
  bool whole;  /* the child is L2, not a PE */
  bool shared; /* or all PEs that hold the same words of the target */
} acting;

static acting acting_of(const tacet_nest *nest, const tacet_rule *rule,
                        bool shared) {
  acting a = {nest,
              rule,
              &nest->layer->tensor[rule->target],
              -1,
              rule->storage < nest->storages - 2,
              shared};
  for (int i = 0; i < nest->position[rule->storage + 1][rule->target]; i++)
    if (nest->loop[i].folds > 1 && (a.target->alone >> nest->loop[i].dim & 1))
      a.last = i;
  return a;
}

/* Length of dimension d that a whole child works on during a stay. */
static int64_t stay_length(const acting *a, int d) {
  int64_t length = a->nest->layer->dim[d].size, share = 1;
  const bool together = a->whole || (a->shared && !tacet_has_dim(a->target, d));
  for (int i = 0; i < a->nest->loops; i++) {
    const tacet_loop *loop = &a->nest->loop[i];
    if (loop->dim != d) continue;
    int64_t units = together ? loop->units : 1;
    int64_t folds = i > a->last ? loop->folds : 1;
    int64_t tiles = units * folds < loop->tiles ? units * folds : loop->tiles;
    share *= tiles;
    length = loop->size;
  }
  length *= share;
  return length < a->nest->layer->dim[d].size ? length
                                              : a->nest->layer->dim[d].size;
}

static int64_t common_divisor(int64_t a, int64_t b) {
  while (b != 0) {
    const int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* Of that, what comes together with one element of the target: of a window as
   many outputs, and as much of the filter, as can be added up to it. */
static void narrow_to_element(tacet_pe_box *stay, const acting *a) {
  for (int r = 0; r < a->target->ranks; r++) {
    const tacet_rank *rank = &a->target->rank[r];
    const tacet_term *out = &rank->term[0], *filter = &rank->term[1];
    if (rank->terms == 1) {
      stay->length[out->dim] = 1;
      continue;
    }
    const int64_t both = common_divisor(out->coefficient, filter->coefficient);
    const int64_t outputs =
        1 + (stay->length[out->dim] - 1) / (filter->coefficient / both);
    const int64_t filters =
        1 + (stay->length[filter->dim] - 1) / (out->coefficient / both);
    stay->length[out->dim] = stay->length[filter->dim] =
        outputs < filters ? outputs : filters;
  }
}

/* The first stay of the target, or of it all that its first element meets. */
static tacet_pe_box stay_of(const acting *a) {
  tacet_pe_box stay = {.start = {0}};
  for (int d = 0; d < a->nest->layer->dims; d++)
    stay.length[d] = stay_length(a, d);
  if (a->rule->element) narrow_to_element(&stay, a);
  return stay;
}

/* Chances over stays, as often as they take words of the target, and MACs. */
typedef struct stay_chance {
  double of_words, of_macs;
} stay_chance;

typedef struct stay_sum {
  stay_chance empty, all;
} stay_sum;

/* Adds stays of the size that one has which begins there, as many as there are
   of it along the dimensions on which the chance does not depend. */
static void add_stays(stay_sum *sum, const tacet_odds *o, int z,
                      const tacet_tensor *target, const tacet_pe_box *stay) {
  const tacet_layer *layer = o->reading->nest->layer;
  tacet_pe_box cut = *stay;
  double words = 1, macs = 1;
  for (int d = 0; d < layer->dims; d++) {
    const int64_t left = layer->dim[d].size - stay->start[d];
    if (cut.length[d] > left) cut.length[d] = left;
    const bool one = o->zeros[z].dims >> d & 1;
    const double alike = one ? 1 : (double)(left / cut.length[d]);
    const double length = (double)cut.length[d];
    macs *= alike * length;
    words *= alike * (tacet_has_dim(target, d) ? length : 1);
  }
  const double empty = tacet_statistics_box(&o->zeros[z], &cut).empty;
  sum->empty.of_words += words * empty;
  sum->empty.of_macs += macs * empty;
  sum->all.of_words += words;
  sum->all.of_macs += macs;
}

/* Where the next stay begins that may have another chance; false after the
   last along the dimension. */
static bool next_along(tacet_pe_box *stay, int64_t size, int d, bool each) {
  const int64_t length = stay->length[d];
  stay->start[d] += each || length > size ? length : size / length * length;
  if (stay->start[d] < size) return true;
  stay->start[d] = 0;
  return false;
}

/* The chance that tensor z is zero in all of a stay like this. */
static stay_chance stay_empty(const tacet_odds *o, int z,
                              const tacet_tensor *target, tacet_pe_box stay) {
  const tacet_layer *layer = o->reading->nest->layer;
  stay_sum sum = {{0, 0}, {0, 0}};
  for (int d = 0; d < layer->dims;) {
    add_stays(&sum, o, z, target, &stay);
    for (d = 0; d < layer->dims; d++)
      if (next_along(&stay, layer->dim[d].size, d, o->zeros[z].dims >> d & 1))
        break;
  }
  return (stay_chance){sum.empty.of_words / sum.all.of_words,
                       sum.empty.of_macs / sum.all.of_macs};
}

static void raise_to(tacet_chances *chances, bool skip, double chance) {
  double *one = skip ? &chances->skipped : &chances->gated;
  *one = larger(*one, chance);
}

/* Of several rules the one that skips most counts. Where the child is L2 all PEs
   share the event: then none has lumps of its own. */
static void keep_lump(tacet_lump *lump, const acting *a,
                      const tacet_pe_box *stay, double chance) {
  lump->passes = a->whole ? 1 : 1 - chance;
  memcpy(lump->box, stay->length, sizeof lump->box);
}

/* Adds the event that tensor z is zero for what a rule acts on. Zeros of single
   elements themselves are in the verdicts' tables. */
static void add_condition(tacet_odds *o, const tacet_rule *rule, int z,
                          double skip[TACET_TENSORS],
                          double any[TACET_TENSORS]) {
  const tacet_nest *nest = o->reading->nest;
  if (rule->element && z == rule->target) return;
  for (int shared = TACET_ONE_CHILD; shared <= TACET_SHARED; shared++) {
    const acting a = acting_of(nest, rule, shared == TACET_SHARED);
    const tacet_pe_box stay = stay_of(&a);
    const stay_chance chance = stay_empty(o, z, a.target, stay);
    for (int b = rule->storage; b < nest->storages - 1; b++) {
      tacet_passage *pass = &o->passage[b][rule->target];
      raise_to(rule->element       ? &pass->element[shared]
               : z == rule->target ? &pass->empty[shared]
                                   : &pass->tile[shared],
               rule->skip, chance.of_words);
    }
    if (shared == TACET_SHARED) continue;
    any[z] = larger(any[z], chance.of_macs);
    if (rule->skip && chance.of_macs > skip[z]) {
      keep_lump(&o->lump[z], &a, &stay, chance.of_macs);
      skip[z] = chance.of_macs;
    }
  }
}

/* A word that is skipped is not gated. */
static void settle_chances(tacet_chances *chances) {
  chances->gated = larger(chances->gated - chances->skipped, 0);
}

static void settle_passages(tacet_odds *o) {
  const int l1 = o->reading->nest->storages - 1;
  for (int b = 0; b < l1; b++) {
    for (int t = 0; t < TACET_TENSORS; t++) {
      tacet_passage *pass = &o->passage[b][t];
      pass->zero = tacet_verdict_of_zero(o->reading->features, b + 1, t);
      for (int shared = TACET_ONE_CHILD; shared <= TACET_SHARED; shared++) {
        settle_chances(&pass->tile[shared]);
        settle_chances(&pass->empty[shared]);
        settle_chances(&pass->element[shared]);
      }
    }
  }
}

/* `density` is what MACs see of each tensor. */
static void add_rules(tacet_odds *o, const double density[TACET_TENSORS]) {
  const tacet_features *features = o->reading->features;
  const int l1 = o->reading->nest->storages - 1;
  double skip[TACET_TENSORS] = {0}, any[TACET_TENSORS] = {0};
  for (int b = 0; b < l1; b++) memset(o->passage[b], 0, sizeof o->passage[b]);
  for (int t = 0; t < TACET_TENSORS; t++) o->lump[t].passes = 1;
  for (int i = 0; i < features->rules; i++)
    for (int z = 0; z < TACET_TENSORS; z++)
      if (features->rule[i].storage < l1 && features->rule[i].on[z])
        add_condition(o, &features->rule[i], z, skip, any);
  settle_passages(o);
  for (int t = 0; t < TACET_TENSORS; t++) {
    const double zero = 1 - density[t];
    o->zero_skipped[t] = o->zero_gated[t] = 0;
    if (zero <= 0) continue;
    o->zero_skipped[t] = smaller(skip[t] / zero, 1);
    o->zero_gated[t] =
        smaller((any[t] - skip[t]) / zero, 1 - o->zero_skipped[t]);
  }
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
static tacet_sight sight_of(const tacet_odds *o, const tacet_pe_box *box) {
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
  const tacet_sight sight = sight_of(s->odds, slice);
  add_sight(s->shares, s->odds, &sight, s->part);
}

/* Outputs are independent of operands at each coordinate of the dimensions on
   which both depend. */
void tacet_shares_of(tacet_shares *shares, tacet_sight *sight,
                     const tacet_odds *o, const tacet_pe_box *box) {
  const uint32_t dims =
      o->zeros[TACET_OUTPUT].dims &
      (o->zeros[TACET_WEIGHT].dims | o->zeros[TACET_INPUT].dims);
  slicing s = {o, shares, 1};
  *sight = sight_of(o, box);
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
  const tacet_sight sight = sight_of(o, &all);
  const double density[TACET_TENSORS] = {sight.weight, sight.input,
                                         sight.output};
  add_rules(o, density);
  tacet_verdicts_make(o->table, o->reading->features, l1);
  tacet_shares_of(&o->shares, &o->sight, o, &all);
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
