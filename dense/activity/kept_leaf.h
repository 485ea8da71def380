/* What an axis brings to a step where L1 keeps tiles for several steps and
   fetches an operand's element when a step of such a stay first uses it
   (design, section 3, `keep: capacity`). Internal to the activity analysis. */
#ifndef TACET_KEPT_LEAF_H
#define TACET_KEPT_LEAF_H

#include "leaf.h"

/* Steps that began alike. */
typedef struct tacet_kept_step {
  int position[TACET_TENSORS]; /* loops outside of L1's tile */
  bool keeps[TACET_TENSORS];   /* the tile stays for several steps */
  /* the loops that began the stay of each tensor's tile, and the step; or
     TACET_FIRST_STEP */
  int began[TACET_TENSORS];
  int advance;
} tacet_kept_step;

/* Sets the words of the tensors that L1 keeps, of an axis of the PEs' view
   at these times of its chains' loops: of operands held are those that the stay
   has not used before, and kept of them those that the stay before had; of the
   output those of the stays before and now. A tensor's words at a step are the
   difference of the products over axes: an element was used before exactly if
   its coordinate on some axis was, by that axis's own order. */
void tacet_kept_words(tacet_factors *factor, const tacet_axis *axis,
                      const tacet_kept_step *step,
                      int64_t time[2][TACET_MAX_CHAIN]);

#endif
