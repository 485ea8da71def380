/* Stored numbers to bits. Everything that is compared is an unsigned integer,
   so that no value is ever converted on its way. */
#include "mask_values.h"

#include <math.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* ---- values to flags ---------------------------------------------------- */

static uint64_t sign_bit(const tacet_number *number) {
  return UINT64_C(1) << (8 * number->bytes - 1);
}

static int fraction_bits(const tacet_number *number) {
  return 8 * number->bytes - 1 - number->exponent_bits;
}

/* Value of a float without its sign; not of infinities and NaNs. */
static double value_of(const tacet_number *number, uint64_t bits) {
  const int shift = fraction_bits(number);
  const int bias = (1 << (number->exponent_bits - 1)) - 1;
  const int exponent = (int)(bits >> shift);
  const uint64_t one = UINT64_C(1) << shift;
  const double fraction = (double)(bits & (one - 1));
  return exponent == 0 ? ldexp(fraction, 1 - bias - shift)
                       : ldexp((double)one + fraction, exponent - bias - shift);
}

/* The bits of the first magnitude that is no number, above all that are: a
   positive infinity, but for the 8-bit float that has none. */
static uint64_t first_beyond(const tacet_number *number) {
  if (number->bytes == 1 && number->exponent_bits == 4) return 0x7f;
  return ((UINT64_C(1) << number->exponent_bits) - 1) << fraction_bits(number);
}

uint64_t tacet_magnitude_limit(const tacet_number *number, double threshold) {
  if (number->kind != TACET_FLOAT)
    return threshold < 0x1p64 ? (uint64_t)threshold : UINT64_MAX;
  uint64_t low = 0, above = first_beyond(number);
  while (above - low > 1) {
    const uint64_t middle = low + (above - low) / 2;
    if (value_of(number, middle) <= threshold)
      low = middle;
    else
      above = middle;
  }
  return low;
}

static const bool host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

static inline uint64_t load_eight(const unsigned char *value, bool big_endian) {
  uint64_t bits;
  memcpy(&bits, value, sizeof bits);
  return big_endian == host_is_big ? bits : __builtin_bswap64(bits);
}

/* A move, or a move and a swap, for a constant number of bytes. */
static inline uint64_t load(const unsigned char *value, int bytes,
                            bool big_endian) {
  uint32_t four;
  uint16_t two;
  switch (bytes) {
  case 1: return *value;
  case 2:
    memcpy(&two, value, sizeof two);
    return big_endian == host_is_big ? two : __builtin_bswap16(two);
  case 4:
    memcpy(&four, value, sizeof four);
    return big_endian == host_is_big ? four : __builtin_bswap32(four);
  default: return load_eight(value, big_endian);
  }
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

bool tacet_are_flags(const tacet_number *number, uint64_t limit) {
  return number->bytes == 1 && number->kind != TACET_FLOAT && limit == 0;
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

double tacet_float_value(const unsigned char *value,
                         const tacet_number *number) {
  const uint64_t sign = sign_bit(number);
  const uint64_t stored = load(value, number->bytes, number->big_endian);
  const uint64_t bits = stored & (sign - 1), beyond = first_beyond(number);
  double magnitude = NAN;
  if (bits < beyond)
    magnitude = value_of(number, bits);
  else if (bits == beyond && number->bytes > 1)
    magnitude = INFINITY;
  return stored & sign ? -magnitude : magnitude;
}

float tacet_magnitude(const unsigned char *value, const tacet_number *number) {
  const uint64_t sign = sign_bit(number);
  if (number->kind == TACET_FLOAT)
    return (float)fabs(tacet_float_value(value, number));
  uint64_t bits = load(value, number->bytes, number->big_endian);
  if (number->kind == TACET_SIGNED && bits & sign)
    bits = (0 - bits) & (sign | (sign - 1));
  return (float)bits;
}

const char *tacet_number_name(const tacet_number *number) {
  static const struct {
    tacet_number_kind kind;
    int bytes, exponent_bits;
    const char *name;
  } names[] = {
      {TACET_UNSIGNED, 1, 0, "uint8"},    {TACET_UNSIGNED, 2, 0, "uint16"},
      {TACET_UNSIGNED, 4, 0, "uint32"},   {TACET_UNSIGNED, 8, 0, "uint64"},
      {TACET_SIGNED, 1, 0, "int8"},       {TACET_SIGNED, 2, 0, "int16"},
      {TACET_SIGNED, 4, 0, "int32"},      {TACET_SIGNED, 8, 0, "int64"},
      {TACET_FLOAT, 1, 4, "float8_e4m3"}, {TACET_FLOAT, 1, 5, "float8_e5m2"},
      {TACET_FLOAT, 2, 5, "float16"},     {TACET_FLOAT, 2, 8, "bfloat16"},
      {TACET_FLOAT, 4, 8, "float32"},     {TACET_FLOAT, 8, 11, "float64"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].kind == number->kind && names[i].bytes == number->bytes &&
        names[i].exponent_bits == number->exponent_bits)
      return names[i].name;
  return NULL;
}

/* ---- flags to bits ------------------------------------------------------ */

static void set_strided(uint64_t *bits, int64_t element, int64_t stride,
                        const unsigned char *flags, int64_t count) {
  for (int64_t i = 0; i < count; i++, element += stride)
    bits[element / 64] |= (uint64_t)(flags[i] != 0) << (element % 64);
}

/* 64 flags to bits. */
#ifdef __x86_64__
static uint64_t pack(const unsigned char *flags) {
  const __m128i zero = _mm_setzero_si128();
  uint64_t zeros = 0;
  for (int part = 0; part < 4; part++) {
    const __m128i bytes =
        _mm_loadu_si128((const __m128i *)(const void *)(flags + 16 * part));
    const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, zero));
    zeros |= (uint64_t)(unsigned)mask << (16 * part);
  }
  return ~zeros;
}
#else
/* The multiplication moves bit 0 of byte i to bit 56 + i. */
static uint64_t pack(const unsigned char *flags) {
  const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
  uint64_t word = 0;
  for (int part = 0; part < 8; part++) {
    const uint64_t bytes = load_eight(flags + 8 * part, false);
    const uint64_t ones = (((bytes & low) + low) | bytes) >> 7 & (low / 0x7f);
    word |= ones * UINT64_C(0x0102040810204080) >> 56 << (8 * part);
  }
  return word;
}
#endif

static void pack_words(uint64_t *word, const unsigned char *flags,
                       int64_t words) {
  for (int64_t i = 0; i < words; i++) word[i] |= pack(flags + 64 * i);
}

/* Twice as wide where the processor can. */
#if defined(__x86_64__)
__attribute__((target("avx2"))) static void
pack_words_by_avx2(uint64_t *word, const unsigned char *flags, int64_t words) {
  const __m256i zero = _mm256_setzero_si256();
  for (int64_t i = 0; i < words; i++, flags += 64) {
    const __m256i *half = (const __m256i *)(const void *)flags;
    const __m256i low = _mm256_cmpeq_epi8(_mm256_loadu_si256(half), zero);
    const __m256i high = _mm256_cmpeq_epi8(_mm256_loadu_si256(half + 1), zero);
    const uint64_t zeros = (uint32_t)_mm256_movemask_epi8(low) |
                           (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
    word[i] |= ~zeros;
  }
}
#endif

typedef void pack_run(uint64_t *word, const unsigned char *flags,
                      int64_t words);

static pack_run *choose_pack(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return pack_words_by_avx2;
#endif
  return pack_words;
}

static void set_adjacent(uint64_t *bits, int64_t element,
                         const unsigned char *flags, int64_t count) {
  int64_t done = (64 - element % 64) % 64;
  if (done > count) done = count;
  set_strided(bits, element, 1, flags, done);
  const int64_t words = (count - done) / 64;
  if (words > 0)
    choose_pack()(bits + (element + done) / 64, flags + done, words);
  done += 64 * words;
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
