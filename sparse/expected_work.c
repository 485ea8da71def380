/* The busiest PE of a step when the operands' zeros are known by models. */
#include <math.h>

#include "lumps.h"

static const double rounding = 1e-12; /* of shares that add up to 1 */

static double larger(double a, double b) {
  return a > b ? a : b;
}

static double volume(const tacet_odds *o, const int64_t box[TACET_MAX_DIMS]) {
  double macs = 1;
  for (int d = 0; d < o->reading->nest->layer->dims; d++)
    macs *= (double)box[d];
  return macs;
}

static uint32_t bit(int dim) {
  return UINT32_C(1) << dim;
}

/* ---- slots of one PE, on average ---------------------------------------- */

/* Elements of one operand that take slots together: at most `count`, each with
   chance `density` of its own. */
typedef struct bundle {
  int64_t count;
  double density;
} bundle;

static bundle bundle_of(const tacet_odds *o, int t, const tacet_pe_box *box,
                        int64_t elements) {
  if (!o->needs[t]) return (bundle){elements, 1};
  const tacet_statistics *zeros = &o->zeros[t];
  if (tacet_statistics_uniform(zeros))
    return (bundle){elements, zeros->density};
  const double density = tacet_statistics_seen(zeros, box);
  if (tacet_statistics_box(zeros, box).exact)
    return (bundle){llround(density * (double)elements), 1};
  return (bundle){elements, density};
}

/* The inputs dealt to a PE: padding is among them only where there are fewer
   inputs than are dealt. */
static bundle own_bundle(const tacet_odds *o, const tacet_pe_box *box,
                         int64_t elements) {
  if (!o->needs[TACET_INPUT]) return (bundle){elements, 1};
  const tacet_layer *layer = o->reading->nest->layer;
  const tacet_tensor *input = &layer->tensor[TACET_INPUT];
  double density = tacet_statistics_held(&o->zeros[TACET_INPUT], box);
  for (int r = 0; r < input->ranks; r++) {
    const tacet_rank *rank = &input->rank[r];
    if (rank->terms == 1) continue;
    const int64_t dealt =
        layer->dim[rank->term[0].dim].size * tacet_dealt(rank, layer);
    if (rank->size < dealt) density *= (double)rank->size / (double)dealt;
  }
  return (bundle){elements, density};
}

typedef struct issuing {
  const tacet_odds *odds;
  double slots, slices;
} issuing;

/* One value of the shared dimensions on which zeros depend. */
static void issue_outer(const tacet_pe_box *slice, void *context) {
  issuing *s = context;
  const tacet_odds *o = s->odds;
  const tacet_layer *layer = o->reading->nest->layer;
  const tacet_issue *issue = &o->reading->accelerator->issue;
  tacet_pe_box one = *slice;
  for (int d = 0; d < layer->dims; d++)
    if (tacet_is_shared(layer, d)) one.length[d] = 1;
  tacet_outer outer;
  tacet_outer_of(&outer, issue, layer, one.length);
  const bundle weight = bundle_of(o, TACET_WEIGHT, &one, outer.weights);
  const bundle input = issue->output_halos
                           ? own_bundle(o, &one, outer.inputs)
                           : bundle_of(o, TACET_INPUT, &one, outer.inputs);
  s->slices++;
  s->slots +=
      tacet_expected_ceil(weight.count, weight.density, issue->weights) *
      tacet_expected_ceil(input.count, input.density, issue->inputs);
}

static double outer_slots(const tacet_odds *o, const tacet_pe_box *box) {
  const tacet_layer *layer = o->reading->nest->layer;
  issuing s = {.odds = o};
  uint32_t dims = 0;
  for (int d = 0; d < layer->dims; d++)
    if (tacet_is_shared(layer, d)) dims |= o->dims & bit(d);
  tacet_outer outer;
  tacet_outer_of(&outer, &o->reading->accelerator->issue, layer, box->length);
  tacet_slices(box, dims, issue_outer, &s);
  return (double)outer.shared * s.slots / s.slices;
}

/* One vector: what lies along it decides how many slots it takes, what is the
   same along it whether it takes any. */
static void issue_vector(const tacet_pe_box *slice, void *context) {
  issuing *s = context;
  const tacet_odds *o = s->odds;
  const tacet_layer *layer = o->reading->nest->layer;
  tacet_pe_box one = *slice;
  for (int d = 0; d < layer->dims; d++)
    if (d != o->along) one.length[d] = 1;
  const int64_t length = one.length[o->along];
  bundle own[TACET_TENSORS];
  double common = 1, density = 1;
  int fewest = TACET_WEIGHT;
  for (int t = 0; t < TACET_TENSORS; t++) {
    own[t] = (bundle){length, 1};
    if (tacet_has_dim(&layer->tensor[t], o->along))
      own[t] = bundle_of(o, t, &one, length);
    else if (o->needs[t])
      common *= tacet_statistics_seen(&o->zeros[t], &one);
    if (own[t].count < own[fewest].count) fewest = t;
  }
  /* Of counts that are certain the others are spread over the fewest. */
  for (int t = 0; t < TACET_TENSORS; t++) {
    density *= own[t].density;
    if (t != fewest) density *= (double)own[t].count / (double)length;
  }
  s->slices++;
  s->slots +=
      common * tacet_expected_ceil(own[fewest].count, density,
                                   o->reading->accelerator->issue.width);
}

static double vector_slots(const tacet_odds *o, const tacet_pe_box *box) {
  issuing s = {.odds = o};
  tacet_slices(box, o->dims & ~bit(o->along), issue_vector, &s);
  return volume(o, box->length) / (double)box->length[o->along] * s.slots /
         s.slices;
}

static double mean_slots(const tacet_odds *o, const tacet_pe_box *box,
                         const tacet_shares *shares) {
  switch (o->reading->accelerator->issue.kind) {
  case TACET_ISSUE_OUTER: return tacet_lumps_passed(o) * outer_slots(o, box);
  case TACET_ISSUE_VECTOR: return tacet_lumps_passed(o) * vector_slots(o, box);
  case TACET_ISSUE_SCALAR: break;
  }
  return volume(o, box->length) * tacet_slots_share(shares);
}

/* ---- the busiest -------------------------------------------------------- */

/* One PE, or what PEs are on average. */
typedef struct pe {
  tacet_pe_box box;
  tacet_sight sight;
  tacet_sight spread; /* of several PEs: variance of what they see */
  double slots;       /* mean */
  double all;         /* slots if nothing is zero */
  /* means: */
  double accesses; /* to L1 */
  double sums;     /* updated */
  double examined; /* in the search for pairs */
} pe;

/* A uniform operand is far larger than a step. */
static double excess_of(const tacet_odds *o, int t, const tacet_pe_box *box) {
  if (tacet_statistics_uniform(&o->zeros[t])) return 0;
  return tacet_statistics_spread(&o->zeros[t], box) - 1;
}

/* The same among PEs that hold different parts of an operand: where these are
   certain, they still differ. */
static double excess_among(const tacet_odds *o, int t, const tacet_pe_box *box,
                           int64_t elements, double density, double spread) {
  double excess = excess_of(o, t, box);
  if (tacet_statistics_certain(&o->zeros[t]) && density > 0 && density < 1)
    excess += (double)elements * spread / (density * (1 - density));
  return excess;
}

/* True if nothing of what the operand lets through is left to chance. */
static bool is_certain(const tacet_odds *o, int t) {
  return !o->needs[t] || tacet_statistics_certain(&o->zeros[t]);
}

static tacet_lumped lumped_of(const pe *one,
                              const int64_t units[TACET_MAX_DIMS]) {
  return (tacet_lumped){one->box.length,
                        units,
                        {[TACET_WEIGHT] = one->sight.weight,
                         [TACET_INPUT] = one->sight.input,
                         [TACET_OUTPUT] = one->sight.output}};
}

/* Work of the busiest of units[] PEs like this one over that of one, counting
   MACs that both needed operands let through. */
static double stretch_of_operands(const tacet_odds *o, const pe *one,
                                  const int64_t units[TACET_MAX_DIMS]) {
  const tacet_layer *layer = o->reading->nest->layer;
  tacet_step_work work = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
  if (tacet_is_lumped(o, TACET_WEIGHT) || tacet_is_lumped(o, TACET_INPUT)) {
    const tacet_lumped pes = lumped_of(one, units);
    return tacet_lumps_of_operands(o, &pes, false);
  }
  if (is_certain(o, TACET_WEIGHT) && is_certain(o, TACET_INPUT)) return 1;
  for (int d = 0; d < layer->dims; d++) {
    bool weight = tacet_has_dim(&layer->tensor[TACET_WEIGHT], d);
    bool input = tacet_has_dim(&layer->tensor[TACET_INPUT], d);
    *(weight && input ? &work.shared
      : weight        ? &work.weights
                      : &work.inputs) *= one->box.length[d];
    *(weight && input ? &work.units_shared
      : weight        ? &work.units_weights
                      : &work.units_inputs) *= units[d];
  }
  if (o->needs[TACET_WEIGHT]) {
    work.weight_density = one->sight.weight;
    work.weight_excess =
        excess_among(o, TACET_WEIGHT, &one->box, work.shared * work.weights,
                     one->sight.weight, one->spread.weight);
  }
  if (o->needs[TACET_INPUT]) {
    work.input_density = one->sight.input;
    work.input_excess =
        excess_among(o, TACET_INPUT, &one->box, work.shared * work.inputs,
                     one->sight.input, one->spread.input);
  }
  const double mean =
      volume(o, one->box.length) * work.weight_density * work.input_density;
  return mean > 0 ? larger(tacet_expected_busiest(&work) / mean, 1) : 1;
}

/* The same, counting MACs of outputs that are not zero: as many for each. */
static double stretch_of_outputs(const tacet_odds *o, const pe *one,
                                 const int64_t units[TACET_MAX_DIMS]) {
  const tacet_layer *layer = o->reading->nest->layer;
  tacet_step_work work = {1, 1, 1, 1, 1, 1, one->sight.output, 1, 0, 0};
  if (tacet_is_lumped(o, TACET_OUTPUT)) {
    const tacet_lumped pes = lumped_of(one, units);
    return tacet_lumps_of_outputs(o, &pes);
  }
  if (is_certain(o, TACET_OUTPUT)) return 1;
  for (int d = 0; d < layer->dims; d++) {
    if (!tacet_has_dim(&layer->tensor[TACET_OUTPUT], d)) continue;
    work.shared *= one->box.length[d];
    work.units_shared *= units[d];
  }
  work.weight_excess = excess_among(o, TACET_OUTPUT, &one->box, work.shared,
                                    one->sight.output, one->spread.output);
  const double mean = (double)work.shared * work.weight_density;
  return mean > 0 ? larger(tacet_expected_busiest(&work) / mean, 1) : 1;
}

static double stretch_of(const tacet_odds *o, const pe *one,
                         const int64_t units[TACET_MAX_DIMS]) {
  return larger(stretch_of_operands(o, one, units),
                stretch_of_outputs(o, one, units));
}

/* Then work is whole numbers, but for rounding. */
static bool leaves_nothing_open(const tacet_odds *o) {
  bool certain = true;
  for (int t = 0; t < TACET_TENSORS; t++)
    certain &= tacet_statistics_certain(&o->zeros[t]);
  return certain;
}

/* Variance of the busiest PE's slots, each of which is taken or not; where the zeros of
   one operand decide, as these lie. */
static double slots_variance(const tacet_odds *o, const pe *one, double slots) {
  const double independent = slots * (1 - slots / one->all);
  if (leaves_nothing_open(o)) return 0;
  if (o->needs[TACET_WEIGHT] == o->needs[TACET_INPUT]) return independent;
  const int t = o->needs[TACET_WEIGHT] ? TACET_WEIGHT : TACET_INPUT;
  return independent * (1 + excess_of(o, t, &one->box));
}

typedef struct gathering {
  const tacet_odds *odds;
  const double *reads; /* tacet_crew.reads */
  pe busiest;          /* by its mean */
  pe mean;
  double accesses, sums, examined; /* the most */
  double all;                      /* the most slots if nothing is zero */
  double units;
} gathering;

/* L1 accesses of a box: operands are read, partial sums also written. */
static double accesses_of(const gathering *g, const tacet_pe_box *box,
                          const tacet_shares *shares) {
  double accesses = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const double share = shares ? tacet_reads_share(shares, t) : 1;
    accesses += (t == TACET_OUTPUT ? 2 : 1) * share * g->reads[t];
  }
  accesses *= volume(g->odds, box->length);
  const double whole = round(accesses); /* a ceiling must not see rounding */
  return fabs(accesses - whole) < 1e-9 * accesses ? whole : accesses;
}

static pe pe_at(const gathering *g, const tacet_pe_box *box) {
  const tacet_odds *o = g->odds;
  const tacet_reading *reading = o->reading;
  pe one = {.box = *box};
  tacet_shares shares;
  if (o->dims) {
    tacet_shares_of(&shares, &one.sight, o, box);
  } else {
    shares = o->shares;
    one.sight = o->sight;
  }
  one.all = (double)tacet_issue_slots(&reading->accelerator->issue, o->along,
                                      reading->nest->layer, box->length);
  one.slots = one.all;
  if (tacet_slots_share(&shares) < 1 - rounding)
    one.slots = mean_slots(o, box, &shares);
  one.accesses = accesses_of(g, box, &shares);
  one.sums = tacet_slots_share(&shares) * volume(o, box->length);
  one.examined = tacet_examined_share(&shares) * volume(o, box->length);
  if (leaves_nothing_open(o)) {
    one.slots = round(one.slots);
    one.accesses = round(one.accesses);
    one.sums = round(one.sums);
    one.examined = round(one.examined);
  }
  return one;
}

static void gather_pe(const tacet_position *position, void *context) {
  gathering *g = context;
  const pe one = pe_at(g, &position->box);
  g->units++;
  g->mean.sight.weight += one.sight.weight;
  g->mean.sight.input += one.sight.input;
  g->mean.sight.output += one.sight.output;
  g->mean.spread.weight += one.sight.weight * one.sight.weight;
  g->mean.spread.input += one.sight.input * one.sight.input;
  g->mean.spread.output += one.sight.output * one.sight.output;
  g->mean.slots += one.slots;
  g->mean.all += one.all;
  g->all = larger(g->all, one.all);
  g->mean.accesses += one.accesses;
  g->accesses = larger(g->accesses, one.accesses);
  g->sums = larger(g->sums, one.sums);
  g->examined = larger(g->examined, one.examined);
  if (one.slots > g->busiest.slots || g->units == 1) g->busiest = one;
}

static double variance_of(double squares, double mean) {
  return larger(squares - mean * mean, 0);
}

/* The sums over units become means; their box is that of the busiest. */
static void settle_mean(gathering *g) {
  g->mean.box = g->busiest.box;
  g->mean.sight.weight /= g->units;
  g->mean.sight.input /= g->units;
  g->mean.sight.output /= g->units;
  g->mean.spread = (tacet_sight){
      .weight =
          variance_of(g->mean.spread.weight / g->units, g->mean.sight.weight),
      .input =
          variance_of(g->mean.spread.input / g->units, g->mean.sight.input),
      .output =
          variance_of(g->mean.spread.output / g->units, g->mean.sight.output)};
  g->mean.slots /= g->units;
  g->mean.all /= g->units;
  g->mean.accesses /= g->units;
}

/* The busiest is the luckiest of those with the most on average, or of all;
   its L1 accesses and partial sums grow with its slots. What it examines
   hardly differs between PEs that have as much on average. */
void tacet_expect_work(tacet_work *work, double *mean, const tacet_odds *o,
                       const tacet_crew *crew) {
  gathering g = {.odds = o, .reads = crew->reads};
  tacet_pe_box base = {.start = {0}};
  int64_t units[TACET_MAX_DIMS], all = 1;
  for (int d = 0; d < o->reading->nest->layer->dims; d++) {
    base.length[d] = crew->box[d];
    units[d] = crew->units[d];
    if (o->dims & bit(d)) units[d] = 1;
    all *= crew->units[d];
  }
  tacet_positions_each(crew->positions, o->dims, &base, gather_pe, &g);
  settle_mean(&g);
  *mean = g.mean.all > 0 ? g.all * (g.mean.slots / g.mean.all) : 0;
  double slots = g.busiest.slots;
  if (slots < g.busiest.all && all > 1) {
    slots *= stretch_of(o, &g.busiest, units);
    if (g.units > 1)
      slots = larger(slots, g.mean.slots * stretch_of(o, &g.mean, crew->units));
    if (slots > g.busiest.all) slots = g.busiest.all;
  }
  work->slots = slots;
  const double stretch = g.busiest.slots > 0 ? slots / g.busiest.slots : 1;
  const double most = accesses_of(&g, &base, NULL);
  work->l1_accesses = larger(g.accesses, stretch * g.busiest.accesses);
  if (work->l1_accesses > most) work->l1_accesses = most;
  work->sums = larger(g.sums, stretch * g.busiest.sums);
  work->examined = g.examined;
  work->variance =
      slots < g.busiest.all ? slots_variance(o, &g.busiest, slots) : 0;
}

/* ---- one by one --------------------------------------------------------- */

typedef struct telling {
  gathering of;
  tacet_pe_visit *visit;
  void *context;
} telling;

static void tell_pe(const tacet_position *position, void *context) {
  const telling *t = context;
  const pe one = pe_at(&t->of, &position->box);
  const tacet_work work = {
      .slots = one.slots,
      .variance =
          one.slots < one.all ? slots_variance(t->of.odds, &one, one.slots) : 0,
      .l1_accesses = one.accesses,
      .sums = one.sums,
      .examined = one.examined};
  t->visit(position->unit, &work, one.all, t->context);
}

void tacet_expect_each(const tacet_odds *o, const tacet_crew *crew,
                       tacet_pe_visit *visit, void *context) {
  telling t = {{.odds = o, .reads = crew->reads}, visit, context};
  tacet_pe_box base = {.start = {0}};
  for (int d = 0; d < o->reading->nest->layer->dims; d++)
    base.length[d] = crew->box[d];
  tacet_positions_each(crew->positions, o->dims, &base, tell_pe, &t);
}

double tacet_expect_stretch(const tacet_odds *o,
                            const int64_t box[TACET_MAX_DIMS],
                            const int64_t units[TACET_MAX_DIMS]) {
  pe one = {.sight = o->sight};
  for (int d = 0; d < o->reading->nest->layer->dims; d++)
    one.box.length[d] = box[d];
  return stretch_of(o, &one, units);
}
