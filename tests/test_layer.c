/* Layers: dimensions, ranks and sizes worked out by hand, and the outputs of
   a window counted one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../dense/dense.h"
#include "cases.h"

static const tacet_place place = {"layers.yaml", 7, 3};

static tacet_layer made(const tacet_shape *shape) {
  tacet_layer layer = {.repeat = 1};
  tacet_error error = {0};
  if (tacet_layer_make(&layer, shape, &place, &error))
    fail_msg("%s", error.message);
  return layer;
}

static void check_dims(const tacet_layer *layer, const char *letters,
                       const int64_t *sizes) {
  assert_int_equal(layer->dims, strlen(letters));
  for (int d = 0; d < layer->dims; d++) {
    assert_int_equal(layer->dim[d].name[0], letters[d]);
    assert_int_equal(layer->dim[d].name[1], '\0');
    assert_int_equal(layer->dim[d].size, sizes[d]);
  }
}

static void check_tensor(const tacet_tensor *tensor, const char *name,
                         const char *ranks, int row_ranks, int64_t size) {
  assert_string_equal(tensor->name, name);
  assert_int_equal(tensor->ranks, strlen(ranks));
  for (int r = 0; r < tensor->ranks; r++)
    assert_int_equal(tensor->rank[r].name[0], ranks[r]);
  assert_int_equal(tensor->row_ranks, row_ranks);
  assert_int_equal(tacet_tensor_size(tensor), size);
}

static void check_term(const tacet_layer *layer, const tacet_term *term,
                       const char *dim, int64_t coefficient) {
  assert_string_equal(layer->dim[term->dim].name, dim);
  assert_int_equal(term->coefficient, coefficient);
}

/* AlexNet's conv2: 27x27, 5x5, two groups; with a stride of 2 in Y. */
static void makes_convolutions(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.G = 2;
  shape.K = 128;
  shape.C = 48;
  shape.Y = shape.X = 27;
  shape.R = shape.S = 5;
  shape.stride[0] = 2;
  shape.pad_before[0] = shape.pad_after[0] = 2;
  shape.pad_before[1] = 2;
  shape.pad_after[1] = 1;
  const tacet_layer layer = made(&shape);
  check_dims(&layer, "NGKCPQRS", (int64_t[]){1, 2, 128, 48, 14, 26, 5, 5});
  check_tensor(&layer.tensor[TACET_WEIGHT], "weight", "GKCRS", 2,
               2 * 128 * 48 * 25);
  check_tensor(&layer.tensor[TACET_INPUT], "input", "NGCYX", 3,
               2 * 48 * 27 * 27);
  check_tensor(&layer.tensor[TACET_OUTPUT], "output", "NGKPQ", 3,
               2 * 128 * 14 * 26);
  assert_int_equal(tacet_layer_macs(&layer),
                   INT64_C(2) * 128 * 48 * 14 * 26 * 25);

  const tacet_rank *y = tacet_layer_window(&layer, "Y");
  assert_ptr_equal(y, &layer.tensor[TACET_INPUT].rank[3]);
  assert_int_equal(y->size, 27);
  assert_int_equal(y->padded, 31);
  assert_int_equal(y->offset, -2);
  assert_int_equal(y->terms, 2);
  check_term(&layer, &y->term[0], "P", 2);
  check_term(&layer, &y->term[1], "R", 1);
  const tacet_rank *x = tacet_layer_window(&layer, "X");
  assert_int_equal(x->padded, 30);
  check_term(&layer, &x->term[0], "Q", 1);
  check_term(&layer, &x->term[1], "S", 1);
  const tacet_rank *k = &layer.tensor[TACET_WEIGHT].rank[1];
  assert_int_equal(k->terms, 1);
  check_term(&layer, &k->term[0], "K", 1);
}

/* O = floor((6 + 2 - 2*(3 - 1) - 1) / 2) + 1 = 2. */
static void makes_convolutions_over_frames(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.type = TACET_CONV3D;
  shape.K = 5;
  shape.C = 4;
  shape.D = 6;
  shape.T = 3;
  shape.Y = 7;
  shape.R = 3;
  shape.X = 8;
  shape.S = 2;
  shape.stride[2] = shape.dilation[2] = 2;
  shape.pad_before[2] = shape.pad_after[2] = 1;
  const tacet_layer layer = made(&shape);
  check_dims(&layer, "NGKCOPQTRS", (int64_t[]){1, 1, 5, 4, 2, 5, 7, 3, 3, 2});
  check_tensor(&layer.tensor[TACET_WEIGHT], "weight", "GKCTRS", 2,
               5 * 4 * 3 * 3 * 2);
  check_tensor(&layer.tensor[TACET_INPUT], "input", "NGCDYX", 3, 4 * 6 * 7 * 8);
  check_tensor(&layer.tensor[TACET_OUTPUT], "output", "NGKOPQ", 3,
               5 * 2 * 5 * 7);
  const tacet_rank *d = tacet_layer_window(&layer, "D");
  assert_int_equal(d->padded, 8);
  assert_int_equal(d->offset, -1);
  check_term(&layer, &d->term[0], "O", 2);
  check_term(&layer, &d->term[1], "T", 2);
  assert_int_equal(tacet_layer_dim(&layer, "D'"), tacet_layer_dim(&layer, "O"));
}

static void makes_depthwise(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.type = TACET_DEPTHWISE;
  shape.G = 32;
  shape.Y = shape.X = 9;
  shape.R = shape.S = 3;
  shape.dilation[1] = 2;
  const tacet_layer layer = made(&shape);
  check_dims(&layer, "NGKCPQRS", (int64_t[]){1, 32, 1, 1, 7, 5, 3, 3});
  assert_int_equal(tacet_tensor_size(&layer.tensor[TACET_WEIGHT]), 32 * 9);
  check_term(&layer, &tacet_layer_window(&layer, "X")->term[1], "S", 2);
  assert_int_equal(tacet_layer_dim(&layer, "C"), 1); /* means G */
}

static void makes_fully_connected(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.type = TACET_FC;
  shape.N = 4;
  shape.K = 1000;
  shape.C = 4096;
  const tacet_layer layer = made(&shape);
  check_dims(&layer, "NGKCPQRS", (int64_t[]){4, 1, 1000, 4096, 1, 1, 1, 1});
  assert_int_equal(tacet_layer_macs(&layer), 4 * 4096000);
}

static void makes_gemms(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.type = TACET_GEMM;
  shape.B = 12;
  shape.M = 100;
  shape.N = 128;
  shape.K = 64;
  tacet_layer layer = made(&shape);
  check_dims(&layer, "BMNK", (int64_t[]){12, 100, 128, 64});
  check_tensor(&layer.tensor[TACET_WEIGHT], "B", "BKN", 2, 12 * 64 * 128);
  check_tensor(&layer.tensor[TACET_INPUT], "A", "BMK", 2, 12 * 100 * 64);
  check_tensor(&layer.tensor[TACET_OUTPUT], "Z", "BMN", 2, 12 * 100 * 128);
  assert_null(tacet_layer_window(&layer, "Y"));

  shape.shared[TACET_WEIGHT] = true;
  layer = made(&shape);
  check_tensor(&layer.tensor[TACET_WEIGHT], "B", "KN", 1, 64 * 128);
  check_tensor(&layer.tensor[TACET_INPUT], "A", "BMK", 2, 12 * 100 * 64);
}

static void finds_dimensions(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  const tacet_layer convolution = made(&shape);
  assert_int_equal(tacet_layer_dim(&convolution, "C"), 3);
  assert_int_equal(tacet_layer_dim(&convolution, "P"), 4);
  assert_int_equal(tacet_layer_dim(&convolution, "Y'"), 4);
  assert_int_equal(tacet_layer_dim(&convolution, "X'"), 5);
  assert_int_equal(tacet_layer_dim(&convolution, "Y"), -1);
  assert_int_equal(tacet_layer_dim(&convolution, "KK"), -1);
  assert_int_equal(tacet_layer_dim(&convolution, ""), -1);
  assert_null(tacet_layer_window(&convolution, "K"));
  shape.type = TACET_GEMM;
  const tacet_layer gemm = made(&shape);
  assert_int_equal(tacet_layer_dim(&gemm, "B"), 0);
  assert_int_equal(tacet_layer_dim(&gemm, "C"), -1);
  assert_int_equal(tacet_layer_dim(&gemm, "Y'"), -1);
}

static void names_types(void **state) {
  (void)state;
  assert_string_equal(tacet_layer_type_name(TACET_CONV), "CONV");
  assert_string_equal(tacet_layer_type_name(TACET_DEPTHWISE), "DWCONV");
  assert_string_equal(tacet_layer_type_name(TACET_TRANSPOSED), "TRCONV");
  assert_string_equal(tacet_layer_type_name(TACET_FC), "FC");
  assert_string_equal(tacet_layer_type_name(TACET_GEMM), "GEMM");
}

/* ---- refusals ----------------------------------------------------------- */

static void refused(const tacet_shape *shape, tacet_status expected,
                    const char *word) {
  tacet_layer layer = {.repeat = 1};
  tacet_error error = {0};
  assert_int_equal(tacet_layer_make(&layer, shape, &place, &error), expected);
  assert_string_equal(error.file, place.file);
  assert_int_equal(error.line, place.line);
  if (!strstr(error.message, word))
    fail_msg("\"%s\" does not say \"%s\"", error.message, word);
}

static void refuses_sizes(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.K = 0;
  refused(&shape, TACET_BAD_INPUT, "K is 0");
  shape = tacet_shape_of_ones(TACET_CONV);
  shape.R = INT64_MIN;
  refused(&shape, TACET_BAD_INPUT, "R is -9223372036854775808");
  shape = tacet_shape_of_ones(TACET_CONV);
  shape.X = -4;
  refused(&shape, TACET_BAD_INPUT, "X is -4");
  shape = tacet_shape_of_ones(TACET_CONV);
  shape.stride[1] = 0;
  refused(&shape, TACET_BAD_INPUT, "stride of X is 0");
  shape = tacet_shape_of_ones(TACET_CONV);
  shape.dilation[0] = INT64_MAX;
  refused(&shape, TACET_BAD_INPUT, "dilation of Y");
  shape = tacet_shape_of_ones(TACET_CONV);
  shape.pad_after[0] = -1;
  refused(&shape, TACET_BAD_INPUT, "padding of Y is negative");
}

static void refuses_windows(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.Y = 4;
  shape.R = 3;
  shape.dilation[0] = 2;
  refused(&shape, TACET_BAD_INPUT, "3 rows (dilation 2)");
  shape.pad_before[0] = 1; /* 5 rows hold just one window */
  const tacet_layer layer = made(&shape);
  assert_int_equal(layer.dim[tacet_layer_dim(&layer, "P")].size, 1);
}

static void refuses_sizes_a_type_fixes(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.type = TACET_DEPTHWISE;
  shape.C = 3;
  refused(&shape, TACET_BAD_INPUT, "1 in every DWCONV");
  shape.type = TACET_FC;
  shape.C = 1;
  shape.Y = 5;
  refused(&shape, TACET_BAD_INPUT, "1 in every FC");
}

static void refuses_overflow(void **state) {
  (void)state;
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  shape.K = shape.C = INT64_C(1) << 27; /* 2^54 MACs */
  refused(&shape, TACET_OVERFLOW, "MACs");
  shape.C = INT64_C(1) << 26; /* 2^53, just right */
  made(&shape);
  shape = tacet_shape_of_ones(TACET_CONV);
  shape.pad_before[0] = INT64_MAX;
  refused(&shape, TACET_OVERFLOW, "padding");
  shape = tacet_shape_of_ones(TACET_CONV);
  shape.Y = shape.X = shape.stride[0] = shape.stride[1] = INT64_C(1) << 27;
  refused(&shape, TACET_OVERFLOW, "tensor");
}

/* ---- by counting -------------------------------------------------------- */

static int64_t count_windows(const tacet_shape *shape, int axis, int64_t size,
                             int64_t filter) {
  const int64_t first = -shape->pad_before[axis];
  const int64_t end = size + shape->pad_after[axis];
  int64_t windows = 0;
  for (int64_t at = first;; at += shape->stride[axis]) {
    if (at + shape->dilation[axis] * (filter - 1) >= end) return windows;
    windows++;
  }
}

static void counts_outputs(void **state) {
  (void)state;
  uint64_t seed = environment_number("TACET_SEED", 11);
  const uint64_t cases = environment_number("TACET_CASES", 2000);
  printf("windows: seed %llu, %llu cases\n", (unsigned long long)seed,
         (unsigned long long)cases);
  for (uint64_t i = 0; i < cases; i++) {
    tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
    shape.Y = random_between(&seed, 1, 20);
    shape.R = random_between(&seed, 1, 5);
    shape.stride[0] = random_between(&seed, 1, 4);
    shape.dilation[0] = random_between(&seed, 1, 3);
    shape.pad_before[0] = random_between(&seed, 0, 4);
    shape.pad_after[0] = random_between(&seed, 0, 4);
    const int64_t windows = count_windows(&shape, 0, shape.Y, shape.R);
    if (windows == 0) {
      refused(&shape, TACET_BAD_INPUT, "larger than the padded input");
      continue;
    }
    const tacet_layer layer = made(&shape);
    assert_int_equal(layer.dim[tacet_layer_dim(&layer, "P")].size, windows);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(makes_convolutions),
      cmocka_unit_test(makes_convolutions_over_frames),
      cmocka_unit_test(makes_depthwise),
      cmocka_unit_test(makes_fully_connected),
      cmocka_unit_test(makes_gemms),
      cmocka_unit_test(finds_dimensions),
      cmocka_unit_test(names_types),
      cmocka_unit_test(refuses_sizes),
      cmocka_unit_test(refuses_windows),
      cmocka_unit_test(refuses_sizes_a_type_fixes),
      cmocka_unit_test(refuses_overflow),
      cmocka_unit_test(counts_outputs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
