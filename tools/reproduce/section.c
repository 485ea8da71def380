/* Keeps what a section says. Knows nothing of what sections are about. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record.h"

/* ---- memory: what cannot be had is left out, and remembered ------------- */

static char *copy(tacet_section *section, const char *text) {
  char *own = strdup(text);
  if (own == NULL) section->no_memory = true;
  return own;
}

/* Room for one more item at the end of list[*items], set to zeros; NULL if
   there is none. */
static void *add(tacet_section *section, void *list, size_t *items,
                 size_t size) {
  void **start = list;
  char *grown = realloc(*start, (*items + 1) * size);
  if (grown == NULL) {
    section->no_memory = true;
    return NULL;
  }
  *start = grown;
  return memset(grown + (*items)++ * size, 0, size);
}

static char *format_text(tacet_section *section, const char *format,
                         va_list values) {
  va_list again;
  va_copy(again, values);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  char *text = length < 0 ? NULL : malloc((size_t)length + 1);
  if (text == NULL) {
    section->no_memory = true;
    return NULL;
  }
  vsnprintf(text, (size_t)length + 1, format, values);
  return text;
}

/* ---- what a section says ------------------------------------------------ */

void section_skip(tacet_section *section, const char *format, ...) {
  va_list values;
  va_start(values, format);
  free(section->skipped);
  section->skipped = format_text(section, format, values);
  va_end(values);
}

void section_says(tacet_section *section, const char *format, ...) {
  va_list values;
  va_start(values, format);
  char *text = format_text(section, format, values);
  va_end(values);
  char **paragraph = add(section, &section->paragraph, &section->paragraphs,
                         sizeof *section->paragraph);
  if (paragraph == NULL) {
    free(text);
    return;
  }
  *paragraph = text;
}

void section_target(tacet_section *section, bool holds, const char *target,
                    const char *must, const char *reached, const char *prior) {
  record_target *added =
      add(section, &section->target, &section->targets, sizeof *added);
  if (added == NULL) return;
  added->holds = holds;
  added->target = copy(section, target);
  added->must = copy(section, must);
  added->reached = copy(section, reached);
  added->prior = copy(section, prior);
}

static void add_cells(tacet_section *section, record_table *table,
                      const char *const cells[]) {
  for (int i = 0; i < table->columns; i++) {
    char **cell = add(section, &table->cell, &table->cells, sizeof *cell);
    if (cell != NULL) *cell = copy(section, cells[i]);
  }
}

void section_table(tacet_section *section, const char *title, int columns,
                   const char *const header[]) {
  record_table *table =
      add(section, &section->table, &section->tables, sizeof *table);
  if (table == NULL) return;
  table->title = copy(section, title);
  table->columns = columns;
  add_cells(section, table, header);
}

void section_row(tacet_section *section, const char *const cells[]) {
  if (section->tables == 0) return;
  add_cells(section, &section->table[section->tables - 1], cells);
}

void section_picture(tacet_section *section, const char *title,
                     const char *x_title, const char *y_title, bool x_log,
                     bool y_log) {
  record_picture *picture =
      add(section, &section->picture, &section->pictures, sizeof *picture);
  if (picture == NULL) return;
  picture->title = copy(section, title);
  picture->x_title = copy(section, x_title);
  picture->y_title = copy(section, y_title);
  picture->x_log = x_log;
  picture->y_log = y_log;
}

void section_series(tacet_section *section, const char *name,
                    section_plot plot) {
  if (section->pictures == 0) return;
  record_picture *picture = &section->picture[section->pictures - 1];
  record_series *series =
      add(section, &picture->serie, &picture->series, sizeof *series);
  if (series == NULL) return;
  series->name = copy(section, name);
  series->plot = plot;
}

static record_point *add_point(tacet_section *section) {
  if (section->pictures == 0) return NULL;
  record_picture *picture = &section->picture[section->pictures - 1];
  if (picture->series == 0) return NULL;
  record_series *series = &picture->serie[picture->series - 1];
  return add(section, &series->point, &series->points, sizeof *series->point);
}

void section_point(tacet_section *section, double x, double y) {
  record_point *point = add_point(section);
  if (point == NULL) return;
  point->x = x;
  point->y = y;
}

void section_bar(tacet_section *section, const char *label, double y) {
  record_point *point = add_point(section);
  if (point == NULL) return;
  point->label = copy(section, label);
  point->y = y;
}

void section_bars(tacet_section *section, const char *title,
                  const char *y_title, const int columns[], int count) {
  if (section->no_memory || section->tables == 0) return;
  const record_table *table = &section->table[section->tables - 1];
  const size_t width = (size_t)table->columns;
  section_picture(section, title, table->cell[0], y_title, false, false);
  for (int c = 0; c < count; c++) {
    section_series(section, table->cell[columns[c]], SECTION_BARS);
    for (size_t row = width; row + width <= table->cells; row += width) {
      const char *cell = table->cell[row + (size_t)columns[c]];
      char *end;
      const double value = strtod(cell, &end);
      section_bar(section, table->cell[row], end > cell ? value : (double)NAN);
    }
  }
}

/* ---- a section's life --------------------------------------------------- */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

tacet_status section_record(tacet_section *section, const section_entry *entry,
                            const char *data, tacet_error *error) {
  memset(section, 0, sizeof *section);
  section->entry = entry;
  double start = now();
  tacet_status status = entry->run(section, data, error);
  section->seconds = now() - start;
  if (status == TACET_OK && section->no_memory)
    return tacet_fail(error, TACET_NO_MEMORY, NULL,
                      "no memory for what section %s says", entry->slug);
  return status;
}

static void free_picture(record_picture *picture) {
  for (size_t s = 0; s < picture->series; s++) {
    for (size_t i = 0; i < picture->serie[s].points; i++)
      free(picture->serie[s].point[i].label);
    free(picture->serie[s].point);
    free(picture->serie[s].name);
  }
  free(picture->serie);
  free(picture->title);
  free(picture->x_title);
  free(picture->y_title);
}

static void free_table(record_table *table) {
  for (size_t i = 0; i < table->cells; i++) free(table->cell[i]);
  free(table->cell);
  free(table->title);
}

void section_free(tacet_section *section) {
  for (size_t i = 0; i < section->paragraphs; i++) free(section->paragraph[i]);
  for (size_t i = 0; i < section->targets; i++) {
    free(section->target[i].target);
    free(section->target[i].must);
    free(section->target[i].reached);
    free(section->target[i].prior);
  }
  for (size_t i = 0; i < section->tables; i++) free_table(&section->table[i]);
  for (size_t i = 0; i < section->pictures; i++)
    free_picture(&section->picture[i]);
  free(section->paragraph);
  free(section->target);
  free(section->table);
  free(section->picture);
  free(section->skipped);
  memset(section, 0, sizeof *section);
}

bool section_holds(const tacet_section *section) {
  for (size_t i = 0; i < section->targets; i++)
    if (!section->target[i].holds) return false;
  return true;
}
