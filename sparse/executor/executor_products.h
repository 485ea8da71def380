/* The slots that outer products take, from explicit sets of operands: by
   definition (design, section 5), never by formula. Internal. */
#ifndef TACET_EXECUTOR_PRODUCTS_H
#define TACET_EXECUTOR_PRODUCTS_H

#include "executor_flags.h"

/* How a PE takes one operand. */
typedef struct tacet_side {
  int slot;
  const tacet_zeros *zeros; /* borrowed */
  bool skips;               /* whether zeros take no place */
  tacet_tensor tensor;      /* padding is among its elements unless skipped */
  bool own;                 /* only inputs that belong to the box's outputs */
  int64_t width;            /* elements a slot */
  tacet_set taken;          /* owned; those of one value of the shared
                               dimensions */
} tacet_side;

typedef struct tacet_products {
  const tacet_layer *layer; /* borrowed */
  tacet_side side[TACET_OUTPUT];
} tacet_products;

/* Everything is borrowed. Errors: TACET_INFEASIBLE if an operand with its
   padding is too large to walk; TACET_NO_MEMORY. tacet_products_free is due
   all the same. */
tacet_status tacet_products_make(tacet_products *products,
                                 const tacet_flags *flags,
                                 const tacet_issue *issue, tacet_error *error);
void tacet_products_free(tacet_products *products); /* zeroed is fine */

/* Slots of a PE's box, at the stays to which the flags have moved. */
double tacet_products_slots(tacet_products *products, const tacet_flags *flags,
                            int64_t pe, const tacet_box *box);

#endif
