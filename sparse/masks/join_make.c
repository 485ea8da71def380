/* Making a join. A dimension that only one operand has is summed beforehand:
   the operand's table holds prefix sums along it, so that a range of it is a
   difference of two entries. The dimensions left are walked. What a rank is
   made of comes from the layer; nothing here knows layer types. */
#include <stdlib.h>
#include <string.h>

#include "join_tables.h"
#include "memory.h"

/* ---- making: what is summed and what is walked -------------------------- */

static void add_rank(tacet_join *join, int o, const tacet_rank *rank,
                     const int *occurrences) {
  tacet_join_operand *operand = &join->operand[o];
  tacet_join_rank *made = &operand->rank[operand->ranks++];
  *made = (tacet_join_rank){.size = rank->size,
                            .offset = rank->offset,
                            .summed = -1,
                            .step = rank->size};
  for (int t = 0; t < rank->terms; t++) {
    const tacet_term *term = &rank->term[t];
    if (occurrences[term->dim] == 1 && made->summed < 0) {
      made->summed = term->dim;
      made->step = term->coefficient;
      join->role[term->dim] =
          o == TACET_WEIGHT ? TACET_SUMMED_BY_WEIGHT : TACET_SUMMED_BY_INPUT;
    } else {
      made->term[made->walked++] = *term;
      join->role[term->dim] = TACET_WALKED;
    }
  }
}

static void add_ranks(tacet_join *join, const tacet_layer *layer,
                      const int *occurrences) {
  for (int o = 0; o < TACET_OPERANDS; o++)
    for (int r = 0; r < layer->tensor[o].ranks; r++)
      add_rank(join, o, &layer->tensor[o].rank[r], occurrences);
}

/* Row-major, but for a rank that comes after all others; -1: none does. */
static void set_strides(tacet_join_operand *operand, int last) {
  int64_t stride = last < 0 ? 1 : operand->rank[last].size;
  for (int r = operand->ranks - 1; r >= 0; r--) {
    if (r == last) continue;
    operand->rank[r].stride = stride;
    stride *= operand->rank[r].size;
  }
  if (last >= 0) operand->rank[last].stride = 1;
}

/* The term by which the rank moves with a walked dimension, or NULL. */
static const tacet_term *walked_term(const tacet_join_rank *rank, int dim) {
  for (int t = 0; t < rank->walked; t++)
    if (rank->term[t].dim == dim) return &rank->term[t];
  return NULL;
}

/* Whether the tables simply have a stride along a dimension of this size: it
   alone makes up its ranks and stays within them. */
static bool is_plain(const tacet_join *join, int dim, int64_t size) {
  for (int o = 0; o < TACET_OPERANDS; o++)
    for (int r = 0; r < join->operand[o].ranks; r++) {
      const tacet_join_rank *rank = &join->operand[o].rank[r];
      const tacet_term *term = walked_term(rank, dim);
      if (!term) continue;
      if (rank->walked > 1 || rank->summed >= 0 || rank->offset != 0 ||
          term->coefficient * (size - 1) >= rank->size)
        return false;
    }
  return true;
}

/* The largest plain dimension is walked innermost. */
static void choose_walk(tacet_join *join, const tacet_layer *layer) {
  int64_t largest = 0;
  join->inner = -1;
  for (int d = 0; d < layer->dims; d++) {
    const int64_t size = layer->dim[d].size;
    if (join->role[d] != TACET_WALKED || size <= largest ||
        !is_plain(join, d, size))
      continue;
    join->inner = d;
    largest = size;
  }
  for (int d = 0; d < layer->dims; d++)
    if (join->role[d] == TACET_WALKED && d != join->inner)
      join->walk[join->walked++] = d;
}

/* The one rank of more than one coordinate along which every sum goes in steps
   of 1; -1 if there are others, or steps. */
static int only_summed(const tacet_join_operand *operand) {
  int found = -1;
  for (int r = 0; r < operand->ranks; r++) {
    const tacet_join_rank *rank = &operand->rank[r];
    if (rank->summed < 0 || (rank->size == 1 && rank->walked == 0)) continue;
    if (found >= 0 || rank->step != 1) return -1;
    found = r;
  }
  return found;
}

static void settle_ranks(tacet_join *join) {
  for (int o = 0; o < TACET_OPERANDS; o++) {
    tacet_join_operand *operand = &join->operand[o];
    for (int r = 0; r < operand->ranks; r++) {
      tacet_join_rank *rank = &operand->rank[r];
      for (int w = 0; w < join->walked; w++)
        if (walked_term(rank, join->walk[w])) rank->depth = w + 1;
      const tacet_term *inner = walked_term(rank, join->inner);
      if (inner) operand->inner_stride += inner->coefficient * rank->stride;
    }
  }
}

/* ---- making: tables ----------------------------------------------------- */

/* Eight elements at a time, each of the 256 bytes spread beforehand. */
static void copy_bits(uint32_t *table, const tacet_mask *mask) {
  uint32_t spread[256][8];
  for (unsigned byte = 0; byte < 256; byte++)
    for (int bit = 0; bit < 8; bit++) spread[byte][bit] = byte >> bit & 1;
  const int64_t whole = mask->elements / 8 * 8;
  for (int64_t first = 0; first < whole; first += 8)
    memcpy(&table[first], spread[mask->bits[first / 64] >> first % 64 & 255],
           sizeof spread[0]);
  for (int64_t i = whole; i < mask->elements; i++)
    table[i] = tacet_mask_test(mask, i);
}

static void sum_along(uint32_t *table, int64_t elements,
                      const tacet_join_rank *rank) {
  if (rank->step >= rank->size) return;
  const int64_t block = rank->size * rank->stride;
  const int64_t step = rank->step * rank->stride;
  for (int64_t first = 0; first < elements; first += block)
    for (int64_t i = first + step; i < first + block; i++)
      table[i] += table[i - step];
}

/* The places of a row are then counted up to a column by a search, where a
   table would have their prefix sum. */
static tacet_status make_rows(tacet_join_operand *operand,
                              const tacet_tensor *tensor,
                              const tacet_mask *mask, tacet_error *error) {
  int64_t size[TACET_MAX_RANKS], stride[TACET_MAX_RANKS];
  const int summed = only_summed(operand);
  if (summed < 0)
    return tacet_fail(error, TACET_BAD_INPUT, NULL,
                      "the mask of %s has too many elements (%lld) for bits, "
                      "and without them only operands are counted of which "
                      "one rank is not shared",
                      tensor->name, (long long)mask->elements);
  for (int r = 0; r < operand->ranks; r++) {
    size[r] = operand->rank[r].size;
    stride[r] = operand->rank[r].stride;
  }
  operand->rows =
      tacet_rows_turned(mask->rows, operand->ranks, size, stride, size[summed]);
  if (operand->rows) return TACET_OK;
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "no memory to count %lld entries of %s",
                    (long long)mask->nonzeros, tensor->name);
}

static tacet_status make_table(tacet_join_operand *operand,
                               const tacet_tensor *tensor,
                               const tacet_mask *mask, tacet_error *error) {
  const int64_t elements = tacet_tensor_size(tensor);
  if (mask->elements != elements)
    return tacet_fail(error, TACET_BAD_INPUT, NULL,
                      "a mask of %lld elements is no mask of %s (%lld)",
                      (long long)mask->elements, tensor->name,
                      (long long)elements);
  if (mask->rows) return make_rows(operand, tensor, mask, error);
  int64_t largest = 1;
  for (int r = 0; r < operand->ranks; r++)
    if (operand->rank[r].summed >= 0) largest *= operand->rank[r].size;
  if (largest > UINT32_MAX)
    return tacet_fail(error, TACET_OVERFLOW, NULL,
                      "counts of %s can be %lld, more than 32 bits",
                      tensor->name, (long long)largest);
  operand->table = tacet_memory_new((size_t)elements * sizeof *operand->table,
                                    &operand->mapped);
  if (!operand->table)
    return tacet_fail(error, TACET_NO_MEMORY, NULL,
                      "no memory to count %lld elements of %s",
                      (long long)elements, tensor->name);
  copy_bits(operand->table, mask);
  for (int r = 0; r < operand->ranks; r++)
    sum_along(operand->table, elements, &operand->rank[r]);
  return TACET_OK;
}

tacet_status tacet_join_make(tacet_join **join, const tacet_layer *layer,
                             const tacet_mask *weight, const tacet_mask *input,
                             tacet_error *error) {
  int occurrences[TACET_MAX_DIMS] = {0};
  for (int o = 0; o < TACET_OPERANDS; o++)
    for (int r = 0; r < layer->tensor[o].ranks; r++)
      for (int t = 0; t < layer->tensor[o].rank[r].terms; t++)
        occurrences[layer->tensor[o].rank[r].term[t].dim]++;
  *join = calloc(1, sizeof **join);
  if (!*join)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "no memory for a join");
  (*join)->dims = layer->dims;
  add_ranks(*join, layer, occurrences);
  choose_walk(*join, layer);
  const tacet_mask *masks[TACET_OPERANDS] = {weight, input};
  for (int o = 0; o < TACET_OPERANDS; o++) {
    tacet_join_operand *operand = &(*join)->operand[o];
    const bool hypersparse = masks[o] && masks[o]->rows;
    set_strides(operand, hypersparse ? only_summed(operand) : -1);
  }
  settle_ranks(*join);
  tacet_status status = TACET_OK;
  for (int o = 0; o < TACET_OPERANDS && !status; o++)
    if (masks[o])
      status =
          make_table(&(*join)->operand[o], &layer->tensor[o], masks[o], error);
  if (!status) return TACET_OK;
  tacet_join_free(*join);
  *join = NULL;
  return status;
}

void tacet_join_free(tacet_join *join) {
  if (!join) return;
  for (int o = 0; o < TACET_OPERANDS; o++) {
    tacet_memory_free(join->operand[o].table, join->operand[o].mapped);
    tacet_rows_free(join->operand[o].rows);
  }
  free(join);
}
