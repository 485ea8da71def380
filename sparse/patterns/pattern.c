/* Making patterns and asking them, whatever their kind. */
#include "pattern_kinds.h"

#include <math.h>
#include <stdlib.h>

/* ---- making ------------------------------------------------------------- */

static tacet_pattern shaped(const tacet_tensor *tensor,
                            tacet_pattern_kind kind) {
  tacet_pattern pattern = {.kind = kind, .ranks = tensor->ranks};
  for (int r = 0; r < tensor->ranks; r++)
    pattern.size[r] = tensor->rank[r].size;
  return pattern;
}

tacet_pattern tacet_pattern_dense(const tacet_tensor *tensor) {
  return tacet_pattern_uniform(tensor, 1);
}

tacet_pattern tacet_pattern_uniform(const tacet_tensor *tensor,
                                    double density) {
  int64_t block[TACET_MAX_RANKS];
  for (int r = 0; r < tensor->ranks; r++) block[r] = 1;
  return tacet_pattern_blocks(tensor, block, density);
}

tacet_pattern tacet_pattern_blocks(const tacet_tensor *tensor,
                                   const int64_t *block, double density) {
  tacet_pattern pattern = shaped(tensor, TACET_BLOCKS);
  pattern.as.blocks = (tacet_blocks){.density = density, .draws = 1};
  for (int r = 0; r < tensor->ranks; r++) pattern.as.blocks.block[r] = block[r];
  return pattern;
}

tacet_pattern tacet_pattern_slices(const tacet_tensor *tensor, int rank,
                                   double density) {
  int64_t block[TACET_MAX_RANKS];
  for (int r = 0; r < tensor->ranks; r++) block[r] = tensor->rank[r].size;
  block[rank] = 1;
  return tacet_pattern_blocks(tensor, block, density);
}

tacet_pattern tacet_pattern_n_of_m(const tacet_tensor *tensor, int rank,
                                   int64_t n, int64_t m) {
  tacet_pattern pattern = shaped(tensor, TACET_N_OF_M);
  pattern.as.n_of_m = (tacet_n_of_m){rank, n, m};
  return pattern;
}

tacet_pattern tacet_pattern_densities(const tacet_tensor *tensor, int rank,
                                      double *density) {
  tacet_pattern pattern = shaped(tensor, TACET_DENSITIES);
  pattern.as.densities = (tacet_densities){rank, density};
  return pattern;
}

tacet_pattern tacet_pattern_plane(const tacet_tensor *tensor,
                                  const tacet_plane *plane) {
  tacet_pattern pattern = shaped(tensor, TACET_PLANE);
  pattern.as.plane = *plane;
  return pattern;
}

bool tacet_pattern_is_uniform(const tacet_pattern *pattern) {
  if (pattern->kind != TACET_BLOCKS || pattern->as.blocks.draws > 1)
    return false;
  for (int r = 0; r < pattern->ranks; r++)
    if (pattern->as.blocks.block[r] != 1) return false;
  return true;
}

void tacet_pattern_free(tacet_pattern *pattern) {
  if (pattern->kind == TACET_DENSITIES) free(pattern->as.densities.density);
  *pattern = (tacet_pattern){0};
}

/* ---- asking ------------------------------------------------------------- */

static bool is_nothing(const tacet_pattern *pattern, const int64_t *length) {
  for (int r = 0; r < pattern->ranks; r++)
    if (length[r] == 0) return true;
  return false;
}

tacet_occupancy tacet_pattern_box(const tacet_pattern *pattern,
                                  const int64_t *start, const int64_t *length) {
  static const tacet_occupancy nothing = {.exact = true};
  if (is_nothing(pattern, length)) return nothing;
  switch (pattern->kind) {
  case TACET_BLOCKS: return tacet_blocks_box(pattern, start, length);
  case TACET_N_OF_M:
  case TACET_DENSITIES: return tacet_groups_box(pattern, start, length);
  case TACET_PLANE: return tacet_plane_box(pattern, start, length);
  }
  return nothing;
}

double tacet_pattern_empty(const tacet_pattern *pattern, const int64_t *start,
                           const int64_t *length) {
  if (is_nothing(pattern, length)) return 1;
  switch (pattern->kind) {
  case TACET_BLOCKS: return tacet_blocks_empty(pattern, start, length);
  case TACET_N_OF_M:
  case TACET_DENSITIES: return tacet_groups_empty(pattern, start, length);
  case TACET_PLANE: break;
  }
  return tacet_plane_box(pattern, start, length).nonzeros > 0 ? 0 : 1;
}

double tacet_pattern_nonzeros(const tacet_pattern *pattern,
                              const int64_t *start, const int64_t *length) {
  if (pattern->kind == TACET_DENSITIES)
    return tacet_densities_expected(pattern, start, length);
  return tacet_pattern_box(pattern, start, length).nonzeros;
}

double tacet_pattern_density(const tacet_pattern *pattern) {
  const tacet_blocks *blocks = &pattern->as.blocks;
  if (pattern->kind == TACET_BLOCKS && blocks->draws == 1)
    return blocks->density;
  if (pattern->kind == TACET_BLOCKS)
    return 1 - pow(1 - blocks->density, (double)blocks->draws);
  const int64_t start[TACET_MAX_RANKS] = {0};
  double elements = 1;
  for (int r = 0; r < pattern->ranks; r++) elements *= (double)pattern->size[r];
  return tacet_pattern_box(pattern, start, pattern->size).nonzeros / elements;
}
