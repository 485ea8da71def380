/* Puts masks and densities in the order of a balance. Knows nothing of how that
   order came about. */
#include "rearrange.h"

#include <stdlib.h>

#include "balance.h"
#include "masks/rows.h"

/* ---- bits --------------------------------------------------------------- */

/* Up to 64 bits from `first` on, as far as they lie in two words. */
static uint64_t bits_from(const uint64_t *bits, int64_t first, int64_t count) {
  const int64_t shift = first % 64;
  uint64_t word = bits[first / 64] >> shift;
  if (shift + count > 64) word |= bits[first / 64 + 1] << (64 - shift);
  return count < 64 ? word & ~(~UINT64_C(0) << count) : word;
}

/* To where there are zeros. */
static void copy_bits(uint64_t *to, int64_t at, const uint64_t *from,
                      int64_t first, int64_t count) {
  while (count > 0) {
    const int64_t room = 64 - at % 64;
    const int64_t part = count < room ? count : room;
    to[at / 64] |= bits_from(from, first, part) << (at % 64);
    at += part;
    first += part;
    count -= part;
  }
}

static void move_bits(tacet_mask *to, const tacet_mask *from,
                      const tacet_order *order,
                      const tacet_order_ranks *ranks) {
  const int64_t run = ranks->stride;
  for (int64_t at = 0; at < from->elements; at += run) {
    const int64_t group = at / ranks->across % ranks->groups;
    const int64_t place = at / run % ranks->size;
    const int64_t coordinate = order->from[group * ranks->size + place];
    copy_bits(to->bits, at, from->bits, at + (coordinate - place) * run, run);
  }
  to->nonzeros = from->nonzeros;
}

/* ---- places of a hypersparse mask --------------------------------------- */

typedef struct moving {
  const tacet_order_ranks *ranks;
  int64_t columns;
  const int64_t *to; /* the place of each coordinate, as tacet_order.from */
  int64_t *element;
  int64_t count;
} moving;

static void move_place(void *context, int64_t row, int64_t column) {
  moving *m = context;
  const tacet_order_ranks *ranks = m->ranks;
  const int64_t element = row * m->columns + column;
  const int64_t group = element / ranks->across % ranks->groups;
  const int64_t coordinate = element / ranks->stride % ranks->size;
  const int64_t place = m->to[group * ranks->size + coordinate];
  m->element[m->count++] = element + (place - coordinate) * ranks->stride;
}

static tacet_status no_memory(const tacet_tensor *tensor, tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL, "no memory to balance %s",
                    tensor->name);
}

static tacet_status move_rows(tacet_mask *to, const tacet_mask *from,
                              const tacet_order *order,
                              const tacet_order_ranks *ranks,
                              const tacet_tensor *tensor, tacet_error *error) {
  const int64_t all = order->groups * order->size;
  int64_t *place = calloc((size_t)all, sizeof *place);
  int64_t *element = calloc((size_t)from->nonzeros + 1, sizeof *element);
  tacet_status status = TACET_OK;
  if (place && element) {
    for (int64_t i = 0; i < all; i++)
      place[i / order->size * order->size + order->from[i]] = i % order->size;
    moving m = {.ranks = ranks,
                .columns = tacet_rows_columns(from->rows),
                .to = place,
                .element = element};
    tacet_rows_each(from->rows, move_place, &m);
    status = tacet_mask_make_rows(to, tensor, element, m.count, error);
  } else {
    status = no_memory(tensor, error);
  }
  free(place);
  free(element);
  return status;
}

static tacet_status move_mask(tacet_mask *to, const tacet_mask *from,
                              const tacet_order *order,
                              const tacet_tensor *tensor, tacet_error *error) {
  const tacet_order_ranks ranks =
      tacet_order_ranks_of(tensor, order->dim, order->apart);
  if (from->rows) return move_rows(to, from, order, &ranks, tensor, error);
  tacet_status status = tacet_mask_make(to, tensor, error);
  if (!status) move_bits(to, from, order, &ranks);
  return status;
}

/* ---- patterns ----------------------------------------------------------- */

static bool has_one_order(const tacet_order *order) {
  for (int64_t i = order->size; i < order->groups * order->size; i++)
    if (order->from[i] != order->from[i - order->size]) return false;
  return true;
}

static tacet_status move_pattern(tacet_pattern *to, const tacet_pattern *from,
                                 const tacet_order *order,
                                 const tacet_tensor *tensor,
                                 tacet_error *error) {
  if (from->kind != TACET_DENSITIES || !has_one_order(order))
    return tacet_order_refuse(tensor, error);
  const tacet_densities *densities = &from->as.densities;
  double *density = calloc((size_t)order->size, sizeof *density);
  if (!density) return no_memory(tensor, error);
  for (int64_t i = 0; i < order->size; i++)
    density[i] = densities->density[order->from[i]];
  *to = tacet_pattern_densities(tensor, densities->rank, density);
  return TACET_OK;
}

/* ---- all ---------------------------------------------------------------- */

static tacet_status move_tensor(tacet_rearranged *r, int t,
                                const tacet_order *order,
                                const tacet_tensor *tensor,
                                tacet_error *error) {
  tacet_zeros *zeros = &r->sparsity.tensor[t];
  tacet_status status = TACET_OK;
  if (!tacet_has_dim(tensor, order->dim)) return TACET_OK;
  if (zeros->mask) {
    status = move_mask(&r->mask[t], zeros->mask, order, tensor, error);
    zeros->mask = &r->mask[t];
  } else if (zeros->pattern &&
             !tacet_order_is_indifferent(zeros->pattern, tensor, order->dim)) {
    status = move_pattern(&r->pattern[t], zeros->pattern, order, tensor, error);
    zeros->pattern = &r->pattern[t];
  }
  return status;
}

tacet_status tacet_rearrange(tacet_rearranged *rearranged,
                             const tacet_sparsity *sparsity,
                             const tacet_features *features,
                             const tacet_nest *nest, tacet_error *error) {
  tacet_order order;
  *rearranged = (tacet_rearranged){.sparsity = *sparsity};
  tacet_status status =
      tacet_order_make(&order, features, nest, sparsity, error);
  if (status || order.dim < 0) return status;
  for (int t = 0; t < TACET_TENSORS && !status; t++)
    status = move_tensor(rearranged, t, &order, &nest->layer->tensor[t], error);
  tacet_order_free(&order);
  return status;
}

void tacet_rearranged_free(tacet_rearranged *rearranged) {
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_mask_free(&rearranged->mask[t]);
    tacet_pattern_free(&rearranged->pattern[t]);
  }
}
