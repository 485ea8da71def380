/* Random tensors, boxes and patterns. */
#include "pattern_cases.h"

#include <stdlib.h>

#include "cases.h"

void box_first(const tensor_box *b, int64_t *at, int ranks) {
  for (int r = 0; r < ranks; r++) at[r] = b->start[r];
}

void box_next(const tensor_box *b, int64_t *at, int ranks) {
  for (int r = ranks - 1; r >= 0; r--) {
    if (++at[r] < b->start[r] + b->length[r]) return;
    at[r] = b->start[r];
  }
  at[0] = -1;
}

tacet_tensor random_tensor(uint64_t *random, int64_t most) {
  tacet_tensor tensor = {.name = "weight",
                         .ranks = (int)random_between(random, 1, 3)};
  for (int r = 0; r < tensor.ranks; r++)
    tensor.rank[r] = (tacet_rank){.name = {"KCR"[r]},
                                  .size = random_between(random, 1, most)};
  return tensor;
}

tensor_box random_box(uint64_t *random, const tacet_tensor *tensor) {
  tensor_box b = {{0}, {0}};
  for (int r = 0; r < tensor->ranks; r++) {
    b.start[r] = random_between(random, 0, tensor->rank[r].size - 1);
    b.length[r] = random_between(random, 1, tensor->rank[r].size - b.start[r]);
  }
  return b;
}

tacet_pattern random_n_of_m(uint64_t *random, const tacet_tensor *tensor,
                            int rank) {
  const int64_t m = random_between(random, 1, 5);
  return tacet_pattern_n_of_m(tensor, rank, random_between(random, 0, m), m);
}

tacet_pattern random_densities(uint64_t *random, const tacet_tensor *tensor,
                               int rank) {
  const int64_t size = tensor->rank[rank].size;
  double *density = malloc((size_t)size * sizeof *density);
  if (!density) abort();
  for (int64_t c = 0; c < size; c++)
    density[c] = (double)random_between(random, 0, 16) / 16;
  return tacet_pattern_densities(tensor, rank, density);
}
