/* A section holds a published result against what tacet computes. It runs
   the model and says what came out; how that looks on a terminal or a page
   is not its business. */
#ifndef TACET_REPRODUCE_SECTION_H
#define TACET_REPRODUCE_SECTION_H

#include <stdbool.h>

#include "../../dense/error.h"

/* Being filled by the section's function. What memory runs out for is left
   out and reported when the section ends, so that no call below need be
   checked. */
typedef struct tacet_section tacet_section;

/* Runs the models of a section. `data` is the folder of published figures
   (sparse/, papers/, maestro/); a file that is not there means section_skip
   and TACET_OK. Errors are those of the models. */
typedef tacet_status section_run(tacet_section *section, const char *data,
                                 tacet_error *error);

/* What stands in the list of sections (list.c), in the order of the page. */
typedef struct section_entry {
  const char *slug;  /* names its pictures: "eyeriss-v2" */
  const char *title; /* "Eyeriss V2 PE: eight layers with their real masks" */
  const char *paper; /* what is reproduced, and where the figures are from */
  section_run *run;
} section_entry;

extern const section_entry section_list[]; /* ends with slug NULL */

/* The data is not at hand: says why. */
void section_skip(tacet_section *section, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A paragraph: what the paper says, what tacet says, why they differ. */
void section_says(tacet_section *section, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A target and what became of it: a line of `make validate`. Texts are
   copied. `prior` is the best published model's result, "" if none is. */
void section_target(tacet_section *section, bool holds, const char *target,
                    const char *must, const char *reached, const char *prior);

/* A table of figures: its header, then rows of as many cells, copied. */
void section_table(tacet_section *section, const char *title, int columns,
                   const char *const header[]);
void section_row(tacet_section *section, const char *const cells[]);

/* A picture. Then its series, each with its points; a section can draw
   several. */
typedef enum section_plot {
  SECTION_LINES, /* points joined, over x */
  SECTION_MARKS, /* points alone, over x */
  SECTION_BARS   /* a group of bars for each label */
} section_plot;

void section_picture(tacet_section *section, const char *title,
                     const char *x_title, const char *y_title, bool x_log,
                     bool y_log);
void section_series(tacet_section *section, const char *name,
                    section_plot plot);
void section_point(tacet_section *section, double x, double y);
void section_bar(tacet_section *section, const char *label, double y);

/* A picture of the table made last: a group of bars for each row, labelled by
   its first cell, and a series for each of these columns, called as in the
   header. A cell that is no number has no bar. */
void section_bars(tacet_section *section, const char *title,
                  const char *y_title, const int columns[], int count);

#endif
