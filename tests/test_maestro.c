/* The published arithmetic on layers small enough to be counted by hand, and
   its printing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/maestro/digits.h"
#include "cases.h"
#include "maestro_text.h"

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

/* ---- random layers ------------------------------------------------------ */

/* Where tiles divide their dimensions, every MAC is counted once. */
static void counts_every_mac_where_tiles_fit(void **state) {
  (void)state;
  uint64_t random = 20190311, cases = 500;
  ask_for_cases(&random, &cases);
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

/* Every column its own value, in the order of the header. */
static const tacet_maestro_result numbered = {
    .runtime = 4,
    .macs = 22,
    .traffic = {{27, 28, 29, 30}, {32, 33, 34, 35}, {37, 38, 39, 40}},
    .l1_size = 16,
    .l2_size = 15,
    .peak_bandwidth = 10,
    .average_bandwidth = 11.5,
    .offchip_bandwidth = 14,
    .ingress = {42, 43, 44},
    .egress = {45, 46, 47},
    .compute = {48, 49, 50},
    .utilized_pes = 51.25,
    .intensity = 52.125,
    .written_inputs = 19,
    .written_filters = 20};

static void prints_a_row_under_the_header(void **state) {
  (void)state;
  const tacet_maestro_hardware hardware = {.pes = 3, .simd_lanes = 13};
  const tacet_maestro_price price = {.energy = 0.25,
                                     .area = 1234567,
                                     .pe_power = 23.5,
                                     .l1_power = 24.5,
                                     .l2_power = 25.5,
                                     .noc_power = 26.5};
  char row[1024], cut[16];
  int length = tacet_maestro_csv_row(row, sizeof row, "Net", "A", &numbered,
                                     &price, &hardware);
  assert_int_equal(strlen(row), length);
  assert_string_equal(
      "Net,A,3,4,0.25,5.5,2.2e+10,1.23457e+06,100,10,11.5,10,13,14,15,16,"
      "0.970588,0.965517,19,20,8.8e+10,22,23.5,24.5,25.5,26.5,27, 28, 29, 30,"
      " 0.964286, 32, 33, 34, 35, 0.969697, 37, 38, 39, 40, 0.973684, 42, 43,"
      " 44, 45, 46, 47, 48, 49, 50, 51.25, 52.125",
      row);
  assert_int_equal(TACET_MAESTRO_COLUMNS - 1, count_commas(row));
  assert_int_equal(TACET_MAESTRO_COLUMNS - 1,
                   count_commas(tacet_maestro_csv_header()));
  assert_int_equal(length, tacet_maestro_csv_row(cut, sizeof cut, "Net", "A",
                                                 &numbered, &price, &hardware));
  assert_true(strlen(cut) < sizeof cut);
}

/* P = 3 and B = 2: the bus has 2 (3 * 14.662 + 28.895) = 145.762 units, the
   arbiter 1.2886 * 9 + 5.5814 * 3 - 23.711 = 4.6306. */
static void prices_area_and_power(void **state) {
  (void)state;
  tacet_maestro_hardware hardware = array_of(3);
  hardware.noc_bandwidth = 2;
  tacet_maestro_result result = cost_on(&hardware, small_gemm);
  tacet_maestro_ledger ledger = {0};
  tacet_maestro_price price;
  tacet_maestro_price_of(&price, &ledger, &result, &hardware);
  assert_true(fabs(price.area - (3 * (283 + 0.104 * 6) + 0.104 * 14 +
                                 101.7938 * 145.762 + 395.473 * 4.6306)) <
              1e-6);
  assert_true(fabs(price.pe_power - 3 * 1.2223) < 1e-12);
  assert_true(fabs(price.l1_power - 3 * 0.00345 * 6) < 1e-12);
  assert_true(fabs(price.l2_power - 0.00345 * 14) < 1e-12);
  assert_true(fabs(price.noc_power - (0.8 * 0.145762 + 0.34)) < 1e-12);
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
      cmocka_unit_test(counts_every_mac_where_tiles_fit),
      cmocka_unit_test(prints_a_row_under_the_header),
      cmocka_unit_test(prices_area_and_power),
      cmocka_unit_test(prints_reals_as_printf_does),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
