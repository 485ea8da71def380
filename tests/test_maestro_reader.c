/* Reading MAESTRO's files: what they say, where it stands, and what is said
   of files that say it wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/maestro/maestro.h"
#include "scratch.h"

static tacet_maestro_file read_text(const char *text) {
  tacet_maestro_file file;
  tacet_error error;
  assert_int_equal(TACET_OK, tacet_maestro_parse(&file, text, strlen(text),
                                                 "test.m", &error));
  return file;
}

static void check_place(tacet_place place, int line, int column) {
  assert_string_equal("test.m", place.file);
  assert_int_equal(line, place.line);
  assert_int_equal(column, place.column);
}

static void check_error(const tacet_error *error, int line, int column,
                        const char *says) {
  char text[1200];
  tacet_error_text(error, text, sizeof text);
  if (error->line != line || error->column != column || !strstr(text, says))
    fail_msg("wanted %d:%d and \"%s\", got %s", line, column, says, text);
}

/* ---- what files say ----------------------------------------------------- */

static const char good[] = "// a small network\n"
                           "Constant Tile 4;\n"
                           "Network Small net {\n"
                           "  Layer first {\n"
                           "    Type: CONV\n"
                           "    Stride { X: 2, Y: 1 }\n"
                           "    Dimensions { K: 8, C: Tile, R: 3, S: 2,"
                           " Y: 9, X: 7 }\n"
                           "    Dataflow { // outer\n"
                           "      SpatialMap(1,1) K;\n"
                           "      TemporalMap(Sz(R),Tile) Y; Cluster(2, L);\n"
                           "      SpatialMap (1 , 1) C\n"
                           "    }\n"
                           "  }\n"
                           "  Layer { Type GEMM Dimensions { M 2 N 3 K 4 } }\n"
                           "}\n";

static void check_good(const tacet_maestro_file *file) {
  assert_string_equal("net", file->network);
  assert_int_equal(TACET_OK, file->problem.status);
  assert_int_equal(0, file->remarks);
  assert_int_equal(2, file->layers);
  const tacet_maestro_layer *layer = &file->layer[0];
  assert_string_equal("first", layer->name);
  assert_null(layer->problem);
  assert_int_equal(TACET_MAESTRO_CONV, layer->type);
  assert_int_equal(6, layer->dims);
  assert_int_equal(4, layer->directives);
  assert_int_equal(0, file->layer[1].directives);
}

static void reads_layers_with_their_places(void **state) {
  (void)state;
  tacet_maestro_file file = read_text(good);
  check_good(&file);
  const tacet_maestro_layer *layer = &file.layer[0];
  check_place(layer->place, 4, 3);
  assert_string_equal("C", layer->dim[1].name);
  assert_int_equal(4, layer->dim[1].size);
  assert_int_equal(1, layer->dim[1].stride);
  check_place(layer->dim[1].place, 7, 24);
  assert_int_equal(2, layer->dim[5].stride);
  const tacet_maestro_directive *map = &layer->directive[1];
  assert_int_equal(TACET_MAESTRO_TEMPORAL, map->kind);
  assert_int_equal(3, map->size.value);
  assert_string_equal("R", map->size.of);
  assert_int_equal(4, map->offset.value);
  assert_null(map->offset.of);
  assert_string_equal("Y", map->dim);
  check_place(map->place, 10, 7);
  check_place(map->dim_place, 10, 31);
  assert_int_equal(TACET_MAESTRO_CLUSTER, layer->directive[2].kind);
  assert_int_equal(2, layer->directive[2].size.value);
  assert_null(layer->directive[2].dim);
  assert_int_equal(TACET_MAESTRO_SPATIAL, layer->directive[3].kind);
  tacet_maestro_free(&file);
}

/* With `end` in place of every "\n". */
static void read_with_line_ends(const char *end) {
  char text[2 * sizeof good] = "";
  size_t length = 0;
  for (const char *at = good; *at; at++) {
    if (*at != '\n') {
      text[length++] = *at;
      continue;
    }
    strcpy(text + length, end);
    length += strlen(end);
  }
  text[length] = '\0';
  tacet_maestro_file file = read_text(text);
  check_good(&file);
  check_place(file.layer[0].directive[1].place, 10, 7);
  tacet_maestro_free(&file);
}

static void knows_every_end_of_line(void **state) {
  (void)state;
  read_with_line_ends("\n");
  read_with_line_ends("\r\n");
  read_with_line_ends("\r");
}

static void passes_over_a_byte_order_mark(void **state) {
  (void)state;
  tacet_maestro_file file =
      read_text("\xEF\xBB\xBFNetwork N { Layer A { Type: GEMM } }");
  assert_int_equal(1, file.layers);
  check_place(file.layer[0].place, 1, 13);
  tacet_maestro_free(&file);
}

/* Type uses up the name that is kept; a dimension's may be kept by then. */
static void names_layers_as_the_published_tool_does(void **state) {
  (void)state;
  tacet_maestro_file file =
      read_text("Network N {\n"
                "Layer { Type: GEMM Dimensions { M 1 K 1 N 1 } }\n"
                "Layer { Type: GEMM }\n"
                "Layer { Type: GEMM }\n"
                "Layer long name { Type: GEMM }\n"
                "Layer lost { Dimensions { M 1 N 1 K 1 } Type: GEMM } }");
  static const char *const names[] = {"Layer", "N", "Layer", "name", "K"};
  assert_int_equal(5, file.layers);
  for (int i = 0; i < 5; i++) assert_string_equal(names[i], file.layer[i].name);
  assert_int_equal(1, file.remarks);
  check_error(&file.remark[0], 6, 47, "lose the layer's name");
  tacet_maestro_free(&file);
}

/* Sz takes the last of equal names; the analysis takes the first. */
static void takes_the_last_size(void **state) {
  (void)state;
  tacet_maestro_file file =
      read_text("Network N { Layer A { Type: GEMM Dimensions { M 2 M 5 }"
                " Dataflow { SpatialMap(Sz(M),1) M } } }");
  assert_int_equal(5, file.layer[0].directive[0].size.value);
  assert_int_equal(2, file.layer[0].dims);
  tacet_maestro_free(&file);
}

static void takes_constants_before_numbers(void **state) {
  (void)state;
  tacet_maestro_file file =
      read_text("Constant 8 3 Constant T 4 Constant T 6 "
                "Network N { Layer A { Type: GEMM Dimensions { M 8 N T } } }");
  assert_int_equal(3, file.layer[0].dim[0].size);
  assert_int_equal(6, file.layer[0].dim[1].size);
  tacet_maestro_free(&file);
}

/* ---- what is odd but read ----------------------------------------------- */

static const struct {
  const char *text;
  int column;
  const char *says;
} odd[] = {
    {"Network N { Layer A { Type: GEMM Dimensions { M: -4 } } }", 51,
     "drops the minus"}, /* d10 */
    {"Network N { Layer A { Type: GEMM Dimensions { M: 4x } } }", 50,
     "leading digits"},
    {"Network N{ Layer A { Type: GEMM Dimensions { M: 4 } } }", 10,
     "white space around"}, /* d11 */
    {"Accelerator { PE { NumPEs 4; } } "
     "Network N { Layer A { Type: GEMM Dimensions { M: 4 } } }",
     1, "ignored"}, /* d05 */
};

static void remarks_upon_what_is_odd(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
    tacet_maestro_file file = read_text(odd[i].text);
    assert_int_equal(1, file.layers);
    assert_null(file.layer[0].problem);
    assert_int_equal(4, file.layer[0].dim[0].size);
    assert_int_equal(1, file.remarks);
    assert_int_equal(TACET_OK, file.remark[0].status);
    check_error(&file.remark[0], 1, odd[i].column, odd[i].says);
    tacet_maestro_free(&file);
  }
}

/* ---- mistakes in a layer ------------------------------------------------ */

/* What stands in `Layer A { ... }`; columns count from behind "Layer A { ". */
static const struct {
  const char *text;
  int column;
  const char *says;
} mistakes[] = {
    {"Dimensions { M: 1 }", -9, "no Type"},
    {"Type: RESIDUAL_IDENTITY", 7, "found \"RESIDUAL_IDENTITY\""},
    {"Type: GEMM Type: GEMM", 12, "second Type"},
    {"Density { I: 0.5 }", 1, "found \"Density\""}, /* d22 */
    {"Type: GEMM Dimensions M", 23, "expected \"{\" after Dimensions"},
    {"Type: GEMM Dimensions { M: 0 }", 28, "at least 1"},
    {"Type: GEMM Dimensions { M: many }", 28, "at least 1"},
    {"Type: GEMM Dimensions { M: 2147483648 }", 28, "does not fit 32 bits"},
    {"Type: GEMM Dimensions { M }", 27, "found \"}\""},
    {"Type: GEMM Dimensions { M: 1 } Stride { M: 2 }", 39, "before Dimensions"},
    {"Type: GEMM Stride { M: 0 }", 24, "at least 1"},
    {"Type: GEMM Dataflow { TemporalMap(Sz(M),1) M }", 38,
     "no dimension \"M\"; Dimensions must stand before Dataflow"},
    {"Type: GEMM Dataflow { TemporalMap(0,1) M }", 35, "at least 1"},
    {"Type: GEMM Dataflow { TemporalMap(1,1) }", 40, "map's dimension"},
    {"Type: GEMM Dataflow { Temporalmap(1,1) M }", 23, "expected TemporalMap"},
    {"Type: GEMM Dataflow { Cluster(4, Q) }", 34, "expected P or L"}, /* d14 */
    {"Type: GEMM Dataflow { Cluster(4) }", 34, "expected P or L"},
    {"Type: GEMM Dataflow { \x1b[2J }", 23, "found \"?[2J\""},
};

static void explains_mistakes_and_goes_on(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
    char text[512];
    snprintf(text, sizeof text,
             "Network N {\nLayer A { %s }\nLayer B { Type: GEMM } }",
             mistakes[i].text);
    tacet_maestro_file file = read_text(text);
    assert_int_equal(2, file.layers);
    assert_non_null(file.layer[0].problem);
    check_error(file.layer[0].problem, 2, mistakes[i].column + 10,
                mistakes[i].says);
    assert_null(file.layer[1].problem);
    assert_string_equal("B", file.layer[1].name);
    assert_int_equal(TACET_OK, file.problem.status);
    tacet_maestro_free(&file);
  }
}

static void finds_the_next_layer_where_a_brace_is_missing(void **state) {
  (void)state;
  tacet_maestro_file file =
      read_text("Network N {\nLayer A { Type: GEMM Dimensions { M: 1\n"
                "Layer B { Type: GEMM } }");
  assert_int_equal(2, file.layers);
  check_error(file.layer[0].problem, 3, 1, "found \"Layer\"");
  assert_null(file.layer[1].problem);
  tacet_maestro_free(&file);
}

/* ---- mistakes around layers --------------------------------------------- */

static const struct {
  const char *text;
  int column;
  const char *says;
  int layers;
} around[] = {
    {"Network N", 10, "expected \"{\" after Network, but the file ends", 0},
    {"Network N { Layer A { Type: GEMM }", 35, "\"}\" at the end of Network",
     1},
    {"Network N { Bogus Layer A { Type: GEMM } }", 13, "found \"Bogus\"", 1},
    {"Network N { { } } Layer", 13, "found \"{\"", 0},
    {"Constant { }", 10, "a constant's name", 0},
    {"Constant C 99999999999", 12, "does not fit 32 bits", 0},
};

static void explains_mistakes_around_layers(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof around / sizeof around[0]; i++) {
    tacet_maestro_file file = read_text(around[i].text);
    assert_int_equal(TACET_BAD_INPUT, file.problem.status);
    check_error(&file.problem, 1, around[i].column, around[i].says);
    assert_int_equal(around[i].layers, file.layers);
    tacet_maestro_free(&file);
  }
}

/* Every beginning of a good file is read to its end, and unless all is there
   something is said. */
static void survives_being_cut_anywhere(void **state) {
  (void)state;
  size_t last = strlen(good) - 1;
  while (good[last] != '}') last--;
  size_t network = (size_t)(strstr(good, "Network") - good);
  for (size_t size = 0; size < last; size++) {
    tacet_maestro_file file;
    tacet_error error;
    assert_int_equal(TACET_OK,
                     tacet_maestro_parse(&file, good, size, "test.m", &error));
    bool said = file.problem.status != TACET_OK;
    for (int i = 0; i < file.layers; i++) said |= file.layer[i].problem != NULL;
    if (size >= network + strlen("Network")) assert_true(said);
    tacet_maestro_free(&file);
  }
}

/* ---- hostile files ------------------------------------------------------ */

/* `count` copies of `piece` between head and tail; the caller frees it. */
static char *repeated(const char *head, const char *piece, size_t count,
                      const char *tail) {
  size_t length = strlen(piece), at = strlen(head);
  char *text = malloc(at + length * count + strlen(tail) + 1);
  assert_non_null(text);
  memcpy(text, head, at);
  for (size_t i = 0; i < count; i++, at += length)
    memcpy(text + at, piece, length);
  strcpy(text + at, tail);
  return text;
}

static void refuses_a_line_of_100_megabytes(void **state) {
  (void)state;
  char *text = repeated("Network ", "x", 100000000, " {");
  tacet_maestro_file file;
  tacet_error error;
  assert_int_equal(
      TACET_BAD_INPUT,
      tacet_maestro_parse(&file, text, strlen(text), "test.m", &error));
  assert_non_null(strstr(error.message, "longer than 16 MiB"));
  FILE *stream = fopen(scratch_path("long.m"), "w");
  assert_non_null(stream);
  assert_int_equal(1, fwrite(text, strlen(text), 1, stream));
  fclose(stream);
  free(text);
  assert_int_equal(TACET_BAD_INPUT,
                   tacet_maestro_read(&file, scratch_path("long.m"), &error));
  assert_non_null(strstr(error.message, "longer than 16 MiB"));
  tacet_maestro_free(&file);
}

static void check_layer_problem(char *text, const char *says) {
  tacet_maestro_file file = read_text(text);
  free(text);
  assert_true(file.layers >= 1);
  assert_non_null(file.layer[0].problem);
  check_error(file.layer[0].problem, file.layer[0].problem->line,
              file.layer[0].problem->column, says);
  tacet_maestro_free(&file);
}

static void limits_what_it_counts(void **state) {
  (void)state;
  check_layer_problem(repeated("Network N { Layer A { ", "{ ", 1000000, ""),
                      "expected Type");
  check_layer_problem(repeated("Network N { Layer A { ", "x", 8000000, ""),
                      "xxx...");
  check_layer_problem(
      repeated("Network N { Layer A { Dimensions { ", "M 1 ", 1000, "} } }"),
      "after so many dimensions");
  check_layer_problem(
      repeated("Network N { Layer A { Stride { ", "M 1 ", 1000, "} } }"),
      "after so many strides");
  check_layer_problem(repeated("Network N { Layer A { Dataflow { ",
                               "Cluster 1 P ", 1000, "} } }"),
                      "after so many directives");
  char *text = repeated("", "Constant a 1 ", 2000, "");
  tacet_maestro_file file = read_text(text);
  check_error(&file.problem, 1, 13 * 1024 + 10, "more than 1024 constants");
  tacet_maestro_free(&file);
  free(text);
  text = repeated("Network N { ", "Layer{} ", 20000, "}");
  file = read_text(text);
  assert_int_equal(TACET_MAESTRO_MAX_LAYERS, file.layers);
  assert_non_null(strstr(file.problem.message, "more than 16384 layers"));
  assert_int_equal(TACET_MAESTRO_MAX_REMARKS, file.remarks);
  tacet_maestro_free(&file);
  free(text);
}

static void refuses_what_is_no_text(void **state) {
  (void)state;
  tacet_maestro_file file;
  tacet_error error;
  assert_int_equal(TACET_BAD_INPUT, tacet_maestro_parse(&file, "Net\0work", 8,
                                                        "test.m", &error));
  assert_non_null(strstr(error.message, "NUL"));
  assert_int_equal(TACET_NO_FILE,
                   tacet_maestro_read(&file, scratch_path("none"), &error));
}

/* ---- hardware ----------------------------------------------------------- */

static tacet_status read_hardware(tacet_maestro_hardware *hardware,
                                  const char *text, tacet_error *error) {
  return tacet_maestro_hardware_parse(hardware, text, strlen(text), "test.m",
                                      error);
}

static void reads_hardware(void **state) {
  (void)state;
  tacet_maestro_hardware hardware = {.simd_lanes = 3};
  tacet_error error;
  assert_int_equal(TACET_OK,
                   read_hardware(&hardware,
                                 "num_pes: 256 // many\r\nnoc_bw_cstr: 32.5\n"
                                 "l1_size_cstr: 7 l2_size_cstr: 8\n"
                                 "offchip_bw_cstr: 9\nNoC_NumHops: 0",
                                 &error));
  assert_int_equal(256, hardware.pes);
  assert_int_equal(32, hardware.noc_bandwidth);
  assert_int_equal(7, hardware.l1_size);
  assert_int_equal(8, hardware.l2_size);
  assert_int_equal(9, hardware.offchip_bandwidth);
  assert_int_equal(0, hardware.noc_latency);
  assert_int_equal(3, hardware.simd_lanes);
  assert_int_equal(TACET_OK, read_hardware(&hardware, "", &error));
  assert_int_equal(1, hardware.pes);
  assert_int_equal(INT_MAX, hardware.noc_bandwidth);
  assert_int_equal(1, hardware.noc_latency);
}

static void explains_mistakes_in_hardware(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int column;
    const char *says;
  } wrong[] = {
      {"num_pe: 4", 1, "no hardware key \"num_pe\"; there are num_pes"},
      {"num_pes: four", 10, "found \"four\""},
      {"num_pes:", 9, "wants a number"},
      {"num_pes: 4000000000", 10, "at most 2147483647"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    tacet_maestro_hardware hardware;
    tacet_error error;
    assert_int_equal(TACET_BAD_INPUT,
                     read_hardware(&hardware, wrong[i].text, &error));
    check_error(&error, 1, wrong[i].column, wrong[i].says);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_layers_with_their_places),
      cmocka_unit_test(knows_every_end_of_line),
      cmocka_unit_test(passes_over_a_byte_order_mark),
      cmocka_unit_test(names_layers_as_the_published_tool_does),
      cmocka_unit_test(takes_the_last_size),
      cmocka_unit_test(takes_constants_before_numbers),
      cmocka_unit_test(remarks_upon_what_is_odd),
      cmocka_unit_test(explains_mistakes_and_goes_on),
      cmocka_unit_test(finds_the_next_layer_where_a_brace_is_missing),
      cmocka_unit_test(explains_mistakes_around_layers),
      cmocka_unit_test(survives_being_cut_anywhere),
      cmocka_unit_test(refuses_a_line_of_100_megabytes),
      cmocka_unit_test(limits_what_it_counts),
      cmocka_unit_test(refuses_what_is_no_text),
      cmocka_unit_test(reads_hardware),
      cmocka_unit_test(explains_mistakes_in_hardware),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
