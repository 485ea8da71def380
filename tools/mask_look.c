/* Reading an array for its own sake. */
#include "mask_look.h"

#include <stdlib.h>
#include <string.h>

#include "../sparse/masks/mask_tiles.h"
#include "../sparse/masks/rows.h"

static const int64_t most_elements = INT64_C(1) << 34;

/* Letters of the array's layout, if they are one an axis and not a word. */
static bool own_letters(const tacet_stored *stored) {
  if (strlen(stored->layout) != (size_t)stored->axes) return false;
  for (const char *c = stored->layout; *c; c++)
    if (*c < 'A' || *c > 'Z' || strchr(c + 1, *c)) return false;
  return true;
}

/* Few entries of many elements: these are no matter of memory. */
static bool is_hypersparse(const tacet_stored *stored) {
  return stored->entries >= 0 && stored->entries <= most_elements / 64;
}

tacet_status tacet_look_at(tacet_look *look, const char *file,
                           const tacet_stored *stored,
                           const tacet_mask_request *request,
                           tacet_error *error) {
  *look = (tacet_look){
      .tensor = {.name = "array", .ranks = stored->axes, .row_ranks = 1}};
  int64_t elements = 1;
  if (stored->axes > TACET_MAX_RANKS || stored->axes == 0)
    return tacet_fail(error, TACET_BAD_INPUT, NULL, "%s: %s: has %d axes", file,
                      stored->name, stored->axes);
  char letters[TACET_MAX_RANKS + 1] = "";
  const bool own = own_letters(stored);
  for (int axis = 0; axis < stored->axes; axis++) {
    const int64_t size = stored->size[axis];
    letters[axis] = own ? stored->layout[axis] : (char)('A' + axis);
    look->tensor.rank[axis] =
        (tacet_rank){.name = {letters[axis]}, .size = size};
    if (size < 1 || __builtin_mul_overflow(elements, size, &elements) ||
        (elements > most_elements && !is_hypersparse(stored)))
      return tacet_fail(error, TACET_BAD_INPUT, NULL,
                        "%s: %s: has no elements, or more than 2^34", file,
                        stored->name);
  }
  const tacet_mask_source source = {.file = file,
                                    .dataset = stored->name,
                                    .layout = letters,
                                    .threshold = request->threshold,
                                    .polarity = request->polarity};
  return tacet_mask_read(&look->mask, &look->tensor, &source, error);
}

void tacet_look_free(tacet_look *look) {
  tacet_mask_free(&look->mask);
}

/* ---- counts ------------------------------------------------------------- */

static int64_t stride_of(const tacet_look *look, int rank) {
  int64_t stride = 1;
  for (int r = rank + 1; r < look->tensor.ranks; r++)
    stride *= look->tensor.rank[r].size;
  return stride;
}

/* Rows of the matrix: ranks up to the first of more than one, groups with
   what they are groups of. */
static int64_t rows_of(const tacet_look *look) {
  int64_t rows = 1;
  for (int r = 0; r < look->tensor.ranks; r++) {
    rows *= look->tensor.rank[r].size;
    if (rows > 1 && look->tensor.rank[r].name[0] != 'G') break;
  }
  return rows;
}

typedef struct slices {
  int64_t *kept;
  int64_t columns, stride, size;
} slices;

static void count_place(void *context, int64_t row, int64_t column) {
  const slices *s = context;
  s->kept[(row * s->columns + column) / s->stride % s->size]++;
}

int64_t *tacet_look_count(const tacet_look *look, int rank) {
  const tacet_mask *mask = &look->mask;
  const int64_t size = look->tensor.rank[rank].size;
  const int64_t stride = stride_of(look, rank);
  int64_t *kept = calloc((size_t)size, sizeof *kept);
  if (!kept) return NULL;
  if (mask->rows) {
    slices s = {kept, tacet_rows_columns(mask->rows), stride, size};
    tacet_rows_each(mask->rows, count_place, &s);
    return kept;
  }
  for (int64_t at = 0; stride > 1 && at < mask->elements; at += stride)
    kept[at / stride % size] += tacet_mask_count(mask, at, stride);
  if (stride > 1 ||
      !tacet_columns_count(kept, mask, mask->elements / size, NULL))
    return kept;
  free(kept);
  return NULL;
}

int64_t tacet_look_group(const tacet_look *look, int rank, int64_t group) {
  const int64_t size = look->tensor.rank[rank].size;
  const int64_t stride = stride_of(look, rank);
  int64_t most = 0;
  if (size % group != 0) return 0;
  for (int64_t outer = 0; outer < look->mask.elements; outer += group * stride)
    for (int64_t inner = 0; inner < stride && most < group; inner++) {
      int64_t ones = 0;
      for (int64_t i = 0; i < group; i++)
        ones += tacet_mask_test(&look->mask, outer + inner + i * stride);
      if (ones > most) most = ones;
    }
  return most;
}

double tacet_look_mixed(const tacet_look *look, int64_t size) {
  const int64_t rows = rows_of(look);
  const int64_t columns = look->mask.elements / rows;
  if (rows % size != 0 || columns % size != 0) return 1;
  const tacet_tiling tiling = {
      .rows = rows, .tile_rows = size, .tile_columns = size};
  const int64_t tiles = rows / size * (columns / size);
  int64_t *ones = malloc((size_t)tiles * sizeof *ones);
  if (!ones) return 1;
  tacet_tiles_count(ones, &look->mask, &tiling);
  int64_t mixed = 0;
  for (int64_t tile = 0; tile < tiles; tile++)
    mixed += ones[tile] != 0 && ones[tile] != size * size;
  free(ones);
  return (double)mixed / (double)tiles;
}

/* ---- a picture ---------------------------------------------------------- */

void tacet_look_draw(FILE *out, const tacet_look *look) {
  static const char shades[] = " .:-=+*#%@";
  const int64_t rows = rows_of(look);
  const int64_t columns = look->mask.elements / rows;
  const int64_t high = rows < 24 ? rows : 24;
  const int64_t wide = columns < 64 ? columns : 64;
  for (int64_t y = 0; y < high; y++) {
    const int64_t from = y * rows / high, to = (y + 1) * rows / high;
    fputs("    ", out);
    for (int64_t x = 0; x < wide; x++) {
      const int64_t left = x * columns / wide;
      const int64_t width = (x + 1) * columns / wide - left;
      int64_t ones = 0;
      for (int64_t row = from; row < to; row++)
        ones += tacet_mask_count(&look->mask, row * columns + left, width);
      const int64_t cells = (to - from) * width;
      /* nothing but no ones at all is blank */
      fputc(shades[(ones * 9 + cells - 1) / cells], out);
    }
    fputc('\n', out);
  }
}
