/* Boxes of one mask are counted as a join of it with nothing: of a layer whose
   only operand is the tensor, by its dimensions or by its ranks. */
#include "mask_boxes.h"

#include <stdlib.h>

#include "join.h"

struct tacet_mask_boxes {
  tacet_join *ones; /* its dimensions are the tensor's ranks */
  tacet_join *macs; /* and the layer's; NULL where `ones` says it */
  int dims;         /* of the layer */
  int ranks;
  int dim[TACET_MAX_RANKS]; /* of the layer, of each rank without windows */
};

bool tacet_mask_has_boxes(const tacet_mask *mask) {
  return mask->bits && mask->elements <= UINT32_MAX;
}

/* The layer that has this tensor alone. */
static tacet_layer layer_of(const tacet_layer *layer, int slot) {
  tacet_layer alone = *layer;
  for (int t = 0; t < TACET_TENSORS; t++)
    alone.tensor[t] = (tacet_tensor){.ranks = 0};
  alone.tensor[TACET_INPUT] = layer->tensor[slot];
  return alone;
}

/* The same with a dimension for each of the tensor's ranks. */
static tacet_layer by_ranks(const tacet_layer *layer, int slot) {
  tacet_layer plain = layer_of(layer, slot);
  tacet_tensor *tensor = &plain.tensor[TACET_INPUT];
  plain.dims = tensor->ranks;
  for (int r = 0; r < tensor->ranks; r++) {
    tacet_rank *rank = &tensor->rank[r];
    plain.dim[r].size = rank->size;
    rank->offset = 0;
    rank->terms = 1;
    rank->term[0] = (tacet_term){.dim = r, .coefficient = 1};
  }
  return plain;
}

static tacet_status make_joins(tacet_mask_boxes *boxes,
                               const tacet_layer *layer, int slot,
                               const tacet_mask *mask, tacet_error *error) {
  const tacet_tensor *tensor = &layer->tensor[slot];
  const tacet_layer plain = by_ranks(layer, slot);
  const tacet_layer alone = layer_of(layer, slot);
  bool windows = false;
  boxes->dims = layer->dims;
  boxes->ranks = tensor->ranks;
  for (int r = 0; r < tensor->ranks; r++) {
    windows = windows || tensor->rank[r].terms > 1;
    boxes->dim[r] = tensor->rank[r].term[0].dim;
  }
  tacet_status status =
      tacet_join_make(&boxes->ones, &plain, NULL, mask, error);
  if (!status && windows)
    status = tacet_join_make(&boxes->macs, &alone, NULL, mask, error);
  return status;
}

tacet_status tacet_mask_boxes_make(tacet_mask_boxes **boxes,
                                   const tacet_layer *layer, int slot,
                                   const tacet_mask *mask, tacet_error *error) {
  *boxes = calloc(1, sizeof **boxes);
  if (!*boxes)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "no memory for boxes");
  tacet_status status = make_joins(*boxes, layer, slot, mask, error);
  if (!status) return TACET_OK;
  tacet_mask_boxes_free(*boxes);
  *boxes = NULL;
  return status;
}

void tacet_mask_boxes_free(tacet_mask_boxes *boxes) {
  if (!boxes) return;
  tacet_join_free(boxes->ones);
  tacet_join_free(boxes->macs);
  free(boxes);
}

int64_t tacet_mask_boxes_ones(const tacet_mask_boxes *boxes,
                              const int64_t *start, const int64_t *length) {
  return tacet_join_count(boxes->ones, start, length).input;
}

int64_t tacet_mask_boxes_macs(const tacet_mask_boxes *boxes,
                              const int64_t *start, const int64_t *length) {
  int64_t first[TACET_MAX_RANKS], count[TACET_MAX_RANKS], others = 1;
  if (boxes->macs) return tacet_join_count(boxes->macs, start, length).input;
  for (int d = 0; d < boxes->dims; d++) others *= length[d];
  for (int r = 0; r < boxes->ranks; r++) {
    first[r] = start[boxes->dim[r]];
    count[r] = length[boxes->dim[r]];
    others /= count[r];
  }
  return others * tacet_mask_boxes_ones(boxes, first, count);
}
