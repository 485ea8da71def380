/* Random patterns: what they answer for a box, against all arrangements of
   their non-zeros one by one, and against direct products. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../sparse/patterns/pattern.h"
#include "cases.h"
#include "pattern_cases.h"

static void check_moments(const tacet_pattern *pattern, const tensor_box *b,
                          const double *chance, int most) {
  double mean = 0, squares = 0;
  for (int x = 0; x <= most; x++) mean += x * chance[x];
  for (int x = 0; x <= most; x++)
    squares += (x - mean) * (x - mean) * chance[x];
  const tacet_occupancy found = tacet_pattern_box(pattern, b->start, b->length);
  const double empty = tacet_pattern_empty(pattern, b->start, b->length);
  if (fabs(found.nonzeros - mean) > 1e-11 * (1 + mean) ||
      fabs(found.variance - squares) > 1e-11 * (1 + mean * mean) ||
      fabs(empty - chance[0]) > 1e-12)
    fail_msg("mean %.15g, not %.15g; variance %.15g, not %.15g; empty %.15g, "
             "not %.15g",
             found.nonzeros, mean, found.variance, squares, empty, chance[0]);
  assert_int_equal(found.exact, squares < 1e-12);
  if (found.exact) assert_true(found.variance == 0);
  if (found.exact) assert_true(empty == (found.nonzeros == 0));
}

/* ---- blocks: every arrangement ------------------------------------------ */

enum { MOST_BLOCKS = 7, MOST_ELEMENTS = 512 };

/* Number of the block that an element is in, by its coordinates. */
static int64_t block_of(const tacet_pattern *pattern, const int64_t *at) {
  int64_t block = 0;
  for (int r = 0; r < pattern->ranks; r++) {
    const int64_t size = pattern->as.blocks.block[r];
    block = block * ((pattern->size[r] + size - 1) / size) + at[r] / size;
  }
  return block;
}

static int elements_kept(const int *in_box, unsigned kept) {
  int elements = 0;
  for (int i = 0; i < MOST_BLOCKS; i++)
    if (kept >> i & 1) elements += in_box[i];
  return elements;
}

/* The distribution over all arrangements of one draw, or of two. */
static void arrange_blocks(double *chance, const int *in_box, int blocks,
                           int kept, int64_t draws) {
  const unsigned end = 1u << blocks;
  double arrangements = 0;
  for (unsigned first = 0; first < end; first++) {
    if (__builtin_popcount(first) != kept) continue;
    for (unsigned second = 0; second < end; second++) {
      if (draws == 1 ? second != first : __builtin_popcount(second) != kept)
        continue;
      chance[elements_kept(in_box, first | second)]++;
      arrangements++;
    }
  }
  for (int x = 0; x <= MOST_ELEMENTS; x++) chance[x] /= arrangements;
}

static void check_blocks(const tacet_pattern *pattern, const tensor_box *b,
                         int blocks, int kept) {
  int in_box[MOST_BLOCKS] = {0};
  double chance[MOST_ELEMENTS + 1] = {0};
  int64_t at[TACET_MAX_RANKS];
  for (box_first(b, at, pattern->ranks); at[0] >= 0;
       box_next(b, at, pattern->ranks))
    in_box[block_of(pattern, at)]++;
  arrange_blocks(chance, in_box, blocks, kept, pattern->as.blocks.draws);
  check_moments(pattern, b, chance, MOST_ELEMENTS);
}

static void blocks_agree_with_all_arrangements(void **state) {
  (void)state;
  const uint64_t seed = environment_number("TACET_SEED", 11);
  const uint64_t cases = environment_number("TACET_CASES", 3000);
  uint64_t random = seed;
  printf("seed %llu\n", (unsigned long long)seed);
  for (uint64_t i = 0; i < cases; i++) {
    const tacet_tensor tensor = random_tensor(&random, 4);
    int64_t block[TACET_MAX_RANKS], blocks = 1;
    for (int r = 0; r < tensor.ranks; r++) {
      const int64_t size = tensor.rank[r].size;
      block[r] = random_between(&random, 1, size + 1);
      blocks *= (size + block[r] - 1) / block[r];
    }
    if (blocks > MOST_BLOCKS) continue;
    const int kept = (int)random_between(&random, 0, blocks);
    tacet_pattern pattern =
        tacet_pattern_blocks(&tensor, block, kept / (double)blocks);
    pattern.as.blocks.draws = random_between(&random, 1, 2);
    for (int k = 0; k < 5; k++) {
      const tensor_box b = random_box(&random, &tensor);
      check_blocks(&pattern, &b, (int)blocks, kept);
    }
  }
}

/* ---- groups: every choice of each --------------------------------------- */

/* The group of an element as a number below `groups`, and its non-zeros. */
typedef struct grouping {
  int groups;
  int elements[MOST_ELEMENTS], in_box[MOST_ELEMENTS], nonzeros[MOST_ELEMENTS];
} grouping;

static int group_of(const tacet_pattern *pattern, const int64_t *at) {
  if (pattern->kind == TACET_DENSITIES)
    return (int)at[pattern->as.densities.rank];
  const tacet_n_of_m *model = &pattern->as.n_of_m;
  int64_t group = 0;
  for (int r = 0; r < pattern->ranks; r++)
    group = group * pattern->size[r] +
            (r == model->rank ? at[r] / model->m : at[r]);
  return (int)group;
}

static bool inside(const tensor_box *b, const int64_t *at, int ranks) {
  for (int r = 0; r < ranks; r++)
    if (at[r] < b->start[r] || at[r] >= b->start[r] + b->length[r])
      return false;
  return true;
}

static grouping group_elements(const tacet_pattern *pattern,
                               const tensor_box *b) {
  grouping all = {.groups = MOST_ELEMENTS};
  tensor_box whole = {{0}, {0}};
  int64_t at[TACET_MAX_RANKS];
  for (int r = 0; r < pattern->ranks; r++) whole.length[r] = pattern->size[r];
  for (box_first(&whole, at, pattern->ranks); at[0] >= 0;
       box_next(&whole, at, pattern->ranks)) {
    const int group = group_of(pattern, at);
    all.elements[group]++;
    all.in_box[group] += inside(b, at, pattern->ranks);
  }
  for (int g = 0; g < all.groups; g++) {
    const int elements = all.elements[g];
    if (elements == 0) continue;
    if (pattern->kind == TACET_DENSITIES)
      all.nonzeros[g] =
          (int)floor(pattern->as.densities.density[g] * elements + 0.5);
    else
      all.nonzeros[g] = elements < pattern->as.n_of_m.n
                            ? elements
                            : (int)pattern->as.n_of_m.n;
  }
  return all;
}

/* Adds a group to the distribution: all its choices of non-zeros. */
static void convolve(double *chance, int elements, int in_box, int nonzeros) {
  double of_group[MOST_ELEMENTS + 1] = {0}, sum[MOST_ELEMENTS + 1] = {0};
  double choices = 0;
  for (unsigned choice = 0; choice < 1u << elements; choice++) {
    if (__builtin_popcount(choice) != nonzeros) continue;
    of_group[__builtin_popcount(choice & ((1u << in_box) - 1))]++;
    choices++;
  }
  for (int x = 0; x <= MOST_ELEMENTS; x++)
    for (int y = 0; y <= in_box && chance[x] > 0; y++)
      sum[x + y] += chance[x] * of_group[y] / choices;
  for (int x = 0; x <= MOST_ELEMENTS; x++) chance[x] = sum[x];
}

static void check_groups(const tacet_pattern *pattern, const tensor_box *b) {
  const grouping all = group_elements(pattern, b);
  double chance[MOST_ELEMENTS + 1] = {1};
  for (int g = 0; g < all.groups; g++)
    if (all.in_box[g])
      convolve(chance, all.elements[g], all.in_box[g], all.nonzeros[g]);
  check_moments(pattern, b, chance, MOST_ELEMENTS);
}

static void groups_agree_with_all_choices(void **state) {
  (void)state;
  const uint64_t seed = environment_number("TACET_SEED", 12);
  const uint64_t cases = environment_number("TACET_CASES", 1000);
  uint64_t random = seed;
  printf("seed %llu\n", (unsigned long long)seed);
  for (uint64_t i = 0; i < cases; i++) {
    const tacet_tensor tensor = random_tensor(&random, i % 2 ? 4 : 3);
    const int rank = (int)random_between(&random, 0, tensor.ranks - 1);
    tacet_pattern pattern = i % 2 ? random_n_of_m(&random, &tensor, rank)
                                  : random_densities(&random, &tensor, rank);
    const bool small = pattern.kind == TACET_N_OF_M ||
                       tacet_tensor_size(&tensor) / tensor.rank[rank].size <= 9;
    for (int k = 0; k < 5 && small; k++) {
      const tensor_box b = random_box(&random, &tensor);
      check_groups(&pattern, &b);
    }
    tacet_pattern_free(&pattern);
  }
}

/* ---- large tensors ------------------------------------------------------ */

static double empty_vector(int64_t elements, double density, int64_t box) {
  const tacet_tensor tensor = {
      .name = "t", .ranks = 1, .rank = {{.name = "K", .size = elements}}};
  const tacet_pattern pattern = tacet_pattern_uniform(&tensor, density);
  return tacet_pattern_empty(&pattern, (int64_t[]){0}, &box);
}

/* The chance that no element of the box is chosen, one element at a time. */
static double direct_empty(int64_t elements, int64_t nonzeros, int64_t box) {
  long double log_chance = 0;
  for (int64_t i = 0; i < box; i++)
    log_chance += log1pl(-(long double)nonzeros / (long double)(elements - i));
  return (double)expl(log_chance);
}

static void empties_agree_with_products(void **state) {
  (void)state;
  static const struct {
    int64_t elements, nonzeros, box;
  } cases[] = {{10, 3, 2},
               {10, 3, 8},
               {1000, 10, 500},
               {1000, 500, 10},
               {65536, 64, 4096},
               {65536, 6554, 65},
               {1000000, 100, 200},
               {1 << 24, 1 << 20, 100},
               {1 << 30, 1 << 15, 1 << 15},
               {INT64_C(1) << 50, INT64_C(1) << 40, 1 << 10},
               {200, 90, 100},
               {100000, 49000, 50990}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const double elements = (double)cases[i].elements;
    const double nonzeros = (double)cases[i].nonzeros;
    const double expected =
        direct_empty(cases[i].elements, cases[i].nonzeros, cases[i].box);
    const double found =
        empty_vector(cases[i].elements, nonzeros / elements, cases[i].box);
    if (fabs(found - expected) > 1e-11 * expected)
      fail_msg("case %zu: empty %.15g, not %.15g", i, found, expected);
  }
}

/* A batch of samples: each at density d, together 1 - (1 - d)^batch. */
static void batches_fill_up(void **state) {
  (void)state;
  const tacet_tensor tensor = {
      .name = "t", .ranks = 1, .rank = {{.name = "C", .size = 1000}}};
  tacet_pattern pattern = tacet_pattern_uniform(&tensor, 0.1);
  for (int64_t batch = 1; batch <= 64; batch *= 2) {
    pattern.as.blocks.draws = batch;
    const double share = 1 - pow(0.9, (double)batch);
    const tacet_occupancy all =
        tacet_pattern_box(&pattern, (int64_t[]){0}, (int64_t[]){1000});
    assert_true(fabs(all.nonzeros - 1000 * share) < 1e-9);
    assert_true(fabs(tacet_pattern_density(&pattern) - share) < 1e-12);
  }
}

/* What is certain is said to be. */
static void knows_what_is_certain(void **state) {
  (void)state;
  const tacet_tensor tensor = {
      .name = "t",
      .ranks = 2,
      .rank = {{.name = "K", .size = 10}, {.name = "C", .size = 12}}};
  const int64_t start[] = {0, 4}, part[] = {5, 4}, columns[] = {10, 4};
  const tacet_pattern dense = tacet_pattern_dense(&tensor);
  assert_true(tacet_pattern_box(&dense, start, part).exact);
  assert_true(tacet_pattern_box(&dense, start, part).nonzeros == 20);
  const tacet_pattern uniform = tacet_pattern_uniform(&tensor, 0.5);
  assert_false(tacet_pattern_box(&uniform, start, part).exact);
  const tacet_pattern channels = tacet_pattern_slices(&tensor, 0, 0.7);
  assert_false(tacet_pattern_box(&channels, start, part).exact);
  assert_true(tacet_pattern_box(&channels, start, columns).exact);
  assert_true(tacet_pattern_box(&channels, start, columns).nonzeros == 28);
  const tacet_pattern two_of_four = tacet_pattern_n_of_m(&tensor, 1, 2, 4);
  assert_true(tacet_pattern_box(&two_of_four, start, part).exact);
  assert_true(tacet_pattern_box(&two_of_four, start, part).nonzeros == 10);
  const int64_t none[] = {0, 4};
  const tacet_occupancy nothing = tacet_pattern_box(&uniform, start, none);
  assert_true(nothing.exact && nothing.nonzeros == 0);
  assert_true(tacet_pattern_empty(&uniform, start, none) == 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_agree_with_all_arrangements),
      cmocka_unit_test(groups_agree_with_all_choices),
      cmocka_unit_test(empties_agree_with_products),
      cmocka_unit_test(batches_fill_up),
      cmocka_unit_test(knows_what_is_certain),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
