/* Lumps are elements of a coarser grid: what a PE holds of them is as good as
   an operand of few elements. */
#include "lumps.h"
#include "../../dense/whole.h"

#include <math.h>

static bool has_lumps(const tacet_odds *o, int t) {
  return o->lump[t].passes < 1 && !tacet_statistics_certain(&o->zeros[t]);
}

bool tacet_is_lumped(const tacet_odds *o, int t) {
  return has_lumps(o, t) && !o->needs[t];
}

double tacet_lumps_passed(const tacet_odds *o) {
  const double density[TACET_TENSORS] = {o->sight.weight, o->sight.input,
                                         o->sight.output};
  double passed = 1;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (!o->needs[t]) passed *= 1 - o->zero_skipped[t] * (1 - density[t]);
  return passed;
}

/* ---- of one tensor ------------------------------------------------------ */

static int64_t lumps_along(const tacet_odds *o, int t, const tacet_lumped *pes,
                           int d) {
  return ceil_div(pes->box[d], o->lump[t].box[d]);
}

/* PEs that do not share lumps. */
static int64_t units_along(const tacet_odds *o, int t, const tacet_lumped *pes,
                           int d) {
  return ceil_div(pes->units[d], o->lump[t].pes[d]);
}

static bool has_one_lump(const tacet_odds *o, int t, const tacet_lumped *pes) {
  const tacet_layer *layer = o->reading->nest->layer;
  for (int d = 0; d < layer->dims; d++)
    if (tacet_has_dim(&layer->tensor[t], d) && lumps_along(o, t, pes, d) > 1)
      return false;
  return true;
}

/* The chance that any of the PEs, with one lump each, has work: that all they
   hold together is not zero. */
static double any_passes(const tacet_odds *o, int t, const tacet_lumped *pes) {
  const tacet_layer *layer = o->reading->nest->layer;
  tacet_pe_box all = {.start = {0}};
  for (int d = 0; d < layer->dims; d++) {
    const int64_t size = layer->dim[d].size, length = o->lump[t].box[d];
    all.length[d] = length;
    const int64_t units = units_along(o, t, pes, d);
    if (tacet_has_dim(&layer->tensor[t], d))
      all.length[d] = length < size / units ? length * units : size;
  }
  const double any = 1 - tacet_statistics_empty(&o->zeros[t], &all);
  return fmax(any, o->lump[t].passes);
}

static int64_t units_of(const tacet_odds *o, int t, const tacet_lumped *pes) {
  const tacet_layer *layer = o->reading->nest->layer;
  int64_t units = 1;
  for (int d = 0; d < layer->dims; d++)
    if (tacet_has_dim(&layer->tensor[t], d)) units *= units_along(o, t, pes, d);
  return units;
}

/* ---- of operands -------------------------------------------------------- */

/* What zeros of an operand do to a PE's MACs. */
typedef enum grain { NOTHING, BY_LUMPS, BY_ELEMENTS } grain;

static grain grain_of(const tacet_odds *o, int t, bool rules_alone) {
  if (rules_alone) return has_lumps(o, t) ? BY_LUMPS : NOTHING;
  if (tacet_is_lumped(o, t)) return BY_LUMPS;
  return o->needs[t] ? BY_ELEMENTS : NOTHING;
}

/* Parts of a PE's operand along dimension d that are zero each on its own. Of
   one without zeros 1, as few as the other one allows. */
static int64_t parts_along(const tacet_odds *o, int t, grain of,
                           const tacet_lumped *pes, int d) {
  if (of == BY_LUMPS) return lumps_along(o, t, pes, d);
  return of == BY_ELEMENTS ? pes->box[d] : 1;
}

/* Of a dimension that both have, what both have in as many parts is shared. */
static void add_shared(tacet_step_work *work, int64_t weight, int64_t input) {
  const int64_t shared = weight < input ? weight : input;
  work->shared *= (double)shared;
  work->weights *= (double)ceil_div(weight, shared);
  work->inputs *= (double)ceil_div(input, shared);
}

static tacet_step_work work_of(const tacet_odds *o, const tacet_lumped *pes,
                               const grain of[TACET_OUTPUT]) {
  const tacet_layer *layer = o->reading->nest->layer;
  tacet_step_work work = {.shared = 1,
                          .weights = 1,
                          .inputs = 1,
                          .units_shared = 1,
                          .units_weights = 1,
                          .units_inputs = 1,
                          .weight_density = 1,
                          .input_density = 1,
                          .length = 1,
                          .width = 1};
  for (int d = 0; d < layer->dims; d++) {
    const bool weight = tacet_has_dim(&layer->tensor[TACET_WEIGHT], d);
    const bool input = tacet_has_dim(&layer->tensor[TACET_INPUT], d);
    const int64_t weights =
        parts_along(o, TACET_WEIGHT, of[TACET_WEIGHT], pes, d);
    const int64_t inputs = parts_along(o, TACET_INPUT, of[TACET_INPUT], pes, d);
    const int64_t weight_units = of[TACET_WEIGHT] == BY_LUMPS
                                     ? units_along(o, TACET_WEIGHT, pes, d)
                                     : pes->units[d];
    const int64_t input_units = of[TACET_INPUT] == BY_LUMPS
                                    ? units_along(o, TACET_INPUT, pes, d)
                                    : pes->units[d];
    if (weight && input) {
      add_shared(&work, of[TACET_WEIGHT] ? weights : inputs,
                 of[TACET_INPUT] ? inputs : weights);
      work.units_shared *= larger(weight_units, input_units);
    } else if (weight) {
      work.weights *= (double)weights;
      work.units_weights *= weight_units;
    } else if (input) {
      work.inputs *= (double)inputs;
      work.units_inputs *= input_units;
    }
  }
  return work;
}

static double density_of(const tacet_odds *o, int t, grain of,
                         const tacet_lumped *pes) {
  if (of == BY_LUMPS) return o->lump[t].passes;
  return of == BY_ELEMENTS ? pes->density[t] : 1;
}

/* Where whole PEs work or do not, and none shares lumps of one operand but not
   of the other with a third. */
static bool all_or_nothing(double *stretch, const tacet_odds *o,
                           const tacet_lumped *pes,
                           const grain of[TACET_OUTPUT],
                           const tacet_step_work *work) {
  *stretch = 1;
  if (work->units_shared > 1 && of[TACET_WEIGHT] && of[TACET_INPUT])
    return false;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (!of[t]) continue;
    if (of[t] == BY_ELEMENTS || o->zeros[t].dims || !has_one_lump(o, t, pes))
      return false;
    *stretch *= any_passes(o, t, pes) / o->lump[t].passes;
  }
  return true;
}

double tacet_lumps_of_operands(const tacet_odds *o, const tacet_lumped *pes,
                               bool rules_alone) {
  const grain of[TACET_OUTPUT] = {
      [TACET_WEIGHT] = grain_of(o, TACET_WEIGHT, rules_alone),
      [TACET_INPUT] = grain_of(o, TACET_INPUT, rules_alone)};
  tacet_step_work work = work_of(o, pes, of);
  double stretch;
  if (all_or_nothing(&stretch, o, pes, of, &work)) return stretch;
  work.weight_density = density_of(o, TACET_WEIGHT, of[TACET_WEIGHT], pes);
  work.input_density = density_of(o, TACET_INPUT, of[TACET_INPUT], pes);
  const double mean = work.shared * work.weights * work.inputs *
                      work.weight_density * work.input_density;
  return mean > 0 ? fmax(tacet_expected_busiest(&work) / mean, 1) : 1;
}

/* ---- of outputs --------------------------------------------------------- */

double tacet_lumps_of_outputs(const tacet_odds *o, const tacet_lumped *pes) {
  const tacet_layer *layer = o->reading->nest->layer;
  const tacet_tensor *output = &layer->tensor[TACET_OUTPUT];
  const double passes = o->lump[TACET_OUTPUT].passes;
  if (!o->zeros[TACET_OUTPUT].dims && has_one_lump(o, TACET_OUTPUT, pes))
    return any_passes(o, TACET_OUTPUT, pes) / passes;
  tacet_step_work work = {.shared = 1,
                          .weights = 1,
                          .inputs = 1,
                          .units_shared = 1,
                          .units_weights = 1,
                          .units_inputs = 1,
                          .weight_density = passes,
                          .input_density = 1,
                          .length = 1,
                          .width = 1};
  for (int d = 0; d < layer->dims; d++)
    if (tacet_has_dim(output, d))
      work.shared *= (double)lumps_along(o, TACET_OUTPUT, pes, d);
  work.units_shared = units_of(o, TACET_OUTPUT, pes);
  const double mean = work.shared * passes;
  return mean > 0 ? fmax(tacet_expected_busiest(&work) / mean, 1) : 1;
}
