/* Remembers what work is to be expected of the PEs of a step, by what they
   hold: most classes of steps are alike in it, and the busiest PE takes longer
   to expect than all else. Internal to the sparse reading with models. */
#ifndef TACET_CREWS_H
#define TACET_CREWS_H

#include "odds.h"

typedef struct tacet_known_crew {
  tacet_crew crew;
  tacet_work work;
} tacet_known_crew;

enum { TACET_MAX_CREWS = 64 };

/* Start with count 0. */
typedef struct tacet_crews {
  int count; /* of all that were asked for; the last of them are kept */
  tacet_known_crew known[TACET_MAX_CREWS];
} tacet_crews;

/* tacet_expect_work, from memory if possible. */
void tacet_crews_work(tacet_work *work, tacet_crews *crews,
                      const tacet_odds *odds, const tacet_crew *crew);

#endif
