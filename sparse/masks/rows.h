/* Where a matrix with few non-zeros has them, row by row: CXSparse's
   compressed columns, each of which is a row here. Knows nothing of tensors. */
#ifndef TACET_ROWS_H
#define TACET_ROWS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct cs_dl_sparse tacet_rows;

/* To be filled with up to `room` places of rows x columns, in any order. NULL
   if there is no memory. */
tacet_rows *tacet_rows_start(int64_t rows, int64_t columns, int64_t room);
void tacet_rows_add(tacet_rows *filling, int64_t row, int64_t column);

/* The same places in order; frees `filling`. NULL if there is no memory. */
tacet_rows *tacet_rows_finish(tacet_rows *filling);
void tacet_rows_free(tacet_rows *rows); /* NULL is fine */

/* ---- of those that are finished ----------------------------------------- */

int64_t tacet_rows_columns(const tacet_rows *rows);
int64_t tacet_rows_count(const tacet_rows *rows); /* places in all */

/* Places that were added more than once, beyond the first time. */
int64_t tacet_rows_twice(const tacet_rows *rows);

/* Places of a row that come before the column. */
int64_t tacet_rows_left(const tacet_rows *rows, int64_t row, int64_t column);

/* Places of all rows before this one; row may be the number of rows. */
int64_t tacet_rows_above(const tacet_rows *rows, int64_t row);

/* As CSR has them: where each row begins, [rows + 1], and the columns. */
const int64_t *tacet_rows_pointers(const tacet_rows *rows);
const int64_t *tacet_rows_indices(const tacet_rows *rows);
int64_t tacet_rows_rows(const tacet_rows *rows);

bool tacet_rows_test(const tacet_rows *rows, int64_t row, int64_t column);

/* The same places of a matrix of other columns: place number n, row-major,
   whose digits in the mixed radix size[digits] are d, goes to the sum of
   d[i] * stride[i]. NULL if there is no memory. */
tacet_rows *tacet_rows_turned(const tacet_rows *rows, int digits,
                              const int64_t *size, const int64_t *stride,
                              int64_t columns);

/* Calls visit for each place, in order. */
typedef void tacet_rows_visit(void *context, int64_t row, int64_t column);
void tacet_rows_each(const tacet_rows *rows, tacet_rows_visit *visit,
                     void *context);

#endif
