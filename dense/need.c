/* The largest tiles of each level, once or twice. */
#include "need.h"
#include "reuse.h"

int64_t tacet_tile_bits(const tacet_accelerator *accelerator, int storage,
                        int slot, int64_t words, bool moves) {
  int64_t copies = accelerator->storage[storage].double_buffered && moves;
  return words * (1 + copies) * accelerator->width_bits[slot];
}

/* ---- L1 ----------------------------------------------------------------- */

/* Of a dimension's first tile, which is a whole one. */
static int64_t whole_tile(const tacet_chain *chain) {
  if (chain->loops == 0) return chain->extent;
  return chain->loop[chain->loops - 1]->size;
}

void tacet_largest_tiles(int64_t tile[TACET_TENSORS], const tacet_axes *axes) {
  for (int t = 0; t < TACET_TENSORS; t++) tile[t] = axes->words[t];
  for (int a = 0; a < axes->count; a++) {
    const tacet_axis *axis = &axes->axis[a];
    for (int i = 0; i < axis->dims; i++)
      for (int t = 0; t < TACET_TENSORS; t++)
        if (axis->cut[i] && axis->in[i][t])
          tile[t] *= whole_tile(&axis->chain[i]);
    if (axis->window_slot >= 0)
      tile[axis->window_slot] *=
          tacet_window_largest(&axis->window, axis->chain);
  }
}

/* The tile of a PE moves if a loop over one of the tensor's dimensions takes
   time. */
static bool moves_in_pes(const tacet_axes *axes, int slot) {
  for (int i = 0; i < axes->view.loops; i++) {
    const tacet_loop *loop = &axes->view.loop[i];
    if (loop->folds > 1 && axes->touches[slot] >> loop->dim & 1) return true;
  }
  return false;
}

static int64_t l1_bits(const tacet_axes *axes,
                       const tacet_accelerator *accelerator, int slot,
                       int64_t words) {
  return tacet_tile_bits(accelerator, accelerator->storages - 1, slot, words,
                         moves_in_pes(axes, slot));
}

int64_t tacet_l1_need(const tacet_axes *axes,
                      const tacet_accelerator *accelerator) {
  int64_t tile[TACET_TENSORS], need = 0;
  tacet_largest_tiles(tile, axes);
  for (int t = 0; t < TACET_TENSORS; t++)
    need += l1_bits(axes, accelerator, t, tile[t]);
  return need;
}

/* ---- any level ---------------------------------------------------------- */

static int64_t l2_bits(const tacet_axes *axes, const tacet_nest *nest,
                       const tacet_accelerator *accelerator, int slot) {
  tacet_sweep sweep;
  tacet_placed placed;
  tacet_sweep_start(&sweep, axes);
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
  if (storage < nest->storages - 1)
    return l2_bits(&axes, nest, accelerator, slot);
  int64_t tile[TACET_TENSORS];
  tacet_largest_tiles(tile, &axes);
  return l1_bits(&axes, accelerator, slot, tile[slot]);
}

int64_t tacet_need_bits(const tacet_nest *nest,
                        const tacet_accelerator *accelerator, int storage) {
  int64_t need = 0;
  for (int t = 0; t < TACET_TENSORS; t++)
    need += tacet_tensor_need_bits(nest, accelerator, storage, t);
  return need;
}
