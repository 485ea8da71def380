/* What must hold for the sparse reading of any design, on random small layers,
   designs and zeros: masks, densities, and patterns of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern_cases.h"
#include "sparse_cases.h"

/* ---- cases -------------------------------------------------------------- */

/* A case whose zeros may be patterns; these are its own. */
typedef struct zeros_case {
  masked_case masked;
  tacet_pattern pattern[TACET_TENSORS];
} zeros_case;

typedef void property(zeros_case *c);

/* Checks the case of a seed with its masks, then with patterns instead. */
static void check_both(zeros_case *c, uint64_t seed, property *check,
                       void (*give_patterns)(zeros_case *)) {
  masked_make(&c->masked, seed);
  memset(c->pattern, 0, sizeof c->pattern);
  check(c);
  masked_free(&c->masked);
  masked_make(&c->masked, seed);
  c->masked.features.balance.kind = TACET_BALANCE_NOT; /* rules stay in place */
  give_patterns(c);
  check(c);
  for (int t = 0; t < TACET_TENSORS; t++) tacet_pattern_free(&c->pattern[t]);
  masked_free(&c->masked);
}

static void for_cases(property *check, void (*give_patterns)(zeros_case *)) {
  const uint64_t seed = environment_number("TACET_SEED", 20221001);
  const uint64_t cases = environment_number("TACET_CASES", 600);
  printf("seed %llu, %llu cases\n", (unsigned long long)seed,
         (unsigned long long)cases);
  zeros_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++)
    check_both(c, seed + i, check, give_patterns);
  free(c);
}

/* Cases in which it once did not hold. */
static void for_known(property *check, void (*give_patterns)(zeros_case *),
                      const uint64_t *seed, size_t seeds) {
  zeros_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (size_t i = 0; i < seeds; i++)
    check_both(c, seed[i], check, give_patterns);
  free(c);
}

#define CHECK(c, holds, ...)                                                   \
  if (!(holds)) fail_case(c, __VA_ARGS__)

static void print_zeros(const zeros_case *c, int t) {
  static const char *const kinds[] = {"blocks", "n of m", "densities", "plane"};
  const tacet_zeros *zeros = &c->masked.sparsity.tensor[t];
  printf("  zeros of %s: %s, density %g%s\n",
         c->masked.dense.layer.tensor[t].name,
         zeros->mask      ? "mask"
         : zeros->pattern ? kinds[zeros->pattern->kind]
                          : "even",
         zeros->density, zeros->known ? ", known" : "");
}

/* Fails the test and tells the case. */
__attribute__((format(printf, 2, 3))) static void
fail_case(const zeros_case *c, const char *format, ...) {
  const masked_case *m = &c->masked;
  char text[256];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  case_print(&m->dense);
  case_print_issue(&m->dense);
  case_print_zeros(m->mask, &m->features);
  for (int t = 0; t < TACET_TENSORS; t++) print_zeros(c, t);
  fail_msg("TACET_SEED=%llu TACET_CASES=1: %s",
           (unsigned long long)m->dense.seed, text);
}

/* ---- patterns ----------------------------------------------------------- */

static tacet_pattern random_blocks(uint64_t *random,
                                   const tacet_tensor *tensor) {
  int64_t block[TACET_MAX_RANKS];
  for (int r = 0; r < tensor->ranks; r++)
    block[r] = random_between(random, 1, 3);
  return tacet_pattern_blocks(tensor, block,
                              (double)random_between(random, 0, 8) / 8);
}

static tacet_pattern random_pattern(uint64_t *random,
                                    const tacet_tensor *tensor) {
  const int rank = (int)random_between(random, 0, tensor->ranks - 1);
  switch (random_between(random, 0, 4)) {
  case 0: return random_n_of_m(random, tensor, rank);
  case 1: return random_densities(random, tensor, rank);
  case 2: return random_blocks(random, tensor);
  case 3: return plane_over_tensor(random, tensor);
  }
  return tacet_pattern_uniform(tensor,
                               (double)random_between(random, 0, 8) / 8);
}

static void set_pattern(zeros_case *c, int t, tacet_pattern pattern) {
  tacet_pattern_free(&c->pattern[t]);
  c->pattern[t] = pattern;
  c->masked.sparsity.tensor[t] =
      (tacet_zeros){.density = tacet_pattern_density(&pattern),
                    .pattern = &c->pattern[t],
                    .known = c->masked.sparsity.tensor[t].known};
}

static void give_patterns(zeros_case *c) {
  uint64_t random = c->masked.dense.seed ^ UINT64_C(0xa77e);
  memset(c->pattern, 0, sizeof c->pattern);
  for (int t = 0; t < TACET_TENSORS; t++)
    set_pattern(c, t,
                random_pattern(&random, &c->masked.dense.layer.tensor[t]));
}

/* Each tensor without zeros, by a pattern that says so. */
static void give_full_patterns(zeros_case *c) {
  uint64_t random = c->masked.dense.seed ^ UINT64_C(0xf011);
  memset(c->pattern, 0, sizeof c->pattern);
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_tensor *tensor = &c->masked.dense.layer.tensor[t];
    const int64_t m = random_between(&random, 1, 4);
    const int rank = (int)random_between(&random, 0, tensor->ranks - 1);
    set_pattern(c, t,
                random_between(&random, 0, 1)
                    ? tacet_pattern_n_of_m(tensor, rank, m, m)
                    : tacet_pattern_uniform(tensor, 1));
  }
}

/* Zeros that lie evenly, of a density that `fewer` takes from. */
static void give_densities(zeros_case *c) {
  uint64_t random = c->masked.dense.seed ^ UINT64_C(0xde45);
  memset(c->pattern, 0, sizeof c->pattern);
  for (int t = 0; t < TACET_TENSORS; t++)
    c->masked.sparsity.tensor[t] =
        (tacet_zeros){.density = (double)random_between(&random, 0, 15) / 16,
                      .known = c->masked.sparsity.tensor[t].known};
}

/* ---- reading ------------------------------------------------------------ */

typedef struct result {
  tacet_counts counts;
  tacet_timeline timeline;
} result;

static tacet_cost cost_of(const zeros_case *c, const result *r) {
  const tacet_accelerator *accelerator = &c->masked.dense.accelerator;
  tacet_cost cost;
  tacet_cost_of(&cost, &r->counts, &r->timeline, accelerator);
  CHECK(c, cost.utilisation >= 0 && cost.utilisation <= 1, "utilisation %.17g",
        cost.utilisation);
  return cost;
}

static tacet_cost read_dense(result *out, const zeros_case *c) {
  const random_case *d = &c->masked.dense;
  tacet_error error;
  if (tacet_read_dense(&out->counts, &out->timeline, &d->nest, &d->accelerator,
                       &error))
    fail_case(c, "%s", error.message);
  return cost_of(c, out);
}

static tacet_cost read_sparse(result *out, const zeros_case *c) {
  const masked_case *m = &c->masked;
  tacet_error error;
  if (tacet_read_sparse(&out->counts, &out->timeline, &m->dense.nest,
                        &m->dense.accelerator, &m->features, &m->sparsity,
                        &error))
    fail_case(c, "%s", error.message);
  return cost_of(c, out);
}

/* Expectations are sums of many terms in another order. */
static bool no_more(double a, double b) {
  return a <= b + 1e-9 * fabs(b);
}

/* ---- algorithmic = actual + gated + skipped ----------------------------- */

static void check_split(const zeros_case *c, const tacet_split *sparse,
                        const tacet_split *dense, const char *what) {
  const double sum = sparse->actual + sparse->gated + sparse->skipped;
  CHECK(c, sparse->actual >= 0 && sparse->gated >= 0 && sparse->skipped >= 0,
        "%s: %g actual, %g gated, %g skipped", what, sparse->actual,
        sparse->gated, sparse->skipped);
  CHECK(c, fabs(sum - dense->actual) <= 1e-9 * dense->actual,
        "%s: %.17g in all, dense %.17g", what, sum, dense->actual);
}

static void check_sums(zeros_case *c) {
  result sparse, dense;
  read_sparse(&sparse, c);
  read_dense(&dense, c);
  const tacet_counts *s = &sparse.counts, *d = &dense.counts;
  check_split(c, &s->macs, &d->macs, "MACs");
  check_split(c, &s->l1_writes, &d->l1_writes, "L1 writes");
  for (int t = 0; t < TACET_TENSORS; t++) {
    check_split(c, &s->l1_reads[t], &d->l1_reads[t], "L1 reads");
    for (int b = 0; b < c->masked.dense.nest.storages - 1; b++) {
      const tacet_flow *left = &s->flow[b][t], *right = &d->flow[b][t];
      check_split(c, &left->fills, &right->fills, "fills");
      check_split(c, &left->parent_reads, &right->parent_reads, "parent reads");
      check_split(c, &left->drains, &right->drains, "drains");
      check_split(c, &left->updates, &right->updates, "updates");
      check_split(c, &left->partial_sum_reads, &right->partial_sum_reads,
                  "partial-sum reads");
    }
  }
}

static void nothing_is_lost(void **state) {
  (void)state;
  for_cases(check_sums, give_patterns);
}

/* ---- density 1 ---------------------------------------------------------- */

static void fill_masks(masked_case *m) {
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_mask *mask = &m->mask[t];
    for (int64_t i = 0; i < mask->elements; i++) tacet_mask_set(mask, i);
    tacet_mask_recount(mask);
  }
}

/* Padding is work that a sparse design leaves out, and so are inserted zeros,
   unless a mask has other values in their place. A transposed layer with a
   filter of 1 x 1 has these alone. */
static bool leaves_work_out(const zeros_case *c) {
  const tacet_tensor *input = &c->masked.dense.layer.tensor[TACET_INPUT];
  return case_has_padding(&c->masked.dense) ||
         (!c->masked.sparsity.tensor[TACET_INPUT].mask &&
          tacet_tensor_values(input) < tacet_tensor_size(input));
}

static void check_full(zeros_case *c) {
  result sparse, dense;
  if (leaves_work_out(c)) return;
  fill_masks(&c->masked);
  c->masked.sparsity.tensor[TACET_OUTPUT].density = 1;
  read_dense(&dense, c);
  read_sparse(&sparse, c);
  const double *left = (const double *)&sparse, *right = (const double *)&dense;
  for (size_t i = 0; i < sizeof sparse / sizeof *left; i++)
    CHECK(c, left[i] == right[i], "number %d is %.17g, dense %.17g", (int)i,
          left[i], right[i]);
}

static void no_zeros_is_dense(void **state) {
  (void)state;
  for_cases(check_full, give_full_patterns);
}

/* So are the zeros that transposed layers insert where nothing is padded, which
   few random ones are. */
static void inserted_zeros_are_no_padding(void **state) {
  (void)state;
  zeros_case *c = malloc(sizeof *c);
  assert_non_null(c);
  int checked = 0;
  for (uint64_t seed = 1; checked < 4; seed++) {
    const tacet_layer *layer = &c->masked.dense.layer;
    case_make(&c->masked.dense, seed);
    if (layer->type != TACET_TRANSPOSED || case_has_padding(&c->masked.dense))
      continue;
    check_both(c, seed, check_full, give_full_patterns);
    checked++;
  }
  free(c);
}

/* ---- gating and skipping ------------------------------------------------ */

static void set_rules(zeros_case *c, bool skip) {
  tacet_features *features = &c->masked.features;
  for (int i = 0; i < features->rules; i++) features->rule[i].skip = skip;
}

static bool is_expected(const masked_case *m) {
  return !tacet_is_exact(&m->sparsity, &m->features, &m->dense.layer,
                         &m->dense.accelerator);
}

static void leave_formats_out(masked_case *m) {
  memset(m->features.format, 0, sizeof m->features.format);
}

/* What a format takes of the elements that are left is an expectation of its
   own. */
static void check_skip(zeros_case *c) {
  result gate, skip;
  if (is_expected(&c->masked)) leave_formats_out(&c->masked);
  set_rules(c, false);
  const tacet_cost gated = read_sparse(&gate, c);
  set_rules(c, true);
  const tacet_cost skipped = read_sparse(&skip, c);
  CHECK(c, no_more(skipped.cycles, gated.cycles),
        "%.17g cycles with skips, %.17g with gates", skipped.cycles,
        gated.cycles);
  CHECK(c, no_more(skipped.energy.total, gated.energy.total),
        "%.17g pJ with skips, %.17g with gates", skipped.energy.total,
        gated.energy.total);
}

static void skipping_costs_no_more_than_gating(void **state) {
  (void)state;
  static const uint64_t known[] = {976,      1731,     2150,     2238,
                                   3792,     20230817, 20259319, 20261581,
                                   20390865, 20402582, 20283804};
  for_known(check_skip, give_patterns, known, sizeof known / sizeof *known);
  for_cases(check_skip, give_patterns);
}

static void check_gate(zeros_case *c) {
  result gate, dense;
  leave_formats_out(&c->masked);
  set_rules(c, false);
  const tacet_cost gated = read_sparse(&gate, c);
  const tacet_cost whole = read_dense(&dense, c);
  CHECK(c, gated.cycles == whole.cycles, "%.17g cycles with gates, dense %.17g",
        gated.cycles, whole.cycles);
  CHECK(c, no_more(gated.energy.total, whole.energy.total),
        "%.17g pJ with gates, dense %.17g", gated.energy.total,
        whole.energy.total);
}

static void gating_takes_the_time_of_dense(void **state) {
  (void)state;
  for_cases(check_gate, give_patterns);
}

/* ---- fewer non-zeros ---------------------------------------------------- */

static void drop(tacet_mask *mask, int64_t element) {
  mask->bits[element / 64] &= ~(UINT64_C(1) << (element % 64));
}

/* A tensor without zeros is sent uncompressed, which can be shorter. */
static void begin_removing(masked_case *m) {
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_mask *mask = &m->mask[t];
    if (mask->nonzeros == mask->elements) drop(mask, 0);
    tacet_mask_recount(mask);
    if (m->sparsity.tensor[t].mask) continue;
    m->sparsity.tensor[t].density *= 0.9375;
  }
}

static void remove_some(masked_case *m) {
  uint64_t random = m->dense.seed;
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_mask *mask = &m->mask[t];
    for (int64_t i = 0; i < mask->elements; i++)
      if (random_between(&random, 0, 3) == 0) drop(mask, i);
    tacet_mask_recount(mask);
    tacet_zeros *zeros = &m->sparsity.tensor[t];
    if (!zeros->mask) zeros->density *= 0.75;
  }
}

/* It is the smallest format of a whole tile, not of each transfer. */
static void replace_best(tacet_features *features) {
  for (int s = 0; s < TACET_MAX_STORAGE; s++)
    for (int t = 0; t < TACET_TENSORS; t++)
      if (features->format[s][t].name == TACET_BEST)
        features->format[s][t] = tacet_format_named(TACET_BITMASK);
}

/* Of numbers that are taken to be normal, or to come in parts, the expectation
   of a ceiling is an estimate: it may rise by so much. */
static const double ESTIMATE = 0.005;

static void check_fewer(zeros_case *c) {
  result before, after;
  replace_best(&c->masked.features);
  c->masked.features.balance.kind = TACET_BALANCE_NOT; /* deals others then */
  begin_removing(&c->masked);
  const tacet_cost many = read_sparse(&before, c);
  remove_some(&c->masked);
  const tacet_cost few = read_sparse(&after, c);
  CHECK(c,
        is_expected(&c->masked) ? few.cycles <= (1 + ESTIMATE) * many.cycles
                                : no_more(few.cycles, many.cycles),
        "%.17g cycles, before %.17g", few.cycles, many.cycles);
  CHECK(c, no_more(few.energy.total, many.energy.total),
        "%.17g pJ, before %.17g", few.energy.total, many.energy.total);
}

static void fewer_nonzeros_cost_no_more(void **state) {
  (void)state;
  static const uint64_t known[] = {
      968,      3281,     10182,    20221547, 20222596, 20226994, 20229193,
      20248449, 20265055, 20268831, 20281896, 20292174, 20304036, 20361655,
      20383684, 20384062, 20408243, 20270733, 20276489};
  for_known(check_fewer, give_densities, known, sizeof known / sizeof *known);
  for_cases(check_fewer, give_densities);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_lost),
      cmocka_unit_test(no_zeros_is_dense),
      cmocka_unit_test(inserted_zeros_are_no_padding),
      cmocka_unit_test(skipping_costs_no_more_than_gating),
      cmocka_unit_test(gating_takes_the_time_of_dense),
      cmocka_unit_test(fewer_nonzeros_cost_no_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
