/* What a transfer's non-zeros come to in a format, by counting the entries of
   every level. Internal to the sparse reading with masks. */
#ifndef TACET_ENCODING_H
#define TACET_ENCODING_H

#include "format.h"

typedef struct tacet_encoding {
  const tacet_format *format; /* borrowed; bound */
  int64_t extent[TACET_MAX_RANKS];
  int64_t length[TACET_MAX_FIBERS]; /* coordinates along each fiber */
  int64_t keys;
  int64_t *key; /* owned; [room] of each non-zero: its coordinates, outermost
                   fiber first, as one number */
  bool sorted;
} tacet_encoding;

/* True if the number of non-zeros and the grid say all about the size; then
   nothing need be encoded. */
bool tacet_format_counts(const tacet_format *format);

/* Room for the non-zeros of `elements`. Error: TACET_NO_MEMORY. */
tacet_status tacet_encoding_make(tacet_encoding *encoding, int64_t elements,
                                 tacet_error *error);
void tacet_encoding_free(tacet_encoding *encoding); /* a zeroed one is fine */

/* A transfer in a grid of extent[ranks]. */
void tacet_encoding_start(tacet_encoding *encoding, const tacet_format *format,
                          const int64_t *extent);

/* A non-zero at position[ranks] of the grid; each once, in any order. */
void tacet_encoding_add(tacet_encoding *encoding, const int64_t *position);

tacet_bits tacet_encoding_bits(tacet_encoding *encoding, int64_t width);

/* The same where tacet_format_counts holds. */
tacet_bits tacet_counted_bits(const tacet_format *format, const int64_t *extent,
                              int64_t nonzeros, int64_t width);

#endif
