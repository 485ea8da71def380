/* Sections on a terminal: targets as a table, or whole sections as text. */
#include "show.h"

#include <stdio.h>
#include <string.h>

enum { TARGET = 44, MUST = 28, REACHED = 34 };

static void show_line(const char *verdict, const char *target, const char *must,
                      const char *reached, const char *prior) {
  printf("%-8s %-*s  %-*s  %-*s  %s\n", verdict, TARGET, target, MUST, must,
         REACHED, reached, prior);
}

void show_targets_header(void) {
  show_line("", "target", "must reach", "reached", "prior best");
}

void show_targets(const tacet_section *section) {
  if (section->skipped != NULL) {
    show_line("skipped", section->entry->title, "", section->skipped, "");
    return;
  }
  for (size_t i = 0; i < section->targets; i++) {
    const record_target *target = &section->target[i];
    show_line(target->holds ? "ok" : "MISSED", target->target, target->must,
              target->reached, target->prior);
  }
}

/* Words of a paragraph in lines of up to 78 columns. */
static void show_paragraph(const char *text) {
  size_t column = 0;
  while (*text != '\0') {
    size_t length = strcspn(text, " \n");
    if (column > 0 && column + 1 + length > 78) {
      putchar('\n');
      column = 0;
    }
    if (length > 0) {
      printf("%s%.*s", column > 0 ? " " : "", (int)length, text);
      column += length + (column > 0);
    }
    text += length + (text[length] != '\0');
  }
  printf("\n\n");
}

static void show_table(const record_table *table) {
  printf("%s\n", table->title);
  for (size_t i = 0; i < table->cells; i++) {
    int width = 0;
    for (size_t j = i % (size_t)table->columns; j < table->cells;
         j += (size_t)table->columns) {
      int length = (int)strlen(table->cell[j]);
      if (length > width) width = length;
    }
    bool first = i % (size_t)table->columns == 0;
    bool last = (i + 1) % (size_t)table->columns == 0;
    printf("  %*s%s", first ? -width : width, table->cell[i], last ? "\n" : "");
  }
  putchar('\n');
}

void show_section(const tacet_section *section) {
  printf("== %s\n%s\n\n", section->entry->title, section->entry->paper);
  if (section->skipped != NULL) {
    printf("skipped: %s\n\n", section->skipped);
    return;
  }
  for (size_t i = 0; i < section->paragraphs; i++)
    show_paragraph(section->paragraph[i]);
  for (size_t i = 0; i < section->tables; i++) show_table(&section->table[i]);
  for (size_t i = 0; i < section->targets; i++) {
    const record_target *target = &section->target[i];
    printf("%s: %s: must reach %s, reached %s%s%s\n",
           target->holds ? "ok" : "MISSED", target->target, target->must,
           target->reached, target->prior[0] ? "; prior best " : "",
           target->prior);
  }
  printf("%.2f s\n\n", section->seconds);
}
