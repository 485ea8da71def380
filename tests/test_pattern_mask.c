/* Masks drawn from patterns, against what the patterns say of boxes.

   A mean of n = 1,000 counts may be off by z standard errors and, as
   Bernstein's inequality allows, by z*z/3 steps more (an element, or a block:
   what one choice adds). A chance that is p may show as q if n KL(q|p) is at
   most z*z/2 (Chernoff). With z = 6, one true value fails with probability
   below 3e-8, and with a new seed one of the 7,200 here below 2.2e-4. For the
   variance the same z stands beside the standard error of a sum of
   independent steps, whose excess kurtosis is at most step^2 / variance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "pattern_cases.h"

enum { MASKS = 1000, BOXES = 20 };

static const double z = 6;

/* ---- models ------------------------------------------------------------- */

typedef tacet_pattern make_pattern(uint64_t *random,
                                   const tacet_tensor *tensor);

static double random_density(uint64_t *random) {
  return (double)random_between(random, 1, 19) / 20;
}

static int some_rank(uint64_t *random, const tacet_tensor *tensor) {
  return (int)random_between(random, 0, tensor->ranks - 1);
}

static tacet_pattern make_uniform(uint64_t *random,
                                  const tacet_tensor *tensor) {
  return tacet_pattern_uniform(tensor, random_density(random));
}

static tacet_pattern make_batch(uint64_t *random, const tacet_tensor *tensor) {
  tacet_pattern pattern =
      tacet_pattern_uniform(tensor, random_density(random) / 4);
  pattern.as.blocks.draws = random_between(random, 2, 5);
  return pattern;
}

static tacet_pattern make_blocks(uint64_t *random, const tacet_tensor *tensor) {
  int64_t block[TACET_MAX_RANKS];
  for (int r = 0; r < tensor->ranks; r++)
    block[r] = random_between(random, 1, 3);
  tacet_pattern pattern =
      tacet_pattern_blocks(tensor, block, random_density(random));
  pattern.as.blocks.draws = random_between(random, 1, 2);
  return pattern;
}

static tacet_pattern make_channels(uint64_t *random,
                                   const tacet_tensor *tensor) {
  return tacet_pattern_slices(tensor, some_rank(random, tensor),
                              random_density(random));
}

static tacet_pattern make_n_of_m(uint64_t *random, const tacet_tensor *tensor) {
  return random_n_of_m(random, tensor, some_rank(random, tensor));
}

static tacet_pattern make_densities(uint64_t *random,
                                    const tacet_tensor *tensor) {
  return random_densities(random, tensor, some_rank(random, tensor));
}

/* ---- what was drawn ----------------------------------------------------- */

typedef struct drawn {
  tensor_box box;
  double sum, squares; /* of counts, of their distance from the mean */
  int empties, least, most;
} drawn;

static int count_box(const tacet_mask *mask, const tensor_box *b) {
  int count = 0;
  int64_t at[TACET_MAX_RANKS];
  for (box_first(b, at, mask->ranks); at[0] >= 0;
       box_next(b, at, mask->ranks)) {
    int64_t element = 0;
    for (int r = 0; r < mask->ranks; r++)
      element = element * mask->size[r] + at[r];
    count += tacet_mask_test(mask, element);
  }
  return count;
}

static void add_count(drawn *d, int count, double mean) {
  d->sum += count;
  d->squares += (count - mean) * (count - mean);
  d->empties += count == 0;
  if (count < d->least) d->least = count;
  if (count > d->most) d->most = count;
}

/* Elements of the box that one choice keeps or loses together. */
static double largest_step(const tacet_pattern *pattern, const tensor_box *b) {
  double step = 1;
  if (pattern->kind != TACET_BLOCKS) return step;
  for (int r = 0; r < pattern->ranks; r++)
    step *= fmin((double)pattern->as.blocks.block[r], (double)b->length[r]);
  return step;
}

/* ---- judging ------------------------------------------------------------ */

static double divergence_part(double q, double p) {
  return q > 0 ? q * log(q / p) : 0;
}

static bool plausible_chance(double q, double p) {
  if (p <= 0 || p >= 1) return q == p;
  const double divergence =
      divergence_part(q, p) + divergence_part(1 - q, 1 - p);
  return MASKS * divergence <= z * z / 2;
}

static bool plausible(const drawn *d, const tacet_occupancy *told, double empty,
                      double step) {
  const double variance = told->variance;
  const double mean_off = fabs(d->sum / MASKS - told->nonzeros);
  const double variance_off = fabs(d->squares / MASKS - variance);
  const double kurtosis_term = variance * (2 * variance + step * step);
  if (told->exact)
    return d->least == told->nonzeros && d->most == told->nonzeros;
  return mean_off <= z * sqrt(variance / MASKS) + z * z * step / 3 / MASKS &&
         variance_off <= z * sqrt(kurtosis_term / MASKS) +
                             z * z * (variance + step * step) / MASKS &&
         plausible_chance((double)d->empties / MASKS, empty);
}

static void judge(const tacet_pattern *pattern, const drawn *d) {
  const tacet_occupancy told =
      tacet_pattern_box(pattern, d->box.start, d->box.length);
  const double empty =
      tacet_pattern_empty(pattern, d->box.start, d->box.length);
  if (!plausible(d, &told, empty, largest_step(pattern, &d->box)))
    fail_msg("mean %g drawn, %g told; variance %g, %g; empty %g, %g; "
             "counts %d to %d",
             d->sum / MASKS, told.nonzeros, d->squares / MASKS, told.variance,
             (double)d->empties / MASKS, empty, d->least, d->most);
}

static void draw_and_judge(const tacet_pattern *pattern,
                           const tacet_tensor *tensor, uint64_t *random) {
  drawn d[BOXES];
  double mean[BOXES];
  for (int i = 0; i < BOXES; i++) {
    d[i] = (drawn){.box = random_box(random, tensor), .least = 1 << 30};
    mean[i] =
        tacet_pattern_box(pattern, d[i].box.start, d[i].box.length).nonzeros;
  }
  for (int k = 0; k < MASKS; k++) {
    tacet_mask mask;
    tacet_error error;
    assert_int_equal(
        tacet_pattern_mask(&mask, pattern, tensor, next_random(random), &error),
        TACET_OK);
    for (int i = 0; i < BOXES; i++)
      add_count(&d[i], count_box(&mask, &d[i].box), mean[i]);
    tacet_mask_free(&mask);
  }
  for (int i = 0; i < BOXES; i++) judge(pattern, &d[i]);
}

static void check_model(make_pattern *make) {
  const uint64_t seed = environment_number("TACET_SEED", 5);
  const uint64_t cases = environment_number("TACET_CASES", 20);
  uint64_t random = seed;
  printf("seed %llu\n", (unsigned long long)seed);
  for (uint64_t i = 0; i < cases; i++) {
    const tacet_tensor tensor = random_tensor(&random, 14);
    tacet_pattern pattern = make(&random, &tensor);
    draw_and_judge(&pattern, &tensor, &random);
    tacet_pattern_free(&pattern);
  }
}

static void uniform(void **state) {
  (void)state;
  check_model(make_uniform);
}

static void batches(void **state) {
  (void)state;
  check_model(make_batch);
}

static void blocks(void **state) {
  (void)state;
  check_model(make_blocks);
}

static void channels(void **state) {
  (void)state;
  check_model(make_channels);
}

static void n_of_m(void **state) {
  (void)state;
  check_model(make_n_of_m);
}

static void densities(void **state) {
  (void)state;
  check_model(make_densities);
}

/* ---- seeds and shapes --------------------------------------------------- */

static void same_seed_same_mask(void **state) {
  (void)state;
  const tacet_tensor tensor = {
      .name = "weight",
      .ranks = 2,
      .rank = {{.name = "K", .size = 40}, {.name = "C", .size = 30}}};
  const tacet_pattern pattern = tacet_pattern_uniform(&tensor, 0.5);
  tacet_mask mask[3];
  tacet_error error;
  const uint64_t seed[] = {1, 1, 2};
  for (int i = 0; i < 3; i++)
    assert_int_equal(
        tacet_pattern_mask(&mask[i], &pattern, &tensor, seed[i], &error),
        TACET_OK);
  const size_t bytes = (1200 + 63) / 64 * 8;
  assert_memory_equal(mask[0].bits, mask[1].bits, bytes);
  assert_memory_not_equal(mask[0].bits, mask[2].bits, bytes);
  assert_int_equal(mask[2].nonzeros, 600);
  for (int i = 0; i < 3; i++) tacet_mask_free(&mask[i]);
}

static void refuses_other_shapes(void **state) {
  (void)state;
  tacet_tensor tensor = {
      .name = "weight", .ranks = 1, .rank = {{.name = "K", .size = 40}}};
  const tacet_pattern pattern = tacet_pattern_uniform(&tensor, 0.5);
  tacet_mask mask;
  tacet_error error;
  tensor.rank[0].size = 41;
  assert_int_equal(tacet_pattern_mask(&mask, &pattern, &tensor, 1, &error),
                   TACET_BAD_INPUT);
  assert_non_null(strstr(error.message, "weight"));
  assert_null(mask.bits);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(uniform),
      cmocka_unit_test(batches),
      cmocka_unit_test(blocks),
      cmocka_unit_test(channels),
      cmocka_unit_test(n_of_m),
      cmocka_unit_test(densities),
      cmocka_unit_test(same_seed_same_mask),
      cmocka_unit_test(refuses_other_shapes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
