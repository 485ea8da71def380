/* The expected work of the busiest PE of an array in one step. Elements are
   taken to be independent, each non-zero with its density: the tensor is far
   larger than a step. Knows boxes and PEs, not layers or nests. */
#include "busiest.h"

#include <math.h>

#include "occupancy.h"
#include "order.h"

/* With the operand of more units in the rows. */
static tacet_pes ordered(tacet_pes pes) {
  if (pes.row.units >= pes.column.units) return pes;
  return (tacet_pes){pes.column, pes.row, pes.shared, pes.blocks};
}

static tacet_pes make_array(const tacet_step_work *work) {
  const double shared = (double)work->shared;
  const double weights = (double)work->weights, inputs = (double)work->inputs;
  const tacet_operand weight = {
      shared * weights,        inputs,
      work->weight_density,    work->weight_excess <= -1,
      1 + work->weight_excess, (double)work->units_weights};
  const tacet_operand input = {
      shared * inputs,        weights,
      work->input_density,    work->input_excess <= -1,
      1 + work->input_excess, (double)work->units_inputs};
  return ordered(
      (tacet_pes){weight, input, shared, (double)work->units_shared});
}

double tacet_pes_box(const tacet_pes *pes) {
  return pes->row.elements * pes->row.macs;
}

double tacet_pes_mean(const tacet_pes *pes) {
  return tacet_pes_box(pes) * pes->row.density * pes->column.density;
}

double tacet_total_variance(const tacet_operand *operand) {
  return operand->elements * operand->density * (1 - operand->density);
}

double tacet_pes_evenness(const tacet_pes *pes) {
  return fmin(1, pes->row.spread) * fmin(1, pes->column.spread);
}

tacet_parts tacet_pes_variances(const tacet_pes *pes) {
  const tacet_operand *row = &pes->row, *column = &pes->column;
  const double row_total = tacet_total_variance(row);
  const double column_total = tacet_total_variance(column);
  const double by_row = row->known ? 0 : row->macs * column->density;
  const double by_column = column->known ? 0 : column->macs * row->density;
  return (tacet_parts){row_total * row->spread * by_row * by_row,
                       column_total * column->spread * by_column * by_column,
                       row_total * column_total * tacet_pes_evenness(pes) *
                           (pes->shared - 1) / (pes->shared * pes->shared)};
}

/* ---- operands whose totals take few values ------------------------------ */

/* Few enough to tell one by one, and too few to be nearly normal. */
static bool few_totals(tacet_binomial *totals, const tacet_operand *operand) {
  return operand->spread == 1 && tacet_total_variance(operand) <= 2 &&
         tacet_binomial_make(totals, operand->elements, operand->density);
}

/* The PEs whose part of an operand has this total; `parts` of its parts do. */
static tacet_pes with_total(tacet_pes pes, bool in_row, double total,
                            double parts) {
  tacet_operand *operand = in_row ? &pes.row : &pes.column;
  operand->density = total / operand->elements;
  operand->known = true;
  operand->units = fmax(1, parts / pes.blocks);
  pes.blocks = fmin(pes.blocks, parts);
  return ordered(pes);
}

/* The busiest of the PEs that have the highest total of one operand, averaged
   over that total; as many parts have it as are expected to. */
static double busiest_with_highest(const tacet_pes *pes, bool in_row,
                                   const tacet_binomial *totals) {
  const double all =
      pes->blocks * (in_row ? pes->row.units : pes->column.units);
  double below = 0, last = 0, sum = 0, seen = 0;
  for (int i = 0; i < totals->values; i++) {
    below += totals->chance[i];
    const double here = pow(below, all), chance = here - last;
    last = here;
    if (chance < 1e-3) continue;
    const double parts = all * totals->chance[i] * here / below / chance;
    const tacet_pes some =
        with_total(*pes, in_row, totals->first + i, fmax(1, parts));
    sum += chance * tacet_busiest_by_luck(&some);
    seen += chance;
  }
  return sum / seen;
}

/* Those with the highest total are some of the PEs, so their busiest is never
   too much. If all share the operand, it is the answer. */
static double busiest_of_large(const tacet_pes *pes) {
  tacet_binomial rows, columns;
  const bool few_columns = few_totals(&columns, &pes->column);
  if (few_columns && pes->column.units * pes->blocks <= 1)
    return busiest_with_highest(pes, false, &columns);
  double busiest = tacet_busiest_by_luck(pes);
  if (few_columns)
    busiest = fmax(busiest, busiest_with_highest(pes, false, &columns));
  if (few_totals(&rows, &pes->row))
    busiest = fmax(busiest, busiest_with_highest(pes, true, &rows));
  return busiest;
}

/* ---- hardly any work ---------------------------------------------------- */

/* The chance that an index has a MAC of so many rows' and columns' elements. */
static double meets(const tacet_pes *pes, double rows, double columns) {
  const double row = rows * pes->row.elements / pes->shared;
  const double column = columns * pes->column.elements / pes->shared;
  return (1 - pow(1 - pes->row.density, row)) *
         (1 - pow(1 - pes->column.density, column));
}

/* The chance that any of `indices` does. */
static double any_meets(double meets, double indices) {
  return 1 - pow(1 - meets, indices);
}

/* No PE has more than all, and one that has work has at least one MAC: the
   busiest has one more than another only if a single PE does. */
static double most_of_few(const tacet_pes *pes) {
  const double rows = pes->row.units, columns = pes->column.units;
  const double any =
      any_meets(meets(pes, rows, columns), pes->shared * pes->blocks);
  const double one = any_meets(meets(pes, 1, 1), pes->shared);
  return any +
         rows * columns * pes->blocks * fmax(0, tacet_pes_mean(pes) - one);
}

double tacet_expected_busiest(const tacet_step_work *work) {
  const tacet_pes pes = make_array(work);
  const double box = tacet_pes_box(&pes), mean = tacet_pes_mean(&pes);
  double busiest;
  if (mean <= 0 || mean >= box) return mean;
  if (pes.row.units * pes.blocks <= 1) return mean;
  if (pes.row.spread != 1 || pes.column.spread != 1 ||
      !tacet_busiest_by_sum(&busiest, &pes))
    busiest = busiest_of_large(&pes);
  if (pes.row.spread == 1 && pes.column.spread == 1)
    busiest = fmin(busiest, most_of_few(&pes));
  return fmin(box, fmax(mean, busiest));
}
