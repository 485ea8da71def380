/* The order in which a balance deals the coordinates of a dimension to PEs.
   Internal to the sparse reading. */
#ifndef TACET_BALANCE_H
#define TACET_BALANCE_H

#include "sparse.h"

/* The dimension of the layer that is balanced; -1 if none is, or if it has one
   coordinate only. Errors: TACET_INFEASIBLE (tacet_balance_moved). */
tacet_status tacet_balance_dim(int *dim, const tacet_features *features,
                               const tacet_nest *nest, tacet_error *error);

/* The dimension of groups or batches, if each has an order of its own; -1 if
   one order serves all. It is a rank further out than the balanced one. */
int tacet_balance_apart(const tacet_layer *layer, int dim);

/* Where a tensor has the two dimensions. */
typedef struct tacet_order_ranks {
  int64_t size, stride;   /* of the rank of `dim`; stride in elements */
  int64_t groups, across; /* of that of `apart`; 1 group if there is none */
} tacet_order_ranks;

tacet_order_ranks tacet_order_ranks_of(const tacet_tensor *tensor, int dim,
                                       int apart);

/* At place i of group g lies coordinate from[g * size + i]. */
typedef struct tacet_order {
  int dim; /* -1: everything stays where it is, and nothing is allocated */
  int apart;
  int64_t size, groups;
  int64_t *from; /* owned; [groups * size] */
} tacet_order;

tacet_status tacet_order_make(tacet_order *order,
                              const tacet_features *features,
                              const tacet_nest *nest,
                              const tacet_sparsity *sparsity,
                              tacet_error *error);
void tacet_order_free(tacet_order *order);

/* That zeros are as likely with the coordinates of `dim` in any other order. */
bool tacet_order_is_indifferent(const tacet_pattern *pattern,
                                const tacet_tensor *tensor, int dim);

/* Error TACET_INFEASIBLE: the tensor's pattern cannot be put in an order. */
tacet_status tacet_order_refuse(const tacet_tensor *tensor, tacet_error *error);

#endif
