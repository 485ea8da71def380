/* Stored numbers to bits: which values are zero, and where their bits go.
   Knows nothing of files. */
#ifndef TACET_MASK_VALUES_H
#define TACET_MASK_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum tacet_number_kind {
  TACET_UNSIGNED,
  TACET_SIGNED, /* two's complement */
  TACET_FLOAT   /* sign, exponent, fraction, as in IEEE 754 */
} tacet_number_kind;

/* How one number is stored. */
typedef struct tacet_number {
  tacet_number_kind kind;
  int bytes; /* 1, 2, 4 or 8 */
  bool big_endian;
  int exponent_bits; /* of a float: binary32 has 8 of 32, bfloat16 8 of 16 */
} tacet_number;

/* "float32", "bfloat16", "uint8", ...; NULL if it is none with a name. */
const char *tacet_number_name(const tacet_number *number);

/* A number as an unsigned integer that orders numbers by absolute value: that
   of an integer, or the bits of a float without its sign (so that infinities
   and NaNs come last). This is the largest of them whose value is at most
   `threshold` >= 0; numbers above it count as not zero. */
uint64_t tacet_magnitude_limit(const tacet_number *number, double threshold);

/* Are the values flags as they are: bytes that count as 1 unless 0? */
bool tacet_are_flags(const tacet_number *number, uint64_t limit);

/* flags[i] = 1 if the magnitude of value i is above limit, else 0. The flags
   may overwrite the values: flags == values is fine. */
void tacet_flag_values(unsigned char *flags, const unsigned char *values,
                       int64_t count, const tacet_number *number,
                       uint64_t limit);

/* The absolute value of one number, as a float: what exceeds every float is
   infinity, and a NaN stays one. */
float tacet_magnitude(const unsigned char *value, const tacet_number *number);

/* The value of a float, infinities and NaNs as they are. */
double tacet_float_value(const unsigned char *value,
                         const tacet_number *number);

/* A box of flags, row-major, and the strides of its axes in the mask. */
typedef struct tacet_flag_box {
  int ranks; /* at least 1 */
  int64_t length[8];
  int64_t stride[8]; /* in elements of the mask */
  int64_t first;     /* element of the box's first flag */
} tacet_flag_box;

/* Sets in `bits` (as tacet_mask.bits) the elements whose flag is not 0. */
void tacet_flags_to_bits(uint64_t *bits, const tacet_flag_box *box,
                         const unsigned char *flags);

#endif
