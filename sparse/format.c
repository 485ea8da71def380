/* Sizes of compressed tiles. Knows what a format stores, not where tiles come
   from or what moving them costs. */
#include "format.h"

const char *const tacet_format_names[TACET_FORMATS + 1] = {
    [TACET_UNCOMPRESSED] = "U", [TACET_BITMASK] = "bitmask",
    [TACET_CSR] = "CSR",        [TACET_CSC] = "CSC",
    [TACET_COO] = "COO",        [TACET_RLC] = "RLC",
};

/* max(1, ceil(log2 extent)) */
static double coordinate_bits(int64_t extent) {
  int bits = 1;
  while (bits < 62 && INT64_C(1) << bits < extent) bits++;
  return bits;
}

/* One offset more than there are fibers, and in each entry the coordinate
   along the fiber. */
static double compressed_fibers(int64_t fibers, int64_t length,
                                double entries) {
  return (double)(fibers + 1) * coordinate_bits(fibers * length + 1) +
         entries * coordinate_bits(length);
}

static double metadata_bits(tacet_format format, tacet_grid grid,
                            double entries) {
  switch (format) {
  case TACET_BITMASK: return (double)(grid.rows * grid.columns);
  case TACET_CSR: return compressed_fibers(grid.rows, grid.columns, entries);
  case TACET_CSC: return compressed_fibers(grid.columns, grid.rows, entries);
  case TACET_COO:
    return entries *
           (coordinate_bits(grid.rows) + coordinate_bits(grid.columns));
  case TACET_RLC: return entries * TACET_RLC_RUN_BITS;
  case TACET_UNCOMPRESSED:
  case TACET_FORMATS: break;
  }
  return 0;
}

tacet_bits tacet_format_bits(tacet_format format, tacet_grid grid,
                             double entries, int64_t width) {
  if (grid.rows == 0 || grid.columns == 0) return (tacet_bits){0, 0};
  return (tacet_bits){
      .payload = entries * (double)width,
      .metadata = metadata_bits(format, grid, entries),
  };
}

/* An entry with the longest run and the value zero stands for this many
   zeros: the run and the value itself. */
static int64_t filler_cells(int run_bits) {
  return INT64_C(1) << run_bits;
}

int64_t tacet_rlc_entries(int64_t cells, int run_bits,
                          int (*test)(int64_t cell, void *context),
                          void *context) {
  int64_t entries = 0, zeros = 0;
  for (int64_t cell = 0; cell < cells; cell++) {
    if (test(cell, context)) {
      entries += zeros / filler_cells(run_bits) + 1;
      zeros = 0;
    } else {
      zeros++;
    }
  }
  return entries;
}

/* Every non-zero takes an entry, and an m-th filler before it wherever the m
   times filler_cells cells before it are all zero. Each such window has the
   same chance, so the expectation is a sum over m and not over cells. */
double tacet_rlc_expected_entries(int64_t cells, int run_bits, int64_t elements,
                                  int64_t nonzeros) {
  if (cells == 0 || nonzeros == 0) return 0;
  const int64_t filler = filler_cells(run_bits);
  double entries = (double)cells * (double)nonzeros / (double)elements;
  double empty = 1; /* probability that `zeros` cells are all zero */
  for (int64_t zeros = 0; zeros + filler < cells;) {
    for (const int64_t end = zeros + filler; zeros < end; zeros++)
      empty *=
          (double)(elements - nonzeros - zeros) / (double)(elements - zeros);
    const double then_nonzero = (double)nonzeros / (double)(elements - zeros);
    const double fillers = (double)(cells - zeros) * empty * then_nonzero;
    if (fillers <= 1e-17 * entries) break;
    entries += fillers;
  }
  return entries;
}
