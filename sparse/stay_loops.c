/* Loops that move a tile on and loops that do not: by the number of tiles that a
   unit has of each, never by looking at steps. */
#include "stay_loops.h"

#include "../dense/whole.h"

void tacet_split_unit(int64_t unit[TACET_MAX_CHAIN], const tacet_chain *chain,
                      int own, int64_t number) {
  for (int k = own; k < chain->loops; k++) unit[k] = 0;
  for (int k = own - 1; k >= 0; k--) {
    unit[k] = number % chain->loop[k]->units;
    number /= chain->loop[k]->units;
  }
}

/* Whether the unit has a tile within `length` that loops from k on cut, when
   these stand at `time`. */
static bool has_tile(const tacet_chain *chain, const int64_t *time,
                     const int64_t *unit, int k, int64_t length) {
  for (; k < chain->loops && length > 0; k++) {
    const tacet_loop *loop = chain->loop[k];
    length -= (time[k] * loop->units + unit[k]) * loop->size;
    length = smaller(loop->size, length);
  }
  return length > 0;
}

/* If the second iteration has no tile for the unit, no later one has. */
int tacet_moving_loop(const tacet_chain *chain, const int64_t *time,
                      const int64_t *unit, int position) {
  static const int64_t start[TACET_MAX_CHAIN] = {0};
  int last = -1;
  int64_t length = chain->extent;
  for (int k = 0; k < chain->loops && chain->place[k] < position; k++) {
    const tacet_loop *loop = chain->loop[k];
    const int64_t second = (loop->units + unit[k]) * loop->size;
    if (has_tile(chain, start, unit, k + 1,
                 smaller(loop->size, length - second)))
      last = chain->place[k];
    length -= (time[k] * loop->units + unit[k]) * loop->size;
    length = smaller(length, loop->size);
  }
  return last;
}

/* Whether all units have as many tiles. */
static bool is_even(const tacet_chain *chain) {
  int64_t length = chain->extent;
  for (int k = 0; k < chain->loops; k++) {
    const tacet_loop *loop = chain->loop[k];
    if (length % loop->size || loop->tiles % loop->units) return false;
    length = loop->size;
  }
  return true;
}

int tacet_slowest_loop(const tacet_chain *chain, const int64_t *time,
                       int position, int from, int to, int64_t number) {
  int64_t units = 1, unit[TACET_MAX_CHAIN];
  for (int k = from; k < to; k++) units *= chain->loop[k]->units;
  const int64_t first = number * units, end = is_even(chain) ? 1 : units;
  int slowest = position;
  for (int64_t u = 0; u < end; u++) {
    tacet_split_unit(unit, chain, to, first + u);
    if (!has_tile(chain, time, unit, 0, chain->extent)) continue;
    const int loop = tacet_moving_loop(chain, time, unit, position);
    if (loop < slowest) slowest = loop;
  }
  return slowest;
}
