/* Formats: sizes by hand, by writing every number and reading it back, and
   expected sizes against drawn ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../sparse/formats/encoding.h"
#include "../sparse/executor/executor_encode.h"
#include "format_cases.h"

enum { MOST_CELLS = 4096, MOST_ROOM = 1 << 16 };

/* ---- layers to have formats of ------------------------------------------ */

/* B[K,N] of a GEMM: rows K, columns N. */
static tacet_layer matrix(int64_t rows, int64_t columns) {
  tacet_layer layer = {.name = "matrix"};
  tacet_shape shape = tacet_shape_of_ones(TACET_GEMM);
  shape.N = columns;
  shape.K = rows;
  shape.shared[TACET_WEIGHT] = true;
  tacet_error error;
  assert_int_equal(tacet_layer_make(&layer, &shape, NULL, &error), TACET_OK);
  return layer;
}

static tacet_layer convolution(const int64_t size[4]) {
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

static void bind(tacet_format *format, const tacet_layer *layer) {
  tacet_error error;
  if (tacet_format_bind(format, layer, TACET_WEIGHT, &error))
    fail_msg("%s", error.message);
}

static void extents_of(int64_t extent[TACET_MAX_RANKS],
                       const tacet_layer *layer) {
  const tacet_tensor *tensor = &layer->tensor[TACET_WEIGHT];
  memset(extent, 0, TACET_MAX_RANKS * sizeof *extent);
  for (int r = 0; r < tensor->ranks; r++) extent[r] = tensor->rank[r].size;
}

/* ---- sizes by hand ------------------------------------------------------ */

static tacet_bits size_of(tacet_format format, const tacet_layer *layer,
                          const unsigned char *full) {
  static unsigned char sorted[MOST_ROOM];
  tacet_grid_cells cells = {.full = full, .sorted = sorted};
  bind(&format, layer);
  extents_of(cells.extent, layer);
  assert_true(tacet_encode_room(&format, cells.extent) <= MOST_ROOM);
  return tacet_encode(&format, &cells, layer->tensor[TACET_WEIGHT].ranks, 8,
                      NULL, NULL);
}

/* `rows` are the cells, "1010 0001". */
static void check_bits(tacet_format format, int64_t rows, int64_t columns,
                       const char *text, double payload, double metadata) {
  unsigned char full[MOST_CELLS];
  int cells = 0;
  for (; *text; text++)
    if (*text != ' ') full[cells++] = *text == '1';
  assert_int_equal(cells, rows * columns);
  const tacet_layer layer = matrix(rows, columns);
  const tacet_bits bits = size_of(format, &layer, full);
  if (bits.payload != payload || bits.metadata != metadata) {
    char name[TACET_FORMAT_TEXT];
    tacet_format_text(name, sizeof name, &format);
    fail_msg("%s: %g and %g bits", name, bits.payload, bits.metadata);
  }
}

static tacet_fiber fiber(tacet_fiber_kind kind) {
  return (tacet_fiber){.kind = kind,
                       .metadata_bits = TACET_DERIVED,
                       .payload_bits = TACET_DERIVED};
}

static tacet_format stack(tacet_fiber_kind outer, tacet_fiber_kind inner) {
  return (tacet_format){
      .name = TACET_STACK, .fibers = 2, .fiber = {fiber(outer), fiber(inner)}};
}

#define FIVE "10010 00000 01100" /* 4 values of 8 bits in 3 rows of 5 */

/* An offset of CSR is one of 0..15, 4 bits; a column takes 3, a row 2. The
   values stand 0, 2, 7 and 0 zeros after each other. */
static void names_by_hand(void **state) {
  (void)state;
  check_bits(tacet_format_named(TACET_BITMASK), 3, 5, FIVE, 32, 15);
  check_bits(tacet_format_named(TACET_CSR), 3, 5, FIVE, 32, 4 * 4 + 4 * 3);
  check_bits(tacet_format_named(TACET_CSC), 3, 5, FIVE, 32, 6 * 4 + 4 * 2);
  check_bits(tacet_format_named(TACET_COO), 3, 5, FIVE, 32, 4 * (2 + 3));
  check_bits(tacet_format_named(TACET_RLC), 3, 5, FIVE, 32, 4 * 5);
  check_bits(tacet_format_named(TACET_BITMASK), 2, 2, "00 00", 0, 4);
  check_bits(tacet_format_named(TACET_CSR), 2, 2, "00 00", 0, 3 * 3);
  check_bits(tacet_format_named(TACET_RLC), 2, 2, "00 00", 0, 0);
}

/* Rows that hold something are 2 of 3. A count of 0..5 takes 3 bits. Offsets
   to rows of U are 0..3: 2 bits. */
static void stacks_by_hand(void **state) {
  (void)state;
  check_bits(stack(TACET_FIBER_B, TACET_FIBER_B), 3, 5, FIVE, 32, 3 + 2 * 5);
  check_bits(stack(TACET_FIBER_B, TACET_FIBER_CP), 3, 5, FIVE, 32,
             3 + 2 * 3 + 4 * 3);
  check_bits(stack(TACET_FIBER_CP, TACET_FIBER_U), 3, 5, FIVE, 80, 2 * 2);
  check_bits(stack(TACET_FIBER_UOP, TACET_FIBER_U), 3, 5, FIVE, 80, 4 * 2);
  check_bits(stack(TACET_FIBER_U, TACET_FIBER_CP), 3, 5, FIVE, 32,
             3 * 3 + 4 * 3);
  check_bits(stack(TACET_FIBER_U, TACET_FIBER_B), 3, 5, FIVE, 32, 15);
  check_bits(stack(TACET_FIBER_UOP, TACET_FIBER_UOP), 3, 5, FIVE, 32,
             4 * 2 + 2 * 6 * 3);
}

/* 2:4 along K, the rows: 5 columns of one block of 3 rows. Each takes two
   values and two places of 2 bits. Blocks of 2x2: 2 rows of blocks, 3 in a
   row; those with values are at (0,0), (0,1), (1,0) and (1,1). */
static void blocks_by_hand(void **state) {
  (void)state;
  check_bits(tacet_format_n_of_m(2, 4), 3, 5, FIVE, 5 * 2 * 8, 5 * 2 * 2);
  check_bits(tacet_format_bsr(2, 2), 3, 5, FIVE, 4 * 4 * 8, 3 * 3 + 4 * 2);
  check_bits(tacet_format_bsr(1, 5), 3, 5, FIVE, 2 * 5 * 8, 4 * 2 + 2 * 1);
}

/* Values of 8 bits and runs of 5: 13 bits a pair, 4 in a word of 63 and one;
   words of 16 bits take 47 of bitmask in 3. */
static void words_by_hand(void **state) {
  (void)state;
  tacet_format padded = tacet_format_named(TACET_BITMASK);
  padded.word = 16;
  check_bits(padded, 3, 5, FIVE, 32, 16);
  check_bits(tacet_format_named(TACET_EYERISS_RLC), 3, 5, FIVE, 32, 64 - 32);
  check_bits(tacet_format_named(TACET_EYERISS_RLC), 1, 5, "11111", 40,
             128 - 40);
}

/* Three pairs of 16 and 5 bits, and one bit, in 64 (JSSC 2017). */
static void eyeriss_words(void **state) {
  (void)state;
  const tacet_layer layer = matrix(1, 7);
  tacet_format format = tacet_format_named(TACET_EYERISS_RLC);
  int64_t extent[TACET_MAX_RANKS];
  bind(&format, &layer);
  extents_of(extent, &layer);
  for (int64_t n = 0; n <= 7; n++) {
    const tacet_bits bits = tacet_counted_bits(&format, extent, n, 16);
    assert_true(bits.payload + bits.metadata == (double)((n + 2) / 3 * 64));
  }
}

/* ---- writing and reading back ------------------------------------------- */

enum { STREAMS = TACET_MAX_FIBERS + 1, NUMBERS = 1 << 17 };

typedef struct tape {
  const tacet_format *format;
  int64_t length[TACET_MAX_FIBERS], below[TACET_MAX_FIBERS];
  double bits;
  int written[STREAMS][2], read[STREAMS][2];
  int64_t number[STREAMS][2][NUMBERS];
  unsigned char full[MOST_ROOM]; /* read back, in the format's order */
} tape;

static void record(int stream, bool counts, int64_t number, int bits,
                   void *context) {
  tape *t = context;
  int *written = &t->written[stream][counts];
  assert_true(number >= 0 && (bits > 62 || number >> bits == 0));
  assert_true(*written < NUMBERS);
  t->number[stream][counts][(*written)++] = number;
  t->bits += bits;
}

static int64_t next(tape *t, int stream, bool counts) {
  int *read = &t->read[stream][counts];
  assert_true(*read < t->written[stream][counts]);
  return t->number[stream][counts][(*read)++];
}

static bool varies(const tape *t, int level) {
  return level < t->format->fibers &&
         (t->format->fiber[level].kind == TACET_FIBER_RLE ||
          (t->format->fiber[level].kind == TACET_FIBER_CP &&
           t->format->fiber[level].slots == 0));
}

static void read_fiber(tape *t, int level, int64_t base, int64_t entries);

static void read_below(tape *t, int level, int64_t base, int64_t at) {
  int64_t entries = 0;
  assert_true(at < t->length[level]);
  if (varies(t, level + 1)) entries = next(t, level, true);
  read_fiber(t, level + 1, base + at * t->below[level], entries);
}

static void read_offsets(tape *t, int level, int64_t base) {
  static int64_t offset[TACET_MAX_FIBERS][MOST_ROOM];
  const int64_t length = t->length[level];
  for (int64_t at = 0; at <= length; at++)
    offset[level][at] = next(t, level, false);
  for (int64_t at = 0; at < length; at++) {
    const int64_t entries = offset[level][at + 1] - offset[level][at];
    if (entries > 0)
      read_fiber(t, level + 1, base + at * t->below[level], entries);
  }
}

static void read_fiber(tape *t, int level, int64_t base, int64_t entries) {
  if (level == t->format->fibers) {
    if (next(t, TACET_VALUES, false)) t->full[base] = 1;
    return;
  }
  const tacet_fiber *fiber = &t->format->fiber[level];
  if (fiber->kind == TACET_FIBER_UOP) {
    read_offsets(t, level, base);
    return;
  }
  if (fiber->slots) entries = fiber->slots;
  if (fiber->kind == TACET_FIBER_U || fiber->kind == TACET_FIBER_B)
    entries = t->length[level];
  int64_t after = 0;
  for (int64_t e = 0; e < entries; e++) {
    int64_t at = e;
    if (fiber->kind == TACET_FIBER_CP) at = next(t, level, false);
    if (fiber->kind == TACET_FIBER_RLE) at = after + next(t, level, false);
    if (fiber->kind == TACET_FIBER_B && !next(t, level, false)) continue;
    read_below(t, level, base, at);
    after = at + 1;
  }
}

/* The outermost fiber ends where its numbers do. */
static void read_back(tape *t) {
  int64_t entries = 0;
  if (varies(t, 0)) entries = t->written[0][0];
  read_fiber(t, 0, 0, entries);
  for (int s = 0; s < STREAMS; s++)
    for (int c = 0; c < 2; c++)
      assert_int_equal(t->read[s][c], t->written[s][c]);
}

/* Widths that are given can be too narrow: not here, but for runs. */
static void widen(tacet_format *format) {
  for (int i = 0; i < format->fibers; i++) {
    format->fiber[i].payload_bits = TACET_DERIVED;
    if (format->fiber[i].kind != TACET_FIBER_RLE)
      format->fiber[i].metadata_bits = TACET_DERIVED;
  }
}

static double count_bits(const tacet_format *format, const int64_t *extent,
                         int ranks, const unsigned char *full,
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

static void write_and_read(uint64_t *random, tacet_encoding *encoding) {
  static tape t;
  static unsigned char full[MOST_CELLS], sorted[MOST_ROOM], again[MOST_ROOM];
  const int64_t size[] = {
      random_between(random, 1, 7), random_between(random, 1, 9),
      random_between(random, 1, 4), random_between(random, 1, 5)};
  const tacet_layer layer = convolution(size);
  const int ranks = layer.tensor[TACET_WEIGHT].ranks;
  const int64_t percent = random_between(random, 0, 10) * 10;
  tacet_format format = random_format(random, &layer, TACET_WEIGHT);
  tacet_grid_cells cells = {.full = full, .sorted = sorted};
  if (format.fibers == 0) return;
  widen(&format);
  bind(&format, &layer);
  extents_of(cells.extent, &layer);
  const int64_t room = tacet_encode_room(&format, cells.extent);
  assert_true(room <= MOST_ROOM);
  for (int64_t i = 0; i < size[0] * size[1] * size[2] * size[3]; i++)
    full[i] = random_between(random, 1, 100) <= percent;

  memset(&t.written, 0, sizeof t.written);
  memset(&t.read, 0, sizeof t.read);
  memset(t.full, 0, sizeof t.full);
  t.format = &format;
  t.bits = 0;
  int64_t below = 1;
  for (int i = format.fibers - 1; i >= 0; i--) {
    t.length[i] = tacet_fiber_length(&format.fiber[i], cells.extent);
    t.below[i] = below;
    below *= t.length[i];
  }
  const tacet_bits bits = tacet_encode(&format, &cells, ranks, 8, record, &t);
  memcpy(again, sorted, (size_t)room);
  read_back(&t);
  assert_memory_equal(t.full, again, (size_t)room);
  if (format.word == 0) assert_true(bits.payload + bits.metadata == t.bits);
  assert_true(bits.payload + bits.metadata >= t.bits);
  assert_true(count_bits(&format, cells.extent, ranks, full, encoding) ==
              bits.payload + bits.metadata);
}

static void what_is_written_can_be_read(void **state) {
  (void)state;
  uint64_t random = environment_number("TACET_SEED", 2016);
  const uint64_t cases = environment_number("TACET_CASES", 5000);
  tacet_encoding encoding;
  assert_int_equal(tacet_encoding_make(&encoding, MOST_CELLS, NULL), TACET_OK);
  printf("seed %llu, %llu cases\n", (unsigned long long)random,
         (unsigned long long)cases);
  for (uint64_t i = 0; i < cases; i++) write_and_read(&random, &encoding);
  tacet_encoding_free(&encoding);
}

/* ---- expected sizes ----------------------------------------------------- */

/* Sets `nonzeros` of elements to 1 (Floyd's sampling). */
static void draw(unsigned char *values, int64_t elements, int64_t nonzeros,
                 uint64_t *random) {
  memset(values, 0, (size_t)elements);
  for (int64_t last = elements - nonzeros; last < elements; last++) {
    const int64_t chosen = random_between(random, 0, last);
    values[values[chosen] ? last : chosen] = 1;
  }
}

/* Every coordinate of every fiber has the same number of elements. */
static bool is_even(const tacet_format *format, const int64_t *extent,
                    int ranks) {
  int64_t cells = 1;
  for (int r = 0; r < ranks; r++) cells *= extent[r];
  return tacet_encode_room(format, extent) == cells;
}

/* The size depends on the number of non-zeros only. */
static bool is_simple(const tacet_format *format) {
  return format->fibers == 1 && format->fiber[0].kind != TACET_FIBER_RLE;
}

static void expect_drawn(uint64_t *random, tacet_encoding *encoding) {
  enum { DRAWS = 400 };
  static unsigned char values[MOST_CELLS];
  const int64_t size[] = {4 * random_between(random, 1, 2), 4,
                          random_between(random, 1, 3), 4};
  const tacet_layer layer = convolution(size);
  const int ranks = layer.tensor[TACET_WEIGHT].ranks;
  const int64_t cells = size[0] * size[1] * size[2] * size[3];
  const int64_t elements = cells * random_between(random, 1, 3);
  const int64_t nonzeros = random_between(random, 0, elements);
  int64_t extent[TACET_MAX_RANKS];
  tacet_format format = random_format(random, &layer, TACET_WEIGHT);
  extents_of(extent, &layer);
  bind(&format, &layer);
  if (format.fibers == 0 || !is_even(&format, extent, ranks)) return;
  double sum = 0, squares = 0;
  for (int i = 0; i < DRAWS; i++) {
    draw(values, elements, nonzeros, random);
    const double bits = count_bits(&format, extent, ranks, values, encoding);
    sum += bits;
    squares += bits * bits;
  }
  const double mean = sum / DRAWS;
  const double variance = fmax(0, squares / DRAWS - mean * mean);
  const double deviation = sqrt(variance / DRAWS);
  const tacet_contents contents = {.elements = (double)cells,
                                   .nonzeros = (double)(cells * nonzeros) /
                                               (double)elements,
                                   .model = {elements, nonzeros}};
  const tacet_bits bits = tacet_expected_bits(&format, extent, &contents, 8);
  const double expected = bits.payload + bits.metadata;
  /* What is rarer than one in many draws; and storage words, whose expectation
     is over the non-zeros alone. */
  double slack = 5e-4 * (1 + mean);
  if (format.word)
    slack += (is_simple(&format) ? 0.02 : 0.5) * (double)format.word;
  if (fabs(mean - expected) <= 4.5 * deviation + slack) return;
  char text[TACET_FORMAT_TEXT];
  tacet_format_text(text, sizeof text, &format);
  fail_msg("%s, %lld of %lld, grid of %lld: expected %.3f, drawn %.3f +- %.3f",
           text, (long long)nonzeros, (long long)elements, (long long)cells,
           expected, mean, deviation);
}

static void expectations_are_means_of_draws(void **state) {
  (void)state;
  uint64_t random = environment_number("TACET_SEED", 2017);
  const uint64_t cases = environment_number("TACET_CASES", 500);
  tacet_encoding encoding;
  assert_int_equal(tacet_encoding_make(&encoding, MOST_CELLS, NULL), TACET_OK);
  printf("seed %llu, %llu cases\n", (unsigned long long)random,
         (unsigned long long)cases);
  for (uint64_t i = 0; i < cases; i++) expect_drawn(&random, &encoding);
  tacet_encoding_free(&encoding);
}

/* Entries of run-length coding of the first `cells` of `set`. */
static int runs_of(unsigned set, int cells, int run_bits) {
  int entries = 0, zeros = 0;
  for (int cell = 0; cell < cells; cell++) {
    if (!(set >> cell & 1)) {
      zeros++;
      continue;
    }
    while (zeros >= 1 << run_bits) {
      entries++;
      zeros -= 1 << run_bits;
    }
    entries++;
    zeros = 0;
  }
  return entries;
}

static void check_arrangements(int elements, int nonzeros, int cells,
                               int run_bits) {
  int64_t entries = 0, arrangements = 0;
  for (unsigned set = 0; set < 1u << elements; set++) {
    if (__builtin_popcount(set) != nonzeros) continue;
    entries += runs_of(set, cells, run_bits);
    arrangements++;
  }
  const double mean = (double)entries / (double)arrangements;
  const double expected = tacet_rle_expected_entries(
      cells, 1, run_bits, (tacet_uniform){elements, nonzeros});
  if (fabs(mean - expected) > 1e-12 * (1 + mean))
    fail_msg("%d of %d cells, %d non-zeros, %d bits: %.15g, not %.15g", cells,
             elements, nonzeros, run_bits, expected, mean);
}

static void runs_expect_the_mean_of_arrangements(void **state) {
  (void)state;
  for (int elements = 1; elements <= 11; elements++)
    for (int nonzeros = 0; nonzeros <= elements; nonzeros++)
      for (int cells = 0; cells <= elements; cells++)
        for (int run_bits = 0; run_bits <= 3; run_bits++)
          check_arrangements(elements, nonzeros, cells, run_bits);
}

/* ---- ranks -------------------------------------------------------------- */

static void check_fibers(tacet_format format, const char *expected) {
  const tacet_layer layer = convolution((int64_t[]){2, 3, 4, 5});
  char text[64] = "";
  bind(&format, &layer);
  for (int i = 0; i < format.fibers; i++) {
    if (i) strcat(text, " ");
    for (int k = 0; k < format.fiber[i].ranks; k++)
      strcat(text,
             layer.tensor[TACET_WEIGHT].rank[format.fiber[i].rank[k]].name);
  }
  assert_string_equal(text, expected);
}

static void fibers_take_ranks(void **state) {
  (void)state;
  tacet_format format = {.name = TACET_STACK, .fibers = 1};
  check_fibers(format, "GKCRS");
  format.fibers = 2;
  check_fibers(format, "GK CRS");
  format.fibers = 3;
  check_fibers(format, "GKC R S");
  format.outer_first = true;
  check_fibers(format, "G K CRS");
  format.fibers = 6;
  check_fibers(format, "G K C R S");
  format.outer_first = false;
  format.fibers = 3;
  format.fiber[0].along = TACET_ALONG_NAMED;
  strcpy(format.fiber[0].name, "SCY");
  check_fibers(format, "SC GK R");
  check_fibers(tacet_format_named(TACET_CSC), "CRS GK");
  check_fibers(tacet_format_n_of_m(2, 4), "GKRS C C");
}

static void ranks_without_a_fiber_are_refused(void **state) {
  (void)state;
  const tacet_layer layer = convolution((int64_t[]){2, 3, 1, 5});
  tacet_format format = {.name = TACET_STACK, .fibers = 1};
  tacet_error error;
  format.fiber[0].kind = TACET_FIBER_CP;
  format.fiber[0].along = TACET_ALONG_NAMED;
  strcpy(format.fiber[0].name, "KC");
  assert_int_equal(tacet_format_bind(&format, &layer, TACET_WEIGHT, &error),
                   TACET_BAD_INPUT);
  assert_non_null(strstr(error.message, "rank S"));
  strcpy(format.fiber[0].name, "KCS"); /* G and R have one coordinate */
  assert_int_equal(tacet_format_bind(&format, &layer, TACET_WEIGHT, &error),
                   TACET_OK);
  format.fiber[0].cut = TACET_CUT_BLOCKS;
  format.fiber[0].block = 2;
  assert_int_equal(tacet_format_bind(&format, &layer, TACET_WEIGHT, &error),
                   TACET_BAD_INPUT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_by_hand),
      cmocka_unit_test(stacks_by_hand),
      cmocka_unit_test(blocks_by_hand),
      cmocka_unit_test(words_by_hand),
      cmocka_unit_test(eyeriss_words),
      cmocka_unit_test(what_is_written_can_be_read),
      cmocka_unit_test(expectations_are_means_of_draws),
      cmocka_unit_test(runs_expect_the_mean_of_arrangements),
      cmocka_unit_test(fibers_take_ranks),
      cmocka_unit_test(ranks_without_a_fiber_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
