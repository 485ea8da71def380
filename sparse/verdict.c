/* Verdicts: skip wins over gate, of several rules and conditions any
   suffices (design, section 5). */
#include "verdict.h"

static tacet_verdict larger(tacet_verdict a, tacet_verdict b) {
  return a > b ? a : b;
}

static tacet_verdict action(const tacet_rule *rule) {
  return rule->skip ? TACET_SKIPPED : TACET_GATED;
}

static bool triggered(const tacet_rule *rule, int pattern) {
  for (int t = 0; t < TACET_TENSORS; t++)
    if (rule->on[t] && (pattern >> t & 1)) return true;
  return false;
}

tacet_verdict tacet_verdict_of_zero(const tacet_features *features, int l1,
                                    int t) {
  tacet_verdict verdict = TACET_ACTUAL;
  for (int i = 0; i < features->rules; i++) {
    const tacet_rule *rule = &features->rule[i];
    if (rule->storage < l1 && rule->element && rule->target == t && rule->on[t])
      verdict = larger(verdict, action(rule));
  }
  return verdict;
}

/* A pattern of which rules above L1 find nothing but zero elements. */
static void decide(tacet_verdicts *table, int p, const tacet_features *features,
                   int l1, const tacet_verdict zero[TACET_TENSORS]) {
  tacet_verdict all = TACET_ACTUAL;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (p >> t & 1) all = larger(all, zero[t]);
  table->outer[p] = table->mac[p] = all;
  for (int t = 0; t < TACET_TENSORS; t++) table->read[p][t] = all;
  for (int i = 0; i < features->rules; i++) {
    const tacet_rule *rule = &features->rule[i];
    if (rule->storage < l1 || !triggered(rule, p)) continue;
    table->mac[p] = larger(table->mac[p], action(rule));
    if (rule->storage == l1)
      table->read[p][rule->target] =
          larger(table->read[p][rule->target], action(rule));
  }
  table->read[p][TACET_OUTPUT] = table->mac[p];
}

void tacet_verdicts_make(tacet_verdicts table[TACET_SKIPPED + 1],
                         const tacet_features *features, int l1) {
  tacet_verdict zero[TACET_TENSORS];
  for (int t = 0; t < TACET_TENSORS; t++)
    zero[t] = tacet_verdict_of_zero(features, l1, t);
  for (int p = 0; p < TACET_PATTERNS; p++) {
    decide(&table[TACET_ACTUAL], p, features, l1, zero);
    for (tacet_verdict v = TACET_GATED; v <= TACET_SKIPPED; v++) {
      table[v].outer[p] = larger(table[TACET_ACTUAL].outer[p], v);
      table[v].mac[p] = larger(table[TACET_ACTUAL].mac[p], v);
      for (int t = 0; t < TACET_TENSORS; t++)
        table[v].read[p][t] = larger(table[TACET_ACTUAL].read[p][t], v);
    }
  }
}

bool tacet_is_candidate(const tacet_verdicts *table, int pattern,
                        tacet_examined kind) {
  const int operands = 1 << TACET_WEIGHT | 1 << TACET_INPUT;
  if (table->outer[pattern] == TACET_SKIPPED) return false;
  return kind == TACET_EXAMINES_PAIRS || (pattern & operands) != operands ||
         table->mac[pattern] != TACET_SKIPPED;
}

bool tacet_asks_for_outputs(const tacet_features *features) {
  for (int i = 0; i < features->rules; i++)
    if (features->rule[i].on[TACET_OUTPUT]) return true;
  return false;
}

void tacet_split_add(tacet_split *split, tacet_verdict verdict, double count) {
  if (verdict == TACET_ACTUAL)
    split->actual += count;
  else if (verdict == TACET_GATED)
    split->gated += count;
  else
    split->skipped += count;
}

void tacet_pe_work_add(tacet_pe_work *work, const tacet_verdicts *table,
                       const double pattern[TACET_PATTERNS]) {
  for (int p = 0; p < TACET_PATTERNS; p++) {
    if (pattern[p] == 0) continue;
    tacet_split_add(&work->macs, table->mac[p], pattern[p]);
    for (int t = 0; t < TACET_TENSORS; t++)
      tacet_split_add(&work->reads[t], table->read[p][t], pattern[p]);
  }
}

double tacet_pe_slots(const tacet_pe_work *work) {
  return work->macs.actual + work->macs.gated;
}

double tacet_pe_accesses(const tacet_pe_work *work, int t) {
  double reads = work->reads[t].actual + work->reads[t].gated;
  return t == TACET_OUTPUT ? 2 * reads : reads;
}
