/* Layouts: which ranks of a tensor the axes of a stored array are. Knows
   nothing of files. */
#ifndef TACET_LAYOUT_H
#define TACET_LAYOUT_H

#include "../../dense/dense.h"

enum { TACET_AXES = 8, TACET_LAYOUT = 32 /* bytes of one, with its end */ };

/* An axis that is one rank, or several in row-major order. */
typedef struct tacet_axis {
  int64_t size;
  int parts;                       /* 0: an axis of size 1 that is no rank */
  int64_t part[TACET_MAX_RANKS];   /* sizes, outermost first */
  int64_t stride[TACET_MAX_RANKS]; /* in elements of the tensor */
} tacet_axis;

typedef struct tacet_axes {
  int count;
  tacet_axis axis[TACET_AXES];
} tacet_axes;

/* Reads a layout as tacet_mask_source has it. Errors TACET_BAD_INPUT list the
   ranks of the tensor; `place` is that of the layout. */
tacet_status tacet_axes_read(tacet_axes *axes, const tacet_tensor *tensor,
                             const char *layout, const tacet_place *place,
                             tacet_error *error);

/* Element that index `index` along the axis adds. */
int64_t tacet_axis_offset(const tacet_axis *axis, int64_t index);

/* A list of layouts in words: "KC and CK". */
typedef struct tacet_fits {
  int count; /* how many there are, also if the text has not all of them */
  char first[TACET_LAYOUT];
  char text[200];
} tacet_fits;

/* The layouts that size[axes] fits. R is taken to come before S, Y before X
   and P before Q: what is stored otherwise has to say so. */
void tacet_layouts_that_fit(tacet_fits *fits, const tacet_tensor *tensor,
                            const int64_t *size, int axes);

/* A layout by the name of who writes it so: "keras" (RSCK, CK) or "pytorch"
   (KCRS, KC). Returns `layout` itself if it is no such name; NULL if the
   convention has none for an array of so many axes. */
const char *tacet_layout_named(const char *layout, const tacet_tensor *tensor,
                               int axes);

/* All ranks in their own order: "GKCRS". */
void tacet_layout_canonical(char layout[TACET_LAYOUT],
                            const tacet_tensor *tensor);

#endif
