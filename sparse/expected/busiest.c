/* The expected work of the busiest PE of an array in one step. Elements are
   taken to be independent, each non-zero with its density: the tensor is far
   larger than a step. Knows boxes and PEs, not layers or nests. */
#include "busiest.h"

#include <math.h>
#include <stddef.h>

#include "../patterns/occupancy.h"
#include "order.h"

/* With the operand of more units in the rows. */
static tacet_pes ordered(tacet_pes pes) {
  if (pes.row.units >= pes.column.units) return pes;
  const tacet_operand row = pes.row;
  pes.row = pes.column;
  pes.column = row;
  return pes;
}

static tacet_pes make_array(const tacet_step_work *work) {
  const tacet_operand weight = {
      work->shared * work->weights, work->inputs,
      work->weight_density,         work->weight_excess <= -1,
      1 + work->weight_excess,      (double)work->units_weights,
      work->weight_bundles};
  const tacet_operand input = {
      work->shared * work->inputs, work->weights,
      work->input_density,         work->input_excess <= -1,
      1 + work->input_excess,      (double)work->units_inputs,
      work->input_bundles};
  return ordered((tacet_pes){weight, input, work->shared,
                             (double)work->units_shared, work->length,
                             work->width});
}

static double vectors(const tacet_pes *pes) {
  return pes->row.elements * pes->row.macs / (double)pes->length;
}

double tacet_pes_box(const tacet_pes *pes) {
  return vectors(pes) * ceil((double)pes->length / (double)pes->width);
}

double tacet_pes_given(const tacet_pes *pes, double a, double b) {
  if (pes->width == 1) return a * b / pes->shared;
  const double density =
      fmin(1, a / pes->row.elements) * fmin(1, b / pes->column.elements);
  return vectors(pes) * tacet_expected_ceil(pes->length, density, pes->width);
}

double tacet_pes_mean(const tacet_pes *pes) {
  return tacet_pes_given(pes, pes->row.elements * pes->row.density,
                         pes->column.elements * pes->column.density);
}

double tacet_total_variance(const tacet_operand *operand) {
  return operand->elements * operand->density * (1 - operand->density);
}

double tacet_pes_evenness(const tacet_pes *pes) {
  return fmin(1, pes->row.spread) * fmin(1, pes->column.spread);
}

/* Variance of the slots of all vectors that is in none of the totals, if a MAC
   has operands that are not zero with these chances. Of a vector's variance
   its MACs' operands have their parts one by one: a MAC more is a slot more if
   those before it fill theirs. */
static double vectors_variance(const tacet_pes *pes, double p, double q) {
  if (p * q <= 0) return 0;
  const double length = (double)pes->length;
  const tacet_moments_of_ceil slots =
      tacet_ceil_moments(pes->length, p * q, pes->width);
  const double one_less =
      tacet_ceil_moments(pes->length - 1, p * q, pes->width).mean;
  const double more = (slots.mean - one_less) / (p * q);
  const double by_row = q * q * p * (1 - p), by_column = p * p * q * (1 - q);
  const double totals = p * (1 - p) * q * (1 - q) / pes->shared;
  return fmax(0, vectors(pes) *
                     (slots.variance -
                      length * more * more * (by_row + by_column + totals)));
}

double tacet_meeting_variance(const tacet_pes *pes, double a, double b) {
  const double rows = pes->row.elements, columns = pes->column.elements;
  const double p = fmin(1, a / rows), q = fmin(1, b / columns);
  if (pes->width > 1)
    return vectors_variance(pes, p, q) * tacet_pes_evenness(pes);
  if (rows <= 1 || columns <= 1) return 0;
  return a * b * (1 - p) * (1 - q) * rows * columns * tacet_pes_evenness(pes) *
         (pes->shared - 1) /
         (pes->shared * pes->shared * (rows - 1) * (columns - 1));
}

/* The slots that come with one more of the MACs. */
static double slots_a_mac(const tacet_pes *pes) {
  const double density = pes->row.density * pes->column.density;
  if (pes->width == 1) return 1;
  return (tacet_ceil_moments(pes->length, density, pes->width).mean -
          tacet_ceil_moments(pes->length - 1, density, pes->width).mean) /
         density;
}

tacet_parts tacet_pes_variances(const tacet_pes *pes) {
  const tacet_operand *row = &pes->row, *column = &pes->column;
  const double row_total = tacet_total_variance(row);
  const double column_total = tacet_total_variance(column);
  const double a_mac = slots_a_mac(pes);
  const double by_row = row->known ? 0 : row->macs * column->density * a_mac;
  const double by_column =
      column->known ? 0 : column->macs * row->density * a_mac;
  const double meeting =
      pes->width > 1 ? vectors_variance(pes, row->density, column->density)
                     : row_total * column_total * (pes->shared - 1) /
                           (pes->shared * pes->shared);
  return (tacet_parts){row_total * row->spread * by_row * by_row,
                       column_total * column->spread * by_column * by_column,
                       meeting * tacet_pes_evenness(pes)};
}

/* ---- operands whose totals take few values ------------------------------ */

/* Few enough to tell one by one, and too few to be nearly normal. */
static bool few_totals(tacet_binomial *totals, const tacet_operand *operand) {
  if (tacet_total_variance(operand) * operand->spread > 2) return false;
  return (operand->bundles.count > 0 || operand->spread == 1) &&
         tacet_list_totals(totals, operand);
}

/* The PEs whose part of an operand has this total; `parts` of its parts do. */
static tacet_pes with_total(tacet_pes pes, bool in_row, double total,
                            double parts) {
  tacet_operand *operand = in_row ? &pes.row : &pes.column;
  operand->density = total / operand->elements;
  operand->known = true;
  operand->bundles.count = 0;
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
    if (all * (1 - below) > 40) continue; /* one is above it */
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

/* ---- any PEs -------------------------------------------------------------- */

static double all_units(const tacet_pes *pes) {
  return pes->row.units * pes->column.units * pes->blocks;
}

static double deviation(const tacet_pes *pes) {
  const tacet_parts variance = tacet_pes_variances(pes);
  return sqrt(variance.row + variance.column + variance.meeting);
}

static bool are_on_their_own(const tacet_operand *operand) {
  return operand->spread == 1 && operand->bundles.count == 0;
}

static tacet_operand on_their_own(tacet_operand operand) {
  if (operand.bundles.count == 0) operand.spread = 1;
  return operand;
}

/* Of elements that are not quite on their own: as far above the mean as if they
   were, but for their deviation. */
static bool busiest_of_small(double *busiest, const tacet_pes *pes) {
  tacet_pes own = *pes;
  own.row = on_their_own(own.row);
  own.column = on_their_own(own.column);
  const double mean = tacet_pes_mean(pes), usual = deviation(&own);
  if (pes->width > 1 || pes->row.known || pes->column.known || usual <= 0 ||
      !tacet_busiest_by_sum(busiest, &own))
    return false;
  *busiest = mean + (*busiest - mean) * (deviation(pes) / usual);
  return true;
}

/* No mean of a highest is further from the mean of each than its deviation
   times the root of the number of others, however they are distributed. */
double tacet_expected_busiest(const tacet_step_work *work) {
  const tacet_pes pes = make_array(work);
  const double box = tacet_pes_box(&pes), mean = tacet_pes_mean(&pes);
  double busiest;
  if (mean <= 0 || mean >= box) return mean;
  if (pes.row.units * pes.blocks <= 1) return mean;
  if (!busiest_of_small(&busiest, &pes)) busiest = busiest_of_large(&pes);
  if (pes.width == 1 && are_on_their_own(&pes.row) &&
      are_on_their_own(&pes.column))
    busiest = fmin(busiest, most_of_few(&pes));
  const double most = mean + deviation(&pes) * sqrt(all_units(&pes) - 1);
  return fmin(fmin(box, most), fmax(mean, busiest));
}
