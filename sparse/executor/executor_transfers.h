/* What crosses each boundary when a step begins, and what becomes of it when
   every zero is known. By definition (design, section 5), never by formula.
   Internal. */
#ifndef TACET_EXECUTOR_TRANSFERS_H
#define TACET_EXECUTOR_TRANSFERS_H

#include "executor_bits.h"
#include "executor_flags.h"

/* Boundary b is between storage levels b and b+1, the PEs' the last. */
typedef struct tacet_transfers {
  const tacet_flags *flags; /* borrowed, with its walk, features and zeros */
  const tacet_accelerator *accelerator;                  /* borrowed */
  int pes;                                               /* boundary */
  tacet_flow flow[TACET_MAX_STORAGE - 1][TACET_TENSORS]; /* of all steps */
  /* of this step: */
  double bits_in[TACET_MAX_STORAGE - 1][TACET_TENSORS];
  double bits_out[TACET_MAX_STORAGE - 1];
  tacet_moves moves;
  /* owned; [pes][elements] of operands whose tiles L1 may keep for several
     steps, else NULL: whether the PE has the element */
  bool *has[TACET_OUTPUT];
  tacet_set used; /* by a PE at a step */
  tacet_set new;  /* of these, what it has not */
  tacet_projection projection;
  tacet_set offered;  /* elements for one transfer to children */
  tacet_state *state; /* owned; [elements]: of each that is offered, the best
                         that any child makes of it */
  tacet_set sent;     /* those offered that not every child skips */
  tacet_set drained;  /* outputs that left children in this step */
  tacet_set coming;   /* outputs that L2 takes in this step */
  int64_t *left;      /* owned; [pes] outputs that left it in this step, and
                         were not skipped */
  /* owned; [parents][output elements]: whether the parent has had the element,
     DRAM ever, others in this stay of their tile */
  bool *updated[TACET_MAX_STORAGE - 1];
  int64_t *last_use; /* owned; [output elements]: time of the last MAC */
} tacet_transfers;

/* Nothing has moved yet. Error: TACET_NO_MEMORY; tacet_transfers_free is due all the same. */
tacet_status tacet_transfers_make(tacet_transfers *transfers,
                                  const tacet_flags *flags,
                                  const tacet_accelerator *accelerator,
                                  tacet_error *error);
void tacet_transfers_free(tacet_transfers *transfers); /* zeroed is fine */

/* Moves outputs away that nobody holds from a time on (TACET_NEVER: the run is
   over), while the flags still are at the stays in which they were held. */
void tacet_transfers_leave(tacet_transfers *transfers, int64_t time);

/* Then moves everybody to their tiles at that time, to whose stays the flags
   have moved. */
void tacet_transfers_arrive(tacet_transfers *transfers, int64_t time);

#endif
