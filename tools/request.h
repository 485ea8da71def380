/* What run, compare, explain, sweep and crossover are asked to do, read from
   the command line. Opens no file. */
#ifndef TACET_REQUEST_H
#define TACET_REQUEST_H

#include <stdbool.h>
#include <stdio.h>

#include "../dense/error.h"

typedef enum tacet_output_format {
  TACET_TEXT,
  TACET_CSV,
  TACET_JSON,
  TACET_HDF5 /* of sweep */
} tacet_output_format;

/* What designs are compared by. */
typedef enum tacet_metric {
  TACET_TIME,
  TACET_CYCLES,
  TACET_ENERGY,
  TACET_METRICS
} tacet_metric;

extern const char *const tacet_metric_names[TACET_METRICS];

/* Strings are those of the command line; NULL if not given. */
typedef struct tacet_request {
  const char *command;
  bool help;
  bool fit; /* shrink tiles that buffers do not hold */
  const char *network, *dataflow, *profile, *output;
  const char *against; /* "maestro" */
  tacet_output_format format;
  const char *along, *plot;
  tacet_metric metric;
  int threads; /* 0 if not given */
  int accelerators, layers, sets, sweeps;
  const char **accelerator; /* owned; [accelerators] */
  const char **layer;       /* owned; [layers] */
  const char **set;         /* owned; [sets] "KEY=VALUE" */
  const char **sweep;       /* owned; [sweeps] "KEY=RANGE" */
} tacet_request;

/* Reads argv[1] .. argv[argc-1]; argv[0] is the command. At most
   `accelerators` of them may be given. Error TACET_BAD_USAGE says which
   argument is missing or not understood. Free the request in any case. */
tacet_status tacet_request_read(tacet_request *request, int argc, char **argv,
                                int accelerators, tacet_error *error);
void tacet_request_free(tacet_request *request);

/* Lists the options of a command, a line or two each. */
void tacet_request_help(FILE *out, const char *command);

#endif
