/* What no published tool shows of itself: that the sparse reading equals an
   executor that walks every MAC, and that its models expect what masks drawn
   from them have. Uses the random cases of the tests. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../tests/pattern_cases.h"
#include "../../tests/sparse_cases.h"
#include "list.h"

enum { MOST_THREADS = 16 };

/* ---- cases in parallel -------------------------------------------------- */

typedef bool case_check(uint64_t number);

/* A share of the cases first .. cases-1: every `stride`-th. */
typedef struct share {
  case_check *check;
  uint64_t first, cases, stride;
  uint64_t passed;
} share;

static void *check_share(void *context) {
  share *s = context;
  for (uint64_t i = s->first; i < s->cases; i += s->stride)
    s->passed += s->check(i);
  return NULL;
}

/* Cases 0 .. cases-1 that pass, on all processors. */
static uint64_t count_passing(case_check *check, uint64_t cases) {
  pthread_t thread[MOST_THREADS];
  share part[MOST_THREADS];
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  const int threads = cores < 1              ? 1
                      : cores > MOST_THREADS ? MOST_THREADS
                                             : (int)cores;
  uint64_t passed = 0;
  int started = 0;
  for (int t = 0; t < threads; t++) {
    part[t] = (share){check, (uint64_t)t, cases, (uint64_t)threads, 0};
    if (pthread_create(&thread[started], NULL, check_share, &part[t]))
      check_share(&part[t]);
    else
      started++;
  }
  for (int t = 0; t < started; t++) pthread_join(thread[t], NULL);
  for (int t = 0; t < threads; t++) passed += part[t].passed;
  return passed;
}

/* ---- masks: the executor ------------------------------------------------ */

static bool equals_executor(uint64_t number) {
  masked_case *c = malloc(sizeof *c);
  if (!c) return false;
  masked_make(c, number);
  const bool equal = judge_sparse(c, false);
  masked_free(c);
  free(c);
  return equal;
}

/* ---- models: masks drawn from them -------------------------------------- */

enum { DRAWS = 1000 };

static tacet_pattern random_blocks(uint64_t *random,
                                   const tacet_tensor *tensor) {
  int64_t block[TACET_MAX_RANKS];
  for (int r = 0; r < tensor->ranks; r++)
    block[r] = random_between(random, 1, 3);
  tacet_pattern pattern = tacet_pattern_blocks(
      tensor, block, (double)random_between(random, 1, 9) / 10);
  pattern.as.blocks.draws = random_between(random, 1, 3);
  return pattern;
}

static tacet_pattern random_pattern(uint64_t *random,
                                    const tacet_tensor *tensor) {
  const int rank = (int)random_between(random, 0, tensor->ranks - 1);
  const double density = (double)random_between(random, 1, 9) / 10;
  switch (random_between(random, 0, 4)) {
  case 0: return tacet_pattern_slices(tensor, rank, density);
  case 1: return random_blocks(random, tensor);
  case 2: return random_n_of_m(random, tensor, rank);
  case 3: return random_densities(random, tensor, rank);
  default: return tacet_pattern_uniform(tensor, density);
  }
}

/* The MACs that have both operands, as the reading with models expects them of
   a design that skips the others. */
static bool expect_macs(double *macs, const random_case *c,
                        const tacet_pattern pattern[TACET_OUTPUT]) {
  const tacet_features features = {
      .rules = 1,
      .rule = {{.storage = TACET_AT_COMPUTE,
                .skip = true,
                .on = {[TACET_WEIGHT] = true, [TACET_INPUT] = true}}}};
  tacet_sparsity sparsity = {.tensor = {[TACET_OUTPUT] = {.density = 1}}};
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  for (int t = 0; t < TACET_OUTPUT; t++)
    sparsity.tensor[t] = (tacet_zeros){
        .density = tacet_pattern_density(&pattern[t]), .pattern = &pattern[t]};
  if (tacet_read_sparse(&counts, &timeline, &c->nest, &c->accelerator,
                        &features, &sparsity, &error))
    return false;
  *macs = counts.macs.actual;
  return true;
}

/* The same in masks, by their join. */
static bool draw_macs(double *macs, const random_case *c,
                      const tacet_pattern pattern[TACET_OUTPUT],
                      uint64_t seed) {
  const tacet_layer *layer = &c->layer;
  int64_t start[TACET_MAX_DIMS] = {0}, length[TACET_MAX_DIMS];
  tacet_mask mask[TACET_OUTPUT] = {{.ranks = 0}};
  tacet_join *join = NULL;
  tacet_error error;
  tacet_status status = TACET_OK;
  for (int d = 0; d < layer->dims; d++) length[d] = layer->dim[d].size;
  for (int t = 0; t < TACET_OUTPUT && !status; t++)
    status = tacet_pattern_mask(&mask[t], &pattern[t], &layer->tensor[t],
                                2 * seed + (uint64_t)t, &error);
  if (!status)
    status = tacet_join_make(&join, layer, &mask[TACET_WEIGHT],
                             &mask[TACET_INPUT], &error);
  if (!status) *macs = (double)tacet_join_count(join, start, length).both;
  tacet_join_free(join);
  for (int t = 0; t < TACET_OUTPUT; t++) tacet_mask_free(&mask[t]);
  return status == TACET_OK;
}

static bool drawn_as_expected(double expected, const random_case *c,
                              const tacet_pattern pattern[TACET_OUTPUT]) {
  double sum = 0, squares = 0;
  for (uint64_t i = 0; i < DRAWS; i++) {
    double macs;
    if (!draw_macs(&macs, c, pattern, c->seed * DRAWS + i)) return false;
    sum += macs;
    squares += macs * macs;
  }
  const double mean = sum / DRAWS;
  const double variance = fmax(0, squares / DRAWS - mean * mean);
  return fabs(mean - expected) <=
         3 * sqrt(variance / DRAWS) + 1e-9 * (1 + expected);
}

/* Its MACs are those of a join, and zeros are modelled on its design. */
static bool counts_by_join(const random_case *c) {
  return c->layer.type != TACET_TRANSPOSED && !case_has_padding(c) &&
         c->accelerator.storages == 3;
}

static bool equals_draws(uint64_t number) {
  uint64_t random = number;
  random_case *c = malloc(sizeof *c);
  if (!c) return false;
  case_make(c, number);
  while (!counts_by_join(c)) case_make(c, next_random(&random));
  tacet_pattern pattern[TACET_OUTPUT];
  for (int t = 0; t < TACET_OUTPUT; t++)
    pattern[t] = random_pattern(&random, &c->layer.tensor[t]);
  double expected;
  const bool equal = expect_macs(&expected, c, pattern) &&
                     drawn_as_expected(expected, c, pattern);
  for (int t = 0; t < TACET_OUTPUT; t++) tacet_pattern_free(&pattern[t]);
  free(c);
  return equal;
}

/* ---- targets ------------------------------------------------------------ */

tacet_status section_executor(tacet_section *section, const char *data,
                              tacet_error *error) {
  (void)data;
  (void)error;
  const uint64_t cases = environment_number("TACET_CASES", 50000);
  const uint64_t models = environment_number("TACET_MODELS", 500);
  const uint64_t equal = count_passing(equals_executor, cases);
  const uint64_t near = count_passing(equals_draws, models);
  /* One in 370 normals is more than 3 deviations off; so many of them are not
     but once in a thousand times. */
  const double chance = 0.0027 * (double)models;
  const double most = chance + 3.1 * sqrt(chance) + 1;
  char reached[96];
  snprintf(reached, sizeof reached, "%llu of %llu equal",
           (unsigned long long)equal, (unsigned long long)cases);
  section_target(section, equal == cases,
                 "Sparse reading against its executor, random cases",
                 "every counter, 50000 of 50000", reached, "nobody shows this");
  snprintf(reached, sizeof reached, "%llu of %llu; by chance %.1f",
           (unsigned long long)near, (unsigned long long)models,
           (double)models - chance);
  section_target(section, (double)(models - near) <= most,
                 "Models against 1000 masks drawn from them",
                 "within 3 standard errors, as often as chance allows", reached,
                 "nobody shows this");
  return TACET_OK;
}
