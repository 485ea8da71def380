/* Sparse cases made by hand, and checks of what the executor counts. */
#ifndef TESTS_HAND_SPARSE_H
#define TESTS_HAND_SPARSE_H

/* cmocka.h must come before */
#include "../sparse/sparse.h"
#include "hand_nests.h"

/* ---- running and checking ----------------------------------------------- */

enum { AT_L2 = 1, AT_L1 = 2, AT_COMPUTE = TACET_AT_COMPUTE };

typedef struct hand {
  tacet_nest nest;
  tacet_accelerator accelerator;
  tacet_features features;
  tacet_mask mask[TACET_TENSORS];
  tacet_sparsity sparsity;
  tacet_counts counts;
  tacet_timeline timeline;
} hand;

/* `ones` says of each element in order whether it is not zero; spaces are
   for the reader. */
static inline void set_mask(hand *h, int t, const char *ones) {
  tacet_mask *mask = &h->mask[t];
  tacet_error error;
  tacet_mask_free(mask);
  assert_int_equal(tacet_mask_make(mask, &h->nest.layer->tensor[t], &error),
                   TACET_OK);
  int64_t element = 0;
  for (; *ones; ones++) {
    if (*ones == '1') tacet_mask_set(mask, element);
    if (*ones != ' ') element++;
  }
  assert_int_equal(element, mask->elements);
  tacet_mask_recount(mask);
  h->sparsity.tensor[t].mask = mask;
}

/* Operands of 8 bits, outputs of 16; a machine word of 8 bits a cycle on each
   link, an access a cycle in L1. */
static inline void begin(hand *h, const tacet_nest *nest) {
  *h = (hand){.nest = *nest, .accelerator = both};
  h->accelerator.lanes = 1;
  h->accelerator.l1_bandwidth = 1;
  h->accelerator.word_bits = 8;
  for (int b = 0; b < BOUNDARIES; b++) h->accelerator.link[b].bandwidth = 1;
  for (int t = 0; t < TACET_TENSORS; t++) {
    h->accelerator.width_bits[t] = t == TACET_OUTPUT ? 16 : 8;
    h->sparsity.tensor[t].density = 1;
  }
}

static inline void end(hand *h) {
  for (int t = 0; t < TACET_TENSORS; t++) tacet_mask_free(&h->mask[t]);
}

static inline void add_rule(hand *h, int storage, bool skip, int target,
                            bool on_weight, bool on_input) {
  h->features.rule[h->features.rules++] = (tacet_rule){
      .storage = storage,
      .skip = skip,
      .target = target,
      .on = {[TACET_WEIGHT] = on_weight, [TACET_INPUT] = on_input}};
}

static inline void run(hand *h) {
  tacet_error error;
  assert_int_equal(tacet_execute_sparse(&h->counts, &h->timeline, &h->nest,
                                        &h->accelerator, &h->features,
                                        &h->sparsity, &error),
                   TACET_OK);
}

/* By the reading that run judges. */
static inline void read_zeros(hand *h) {
  tacet_error error;
  assert_int_equal(tacet_read_sparse(&h->counts, &h->timeline, &h->nest,
                                     &h->accelerator, &h->features,
                                     &h->sparsity, &error),
                   TACET_OK);
}

/* By both, which must agree in every count. */
static inline void run_both(hand *h) {
  run(h);
  const tacet_counts executed = h->counts;
  read_zeros(h);
  assert_memory_equal(&h->counts, &executed, sizeof executed);
}

static inline void check(double found, double expected) {
  assert_float_equal(found, expected, 1e-6);
}

static inline void check_split(const tacet_split *split, double actual,
                               double gated, double skipped) {
  check(split->actual, actual);
  check(split->gated, gated);
  check(split->skipped, skipped);
}

/* MACs, and what goes with them. */
static inline void check_macs(const hand *h, double actual, double gated,
                              double skipped) {
  check_split(&h->counts.macs, actual, gated, skipped);
  check_split(&h->counts.l1_writes, actual, gated, skipped);
  check_split(&h->counts.l1_reads[TACET_OUTPUT], actual, gated, skipped);
}

static inline void check_fills(const hand *h, int b, int t, double actual,
                               double gated, double skipped) {
  check_split(&h->counts.flow[b][t].fills, actual, gated, skipped);
}

static inline void check_parent_reads(const hand *h, int b, int t,
                                      double actual, double gated,
                                      double skipped) {
  check_split(&h->counts.flow[b][t].parent_reads, actual, gated, skipped);
}

static inline void check_bits_in(const hand *h, int b, int t, double payload,
                                 double metadata) {
  check(h->counts.flow[b][t].payload_bits_in, payload);
  check(h->counts.flow[b][t].metadata_bits_in, metadata);
}

#endif
