/* Row-stationary mappings by the parameters of the Eyeriss papers, and the
   search among them. */
#ifndef TACET_REPRODUCE_ROW_STATIONARY_H
#define TACET_REPRODUCE_ROW_STATIONARY_H

#include "../../dense/dense.h"

/* As in table III of Chen et al., "Eyeriss", JSSC 2017. A pass takes n images,
   q*r channels and p*t filters on r*t sets of PEs, each of as many rows as the
   filter has and e columns, one for each output row; the sums of m filters
   stay in the global buffer until all channels are added. */
typedef struct row_stationary {
  int64_t m, n, e, p, q, r, t;
} row_stationary;

/* The mapping as directives. */
void row_stationary_flow(tacet_dataflow *flow, const row_stationary *mapping);

/* The mapping of least energy of an array of side*side PEs, and what it costs.
   Searched are all whose n, m, p*t and q*r divide the layer's, whose strips of
   output rows are as even as can be, and whose sets take more than half of
   those that fit on the array. `evaluated` counts them. Error
   TACET_INFEASIBLE if none fits into the buffers. */
tacet_status row_stationary_search(row_stationary *best, tacet_cost *cost,
                                   int64_t *evaluated, const tacet_layer *layer,
                                   const tacet_accelerator *accelerator,
                                   int64_t side, tacet_error *error);

#endif
