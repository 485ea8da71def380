/* The busiest PE of large boxes: totals and work are nearly normal, and few
   numbers describe them. Knows nothing of how small boxes are done. */
#include "busiest.h"

#include <math.h>

#include "order.h"

/* The covariance of the highest of some normals with the highest of as many
   others, each correlated with its twin, as a share of their variance. By
   Price's theorem it grows with the chance that both are of one pair, about
   draws^(-(1-c)/(1+c)): integrated by Simpson's rule and scaled to 1 at 1. */
static double common_share(double log_draws, double correlation) {
  const double half = correlation / 2, full = correlation;
  const double one = exp(-log_draws);
  const double here = one + 4 * exp(-log_draws * (1 - half) / (1 + half)) +
                      exp(-log_draws * (1 - full) / (1 + full));
  const double most = one + 4 * exp(-log_draws / 3) + 1;
  return correlation * here / most;
}

/* Log of how many normals have a highest as skewed as a sum of which the given
   variance is the highest of so many, the rest normal: their skewness is
   nearly proportional to log(draws). */
static double skewing(double log_draws, double variance, double all) {
  const double share = all > 0 ? variance / all : 0;
  return log_draws * share * sqrt(share);
}

/* How far the highest of some is above the mean, if each is as skewed as the
   highest of normals; *variance becomes that of the highest. */
static double gain(double *variance, double log_draws, double log_times) {
  if (log_times <= 0) return 0;
  const tacet_highest one = tacet_highest_normal(log_draws);
  const tacet_highest all = tacet_highest_normal(log_draws + log_times);
  const double gained = sqrt(*variance / one.variance) * (all.mean - one.mean);
  *variance *= all.variance / one.variance;
  return gained;
}

/* Logarithms of how many there are. */
typedef struct log_units {
  double row, column, blocks;
} log_units;

/* How far X is above its mean in the busiest PE, if all its parts are normal:
   the highest of the rows, PEs that differ in the row's part and the meeting;
   of such groups, the columns, which differ in the column's part and the
   meeting; of the blocks. */
static double staged_advantage(const log_units *units,
                               const tacet_parts *variance) {
  const double in_group = variance->row + variance->meeting;
  const tacet_highest best = tacet_highest_normal(units->row);
  double above = sqrt(in_group) * best.mean;
  if (units->column <= 0 && units->blocks <= 0) return above;

  /* What of the best in a group is common to all, and what is its own. */
  double common = 0;
  if (variance->row > 0)
    common = in_group * best.variance *
             common_share(units->row, variance->row / in_group);
  const double own_meeting = fmax(0, in_group * best.variance - common);
  double own = variance->column + own_meeting;
  const double log_draws = skewing(units->row, own_meeting, own);
  above += gain(&own, log_draws, units->column);

  if (units->blocks <= 0) return above;
  double all = common + own;
  const double log_block_draws = skewing(units->row, common, all) +
                                 skewing(log_draws + units->column, own, all);
  return above + gain(&all, log_block_draws, units->blocks);
}

/* Either part may come first; the smaller answer is the better one. */
static double advantage(const log_units *units, const tacet_parts *variance) {
  const log_units other_units = {units->column, units->row, units->blocks};
  const tacet_parts other = {variance->column, variance->row,
                             variance->meeting};
  const double by_rows = staged_advantage(units, variance);
  if (units->column <= 0) return by_rows;
  return fmin(by_rows, staged_advantage(&other_units, &other));
}

/* How far the highest of some normals is above their mean. */
static double reach(double log_draws, double variance) {
  if (variance <= 0) return 0;
  return sqrt(variance) * tacet_highest_normal(log_draws).mean;
}

/* A part's share of an advantage, no more than its own reach. */
static double limited_share(double above, double variance, double all,
                            double most) {
  return variance > 0 ? fmin(above * variance / all, most) : 0;
}

/* How far each part is above its mean in the busiest PE. Of independent
   normals, in proportion to the variances; but few rows or columns reach only
   so far, and what they lack falls to the other parts (as in the random energy
   model, Derrida 1981). */
static tacet_parts advantages(const tacet_pes *pes,
                              const tacet_parts *variance) {
  const log_units units = {log(pes->row.units), log(pes->column.units),
                           log(pes->blocks)};
  const double above = advantage(&units, variance);
  const double rows = reach(units.row + units.blocks, variance->row);
  const double columns = reach(units.column + units.blocks, variance->column);
  const double all = variance->row + variance->column + variance->meeting;
  double row = limited_share(above, variance->row, all, rows);
  const double column = limited_share(above - row, variance->column,
                                      all - variance->row, columns);
  row = limited_share(above - column, variance->row, all - variance->column,
                      rows);
  const double meeting =
      fmin(above - row - column,
           reach(units.row + units.column + units.blocks, variance->meeting));
  return (tacet_parts){row, column, meeting};
}

/* As many draws as it takes for a part to be so far above its mean. */
static double log_draws_of(double above, double variance) {
  return variance > 0 ? tacet_log_draws_for(above / sqrt(variance)) : 0;
}

/* As far above the mean as that of elements on their own, but for the spread;
   elements in blocks are as many fewer. */
static double highest_total(const tacet_operand *operand, double log_draws) {
  const double blocks = fmax(1, operand->spread);
  const double elements = operand->elements / blocks;
  const double mean = elements * operand->density;
  const double above =
      tacet_highest_binomial(elements, operand->density, log_draws) - mean;
  return blocks * (mean + above * sqrt(fmin(1, operand->spread)));
}

double tacet_busiest_by_luck(const tacet_pes *pes) {
  const tacet_operand *row = &pes->row, *column = &pes->column;
  const tacet_parts variance = tacet_pes_variances(pes);
  const tacet_parts above = advantages(pes, &variance);
  const double a = highest_total(row, log_draws_of(above.row, variance.row));
  const double b =
      highest_total(column, log_draws_of(above.column, variance.column));
  const double mean = tacet_pes_given(pes, a, b);
  if (variance.meeting <= 0) return mean;
  const double given_totals = tacet_meeting_variance(pes, a, b);
  if (given_totals <= 0) return mean;
  const double sd = sqrt(given_totals);
  const double skewness =
      (1 - 2 * a / row->elements) * (1 - 2 * b / column->elements) / sd;
  const double luck = tacet_highest_skewed(
      log_draws_of(above.meeting, variance.meeting), skewness);
  const double most = pes->width > 1 ? tacet_pes_box(pes)
                                     : fmin(a * row->macs, b * column->macs);
  return fmin(mean + sd * luck, most);
}
