/* Zeros as PEs meet them once a balance has dealt the weights. Internal to the
   sparse reading. */
#ifndef TACET_REARRANGE_H
#define TACET_REARRANGE_H

#include "sparse.h"

typedef struct tacet_rearranged {
  /* borrows what follows, and what lies where it was from who gave it */
  tacet_sparsity sparsity;
  tacet_mask mask[TACET_TENSORS];       /* owned */
  tacet_pattern pattern[TACET_TENSORS]; /* owned */
} tacet_rearranged;

/* Masks must be of the tensors' shapes. Errors are those of
   tacet_balance_moved. Free it in any case; until then it must not move. */
tacet_status tacet_rearrange(tacet_rearranged *rearranged,
                             const tacet_sparsity *sparsity,
                             const tacet_features *features,
                             const tacet_nest *nest, tacet_error *error);
void tacet_rearranged_free(tacet_rearranged *rearranged);

#endif
