/* Counting tiles: row by row of the matrix, so that memory is read once and in
   order, whatever the tiles. */
#include "mask_tiles.h"

#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "../files/workers.h"

int64_t tacet_tiles_down(const tacet_tiling *tiling) {
  return (tiling->rows - 1) / tiling->tile_rows + 1;
}

int64_t tacet_tiles_across(const tacet_tiling *tiling, const tacet_mask *mask) {
  return (mask->elements / tiling->rows - 1) / tiling->tile_columns + 1;
}

/* Adds a row of tiles of whole words each. */
static inline __attribute__((always_inline)) void
add_words(int64_t *count, const uint64_t *word, int64_t across, int64_t words) {
  for (int64_t tile = 0; tile < across; tile++) {
    int64_t ones = 0;
    for (int64_t i = 0; i < words; i++) ones += __builtin_popcountll(*word++);
    count[tile] += ones;
  }
}

static void add_words_anywhere(int64_t *count, const uint64_t *word,
                               int64_t across, int64_t words) {
  add_words(count, word, across, words);
}

#if defined(__x86_64__)
__attribute__((target("popcnt"))) static void
add_words_by_popcnt(int64_t *count, const uint64_t *word, int64_t across,
                    int64_t words) {
  if (words == 1)
    add_words(count, word, across, 1);
  else
    add_words(count, word, across, words);
}
#endif

typedef void add_row(int64_t *count, const uint64_t *word, int64_t across,
                     int64_t words);

static add_row *choose_add_row(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("popcnt")) return add_words_by_popcnt;
#endif
  return add_words_anywhere;
}

static void add_bits(int64_t *count, const tacet_mask *mask, int64_t first,
                     int64_t columns, int64_t width) {
  for (int64_t column = 0; column < columns; column += width) {
    const int64_t left = columns - column;
    *count++ +=
        tacet_mask_count(mask, first + column, left < width ? left : width);
  }
}

/* Rows of tiles that are counted. */
typedef struct tile_rows {
  const tacet_mask *mask;
  const tacet_tiling *tiling;
  int64_t across;
  int64_t *count;
  add_row *add; /* NULL: tiles are not of whole words */
} tile_rows;

static void count_row_of_tiles(void *context, int64_t down, int worker) {
  const tile_rows *t = context;
  const int64_t columns = t->mask->elements / t->tiling->rows;
  const int64_t width = t->tiling->tile_columns;
  const int64_t first = down * t->tiling->tile_rows;
  const int64_t left = t->tiling->rows - first;
  const int64_t rows =
      left < t->tiling->tile_rows ? left : t->tiling->tile_rows;
  int64_t *count = t->count + down * t->across;
  (void)worker;
  memset(count, 0, (size_t)t->across * sizeof *count);
  for (int64_t row = first; row < first + rows; row++)
    if (t->add)
      t->add(count, t->mask->bits + row * columns / 64, t->across, width / 64);
    else
      add_bits(count, t->mask, row * columns, columns, width);
}

static int workers_for(const tacet_tiling *tiling, const tacet_mask *mask) {
  /* below this, more threads cost more time than they save */
  static const int64_t enough_elements = INT64_C(1) << 26;
  if (tiling->workers) return tiling->workers;
  return mask->elements < enough_elements ? 1 : tacet_processors();
}

void tacet_tiles_count(int64_t *count, const tacet_mask *mask,
                       const tacet_tiling *tiling) {
  const int64_t columns = mask->elements / tiling->rows;
  const int64_t width = tiling->tile_columns;
  const bool whole_words =
      mask->bits && width % 64 == 0 && columns % width == 0;
  tile_rows rows = {mask, tiling, tacet_tiles_across(tiling, mask), count,
                    whole_words ? choose_add_row() : NULL};
  tacet_workers_run(workers_for(tiling, mask), tacet_tiles_down(tiling),
                    count_row_of_tiles, &rows);
}

/* ---- columns ------------------------------------------------------------ */

/* Byte lanes of eight columns; a lane holds up to 255. */
typedef struct lanes {
  uint64_t spread[256]; /* bit i of the index in lane i */
  uint64_t *sum;        /* [columns / 8] */
} lanes;

static void spread_bits(lanes *l) {
  for (unsigned byte = 0; byte < 256; byte++) {
    l->spread[byte] = 0;
    for (int bit = 0; bit < 8; bit++)
      l->spread[byte] |= (uint64_t)(byte >> bit & 1) << (8 * bit);
  }
}

static void empty_lanes(int64_t *count, lanes *l, int64_t columns) {
  for (int64_t column = 0; column < columns; column++)
    count[column] += (int64_t)(l->sum[column / 8] >> (8 * (column % 8)) & 255);
  memset(l->sum, 0, (size_t)(columns / 8) * sizeof *l->sum);
}

/* Rows of whole words: eight columns are one addition. */
static void add_rows(int64_t *count, const tacet_mask *mask, int64_t rows,
                     lanes *l) {
  const int64_t columns = mask->elements / rows, words = columns / 64;
  const uint64_t *word = mask->bits;
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t i = 0; i < words; i++, word++)
      for (int byte = 0; byte < 8; byte++)
        l->sum[8 * i + byte] += l->spread[(*word >> (8 * byte)) & 255];
    if (row % 255 == 254) empty_lanes(count, l, columns);
  }
  empty_lanes(count, l, columns);
}

/* Hypersparse masks are counted by their ones. */
typedef struct column_counter {
  int64_t *count;
  int64_t columns;      /* of the matrix that is counted */
  int64_t mask_columns; /* of that which the mask has */
} column_counter;

static void count_place(void *context, int64_t row, int64_t column) {
  const column_counter *c = context;
  c->count[(row * c->mask_columns + column) % c->columns]++;
}

tacet_status tacet_columns_count(int64_t *count, const tacet_mask *mask,
                                 int64_t rows, tacet_error *error) {
  const int64_t columns = mask->elements / rows;
  lanes l = {.sum = NULL};
  memset(count, 0, (size_t)columns * sizeof *count);
  if (mask->rows) {
    column_counter c = {count, columns, tacet_rows_columns(mask->rows)};
    tacet_rows_each(mask->rows, count_place, &c);
    return TACET_OK;
  }
  if (columns % 64 != 0) {
    for (int64_t i = 0; i < mask->elements; i++)
      count[i % columns] += tacet_mask_test(mask, i);
    return TACET_OK;
  }
  l.sum = calloc((size_t)(columns / 8), sizeof *l.sum);
  if (!l.sum) return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  spread_bits(&l);
  add_rows(count, mask, rows, &l);
  free(l.sum);
  return TACET_OK;
}
