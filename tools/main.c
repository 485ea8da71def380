/* The program: finds the command that the first argument names. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "../dense/spec/node.h"

static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *help;
} commands[] = {
    {"run", tacet_command_run, "a network on one design, dense and sparse"},
    {"compare", tacet_command_compare, "several designs beside each other"},
    {"explain", tacet_command_explain, "what a dataflow means for a layer"},
    {"sweep", tacet_command_sweep, "the same over ranges of any number"},
    {"crossover", tacet_command_crossover,
     "where one design overtakes another"},
    {"mask", tacet_command_mask, "masks and weights as they lie on disk"},
    {"maestro", tacet_command_maestro, "what the published MAESTRO prints"},
    {"convert", tacet_command_convert, "MAESTRO's files as YAML"},
};

enum { command_count = sizeof commands / sizeof *commands };

static int print_help(void) {
  puts("tacet COMMAND [OPTION]...\n"
       "\n"
       "Counts what an accelerator does for a neural network's layers, and "
       "what it does\n"
       "not have to do where values are zero.\n"
       "\n"
       "Commands:");
  for (int i = 0; i < command_count; i++)
    printf("  %-11s%s\n", commands[i].name, commands[i].help);
  puts("\n"
       "tacet COMMAND --help explains a command; tacet --version tells the "
       "version.\n"
       "Exit codes: 0 done, 1 the input is wrong or infeasible, 2 usage, 3 the "
       "machine\n"
       "failed, 130 stopped by Ctrl-C.");
  return fflush(stdout) == 0 ? 0 : tacet_exit_code(TACET_WRITE_FAILED);
}

static int print_version(void) {
  puts("tacet " TACET_VERSION);
  return fflush(stdout) == 0 ? 0 : tacet_exit_code(TACET_WRITE_FAILED);
}

static int refuse(const char *name) {
  tacet_error error;
  tacet_nearest nearest = {.word = name ? name : ""};
  char known[80] = "";
  for (int i = 0; i < command_count; i++) {
    tacet_nearest_offer(&nearest, commands[i].name);
    tacet_list_word(known, sizeof known, commands[i].name);
  }
  if (name)
    tacet_fail(&error, TACET_BAD_USAGE, NULL, "unknown command \"%s\"",
               tacet_show(name).text);
  else
    tacet_fail(&error, TACET_BAD_USAGE, NULL, "a command is missing");
  if (nearest.found)
    tacet_advise(&error, "did you mean %s?", nearest.found);
  else
    tacet_advise(&error, "expected one of %s; \"tacet --help\" explains",
                 known);
  return tacet_complain(&error);
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : NULL;
  if (!name) return refuse(NULL);
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
    return print_help();
  if (strcmp(name, "--version") == 0) return print_version();
  for (int i = 0; i < command_count; i++)
    if (strcmp(name, commands[i].name) == 0)
      return commands[i].run(argc - 1, argv + 1);
  return refuse(name);
}
