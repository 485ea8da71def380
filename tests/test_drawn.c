/* What the reading gets of files: patterns as they are. */
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

static void patterns_stay_models(void **state) {
  const loaded *l = *state;
  tacet_sparsity sparsity;
  tacet_mask mask[TACET_TENSORS];
  tacet_features features = {.rules = 0};
  tacet_accelerator accelerator = {.storages = 3};
  for (int layer = 0; layer < 2; layer++) {
    zeros_of(&sparsity, mask, l, layer);
    const int slot = layer == 0 ? TACET_WEIGHT : TACET_INPUT;
    for (int t = 0; t < TACET_OUTPUT; t++) {
      assert_null(sparsity.tensor[t].mask);
      assert_true((sparsity.tensor[t].pattern != NULL) == (t == slot));
    }
    assert_true(tacet_is_exact(&sparsity, &features, &l->network.layer[layer],
                               &accelerator) == (layer == 1));
    free_masks(mask);
  }
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
      cmocka_unit_test(patterns_stay_models),
      cmocka_unit_test(densities_stay_models),
  };
  return cmocka_run_group_tests(tests, load, unload);
}
