/* What run and compare have in common: from the command line to the report. */
#ifndef TACET_SERVE_H
#define TACET_SERVE_H

/* Serves a request for at most `accelerators` designs and returns the exit
   code. `help` is what --help says before options and columns. */
int tacet_serve(int argc, char **argv, int accelerators, const char *help);

#endif
