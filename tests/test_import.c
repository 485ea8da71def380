/* MAESTRO's files in place of YAML, YAML made of them, and dataflows of single
   layers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "program.h"

static const char mapping_text[] =
    "Network shapes {\n"
    "Layer conv { Type: CONV Stride { X: 2, Y: 2 }\n"
    "  Dimensions { N: 1, K: 4, C: 6, R: 3, S: 3, Y: 13, X: 11 }\n"
    "  Dataflow { SpatialMap(1,1) K; TemporalMap(2,2) C;\n"
    "    TemporalMap(Sz(R),2) Y; TemporalMap(Sz(S),2) X; } }\n"
    "Layer conv { Type: DSCONV Dimensions { C: 4, R: 3, S: 3, Y: 8, X: 8 }\n"
    "  Dataflow { SpatialMap(1,1) C; TemporalMap(3,1) Y; } }\n"
    "Layer out { Type: CONV Dimensions { K: 4, C: 2, R: 3, S: 3, Y': 6, X': 6 }"
    "\n  Dataflow { TemporalMap(1,1) K; SpatialMap(2,2) Y'; Cluster(2, P);\n"
    "    SpatialMap(1,1) Y'; TemporalMap(Sz(R),Sz(R)) R; } }\n"
    "Layer grouped { Type: NGCONV\n"
    "  Dimensions { G: 2, K: 3, C: 4, R: 1, S: 1, Y: 5, X: 5 }\n"
    "  Dataflow { TemporalMap(1,1) G; SpatialMap(1,1) K; } }\n"
    "Layer product { Type: GEMM Dimensions { M: 8, N: 6, K: 10 }\n"
    "  Dataflow { SpatialMap(2,2) M; TemporalMap(3,3) N; TemporalMap(5,5) K; "
    "} }\n"
    "}\n";

static const char model_text[] =
    "Network model { Layer L1 { Type: CONV\n"
    "  Dimensions { K: 8, C: 6, R: 3, S: 3, Y: 9, X: 8 } } }\n";

static const char hardware_text[] = "num_pes: 4\n"
                                    "l1_size_cstr: 2000\n"
                                    "noc_bw_cstr: 8\n"
                                    "offchip_bw_cstr: 4\n";

static int make(void **state) {
  if (files_make(state) != 0) return -1;
  file_write("shapes.m", mapping_text);
  file_write("model.m", model_text);
  file_write("hw.m", hardware_text);
  return 0;
}

/* ---- files -------------------------------------------------------------- */

/* What a run prints on hardware that MAESTRO describes: without energies of
   DRAM, which is told. To be freed. */
static char *hardware_output(const char *arguments) {
  const ran r = program_run(arguments);
  assert_int_equal(r.exit_code, 0);
  assert_non_null(strstr(r.errors, "energy leaves out dram, for which"));
  char *copy = strdup(r.output);
  assert_non_null(copy);
  return copy;
}

static void reads_a_mapping_as_the_yaml_it_converts_to(void **state) {
  (void)state;
  free(program_output("convert shapes.m -o shapes.yaml"));
  char *from_m = hardware_output("run -n shapes.m -a hw.m --format csv");
  char *from_yaml = hardware_output("run -n shapes.yaml -a hw.m --format csv");
  assert_non_null(strstr(from_m, "conv-2"));
  assert_non_null(strstr(from_m, "product"));
  assert_string_equal(from_yaml, from_m);
  free(from_m);
  free(from_yaml);
}

static void converts_hardware(void **state) {
  (void)state;
  free(program_output("convert hw.m -o hw.yaml"));
  char *from_m = hardware_output("run -n shapes.m -a hw.m --format csv");
  char *from_yaml = hardware_output("run -n shapes.m -a hw.yaml --format csv");
  assert_string_equal(from_yaml, from_m);
  free(from_m);
  free(from_yaml);
}

static void prints_yaml_without_o(void **state) {
  (void)state;
  char *text = program_output("convert shapes.m");
  free(program_output("convert shapes.m -o again.yaml"));
  char *written = file_read("again.yaml");
  assert_string_equal(text, written);
  free(text);
  free(written);
}

/* 16 * 6 * 10 MACs. */
static void sets_numbers_in_a_mapping(void **state) {
  (void)state;
  char *text = hardware_output("run -n shapes.m -a hw.m --layer product "
                               "--set network.layers.product.dims.M=16 "
                               "--set accelerator.noc.bandwidth=16 "
                               "--format csv");
  assert_non_null(strstr(text, ",960,"));
  free(text);
}

/* ---- dataflows of layers ------------------------------------------------ */

static void prefers_a_layers_own_dataflow(void **state) {
  (void)state;
  char *own =
      text_replaced(network_text, "    stride: {Y: 2, X: 1}\n",
                    "    stride: {Y: 2, X: 1}\n"
                    "    dataflow: {directives: ['SpatialMap(1,1) C']}\n");
  file_write("own.yaml", own);
  free(own);
  char *with = program_output("run -n own.yaml -a plain.yaml --format csv");
  char *without =
      program_output("run -n network.yaml -a plain.yaml --format csv");
  assert_string_not_equal(with, without);
  free(with);
  with = program_output("run -n own.yaml -a plain.yaml -d flow.yaml "
                        "--format csv");
  assert_string_equal(with, without);
  free(with);
  free(without);
}

static void reads_a_layers_dataflow_from_a_file(void **state) {
  (void)state;
  char *own = text_replaced(network_text, "    stride: {Y: 2, X: 1}\n",
                            "    stride: {Y: 2, X: 1}\n"
                            "    dataflow: flow.yaml\n");
  file_write("own-file.yaml", own);
  free(own);
  char *with =
      program_output("run -n own-file.yaml -a plain.yaml --format csv");
  char *without =
      program_output("run -n network.yaml -a plain.yaml --format csv");
  assert_string_equal(with, without);
  free(with);
  free(without);
}

static void runs_a_model_with_the_accelerators_dataflow(void **state) {
  (void)state;
  char *text = program_output("run -n model.m -a plain.yaml --format csv");
  assert_non_null(strstr(text, "L1"));
  free(text);
  const ran r = program_run("run -n model.m -a hw.m");
  check_refused(&r, 1, "the accelerator hw has no dataflow");
}

/* Also for FC layers, as in YAML, and with places of its own. */
static void takes_a_mapping_as_a_dataflow(void **state) {
  (void)state;
  static const char flows[] =
      "Network flows {\n"
      "Layer a { Type: CONV Dimensions { K: 4, C: 6, R: 3, S: 3, Y: 9, X: 9 }\n"
      "  Dataflow { SpatialMap(1,1) K; TemporalMap(1,1) C; } }\n"
      "Layer b { Type: CONV Dimensions { K: 8, C: 2, R: 1, S: 1, Y: 9, X: 9 }\n"
      "  Dataflow { SpatialMap(1,1) K;\n"
      "    TemporalMap(1,1) C; } }\n"
      "Layer c { Type: GEMM Dimensions { M: 8, N: 6, K: 10 }\n"
      "  Dataflow { SpatialMap(2,2) M; } }\n"
      "}\n";
  file_write("flows.m", flows);
  file_write("flows.yaml", "tacet: 1\ndataflow: flows\ndirectives:\n"
                           "  - SpatialMap(1,1) K\n  - TemporalMap(1,1) C\n"
                           "by-type: {GEMM: ['SpatialMap(2,2) M']}\n");
  char *from_m = program_output("run -n network.yaml -a plain.yaml "
                                "-d flows.m --format csv");
  char *from_yaml = program_output("run -n network.yaml -a plain.yaml "
                                   "-d flows.yaml --format csv");
  assert_string_equal(from_yaml, from_m);
  free(from_m);
  free(from_yaml);
  char *overlap = text_replaced(flows, "SpatialMap(1,1) K; TemporalMap(1,1)",
                                "SpatialMap(1,1) K; TemporalMap(2,1)");
  file_write("overlap.m", overlap);
  ran r = program_run("run -n network.yaml -a plain.yaml -d overlap.m");
  check_refused(&r, 1,
                "overlap.m:4:1: layer b has another dataflow than "
                "layer a");
  free(overlap);
  overlap = text_replaced(flows, "SpatialMap(2,2) M", "SpatialMap(2,1) M");
  file_write("overlap.m", overlap);
  free(overlap);
  r = program_run("run -n shapes.m --layer product -a plain.yaml -d overlap.m");
  check_refused(&r, 1, "overlap.m:8:14: layer product on plain: ");
}

static void refuses_a_dataflow_for_other_types(void **state) {
  (void)state;
  char *own =
      text_replaced(network_text, "    stride: {Y: 2, X: 1}\n",
                    "    dataflow: {by-type: {GEMM: ['SpatialMap(1,1) M']}}\n");
  file_write("wrong.yaml", own);
  free(own);
  const ran r = program_run("run -n wrong.yaml -a plain.yaml");
  check_refused(&r, 1,
                "wrong.yaml:4:5: the dataflow of layer L1 has no "
                "directives for CONV layers");
}

/* ---- mistakes ----------------------------------------------------------- */

static void points_into_the_mapping(void **state) {
  (void)state;
  char *text = text_replaced(mapping_text, "SpatialMap(2,2) M", //
                             "SpatialMap(3,2) M");
  file_write("overlap.m", text);
  free(text);
  const ran r = program_run("run -n overlap.m -a hw.m");
  check_refused(&r, 1, "overlap.m:15:14: layer product on hw: ");
}

static void leaves_no_file_of_a_mapping_in_error(void **state) {
  (void)state;
  file_write("broken.m", "Network n { Layer a { Type: CONV Dimensions { K 0 }");
  const ran r = program_run("convert broken.m -o broken.yaml");
  check_refused(&r, 1, "broken.m:1:");
  assert_false(file_exists("broken.yaml"));
}

static void explains_usage(void **state) {
  (void)state;
  ran r = program_run("convert");
  check_refused(&r, 2, "convert needs one file");
  r = program_run("convert network.yaml");
  check_refused(&r, 2, "a file whose name ends in .m");
  r = program_run("convert shapes.m -o a -o b");
  check_refused(&r, 2, "--output is given twice");
  free(program_output("convert --help"));
}

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_a_mapping_as_the_yaml_it_converts_to),
      cmocka_unit_test(converts_hardware),
      cmocka_unit_test(prints_yaml_without_o),
      cmocka_unit_test(sets_numbers_in_a_mapping),
      cmocka_unit_test(prefers_a_layers_own_dataflow),
      cmocka_unit_test(reads_a_layers_dataflow_from_a_file),
      cmocka_unit_test(runs_a_model_with_the_accelerators_dataflow),
      cmocka_unit_test(takes_a_mapping_as_a_dataflow),
      cmocka_unit_test(refuses_a_dataflow_for_other_types),
      cmocka_unit_test(points_into_the_mapping),
      cmocka_unit_test(leaves_no_file_of_a_mapping_in_error),
      cmocka_unit_test(explains_usage),
  };
  return cmocka_run_group_tests(tests, make, scratch_remove);
}
