/* Stored numbers to bits. Everything that is compared is an unsigned integer,
   so that no value is ever converted on its way. */
#include "mask_values.h"

#include <math.h>
#include <string.h>

/* ---- values to flags ---------------------------------------------------- */

static uint64_t sign_bit(const tacet_number *number) {
  return UINT64_C(1) << (8 * number->bytes - 1);
}

static double half_value(uint64_t bits) {
  const int exponent = (int)(bits >> 10);
  const double fraction = (double)(bits & 0x3ff);
  return exponent == 0 ? ldexp(fraction, -24)
                       : ldexp(1024 + fraction, exponent - 25);
}

/* Value of a float without its sign; not of infinities and NaNs. */
static double float_value(int bytes, uint64_t bits) {
  if (bytes == 2) return half_value(bits);
  if (bytes == 4) {
    const uint32_t bits32 = (uint32_t)bits;
    float value;
    memcpy(&value, &bits32, sizeof value);
    return (double)value;
  }
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* The bits of a positive infinity, above those of every number. */
static uint64_t infinity_bits(int bytes) {
  switch (bytes) {
  case 2: return UINT64_C(0x7c00);
  case 4: return UINT64_C(0x7f800000);
  default: return UINT64_C(0x7ff0000000000000);
  }
}

uint64_t tacet_magnitude_limit(const tacet_number *number, double threshold) {
  if (number->kind != TACET_FLOAT)
    return threshold < 0x1p64 ? (uint64_t)threshold : UINT64_MAX;
  uint64_t low = 0, above = infinity_bits(number->bytes);
  while (above - low > 1) {
    const uint64_t middle = low + (above - low) / 2;
    if (float_value(number->bytes, middle) <= threshold)
      low = middle;
    else
      above = middle;
  }
  return low;
}

static inline uint64_t load(const unsigned char *value, int bytes,
                            bool big_endian) {
  uint64_t bits = 0;
  for (int byte = 0; byte < bytes; byte++) {
    const int shift = 8 * (big_endian ? bytes - 1 - byte : byte);
    bits |= (uint64_t)value[byte] << shift;
  }
  return bits;
}

/* Called with a constant number of bytes, for which load() is one move. */
static inline void flag(unsigned char *flags, const unsigned char *values,
                        int64_t count, const tacet_number *number,
                        uint64_t limit, int bytes) {
  const bool big_endian = number->big_endian;
  const uint64_t sign = sign_bit(number);
  const uint64_t all = sign | (sign - 1);
  const uint64_t kept = number->kind == TACET_FLOAT ? sign - 1 : all;
  const uint64_t negative = number->kind == TACET_SIGNED ? sign : 0;
  for (int64_t i = 0; i < count; i++) {
    const uint64_t stored = load(values + i * bytes, bytes, big_endian);
    const uint64_t absolute = stored & negative ? 0 - stored : stored;
    flags[i] = (absolute & kept) > limit;
  }
}

void tacet_flag_values(unsigned char *flags, const unsigned char *values,
                       int64_t count, const tacet_number *number,
                       uint64_t limit) {
  switch (number->bytes) {
  case 1: flag(flags, values, count, number, limit, 1); break;
  case 2: flag(flags, values, count, number, limit, 2); break;
  case 4: flag(flags, values, count, number, limit, 4); break;
  default: flag(flags, values, count, number, limit, 8); break;
  }
}

/* ---- flags to bits ------------------------------------------------------ */

static void set_strided(uint64_t *bits, int64_t element, int64_t stride,
                        const unsigned char *flags, int64_t count) {
  for (int64_t i = 0; i < count; i++, element += stride)
    bits[element / 64] |= (uint64_t)flags[i] << (element % 64);
}

/* Eight flags, 0 or 1 in a byte each, to eight bits: the multiplication moves
   byte i to bit 56 + i. */
static uint64_t pack_eight(const unsigned char *flags) {
  return load(flags, 8, false) * UINT64_C(0x0102040810204080) >> 56;
}

static void set_adjacent(uint64_t *bits, int64_t element,
                         const unsigned char *flags, int64_t count) {
  int64_t done = (64 - element % 64) % 64;
  if (done > count) done = count;
  set_strided(bits, element, 1, flags, done);
  for (; count - done >= 64; done += 64) {
    uint64_t word = 0;
    for (int byte = 0; byte < 8; byte++)
      word |= pack_eight(flags + done + 8 * byte) << (8 * byte);
    bits[(element + done) / 64] |= word;
  }
  set_strided(bits, element + done, 1, flags + done, count - done);
}

static void set_run(uint64_t *bits, int64_t element, int64_t stride,
                    const unsigned char *flags, int64_t count) {
  if (stride == 1)
    set_adjacent(bits, element, flags, count);
  else
    set_strided(bits, element, stride, flags, count);
}

/* The same box with as few axes as possible, so that runs are long. */
static tacet_flag_box merge_axes(const tacet_flag_box *box) {
  tacet_flag_box merged = {
      .ranks = 1, .length = {1}, .stride = {1}, .first = box->first};
  for (int axis = 0; axis < box->ranks; axis++) {
    const int64_t length = box->length[axis], stride = box->stride[axis];
    int last = merged.ranks - 1;
    if (length == 1) continue;
    if (merged.length[last] > 1 && merged.stride[last] != length * stride)
      merged.length[last = merged.ranks++] = 1;
    merged.length[last] *= length;
    merged.stride[last] = stride;
  }
  return merged;
}

void tacet_flags_to_bits(uint64_t *bits, const tacet_flag_box *box,
                         const unsigned char *flags) {
  const tacet_flag_box merged = merge_axes(box);
  const int inner = merged.ranks - 1;
  const int64_t run = merged.length[inner];
  int64_t index[8] = {0};
  int64_t element = merged.first;
  for (int axis = inner;; flags += run) {
    set_run(bits, element, merged.stride[inner], flags, run);
    for (axis = inner - 1; axis >= 0; axis--) {
      element += merged.stride[axis];
      if (++index[axis] < merged.length[axis]) break;
      element -= merged.stride[axis] * merged.length[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}
