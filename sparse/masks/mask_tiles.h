/* Ones in every tile of a mask taken as a matrix, and in every row and
   column of it. */
#ifndef TACET_MASK_TILES_H
#define TACET_MASK_TILES_H

#include "mask.h"

/* The matrix rows x (elements / rows), row-major, cut into tiles; those at the
   lower and right edges may be smaller. */
typedef struct tacet_tiling {
  int64_t rows;
  int64_t tile_rows, tile_columns;
  int workers; /* threads that may count; 0: one a processor if it pays */
} tacet_tiling;

/* Tiles down and across. */
int64_t tacet_tiles_down(const tacet_tiling *tiling);
int64_t tacet_tiles_across(const tacet_tiling *tiling, const tacet_mask *mask);

/* count[down * across], row-major: ones in each tile. */
void tacet_tiles_count(int64_t *count, const tacet_mask *mask,
                       const tacet_tiling *tiling);

/* count[columns]: ones in each column of the matrix rows x (elements / rows).
   Error: TACET_NO_MEMORY. */
tacet_status tacet_columns_count(int64_t *count, const tacet_mask *mask,
                                 int64_t rows, tacet_error *error);

#endif
