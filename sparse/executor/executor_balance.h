/* The executor's own way of dealing weights to PEs. Internal. */
#ifndef TACET_EXECUTOR_BALANCE_H
#define TACET_EXECUTOR_BALANCE_H

#include "../sparse.h"

typedef struct tacet_dealt_masks {
  tacet_sparsity sparsity;        /* borrows masks from here and its giver */
  tacet_mask mask[TACET_TENSORS]; /* owned */
} tacet_dealt_masks;

/* Masks as they are after balancing, by the words of tacet_balance. Free them
   in any case; until then they must not move. */
tacet_status tacet_deal_masks(tacet_dealt_masks *dealt,
                              const tacet_sparsity *sparsity,
                              const tacet_features *features,
                              const tacet_nest *nest, tacet_error *error);
void tacet_dealt_masks_free(tacet_dealt_masks *dealt);

#endif
