/* Masks in memory: packed bits in canonical order. Knows nothing of files. */
#include "mask.h"

#include "memory.h"

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

void tacet_mask_free(tacet_mask *mask) {
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

bool tacet_mask_test(const tacet_mask *mask, int64_t element) {
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
