/* The reading with models takes no memory of its own, whatever the design and
   the patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

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

static void allocates_nothing(void **state) {
  (void)state;
  if (!COUNTS_ALLOCATIONS) skip();
  uint64_t random = environment_number("TACET_SEED", 11);
  const uint64_t cases = environment_number("TACET_CASES", 2000);
  print_message("seed %llu, %llu cases\n", (unsigned long long)random,
                (unsigned long long)cases);
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  long taken = 0;
  uint64_t done = 0;
  for (uint64_t i = 0; i < cases; i++) {
    tacet_pattern pattern[TACET_TENSORS];
    tacet_nest nest;
    tacet_counts counts;
    tacet_timeline timeline;
    tacet_error error;
    masked_make(c, i);
    c->features.balance.kind = TACET_BALANCE_NOT; /* an order takes room */
    make_models(&c->sparsity, pattern, &c->dense, &random);
    const random_case *dense = &c->dense;
    const long before = allocations;
    if (!tacet_bind(&nest, &dense->layer, &dense->dataflow, &dense->accelerator,
                    &error) &&
        !tacet_place_tiles(&nest, &dense->accelerator, &error))
      done += !tacet_read_sparse(&counts, &timeline, &nest, &dense->accelerator,
                                 &c->features, &c->sparsity, &error);
    taken += allocations - before;
    masked_free(c);
  }
  free(c);
  print_message("%llu readings: %ld allocations\n", (unsigned long long)done,
                taken);
  assert_true(allocations > 0); /* they are counted */
  assert_true(done > cases / 4);
  assert_int_equal(taken, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(allocates_nothing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
