/* What L1 serves to the MACs of each PE, one MAC at a time: by definition
   (design, section 4), never by formula. Internal. */
#ifndef TACET_EXECUTOR_PORT_H
#define TACET_EXECUTOR_PORT_H

#include "executor_flags.h"

typedef struct tacet_pe_port {
  int64_t step; /* of its last MAC; -1: none yet */
  int64_t point[TACET_MAX_DIMS];
  bool again[TACET_TENSORS]; /* the register was filled at the end of a pause */
  /* of the element that each tensor is at: the best that a MAC wanted */
  tacet_state read[TACET_TENSORS];
} tacet_pe_port;

typedef struct tacet_port {
  const tacet_walk *walk;               /* borrowed */
  const tacet_accelerator *accelerator; /* likewise */
  tacet_counts *counts;                 /* likewise; gets reads and writes */
  int order[TACET_MAX_DIMS];            /* of a PE's MACs */
  int64_t step;                         /* number of the present step */
  tacet_pe_port *pe;                    /* owned; [pes] */
} tacet_port;

/* Error: TACET_NO_MEMORY; tacet_port_free is due all the same. */
tacet_status tacet_port_make(tacet_port *port, const tacet_walk *walk,
                             const tacet_accelerator *accelerator,
                             tacet_counts *counts, tacet_error *error);
void tacet_port_free(tacet_port *port); /* a zeroed one is fine */

/* Serves a PE's next MAC; returns the accesses that take time. */
double tacet_port_use(tacet_port *port, int64_t pe, const int64_t *point,
                      const tacet_mac_states *states);

/* Counts what is still in registers. */
void tacet_port_end(tacet_port *port);

#endif
