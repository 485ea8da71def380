/* The busiest PE of a step when only densities are known. */
#include "odds.h"

static double larger(double a, double b) {
  return a > b ? a : b;
}

double tacet_slots_share(const tacet_odds *o) {
  return o->mac_share.actual + o->mac_share.gated;
}

/* MACs of the busiest PE that both needed operands let through: the expected
   maximum over units[] PEs with tiles of box[]. */
static double busiest_macs(const tacet_odds *o,
                           const int64_t box[TACET_MAX_DIMS],
                           const int64_t units[TACET_MAX_DIMS]) {
  const tacet_layer *layer = &o->reading->nest->layer;
  tacet_step_work work = {1, 1, 1, 1, 1, 1, 1, 1};
  for (int d = 0; d < layer->dims; d++) {
    bool weight = tacet_has_dim(&layer->tensor[TACET_WEIGHT], d);
    bool input = tacet_has_dim(&layer->tensor[TACET_INPUT], d);
    *(weight && input ? &work.shared
      : weight        ? &work.weights
                      : &work.inputs) *= box[d];
    *(weight && input ? &work.units_shared
      : weight        ? &work.units_weights
                      : &work.units_inputs) *= units[d];
  }
  if (o->needs[TACET_WEIGHT]) work.weight_density = o->density[TACET_WEIGHT];
  if (o->needs[TACET_INPUT]) work.input_density = o->density[TACET_INPUT];
  return tacet_expected_busiest(&work);
}

static double volume(const tacet_odds *o, const int64_t box[TACET_MAX_DIMS]) {
  double macs = 1;
  for (int d = 0; d < o->reading->nest->layer.dims; d++) macs *= (double)box[d];
  return macs;
}

static double needed(const tacet_odds *o, int slot) {
  return o->needs[slot] ? o->density[slot] : 1;
}

/* Slots of one PE's box, on average. */
static double mean_slots(const tacet_odds *o,
                         const int64_t box[TACET_MAX_DIMS]) {
  const tacet_layer *layer = &o->reading->nest->layer;
  const tacet_issue *issue = &o->reading->accelerator->issue;
  if (issue->kind == TACET_ISSUE_OUTER) {
    tacet_outer outer;
    tacet_outer_of(&outer, layer, box);
    return (double)outer.shared *
           tacet_expected_ceil(outer.weights, needed(o, TACET_WEIGHT),
                               issue->weights) *
           tacet_expected_ceil(outer.inputs, needed(o, TACET_INPUT),
                               issue->inputs);
  }
  if (issue->kind == TACET_ISSUE_SCALAR)
    return volume(o, box) * tacet_slots_share(o);
  double own = 1,
         common = 1; /* operands with the vector's dimension, without */
  for (int t = 0; t < TACET_OUTPUT; t++)
    *(tacet_has_dim(&layer->tensor[t], o->along) ? &own : &common) *=
        needed(o, t);
  return volume(o, box) / (double)box[o->along] * common *
         tacet_expected_ceil(box[o->along], own, issue->width);
}

/* Issue slots of the busiest PE: the mean, stretched as the MACs are. */
static double busiest_slots(const tacet_odds *o,
                            const int64_t box[TACET_MAX_DIMS],
                            const int64_t units[TACET_MAX_DIMS]) {
  const tacet_accelerator *accelerator = o->reading->accelerator;
  double all = (double)tacet_issue_slots(&accelerator->issue, o->along,
                                         &o->reading->nest->layer, box);
  if (tacet_slots_share(o) >= 1) return all;
  double mean = mean_slots(o, box);
  double macs =
      volume(o, box) * needed(o, TACET_WEIGHT) * needed(o, TACET_INPUT);
  if (macs <= 0) return mean;
  double slots = larger(mean * busiest_macs(o, box, units) / macs, mean);
  return slots < all ? slots : all;
}

/* Compute of the busiest PE; its L1 accesses grow with its MACs. */
void tacet_expect_work(tacet_work *work, const tacet_odds *o,
                       const int64_t box[TACET_MAX_DIMS],
                       const int64_t units[TACET_MAX_DIMS]) {
  work->slots = busiest_slots(o, box, units);
  double accesses = tacet_slots_share(o), mean = mean_slots(o, box);
  for (int t = 0; t < TACET_TENSORS; t++)
    accesses += o->read_share[t].actual + o->read_share[t].gated;
  if (mean > 0)
    work->l1_accesses = work->slots / mean * accesses * volume(o, box);
}
