/* What the rules of a design decide for MACs and operand reads, by which
   operands are zero. Internal to the sparse reading. */
#ifndef TACET_VERDICT_H
#define TACET_VERDICT_H

#include "sparse.h"

typedef enum tacet_verdict {
  TACET_ACTUAL,
  TACET_GATED,
  TACET_SKIPPED
} tacet_verdict;

/* Index of a table: 2 * (weight is zero) + (input is zero). */
enum { TACET_PATTERNS = 4 };

typedef struct tacet_verdicts {
  tacet_verdict mac[TACET_PATTERNS];
  tacet_verdict read[TACET_PATTERNS][TACET_TENSORS]; /* partial sums too */
} tacet_verdicts;

/* The table of a PE whose rules above L1 came to `outer`. */
void tacet_verdicts_make(tacet_verdicts *table, const tacet_features *features,
                         int l1, tacet_verdict outer);

/* Adds `count` to the part of a split. */
void tacet_split_add(tacet_split *split, tacet_verdict verdict, double count);

/* What a PE does in a step, from how its MACs fall into the patterns. */
typedef struct tacet_pe_work {
  tacet_split macs;
  tacet_split reads[TACET_TENSORS];
} tacet_pe_work;

/* pattern[p]: MACs of pattern p. */
void tacet_pe_work_of(tacet_pe_work *work, const tacet_verdicts *table,
                      const double pattern[TACET_PATTERNS]);

/* Issue slots: MACs that take their time. */
double tacet_pe_slots(const tacet_pe_work *work);

/* L1 accesses that take a port's time; a partial sum is written as often as
   it is read. */
double tacet_pe_accesses(const tacet_pe_work *work);

#endif
