/* What `tacet mask make` draws of every distribution that a density can be: as
   many elements as its closed form has, and in a box as many as it expects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/spec.h"
#include "../sparse/patterns/pattern.h"
#include "program.h"

typedef struct drawing {
  const char *pattern;
  const char *tensor; /* weight[K=24, C=12, R=2, S=2], output[B=2, M, N=32] */
  bool certain;       /* nothing is left to chance */
} drawing;

static const drawing drawings[] = {
    {"{distribution: dense}", "weight", true},
    {"{distribution: uniform, density: 0.3}", "weight", false},
    {"{distribution: hypergeometric, density: 0.75}", "weight", false},
    {"{distribution: block, block: {K: 4, C: 3}, density: 0.25}", "weight",
     false},
    {"{distribution: channel, along: C, density: 0.5}", "weight", false},
    {"{distribution: filter, along: K, density: 0.25}", "weight", false},
    {"{distribution: fixed-structured, n: 2, m: 4, along: C}", "weight", false},
    {"{distribution: per-channel, along: R, densities: [0.25, 1]}", "weight",
     false},
    {"{distribution: banded, band-width: 3}", "output", true},
    {"{distribution: diagonal, band-width: 0}", "output", true},
    {"{distribution: causal}", "output", true},
    {"{distribution: window, window: 6}", "output", true},
    {"{distribution: window, window: 5, causal: true}", "output", true},
    {"{distribution: global, tokens: 3}", "output", true},
    {"{distribution: strided, stride: 5, causal: true}", "output", true},
    {"{distribution: block-random, block: 4, global: 1, window: 3, random: 2, "
     "seed: 7}",
     "output", true},
    {"{distribution: union, of: [{distribution: causal}, "
     "{distribution: global, tokens: 2}]}",
     "output", true},
};

static const char layers_text[] =
    "tacet: 1\nnetwork: drawn\nlayers:\n"
    "  - {name: weight, type: CONV, dims: {K: 24, C: 12, R: 2, S: 2, Y: 4, X: "
    "4}}\n"
    "  - {name: output, type: GEMM, dims: {B: 2, M: 32, N: 32, K: 4}}\n";

enum { SEEDS = 25 };

typedef struct subject {
  tacet_doc *doc;
  tacet_network network;
} subject;

static int open_network(void **state) {
  static subject s;
  tacet_error error;
  if (scratch_make(state)) return 1;
  file_write("drawn.yaml", layers_text);
  *state = &s;
  return tacet_doc_parse(&s.doc, layers_text, strlen(layers_text), "drawn.yaml",
                         &error) ||
         tacet_network_read(&s.network, s.doc, &error);
}

static int close_network(void **state) {
  subject *s = *state;
  tacet_network_free(&s->network);
  tacet_doc_free(s->doc);
  return scratch_remove(state);
}

static const tacet_tensor *tensor_of(const subject *s, const drawing *d) {
  const bool weight = strcmp(d->tensor, "weight") == 0;
  return &s->network.layer[weight ? 0 : 1]
              .tensor[weight ? TACET_WEIGHT : TACET_OUTPUT];
}

static void read_pattern(tacet_pattern *pattern, tacet_doc **doc,
                         const drawing *d, const tacet_tensor *tensor) {
  tacet_error error;
  if (tacet_doc_parse(doc, d->pattern, strlen(d->pattern), "pattern", &error) ||
      tacet_pattern_read(pattern, tacet_doc_root(*doc), TACET_CONV, tensor,
                         "it", &error))
    fail_msg("%s: %s", d->pattern, error.message);
}

/* By the command line into a file, and from there. */
static tacet_mask drawn(const drawing *d, const tacet_tensor *tensor,
                        int seed) {
  char command[400], dataset[64];
  tacet_mask mask;
  tacet_error error;
  snprintf(command, sizeof command,
           "mask make -n drawn.yaml -o d.h5 --layer %s --tensor %s --seed %d "
           "--density '%s'",
           d->tensor, d->tensor, seed, d->pattern);
  free(program_output(command));
  snprintf(dataset, sizeof dataset, "/%s/%s", d->tensor, tensor->name);
  const tacet_mask_source source = {.file = scratch_path("d.h5"),
                                    .dataset = dataset};
  if (tacet_mask_read(&mask, tensor, &source, &error))
    fail_msg("%s: %s", d->pattern, error.message);
  return mask;
}

/* A box that cuts blocks and groups. */
typedef struct box {
  int64_t start[TACET_MAX_RANKS], length[TACET_MAX_RANKS];
} box;

static box box_in(const tacet_tensor *tensor) {
  box b;
  for (int r = 0; r < tensor->ranks; r++) {
    const int64_t size = tensor->rank[r].size;
    b.start[r] = size / 5;
    b.length[r] = size > 4 ? size / 2 : size - b.start[r];
  }
  return b;
}

static bool contains(const box *b, const tacet_mask *mask, int64_t element) {
  bool inside = true;
  for (int r = mask->ranks - 1; r >= 0; r--) {
    const int64_t at = element % mask->size[r] - b->start[r];
    inside &= at >= 0 && at < b->length[r];
    element /= mask->size[r];
  }
  return inside;
}

static int64_t count_in(const box *b, const tacet_mask *mask) {
  int64_t count = 0;
  for (int64_t i = 0; i < mask->elements; i++)
    count += tacet_mask_test(mask, i) && contains(b, mask, i);
  return count;
}

/* Moments of a box over draws: the mean within 4 standard errors of what the
   model says, by the variance that it says. */
static void check_box(const drawing *d, const tacet_pattern *pattern,
                      const box *b, double mean, int draws) {
  const tacet_occupancy o = tacet_pattern_box(pattern, b->start, b->length);
  const double error = sqrt(o.variance / draws);
  assert_true(o.exact == d->certain);
  if (fabs(mean - o.nonzeros) > 4 * error + 1e-9)
    fail_msg("%s: %g in a box, expected %g +- %g", d->pattern, mean, o.nonzeros,
             error);
}

static void every_distribution_is_drawn(void **state) {
  const subject *s = *state;
  for (size_t i = 0; i < sizeof drawings / sizeof *drawings; i++) {
    const drawing *d = &drawings[i];
    const tacet_tensor *tensor = tensor_of(s, d);
    const int draws = d->certain ? 1 : SEEDS;
    const box b = box_in(tensor);
    tacet_pattern pattern;
    tacet_doc *doc;
    double mean = 0;
    read_pattern(&pattern, &doc, d, tensor);
    const double all =
        tacet_pattern_density(&pattern) * (double)tacet_tensor_size(tensor);
    for (int seed = 1; seed <= draws; seed++) {
      tacet_mask mask = drawn(d, tensor, seed);
      if (fabs((double)mask.nonzeros - all) > 0.5 + 1e-9)
        fail_msg("%s: %lld, expected %g", d->pattern, (long long)mask.nonzeros,
                 all);
      mean += (double)count_in(&b, &mask) / draws;
      tacet_mask_free(&mask);
    }
    check_box(d, &pattern, &b, mean, draws);
    tacet_pattern_free(&pattern);
    tacet_doc_free(doc);
  }
}

static void what_is_no_distribution_is_refused(void **state) {
  (void)state;
  ran r = program_run("mask make -n drawn.yaml -o d.h5 --layer weight "
                      "--density '{distribution: bock}'");
  check_refused(&r, 1, "block");
  r = program_run("mask make -n drawn.yaml -o d.h5 --layer weight "
                  "--density '{distribution: causal, windw: 3}'");
  check_refused(&r, 1, "windw");
  r = program_run("mask make -n drawn.yaml -o d.h5 --kind uniform "
                  "--density '{distribution: causal}'");
  check_refused(&r, 2, "other options another pattern");
  r = program_run("mask prune w.h5 -n drawn.yaml -o d.h5 "
                  "--density '{distribution: causal}'");
  check_refused(&r, 2, "expected 0 to 1");
}

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_distribution_is_drawn),
      cmocka_unit_test(what_is_no_distribution_is_refused),
  };
  return cmocka_run_group_tests(tests, open_network, close_network);
}
