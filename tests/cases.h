/* Random small layers, dataflows and accelerators that bind, for property
   tests. The same seed gives the same cases everywhere. */
#ifndef TACET_CASES_H
#define TACET_CASES_H

#include "../dense/dense.h"

typedef struct random_case {
  uint64_t seed; /* this case alone: case_make(c, seed) makes it again */
  tacet_layer layer;
  tacet_shape shape;
  tacet_dataflow dataflow;
  tacet_accelerator accelerator;
  tacet_nest nest; /* bound; L2 at random positions */
} random_case;

uint64_t next_random(uint64_t *state); /* splitmix64 */

/* Uniform in low .. high. */
int64_t random_between(uint64_t *state, int64_t low, int64_t high);

/* Makes a case from its seed; tries dataflows until one binds. */
void case_make(random_case *c, uint64_t seed);

/* Copies a case; its nest is of the copy's layer. */
void case_copy(random_case *copy, const random_case *c);

/* The same case with an L1 that keeps its tiles for several steps: at random
   positions at or inside of those of the next level. */
void case_keep(random_case *kept, const random_case *c);

/* True if some MAC has no input: it lies in padding. */
bool case_has_padding(const random_case *c);

/* Prints layer, dataflow and accelerator, as files would say them. */
void case_print(const random_case *c);

/* The first seed and how many cases a property is tried on: TACET_SEED and
   TACET_CASES, if they are set, come before what is given. Prints both, so that
   what fails can be made again. */
void ask_for_cases(uint64_t *seed, uint64_t *cases);

/* Makes cases seed, seed + 1, ... and tells how many do not hold; stops at the
   third. The environment may ask for others. */
int cases_that_fail(uint64_t seed, uint64_t cases,
                    bool (*holds)(random_case *c));

/* A number from the environment, e.g. TACET_SEED, or the default. */
uint64_t environment_number(const char *name, uint64_t otherwise);

#endif
