/* A format by its definition: recursion over fibers, every number written. */
#include "executor_encode.h"

#include <string.h>

typedef struct code {
  const tacet_format *format;
  const tacet_grid_cells *cells;
  int64_t width;
  int64_t length[TACET_MAX_FIBERS];
  int64_t below[TACET_MAX_FIBERS]; /* cells under one coordinate */
  int64_t payload, metadata;
  tacet_emit *emit;
  void *context;
} code;

static int64_t length_of(const tacet_fiber *fiber, const int64_t *extent) {
  int64_t all = 1;
  for (int k = 0; k < fiber->ranks; k++) all *= extent[fiber->rank[k]];
  if (fiber->cut == TACET_CUT_NONE) return all;
  int64_t blocks = 0;
  while (blocks * fiber->block < all) blocks++;
  return fiber->cut == TACET_CUT_BLOCKS ? blocks : fiber->block;
}

int64_t tacet_encode_room(const tacet_format *format, const int64_t *extent) {
  int64_t room = 1;
  for (int i = 0; i < format->fibers; i++)
    room *= length_of(&format->fiber[i], extent);
  return room;
}

/* ---- cells in the format's order ---------------------------------------- */

/* The coordinate of a cell along a fiber. */
static int64_t place_in(const tacet_fiber *fiber, const int64_t *extent,
                        const int64_t *position) {
  int64_t at = 0;
  for (int k = 0; k < fiber->ranks; k++)
    at = at * extent[fiber->rank[k]] + position[fiber->rank[k]];
  if (fiber->cut == TACET_CUT_NONE) return at;
  return fiber->cut == TACET_CUT_BLOCKS ? at / fiber->block : at % fiber->block;
}

static void sort_cells(const code *c, int ranks) {
  const tacet_grid_cells *cells = c->cells;
  int64_t count = 1;
  for (int r = 0; r < ranks; r++) count *= cells->extent[r];
  memset(cells->sorted, 0, (size_t)tacet_encode_room(c->format, cells->extent));
  for (int64_t cell = 0; cell < count; cell++) {
    int64_t position[TACET_MAX_RANKS], rest = cell, at = 0;
    for (int r = ranks - 1; r >= 0; r--) {
      position[r] = rest % cells->extent[r];
      rest /= cells->extent[r];
    }
    for (int i = 0; i < c->format->fibers; i++)
      at +=
          c->below[i] * place_in(&c->format->fiber[i], cells->extent, position);
    cells->sorted[at] = cells->full[cell];
  }
}

/* ---- widths ------------------------------------------------------------- */

/* Bits that write any of 0 .. largest; one at least. */
static int bits_to_write(int64_t largest) {
  int bits = 1;
  while (bits < 62 && largest >> bits) bits++;
  return bits;
}

static bool varies(const code *c, int level) {
  const tacet_fiber *fiber = &c->format->fiber[level];
  if (level >= c->format->fibers) return false;
  if (fiber->kind == TACET_FIBER_RLE) return true;
  return fiber->kind == TACET_FIBER_CP && fiber->slots == 0;
}

static int coordinate_width(const code *c, int level) {
  const tacet_fiber *fiber = &c->format->fiber[level];
  if (fiber->metadata_bits != TACET_DERIVED) return fiber->metadata_bits;
  if (fiber->kind == TACET_FIBER_B) return 1;
  if (fiber->along != TACET_ALONG_POINTS)
    return bits_to_write(c->length[level] - 1);
  int64_t rows = 1;
  for (int k = 0; k < fiber->first; k++)
    rows *= c->cells->extent[fiber->rank[k]];
  return bits_to_write(rows - 1) + bits_to_write(c->length[level] / rows - 1);
}

static int count_width(const code *c, int level) {
  const tacet_fiber *fiber = &c->format->fiber[level];
  if (fiber->payload_bits != TACET_DERIVED) return fiber->payload_bits;
  return bits_to_write(c->length[level + 1]);
}

static int offset_width(const code *c, int level) {
  const tacet_fiber *fiber = &c->format->fiber[level];
  if (fiber->payload_bits != TACET_DERIVED) return fiber->payload_bits;
  int64_t most = c->length[level];
  if (varies(c, level + 1)) most *= c->length[level + 1];
  return bits_to_write(most);
}

/* ---- writing ------------------------------------------------------------ */

static void put(code *c, int stream, bool counts, int64_t number, int bits) {
  *(stream == TACET_VALUES ? &c->payload : &c->metadata) += bits;
  if (c->emit) c->emit(stream, counts, number, bits, c->context);
}

enum { NOTHING = -1 }; /* where a fiber without anything in it begins */

/* Something lies under coordinate `at` of the fiber that begins at `base`. */
static bool is_there(const code *c, int level, int64_t base, int64_t at) {
  if (base == NOTHING) return false;
  const unsigned char *cell = c->cells->sorted + base + at * c->below[level];
  for (int64_t i = 0; i < c->below[level]; i++)
    if (cell[i]) return true;
  return false;
}

/* Zeros that one entry of RLE without a value stands for. */
static int64_t filler_zeros(const code *c, int level) {
  const int bits = coordinate_width(c, level);
  return bits < 62 ? INT64_C(1) << bits : INT64_MAX;
}

static int64_t count_entries(const code *c, int level, int64_t base) {
  int64_t entries = 0, zeros = 0;
  const bool runs = c->format->fiber[level].kind == TACET_FIBER_RLE;
  for (int64_t at = 0; at < c->length[level]; at++) {
    if (!is_there(c, level, base, at)) {
      zeros++;
      continue;
    }
    for (; runs && zeros >= filler_zeros(c, level);
         zeros -= filler_zeros(c, level))
      entries++;
    entries++;
    zeros = 0;
  }
  return entries;
}

static void write_fiber(code *c, int level, int64_t base);

/* What belongs to an entry. */
static void write_below(code *c, int level, int64_t base, int64_t at) {
  const int64_t below =
      base == NOTHING || at == NOTHING ? NOTHING : base + at * c->below[level];
  if (varies(c, level + 1) && c->format->fiber[level].kind != TACET_FIBER_UOP)
    put(c, level, true, count_entries(c, level + 1, below),
        count_width(c, level));
  write_fiber(c, level + 1, below);
}

static void write_runs(code *c, int level, int64_t base) {
  const int bits = coordinate_width(c, level);
  const int64_t longest = filler_zeros(c, level);
  int64_t zeros = 0;
  for (int64_t at = 0; at < c->length[level]; at++) {
    if (!is_there(c, level, base, at)) {
      zeros++;
      continue;
    }
    for (; zeros >= longest; zeros -= longest) {
      put(c, level, false, longest - 1, bits);
      write_below(c, level, base, NOTHING);
    }
    put(c, level, false, zeros, bits);
    write_below(c, level, base, at);
    zeros = 0;
  }
}

static void write_offsets(code *c, int level, int64_t base) {
  const int bits = offset_width(c, level);
  int64_t offset = 0;
  put(c, level, false, offset, bits);
  for (int64_t at = 0; at < c->length[level]; at++) {
    if (is_there(c, level, base, at))
      offset += varies(c, level + 1)
                    ? count_entries(c, level + 1, base + at * c->below[level])
                    : 1;
    put(c, level, false, offset, bits);
  }
}

static void write_fiber(code *c, int level, int64_t base) {
  if (level == c->format->fibers) {
    const bool full = base != NOTHING && c->cells->sorted[base];
    put(c, TACET_VALUES, false, full, (int)c->width);
    return;
  }
  const tacet_fiber *fiber = &c->format->fiber[level];
  const int bits = coordinate_width(c, level);
  if (fiber->kind == TACET_FIBER_RLE) {
    write_runs(c, level, base);
    return;
  }
  if (fiber->kind == TACET_FIBER_UOP) write_offsets(c, level, base);
  int written = 0;
  for (int64_t at = 0; at < c->length[level]; at++) {
    const bool there = is_there(c, level, base, at);
    if (fiber->kind == TACET_FIBER_B) put(c, level, false, there, bits);
    if (fiber->slots && written == fiber->slots) break;
    if (!there && fiber->kind != TACET_FIBER_U) continue;
    if (fiber->kind == TACET_FIBER_CP) put(c, level, false, at, bits);
    write_below(c, level, base, at);
    written++;
  }
  for (; written < fiber->slots; written++) {
    put(c, level, false, 0, bits);
    write_below(c, level, base, NOTHING);
  }
}

/* ---- storage words ------------------------------------------------------ */

/* Words that hold `entries` of so many bits, none in two words. */
static int64_t words_of_entries(int64_t entries, int64_t bits, int64_t word) {
  int64_t words = 0, left = 0;
  for (; entries > 0; entries--) {
    if (left < bits) {
      words++;
      left = word - 1;
    }
    left -= bits;
  }
  return words;
}

static void fill_words(code *c) {
  const tacet_format *format = c->format;
  int64_t words = 0;
  if (format->whole)
    words = words_of_entries(c->payload / c->width,
                             c->width + coordinate_width(c, format->fibers - 1),
                             format->word);
  else
    while (words * format->word < c->payload + c->metadata) words++;
  c->metadata = words * format->word - c->payload;
}

tacet_bits tacet_encode(const tacet_format *format,
                        const tacet_grid_cells *cells, int ranks, int64_t width,
                        tacet_emit *emit, void *context) {
  code c = {.format = format,
            .cells = cells,
            .width = width,
            .emit = emit,
            .context = context};
  int64_t below = 1;
  for (int i = format->fibers - 1; i >= 0; i--) {
    c.length[i] = length_of(&format->fiber[i], cells->extent);
    c.below[i] = below;
    below *= c.length[i];
  }
  sort_cells(&c, ranks);
  write_fiber(&c, 0, 0);
  if (format->word) fill_words(&c);
  return (tacet_bits){(double)c.payload, (double)c.metadata};
}
