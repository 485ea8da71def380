/* Masks in memory: packed bits in canonical order. Knows nothing of files. */
#include "mask.h"

#include "memory.h"
#include "rows.h"

static int64_t word_count(int64_t elements) {
  return elements / 64 + (elements % 64 != 0);
}

static tacet_status shape_like(tacet_mask *mask, const tacet_tensor *tensor,
                               tacet_error *error) {
  mask->ranks = tensor->ranks;
  mask->elements = 1;
  for (int r = 0; r < tensor->ranks; r++) {
    mask->size[r] = tensor->rank[r].size;
    if (__builtin_mul_overflow(mask->elements, mask->size[r], &mask->elements))
      return tacet_fail(error, TACET_OVERFLOW, NULL,
                        "the elements of %s do not fit 64 bits", tensor->name);
  }
  return TACET_OK;
}

static tacet_status no_memory(const tacet_mask *mask,
                              const tacet_tensor *tensor, tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "no memory for the mask of %s (%lld elements)",
                    tensor->name, (long long)mask->elements);
}

tacet_status tacet_mask_make(tacet_mask *mask, const tacet_tensor *tensor,
                             tacet_error *error) {
  *mask = (tacet_mask){0};
  tacet_status status = shape_like(mask, tensor, error);
  if (status) return status;
  const size_t bytes = (size_t)word_count(mask->elements) * sizeof *mask->bits;
  mask->bits = tacet_memory_new(bytes, &mask->mapped);
  return mask->bits ? TACET_OK : no_memory(mask, tensor, error);
}

tacet_status tacet_mask_make_shared(tacet_mask *mask,
                                    const tacet_tensor *tensor,
                                    tacet_error *error) {
  *mask = (tacet_mask){0};
  tacet_status status = shape_like(mask, tensor, error);
  if (status) return status;
  mask->mapped = (size_t)word_count(mask->elements) * sizeof *mask->bits;
  mask->bits = tacet_memory_shared(mask->mapped);
  if (mask->bits) return TACET_OK;
  return no_memory(mask, tensor, error);
}

/* ---- hypersparse -------------------------------------------------------- */

static int64_t columns_of(const tacet_tensor *tensor) {
  int64_t columns = 1;
  for (int r = tensor->row_ranks; r < tensor->ranks; r++)
    columns *= tensor->rank[r].size;
  return columns;
}

tacet_status tacet_mask_make_rows(tacet_mask *mask, const tacet_tensor *tensor,
                                  const int64_t *element, int64_t count,
                                  tacet_error *error) {
  *mask = (tacet_mask){.nonzeros = count};
  tacet_status status = shape_like(mask, tensor, error);
  if (status) return status;
  const int64_t columns = columns_of(tensor);
  tacet_rows *filling =
      tacet_rows_start(mask->elements / columns, columns, count);
  if (!filling) return no_memory(mask, tensor, error);
  for (int64_t i = 0; i < count; i++)
    tacet_rows_add(filling, element[i] / columns, element[i] % columns);
  mask->rows = tacet_rows_finish(filling);
  if (!mask->rows) return no_memory(mask, tensor, error);
  const int64_t twice = tacet_rows_twice(mask->rows);
  if (twice == 0) return TACET_OK;
  tacet_mask_free(mask);
  return tacet_fail(error, TACET_BAD_INPUT, NULL,
                    "%lld entries are stored more than once", (long long)twice);
}

/* Ones before the element. */
static int64_t ones_before(const tacet_mask *mask, int64_t element) {
  const int64_t columns = tacet_rows_columns(mask->rows);
  const int64_t row = element / columns, column = element % columns;
  const int64_t above = tacet_rows_above(mask->rows, row);
  return column ? above + tacet_rows_left(mask->rows, row, column) : above;
}

void tacet_mask_free(tacet_mask *mask) {
  tacet_rows_free(mask->rows);
  tacet_memory_free(mask->bits, mask->mapped);
  *mask = (tacet_mask){0};
}

void tacet_mask_recount(tacet_mask *mask) {
  mask->nonzeros = tacet_mask_count(mask, 0, mask->elements);
}

void tacet_mask_settle(tacet_mask *mask, bool inverted) {
  const int64_t words = word_count(mask->elements);
  for (int64_t i = 0; inverted && i < words; i++) mask->bits[i] ^= ~UINT64_C(0);
  if (mask->elements % 64)
    mask->bits[words - 1] &= ~(~UINT64_C(0) << (mask->elements % 64));
  tacet_mask_recount(mask);
}

/* Whether an element's coordinates are all those of values. */
static bool is_value(const tacet_tensor *tensor, int64_t element) {
  for (int r = tensor->ranks - 1; r >= 0; r--) {
    const tacet_rank *rank = &tensor->rank[r];
    if (element % rank->size % tacet_rank_spacing(rank)) return false;
    element /= rank->size;
  }
  return true;
}

void tacet_mask_keep_values(tacet_mask *mask, const tacet_tensor *tensor) {
  if (tacet_tensor_values(tensor) < mask->elements)
    for (int64_t i = 0; i < mask->elements; i++)
      if (!is_value(tensor, i))
        mask->bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
  tacet_mask_recount(mask);
}

tacet_status tacet_mask_make_values(tacet_mask *mask,
                                    const tacet_tensor *tensor,
                                    tacet_error *error) {
  tacet_status status = tacet_mask_make(mask, tensor, error);
  if (status) return status;
  tacet_mask_settle(mask, true);
  tacet_mask_keep_values(mask, tensor);
  return TACET_OK;
}

bool tacet_mask_test(const tacet_mask *mask, int64_t element) {
  if (mask->rows) {
    const int64_t columns = tacet_rows_columns(mask->rows);
    return tacet_rows_test(mask->rows, element / columns, element % columns);
  }
  return mask->bits[element / 64] >> (element % 64) & 1;
}

void tacet_mask_set(tacet_mask *mask, int64_t element) {
  mask->bits[element / 64] |= UINT64_C(1) << (element % 64);
}

/* ---- counting ----------------------------------------------------------- */

static inline int64_t ones_of(const uint64_t *word, int64_t words) {
  int64_t ones = 0;
  for (int64_t i = 0; i < words; i++) ones += __builtin_popcountll(word[i]);
  return ones;
}

/* One instruction a word where the processor has it: 17 times as fast. */
#if defined(__x86_64__)
__attribute__((target("popcnt"))) static int64_t
ones_by_popcnt(const uint64_t *word, int64_t words) {
  int64_t ones = 0;
  for (int64_t i = 0; i < words; i++) ones += __builtin_popcountll(word[i]);
  return ones;
}

int64_t tacet_ones(const uint64_t *word, int64_t words) {
  return __builtin_cpu_supports("popcnt") ? ones_by_popcnt(word, words)
                                          : ones_of(word, words);
}
#else
int64_t tacet_ones(const uint64_t *word, int64_t words) {
  return ones_of(word, words);
}
#endif

int64_t tacet_mask_count(const tacet_mask *mask, int64_t first, int64_t count) {
  if (count <= 0) return 0;
  if (mask->rows)
    return ones_before(mask, first + count) - ones_before(mask, first);
  const int64_t last = first + count - 1;
  const uint64_t from_first = ~UINT64_C(0) << (first % 64);
  const uint64_t to_last = ~UINT64_C(0) >> (63 - last % 64);
  const uint64_t *head = &mask->bits[first / 64];
  const uint64_t *tail = &mask->bits[last / 64];
  if (head == tail) return __builtin_popcountll(*head & from_first & to_last);
  int64_t ones = __builtin_popcountll(*head & from_first) +
                 __builtin_popcountll(*tail & to_last);
  return ones + tacet_ones(head + 1, tail - head - 1);
}
