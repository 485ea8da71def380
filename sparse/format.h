/* Sizes of compressed tiles in bits, payload and metadata apart. */
#ifndef TACET_FORMAT_H
#define TACET_FORMAT_H

#include <stdint.h>

/* Named stacks of rank formats (design, section 5). */
typedef enum tacet_format {
  TACET_UNCOMPRESSED, /* the elements themselves, no grid, no metadata */
  TACET_BITMASK,      /* one bit a cell of the grid */
  TACET_CSR, /* rows+1 offsets 0..cells, then a column for each entry */
  TACET_CSC, /* columns+1 offsets 0..cells, then a row for each entry */
  TACET_COO, /* row and column for each entry */
  TACET_RLC, /* zeros before each entry in run_bits bits; a run too long
                for them takes entries of value zero on its way; trailing
                zeros take none */
  TACET_FORMATS
} tacet_format;

extern const char *const tacet_format_names[TACET_FORMATS + 1];

enum { TACET_RLC_RUN_BITS = 5 }; /* as Eyeriss writes to DRAM (JSSC'17) */

/* The grid of a transfer: the product of the coordinates it touches in each
   rank, as a matrix (tacet_tensor.row_ranks). */
typedef struct tacet_grid {
  int64_t rows;
  int64_t columns;
} tacet_grid;

typedef struct tacet_bits {
  double payload;
  double metadata;
} tacet_bits;

/* Bits of `entries` stored values of `width` bits each on a grid. entries is
   the number of non-zeros, for RLC with the fillers; an expectation may be
   fractional. For TACET_UNCOMPRESSED entries counts every element. A
   coordinate takes max(1, ceil(log2 extent)) bits. An empty grid takes none,
   not even metadata. */
tacet_bits tacet_format_bits(tacet_format format, tacet_grid grid,
                             double entries, int64_t width);

/* Entries that RLC stores for a sequence of cells: `test(i)` says whether
   cell i of `cells` is not zero. */
int64_t tacet_rlc_entries(int64_t cells, int run_bits,
                          int (*test)(int64_t cell, void *context),
                          void *context);

/* Expected entries of RLC when the non-zeros of `cells` cells are spread
   evenly: hypergeometric, `nonzeros` among `elements` of the whole tensor. */
double tacet_rlc_expected_entries(int64_t cells, int run_bits, int64_t elements,
                                  int64_t nonzeros);

#endif
