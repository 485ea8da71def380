/* How likely rules above L1 find nothing but zeros during a stay. Internal to
   the sparse reading with models. */
#ifndef TACET_STAY_CHANCE_H
#define TACET_STAY_CHANCE_H

#include "statistics.h"

/* Over stays, as often as words of the target cross a boundary, and MACs. */
typedef struct tacet_stay_chance {
  double of_words, of_macs;
  tacet_pe_box stay; /* the first; of a rule on elements what its first element
                        meets */
} tacet_stay_chance;

/* That a tensor with these zeros is zero in all of a stay of the rule's target
   (tacet_rule). Words are those that children of a boundary, the rule's or one
   further in, receive or, if `shared`, that their parents send to all who take
   the same: of the rule's own boundary their stays then count together.

   Exact but for these, if zeros lie anywhere and nothing is padding. Of words:
   windows that several PEs share in part are taken not to be shared, and an
   element of a window to come as often as tiles of one sweep do not cover it.
   A child's share of a window's dimension is taken to have no gaps, nor, if
   zeros lie in blocks or groups, that of any or a strided window to have any.
   Of several rules each has a chance of its own: that two find zeros where tiles
   are smaller is not told from that one does here, the other there. */
tacet_stay_chance tacet_stay_empty(const tacet_nest *nest,
                                   const tacet_rule *rule, int boundary,
                                   bool shared, const tacet_statistics *zeros);

#endif
