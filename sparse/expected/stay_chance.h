/* How likely rules above L1 find nothing but zeros during a stay. Internal to
   the sparse reading with models. */
#ifndef TACET_STAY_CHANCE_H
#define TACET_STAY_CHANCE_H

#include "statistics.h"

/* Over stays, as often as they take words of the target, and MACs. */
typedef struct tacet_stay_chance {
  double of_words, of_macs;
  tacet_pe_box stay; /* the first, if nobody keeps what is over; of a rule on
                        elements what its first element meets */
} tacet_stay_chance;

/* That a tensor with these zeros is zero in all of a stay of the rule's target
   (tacet_rule) in one child, or `shared`: in all PEs that hold the same words
   of it. */
tacet_stay_chance tacet_stay_empty(const tacet_nest *nest,
                                   const tacet_rule *rule, bool shared,
                                   const tacet_statistics *zeros);

#endif
