/* Ranges of numbers as the command line writes them. */
#ifndef TACET_RANGE_H
#define TACET_RANGE_H

#include "../dense/error.h"

typedef struct tacet_range {
  char key[256];
  char unit[24];   /* what stands behind the first value: "", " KiB" */
  char title[288]; /* the key, with the unit behind it if there is one */
  int values;
  double *value; /* owned; [values] in that unit */
} tacet_range;

/* Reads "KEY=A,B,...", "KEY=FROM:TO:STEP" or, with *FACTOR for STEP, from
   value to value by a factor; TO is included if a step meets it. All numbers
   but FACTOR have a unit, or none. Error TACET_BAD_USAGE. Free the range in any
   case. */
tacet_status tacet_range_read(tacet_range *range, const char *text,
                              tacet_error *error);
void tacet_range_free(tacet_range *range);

/* Reads "KEY=FROM:TO" into two values. */
tacet_status tacet_range_ends(tacet_range *range, const char *text,
                              tacet_error *error);

#endif
