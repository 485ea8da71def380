/* Between the files that read networks. */
#ifndef TACET_NETWORK_H
#define TACET_NETWORK_H

#include "node.h"

#define TACET_LARGEST_SIZE (INT64_C(1) << 53)

/* Reads the layer that the map `node` describes, in a block that repeats
   `repeat` times. */
tacet_status tacet_read_layer(tacet_layer *layer, tacet_node *node,
                              int64_t repeat, const tacet_names *parameters,
                              tacet_error *error);

/* Multiplies *repeat by the key `repeat` of a layer or a block, if it has
   one. */
tacet_status tacet_read_repeat(int64_t *repeat, tacet_node *node,
                               const tacet_names *parameters,
                               tacet_error *error);

#endif
