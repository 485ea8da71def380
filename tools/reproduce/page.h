/* Sections as a page for a browser, with a file for each picture beside it. */
#ifndef TACET_REPRODUCE_PAGE_H
#define TACET_REPRODUCE_PAGE_H

#include <stdio.h>

#include "record.h"

/* Being written. */
typedef struct page {
  const char *folder; /* borrowed; it exists */
  int held, missed, skipped;
  char *summary_text, *body_text; /* owned; of the two streams */
  size_t summary_size, body_size;
  FILE *summary, *body;
} page;

/* Free the page in any case. */
tacet_status page_begin(page *p, const char *folder, tacet_error *error);
void page_free(page *p);

/* Adds a section and draws its pictures: SLUG.svg, SLUG-2.svg, ... */
tacet_status page_add(page *p, const tacet_section *section,
                      tacet_error *error);

/* Writes FOLDER/index.html, which needs no other file. */
tacet_status page_end(page *p, tacet_error *error);

#endif
