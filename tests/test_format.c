/* Formats by hand: their sizes, and the ranks that their fibers take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "hand_formats.h"

/* ---- sizes by hand ------------------------------------------------------ */

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
      cmocka_unit_test(fibers_take_ranks),
      cmocka_unit_test(ranks_without_a_fiber_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
