/* Deals weights to PEs by walking the nest and taking the heaviest or lightest
   that is left, place by place. */
#include "executor_balance.h"

#include <stdlib.h>

#include "../../dense/executor/executor_walk.h"
#include "../balance.h"

typedef struct dealer {
  tacet_walk walk;
  const tacet_layer *layer;
  int dim, apart;
  int64_t size, groups;
  int64_t *holder; /* owned; [size] the first PE that has the place */
  int64_t *turn;   /* owned; [size] places that it had before */
  int64_t *weight; /* owned; [size] of the group's coordinates; -1: dealt */
  int64_t *lies;   /* owned; [groups * size] coordinate at each place; -1 */
} dealer;

/* ---- coordinates -------------------------------------------------------- */

static void coordinates_of(const tacet_tensor *tensor, int64_t element,
                           int64_t at[TACET_MAX_RANKS]) {
  for (int r = tensor->ranks - 1; r >= 0; r--) {
    at[r] = element % tensor->rank[r].size;
    element /= tensor->rank[r].size;
  }
}

/* The coordinate in a dimension that is a rank of its own; 0 without it. */
static int64_t coordinate_in(const tacet_tensor *tensor, int dim,
                             const int64_t at[TACET_MAX_RANKS]) {
  for (int r = 0; r < tensor->ranks; r++)
    if (tensor->rank[r].terms == 1 && tensor->rank[r].term[0].dim == dim)
      return at[r];
  return 0;
}

static void weigh(dealer *d, int64_t group, const tacet_mask *mask) {
  const tacet_tensor *tensor = &d->layer->tensor[TACET_WEIGHT];
  for (int64_t i = 0; i < d->size; i++) d->weight[i] = 0;
  for (int64_t e = 0; e < mask->elements; e++) {
    int64_t at[TACET_MAX_RANKS];
    coordinates_of(tensor, e, at);
    if (tacet_mask_test(mask, e) &&
        (d->apart < 0 || coordinate_in(tensor, d->apart, at) == group))
      d->weight[coordinate_in(tensor, d->dim, at)]++;
  }
}

/* ---- places ------------------------------------------------------------- */

static void find_holders(dealer *d) {
  for (int64_t i = 0; i < d->size; i++) d->holder[i] = -1;
  for (int64_t pe = 0; pe < d->walk.pes; pe++) {
    int64_t turns = 0;
    for (int64_t time = 0; time < d->walk.times; time++) {
      tacet_box box;
      if (!tacet_walk_box(&d->walk, time, pe, &box)) continue;
      for (int64_t i = 0; i < box.length[d->dim]; i++) {
        const int64_t place = box.start[d->dim] + i;
        if (d->holder[place] >= 0) continue;
        d->holder[place] = pe;
        d->turn[place] = turns++;
      }
    }
  }
}

/* The place that the PE has in its turn, -1 if none. */
static int64_t place_of(const dealer *d, int64_t pe, int64_t turn) {
  for (int64_t i = 0; i < d->size; i++)
    if (d->holder[i] == pe && d->turn[i] == turn) return i;
  return -1;
}

/* ---- taking ------------------------------------------------------------- */

static void take_heaviest(dealer *d, int64_t *lies) {
  int64_t best = -1;
  for (int64_t i = 0; i < d->size; i++)
    if (d->weight[i] >= 0 && (best < 0 || d->weight[i] > d->weight[best]))
      best = i;
  *lies = best;
  d->weight[best] = -1;
}

static void take_lightest(dealer *d, int64_t *lies) {
  int64_t best = -1;
  for (int64_t i = 0; i < d->size; i++)
    if (d->weight[i] >= 0 && (best < 0 || d->weight[i] <= d->weight[best]))
      best = i;
  *lies = best;
  d->weight[best] = -1;
}

static void take_pairs(dealer *d, int64_t *lies) {
  for (int64_t turn = 0; turn + 1 < d->size; turn += 2)
    for (int64_t pe = 0; pe < d->walk.pes; pe++) {
      const int64_t second = place_of(d, pe, turn + 1);
      if (second < 0) continue;
      take_heaviest(d, &lies[place_of(d, pe, turn)]);
      take_lightest(d, &lies[second]);
    }
}

static void take_turns(dealer *d, int64_t *lies) {
  for (int64_t turn = 0; turn < d->size; turn++)
    for (int64_t pe = 0; pe < d->walk.pes; pe++) {
      const int64_t place = place_of(d, pe, turn);
      if (place >= 0 && lies[place] < 0) take_heaviest(d, &lies[place]);
    }
}

static void deal(dealer *d, tacet_balance_kind kind, const tacet_mask *mask) {
  find_holders(d);
  for (int64_t group = 0; group < d->groups; group++) {
    int64_t *lies = d->lies + group * d->size;
    for (int64_t i = 0; i < d->size; i++) lies[i] = -1;
    weigh(d, group, mask);
    if (kind == TACET_BALANCE_PAIR) take_pairs(d, lies);
    take_turns(d, lies);
  }
}

/* ---- masks -------------------------------------------------------------- */

static int64_t element_before(const dealer *d, const tacet_tensor *tensor,
                              int64_t element) {
  int64_t at[TACET_MAX_RANKS], before = 0;
  coordinates_of(tensor, element, at);
  const int64_t group = d->apart < 0 ? 0 : coordinate_in(tensor, d->apart, at);
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    const bool balanced = rank->terms == 1 && rank->term[0].dim == d->dim;
    before = before * rank->size +
             (balanced ? d->lies[group * d->size + at[r]] : at[r]);
  }
  return before;
}

static tacet_status deal_mask(tacet_mask *mask, const dealer *d,
                              const tacet_tensor *tensor,
                              const tacet_mask *before, tacet_error *error) {
  tacet_status status = tacet_mask_make(mask, tensor, error);
  if (status) return status;
  for (int64_t e = 0; e < mask->elements; e++)
    if (tacet_mask_test(before, element_before(d, tensor, e)))
      tacet_mask_set(mask, e);
  tacet_mask_recount(mask);
  return TACET_OK;
}

/* ---- all ---------------------------------------------------------------- */

static tacet_status make(dealer *d, tacet_error *error) {
  const size_t size = (size_t)d->size, groups = (size_t)d->groups;
  d->holder = calloc(size, sizeof *d->holder);
  d->turn = calloc(size, sizeof *d->turn);
  d->weight = calloc(size, sizeof *d->weight);
  d->lies = calloc(size * groups, sizeof *d->lies);
  if (d->holder && d->turn && d->weight && d->lies) return TACET_OK;
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "out of memory to walk a layer");
}

static void discard(dealer *d) {
  free(d->holder);
  free(d->turn);
  free(d->weight);
  free(d->lies);
}

tacet_status tacet_deal_masks(tacet_dealt_masks *dealt,
                              const tacet_sparsity *sparsity,
                              const tacet_features *features,
                              const tacet_nest *nest, tacet_error *error) {
  dealer d = {.layer = nest->layer, .groups = 1};
  const tacet_mask *weights = sparsity->tensor[TACET_WEIGHT].mask;
  *dealt = (tacet_dealt_masks){.sparsity = *sparsity};
  tacet_status status = tacet_walk_make(&d.walk, nest, error);
  if (!status) status = tacet_balance_dim(&d.dim, features, nest, error);
  if (status || d.dim < 0 || !weights) return status;
  d.apart = tacet_balance_apart(d.layer, d.dim);
  d.size = d.layer->dim[d.dim].size;
  if (d.apart >= 0) d.groups = d.layer->dim[d.apart].size;
  status = make(&d, error);
  if (!status) deal(&d, features->balance.kind, weights);
  for (int t = 0; t < TACET_TENSORS && !status; t++) {
    const tacet_mask *mask = sparsity->tensor[t].mask;
    const tacet_tensor *tensor = &d.layer->tensor[t];
    if (!mask || !tacet_has_dim(tensor, d.dim)) continue;
    status = deal_mask(&dealt->mask[t], &d, tensor, mask, error);
    dealt->sparsity.tensor[t].mask = &dealt->mask[t];
  }
  discard(&d);
  return status;
}

void tacet_dealt_masks_free(tacet_dealt_masks *dealt) {
  for (int t = 0; t < TACET_TENSORS; t++) tacet_mask_free(&dealt->mask[t]);
}
