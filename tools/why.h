/* Which reasons to differ apply to a layer: told from its maps, not from the
   numbers that are to be explained. */
#ifndef TACET_WHY_H
#define TACET_WHY_H

#include "../dense/dense.h"
#include "../dense/maestro/levels.h"
#include "reasons.h"

/* What is compared. */
typedef enum tacet_quantity {
  TACET_QUANTITY_MACS,
  TACET_QUANTITY_CYCLES,
  TACET_QUANTITY_INPUT,  /* words that L2 gives */
  TACET_QUANTITY_WEIGHT, /* likewise */
  TACET_QUANTITY_OUTPUT, /* words that L2 takes */
  TACET_QUANTITIES
} tacet_quantity;

typedef struct tacet_why {
  tacet_reason_set set[TACET_QUANTITIES];
  /* What the reasons make of the layer's MACs: the published count, if they
     are all there is. */
  double macs;
} tacet_why;

/* Fills *why for a layer that both tools can run. The cycles' set is that of
   all counts and of what the model of time adds; reasons 15, 21, 22 and 30,
   which are no matter of maps, are left to the caller. */
void tacet_why_of(tacet_why *why, const maestro_plan *plan,
                  const tacet_layer *layer,
                  const tacet_accelerator *accelerator);

/* ---- why_macs.c --------------------------------------------------------- */

/* Reasons for the MACs, and what they make of them. */
tacet_reason_set tacet_why_macs(double *macs, const maestro_plan *plan,
                                const tacet_layer *layer);

/* The layer's size of a variable; that of Y and X is in outputs. */
int64_t tacet_why_extent(const tacet_layer *layer, int var);

/* Reasons of one that mistakes its units in the array's last step; `output`
   where outputs are counted. */
tacet_reason_set tacet_why_units(const maestro_plan *plan, int map,
                                 bool output);

/* Reasons of a map of the outermost level that mistakes its tiles' sizes. */
tacet_reason_set tacet_why_tile(const maestro_plan *plan, int map);

#endif
