/* Odds of L1 reads that operand registers make serve runs of MACs. */
#include "odds.h"

#include <math.h>

/* What rules above L1 make of all that an operand is to a run: nothing (some
   of it may be zero), or of zeros alone that they gate or skip. */
typedef struct stay {
  double chance;
  double nonzero; /* chance of an element in it */
} stay;

static stay stay_of(const tacet_odds *o, int z, double nonzero,
                    tacet_verdict verdict) {
  const double skipped = (1 - nonzero) * o->zero_skipped[z];
  const double gated = (1 - nonzero) * o->zero_gated[z];
  if (verdict == TACET_SKIPPED) return (stay){skipped, 0};
  if (verdict == TACET_GATED) return (stay){gated, 0};
  const double passed = 1 - skipped - gated;
  return (stay){passed, passed > 0 ? fmin(1, nonzero / passed) : 0};
}

/* Adds a run of `macs` MACs, each of pattern p with the chance odds[p] / all
   of them, that is this share of the runs. */
static void add_run(tacet_split *split, const tacet_verdicts *table, int t,
                    const double odds[TACET_PATTERNS], double macs,
                    double share) {
  double of[TACET_SKIPPED + 1] = {0}, all = 0;
  for (int p = 0; p < TACET_PATTERNS; p++) {
    of[table->read[p][t]] += odds[p];
    all += odds[p];
  }
  if (all <= 0) return;
  const double quiet = pow((of[TACET_GATED] + of[TACET_SKIPPED]) / all, macs);
  const double skipped = pow(of[TACET_SKIPPED] / all, macs);
  split->actual += share * (1 - quiet);
  split->gated += share * (quiet - skipped);
  split->skipped += share * skipped;
}

/* Of its own tensor all MACs of a run share one element; of the others every
   MAC has its own. */
static void add_runs(tacet_split *split, const tacet_verdicts *table, int t,
                     const double odds[TACET_PATTERNS], double macs,
                     double share) {
  const int own = 1 << t;
  for (int zero = 0; zero <= own; zero += own) {
    double of[TACET_PATTERNS] = {0}, chance = 0;
    for (int p = 0; p < TACET_PATTERNS; p++) {
      if ((p & own) != zero) continue;
      of[p] = odds[p];
      chance += odds[p];
    }
    add_run(split, table, t, of, macs, share * chance);
  }
}

static double above_zero(double a) {
  return a > 0 ? a : 0;
}

/* Chances of the patterns of one MAC's zeros in stays of weights, inputs and
   outputs; `together`: how much likelier both operands are not zero than if
   they were independent. */
static void pattern_odds(double odds[TACET_PATTERNS],
                         const stay of[TACET_TENSORS], double together) {
  const double w = of[TACET_WEIGHT].nonzero, i = of[TACET_INPUT].nonzero;
  const double kept = of[TACET_OUTPUT].nonzero;
  const double pair = fmax(fmin(w * i * together, fmin(w, i)), w + i - 1);
  const double operands[] = {pair, above_zero(i - pair), above_zero(w - pair),
                             above_zero(1 - w - i + pair)};
  for (int p = 0; p < TACET_PATTERNS; p++)
    odds[p] = operands[p & 3] * (p >> TACET_OUTPUT & 1 ? 1 - kept : kept);
}

/* The stay of tensor z in a combination of stays of all tensors, of which each
   is a digit to the base of the verdicts. */
static int verdict_in(int combination, int z) {
  while (z-- > 0) combination /= TACET_SKIPPED + 1;
  return combination % (TACET_SKIPPED + 1);
}

void tacet_shares_of_runs(tacet_shares *shares, const tacet_odds *o, int t,
                          const tacet_sight *sight, double weight) {
  enum { VERDICTS = TACET_SKIPPED + 1, ALL = VERDICTS * VERDICTS * VERDICTS };
  const double seen[TACET_TENSORS] = {sight->weight, sight->input,
                                      sight->output};
  const double apart = sight->weight * sight->input;
  tacet_split *split = &shares->read[t];
  for (int all = 0; all < ALL; all++) {
    stay of[TACET_TENSORS];
    double odds[TACET_PATTERNS], share = weight;
    int most = TACET_ACTUAL;
    for (int z = 0; z < TACET_TENSORS; z++) {
      const int verdict = verdict_in(all, z);
      of[z] = stay_of(o, z, seen[z], (tacet_verdict)verdict);
      share *= of[z].chance;
      if (verdict > most) most = verdict;
    }
    if (share <= 0) continue;
    pattern_odds(odds, of, apart > 0 ? sight->both / apart : 0);
    add_runs(split, &o->table[most], t, odds, o->run[t], share);
  }
}
