/* What PEs are dealt, as totals of what takes their slots. Knows how slots are
   issued, not how PEs wait. */
#include "stretch.h"

#include <math.h>

#include "expected_slots.h"
#include "lumps.h"
#include "order.h"

/* Variance of the non-zeros of a tensor in a box over that of as many elements
   on their own, less 1. A uniform operand is far larger than a step. */
static double excess_of(const tacet_odds *o, int t, const tacet_pe_box *box) {
  if (tacet_statistics_uniform(&o->zeros[t])) return 0;
  return tacet_statistics_spread(&o->zeros[t], box) - 1;
}

/* True if nothing of what the operand lets through is left to chance. */
static bool is_certain(const tacet_odds *o, int t) {
  return !o->needs[t] || tacet_statistics_certain(&o->zeros[t]);
}

/* ---- operands ----------------------------------------------------------- */

/* What of an operand decides how many slots a PE takes: its elements, or
   vectors of them that take a slot each. */
typedef struct part {
  double count;
  double density; /* share of them that takes slots, on average */
  double spread;  /* variance of those over that of as many on their own */
  tacet_bundles bundles; /* that they are */
} part;

/* The same as vectors, `length` elements to a row of them. */
static part in_vectors(part of, int64_t length, int64_t width) {
  const tacet_moments_of_ceil slots =
      tacet_ceil_moments(length, of.density, width);
  const double most = ceil((double)length / (double)width);
  const double independent = slots.mean * (1 - slots.mean / most);
  const double bundles = of.count / (double)length;
  if (most > 1 && of.spread == 1 && bundles == floor(bundles))
    of.bundles = (tacet_bundles){(int64_t)bundles, length, width, of.density};
  of.count *= most / (double)length;
  of.density = slots.mean / most;
  if (most > 1 && independent > 0) of.spread *= slots.variance / independent;
  return of;
}

/* ---- windows ------------------------------------------------------------ */

/* outs x filters MACs along the rows or columns of a window; each input among
   them is part of MACs that differ by so many outs and filters. */
typedef struct slide {
  double outs, filters;
  double outs_apart, filters_apart;
} slide;

static int64_t gcd(int64_t a, int64_t b) {
  return b ? gcd(b, a % b) : a;
}

static slide slide_of(const tacet_rank *rank,
                      const double length[TACET_MAX_DIMS]) {
  const int64_t stride = rank->term[0].coefficient;
  const int64_t dilation = rank->term[1].coefficient;
  const int64_t g = gcd(stride, dilation);
  return (slide){length[rank->term[0].dim], length[rank->term[1].dim],
                 (double)(dilation / g), (double)(stride / g)};
}

/* Pairs of MACs of which one is so many steps further along the same input. */
static double pairs_apart(const slide *s, double steps) {
  return fmax(0, s->outs - steps * s->outs_apart) *
         fmax(0, s->filters - steps * s->filters_apart);
}

static double distinct_inputs(const slide *s) {
  return pairs_apart(s, 0) - pairs_apart(s, 1);
}

/* Inputs take part in different numbers of MACs: the mean square of that over
   the square of its mean. */
static double unevenness(const slide *s) {
  const double macs = pairs_apart(s, 0);
  double squares = macs;
  for (double k = 1; pairs_apart(s, k) > 0; k++)
    squares += 2 * pairs_apart(s, k);
  return squares * distinct_inputs(s) / (macs * macs);
}

/* ---- MACs, in vectors or not -------------------------------------------- */

typedef struct dealing {
  const tacet_odds *odds;
  const tacet_layer *layer;
  const tacet_deal *deal;
  double length[TACET_MAX_DIMS]; /* of what a PE is dealt in all */
  tacet_pe_box whole;            /* that, in whole numbers */
  double uneven, uneven_all; /* tacet_inside: of inputs, for a PE, for all */
  part own[2];               /* of weights and inputs: the result */
} dealing;

static double macs_of(const dealing *d) {
  double macs = 1;
  for (int i = 0; i < d->layer->dims; i++) macs *= d->length[i];
  return macs;
}

/* What lies outside of the tensor tells PEs apart that do not lie there all at
   once. Luck does so only for those that work on what is inside. Inserted zeros
   do not: PEs side by side take turns at them. */
static void look_outside(dealing *d) {
  const tacet_issue *issue = &d->odds->reading->accelerator->issue;
  const bool outer = issue->kind == TACET_ISSUE_OUTER;
  const tacet_statistics *input = &d->odds->zeros[TACET_INPUT];
  tacet_pe_box all = d->whole;
  d->uneven = d->uneven_all = 1;
  if (!d->odds->needs[TACET_INPUT] || issue->output_halos) return;
  if (input->values < 1) return;
  for (int i = 0; i < d->layer->dims; i++) all.length[i] *= d->deal->units[i];
  const double most = tacet_statistics_uniform(input) ? input->mean : 1;
  const double seen = d->deal->sight.input;
  d->uneven = tacet_statistics_inside(input, &d->whole, outer).unevenness;
  if (d->uneven * seen > most) d->uneven = fmax(1, most / seen);
  d->uneven_all = tacet_statistics_inside(input, &all, outer).unevenness;
}

/* Where the parts of an operand that PEs hold are certain, they still differ
   among them. */
static double excess_among(const dealing *d, int t, double elements,
                           double density, double variance) {
  double excess = excess_of(d->odds, t, &d->whole);
  if (tacet_statistics_certain(&d->odds->zeros[t]) && density > 0 &&
      density < 1)
    excess += elements * variance / (density * (1 - density));
  return excess;
}

static part elements_of(const dealing *d, int t, double density, double among) {
  const tacet_tensor *tensor = &d->layer->tensor[t];
  part all = {.count = 1, .density = 1, .spread = 1};
  double uneven = 1;
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    if (rank->terms == 1) {
      all.count *= d->length[rank->term[0].dim];
    } else {
      const slide s = slide_of(rank, d->length);
      all.count *= distinct_inputs(&s);
      uneven *= unevenness(&s);
    }
  }
  if (d->odds->needs[t]) {
    all.density = density;
    all.spread += excess_among(d, t, all.count, density, among);
  }
  all.spread *= uneven;
  return all;
}

/* Windows make the number of shared index values an average. */
static void set_work(tacet_step_work *work, const dealing *d, double box) {
  const part *weight = &d->own[TACET_WEIGHT], *input = &d->own[TACET_INPUT];
  work->shared = weight->count * input->count / box;
  work->weights = box / input->count;
  work->inputs = box / weight->count;
  work->weight_density = weight->density;
  work->input_density = input->density;
  work->weight_excess = weight->spread - 1;
  work->input_excess = input->spread - 1;
  work->weight_bundles = weight->bundles;
  work->input_bundles = input->bundles;
}

static void deal_elements(dealing *d) {
  const tacet_sight *sight = &d->deal->sight, *among = &d->deal->among;
  d->own[TACET_WEIGHT] =
      elements_of(d, TACET_WEIGHT, sight->weight, among->weight);
  d->own[TACET_INPUT] =
      elements_of(d, TACET_INPUT, sight->input * d->uneven, among->input);
}

static void deal_macs(tacet_step_work *work, dealing *d) {
  deal_elements(d);
  set_work(work, d, macs_of(d));
}

/* What is the same along a vector decides with it whether it takes slots; of
   two operands that differ along it neither does alone. */
static void deal_vectors(tacet_step_work *work, dealing *d) {
  const int along = d->odds->along;
  const int64_t length = d->deal->box.length[along];
  const int64_t width = d->odds->reading->accelerator->issue.width;
  part *own = d->own;
  bool differs[2];
  double box = macs_of(d);
  deal_elements(d);
  for (int t = 0; t < 2; t++)
    differs[t] = tacet_has_dim(&d->layer->tensor[t], along);
  if (differs[0] && differs[1] && own[0].density < 1 && own[1].density < 1) {
    work->length = length;
    work->width = width;
  } else {
    for (int t = 0; t < 2; t++)
      if (differs[t]) own[t] = in_vectors(own[t], length, width);
    box *= ceil((double)length / (double)width) / (double)length;
  }
  set_work(work, d, box);
}

/* ---- outer products ----------------------------------------------------- */

/* Variance of the sum of what a PE holds of a rank at successive filters, over
   that of as many sums on their own: the window slides by a filter's tile and
   keeps the rest. */
static double kept_of_rank(const tacet_rank *rank, const tacet_deal *deal) {
  const tacet_term *out = &rank->term[0], *filter = &rank->term[1];
  const int64_t *box = deal->box.length;
  const double steps = deal->steps[filter->dim];
  const double by = (double)(filter->coefficient * box[filter->dim]);
  const double reach = by + (double)(out->coefficient * (box[out->dim] - 1));
  double sum = 1;
  for (double k = 1; k < steps && k * by < reach; k++)
    sum += 2 * (1 - k / steps) * (1 - k * by / reach);
  return sum;
}

static double kept_sliding(const dealing *d) {
  const tacet_tensor *input = &d->layer->tensor[TACET_INPUT];
  double kept = 1;
  for (int r = 0; r < input->ranks; r++)
    if (input->rank[r].terms > 1)
      kept *= kept_of_rank(&input->rank[r], d->deal);
  return kept;
}

/* Bundles of elements, one at each shared index in each of some steps. */
static part bundles_of(const dealing *d, int t, const tacet_bundle *bundle,
                       double bundles, double among, int64_t width) {
  part all = {.count = (double)bundle->count * bundles,
              .density = bundle->density,
              .spread = 1};
  if (d->odds->needs[t])
    all.spread += excess_among(d, t, all.count, all.density, among);
  return in_vectors(all, bundle->count, width);
}

/* Every slot takes a vector of each operand. Filters that come one after
   another meet the same inputs where PEs have their own share of them, others
   if they take all inputs that they need. */
static void deal_outer(tacet_step_work *work, dealing *d) {
  const tacet_layer *layer = d->layer;
  const tacet_issue *issue = &d->odds->reading->accelerator->issue;
  tacet_pe_box one = d->deal->box;
  tacet_outer outer;
  double shared = 1, weights = 1, inputs = 1;
  for (int i = 0; i < layer->dims; i++) {
    const double steps = d->deal->steps[i];
    const bool in_weight = tacet_has_dim(&layer->tensor[TACET_WEIGHT], i);
    const bool in_input = tacet_has_dim(&layer->tensor[TACET_INPUT], i);
    if (tacet_is_shared(layer, i)) {
      shared *= d->length[i];
      one.length[i] = 1;
    } else if (in_weight && in_input && !issue->output_halos) {
      shared *= steps;
    } else {
      *(in_weight ? &weights : &inputs) *= steps;
    }
  }
  tacet_outer_of(&outer, issue, layer, one.length);
  const tacet_bundle weight = tacet_weight_bundle(d->odds, &one, outer.weights);
  const tacet_bundle input = tacet_input_bundle(d->odds, &one, outer.inputs);
  part *rows = &d->own[TACET_WEIGHT], *columns = &d->own[TACET_INPUT];
  *rows = bundles_of(d, TACET_WEIGHT, &weight, weights * shared,
                     d->deal->among.weight, issue->weights);
  *columns = bundles_of(d, TACET_INPUT, &input, inputs * shared,
                        d->deal->among.input, issue->inputs);
  const double kept = issue->output_halos ? 1 : kept_sliding(d);
  columns->spread *= kept;
  if (kept != 1) columns->bundles.count = 0;
  set_work(work, d, rows->count * columns->count / shared);
}

/* ---- the busiest -------------------------------------------------------- */

static double stretch_of(tacet_step_work *work) {
  const double busiest = tacet_expected_busiest(work);
  work->units_shared = work->units_weights = work->units_inputs = 1;
  const double mean = tacet_expected_busiest(work);
  return mean > 0 ? fmax(busiest / mean, 1) : 1;
}

/* Rules above L1 decide about whole PEs, however these issue. */
static tacet_lumped lumped_of(const dealing *d) {
  const tacet_sight *sight = &d->deal->sight;
  return (tacet_lumped){d->whole.length,
                        d->deal->units,
                        {[TACET_WEIGHT] = sight->weight,
                         [TACET_INPUT] = sight->input,
                         [TACET_OUTPUT] = sight->output}};
}

static double stretch_of_operands(dealing *d) {
  tacet_step_work work = {.units_shared = 1,
                          .units_weights = 1,
                          .units_inputs = 1,
                          .length = 1,
                          .width = 1};
  if (tacet_is_lumped(d->odds, TACET_WEIGHT) ||
      tacet_is_lumped(d->odds, TACET_INPUT)) {
    const tacet_lumped pes = lumped_of(d);
    return tacet_lumps_of_operands(d->odds, &pes, false);
  }
  if (is_certain(d->odds, TACET_WEIGHT) && is_certain(d->odds, TACET_INPUT))
    return 1;
  look_outside(d);
  for (int i = 0; i < d->layer->dims; i++) {
    const bool weight = tacet_has_dim(&d->layer->tensor[TACET_WEIGHT], i);
    const bool input = tacet_has_dim(&d->layer->tensor[TACET_INPUT], i);
    *(weight && input ? &work.units_shared
      : weight        ? &work.units_weights
                      : &work.units_inputs) *= d->deal->units[i];
  }
  switch (d->odds->reading->accelerator->issue.kind) {
  case TACET_ISSUE_OUTER: deal_outer(&work, d); break;
  case TACET_ISSUE_VECTOR: deal_vectors(&work, d); break;
  case TACET_ISSUE_SCALAR: deal_macs(&work, d); break;
  }
  return stretch_of(&work) * fmax(1, d->uneven / d->uneven_all);
}

/* The same of outputs that are not zero: as many slots for each. */
static double stretch_of_outputs(const dealing *d) {
  tacet_step_work work = {.shared = 1,
                          .weights = 1,
                          .inputs = 1,
                          .units_shared = 1,
                          .units_weights = 1,
                          .units_inputs = 1,
                          .weight_density = d->deal->sight.output,
                          .input_density = 1,
                          .length = 1,
                          .width = 1};
  if (tacet_is_lumped(d->odds, TACET_OUTPUT)) {
    const tacet_lumped pes = lumped_of(d);
    return tacet_lumps_of_outputs(d->odds, &pes);
  }
  if (is_certain(d->odds, TACET_OUTPUT)) return 1;
  for (int i = 0; i < d->layer->dims; i++) {
    if (!tacet_has_dim(&d->layer->tensor[TACET_OUTPUT], i)) continue;
    work.shared *= d->length[i];
    work.units_shared *= d->deal->units[i];
  }
  work.weight_excess =
      excess_among(d, TACET_OUTPUT, work.shared, d->deal->sight.output,
                   d->deal->among.output);
  return stretch_of(&work);
}

tacet_pe_box tacet_deal_whole(const tacet_deal *deal,
                              const tacet_layer *layer) {
  tacet_pe_box whole = deal->box;
  for (int i = 0; i < layer->dims; i++)
    whole.length[i] = llround((double)whole.length[i] * deal->steps[i]);
  return whole;
}

double tacet_stretch(const tacet_odds *o, const tacet_deal *deal) {
  const tacet_layer *layer = o->reading->nest->layer;
  dealing d = {.odds = o,
               .layer = layer,
               .deal = deal,
               .whole = tacet_deal_whole(deal, layer)};
  for (int i = 0; i < layer->dims; i++)
    d.length[i] = (double)deal->box.length[i] * deal->steps[i];
  return fmax(stretch_of_operands(&d), stretch_of_outputs(&d));
}
