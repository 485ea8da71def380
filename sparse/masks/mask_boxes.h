/* What a mask holds in any box: of its tensor, or of a layer's MACs. Internal
   to the sparse reading with models. */
#ifndef TACET_MASK_BOXES_H
#define TACET_MASK_BOXES_H

#include "mask.h"

typedef struct tacet_mask_boxes tacet_mask_boxes;

/* True of masks that can be asked: with bits, and of fewer than 2^32 elements.
   Others are too large for tables of their boxes. */
bool tacet_mask_has_boxes(const tacet_mask *mask);

/* For a mask of the layer's tensor in `slot`; it may be freed afterwards. Takes
   4 bytes an element, 8 where a rank adds two dimensions. *boxes is the
   caller's, NULL after an error. Errors: TACET_BAD_INPUT (mask of another
   shape), TACET_NO_MEMORY. */
tacet_status tacet_mask_boxes_make(tacet_mask_boxes **boxes,
                                   const tacet_layer *layer, int slot,
                                   const tacet_mask *mask, tacet_error *error);
void tacet_mask_boxes_free(tacet_mask_boxes *boxes); /* NULL is fine */

/* Ones in the box start[r] .. start[r]+length[r]-1 of the tensor. Pure; takes
   time in proportion to 2^ranks. */
int64_t tacet_mask_boxes_ones(const tacet_mask_boxes *boxes,
                              const int64_t *start, const int64_t *length);

/* MACs in a box of the layer's dimensions whose element is a one; a MAC on
   padding has none. Pure; takes as long for each coordinate of the filter that
   the tensor's windows add. */
int64_t tacet_mask_boxes_macs(const tacet_mask_boxes *boxes,
                              const int64_t *start, const int64_t *length);

#endif
