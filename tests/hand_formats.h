/* Formats of a filter's weights, and their sizes as they are counted. */
#ifndef TESTS_HAND_FORMATS_H
#define TESTS_HAND_FORMATS_H

/* cmocka.h must come before */
#include <string.h>

#include "../sparse/executor/executor_encode.h"
#include "../sparse/formats/encoding.h"
#include "format_cases.h"

enum { MOST_CELLS = 4096, MOST_ROOM = 1 << 16 };

/* Of K, C, R and S as given; one output. */
static inline tacet_layer convolution(const int64_t size[4]) {
  tacet_layer layer = {.name = "convolution"};
  tacet_shape shape = {.type = TACET_CONV,
                       .N = 1,
                       .G = 1,
                       .K = size[0],
                       .C = size[1],
                       .Y = size[2],
                       .X = size[3],
                       .R = size[2],
                       .S = size[3],
                       .stride = {1, 1},
                       .dilation = {1, 1}};
  tacet_error error;
  assert_int_equal(tacet_layer_make(&layer, &shape, NULL, &error), TACET_OK);
  return layer;
}

static inline void bind(tacet_format *format, const tacet_layer *layer) {
  tacet_error error;
  if (tacet_format_bind(format, layer, TACET_WEIGHT, &error))
    fail_msg("%s", error.message);
}

static inline void extents_of(int64_t extent[TACET_MAX_RANKS],
                              const tacet_layer *layer) {
  const tacet_tensor *tensor = &layer->tensor[TACET_WEIGHT];
  memset(extent, 0, TACET_MAX_RANKS * sizeof *extent);
  for (int r = 0; r < tensor->ranks; r++) extent[r] = tensor->rank[r].size;
}

/* Bits of the grid's cells that are full, one after the other; and that they are
   what their number says, where the format lets it. */
static inline double count_bits(const tacet_format *format,
                                const int64_t *extent, int ranks,
                                const unsigned char *full,
                                tacet_encoding *encoding) {
  int64_t cells = 1, nonzeros = 0;
  tacet_encoding_start(encoding, format, extent);
  for (int r = 0; r < ranks; r++) cells *= extent[r];
  for (int64_t cell = 0; cell < cells; cell++) {
    int64_t position[TACET_MAX_RANKS], rest = cell;
    for (int r = ranks - 1; r >= 0; r--) {
      position[r] = rest % extent[r];
      rest /= extent[r];
    }
    if (!full[cell]) continue;
    tacet_encoding_add(encoding, position);
    nonzeros++;
  }
  tacet_bits bits = tacet_encoding_bits(encoding, 8);
  if (tacet_format_counts(format)) {
    const tacet_bits same = tacet_counted_bits(format, extent, nonzeros, 8);
    assert_true(same.payload == bits.payload && same.metadata == bits.metadata);
  }
  return bits.payload + bits.metadata;
}

#endif
