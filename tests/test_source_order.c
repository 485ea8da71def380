/* Contiguous values in the tensor's own order, which several threads turn into
   bits piece by piece: the same mask and count whatever their number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/masks/mask_store.h"
#include "../sparse/files/source.h"
#include "cases.h"
#include "scratch.h"

/* Four pieces of packed bits, 25 of bytes, and neither whole words nor whole
   bytes at the end. */
enum { ROWS = 2099, COLUMNS = 3001, ELEMENTS = ROWS * COLUMNS };
enum { BYTES = ELEMENTS / 8 + 1, WORDS = ELEMENTS / 64 + 1 };

static const tacet_tensor tensor = {
    .name = "weight",
    .ranks = 2,
    .rank = {{.name = "K", .size = ROWS}, {.name = "C", .size = COLUMNS}}};

static unsigned char kept[ELEMENTS]; /* what the files hold, 0 or 1 each */

static void draw(void) {
  uint64_t random = environment_number("TACET_SEED", 11);
  printf("seed %llu\n", (unsigned long long)random);
  for (int64_t i = 0; i < ELEMENTS; i++)
    kept[i] = next_random(&random) % 3 == 0;
}

/* ---- files -------------------------------------------------------------- */

static hid_t write_dataset(hid_t file, hid_t type, int axes,
                           const hsize_t *size, const void *values) {
  const hid_t space = H5Screate_simple(axes, size, NULL);
  const hid_t dataset =
      H5Dcreate2(file, "w", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >=
              0);
  H5Sclose(space);
  return dataset;
}

static void put_text(hid_t dataset, const char *name, const char *text) {
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  H5Tset_size(type, strlen(text));
  const hid_t id =
      H5Acreate2(dataset, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Awrite(id, type, text) >= 0);
  H5Aclose(id);
  H5Sclose(space);
  H5Tclose(type);
}

static void put_shape(hid_t dataset) {
  static const int64_t shape[] = {ROWS, COLUMNS};
  const hid_t space = H5Screate_simple(1, (const hsize_t[]){2}, NULL);
  const hid_t id = H5Acreate2(dataset, "shape", H5T_STD_I64LE, space,
                              H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Awrite(id, H5T_NATIVE_INT64, shape) >= 0);
  H5Aclose(id);
  H5Sclose(space);
}

/* Each element is `bytes` bytes, of which one alone is not zero if kept. */
static void write_values(hid_t file, hid_t type, int bytes) {
  static const hsize_t size[] = {ROWS, COLUMNS};
  unsigned char *values = calloc(ELEMENTS, (size_t)bytes);
  assert_non_null(values);
  for (int64_t i = 0; i < ELEMENTS; i++)
    values[i * bytes + i % bytes] = (unsigned char)(kept[i] * 0x41);
  H5Dclose(write_dataset(file, type, 2, size, values));
  free(values);
}

static void write_packed(hid_t file, const char *order) {
  static const hsize_t size[] = {BYTES};
  const bool big = strcmp(order, "big") == 0;
  unsigned char *bytes = calloc(BYTES, 1);
  assert_non_null(bytes);
  for (int64_t i = 0; i < ELEMENTS; i++)
    bytes[i / 8] =
        (unsigned char)(bytes[i / 8] | kept[i] << (big ? 7 - i % 8 : i % 8));
  const hid_t dataset = write_dataset(file, H5T_STD_U8LE, 1, size, bytes);
  put_text(dataset, "format", TACET_BITS_FORMAT);
  put_text(dataset, "bitorder", order);
  put_shape(dataset);
  H5Dclose(dataset);
  free(bytes);
}

/* ---- reading ------------------------------------------------------------ */

static void check(int workers) {
  static uint64_t bits[WORDS];
  memset(bits, 0, sizeof bits);
  tacet_target target = {.tensor = &tensor,
                         .layout = "KC",
                         .file = scratch_path("f.h5"),
                         .bits = bits,
                         .workers = workers};
  tacet_error error = {0};
  if (tacet_source_read(&target, "/w", &error)) fail_msg("%s", error.message);
  int64_t ones = 0;
  for (int64_t i = 0; i < ELEMENTS; i++) {
    ones += kept[i];
    if ((bits[i / 64] >> (i % 64) & 1) != kept[i])
      fail_msg("element %lld, %d workers", (long long)i, workers);
  }
  assert_int_equal(bits[WORDS - 1] >> ELEMENTS % 64, 0);
  assert_int_equal(target.ones, ones);
}

static void check_all(hid_t file) {
  H5Fclose(file);
  for (int workers = 1; workers < 8; workers += 2) check(workers);
}

static hid_t new_file(void) {
  return H5Fcreate(scratch_path("f.h5"), H5F_ACC_TRUNC, H5P_DEFAULT,
                   H5P_DEFAULT);
}

static void same_mask(void **state) {
  (void)state;
  const hid_t type[] = {H5T_STD_U8LE, H5T_STD_I16BE, H5T_STD_U32LE};
  const char *const order[] = {"little", "big"};
  draw();
  for (int t = 0; t < 3; t++) {
    const hid_t file = new_file();
    write_values(file, type[t], 1 << t);
    check_all(file);
  }
  for (int o = 0; o < 2; o++) {
    const hid_t file = new_file();
    write_packed(file, order[o]);
    check_all(file);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(same_mask)};
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
