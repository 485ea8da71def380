/* Transfers of a step of which nothing is an expectation, as most are. Internal
   to dense/. */
#ifndef TACET_WAYS_H
#define TACET_WAYS_H

#include "../dense.h"

/* The cycles of tacet_ways; alone both ways. */
typedef struct tacet_certain_ways {
  double in, out;
  double alone;
} tacet_certain_ways;

/* False if any bits are an expectation. */
bool tacet_certain_ways_of(tacet_certain_ways *ways,
                           const tacet_accelerator *accelerator,
                           const tacet_work *work);

#endif
