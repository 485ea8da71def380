/* What must hold of every walk over a nest: each MAC is done once, each output
   element ends in DRAM; and what is too large to walk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../dense/executor/executor.h"
#include "../dense/executor/executor_walk.h"
#include "hand_nests.h"

/* ---- what cannot be walked ---------------------------------------------- */

static void check_refused(const tacet_nest *nest) {
  tacet_activity activity;
  tacet_error error = {0};
  assert_int_equal(tacet_execute(&activity, nest, &both, NULL, NULL, &error),
                   TACET_INFEASIBLE);
  assert_int_equal(error.status, TACET_INFEASIBLE);
  assert_true(error.message[0]);
}

static void test_refusals(void **state) {
  (void)state;
  int64_t large = (int64_t)1 << 27;
  tacet_nest nest = gemm(1, 1, large);
  check_refused(&nest);

  nest = gemm(1 << 10, 1 << 10, 1 << 10);
  temporal(&nest, "M", 1, 1 << 10);
  temporal(&nest, "N", 1, 1 << 10);
  spatial(&nest, "K", 1, 1 << 10, 1 << 10);
  check_refused(&nest);

  nest = gemm(1, 1, 1); /* the product of these does not fit 64 bits */
  for (int i = 0; i < 3; i++) spatial(&nest, "K", 1, large, large);
  check_refused(&nest);
}

/* ---- any nest ----------------------------------------------------------- */

static uint64_t random_state;

/* 0 .. below-1, by xorshift64 (Marsaglia, 2003) */
static int64_t draw(int64_t below) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (int64_t)(random_state % (uint64_t)below);
}

static uint64_t environment(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text ? strtoull(text, NULL, 10) : otherwise;
}

static tacet_nest random_nest(void) {
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.K = 1 + draw(5);
  shape.C = 1 + draw(4);
  shape.R = 1 + draw(3);
  shape.S = 1 + draw(3);
  shape.Y = 3 + draw(4);
  shape.X = 3 + draw(6);
  shape.stride[1] = 1 + draw(3);
  shape.pad_before[1] = draw(2);
  shape.pad_after[0] = draw(3);
  tacet_nest nest = nest_of(&shape);
  int64_t whole[TACET_MAX_DIMS]; /* largest tile so far */
  for (int d = 0; d < nest.layer->dims; d++) whole[d] = nest.layer->dim[d].size;
  for (int i = 0; i < 5; i++) {
    int d = (int)draw(nest.layer->dims);
    int64_t size = 1 + draw(whole[d]);
    int64_t tiles = (whole[d] + size - 1) / size;
    if (tiles == 1) continue;
    add_loop(&nest, nest.layer->dim[d].name, size, tiles, 1 + draw(3));
    whole[d] = size;
  }
  for (int t = 0; t < TACET_TENSORS; t++)
    nest.position[1][t] = (int)draw(nest.loops + 1);
  return nest;
}

/* Number of a MAC in its layer. */
static int64_t mac_at(const tacet_layer *layer, const int64_t *point) {
  int64_t mac = 0;
  for (int d = 0; d < layer->dims; d++)
    mac = mac * layer->dim[d].size + point[d];
  return mac;
}

static void check_every_mac_once(const tacet_nest *nest) {
  tacet_walk walk;
  tacet_error error;
  assert_int_equal(tacet_walk_make(&walk, nest, &error), TACET_OK);
  int64_t macs = tacet_layer_macs(nest->layer);
  bool *done = calloc((size_t)macs, sizeof *done);
  assert_non_null(done);
  for (int64_t time = 0; time < walk.times; time++) {
    for (int64_t pe = 0; pe < walk.pes; pe++) {
      tacet_box box;
      if (!tacet_walk_box(&walk, time, pe, &box)) continue;
      assert_true(tacet_walk_is_step(&walk, time));
      int64_t point[TACET_MAX_DIMS];
      for (int d = 0; d < box.dims; d++) point[d] = box.start[d];
      do {
        int64_t mac = mac_at(nest->layer, point);
        assert_false(done[mac]);
        done[mac] = true;
      } while (tacet_box_next(&box, point));
    }
  }
  for (int64_t mac = 0; mac < macs; mac++) assert_true(done[mac]);
  free(done);
}

static void check_balances(const tacet_nest *nest,
                           const tacet_accelerator *accelerator) {
  tacet_activity activity;
  tacet_error error;
  assert_int_equal(
      tacet_execute(&activity, nest, accelerator, NULL, NULL, &error),
      TACET_OK);
  assert_int_equal(activity.macs, tacet_layer_macs(nest->layer));

  /* every element of the output ends in DRAM, and reaches it once more for
     each time it was returned */
  int64_t outputs = tacet_tensor_size(&nest->layer->tensor[TACET_OUTPUT]);
  const tacet_traffic *dram = &activity.traffic[DRAM_L2][TACET_OUTPUT];
  assert_int_equal(dram->updates - dram->fills, outputs);

  /* partial-sum reads = updates - own drains (design, section 4) */
  const tacet_traffic *array = &activity.traffic[L2_L1][TACET_OUTPUT];
  assert_int_equal(array->partial_sum_reads, array->updates - dram->drains);

  /* nothing reaches a child that its parent was not asked for */
  for (int b = 0; b < BOUNDARIES; b++)
    for (int t = 0; t < TACET_TENSORS; t++)
      assert_true(activity.traffic[b][t].parent_reads <=
                  activity.traffic[b][t].fills);
}

static void test_random_nests(void **state) {
  (void)state;
  uint64_t seed = environment("TACET_SEED", 20240229);
  uint64_t cases = environment("TACET_CASES", 300);
  print_message("seed %llu, %llu cases\n", (unsigned long long)seed,
                (unsigned long long)cases);
  random_state = seed ? seed : 1; /* xorshift stays at 0 */
  for (uint64_t i = 0; i < cases; i++) {
    tacet_nest nest = random_nest();
    check_every_mac_once(&nest);
    check_balances(&nest, &both);
    check_balances(&nest, &neither);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_random_nests),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
