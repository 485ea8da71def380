/* Each defect of the published tool on a layer small enough to be counted by
   hand: the wrong numbers, which are reproduced, and what it dies of, which
   is explained. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "maestro_text.h"

static void check_delay(tacet_maestro_delay delay, int64_t least, int64_t most,
                        int64_t average) {
  assert_int_equal(least, delay.least);
  assert_int_equal(most, delay.most);
  assert_int_equal(average, delay.average);
}

/* ---- wrong numbers ------------------------------------------------------ */

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
                     try_layer(&result,
                               "Layer A { Type: GEMM Dimensions { M: 6, N: 2,"
                               " K: 1 } Dataflow { SpatialMap(1,1) M; } }",
                               &hardware, &error));
    assert_non_null(strstr(error.message, "at least 1"));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
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
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
