/* A mask beside a model, on random layers and designs: MACs against a sum over
   every MAC of what its operands are likely to be, and all else against the
   mean over masks drawn from the model, each read exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "pattern_cases.h"
#include "sparse_cases.h"

/* ---- cases -------------------------------------------------------------- */

typedef struct joint_case {
  masked_case masked;
  int modelled; /* the operand that has a pattern in place of its mask */
  tacet_pattern pattern;
  tacet_sparsity sparsity;
} joint_case;

static tacet_pattern random_model(uint64_t *random,
                                  const tacet_tensor *tensor) {
  const int rank = (int)random_between(random, 0, tensor->ranks - 1);
  const double density = (double)random_between(random, 1, 9) / 10;
  int64_t block[TACET_MAX_RANKS];
  for (int r = 0; r < tensor->ranks; r++)
    block[r] = random_between(random, 1, 3);
  switch (random_between(random, 0, 6)) {
  case 0: return tacet_pattern_slices(tensor, rank, density);
  case 1: return tacet_pattern_blocks(tensor, block, density);
  case 2: return random_n_of_m(random, tensor, rank);
  case 3: return random_densities(random, tensor, rank);
  default: return tacet_pattern_uniform(tensor, density);
  }
}

/* Outputs keep their mask where rules may use it. */
static void joint_make(joint_case *c, uint64_t seed) {
  uint64_t random = seed ^ UINT64_C(0x70417);
  masked_make(&c->masked, seed);
  c->masked.features.balance.kind = TACET_BALANCE_NOT;
  c->modelled = (int)random_between(&random, 0, 1);
  c->pattern =
      random_model(&random, &c->masked.dense.layer.tensor[c->modelled]);
  const int kept = TACET_INPUT - c->modelled;
  c->sparsity = c->masked.sparsity;
  c->sparsity.tensor[kept].mask = &c->masked.mask[kept];
  c->sparsity.tensor[c->modelled] = (tacet_zeros){
      .density = tacet_pattern_density(&c->pattern), .pattern = &c->pattern};
}

static void joint_free(joint_case *c) {
  tacet_pattern_free(&c->pattern);
  masked_free(&c->masked);
}

static void tell(const joint_case *c) {
  case_print(&c->masked.dense);
  case_print_issue(&c->masked.dense);
  case_print_zeros(c->masked.mask, &c->masked.features);
  printf("  but of %s a pattern of kind %d, density %g\n",
         c->modelled == TACET_WEIGHT ? "weight" : "input", (int)c->pattern.kind,
         tacet_pattern_density(&c->pattern));
}

/* Its members are doubles only. */
typedef struct result {
  tacet_counts counts;
  tacet_timeline timeline;
} result;

static void read_with(result *out, const joint_case *c,
                      const tacet_features *features,
                      const tacet_sparsity *sparsity) {
  const random_case *dense = &c->masked.dense;
  tacet_error error;
  if (tacet_read_sparse(&out->counts, &out->timeline, &dense->nest,
                        &dense->accelerator, features, sparsity, &error)) {
    tell(c);
    fail_msg("%s", error.message);
  }
}

/* ---- MACs --------------------------------------------------------------- */

/* The chance that an operand of the MAC at[] is not zero. */
static double chance_at(const joint_case *c, int slot, const int64_t *at) {
  const tacet_tensor *tensor = &c->masked.dense.layer.tensor[slot];
  int64_t position[TACET_MAX_RANKS], one[TACET_MAX_RANKS], element = 0;
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    position[r] = rank->offset;
    one[r] = 1;
    for (int i = 0; i < rank->terms; i++)
      position[r] += rank->term[i].coefficient * at[rank->term[i].dim];
    if (position[r] < 0 || position[r] >= rank->size) return 0;
    if (rank->spacing > 1 && position[r] % rank->spacing) return 0;
    element = element * rank->size + position[r];
  }
  if (slot != c->modelled)
    return tacet_mask_test(c->sparsity.tensor[slot].mask, element);
  return tacet_pattern_nonzeros(&c->pattern, position, one);
}

static double effectual_macs(const joint_case *c) {
  const tacet_layer *layer = &c->masked.dense.layer;
  int64_t at[TACET_MAX_DIMS] = {0};
  double macs = 0;
  for (int d = 0; d < layer->dims;) {
    macs += chance_at(c, TACET_WEIGHT, at) * chance_at(c, TACET_INPUT, at);
    for (d = 0; d < layer->dims; d++) {
      if (++at[d] < layer->dim[d].size) break;
      at[d] = 0;
    }
  }
  return macs;
}

static void macs_are_a_sum_of_chances(void **state) {
  (void)state;
  static const tacet_features skips_both = {
      .rules = 1,
      .rule = {{.storage = TACET_AT_COMPUTE,
                .skip = true,
                .on = {[TACET_WEIGHT] = true, [TACET_INPUT] = true}}}};
  const uint64_t seed = environment_number("TACET_SEED", 20151207);
  const uint64_t cases = environment_number("TACET_CASES", 1000);
  joint_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    result expected;
    joint_make(c, seed + i);
    read_with(&expected, c, &skips_both, &c->sparsity);
    const double macs = effectual_macs(c);
    if (fabs(expected.counts.macs.actual - macs) > 1e-9 * (1 + macs)) {
      tell(c);
      fail_msg("seed %llu: %.12g MACs, expected %.12g",
               (unsigned long long)(seed + i), expected.counts.macs.actual,
               macs);
    }
    joint_free(c);
  }
  free(c);
}

/* ---- means over drawn masks --------------------------------------------- */

enum { DRAWS = 40, DOUBLES = sizeof(result) / sizeof(double) };

typedef struct means {
  double of[DOUBLES];
  double error[DOUBLES]; /* standard, of the mean */
} means;

static void draw(means *m, const joint_case *c, uint64_t seed) {
  tacet_sparsity sparsity = c->sparsity;
  double squares[DOUBLES] = {0};
  *m = (means){{0}, {0}};
  for (uint64_t k = 0; k < DRAWS; k++) {
    tacet_mask mask;
    tacet_error error;
    result exact;
    assert_int_equal(
        tacet_pattern_mask(&mask, &c->pattern,
                           &c->masked.dense.layer.tensor[c->modelled],
                           seed * DRAWS + k, &error),
        TACET_OK);
    sparsity.tensor[c->modelled] = (tacet_zeros){.density = 1, .mask = &mask};
    read_with(&exact, c, &c->masked.features, &sparsity);
    for (int i = 0; i < DOUBLES; i++) {
      const double x = ((const double *)&exact)[i];
      m->of[i] += x / DRAWS;
      squares[i] += x * x / DRAWS;
    }
    tacet_mask_free(&mask);
  }
  for (int i = 0; i < DOUBLES; i++)
    m->error[i] = sqrt(fmax(0, squares[i] - m->of[i] * m->of[i]) / (DRAWS - 1));
}

static int at_of(size_t offset) {
  return (int)(offset / sizeof(double));
}

/* Rules above L1 stop whole tiles, whose zeros hang together. */
static bool acts_above_l1(const joint_case *c) {
  const tacet_features *features = &c->masked.features;
  for (int i = 0; i < features->rules; i++)
    if (features->rule[i].storage < c->masked.dense.accelerator.storages - 1)
      return true;
  return false;
}

/* Numbers of which it can be asked how often they are how far off. */
typedef struct tally {
  int asked, off;
  double most_error, most_share; /* of the mean */
} tally;

static void ask(tally *t, const result *expected, const means *drawn, int i) {
  const double mean = drawn->of[i];
  const double away = fabs(((const double *)expected)[i] - mean);
  t->asked++;
  t->off += away > t->most_error * drawn->error[i] + t->most_share * mean +
                       1e-9 * (1 + mean);
}

/* MACs and what they read, in designs that only look at elements: as often
   within 4 standard errors as chance allows. Cycles are an approximation where
   PEs wait for the luckiest, and where several rules above L1 look at a mask: of
   8 seven are within 5 % of what is drawn. */
static void means_of_drawn_masks_are_expected(void **state) {
  (void)state;
  const uint64_t seed = environment_number("TACET_SEED", 20151207);
  const uint64_t cases = environment_number("TACET_CASES", 250);
  tally counts = {.most_error = 4},
        cycles = {.most_error = 4, .most_share = 0.05};
  joint_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    result expected;
    means drawn;
    joint_make(c, seed + i);
    read_with(&expected, c, &c->masked.features, &c->sparsity);
    draw(&drawn, c, seed + i);
    for (size_t k = 0; k < 3 && !acts_above_l1(c); k++)
      ask(&counts, &expected, &drawn,
          at_of(offsetof(result, counts.macs)) + (int)k);
    if (!acts_above_l1(c) && !c->masked.dense.accelerator.registers[0])
      ask(&counts, &expected, &drawn, at_of(offsetof(result, counts.l1_reads)));
    ask(&cycles, &expected, &drawn, at_of(offsetof(result, timeline.steps)));
    joint_free(c);
  }
  free(c);
  printf("seed %llu: %d of %d counts off, %d of %d cycles\n",
         (unsigned long long)seed, counts.off, counts.asked, cycles.off,
         cycles.asked);
  assert_true(counts.asked > 200 && 100 * counts.off <= counts.asked);
  assert_true(8 * cycles.off <= cycles.asked);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(macs_are_a_sum_of_chances),
      cmocka_unit_test(means_of_drawn_masks_are_expected),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
