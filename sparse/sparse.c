/* The sparse reading: chooses between masks and models. */
#include "reading.h"

#include <string.h>

static bool is_dense(const tacet_zeros *zeros) {
  return !zeros->mask && zeros->density >= 1;
}

bool tacet_is_exact(const tacet_sparsity *sparsity) {
  for (int t = 0; t < TACET_OUTPUT; t++) {
    const tacet_zeros *zeros = &sparsity->tensor[t];
    if (zeros->drawn || (!zeros->mask && !is_dense(zeros))) return false;
  }
  return is_dense(&sparsity->tensor[TACET_OUTPUT]);
}

static bool has_masks(const tacet_sparsity *sparsity) {
  bool any = false;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (sparsity->tensor[t].mask)
      any = true;
    else if (!is_dense(&sparsity->tensor[t]))
      return false;
  }
  return any;
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

static bool has_zeros(const tacet_zeros *zeros) {
  return zeros->mask ? zeros->mask->nonzeros < zeros->mask->elements
                     : zeros->density < 1;
}

void tacet_features_for(tacet_features *used, const tacet_features *features,
                        const tacet_sparsity *sparsity) {
  *used = *features;
  for (int s = 0; s < TACET_MAX_STORAGE; s++)
    for (int t = 0; t < TACET_TENSORS; t++)
      if (!has_zeros(&sparsity->tensor[t]))
        used->format[s][t] = TACET_UNCOMPRESSED;
}

tacet_status tacet_read_sparse(tacet_counts *counts, tacet_timeline *timeline,
                               const tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               const tacet_features *features,
                               const tacet_sparsity *sparsity,
                               tacet_error *error) {
  tacet_status status =
      tacet_read_dense(counts, timeline, nest, accelerator, error);
  for (int t = 0; t < TACET_TENSORS && !status; t++)
    status =
        check_mask(sparsity->tensor[t].mask, &nest->layer.tensor[t], error);
  if (status) return status;
  memset(timeline, 0, sizeof *timeline);
  tacet_features used;
  tacet_features_for(&used, features, sparsity);
  tacet_reading reading = {counts,      timeline, nest,
                           accelerator, &used,    sparsity};
  status = has_masks(sparsity) ? tacet_read_masks(&reading, error)
                               : tacet_read_models(&reading, error);
  if (!status) tacet_read_outputs(&reading);
  return status;
}
