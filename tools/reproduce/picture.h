/* Pictures of sections. */
#ifndef TACET_REPRODUCE_PICTURE_H
#define TACET_REPRODUCE_PICTURE_H

#include "record.h"

/* Draws a picture by gnuplot: svg[size] is the caller's. Points that are no
   numbers leave a gap. Errors: those of tacet_gnuplot_draw, and
   TACET_BAD_INPUT if there is no point at all; `path` is the file that it is
   for. */
tacet_status picture_draw(char **svg, size_t *size,
                          const record_picture *picture, const char *path,
                          tacet_error *error);

#endif
