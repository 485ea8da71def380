/* Formats: expected sizes against the means of drawn and of all
   arrangements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "hand_formats.h"

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
  uint64_t random = 2017, cases = 500;
  tacet_encoding encoding;
  assert_int_equal(tacet_encoding_make(&encoding, MOST_CELLS, NULL), TACET_OK);
  ask_for_cases(&random, &cases);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(expectations_are_means_of_draws),
      cmocka_unit_test(runs_expect_the_mean_of_arrangements),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
