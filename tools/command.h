/* The commands of the program, and how they say that something is wrong. */
#ifndef TACET_COMMAND_H
#define TACET_COMMAND_H

#include "../dense/error.h"

#define TACET_VERSION "0.1"

/* Each takes the command line from its own name on and returns the exit code:
   0 done, 1 the input is wrong or infeasible, 2 usage, 3 the machine failed. */
int tacet_command_run(int argc, char **argv);
int tacet_command_compare(int argc, char **argv);
int tacet_command_explain(int argc, char **argv);
int tacet_command_sweep(int argc, char **argv);
int tacet_command_crossover(int argc, char **argv);
int tacet_command_mask(int argc, char **argv);
int tacet_command_maestro(int argc, char **argv);
int tacet_command_convert(int argc, char **argv);

/* Writes the error as one line to standard error; returns its exit code. */
int tacet_complain(const tacet_error *error);

#endif
