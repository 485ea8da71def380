/* Draws masks from patterns. Knows how each kind distributes its non-zeros,
   not what boxes hold. */
#include "pattern_kinds.h"
#include "random.h"

#include <stddef.h>

/* ---- lines -------------------------------------------------------------- */

/* The elements that differ in one rank only. Lines are numbered in row-major
   order of the other ranks. */
typedef struct line {
  int64_t base;   /* the element at coordinate 0 */
  int64_t stride; /* elements from one coordinate to the next */
} line;

static int64_t stride_of(const tacet_mask *mask, int rank) {
  int64_t stride = 1;
  for (int r = rank + 1; r < mask->ranks; r++) stride *= mask->size[r];
  return stride;
}

static int64_t lines_along(const tacet_mask *mask, int rank) {
  return mask->elements / mask->size[rank];
}

static line line_at(const tacet_mask *mask, int rank, int64_t index) {
  const int64_t stride = stride_of(mask, rank);
  const int64_t outer = index / stride, inner = index % stride;
  return (line){outer * stride * mask->size[rank] + inner, stride};
}

static int64_t coordinate(const tacet_mask *mask, int rank, int64_t element) {
  return element / stride_of(mask, rank) % mask->size[rank];
}

static void set_run(tacet_mask *mask, line along, int64_t from, int64_t to) {
  for (int64_t c = from; c < to; c++)
    tacet_mask_set(mask, along.base + c * along.stride);
}

/* ---- selections --------------------------------------------------------- */

/* Takes `wanted` of `left` items that come by one by one, all choices being
   equally likely (selection sampling: Knuth, TAOCP 2, 3.4.2, algorithm S). */
typedef struct selection {
  int64_t wanted, left;
} selection;

static bool take(selection *selected, uint64_t *random) {
  const bool taken =
      tacet_random_below(random, selected->left--) < selected->wanted;
  selected->wanted -= taken;
  return taken;
}

/* ---- blocks ------------------------------------------------------------- */

/* The tensor of which each element is a block of the pattern's. */
static tacet_tensor grid_of(const tacet_pattern *pattern,
                            const tacet_tensor *tensor) {
  tacet_tensor grid = *tensor;
  for (int r = 0; r < pattern->ranks; r++)
    grid.rank[r].size = tacet_blocks_along(pattern, r);
  return grid;
}

static void draw_kept(tacet_mask *kept, const tacet_pattern *pattern,
                      uint64_t *random) {
  const tacet_uniform model = tacet_blocks_model(pattern);
  for (int64_t draw = 0; draw < pattern->as.blocks.draws; draw++) {
    selection selected = {model.nonzeros, model.elements};
    for (int64_t block = 0; block < kept->elements; block++)
      if (take(&selected, random)) tacet_mask_set(kept, block);
  }
}

/* Sets the elements of kept blocks, line by line along the last rank. */
static void spread_blocks(tacet_mask *mask, const tacet_mask *kept,
                          const int64_t *size) {
  const int last = mask->ranks - 1;
  for (int64_t i = 0; i < lines_along(mask, last); i++) {
    const line along = line_at(mask, last, i);
    int64_t first = 0; /* block of the line's first element */
    for (int r = 0; r < last; r++)
      first = (first + coordinate(mask, r, along.base) / size[r]) *
              kept->size[r + 1];
    for (int64_t c = 0; c < mask->size[last]; c++)
      if (tacet_mask_test(kept, first + c / size[last]))
        tacet_mask_set(mask, along.base + c);
  }
}

static tacet_status draw_blocks(tacet_mask *mask, const tacet_pattern *pattern,
                                const tacet_tensor *tensor, uint64_t *random,
                                tacet_error *error) {
  const tacet_tensor grid = grid_of(pattern, tensor);
  tacet_mask kept;
  tacet_status status = tacet_mask_make(&kept, &grid, error);
  if (status) return status;
  draw_kept(&kept, pattern, random);
  spread_blocks(mask, &kept, pattern->as.blocks.block);
  tacet_mask_free(&kept);
  return TACET_OK;
}

/* ---- groups along a rank ------------------------------------------------ */

static void draw_n_of_m(tacet_mask *mask, const tacet_pattern *pattern,
                        uint64_t *random) {
  const tacet_n_of_m *model = &pattern->as.n_of_m;
  for (int64_t i = 0; i < lines_along(mask, model->rank); i++) {
    const line along = line_at(mask, model->rank, i);
    selection selected = {0};
    for (int64_t c = 0; c < mask->size[model->rank]; c++) {
      if (selected.left == 0) {
        const int64_t rest = mask->size[model->rank] - c;
        selected.left = rest < model->m ? rest : model->m;
        selected.wanted = selected.left < model->n ? selected.left : model->n;
      }
      if (take(&selected, random)) set_run(mask, along, c, c + 1);
    }
  }
}

static void draw_densities(tacet_mask *mask, const tacet_pattern *pattern,
                           uint64_t *random) {
  const int rank = pattern->as.densities.rank;
  const int64_t elements = lines_along(mask, rank);
  for (int64_t c = 0; c < mask->size[rank]; c++) {
    selection selected = {tacet_densities_nonzeros(pattern, c, elements),
                          elements};
    for (int64_t i = 0; i < elements; i++)
      if (take(&selected, random))
        set_run(mask, line_at(mask, rank, i), c, c + 1);
  }
}

/* ---- planes ------------------------------------------------------------- */

static void set_plane(tacet_mask *mask, const tacet_pattern *pattern) {
  const int rows = pattern->as.plane.rows, columns = pattern->as.plane.columns;
  for (int64_t i = 0; i < lines_along(mask, columns); i++) {
    const line along = line_at(mask, columns, i);
    tacet_row row;
    tacet_plane_row(&row, pattern, coordinate(mask, rows, along.base));
    for (int k = 0; k < row.runs; k++)
      set_run(mask, along, row.run[k].from, row.run[k].to);
    if (row.comb_stride == 0) continue;
    for (int64_t c = row.comb_first; c < row.comb_end; c += row.comb_stride)
      set_run(mask, along, c, c + 1);
  }
}

/* ---- all kinds ---------------------------------------------------------- */

static tacet_status check_shape(const tacet_pattern *pattern,
                                const tacet_tensor *tensor,
                                tacet_error *error) {
  bool same = pattern->ranks == tensor->ranks;
  for (int r = 0; r < tensor->ranks && same; r++)
    same = pattern->size[r] == tensor->rank[r].size;
  if (same) return TACET_OK;
  return tacet_fail(error, TACET_BAD_INPUT, NULL,
                    "the pattern is not of the shape of %s", tensor->name);
}

static tacet_status draw(tacet_mask *mask, const tacet_pattern *pattern,
                         const tacet_tensor *tensor, uint64_t *random,
                         tacet_error *error) {
  switch (pattern->kind) {
  case TACET_BLOCKS: return draw_blocks(mask, pattern, tensor, random, error);
  case TACET_N_OF_M: draw_n_of_m(mask, pattern, random); break;
  case TACET_DENSITIES: draw_densities(mask, pattern, random); break;
  case TACET_PLANE: set_plane(mask, pattern); break;
  }
  return TACET_OK;
}

tacet_status tacet_pattern_mask(tacet_mask *mask, const tacet_pattern *pattern,
                                const tacet_tensor *tensor, uint64_t seed,
                                tacet_error *error) {
  tacet_status status = check_shape(pattern, tensor, error);
  *mask = (tacet_mask){0};
  if (!status) status = tacet_mask_make(mask, tensor, error);
  if (!status) status = draw(mask, pattern, tensor, &seed, error);
  if (status)
    tacet_mask_free(mask);
  else
    tacet_mask_keep_values(mask, tensor);
  return status;
}
