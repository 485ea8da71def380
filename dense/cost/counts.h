/* Counts: the activity table as cost reads it, whoever filled it. */
#ifndef TACET_COUNTS_H
#define TACET_COUNTS_H

#include "../spec/accelerator.h"

/* algorithmic = actual + gated + skipped: what the dense reading does, split
   by what becomes of it. Whole numbers, or expectations. */
typedef struct tacet_split {
  double actual;
  double gated;   /* takes its time, but no energy */
  double skipped; /* takes neither */
} tacet_split;

/* One tensor over one boundary, in words; the bits are those on the way. */
typedef struct tacet_flow {
  tacet_split fills;
  tacet_split parent_reads;
  tacet_split drains;
  tacet_split updates;
  tacet_split partial_sum_reads;
  double payload_bits_in, metadata_bits_in;   /* parent to children */
  double payload_bits_out, metadata_bits_out; /* children to parent */
} tacet_flow;

/* What waits for DRAM, or DRAM for it: the words that L2's children take in or
   give up, each counted once, of the tile that L2 takes in or gives up then.
   The others stream beside the array. */
typedef struct tacet_waited {
  double words;
  double tile;
} tacet_waited;

typedef struct tacet_counts {
  double steps;
  double busiest;    /* issue slots of the busiest PE, of each step or window,
                        or by then at the end of the run */
  double mean_slots; /* the same if the peak number of PEs shared the MACs
                        evenly and filled every slot, and likewise the outputs
                        that take slots to be passed on */
  double active_pes; /* sum over steps */
  double peak_active_pes;
  tacet_split macs;
  tacet_split l1_reads[TACET_TENSORS]; /* by MACs; of partial sums too */
  tacet_split l1_writes;               /* of partial sums */
  tacet_flow flow[TACET_MAX_STORAGE - 1][TACET_TENSORS];
  /* of each operand in, before the first step; and out, after the last step */
  double first_bits[TACET_MAX_STORAGE - 1][TACET_OUTPUT];
  double last_bits[TACET_MAX_STORAGE - 1];
  tacet_waited first_waited[TACET_OUTPUT]; /* before the first step */
  tacet_waited last_waited;                /* after the last */
} tacet_counts;

#endif
