/* Which accesses and MACs the rules take away, place by place: by definition
   (design, section 5), never by formula. Internal. */
#ifndef TACET_EXECUTOR_FLAGS_H
#define TACET_EXECUTOR_FLAGS_H

#include "executor_stays.h"
#include "../sparse.h"

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

/* What a rule above L1 finds for one child in the present stay of its
   target. */
typedef struct tacet_finding {
  int64_t first, end; /* it begins, and is over before; 0, 0 at first */
  bool triggered;     /* of a rule on tiles */
} tacet_finding;

/* The rules above L1, for all children of their levels. */
typedef struct tacet_flags {
  const tacet_walk *walk; /* all borrowed */
  const tacet_features *features;
  const tacet_sparsity *sparsity;
  int l1;                             /* storage level */
  int64_t buffers[TACET_MAX_STORAGE]; /* of each, that work */
  tacet_holders holders[TACET_MAX_RULES];
  int64_t *stay[TACET_MAX_RULES]; /* owned; [children][times], of rules whose
                                     children have children themselves */
  tacet_finding *finding[TACET_MAX_RULES]; /* owned; [children]; NULL at and
                                              below L1 */
  /* owned; [children * elements of the target], of rules on elements: a bit
     for each tensor of which the element met a value that is not zero */
  unsigned char *met[TACET_MAX_RULES];
  tacet_set tile; /* a PE's, of a condition */
} tacet_flags;

/* Error: TACET_NO_MEMORY; tacet_flags_free is due all the same. */
tacet_status tacet_flags_make(tacet_flags *flags, const tacet_walk *walk,
                              const tacet_features *features,
                              const tacet_sparsity *sparsity,
                              tacet_error *error);
void tacet_flags_free(tacet_flags *flags); /* a zeroed one is fine */

/* Goes to the stays that a time belongs to. */
void tacet_flags_move(tacet_flags *flags, int64_t time);

/* What the rules above L1 make of a child's access to an element at boundary
   b: those of the level above it, and of all outside. */
tacet_state tacet_flags_of_element(const tacet_flags *flags, int b,
                                   int64_t child, int tensor, int64_t element);

/* What becomes of a MAC, with its partial sum's read and write, and of its
   reads of operands. */
typedef struct tacet_mac_states {
  tacet_state mac;
  tacet_state outer;               /* of rules above L1 alone */
  tacet_state read[TACET_TENSORS]; /* of the output: the partial sum's */
} tacet_mac_states;

/* `point` is the MAC in the canonical dimensions. */
tacet_mac_states tacet_flags_of_mac(const tacet_flags *flags, int64_t pe,
                                    const int64_t *point);

/* What the rules above L1 on whole tiles make of all that a PE does. */
tacet_state tacet_flags_of_pe(const tacet_flags *flags, int64_t pe);

#endif
