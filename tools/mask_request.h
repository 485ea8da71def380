/* What `tacet mask` is asked to do, read from the command line. Opens no
   file. */
#ifndef TACET_MASK_REQUEST_H
#define TACET_MASK_REQUEST_H

#include <stdbool.h>
#include <stdio.h>

#include "../sparse/masks/mask_make.h"

/* Strings are those of the command line; NULL if not given. */
typedef struct tacet_mask_request {
  const char *command; /* "import" */
  bool help, plot, global;
  const char *network, *output, *layout, *pattern, *dataset;
  const char *by, *vectors; /* of a profile: a rank, a file of densities */
  int tensor;               /* tacet_slot */
  double threshold;
  tacet_polarity polarity;
  tacet_mask_plan plan;
  bool planned;             /* a kind of pattern was named */
  const char *distribution; /* a pattern as profiles write it; NULL: a plan */
  int files, binds, layers;
  const char **file;  /* owned; [files] */
  const char **bind;  /* owned; [binds]: LAYER=DATASET */
  const char **layer; /* owned; [layers] */
} tacet_mask_request;

/* Reads argv[1] .. argv[argc-1]; argv[0] is the command below `mask`. Error
   TACET_BAD_USAGE says which argument is missing or not understood. Free the
   request in any case. */
tacet_status tacet_mask_request_read(tacet_mask_request *request, int argc,
                                     char **argv, tacet_error *error);
void tacet_mask_request_free(tacet_mask_request *request);

/* Lists the options of a command, a line each. */
void tacet_mask_request_help(FILE *out, const char *command);

#endif
