/* Each reason why the published MAESTRO and tacet differ, on a layer of its
   own: the executor counts tacet's figure, the published arithmetic its own,
   and the reason is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/executor/executor.h"
#include "../dense/maestro/import.h"
#include "../tools/against.h"
#include "../tools/import.h"
#include "program.h"

#define BIT(id) tacet_reason_bit(TACET_REASON_##id)

/* Buffers and links that hold nothing up, but for a cycle of the network. */
static tacet_accelerator array_of(int64_t pes) {
  return (tacet_accelerator){
      .name = "array",
      .pes = pes,
      .lanes = 1,
      .clock_hz = 1e9,
      .word_bits = 8,
      .width_bits = {8, 8, 8},
      .storages = 3,
      .storage = {{.name = "dram"},
                  {.name = "l2",
                   .size_bits = INT64_C(1) << 52,
                   .double_buffered = true},
                  {.name = "l1",
                   .size_bits = INT64_C(1) << 52,
                   .double_buffered = true}},
      .link = {{.bandwidth = 1e9, .multicast = true, .reduction = true},
               {.bandwidth = 1e9,
                .latency = 1,
                .multicast = true,
                .reduction = true}}};
}

/* ---- judging ------------------------------------------------------------ */

static void parse(tacet_maestro_file *file, const char *layers) {
  char text[1024];
  tacet_error error;
  const int length = snprintf(text, sizeof text, "Network n { %s }", layers);
  assert_int_equal(
      tacet_maestro_parse(file, text, (size_t)length, "layer.m", &error),
      TACET_OK);
  assert_int_equal(file->problem.status, TACET_OK);
}

/* tacet's counts of a layer by the executor. */
static void execute(int64_t quantity[TACET_QUANTITIES],
                    const tacet_maestro_layer *source,
                    const tacet_accelerator *accelerator) {
  tacet_layer layer;
  tacet_dataflow dataflow;
  tacet_nest nest;
  tacet_activity walked;
  tacet_error error;
  assert_int_equal(tacet_import_layer(&layer, source, &error), TACET_OK);
  assert_int_equal(tacet_import_dataflow(&dataflow, source, &error), TACET_OK);
  assert_int_equal(tacet_bind(&nest, &layer, &dataflow, accelerator, &error),
                   TACET_OK);
  assert_int_equal(tacet_place_tiles(&nest, accelerator, &error), TACET_OK);
  assert_int_equal(
      tacet_execute(&walked, &nest, accelerator, NULL, NULL, &error), TACET_OK);
  quantity[TACET_QUANTITY_MACS] = walked.macs;
  quantity[TACET_QUANTITY_INPUT] = walked.traffic[1][TACET_INPUT].parent_reads;
  quantity[TACET_QUANTITY_WEIGHT] =
      walked.traffic[1][TACET_WEIGHT].parent_reads;
  quantity[TACET_QUANTITY_OUTPUT] = walked.traffic[1][TACET_OUTPUT].updates;
}

/* The last layer of a text both ways. */
static tacet_comparison compare(const char *text,
                                const tacet_accelerator *accelerator) {
  tacet_maestro_file file;
  tacet_maestro_batch batch;
  tacet_comparison both;
  parse(&file, text);
  tacet_maestro_batch_of(&batch, &file);
  tacet_against_layer(&both, &file.layer[file.layers - 1], &batch, accelerator);
  assert_int_equal(both.maestro_error.status, TACET_OK);
  assert_int_equal(both.tacet_error.status, TACET_OK);
  both.layer = NULL; /* the file's */
  tacet_maestro_free(&file);
  return both;
}

/* The published count, the executor's, and the only reasons for the quantity
   to differ. */
static void judge_on(const char *text, const tacet_accelerator *accelerator,
                     tacet_quantity quantity, int64_t published, int64_t walked,
                     tacet_reason_set why) {
  tacet_maestro_file file;
  int64_t ours[TACET_QUANTITIES];
  const tacet_comparison both = compare(text, accelerator);
  assert_int_equal(both.maestro[quantity], published);
  assert_int_equal(both.tacet[quantity], walked);
  assert_int_equal(both.why[quantity], why);
  parse(&file, text);
  execute(ours, &file.layer[file.layers - 1], accelerator);
  tacet_maestro_free(&file);
  assert_int_equal(ours[quantity], walked);
}

static void judge(const char *text, int64_t pes, tacet_quantity quantity,
                  int64_t published, int64_t walked, tacet_reason_set why) {
  const tacet_accelerator accelerator = array_of(pes);
  judge_on(text, &accelerator, quantity, published, walked, why);
}

/* ---- MACs --------------------------------------------------------------- */

/* The second layer has a batch of 2, and no tensor of it. */
static void loses_batches(void **state) {
  (void)state;
  judge("Layer A { Type: CONV Dimensions { K: 2, C: 1, R: 1, S: 1, Y: 1, X: 2 }"
        " Dataflow { SpatialMap(1,1) K; } }"
        " Layer B { Type: CONV"
        " Dimensions { N: 2, K: 2, C: 1, R: 1, S: 1, Y: 1, X: 2 }"
        " Dataflow { SpatialMap(1,1) K; } }",
        2, TACET_QUANTITY_MACS, 4, 8, BIT(10));
}

/* A tile of 4 with offset 2 over 3 channels is taken for 3 - 2. */
static void cuts_oversized_tiles(void **state) {
  (void)state;
  judge("Layer A { Type: GEMM Dimensions { M: 2, N: 1, K: 3 }"
        " Dataflow { SpatialMap(1,1) M; TemporalMap(4,2) K; } }",
        2, TACET_QUANTITY_MACS, 2, 6, BIT(16));
}

/* Columns 0, 3 and 6 of 8: column 7 is taken for a tile of all 8, whose
   whole it then is: 3 + 8. */
static void takes_stray_edges_for_all(void **state) {
  (void)state;
  judge("Layer A { Type: CONV Stride { X: 3 }"
        " Dimensions { K: 1, C: 1, R: 1, S: 1, Y: 1, X: 8 }"
        " Dataflow { SpatialMap(1,1) K; TemporalMap(1,1) X; } }",
        1, TACET_QUANTITY_MACS, 11, 3, BIT(16B));
}

/* Two tiles of 5 columns make 2 outputs each, not 3. */
static void takes_columns_for_outputs(void **state) {
  (void)state;
  judge("Layer A { Type: CONV Stride { X: 2 }"
        " Dimensions { K: 1, C: 1, R: 1, S: 3, Y: 1, X: 9 }"
        " Dataflow { SpatialMap(1,1) K; TemporalMap(5,2) X; } }",
        1, TACET_QUANTITY_MACS, 2 * 3 * 3, 4 * 3, BIT(17));
}

/* Third output of three on two units: its 3 columns count as outputs. */
static void takes_inputs_of_a_lone_unit(void **state) {
  (void)state;
  judge("Layer A { Type: CONV"
        " Dimensions { K: 1, C: 1, R: 1, S: 3, Y: 1, X: 5 }"
        " Dataflow { SpatialMap(3,1) X; } }",
        2, TACET_QUANTITY_MACS, (2 + 3) * 3, 3 * 3, BIT(23));
}

/* Thirteen channels on four units of two: of the last five, a unit has two,
   and the next one's two are forgotten over the cut tile behind it. */
static void forgets_a_unit_before_a_cut_one(void **state) {
  (void)state;
  judge("Layer A { Type: GEMM Dimensions { M: 1, N: 1, K: 13 }"
        " Dataflow { SpatialMap(2,2) K; } }",
        4, TACET_QUANTITY_MACS, 8 + 2 + 1, 13, BIT(J));
}

/* Too large to be walked. */
static void counts_steps_in_32_bits(void **state) {
  (void)state;
  const tacet_accelerator one = array_of(1);
  const tacet_comparison both =
      compare("Layer A { Type: GEMM Dimensions { M: 70001, N: 70001, K: 1 }"
              " Dataflow { TemporalMap(1,1) M; TemporalMap(1,1) N;"
              " SpatialMap(1,1) K; } }",
              &one);
  assert_int_equal(both.maestro[TACET_QUANTITY_MACS],
                   1 + 70000 + 70000 + 605032704);
  assert_int_equal(both.tacet[TACET_QUANTITY_MACS], INT64_C(70001) * 70001);
  assert_int_equal(both.why[TACET_QUANTITY_MACS], BIT(15));
}

/* ---- words -------------------------------------------------------------- */

/* Four rows on eight units: the fourth's output is lost, at each of 3 steps. */
static void drops_words_of_underfilled_arrays(void **state) {
  (void)state;
  judge("Layer A { Type: GEMM Dimensions { M: 4, N: 3, K: 1 } Dataflow {"
        " TemporalMap(1,1) N; SpatialMap(1,1) M; TemporalMap(1,1) K; } }",
        8, TACET_QUANTITY_OUTPUT, 9, 12, BIT(19));
}

static void gives_grouped_outputs_input_channels(void **state) {
  (void)state;
  judge("Layer A { Type: NGCONV"
        " Dimensions { G: 2, K: 2, C: 2, R: 1, S: 1, Y: 1, X: 4 }"
        " Dataflow { SpatialMap(1,1) K; } }",
        2, TACET_QUANTITY_OUTPUT, 2 * 2 * 2 * 4, 2 * 2 * 4, BIT(24));
}

/* Channels 0 and 1, then 2 alone, for which two are loaded. */
static void loads_cut_tiles_whole(void **state) {
  (void)state;
  judge("Layer A { Type: GEMM Dimensions { M: 1, N: 2, K: 3 }"
        " Dataflow { SpatialMap(1,1) N; TemporalMap(2,2) K; } }",
        2, TACET_QUANTITY_INPUT, 4, 3, BIT(25));
}

/* A PE holds one channel; for the second K it needs the first one again. */
static void loads_nothing_after_a_reset(void **state) {
  (void)state;
  judge("Layer A { Type: CONV"
        " Dimensions { K: 2, C: 2, R: 1, S: 1, Y: 1, X: 4 } Dataflow {"
        " TemporalMap(1,1) K; TemporalMap(1,1) C; SpatialMap(1,1) X; } }",
        4, TACET_QUANTITY_INPUT, 12, 16, BIT(A));
}

static void writes_outputs_at_every_step(void **state) {
  (void)state;
  judge("Layer A { Type: CONV"
        " Dimensions { K: 1, C: 8, R: 1, S: 1, Y: 1, X: 4 }"
        " Dataflow { SpatialMap(1,1) X; TemporalMap(1,1) C; } }",
        4, TACET_QUANTITY_OUTPUT, 32, 4, BIT(B));
}

/* Four units of three rows each, of six. */
static void loads_halos_for_each(void **state) {
  (void)state;
  judge("Layer A { Type: CONV"
        " Dimensions { K: 1, C: 2, R: 3, S: 1, Y: 6, X: 1 }"
        " Dataflow { SpatialMap(Sz(R),1) Y; TemporalMap(1,1) C; } }",
        4, TACET_QUANTITY_INPUT, 2 * 4 * 3, 2 * 6, BIT(C));
}

/* Windows of 3 x 3 over 4 x 4; 2 x 2 of the third are those of the second. */
static void loads_what_is_still_held(void **state) {
  (void)state;
  judge("Layer A { Type: CONV"
        " Dimensions { K: 1, C: 1, R: 3, S: 3, Y: 4, X: 4 } Dataflow {"
        " SpatialMap(1,1) K; TemporalMap(3,1) Y; TemporalMap(3,1) X; } }",
        1, TACET_QUANTITY_INPUT, 9 + 3 + 9 + 3, 9 + 3 + 5 + 3, BIT(D));
}

/* The clusters hold both channels, the PEs in them one at a time. */
static void keeps_in_clusters_what_pes_take_in_turn(void **state) {
  (void)state;
  judge("Layer A { Type: CONV"
        " Dimensions { K: 4, C: 2, R: 1, S: 1, Y: 1, X: 2 }"
        " Dataflow { TemporalMap(1,1) X; SpatialMap(2,2) K; Cluster(2, P);"
        " SpatialMap(1,1) K; TemporalMap(1,1) C; } }",
        4, TACET_QUANTITY_WEIGHT, 8, 16, BIT(F));
}

/* The fifth column is in no window, but a third unit has it. */
static void loads_unused_columns(void **state) {
  (void)state;
  judge("Layer A { Type: CONV Stride { X: 2 }"
        " Dimensions { K: 1, C: 1, R: 1, S: 2, Y: 1, X: 5 }"
        " Dataflow { SpatialMap(2,1) X; } }",
        4, TACET_QUANTITY_INPUT, 2 + 2 + 1, 4, BIT(H));
}

/* One row for two columns of the product. */
static void multicasts_on_any_network(void **state) {
  (void)state;
  tacet_accelerator accelerator = array_of(2);
  accelerator.link[1].multicast = false;
  judge_on("Layer A { Type: GEMM Dimensions { M: 1, N: 2, K: 1 }"
           " Dataflow { SpatialMap(1,1) N; } }",
           &accelerator, TACET_QUANTITY_INPUT, 1, 2, BIT(I));
}

/* ---- cycles ------------------------------------------------------------- */

static const char product[] =
    "Layer A { Type: GEMM Dimensions { M: 4, N: 3, K: 1 } Dataflow {"
    " TemporalMap(1,1) N; SpatialMap(1,1) M; TemporalMap(1,1) K; } }";

/* Theirs: a fill and three steps, of a cycle each. Ours: transfers of 1 + 1
   cycles, so 2 + 2 at the ends and 1 + 2 + 2 between them, and a cycle of DRAM
   before and after. */
static void charges_neither_ends_nor_words(void **state) {
  (void)state;
  const tacet_accelerator accelerator = array_of(4);
  const tacet_comparison both = compare(product, &accelerator);
  assert_int_equal(both.maestro[TACET_QUANTITY_CYCLES], 1 + 3 * 1);
  assert_int_equal(both.tacet[TACET_QUANTITY_CYCLES], 2 + 1 + 5 + 1 + 2);
  assert_int_equal(both.why[TACET_QUANTITY_CYCLES], BIT(22) | BIT(G));
}

/* (2*4 + 2*1) / 2 words of the buffer a step, though 4 + 3 in all move in. */
static void charges_buffers_for_dram(void **state) {
  (void)state;
  tacet_accelerator accelerator = array_of(4);
  accelerator.link[0].bandwidth = 1;
  const tacet_comparison both = compare(product, &accelerator);
  assert_int_equal(both.maestro[TACET_QUANTITY_CYCLES], 3 * 5);
  assert_true(both.why[TACET_QUANTITY_CYCLES] & BIT(21));
}

/* Four steps of a cluster take a fill and its two MACs each. */
static void fills_clusters_at_every_step(void **state) {
  (void)state;
  const tacet_accelerator accelerator = array_of(2);
  const tacet_comparison both =
      compare("Layer A { Type: GEMM Dimensions { M: 4, N: 2, K: 2 } Dataflow {"
              " TemporalMap(1,1) M; SpatialMap(2,2) N; Cluster(2, P);"
              " SpatialMap(1,1) N; TemporalMap(1,1) K; } }",
              &accelerator);
  assert_int_equal(both.maestro[TACET_QUANTITY_CYCLES], 1 + 4 * (1 + 2));
  assert_true(both.why[TACET_QUANTITY_CYCLES] & BIT(E));
}

static void ignores_sizes_of_buffers(void **state) {
  (void)state;
  tacet_accelerator accelerator = array_of(4);
  accelerator.storage[2].size_bits = 8;
  const tacet_comparison both = compare(product, &accelerator);
  assert_true(both.why[TACET_QUANTITY_CYCLES] & BIT(30));
  assert_int_equal(both.tacet[TACET_QUANTITY_MACS], 12);
}

/* ---- the command -------------------------------------------------------- */

static int make(void **state) {
  if (files_make(state) != 0) return -1;
  file_write("hw.m", "num_pes: 4\n");
  file_write("three.m",
             "Network three {\n"
             "Layer A { Type: CONV\n"
             "  Dimensions { K: 1, C: 8, R: 1, S: 1, Y: 1, X: 4 }\n"
             "  Dataflow { SpatialMap(1,1) X; TemporalMap(1,1) C; } }\n"
             "Layer B { Type: GEMM Dimensions { M: 4, N: 3, K: 4 }\n"
             "  Dataflow { SpatialMap(2,1) M; } }\n"
             "Layer C { Type: FC Dimensions { K: 4, C: 3 }\n"
             "  Dataflow { SpatialMap(1,1) K; } }\n"
             "}\n");
  return 0;
}

static void tells_layers_reasons_and_refusals(void **state) {
  (void)state;
  char *text = program_output("run -n three.m -a hw.m --against maestro");
  assert_non_null(strstr(text, "output writes               32                "
                               "4     8.000  B\n"));
  assert_non_null(strstr(text, "tacet refuses: three.m:6:"));
  assert_non_null(strstr(text, "the published tool stops: three.m:7:1: "));
  assert_non_null(strstr(text, "  B        1  outputs are written"));
  assert_non_null(strstr(text, "unknown: 0\n"));
  free(text);
  text = program_output("run -n three.m -a hw.m --against maestro --layer A "
                        "--format csv");
  assert_non_null(strstr(text, "\"A\",output writes,32,4,8,B,\"\",\"\"\n"));
  assert_null(strstr(text, "\"B\""));
  free(text);
}

static void explains_its_usage(void **state) {
  (void)state;
  ran r = program_run("run -n three.m -a hw.m --against timeloop");
  check_refused(&r, 2, "expected maestro");
  r = program_run("run -n three.m -a hw.m --against maestro -d flow.yaml");
  check_refused(&r, 2, "takes no dataflow");
  r = program_run("run -n three.m -a hw.m --against maestro --format json");
  check_refused(&r, 2, "text or csv");
  r = program_run("run -n network.yaml -a hw.m --against maestro");
  check_refused(&r, 1, "mapping files");
  r = program_run("run -n three.m -a hw.m --against maestro --layer D");
  check_refused(&r, 1, "no layer \"D\"");
}

/* ---- shipped mappings --------------------------------------------------- */

static int explain_all(const char *path, const tacet_accelerator *accelerator) {
  tacet_maestro_file file;
  tacet_maestro_batch batch;
  tacet_error error;
  assert_int_equal(tacet_maestro_read(&file, path, &error), TACET_OK);
  tacet_maestro_batch_of(&batch, &file);
  for (int l = 0; l < file.layers; l++) {
    tacet_comparison both;
    tacet_against_layer(&both, &file.layer[l], &batch, accelerator);
    for (int q = 0; q < TACET_QUANTITIES; q++)
      if (tacet_against_differs(&both, q) && !both.why[q])
        fail_msg("%s: layer %s, quantity %d: %lld, not %lld, for no reason",
                 path, file.layer[l].name, q, (long long)both.maestro[q],
                 (long long)both.tacet[q]);
  }
  const int layers = file.layers;
  tacet_maestro_free(&file);
  return layers;
}

static int explain_folder(const char *oracle, const char *hardware) {
  char path[4096];
  tacet_doc *doc;
  tacet_accelerator accelerator;
  tacet_error error;
  int layers = 0;
  snprintf(path, sizeof path, "%s/maestro/hw/%s.m", oracle, hardware);
  assert_int_equal(tacet_open_accelerator(&doc, path, &error), TACET_OK);
  assert_int_equal(tacet_accelerator_read(&accelerator, doc, &error), TACET_OK);
  snprintf(path, sizeof path, "%s/maestro/mapping", oracle);
  DIR *folder = opendir(path);
  assert_non_null(folder);
  for (const struct dirent *entry; (entry = readdir(folder));) {
    if (!tacet_is_maestro(entry->d_name)) continue;
    snprintf(path, sizeof path, "%s/maestro/mapping/%s", oracle, entry->d_name);
    layers += explain_all(path, &accelerator);
  }
  closedir(folder);
  tacet_doc_free(doc);
  return layers;
}

static void explains_every_shipped_layer(void **state) {
  (void)state;
  const char *oracle = getenv("TACET_ORACLE");
  if (!oracle) skip();
  assert_true(explain_folder(oracle, "acc1") > 1500);
  assert_true(explain_folder(oracle, "eyeriss168") > 1500);
}

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loses_batches),
      cmocka_unit_test(cuts_oversized_tiles),
      cmocka_unit_test(takes_stray_edges_for_all),
      cmocka_unit_test(takes_columns_for_outputs),
      cmocka_unit_test(takes_inputs_of_a_lone_unit),
      cmocka_unit_test(forgets_a_unit_before_a_cut_one),
      cmocka_unit_test(counts_steps_in_32_bits),
      cmocka_unit_test(drops_words_of_underfilled_arrays),
      cmocka_unit_test(gives_grouped_outputs_input_channels),
      cmocka_unit_test(loads_cut_tiles_whole),
      cmocka_unit_test(loads_nothing_after_a_reset),
      cmocka_unit_test(writes_outputs_at_every_step),
      cmocka_unit_test(loads_halos_for_each),
      cmocka_unit_test(loads_what_is_still_held),
      cmocka_unit_test(keeps_in_clusters_what_pes_take_in_turn),
      cmocka_unit_test(loads_unused_columns),
      cmocka_unit_test(multicasts_on_any_network),
      cmocka_unit_test(charges_neither_ends_nor_words),
      cmocka_unit_test(charges_buffers_for_dram),
      cmocka_unit_test(fills_clusters_at_every_step),
      cmocka_unit_test(ignores_sizes_of_buffers),
      cmocka_unit_test(tells_layers_reasons_and_refusals),
      cmocka_unit_test(explains_its_usage),
      cmocka_unit_test(explains_every_shipped_layer),
  };
  return cmocka_run_group_tests(tests, make, scratch_remove);
}
