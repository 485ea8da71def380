/* What `tacet maestro` is asked to do. */
#ifndef TACET_MAESTRO_REQUEST_H
#define TACET_MAESTRO_REQUEST_H

#include "../dense/maestro/maestro.h"

/* Strings are those of the command line; NULL if not given. */
typedef struct tacet_maestro_request {
  bool help;
  const char *mapping_file;
  const char *hardware_file;
  const char *output; /* NULL: the name that the published tool chooses */
  tacet_maestro_hardware hardware; /* all but the NoC's latency */
  int noc_hops;
  int noc_hop_latency;
  bool print_results;
  bool write_csv;
} tacet_maestro_request;

/* Reads argv[1] .. argv[argc-1]: `--name=value` or `--name value`, where any
   beginning of a name will do that no other option shares. Error
   TACET_BAD_USAGE. */
tacet_status tacet_maestro_request_read(tacet_maestro_request *request,
                                        int argc, char **argv,
                                        tacet_error *error);

/* Explains the command on standard output. */
void tacet_maestro_request_help(void);

#endif
