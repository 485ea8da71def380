/* Sizes of formats: by hand, by encoding, and RLC's expectation by trying
   every arrangement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../sparse/format.h"
#include "cases.h"

/* ---- bits --------------------------------------------------------------- */

static void check_bits(tacet_format format, int64_t rows, int64_t columns,
                       double entries, double payload, double metadata) {
  const tacet_bits bits =
      tacet_format_bits(format, (tacet_grid){rows, columns}, entries, 8);
  if (bits.payload != payload || bits.metadata != metadata)
    printf("%s: %g and %g bits\n", tacet_format_names[format], bits.payload,
           bits.metadata);
  assert_true(bits.payload == payload);
  assert_true(bits.metadata == metadata);
}

/* 3 rows of 5 columns, 4 entries of 8 bits: an offset is 0..15, 4 bits; a
   column 3 bits, a row 2 bits. */
static void bits_by_hand(void **state) {
  (void)state;
  check_bits(TACET_UNCOMPRESSED, 3, 5, 13, 13 * 8, 0);
  check_bits(TACET_BITMASK, 3, 5, 4, 4 * 8, 15);
  check_bits(TACET_CSR, 3, 5, 4, 4 * 8, 4 * 4 + 4 * 3);
  check_bits(TACET_CSC, 3, 5, 4, 4 * 8, 6 * 4 + 4 * 2);
  check_bits(TACET_COO, 3, 5, 4, 4 * 8, 4 * (2 + 3));
  check_bits(TACET_RLC, 3, 5, 4, 4 * 8, 4 * 5);
}

/* Powers of two and one more: 16 offsets take 4 bits, 17 take 5. */
static void bits_at_powers_of_two(void **state) {
  (void)state;
  check_bits(TACET_CSR, 1, 15, 1, 8, 2 * 4 + 4);
  check_bits(TACET_CSR, 1, 16, 1, 8, 2 * 5 + 4);
  check_bits(TACET_CSR, 1, 17, 1, 8, 2 * 5 + 5);
  check_bits(TACET_COO, 1, 1, 1, 8, 2);
  check_bits(TACET_COO, INT64_C(1) << 52, 2, 1, 8, 53);
}

static void bits_at_the_ends(void **state) {
  (void)state;
  for (int format = 0; format < TACET_FORMATS; format++) {
    check_bits((tacet_format)format, 0, 5, 0, 0, 0);
    check_bits((tacet_format)format, 3, 0, 0, 0, 0);
  }
  check_bits(TACET_BITMASK, 3, 5, 0, 0, 15);
  check_bits(TACET_CSR, 3, 5, 0, 0, 16);
  check_bits(TACET_COO, 3, 5, 0, 0, 0);
  check_bits(TACET_RLC, 3, 5, 1.5, 12, 7.5);
}

static void names(void **state) {
  (void)state;
  for (int format = 0; format < TACET_FORMATS; format++)
    assert_non_null(tacet_format_names[format]);
  assert_null(tacet_format_names[TACET_FORMATS]);
}

/* ---- RLC by encoding ---------------------------------------------------- */

enum { MOST_CELLS = 1000 };

typedef struct rlc_entry {
  int run;
  unsigned char value;
} rlc_entry;

static int test_cell(int64_t cell, void *context) {
  const unsigned char *cells = context;
  return cells[cell] != 0;
}

/* Writes entries as a stream would and drops those after the last non-zero;
   returns their number. */
static int encode(rlc_entry *entries, const unsigned char *cells, int count,
                  int run_bits) {
  const int longest = (1 << run_bits) - 1;
  int written = 0, kept = 0, run = 0;
  for (int cell = 0; cell < count; cell++) {
    if (cells[cell] == 0 && run < longest) {
      run++;
      continue;
    }
    entries[written++] = (rlc_entry){run, cells[cell]};
    run = 0;
    if (cells[cell] != 0) kept = written;
  }
  return kept;
}

static void decode(unsigned char *cells, const rlc_entry *entries, int count) {
  memset(cells, 0, MOST_CELLS);
  int cell = 0;
  for (int e = 0; e < count; e++) {
    cell += entries[e].run;
    cells[cell++] = entries[e].value;
  }
}

static void rlc_encodes(void **state) {
  (void)state;
  uint64_t random = environment_number("TACET_SEED", 2016);
  const uint64_t cases = environment_number("TACET_CASES", 2000);
  printf("seed %llu, %llu cases\n", (unsigned long long)random,
         (unsigned long long)cases);
  for (uint64_t i = 0; i < cases; i++) {
    static const int percents[] = {0, 1, 5, 30, 80, 100};
    unsigned char cells[MOST_CELLS] = {0}, decoded[MOST_CELLS];
    rlc_entry entries[MOST_CELLS];
    const int count = (int)random_between(&random, 0, MOST_CELLS);
    const int run_bits = (int)random_between(&random, 1, 6);
    const int percent = percents[random_between(&random, 0, 5)];
    for (int cell = 0; cell < count; cell++)
      if (random_between(&random, 0, 99) < percent)
        cells[cell] = (unsigned char)random_between(&random, 1, 255);
    const int written = encode(entries, cells, count, run_bits);
    decode(decoded, entries, written);
    assert_memory_equal(decoded, cells, MOST_CELLS);
    assert_int_equal(tacet_rlc_entries(count, run_bits, test_cell, cells),
                     written);
  }
}

/* ---- RLC's expectation -------------------------------------------------- */

/* Mean entries of the first `cells` of `elements` over every arrangement of
   `nonzeros`. */
static double mean_of_arrangements(int cells, int run_bits, int elements,
                                   int nonzeros) {
  int64_t entries = 0, arrangements = 0;
  for (unsigned set = 0; set < 1u << elements; set++) {
    unsigned char values[16];
    if (__builtin_popcount(set) != nonzeros) continue;
    for (int e = 0; e < elements; e++) values[e] = set >> e & 1;
    entries += tacet_rlc_entries(cells, run_bits, test_cell, values);
    arrangements++;
  }
  return (double)entries / (double)arrangements;
}

static void rlc_expects_the_mean_of_arrangements(void **state) {
  (void)state;
  for (int elements = 1; elements <= 11; elements++)
    for (int nonzeros = 0; nonzeros <= elements; nonzeros++)
      for (int cells = 0; cells <= elements; cells++)
        for (int run_bits = 1; run_bits <= 3; run_bits++) {
          const double mean =
              mean_of_arrangements(cells, run_bits, elements, nonzeros);
          const double expected =
              tacet_rlc_expected_entries(cells, run_bits, elements, nonzeros);
          if (fabs(mean - expected) > 1e-12 * (1 + mean))
            printf("%d of %d cells, %d non-zeros, %d bits: %.15g, not %.15g\n",
                   cells, elements, nonzeros, run_bits, expected, mean);
          assert_true(fabs(mean - expected) <= 1e-12 * (1 + mean));
        }
}

/* Sets `nonzeros` of elements to 1 (Floyd's sampling). */
static void draw(unsigned char *values, int elements, int nonzeros,
                 uint64_t *random) {
  memset(values, 0, (size_t)elements);
  for (int last = elements - nonzeros; last < elements; last++) {
    const int64_t chosen = random_between(random, 0, last);
    values[values[chosen] ? last : chosen] = 1;
  }
}

static void rlc_expects_the_mean_of_draws(void **state) {
  (void)state;
  enum { ELEMENTS = 3000, CELLS = 900, DRAWS = 4000 };
  uint64_t random = environment_number("TACET_SEED", 2017);
  printf("seed %llu, %d draws\n", (unsigned long long)random, DRAWS);
  for (int nonzeros = 3; nonzeros <= 300; nonzeros *= 10) {
    static unsigned char values[ELEMENTS];
    double sum = 0, squares = 0;
    for (int i = 0; i < DRAWS; i++) {
      draw(values, ELEMENTS, nonzeros, &random);
      const double entries = (double)tacet_rlc_entries(
          CELLS, TACET_RLC_RUN_BITS, test_cell, values);
      sum += entries;
      squares += entries * entries;
    }
    const double mean = sum / DRAWS;
    const double deviation = sqrt((squares / DRAWS - mean * mean) / DRAWS);
    const double expected = tacet_rlc_expected_entries(
        CELLS, TACET_RLC_RUN_BITS, ELEMENTS, nonzeros);
    printf("%d non-zeros: expected %.3f, drawn %.3f +- %.3f\n", nonzeros,
           expected, mean, deviation);
    assert_true(fabs(mean - expected) < 4.5 * deviation);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bits_by_hand),
      cmocka_unit_test(bits_at_powers_of_two),
      cmocka_unit_test(bits_at_the_ends),
      cmocka_unit_test(names),
      cmocka_unit_test(rlc_encodes),
      cmocka_unit_test(rlc_expects_the_mean_of_arrangements),
      cmocka_unit_test(rlc_expects_the_mean_of_draws),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
