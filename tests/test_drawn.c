/* Patterns that place their zeros: read through masks drawn from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../sparse/profile.h"

static const char network_text[] =
    "tacet: 1\n"
    "network: drawn\n"
    "layers:\n"
    "  - name: structured\n"
    "    type: GEMM\n"
    "    dims: {M: 16, N: 16, K: 32}\n"
    "    density:\n"
    "      B: {distribution: fixed-structured, n: 2, m: 4, along: K}\n"
    "      A: 0.5\n"
    "  - name: causal\n"
    "    type: GEMM\n"
    "    dims: {M: 16, N: 16, K: 16}\n"
    "    density: {A: {distribution: causal}}\n"
    "  - name: even\n"
    "    type: GEMM\n"
    "    dims: {M: 16, N: 16, K: 16}\n"
    "    density: {A: 0.5, B: 0.25}\n";

typedef struct loaded {
  tacet_doc *doc;
  tacet_network network;
  tacet_profile profile;
} loaded;

static int load(void **state) {
  static loaded l;
  tacet_error error;
  if (tacet_doc_parse(&l.doc, network_text, strlen(network_text), "net.yaml",
                      &error) ||
      tacet_network_read(&l.network, l.doc, &error) ||
      tacet_profile_of_network(&l.profile, &l.network, &error)) {
    print_error("%s\n", error.message);
    return 1;
  }
  *state = &l;
  return 0;
}

static int unload(void **state) {
  loaded *l = *state;
  tacet_profile_free(&l->profile);
  tacet_network_free(&l->network);
  tacet_doc_free(l->doc);
  return 0;
}

static void zeros_of(tacet_sparsity *sparsity, tacet_mask mask[TACET_TENSORS],
                     const loaded *l, int layer) {
  tacet_error error;
  assert_int_equal(tacet_layer_zeros_load(sparsity, mask,
                                          &l->profile.layer[layer],
                                          &l->network.layer[layer], &error),
                   TACET_OK);
}

static void free_masks(tacet_mask mask[TACET_TENSORS]) {
  for (int t = 0; t < TACET_TENSORS; t++) tacet_mask_free(&mask[t]);
}

static void structured_operand_draws_both(void **state) {
  tacet_sparsity sparsity;
  tacet_mask mask[TACET_TENSORS], again[TACET_TENSORS];
  zeros_of(&sparsity, mask, *state, 0);
  const tacet_zeros *weight = &sparsity.tensor[TACET_WEIGHT];
  assert_true(weight->mask && weight->drawn);
  assert_true(sparsity.tensor[TACET_INPUT].mask != NULL);
  assert_false(tacet_is_exact(&sparsity));
  /* B is [K][N]: of every 4 rows 2 are kept in each column */
  for (int64_t group = 0; group < 8; group++) {
    for (int64_t n = 0; n < 16; n++) {
      int kept = 0;
      for (int64_t k = 0; k < 4; k++)
        kept += tacet_mask_test(weight->mask, (4 * group + k) * 16 + n);
      assert_int_equal(kept, 2);
    }
  }
  assert_int_equal(sparsity.tensor[TACET_INPUT].mask->nonzeros, 16 * 32 / 2);
  zeros_of(&sparsity, again, *state, 0);
  for (int t = 0; t < TACET_OUTPUT; t++)
    assert_memory_equal(mask[t].bits, again[t].bits,
                        (size_t)(mask[t].elements + 63) / 64 * 8);
  free_masks(mask);
  free_masks(again);
}

static void rule_without_choice_is_exact(void **state) {
  tacet_sparsity sparsity;
  tacet_mask mask[TACET_TENSORS];
  zeros_of(&sparsity, mask, *state, 1);
  assert_true(tacet_is_exact(&sparsity));
  const tacet_mask *causal = sparsity.tensor[TACET_INPUT].mask;
  for (int64_t i = 0; i < 16; i++)
    for (int64_t j = 0; j < 16; j++)
      assert_int_equal(tacet_mask_test(causal, 16 * i + j), j <= i);
  free_masks(mask);
}

static void densities_stay_models(void **state) {
  tacet_sparsity sparsity;
  tacet_mask mask[TACET_TENSORS];
  zeros_of(&sparsity, mask, *state, 2);
  for (int t = 0; t < TACET_TENSORS; t++) assert_null(sparsity.tensor[t].mask);
  free_masks(mask);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(structured_operand_draws_both),
      cmocka_unit_test(rule_without_choice_is_exact),
      cmocka_unit_test(densities_stay_models),
  };
  return cmocka_run_group_tests(tests, load, unload);
}
