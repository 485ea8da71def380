/* What `tacet run` and `tacet compare` are asked to do, read from the command
   line. Opens no file. */
#ifndef TACET_REQUEST_H
#define TACET_REQUEST_H

#include <stdbool.h>
#include <stdio.h>

#include "../dense/error.h"

typedef enum tacet_output_format {
  TACET_TEXT,
  TACET_CSV,
  TACET_JSON
} tacet_output_format;

/* Strings are those of the command line; NULL if not given. */
typedef struct tacet_request {
  const char *command;
  bool help;
  const char *network, *dataflow, *profile, *output;
  tacet_output_format format;
  int accelerators, layers, sets;
  const char **accelerator; /* owned; [accelerators] */
  const char **layer;       /* owned; [layers] */
  const char **set;         /* owned; [sets] "KEY=VALUE" */
} tacet_request;

/* Reads argv[1] .. argv[argc-1]; argv[0] is the command. At most
   `accelerators` of them may be given. Error TACET_BAD_USAGE says which
   argument is missing or not understood. Free the request in any case. */
tacet_status tacet_request_read(tacet_request *request, int argc, char **argv,
                                int accelerators, tacet_error *error);
void tacet_request_free(tacet_request *request);

/* Lists the options, a line or two each. */
void tacet_request_help(FILE *out);

#endif
