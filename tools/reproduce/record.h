/* What a section has said, as those who show it read it. */
#ifndef TACET_REPRODUCE_RECORD_H
#define TACET_REPRODUCE_RECORD_H

#include <stddef.h>

#include "section.h"

/* All texts are owned by the record. */
typedef struct record_target {
  bool holds;
  char *target, *must, *reached, *prior;
} record_target;

typedef struct record_table {
  char *title;
  int columns;
  size_t cells;
  char **cell; /* [cells]: the header first, row by row */
} record_table;

typedef struct record_point {
  char *label; /* of a bar, else NULL */
  double x, y;
} record_point;

typedef struct record_series {
  char *name;
  section_plot plot;
  size_t points;
  record_point *point; /* [points] */
} record_series;

typedef struct record_picture {
  char *title, *x_title, *y_title;
  bool x_log, y_log;
  size_t series;
  record_series *serie; /* [series] */
} record_picture;

struct tacet_section {
  const section_entry *entry;
  char *skipped; /* why; NULL if it was run */
  double seconds;
  size_t paragraphs, targets, tables, pictures;
  char **paragraph;        /* [paragraphs] */
  record_target *target;   /* [targets] */
  record_table *table;     /* [tables] */
  record_picture *picture; /* [pictures] */
  bool no_memory;
};

/* Runs the section of an entry and keeps what it says. Errors are those of the
   section, and TACET_NO_MEMORY. Free the section in any case. */
tacet_status section_record(tacet_section *section, const section_entry *entry,
                            const char *data, tacet_error *error);
void section_free(tacet_section *section);

/* True if no target was missed. */
bool section_holds(const tacet_section *section);

#endif
