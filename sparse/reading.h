/* The two ways of the sparse reading. Internal to sparse/. Both start from
   the dense reading in *counts and replace what zeros change. */
#ifndef TACET_READING_H
#define TACET_READING_H

#include "../dense/activity/table.h"
#include "sparse.h"

typedef struct tacet_reading {
  tacet_counts *counts;
  tacet_timeline *timeline; /* zeros at the start */
  const tacet_nest *nest;
  const tacet_table *table; /* of the PEs' view, as the dense reading read it */
  const tacet_accelerator *accelerator;
  const tacet_features *features;
  const tacet_sparsity *sparsity;
} tacet_reading;

/* Slots that outputs take to leave PEs, if all of these share them evenly. */
static inline double tacet_passed_on_evenly(const tacet_reading *reading) {
  const int noc = reading->nest->storages - 2;
  const tacet_split *drains = &reading->counts->flow[noc][TACET_OUTPUT].drains;
  if (!reading->accelerator->link[noc].pe_adder) return 0;
  return (drains->actual + drains->gated) / reading->counts->peak_active_pes;
}

/* Walks every step with the operands' masks. */
tacet_status tacet_read_masks(const tacet_reading *reading, tacet_error *error);

/* Visits the classes of steps with the operands' densities. */
tacet_status tacet_read_models(const tacet_reading *reading,
                               tacet_error *error);

/* Outputs between L2 and DRAM: finished ones in DRAM's format, as their mask
   says or at the density given for them; partial sums as they are; less what
   rules at DRAM take away, with a mask. */
tacet_status tacet_read_outputs(const tacet_reading *reading,
                                tacet_error *error);

#endif
