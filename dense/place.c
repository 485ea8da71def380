/* Chooses what L2 keeps (design, section 3: "L2 keeps what its capacity
   allows") and checks that every level holds its tiles. */
#include "place.h"

#include <stdio.h>

/* A position of one tensor and what it costs. */
typedef struct option {
  int64_t words;     /* DRAM, both ways */
  int64_t need_bits; /* in L2 */
} option;

static bool moves_in_pes(const tacet_nest *nest, int slot) {
  tacet_axis axis[TACET_MAX_DIMS];
  tacet_view view = tacet_view_pes(nest);
  int axes = tacet_axes(axis, &view);
  for (int a = 0; a < axes; a++)
    for (int i = 0; i < axis[a].dims; i++)
      for (int k = 0; k < axis[a].chain[i].loops; k++)
        if (axis[a].chain[i].loop[k]->folds > 1 &&
            (axis[a].in[i][slot] ||
             (axis[a].window && axis[a].window_slot == slot)))
          return true;
  return false;
}

static int64_t bits_of(const tacet_accelerator *accelerator, int storage,
                       int slot, int64_t words, bool moves) {
  int64_t copies = accelerator->storage[storage].double_buffered && moves;
  return words * (1 + copies) * accelerator->width_bits[slot];
}

static option option_at(const tacet_nest *nest,
                        const tacet_accelerator *accelerator, int slot,
                        int position) {
  tacet_placed placed = tacet_place_traffic(nest, slot, position);
  return (option){
      placed.fills + placed.drains,
      bits_of(accelerator, 1, slot, placed.footprint, placed.moves)};
}

int64_t tacet_need_bits(const tacet_nest *nest,
                        const tacet_accelerator *accelerator, int storage) {
  int64_t need = 0;
  if (storage == 1) {
    for (int t = 0; t < TACET_TENSORS; t++)
      need += option_at(nest, accelerator, t, nest->position[1][t]).need_bits;
    return need;
  }
  tacet_activity activity;
  tacet_error error;
  if (tacet_activity_totals(&activity, nest, accelerator, &error)) return 0;
  for (int t = 0; t < TACET_TENSORS; t++)
    need += bits_of(accelerator, storage, t, activity.footprint[storage][t],
                    moves_in_pes(nest, t));
  return need;
}

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
                                 const tacet_nest *nest, tacet_error *error) {
  const tacet_storage *buffer = &accelerator->storage[storage];
  tacet_fail(error, TACET_INFEASIBLE, &accelerator->place,
             "layer %s: %s is too small: the tiles of %s need %.1f B, it has "
             "%.1f B",
             nest->layer.name, buffer->name,
             storage == 1 ? "one step of all PEs" : "one step of a PE",
             (double)need / 8, (double)buffer->size_bits / 8);
  return tacet_advise(error, "map smaller tiles, or give %s %.1f B more",
                      buffer->name, (double)(need - buffer->size_bits) / 8);
}

tacet_status tacet_place_tiles(tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               tacet_error *error) {
  option at[TACET_TENSORS][TACET_MAX_LOOPS + 1];
  int64_t size = accelerator->storage[1].size_bits;
  for (int t = 0; t < TACET_TENSORS; t++)
    for (int p = 0; p <= nest->loops; p++)
      at[t][p] = option_at(nest, accelerator, t, p);

  option best = {0};
  int choice[TACET_TENSORS];
  bool found = false;
  for (int w = 0; w <= nest->loops; w++) {
    for (int i = 0; i <= nest->loops; i++) {
      for (int o = 0; o <= nest->loops; o++) {
        int here[TACET_TENSORS] = {w, i, o};
        option sum = {at[0][w].words + at[1][i].words + at[2][o].words,
                      at[0][w].need_bits + at[1][i].need_bits +
                          at[2][o].need_bits};
        if (sum.need_bits > size) continue;
        if (found && !better(&sum, here, &best, choice)) continue;
        found = true;
        best = sum;
        for (int t = 0; t < TACET_TENSORS; t++) choice[t] = here[t];
      }
    }
  }
  int l1 = nest->storages - 1;
  int64_t need = tacet_need_bits(nest, accelerator, l1);
  if (need > accelerator->storage[l1].size_bits)
    return does_not_fit(accelerator, l1, need, nest, error);
  if (!found)
    return does_not_fit(accelerator, 1, tacet_need_bits(nest, accelerator, 1),
                        nest, error);
  for (int t = 0; t < TACET_TENSORS; t++) nest->position[1][t] = choice[t];
  return TACET_OK;
}
