/* What the readings of a design point share, and the dense one of it. Internal
   to dense/, and to other readings. */
#ifndef TACET_DENSE_READING_H
#define TACET_DENSE_READING_H

#include "../activity/products.h"

/* A nest with its places, the table of the PEs' view and what the tensors cost
   at L2's positions. Its parts point to the nest. */
typedef struct tacet_basis {
  const tacet_nest *nest; /* borrowed */
  tacet_table table;
  tacet_placed placed[TACET_TENSORS];
} tacet_basis;

/* Of a nest whose tiles have places. */
void tacet_basis_make(tacet_basis *basis, const tacet_nest *nest);

/* tacet_bind and tacet_place_tiles, and the basis of what they make. Errors
   are theirs. */
tacet_status tacet_basis_bind(tacet_basis *basis, tacet_nest *nest,
                              const tacet_layer *layer,
                              const tacet_dataflow *dataflow,
                              const tacet_accelerator *accelerator,
                              tacet_error *error);

/* tacet_read_dense, given the basis; of *counts it fills in what concerns the
   storage levels that there are. */
tacet_status tacet_read_basis(tacet_counts *counts, tacet_timeline *timeline,
                              const tacet_basis *basis,
                              const tacet_accelerator *accelerator,
                              tacet_error *error);

#endif
