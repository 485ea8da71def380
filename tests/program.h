/* Running build/tacet in the scratch directory, and judging what it says. */
#ifndef TACET_PROGRAM_H
#define TACET_PROGRAM_H

#include <stdbool.h>

#include "scratch.h"

/* What a run left behind. */
typedef struct ran {
  int exit_code;      /* 128 and more: killed by a signal */
  const char *output; /* good until the next run, likewise errors */
  const char *errors;
} ran;

/* The program is the file `named`; NULL: it stands beside the folder of
   argv0. */
void program_find(const char *named, const char *argv0);

/* Runs it with these arguments, split as the shell does. */
ran program_run(const char *arguments);

/* What it prints with these arguments, to be freed. Fails the test unless it
   ends well and has nothing to complain of. */
char *program_output(const char *arguments);

/* Files in the scratch directory. */
void file_write(const char *name, const char *text);
char *file_read(const char *name); /* to be freed; NULL if there is none */
bool file_exists(const char *name);

/* Fails the test unless the run ended with `exit_code`, wrote nothing to
   standard output, and one line to standard error in which `says` stands. */
void check_refused(const ran *r, int exit_code, const char *says);

/* `text` with `to` in place of `from`, which occurs once; to be freed. */
char *text_replaced(const char *text, const char *from, const char *to);

/* ---- files that fit together --------------------------------------------- */

/* A network of a CONV layer L1 without padding and an FC layer L2 that is run
   three times; two accelerators, of which `thrifty` skips, gates and
   compresses; a dataflow that both name; a profile of densities. */
extern const char network_text[];
extern const char plain_text[];
extern const char thrifty_text[];
extern const char dataflow_text[];
extern const char profile_text[];

/* Writes them as network.yaml, plain.yaml, thrifty.yaml, flow.yaml and
   profile.yaml. */
void files_write(void);

/* A group's set-up: the scratch directory with these files. */
int files_make(void **state);

#endif
