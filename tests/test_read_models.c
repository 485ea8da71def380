/* An evaluation with models, dense and sparse in one call, is the same as stage
   by stage, errors included, and takes no memory, whatever the design and the
   patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocations.h"
#include "sparse_cases.h"

/* In place of a mask: a density, or two of every four. */
static void make_models(tacet_sparsity *sparsity,
                        tacet_pattern pattern[TACET_TENSORS],
                        const random_case *c, uint64_t *random) {
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_tensor *tensor = &c->layer.tensor[t];
    tacet_zeros *zeros = &sparsity->tensor[t];
    const bool known = zeros->known;
    *zeros = (tacet_zeros){
        .density = (double)random_between(random, 0, 10) / 10, .known = known};
    if (random_between(random, 0, 1)) continue;
    const int rank = (int)random_between(random, 0, tensor->ranks - 1);
    pattern[t] = tacet_pattern_n_of_m(tensor, rank, 2, 4);
    zeros->pattern = &pattern[t];
    zeros->density = tacet_pattern_density(&pattern[t]);
  }
}

/* Both readings of a design point. */
typedef struct outcome {
  tacet_status status;
  tacet_cost cost[2];
  char message[sizeof((tacet_error *)0)->message];
} outcome;

static void by_stages(outcome *o, const masked_case *c) {
  const random_case *d = &c->dense;
  tacet_nest nest;
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error = {.message = ""};
  o->status =
      tacet_bind(&nest, &d->layer, &d->dataflow, &d->accelerator, &error);
  if (!o->status) o->status = tacet_place_tiles(&nest, &d->accelerator, &error);
  if (!o->status)
    o->status =
        tacet_read_dense(&counts, &timeline, &nest, &d->accelerator, &error);
  if (!o->status)
    tacet_cost_of(&o->cost[0], &counts, &timeline, &d->accelerator);
  if (!o->status)
    o->status = tacet_read_sparse(&counts, &timeline, &nest, &d->accelerator,
                                  &c->features, &c->sparsity, &error);
  if (!o->status)
    tacet_cost_of(&o->cost[1], &counts, &timeline, &d->accelerator);
  snprintf(o->message, sizeof o->message, "%s", error.message);
}

static void at_once(outcome *o, const masked_case *c) {
  const random_case *d = &c->dense;
  tacet_error error = {.message = ""};
  o->status = tacet_evaluate_sparse(&o->cost[0], &o->cost[1], &d->layer,
                                    &d->dataflow, &d->accelerator, &c->features,
                                    &c->sparsity, &error);
  snprintf(o->message, sizeof o->message, "%s", error.message);
}

static bool agrees(const masked_case *c) {
  static const outcome nothing;
  outcome one = nothing, other = nothing;
  by_stages(&one, c);
  const long before = allocations;
  at_once(&other, c);
  if (allocations == before && one.status == other.status &&
      strcmp(one.message, other.message) == 0 &&
      memcmp(one.cost, other.cost, sizeof one.cost) == 0)
    return true;
  printf("%ld allocations\n", allocations - before);
  case_print(&c->dense);
  case_print_issue(&c->dense);
  case_print_zeros(c->mask, &c->features);
  return false;
}

static void equals_the_stages_without_memory(void **state) {
  (void)state;
  uint64_t random = 11, cases = 2000;
  ask_for_cases(&random, &cases);
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  uint64_t wrong = 0, done = 0;
  for (uint64_t i = 0; i < cases && wrong < 3; i++) {
    tacet_pattern pattern[TACET_TENSORS];
    masked_make(c, i);
    c->features.balance.kind = TACET_BALANCE_NOT; /* an order takes room */
    make_models(&c->sparsity, pattern, &c->dense, &random);
    if (i % 8 == 0) c->dense.accelerator.storage[1].size_bits /= 4;
    if (agrees(c))
      done++;
    else
      wrong++;
    masked_free(c);
  }
  free(c);
  print_message("%llu evaluations\n", (unsigned long long)done);
  if (COUNTS_ALLOCATIONS) assert_true(allocations > 0); /* they are counted */
  assert_int_equal(wrong, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equals_the_stages_without_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
