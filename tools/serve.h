/* What run and compare have in common: from the command line to the report. */
#ifndef TACET_SERVE_H
#define TACET_SERVE_H

#include "request.h"

/* Serves a request for at most `accelerators` designs and returns the exit
   code. `help` is what --help says before options and columns. */
int tacet_serve(int argc, char **argv, int accelerators, const char *help);

/* Prints `help`, the options of the command and the columns of its results. */
tacet_status tacet_print_help(const char *help, const tacet_request *request,
                              tacet_error *error);

#endif
