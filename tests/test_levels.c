/* Buffers at cluster boundaries: their files, one design by hand, and what
   time must do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/explain/explain.h"
#include "../dense/spec/spec.h"
#include "cases.h"

/* ---- files -------------------------------------------------------------- */

#define DESIGN                                                                 \
  "tacet: 1\n"                                                                 \
  "accelerator: a\n"                                                           \
  "clock: 1 GHz\n"                                                             \
  "pes: 4\n"                                                                   \
  "word: 8 bit\n"                                                              \
  "mac: 1 pJ\n"                                                                \
  "l1: {size: 16 B}\n"                                                         \
  "noc: {bandwidth: 1000 words/cycle}\n"                                       \
  "l2: {size: 1 KiB}\n"                                                        \
  "dram: {bandwidth: 1000 words/cycle}\n"

#define BUFFER                                                                 \
  "{name: row, level: 1, size: 64 B, read: 3 pJ, write: 3 pJ, noc: "           \
  "{bandwidth: 1 words/cycle, hop: 2 pJ, hops: 3}}"

static tacet_status read_design(tacet_accelerator *a, const char *text,
                                tacet_error *error) {
  tacet_doc *doc;
  tacet_status status =
      tacet_doc_parse(&doc, text, strlen(text), "a.yaml", error);
  assert_int_equal(status, TACET_OK);
  status = tacet_accelerator_read(a, doc, error);
  if (!status) status = tacet_doc_check(doc, error);
  tacet_doc_free(doc);
  a->place = (tacet_place){"a.yaml", 1, 1}; /* the document's is gone */
  return status;
}

static tacet_accelerator designed(const char *text) {
  tacet_accelerator a;
  tacet_error error = {0};
  if (read_design(&a, text, &error)) fail_msg("%s", error.message);
  return a;
}

static void reads_buffers(void **state) {
  (void)state;
  const tacet_accelerator a =
      designed(DESIGN "clusters:\n"
                      "  - " BUFFER "\n"
                      "  - {name: pair, level: 3, size: 8 B, "
                      "double-buffered: false,\n"
                      "     noc: {bandwidth: 5 words/cycle, latency: 2, "
                      "multicast: false, reduction: false}}\n");
  assert_int_equal(a.storages, 5);
  assert_string_equal(a.storage[1].name, "l2");
  assert_string_equal(a.storage[2].name, "row");
  assert_string_equal(a.storage[3].name, "pair");
  assert_string_equal(a.storage[4].name, "l1");
  assert_int_equal(a.storage[1].level, 0);
  assert_int_equal(a.storage[2].level, 1);
  assert_int_equal(a.storage[3].level, 3);
  assert_int_equal(a.storage[2].size_bits, 64 * 8);
  assert_true(a.storage[2].double_buffered && !a.storage[3].double_buffered);
  assert_true(a.link[1].bandwidth == 1 && a.link[2].bandwidth == 5 &&
              a.link[3].bandwidth == 1000);
  assert_true(a.link[1].multicast && a.link[1].reduction);
  assert_false(a.link[2].multicast || a.link[2].reduction);
  assert_int_equal(a.link[2].latency, 2);
  assert_true(a.link[1].hop_pj == 2 && a.link[1].hops == 3);
}

static void refuses_buffers(void **state) {
  (void)state;
  static const char *const wrong[][2] = {
      {"  - {level: 1, size: 8 B, noc: {bandwidth: 1 words/cycle}}\n", "name"},
      {"  - {name: x, size: 8 B, noc: {bandwidth: 1 words/cycle}}\n", "level"},
      {"  - {name: x, level: 1, size: 8 B}\n", "noc"},
      {"  - {name: x, level: 1, size: 8 B, noc: {latency: 1}}\n", "bandwidth"},
      {"  - {name: x, level: 0, size: 8 B, noc: {bandwidth: 1 words/cycle}}\n",
       "level"},
      {"  - {name: l2, level: 1, size: 8 B, noc: {bandwidth: 1 "
       "words/cycle}}\n",
       "there is a storage level l2 already"},
      {"  - " BUFFER "\n  - " BUFFER "\n",
       "there is a storage level row already"},
      {"  - " BUFFER "\n  - {name: x, level: 1, size: 8 B, noc: {bandwidth: 1 "
       "words/cycle}}\n",
       "x does not stand further in than row"},
      {"  - {name: x, level: 1, size: 8 B, lanes: 2, noc: {bandwidth: 1 "
       "words/cycle}}\n",
       "lanes"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char text[1024];
    tacet_accelerator a;
    tacet_error error = {0};
    snprintf(text, sizeof text, "%sclusters:\n%s", DESIGN, wrong[i][0]);
    assert_int_equal(read_design(&a, text, &error), TACET_BAD_INPUT);
    if (!strstr(error.message, wrong[i][1]))
      fail_msg("%s: %s", wrong[i][1], error.message);
  }
}

/* ---- by hand ------------------------------------------------------------ */

/* Z[4,2] = A[4,2].B[2,2]: two clusters with a column of Z each, in them two
   PEs with half a sum each; a row of A after the other. */
static const char *const columns = "tacet: 1\n"
                                   "dataflow: columns\n"
                                   "directives: []\n"
                                   "by-type:\n"
                                   "  GEMM:\n"
                                   "    - SpatialMap(1,1) N\n"
                                   "    - TemporalMap(1,1) M\n"
                                   "    - Cluster(2)\n"
                                   "    - SpatialMap(1,1) K\n";

static tacet_status bind_columns(tacet_nest *nest, const tacet_accelerator *a,
                                 tacet_error *error) {
  static tacet_layer layer; /* the nest's, as long as it lives */
  tacet_dataflow_set flow;
  tacet_shape shape = tacet_shape_of_ones(TACET_GEMM);
  shape.M = 4;
  shape.N = shape.K = 2;
  tacet_doc *doc;
  tacet_status status =
      tacet_doc_parse(&doc, columns, strlen(columns), "d.yaml", error);
  if (!status) status = tacet_dataflow_read(&flow, tacet_doc_root(doc), error);
  layer = (tacet_layer){.name = "hand", .repeat = 1};
  if (!status) status = tacet_layer_make(&layer, &shape, NULL, error);
  if (!status)
    status = tacet_bind(nest, &layer, &flow.flow[TACET_GEMM], a, error);
  tacet_doc_free(doc);
  return status;
}

static tacet_activity hand_activity(const tacet_accelerator *a) {
  tacet_nest nest;
  tacet_activity activity = {.steps = 0};
  tacet_error error = {0};
  if (bind_columns(&nest, a, &error) || tacet_place_tiles(&nest, a, &error) ||
      tacet_activity_totals(&activity, &nest, a, &error))
    fail_msg("%s", error.message);
  return activity;
}

static void check_traffic(const tacet_traffic *traffic, int64_t fills,
                          int64_t reads, int64_t drains, int64_t updates,
                          int64_t partial_sum_reads) {
  assert_int_equal(traffic->fills, fills);
  assert_int_equal(traffic->parent_reads, reads);
  assert_int_equal(traffic->drains, drains);
  assert_int_equal(traffic->updates, updates);
  assert_int_equal(traffic->partial_sum_reads, partial_sum_reads);
}

static void counts_by_hand(void **state) {
  (void)state;
  tacet_accelerator a = designed(DESIGN "clusters:\n  - " BUFFER "\n");
  tacet_activity activity = hand_activity(&a);
  /* each buffer takes its column of B and all of A, and gives its of Z */
  check_traffic(&activity.traffic[1][TACET_WEIGHT], 4, 4, 0, 0, 0);
  check_traffic(&activity.traffic[1][TACET_INPUT], 16, 8, 0, 0, 0);
  check_traffic(&activity.traffic[1][TACET_OUTPUT], 0, 0, 8, 8, 0);
  /* no two PEs of a cluster share an element of A; half sums are added */
  check_traffic(&activity.traffic[2][TACET_WEIGHT], 4, 4, 0, 0, 0);
  check_traffic(&activity.traffic[2][TACET_INPUT], 16, 16, 0, 0, 0);
  check_traffic(&activity.traffic[2][TACET_OUTPUT], 0, 0, 16, 8, 0);
  a.link[1].multicast = a.link[2].reduction = false;
  activity = hand_activity(&a);
  check_traffic(&activity.traffic[1][TACET_INPUT], 16, 16, 0, 0, 0);
  check_traffic(&activity.traffic[2][TACET_OUTPUT], 0, 0, 16, 16, 8);
}

static void costs_by_hand(void **state) {
  (void)state;
  const tacet_accelerator a = designed(DESIGN "clusters:\n  - " BUFFER "\n");
  tacet_nest nest;
  tacet_cost cost;
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error = {0};
  if (bind_columns(&nest, &a, &error) || tacet_place_tiles(&nest, &a, &error) ||
      tacet_read_dense(&counts, &timeline, &nest, &a, &error))
    fail_msg("%s", error.message);
  tacet_cost_of(&cost, &counts, &timeline, &a);
  /* A buffer keeps its column of B, one row of A, twice, and one element of Z,
     twice: more would save nothing. So 4 + 2 words come first and 2 go last,
     one a cycle; the other 6 of A, and of Z, take longer than four steps of one
     cycle. All else is one cycle a transfer. */
  assert_true(cost.cycles == 6 + 2 + 1 + 1 + (1 + 6 + 1));
  assert_true(cost.cluster_cycles == 20 && cost.stream_cycles[1] == 20);
  /* 20 words written and 8 read from outside, 8 written and 20 read inside;
     12 + 8 words over three hops */
  assert_true(cost.energy.storage[2] == 3 * (20 + 8 + 8 + 20));
  assert_true(cost.energy.link[1] == 20 * 2 * 3);
  assert_true(cost.energy.clusters == 168 + 120);
  assert_true(cost.energy.total == 16 + 168 + 120);
}

static void tells_what_is_missing(void **state) {
  (void)state;
  tacet_nest nest;
  tacet_error error = {0};
  tacet_accelerator a =
      designed(DESIGN "clusters:\n  - {name: deep, level: 2, size: 8 B, noc: "
                      "{bandwidth: 1 words/cycle}}\n");
  assert_int_equal(bind_columns(&nest, &a, &error), TACET_INFEASIBLE);
  assert_non_null(strstr(error.message, "deep is a buffer at cluster level 2"));
  assert_non_null(strstr(error.message, "columns has 1"));
  a = designed(DESIGN "clusters:\n  - " BUFFER "\n");
  /* a step of a cluster: 2 of B, twice 2 of A, twice 1 of Z */
  a.storage[2].size_bits = 7 * 8;
  assert_int_equal(bind_columns(&nest, &a, &error), TACET_OK);
  assert_int_equal(tacet_place_tiles(&nest, &a, &error), TACET_INFEASIBLE);
  assert_non_null(strstr(error.message, "row is too small"));
  assert_non_null(strstr(error.message, "need 8.0 B, it has 7.0 B"));
  a.storage[2].size_bits = 8 * 8;
  assert_int_equal(tacet_place_tiles(&nest, &a, &error), TACET_OK);
}

/* ---- time --------------------------------------------------------------- */

static double cycles_of(const random_case *c, const tacet_accelerator *a) {
  tacet_cost cost;
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  assert_int_equal(tacet_read_dense(&counts, &timeline, &c->nest, a, &error),
                   TACET_OK);
  tacet_cost_of(&cost, &counts, &timeline, a);
  return cost.cycles;
}

/* What the run takes if nothing crosses the ways into buffers at clusters. */
static double cycles_without(const random_case *c) {
  tacet_cost cost;
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_error error;
  assert_int_equal(
      tacet_read_dense(&counts, &timeline, &c->nest, &c->accelerator, &error),
      TACET_OK);
  for (int b = 1; b < c->nest.storages - 2; b++) {
    memset(counts.flow[b], 0, sizeof counts.flow[b]);
    memset(counts.first_bits[b], 0, sizeof counts.first_bits[b]);
    counts.last_bits[b] = 0;
  }
  tacet_cost_of(&cost, &counts, &timeline, &c->accelerator);
  return cost.cycles;
}

static void check_bandwidth(const random_case *c) {
  const double now = cycles_of(c, &c->accelerator);
  for (int b = 0; b < c->nest.storages - 1; b++) {
    tacet_accelerator faster = c->accelerator;
    tacet_link_widen(&faster.link[b], 1.5 * faster.link[b].bandwidth);
    assert_true(cycles_of(c, &faster) <= now);
  }
}

/* Of the levels below L2; DRAM's first and last words are rounded up. */
static void check_buffering(const random_case *c) {
  for (int s = 2; s < c->nest.storages; s++) {
    tacet_accelerator once = c->accelerator, twice = c->accelerator;
    once.storage[s].double_buffered = false;
    twice.storage[s].double_buffered = true;
    assert_true(cycles_of(c, &twice) <= cycles_of(c, &once));
  }
}

static void check_endless(const random_case *c) {
  tacet_accelerator endless = c->accelerator;
  for (int b = 1; b < c->nest.storages - 2; b++) {
    memset(endless.link[b].bus, 0, sizeof endless.link[b].bus);
    endless.link[b].bandwidth = INFINITY;
    endless.link[b].latency = 0;
  }
  assert_true(cycles_of(c, &endless) == cycles_without(c));
}

static void keeps_time(void **state) {
  (void)state;
  uint64_t seed = 20260101, cases = 3000;
  ask_for_cases(&seed, &cases);
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t i = 0; i < cases; i++) {
    case_make(c, seed + i);
    if (c->nest.storages == 3) continue;
    check_bandwidth(c);
    check_buffering(c);
    check_endless(c);
  }
  free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_buffers),
      cmocka_unit_test(refuses_buffers),
      cmocka_unit_test(counts_by_hand),
      cmocka_unit_test(costs_by_hand),
      cmocka_unit_test(tells_what_is_missing),
      cmocka_unit_test(keeps_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
