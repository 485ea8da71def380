/* Patterns that a rule gives over rows and columns: bands, and the attention
   patterns. A row is a few runs of columns and at most one comb, so that a box
   is counted row by row, whatever its width. */
#include "pattern_kinds.h"
#include "random.h"
#include "../../dense/whole.h"

static int64_t floor_division(int64_t a, int64_t b) {
  return a / b - (a % b < 0);
}

/* ---- the runs of a row -------------------------------------------------- */

/* A row being made. */
typedef struct making {
  tacet_row *row;
  const tacet_part *part;
  int64_t index;
  int64_t position; /* of the row among the columns */
  int64_t rows, columns;
} making;

/* Columns that the part may use. */
static int64_t columns_of(const making *m) {
  return m->part->causal ? smaller(m->columns, m->position + 1) : m->columns;
}

/* Adds columns from .. to-1, as far as they exist. */
static void add_run(const making *m, int64_t from, int64_t to) {
  const tacet_run added = {larger(from, 0), smaller(to, columns_of(m))};
  if (added.from >= added.to) return;
  int at = m->row->runs++;
  for (; at > 0 && m->row->run[at - 1].from > added.from; at--)
    m->row->run[at] = m->row->run[at - 1];
  m->row->run[at] = added;
}

/* The middle of a row, as a column of the diagonal from corner to corner. */
static void add_band(const making *m) {
  const int64_t diagonal = (2 * m->index + 1) * m->columns / (2 * m->rows);
  add_run(m, diagonal - m->part->width, diagonal + m->part->width + 1);
}

static void add_window(const making *m) {
  const int64_t before =
      m->part->causal ? m->part->width - 1 : m->part->width / 2;
  add_run(m, m->position - before, m->position + m->part->width / 2 + 1);
}

static void add_global(const making *m) {
  const bool whole_row = m->position < m->part->width;
  add_run(m, 0, whole_row ? m->columns : m->part->width);
}

static void add_comb(const making *m) {
  const int64_t stride = m->part->width;
  m->row->comb_stride = stride;
  m->row->comb_first =
      m->position - stride * floor_division(m->position, stride);
  m->row->comb_end = columns_of(m);
}

/* ---- random blocks ------------------------------------------------------ */

/* `count` different numbers below `range` (Floyd, CACM 30(9), 1987). */
static void choose(int64_t *chosen, int64_t count, int64_t range,
                   uint64_t state) {
  for (int64_t i = 0; i < count; i++) {
    const int64_t most = range - count + i;
    chosen[i] = tacet_random_below(&state, most + 1);
    for (int64_t j = 0; j < i; j++)
      if (chosen[j] == chosen[i]) chosen[i] = most;
  }
}

static void add_block_run(const making *m, int64_t first, int64_t count) {
  add_run(m, first * m->part->width, (first + count) * m->part->width);
}

/* Each row of blocks has a random state of its own. */
static uint64_t row_state(const tacet_part *part, int64_t row) {
  uint64_t state = part->seed;
  return tacet_random(&state) + (uint64_t)row;
}

static void add_blocks(const making *m) {
  const tacet_part *part = m->part;
  const int64_t row = floor_division(m->position, part->width);
  const int64_t blocks =
      floor_division(columns_of(m) + part->width - 1, part->width);
  if (row < part->global) {
    add_run(m, 0, m->columns);
    return;
  }
  const int64_t half = part->window / 2;
  const int64_t first = larger(part->global, row - half);
  const int64_t window = larger(0, smaller(blocks, row + half + 1) - first);
  add_block_run(m, 0, part->global);
  add_block_run(m, first, window);
  const int64_t others = larger(0, blocks - part->global - window);
  const int64_t count = smaller(part->random, others);
  int64_t chosen[TACET_MAX_RANDOM_BLOCKS];
  choose(chosen, count, others, row_state(part, row));
  for (int64_t i = 0; i < count; i++) {
    const int64_t block = part->global + chosen[i];
    add_block_run(m, block < first ? block : block + window, 1);
  }
}

static void add_part(const making *m) {
  switch (m->part->kind) {
  case TACET_BANDED: add_band(m); return;
  case TACET_CAUSAL: add_run(m, 0, m->position + 1); return;
  case TACET_WINDOW: add_window(m); return;
  case TACET_GLOBAL: add_global(m); return;
  case TACET_STRIDED:
    add_window(m);
    add_comb(m);
    return;
  case TACET_BLOCK_RANDOM: add_blocks(m); return;
  }
}

void tacet_plane_row(tacet_row *row, const tacet_pattern *pattern, int64_t i) {
  const tacet_plane *plane = &pattern->as.plane;
  making m = {.row = row,
              .index = i,
              .position = i + plane->offset,
              .rows = pattern->size[plane->rows],
              .columns = pattern->size[plane->columns]};
  row->runs = 0;
  row->comb_stride = 0;
  for (int k = 0; k < plane->parts; k++) {
    m.part = &plane->part[k];
    add_part(&m);
  }
}

/* How many rows from row i on are the same, at least: rows of blocks that are
   not cut off at the diagonal. */
static int64_t rows_alike(const tacet_plane *plane, int64_t i) {
  const int64_t position = i + plane->offset;
  int64_t alike = INT64_MAX;
  for (int k = 0; k < plane->parts; k++) {
    const tacet_part *part = &plane->part[k];
    if (part->kind != TACET_BLOCK_RANDOM || part->causal) return 1;
    const int64_t row = floor_division(position, part->width);
    alike = smaller(alike, (row + 1) * part->width - position);
  }
  return alike;
}

/* ---- counting ----------------------------------------------------------- */

/* Columns of the comb below `end`. */
static int64_t comb_below(const tacet_row *row, int64_t end) {
  const int64_t reach = smaller(end, row->comb_end) - row->comb_first;
  return reach > 0 ? (reach - 1) / row->comb_stride + 1 : 0;
}

static int64_t comb_between(const tacet_row *row, int64_t from, int64_t to) {
  if (row->comb_stride == 0 || from >= to) return 0;
  return comb_below(row, to) - comb_below(row, from);
}

/* Non-zeros among columns from .. to-1. */
static int64_t count_row(const tacet_row *row, int64_t from, int64_t to) {
  int64_t count = 0, counted = from; /* columns below `counted` are done */
  for (int k = 0; k < row->runs; k++) {
    const int64_t first = smaller(larger(row->run[k].from, counted), to);
    const int64_t end = smaller(row->run[k].to, to);
    count += comb_between(row, counted, first) + larger(0, end - first);
    counted = larger(first, end);
  }
  return count + comb_between(row, counted, to);
}

tacet_occupancy tacet_plane_box(const tacet_pattern *pattern,
                                const int64_t *start, const int64_t *length) {
  const int rows = pattern->as.plane.rows, columns = pattern->as.plane.columns;
  const int64_t from = start[columns], to = from + length[columns];
  const int64_t end = start[rows] + length[rows];
  int64_t count = 0;
  for (int64_t i = start[rows], alike; i < end; i += alike) {
    tacet_row row;
    tacet_plane_row(&row, pattern, i);
    alike = smaller(rows_alike(&pattern->as.plane, i), end - i);
    count += alike * count_row(&row, from, to);
  }
  double nonzeros = (double)count;
  for (int r = 0; r < pattern->ranks; r++)
    if (r != rows && r != columns) nonzeros *= (double)length[r];
  return (tacet_occupancy){nonzeros, 0, true};
}
