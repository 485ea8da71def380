/* What is explained of nests: by hand for two known dataflows, and held
   against the activity and the cost of random ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/explain/explain.h"
#include "../dense/spec/spec.h"
#include "cases.h"
#include "spoil.h"

/* ---- by hand ------------------------------------------------------------ */

/* Three filter rows and four output rows in space, two filters in time. */
static const char rows_text[] = "tacet: 1\n"
                                "dataflow: rows\n"
                                "directives:\n"
                                "  - TemporalMap(2,2) C\n"
                                "  - TemporalMap(1,1) K\n"
                                "  - TemporalMap(1,1) X'\n"
                                "  - Cluster(4)\n"
                                "  - SpatialMap(1,1) Y'\n"
                                "  - Cluster(3)\n"
                                "  - SpatialMap(1,1) Y\n"
                                "  - SpatialMap(1,1) R\n";

static tacet_accelerator design(int64_t pes) {
  tacet_accelerator a = {.pes = pes,
                         .lanes = 1,
                         .clock_hz = 1e9,
                         .word_bits = 8,
                         .width_bits = {8, 8, 8},
                         .storages = 3};
  for (int s = 1; s < 3; s++) a.storage[s].size_bits = INT64_C(1) << 30;
  for (int b = 0; b < 2; b++)
    a.link[b] = (tacet_link){
        .bandwidth = 1e6, .multicast = true, .reduction = true, .hops = 1};
  return a;
}

/* Its layer lives until the next but one is bound. */
static tacet_nest bound(const char *text, tacet_shape shape,
                        const tacet_accelerator *accelerator) {
  static tacet_layer layers[2];
  static int made;
  tacet_layer *layer = &layers[made++ % 2];
  tacet_dataflow_set flow;
  tacet_nest nest = {.loops = 0};
  tacet_error error = {0};
  tacet_doc *doc = parsed(text);
  *layer = (tacet_layer){.name = "hand", .repeat = 1};
  if (tacet_dataflow_read(&flow, tacet_doc_root(doc), &error) ||
      tacet_layer_make(layer, &shape, NULL, &error) ||
      tacet_bind(&nest, layer, &flow.flow[TACET_CONV], accelerator, &error) ||
      tacet_place_tiles(&nest, accelerator, &error))
    fail_msg("%s", error.message);
  tacet_doc_free(doc);
  return nest;
}

static const tacet_shape small = {.N = 1,
                                  .G = 1,
                                  .K = 2,
                                  .C = 4,
                                  .Y = 6,
                                  .X = 7,
                                  .R = 3,
                                  .S = 3,
                                  .B = 1,
                                  .M = 1,
                                  .stride = {1, 1},
                                  .dilation = {1, 1}};

/* Loops: C by 2, K, Q of five, P over 4 units, R over 3. */
static void tells_row_stationary(void **state) {
  (void)state;
  const tacet_accelerator a = design(12);
  const tacet_nest nest = bound(rows_text, small, &a);
  assert_int_equal(nest.loops, 5);
  assert_int_equal(tacet_mover(&nest, 2, TACET_WEIGHT), 1); /* K */
  assert_int_equal(tacet_stay(&nest, 2, TACET_WEIGHT), 5);
  assert_int_equal(tacet_mover(&nest, 2, TACET_INPUT), 2); /* Q */
  assert_int_equal(tacet_stay(&nest, 2, TACET_INPUT), 1);
  assert_int_equal(tacet_mover(&nest, 2, TACET_OUTPUT), 2);
  assert_int_equal(tacet_mover(&nest, 1, TACET_INPUT), 0);
  assert_int_equal(tacet_stay(&nest, 1, TACET_INPUT), 10);
  assert_int_equal(tacet_mover(&nest, 1, TACET_OUTPUT), -1);
  assert_int_equal(tacet_stay(&nest, 1, TACET_OUTPUT), 20);

  const int p = 3, r = 4;
  assert_int_equal(tacet_spread_of(&nest, p, TACET_WEIGHT), TACET_SPREAD_SAME);
  assert_int_equal(tacet_spread_of(&nest, p, TACET_INPUT),
                   TACET_SPREAD_DIAGONAL);
  assert_int_equal(tacet_spread_of(&nest, p, TACET_OUTPUT), TACET_SPREAD_OWN);
  assert_int_equal(tacet_spread_of(&nest, r, TACET_WEIGHT), TACET_SPREAD_OWN);
  assert_int_equal(tacet_spread_of(&nest, r, TACET_INPUT),
                   TACET_SPREAD_DIAGONAL);
  assert_int_equal(tacet_spread_of(&nest, r, TACET_OUTPUT), TACET_SPREAD_SUM);
}

/* 1440 MACs. A filter row of 2x3 weights comes to each of 12 PEs 2 x 2 times,
   once for each row of four PEs; 12 x 20 sums of five columns leave, a third
   of them after the units have added up. All inputs and weights fit L2. */
static void counts_reuse(void **state) {
  (void)state;
  const tacet_accelerator a = design(12);
  const tacet_nest nest = bound(rows_text, small, &a);
  tacet_activity activity;
  tacet_reuse reuse;
  tacet_error error;
  assert_int_equal(tacet_activity_totals(&activity, &nest, &a, &error),
                   TACET_OK);
  assert_int_equal(activity.macs, 1440);
  tacet_reuse_of(&reuse, &nest, &activity, TACET_WEIGHT);
  assert_true(reuse.in_pe == 5 && reuse.in_space[1] == 4 &&
              reuse.in_time[1] == 1);
  assert_true(reuse.all == 20 && reuse.best == 20);
  tacet_reuse_of(&reuse, &nest, &activity, TACET_OUTPUT);
  assert_true(reuse.in_pe == 6 && reuse.in_space[1] == 3 &&
              reuse.in_time[1] == 2);
  assert_true(reuse.all == 36 && reuse.best == 36);
}

static tacet_spread input_spread(const char *map, int64_t stride) {
  char text[160];
  tacet_shape shape = small;
  shape.Y = 13;
  shape.stride[0] = stride;
  const tacet_accelerator a = design(20);
  snprintf(text, sizeof text, "tacet: 1\ndataflow: one\ndirectives: [\"%s\"]\n",
           map);
  const tacet_nest nest = bound(text, shape, &a);
  assert_int_equal(nest.loops, 1);
  return tacet_spread_of(&nest, 0, TACET_INPUT);
}

static void tells_halos(void **state) {
  (void)state;
  assert_int_equal(input_spread("SpatialMap(1,1) Y'", 1), TACET_SPREAD_OVERLAP);
  assert_int_equal(input_spread("SpatialMap(1,1) Y'", 2), TACET_SPREAD_OVERLAP);
  assert_int_equal(input_spread("SpatialMap(1,1) Y'", 3), TACET_SPREAD_OWN);
  assert_int_equal(input_spread("SpatialMap(1,1) R", 1), TACET_SPREAD_OVERLAP);
  assert_int_equal(input_spread("SpatialMap(1,1) R", 2), TACET_SPREAD_OWN);
  assert_int_equal(input_spread("SpatialMap(2,2) R", 2), TACET_SPREAD_OVERLAP);
  assert_int_equal(input_spread("SpatialMap(1,1) C", 1), TACET_SPREAD_OWN);
  assert_int_equal(input_spread("SpatialMap(1,1) K", 1), TACET_SPREAD_SAME);
}

/* ---- any ---------------------------------------------------------------- */

static bool near(double a, double b) {
  return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b));
}

/* A tile that no loop moves comes in once, one that moves more often. */
static void check_movers(const random_case *c) {
  tacet_activity activity;
  tacet_accelerator a = c->accelerator;
  tacet_error error;
  a.link[1].multicast = false;
  assert_int_equal(tacet_activity_totals(&activity, &c->nest, &a, &error),
                   TACET_OK);
  for (int t = 0; t < TACET_OUTPUT; t++) {
    for (int b = 0; b < 2; b++) {
      const bool moves = tacet_mover(&c->nest, b + 1, t) >= 0;
      assert_int_equal(moves, activity.traffic[b][t].fills >
                                  activity.first_words[b][t]);
    }
  }
  int64_t steps = 1;
  for (int i = 0; i < c->nest.loops; i++) steps *= c->nest.loop[i].folds;
  assert_true(tacet_stay(&c->nest, 2, TACET_WEIGHT) <= steps);
}

static void check_reuse(const random_case *c) {
  tacet_activity activity;
  tacet_error error;
  assert_int_equal(
      tacet_activity_totals(&activity, &c->nest, &c->accelerator, &error),
      TACET_OK);
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_reuse reuse;
    tacet_reuse_of(&reuse, &c->nest, &activity, t);
    /* Contiguous tiles of L2 may hold only what no MAC uses. */
    if (c->nest.contiguous[1] && reuse.in_pe == 0) continue;
    double all = reuse.in_pe;
    for (int s = 1; s < c->nest.storages - 1; s++) {
      all *= reuse.in_space[s] * reuse.in_time[s];
      assert_true(reuse.in_space[s] >= 1 || reuse.in_space[s] == 0);
    }
    assert_true(near(all, reuse.all));
  }
}

/* Of a PE, at most. */
static double last_outputs(const random_case *c) {
  double outputs = 1;
  for (int d = 0; d < c->nest.layer->dims; d++)
    if (tacet_has_dim(&c->nest.layer->tensor[TACET_OUTPUT], d))
      outputs *= (double)c->nest.tile[d];
  return outputs;
}

static void check_kinds(const random_case *c) {
  tacet_step_kind *kind;
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  int kinds;
  assert_int_equal(
      tacet_step_kinds(&kind, &kinds, &c->nest, &c->accelerator, &error),
      TACET_OK);
  assert_int_equal(
      tacet_read_dense(&counts, &timeline, &c->nest, &c->accelerator, &error),
      TACET_OK);
  double times = 0, lasts = 0, compute = 0, in = 0, out = 0, last = INFINITY;
  for (int k = 0; k < kinds; k++) {
    const double n = (double)kind[k].step.occurrences;
    times += n;
    lasts += n * kind[k].lasts;
    compute += n * kind[k].compute;
    in += n * kind[k].in;
    out += n * kind[k].out;
    assert_true(n * kind[k].lasts <= last);
    last = n * kind[k].lasts;
  }
  free(kind);
  /* PEs with an adder of their own pass on their last tile after all steps */
  const double after = timeline.steps - lasts;
  if (c->accelerator.link[c->nest.storages - 2].pe_adder)
    assert_true(after > 0 && after <= last_outputs(c));
  else
    assert_true(after == 0);
  assert_true(times == counts.steps && compute + after == timeline.compute);
  assert_true(in == timeline.in && out == timeline.out);
}

static tacet_bound bound_at(const random_case *c, int boundary, double words) {
  tacet_accelerator a = c->accelerator;
  tacet_cost cost;
  tacet_error error;
  tacet_link_widen(&a.link[boundary], words);
  assert_int_equal(tacet_dense_cost(&cost, &c->nest, &a, &error), TACET_OK);
  return cost.bound;
}

static void check_bandwidth(const random_case *c) {
  const int inner = c->nest.storages - 2;
  for (int b = 0; b <= inner; b++) {
    tacet_bound binds = TACET_BOUND_CLUSTERS;
    if (b == 0) binds = TACET_BOUND_DRAM;
    if (b == inner) binds = TACET_BOUND_NOC;
    double words;
    tacet_error error;
    assert_int_equal(
        tacet_bandwidth_needed(&words, &c->nest, &c->accelerator, b, &error),
        TACET_OK);
    if (words == 0 || isinf(words)) {
      assert_int_equal(bound_at(c, b, 1) == binds, words > 0);
      continue;
    }
    assert_int_not_equal(bound_at(c, b, words), binds);
    assert_int_not_equal(bound_at(c, b, 2 * words), binds);
    assert_int_equal(bound_at(c, b, words / 2), binds);
  }
}

static void check_cases(void (*check)(const random_case *c), uint64_t count,
                        bool padding) {
  uint64_t seed = 1871, cases = count;
  ask_for_cases(&seed, &cases);
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    case_make(c, seed + i);
    if (padding || !case_has_padding(c)) check(c);
  }
  free(c);
}

static void movers_move(void **state) {
  (void)state;
  check_cases(check_movers, 1500, false);
}

static void reuse_multiplies(void **state) {
  (void)state;
  check_cases(check_reuse, 1000, true);
}

static void kinds_make_up_the_run(void **state) {
  (void)state;
  check_cases(check_kinds, 1000, true);
}

static void bandwidth_is_where_the_bound_changes(void **state) {
  (void)state;
  check_cases(check_bandwidth, 100, true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tells_row_stationary),
      cmocka_unit_test(counts_reuse),
      cmocka_unit_test(tells_halos),
      cmocka_unit_test(movers_move),
      cmocka_unit_test(reuse_multiplies),
      cmocka_unit_test(kinds_make_up_the_run),
      cmocka_unit_test(bandwidth_is_where_the_bound_changes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
