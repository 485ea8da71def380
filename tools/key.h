/* Numbers in a job's files, by the names that the command line has for them:

     sequence                  a parameter of the network
     network.layers.conv1.repeat
     accelerator.noc.bandwidth    of every accelerator
     eyeriss-like.pes             of the one called so
     profile.layers.conv1.density.weight
     density.weight            of every layer; density: of both operands  */
#ifndef TACET_KEY_H
#define TACET_KEY_H

#include "job.h"

/* A number in a file. */
typedef struct tacet_number_place {
  tacet_node *node;
  const char *unit; /* what follows the number there: "", " words/cycle" */
  char text[96];    /* what the node says after a change */
} tacet_number_place;

typedef struct tacet_key {
  const char *text;           /* borrowed */
  unsigned parts;             /* to read again after a change */
  bool tensor[TACET_TENSORS]; /* imposes these densities */
  int places;
  tacet_number_place *place; /* owned; [places] */
} tacet_key;

/* Finds what `text` names in an opened job. Error TACET_BAD_USAGE, or
   TACET_BAD_INPUT where the file is at fault. Free the key in any case,
   after the last reading of the job. */
tacet_status tacet_key_find(tacet_key *key, tacet_job *job, const char *text,
                            tacet_error *error);
void tacet_key_free(tacet_key *key);

/* Says in which unit the numbers are that the key will be changed to: " KiB";
   "": that of the files. Error TACET_BAD_USAGE: a density has no unit, or files
   have several. `unit` is borrowed. */
tacet_status tacet_key_measure(tacet_key *key, const char *unit,
                               tacet_error *error);

/* Changes the number everywhere; tacet_job_read then takes it in, or says why
   it cannot. Error TACET_BAD_USAGE: a density that is none. */
tacet_status tacet_key_change(tacet_key *key, tacet_job *job, double value,
                              tacet_error *error);

/* Does what "KEY=VALUE" says. VALUE is a number, which keeps the unit that is
   there if it is the same everywhere, or any text. */
tacet_status tacet_key_set(tacet_job *job, const char *assignment,
                           tacet_error *error);

#endif
