/* What one tensor needs of a buffer. */
#include "dense.h"

int64_t tacet_tensor_need_bits(const tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               int storage, int slot) {
  tacet_accelerator only = *accelerator; /* the others have no width */
  for (int t = 0; t < TACET_TENSORS; t++)
    if (t != slot) only.width_bits[t] = 0;
  return tacet_need_bits(nest, &only, storage);
}
