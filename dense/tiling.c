/* Only the last fold of a tiling can differ from the others. */
#include "tiling.h"

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t ceil_div(int64_t a, int64_t b) {
  return a / b + (a % b != 0);
}

/* ---- loops that act as one ---------------------------------------------- */

/* Takes in a loop further in, which cuts each tile for units of its own. */
static bool cut_again(tacet_tiling *tiling, const tacet_loop *loop) {
  if (loop->folds > 1 || tiling->size % loop->size) return false;
  tiling->units *= tiling->size / loop->size;
  tiling->size = loop->size;
  return true;
}

static void count_folds(tacet_tiling *tiling) {
  int64_t hull = tiling->units * tiling->size;
  tiling->full = tiling->extent / hull;
  tiling->last = tiling->units;
  int64_t rest = tiling->extent - tiling->full * hull;
  if (rest > 0) tiling->last = ceil_div(rest, tiling->size);
}

bool tacet_tiling_make(tacet_tiling *tiling, const tacet_chain *chain,
                       bool whole) {
  const tacet_loop *outer = chain->loop[0];
  *tiling = (tacet_tiling){chain->extent, chain->extent, 1, 1, 1, 1};
  if (chain->loops == 0) return true;
  tiling->size = outer->size;
  tiling->units = smaller(outer->units, outer->tiles);
  tiling->folds = outer->folds;
  for (int k = 1; k < chain->loops; k++) {
    if (whole && chain->loop[k]->folds > 1) return false;
    if (!whole && !cut_again(tiling, chain->loop[k])) return false;
  }
  if (whole) {
    tiling->size = smaller(tiling->size * tiling->units, tiling->extent);
    tiling->units = 1;
  }
  count_folds(tiling);
  return true;
}

/* ---- sums --------------------------------------------------------------- */

int64_t tacet_tiling_active(const tacet_tiling *tiling, int64_t time) {
  return time < tiling->full ? tiling->units : tiling->last;
}

int64_t tacet_tiling_length(const tacet_tiling *tiling, int64_t time) {
  int64_t hull = tiling->units * tiling->size;
  return time < tiling->full ? hull : tiling->extent - time * hull;
}

/* Of units that are idle in the last of two folds: they keep their tiles. */
static int64_t kept_by_idle(const tacet_tiling *tiling) {
  if (tiling->folds > 2) return 0;
  return (tiling->units - tiling->last) * tiling->size;
}

void tacet_tiling_sums(tacet_tile_sums *sums, const tacet_tiling *tiling,
                       int64_t time, tacet_motion motion) {
  sums->active = tacet_tiling_active(tiling, time);
  sums->length = tacet_tiling_length(tiling, time);
  sums->longest = smaller(sums->length, tiling->size);
  sums->still = motion == TACET_STANDS || tiling->folds == 1;
  if (sums->still) {
    sums->kept = sums->before_length = sums->length;
    sums->before_active = sums->both = sums->active;
    return;
  }
  bool restarts = motion == TACET_RESTARTS;
  int64_t before = restarts ? tiling->folds - 1 : time - 1;
  sums->kept = restarts ? kept_by_idle(tiling) : 0;
  sums->before_active = tacet_tiling_active(tiling, before);
  sums->before_length = tacet_tiling_length(tiling, before);
  sums->both = smaller(sums->active, sums->before_active);
}
