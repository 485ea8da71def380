/* The published arithmetic on layers small enough to be counted by hand; the
   numbers beside each follow from the published rules, which are wrong where
   a defect is named. Every row the published tool printed is compared by
   parity.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/maestro/digits.h"
#include "../dense/maestro/maestro.h"
#include "cases.h"

/* ---- evaluating text ---------------------------------------------------- */

static tacet_maestro_hardware array_of(int pes) {
  return (tacet_maestro_hardware){.pes = pes,
                                  .simd_lanes = 1,
                                  .noc_bandwidth = INT_MAX,
                                  .noc_latency = 1,
                                  .offchip_bandwidth = 70000,
                                  .l1_size = INT_MAX,
                                  .l2_size = INT_MAX};
}

/* Reads `text`, the inside of a network, and evaluates its last layer. */
static tacet_status try_layer(tacet_maestro_result *result, const char *text,
                              const tacet_maestro_hardware *hardware,
                              tacet_error *error) {
  char whole[4096];
  tacet_maestro_file file;
  tacet_maestro_batch batch;
  int size = snprintf(whole, sizeof whole, "Network N {\n%s\n}\n", text);
  assert_int_equal(TACET_OK, tacet_maestro_parse(&file, whole, (size_t)size,
                                                 "test.m", error));
  assert_int_equal(TACET_OK, file.problem.status);
  assert_true(file.layers > 0);
  tacet_maestro_batch_of(&batch, &file);
  tacet_status status = tacet_maestro_cost(result, &file.layer[file.layers - 1],
                                           &batch, hardware, error);
  tacet_maestro_free(&file);
  return status;
}

static tacet_maestro_result cost_on(const tacet_maestro_hardware *hardware,
                                    const char *text) {
  tacet_maestro_result result;
  tacet_error error = {0};
  if (try_layer(&result, text, hardware, &error))
    fail_msg("%d: %s", error.line, error.message);
  return result;
}

static tacet_maestro_result cost(int pes, const char *text) {
  tacet_maestro_hardware hardware = array_of(pes);
  return cost_on(&hardware, text);
}

static void check_delay(tacet_maestro_delay delay, int64_t least, int64_t most,
                        int64_t average) {
  assert_int_equal(least, delay.least);
  assert_int_equal(most, delay.most);
  assert_int_equal(average, delay.average);
}

static void check_traffic(tacet_maestro_traffic traffic, int64_t l1_reads,
                          int64_t l1_writes, int64_t l2_reads,
                          int64_t l2_writes) {
  assert_int_equal(l1_reads, traffic.l1_reads);
  assert_int_equal(l1_writes, traffic.l1_writes);
  assert_int_equal(l2_reads, traffic.l2_reads);
  assert_int_equal(l2_writes, traffic.l2_writes);
}

/* ---- one level ---------------------------------------------------------- */

/* N has two steps and M two of three PEs: four cases. The input moves when M
   does, 3 words, and in the first case; when N moves alone nothing is loaded
   though M starts over. The filter moves with N alone. */
static const char small_gemm[] =
    "Layer A { Type: GEMM Dimensions { M: 6, N: 2, K: 1 } Dataflow {"
    " TemporalMap(1,1) N; SpatialMap(1,1) M; TemporalMap(1,1) K; } }";

static void counts_every_case_of_one_level(void **state) {
  (void)state;
  tacet_maestro_result result = cost(3, small_gemm);
  assert_int_equal(5, result.runtime); /* 1 + 1 for the first case, then 1 */
  assert_int_equal(12, result.macs);
  check_traffic(result.traffic[TACET_MAESTRO_INPUT], 12, 9, 9, 6);
  check_traffic(result.traffic[TACET_MAESTRO_FILTER], 12, 2, 2, 2);
  check_traffic(result.traffic[TACET_MAESTRO_OUTPUT], 12, 12, 12, 12);
  assert_int_equal(2 * (1 + 1) + 2 * 1, result.l1_size);
  assert_int_equal(2 * (3 + 1) + 2 * 3, result.l2_size);
  assert_int_equal(4, result.peak_bandwidth);
  assert_true(result.average_bandwidth == (4 + 3 + 3 + 3) / 4.0);
  check_delay(result.ingress, 1, 1, 1);
  check_delay(result.egress, 1, 1, 1);
  check_delay(result.compute, 1, 1, 1);
  assert_true(result.utilized_pes == 3);
  assert_true(result.intensity == 1); /* 3 MACs, 3 words in the last case */
  assert_int_equal(6, result.written_inputs);
  assert_int_equal(2, result.written_filters);
  assert_false(result.nested);
  assert_false(result.wrapped);
}

/* max(0, 8) / 2, then max(4, 8) / 2 three times. */
static void halves_the_offchip_requirement_in_each_case(void **state) {
  (void)state;
  assert_int_equal(4, cost(3, small_gemm).offchip_bandwidth);
}

/* 8 words of operands in 2 cycles, and half of that is waited for. */
static void waits_for_the_offchip_memory(void **state) {
  (void)state;
  tacet_maestro_hardware hardware = array_of(3);
  hardware.offchip_bandwidth = 1;
  assert_int_equal(4 * 4, cost_on(&hardware, small_gemm).runtime);
}

static void divides_by_bandwidth_and_rounds_up(void **state) {
  (void)state;
  tacet_maestro_hardware hardware = array_of(3);
  hardware.noc_bandwidth = 3;
  tacet_maestro_result result = cost_on(&hardware, small_gemm);
  check_delay(result.ingress, 1, 2, 1); /* 4, 3, 1 and 3 words */
  assert_int_equal(1 + 2 + 3, result.runtime);
}

/* ---- clusters ----------------------------------------------------------- */

/* Two clusters of two PEs: K over the PEs, M over the clusters. A cluster
   takes 1 + 1 cycles, fill included, and the whole 2 + 1. */
static const char clustered_gemm[] =
    "Layer A { Type: GEMM Dimensions { M: 2, N: 1, K: 2 } Dataflow {"
    " SpatialMap(1,1) M; TemporalMap(2,2) K; Cluster(2, P);"
    " SpatialMap(1,1) K; } }";

static void runs_clusters_within_clusters(void **state) {
  (void)state;
  tacet_maestro_result result = cost(4, clustered_gemm);
  assert_int_equal(3, result.runtime);
  assert_int_equal(4, result.macs);
  check_traffic(result.traffic[TACET_MAESTRO_INPUT], 4, 4, 4, 4);
  check_traffic(result.traffic[TACET_MAESTRO_FILTER], 4, 2, 2, 2);
  check_traffic(result.traffic[TACET_MAESTRO_OUTPUT], 4, 4, 2, 2);
  assert_true(result.utilized_pes == 4);
  assert_int_equal(2 * (1 + 1) + 2 * 1, result.l1_size); /* of a PE */
  assert_int_equal(2 * (4 + 2) + 2 * 2, result.l2_size);
  assert_true(result.nested);
}

/* d04: with clusters, energy takes the L1 accesses of the layer before. */
static void charges_the_layer_before(void **state) {
  (void)state;
  tacet_maestro_hardware hardware = array_of(4);
  tacet_maestro_result result = cost_on(&hardware, clustered_gemm);
  tacet_maestro_ledger ledger = {0};
  tacet_maestro_price first, second;
  tacet_maestro_price_of(&first, &ledger, &result, &hardware);
  tacet_maestro_price_of(&second, &ledger, &result, &hardware);
  const double l2 = 18.61 * (4 + 4 + 2 + 2 + 2), l1 = 1.68 * (8 + 6 + 8);
  assert_true(fabs(first.energy - 0.00023 * l2) < 1e-12);
  assert_true(fabs(second.energy - 0.00023 * (l1 + l2)) < 1e-12);
}

static void charges_a_single_level_with_its_own(void **state) {
  (void)state;
  tacet_maestro_hardware hardware = array_of(3);
  tacet_maestro_result result = cost_on(&hardware, small_gemm);
  tacet_maestro_ledger ledger = {.traffic = {{.l1_reads = 1000000}}};
  tacet_maestro_price price;
  tacet_maestro_price_of(&price, &ledger, &result, &hardware);
  const double l2 = 18.61 * (9 + 6 + 2 + 2 + 12),
               l1 = 1.68 * (12 + 9 + 12 + 2 + 24);
  assert_true(fabs(price.energy - 0.00023 * (l1 + l2)) < 1e-12);
}

/* ---- defects ------------------------------------------------------------ */

/* d07: a tile of 4 with offset 2 over 3 channels is taken for 3 - 2. */
static void loses_macs_of_an_oversized_tile(void **state) {
  (void)state;
  tacet_maestro_result result =
      cost(2, "Layer A { Type: GEMM Dimensions { M: 2, N: 1, K: 3 } Dataflow {"
              " SpatialMap(1,1) M; TemporalMap(4,2) K; } }");
  assert_int_equal(2 * 1, result.macs); /* true: 6 */
}

/* d08: 65536 * 65536 steps are 0 in 32 bits, where it stops; 70000 * 70000
   are 605032704, and it goes on. */
static void counts_steps_in_32_bits(void **state) {
  (void)state;
  tacet_maestro_hardware hardware = array_of(1);
  tacet_maestro_result result;
  tacet_error error;
  assert_int_equal(
      TACET_BAD_INPUT,
      try_layer(&result,
                "Layer A { Type: GEMM Dimensions { M: 65537, N: 65537, K: 1 }"
                " Dataflow { TemporalMap(1,1) M; TemporalMap(1,1) N;"
                " SpatialMap(1,1) K; } }",
                &hardware, &error));
  assert_non_null(strstr(error.message, "32 bits"));
  result =
      cost(1, "Layer A { Type: GEMM Dimensions { M: 70001, N: 70001, K: 1 }"
              " Dataflow { TemporalMap(1,1) M; TemporalMap(1,1) N;"
              " SpatialMap(1,1) K; } }");
  assert_true(result.wrapped);
  assert_int_equal(1 + 70000 + 70000 + 605032704, result.macs);
}

/* d09: 7 rows at stride 2 make 3 outputs. Tiles of one output row count 3
   rows; tiles of two become 5 input rows, taken for 3 outputs, and leave an
   edge of 3 rows for the last. */
static void misjudges_strided_tiles_of_two(void **state) {
  (void)state;
  static const char layer[] =
      "Layer A { Type: CONV Stride { Y: 2, X: 2 }"
      " Dimensions { K: 1, C: 1, R: 3, S: 3, Y: 7, X: 7 }"
      " Dataflow { SpatialMap(1,1) K; TemporalMap(%s) Y; TemporalMap(%s) X; }"
      " }";
  char text[512];
  snprintf(text, sizeof text, layer, "3,1", "3,1");
  assert_int_equal(9 * 3 * 3, cost(1, text).macs);
  snprintf(text, sizeof text, layer, "5,4", "5,4");
  assert_int_equal(9 * (3 + 1) * (3 + 1), cost(1, text).macs);
}

/* d25: an output element of each input channel. */
static void gives_outputs_of_groups_their_inputs_channels(void **state) {
  (void)state;
  tacet_maestro_result result =
      cost(2, "Layer A { Type: NGCONV"
              " Dimensions { G: 1, K: 1, C: 2, R: 1, S: 1, Y: 1, X: 2 }"
              " Dataflow { SpatialMap(1,1) X; TemporalMap(2,2) C; } }");
  assert_int_equal(2 * 2, result.traffic[TACET_MAESTRO_OUTPUT].l2_writes);
}

/* d26: with 4 PEs for 3 rows the last one is taken for cut, of nothing. */
static void loses_traffic_of_an_array_too_large(void **state) {
  (void)state;
  static const char layer[] =
      "Layer A { Type: GEMM Dimensions { M: 3, N: 2, K: 1 } Dataflow {"
      " TemporalMap(1,1) N; SpatialMap(1,1) M; TemporalMap(1,1) K; } }";
  assert_int_equal(6, cost(3, layer).traffic[TACET_MAESTRO_OUTPUT].l2_writes);
  assert_int_equal(4, cost(4, layer).traffic[TACET_MAESTRO_OUTPUT].l2_writes);
}

/* d27: 1x1 at stride 2 turns (4,4) into tiles of 2 every 4. Of 11 columns the
   last tile begins behind the end: it is taken for all 11. */
static void takes_a_gap_for_the_whole_dimension(void **state) {
  (void)state;
  tacet_maestro_result result =
      cost(1, "Layer A { Type: CONV Stride { X: 2 }"
              " Dimensions { K: 1, C: 1, R: 1, S: 1, Y: 1, X: 11 }"
              " Dataflow { SpatialMap(1,1) K; TemporalMap(4,4) X; } }");
  assert_int_equal(2 + 2 * 2 + 11, result.macs); /* true: 6 */
}

/* The stride of Y' goes to X. Of outputs 5 x 8 the 7 x 10 inputs are made as
   if there were none; then Y, at stride 2, has 3 steps and X has 8. */
static void swaps_strides_of_outputs(void **state) {
  (void)state;
  tacet_maestro_result result =
      cost(1, "Layer A { Type: CONV Stride { X': 2, Y': 1 }"
              " Dimensions { K: 1, C: 2, R: 3, S: 3, Y': 5, X': 8 }"
              " Dataflow { SpatialMap(1,1) K; TemporalMap(2,2) C;"
              " TemporalMap(3,1) Y; TemporalMap(3,1) X; } }");
  assert_int_equal(2 * 9 * 3 * 8, result.macs);
  assert_int_equal(2, result.written_inputs); /* d17: C only */
}

static void treats_transposed_convolutions_as_plain(void **state) {
  (void)state;
  static const char layer[] =
      "Layer A { Type: %s Dimensions { K: 2, C: 3, R: 3, S: 3, Y: 5, X: 6 }"
      " Dataflow { SpatialMap(1,1) K; TemporalMap(Sz(R),1) Y; } }";
  char plain[512], transposed[512];
  snprintf(plain, sizeof plain, layer, "CONV");
  snprintf(transposed, sizeof transposed, layer, "TRCONV");
  tacet_maestro_result a = cost(2, plain), b = cost(2, transposed);
  assert_int_equal(2 * 3 * 9 * 3 * 4, a.macs);
  assert_int_equal(a.macs, b.macs);
  assert_int_equal(a.runtime, b.runtime);
}

/* At latency 0 a transfer of anything takes no cycle, and none takes -1. */
static void grants_a_cycle_at_latency_zero(void **state) {
  (void)state;
  tacet_maestro_hardware hardware = array_of(1);
  hardware.noc_latency = 0;
  tacet_maestro_result result = cost_on(
      &hardware,
      "Layer A { Type: CONV Dimensions { N: 2, K: 1, C: 1, R: 1, S: 1, Y: 1,"
      " X: 1 } Dataflow { SpatialMap(1,1) K; TemporalMap(1,1) N; } }\n"
      "Layer B { Type: DSCONV Dimensions { K: 2, C: 1, R: 1, S: 1, Y: 1, X: 1 }"
      " Dataflow { TemporalMap(1,1) K; SpatialMap(1,1) C; } }");
  check_delay(result.ingress, -1, 0, 0);
  assert_int_equal(1 + 1, result.runtime);
}

/* All of a layer's cases without work: no cycle, and averages of nothing. */
static void prints_nan_where_nothing_runs(void **state) {
  (void)state;
  tacet_maestro_result result =
      cost(1, "Layer A { Type: CONV"
              " Dimensions { K: 1, C: 1, R: 3, S: 1, Y: 1, X: 1 }"
              " Dataflow { SpatialMap(1,1) K; TemporalMap(1,1) Y; } }");
  assert_int_equal(0, result.runtime);
  assert_int_equal(0, result.macs);
  assert_true(isnan(result.average_bandwidth));
  check_delay(result.compute, INT64_MIN, 0, INT64_MIN);
}

/* ---- what it dies of ---------------------------------------------------- */

#define GEMM "Layer A { Type: GEMM Dimensions { M: 4, N: 4, K: 4 } "
#define CONV                                                                   \
  "Layer A { Type: CONV Dimensions { K: 4, C: 4, R: 3, S: 3, Y: 8, X: 8 } "

static const struct {
  const char *text;
  const char *at; /* what of it the error points at: it begins there */
  const char *says;
  tacet_status status;
} deadly[] = {
    {"Layer A { Type: FC Dimensions { K: 4, C: 4 } Dataflow {"
     " SpatialMap(1,1) K; } }",
     "Layer", "no FC layers", TACET_BAD_INPUT}, /* d03 */
    {GEMM "}", "Layer", "no Dataflow", TACET_BAD_INPUT},
    {GEMM "Dataflow { } }", "Layer", "no Dataflow", TACET_BAD_INPUT},
    {GEMM "Dataflow { TemporalMap(1,1) M; } }", "Layer", "0 spatial maps",
     TACET_BAD_INPUT},
    {GEMM "Dataflow { SpatialMap(1,1) M; SpatialMap(1,1) N;"
          " SpatialMap(1,1) K; } }",
     "Layer", "3 spatial maps", TACET_BAD_INPUT},
    {GEMM "Dataflow { SpatialMap(1,1) M; Cluster(2,P); TemporalMap(1,1) K; } }",
     "Cluster", "0 spatial maps", TACET_BAD_INPUT},
    {GEMM "Dataflow { SpatialMap(1,1) M; Cluster(17,P); SpatialMap(1,1) K; } }",
     "Cluster", "clusters of 17 PEs on an array of 16", TACET_INFEASIBLE},
    {GEMM "Dataflow { SpatialMap(1,1) C; } }", "C; }", "no dimension \"C\"",
     TACET_BAD_INPUT},
    {"Layer A { Type: GEMM Dimensions { M: 4, N: 4 } Dataflow {"
     " SpatialMap(1,1) M; } }",
     "Layer", "no dimension K", TACET_BAD_INPUT},
    {CONV "Dataflow { TemporalMap(1,1) R; SpatialMap(1,1) K; } }",
     "TemporalMap", "R mapped whole", TACET_BAD_INPUT}, /* d15 */
    {CONV "Dataflow { SpatialMap(1,1) K; Cluster(2,P); SpatialMap(1,1) Y'; } }",
     "Y'; }", "Y' needs a map of R", TACET_BAD_INPUT}, /* d20 */
    {"Layer A { Type: CONV Dimensions { K: 4, C: 4, R: 3, S: 3, Y: 8, X: 8,"
     " Y': 6 } Dataflow { SpatialMap(1,1) K; } }",
     "Layer", "both Y and Y'", TACET_BAD_INPUT},
    {"Layer A { Type: CONV Dimensions { K: 4, C: 4, R: 3, Y: 8, X': 8 }"
     " Dataflow { SpatialMap(1,1) K; } }",
     "Layer", "gives X' but no S", TACET_BAD_INPUT},
    {"Layer A { Type: CONV Dimensions { N: 2, K: 1, C: 1, R: 1, S: 1, Y: 1,"
     " X: 1 } Dataflow { SpatialMap(1,1) K; } } " CONV
     "Dataflow { SpatialMap(1,1) K; } }",
     CONV, "no dimension N", TACET_BAD_INPUT}, /* d16 */
    {GEMM "Dataflow { SpatialMap(1,1) M; Cluster(2,P); SpatialMap(1,1) N;"
          " Cluster(2,P); SpatialMap(1,1) K; Cluster(2,P); SpatialMap(1,1) M;"
          " Cluster(2,P); SpatialMap(1,1) M; } }",
     "Cluster(2,P); SpatialMap(1,1) M; } }", "room for 3 Clusters",
     TACET_BAD_INPUT}, /* d18 */
    {"Layer A { Type: DSCONV Dimensions { K: 1, C: 4, R: 1, S: 1, Y: 4, X: 4 }"
     " Dataflow { TemporalMap(1,1) K; SpatialMap(1,1) C; Cluster(2,P);"
     " SpatialMap(1,1) C; } }",
     "K; Spatial", "in no operand", TACET_BAD_INPUT}, /* d19 */
    /* d13: clusters get tiles of a row, and the filter has three */
    {"Layer A { Type: CONV Dimensions { K: 1, C: 1, R: 3, S: 1, Y: 5, X: 1 }"
     " Dataflow { SpatialMap(1,1) K; TemporalMap(3,1) Y; Cluster(1,P);"
     " SpatialMap(1,1) Y; } }",
     "Layer", "no work", TACET_BAD_INPUT},
    {GEMM "Dataflow { SpatialMap(1,2147483647) M; TemporalMap(1,1) N; } }",
     "Layer", "32 bits", TACET_OVERFLOW},
};

static void explains_what_the_published_tool_dies_of(void **state) {
  (void)state;
  tacet_maestro_hardware hardware = array_of(16);
  for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) {
    tacet_maestro_result result;
    tacet_error error = {0};
    tacet_status status = try_layer(&result, deadly[i].text, &hardware, &error);
    const char *at = strstr(deadly[i].text, deadly[i].at);
    assert_non_null(at);
    if (status != deadly[i].status || error.line != 2 ||
        error.column != at - deadly[i].text + 1 ||
        !strstr(error.message, deadly[i].says))
      fail_msg("%s\ngave %d, %d:%d: %s", deadly[i].text, (int)status,
               error.line, error.column, error.message);
  }
}

static void refuses_to_divide_by_zero(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++) {
    tacet_maestro_hardware hardware = array_of(4);
    int *divisors[] = {&hardware.pes, &hardware.simd_lanes,
                       &hardware.noc_bandwidth, &hardware.offchip_bandwidth};
    tacet_maestro_result result;
    tacet_error error;
    *divisors[i] = 0;
    assert_int_equal(TACET_BAD_INPUT,
                     try_layer(&result, small_gemm, &hardware, &error));
    assert_non_null(strstr(error.message, "at least 1"));
  }
}

/* ---- random layers ------------------------------------------------------ */

/* Where tiles divide their dimensions, every MAC is counted once. */
static void counts_every_mac_where_tiles_fit(void **state) {
  (void)state;
  uint64_t random = environment_number("TACET_SEED", 20190311);
  uint64_t cases = environment_number("TACET_CASES", 500);
  print_message("seed %llu, %llu cases\n", (unsigned long long)random,
                (unsigned long long)cases);
  for (uint64_t i = 0; i < cases; i++) {
    char text[512];
    int tile[3], size[3];
    int units = (int)random_between(&random, 1, 4);
    int cluster = (int)random_between(&random, 1, 4);
    for (int d = 0; d < 3; d++) {
      tile[d] = (int)random_between(&random, 1, 3);
      size[d] = tile[d] * (int)random_between(&random, 1, 4);
    }
    size[0] *= units;
    tile[2] *= cluster;
    size[2] *= cluster;
    snprintf(text, sizeof text,
             "Layer A { Type: GEMM Dimensions { M: %d, N: %d, K: %d }"
             " Dataflow { SpatialMap(%d,%d) M; TemporalMap(%d,%d) N;"
             " TemporalMap(%d,%d) K; Cluster(%d,P); SpatialMap(1,1) K; } }",
             size[0], size[1], size[2], tile[0], tile[0], tile[1], tile[1],
             tile[2], tile[2], cluster);
    assert_int_equal(size[0] * size[1] * size[2],
                     cost(units * cluster, text).macs);
  }
}

/* ---- printing ----------------------------------------------------------- */

static int count_commas(const char *text) {
  int commas = 0;
  for (; *text; text++) commas += *text == ',';
  return commas;
}

static void prints_a_row_under_the_header(void **state) {
  (void)state;
  tacet_maestro_hardware hardware = array_of(3);
  tacet_maestro_result result = cost_on(&hardware, small_gemm);
  tacet_maestro_ledger ledger = {0};
  tacet_maestro_price price = {.energy = 0.25, .area = 1234567};
  char row[1024], cut[16];
  int length = tacet_maestro_csv_row(row, sizeof row, "Net", "A", &result,
                                     &price, &hardware);
  assert_int_equal(strlen(row), length);
  assert_string_equal(
      "Net,A,3,5,0.25,2.4,9.6e+09,1.23457e+06,0,4,3.25,4,1,4,14,6,1,1,6,2,"
      "4.8e+10,12,0,0,0,0,12, 9, 9, 6, 1.33333, 12, 2, 2, 2, 6, 12, 12, 12,"
      " 12, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 1",
      row);
  assert_int_equal(TACET_MAESTRO_COLUMNS - 1, count_commas(row));
  assert_int_equal(TACET_MAESTRO_COLUMNS - 1,
                   count_commas(tacet_maestro_csv_header()));
  assert_int_equal(length, tacet_maestro_csv_row(cut, sizeof cut, "Net", "A",
                                                 &result, &price, &hardware));
  assert_true(strlen(cut) < sizeof cut);
  tacet_maestro_price_of(&price, &ledger, &result, &hardware);
  assert_true(fabs(price.pe_power - 3 * 1.2223) < 1e-12);
  assert_true(fabs(price.l1_power - 3 * 0.00345 * 6) < 1e-12);
  assert_true(fabs(price.l2_power - 0.00345 * 14) < 1e-12);
}

static double random_real(uint64_t *random) {
  union {
    uint64_t bits;
    double value;
  } any = {.bits = next_random(random)};
  switch (next_random(random) % 5) {
  case 0: return any.value;
  case 1: return (double)(any.bits >> (any.bits % 64));
  case 2: return (double)(any.bits % 2000001) / 1024;
  case 3: return ((double)(any.bits % 2000000) + 0.5) / 1e4;
  default:
    return (double)(any.bits % 100000000) *
           pow(10, (int)(next_random(random) % 40) - 20);
  }
}

static void prints_reals_as_printf_does(void **state) {
  (void)state;
  static const double edges[] = {
      0,        -0.0,  1,        -1.5,         0.1,          999999.5,
      999999.4, 1e6,   0.0001,   9.9999949e-5, 9.9999951e-5, 1e-16,
      1e21,     1e22,  123456.5, 1e100,        INFINITY,     -INFINITY,
      NAN,      5e-324};
  uint64_t random = environment_number("TACET_SEED", 1726);
  uint64_t cases = environment_number("TACET_CASES", 50000);
  const int fixed = sizeof edges / sizeof edges[0];
  print_message("seed %llu\n", (unsigned long long)random);
  for (uint64_t i = 0; i < cases; i++) {
    char text[MAESTRO_DIGITS], wanted[MAESTRO_DIGITS];
    double value = i < (uint64_t)fixed ? edges[i] : random_real(&random);
    int length = maestro_digits(text, value);
    snprintf(wanted, sizeof wanted, "%g", value);
    assert_string_equal(wanted, text);
    assert_int_equal(strlen(wanted), length);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_every_case_of_one_level),
      cmocka_unit_test(halves_the_offchip_requirement_in_each_case),
      cmocka_unit_test(waits_for_the_offchip_memory),
      cmocka_unit_test(divides_by_bandwidth_and_rounds_up),
      cmocka_unit_test(runs_clusters_within_clusters),
      cmocka_unit_test(charges_the_layer_before),
      cmocka_unit_test(charges_a_single_level_with_its_own),
      cmocka_unit_test(loses_macs_of_an_oversized_tile),
      cmocka_unit_test(counts_steps_in_32_bits),
      cmocka_unit_test(misjudges_strided_tiles_of_two),
      cmocka_unit_test(gives_outputs_of_groups_their_inputs_channels),
      cmocka_unit_test(loses_traffic_of_an_array_too_large),
      cmocka_unit_test(takes_a_gap_for_the_whole_dimension),
      cmocka_unit_test(swaps_strides_of_outputs),
      cmocka_unit_test(treats_transposed_convolutions_as_plain),
      cmocka_unit_test(grants_a_cycle_at_latency_zero),
      cmocka_unit_test(prints_nan_where_nothing_runs),
      cmocka_unit_test(explains_what_the_published_tool_dies_of),
      cmocka_unit_test(refuses_to_divide_by_zero),
      cmocka_unit_test(counts_every_mac_where_tiles_fit),
      cmocka_unit_test(prints_a_row_under_the_header),
      cmocka_unit_test(prints_reals_as_printf_does),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
