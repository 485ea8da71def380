/* Non-zeros as numbers whose order is that of the format: what is new from one
   to the next says which entries begin. */
#include "encoding.h"

#include <stdlib.h>
#include <string.h>

/* ---- sizes from a count ------------------------------------------------- */

/* The entries of the level have a part in the size. */
static bool needs_entries(const tacet_format *format, int level) {
  const tacet_fiber *fiber = &format->fiber[level];
  if (fiber->kind == TACET_FIBER_U || fiber->slots) return false;
  if (level == format->fibers - 1) return fiber->kind == TACET_FIBER_RLE;
  if (fiber->kind != TACET_FIBER_UOP) return true;
  const tacet_fiber *below = fiber + 1;
  return below->kind == TACET_FIBER_U || below->kind == TACET_FIBER_B ||
         below->kind == TACET_FIBER_UOP || below->slots;
}

bool tacet_format_counts(const tacet_format *format) {
  for (int i = 0; i < format->fibers; i++)
    if (needs_entries(format, i)) return false;
  return true;
}

tacet_bits tacet_counted_bits(const tacet_format *format, const int64_t *extent,
                              int64_t nonzeros, int64_t width) {
  double entries[TACET_MAX_FIBERS], fibers = 1;
  for (int i = 0; i < format->fibers; i++) {
    const tacet_fiber *fiber = &format->fiber[i];
    entries[i] = (double)nonzeros;
    if (fiber->slots) entries[i] = fibers * fiber->slots;
    if (fiber->kind == TACET_FIBER_U)
      entries[i] = fibers * (double)tacet_fiber_length(fiber, extent);
    fibers = entries[i];
  }
  return tacet_format_bits(format, extent, entries, width);
}

/* ---- keys --------------------------------------------------------------- */

tacet_status tacet_encoding_make(tacet_encoding *encoding, int64_t elements,
                                 tacet_error *error) {
  *encoding = (tacet_encoding){0};
  encoding->key = malloc((size_t)elements * sizeof *encoding->key);
  if (encoding->key) return TACET_OK;
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "no memory to encode %lld elements", (long long)elements);
}

void tacet_encoding_free(tacet_encoding *encoding) {
  free(encoding->key);
  *encoding = (tacet_encoding){0};
}

void tacet_encoding_start(tacet_encoding *encoding, const tacet_format *format,
                          const int64_t *extent) {
  encoding->format = format;
  memcpy(encoding->extent, extent, sizeof encoding->extent);
  for (int i = 0; i < format->fibers; i++)
    encoding->length[i] = tacet_fiber_length(&format->fiber[i], extent);
  encoding->keys = 0;
  encoding->sorted = true;
}

static int64_t coordinate(const tacet_fiber *fiber, const int64_t *extent,
                          const int64_t *position) {
  int64_t at = 0;
  for (int k = 0; k < fiber->ranks; k++)
    at = at * extent[fiber->rank[k]] + position[fiber->rank[k]];
  if (fiber->cut == TACET_CUT_BLOCKS) return at / fiber->block;
  return fiber->cut == TACET_CUT_WITHIN ? at % fiber->block : at;
}

void tacet_encoding_add(tacet_encoding *encoding, const int64_t *position) {
  const tacet_format *format = encoding->format;
  int64_t key = 0;
  for (int i = 0; i < format->fibers; i++)
    key = key * encoding->length[i] +
          coordinate(&format->fiber[i], encoding->extent, position);
  if (encoding->keys && key < encoding->key[encoding->keys - 1])
    encoding->sorted = false;
  encoding->key[encoding->keys++] = key;
}

static int compare_keys(const void *a, const void *b) {
  const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return left < right ? -1 : left > right;
}

/* ---- counting ----------------------------------------------------------- */

/* Entries without a value before one that follows on `zeros`. */
static int64_t fillers(const tacet_fiber *fiber, int64_t zeros) {
  if (fiber->kind != TACET_FIBER_RLE || fiber->metadata_bits == TACET_DERIVED ||
      fiber->metadata_bits > 62)
    return 0;
  return zeros >> fiber->metadata_bits;
}

/* Adds the entries that begin with one more non-zero; before[]: coordinates
   of the last one, -1 in the first fiber to begin. */
static void count_key(int64_t *count, const tacet_encoding *encoding,
                      int64_t key, int64_t *before) {
  const tacet_format *format = encoding->format;
  int64_t at[TACET_MAX_FIBERS];
  for (int i = format->fibers - 1; i >= 0; i--) {
    at[i] = key % encoding->length[i];
    key /= encoding->length[i];
  }
  bool fresh = false; /* the fiber begins with this non-zero */
  for (int i = 0; i < format->fibers; i++) {
    const int64_t last = fresh ? -1 : before[i];
    if (at[i] != last) {
      count[i] += 1 + fillers(&format->fiber[i], at[i] - last - 1);
      fresh = true;
    }
    before[i] = at[i];
  }
}

tacet_bits tacet_encoding_bits(tacet_encoding *encoding, int64_t width) {
  const tacet_format *format = encoding->format;
  int64_t count[TACET_MAX_FIBERS] = {0}, before[TACET_MAX_FIBERS];
  double entries[TACET_MAX_FIBERS], fibers = 1;
  if (!encoding->sorted)
    qsort(encoding->key, (size_t)encoding->keys, sizeof *encoding->key,
          compare_keys);
  for (int i = 0; i < format->fibers; i++) before[i] = -1;
  for (int64_t k = 0; k < encoding->keys; k++)
    count_key(count, encoding, encoding->key[k], before);
  for (int i = 0; i < format->fibers; i++) {
    const tacet_fiber *fiber = &format->fiber[i];
    entries[i] = (double)count[i];
    if (fiber->slots) entries[i] = fibers * fiber->slots;
    if (fiber->kind == TACET_FIBER_U)
      entries[i] = fibers * (double)encoding->length[i];
    fibers = entries[i];
  }
  return tacet_format_bits(format, encoding->extent, entries, width);
}
