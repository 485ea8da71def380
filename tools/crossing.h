/* Where one of two designs overtakes another as a number in their files
   changes. Knows nothing of how that is shown. */
#ifndef TACET_CROSSING_H
#define TACET_CROSSING_H

#include "key.h"

enum { TACET_TWO_DESIGNS = 2, TACET_SAMPLES = 33 };

/* The metric of both designs, read sparse, at one value. */
typedef struct tacet_sample {
  double value;
  double metric[TACET_TWO_DESIGNS];
} tacet_sample;

/* A part of the range in which one design is ahead. */
typedef struct tacet_stretch {
  tacet_sample from, to;
  int ahead; /* index of the design, or -1: neither */
} tacet_stretch;

typedef struct tacet_crossing {
  tacet_job *job; /* borrowed; of two designs */
  tacet_key *key; /* borrowed */
  double ends[2];
  bool whole;                         /* only whole numbers count */
  tacet_sample sample[TACET_SAMPLES]; /* evenly from end to end */
  int samples;                        /* fewer if whole numbers coincide */
  int stretches;
  tacet_stretch stretch[TACET_SAMPLES];
} tacet_crossing;

/* Fills *crossing, with the metric of the job's request: takes evenly lying
   samples, then bisects between two at which different designs are ahead.
   Errors are those of the models. */
tacet_status tacet_crossing_find(tacet_crossing *crossing, tacet_job *job,
                                 tacet_key *key, const double ends[2],
                                 tacet_error *error);

/* Fills *sample at one value: changes the job and evaluates it. */
tacet_status tacet_sample_take(tacet_sample *sample, tacet_job *job,
                               tacet_key *key, double value,
                               tacet_error *error);

#endif
