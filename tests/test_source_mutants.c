/* HDF5 files with bytes changed at random, in the old and the new library
   format: each gives a mask or one line of error, soon, and this process goes
   on. TACET_CASES sets how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../sparse/masks/mask_store.h"
#include "../sparse/masks/weights.h"
#include "cases.h"
#include "scratch.h"

enum {
  ROWS = 12,
  COLUMNS = 20,
  WIDE = 8192, /* columns of a dataset whose chunks are inflated here */
  SEEDS = 7,
  LARGEST = 1 << 16
};

typedef struct seed {
  const char *dataset;
  int64_t columns;
  size_t size;
  unsigned char bytes[LARGEST];
} seed;

/* ---- seeds -------------------------------------------------------------- */

static hid_t boolean_type(void) {
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  H5Tenum_insert(type, "FALSE", &(signed char){0});
  H5Tenum_insert(type, "TRUE", &(signed char){1});
  return type;
}

static void put(hid_t at, const char *name, hid_t type, int axes,
                const hsize_t *size, bool gzip, const void *values) {
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  if (gzip) {
    H5Pset_chunk(creation, axes, (const hsize_t[]){5, 7});
    H5Pset_shuffle(creation);
    H5Pset_deflate(creation, 4);
    H5Pset_fletcher32(creation);
  }
  const hid_t space = H5Screate_simple(axes, size, NULL);
  const hid_t dataset =
      H5Dcreate2(at, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >=
              0);
  H5Dclose(dataset);
  H5Sclose(space);
  H5Pclose(creation);
}

static void put_text(hid_t at, const char *name, const char *text,
                     bool variable) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, variable ? H5T_VARIABLE : strlen(text));
  const hid_t space = H5Screate_simple(1, (const hsize_t[]){1}, NULL);
  const hid_t id = H5Acreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(id, type, variable ? (const void *)&text : text);
  H5Aclose(id);
  H5Sclose(space);
  H5Tclose(type);
}

static void put_csr(hid_t group) {
  int64_t pointer[ROWS + 1], place[2 * ROWS];
  float value[2 * ROWS];
  for (int row = 0; row <= ROWS; row++) pointer[row] = 2 * row;
  for (int i = 0; i < 2 * ROWS; i++) {
    place[i] = 9 * (i % 2) + i / 2 % 9;
    value[i] = (float)i + 1;
  }
  const bool json = H5Aexists(group, "binsparse") > 0;
  put(group, json ? "pointers_to_1" : "indptr", H5T_STD_I64LE, 1,
      (const hsize_t[]){ROWS + 1}, false, pointer);
  put(group, json ? "indices_1" : "indices", H5T_STD_I64LE, 1,
      (const hsize_t[]){2 * ROWS}, false, place);
  put(group, json ? "values" : "data", H5T_IEEE_F32LE, 1,
      (const hsize_t[]){2 * ROWS}, false, value);
}

/* Chunks of 64 KiB, shuffled. */
static void put_wide(hid_t group) {
  static float values[ROWS * WIDE];
  for (int i = 0; i < ROWS * WIDE; i++) values[i] = i % 3 == 0 ? 0.5F : 0.0F;
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, 2, (const hsize_t[]){2, WIDE});
  H5Pset_shuffle(creation);
  H5Pset_deflate(creation, 4);
  const hid_t space = H5Screate_simple(2, (const hsize_t[]){ROWS, WIDE}, NULL);
  const hid_t dataset = H5Dcreate2(group, "w", H5T_IEEE_F32LE, space,
                                   H5P_DEFAULT, creation, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       values) >= 0);
  H5Dclose(dataset);
  H5Sclose(space);
  H5Pclose(creation);
}

static void fill(hid_t file, hid_t group, int kind) {
  static const hsize_t size[] = {ROWS, COLUMNS};
  float values[ROWS * COLUMNS];
  signed char flags[ROWS * COLUMNS];
  for (int i = 0; i < ROWS * COLUMNS; i++) {
    flags[i] = i % 3 == 0;
    values[i] = i % 3 == 0 ? 0.5F : 0.0F;
  }
  const hid_t boolean = boolean_type();
  switch (kind) {
  case 0: put(group, "w", boolean, 2, size, false, flags); break;
  case 1: put(group, "w", H5T_IEEE_F32LE, 2, size, true, values); break;
  case 2:
    put_text(group, "encoding-type", "csr_matrix", true);
    put_csr(group);
    break;
  case 3:
    put_text(group, "binsparse",
             "{\"binsparse\":{\"version\":\"0.1\",\"format\":\"CSR\",\"shape\":"
             "[12,20],\"number_of_stored_values\":24,\"data_types\":{}}}",
             true);
    put_csr(group);
    break;
  case 4:
    put_text(file, "layer_names", "g", false);
    put_text(group, "weight_names", "w", true);
    put(group, "w", H5T_IEEE_F32LE, 2, size, false, values);
    break;
  case 6: put_wide(group); break;
  default: {
    put(group, "w", H5T_STD_U8LE, 1, (const hsize_t[]){30}, false, flags);
    const hid_t dataset = H5Dopen2(group, "w", H5P_DEFAULT);
    put_text(dataset, "format", TACET_BITS_FORMAT, true);
    put_text(dataset, "bitorder", "little", true);
    H5Dclose(dataset);
  }
  }
  H5Tclose(boolean);
}

static void put_shape(hid_t group, int kind) {
  const hid_t at = kind == 5 ? H5Dopen2(group, "w", H5P_DEFAULT) : group;
  const hid_t space = H5Screate_simple(1, (const hsize_t[]){2}, NULL);
  const hid_t id =
      H5Acreate2(at, "shape", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(id, H5T_NATIVE_INT64, (const int64_t[]){ROWS, COLUMNS});
  H5Aclose(id);
  H5Sclose(space);
  if (kind == 5) H5Dclose(at);
}

static void make_seed(seed *s, int kind, bool latest) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (latest)
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  const hid_t file =
      H5Fcreate(scratch_path("seed"), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  const hid_t group =
      H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  fill(file, group, kind);
  if (kind == 2 || kind == 5) put_shape(group, kind);
  H5Gclose(group);
  H5Fclose(file);
  H5Pclose(access);
  FILE *stream = fopen(scratch_path("seed"), "rb");
  assert_non_null(stream);
  s->size = fread(s->bytes, 1, LARGEST, stream);
  s->columns = kind == 6 ? WIDE : COLUMNS;
  s->dataset = kind == 2 || kind == 3 ? "/g" : "/g/w";
  fclose(stream);
}

/* ---- mutants ------------------------------------------------------------ */

/* One to eight bytes at random places, or a run of them, or an end too soon. */
static size_t mutate(unsigned char *bytes, size_t size, uint64_t *random) {
  const int64_t changes = random_between(random, 0, 8);
  if (changes == 0) return (size_t)random_between(random, 0, (int64_t)size);
  int64_t at = random_between(random, 0, (int64_t)size - 9);
  for (int64_t i = 0; i < changes; i++) {
    bytes[at] = (unsigned char)next_random(random);
    at = changes % 2 ? at + 1 : random_between(random, 0, (int64_t)size - 9);
  }
  return size;
}

static void write_bytes(const unsigned char *bytes, size_t size) {
  FILE *stream = fopen(scratch_path("mutant"), "wb");
  assert_non_null(stream);
  assert_int_equal(fwrite(bytes, 1, size, stream), size);
  fclose(stream);
}

static void check_error(tacet_status status, const tacet_error *error) {
  char text[1200];
  if (!status) return;
  tacet_error_text(error, text, sizeof text);
  assert_int_equal(tacet_exit_code(status), 1);
  assert_non_null(strstr(text, "mutant"));
  for (const char *c = text; *c; c++) assert_true((unsigned char)*c >= ' ');
}

/* Processor time, which other programs do not lengthen. */
static double seconds_of_children(void) {
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* True if a mask came out of it. */
static bool read_mutant(const seed *s) {
  const tacet_tensor tensor = {
      .name = "weight",
      .ranks = 2,
      .rank = {{.name = "K", .size = ROWS}, {.name = "C", .size = s->columns}}};
  const tacet_mask_source source = {
      .file = scratch_path("mutant"), .dataset = s->dataset, .layout = "KC"};
  tacet_mask mask;
  tacet_error error = {0};
  const double begin = seconds_of_children();
  const tacet_status status = tacet_mask_read(&mask, &tensor, &source, &error);
  check_error(status, &error);
  tacet_mask_free(&mask);
  tacet_listing *listing;
  tacet_error list_error = {0};
  check_error(
      tacet_listing_read(&listing, scratch_path("mutant"), NULL, &list_error),
      &list_error);
  tacet_listing_free(listing);
  const double took = seconds_of_children() - begin;
  if (took > 1) printf("%.1f s, then: %s\n", took, error.message);
  assert_true(took < 6); /* two processes of at most 2 s, and what it takes */
  return !status;
}

static void mutants(void **state) {
  (void)state;
  static seed seeds[2 * SEEDS];
  static unsigned char bytes[LARGEST];
  uint64_t random = environment_number("TACET_SEED", 47);
  const uint64_t cases = environment_number("TACET_CASES", 300);
  printf("seed %llu\n", (unsigned long long)random);
  for (int i = 0; i < 2 * SEEDS; i++) {
    make_seed(&seeds[i], i / 2, i % 2);
    write_bytes(seeds[i].bytes, seeds[i].size);
    assert_true(read_mutant(&seeds[i]));
  }
  int64_t read = 0;
  for (uint64_t i = 0; i < cases; i++) {
    const seed *s = &seeds[i % (2 * SEEDS)];
    memcpy(bytes, s->bytes, s->size);
    write_bytes(bytes, mutate(bytes, s->size, &random));
    read += read_mutant(s);
  }
  printf("%lld of %llu gave a mask\n", (long long)read,
         (unsigned long long)cases);
  assert_true(read > 0 && read < (int64_t)cases);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(mutants)};
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
