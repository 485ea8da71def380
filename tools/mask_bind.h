/* Which array of which file belongs to which layer, judged by names alone. */
#ifndef TACET_MASK_BIND_H
#define TACET_MASK_BIND_H

#include "../dense/spec/spec.h"
#include "../sparse/masks/weights.h"
#include "mask_request.h"

/* The files of a request and what they hold. */
typedef struct tacet_shelf {
  const tacet_mask_request *request;
  int files;
  tacet_listing **listing; /* owned; [files] */
} tacet_shelf;

tacet_status tacet_shelf_fill(tacet_shelf *shelf,
                              const tacet_mask_request *request,
                              tacet_error *error);
void tacet_shelf_free(tacet_shelf *shelf); /* a zeroed one is fine */

/* An array on the shelf. */
typedef struct tacet_binding {
  int file; /* -1: none */
  int array;
} tacet_binding;

/* Finds the array of each chosen layer into binding[network->layers]:

   - what --bind says: LAYER=NAME, the name of an array or of a file of one;
   - else arrays whose name matches --pattern with the layer's name for
     {layer};
   - else arrays that the file says are the layer's, or whose name has the
     layer's as a part and ends in kernel, weight, mask or the like.

   A mask goes before weights. Several that are as good are an error that lists
   them; so is a --bind that names no layer or no array. */
tacet_status tacet_bind_arrays(tacet_binding *binding, const tacet_shelf *shelf,
                               const tacet_network *network,
                               tacet_error *error);

/* Is the layer one that the request chose with --layer? */
bool tacet_layer_is_chosen(const tacet_mask_request *request, const char *name);

/* Error if --layer names a layer that the network does not have. */
tacet_status tacet_check_layers(const tacet_mask_request *request,
                                const tacet_network *network,
                                tacet_error *error);

const char *tacet_binding_file(const tacet_shelf *shelf, tacet_binding binding);
const tacet_stored *tacet_binding_array(const tacet_shelf *shelf,
                                        tacet_binding binding);

/* How to read it. */
tacet_mask_source tacet_binding_source(const tacet_shelf *shelf,
                                       tacet_binding binding);

#endif
