/* Issue slots that a box takes with real masks (design, section 5, "Issue").
   Internal to the sparse reading with masks. */
#ifndef TACET_SLOTS_H
#define TACET_SLOTS_H

#include "macs.h"

/* For each value of the other dimensions: MACs along dimension `along` that
   are not skipped, `width` to a slot. */
double tacet_vector_slots(const tacet_macs *macs, int64_t pe,
                          const tacet_pe_box *box, int along, int64_t width);

/* For each value of the shared dimensions: elements of either operand, all of
   them or, if a skip names the operand, those that are not zero, and none that
   rules on elements above L1 skip. None at all if the PE's work is skipped
   from outside. */
double tacet_outer_slots(const tacet_macs *macs, int64_t pe,
                         const tacet_pe_box *box, const tacet_issue *issue);

#endif
