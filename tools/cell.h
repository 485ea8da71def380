/* Values as people read them: short and rounded. */
#ifndef TACET_CELL_H
#define TACET_CELL_H

#include "report.h"

typedef struct tacet_cell {
  char text[TACET_NAME];
} tacet_cell;

/* Three digits and a prefix, "1.23 G"; whole numbers below 1000 stay whole. */
tacet_cell tacet_amount(double value);

/* A number in the units and the style of a column, which is not that of words;
   "-" for a ratio that has no value. */
tacet_cell tacet_styled(tacet_column_style style, double number);

/* What a column shows of a row. */
tacet_cell tacet_cell_of(const tacet_column *column, const tacet_row *row);

#endif
