/* One dimension of the stays of a tile at the children of a level above L1: the
   children and times that are alike along it, and what of the dimension a child
   works on while some of the loops over it stand still. Knows no zeros. Internal
   to the sparse reading with models. */
#ifndef TACET_STAY_ALONG_H
#define TACET_STAY_ALONG_H

#include "../../dense/activity/tiles.h"

/* Children, and times of the loops outside their tile, of which one stands for
   all that are alike. */
typedef struct tacet_stay_along {
  tacet_chain chain;
  int own;      /* loops whose units tell children apart */
  int position; /* loops of the nest outside the tile */
  bool each;    /* where a tile lies matters: none are alike */
  int64_t time[TACET_MAX_CHAIN], unit[TACET_MAX_CHAIN];
  double times[TACET_MAX_CHAIN], units[TACET_MAX_CHAIN]; /* that are alike */
} tacet_stay_along;

/* Calls visit for each kind of child and time that has a tile, with them in
   *along. */
typedef void tacet_stay_along_visit(void *context);
void tacet_stay_along_kinds(tacet_stay_along *along,
                            tacet_stay_along_visit *visit, void *context);

/* Length of all that units work on while the loops up to place `last` of the
   nest stand where they are and the others run, and its first value: of the
   child or, with fewer of its own loops, of all to which it belongs by these. */
int64_t tacet_stay_along_length(const tacet_stay_along *along, int own,
                                int last);
int64_t tacet_stay_along_start(const tacet_stay_along *along, int own,
                               int last);

/* How many children and times the present ones stand for; of the loops inside
   of `last` only their first times count. */
double tacet_stay_along_count(const tacet_stay_along *along, int last);

#endif
