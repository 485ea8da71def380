/* Cycles of a transfer. Internal to dense/. */
#ifndef TACET_WAYS_H
#define TACET_WAYS_H

#include <math.h>

/* At `width` bits a cycle. */
static inline double tacet_cycles_at(double bits, double width,
                                     double latency) {
  return bits <= 0 ? 0 : ceil(bits / width) + latency;
}

#endif
