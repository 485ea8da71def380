/* Names of layers that YAML would take for something else, from a network
   through a file of masks to a profile and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

/* As YAML has them in double quotes. */
static const char *const names[] = {
    "conv1",      "block.1/a-b_c",
    "a: b",       "#1",
    "a #b",       "1",
    "1e3",        "- a",
    "null",       "Yes",
    "~",          "{a}",
    "[a]",        "it's",
    "a\\\"b\\\\", "a,b",
    "&a *b",      "!tag",
    "%a",         "@a",
    "a ",         " a",
    "?",          ":",
    "\xC3\xA9",   "y",
    ".5",         "-",
};

enum { NAMES = sizeof names / sizeof *names };

static void write_network(void) {
  static char text[8192];
  int used = snprintf(text, sizeof text, "tacet: 1\nnetwork: n\nlayers:\n");
  for (int i = 0; i < NAMES; i++)
    used += snprintf(text + used, sizeof text - (size_t)used,
                     "  - {name: \"%s\", type: FC, dims: {K: 8, C: %d}}\n",
                     names[i], 8 + 2 * i);
  file_write("names.yaml", text);
}

/* Lines of text that begin so. */
static int lines_with(const char *text, const char *begin) {
  int lines = 0;
  for (const char *at = text; (at = strstr(at, begin)); at++)
    lines += at == text || at[-1] == '\n';
  return lines;
}

/* Every layer has its own density in what `compare` says of the profile: that
   of its mask. */
static void names_come_back(void **state) {
  (void)state;
  write_network();
  free(program_output("mask make -n names.yaml --kind uniform "
                      "--density 0.5 -o names.h5"));
  char *profile = program_output("mask profile names.h5");
  assert_int_equal(lines_with(profile, "  conv1:"), 1);
  assert_int_equal(lines_with(profile, "  block.1/a-b_c:"), 1);
  for (int i = 2; i < NAMES; i++) {
    char line[64];
    snprintf(line, sizeof line, "  \"%s\":\n", names[i]);
    if (lines_with(profile, line) != 1)
      fail_msg("%s is not once in\n%s", line, profile);
  }
  file_write("names-profile.yaml", profile);
  free(profile);
  char *masks = program_output("run -n names.yaml -a thrifty.yaml "
                               "-p names.h5 --format csv");
  char *densities = program_output("run -n names.yaml -a thrifty.yaml "
                                   "-p names-profile.yaml --format csv");
  assert_null(strstr(densities, "sparse,true")); /* none was left dense */
  free(masks);
  free(densities);
}

int main(int count, char **argument) {
  (void)count;
  program_find(getenv("TACET_PROGRAM"), argument[0]);
  const struct CMUnitTest tests[] = {cmocka_unit_test(names_come_back)};
  return cmocka_run_group_tests(tests, files_make, scratch_remove);
}
