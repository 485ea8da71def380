/* Verdicts: skip wins over gate, of several rules and conditions any
   suffices (design, section 5). */
#include "verdict.h"

#include <string.h>

static bool triggered(const tacet_rule *rule, int pattern) {
  bool weight_zero = pattern & 2, input_zero = pattern & 1;
  return (rule->on[TACET_WEIGHT] && weight_zero) ||
         (rule->on[TACET_INPUT] && input_zero);
}

static void raise_to(tacet_verdict *verdict, const tacet_rule *rule) {
  tacet_verdict to = rule->skip ? TACET_SKIPPED : TACET_GATED;
  if (to > *verdict) *verdict = to;
}

void tacet_verdicts_make(tacet_verdicts *table, const tacet_features *features,
                         int l1, tacet_verdict outer) {
  for (int p = 0; p < TACET_PATTERNS; p++) {
    table->mac[p] = outer;
    for (int t = 0; t < TACET_TENSORS; t++) table->read[p][t] = outer;
    for (int i = 0; i < features->rules; i++) {
      const tacet_rule *rule = &features->rule[i];
      if (rule->storage < l1 || !triggered(rule, p)) continue;
      raise_to(&table->mac[p], rule);
      if (rule->storage == l1) raise_to(&table->read[p][rule->target], rule);
    }
    table->read[p][TACET_OUTPUT] = table->mac[p];
  }
}

void tacet_split_add(tacet_split *split, tacet_verdict verdict, double count) {
  if (verdict == TACET_ACTUAL)
    split->actual += count;
  else if (verdict == TACET_GATED)
    split->gated += count;
  else
    split->skipped += count;
}

void tacet_pe_work_of(tacet_pe_work *work, const tacet_verdicts *table,
                      const double pattern[TACET_PATTERNS]) {
  memset(work, 0, sizeof *work);
  for (int p = 0; p < TACET_PATTERNS; p++) {
    tacet_split_add(&work->macs, table->mac[p], pattern[p]);
    for (int t = 0; t < TACET_TENSORS; t++)
      tacet_split_add(&work->reads[t], table->read[p][t], pattern[p]);
  }
}

double tacet_pe_slots(const tacet_pe_work *work) {
  return work->macs.actual + work->macs.gated;
}

double tacet_pe_accesses(const tacet_pe_work *work) {
  double accesses = tacet_pe_slots(work); /* writes of partial sums */
  for (int t = 0; t < TACET_TENSORS; t++)
    accesses += work->reads[t].actual + work->reads[t].gated;
  return accesses;
}
