/* How much more the busiest of several PEs does than one does on average,
   because zeros lie by chance. Internal to the sparse reading with models. */
#ifndef TACET_STRETCH_H
#define TACET_STRETCH_H

#include "odds.h"

/* What one of some PEs does before they wait for each other. */
typedef struct tacet_deal {
  tacet_pe_box box;              /* of one step */
  double steps[TACET_MAX_DIMS];  /* as many boxes along each dimension */
  int64_t units[TACET_MAX_DIMS]; /* PEs that hold different ones */
  tacet_sight sight;             /* of all steps' MACs */
  tacet_sight among;             /* variance of that among the PEs */
} tacet_deal;

/* All steps as one box that begins where that of the first does. */
tacet_pe_box tacet_deal_whole(const tacet_deal *deal, const tacet_layer *layer);

/* Slots of the busiest over those of one. At least 1. */
double tacet_stretch(const tacet_odds *odds, const tacet_deal *deal);

#endif
