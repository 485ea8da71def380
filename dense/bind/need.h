/* What the tiles of a nest need of the buffers. Internal to dense/. */
#ifndef TACET_NEED_H
#define TACET_NEED_H

#include "../activity/axis.h"

/* Words of the largest tile of a PE, of each tensor. */
void tacet_largest_tiles(int64_t tile[TACET_TENSORS], const tacet_axes *axes);

/* Bits that these tiles need of L1. */
int64_t tacet_l1_need(const tacet_axes *axes,
                      const tacet_accelerator *accelerator);

/* Bits that `words` of a tensor need of a storage level, twice if the level
   is double-buffered for it and the tile ever moves. */
static inline int64_t tacet_tile_bits(const tacet_accelerator *accelerator,
                                      int storage, int slot, int64_t words,
                                      bool moves) {
  const tacet_storage *buffer = &accelerator->storage[storage];
  int64_t copies = buffer->double_buffered && !buffer->single[slot] && moves;
  return words * (1 + copies) * accelerator->width_bits[slot];
}

#endif
