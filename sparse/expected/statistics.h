/* What an operand holds in a box of MACs, by the model of its zeros or by its
   mask: the question of the reading with models, for every occupancy model.
   Inserted zeros count as zeros, and of models as if they lay anywhere. Knows
   boxes of the canonical dimensions, not nests or designs. */
#ifndef TACET_STATISTICS_H
#define TACET_STATISTICS_H

#include "../exact/array.h"
#include "../masks/mask_boxes.h"
#include "../sparse.h"
#include "outside.h"

typedef struct tacet_statistics {
  const tacet_layer *layer;
  const tacet_tensor *tensor;
  const tacet_mask_boxes *mask; /* borrowed; NULL for a model */
  tacet_pattern pattern;        /* of a model; borrows what it points to */
  tacet_uniform model; /* as many elements and non-zeros lying anywhere */
  uint32_t sliding;    /* of dims, those that one rank adds up */
  uint32_t dims;       /* on whose position in them a box's contents depend */
  uint32_t filters;    /* other dimensions, of filters: of their coordinates
                            more or fewer MACs lie in padding */
  double values;       /* share of its elements that are no inserted zeros */
  double mean;         /* share of its elements that are not zero */
  double padding; /* share of the MACs whose element exists and is no inserted
                     zero, as far as their position does not matter, over
                     `values` */
  double density; /* seen by a MAC: an element that does not exist is zero */
} tacet_statistics;

/* Of `mask`, if not NULL, which are the boxes of zeros->mask; else of a model.
   Zeros of other tensors depend on `others`: along these dimensions padding is
   told apart, for there it comes together with them. */
void tacet_statistics_make(tacet_statistics *statistics,
                           const tacet_layer *layer, int slot,
                           const tacet_zeros *zeros,
                           const tacet_mask_boxes *mask, uint32_t others);

/* True if all that is known is how many elements are not zero. */
bool tacet_statistics_uniform(const tacet_statistics *statistics);

/* True if the model leaves nothing to chance: then counts are whole numbers,
   but for rounding. */
bool tacet_statistics_certain(const tacet_statistics *statistics);

/* Of the elements that a box of MACs works on. Its starts count only in
   `dims`; in others the box lies where blocks and groups begin. */
tacet_occupancy tacet_statistics_box(const tacet_statistics *statistics,
                                     const tacet_pe_box *box);

/* The chance that all of them are zero. Here starts count wherever the
   dimension's grain is not 1: the length at whose multiples boxes lie alike, or
   0, if everywhere else they do not. */
int64_t tacet_statistics_grain(const tacet_statistics *statistics, int dim);
double tacet_statistics_empty(const tacet_statistics *statistics,
                              const tacet_pe_box *box);

/* The share of a box's elements that are not zero, and of its MACs that have
   such an element. */
double tacet_statistics_held(const tacet_statistics *statistics,
                             const tacet_pe_box *box);
double tacet_statistics_seen(const tacet_statistics *statistics,
                             const tacet_pe_box *box);

/* How much of tiles like this one, of their MACs or of their elements, lies
   inside of the tensor, as far as dims does not say it. Tiles of which a share 1 / unevenness sees unevenness times what
   tiles see on average, the others nothing, vary as much. */
tacet_inside tacet_statistics_inside(const tacet_statistics *statistics,
                                     const tacet_pe_box *tile, bool elements);

/* The share of a box's MACs whose operands are both not zero. Operands are
   independent of each other at each coordinate of the dimensions on which both
   depend, and these coordinates are looked at one by one: densities along a
   shared dimension say how operands are correlated, and two masks or planes
   are joined by their marginals, which is exact. */
double tacet_statistics_both(const tacet_statistics *weight,
                             const tacet_statistics *input,
                             const tacet_pe_box *box);

/* Variance of the non-zeros in a box over that of as many elements on their
   own. */
double tacet_statistics_spread(const tacet_statistics *statistics,
                               const tacet_pe_box *box);

/* MACs of a window, by their output's and their filter's coordinate, each from
   as many as given, after which so many others use the same coordinate of the
   rank: without any, those of its coordinates that are used once. */
int64_t tacet_window_pairs(const tacet_rank *rank, int64_t outs,
                           int64_t filters, int64_t others);

/* Calls visit for every coordinate of the dimensions `dims` in the box, with
   the slice of the box that has it. */
typedef void tacet_slice_visit(const tacet_pe_box *slice, void *context);
void tacet_slices(const tacet_pe_box *box, uint32_t dims,
                  tacet_slice_visit *visit, void *context);

#endif
