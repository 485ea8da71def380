/* CXSparse carries the places; what it has no function for is a search in a
   sorted column of it. */
#define NCOMPLEX
#include "rows.h"

#include <suitesparse/cs.h>

tacet_rows *tacet_rows_start(int64_t rows, int64_t columns, int64_t room) {
  return cs_dl_spalloc(columns, rows, room, 0, 1);
}

/* There is room, so that this is all cs_dl_entry would do. */
void tacet_rows_add(tacet_rows *filling, int64_t row, int64_t column) {
  filling->i[filling->nz] = column;
  filling->p[filling->nz++] = row;
}

/* Transposing puts each column in order, and twice makes the same matrix. */
tacet_rows *tacet_rows_finish(tacet_rows *filling) {
  cs_dl *compressed = cs_dl_compress(filling);
  cs_dl_spfree(filling);
  cs_dl *turned = compressed ? cs_dl_transpose(compressed, 0) : NULL;
  cs_dl_spfree(compressed);
  cs_dl *rows = turned ? cs_dl_transpose(turned, 0) : NULL;
  cs_dl_spfree(turned);
  return rows;
}

void tacet_rows_free(tacet_rows *rows) {
  cs_dl_spfree(rows);
}

int64_t tacet_rows_columns(const tacet_rows *rows) {
  return rows->m;
}

int64_t tacet_rows_count(const tacet_rows *rows) {
  return rows->p[rows->n];
}

int64_t tacet_rows_twice(const tacet_rows *rows) {
  int64_t twice = 0;
  for (int64_t row = 0; row < rows->n; row++)
    for (int64_t i = rows->p[row] + 1; i < rows->p[row + 1]; i++)
      twice += rows->i[i] == rows->i[i - 1];
  return twice;
}

int64_t tacet_rows_left(const tacet_rows *rows, int64_t row, int64_t column) {
  int64_t low = rows->p[row], end = rows->p[row + 1];
  while (low < end) {
    const int64_t middle = low + (end - low) / 2;
    if (rows->i[middle] < column)
      low = middle + 1;
    else
      end = middle;
  }
  return low - rows->p[row];
}

int64_t tacet_rows_above(const tacet_rows *rows, int64_t row) {
  return rows->p[row];
}

const int64_t *tacet_rows_pointers(const tacet_rows *rows) {
  return rows->p;
}

const int64_t *tacet_rows_indices(const tacet_rows *rows) {
  return rows->i;
}

int64_t tacet_rows_rows(const tacet_rows *rows) {
  return rows->n;
}

bool tacet_rows_test(const tacet_rows *rows, int64_t row, int64_t column) {
  const int64_t at = rows->p[row] + tacet_rows_left(rows, row, column);
  return at < rows->p[row + 1] && rows->i[at] == column;
}

void tacet_rows_each(const tacet_rows *rows, tacet_rows_visit *visit,
                     void *context) {
  for (int64_t row = 0; row < rows->n; row++)
    for (int64_t i = rows->p[row]; i < rows->p[row + 1]; i++)
      visit(context, row, rows->i[i]);
}

typedef struct turning {
  tacet_rows *filling;
  int digits;
  const int64_t *size, *stride;
  int64_t from, to; /* columns */
} turning;

static void turn(void *context, int64_t row, int64_t column) {
  turning *t = context;
  int64_t rest = row * t->from + column, place = 0;
  for (int i = t->digits - 1; i >= 0; i--) {
    place += rest % t->size[i] * t->stride[i];
    rest /= t->size[i];
  }
  tacet_rows_add(t->filling, place / t->to, place % t->to);
}

tacet_rows *tacet_rows_turned(const tacet_rows *rows, int digits,
                              const int64_t *size, const int64_t *stride,
                              int64_t columns) {
  const int64_t elements = rows->n * rows->m;
  turning t = {.digits = digits, .size = size, .stride = stride};
  t.from = rows->m;
  t.to = columns;
  t.filling =
      tacet_rows_start(elements / columns, columns, tacet_rows_count(rows));
  if (!t.filling) return NULL;
  tacet_rows_each(rows, turn, &t);
  return tacet_rows_finish(t.filling);
}
