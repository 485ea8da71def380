/* L1's reads of what operand registers hold, with real masks. A register's
   element serves a run of MACs, in the order of tacet_mac_order: it is read if
   any of them reads it, gated if some would but for a gate, skipped if all of
   them are. Internal to the sparse reading with masks. */
#ifndef TACET_REGISTER_READS_H
#define TACET_REGISTER_READS_H

#include "../../dense/activity/registers.h"
#include "macs.h"

/* The element that a PE's register holds of one tensor. */
typedef struct tacet_register {
  bool any;              /* it holds one */
  bool again;            /* and did so before a pause */
  tacet_verdict verdict; /* of its read, up to now */
} tacet_register;

typedef struct tacet_pe_registers {
  int64_t step;                 /* the last in which it was active */
  int64_t last[TACET_MAX_DIMS]; /* the MAC it ended with */
  tacet_register of[TACET_TENSORS];
} tacet_pe_registers;

typedef struct tacet_register_reads {
  tacet_registers space;
  const tacet_registers *registers; /* NULL: none; the rest is unused */
  int64_t pes;
  tacet_pe_registers *pe; /* owned; [pes] */
  int64_t step;           /* number of the present one */
  tacet_counts *counts;   /* gets the reads; borrowed */
} tacet_register_reads;

/* Error: TACET_NO_MEMORY. */
tacet_status tacet_register_reads_make(tacet_register_reads *reads,
                                       const tacet_nest *nest,
                                       const tacet_accelerator *accelerator,
                                       tacet_counts *counts,
                                       tacet_error *error);
void tacet_register_reads_free(tacet_register_reads *reads);

/* Does the MACs of a PE's box in the present step, for all tensors that
   registers hold. Returns the L1 accesses that take time. */
double tacet_register_reads_box(tacet_register_reads *reads, int64_t pe,
                                const tacet_pe_box *box,
                                const tacet_macs *macs);

/* The run is over: counts what is still held. */
void tacet_register_reads_end(tacet_register_reads *reads);

#endif
