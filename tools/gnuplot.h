/* Pictures by gnuplot, a program of its own that need not be installed. */
#ifndef TACET_GNUPLOT_H
#define TACET_GNUPLOT_H

#include <stdio.h>

#include "../dense/error.h"

/* Writes text for the inside of double quotes, where gnuplot then sees no
   commands. */
void tacet_gnuplot_quote(FILE *script, const char *text);

enum { TACET_LINE_TYPES = 12 };

/* Begins a script for an SVG with the look of all pictures: line types 1 to
   TACET_LINE_TYPES, and a key of `entries` in `columns` below the axes. */
void tacet_gnuplot_begin(FILE *script, int entries, int columns);

/* Runs gnuplot on a script that was written to a temporary file. What it
   prints, a picture, is text[size], the caller's to free. Errors are at the
   file `path` that the picture is for: TACET_NO_FILE if there is no gnuplot,
   TACET_WRITE_FAILED if it fails. */
tacet_status tacet_gnuplot_draw(char **text, size_t *size, FILE *script,
                                const char *path, tacet_error *error);

#endif
