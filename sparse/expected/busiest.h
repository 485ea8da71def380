/* The PEs of an array as operands make them alike, and two ways to expect the
   work of the busiest. Internal to sparse/.

   A PE's work is X = sum over shared indices j of w_j * i_j, where w_j and i_j
   count the non-zeros of its weights and of its inputs at j. Given the totals
   A = sum w_j and B = sum i_j, the mean of X is A*B/shared, and the PEs are
   nearly independent although they share operands. */
#ifndef TACET_BUSIEST_H
#define TACET_BUSIEST_H

#include <stdbool.h>
#include <stdint.h>

#include "order.h"

/* An operand as one PE sees it. */
typedef struct tacet_operand {
  double elements; /* of a PE's box */
  double macs;     /* of the box that an element takes part in */
  double density;
  bool known;    /* the total is elements * density exactly */
  double spread; /* variance of the total over that of elements on their own */
  double units;  /* rows of the row's operand, columns of the column's */
  tacet_bundles bundles; /* that the non-zeros are, if not on their own */
} tacet_operand;

/* Blocks of rows x columns PEs. PEs of a row share the row's operand, those of
   a column the column's; blocks share nothing. */
typedef struct tacet_pes {
  tacet_operand row;
  tacet_operand column; /* has no more units than row */
  double shared;        /* index values that both operands have */
  double blocks;
  int64_t length, width; /* of a vector of MACs, and of those in one slot */
} tacet_pes;

/* X = row's part + column's part + what their meeting adds: the variance of
   each, or how far it is above its mean in the busiest PE, in slots. */
typedef struct tacet_parts {
  double row;
  double column;
  double meeting;
} tacet_parts;

double tacet_pes_box(const tacet_pes *pes);  /* slots of a PE's box */
double tacet_pes_mean(const tacet_pes *pes); /* expected X */

/* Expected X given the totals A of the row and B of the column. */
double tacet_pes_given(const tacet_pes *pes, double a, double b);

/* Of that to first order, and of X given A and B, on average. */
tacet_parts tacet_pes_variances(const tacet_pes *pes);

/* What is left of the variance of how totals meet, where operands vary less
   than elements on their own. */
double tacet_pes_evenness(const tacet_pes *pes);

/* Variance of X given the totals, if elements are as many on their own but for
   the evenness. */
double tacet_meeting_variance(const tacet_pes *pes, double a, double b);

double tacet_total_variance(const tacet_operand *operand);

/* How many non-zeros there are. False if that takes too many values. */
bool tacet_list_totals(tacet_binomial *totals, const tacet_operand *operand);

/* Sums the chance that the busiest exceeds x over A, B and x. False if the box
   is too large for that, or if the distribution of X given A and B is not
   known: neither operand has one element at each shared index. */
bool tacet_busiest_by_sum(double *busiest, const tacet_pes *pes);

/* The busiest PE has high totals and is lucky in how they meet: how much, by
   order statistics of nearly normal variables. Good for large boxes. */
double tacet_busiest_by_luck(const tacet_pes *pes);

#endif
