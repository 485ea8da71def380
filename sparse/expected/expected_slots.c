/* The issue slots of one PE, on average, when the operands' zeros are known by
   models. */
#include "expected_slots.h"

#include <math.h>

#include "lumps.h"

static double volume(const tacet_odds *o, const int64_t box[TACET_MAX_DIMS]) {
  double macs = 1;
  for (int d = 0; d < o->reading->nest->layer->dims; d++)
    macs *= (double)box[d];
  return macs;
}

static uint32_t bit(int dim) {
  return UINT32_C(1) << dim;
}

/* Of so many elements on average, each non-zero with a chance. */
static tacet_bundle bundle(double elements, double density) {
  const double count = ceil(elements - 1e-9);
  const double all = count > 0 ? fmin(1, elements / count) : 1;
  return (tacet_bundle){(int64_t)count, density * all, 1};
}

/* If nothing is left to chance the elements are those that are not zero. */
static tacet_bundle bundle_of(const tacet_odds *o, int t,
                              const tacet_pe_box *box, int64_t elements) {
  const bool outer = o->reading->accelerator->issue.kind == TACET_ISSUE_OUTER;
  if (!o->needs[t]) return (tacet_bundle){elements, 1, 1};
  const tacet_statistics *zeros = &o->zeros[t];
  const double seen = tacet_statistics_uniform(zeros)
                          ? zeros->density
                          : tacet_statistics_seen(zeros, box);
  if (!tacet_statistics_uniform(zeros) &&
      tacet_statistics_box(zeros, box).exact)
    return bundle(seen * (double)elements, 1);
  const tacet_inside macs = tacet_statistics_inside(zeros, box, false);
  const tacet_inside inside =
      outer ? tacet_statistics_inside(zeros, box, true) : macs;
  if (macs.share <= 0) return (tacet_bundle){0, 1, 0};
  tacet_bundle some =
      bundle((double)elements * inside.share * inside.unevenness,
             fmin(1, seen / macs.share));
  some.chance = 1 / inside.unevenness;
  return some;
}

/* The share of the coordinates dealt to all PEs that exist: windows may reach
   further than a rank. */
static double dealt_inside(const tacet_rank *rank, const tacet_layer *layer) {
  const int64_t outs = layer->dim[rank->term[0].dim].size;
  const int64_t stride = rank->term[0].coefficient;
  const int64_t dealt = tacet_dealt(rank, layer);
  int64_t inside = 0;
  for (int64_t i = 0; i < dealt && i < rank->size; i++) {
    const int64_t here = (rank->size - i + stride - 1) / stride;
    inside += here < outs ? here : outs;
  }
  return (double)inside / (double)(outs * dealt);
}

/* The inputs dealt to a PE: none of them is padding before a rank. */
static tacet_bundle own_bundle(const tacet_odds *o, const tacet_pe_box *box,
                               int64_t elements) {
  if (!o->needs[TACET_INPUT]) return (tacet_bundle){elements, 1, 1};
  const tacet_layer *layer = o->reading->nest->layer;
  const tacet_tensor *input = &layer->tensor[TACET_INPUT];
  double density = tacet_statistics_held(&o->zeros[TACET_INPUT], box);
  for (int r = 0; r < input->ranks; r++)
    if (input->rank[r].terms > 1)
      density *= dealt_inside(&input->rank[r], layer);
  return (tacet_bundle){elements, density, 1};
}

tacet_bundle tacet_weight_bundle(const tacet_odds *o, const tacet_pe_box *box,
                                 int64_t elements) {
  return bundle_of(o, TACET_WEIGHT, box, elements);
}

tacet_bundle tacet_input_bundle(const tacet_odds *o, const tacet_pe_box *box,
                                int64_t elements) {
  if (o->reading->accelerator->issue.output_halos)
    return own_bundle(o, box, elements);
  return bundle_of(o, TACET_INPUT, box, elements);
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
  const tacet_bundle weight = tacet_weight_bundle(o, &one, outer.weights);
  const tacet_bundle input = tacet_input_bundle(o, &one, outer.inputs);
  s->slices++;
  s->slots +=
      tacet_expected_ceil(weight.count, weight.density, issue->weights) *
      tacet_expected_ceil(input.count, input.density, issue->inputs) *
      input.chance;
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
  tacet_bundle own[TACET_TENSORS];
  double common = 1, density = 1;
  int fewest = TACET_WEIGHT;
  for (int t = 0; t < TACET_TENSORS; t++) {
    own[t] = (tacet_bundle){length, 1, 1};
    if (tacet_has_dim(&layer->tensor[t], o->along))
      own[t] = bundle_of(o, t, &one, length);
    else if (o->needs[t])
      common *= tacet_statistics_seen(&o->zeros[t], &one);
    if (own[t].count < own[fewest].count) fewest = t;
  }
  /* Of counts that are certain the others are spread over the fewest. */
  for (int t = 0; t < TACET_TENSORS; t++) {
    density *= own[t].density;
    common *= own[t].chance;
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

double tacet_mean_slots(const tacet_odds *o, const tacet_pe_box *box,
                        const tacet_shares *shares) {
  switch (o->reading->accelerator->issue.kind) {
  case TACET_ISSUE_OUTER: return tacet_lumps_passed(o) * outer_slots(o, box);
  case TACET_ISSUE_VECTOR: return tacet_lumps_passed(o) * vector_slots(o, box);
  case TACET_ISSUE_SCALAR: break;
  }
  return volume(o, box->length) * tacet_slots_share(shares);
}
