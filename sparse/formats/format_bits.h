/* What the sizes of transfers are made of. Internal to formats. */
#ifndef TACET_FORMAT_BITS_H
#define TACET_FORMAT_BITS_H

#include "format.h"

/* Fibers of a level of a format in a transfer. */
typedef struct tacet_level {
  tacet_fiber_kind kind;
  double length;   /* coordinates along one */
  double metadata; /* bits of a coordinate, a run, or of B for a coordinate */
  double payload;  /* bits of an offset, or of a count of entries below */
} tacet_level;

/* Fills level[format->fibers] for transfers in a grid of extent[]. */
void tacet_lay_out(tacet_level level[], const tacet_format *format,
                   const int64_t *extent);

/* Bits of the metadata of `fibers` fibers that have so many entries. */
double tacet_level_bits(const tacet_level *level, double fibers,
                        double entries);

/* Of all levels, without padding; values have `width` bits. */
tacet_bits tacet_plain_bits(const tacet_level level[], int levels,
                            const double *entries, int64_t width);

/* The same with padding, for numbers of entries that are certain. */
tacet_bits tacet_padded_bits(const tacet_format *format,
                             const tacet_level level[], const double *entries,
                             int64_t width);

/* Entries in a storage word that holds only whole ones. */
double tacet_entries_a_word(const tacet_format *format, const tacet_level *last,
                            int64_t width);

#endif
