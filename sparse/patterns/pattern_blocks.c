/* Patterns that keep whole blocks, all arrangements being equally likely. An
   element as a block is the uniform model, a slice as a block a pruned
   channel. */
#include "pattern_kinds.h"

#include <math.h>

int64_t tacet_blocks_along(const tacet_pattern *pattern, int r) {
  const int64_t block = pattern->as.blocks.block[r];
  return pattern->size[r] / block + (pattern->size[r] % block != 0);
}

tacet_uniform tacet_blocks_model(const tacet_pattern *pattern) {
  int64_t blocks = 1;
  for (int r = 0; r < pattern->ranks; r++)
    blocks *= tacet_blocks_along(pattern, r);
  return tacet_uniform_make(blocks, pattern->as.blocks.density);
}

/* ---- how a box meets the blocks ----------------------------------------- */

/* Sums over the blocks that a box meets. */
typedef struct meeting {
  int64_t blocks;
  double elements; /* of the box */
  double squares;  /* sum of the squares of the elements in each block */
  bool alike;      /* each block has as many */
} meeting;

static meeting meet_rank(int64_t start, int64_t length, int64_t block) {
  const int64_t first = start / block, last = (start + length - 1) / block;
  const double all = (double)length, whole = (double)block;
  if (first == last) return (meeting){1, all, all * all, true};
  const int64_t head = (first + 1) * block - start;
  const int64_t tail = start + length - last * block;
  const int64_t between = last - first - 1;
  return (meeting){last - first + 1, all,
                   (double)head * (double)head + (double)tail * (double)tail +
                       (double)between * whole * whole,
                   head == tail && (between == 0 || head == block)};
}

static meeting meet(const tacet_pattern *pattern, const int64_t *start,
                    const int64_t *length) {
  meeting all = {1, 1, 1, true};
  for (int r = 0; r < pattern->ranks; r++) {
    const meeting one =
        meet_rank(start[r], length[r], pattern->as.blocks.block[r]);
    all.blocks *= one.blocks;
    all.elements *= one.elements;
    all.squares *= one.squares;
    all.alike = all.alike && one.alike;
  }
  return all;
}

/* ---- moments ------------------------------------------------------------ */

/* The chance that a block is in one of the draws. */
static double chance_held(double blocks, double kept, double draws) {
  const double one_draw = kept / blocks;
  return draws > 1 ? -expm1(draws * log1p(-one_draw)) : one_draw;
}

/* How much less likely it is that two blocks are both lost than it would be if
   they were independent, after all draws. `lost` is the chance of one. */
static double repulsion(double blocks, double kept, double draws, double lost) {
  if (blocks < 2) return 0;
  const double one_draw = -kept / ((blocks - 1) * (blocks - kept));
  return -lost * lost * expm1(draws * log1p(one_draw));
}

/* The count is a sum over blocks of their elements times a Bernoulli variable;
   so its variance is that of each, and the covariance of each pair. */
tacet_occupancy tacet_blocks_box(const tacet_pattern *pattern,
                                 const int64_t *start, const int64_t *length) {
  const meeting met = meet(pattern, start, length);
  const tacet_uniform model = tacet_blocks_model(pattern);
  if (model.nonzeros == model.elements)
    return (tacet_occupancy){met.elements, 0, true};
  if (model.nonzeros == 0) return (tacet_occupancy){0, 0, true};
  const double all = (double)model.elements, kept = (double)model.nonzeros;
  const double draws = (double)pattern->as.blocks.draws;
  /* As many elements of every block: which are kept makes no difference. */
  if (draws == 1 && met.blocks == model.elements && met.alike)
    return (tacet_occupancy){met.elements / all * kept, 0, true};
  const double held = chance_held(all, kept, draws), lost = 1 - held;
  const double pairs = met.elements * met.elements - met.squares;
  const double variance =
      met.squares * lost * held - pairs * repulsion(all, kept, draws, lost);
  return (tacet_occupancy){met.elements * held, fmax(0, variance), false};
}

double tacet_blocks_empty(const tacet_pattern *pattern, const int64_t *start,
                          const int64_t *length) {
  const meeting met = meet(pattern, start, length);
  const tacet_uniform model = tacet_blocks_model(pattern);
  return pow(tacet_uniform_empty(model, met.blocks),
             (double)pattern->as.blocks.draws);
}
