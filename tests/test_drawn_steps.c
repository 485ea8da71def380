/* Cycles that models expect of steps, against the mean over masks drawn from
   them, each read exactly: on random layers and designs, and on designs under
   models/. Runs from the top folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/patterns/pattern.h"
#include "../sparse/sparse.h"
#include "design_file.h"
#include "model_files.h"
#include "pattern_cases.h"
#include "sparse_cases.h"

/* ---- drawing ------------------------------------------------------------ */

/* A design point, borrowed, and densities of its operands. */
typedef struct point {
  const tacet_nest *nest;
  const tacet_accelerator *accelerator;
  const tacet_features *features;
  tacet_pattern pattern[TACET_OUTPUT];
} point;

static void read_point(tacet_timeline *timeline, const point *p,
                       const tacet_sparsity *sparsity) {
  tacet_error error;
  tacet_counts counts;
  require(tacet_read_sparse(&counts, timeline, p->nest, p->accelerator,
                            p->features, sparsity, &error),
          &error);
}

static void expect(tacet_timeline *timeline, const point *p) {
  tacet_sparsity sparsity = {.tensor[TACET_OUTPUT].density = 1};
  for (int t = 0; t < TACET_OUTPUT; t++)
    sparsity.tensor[t].density = tacet_pattern_density(&p->pattern[t]);
  read_point(timeline, p, &sparsity);
}

static void draw(tacet_timeline *timeline, const point *p, uint64_t seed) {
  tacet_sparsity sparsity = {.tensor[TACET_OUTPUT].density = 1};
  tacet_mask mask[TACET_OUTPUT];
  draw_operands(&sparsity, mask, p->pattern, p->nest->layer, seed);
  read_point(timeline, p, &sparsity);
  for (int t = 0; t < TACET_OUTPUT; t++) tacet_mask_free(&mask[t]);
}

enum { COMPUTE, IN, OUT, STEPS, PARTS };

typedef struct parts {
  double of[PARTS];
} parts;

static parts parts_of(const tacet_timeline *t) {
  return (parts){{t->compute, t->in, t->out, t->steps}};
}

typedef struct means {
  parts mean;
  parts error; /* standard, of the mean */
} means;

static void draw_all(means *m, const point *p, int draws, uint64_t seed) {
  *m = (means){.mean = {{0}}};
  double squares[PARTS] = {0};
  for (int k = 0; k < draws; k++) {
    tacet_timeline timeline;
    draw(&timeline, p, seed * 1000 + (uint64_t)k);
    const parts one = parts_of(&timeline);
    for (int i = 0; i < PARTS; i++) {
      m->mean.of[i] += one.of[i] / draws;
      squares[i] += one.of[i] * one.of[i] / draws;
    }
  }
  for (int i = 0; i < PARTS; i++)
    m->error.of[i] =
        sqrt(fmax(0, squares[i] - m->mean.of[i] * m->mean.of[i]) / (draws - 1));
}

static void use_densities(point *p, double weight, double input) {
  for (int t = 0; t < TACET_OUTPUT; t++)
    p->pattern[t] = tacet_pattern_uniform(&p->nest->layer->tensor[t],
                                          t == TACET_WEIGHT ? weight : input);
}

/* ---- random designs ----------------------------------------------------- */

/* How often the parts of steps come out as drawn, and the steps where they do:
   then what is wrong with these is how the parts go side by side. */
typedef struct tally {
  int cases, parts_off, steps_off;
  double bias, bias_of_compute; /* sums of relative deviations */
} tally;

static double deviation(const parts *expected, const means *drawn, int i) {
  return drawn->mean.of[i] > 0 ? expected->of[i] / drawn->mean.of[i] - 1 : 0;
}

static bool is_off(const parts *expected, const means *drawn, int i,
                   double share) {
  return fabs(expected->of[i] - drawn->mean.of[i]) >
         share * drawn->mean.of[i] + 4 * drawn->error.of[i] + 1e-6;
}

static void count(tally *t, const parts *expected, const means *drawn) {
  t->cases++;
  for (int i = COMPUTE; i <= OUT; i++)
    if (is_off(expected, drawn, i, 0.02)) {
      t->parts_off++;
      return;
    }
  t->steps_off += is_off(expected, drawn, STEPS, 0.04);
  t->bias += deviation(expected, drawn, STEPS);
  t->bias_of_compute += deviation(expected, drawn, COMPUTE);
}

/* Some PEs skip what is zero, operands are compressed or not. */
static void make_design(masked_case *c, uint64_t seed, uint64_t *random) {
  masked_make(c, seed);
  c->features.balance.kind = TACET_BALANCE_NOT;
  c->features.rules = 1;
  c->features.rule[0] =
      (tacet_rule){.storage = TACET_AT_COMPUTE,
                   .skip = true,
                   .on = {[TACET_WEIGHT] = random_between(random, 0, 3) > 0,
                          [TACET_INPUT] = random_between(random, 0, 3) > 0}};
}

/* Makes transfers take about as long as compute, beside it. */
static void balance_time(tacet_accelerator *accelerator, const point *p) {
  const int l1 = accelerator->storages - 1;
  tacet_link *link = &accelerator->link[l1 - 1];
  tacet_timeline timeline;
  accelerator->storage[l1].double_buffered = true;
  expect(&timeline, p);
  const double moving = fmax(timeline.in, timeline.out);
  if (timeline.compute <= 0 || moving <= 0) return;
  link->bandwidth *= moving / timeline.compute;
  for (int t = 0; t < TACET_TENSORS; t++)
    link->bus[t] *= moving / timeline.compute;
}

static void steps_of_random_designs(void **state) {
  (void)state;
  const uint64_t seed = environment_number("TACET_SEED", 20240229);
  const uint64_t cases = environment_number("TACET_CASES", 400);
  uint64_t random = seed;
  tally t = {0};
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    tacet_timeline timeline;
    means drawn;
    make_design(c, seed + i, &random);
    point p = {&c->dense.nest, &c->dense.accelerator, &c->features, {{0}}};
    use_densities(&p, (double)random_between(&random, 1, 9) / 10,
                  (double)random_between(&random, 1, 10) / 10);
    balance_time(&c->dense.accelerator, &p);
    expect(&timeline, &p);
    draw_all(&drawn, &p, 30, seed + i);
    const parts expected = parts_of(&timeline);
    count(&t, &expected, &drawn);
    masked_free(c);
  }
  free(c);
  const double judged = t.cases - t.parts_off;
  printf("seed %llu: of %d cases %d have parts that are off; of the others %d "
         "steps, bias %.2f %%, of compute %.2f %%\n",
         (unsigned long long)seed, t.cases, t.parts_off, t.steps_off,
         100 * t.bias / judged, 100 * t.bias_of_compute / judged);
  assert_true(2 * t.parts_off < t.cases);
  assert_true(20 * t.steps_off < judged);
  assert_true(fabs(t.bias / judged) < 0.01);
}

/* ---- designs under models/ ---------------------------------------------- */

static const char layers[] =
    "tacet: 1\n"
    "network: drawn\n"
    "layers:\n"
    "  - name: c\n"
    "    type: CONV\n"
    "    dims: {K: 32, C: 32, R: 3, S: 3, Y: 16, X: 16}\n"
    "    padding: 1\n"
    "  - name: first\n"
    "    type: CONV\n"
    "    dims: {K: 32, C: 3, R: 3, S: 3, Y: 64, X: 64}\n"
    "    stride: 2\n"
    "    padding: 1\n"
    "  - name: depthwise\n"
    "    type: DWCONV\n"
    "    dims: {C: 96, R: 3, S: 3, Y: 28, X: 28}\n"
    "    padding: 1\n";

enum { USUAL, FIRST, DEPTHWISE };

/* A design, and the layer that it runs. */
typedef struct bound_design {
  design of;
  tacet_doc *network_doc;
  tacet_network network;
  tacet_nest nest;
} bound_design;

static void bind_design(bound_design *d, const char *path, int which) {
  tacet_error error;
  open_design(&d->of, path);
  require(tacet_doc_parse(&d->network_doc, layers, strlen(layers), "drawn.yaml",
                          &error),
          &error);
  require(tacet_network_read(&d->network, d->network_doc, &error), &error);
  const tacet_layer *layer = &d->network.layer[which];
  require(tacet_bind(&d->nest, layer, &d->of.dataflow.flow[layer->type],
                     &d->of.accelerator, &error),
          &error);
  require(tacet_place_tiles(&d->nest, &d->of.accelerator, &error), &error);
}

static void free_design(bound_design *d) {
  tacet_network_free(&d->network);
  tacet_doc_free(d->network_doc);
  close_design(&d->of);
}

static void check_design(const char *path, int layer, double weight,
                         double input, int part, double share) {
  bound_design d;
  tacet_timeline timeline;
  means drawn;
  bind_design(&d, path, layer);
  point p = {&d.nest, &d.of.accelerator, &d.of.features, {{0}}};
  use_densities(&p, weight, input);
  expect(&timeline, &p);
  draw_all(&drawn, &p, 5, 1);
  const parts expected = parts_of(&timeline);
  const double off = deviation(&expected, &drawn, part);
  printf("%s: %.0f cycles, %.0f +- %.0f drawn, %+.1f %%\n", path,
         expected.of[part], drawn.mean.of[part], drawn.error.of[part],
         100 * off);
  assert_true(fabs(off) < share);
  free_design(&d);
}

/* At 0.3 and 0.4 compute takes 7 cycles a step on average and varies by 4, what
   leaves takes 6. A normal variable is further off where work is more skewed:
   dense weights multiply what few inputs there are. */
static void pe_waits_for_its_sums(void **state) {
  (void)state;
  static const double densities[][TACET_OUTPUT] = {
      {0.3, 0.4}, {0.2, 0.2}, {0.1, 0.9}, {0.9, 0.2}, {0.5, 0.5}};
  for (size_t i = 0; i < sizeof densities / sizeof *densities; i++)
    check_design(ACCELERATORS "/eyeriss-v2-pe.yaml", USUAL,
                 densities[i][TACET_WEIGHT], densities[i][TACET_INPUT], STEPS,
                 i == 0 ? 0.02 : 0.03);
}

/* Little comes in at a time, and often nothing. */
static void few_words_come_in(void **state) {
  (void)state;
  check_design(ACCELERATORS "/scnn.yaml", USUAL, 0.05, 0.05, IN, 0.02);
  check_design(ACCELERATORS "/scnn.yaml", USUAL, 0.3, 0.4, IN, 0.02);
  check_design(ACCELERATORS "/eyeriss-v2-pe.yaml", USUAL, 0.1, 0.1, IN, 0.02);
}

/* Four PEs have the same three inputs at a time, and weights of their own: the
   busiest varies with the inputs as its own weights are many. */
static void pes_share_inputs(void **state) {
  (void)state;
  check_design(ACCELERATORS "/eyeriss-v2.yaml", FIRST, 0.5, 0.4, STEPS, 0.02);
}

/* The filter's first and last row lie in padding for all PEs of some steps, and
   for none of the others. */
static void padding_is_common(void **state) {
  (void)state;
  check_design(ACCELERATORS "/eyeriss-v2.yaml", DEPTHWISE, 0.5, 0.4, COMPUTE,
               0.02);
  check_design(ACCELERATORS "/eyeriss-v2.yaml", DEPTHWISE, 0.9, 0.7, COMPUTE,
               0.02);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_of_random_designs),
      cmocka_unit_test(pe_waits_for_its_sums),
      cmocka_unit_test(few_words_come_in),
      cmocka_unit_test(pes_share_inputs),
      cmocka_unit_test(padding_is_common),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
