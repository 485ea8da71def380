/* One cluster level in numbers: the tiles of its maps. Sets of maps are masks,
   a bit for each map of the level. */
#ifndef TACET_MAESTRO_TILES_H
#define TACET_MAESTRO_TILES_H

#include "levels.h"

/* How much of a variable a sub-cluster has at a step. */
typedef struct maestro_tile {
  int64_t mapped;
  int64_t mapped_edge; /* where the dimension ends within the tile */
  int64_t unique;      /* of `mapped`, what the step before had not */
  int64_t unique_edge;
} maestro_tile;

/* Of a variable that several maps of the level name, the last one counts:
   tiles and states of the others are its own. */
typedef struct maestro_tiles {
  int maps;
  int64_t units;
  int64_t edge_units; /* that have work in the last spatial step */
  uint32_t spatial;
  int first_spatial;
  int last_spatial;
  uint32_t ranks[TACET_MAESTRO_TENSORS]; /* maps of the tensor's ranks */
  int shared[TACET_MAESTRO_TENSORS]; /* spatial map of its last such rank, -1 */
  uint32_t output;                   /* one map for each rank of the output */
  uint32_t edges;            /* maps whose edge is another tile than the rest */
  uint32_t alias[MAX_MAPS];  /* maps of the same variable; 0 if not the last */
  maestro_tile in[MAX_MAPS]; /* of the map's variable */
  maestro_tile out[MAX_MAPS]; /* the same as a coordinate of the output */
} maestro_tiles;

/* Fills tiles; *wide is set if a number exceeds 32 bits, and else left. */
void maestro_make_tiles(maestro_tiles *tiles, const maestro_plan *plan,
                        int level, bool *wide);

/* `value`, which the published tool keeps in 32 bits. */
int64_t maestro_narrow(int64_t value, bool *wide);

#endif
