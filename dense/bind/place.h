/* The choice of L2's positions, for callers that have the axes. Internal to
   dense/. */
#ifndef TACET_PLACE_H
#define TACET_PLACE_H

#include "../activity/reuse.h"

/* tacet_place_tiles, given the axes of the PEs' view of the nest. Says also
   what the tensors cost at the positions chosen. */
tacet_status tacet_place_axes(tacet_nest *nest,
                              tacet_placed placed[TACET_TENSORS],
                              const tacet_axes *axes,
                              const tacet_accelerator *accelerator,
                              tacet_error *error);

#endif
