/* What models expect of a layer on a design: shares of MACs and accesses, and
   how often rules above L1 act.
   Internal to the sparse reading with models. */
#ifndef TACET_ODDS_H
#define TACET_ODDS_H

#include "positions.h"
#include "reading.h"
#include "statistics.h"

/* How likely rules with this target stop a child's arrival. */
typedef struct tacet_passage {
  double gated, skipped; /* of one child */
  double all_gated;      /* of all children that share the words */
  double all_skipped;
  bool by_itself; /* the condition is the target's own zeros */
} tacet_passage;

/* What becomes of MACs and of operand reads. */
typedef struct tacet_shares {
  tacet_split mac;
  tacet_split read[TACET_TENSORS];
  double examined; /* candidates of the search for pairs */
} tacet_shares;

typedef struct tacet_odds {
  const tacet_reading *reading;
  tacet_statistics zeros[TACET_OUTPUT];
  uint32_t dims;                           /* on which either operand depends */
  tacet_verdicts table[TACET_SKIPPED + 1]; /* by the outer rules' verdict */
  /* Chances that rules above L1 skip or gate what a zero is part of. */
  double zero_skipped[TACET_OUTPUT], zero_gated[TACET_OUTPUT];
  tacet_passage passage[TACET_OUTPUT];
  tacet_shares shares;      /* of the layer */
  bool needs[TACET_OUTPUT]; /* a zero operand frees the issue slot */
  int along;                /* dimension of a vector */
} tacet_odds;

tacet_status tacet_odds_make(tacet_odds *odds, const tacet_reading *reading,
                             tacet_error *error);

/* Of the MACs of a box, from the shares that see a weight that is not zero,
   such an input, and both. */
void tacet_shares_of(tacet_shares *shares, const tacet_odds *odds,
                     double weight, double input, double both);

/* The share of MACs that take an issue slot. */
double tacet_slots_share(const tacet_shares *shares);

/* Operand reads and partial sums that take a port's time, a MAC. */
double tacet_accesses_share(const tacet_shares *shares);

/* Candidates of the search for pairs, a MAC. */
double tacet_examined_share(const tacet_shares *shares);

/* The PEs of a step. */
typedef struct tacet_crew {
  const tacet_positions *positions; /* where the operands' zeros depend on it */
  int64_t box[TACET_MAX_DIMS];      /* of the busiest; of one in `dims` */
  int64_t units[TACET_MAX_DIMS];    /* that hold different tiles */
} tacet_crew;

/* Compute of the busiest PE: all of *work but occurrences and bits; and the
   slots of all of them on average. */
void tacet_expect_work(tacet_work *work, double *mean, const tacet_odds *odds,
                       const tacet_crew *crew);

#endif
