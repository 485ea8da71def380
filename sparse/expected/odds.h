/* What models expect of a layer on a design: shares of MACs and accesses, and
   how often rules above L1 act.
   Internal to the sparse reading with models. */
#ifndef TACET_ODDS_H
#define TACET_ODDS_H

#include "positions.h"
#include "../reading.h"
#include "statistics.h"

/* Chances that rules stop something. */
typedef struct tacet_chances {
  double gated, skipped;
} tacet_chances;

/* That one or the other of two independent ones does. */
tacet_chances tacet_either(tacet_chances one, tacet_chances other);

/* What stops a tensor's words from crossing a boundary: for one child, and for
   all children that share the words. */
typedef struct tacet_passage {
  tacet_chances tile[2];    /* the tile, because of other tensors */
  tacet_chances empty[2];   /* because all of it is zero */
  tacet_chances element[2]; /* an element, because of other tensors */
  tacet_verdict zero;       /* of an element that is zero itself */
} tacet_passage;

enum { TACET_ONE_CHILD, TACET_SHARED };

/* What becomes of MACs and of L1's reads, as shares of the dense reading's. */
typedef struct tacet_shares {
  tacet_split mac;
  tacet_split read[TACET_TENSORS];
  double examined; /* candidates of the search for pairs */
} tacet_shares;

/* All of a tensor that a rule which skips looks at together, for one PE or one
   buffer at a cluster boundary. */
typedef struct tacet_lump {
  double passes; /* chance that not all of it is zero; 1: there is no rule */
  int64_t box[TACET_MAX_DIMS]; /* of the MACs that it decides about */
  int64_t pes[TACET_MAX_DIMS]; /* about whose it does */
} tacet_lump;

/* Shares of MACs that see a weight that is not zero, such an input, both; and,
   whatever the operands are, such an output. */
typedef struct tacet_sight {
  double weight, input, both, output;
} tacet_sight;

typedef struct tacet_odds {
  const tacet_reading *reading;
  tacet_statistics zeros[TACET_TENSORS]; /* outputs: as far as rules use them */
  tacet_mask_boxes *boxes[TACET_TENSORS];  /* owned; NULL without a mask */
  uint32_t dims;                           /* on which any tensor depends */
  tacet_verdicts table[TACET_SKIPPED + 1]; /* by the outer rules' verdict */
  /* Chances that rules above L1 skip or gate what a zero is part of. */
  double zero_skipped[TACET_TENSORS], zero_gated[TACET_TENSORS];
  tacet_lump lump[TACET_TENSORS]; /* by the rule above L1 that skips most */
  tacet_passage passage[TACET_MAX_STORAGE - 1][TACET_TENSORS];
  tacet_shares shares;       /* of the layer */
  tacet_sight sight;         /* likewise */
  bool needs[TACET_TENSORS]; /* a zero frees the issue slot */
  int along;                 /* dimension of a vector */
  double run[TACET_TENSORS]; /* MACs that share a read, on average; 1 without
                                a register */
} tacet_odds;

/* tacet_odds_free is due even after an error. */
tacet_status tacet_odds_make(tacet_odds *odds, const tacet_reading *reading,
                             tacet_error *error);
void tacet_odds_free(tacet_odds *odds);

/* What the MACs of a box see. */
tacet_sight tacet_sight_of(const tacet_odds *odds, const tacet_pe_box *box);

/* The dimensions on which outputs depend as well as operands. Without any, what
   its MACs see says all about a box but its lengths. */
uint32_t tacet_odds_joint_dims(const tacet_odds *odds);

/* Of the MACs of a box that see so much. */
void tacet_shares_of(tacet_shares *shares, const tacet_odds *odds,
                     const tacet_sight *sight, const tacet_pe_box *box);

/* Adds, `weight` times, the shares of the reads of tensor t that run[t] MACs
   share: actual if one of the MACs reads. Within a stay of the rules above
   L1 the zeros of each MAC are taken to be independent of the others'. */
void tacet_shares_of_runs(tacet_shares *shares, const tacet_odds *odds, int t,
                          const tacet_sight *sight, double weight);

/* The share of MACs that take an issue slot. */
double tacet_slots_share(const tacet_shares *shares);

/* The share of L1's reads of tensor t that take a port's time. */
double tacet_reads_share(const tacet_shares *shares, int t);

/* Candidates of the search for pairs, a MAC. */
double tacet_examined_share(const tacet_shares *shares);

/* The PEs of a step. */
typedef struct tacet_crew {
  const tacet_positions *positions; /* where the operands' zeros depend on it */
  int64_t box[TACET_MAX_DIMS];      /* of the busiest; of one in `dims` */
  int64_t units[TACET_MAX_DIMS];    /* that hold different tiles */
  double reads[TACET_TENSORS];      /* of L1 by a PE without zeros, a MAC */
  double stretch; /* slots of the busiest over the mean, up to when PEs wait for
                     each other; 0 if they do so after this step */
} tacet_crew;

/* Compute of the busiest PE: all of *work but occurrences and bits. Where PEs
   do not wait after the step it is that of a PE that has the largest tile in
   every step: that others have smaller ones does not even out. */
void tacet_expect_work(tacet_work *work, const tacet_odds *odds,
                       const tacet_crew *crew);

/* Calls visit for each PE of a crew that differs from others in `dims`, with
   what it does on average. */
typedef void tacet_pe_visit(int64_t unit, const tacet_work *work,
                            void *context);
void tacet_expect_each(const tacet_odds *odds, const tacet_crew *crew,
                       tacet_pe_visit *visit, void *context);

typedef struct tacet_expected_slots {
  double mean;    /* of a PE */
  double busiest; /* of the busiest */
  double all;     /* if nothing is zero */
} tacet_expected_slots;

/* Variance of the slots of the busiest of units[] PEs. */
double tacet_slots_variance(const tacet_odds *odds, const tacet_pe_box *box,
                            const tacet_expected_slots *slots,
                            const int64_t units[TACET_MAX_DIMS]);

#endif
