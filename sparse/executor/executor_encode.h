/* Writes a transfer out in a format, number by number: the judge of sizes.
   Shares with them only which ranks lie along which fiber. Internal. */
#ifndef TACET_EXECUTOR_ENCODE_H
#define TACET_EXECUTOR_ENCODE_H

#include "../formats/format.h"

/* Stream of numbers that a level or the values make. */
enum { TACET_VALUES = TACET_MAX_FIBERS };

/* Takes the next number of a stream: level's coordinates, runs, bits or
   offsets (counts: false), its counts of entries below (true), or values. It
   fits `bits`. */
typedef void tacet_emit(int stream, bool counts, int64_t number, int bits,
                        void *context);

typedef struct tacet_grid_cells {
  int64_t extent[TACET_MAX_RANKS];
  const unsigned char *full; /* [cells] row-major over the ranks: not zero */
  unsigned char *sorted;     /* [tacet_encode_room] of the caller's */
} tacet_grid_cells;

/* Bytes of cells.sorted. */
int64_t tacet_encode_room(const tacet_format *format, const int64_t *extent);

/* The size of what is written; emit may be NULL. The format is bound and
   compresses. */
tacet_bits tacet_encode(const tacet_format *format,
                        const tacet_grid_cells *cells, int ranks, int64_t width,
                        tacet_emit *emit, void *context);

#endif
