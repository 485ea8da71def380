/* Vectors of densities from files: every kind of float, what is refused and
   why, files that are spoiled, and the way from masks to profiles and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/files/density_file.h"
#include "../sparse/profile.h"
#include "cases.h"
#include "mask_file.h"
#include "program.h"

/* The tensor that every test wants: weight[K=4, C=6]. */
static const tacet_tensor tensor = {
    .name = "weight",
    .ranks = 2,
    .row_ranks = 1,
    .rank = {{.name = "K", .size = 4, .terms = 1},
             {.name = "C", .size = 6, .terms = 1}},
};

enum { K, C };

/* All of them are the same in any float of 10 bits and more of fraction. */
static const double densities[6] = {0, 1, 0.5, 0.25, 0.8125, 0.125};

static void put(hid_t file, const char *name, hid_t type, int axes,
                const hsize_t *size, const double *values) {
  const hid_t space =
      axes ? H5Screate_simple(axes, size, NULL) : H5Screate(H5S_SCALAR);
  const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT,
                               H5P_DEFAULT, H5P_DEFAULT);
  assert_true(set >= 0);
  assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       values) >= 0);
  H5Dclose(set);
  H5Sclose(space);
}

/* A float of two bytes, as numpy and h5py have it. */
static hid_t half_type(void) {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

static tacet_status read_from(const char *file, const char *dataset, int rank,
                              double **density, tacet_error *error) {
  const tacet_mask_source source = {.file = scratch_path(file),
                                    .dataset = dataset,
                                    .place = {.file = "net.yaml", .line = 7}};
  return tacet_densities_read(density, &tensor, rank, &source, error);
}

static void every_float_is_read(void **state) {
  (void)state;
  const hsize_t six = 6;
  const hid_t half = half_type();
  const hid_t types[] = {H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE,
                         H5T_IEEE_F64BE, half};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    const hid_t file = mask_file_make("floats.h5");
    put(file, "/d", types[i], 1, &six, densities);
    H5Fclose(file);
    double *density;
    tacet_error error;
    if (read_from("floats.h5", "/d", C, &density, &error))
      fail_msg("type %zu: %s", i, error.message);
    for (int c = 0; c < 6; c++) assert_true(density[c] == densities[c]);
    free(density);
  }
  H5Tclose(half);
}

static void refused(const char *file, const char *dataset, int rank,
                    const char *says) {
  double *density = NULL;
  tacet_error error = {0};
  assert_int_equal(read_from(file, dataset, rank, &density, &error),
                   TACET_BAD_INPUT);
  assert_null(density);
  assert_int_equal(error.line, 7);
  if (!strstr(error.message, says))
    fail_msg("\"%s\" is not in: %s", says, error.message);
}

static void what_is_no_vector_is_refused(void **state) {
  (void)state;
  const hsize_t six = 6, table[] = {2, 3};
  const double more[6] = {0.5, 0.5, 0.5, 1.25, 0.5, 0.5};
  const double less[6] = {0.5, -0.5, 0.5, 0.5, 0.5, 0.5};
  const double none[6] = {0.5, 0.5, NAN, 0.5, 0.5, 0.5};
  const hid_t file = mask_file_make("ill.h5");
  put(file, "/good", H5T_IEEE_F64LE, 1, &six, densities);
  put(file, "/more", H5T_IEEE_F64LE, 1, &six, more);
  put(file, "/less", H5T_IEEE_F32LE, 1, &six, less);
  put(file, "/none", H5T_IEEE_F32LE, 1, &six, none);
  put(file, "/whole", H5T_STD_U8LE, 1, &six, densities);
  put(file, "/table", H5T_IEEE_F64LE, 2, table, densities);
  put(file, "/one", H5T_IEEE_F64LE, 0, NULL, densities);
  H5Fclose(file);
  refused("ill.h5", "/good", K,
          "/good: has 6 numbers; expected 4, one for each coordinate of K of "
          "weight");
  refused("ill.h5", "/more", C,
          "/more: the density at C = 3 is 1.25; expected 0 to 1");
  refused("ill.h5", "/less", C, "the density at C = 1 is -0.5");
  refused("ill.h5", "/none", C, "the density at C = 2 is nan");
  refused("ill.h5", "/whole", C, "holds uint8 (dense), expected floating");
  refused("ill.h5", "/table", C, "has shape 2 x 3, expected one axis");
  refused("ill.h5", "/one", C, "/one: has 0 axes");
  refused("ill.h5", "/other", C, "/other");
  file_write("text.h5", "no vector");
  refused("text.h5", "/good", C, "text.h5");
}

/* Bytes of the file are spoiled: it is read, or refused with a message. */
static void spoiled_files_do_no_harm(void **state) {
  (void)state;
  uint64_t random = environment_number("TACET_SEED", 15);
  const uint64_t cases = environment_number("TACET_CASES", 60);
  const hsize_t six = 6;
  const hid_t file = mask_file_make("whole.h5");
  put(file, "/d", H5T_IEEE_F64LE, 1, &six, densities);
  H5Fclose(file);
  static char bytes[1 << 16];
  FILE *in = fopen(scratch_path("whole.h5"), "rb");
  const size_t size = fread(bytes, 1, sizeof bytes, in);
  fclose(in);
  for (uint64_t i = 0; i < cases; i++) {
    FILE *out = fopen(scratch_path("spoiled.h5"), "wb");
    const size_t at = (size_t)random_between(&random, 0, (int64_t)size - 1);
    const char good = bytes[at];
    bytes[at] = (char)next_random(&random);
    fwrite(bytes, 1, i % 4 ? size : at, out);
    fclose(out);
    bytes[at] = good;
    double *density;
    tacet_error error = {0};
    if (read_from("spoiled.h5", "/d", C, &density, &error))
      assert_true(error.message[0] != '\0');
    free(density);
  }
}

/* ---- profiles ----------------------------------------------------------- */

/* What a profile is worth: the report of a run with it. */
static char *report_of(const char *profile) {
  char command[256];
  snprintf(command, sizeof command,
           "run -n network.yaml -a thrifty.yaml --layer L1 -p %s --format csv",
           profile);
  return program_output(command);
}

static void masks_become_vectors_and_back(void **state) {
  (void)state;
  static const char *const ranks[] = {"C", "K", "R"};
  free(program_output("mask make -n network.yaml -o w.h5 --kind uniform "
                      "--density 0.4 --layer L1"));
  for (int i = 0; i < 3; i++) {
    char command[128];
    snprintf(command, sizeof command, "mask profile w.h5 --by %s -o list.yaml",
             ranks[i]);
    free(program_output(command));
    snprintf(command, sizeof command,
             "mask profile w.h5 --by %s --vectors v.h5 -o vectors.yaml",
             ranks[i]);
    free(program_output(command));
    char *profile = file_read("vectors.yaml");
    assert_non_null(strstr(profile, "file: \"v.h5\""));
    assert_non_null(strstr(profile, "dataset: \"/L1/weight_density\""));
    assert_null(strstr(profile, "densities"));
    free(profile);
    char *listed = report_of("list.yaml"), *stored = report_of("vectors.yaml");
    assert_string_equal(listed, stored);
    free(listed);
    free(stored);
  }
  free(program_output("mask profile w.h5 --by X -o mean.yaml"));
  char *mean = file_read("mean.yaml"); /* no rank X */
  assert_non_null(strstr(mean, "weight: 0."));
  free(mean);
}

static void a_profile_names_one_place_of_densities(void **state) {
  (void)state;
  file_write("both.yaml", "tacet: 1\nprofile: both\nlayers:\n  L1:\n"
                          "    density: {weight: {along: C, file: v.h5, "
                          "densities: [1]}}\n");
  ran r = program_run("run -n network.yaml -a thrifty.yaml -p both.yaml");
  check_refused(&r, 1, "densities and a file of them; expected one");
  file_write("where.yaml", "tacet: 1\nprofile: where\nlayers:\n  L1:\n"
                           "    density: {weight: {along: C, file: none.h5, "
                           "dataset: /d}}\n");
  r = program_run("run -n network.yaml -a thrifty.yaml -p where.yaml");
  check_refused(&r, 1, "none.h5");
  r = program_run("mask profile w.h5 --by CK");
  check_refused(&r, 2, "--by is \"CK\"; expected one letter");
  r = program_run("mask profile w.h5 --vectors x/v.h5 -o y/p.yaml");
  check_refused(&r, 2, "expected a file in the folder of y/p.yaml");
}

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_float_is_read),
      cmocka_unit_test(what_is_no_vector_is_refused),
      cmocka_unit_test(spoiled_files_do_no_harm),
      cmocka_unit_test(masks_become_vectors_and_back),
      cmocka_unit_test(a_profile_names_one_place_of_densities),
  };
  return cmocka_run_group_tests(tests, files_make, scratch_remove);
}
