/* The largest tiles of each level, once or twice. */
#include "../activity/kept_steps.h"
#include "need.h"
#include "../activity/reuse.h"

/* ---- L1 ----------------------------------------------------------------- */

/* True if it is known that some whole tile meets no padding. */
static bool is_clear(const tacet_axis *axis) {
  if (!axis->clips) return true;
  return axis->simple && axis->clear_from < axis->clear_to &&
         axis->clear_from < axis->tiling[0].full;
}

static int64_t largest_window(const tacet_axis *axis) {
  return (is_clear(axis) ? tacet_window_full
                         : tacet_window_largest)(&axis->window, axis->chain);
}

void tacet_largest_tiles(int64_t tile[TACET_TENSORS], const tacet_axes *axes) {
  for (int t = 0; t < TACET_TENSORS; t++) tile[t] = axes->words[t];
  for (int a = 0; a < axes->count; a++) {
    const tacet_axis *axis = &axes->axis[a];
    for (int i = 0; i < axis->dims; i++) {
      if (!axis->cut[i]) continue;
      int64_t length = tacet_chain_tile(&axis->chain[i]);
      for (int t = 0; t < TACET_TENSORS; t++)
        tile[t] *= axis->in[i][t] ? length : 1;
    }
    if (axis->window_slot >= 0) tile[axis->window_slot] *= largest_window(axis);
  }
}

static int64_t l1_bits(const tacet_axes *axes,
                       const tacet_accelerator *accelerator, int slot,
                       int64_t words) {
  bool moves = (axes->view.layer->tensor[slot].dims & axes->moving) != 0;
  return tacet_tile_bits(accelerator, accelerator->storages - 1, slot, words,
                         moves);
}

int64_t tacet_l1_need(const tacet_axes *axes,
                      const tacet_accelerator *accelerator) {
  int64_t tile[TACET_TENSORS], need = 0;
  tacet_largest_tiles(tile, axes);
  for (int t = 0; t < TACET_TENSORS; t++)
    need += l1_bits(axes, accelerator, t, tile[t]);
  return need;
}

static int64_t kept_bits(const tacet_nest *nest,
                         const tacet_accelerator *accelerator, int slot) {
  const int l1 = nest->storages - 1;
  int64_t tile[TACET_TENSORS];
  tacet_kept_tiles(tile, nest);
  return tacet_tile_bits(
      accelerator, l1, slot, tile[slot],
      tacet_kept_moves(nest, slot, nest->position[l1][slot]));
}

/* ---- any level ---------------------------------------------------------- */

static int64_t buffer_bits(const tacet_nest *nest,
                           const tacet_accelerator *accelerator, int storage,
                           int slot) {
  tacet_crossing crossing[TACET_TENSORS];
  tacet_cross(crossing, nest, &accelerator->link[storage - 1], storage,
              nest->position[storage][slot]);
  return tacet_tile_bits(accelerator, storage, slot, crossing[slot].footprint,
                         crossing[slot].moves);
}

static int64_t l2_bits(const tacet_axes *axes, const tacet_nest *nest,
                       const tacet_accelerator *accelerator, int slot) {
  tacet_sweep sweep;
  tacet_placed placed;
  tacet_axes space;
  tacet_sweep_start(&sweep, tacet_axes_of_l2(&space, axes, nest));
  while (sweep.position < nest->position[1][slot]) tacet_sweep_next(&sweep);
  tacet_sweep_cost(&placed, &sweep, slot);
  return tacet_tile_bits(accelerator, 1, slot, placed.footprint, placed.moves);
}

int64_t tacet_tensor_need_bits(const tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               int storage, int slot) {
  tacet_axes axes;
  tacet_view view = tacet_view_pes(nest);
  tacet_axes_make(&axes, &view);
  if (storage > 1 && storage < nest->storages - 1)
    return buffer_bits(nest, accelerator, storage, slot);
  if (storage < nest->storages - 1)
    return l2_bits(&axes, nest, accelerator, slot);
  int64_t tile[TACET_TENSORS];
  if (tacet_l1_keeps(nest)) return kept_bits(nest, accelerator, slot);
  tacet_largest_tiles(tile, &axes);
  return l1_bits(&axes, accelerator, slot, tile[slot]);
}

int64_t tacet_buffers(const tacet_nest *nest, int storage) {
  int64_t buffers = 1;
  for (int level = 0; level < nest->level[storage]; level++)
    buffers *= nest->units[level];
  return buffers;
}

int64_t tacet_need_bits(const tacet_nest *nest,
                        const tacet_accelerator *accelerator, int storage) {
  int64_t need = 0;
  for (int t = 0; t < TACET_TENSORS; t++)
    need += tacet_tensor_need_bits(nest, accelerator, storage, t);
  return need;
}
