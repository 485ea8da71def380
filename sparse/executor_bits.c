/* Projects sets on grids and asks each format for the size. Knows nothing of
   who sends what to whom. */
#include "executor_bits.h"

#include <stdlib.h>

#include "executor_flags.h"

/* ---- grid --------------------------------------------------------------- */

tacet_status tacet_projection_make(tacet_projection *projection,
                                   const tacet_layer *layer,
                                   tacet_error *error) {
  *projection = (tacet_projection){0};
  int64_t longest = 0; /* rank of the layer */
  for (int t = 0; t < TACET_TENSORS; t++)
    for (int r = 0; r < layer->tensor[t].ranks; r++)
      if (layer->tensor[t].rank[r].size > longest)
        longest = layer->tensor[t].rank[r].size;
  for (int r = 0; r < TACET_MAX_RANKS; r++) {
    projection->coordinate[r] = malloc((size_t)longest * sizeof(int64_t));
    if (!projection->coordinate[r])
      return tacet_fail(error, TACET_NO_MEMORY, NULL,
                        "out of memory to walk a layer");
  }
  return TACET_OK;
}

void tacet_projection_free(tacet_projection *projection) {
  for (int r = 0; r < TACET_MAX_RANKS; r++) free(projection->coordinate[r]);
  *projection = (tacet_projection){0};
}

static int64_t coordinate_of(const tacet_tensor *tensor, int rank,
                             int64_t element) {
  for (int r = tensor->ranks - 1; r > rank; r--)
    element /= tensor->rank[r].size;
  return element % tensor->rank[rank].size;
}

/* Fills the coordinates of one rank, in order. */
static void project_rank(tacet_projection *projection, int rank,
                         const tacet_set *set) {
  const tacet_tensor *tensor = projection->tensor;
  int64_t *coordinate = projection->coordinate[rank];
  int64_t size = tensor->rank[rank].size;
  for (int64_t i = 0; i < size; i++) coordinate[i] = 0;
  for (int64_t i = 0; i < set->count; i++)
    coordinate[coordinate_of(tensor, rank, set->member[i])] = 1;
  int64_t extent = 0;
  for (int64_t i = 0; i < size; i++)
    if (coordinate[i]) coordinate[extent++] = i; /* extent <= i: none is lost */
  projection->extent[rank] = extent;
}

static void project(tacet_projection *projection, const tacet_tensor *tensor,
                    const tacet_set *set) {
  projection->tensor = tensor;
  projection->grid = (tacet_grid){1, 1};
  for (int r = 0; r < tensor->ranks; r++) {
    project_rank(projection, r, set);
    if (r < tensor->row_ranks)
      projection->grid.rows *= projection->extent[r];
    else
      projection->grid.columns *= projection->extent[r];
  }
}

/* The element at a cell of the grid, cells being numbered by rows. */
static int64_t element_at(const tacet_projection *projection, int64_t cell) {
  const tacet_tensor *tensor = projection->tensor;
  int64_t element = 0, stride = 1;
  for (int r = tensor->ranks - 1; r >= 0; r--) {
    int64_t extent = projection->extent[r];
    element += stride * projection->coordinate[r][cell % extent];
    cell /= extent;
    stride *= tensor->rank[r].size;
  }
  return element;
}

/* ---- bits --------------------------------------------------------------- */

struct cells {
  const tacet_projection *projection;
  const tacet_set *set;
  const tacet_zeros *zeros;
};

/* Whether a cell holds an element that is sent and not zero. */
static int is_stored(int64_t cell, void *context) {
  const struct cells *cells = context;
  int64_t element = element_at(cells->projection, cell);
  return cells->set->has[element] &&
         !tacet_element_is_zero(cells->zeros, element);
}

static int64_t nonzeros(const tacet_set *set, const tacet_zeros *zeros) {
  int64_t count = 0;
  for (int64_t i = 0; i < set->count; i++)
    if (!tacet_element_is_zero(zeros, set->member[i])) count++;
  return count;
}

tacet_bits tacet_transfer_bits(tacet_projection *projection,
                               const tacet_tensor *tensor, const tacet_set *set,
                               const tacet_zeros *zeros, tacet_format format,
                               int64_t width) {
  if (set->count == 0) return (tacet_bits){0};
  project(projection, tensor, set);
  int64_t cell_count = projection->grid.rows * projection->grid.columns;
  struct cells cells = {projection, set, zeros};
  int64_t entries = nonzeros(set, zeros);
  if (format == TACET_UNCOMPRESSED) entries = set->count;
  if (format == TACET_RLC)
    entries =
        tacet_rlc_entries(cell_count, TACET_RLC_RUN_BITS, is_stored, &cells);
  return tacet_format_bits(format, projection->grid, (double)entries, width);
}

tacet_bits tacet_expected_transfer_bits(tacet_projection *projection,
                                        const tacet_tensor *tensor,
                                        const tacet_set *set, double density,
                                        tacet_format format, int64_t width) {
  if (set->count == 0) return (tacet_bits){0};
  project(projection, tensor, set);
  int64_t cells = projection->grid.rows * projection->grid.columns;
  tacet_uniform whole = tacet_uniform_make(tacet_tensor_size(tensor), density);
  double entries = density * (double)set->count;
  if (format == TACET_UNCOMPRESSED) entries = (double)set->count;
  if (format == TACET_RLC)
    entries = tacet_rlc_expected_entries(cells, TACET_RLC_RUN_BITS,
                                         whole.elements, whole.nonzeros);
  return tacet_format_bits(format, projection->grid, entries, width);
}
