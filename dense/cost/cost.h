/* Cost: from steps to cycles along them, from counts to cycles, energy and
   utilisation (design, section 6). Must not know where the counts came
   from. */
#ifndef TACET_COST_H
#define TACET_COST_H

#include "counts.h"

/* A step, or several alike, at the innermost boundary. */
typedef struct tacet_work {
  double occurrences;
  double slots;       /* issue slots of the busiest PE */
  double variance;    /* of slots that are an expectation, and what follows with
                       them; 0: it is certain */
  double passed_on;   /* of slots that are an expectation: no part of what is
                       left to chance (tacet_step_class) */
  double most;        /* slots if all there is is done, which an expectation
                       stays below */
  double l1_accesses; /* of the busiest PE, those that take a port's time */
  double sums;        /* of the busiest PE, likewise: partial sums updated */
  double examined; /* of the busiest PE: candidates, as tacet_examined says */
  double most_accesses, most_sums, most_examined; /* likewise */
  /* of each operand; 0 for the first step: counts.first_bits has them */
  double bits_in[TACET_OUTPUT];
  double bits_out;
  /* of bits that are an expectation: their variance, of those in their
     covariance with slots, and what they never exceed; 0: they are certain;
     and what they never fall below */
  double in_variance[TACET_OUTPUT], in_with_slots[TACET_OUTPUT];
  double in_most[TACET_OUTPUT], in_least[TACET_OUTPUT];
  double out_variance, out_most;
} tacet_work;

/* Time along the steps, in cycles. Start from zeros. */
typedef struct tacet_timeline {
  double compute; /* of all steps, if no transfer took time */
  double in, out; /* sums of the transfers beside the array */
  double steps;   /* what all steps last */
} tacet_timeline;

/* Cycles of compute: no fewer than the slots on their lanes take, the ports of
   L1, the updates of partial sums, and the search for pairs, each rounded up.
   Of expectations it is the expectation of that. */
double tacet_compute_cycles(const tacet_accelerator *accelerator,
                            const tacet_work *work);

/* Steps after each of which everybody waits. */
void tacet_timeline_add(tacet_timeline *timeline, const tacet_work *work,
                        const tacet_accelerator *accelerator);

/* Cycles of moving `bits` over link `boundary`: 0 if none, else
   ceil(bits / (word bits * bandwidth)) + latency. */
double tacet_transfer_cycles(const tacet_accelerator *accelerator, int boundary,
                             double bits);

/* Cycles of moving bits[] of the operands over it to the children: of all
   together or, where tensors have buses of their own, on which they travel at
   the same time, of the one that takes longest. */
double tacet_way_in(const tacet_accelerator *accelerator, int boundary,
                    const double bits[TACET_OUTPUT]);

/* Likewise of outputs to the parent. */
double tacet_way_out(const tacet_accelerator *accelerator, int boundary,
                     double bits);

/* Cycles of a part of a step. */
typedef struct tacet_span {
  double cycles;
  /* of an expectation; 0: it is certain */
  double variance;
  double with_slots; /* covariance with tacet_work.slots */
  double most;       /* it never takes longer */
} tacet_span;

/* Of a step's compute: with slots its cycles come nearer to their most. */
void tacet_compute_span(tacet_span *span, const tacet_accelerator *accelerator,
                        const tacet_work *work);

/* Cycles of a step's transfers. The expectation of a ceiling is not rounded
   up, and the latency is paid as often as there is something to move. */
typedef struct tacet_ways {
  tacet_span in, out; /* the ways into the PEs and out of them are busy */
  /* of these, PEs wait: for tensors that L1 has one buffer for */
  tacet_span alone_in, alone_out;
} tacet_ways;

void tacet_ways_of(tacet_ways *ways, const tacet_accelerator *accelerator,
                   const tacet_work *work);

/* Cycles of a step: what PEs wait for lies before and after their work; beside
   all that go the transfers of tensors with two buffers, which share the ways
   with the others:

     max(alone in + compute + alone out, in, out)

   With two buffers for each tensor this is max(compute, in, out), with one for
   each it is compute + in + out (design, section 6). Of expectations it is the
   expectation of the maximum, which is more than the maximum of them: of
   normal variables (tacet_greatest), compute correlated with what comes in as
   with_slots says, what goes out with neither. */
double tacet_step_cycles(const tacet_span *compute, const tacet_ways *ways);

/* What is busy longest. */
typedef enum tacet_bound {
  TACET_BOUND_COMPUTE,
  TACET_BOUND_NOC,
  TACET_BOUND_CLUSTERS, /* the ways into buffers at cluster boundaries */
  TACET_BOUND_DRAM
} tacet_bound;

/* "compute", "noc", "clusters", "dram" */
extern const char *const tacet_bound_names[];

/* Energies in pJ. */
typedef struct tacet_energy {
  double mac, l1, noc, l2, dram, metadata;
  double clusters; /* of buffers at cluster boundaries, and of the networks
                      that lead into them */
  double total;
  double storage[TACET_MAX_STORAGE];  /* each level's part of it */
  double link[TACET_MAX_STORAGE - 1]; /* each network's */
} tacet_energy;

typedef struct tacet_cost {
  double cycles;
  double compute_cycles; /* tacet_timeline.compute */
  double noc_cycles;     /* of all transfers into and out of the PEs */
  double cluster_cycles; /* likewise of the buffers at cluster boundaries that
                            are slowest to fill and drain */
  double dram_cycles;    /* of all words to and from DRAM */
  tacet_bound bound;
  double utilisation;        /* actual MACs / (PEs * lanes * cycles) */
  double imbalance;          /* busiest over mean PE work; 1 if there is none */
  double noc_bits_per_cycle; /* average over the run, in and out */
  double dram_bits_per_cycle; /* likewise */
  double seconds;
  double stream_cycles[TACET_MAX_STORAGE - 1]; /* of all transfers on each way
                                                  into such buffers */
  tacet_energy energy;
} tacet_cost;

/* Section 6: cycles, energy, utilisation of what was counted.

   The ways into buffers at cluster boundaries run like DRAM: a buffer takes a
   tile that many steps use, so what it takes in and gives out streams beside
   the array, each way at its own pace and with its latency once. Only its
   first tiles and its last outputs are exposed: with C the cycles on such a
   way,

     run = C(first) + C(last) + N(first) + N(last)
           + max(D(first) + max(steps, C(in), C(out)) + D(last), D(all))

   where C(in) and C(out) leave out the first tiles and the last outputs, and
   the inner max is a sum, steps + C(in) + C(out), for a level that is not
   double-buffered. A bandwidth counts all buffers of its level together. */
void tacet_cost_of(tacet_cost *cost, const tacet_counts *counts,
                   const tacet_timeline *timeline,
                   const tacet_accelerator *accelerator);

/* What a storage level between DRAM and L1 does for one tensor, all its
   buffers together. */
typedef struct tacet_buffer_use {
  double reads;      /* words: what it gives to its children and its parent, and
                        partial sums that it adds to */
  double writes;     /* words from its parent, and updates of its children */
  double words;      /* over the network that leads into it, both ways */
  double bits;       /* that these are on the way, with metadata */
  double energy_pj;  /* of reads and writes: part of tacet_energy.storage */
  double network_pj; /* of the words: part of tacet_energy.link */
} tacet_buffer_use;

/* `storage` is neither DRAM nor L1. */
void tacet_buffer_use_of(tacet_buffer_use *use, const tacet_counts *counts,
                         const tacet_accelerator *accelerator, int storage,
                         int slot);

#endif
