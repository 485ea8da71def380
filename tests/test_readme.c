/* README.md: what it shows below a command is what the command prints. Runs
   from the top folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 256, COMMAND = 1024 };

static const char prompt[] = "    $ tacet ";

/* The next line without its end; false behind the last. */
static bool read_line(char line[LINE], FILE *readme) {
  if (!fgets(line, LINE, readme)) return false;
  line[strcspn(line, "\n")] = '\0';
  return true;
}

/* The command that begins in `line` and goes on while lines end in "\". */
static void read_command(char command[COMMAND], char line[LINE], FILE *readme) {
  const char *program = getenv("TACET_PROGRAM");
  snprintf(command, COMMAND, "%s %s", program ? program : "build/tacet",
           line + strlen(prompt));
  for (size_t end; (end = strlen(command)) > 0 && command[end - 1] == '\\';) {
    assert_true(read_line(line, readme));
    snprintf(command + end - 1, COMMAND - end + 1, "%s", line);
  }
}

/* Goes on in the output to the line that README shows. */
static void find_line(FILE *output, const char *shown, const char *command) {
  char line[LINE];
  while (read_line(line, output))
    if (strcmp(line, shown) == 0) return;
  fail_msg("README.md shows \"%s\", which is not printed, or not in this "
           "order, by %s",
           shown, command);
}

/* Holds the indented lines behind a command against its output; "..." stands
   for lines that are left out. */
static int check_command(const char *command, char line[LINE], FILE *readme) {
  FILE *output = popen(command, "r");
  assert_non_null(output);
  int shown = 0;
  while (read_line(line, readme) && (!*line || strncmp(line, "    ", 4) == 0)) {
    if (!*line || strcmp(line, "    ...") == 0) continue;
    find_line(output, line + 4, command);
    shown++;
  }
  for (char rest[LINE]; fgets(rest, LINE, output);) continue;
  assert_int_equal(pclose(output), 0);
  return shown;
}

static bool writes_files(const char *command) {
  return strstr(command, " -o ") || strstr(command, " --plot ");
}

static void transcripts_are_what_commands_print(void **state) {
  (void)state;
  FILE *readme = fopen("README.md", "r");
  assert_non_null(readme);
  char line[LINE], command[COMMAND];
  int commands = 0;
  while (read_line(line, readme)) {
    if (strncmp(line, prompt, strlen(prompt)) != 0) continue;
    read_command(command, line, readme);
    if (writes_files(command)) continue;
    commands += check_command(command, line, readme) > 0;
  }
  fclose(readme);
  printf("  %d commands\n", commands);
  assert_true(commands >= 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(transcripts_are_what_commands_print),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
