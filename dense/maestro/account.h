/* The books of the outermost level, from which the CSV is written. */
#ifndef TACET_MAESTRO_ACCOUNT_H
#define TACET_MAESTRO_ACCOUNT_H

#include "levels.h"

/* One case of a level. */
typedef struct maestro_case {
  int64_t occurrences;
  int64_t operand[2]; /* elements in, by tensor */
  int64_t egress;     /* elements out */
  int64_t psums;      /* of all units; outermost level only */
  int64_t busiest;    /* psums of the busiest unit; the case is passed over
                         where it has none */
  int64_t compute;    /* cycles, as are the next three */
  int64_t in;
  int64_t out;
  int64_t delay;
  double active; /* units, or what they make of theirs */
} maestro_case;

typedef struct maestro_account {
  const maestro_plan *plan;
  const tacet_maestro_hardware *hardware;
  tacet_maestro_result *result;
  int64_t need[TACET_MAESTRO_TENSORS]; /* of L2, double-buffered */
  int64_t in;                          /* sums of cycles */
  int64_t out;
  int64_t compute;
  long double bandwidth;
  bool overflow;
} maestro_account;

/* Clears the books and the result. */
void maestro_account_open(maestro_account *account, const maestro_plan *plan,
                          const tacet_maestro_hardware *hardware,
                          tacet_maestro_result *result);

/* Enters a case, also one that is then passed over. `first` until one was
   not. */
void maestro_account_case(maestro_account *account, const maestro_case *entry,
                          bool first);

/* Enters the rest of a case with work, and lets it wait for the off-chip
   memory. */
void maestro_account_work(maestro_account *account, maestro_case *entry);

void maestro_account_close(maestro_account *account, int64_t steps);

#endif
