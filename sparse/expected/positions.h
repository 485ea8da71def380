/* Where the tiles of the units lie in a step, in the dimensions on whose
   position the zeros of an operand depend. Internal to the sparse reading with
   models. */
#ifndef TACET_POSITIONS_H
#define TACET_POSITIONS_H

#include "../../dense/activity/products.h"
#include "../exact/array.h"

/* Of one class of steps, whose moments are told apart in `dims`; borrows from
   the product. */
typedef struct tacet_positions {
  int count; /* dimensions */
  int dim[TACET_MAX_DIMS];
  const tacet_axis *axis[TACET_MAX_DIMS];     /* that has it, */
  int at[TACET_MAX_DIMS];                     /* as the first or the second */
  const tacet_moment *moment[TACET_MAX_DIMS]; /* of the axis */
  bool buffers; /* they are at cluster boundaries, with tiles in stretches */
} tacet_positions;

void tacet_positions_of(tacet_positions *positions,
                        const tacet_product *product, uint32_t dims);

/* One combination of units, by its number among those that differ in the
   dimensions that were asked for; of buffers one combination of stretches of
   their tiles. `still`: their tiles are those of the step
   before. */
typedef struct tacet_position {
  tacet_pe_box box;
  int64_t unit;
  bool still;
} tacet_position;

typedef void tacet_position_visit(const tacet_position *position,
                                  void *context);

/* Visits the units that differ in `dims`: the box is `base` but for their
   tiles. */
void tacet_positions_each(const tacet_positions *positions, uint32_t dims,
                          const tacet_pe_box *base, tacet_position_visit *visit,
                          void *context);

#endif
