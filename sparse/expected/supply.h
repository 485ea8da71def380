/* What models expect of an operand on its way over a boundary: the words of a
   class of steps, what becomes of them, and their size. Internal to the sparse
   reading with models. */
#ifndef TACET_SUPPLY_H
#define TACET_SUPPLY_H

#include "../../dense/activity/products.h"
#include "../formats/format.h"
#include "odds.h"

/* A transfer and its size. */
typedef struct tacet_known_transfer {
  double words, nonzeros, times;
  int64_t extent[TACET_MAX_RANKS];
  tacet_bits bits;
  tacet_swing swing; /* of one */
} tacet_known_transfer;

/* The bits of a step's transfers. */
typedef struct tacet_arriving {
  double bits;
  double variance; /* 0: they are certain */
  double most;     /* they are never more */
  double least;    /* if all is zero */
  double with_own; /* covariance with the non-zeros that a PE holds, over their
                      mean */
} tacet_arriving;

enum { TACET_KNOWN_TRANSFERS = 8 };

/* Chances that words are stopped whatever their value; and of words, to be zeros
   that are skipped with all of their tile where others are gated. */
typedef struct tacet_stops {
  tacet_chances words;
  double zeros;
} tacet_stops;

typedef struct tacet_supply {
  const tacet_odds *odds;
  int slot;
  tacet_flow *flow;   /* of the counts */
  double *first_bits; /* likewise */
  const tacet_format *format;
  bool whole;         /* into one buffer above the array */
  bool paces;         /* into the PEs, at the pace of the steps */
  bool multicast;     /* one transfer for all children */
  bool certain;       /* nothing of it is left to chance */
  bool exact;         /* nothing of any tensor is */
  tacet_verdict zero; /* of an element that is zero itself */
  bool writes_compressed, reads_compressed;
  tacet_stops writes_stopped, reads_stopped;
  double tiles_sent;    /* share of the tiles of which anything is sent */
  double elements_sent; /* of the elements of such a tile */
  tacet_grid grid;
  /* Most classes have transfers like others': the last of them. */
  int transfers;
  tacet_known_transfer known[TACET_KNOWN_TRANSFERS];
} tacet_supply;

/* Of an operand over a boundary, in steps of a table of the child's view. Clears what the counts have of it. Borrows
   odds. */
void tacet_supply_make(tacet_supply *supply, const tacet_odds *odds,
                       int boundary, int slot, const tacet_axes *axes);

/* Adds a class of steps, in which so many children are active, to the counts,
   and says what comes in one of them; of the first step the counts have the
   bits, too. */
void tacet_supply_add(tacet_arriving *in, tacet_supply *supply,
                      const tacet_product *product, int64_t active_pes);

/* What rules take of outputs on their way over a boundary, all transfers
   together. Returns the share of the words that is sent. */
double tacet_spare_outputs(const tacet_odds *odds, int boundary);

#endif
