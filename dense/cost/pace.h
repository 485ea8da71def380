/* Adds up the time of steps, in their order, for units that wait for each
   other now and then (tacet_sync). Internal to dense/, and to other readings;
   knows nothing of what the units do. */
#ifndef TACET_PACE_H
#define TACET_PACE_H

#include "../dense.h"

/* What is measured of a queue: issue slots alone, cycles of compute alone,
   cycles with transfers. */
enum { TACET_CLOCKS = 3 };

typedef struct tacet_pace_unit {
  tacet_work since; /* it last waited */
  /* if there is a queue: what the step to come takes, and when it was done with
     the last */
  double lasts[TACET_CLOCKS], done_at[TACET_CLOCKS];
} tacet_pace_unit;

/* The time by which all units are done with a step. */
typedef struct tacet_pace_queue {
  double all_done[TACET_CLOCKS];
  double before[TACET_CLOCKS]; /* as many steps before as the queue is long */
  double ring[TACET_MAX_QUEUE][TACET_CLOCKS]; /* by step */
  double in, out; /* when the ways are done, in cycles with transfers */
} tacet_pace_queue;

typedef struct tacet_pace {
  const tacet_accelerator *accelerator;
  int64_t units;
  tacet_pace_unit *unit; /* borrowed; [units] */
  tacet_work most;       /* of any unit in a step after which all wait */
  tacet_work known;      /* the last such that was an expectation, and its */
  tacet_span known_span; /* of compute */
  /* All wait after each step, for transfers that share one way in and lie
     beside their work: bits a cycle of the ways, and what a transfer adds */
  bool plain;
  double width, latency;
  int64_t steps;   /* since the last wait; with a queue, since the start */
  tacet_ways ways; /* cycles of transfers since the last wait */
  double busiest;  /* the result: issue slots, and */
  tacet_timeline timeline;
  tacet_pace_queue queue;
} tacet_pace;

void tacet_pace_start(tacet_pace *pace, const tacet_accelerator *accelerator,
                      tacet_pace_unit *unit, int64_t units);

/* True if steps must come one by one and in their order; else several alike
   may come as one. */
bool tacet_pace_in_order(const tacet_accelerator *accelerator);

/* What a unit does in the step to come, or on average in `occurrences` of
   them. A unit that is idle need not be named; no unit is named twice. */
void tacet_pace_work(tacet_pace *pace, int64_t unit, const tacet_work *work);

/* The step, after all its units' work: of *transfers only `occurrences` and
   the bits. */
void tacet_pace_step(tacet_pace *pace, const tacet_work *transfers);

/* Both at once where only unit 0 has any work. */
void tacet_pace_alone(tacet_pace *pace, const tacet_work *work);

/* The run is over: busiest and timeline are whole. */
void tacet_pace_end(tacet_pace *pace);

#endif
