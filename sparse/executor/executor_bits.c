/* Projects sets on grids and writes them out. Knows nothing of who sends what
   to whom. */
#include "executor_bits.h"

#include <stdlib.h>

#include "executor_encode.h"
#include "executor_flags.h"
#include "../../dense/whole.h"

/* ---- grid --------------------------------------------------------------- */

/* Cells of the largest transfer of a tensor in one of its formats. */
static int64_t most_cells(const tacet_tensor *tensor, int slot,
                          const tacet_features *features) {
  int64_t extent[TACET_MAX_RANKS] = {0};
  int64_t cells = tacet_tensor_size(tensor);
  for (int r = 0; r < tensor->ranks; r++) extent[r] = tensor->rank[r].size;
  for (int s = 0; s < TACET_MAX_STORAGE; s++)
    cells =
        larger(cells, tacet_encode_room(&features->format[s][slot], extent));
  return cells;
}

tacet_status tacet_projection_make(tacet_projection *projection,
                                   const tacet_layer *layer,
                                   const tacet_features *features,
                                   tacet_error *error) {
  *projection = (tacet_projection){0};
  int64_t longest = 0, cells = 0; /* of any rank, of any tensor */
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_tensor *tensor = &layer->tensor[t];
    cells = larger(cells, most_cells(tensor, t, features));
    for (int r = 0; r < tensor->ranks; r++)
      longest = larger(longest, tensor->rank[r].size);
  }
  projection->full = malloc((size_t)cells);
  projection->sorted = malloc((size_t)cells);
  bool made = projection->full && projection->sorted;
  for (int r = 0; r < TACET_MAX_RANKS; r++) {
    projection->coordinate[r] = malloc((size_t)longest * sizeof(int64_t));
    if (!projection->coordinate[r]) made = false;
  }
  if (made) return TACET_OK;
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "out of memory to walk a layer");
}

void tacet_projection_free(tacet_projection *projection) {
  for (int r = 0; r < TACET_MAX_RANKS; r++) free(projection->coordinate[r]);
  free(projection->full);
  free(projection->sorted);
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

/* Returns the cells of the grid. */
static int64_t project(tacet_projection *projection, const tacet_tensor *tensor,
                       const tacet_set *set) {
  int64_t cells = 1;
  projection->tensor = tensor;
  for (int r = 0; r < tensor->ranks; r++) {
    project_rank(projection, r, set);
    cells *= projection->extent[r];
  }
  return cells;
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

tacet_bits tacet_transfer_bits(tacet_projection *projection,
                               const tacet_tensor *tensor, const tacet_set *set,
                               const tacet_zeros *zeros,
                               const tacet_format *format, int64_t width) {
  if (set->count == 0) return (tacet_bits){0};
  if (format->fibers == 0)
    return (tacet_bits){.payload = (double)(set->count * width)};
  const int64_t count = project(projection, tensor, set);
  for (int64_t cell = 0; cell < count; cell++) {
    const int64_t element = element_at(projection, cell);
    projection->full[cell] =
        set->has[element] && !tacet_element_is_zero(zeros, element);
  }
  tacet_grid_cells cells = {.full = projection->full,
                            .sorted = projection->sorted};
  for (int r = 0; r < tensor->ranks; r++)
    cells.extent[r] = projection->extent[r];
  return tacet_encode(format, &cells, tensor->ranks, width, NULL, NULL);
}

tacet_bits tacet_expected_transfer_bits(tacet_projection *projection,
                                        const tacet_tensor *tensor,
                                        const tacet_set *set, double density,
                                        const tacet_format *format,
                                        int64_t width) {
  if (set->count == 0) return (tacet_bits){0};
  project(projection, tensor, set);
  const tacet_contents contents = {
      .elements = (double)set->count,
      .nonzeros = density * (double)set->count,
      .model = tacet_uniform_make(tacet_tensor_size(tensor), density)};
  return tacet_expected_bits(format, projection->extent, &contents, width);
}
