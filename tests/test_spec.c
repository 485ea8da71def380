/* Network and dataflow files: what good ones give, and what is said about
   spoiled ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "../dense/spec/spec.h"
#include "spoil.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* ---- networks ----------------------------------------------------------- */

static const char good_network[] =
    "tacet: 1\n"
    "network: small\n"
    "source: [made up, for a test]\n"
    "layers:\n"
    "  - name: first\n"
    "    type: CONV\n"
    "    dims: {N: 2, G: 3, K: 8, C: 4, R: 3, S: 5, Y: 16, X: 20}\n"
    "    stride: {Y: 2}\n"
    "    dilation: 2\n"
    "    padding: {Y: 1, X: [0, 7]}\n"
    "    repeat: 5\n"
    "  - name: second\n"
    "    type: DWCONV\n"
    "    dims: {C: 32, Y: 7, X: 9, R: 3, S: 3}\n"
    "  - {name: third, type: FC, dims: {N: 4, K: 10, C: 84}}\n"
    "  - name: QK\n"
    "    type: GEMM\n"
    "    dims: {B: 12, M: 128, N: 100, K: 64}\n"
    "    shared: [B]\n";

static int64_t size_of(const tacet_layer *layer, const char *dim) {
  return layer->dim[tacet_layer_dim(layer, dim)].size;
}

static void check_convolution(const tacet_layer *layer) {
  assert_string_equal(layer->name, "first");
  assert_int_equal(layer->type, TACET_CONV);
  assert_int_equal(layer->repeat, 5);
  assert_int_equal(layer->place.line, 5);
  assert_int_equal(size_of(layer, "N"), 2);
  assert_int_equal(size_of(layer, "G"), 3);
  assert_int_equal(size_of(layer, "K"), 8);
  assert_int_equal(size_of(layer, "C"), 4);
  /* P: (16+2 - 2*2 - 1)/2 + 1 = 7; Q: 20+7 - 2*4 - 1 + 1 = 19 */
  assert_int_equal(size_of(layer, "P"), 7);
  assert_int_equal(size_of(layer, "Q"), 19);
  const tacet_rank *y = tacet_layer_window(layer, "Y");
  const tacet_rank *x = tacet_layer_window(layer, "X");
  assert_int_equal(y->offset, -1);
  assert_int_equal(y->padded, 18);
  assert_int_equal(y->term[0].coefficient, 2);
  assert_int_equal(y->term[1].coefficient, 2);
  assert_int_equal(x->offset, 0);
  assert_int_equal(x->padded, 27);
  assert_int_equal(x->term[0].coefficient, 1);
}

static void reads_network(void **state) {
  (void)state;
  tacet_doc *doc = parsed(good_network);
  tacet_network network;
  tacet_error error = {0};
  assert_int_equal(tacet_network_read(&network, doc, &error), TACET_OK);
  assert_int_equal(tacet_doc_check(doc, &error), TACET_OK);
  assert_string_equal(network.name, "small");
  assert_int_equal(network.layers, 4);
  check_convolution(&network.layer[0]);
  const tacet_layer *depthwise = &network.layer[1];
  assert_int_equal(depthwise->type, TACET_DEPTHWISE);
  assert_int_equal(depthwise->repeat, 1);
  assert_int_equal(size_of(depthwise, "G"), 32);
  assert_int_equal(tacet_layer_macs(depthwise), 32 * 5 * 7 * 9);
  const tacet_layer *fc = &network.layer[2];
  assert_int_equal(fc->type, TACET_FC);
  assert_int_equal(fc->place.line, 15);
  assert_int_equal(tacet_layer_macs(fc), 4 * 10 * 84);
  const tacet_layer *gemm = &network.layer[3];
  assert_int_equal(gemm->type, TACET_GEMM);
  assert_int_equal(tacet_tensor_size(&gemm->tensor[TACET_WEIGHT]), 64 * 100);
  assert_int_equal(tacet_tensor_size(&gemm->tensor[TACET_INPUT]),
                   12 * 128 * 64);
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

/* One dimension: (100 + 2 * 2 - 4 - 1) / 2 + 1 = 50 outputs, and no padding of
   the row that is not there. */
static void reads_lines(void **state) {
  (void)state;
  tacet_doc *doc =
      parsed("tacet: 1\nnetwork: lines\nlayers:\n"
             "  - {name: wave, type: CONV, stride: 2, padding: 2,\n"
             "     dims: {K: 16, C: 8, S: 5, X: 100}}\n");
  tacet_network network;
  tacet_error error = {0};
  assert_int_equal(tacet_network_read(&network, doc, &error), TACET_OK);
  const tacet_layer *wave = &network.layer[0];
  assert_int_equal(size_of(wave, "P"), 1);
  assert_int_equal(size_of(wave, "Q"), 50);
  assert_int_equal(tacet_layer_macs(wave), 16 * 8 * 50 * 5);
  assert_int_equal(tacet_tensor_size(&wave->tensor[TACET_INPUT]), 8 * 100);
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

static tacet_status read_network(const tacet_doc *doc, tacet_error *error) {
  tacet_network network;
  const tacet_status status = tacet_network_read(&network, doc, error);
  if (status) assert_null(network.layer);
  tacet_network_free(&network);
  return status;
}

static void refuses_networks(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"tacet: 1", "tacet: 2", 1, 8, "format version) is 2"},
      {"tacet: 1\n", "", 1, 1, "\"tacet: 1\""},
      {"network: small", "netwrk: small", 1, 1, "\"netwrk\" in line 2"},
      {"network: small", "accelerator: small", 1, 1,
       "a file with the key \"network\", found one with \"accelerator\""},
      {"[made up, for a test]", "{a: b}", 3, 9, "expected a list"},
      {"[made up, for a test]", "[{a: b}]", 3, 10, "expected text"},
      {"layers:", "layer:", 1, 1, "\"layer\" in line 4"},
      {"repeat: 5", "repeet: 5", 11, 5, "did you mean \"repeat\""},
      {"repeat: 5", "repeat: 0", 11, 13, "repeat is 0; expected 1 to"},
      {"repeat: 5", "repeat: 5x", 11, 14, "a whole number"},
      {"repeat: 5", "dilation: 5", 11, 5, "first at line 9, column 5"},
      {"type: CONV", "type: CNOV", 6, 11, "did you mean CONV?"},
      {"    type: CONV\n", "", 5, 5, "\"type\" is missing"},
      {"K: 8, ", "", 7, 11, "\"K\" is missing"},
      {"K: 8", "k: 8", 7, 24, "no dimension \"k\""},
      {"K: 8", "K: eight", 7, 27, "K is \"eight\""},
      {"K: 8", "K: 0", 7, 27, "K is 0; expected 1 to"},
      {"K: 8", "M: 8", 7, 24, "CONV has no dimension \"M\""},
      {"dilation: 2", "dilation: 9", 7, 11, "larger than the padded input"},
      {"stride: {Y: 2}", "stride: 0", 8, 13, "stride is 0"},
      {"stride: {Y: 2}", "stride: {H: 2}", 8, 14, "known here: Y, X"},
      {"stride: {Y: 2}", "stride: [2, 1]", 8, 13, "or {Y: 1, X: 1}"},
      {"[0, 7]", "[0, 7, 0]", 10, 24, "before and after"},
      {"[0, 7]", "-1", 10, 24, "padding is -1"},
      {"C: 32", "K: 32", 14, 12, "DWCONV has no dimension \"K\""},
      {"C: 32", "C: 32, G: 32", 14, 12, "the same in a DWCONV"},
      {"C: 32, ", "", 14, 11, "\"C\" is missing"},
      {"type: FC", "type: FC, stride: 1", 15, 29, "type FC has no \"stride\""},
      {"K: 10", "K: 10, R: 1", 15, 49, "its dimensions are N, K, C"},
      {"name: third", "name: first", 15, 12, "the first is in line 5"},
      {"name: third", "name: ''", 15, 12, "found nothing"},
      {"name: third, ", "", 15, 5, "\"name\" is missing"},
      {"shared: [B]", "shared: [W]", 19, 14, "one of B, A"},
      {"shared: [B]", "shared: B", 19, 13, "expected a list"},
      {"shared: [B]", "padding: 1", 19, 5, "type GEMM has no \"padding\""},
  };
  spoil_all(good_network, ways, COUNT(ways), read_network);
}

static void refuses_empty_networks(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int line, column;
    const char *says;
  } bad[] = {
      {"tacet: 1\nnetwork: n\nlayers: []\n", 3, 9, "at least one layer"},
      {"tacet: 1\nnetwork: n\nlayers:\n", 3, 8, "list, found nothing"},
      {"tacet: 1\nnetwork: n\nlayers: [L1]\n", 3, 10, "a map with the key"},
      {"[tacet]\n", 1, 1, "found a list"},
      {"tacet\n", 1, 1, "found text"},
  };
  for (int i = 0; i < COUNT(bad); i++) {
    tacet_doc *doc = parsed(bad[i].text);
    tacet_error error = {0};
    assert_int_equal(read_network(doc, &error), TACET_BAD_INPUT);
    check_error(&error, bad[i].line, bad[i].column, bad[i].says);
    tacet_doc_free(doc);
  }
}

/* ---- parameters and blocks ---------------------------------------------- */

static const char good_formulas[] =
    "tacet: 1\n"
    "network: formulas\n"
    "parameters: {sequence: 128, heads: 12, times: heads / 4}\n"
    "layers:\n"
    "  - name: before\n"
    "    type: GEMM\n"
    "    dims: {M: sequence, N: 64*heads, K: 2 * (sequence + 8) / 4}\n"
    "  - repeat: 4 * times\n"
    "    layers:\n"
    "      - name: inner\n"
    "        type: GEMM\n"
    "        dims: {M: sequence - 2 - 6, N: 10, K: 10}\n"
    "      - repeat: 5\n"
    "        layers:\n"
    "          - name: innermost\n"
    "            type: FC\n"
    "            dims: {K: 7, C: 9}\n"
    "            repeat: 2\n"
    "  - {name: after, type: FC, dims: {K: heads, C: 9}}\n";

static void reads_formulas_and_blocks(void **state) {
  (void)state;
  tacet_doc *doc = parsed(good_formulas);
  tacet_network network;
  tacet_error error = {0};
  assert_int_equal(tacet_network_read(&network, doc, &error), TACET_OK);
  assert_int_equal(tacet_doc_check(doc, &error), TACET_OK);
  assert_int_equal(network.layers, 4);
  static const char *const names[] = {"before", "inner", "innermost", "after"};
  static const int64_t repeats[] = {1, 12, 120, 1};
  for (int i = 0; i < 4; i++) {
    assert_string_equal(network.layer[i].name, names[i]);
    assert_int_equal(network.layer[i].repeat, repeats[i]);
    assert_int_equal(tacet_node_place(network.source[i]).line,
                     network.layer[i].place.line);
  }
  assert_int_equal(size_of(&network.layer[0], "M"), 128);
  assert_int_equal(size_of(&network.layer[0], "N"), 768);
  assert_int_equal(size_of(&network.layer[0], "K"), 68);
  assert_int_equal(size_of(&network.layer[1], "M"), 120);
  assert_int_equal(size_of(&network.layer[3], "K"), 12);
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

static void refuses_formulas_and_blocks(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"M: sequence,", "M: sequnce,", 7, 15, "did you mean sequence?"},
      {"M: sequence,", "M: x,", 7, 15, "are sequence, heads, times"},
      {"64*heads", "64*", 7, 31, "a whole number or a parameter"},
      {"64*heads", "64*heads heads", 7, 37, "or a formula"},
      {"64*heads", "064*heads", 7, 28, "do not begin with 0"},
      {"64*heads", "heads/64", 7, 33, "12 / 64 leaves a rest of 12"},
      {"64*heads", "heads/(heads-12)", 7, 33, "divides by 0"},
      {"64*heads", "heads-12", 7, 28, "heads-12 = 0; expected 1 to"},
      {"64*heads", "9007199254740992*heads", 7, 44, "more than 2^53"},
      {"64*heads", "9007199254740993*heads", 7, 28, "too large"},
      {"(sequence + 8)", "(sequence + 8", 7, 62, "expected )"},
      {"sequence: 128", "sequence: 12x", 3, 26, "or a formula"},
      {"heads / 4", "layers / 4", 3, 47, "are sequence, heads"},
      {"heads / 4", "times / 4", 3, 47, "no parameter times"},
      {"sequence: 128", "1st: 1, sequence: 128", 3, 14, "cannot name"},
      {"sequence: 128", "unused: 1, sequence: 128", 3, 14, "\"unused\""},
      {"parameters: {", "parameters: 5 #", 3, 13, "expected a map"},
      {"repeat: 5", "repeat: 2000000000", 13, 17, "more than 2147483647"},
      {"repeat: 5", "repeet: 5", 13, 9, "did you mean \"repeat\""},
      {"name: innermost", "name: before", 15, 19, "the first is in line 5"},
  };
  spoil_all(good_formulas, ways, COUNT(ways), read_network);
}

/* ---- dataflows ---------------------------------------------------------- */

static const char good_dataflow[] =
    "tacet: 1\n"
    "dataflow: KC-P\n"
    "directives:\n"
    "  - SpatialMap(1,1) K\n"
    "  - TemporalMap( 64 , 64 ) C;\n"
    "  - TemporalMap(Sz(R), 2*Sz(S)) Y'\n"
    "  - Cluster(64, P);\n"
    "  - \"SpatialMap(1,1) X\"\n"
    "by-type:\n"
    "  GEMM: [\"SpatialMap(1,1) M\", 'Cluster(Sz(K))']\n";

static tacet_dataflow_set dataflow; /* large */

static void check_map(const tacet_directive *directive,
                      tacet_directive_kind kind, int64_t size, const char *of,
                      int64_t offset, const char *offset_of, const char *dim) {
  assert_int_equal(directive->kind, kind);
  assert_int_equal(directive->size.number, size);
  assert_string_equal(directive->size.of, of);
  assert_int_equal(directive->offset.number, offset);
  assert_string_equal(directive->offset.of, offset_of);
  assert_string_equal(directive->dim, dim);
}

static void reads_dataflow(void **state) {
  (void)state;
  tacet_doc *doc = parsed(good_dataflow);
  tacet_error error = {0};
  assert_int_equal(tacet_dataflow_read(&dataflow, tacet_doc_root(doc), &error),
                   TACET_OK);
  assert_int_equal(tacet_doc_check(doc, &error), TACET_OK);
  assert_string_equal(dataflow.name, "KC-P");
  for (int t = 0; t < TACET_LAYER_TYPES; t++) {
    assert_true(dataflow.covers[t]);
    assert_string_equal(dataflow.flow[t].name, "KC-P");
    assert_int_equal(dataflow.flow[t].directives, t == TACET_GEMM ? 2 : 5);
  }
  const tacet_directive *d = dataflow.flow[TACET_FC].directive;
  check_map(&d[0], TACET_SPATIAL_MAP, 1, "", 1, "", "K");
  check_map(&d[1], TACET_TEMPORAL_MAP, 64, "", 64, "", "C");
  check_map(&d[2], TACET_TEMPORAL_MAP, 1, "R", 2, "S", "Y'");
  check_map(&d[3], TACET_CLUSTER, 64, "", 0, "", "");
  check_map(&d[4], TACET_SPATIAL_MAP, 1, "", 1, "", "X");
  assert_int_equal(d[2].place.line, 6);
  assert_int_equal(d[2].place.column, 5);
  assert_string_equal(d[2].place.file, "test.yaml");
  d = dataflow.flow[TACET_GEMM].directive;
  check_map(&d[0], TACET_SPATIAL_MAP, 1, "", 1, "", "M");
  check_map(&d[1], TACET_CLUSTER, 1, "K", 0, "", "");
  tacet_doc_free(doc);
}

static void reads_only_what_is_given(void **state) {
  (void)state;
  tacet_doc *doc = parsed("tacet: 1\ndataflow: d\nby-type:\n"
                          "  DWCONV: [\"SpatialMap(1,1) C\"]\n");
  tacet_error error = {0};
  assert_int_equal(tacet_dataflow_read(&dataflow, tacet_doc_root(doc), &error),
                   TACET_OK);
  for (int t = 0; t < TACET_LAYER_TYPES; t++)
    assert_int_equal(dataflow.covers[t], t == TACET_DEPTHWISE);
  tacet_doc_free(doc);
}

static tacet_status read_dataflow(const tacet_doc *doc, tacet_error *error) {
  return tacet_dataflow_read(&dataflow, tacet_doc_root(doc), error);
}

static void refuses_dataflows(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"tacet: 1\n", "", 1, 1, "\"tacet\" is missing"},
      {"dataflow: KC-P", "network: KC-P", 1, 1, "found one with \"network\""},
      {"directives:", "directive:", 3, 1, "did you mean \"directives\""},
      {"by-type:", "by_type:", 9, 1, "did you mean \"by-type\""},
      {"  GEMM:", "  GEM:", 10, 3, "did you mean \"GEMM\""},
      {"SpatialMap(1,1) K", "SpatailMap(1,1) K", 4, 5, "mean SpatialMap?"},
      {"SpatialMap(1,1) K", "Spatial Map(1,1) K", 4, 5, "TemporalMap, Spat"},
      {"SpatialMap(1,1) K", "SpatialMap 1,1) K", 4, 16, "expected \"(\""},
      {"SpatialMap(1,1) K", "SpatialMap(1 1) K", 4, 18, "expected \",\""},
      {"SpatialMap(1,1) K", "SpatialMap(1,1 K", 4, 20, "expected \")\""},
      {"SpatialMap(1,1) K", "SpatialMap(0,1) K", 4, 16, "a number from 1"},
      {"SpatialMap(1,1) K", "SpatialMap(1,-1) K", 4, 18, "a number from 1"},
      {"SpatialMap(1,1) K", "SpatialMap(1,Sz(Z)) K", 4, 21, "a dimension"},
      {"SpatialMap(1,1) K", "SpatialMap(1,Sz[R]) K", 4, 20, "expected \"(\""},
      {"SpatialMap(1,1) K", "SpatialMap(1,2*K) K", 4, 20, "expected Sz(D)"},
      {"SpatialMap(1,1) K", "SpatialMap(1,1) M", 4, 21, "one of N, G, K, C"},
      {"SpatialMap(1,1) K", "SpatialMap(1,1)", 4, 20, "a dimension"},
      {"SpatialMap(1,1) K", "SpatialMap(1,1) K K", 4, 23, "the end"},
      {"SpatialMap(1,1) K", "[SpatialMap(1,1) K]", 4, 5, "expected text"},
      {"SpatialMap(1,1) K", "SpatialMap(1000000000000000000,1) K", 4, 16,
       "a number from 1"},
      {"Cluster(64, P)", "Cluster(64, Q)", 7, 17, "P or L"},
      {"Cluster(64, P)", "Cluster()", 7, 13, "a size"},
      {"\"SpatialMap(1,1) X\"", "\"SpatialMap(1,1) W\"", 8, 22, "Y, X, Y'"},
      {"\"SpatialMap(1,1) M\"", "\"SpatialMap(1,1) C\"", 10, 27, "B, M, N, K"},
      {"\"SpatialMap(1,1) M\"", "SpatialMap(1,1) M", 10, 22, "in quotes"},
      {"  GEMM: [", "  GEMM: {a: [", 11, 1, "flow mapping"},
  };
  spoil_all(good_dataflow, ways, COUNT(ways), read_dataflow);
}

static void limits_directives(void **state) {
  (void)state;
  char text[4096] = "tacet: 1\ndataflow: long\ndirectives:\n";
  for (int i = 0; i < 57; i++) strcat(text, " - TemporalMap(1,1) K\n");
  for (int i = 0; i < 7; i++) strcat(text, " - Cluster(2)\n");
  tacet_error error = {0};
  tacet_doc *doc = parsed(text);
  assert_int_equal(read_dataflow(doc, &error), TACET_OK);
  tacet_doc_free(doc);
  strcat(text, " - TemporalMap(1,1) C\n");
  doc = parsed(text);
  assert_int_equal(read_dataflow(doc, &error), TACET_BAD_INPUT);
  check_error(&error, 68, 4, "more than 64 directives");
  tacet_doc_free(doc);
  doc = parsed("tacet: 1\ndataflow: deep\ndirectives: [Cluster(2), Cluster(2), "
               "Cluster(2), Cluster(2), Cluster(2), Cluster(2), Cluster(2), "
               "Cluster(2)]\n");
  assert_int_equal(read_dataflow(doc, &error), TACET_BAD_INPUT);
  check_error(&error, 3, 98, "more than 7 clusters");
  tacet_doc_free(doc);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_network),
      cmocka_unit_test(reads_lines),
      cmocka_unit_test(refuses_networks),
      cmocka_unit_test(refuses_empty_networks),
      cmocka_unit_test(reads_formulas_and_blocks),
      cmocka_unit_test(refuses_formulas_and_blocks),
      cmocka_unit_test(reads_dataflow),
      cmocka_unit_test(reads_only_what_is_given),
      cmocka_unit_test(refuses_dataflows),
      cmocka_unit_test(limits_directives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
