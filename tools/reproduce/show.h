/* Sections on a terminal. */
#ifndef TACET_REPRODUCE_SHOW_H
#define TACET_REPRODUCE_SHOW_H

#include "record.h"

void show_targets_header(void);

/* A line for each target. */
void show_targets(const tacet_section *section);

/* The section whole, but for its pictures. */
void show_section(const tacet_section *section);

#endif
