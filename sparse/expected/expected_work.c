/* The busiest PE of a step when the operands' zeros are known by models. */
#include <math.h>
#include <string.h>

#include "../../dense/cost/expectation.h"
#include "expected_slots.h"
#include "lumps.h"
#include "stretch.h"

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

/* Then work is whole numbers, but for rounding. */
static bool leaves_nothing_open(const tacet_odds *o) {
  bool certain = true;
  for (int t = 0; t < TACET_TENSORS; t++)
    certain &= tacet_statistics_certain(&o->zeros[t]);
  return certain;
}

static double slots_variance(const tacet_odds *o, const pe *one, double busiest,
                             const int64_t units[TACET_MAX_DIMS]) {
  if (leaves_nothing_open(o)) return 0;
  const tacet_expected_slots slots = {one->slots, busiest, one->all};
  return tacet_slots_variance(o, &one->box, &slots, units);
}

typedef struct gathering {
  const tacet_odds *odds;
  const double *reads; /* tacet_crew.reads */
  pe last;             /* that was looked at; before the first of no MACs */
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

/* What a PE does that has this box and sees so much. */
static pe pe_of(const gathering *g, const tacet_pe_box *box,
                const tacet_shares *shares, const tacet_sight *sight) {
  const tacet_odds *o = g->odds;
  const tacet_reading *reading = o->reading;
  pe one = {.box = *box, .sight = *sight};
  one.all = (double)tacet_issue_slots(&reading->accelerator->issue, o->along,
                                      reading->nest->layer, box->length);
  one.slots = one.all;
  if (tacet_slots_share(shares) < 1 - rounding)
    one.slots = tacet_mean_slots(o, box, shares);
  one.accesses = accesses_of(g, box, shares);
  one.sums = tacet_slots_share(shares) * volume(o, box->length);
  one.examined = tacet_examined_share(shares) * volume(o, box->length);
  if (leaves_nothing_open(o)) {
    one.slots = round(one.slots);
    one.accesses = round(one.accesses);
    one.sums = round(one.sums);
    one.examined = round(one.examined);
  }
  return one;
}

/* Whether a PE does what the last one did: as many MACs that see as much, if
   that says all. */
static bool is_as_last(const gathering *g, const tacet_pe_box *box,
                       const tacet_sight *sight) {
  const tacet_odds *o = g->odds;
  const tacet_sight *last = &g->last.sight;
  return o->reading->accelerator->issue.kind == TACET_ISSUE_SCALAR &&
         !tacet_odds_joint_dims(o) && sight->weight == last->weight &&
         sight->input == last->input && sight->both == last->both &&
         sight->output == last->output &&
         memcmp(box->length, g->last.box.length, sizeof box->length) == 0;
}

static const pe *pe_at(gathering *g, const tacet_pe_box *box) {
  const tacet_odds *o = g->odds;
  const tacet_sight sight = o->dims ? tacet_sight_of(o, box) : o->sight;
  if (is_as_last(g, box, &sight)) {
    g->last.box = *box;
    return &g->last;
  }
  tacet_shares shares = o->shares;
  if (o->dims) tacet_shares_of(&shares, o, &sight, box);
  g->last = pe_of(g, box, &shares, &sight);
  return &g->last;
}

static void gather_pe(const tacet_position *position, void *context) {
  gathering *g = context;
  const pe *one = pe_at(g, &position->box);
  g->units++;
  g->mean.sight.weight += one->sight.weight;
  g->mean.sight.input += one->sight.input;
  g->mean.sight.output += one->sight.output;
  g->mean.spread.weight += one->sight.weight * one->sight.weight;
  g->mean.spread.input += one->sight.input * one->sight.input;
  g->mean.spread.output += one->sight.output * one->sight.output;
  g->mean.slots += one->slots;
  g->mean.all += one->all;
  g->all = larger(g->all, one->all);
  g->mean.accesses += one->accesses;
  g->accesses = larger(g->accesses, one->accesses);
  g->sums = larger(g->sums, one->sums);
  g->examined = larger(g->examined, one->examined);
  if (one->slots > g->busiest.slots || g->units == 1) g->busiest = *one;
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

/* If nothing in the box were zero. */
static void set_most(tacet_work *work, const gathering *g,
                     const tacet_pe_box *box) {
  const tacet_reading *reading = g->odds->reading;
  work->most =
      (double)tacet_issue_slots(&reading->accelerator->issue, g->odds->along,
                                reading->nest->layer, box->length);
  work->most_accesses = accesses_of(g, box, NULL);
  work->most_sums = work->most_examined = volume(g->odds, box->length);
}

/* PEs that do the same on average: those at one place, or all at theirs. */
static double stretch_at(const tacet_odds *o, const pe *one,
                         const int64_t units[TACET_MAX_DIMS]) {
  tacet_deal deal = {
      .box = one->box, .sight = one->sight, .among = one->spread};
  for (int d = 0; d < o->reading->nest->layer->dims; d++) {
    deal.steps[d] = 1;
    deal.units[d] = units[d];
  }
  return tacet_stretch(o, &deal);
}

/* The busiest of a step is the luckiest of those with the most on average, or
   of all. */
static double busiest_slots(const gathering *g, const tacet_crew *crew) {
  const tacet_odds *o = g->odds;
  double slots = g->busiest.slots;
  int64_t units[TACET_MAX_DIMS], all = 1;
  for (int d = 0; d < o->reading->nest->layer->dims; d++) {
    units[d] = o->dims & bit(d) ? 1 : crew->units[d];
    all *= crew->units[d];
  }
  if (slots >= g->busiest.all || all == 1) return slots;
  slots *= stretch_at(o, &g->busiest, units);
  if (g->units > 1)
    slots = larger(slots, g->mean.slots * stretch_at(o, &g->mean, crew->units));
  return slots < g->busiest.all ? slots : g->busiest.all;
}

/* Of a step after which nobody waits: of the largest tile, as all PEs are on
   average. */
static double share_of_wait(const gathering *g, const tacet_crew *crew) {
  if (g->mean.all <= 0) return 0;
  const double slots = g->all * (g->mean.slots / g->mean.all) * crew->stretch;
  return slots < g->all ? slots : g->all;
}

/* What PEs examine hardly differs between those that have as much on average,
   but rules above L1 spare some of them all of it; over several steps that
   evens out. */
static double busiest_examined(const gathering *g, const tacet_crew *crew) {
  const tacet_odds *o = g->odds;
  if (g->examined <= 0 || crew->stretch > 0) return g->examined;
  const tacet_sight *sight = &g->busiest.sight;
  const tacet_lumped pes = {g->busiest.box.length,
                            crew->units,
                            {[TACET_WEIGHT] = sight->weight,
                             [TACET_INPUT] = sight->input,
                             [TACET_OUTPUT] = sight->output}};
  const double examined = g->examined * tacet_lumps_of_operands(o, &pes, true);
  const double most = volume(o, g->busiest.box.length);
  return examined < most ? examined : most;
}

/* L1 accesses and partial sums of the busiest grow with its slots. */
static void grow_with_slots(tacet_work *work, const gathering *g,
                            const pe *one) {
  const double more = work->slots - one->slots;
  const double accesses = accesses_of(g, &one->box, NULL);
  const double sums = volume(g->odds, one->box.length);
  work->l1_accesses =
      one->accesses +
      more * tacet_growth(one->accesses, accesses, one->slots, one->all);
  work->sums =
      one->sums + more * tacet_growth(one->sums, sums, one->slots, one->all);
}

void tacet_expect_work(tacet_work *work, const tacet_odds *o,
                       const tacet_crew *crew) {
  gathering g = {.odds = o, .reads = crew->reads};
  tacet_pe_box base = {.start = {0}};
  for (int d = 0; d < o->reading->nest->layer->dims; d++)
    base.length[d] = crew->box[d];
  tacet_positions_each(crew->positions, o->dims, &base, gather_pe, &g);
  settle_mean(&g);
  set_most(work, &g, &base);
  work->slots =
      crew->stretch > 0 ? share_of_wait(&g, crew) : busiest_slots(&g, crew);
  grow_with_slots(work, &g, &g.busiest);
  if (crew->stretch == 0) {
    work->l1_accesses = larger(g.accesses, work->l1_accesses);
    work->sums = larger(g.sums, work->sums);
  }
  work->l1_accesses = fmin(work->l1_accesses, work->most_accesses);
  work->examined = busiest_examined(&g, crew);
  work->variance = work->slots < g.busiest.all
                       ? slots_variance(o, &g.busiest, work->slots, crew->units)
                       : 0;
}

/* ---- one by one --------------------------------------------------------- */

typedef struct telling {
  gathering of;
  tacet_pe_visit *visit;
  void *context;
} telling;

static void tell_pe(const tacet_position *position, void *context) {
  telling *t = context;
  const pe *one = pe_at(&t->of, &position->box);
  static const int64_t alone[TACET_MAX_DIMS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  tacet_work work = {.slots = one->slots,
                     .variance =
                         slots_variance(t->of.odds, one, one->slots, alone),
                     .l1_accesses = one->accesses,
                     .sums = one->sums,
                     .examined = one->examined};
  set_most(&work, &t->of, &position->box);
  t->visit(position->unit, &work, t->context);
}

void tacet_expect_each(const tacet_odds *o, const tacet_crew *crew,
                       tacet_pe_visit *visit, void *context) {
  telling t = {{.odds = o, .reads = crew->reads}, visit, context};
  tacet_pe_box base = {.start = {0}};
  for (int d = 0; d < o->reading->nest->layer->dims; d++)
    base.length[d] = crew->box[d];
  tacet_positions_each(crew->positions, o->dims, &base, tell_pe, &t);
}
