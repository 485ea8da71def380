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

enum { DRAWS = 1000, FIRST = 100, SEEN = 25 };

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

/* A random design whose MACs are judged, and models of all its zeros. */
typedef struct drawn_case {
  random_case dense;
  tacet_features features;
  tacet_pattern pattern[TACET_TENSORS];
} drawn_case;

static bool read_macs(double *macs, const drawn_case *c,
                      const tacet_features *features,
                      const tacet_sparsity *sparsity) {
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  if (tacet_read_sparse(&counts, &timeline, &c->dense.nest,
                        &c->dense.accelerator, features, sparsity, &error))
    return false;
  *macs = counts.macs.actual;
  return true;
}

static bool expect_macs(double *macs, const drawn_case *c,
                        const tacet_features *features) {
  tacet_sparsity sparsity;
  for (int t = 0; t < TACET_TENSORS; t++)
    sparsity.tensor[t] =
        (tacet_zeros){.density = tacet_pattern_density(&c->pattern[t]),
                      .pattern = &c->pattern[t],
                      .known = true};
  return read_macs(macs, c, features, &sparsity);
}

/* MACs in one draw of masks. */
typedef bool draw_macs(double *macs, const drawn_case *c,
                       const tacet_mask mask[TACET_TENSORS]);

static bool draw(double *macs, const drawn_case *c, draw_macs *count,
                 uint64_t seed) {
  tacet_mask mask[TACET_TENSORS] = {{.ranks = 0}};
  tacet_error error;
  bool drawn = true;
  for (int t = 0; t < TACET_TENSORS && drawn; t++)
    drawn =
        !tacet_pattern_mask(&mask[t], &c->pattern[t], &c->dense.layer.tensor[t],
                            TACET_TENSORS * seed + (uint64_t)t, &error);
  drawn = drawn && count(macs, c, mask);
  for (int t = 0; t < TACET_TENSORS; t++) tacet_mask_free(&mask[t]);
  return drawn;
}

typedef struct sample {
  double mean, error; /* standard, of the mean */
  int others;         /* masks that give something else than the first */
} sample;

static bool draw_all(sample *s, const drawn_case *c, draw_macs *count,
                     uint64_t draws) {
  double sum = 0, squares = 0, first = 0;
  s->others = 0;
  for (uint64_t i = 0; i < draws; i++) {
    double macs;
    if (!draw(&macs, c, count, c->dense.seed * DRAWS + i)) return false;
    if (i == 0) first = macs;
    s->others += macs != first;
    sum += macs;
    squares += macs * macs;
  }
  s->mean = sum / (double)draws;
  s->error = sqrt(fmax(0, squares / (double)draws - s->mean * s->mean) /
                  (double)draws);
  return true;
}

static bool is_near(double expected, const sample *s) {
  return fabs(s->mean - expected) <= 3 * s->error + 1e-9 * (1 + expected);
}

/* ---- models: zeros of both operands ------------------------------------- */

static const tacet_features skips_zeros = {
    .rules = 1,
    .rule = {{.storage = TACET_AT_COMPUTE,
              .skip = true,
              .on = {[TACET_WEIGHT] = true, [TACET_INPUT] = true}}}};

/* The MACs that have both operands, by a join of the masks. */
static bool join_macs(double *macs, const drawn_case *c,
                      const tacet_mask mask[TACET_TENSORS]) {
  const tacet_layer *layer = &c->dense.layer;
  int64_t start[TACET_MAX_DIMS] = {0}, length[TACET_MAX_DIMS];
  tacet_join *join = NULL;
  tacet_error error;
  for (int d = 0; d < layer->dims; d++) length[d] = layer->dim[d].size;
  if (tacet_join_make(&join, layer, &mask[TACET_WEIGHT], &mask[TACET_INPUT],
                      &error))
    return false;
  *macs = (double)tacet_join_count(join, start, length).both;
  tacet_join_free(join);
  return true;
}

static bool judge_zeros(const drawn_case *c) {
  double expected;
  sample s;
  return expect_macs(&expected, c, &skips_zeros) &&
         draw_all(&s, c, join_macs, DRAWS) && is_near(expected, &s);
}

/* ---- models: actions above L1 ------------------------------------------- */

/* One: of several the models take it that they act independently of each other
   or, on zeros of the same tensor, that only the one counts that stops most. */
static void random_action(uint64_t *random, drawn_case *c) {
  const int l1 = c->dense.nest.storages - 1;
  c->features = (tacet_features){
      .rules = 1,
      .rule = {{.storage = (int)random_between(random, 0, l1 - 1),
                .target = (int)random_between(random, 0, 1),
                .element = !c->dense.nest.contiguous[1] &&
                           random_between(random, 0, 3) == 0}}};
  c->features.rule[0].on[random_between(random, 0, 2)] = true;
}

/* The MACs that the action does not stop, by the exact reading. */
static bool masked_macs(double *macs, const drawn_case *c,
                        const tacet_mask mask[TACET_TENSORS]) {
  tacet_sparsity sparsity;
  for (int t = 0; t < TACET_TENSORS; t++)
    sparsity.tensor[t] =
        (tacet_zeros){.density = 1, .mask = &mask[t], .known = true};
  return read_macs(macs, c, &c->features, &sparsity);
}

/* Whether PEs or buffers may hold a dimension, or inputs, with gaps: models take
   blocks and groups of zeros to be met without. */
static bool leaves_gaps(const tacet_nest *nest) {
  const tacet_tensor *input = &nest->layer->tensor[TACET_INPUT];
  for (int r = 0; r < input->ranks; r++)
    for (int i = 0; i < input->rank[r].terms; i++)
      if (input->rank[r].term[i].coefficient > 1) return true;
  for (int i = 0; i < nest->loops; i++) {
    if (nest->loop[i].units == 1) continue;
    if (nest->loop[i].folds > 1) return true;
    for (int k = 0; k < nest->loops; k++)
      if (k != i && nest->loop[k].dim == nest->loop[i].dim) return true;
  }
  return false;
}

static double macs_of(const tacet_layer *layer) {
  double macs = 1;
  for (int d = 0; d < layer->dims; d++) macs *= (double)layer->dim[d].size;
  return macs;
}

typedef enum finding { OFF, NEAR, RARE } finding;

/* Of what fewer than SEEN masks have, or none of the first, these tell no error:
   it must not be expected of more than twice as many, and another case takes its
   place. */
static finding judge_actions(const drawn_case *c) {
  double expected;
  sample s;
  if (!expect_macs(&expected, c, &c->features) ||
      !draw_all(&s, c, masked_macs, FIRST))
    return OFF;
  if (s.others > 0 && !draw_all(&s, c, masked_macs, DRAWS)) return OFF;
  if (s.others >= SEEN) return is_near(expected, &s) ? NEAR : OFF;
  const double most = 2. * SEEN / DRAWS * macs_of(&c->dense.layer);
  return fabs(s.mean - expected) <= most ? RARE : OFF;
}

/* ---- models: cases ------------------------------------------------------ */

/* MACs in padding are an average over where it is. */
static bool is_judged(const random_case *c) {
  return c->layer.type != TACET_TRANSPOSED && !case_has_padding(c);
}

static finding judge_case(drawn_case *c, uint64_t *random, bool acts) {
  while (!is_judged(&c->dense)) case_make(&c->dense, next_random(random));
  const bool any = !acts || !leaves_gaps(&c->dense.nest);
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_tensor *tensor = &c->dense.layer.tensor[t];
    c->pattern[t] =
        any ? random_pattern(random, tensor)
            : tacet_pattern_uniform(tensor,
                                    (double)random_between(random, 1, 9) / 10);
  }
  if (acts) random_action(random, c);
  const finding found = acts ? judge_actions(c) : judge_zeros(c) ? NEAR : OFF;
  for (int t = 0; t < TACET_TENSORS; t++) tacet_pattern_free(&c->pattern[t]);
  return found;
}

/* Every second case has an action above L1. */
static bool equals_draws(uint64_t number) {
  uint64_t random = number;
  drawn_case *c = malloc(sizeof *c);
  if (!c) return false;
  case_make(&c->dense, number);
  finding found = RARE;
  while (found == RARE) {
    found = judge_case(c, &random, number % 2 == 1);
    if (found == RARE) case_make(&c->dense, next_random(&random));
  }
  free(c);
  return found == NEAR;
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
