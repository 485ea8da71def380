/* Formats as they serve one layer: bound to its ranks, and the best chosen.
   Knows nothing of steps. */
#include <math.h>

#include "../sparse.h"

/* Inserted zeros are zeros too. */
static double density_of(const tacet_zeros *zeros, const tacet_tensor *tensor) {
  const double elements = (double)tacet_tensor_size(tensor);
  if (zeros->mask) return (double)zeros->mask->nonzeros / elements;
  return zeros->density * (double)tacet_tensor_values(tensor) / elements;
}

/* ---- N:M ---------------------------------------------------------------- */

/* The largest number of non-zeros in a block of m along the rank. */
static int64_t most_in_block(const tacet_mask *mask, int rank, int64_t m) {
  int64_t inner = 1, most = 0;
  for (int r = mask->ranks - 1; r > rank; r--) inner *= mask->size[r];
  const int64_t size = mask->size[rank];
  for (int64_t start = 0; start < mask->elements; start += inner * size)
    for (int64_t block = 0; block < size; block += m)
      for (int64_t i = 0; i < inner; i++) {
        int64_t count = 0;
        for (int64_t c = block; c < block + m && c < size; c++)
          count += tacet_mask_test(mask, start + c * inner + i);
        if (count > most) most = count;
      }
  return most;
}

/* Densities are rounded where they are written. */
static const double ROUNDING = 1e-3;

/* A density alone may well be that of an N:M pattern; a pattern that is
   another cannot. */
static bool holds(const tacet_fiber *fiber, const tacet_zeros *zeros) {
  const tacet_pattern *pattern = zeros->pattern;
  if (fiber->slots >= fiber->block) return true;
  if (zeros->mask)
    return most_in_block(zeros->mask, fiber->rank[0], fiber->block) <=
           fiber->slots;
  if (pattern && pattern->kind == TACET_N_OF_M)
    return pattern->as.n_of_m.rank == fiber->rank[0] &&
           fiber->block % pattern->as.n_of_m.m == 0 &&
           fiber->block / pattern->as.n_of_m.m * pattern->as.n_of_m.n <=
               fiber->slots;
  return (!pattern || tacet_pattern_is_uniform(pattern)) &&
         zeros->density * (double)fiber->block <= fiber->slots * (1 + ROUNDING);
}

/* Level of the tiles that level `storage` receives of a tensor, or sends if it
   is the output. */
static int tile_level(int storage, int slot) {
  return slot == TACET_OUTPUT ? storage + 1 : storage;
}

/* Tiles that begin or end within a block have parts of two, of which both may
   be full. */
static tacet_status check_cuts(const tacet_fiber *fiber, const tacet_nest *nest,
                               int storage, int slot, tacet_error *error) {
  const tacet_rank *rank = &nest->layer->tensor[slot].rank[fiber->rank[0]];
  const int loops = nest->position[tile_level(storage, slot)][slot];
  if (fiber->slots >= fiber->block) return TACET_OK;
  for (int i = 0; i < loops; i++) {
    const tacet_loop *loop = &nest->loop[i];
    if (loop->dim != rank->term[0].dim || loop->size % fiber->block == 0)
      continue;
    tacet_fail(error, TACET_INFEASIBLE, NULL,
               "%s is %d:%lld along %s, and tiles of %lld cut its groups",
               nest->layer->tensor[slot].name, fiber->slots,
               (long long)fiber->block, rank->name, (long long)loop->size);
    return tacet_advise(error, "map %s by multiples of %lld", rank->name,
                        (long long)fiber->block);
  }
  return TACET_OK;
}

static tacet_status check_slots(const tacet_format *format,
                                const tacet_tensor *tensor,
                                const tacet_zeros *zeros, tacet_error *error) {
  const tacet_fiber *last = &format->fiber[format->fibers - 1];
  if (last->slots == 0 || holds(last, zeros)) return TACET_OK;
  tacet_fail(error, TACET_INFEASIBLE, NULL,
             "%s, with %.3g of its values not zero, is not %d:%lld along %s",
             tensor->name, density_of(zeros, tensor), last->slots,
             (long long)last->block, tensor->rank[last->rank[0]].name);
  return tacet_advise(error, "prune it to that pattern, or give it another "
                             "format");
}

/* ---- best --------------------------------------------------------------- */

/* The grid of a whole tile. */
static void tile_grid(int64_t extent[TACET_MAX_RANKS], const tacet_nest *nest,
                      int storage, int slot) {
  const int level = tile_level(storage, slot);
  int64_t box[TACET_MAX_DIMS];
  for (int d = 0; d < nest->layer->dims; d++) box[d] = nest->layer->dim[d].size;
  for (int i = 0; i < nest->position[level][slot]; i++)
    box[nest->loop[i].dim] = nest->loop[i].size;
  const tacet_tensor *tensor = &nest->layer->tensor[slot];
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    extent[r] = rank->terms == 1 ? box[rank->term[0].dim] : 1;
    for (int i = 0; rank->terms > 1 && i < rank->terms; i++)
      extent[r] += rank->term[i].coefficient * (box[rank->term[i].dim] - 1);
    if (extent[r] > rank->size) extent[r] = rank->size;
  }
}

/* The format whose expected size of a whole tile is smallest; the first of
   several. */
static tacet_status choose_best(tacet_format *best, const tacet_nest *nest,
                                int storage, int slot, double density,
                                int64_t width, tacet_error *error) {
  const tacet_tensor *tensor = &nest->layer->tensor[slot];
  const tacet_uniform model =
      tacet_uniform_make(tacet_tensor_size(tensor), density);
  int64_t extent[TACET_MAX_RANKS] = {0};
  double elements = 1, least = INFINITY;
  tile_grid(extent, nest, storage, slot);
  for (int r = 0; r < tensor->ranks; r++) elements *= (double)extent[r];
  const tacet_contents contents = {elements, density * elements, model, NULL};
  for (int name = TACET_UNCOMPRESSED; name <= TACET_RLC; name++) {
    tacet_format format = tacet_format_named((tacet_format_name)name);
    tacet_status status = tacet_format_bind(&format, nest->layer, slot, error);
    if (status) return status;
    const tacet_bits bits =
        tacet_expected_bits(&format, extent, &contents, width);
    if (bits.payload + bits.metadata >= least) continue;
    least = bits.payload + bits.metadata;
    *best = format;
  }
  return TACET_OK;
}

/* ---- all ---------------------------------------------------------------- */

static tacet_status settle(tacet_format *format, const tacet_nest *nest,
                           const tacet_accelerator *accelerator, int storage,
                           int slot, const tacet_zeros *zeros,
                           tacet_error *error) {
  const tacet_tensor *tensor = &nest->layer->tensor[slot];
  const double density = density_of(zeros, tensor);
  if (density >= 1) {
    *format = tacet_format_named(TACET_UNCOMPRESSED);
    return TACET_OK;
  }
  if (format->name == TACET_BEST)
    return choose_best(format, nest, storage, slot, density,
                       accelerator->width_bits[slot], error);
  tacet_status status = tacet_format_bind(format, nest->layer, slot, error);
  if (status || format->fibers == 0) return status;
  status = check_slots(format, tensor, zeros, error);
  const tacet_fiber *last = &format->fiber[format->fibers - 1];
  return status || last->slots == 0
             ? status
             : check_cuts(last, nest, storage, slot, error);
}

/* Without the fibers that it does not have, which are most of it. */
static void copy_format(tacet_format *copy, const tacet_format *format) {
  copy->name = format->name;
  copy->fibers = format->fibers;
  copy->outer_first = format->outer_first;
  copy->word = format->word;
  copy->whole = format->whole;
  for (int i = 0; i < format->fibers; i++) copy->fiber[i] = format->fiber[i];
}

tacet_status
tacet_features_for(tacet_features *used, const tacet_features *features,
                   const tacet_nest *nest, const tacet_accelerator *accelerator,
                   const tacet_sparsity *sparsity, tacet_error *error) {
  used->rules = features->rules;
  for (int i = 0; i < features->rules; i++) used->rule[i] = features->rule[i];
  used->balance = features->balance;
  for (int s = 0; s < TACET_MAX_STORAGE; s++)
    for (int t = 0; t < TACET_TENSORS; t++) {
      copy_format(&used->format[s][t], &features->format[s][t]);
      if (s >= nest->storages || (t == TACET_OUTPUT ? s > 0 : s == 0)) continue;
      tacet_status status = settle(&used->format[s][t], nest, accelerator, s, t,
                                   &sparsity->tensor[t], error);
      if (status) return status;
    }
  return TACET_OK;
}
