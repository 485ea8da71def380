/* How the MACs of a PE fall into the patterns of zeros, with real masks.
   Internal to the sparse reading with masks. */
#ifndef TACET_MACS_H
#define TACET_MACS_H

#include "array.h"
#include "../masks/join.h"

typedef struct tacet_macs {
  const tacet_array *array;
  tacet_join *join; /* owned */
  bool crossed;     /* rules on elements ask of each MAC what it meets */
  bool sampled;     /* rules ask which outputs are zero */
  tacet_verdicts table[TACET_SKIPPED + 1]; /* by the verdict of outer rules */
} tacet_macs;

tacet_status tacet_macs_make(tacet_macs *macs, const tacet_array *array,
                             tacet_error *error);
void tacet_macs_free(tacet_macs *macs); /* a zeroed one is fine */

/* MACs of one PE by what rules above L1 decide for them, but for zeros of
   elements themselves, and by the pattern of their zeros. */
typedef struct tacet_mac_counts {
  double of[TACET_SKIPPED + 1][TACET_PATTERNS];
} tacet_mac_counts;

/* The MACs of a box that is PE `pe`'s, or a part of it. */
void tacet_macs_count(tacet_mac_counts *counts, const tacet_macs *macs,
                      int64_t pe, const tacet_pe_box *box);

/* Of them, those that are not skipped. */
double tacet_macs_taken(const tacet_macs *macs, const tacet_mac_counts *counts);

#endif
