/* Chooses what L2 keeps (design, section 3: "L2 keeps what its capacity
   allows") and checks that every level holds its tiles. */
#include "place.h"
#include "activity.h"

#include <string.h>

/* ---- what every position costs ------------------------------------------ */

/* The sums of every axis for one number of its loops. */
typedef struct sums {
  tacet_leaf first;
  tacet_leaf at[2 * TACET_MAX_LOOPS + 1]; /* by case */
} sums;

typedef struct sweep {
  const tacet_nest *nest;
  int axes;
  tacet_axis axis[TACET_MAX_DIMS];
  sums sums[TACET_MAX_DIMS];
  int64_t tile[TACET_MAX_DIMS][TACET_TENSORS]; /* largest, of the axis */
} sweep;

static int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static void sum_axis(sweep *s, int a) {
  const tacet_axis *axis = &s->axis[a];
  tacet_leaf_sum(&s->sums[a].first, axis, TACET_FIRST_CASE);
  for (int t = 0; t < TACET_TENSORS; t++)
    s->tile[a][t] = s->sums[a].first.tile[t];
  for (int c = 0; c <= 2 * axis->loops; c++) {
    tacet_leaf_sum(&s->sums[a].at[c], axis, c);
    for (int t = 0; t < TACET_TENSORS; t++)
      s->tile[a][t] = larger(s->tile[a][t], s->sums[a].at[c].tile[t]);
  }
}

/* Product over axes of one factor of the steps at which `advance` does. */
static int64_t factor(const sweep *s, int advance, int f) {
  int64_t product = 1;
  for (int a = 0; a < s->axes; a++) {
    int c = tacet_axis_case(&s->axis[a], advance);
    product *= c == TACET_FIRST_CASE ? s->sums[a].first.factor[f]
                                     : s->sums[a].at[c].factor[f];
  }
  return product;
}

static int64_t footprint(const sweep *s, int t) {
  int64_t product = 1;
  for (int a = 0; a < s->axes; a++) product *= s->tile[a][t];
  return product;
}

static void place_operand(tacet_placed *placed, const sweep *s, int position,
                          int t) {
  placed->first = factor(s, TACET_FIRST_STEP, TACET_HELD + t);
  placed->fills = placed->first;
  for (int i = 0; i < position; i++)
    placed->fills +=
        factor(s, i, TACET_HELD + t) - factor(s, i, TACET_KEPT + t);
  placed->drains = placed->last = 0;
  placed->footprint = footprint(s, t);
  placed->moves = placed->fills > placed->first;
}

/* What was drained before comes back; the first stay starts from zero. */
static void place_output(tacet_placed *placed, const sweep *s, int position) {
  placed->drains = 0;
  for (int i = 0; i < position; i++)
    placed->drains += factor(s, i, TACET_LEAVE) - factor(s, i, TACET_STAY);
  placed->moves = placed->drains > 0;
  placed->last = factor(s, TACET_AFTER_LAST, TACET_LEAVE);
  placed->drains += placed->last;
  placed->fills =
      placed->drains - tacet_tensor_size(&s->nest->layer.tensor[TACET_OUTPUT]);
  placed->first = 0;
  placed->footprint = footprint(s, TACET_OUTPUT);
}

void tacet_places_make(tacet_places *places, const tacet_nest *nest, int last) {
  sweep s;
  s.nest = nest;
  tacet_view view = tacet_view_whole(nest, nest->loops);
  s.axes = tacet_axes(s.axis, &view);
  for (int a = 0; a < s.axes; a++) {
    tacet_axis_narrow(&s.axis[a], 0);
    sum_axis(&s, a);
  }
  for (int position = 0;; position++) {
    for (int t = 0; t < TACET_OUTPUT; t++)
      place_operand(&places->at[position][t], &s, position, t);
    place_output(&places->at[position][TACET_OUTPUT], &s, position);
    if (position == last) return;
    int dim = nest->loop[position].dim, a = 0;
    while (s.axis[a].dim[0] != dim &&
           !(s.axis[a].dims > 1 && s.axis[a].dim[1] == dim))
      a++;
    tacet_axis_narrow(&s.axis[a], s.axis[a].loops + 1);
    sum_axis(&s, a);
  }
}

/* ---- needs -------------------------------------------------------------- */

/* The tile of a PE moves if a loop over one of the tensor's dimensions takes
   time. */
static bool moves_in_pes(const tacet_nest *nest, int slot) {
  const tacet_tensor *tensor = &nest->layer.tensor[slot];
  for (int i = 0; i < nest->loops; i++) {
    if (nest->loop[i].folds == 1) continue;
    for (int r = 0; r < tensor->ranks; r++)
      for (int k = 0; k < tensor->rank[r].terms; k++)
        if (tensor->rank[r].term[k].dim == nest->loop[i].dim) return true;
  }
  return false;
}

static int64_t bits_of(const tacet_accelerator *accelerator, int storage,
                       int slot, int64_t words, bool moves) {
  int64_t copies = accelerator->storage[storage].double_buffered && moves;
  return words * (1 + copies) * accelerator->width_bits[slot];
}

static int64_t l2_need(const tacet_places *places,
                       const tacet_accelerator *accelerator,
                       const int position[TACET_TENSORS]) {
  int64_t need = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_placed *placed = &places->at[position[t]][t];
    need += bits_of(accelerator, 1, t, placed->footprint, placed->moves);
  }
  return need;
}

/* The largest tile of a PE: a whole one, unless padding cuts them all. */
static int64_t l1_need(const tacet_nest *nest,
                       const tacet_accelerator *accelerator, int storage) {
  int64_t tile[TACET_TENSORS];
  tacet_largest_tiles(tile, nest);
  int64_t need = 0;
  for (int t = 0; t < TACET_TENSORS; t++)
    need += bits_of(accelerator, storage, t, tile[t], moves_in_pes(nest, t));
  return need;
}

int64_t tacet_need_bits(const tacet_nest *nest,
                        const tacet_accelerator *accelerator, int storage) {
  if (storage == nest->storages - 1) return l1_need(nest, accelerator, storage);
  tacet_places places;
  tacet_places_make(&places, nest, nest->loops);
  return l2_need(&places, accelerator, nest->position[1]);
}

/* ---- the choice --------------------------------------------------------- */

/* A choice of positions and what it costs. */
typedef struct option {
  int64_t words;     /* DRAM, both ways */
  int64_t need_bits; /* in L2 */
} option;

/* True if choice a is better than b: fewer words, then less need, then
   further out in tensor order. */
static bool better(const option *a, const int *at, const option *b,
                   const int *bt) {
  if (a->words != b->words) return a->words < b->words;
  if (a->need_bits != b->need_bits) return a->need_bits < b->need_bits;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (at[t] != bt[t]) return at[t] < bt[t];
  return false;
}

static tacet_status does_not_fit(const tacet_accelerator *accelerator,
                                 int storage, int64_t need,
                                 tacet_error *error) {
  const tacet_storage *buffer = &accelerator->storage[storage];
  tacet_fail(error, TACET_INFEASIBLE, &accelerator->place,
             "%s is too small: the tiles of %s need %.1f B, it has %.1f B",
             buffer->name,
             storage == 1 ? "one step of all PEs" : "one step of a PE",
             (double)need / 8, (double)buffer->size_bits / 8);
  return tacet_advise(error, "map smaller tiles, or give %s %.1f B more",
                      buffer->name, (double)(need - buffer->size_bits) / 8);
}

/* The best choice that fits, if any. */
static bool choose(int choice[TACET_TENSORS], const tacet_places *places,
                   const tacet_accelerator *accelerator, int loops) {
  option at[TACET_TENSORS][TACET_MAX_LOOPS + 1];
  for (int p = 0; p <= loops; p++) {
    for (int t = 0; t < TACET_TENSORS; t++) {
      const tacet_placed *placed = &places->at[p][t];
      at[t][p].words = placed->fills + placed->drains;
      at[t][p].need_bits =
          bits_of(accelerator, 1, t, placed->footprint, placed->moves);
    }
  }
  option best = {0, 0};
  bool found = false;
  int here[TACET_TENSORS];
  for (here[0] = 0; here[0] <= loops; here[0]++) {
    for (here[1] = 0; here[1] <= loops; here[1]++) {
      for (here[2] = 0; here[2] <= loops; here[2]++) {
        option sum = {0, 0};
        for (int t = 0; t < TACET_TENSORS; t++) {
          sum.words += at[t][here[t]].words;
          sum.need_bits += at[t][here[t]].need_bits;
        }
        if (sum.need_bits > accelerator->storage[1].size_bits) continue;
        if (found && !better(&sum, here, &best, choice)) continue;
        found = true;
        best = sum;
        memcpy(choice, here, sizeof here);
      }
    }
  }
  return found;
}

tacet_status tacet_place_tiles(tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               tacet_error *error) {
  int l1 = nest->storages - 1;
  int64_t need = l1_need(nest, accelerator, l1);
  if (need > accelerator->storage[l1].size_bits)
    return does_not_fit(accelerator, l1, need, error);
  tacet_places places;
  tacet_places_make(&places, nest, nest->loops);
  if (choose(nest->position[1], &places, accelerator, nest->loops))
    return TACET_OK;
  int inside[TACET_TENSORS] = {nest->loops, nest->loops, nest->loops};
  return does_not_fit(accelerator, 1, l2_need(&places, accelerator, inside),
                      error);
}
