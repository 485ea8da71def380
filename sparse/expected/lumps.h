/* What the busiest PE does where rules above L1 leave some PEs without work.
   Internal to the sparse reading with models.

   All of a tensor that such a rule looks at together is a lump: some of it is
   not zero, or the MACs that meet it are skipped. PEs that hold the same lump
   share its fate, others are independent of each other. */
#ifndef TACET_LUMPS_H
#define TACET_LUMPS_H

#include "odds.h"

/* Whether lumps of tensor t decide about issue slots: not where each of its
   zeros frees one anyway, nor where nothing is left to chance. */
bool tacet_is_lumped(const tacet_odds *odds, int t);

/* The chance that rules above L1 let a MAC pass that no zero of its own
   stops. */
double tacet_lumps_passed(const tacet_odds *odds);

/* One of several PEs, and how many there are. */
typedef struct tacet_lumped {
  const int64_t *box;   /* [TACET_MAX_DIMS] of a PE */
  const int64_t *units; /* [TACET_MAX_DIMS] that hold different tiles */
  double density[TACET_TENSORS]; /* seen by a MAC */
} tacet_lumped;

/* Work of the busiest PE over that of one on average, counting MACs that both
   operands let through; if `rules_alone`, as far as rules above L1 say. Else
   one of them is lumped. */
double tacet_lumps_of_operands(const tacet_odds *odds, const tacet_lumped *pes,
                               bool rules_alone);

/* The same of outputs, which have lumps. */
double tacet_lumps_of_outputs(const tacet_odds *odds, const tacet_lumped *pes);

#endif
