/* The sparse reading: chooses between masks and models. */
#include "../dense/cost/reading.h"
#include "../dense/activity/window.h"
#include "formats/encoding.h"
#include "reading.h"
#include "rearrange.h"
#include "exact/stays.h"
#include "verdict.h"

#include <string.h>

static bool inserts_zeros(const tacet_tensor *tensor) {
  return tacet_tensor_values(tensor) < tacet_tensor_size(tensor);
}

/* But for inserted zeros. */
static bool is_dense(const tacet_zeros *zeros) {
  return !zeros->mask && zeros->density >= 1;
}

/* A pattern that leaves nothing to chance, over ranks of their own. */
static bool is_certain(const tacet_zeros *zeros, const tacet_tensor *tensor) {
  if (inserts_zeros(tensor)) return false;
  if (is_dense(zeros)) return true;
  if (zeros->mask || !zeros->pattern || zeros->pattern->kind != TACET_PLANE)
    return false;
  const tacet_plane *plane = &zeros->pattern->as.plane;
  return tensor->rank[plane->rows].terms == 1 &&
         tensor->rank[plane->columns].terms == 1;
}

/* The size of what is sent depends on the number of non-zeros only. */
static bool counts_nonzeros(const tacet_format *format) {
  return format->name != TACET_BEST && format->word == 0 &&
         tacet_format_counts(format);
}

static bool uses_outputs(const tacet_sparsity *sparsity,
                         const tacet_features *features) {
  return sparsity->tensor[TACET_OUTPUT].known &&
         tacet_asks_for_outputs(features);
}

/* That some rule above L1 may find zeros. */
static bool acts_above_l1(const tacet_sparsity *sparsity,
                          const tacet_features *features, int l1) {
  for (int i = 0; i < features->rules; i++) {
    const bool *on = features->rule[i].on;
    if (features->rule[i].storage < l1 &&
        (on[TACET_WEIGHT] || on[TACET_INPUT] ||
         uses_outputs(sparsity, features)))
      return true;
  }
  return false;
}

/* That boxes of an operand's non-zeros are all that a run depends on. */
static bool counts_boxes(const tacet_sparsity *sparsity,
                         const tacet_features *features,
                         const tacet_accelerator *accelerator) {
  const int l1 = accelerator->storages - 1;
  if (acts_above_l1(sparsity, features, l1)) return false;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    for (int s = 0; s <= l1; s++)
      if (!counts_nonzeros(&features->format[s][t])) return false;
    for (int s = 2; s <= l1; s++)
      if (features->format[s][t].name != TACET_UNCOMPRESSED &&
          (l1 > 2 || !accelerator->link[l1 - 1].multicast))
        return false;
  }
  return accelerator->sync.kind == TACET_SYNC_STEP;
}

static bool has_padding(const tacet_layer *layer) {
  const tacet_tensor *input = &layer->tensor[TACET_INPUT];
  for (int r = 0; r < input->ranks; r++)
    if (input->rank[r].terms == 2 && tacet_window_clips(&input->rank[r], layer))
      return true;
  return false;
}

/* The same of the reading with models. */
static bool models_are_exact(const tacet_sparsity *sparsity,
                             const tacet_features *features,
                             const tacet_layer *layer,
                             const tacet_accelerator *accelerator) {
  int patterns = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    if (t == TACET_OUTPUT && !uses_outputs(sparsity, features)) continue;
    if (!is_certain(&sparsity->tensor[t], &layer->tensor[t])) return false;
    patterns += !is_dense(&sparsity->tensor[t]);
  }
  if (patterns > 0 && !counts_boxes(sparsity, features, accelerator))
    return false;
  if (patterns > 0 && accelerator->storage[accelerator->storages - 1].keeps)
    return false;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (patterns > 0 && accelerator->registers[t]) return false;
  if (patterns > 1 && accelerator->issue.kind != TACET_ISSUE_SCALAR)
    return false;
  return !has_padding(layer);
}

/* True if every step is to be walked: all zeros that matter have masks. */
static bool has_masks(const tacet_sparsity *sparsity,
                      const tacet_features *features) {
  const tacet_zeros *output = &sparsity->tensor[TACET_OUTPUT];
  const bool asked = uses_outputs(sparsity, features);
  bool any = asked && output->mask;
  if (asked && !output->mask && output->density < 1) return false;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (sparsity->tensor[t].mask)
      any = true;
    else if (!is_dense(&sparsity->tensor[t]))
      return false;
  }
  return any;
}

bool tacet_is_exact(const tacet_sparsity *sparsity,
                    const tacet_features *features, const tacet_layer *layer,
                    const tacet_accelerator *accelerator) {
  const tacet_zeros *output = &sparsity->tensor[TACET_OUTPUT];
  const bool finished = features->format[0][TACET_OUTPUT].fibers > 0;
  if (output->drawn || (finished && !output->mask && !is_dense(output)))
    return false;
  if (!has_masks(sparsity, features))
    return models_are_exact(sparsity, features, layer, accelerator);
  return !sparsity->tensor[TACET_WEIGHT].drawn &&
         !sparsity->tensor[TACET_INPUT].drawn;
}

static tacet_status check_mask(const tacet_mask *mask,
                               const tacet_tensor *tensor, tacet_error *error) {
  bool same = !mask || mask->ranks == tensor->ranks;
  for (int r = 0; mask && same && r < tensor->ranks; r++)
    same = mask->size[r] == tensor->rank[r].size;
  if (same) return TACET_OK;
  return tacet_fail(error, TACET_BAD_INPUT, NULL,
                    "the mask of %s has another shape than the tensor",
                    tensor->name);
}

/* What no MAC uses meets nothing, so that nothing says what would become of it:
   were it left out, tiles were not contiguous, and designs without zeros would
   leave words out. */
static tacet_status check_contiguous(const tacet_features *features,
                                     const tacet_nest *nest,
                                     const tacet_accelerator *accelerator,
                                     tacet_error *error) {
  if (!nest->contiguous[1] || !tacet_has_crossed_rules(features))
    return TACET_OK;
  tacet_fail(error, TACET_INFEASIBLE, &accelerator->place,
             "actions above l1 on elements that meet zeros of another tensor "
             "are not modelled where tiles are contiguous: some elements meet "
             "nothing, for no MAC uses them");
  return tacet_advise(error,
                      "let them act on tiles, or leave `contiguous` out");
}

/* With masks: an operand without one has one of its values, if zeros are
   inserted between them. */
static tacet_status read_masks(const tacet_reading *reading,
                               tacet_error *error) {
  const tacet_tensor *tensor = &reading->nest->layer->tensor[TACET_INPUT];
  tacet_sparsity sparsity = *reading->sparsity;
  tacet_reading own = *reading;
  tacet_mask values = {0};
  tacet_status status = TACET_OK;
  if (!sparsity.tensor[TACET_INPUT].mask && inserts_zeros(tensor)) {
    status = tacet_mask_make_values(&values, tensor, error);
    sparsity.tensor[TACET_INPUT].mask = &values;
    own.sparsity = &sparsity;
  }
  if (!status) status = tacet_read_masks(&own, error);
  tacet_mask_free(&values);
  return status;
}

static tacet_status read_balanced(const tacet_reading *given,
                                  const tacet_sparsity *sparsity,
                                  tacet_error *error) {
  tacet_features used;
  tacet_reading reading = *given;
  tacet_status status = tacet_features_for(&used, given->features, given->nest,
                                           given->accelerator, sparsity, error);
  if (status) return status;
  reading.features = &used;
  reading.sparsity = sparsity;
  status = has_masks(sparsity, &used) ? read_masks(&reading, error)
                                      : tacet_read_models(&reading, error);
  return status ? status : tacet_read_outputs(&reading, error);
}

static tacet_status check(const tacet_reading *reading, tacet_error *error) {
  const tacet_features *features = reading->features;
  const tacet_nest *nest = reading->nest;
  tacet_status status = TACET_OK;
  for (int t = 0; t < TACET_TENSORS && !status; t++)
    status = check_mask(reading->sparsity->tensor[t].mask,
                        &nest->layer->tensor[t], error);
  if (!status)
    status = check_contiguous(features, nest, reading->accelerator, error);
  return status;
}

/* Thins what the dense reading left in the counts. */
static tacet_status thin(const tacet_reading *reading, tacet_error *error) {
  tacet_status status = check(reading, error);
  if (status) return status;
  *reading->timeline = (tacet_timeline){0};
  if (reading->features->balance.kind == TACET_BALANCE_NOT)
    return read_balanced(reading, reading->sparsity, error);
  tacet_rearranged rearranged;
  status = tacet_rearrange(&rearranged, reading->sparsity, reading->features,
                           reading->nest, error);
  if (!status) status = read_balanced(reading, &rearranged.sparsity, error);
  tacet_rearranged_free(&rearranged);
  return status;
}

tacet_status tacet_read_sparse(tacet_counts *counts, tacet_timeline *timeline,
                               const tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               const tacet_features *features,
                               const tacet_sparsity *sparsity,
                               tacet_error *error) {
  tacet_basis basis;
  tacet_basis_make(&basis, nest);
  memset(counts, 0, sizeof *counts);
  const tacet_status status =
      tacet_read_basis(counts, timeline, &basis, accelerator, error);
  const tacet_reading reading = {counts,      timeline, nest,    &basis.table,
                                 accelerator, features, sparsity};
  return status ? status : thin(&reading, error);
}

tacet_status tacet_evaluate_sparse(tacet_cost *dense, tacet_cost *sparse,
                                   const tacet_layer *layer,
                                   const tacet_dataflow *dataflow,
                                   const tacet_accelerator *accelerator,
                                   const tacet_features *features,
                                   const tacet_sparsity *sparsity,
                                   tacet_error *error) {
  tacet_nest nest;
  tacet_basis basis;
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_status status =
      tacet_basis_bind(&basis, &nest, layer, dataflow, accelerator, error);
  if (!status)
    status = tacet_read_basis(&counts, &timeline, &basis, accelerator, error);
  if (status) return status;
  tacet_cost_of(dense, &counts, &timeline, accelerator);
  const tacet_reading reading = {&counts,     &timeline, &nest,   &basis.table,
                                 accelerator, features,  sparsity};
  status = thin(&reading, error);
  if (!status) tacet_cost_of(sparse, &counts, &timeline, accelerator);
  return status;
}
