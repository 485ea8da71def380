/* The tiles that the units of an array hold of one dimension at one moment of
   the nest, and what of them stays from the moment before. Internal to the
   activity analysis; knows nothing of tensors or storage. */
#ifndef TACET_TILES_H
#define TACET_TILES_H

#include "../dense.h"

/* The loops of a nest over one dimension, outermost first. */
typedef struct tacet_chain {
  int64_t extent; /* of the dimension */
  int loops;
  const tacet_loop *loop[TACET_MAX_CHAIN]; /* of the nest */
  int place[TACET_MAX_CHAIN];              /* index of the loop in the nest */
  int timed; /* loops whose time tells one tile from the next; the units of
                those further in may still tell one child from the other */
} tacet_chain;

/* Length of the chain's first tile, which is a whole one. */
static inline int64_t tacet_chain_tile(const tacet_chain *chain) {
  return chain->loops ? chain->loop[chain->loops - 1]->size : chain->extent;
}

/* A step seen from one chain: the loop that advances lies in the nest just
   inside the chain's first `cut` loops or, if `own`, is the last of them.
   Loops from `cut` on start again at 0. */
typedef struct tacet_moment {
  int cut;
  bool own;
  bool first; /* the very first step: nothing came before */
  int64_t time[TACET_MAX_CHAIN];
  int64_t before[TACET_MAX_CHAIN]; /* of the step before, set by
                                      tacet_moment_before */
} tacet_moment;

/* Sums over the units that the chain's spatial loops make. Units whose tiles
   differ hold disjoint ones, so sums of lengths are sizes of unions too. */
typedef struct tacet_tile_sums {
  int64_t active;         /* units that have a tile */
  int64_t length;         /* of their tiles */
  int64_t longest;        /* tile: unit 0's */
  int64_t longest_before; /* and in the step before */
  int64_t kept;           /* length of the tiles of units whose tile is that
                            of their own last active step */
  int64_t before_active;  /* units that had a tile in the step before */
  int64_t before_length;
  int64_t both;        /* units active in both steps */
  int64_t single;      /* units whose tile has the length 1 */
  int64_t kept_single; /* of them, those whose tile is in `kept` */
  bool still;          /* no loop of the chain moves */
} tacet_tile_sums;

/* Fills moment->before: the previous step of the nest, whose inner loops
   stand at their last iterations. */
void tacet_moment_before(tacet_moment *moment, const tacet_chain *chain);

/* True if no loop of the chain moves; moment->before is set. */
bool tacet_stands_still(const tacet_chain *chain, const tacet_moment *moment);

tacet_tile_sums tacet_tiles_sum(const tacet_chain *chain,
                                const tacet_moment *moment);

/* The distinct lengths of the outer tiles that loop `k` of the chain cuts
   among all units, given the times of the loops before it; unit 0's is the
   first. Returns their number. */
int tacet_outer_lengths(int64_t length[TACET_MAX_CHAIN + 1],
                        const tacet_chain *chain, const int64_t *time, int k);

/* One unit's tile and its tile at its own last active step. */
typedef struct tacet_piece {
  int64_t unit; /* number of the unit along the chain's spatial loops */
  int64_t start, length;
  int64_t before_start, before_length; /* length 0 in the first step */
} tacet_piece;

typedef void tacet_piece_visit(const tacet_piece *piece, void *context);

/* Visits every unit that has a tile. */
void tacet_pieces(const tacet_chain *chain, const tacet_moment *moment,
                  tacet_piece_visit *visit, void *context);

#endif
