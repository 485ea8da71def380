/* Issue slots that are to be expected of a PE's box of MACs. Internal to the
   sparse reading with models. */
#ifndef TACET_EXPECTED_SLOTS_H
#define TACET_EXPECTED_SLOTS_H

#include "odds.h"

/* Elements of one operand that take slots together: at most `count`, each with
   chance `density` of its own; by chance none of them, where all lie outside of
   the tensor. */
typedef struct tacet_bundle {
  int64_t count;
  double density;
  double chance; /* that they do not */
} tacet_bundle;

/* Of an outer product at one value of the shared dimensions: of the elements
   of a box (tacet_outer), those that take slots. */
tacet_bundle tacet_weight_bundle(const tacet_odds *odds,
                                 const tacet_pe_box *box, int64_t elements);
tacet_bundle tacet_input_bundle(const tacet_odds *odds, const tacet_pe_box *box,
                                int64_t elements);

/* Of a box whose MACs have these shares. */
double tacet_mean_slots(const tacet_odds *odds, const tacet_pe_box *box,
                        const tacet_shares *shares);

#endif
