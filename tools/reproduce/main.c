/* Holds published results against tacet: `reproduce validate DATA` prints a
   line for each target, `reproduce show DATA` each section whole. */
#include <stdio.h>
#include <string.h>

#include "record.h"
#include "show.h"

typedef void show_function(const tacet_section *section);

static void complain(const section_entry *entry, const tacet_error *error) {
  char text[1024];
  tacet_error_text(error, text, (int)sizeof text);
  fprintf(stderr, "%s: %s\n", entry->slug, text);
}

/* Shows every section; the worst of their exit codes, 1 where a target is
   missed. */
static int show_all(const char *data, show_function *show) {
  int worst = 0;
  for (const section_entry *entry = section_list; entry->slug; entry++) {
    tacet_section section;
    tacet_error error = {0};
    tacet_status status = section_record(&section, entry, data, &error);
    int code = tacet_exit_code(status);
    if (status == TACET_OK) {
      show(&section);
      code = section_holds(&section) ? 0 : 1;
    } else {
      complain(entry, &error);
    }
    fflush(stdout);
    section_free(&section);
    if (code > worst) worst = code;
  }
  return worst;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "validate") == 0) {
    show_targets_header();
    return show_all(argv[2], show_targets);
  }
  if (argc == 3 && strcmp(argv[1], "show") == 0)
    return show_all(argv[2], show_section);
  fprintf(stderr, "usage: reproduce validate|show DATA\n");
  return 2;
}
