/* What one case of a cluster level moves and computes. */
#ifndef TACET_MAESTRO_VOLUMES_H
#define TACET_MAESTRO_VOLUMES_H

#include "steps.h"

/* a * b, and a + b, noting overflow. */
static inline int64_t maestro_times(int64_t a, int64_t b, bool *overflow) {
  int64_t product;
  *overflow |= __builtin_mul_overflow(a, b, &product);
  return product;
}

static inline int64_t maestro_plus(int64_t a, int64_t b, bool *overflow) {
  int64_t sum;
  *overflow |= __builtin_add_overflow(a, b, &sum);
  return sum;
}

/* Products of tile sizes, and what may go wrong with them. */
typedef struct maestro_meter {
  const maestro_tiles *tiles;
  const maestro_step *step;
  bool overflow; /* a product exceeded 64 bits */
  bool stuck;    /* a loop advances over a map that has one tile only */
} maestro_meter;

/* Elements of an operand that leave the upper buffer. */
int64_t maestro_ingress(maestro_meter *meter, tacet_maestro_tensor tensor);

/* Elements of the output that reach the upper buffer. */
int64_t maestro_egress(maestro_meter *meter);

/* Partial sums of the busiest sub-cluster, and of all. */
int64_t maestro_critical_psums(maestro_meter *meter);
int64_t maestro_psums(maestro_meter *meter);

#endif
