/* Sizes of transfers from how many entries their levels have. Knows nothing of
   how these are counted or expected. */
#include <math.h>

#include "format_bits.h"

/* max(1, ceil(log2 values)), and no more than 62 */
static double bits_for(double values) {
  int exponent;
  const double part = frexp(values, &exponent); /* from 0.5, below 1 */
  const int bits = part > 0.5 ? exponent : exponent - 1;
  return bits < 1 ? 1 : bits > 62 ? 62 : bits;
}

static int64_t product(const tacet_fiber *fiber, const int64_t *extent,
                       int from, int to) {
  int64_t length = 1;
  for (int k = from; k < to; k++) length *= extent[fiber->rank[k]];
  return length;
}

int64_t tacet_fiber_length(const tacet_fiber *fiber, const int64_t *extent) {
  const int64_t whole = product(fiber, extent, 0, fiber->ranks);
  if (fiber->cut == TACET_CUT_BLOCKS)
    return (whole + fiber->block - 1) / fiber->block;
  return fiber->cut == TACET_CUT_WITHIN ? fiber->block : whole;
}

/* ---- widths ------------------------------------------------------------- */

/* Entries of the fiber vary, and nothing in it says how many there are. */
static bool needs_count(const tacet_fiber *fiber) {
  return (fiber->kind == TACET_FIBER_CP && fiber->slots == 0) ||
         fiber->kind == TACET_FIBER_RLE;
}

/* Bits of a coordinate, a run, or of B for a coordinate. */
static double metadata_width(const tacet_fiber *fiber, const int64_t *extent,
                             double length) {
  if (fiber->metadata_bits != TACET_DERIVED) return fiber->metadata_bits;
  if (fiber->kind == TACET_FIBER_B) return 1;
  if (fiber->along != TACET_ALONG_POINTS) return bits_for(length);
  return bits_for((double)product(fiber, extent, 0, fiber->first)) +
         bits_for((double)product(fiber, extent, fiber->first, fiber->ranks));
}

/* Bits of an offset, or of a count of the fiber below, which has so many
   coordinates. An offset counts entries of the fibers below if they vary, else
   the fibers. */
static double payload_width(const tacet_fiber *fiber, const tacet_fiber *below,
                            double length, double length_below) {
  const bool offsets = fiber->kind == TACET_FIBER_UOP;
  const bool counts = below && needs_count(below);
  if (!offsets && !counts) return 0;
  if (fiber->payload_bits != TACET_DERIVED) return fiber->payload_bits;
  const double most = counts ? length_below : 1;
  return bits_for((offsets ? most * length : most) + 1);
}

void tacet_lay_out(tacet_level level[], const tacet_format *format,
                   const int64_t *extent) {
  const tacet_fiber *below = NULL;
  for (int i = format->fibers - 1; i >= 0; i--) {
    const tacet_fiber *fiber = &format->fiber[i];
    const double length = (double)tacet_fiber_length(fiber, extent);
    level[i] = (tacet_level){
        fiber->kind, length, metadata_width(fiber, extent, length),
        payload_width(fiber, below, length, below ? level[i + 1].length : 1)};
    below = fiber;
  }
}

/* ---- sizes -------------------------------------------------------------- */

double tacet_level_bits(const tacet_level *level, double fibers,
                        double entries) {
  switch (level->kind) {
  case TACET_FIBER_U: return entries * level->payload;
  case TACET_FIBER_B:
    return fibers * level->length * level->metadata + entries * level->payload;
  case TACET_FIBER_UOP: return fibers * (level->length + 1) * level->payload;
  default: return entries * (level->metadata + level->payload);
  }
}

tacet_bits tacet_plain_bits(const tacet_level level[], int levels,
                            const double *entries, int64_t width) {
  tacet_bits bits = {0, 0};
  double fibers = 1;
  for (int i = 0; i < levels; i++) {
    bits.metadata += tacet_level_bits(&level[i], fibers, entries[i]);
    fibers = entries[i];
  }
  bits.payload = fibers * (double)width;
  return bits;
}

double tacet_entries_a_word(const tacet_format *format, const tacet_level *last,
                            int64_t width) {
  const double entry = (double)width + last->metadata;
  const double entries = floor((double)(format->word - 1) / entry);
  return entries > 1 ? entries : 1;
}

tacet_bits tacet_padded_bits(const tacet_format *format,
                             const tacet_level level[], const double *entries,
                             int64_t width) {
  const int last = format->fibers - 1;
  tacet_bits bits = tacet_plain_bits(level, format->fibers, entries, width);
  if (format->word == 0) return bits;
  double words = ceil((bits.payload + bits.metadata) / (double)format->word);
  if (format->whole)
    words =
        ceil(entries[last] / tacet_entries_a_word(format, &level[last], width));
  bits.metadata = words * (double)format->word - bits.payload;
  return bits;
}

tacet_bits tacet_format_bits(const tacet_format *format, const int64_t *extent,
                             const double *entries, int64_t width) {
  tacet_level level[TACET_MAX_FIBERS];
  tacet_lay_out(level, format, extent);
  return tacet_padded_bits(format, level, entries, width);
}
