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

/* A rank of one dimension; -1 if all are sums. Not `other`. */
static int plain_rank(uint64_t *random, const tacet_tensor *tensor, int other) {
  int plain[TACET_MAX_RANKS], ranks = 0;
  for (int r = 0; r < tensor->ranks; r++)
    if (tensor->rank[r].terms == 1 && r != other) plain[ranks++] = r;
  return ranks ? plain[random_between(random, 0, ranks - 1)] : -1;
}

tacet_pattern plane_over_tensor(uint64_t *random, const tacet_tensor *tensor) {
  tacet_plane plane = {.offset = random_between(random, -2, 2), .parts = 1};
  plane.rows = plain_rank(random, tensor, -1);
  plane.columns = plain_rank(random, tensor, plane.rows);
  if (plane.rows < 0 || plane.columns < 0)
    return tacet_pattern_uniform(tensor, 0.5);
  plane.part[0] = (tacet_part){
      .kind = (tacet_part_kind)random_between(random, 0, TACET_BLOCK_RANDOM),
      .causal = random_between(random, 0, 1),
      .width = random_between(random, 1, 4),
      .global = random_between(random, 0, 1),
      .window = random_between(random, 0, 2),
      .random = random_between(random, 0, 2),
      .seed = next_random(random)};
  return tacet_pattern_plane(tensor, &plane);
}

void draw_operands(tacet_sparsity *sparsity, tacet_mask mask[TACET_OUTPUT],
                   const tacet_pattern pattern[TACET_OUTPUT],
                   const tacet_layer *layer, uint64_t seed) {
  tacet_error error;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (tacet_pattern_mask(&mask[t], &pattern[t], &layer->tensor[t],
                           TACET_OUTPUT * seed + (uint64_t)t, &error))
      abort();
    sparsity->tensor[t] = (tacet_zeros){.density = 1, .mask = &mask[t]};
  }
}
