/* The busiest PE of small boxes, summed over all totals. Knows nothing of how
   large boxes are done. */
#include "busiest.h"

#include <math.h>
#include <stdint.h>

#include "factorial.h"
#include "order.h"

enum { MAX_TERMS = 5000 }; /* (A, B, X) of a sum: some 30 microseconds */

/* An operand's totals, as MACs of the box that have one of its non-zeros. */
struct totals {
  tacet_binomial counts;
  double with[TACET_MAX_BINOMIAL];
  double log_with[TACET_MAX_BINOMIAL];    /* log(with!) */
  double log_without[TACET_MAX_BINOMIAL]; /* log((macs - with)!) */
};

/* For every pair of totals, the distribution of X. It is hypergeometric if an
   operand has one element at each shared index: so many of the box's MACs
   have a non-zero of the row, so many one of the column; X have both. */
struct table {
  double macs;
  struct totals row;
  struct totals column;
  double chance[TACET_MAX_BINOMIAL][TACET_MAX_BINOMIAL];  /* of the x to come */
  double at_most[TACET_MAX_BINOMIAL][TACET_MAX_BINOMIAL]; /* the x before it */
};

static void fill_totals(struct totals *totals, const tacet_operand *operand,
                        double macs) {
  for (int i = 0; i < totals->counts.values; i++) {
    const double with = (totals->counts.first + i) * operand->macs;
    totals->with[i] = with;
    totals->log_with[i] = tacet_log_factorial(with);
    totals->log_without[i] = tacet_log_factorial(macs - with);
  }
}

/* The log chance of the least X there can be, but for log(macs!). */
static double log_least(const struct table *table, int r, int c) {
  const struct totals *row = &table->row, *column = &table->column;
  const double forced = row->with[r] + column->with[c] - table->macs;
  const double logs = forced > 0 ? row->log_with[r] + column->log_with[c]
                                 : row->log_without[r] + column->log_without[c];
  return logs - tacet_log_factorial(fabs(forced));
}

static void start_table(struct table *table) {
  const double log_macs = tacet_log_factorial(table->macs);
  for (int r = 0; r < table->row.counts.values; r++)
    for (int c = 0; c < table->column.counts.values; c++) {
      table->chance[r][c] = exp(log_least(table, r, c) - log_macs);
      table->at_most[r][c] = 0;
    }
}

/* Adds the chance of x to at_most. */
static void add_to_table(struct table *table, double x) {
  for (int r = 0; r < table->row.counts.values; r++)
    for (int c = 0; c < table->column.counts.values; c++) {
      const double with_row = table->row.with[r];
      const double with_column = table->column.with[c];
      const double neither = table->macs - with_row - with_column + x;
      const double chance = table->chance[r][c];
      if (neither < 0) continue;
      table->at_most[r][c] += chance;
      table->chance[r][c] = chance * (with_row - x) * (with_column - x) /
                            ((x + 1) * (neither + 1));
    }
}

/* The same where there is one shared index: X is the product of totals. */
static void multiply_totals(struct table *table, double x) {
  for (int r = 0; r < table->row.counts.values; r++)
    for (int c = 0; c < table->column.counts.values; c++)
      table->at_most[r][c] =
          table->row.with[r] * table->column.with[c] <= x * table->macs;
}

static double power(double base, double count) {
  double result = 1;
  for (int64_t exponent = (int64_t)count; exponent;
       exponent >>= 1, base *= base)
    if (exponent & 1) result *= base;
  return result;
}

/* The chance that no PE of a block exceeds x: a sum over the highest of the
   columns' totals, which every row meets. The other columns count as drawn
   anew for every row: exact for one column, for one row, and where totals
   alone decide. */
static double block_at_most(const struct table *table, const tacet_pes *pes) {
  const tacet_binomial *row = &table->row.counts,
                       *column = &table->column.counts;
  double below[TACET_MAX_BINOMIAL] = {0}, last[TACET_MAX_BINOMIAL] = {0};
  double columns_below = 0, columns_last = 0, sum = 0;
  for (int c = 0; c < column->values; c++) {
    columns_below += column->chance[c];
    const double columns_here = power(columns_below, pes->column.units);
    const double highest_here = columns_here - columns_last;
    double row_passes = 0;
    columns_last = columns_here;
    for (int r = 0; r < row->values; r++) {
      below[r] += column->chance[c] * table->at_most[r][c];
      const double here = power(below[r], pes->column.units);
      row_passes += row->chance[r] * (here - last[r]);
      last[r] = here;
    }
    if (highest_here > 1e-12)
      sum += highest_here * power(row_passes / highest_here, pes->row.units);
  }
  return fmin(1, sum);
}

bool tacet_list_totals(tacet_binomial *totals, const tacet_operand *operand) {
  if (operand->bundles.count > 0)
    return tacet_bundles_make(totals, &operand->bundles);
  return tacet_binomial_make(totals, operand->elements, operand->density);
}

/* Lists the totals; *x becomes the least work. False if the sum has too many
   terms. */
static bool make_table(struct table *table, double *x, const tacet_pes *pes) {
  const tacet_parts variance = tacet_pes_variances(pes);
  const double sd = sqrt(variance.row + variance.column + variance.meeting);
  const tacet_operand *row = &pes->row, *column = &pes->column;
  tacet_binomial *rows = &table->row.counts, *columns = &table->column.counts;
  table->macs = tacet_pes_box(pes);
  if (!tacet_list_totals(rows, row) || !tacet_list_totals(columns, column))
    return false;
  const double last = fmin(table->macs, tacet_pes_mean(pes) + 5 * sd + 3);
  *x = fmax(0, rows->first * row->macs + columns->first * column->macs -
                   table->macs);
  if (rows->values * columns->values * (last - *x) > MAX_TERMS) return false;
  fill_totals(&table->row, row, table->macs);
  fill_totals(&table->column, column, table->macs);
  return true;
}

bool tacet_busiest_by_sum(double *busiest, const tacet_pes *pes) {
  struct table table;
  const bool product =
      pes->shared <= 1 || pes->row.density >= 1 || pes->column.density >= 1;
  const bool vectors =
      pes->row.bundles.count > 0 || pes->column.bundles.count > 0;
  double x, above = 1;
  if (!product && (vectors || fmin(pes->row.macs, pes->column.macs) > 1))
    return false;
  if (!make_table(&table, &x, pes)) return false;
  if (!product) start_table(&table);
  *busiest = x;
  for (; x < table.macs && above > 1e-7; x++) {
    if (product)
      multiply_totals(&table, x);
    else
      add_to_table(&table, x);
    above = 1 - power(block_at_most(&table, pes), pes->blocks);
    *busiest += above;
  }
  return true;
}
