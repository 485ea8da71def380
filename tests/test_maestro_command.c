/* tacet maestro: its options, the files it writes, and what it says of layers
   that cannot be evaluated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tools/command.h"
#include "scratch.h"

/* ---- running it --------------------------------------------------------- */

static char said[4096]; /* on standard error by the last run */

static size_t read_file(char *text, size_t size, const char *path) {
  FILE *stream = fopen(path, "r");
  if (!stream) return 0;
  size_t length = fread(text, 1, size - 1, stream);
  fclose(stream);
  text[length] = '\0';
  return length;
}

static void write_file(const char *path, const char *text) {
  FILE *stream = fopen(path, "w");
  assert_non_null(stream);
  assert_true(fputs(text, stream) >= 0);
  assert_int_equal(0, fclose(stream));
}

/* The command on the words of `line`, quietly; what it says is kept. */
static int run(const char *line) {
  char words[1024] = "maestro --print_res=false ";
  char *argv[32];
  int argc = 0, before = dup(STDERR_FILENO);
  strncat(words, line, sizeof words - strlen(words) - 1);
  for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
    argv[argc++] = word;
  fflush(stderr);
  assert_non_null(freopen("said", "w", stderr));
  int exit_code = tacet_command_maestro(argc, argv);
  fflush(stderr);
  dup2(before, STDERR_FILENO);
  close(before);
  said[0] = '\0';
  read_file(said, sizeof said, "said");
  return exit_code;
}

/* Field `column` (from 1) of line `row` (0: the header); static. */
static const char *cell(const char *path, int row, int column) {
  static char text[16384];
  char *at = text;
  text[0] = '\0';
  read_file(text, sizeof text, path);
  for (; row > 0 && at; row--)
    if ((at = strchr(at, '\n'))) at++;
  for (; column > 1 && at; column--)
    if ((at = strchr(at, ','))) at++;
  if (!at) return "";
  at[strcspn(at, ",\n")] = '\0';
  return at + strspn(at, " ");
}

#define LAYER(name, more)                                                      \
  "Layer " name " { Type: GEMM Dimensions { M: 8, N: 2, K: 3 } Dataflow { "    \
  "SpatialMap(1,1) M; TemporalMap(1,1) N; " more "} }\n"

/* The tests work in the scratch folder. */
static int enter(void **state) {
  if (scratch_make(state) || chdir(scratch_path("."))) return -1;
  write_file("good.m", "Network Net {\n" LAYER("A", "") LAYER("B", "") "}\n");
  write_file("half.m", "Network Net {\n" LAYER("A", "TemporalMap(1,1) Q; ")
                           LAYER("B", "") "}\n");
  write_file("hw.m", "num_pes: 4 noc_bw_cstr: 2\n");
  return 0;
}

static int leave(void **state) {
  return chdir("/") ? -1 : scratch_remove(state);
}

/* ---- files -------------------------------------------------------------- */

static void appends_rows_under_one_header(void **state) {
  (void)state;
  remove("good.csv");
  assert_int_equal(0, run("--Mapping_file=good.m --num_pes=4"));
  assert_int_equal(0, run("--Mapping_file=./good.m --num_pes=8"));
  assert_string_equal("Neural Network Name", cell("good.csv", 0, 1));
  assert_string_equal("A", cell("good.csv", 1, 2));
  assert_string_equal("B", cell("good.csv", 2, 2));
  assert_string_equal("4", cell("good.csv", 2, 3));
  assert_string_equal("8", cell("good.csv", 3, 3));
  assert_string_equal("B", cell("good.csv", 4, 2));
  assert_string_equal("", cell("good.csv", 5, 1));
}

/* Without the first two folders, whatever they are called, and up to the first
   dot. */
static void names_the_csv_as_the_published_tool_does(void **state) {
  (void)state;
  char line[512], folder[256];
  assert_non_null(getcwd(folder, sizeof folder));
  snprintf(line, sizeof line, "--Mapping_file=..%s/dotted.v2.m",
           strrchr(folder, '/'));
  write_file("dotted.v2.m", "Network Net {\n" LAYER("A", "") "}\n");
  assert_int_equal(0, run(line));
  assert_string_equal("A", cell("dotted.csv", 1, 2));
  snprintf(line, sizeof line, "--Mapping_file=%s/good.m", folder);
  assert_int_equal(1, run(line));
  assert_non_null(strstr(said, "/good.csv: cannot be written"));
}

static void writes_whole_where_it_is_told(void **state) {
  (void)state;
  write_file("out.csv", "old\n");
  assert_int_equal(0, run("--Mapping_file good.m -o out.csv"));
  assert_string_equal("Neural Network Name", cell("out.csv", 0, 1));
  assert_string_equal("B", cell("out.csv", 2, 2));
  assert_int_equal(1, run("--Mapping_file good.m -o none/out.csv"));
  assert_non_null(strstr(said, "none/out.csv"));
}

static void writes_nothing_unless_asked(void **state) {
  (void)state;
  remove("good.csv");
  assert_int_equal(0, run("--Mapping_file=good.m --print_res_csv_file=false"));
  assert_string_equal("", cell("good.csv", 0, 1));
}

static void takes_hardware_from_its_file_alone(void **state) {
  (void)state;
  assert_int_equal(0, run("--Mapping_file=good.m --HW_file=hw.m --num_pes=16 "
                          "--num_simd_lanes=2 -o out.csv"));
  assert_string_equal("4", cell("out.csv", 1, 3));
  assert_string_equal("2", cell("out.csv", 1, 13));
}

/* All rows are compared by parity.c; these, byte for byte, by every test. */
static void writes_what_the_published_tool_writes(void **state) {
  (void)state;
  static const char *const names[] = {"Transformer_Complete", "UNet_yxp_os",
                                      "googlenet_rs", "gnmt_nmk"};
  static char theirs[200000], ours[200000];
  const char *oracle = getenv("TACET_ORACLE");
  if (!oracle || strlen(oracle) > 256) {
    print_message("skipped: TACET_ORACLE names no folder\n");
    skip();
    return;
  }
  for (int i = 0; i < 4; i++) {
    char line[1024];
    snprintf(line, sizeof line,
             "--HW_file=%s/maestro/hw/cloud16k.m -o out.csv "
             "--Mapping_file=%s/maestro/mapping/%s.m",
             oracle, oracle, names[i]);
    assert_int_equal(0, run(line));
    snprintf(line, sizeof line, "%s/maestro/cloud16k/%s.csv", oracle, names[i]);
    assert_true(read_file(theirs, sizeof theirs, line) > 0);
    read_file(ours, sizeof ours, "out.csv");
    assert_string_equal(theirs, ours);
  }
}

/* ---- layers that fail --------------------------------------------------- */

static void explains_a_layer_and_goes_on(void **state) {
  (void)state;
  assert_int_equal(1, run("--Mapping_file=half.m -o out.csv"));
  assert_non_null(strstr(said, "half.m:2:"));
  assert_non_null(strstr(said, "no dimension \"Q\""));
  assert_string_equal("B", cell("out.csv", 1, 2));
  assert_string_equal("", cell("out.csv", 2, 1));
}

static void says_what_it_reads_otherwise(void **state) {
  (void)state;
  write_file("odd.m", "Network Net{\n" LAYER("A", "") "}\n");
  assert_int_equal(0, run("--Mapping_file=odd.m -o out.csv"));
  assert_non_null(strstr(said, "odd.m:1:12: \"{\": the published tool"));
  assert_string_equal("A", cell("out.csv", 1, 2));
  write_file("wide.m", "Network Net { Layer A { Type: GEMM"
                       " Dimensions { M: 70001, N: 70001, K: 1 } Dataflow {"
                       " TemporalMap(1,1) M; TemporalMap(1,1) N;"
                       " SpatialMap(1,1) K; } } }\n");
  assert_int_equal(0, run("--Mapping_file=wide.m -o out.csv"));
  assert_non_null(strstr(said, "32 bits"));
}

static void fails_without_layers(void **state) {
  (void)state;
  write_file("empty.m", "Network Net {\n}\n");
  assert_int_equal(1, run("--Mapping_file=empty.m"));
  assert_non_null(strstr(said, "no layers"));
  assert_int_equal(1, run("--Mapping_file=none.m"));
  assert_int_equal(1, run("--Mapping_file=good.m --HW_file=none.m"));
  assert_int_equal(1, run("--Mapping_file=good.m --noc_bw_cstr=0"));
  assert_non_null(strstr(said, "NoC bandwidth is 0"));
}

/* ---- options ------------------------------------------------------------ */

static void understands_beginnings_of_options(void **state) {
  (void)state;
  assert_int_equal(0, run("--Map=good.m --num_p 4 --out=out.csv"));
  assert_string_equal("4", cell("out.csv", 1, 3));
  assert_int_equal(0, run("--Map=good.m --do_dse=true --bw_tick=4 -o out.csv"));
}

static void multiplies_hops_and_their_latency(void **state) {
  (void)state;
  assert_int_equal(0, run("--Map=good.m --noc_hops=3 --noc_hop_latency=2 "
                          "-o out.csv"));
  assert_string_equal("6", cell("out.csv", 1, 42)); /* shortest ingress */
}

static void refuses_options_it_does_not_understand(void **state) {
  (void)state;
  static const struct {
    const char *line, *says;
  } wrong[] = {
      {"", "--Mapping_file is missing"},
      {"--Mapping_file", "needs a value"},
      {"--Map=good.m --noc_hop=1", "may mean several"},
      {"--Map=good.m --nothing=1", "no option --nothing"},
      {"--Map=good.m good.m", "\"good.m\" is no option"},
      {"--Map=good.m --num_pes=many", "whole number"},
      {"--Map=good.m --num_pes=-4", "whole number"},
      {"--Map=good.m --num_pes=4 --num_pes=5", "given twice"},
      {"--Map=good.m --print_res_csv=maybe", "true or false"},
      {"--Map=good.m --noc_hops=65536 --noc_hop_l=65536", "32 bits"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_int_equal(2, run(wrong[i].line));
    if (!strstr(said, wrong[i].says)) fail_msg("%s: %s", wrong[i].line, said);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(appends_rows_under_one_header),
      cmocka_unit_test(names_the_csv_as_the_published_tool_does),
      cmocka_unit_test(writes_whole_where_it_is_told),
      cmocka_unit_test(writes_nothing_unless_asked),
      cmocka_unit_test(takes_hardware_from_its_file_alone),
      cmocka_unit_test(writes_what_the_published_tool_writes),
      cmocka_unit_test(explains_a_layer_and_goes_on),
      cmocka_unit_test(says_what_it_reads_otherwise),
      cmocka_unit_test(fails_without_layers),
      cmocka_unit_test(understands_beginnings_of_options),
      cmocka_unit_test(multiplies_hops_and_their_latency),
      cmocka_unit_test(refuses_options_it_does_not_understand),
  };
  return cmocka_run_group_tests(tests, enter, leave);
}
