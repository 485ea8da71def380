/* How often the MACs of PEs read L1 where operand registers hold what does not
   change (tacet_mac_order). Internal to the activity analysis, and to readings
   that share its table. */
#ifndef TACET_REGISTERS_H
#define TACET_REGISTERS_H

#include "axis.h"

typedef struct tacet_registers {
  const tacet_nest *nest; /* borrowed */
  bool holds[TACET_TENSORS];
  int order[TACET_MAX_DIMS]; /* tacet_mac_order */
} tacet_registers;

/* Fills *space and returns it, or returns NULL if the accelerator has no
   registers. */
const tacet_registers *tacet_registers_make(tacet_registers *space,
                                            const tacet_nest *nest,
                                            const tacet_accelerator *from);

/* Loops of the order down to the innermost that moves tensor t within a box:
   each of their iterations is one read. */
int tacet_registers_depth(const tacet_registers *registers, int t,
                          const int64_t box[TACET_MAX_DIMS]);

/* Reads of tensor t, which a register holds, by one PE's MACs of a box that
   begins with another element than the one held. */
int64_t tacet_registers_reads(const tacet_registers *registers, int t,
                              const int64_t box[TACET_MAX_DIMS]);

/* Reads of all PEs in all steps. */
void tacet_registers_total(int64_t reads[TACET_TENSORS],
                           const tacet_registers *registers);

#endif
