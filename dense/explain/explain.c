/* What can be read off the loops of a nest and its totals. */
#include "explain.h"
#include "../whole.h"

/* Whether some a*i + b*j is in both of two neighbours, which differ in i: the
   least j that makes up for a whole number of i, and that number. If tiles take
   what lies between, whether the first of one lies before the last of the
   other. */
static bool overlaps(const tacet_nest *nest, const tacet_loop *loop,
                     const tacet_term *own, const tacet_term *other) {
  if (nest->contiguous[nest->storages - 1])
    return other->coefficient * (nest->tile[other->dim] - 1) >=
           own->coefficient;
  const int64_t common = common_divisor(own->coefficient, other->coefficient);
  return own->coefficient / common < nest->tile[other->dim] &&
         other->coefficient / common < 2 * loop->size;
}

/* The rank that adds the loop's dimension to another; *own is its term. */
static const tacet_rank *window_of(const tacet_nest *nest, int loop, int slot,
                                   int *own) {
  const tacet_tensor *tensor = &nest->layer->tensor[slot];
  for (int r = 0; r < tensor->ranks; r++)
    for (*own = 0; *own < tensor->rank[r].terms; ++*own)
      if (tensor->rank[r].terms == 2 &&
          tensor->rank[r].term[*own].dim == nest->loop[loop].dim)
        return &tensor->rank[r];
  return NULL;
}

/* ---- in time ------------------------------------------------------------ */

int tacet_mover(const tacet_nest *nest, int storage, int slot) {
  const tacet_tensor *tensor = &nest->layer->tensor[slot];
  int loop = nest->position[storage][slot] - 1;
  while (loop >= 0 && (nest->loop[loop].folds == 1 ||
                       !tacet_has_dim(tensor, nest->loop[loop].dim)))
    loop--;
  return loop;
}

int64_t tacet_stay(const tacet_nest *nest, int storage, int slot) {
  int64_t steps = 1;
  for (int i = tacet_mover(nest, storage, slot) + 1; i < nest->loops; i++)
    steps *= nest->loop[i].folds;
  return steps;
}

bool tacet_slides(const tacet_nest *nest, int loop, int slot) {
  int own;
  const tacet_rank *window = window_of(nest, loop, slot, &own);
  return window && overlaps(nest, &nest->loop[loop], &window->term[own],
                            &window->term[1 - own]);
}

/* ---- in space ----------------------------------------------------------- */

static bool lies_in_space(const tacet_nest *nest, int dim) {
  for (int i = 0; i < nest->loops; i++)
    if (nest->loop[i].spatial && nest->loop[i].dim == dim) return true;
  return false;
}

tacet_spread tacet_spread_of(const tacet_nest *nest, int loop, int slot) {
  int own;
  const tacet_rank *window = window_of(nest, loop, slot, &own);
  if (window && lies_in_space(nest, window->term[1 - own].dim))
    return TACET_SPREAD_DIAGONAL;
  if (tacet_slides(nest, loop, slot)) return TACET_SPREAD_OVERLAP;
  if (tacet_has_dim(&nest->layer->tensor[slot], nest->loop[loop].dim))
    return TACET_SPREAD_OWN;
  return slot == TACET_OUTPUT ? TACET_SPREAD_SUM : TACET_SPREAD_SAME;
}

int tacet_spread_among(const tacet_nest *nest, int loop) {
  int storage = nest->storages - 1;
  while (storage > 1 && nest->level[storage - 1] > nest->loop[loop].level)
    storage--;
  return storage;
}

/* ---- reuse -------------------------------------------------------------- */

static double ratio(int64_t a, int64_t b) {
  return b ? (double)a / (double)b : 0;
}

/* Words of a boundary as parents count them, and as children do. */
static int64_t parent_words(const tacet_traffic *traffic, bool out) {
  return out ? traffic->updates : traffic->parent_reads;
}

static int64_t child_words(const tacet_traffic *traffic, bool out) {
  return out ? traffic->drains : traffic->fills;
}

void tacet_reuse_of(tacet_reuse *reuse, const tacet_nest *nest,
                    const tacet_activity *activity, int slot) {
  const bool out = slot == TACET_OUTPUT;
  const int inner = nest->storages - 2;
  const int64_t at_pes = child_words(&activity->traffic[inner][slot], out);
  const int64_t at_dram = parent_words(&activity->traffic[0][slot], out);
  reuse->in_register = ratio(activity->macs, activity->l1_reads[slot]);
  reuse->in_pe = ratio(activity->macs, at_pes);
  for (int s = inner; s > 0; s--) {
    const tacet_traffic *inside = &activity->traffic[s][slot];
    const tacet_traffic *outside = &activity->traffic[s - 1][slot];
    const int64_t words = parent_words(inside, out);
    reuse->in_space[s] = ratio(child_words(inside, out), words);
    reuse->in_time[s] = ratio(words, child_words(outside, out));
  }
  reuse->all = ratio(activity->macs, at_dram);
  reuse->best =
      ratio(activity->macs, tacet_tensor_size(&nest->layer->tensor[slot]));
}
