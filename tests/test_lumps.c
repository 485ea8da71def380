/* What models expect where rules above L1 leave whole PEs without work: by
   pencil, and against the mean over masks drawn from the models. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "cases.h"
#include "hand_sparse.h"
#include "pattern_cases.h"

static void know_zeros(hand *h) {
  for (int t = 0; t < TACET_OUTPUT; t++)
    for (int s = AT_L2; s <= AT_L1; s++)
      h->features.format[s][t] = tacet_format_named(TACET_BITMASK);
}

static void read_slots(double *slots, double *macs, hand *h) {
  tacet_error error;
  assert_int_equal(tacet_read_sparse(&h->counts, &h->timeline, &h->nest,
                                     &h->accelerator, &h->features,
                                     &h->sparsity, &error),
                   TACET_OK);
  *slots = h->counts.busiest;
  *macs = h->counts.macs.actual;
}

static double expected_slots(hand *h, double weight, double input) {
  double slots, macs;
  know_zeros(h);
  h->sparsity.tensor[TACET_WEIGHT] = (tacet_zeros){.density = weight};
  h->sparsity.tensor[TACET_INPUT] = (tacet_zeros){.density = input};
  read_slots(&slots, &macs, h);
  return slots;
}

static void check_near(double found, double expected, double tolerance) {
  if (fabs(found - expected) > tolerance * expected)
    fail_msg("%.10g slots instead of %.10g", found, expected);
}

/* ---- by pencil ---------------------------------------------------------- */

/* 256 PEs with 9 weights each: there is always one that has some. */
static void busiest_of_many_filters(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.K = 64, shape.C = 32, shape.R = shape.S = 3, shape.Y = shape.X = 18;
  tacet_nest nest = nest_of(&shape);
  spatial(&nest, "K", 1, 64, 16);
  temporal(&nest, "C", 16, 2);
  temporal(&nest, "P", 1, 16);
  temporal(&nest, "Q", 1, 16);
  spatial(&nest, "C", 1, 16, 16);
  for (double density = 0.01; density < 1; density *= 10) {
    hand h;
    begin(&h, &nest);
    add_rule(&h, AT_L2, true, TACET_INPUT, true, false);
    check_near(expected_slots(&h, density, 1), 4 * 2 * 16 * 16 * 9, 1e-6);
    end(&h);
  }
}

/* Nor does a search for pairs find all PEs without weights in a step, even if
   each zero frees its slot. */
static void search_of_many_filters(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 1, 1024);
  temporal(&nest, "K", 512, 2);
  spatial(&nest, "K", 2, 256, 256);
  hand h;
  begin(&h, &nest);
  add_rule(&h, AT_L2, true, TACET_INPUT, true, false);
  add_rule(&h, AT_COMPUTE, true, 0, true, true);
  h.accelerator.intersection =
      (tacet_intersection){.examined = TACET_EXAMINES_PAIRS, .width = 1};
  h.accelerator.l1_bandwidth = 100;
  expected_slots(&h, 0.1, 0.01);
  check_near(h.timeline.compute, 2 * 2, 1e-6);
  end(&h);
}

/* Of 16 rows of PEs each has one word, a quarter of the words are not zero:
   whether it is seen as a tile or as an element. */
static void tile_of_one_word(void **state) {
  (void)state;
  tacet_nest nest = gemm(64, 64, 64);
  spatial(&nest, "N", 1, 64, 16);
  temporal(&nest, "K", 16, 4);
  temporal(&nest, "M", 1, 64);
  spatial(&nest, "K", 1, 16, 16);
  for (int element = 0; element <= 1; element++) {
    hand h;
    begin(&h, &nest);
    add_rule(&h, AT_L2, true, TACET_INPUT, false, true);
    h.features.rule[0].element = element;
    check_near(expected_slots(&h, 1, 0.25), 1024 * (1 - pow(0.75, 16)), 1e-3);
    end(&h);
  }
}

/* Hardly a step has any pair: of 16 indices that meet 32 columns and 64 rows.
   Those that have one rarely have two in one PE. */
static void hardly_any_pairs(void **state) {
  (void)state;
  tacet_nest nest = gemm(512, 512, 512);
  spatial(&nest, "M", 4, 128, 16);
  temporal(&nest, "N", 32, 16);
  temporal(&nest, "K", 16, 32);
  spatial(&nest, "N", 4, 8, 8);
  hand h;
  begin(&h, &nest);
  add_rule(&h, AT_L2, true, TACET_WEIGHT, false, true);
  add_rule(&h, AT_L2, true, TACET_INPUT, true, false);
  add_rule(&h, AT_COMPUTE, true, 0, true, true);
  const double index = (1 - pow(0.998, 32)) * (1 - pow(0.998, 64));
  check_near(expected_slots(&h, 0.002, 0.002),
             8 * 16 * 32 * (1 - pow(1 - index, 16)), 0.01);
  end(&h);
}

/* A last tile of one is emptier than the others: two of four MACs are in tiles
   of two weights, of which 2/3 * 1/2 of the pairs are zero. */
static void smaller_last_tile(void **state) {
  (void)state;
  tacet_nest nest = gemm(1, 1, 3);
  temporal(&nest, "K", 2, 2);
  hand h;
  begin(&h, &nest);
  add_rule(&h, AT_L2, true, TACET_INPUT, true, false);
  check_near(expected_slots(&h, 1. / 3, 1), 2 * (2. / 3) + 1. / 3, 1e-9);
  end(&h);
}

/* ---- against masks ------------------------------------------------------ */

enum { DRAWS = 50 };

static int64_t power_of_two(uint64_t *r, int most) {
  return INT64_C(1) << random_between(r, 0, most);
}

/* Tiles of one size on PEs along one or two dimensions. */
static tacet_nest random_nest(uint64_t *r) {
  static const char *const dims[] = {"M", "N", "K"};
  int64_t tile[3], units[3], folds[3];
  for (int d = 0; d < 3; d++) {
    tile[d] = power_of_two(r, 2);
    units[d] = random_between(r, 0, 2) ? power_of_two(r, 3) : 1;
    folds[d] = power_of_two(r, 2);
  }
  tacet_nest nest =
      gemm(tile[0] * units[0] * folds[0], tile[1] * units[1] * folds[1],
           tile[2] * units[2] * folds[2]);
  const int first = (int)random_between(r, 0, 2);
  for (int i = 0; i < 3; i++) {
    const int d = (first + i) % 3;
    if (folds[d] > 1) temporal(&nest, dims[d], tile[d] * units[d], folds[d]);
  }
  for (int d = 0; d < 3; d++)
    if (units[d] > 1) spatial(&nest, dims[d], tile[d], units[d], units[d]);
  return nest;
}

static void add_random_rules(hand *h, uint64_t *r) {
  const int64_t rules = random_between(r, 1, 2);
  for (int64_t i = 0; i < rules; i++) {
    const int64_t on = random_between(r, 1, 3);
    add_rule(h, AT_L2, true, (int)random_between(r, 0, 1), on & 1, on >> 1);
    h->features.rule[i].element = random_between(r, 0, 2) == 0;
  }
  if (random_between(r, 0, 2) > 0) return;
  const int64_t on = random_between(r, 1, 3);
  add_rule(h, AT_COMPUTE, true, 0, on & 1, on >> 1);
}

typedef struct sample {
  double slots, squares, macs, macs_squares;
} sample;

static void draw(sample *s, hand *h, const tacet_pattern pattern[TACET_OUTPUT],
                 uint64_t seed) {
  double slots, macs;
  for (int t = 0; t < TACET_OUTPUT; t++) tacet_mask_free(&h->mask[t]);
  draw_operands(&h->sparsity, h->mask, pattern, h->nest.layer, seed);
  read_slots(&slots, &macs, h);
  s->slots += slots / DRAWS;
  s->squares += slots * slots / DRAWS;
  s->macs += macs / DRAWS;
  s->macs_squares += macs * macs / DRAWS;
}

/* How far `expected` is off, over the mean, beyond 4 deviations of it. */
static double off(double expected, double mean, double squares) {
  const double deviation = sqrt(fmax(0, squares - mean * mean) / DRAWS);
  return fmax(0, fabs(expected - mean) - 4 * deviation) / fmax(mean, 1);
}

typedef struct distance {
  double slots, macs;
} distance;

static distance check_draws(uint64_t seed) {
  uint64_t r = seed;
  const tacet_nest nest = random_nest(&r);
  hand h;
  sample s = {0};
  tacet_pattern pattern[TACET_OUTPUT];
  double density[TACET_OUTPUT], macs;
  begin(&h, &nest);
  add_random_rules(&h, &r);
  if (random_between(&r, 0, 2) == 0) h.accelerator.sync.kind = TACET_SYNC_END;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    pattern[t] = tacet_pattern_uniform(&nest.layer->tensor[t],
                                       (double)random_between(&r, 1, 9) / 10);
    density[t] = tacet_pattern_density(&pattern[t]);
  }
  const double slots =
      expected_slots(&h, density[TACET_WEIGHT], density[TACET_INPUT]);
  macs = h.counts.macs.actual;
  for (uint64_t i = 0; i < DRAWS; i++) draw(&s, &h, pattern, DRAWS * seed + i);
  end(&h);
  return (distance){off(slots, s.slots, s.squares),
                    off(macs, s.macs, s.macs_squares)};
}

static void masks_have_what_models_expect(void **state) {
  (void)state;
  uint64_t seed = 31, cases = 120;
  distance worst = {0, 0}, mean = {0, 0};
  ask_for_cases(&seed, &cases);
  for (uint64_t i = 0; i < cases; i++) {
    const distance d = check_draws(seed + i);
    worst.slots = fmax(worst.slots, d.slots);
    worst.macs = fmax(worst.macs, d.macs);
    mean.slots += d.slots / (double)cases;
    mean.macs += d.macs / (double)cases;
  }
  /* Steps of tensors of a few elements are not independent of each other. */
  print_message(
      "slots off by %.2g on average, %.2g at worst; MACs %.2g, %.2g\n",
      mean.slots, worst.slots, mean.macs, worst.macs);
  assert_true(mean.slots < 0.01 && worst.slots < 0.3);
  assert_true(mean.macs < 0.001 && worst.macs < 0.03);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(busiest_of_many_filters),
      cmocka_unit_test(search_of_many_filters),
      cmocka_unit_test(tile_of_one_word),
      cmocka_unit_test(hardly_any_pairs),
      cmocka_unit_test(smaller_last_tile),
      cmocka_unit_test(masks_have_what_models_expect),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
