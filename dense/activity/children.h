/* What an axis brings to children one after the other: buffers that hold the
   tiles of several PEs or times, and children in groups that share a parent.
   Internal to the activity analysis. */
#ifndef TACET_CHILDREN_H
#define TACET_CHILDREN_H

#include "leaf.h"

/* Fills all of a leaf but its times; `before` of the moments is set. */
void tacet_children_leaf(tacet_leaf *leaf, const tacet_axis *axis,
                         const tacet_moment moment[2]);

/* Visits the stretches of each child's tile along dimension i of the axis. A
   piece's unit numbers the child; `before` has the stretch if its tile is the
   one it had last, else nothing. */
void tacet_children_pieces(const tacet_axis *axis, int i,
                           const tacet_moment moment[2],
                           tacet_piece_visit *visit, void *context);

/* Words of the largest tile of one child, of each tensor, over all time. */
void tacet_children_largest(int64_t words[TACET_TENSORS],
                            const tacet_axes *axes);

#endif
