/* Zeros below L2 where there are buffers at cluster boundaries: a design by
   hand, and what models expect of each boundary against masks drawn from
   them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/concord.h"
#include "pattern_cases.h"
#include "sparse_cases.h"

/* ---- by hand ------------------------------------------------------------ */

static void set_mask(tacet_mask *mask, const tacet_tensor *tensor,
                     const char *ones) {
  tacet_error error;
  assert_int_equal(tacet_mask_make(mask, tensor, &error), TACET_OK);
  for (int64_t i = 0; ones[i]; i++)
    if (ones[i] == '1') tacet_mask_set(mask, i);
  tacet_mask_recount(mask);
}

static void assert_near(double found, double expected) {
  if (fabs(found - expected) > 1e-9 * (1 + expected))
    fail_msg("%.12g instead of %.12g", found, expected);
}

static tacet_directive map(tacet_directive_kind kind, int64_t size,
                           const char *dim) {
  tacet_directive d = {
      .kind = kind, .size = {.number = size}, .offset = {.number = size}};
  snprintf(d.dim, sizeof d.dim, "%s", dim);
  return d;
}

typedef struct rows {
  tacet_layer layer;
  tacet_nest nest;
  tacet_accelerator accelerator;
  tacet_counts counts;
} rows;

/* Z[4,1] = A[4,4].B[4,1] on two clusters, each with a buffer: a row of A after
   the other, its first half to the first cluster, its second half to the other,
   one value to each of two PEs. */
static void place_rows(rows *r) {
  tacet_nest *nest = &r->nest;
  tacet_layer *layer = &r->layer;
  tacet_accelerator *a = &r->accelerator;
  tacet_shape shape = tacet_shape_of_ones(TACET_GEMM);
  tacet_error error;
  shape.M = shape.K = 4;
  *layer = (tacet_layer){.repeat = 1};
  assert_int_equal(tacet_layer_make(layer, &shape, NULL, &error), TACET_OK);
  const tacet_dataflow flow = {
      .directives = 4,
      .directive = {map(TACET_TEMPORAL_MAP, 1, "M"),
                    map(TACET_SPATIAL_MAP, 2, "K"),
                    {.kind = TACET_CLUSTER, .size = {.number = 2}},
                    map(TACET_SPATIAL_MAP, 1, "K")}};
  *a = (tacet_accelerator){.pes = 4,
                           .lanes = 1,
                           .word_bits = 8,
                           .width_bits = {8, 8, 8},
                           .storages = 4,
                           .storage = {[2] = {.name = "row", .level = 1}}};
  for (int b = 0; b < 3; b++)
    a->link[b] =
        (tacet_link){.bandwidth = 1, .multicast = true, .reduction = true};
  assert_int_equal(tacet_bind(nest, layer, &flow, a, &error), TACET_OK);
  for (int t = 0; t < TACET_TENSORS; t++)
    nest->position[2][t] = nest->loops - 1; /* a row */
}

/* Reads them with the zeros of one tensor: a mask, or half of it by chance. */
static void read_rows(rows *r, const tacet_features *features, int slot,
                      const char *ones) {
  tacet_sparsity sparsity = {{{.density = 1}, {.density = 1}, {.density = 1}}};
  tacet_mask mask = {0};
  tacet_timeline timeline;
  tacet_error error;
  place_rows(r);
  if (ones) set_mask(&mask, &r->layer.tensor[slot], ones);
  sparsity.tensor[slot] = (tacet_zeros){.density = 0.5,
                                        .mask = ones ? &mask : NULL,
                                        .known = slot == TACET_OUTPUT};
  if (tacet_read_sparse(&r->counts, &timeline, &r->nest, &r->accelerator,
                        features, &sparsity, &error))
    fail_msg("%s", error.message);
  tacet_mask_free(&mask);
}

/* Non-zeros with their coordinates. */
static tacet_format coordinates(void) {
  return (tacet_format){.name = TACET_STACK,
                        .fibers = 1,
                        .fiber = {{.kind = TACET_FIBER_CP,
                                   .metadata_bits = TACET_DERIVED,
                                   .payload_bits = TACET_DERIVED}}};
}

/* Of A the rows 1101, 0000, 0001, 1111 come. L2 sends each in one transfer, 3,
   0, 1 and 4 values with a coordinate of two bits each; a buffer sends its half
   of it to both of its PEs, values and a bit for each of two. Into L2 goes all
   of A as it is, so that it holds zeros. */
static void each_level_has_its_format(void **state) {
  (void)state;
  rows r;
  tacet_features features = {.rules = 0};
  features.format[2][TACET_INPUT] = coordinates();
  features.format[3][TACET_INPUT] = tacet_format_named(TACET_BITMASK);
  read_rows(&r, &features, TACET_INPUT, "1101000000011111");
  const tacet_flow *dram = &r.counts.flow[0][TACET_INPUT];
  const tacet_flow *into = &r.counts.flow[1][TACET_INPUT];
  const tacet_flow *pes = &r.counts.flow[2][TACET_INPUT];
  assert_true(dram->fills.actual == 16 && dram->payload_bits_in == 16 * 8);
  assert_true(into->parent_reads.actual == 16); /* L2 holds the zeros, too */
  assert_true(into->fills.actual == 8 && into->fills.skipped == 8);
  assert_true(into->payload_bits_in == 8 * 8 && into->metadata_bits_in == 16);
  assert_true(pes->parent_reads.actual == 8 && pes->fills.actual == 8);
  assert_true(pes->payload_bits_in == 8 * 8 && pes->metadata_bits_in == 16);
  assert_true(r.counts.first_bits[1][TACET_INPUT] == 3 * 10);
  assert_true(r.counts.first_bits[2][TACET_INPUT] == 3 * 8 + 4);
}

/* Half of A's values are there, no one knows which. Of two in a row of four a
   coordinate takes 2 bits on the way from L2; each buffer sends one of its two,
   whose coordinate takes a bit. */
static void each_buffer_sends_its_own(void **state) {
  (void)state;
  rows r;
  tacet_features features = {.rules = 0};
  features.format[2][TACET_INPUT] = coordinates();
  features.format[3][TACET_INPUT] = coordinates();
  read_rows(&r, &features, TACET_INPUT, NULL);
  const tacet_flow *into = &r.counts.flow[1][TACET_INPUT];
  const tacet_flow *pes = &r.counts.flow[2][TACET_INPUT];
  assert_near(into->payload_bits_in, 8 * 8);
  assert_near(into->metadata_bits_in, 8 * 2);
  assert_near(pes->payload_bits_in, 8 * 8);
  assert_near(pes->metadata_bits_in, 8 * 1);
}

/* L2 keeps tiles without values away, buffers each zero. */
static const tacet_features input_rules = {
    .rules = 2,
    .rule = {{.storage = 1,
              .skip = true,
              .target = TACET_INPUT,
              .on = {[TACET_INPUT] = true}},
             {.storage = 2,
              .element = true,
              .target = TACET_INPUT,
              .on = {[TACET_INPUT] = true}}}};

/* Of the halves of A's rows that the buffers receive three of eight are zero:
   L2 keeps them away, two words each, and with them what PEs would get of them
   and their MACs. In the third row these are the PEs of one buffer, and those of
   the other work. A buffer keeps a single zero more away from a PE. */
static void each_level_acts(void **state) {
  (void)state;
  rows r;
  read_rows(&r, &input_rules, TACET_INPUT, "1101000000111111");
  const tacet_flow *into = &r.counts.flow[1][TACET_INPUT];
  const tacet_flow *pes = &r.counts.flow[2][TACET_INPUT];
  assert_true(r.counts.flow[0][TACET_INPUT].fills.actual == 16);
  assert_true(into->fills.actual == 10 && into->fills.skipped == 6);
  assert_true(into->payload_bits_in == 10 * 8);
  assert_true(pes->fills.actual == 9 && pes->fills.gated == 1 &&
              pes->fills.skipped == 6);
  assert_true(r.counts.macs.actual == 9 && r.counts.macs.gated == 1 &&
              r.counts.macs.skipped == 6);
}

/* Two of the four outputs are known to be zero. Buffers let none of their PEs
   send these or work on them; L2 gates what the buffers send of them all the
   same. Two PEs of a buffer, and both buffers, add up on the way. */
static void each_level_acts_on_outputs(void **state) {
  (void)state;
  rows r;
  const tacet_features features = {.rules = 2,
                                   .rule = {{.storage = 1,
                                             .element = true,
                                             .target = TACET_OUTPUT,
                                             .on = {[TACET_OUTPUT] = true}},
                                            {.storage = 2,
                                             .skip = true,
                                             .target = TACET_OUTPUT,
                                             .on = {[TACET_OUTPUT] = true}}}};
  read_rows(&r, &features, TACET_OUTPUT, "0101");
  const tacet_flow *into = &r.counts.flow[1][TACET_OUTPUT];
  const tacet_flow *pes = &r.counts.flow[2][TACET_OUTPUT];
  assert_true(pes->drains.actual == 8 && pes->drains.skipped == 8);
  assert_true(pes->updates.actual == 4 && pes->updates.skipped == 4);
  assert_true(pes->payload_bits_out == 4 * 8);
  assert_true(into->drains.actual == 4 && into->drains.gated == 4);
  assert_true(into->updates.actual == 2 && into->updates.gated == 2);
  assert_true(into->payload_bits_out == 4 * 8);
  assert_true(into->partial_sum_reads.actual == 0);
  assert_true(r.counts.last_bits[1] == 8 && r.counts.last_bits[2] == 2 * 8);
  assert_true(r.counts.macs.actual == 8 && r.counts.macs.skipped == 8);
}

/* The same rules as above by a model: 8 of 16 values anywhere. Of 12,870 ways
   C(14, 8) = 3,003 leave a given half row empty, so that 16 * 3003 / 12870 words
   stay in L2; the other zeros stay in the buffers. */
static void each_level_is_expected_to_act(void **state) {
  (void)state;
  rows r;
  const double away = 16 * 3003. / 12870;
  read_rows(&r, &input_rules, TACET_INPUT, NULL);
  const tacet_flow *into = &r.counts.flow[1][TACET_INPUT];
  const tacet_flow *pes = &r.counts.flow[2][TACET_INPUT];
  assert_near(r.counts.flow[0][TACET_INPUT].fills.actual, 16);
  assert_near(into->fills.actual, 16 - away);
  assert_near(into->payload_bits_in, 8 * (16 - away));
  const tacet_split *const inside[] = {&pes->fills, &pes->parent_reads,
                                       &r.counts.macs};
  for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
    assert_near(inside[i]->actual, 8);
    assert_near(inside[i]->gated, 8 - away);
    assert_near(inside[i]->skipped, away);
  }
}

/* ---- by models ---------------------------------------------------------- */

enum { WAYS = TACET_MAX_STORAGE - 1 };

/* Of each way and operand; of bits only the sums matter. Where rules act, what
   parents send is looked at only if there are no windows, of which neighbours
   share parts. */
typedef struct figures {
  double fills[WAYS][TACET_OUTPUT];
  double reads[WAYS][TACET_OUTPUT];
  double macs;
  double bits[WAYS][TACET_OUTPUT];
} figures;

enum {
  FIGURES = sizeof(figures) / sizeof(double),
  BITS = offsetof(figures, bits) / sizeof(double)
};

static void read_figures(figures *f, const masked_case *c,
                         const tacet_sparsity *sparsity) {
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  if (tacet_read_sparse(&counts, &timeline, &c->dense.nest,
                        &c->dense.accelerator, &c->features, sparsity, &error))
    fail_msg("%s", error.message);
  memset(f, 0, sizeof *f);
  f->macs = counts.macs.actual;
  const bool sends =
      c->features.rules == 0 || c->dense.layer.type == TACET_GEMM;
  for (int b = 0; b < c->dense.nest.storages - 1; b++)
    for (int t = 0; t < TACET_OUTPUT; t++) {
      const tacet_flow *flow = &counts.flow[b][t];
      f->fills[b][t] = flow->fills.actual;
      if (sends) f->reads[b][t] = flow->parent_reads.actual;
      f->bits[b][t] = flow->payload_bits_in + flow->metadata_bits_in;
    }
}

/* Of what masks of each operand give. */
typedef struct sample {
  double first, sum, squares;
  int others; /* masks that give something else than the first */
} sample;

static void draw(sample samples[FIGURES], const masked_case *c,
                 const tacet_pattern pattern[TACET_OUTPUT], uint64_t seed) {
  tacet_mask mask[TACET_OUTPUT];
  tacet_sparsity drawn = {.tensor = {[TACET_OUTPUT] = {.density = 1}}};
  figures f;
  draw_operands(&drawn, mask, pattern, &c->dense.layer, seed);
  read_figures(&f, c, &drawn);
  const double *figure = (const double *)&f;
  for (int i = 0; i < FIGURES; i++) {
    sample *s = &samples[i];
    if (s->sum == 0 && s->squares == 0 && s->others == 0) s->first = figure[i];
    s->others += figure[i] != s->first;
    s->sum += figure[i];
    s->squares += figure[i] * figure[i];
  }
  for (int t = 0; t < TACET_OUTPUT; t++) tacet_mask_free(&mask[t]);
}

static void add_bits(double *sum, const figures *f) {
  for (int b = 0; b < WAYS; b++)
    for (int t = 0; t < TACET_OUTPUT; t++) *sum += f->bits[b][t];
}

enum { SEEN = 10 };

/* Whether an expectation is within 3.5 standard errors of the masks. What fewer
   than SEEN masks have, or all but so few, as tiles that rules stop, has a chance
   of about as many: of it no error can be told. `dense` is the figure without
   zeros, or 0 if there are no rules. */
static bool is_near(double expected, const sample *s, double draws,
                    double dense) {
  const double mean = s->sum / draws;
  const double variance = fmax(0, s->squares / draws - mean * mean);
  const double rare = s->others < SEEN ? 2 * SEEN / draws * dense : 0;
  return fabs(mean - expected) <=
         3.5 * sqrt(variance / draws) + rare + 1e-9 * (1 + mean);
}

/* Words and MACs that are off. Adds up bits. */
static int count_misses(const masked_case *c,
                        const tacet_pattern pattern[TACET_OUTPUT],
                        uint64_t draws, double *expected, double *drawn) {
  tacet_sparsity models = {.tensor = {[TACET_OUTPUT] = {.density = 1}}};
  const tacet_sparsity dense = {
      {{.density = 1}, {.density = 1}, {.density = 1}}};
  figures f, all, mean;
  sample samples[FIGURES] = {{0}};
  for (int t = 0; t < TACET_OUTPUT; t++)
    models.tensor[t] = (tacet_zeros){
        .density = tacet_pattern_density(&pattern[t]), .pattern = &pattern[t]};
  read_figures(&f, c, &models);
  read_figures(&all, c, &dense);
  for (uint64_t i = 0; i < draws; i++)
    draw(samples, c, pattern, c->dense.seed * draws + i);
  int misses = 0;
  const double *figure = (const double *)&f;
  for (int i = 0; i < FIGURES; i++) {
    const double average = ((double *)&mean)[i] =
        samples[i].sum / (double)draws;
    const double most = c->features.rules ? ((const double *)&all)[i] : 0;
    if (i >= BITS || is_near(figure[i], &samples[i], (double)draws, most))
      continue;
    misses++;
    printf("case %llu: figure %d is %g on average, expected %g\n",
           (unsigned long long)c->dense.seed, i, average, figure[i]);
  }
  add_bits(expected, &f);
  add_bits(drawn, &mean);
  return misses;
}

/* One action above L1 for each operand's zeros. */
static void act(masked_case *c) {
  uint64_t random = c->dense.seed ^ UINT64_C(0xac7);
  const int l1 = c->dense.nest.storages - 1;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    tacet_rule *rule = &c->features.rule[c->features.rules++];
    *rule = (tacet_rule){.storage = (int)random_between(&random, 0, l1 - 1),
                         .skip = random_between(&random, 0, 1),
                         .target = (int)random_between(&random, 0, 1),
                         .element = !c->dense.nest.contiguous[1] &&
                                    random_between(&random, 0, 3) == 0,
                         .on = {t == TACET_WEIGHT, t == TACET_INPUT}};
    tacet_error error;
    if (tacet_rule_check(rule, &c->features, &c->dense.accelerator, &error))
      rule->skip = false;
  }
}

/* Designs with buffers at cluster boundaries from a seed on. */
static void next_case(masked_case *c, uint64_t *seed, bool acts) {
  for (;;) {
    masked_make(c, (*seed)++);
    c->features.balance.kind = TACET_BALANCE_NOT;
    c->features.rules = 0;
    if (c->dense.nest.storages > 3 && !case_has_padding(&c->dense) &&
        c->dense.layer.type != TACET_TRANSPOSED) {
      if (acts) act(c);
      return;
    }
    masked_free(c);
  }
}

typedef tacet_pattern make_pattern(uint64_t *random,
                                   const tacet_tensor *tensor);

/* Returns the misses of the words; the bits of all cases. */
static int judge(make_pattern *make, bool acts, uint64_t cases, uint64_t draws,
                 double *expected, double *drawn) {
  uint64_t seed = 20260501;
  ask_for_cases(&seed, &cases);
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  int misses = 0;
  for (uint64_t i = 0; i < cases; i++) {
    tacet_pattern pattern[TACET_OUTPUT];
    next_case(c, &seed, acts);
    uint64_t random = c->dense.seed;
    for (int t = 0; t < TACET_OUTPUT; t++)
      pattern[t] = make(&random, &c->dense.layer.tensor[t]);
    misses += count_misses(c, pattern, draws, expected, drawn);
    masked_free(c);
  }
  free(c);
  return misses;
}

static tacet_pattern anywhere(uint64_t *random, const tacet_tensor *tensor) {
  return tacet_pattern_uniform(tensor,
                               (double)random_between(random, 1, 9) / 10);
}

/* They leave nothing to chance. */
static void planes_have_the_words_of_their_masks(void **state) {
  double expected = 0, drawn = 0;
  (void)state;
  assert_int_equal(judge(plane_over_tensor, false, 300, 1, &expected, &drawn),
                   0);
}

/* One in 2,000 figures is off by chance. Bits of single designs are off by more
   where transfers are padded, or have no value by chance; of all by little. */
static void models_expect_what_masks_have(void **state) {
  double expected = 0, drawn = 0;
  (void)state;
  assert_in_range(judge(anywhere, false, 100, 60, &expected, &drawn), 0, 4);
  assert_true(fabs(expected - drawn) <= 0.01 * drawn);
}

/* Elements of windows that several loops take through are an estimate. */
static void models_expect_what_actions_leave(void **state) {
  double expected = 0, drawn = 0;
  (void)state;
  assert_in_range(judge(anywhere, true, 150, 60, &expected, &drawn), 0, 6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_level_has_its_format),
      cmocka_unit_test(each_buffer_sends_its_own),
      cmocka_unit_test(each_level_acts),
      cmocka_unit_test(each_level_acts_on_outputs),
      cmocka_unit_test(each_level_is_expected_to_act),
      cmocka_unit_test(planes_have_the_words_of_their_masks),
      cmocka_unit_test(models_expect_what_masks_have),
      cmocka_unit_test(models_expect_what_actions_leave),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
