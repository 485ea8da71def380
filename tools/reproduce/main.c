/* Holds published results against tacet: `reproduce validate DATA` prints a
   line for each target, `reproduce show DATA` each section whole, and
   `reproduce page DATA FOLDER` makes a page and its pictures, too. */
#include <stdio.h>
#include <string.h>

#include "page.h"
#include "record.h"
#include "show.h"

typedef void show_function(const tacet_section *section);

static void complain(const char *what, const tacet_error *error) {
  char text[1024];
  tacet_error_text(error, text, (int)sizeof text);
  fprintf(stderr, "%s: %s\n", what, text);
}

/* Shows every section, and adds it to the page if there is one; the worst of
   their exit codes, 1 where a target is missed. */
static int show_all(const char *data, show_function *show, page *p) {
  int worst = 0;
  for (const section_entry *entry = section_list; entry->slug; entry++) {
    tacet_section section;
    tacet_error error = {0};
    tacet_status status = section_record(&section, entry, data, &error);
    if (!status) show(&section);
    if (!status && p) status = page_add(p, &section, &error);
    if (status) complain(entry->slug, &error);
    fflush(stdout);
    int code = tacet_exit_code(status);
    if (!status && !section_holds(&section)) code = 1;
    section_free(&section);
    if (code > worst) worst = code;
  }
  return worst;
}

static int make_page(const char *data, const char *folder) {
  page p;
  tacet_error error = {0};
  int code = 0;
  tacet_status status = page_begin(&p, folder, &error);
  if (!status) {
    show_targets_header();
    code = show_all(data, show_targets, &p);
    status = page_end(&p, &error);
  }
  if (status)
    complain(folder, &error);
  else
    printf("\nthe page: %s/index.html\n", folder);
  page_free(&p);
  return status ? tacet_exit_code(status) : code;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "validate") == 0) {
    show_targets_header();
    return show_all(argv[2], show_targets, NULL);
  }
  if (argc == 3 && strcmp(argv[1], "show") == 0)
    return show_all(argv[2], show_section, NULL);
  if (argc == 4 && strcmp(argv[1], "page") == 0)
    return make_page(argv[2], argv[3]);
  fprintf(stderr, "usage: reproduce validate|show DATA, or page DATA FOLDER\n");
  return 2;
}
