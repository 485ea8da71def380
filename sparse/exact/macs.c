/* Counts the MACs of boxes: all at once by joining masks, output by output
   where outputs have zeros, and MAC by MAC where rules on elements ask what
   each element meets. */
#include "macs.h"

#include <string.h>

enum {
  WEIGHT_ZERO = 1 << TACET_WEIGHT,
  INPUT_ZERO = 1 << TACET_INPUT,
  OUTPUT_ZERO = 1 << TACET_OUTPUT
};

tacet_status tacet_macs_make(tacet_macs *macs, const tacet_array *array,
                             tacet_error *error) {
  *macs = (tacet_macs){.array = array,
                       .crossed = tacet_has_crossed_rules(array->features),
                       .sampled = array->mask[TACET_OUTPUT] &&
                                  tacet_asks_for_outputs(array->features)};
  tacet_verdicts_make(macs->table, array->features, array->nest->storages - 1);
  return tacet_join_make(&macs->join, array->nest->layer,
                         array->mask[TACET_WEIGHT], array->mask[TACET_INPUT],
                         error);
}

void tacet_macs_free(tacet_macs *macs) {
  tacet_join_free(macs->join);
}

/* Moves `at` through the box over the dimensions that `moves` has bits of;
   false, with `at` at its start, after the last point. */
static bool next_point(int64_t at[TACET_MAX_DIMS], const tacet_pe_box *box,
                       int dims, uint32_t moves) {
  for (int d = dims - 1; d >= 0; d--) {
    if (!(moves >> d & 1)) continue;
    if (++at[d] < box->start[d] + box->length[d]) return true;
    at[d] = box->start[d];
  }
  return false;
}

/* The element of a tensor that the MAC at a point uses; -1: padding. */
static int64_t element_at(const tacet_tensor *tensor, const int64_t *point) {
  int64_t element = 0;
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    int64_t at = rank->offset;
    for (int i = 0; i < rank->terms; i++)
      at += rank->term[i].coefficient * point[rank->term[i].dim];
    if (at < 0 || at >= rank->size) return -1;
    element = element * rank->size + at;
  }
  return element;
}

/* ---- MAC by MAC --------------------------------------------------------- */

static void count_mac(tacet_mac_counts *counts, const tacet_macs *macs,
                      int64_t pe, tacet_verdict tile, const int64_t *point) {
  const tacet_array *array = macs->array;
  tacet_verdict verdict = tile;
  int pattern = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const int64_t element = element_at(&array->nest->layer->tensor[t], point);
    const tacet_mask *mask = array->mask[t];
    if (element < 0 || (mask && !tacet_mask_test(mask, element)))
      pattern |= 1 << t;
    const tacet_verdict own =
        tacet_stays_element(&array->stays, pe, t, element);
    if (own > verdict) verdict = own;
  }
  counts->of[verdict][pattern]++;
}

/* ---- all at once -------------------------------------------------------- */

static void add_pairs(double pattern[TACET_PATTERNS], const tacet_pairs *pairs,
                      int outputs, double times) {
  const double both = (double)pairs->both;
  const double weight = (double)pairs->weight - both; /* only */
  const double input = (double)pairs->input - both;
  pattern[outputs] += times * both;
  pattern[outputs | WEIGHT_ZERO] += times * input;
  pattern[outputs | INPUT_ZERO] += times * weight;
  pattern[outputs | WEIGHT_ZERO | INPUT_ZERO] +=
      times * ((double)pairs->macs - both - weight - input);
}

/* The MACs of those outputs of a box that are not zero. */
static tacet_pairs pairs_of_outputs(const tacet_macs *macs,
                                    const tacet_pe_box *box,
                                    const tacet_pairs *all) {
  const tacet_layer *layer = macs->array->nest->layer;
  const tacet_tensor *output = &layer->tensor[TACET_OUTPUT];
  const tacet_mask *mask = macs->array->mask[TACET_OUTPUT];
  const bool plain = all->both == all->macs; /* only outputs have zeros */
  tacet_pairs sum = {0};
  tacet_pe_box one = *box;
  int64_t outputs = 0, kept = 0;
  for (int d = 0; d < layer->dims; d++)
    if (output->dims >> d & 1) one.length[d] = 1;
  do {
    outputs++;
    if (!tacet_mask_test(mask, element_at(output, one.start))) continue;
    kept++;
    if (plain) continue;
    const tacet_pairs pairs =
        tacet_join_count(macs->join, one.start, one.length);
    sum.macs += pairs.macs;
    sum.weight += pairs.weight;
    sum.input += pairs.input;
    sum.both += pairs.both;
  } while (next_point(one.start, box, layer->dims, output->dims));
  if (plain)
    sum.macs = sum.weight = sum.input = sum.both = all->macs / outputs * kept;
  return sum;
}

static void count_pairs(double pattern[TACET_PATTERNS], const tacet_macs *macs,
                        const tacet_pe_box *box) {
  const tacet_pairs all = tacet_join_count(macs->join, box->start, box->length);
  if (!macs->sampled) {
    add_pairs(pattern, &all, 0, 1);
    return;
  }
  const tacet_pairs kept = pairs_of_outputs(macs, box, &all);
  add_pairs(pattern, &kept, 0, 1);
  add_pairs(pattern, &all, OUTPUT_ZERO, 1);
  add_pairs(pattern, &kept, OUTPUT_ZERO, -1);
}

/* ---- both --------------------------------------------------------------- */

void tacet_macs_count(tacet_mac_counts *counts, const tacet_macs *macs,
                      int64_t pe, const tacet_pe_box *box) {
  const tacet_verdict tile =
      tacet_stays_tile(&macs->array->stays, pe, TACET_TENSORS);
  const int dims = macs->array->nest->layer->dims;
  memset(counts, 0, sizeof *counts);
  if (!macs->crossed) {
    count_pairs(counts->of[tile], macs, box);
    return;
  }
  int64_t point[TACET_MAX_DIMS];
  memcpy(point, box->start, sizeof point);
  do count_mac(counts, macs, pe, tile, point);
  while (next_point(point, box, dims, UINT32_MAX));
}

double tacet_macs_taken(const tacet_macs *macs,
                        const tacet_mac_counts *counts) {
  double taken = 0;
  for (int v = TACET_ACTUAL; v <= TACET_SKIPPED; v++)
    for (int p = 0; p < TACET_PATTERNS; p++)
      if (macs->table[v].mac[p] != TACET_SKIPPED) taken += counts->of[v][p];
  return taken;
}
