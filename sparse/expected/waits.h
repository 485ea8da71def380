/* Work that is to be expected of PEs, and how they wait for each other.
   Internal to the sparse reading with models. */
#ifndef TACET_WAITS_H
#define TACET_WAITS_H

#include "../../dense/cost/pace.h"
#include "crews.h"

typedef struct tacet_waits {
  const tacet_odds *odds; /* borrowed */
  tacet_crews crews;
  tacet_pace pace; /* the result */
  bool started;
  tacet_pace_unit busiest;
  double outputs_sent; /* share of those that take slots to leave PEs */
  /* Where PEs do not wait after every step, and it matters where they lie: each
     of those that differ in it has work of its own, and one more that of all on
     average, with the luck of all. */
  int64_t units;         /* without that one; 0: not told apart */
  tacet_pace_unit *unit; /* owned; [units + 1] */
  /* The busiest PE's slots up to a wait over the mean, as a step of this shape
     shares in it. */
  double luck, luck_of_all;
  int64_t box[TACET_MAX_DIMS], apart[TACET_MAX_DIMS];
} tacet_waits;

/* Error: TACET_NO_MEMORY; with even zeros there is none. */
tacet_status tacet_waits_make(tacet_waits *waits, const tacet_odds *odds,
                              tacet_error *error);
void tacet_waits_free(tacet_waits *waits);

/* Compute of the steps of a class; tacet_pace_step is due for their transfers.
   Sets of *work what it is, where PEs wait after each step or are not told
   apart. */
void tacet_waits_work(tacet_waits *waits, tacet_work *work,
                      const tacet_product *product,
                      const tacet_step_class *step);

/* The run is over, but for outputs that the busiest PE then passes on in a step
   of their own: waits->pace is whole. */
void tacet_waits_end(tacet_waits *waits, int64_t last_passed_on);

#endif
