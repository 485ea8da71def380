/* Only the last fold of a tiling can differ from the others. */
#include "tiling.h"
#include "../whole.h"

/* Takes in a loop further in, which cuts each tile for units of its own. */
static bool cut_again(tacet_tiling *tiling, const tacet_loop *loop) {
  if (loop->folds > 1 || tiling->size % loop->size) return false;
  tiling->units *= tiling->size / loop->size;
  tiling->size = loop->size;
  return true;
}

static void count_folds(tacet_tiling *tiling) {
  tiling->hull = tiling->units * tiling->size;
  tiling->full = tiling->extent / tiling->hull;
  tiling->last = tiling->units;
  int64_t rest = tiling->extent - tiling->full * tiling->hull;
  if (rest > 0) tiling->last = ceil_div(rest, tiling->size);
}

bool tacet_tiling_make(tacet_tiling *tiling, const tacet_chain *chain,
                       bool whole) {
  int64_t extent = chain->extent;
  *tiling = (tacet_tiling){extent, extent, 1, extent, 1, 1, 1};
  if (chain->loops == 0) return true;
  const tacet_loop *outer = chain->loop[0];
  tiling->size = outer->size;
  tiling->units = smaller(outer->units, outer->tiles);
  tiling->folds = outer->folds;
  for (int k = 1; k < chain->loops; k++) {
    if (whole && chain->loop[k]->folds > 1) return false;
    if (!whole && !cut_again(tiling, chain->loop[k])) return false;
  }
  if (whole) {
    tiling->size = smaller(tiling->size * tiling->units, extent);
    tiling->units = 1;
  }
  count_folds(tiling);
  return true;
}
