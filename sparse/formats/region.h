/* A set of a tensor's elements made of coordinate sets of its ranks: their
   product, less the product of the coordinates marked old. That is the shape
   of everything that moves in one step. Internal to the sparse reading. */
#ifndef TACET_REGION_H
#define TACET_REGION_H

#include "../../dense/activity/tiles.h"
#include "encoding.h"
#include "../masks/mask.h"

typedef struct tacet_side {
  int64_t count;    /* coordinates */
  int64_t olds;     /* of them, old */
  int64_t *at;      /* [rank size] ascending */
  uint8_t *mark;    /* [rank size] HELD, OLD bits while gathering; 0 else */
  uint8_t *old;     /* [rank size] by coordinate, valid where at[] names one */
  int64_t from, to; /* marks that are not 0 lie in from .. to-1 */
} tacet_side;

typedef struct tacet_region {
  const tacet_tensor *tensor;
  tacet_side side[TACET_MAX_RANKS];
  int64_t stride[TACET_MAX_RANKS]; /* elements from one coordinate to the
                                      next */
  bool contiguous; /* of a window all from its first coordinate to its last */
  bool empty;
} tacet_region;

tacet_status tacet_region_make(tacet_region *region, const tacet_tensor *tensor,
                               bool contiguous, tacet_error *error);
void tacet_region_free(tacet_region *region); /* a zeroed one is fine */

/* One unit's tile of the dimensions of a rank (second piece: the filter's, of
   a window), and its tile before. */
typedef struct tacet_rank_piece {
  tacet_piece piece[TACET_MAX_TERMS];
} tacet_rank_piece;

/* Starts the gathering of rank r anew. */
void tacet_region_clear(tacet_region *region, int r);

/* Adds a unit's coordinates: those of its tile now, old unless `before` of
   the piece lacks them. A coordinate is old only if no unit finds it new. */
void tacet_region_add(tacet_region *region, int r,
                      const tacet_rank_piece *unit);

/* For one child made of many units: adds their coordinates as held, or as
   held before. */
void tacet_region_add_now(tacet_region *region, int r,
                          const tacet_rank_piece *unit);
void tacet_region_add_before(tacet_region *region, int r,
                             const tacet_rank_piece *unit);

/* Marks coordinates of a window, or of a plain rank, for tacet_region_add_rest,
   or adds them: those of dimension i's values from start[i] on. */
typedef enum tacet_region_mark {
  TACET_MARK_BEFORE, /* the unit had them before */
  TACET_MARK_USED,   /* it has taken them already */
  TACET_MARK_NOW     /* it has them now, old if marked as of before */
} tacet_region_mark;

void tacet_region_note(tacet_region *region, int r,
                       const int64_t start[TACET_MAX_TERMS],
                       const int64_t length[TACET_MAX_TERMS],
                       tacet_region_mark mark);

/* Adds a unit's coordinates of now that are not marked as used, old if marked
   as of before; takes both marks away. */
void tacet_region_add_rest(tacet_region *region, int r,
                           const tacet_rank_piece *unit);

/* Takes away what is marked as of before or used. */
void tacet_region_unmark(tacet_region *region, int r);

/* Ends the gathering of all ranks: lists the coordinates, and takes the old
   ones away where the set is a plain product without them. */
void tacet_region_close(tacet_region *region);

int64_t tacet_region_elements(const tacet_region *region);

/* Ones of a mask in the region; all elements if mask is NULL. */
int64_t tacet_region_nonzeros(const tacet_region *region,
                              const tacet_mask *mask);

/* Visits the cells of the region's grid in row-major order; `inside` is false
   for a cell that is not in the region. */
typedef void tacet_element_visit(int64_t element, bool inside, void *context);
void tacet_region_visit(const tacet_region *region, tacet_element_visit *visit,
                        void *context);

/* Bits of the region as one transfer. `encoding` has room for its non-zeros; it
   is not used, and may be without, where tacet_format_counts holds. */
tacet_bits tacet_region_bits(const tacet_region *region, const tacet_mask *mask,
                             const tacet_format *format, int64_t width,
                             tacet_encoding *encoding);

#endif
