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

/* Index of a table: bit t is set if tensor t is zero for the rules. */
enum { TACET_PATTERNS = 1 << TACET_TENSORS };

typedef struct tacet_verdicts {
  tacet_verdict outer[TACET_PATTERNS]; /* of rules above L1 */
  tacet_verdict mac[TACET_PATTERNS];
  tacet_verdict read[TACET_PATTERNS][TACET_TENSORS]; /* partial sums too */
} tacet_verdicts;

/* The tables of MACs, by what rules above L1 came to for them, apart from those
   on elements that are zero themselves: these are in the tables. */
void tacet_verdicts_make(tacet_verdicts table[TACET_SKIPPED + 1],
                         const tacet_features *features, int l1);

/* Whether a search for pairs looks at a MAC: not if rules above L1 skip it. */
bool tacet_is_candidate(const tacet_verdicts *table, int pattern,
                        tacet_examined kind);

/* What rules above L1 on elements of tensor t decide for one that is zero. */
tacet_verdict tacet_verdict_of_zero(const tacet_features *features, int l1,
                                    int t);

/* True if a rule asks which outputs are zero. */
bool tacet_asks_for_outputs(const tacet_features *features);

/* Adds `count` to the part of a split. */
void tacet_split_add(tacet_split *split, tacet_verdict verdict, double count);

/* What a PE does in a step, from how its MACs fall into the patterns. */
typedef struct tacet_pe_work {
  tacet_split macs;
  tacet_split reads[TACET_TENSORS];
} tacet_pe_work;

/* pattern[p]: MACs of pattern p. Adds to *work. */
void tacet_pe_work_add(tacet_pe_work *work, const tacet_verdicts *table,
                       const double pattern[TACET_PATTERNS]);

/* Issue slots: MACs that take their time. */
double tacet_pe_slots(const tacet_pe_work *work);

/* L1 accesses of tensor t that take a port's time; a partial sum is written as
   often as it is read. */
double tacet_pe_accesses(const tacet_pe_work *work, int t);

#endif
