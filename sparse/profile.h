/* Where the zeros of a network's layers are written down: densities and masks
   that network and profile files give. Knows nothing of designs. */
#ifndef TACET_PROFILE_H
#define TACET_PROFILE_H

#include "../dense/spec/spec.h"
#include "patterns/pattern.h"
#include "sparse.h"

/* The zeros of one tensor as files give them: a pattern or a mask. */
typedef struct tacet_zeros_source {
  tacet_pattern pattern;  /* owned; dense if nothing is given */
  double density;         /* of the pattern */
  tacet_mask_source mask; /* mask.file is NULL where there is no mask */
  char *path;             /* owned; what mask.file points to */
  char *name; /* owned or NULL; what mask.dataset points to if not to a doc */
} tacet_zeros_source;

typedef struct tacet_layer_zeros {
  tacet_zeros_source tensor[TACET_TENSORS];
  bool known; /* the output's zeros are known before the layer runs */
} tacet_layer_zeros;

typedef struct tacet_profile {
  char name[TACET_NAME]; /* of the profile file; "" without one */
  int layers;
  tacet_layer_zeros *layer; /* owned; [layers], in the network's order */
} tacet_profile;

void tacet_profile_free(tacet_profile *profile); /* a zeroed one is fine */

/* What the network's own file says of its layers:

     - name: L07
       density: {weight: 0.52, input: 0.73}    # not zero, 0 to 1
       mask:
         output: {file: masks.h5, dataset: /L07/out, layout: KPQ, threshold: 0,
                  polarity: kept}
       known: output    # its zeros are known before the layer runs

   Zeros of an output come to light only when it is finished (ReLU): they make
   its way to DRAM shorter, but spare no work. Masked attention and sampled
   products know them beforehand: with `known: output` actions of a design on
   [output] use them. Only file is always needed: tacet_mask_source says when dataset and layout
   are. Polarity is kept or pruned. A tensor has one of the two, or is dense. A
   density is a number, for the uniform model, or any other distribution that
   tacet_pattern_read knows. Mask files are named relative to the file that
   names them; the layout is that of tacet_mask_source. GEMM's B, A, Z are
   weight, input, output. Sparseloop's `densities` is accepted for density. The
   network's file must outlive the profile. */
tacet_status tacet_profile_of_network(tacet_profile *profile,
                                      const tacet_network *network,
                                      tacet_error *error);

/* Lays a profile file over what `profile` holds, tensor by tensor:

     tacet: 1
     profile: vgg16-han2015
     default: {density: {weight: 0.1}}    # for every layer, but for ...
     layers:
       conv1_1: {density: {weight: 0.58}, mask: ...}

   A name that is no layer's is left for tacet_doc_check to refuse. `network`
   and `doc` must outlive that check, `doc` the profile too. */
tacet_status tacet_profile_read(tacet_profile *profile,
                                const tacet_network *network,
                                const tacet_doc *doc, tacet_error *error);

/* Lays a file of masks over what `profile` holds: each array that is called
   /<layer>/<tensor>, as tacet_mask_store_add writes them. Any other array is an
   error. */
tacet_status tacet_profile_of_masks(tacet_profile *profile,
                                    const tacet_network *network,
                                    const char *path, tacet_error *error);

/* Gives a tensor this density, anywhere in it, in every layer. */
void tacet_profile_impose(tacet_profile *profile, const tacet_network *network,
                          int tensor, double density);

/* Reads the masks of one layer. Beside a mask a pattern that leaves nothing to
   chance becomes one, too. Beside a mask that is too large for tables of its
   boxes (2^32 elements, or kept by its places) any other does: one is drawn
   from it, with the tensor's slot + 1 as its seed. `sparsity` borrows the patterns of `zeros`, and mask[TACET_TENSORS], each to
   be freed with tacet_mask_free; after an error there are none. */
tacet_status tacet_layer_zeros_load(tacet_sparsity *sparsity, tacet_mask *mask,
                                    const tacet_layer_zeros *zeros,
                                    const tacet_layer *layer,
                                    tacet_error *error);

#endif
