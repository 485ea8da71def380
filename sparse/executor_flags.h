/* Which accesses and MACs the rules take away, place by place: by definition
   (design, section 5), never by formula. Internal. */
#ifndef TACET_EXECUTOR_FLAGS_H
#define TACET_EXECUTOR_FLAGS_H

#include "../dense/executor_walk.h"
#include "sparse.h"

enum { TACET_L2 = 1, TACET_L1 = 2 }; /* the storage levels of a walk */

/* What becomes of an access or a MAC. Of several that apply to one, the
   largest holds: skip wins over gate. */
typedef enum tacet_state {
  TACET_ACTUAL,
  TACET_GATED,
  TACET_SKIPPED
} tacet_state;

/* Counts one access or MAC. */
void tacet_state_count(tacet_split *split, tacet_state state);

/* Whether an element's value is zero; -1 is padding. */
bool tacet_element_is_zero(const tacet_zeros *zeros, int64_t element);

/* The rules above L1, at the present stay of each rule's target. */
typedef struct tacet_flags {
  const tacet_walk *walk; /* all borrowed */
  const tacet_features *features;
  const tacet_sparsity *sparsity;
  int64_t stay[TACET_MAX_RULES];    /* that `triggered` is of */
  bool *triggered[TACET_MAX_RULES]; /* owned; [pes]; NULL at and below L1 */
  tacet_set tile;                   /* a PE's, of a condition */
} tacet_flags;

/* Error: TACET_NO_MEMORY; tacet_flags_free is due all the same. */
tacet_status tacet_flags_make(tacet_flags *flags, const tacet_walk *walk,
                              const tacet_features *features,
                              const tacet_sparsity *sparsity,
                              tacet_error *error);
void tacet_flags_free(tacet_flags *flags); /* a zeroed one is fine */

/* Goes to the stays that a time belongs to. */
void tacet_flags_move(tacet_flags *flags, int64_t time);

/* What the rules above L1 make of all that a PE does in its step, and of what
   it receives of one operand. */
tacet_state tacet_flags_of_pe(const tacet_flags *flags, int64_t pe);
tacet_state tacet_flags_of_arrival(const tacet_flags *flags, int64_t pe,
                                   int tensor);

/* What becomes of a MAC, with its partial sum's read and write, and of its
   reads of operands. */
typedef struct tacet_mac_states {
  tacet_state mac;
  tacet_state read[TACET_TENSORS]; /* of the output: the partial sum's */
} tacet_mac_states;

/* zero[TACET_TENSORS]: which operands of the MAC are; `pe` is the state of
   its PE's step. */
tacet_mac_states tacet_flags_of_mac(const tacet_flags *flags, tacet_state pe,
                                    const bool *zero);

#endif
