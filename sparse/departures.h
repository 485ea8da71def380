/* Tiles of outputs that leave L2 for DRAM. Internal to the sparse reading. */
#ifndef TACET_DEPARTURES_H
#define TACET_DEPARTURES_H

#include "../dense/activity/steps.h"

/* Tiles that leave L2 and look alike. */
typedef struct tacet_departure {
  int64_t times;
  double elements;
  int64_t extent[TACET_MAX_RANKS]; /* of the grid */
  bool finished;                   /* they do not come back */
  bool last;                       /* at the end of the run */
} tacet_departure;

typedef void tacet_departure_visit(const tacet_departure *departure,
                                   void *context);

/* Visits all departures of a nest whose tiles are placed; that at the end
   comes last. */
void tacet_departures(const tacet_nest *nest, tacet_departure_visit *visit,
                      void *context);

/* Whether the tile of the step before leaves, and whether it is finished, in a
   walk over the steps of L2's outputs. */
bool tacet_departs(const tacet_steps *steps);
bool tacet_departs_finished(const tacet_steps *steps);

#endif
