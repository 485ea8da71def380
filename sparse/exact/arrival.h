/* What one operand brings into the PEs in one step, or into buffers at cluster
   boundaries, and what DRAM brings into L2, with real masks. Internal to the sparse reading with masks. */
#ifndef TACET_ARRIVAL_H
#define TACET_ARRIVAL_H

#include "kept.h"

typedef struct tacet_arrival {
  const tacet_tensor *tensor;
  int slot;
  const tacet_mask *mask;
  const tacet_format *format;     /* of the receiver; borrowed */
  bool reads_zeros, writes_zeros; /* where they leave, and where they arrive */
  tacet_encoding encoding;        /* with room if it is needed */
  int64_t width;
  bool guarded;       /* some rule above L1 has it as target */
  tacet_verdict zero; /* of rules on elements, for one that is zero */
  bool multicast;
  tacet_kept kept;     /* of buffers, or of an L1 that keeps tiles */
  tacet_region all;    /* of all children of a parent */
  tacet_region one;    /* of one child */
  uint8_t *taken;      /* [elements], only if guarded: 1 + verdict wanted */
  uint8_t *projection; /* [sum of rank sizes], likewise */
  int64_t *place;      /* [sum of rank sizes], likewise */
} tacet_arrival;

/* One step of an operand. */
typedef struct tacet_moved {
  tacet_split fills;
  tacet_split parent_reads;
  tacet_bits bits;
} tacet_moved;

/* Over boundary `b`, between storage levels b and b+1: operands on their way
   in, finished outputs on their way out. Features and mask are borrowed; the
   mask may be NULL. */
tacet_status tacet_arrival_make(tacet_arrival *arrival, const tacet_nest *nest,
                                const tacet_features *features,
                                const tacet_mask *mask, int slot, int b,
                                const tacet_accelerator *accelerator,
                                tacet_error *error);
void tacet_arrival_free(tacet_arrival *arrival);

/* Takes into account that the array's children keep tiles, for
   tacet_arrival_step of all of its steps in order. */
tacet_status tacet_arrival_keep(tacet_arrival *arrival,
                                const tacet_array *array, tacet_error *error);

/* What the children receive in the array's present step, those of a parent
   together. */
void tacet_arrival_step(tacet_moved *moved, tacet_arrival *arrival,
                        const tacet_array *array);

/* What L2 receives in the present step of `steps`, which walks L2's view of
   the tensor; `stays` are those of rules at DRAM alone. */
void tacet_arrival_whole(tacet_moved *moved, tacet_arrival *arrival,
                         const tacet_steps *steps, const tacet_stays *stays);

/* All of the tile that L2 holds in that step or, if `before`, held in the step
   before, whose stays are still the present ones. */
void tacet_arrival_tile(tacet_moved *moved, tacet_arrival *arrival,
                        const tacet_steps *steps, bool before,
                        const tacet_stays *stays);

#endif
