/* What the uniform model expects of a layer on a design, the same for every
   step: shares of MACs and accesses, and how often rules above L1 act.
   Internal to the sparse reading with models. */
#ifndef TACET_ODDS_H
#define TACET_ODDS_H

#include "array.h"
#include "reading.h"

/* How likely rules with this target stop a child's arrival. */
typedef struct tacet_passage {
  double gated, skipped; /* of one child */
  double all_gated;      /* of all children that share the words */
  double all_skipped;
  bool by_itself; /* the condition is the target's own zeros */
} tacet_passage;

typedef struct tacet_odds {
  const tacet_reading *reading;
  tacet_uniform model[TACET_TENSORS];
  double density[TACET_TENSORS]; /* seen by a MAC: padding is zero too */
  double state[TACET_OUTPUT][4]; /* not zero, or zero and let pass, gated,
                                     skipped by rules above L1 */
  tacet_passage passage[TACET_OUTPUT];
  tacet_split mac_share; /* of the MACs */
  tacet_split read_share[TACET_TENSORS];
  bool needs[TACET_OUTPUT]; /* a zero operand frees the issue slot */
  int along;                /* dimension of a vector */
} tacet_odds;

tacet_status tacet_odds_make(tacet_odds *odds, const tacet_reading *reading,
                             tacet_error *error);

/* The share of MACs that take an issue slot. */
double tacet_slots_share(const tacet_odds *odds);

/* Compute of the busiest of units[] PEs with tiles of box[], by dimension:
   work->slots and work->l1_accesses. */
void tacet_expect_work(tacet_work *work, const tacet_odds *odds,
                       const int64_t box[TACET_MAX_DIMS],
                       const int64_t units[TACET_MAX_DIMS]);

#endif
