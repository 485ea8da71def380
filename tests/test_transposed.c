/* Transposed layers: the convolution that tacet_layer_make turns them into
   against the definition, in which every input value is scattered over the
   outputs; how files give them; and convolutions in one dimension. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../dense/spec/spec.h"
#include "cases.h"
#include "spoil.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static int64_t size_of(const tacet_layer *layer, const char *dim) {
  return layer->dim[tacet_layer_dim(layer, dim)].size;
}

/* ---- against the definition --------------------------------------------- */

/* Input row y meets filter row r in output row stride*y + dilation*r - pad. */
static bool scatters(const tacet_shape *s, int64_t y, int64_t r, int64_t p) {
  return s->stride[0] * y + s->dilation[0] * r - s->pad_before[0] == p;
}

/* The same in the convolution, whose filter is the other way round. */
static bool gathers(const tacet_layer *layer, int64_t y, int64_t r, int64_t p) {
  const tacet_rank *rank = tacet_layer_window(layer, "Y");
  const int64_t turned = size_of(layer, "R") - 1 - r;
  const int64_t row = rank->term[0].coefficient * p +
                      rank->term[1].coefficient * turned + rank->offset;
  return row >= 0 && row < rank->size && row % rank->spacing == 0 &&
         row / rank->spacing == y;
}

static void check_layer(const tacet_shape *s, const tacet_layer *layer) {
  const int64_t outputs = (s->Y - 1) * s->stride[0] - s->pad_before[0] -
                          s->pad_after[0] + s->dilation[0] * (s->R - 1) +
                          s->output_padding[0] + 1;
  assert_int_equal(size_of(layer, "P"), outputs);
  for (int64_t p = 0; p < outputs; p++)
    for (int64_t y = 0; y < s->Y; y++)
      for (int64_t r = 0; r < s->R; r++)
        assert_int_equal(gathers(layer, y, r, p), scatters(s, y, r, p));
  assert_int_equal(tacet_tensor_values(&layer->tensor[TACET_INPUT]), s->Y);
  assert_int_equal(tacet_tensor_size(&layer->tensor[TACET_INPUT]),
                   s->stride[0] * (s->Y - 1) + 1);
}

static void gathers_what_is_scattered(void **state) {
  (void)state;
  uint64_t seed = 1907, cases = 2000;
  ask_for_cases(&seed, &cases);
  int made = 0;
  for (uint64_t i = 0; i < cases; i++) {
    tacet_shape s = tacet_shape_of_ones(TACET_TRANSPOSED);
    s.Y = random_between(&seed, 1, 8);
    s.R = random_between(&seed, 1, 5);
    s.stride[0] = random_between(&seed, 1, 4);
    s.dilation[0] = random_between(&seed, 1, 3);
    s.pad_before[0] = random_between(&seed, 0, s.dilation[0] * (s.R - 1));
    s.pad_after[0] = random_between(&seed, 0, s.dilation[0] * (s.R - 1));
    s.output_padding[0] = random_between(&seed, 0, s.stride[0] - 1);
    tacet_layer layer = {.repeat = 1};
    tacet_error error;
    if (tacet_layer_make(&layer, &s, NULL, &error)) {
      assert_non_null(strstr(error.message, "larger than the padded input"));
      continue;
    }
    check_layer(&s, &layer);
    made++;
  }
  assert_true(made > (int)cases / 2);
}

/* ---- refusals ----------------------------------------------------------- */

static void refused(const tacet_shape *shape, tacet_status expected,
                    const char *word) {
  tacet_layer layer = {.repeat = 1};
  tacet_error error = {0};
  assert_int_equal(tacet_layer_make(&layer, shape, NULL, &error), expected);
  if (!strstr(error.message, word))
    fail_msg("\"%s\" does not say \"%s\"", error.message, word);
}

static void refuses_shapes(void **state) {
  (void)state;
  tacet_shape s = tacet_shape_of_ones(TACET_TRANSPOSED);
  s.R = 3;
  s.pad_before[0] = 3;
  refused(&s, TACET_BAD_INPUT, "padding of Y is 3; expected 0 to 2");
  s.pad_before[0] = 0;
  s.pad_after[0] = -1;
  refused(&s, TACET_BAD_INPUT, "padding of Y is -1");
  s.pad_after[0] = 0;
  s.output_padding[0] = 1;
  refused(&s, TACET_BAD_INPUT, "output padding of Y is 1");
  s.dilation[0] = 2; /* less than this will do */
  tacet_layer layer = {.repeat = 1};
  tacet_error error;
  assert_int_equal(tacet_layer_make(&layer, &s, NULL, &error), TACET_OK);
  s = tacet_shape_of_ones(TACET_TRANSPOSED);
  s.Y = INT64_C(1) << 40;
  s.stride[0] = INT64_C(1) << 40;
  refused(&s, TACET_OVERFLOW, "zeros inserted");
  s = tacet_shape_of_ones(TACET_TRANSPOSED);
  s.X = 0;
  refused(&s, TACET_BAD_INPUT, "X is 0");
  s = tacet_shape_of_ones(TACET_TRANSPOSED);
  s.S = -1;
  refused(&s, TACET_BAD_INPUT, "S is -1");
  s = tacet_shape_of_ones(TACET_TRANSPOSED);
  s.stride[1] = 0;
  refused(&s, TACET_BAD_INPUT, "stride of X is 0");
}

/* ---- files -------------------------------------------------------------- */

static const char good_network[] =
    "tacet: 1\n"
    "network: up\n"
    "layers:\n"
    "  - name: up1\n"
    "    type: TRCONV\n"
    "    dims: {K: 32, C: 64, R: 3, S: 4, Y: 28, X: 28}\n"
    "    stride: 2\n"
    "    padding: 1\n"
    "    output-padding: {Y: 1}\n"
    "  - {name: line, type: CONV, dims: {K: 2, C: 3, S: 3, Y: 1, X: 9}}\n";

static tacet_status read_network(const tacet_doc *doc, tacet_error *error) {
  tacet_network network;
  tacet_status status = tacet_network_read(&network, doc, error);
  if (!status) tacet_network_free(&network);
  return status;
}

/* 28 rows become 2*27 - 2 + 2 + 1 + 1 = 56, columns 2*27 - 2 + 3 + 1 = 56. */
static void reads_networks(void **state) {
  (void)state;
  tacet_doc *doc = parsed(good_network);
  tacet_network network;
  tacet_error error = {0};
  assert_int_equal(tacet_network_read(&network, doc, &error), TACET_OK);
  assert_int_equal(tacet_doc_check(doc, &error), TACET_OK);
  const tacet_layer *up = &network.layer[0], *line = &network.layer[1];
  assert_string_equal(tacet_layer_type_name(up->type), "TRCONV");
  assert_int_equal(size_of(up, "P"), 56);
  assert_int_equal(size_of(up, "Q"), 56);
  const tacet_tensor *input = &up->tensor[TACET_INPUT];
  assert_int_equal(tacet_tensor_size(input), 64 * 55 * 55);
  assert_int_equal(tacet_tensor_values(input), 64 * 28 * 28);
  assert_int_equal(size_of(line, "P"), 1);
  assert_int_equal(size_of(line, "Q"), 7);
  assert_int_equal(tacet_layer_macs(line), 2 * 3 * 7 * 3);
  assert_int_equal(tacet_layer_window(line, "X")->spacing, 1);
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

static void refuses_networks(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"output-padding: {Y: 1}", "output-padding: {Y: -1}", 9, 25, "is -1"},
      {"output-padding: {Y: 1}", "output-padding: {Y: 2}", 6, 11,
       "output padding of Y is 2"},
      {"output-padding: {Y: 1}", "output_padding: 1", 9, 5,
       "did you mean \"output-padding\""},
      {"padding: 1\n    o", "padding: 3\n    o", 6, 11, "expected 0 to 2"},
      {"type: TRCONV", "type: CONV", 9, 5, "CONV has no \"output-padding\""},
      {"type: TRCONV", "type: TRCONF", 5, 11, "did you mean TRCONV?"},
  };
  tacet_doc *doc = parsed(good_network);
  tacet_error error = {0};
  assert_int_equal(read_network(doc, &error), TACET_OK);
  tacet_doc_free(doc);
  spoil_all(good_network, ways, COUNT(ways), read_network);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gathers_what_is_scattered),
      cmocka_unit_test(refuses_shapes),
      cmocka_unit_test(reads_networks),
      cmocka_unit_test(refuses_networks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
