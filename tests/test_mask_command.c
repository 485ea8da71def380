/* tacet mask from outside: a small pruned network as Keras 2, Keras 3 and
   PyTorch write it, and a DLMC matrix, each imported and compared in two
   commands; and masks that are made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/masks/mask.h"
#include "cases.h"
#include "program.h"

static const char small_text[] =
    "tacet: 1\n"
    "network: small\n"
    "layers:\n"
    "  - {name: conv2d, type: CONV,\n"
    "     dims: {K: 8, C: 6, R: 3, S: 3, Y: 10, X: 8}}\n"
    "  - {name: dense, type: FC, dims: {K: 10, C: 12}}\n"
    "  - {name: head, type: FC, dims: {K: 4, C: 10}}\n";

static const tacet_tensor conv = {.name = "weight",
                                  .ranks = 5,
                                  .rank = {{.name = "G", .size = 1},
                                           {.name = "K", .size = 8},
                                           {.name = "C", .size = 6},
                                           {.name = "R", .size = 3},
                                           {.name = "S", .size = 3}}};

/* ---- files -------------------------------------------------------------- */

static hid_t add_group(hid_t at, const char *name) {
  return H5Gcreate2(at, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

/* Values of which `every`-th is not zero. */
static void add_floats(hid_t at, const char *path, const hsize_t *size,
                       int axes, int every) {
  hsize_t count = 1;
  for (int axis = 0; axis < axes; axis++) count *= size[axis];
  float *values = calloc(count, sizeof *values);
  assert_non_null(values);
  for (hsize_t i = 0; i < count; i++)
    values[i] = (int)i % every == 0 ? (float)i - 20.5F : -0.0F;
  const hid_t way = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(way, 1);
  const hid_t space = H5Screate_simple(axes, size, NULL);
  const hid_t dataset = H5Dcreate2(at, path, H5T_IEEE_F32LE, space, way,
                                   H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       values) >= 0);
  H5Dclose(dataset);
  H5Sclose(space);
  H5Pclose(way);
  free(values);
}

static void add_names(hid_t at, const char *attribute, int count,
                      const char *const *names) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  const hsize_t size = (hsize_t)count;
  H5Tset_size(type, H5T_VARIABLE);
  const hid_t space = H5Screate_simple(1, &size, NULL);
  const hid_t id =
      H5Acreate2(at, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Awrite(id, type, names) >= 0);
  H5Aclose(id);
  H5Sclose(space);
  H5Tclose(type);
}

static const hsize_t kernel_size[] = {3, 3, 6, 8}, dense_size[] = {12, 10},
                     head_size[] = {10, 4};

/* model.save() of Keras 2, the dense layer still wrapped for pruning. */
static void write_keras2(void) {
  const hid_t file = H5Fcreate(scratch_path("keras2.h5"), H5F_ACC_TRUNC,
                               H5P_DEFAULT, H5P_DEFAULT);
  const hid_t root = add_group(file, "model_weights");
  const char *const layers[] = {"conv2d", "prune_low_magnitude_dense", "head"};
  add_names(root, "layer_names", 3, layers);
  hid_t group = add_group(root, layers[0]);
  add_names(group, "weight_names", 1, (const char *const[]){"conv2d/kernel:0"});
  add_floats(group, "conv2d/kernel:0", kernel_size, 4, 4);
  H5Gclose(group);
  group = add_group(root, layers[1]);
  add_names(group, "weight_names", 2,
            (const char *const[]){"prune_low_magnitude_dense/kernel:0",
                                  "prune_low_magnitude_dense/mask:0"});
  add_floats(group, "prune_low_magnitude_dense/kernel:0", dense_size, 2, 1);
  add_floats(group, "prune_low_magnitude_dense/mask:0", dense_size, 2, 3);
  H5Gclose(group);
  group = add_group(root, layers[2]);
  add_names(group, "weight_names", 1, (const char *const[]){"head/kernel:0"});
  add_floats(group, "head/kernel:0", head_size, 2, 2);
  H5Gclose(group);
  H5Gclose(root);
  H5Fclose(file);
}

/* model.save_weights() of Keras 3: classes for names. */
static void write_keras3(void) {
  const hid_t file = H5Fcreate(scratch_path("keras3.weights.h5"), H5F_ACC_TRUNC,
                               H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(add_group(file, "vars"));
  add_floats(file, "layers/conv2d/vars/0", kernel_size, 4, 4);
  add_floats(file, "layers/conv2d/vars/1", kernel_size + 3, 1, 1);
  add_floats(file, "layers/dense/vars/0", dense_size, 2, 3);
  add_floats(file, "layers/dense_1/vars/0", head_size, 2, 2);
  H5Fclose(file);
}

static int write_all(void **state) {
  if (files_make(state) != 0) return -1;
  file_write("small.yaml", small_text);
  write_keras2();
  write_keras3();
  return 0;
}

/* ---- import ------------------------------------------------------------- */

static void contains(const char *text, const char *part) {
  if (!strstr(text, part)) printf("\"%s\" is not in:\n%s", part, text);
  assert_non_null(strstr(text, part));
}

/* The conv2d mask of a file is every fourth value of [R,S,C,K]. */
static void check_conv(const char *file) {
  const tacet_mask_source source = {.file = scratch_path(file),
                                    .dataset = "/conv2d/weight"};
  tacet_mask mask;
  tacet_error error;
  assert_int_equal(tacet_mask_read(&mask, &conv, &source, &error), TACET_OK);
  for (int64_t i = 0; i < mask.elements; i++) {
    const int64_t s = i % 3, r = i / 3 % 3, c = i / 9 % 6, k = i / 54;
    const int64_t stored = ((r * 3 + s) * 6 + c) * 8 + k;
    assert_int_equal(tacet_mask_test(&mask, i), stored % 4 == 0);
  }
  tacet_mask_free(&mask);
}

static void compare_takes(const char *file) {
  char command[200];
  snprintf(command, sizeof command,
           "compare -n small.yaml -a plain.yaml -a thrifty.yaml -p %s", file);
  char *report = program_output(command);
  contains(report, "conv2d");
  contains(report, "Every figure is exact");
  free(report);
}

static void keras2_in_two_commands(void **state) {
  (void)state;
  char *report =
      program_output("mask import keras2.h5 -n small.yaml -o masks2.h5");
  contains(report, "108 of          432 kept, density 0.2500  keras2.h5 "
                   "/model_weights/conv2d/conv2d/kernel:0");
  contains(report, "40 of          120 kept, density 0.3333  keras2.h5 "
                   "/model_weights/prune_low_magnitude_dense/"
                   "prune_low_magnitude_dense/mask:0");
  contains(report, "not used: keras2.h5 /model_weights/"
                   "prune_low_magnitude_dense/prune_low_magnitude_dense/"
                   "kernel:0 (12 x 10)");
  free(report);
  check_conv("masks2.h5");
  compare_takes("masks2.h5");
}

static void keras3_in_two_commands(void **state) {
  (void)state;
  char *report =
      program_output("mask import keras3.weights.h5 -n small.yaml "
                     "-o masks3.h5 --bind head=layers/dense_1/vars/0");
  contains(report, "/layers/conv2d/vars/0");
  contains(report, "20 of           40 kept");
  contains(report, "not used: keras3.weights.h5 /layers/conv2d/vars/1 (8)");
  free(report);
  check_conv("masks3.h5");
  compare_takes("masks3.h5");
}

static void what_is_not_there_stays_dense(void **state) {
  (void)state;
  char *report = program_output("mask import keras3.weights.h5 -n small.yaml "
                                "-o masks3.h5");
  contains(report, "head                     no array; its weight stays dense");
  free(report);
  compare_takes("masks3.h5");
}

static void dlmc_in_two_commands(void **state) {
  (void)state;
  file_write("transformer.yaml",
             "tacet: 1\nnetwork: t\nlayers:\n"
             "  - {name: q, type: FC, dims: {K: 3, C: 4}}\n"
             "  - {name: square, type: FC, dims: {K: 4, C: 4}}\n");
  file_write("q.smtx", "3, 4, 5\n0 2 2 5\n0 3 1 2 3\n");
  file_write("square.smtx", "4, 4, 1\n0 0 0 1 1\n2\n");
  char *report =
      program_output("mask import q.smtx -n transformer.yaml -o t.h5");
  contains(report, "5 of           12 kept");
  free(report);
  report = program_output("mask profile t.h5");
  contains(report, "along: C\n        densities: [0.3333333333, 0.3333333333, "
                   "0.3333333333, 0.6666666667]");
  file_write("t.yaml", report);
  free(report);
  report = program_output("run -n transformer.yaml -a thrifty.yaml -p t.yaml "
                          "--layer q");
  contains(report, "q: FC");
  free(report);
  report = program_output("compare -n transformer.yaml -a plain.yaml -a "
                          "thrifty.yaml -p t.h5");
  contains(report, "q: FC");
  free(report);
  ran r = program_run("mask import square.smtx -n transformer.yaml -o u.h5");
  check_refused(&r, 1,
                "square.smtx: its shape 4 x 4 fits several layouts of "
                "weight: KC, CK");
  assert_false(file_exists("u.h5"));
  free(program_output("mask import square.smtx -n transformer.yaml -o u.h5 "
                      "--layout pytorch"));
}

static void patterns_bind(void **state) {
  (void)state;
  const hid_t file = H5Fcreate(scratch_path("torch.h5"), H5F_ACC_TRUNC,
                               H5P_DEFAULT, H5P_DEFAULT);
  add_floats(file, "net.dense.weight", (hsize_t[]){10, 12}, 2, 2);
  add_floats(file, "net.dense.weight_mask", (hsize_t[]){10, 12}, 2, 3);
  add_floats(file, "other.dense.weight_mask", (hsize_t[]){10, 12}, 2, 5);
  H5Fclose(file);
  char *report = program_output("mask import torch.h5 -n small.yaml -o m.h5 "
                                "--pattern 'net.{layer}.*'");
  contains(report, "40 of          120 kept");
  free(report);
  ran r = program_run("mask import torch.h5 -n small.yaml -o n.h5");
  check_refused(&r, 1,
                "several arrays may be layer dense: "
                "/net.dense.weight_mask and /other.dense.weight_mask; "
                "choose with --bind dense=NAME");
}

/* ---- make, prune -------------------------------------------------------- */

static void equal_seeds_make_equal_masks(void **state) {
  (void)state;
  static const char *const kinds[] = {
      "uniform --density 0.3", "group --group 2:4 --along C",
      "block --block 2x2 --density 0.5", "channel --density 0.5 --along K"};
  static const char *const kept[] = {
      "130 of          432", "288 of          432", "216 of          432",
      "216 of          432"};
  for (int i = 0; i < 4; i++) {
    char command[200];
    snprintf(command, sizeof command,
             "mask make -n small.yaml -o made.h5 --layer conv2d --kind %s",
             kinds[i]);
    char *report = program_output(command);
    contains(report, kept[i]);
    free(report);
    char *first = program_output("mask info made.h5");
    free(program_output(command));
    char *second = program_output("mask info made.h5");
    assert_string_equal(first, second);
    if (i == 2) contains(first, "blocks of 2 x 2 are all or nothing");
    free(first);
    free(second);
  }
}

/* A GEMM's weights are grouped along K, which is summed up, a CONV's along C:
   2 of each 4 are half of 96 and of 432. */
static void groups_lie_along_what_is_summed_up(void **state) {
  (void)state;
  file_write(
      "mixed.yaml",
      "tacet: 1\nnetwork: mixed\nlayers:\n"
      "  - {name: conv, type: CONV, dims: {K: 4, C: 12, R: 3, S: 3, Y: 8, "
      "X: 8}}\n"
      "  - {name: proj, type: GEMM, dims: {M: 8, N: 4, K: 24}}\n");
  char *report = program_output("mask make -n mixed.yaml -o g.h5 --group 2:4");
  contains(report, "216 of          432");
  contains(report, "48 of           96");
  free(report);
  report = program_output("mask info g.h5");
  contains(report, "at most 2 of every 4 along C (2:4)");
  contains(report, "at most 2 of every 4 along K (2:4)");
  free(report);
  const ran r = program_run("mask make -n mixed.yaml -o g.h5 --group 2:4 "
                            "--along C");
  check_refused(&r, 2,
                "layer proj (GEMM): B has no rank C; name one of B, K, N");
}

static void attention_patterns(void **state) {
  (void)state;
  file_write("attention.yaml",
             "tacet: 1\nnetwork: a\nlayers:\n"
             "  - {name: qk, type: GEMM, dims: {B: 2, M: 8, N: 8, K: 4}}\n");
  static const struct {
    const char *kind, *kept;
  } kinds[] = {{"causal", "72 of          128"},
               {"window --width 2", "30 of          128"},
               {"band --width 2", "44 of          128"}};
  for (int i = 0; i < 3; i++) {
    char command[200];
    snprintf(command, sizeof command,
             "mask make -n attention.yaml -o a.h5 --tensor output --kind %s",
             kinds[i].kind);
    char *report = program_output(command);
    contains(report, kinds[i].kept);
    free(report);
  }
}

/* dense/kernel is every value, i - 20.5: what is largest comes last. */
static void prunes_the_smallest(void **state) {
  (void)state;
  char *report = program_output("mask prune keras2.h5 -n small.yaml -o p.h5 "
                                "--density 0.25 --layer dense");
  contains(report, "30 of          120 kept");
  free(report);
  const tacet_tensor dense = {
      .name = "weight",
      .ranks = 2,
      .rank = {{.name = "C", .size = 12}, {.name = "K", .size = 10}}};
  const tacet_mask_source source = {.file = scratch_path("p.h5"),
                                    .dataset = "/dense/weight",
                                    .layout = "1KC11"};
  tacet_mask mask;
  assert_int_equal(tacet_mask_read(&mask, &dense, &source, NULL), TACET_OK);
  for (int64_t i = 0; i < 120; i++)
    assert_int_equal(tacet_mask_test(&mask, i), i >= 90);
  tacet_mask_free(&mask);
  /* conv2d has 108 values, up to 407.5, so dense keeps little */
  report = program_output("mask prune keras2.h5 -n small.yaml -o p.h5 "
                          "--density 0.1 --scope global");
  contains(report, "59 of          432 kept");
  contains(report, " 0 of          120 kept");
  free(report);
  report = program_output("mask prune keras2.h5 -n small.yaml -o p.h5 "
                          "--group 1:4 --layer dense");
  contains(report, "30 of          120 kept");
  free(report);
}

static void refuses_misuse(void **state) {
  (void)state;
  static const struct {
    const char *arguments, *says;
    int exit_code;
  } ways[] = {
      {"mask", "a command is missing", 2},
      {"mask ifno", "did you mean info?", 2},
      {"mask info", "a file is missing", 2},
      {"mask info absent.h5", "absent.h5: cannot be opened", 1},
      {"mask info small.yaml", "is of no known kind", 1},
      {"mask info q.smtx r.smtx", "\"r.smtx\" is one file too many", 2},
      {"mask info keras2.h5 --dataset x", "has no array \"x\"", 2},
      {"mask import keras2.h5 -o m.h5", "-n NETWORK is missing", 2},
      {"mask import keras2.h5 -n small.yaml", "-o FILE is missing", 2},
      {"mask import keras2.h5 -n small.yaml -o m.h5 --seed 1",
       "mask import has no option \"--seed\"", 2},
      {"mask import keras2.h5 -n small.yaml -o m.h5 --bind heda=x",
       "no layer \"heda\" in network small; did you mean head?", 2},
      {"mask import keras2.h5 -n small.yaml -o m.h5 --bind head=x",
       "no file has an array called \"x\"", 2},
      {"mask import keras2.h5 -n network.yaml -o m.h5",
       "no array belongs to a layer", 1},
      {"mask make -n small.yaml -o m.h5 --density 0.1 --kind unifrom",
       "expected one of uniform, group", 2},
      {"mask make -n small.yaml -o m.h5", "--density is missing", 2},
      {"mask make -n small.yaml -o m.h5 --density 1.5", "expected 0 to 1", 2},
      {"mask make -n small.yaml -o m.h5 --group 4:2", "expected N:M", 2},
      {"mask make -n small.yaml -o m.h5 --kind group", "--group is missing", 2},
      {"mask make -n small.yaml -o m.h5 --kind causal",
       "a causal pattern needs a square", 2},
      {"mask make -n small.yaml -o m.h5 --group 2:4 --along Z",
       "weight has no rank Z", 2},
      {"mask prune keras2.h5 -n small.yaml -o /nowhere/m.h5 --density 1",
       "/nowhere/m.h5: cannot be written", 1},
      {"mask profile keras3.weights.h5 extra", "one file too many", 2},
  };
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    const ran r = program_run(ways[i].arguments);
    check_refused(&r, ways[i].exit_code, ways[i].says);
  }
}

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keras2_in_two_commands),
      cmocka_unit_test(keras3_in_two_commands),
      cmocka_unit_test(what_is_not_there_stays_dense),
      cmocka_unit_test(dlmc_in_two_commands),
      cmocka_unit_test(patterns_bind),
      cmocka_unit_test(equal_seeds_make_equal_masks),
      cmocka_unit_test(groups_lie_along_what_is_summed_up),
      cmocka_unit_test(attention_patterns),
      cmocka_unit_test(prunes_the_smallest),
      cmocka_unit_test(refuses_misuse),
  };
  return cmocka_run_group_tests(tests, write_all, scratch_remove);
}
