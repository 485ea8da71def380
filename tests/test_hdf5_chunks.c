/* Chunks that are inflated here: the same mask as HDF5 gives, whatever the
   type, the filters, the chunks and the number of workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/masks/mask.h"
#include "../sparse/files/source.h"
#include "cases.h"
#include "scratch.h"

/* Three axes, none a multiple of its chunk. */
enum { LAYERS = 5, ROWS = 203, COLUMNS = 301 };
enum { ELEMENTS = LAYERS * ROWS * COLUMNS };

static const hsize_t size[] = {LAYERS, ROWS, COLUMNS};
static const tacet_tensor tensor = {.name = "weight",
                                    .ranks = 3,
                                    .rank = {{.name = "G", .size = LAYERS},
                                             {.name = "K", .size = ROWS},
                                             {.name = "C", .size = COLUMNS}}};

typedef struct filters {
  bool shuffle, deflate, checksum;
} filters;

/* The first element of width bytes is nonzero in one of them. */
static void fill(unsigned char *values, int width, uint64_t *random) {
  memset(values, 0, (size_t)ELEMENTS * (size_t)width);
  for (int64_t i = 0; i < ELEMENTS; i++)
    if (random_between(random, 0, 9) == 0)
      values[i * width + random_between(random, 0, width - 1)] = 0x41;
}

static hid_t create(hid_t file, hid_t type, const filters *with,
                    const hsize_t *chunk) {
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, 3, chunk);
  if (with->shuffle) H5Pset_shuffle(creation);
  if (with->deflate) H5Pset_deflate(creation, 4);
  if (with->checksum) H5Pset_fletcher32(creation);
  const hid_t space = H5Screate_simple(3, size, NULL);
  const hid_t dataset =
      H5Dcreate2(file, "w", type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  H5Sclose(space);
  H5Pclose(creation);
  assert_true(dataset >= 0);
  return dataset;
}

/* Writes the layers before `layers`; the others' chunks are never stored. */
static void write_layers(hid_t dataset, hid_t type, const void *values,
                         hsize_t layers) {
  const hsize_t start[3] = {0}, count[] = {layers, ROWS, COLUMNS};
  const hid_t space = H5Dget_space(dataset);
  const hid_t box = H5Screate_simple(3, count, NULL);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
  assert_true(H5Dwrite(dataset, type, box, space, H5P_DEFAULT, values) >= 0);
  H5Sclose(box);
  H5Sclose(space);
}

static bool is_kept(const unsigned char *value, int width) {
  for (int byte = 0; byte < width; byte++)
    if (value[byte]) return true;
  return false;
}

static void read_with(uint64_t *bits, int workers) {
  tacet_target target = {.tensor = &tensor,
                         .layout = "GKC",
                         .file = scratch_path("f.h5"),
                         .bits = bits,
                         .workers = workers};
  tacet_error error = {0};
  memset(bits, 0, (ELEMENTS + 63) / 64 * sizeof *bits);
  const tacet_status status = tacet_source_read(&target, "/w", &error);
  if (status) fail_msg("%s", error.message);
}

static void check(const unsigned char *values, int width, int64_t stored) {
  static uint64_t bits[(ELEMENTS + 63) / 64];
  for (int workers = 1; workers < 6; workers += 2) {
    read_with(bits, workers);
    for (int64_t i = 0; i < ELEMENTS; i++)
      if ((bits[i / 64] >> (i % 64) & 1) !=
          (i < stored && is_kept(values + i * width, width)))
        fail_msg("element %lld, %d workers", (long long)i, workers);
  }
}

static void same_mask(void **state) {
  (void)state;
  static const filters all[] = {{false, false, false},
                                {false, true, false},
                                {true, true, false},
                                {true, true, true},
                                {true, false, false}};
  static const hsize_t chunks[][3] = {
      {1, 203, 301}, {2, 128, 301}, {5, 100, 170}, {1, 7, 9}};
  const hid_t types[] = {H5T_STD_U8LE, H5T_STD_I16BE, H5T_STD_U32LE,
                         H5T_STD_I64LE};
  static unsigned char values[ELEMENTS * 8];
  uint64_t random = environment_number("TACET_SEED", 5);
  printf("seed %llu\n", (unsigned long long)random);
  for (int f = 0; f < 5; f++)
    for (int c = 0; c < 4; c++) {
      const int t = (f + c) % 4, width = 1 << t;
      const hsize_t layers = c % 2 ? LAYERS : LAYERS - 2;
      fill(values, width, &random);
      const hid_t file = H5Fcreate(scratch_path("f.h5"), H5F_ACC_TRUNC,
                                   H5P_DEFAULT, H5P_DEFAULT);
      const hid_t dataset = create(file, types[t], &all[f], chunks[c]);
      write_layers(dataset, types[t], values, layers);
      H5Dclose(dataset);
      H5Fclose(file);
      check(values, width, (int64_t)layers * ROWS * COLUMNS);
    }
}

/* A chunk may say that it does without the filters of its dataset. */
static void unfiltered_chunk(void **state) {
  (void)state;
  static unsigned char values[ELEMENTS];
  static const hsize_t chunk[] = {1, ROWS, COLUMNS}, first[3] = {0};
  const filters gzip = {.deflate = true};
  uint64_t random = 3;
  fill(values, 1, &random);
  const hid_t file =
      H5Fcreate(scratch_path("f.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t dataset = create(file, H5T_STD_U8LE, &gzip, chunk);
  write_layers(dataset, H5T_STD_U8LE, values, LAYERS);
  assert_true(H5Dwrite_chunk(dataset, H5P_DEFAULT, 1, first, ROWS * COLUMNS,
                             values) >= 0);
  H5Dclose(dataset);
  H5Fclose(file);
  check(values, 1, ELEMENTS);
}

/* Of several broken chunks the first is what the error is about, in any
   order of work; here all say the same. */
static void broken_chunk(void **state) {
  (void)state;
  static unsigned char values[ELEMENTS];
  static const hsize_t chunk[] = {1, ROWS, COLUMNS}, third[3] = {2, 0, 0};
  const filters gzip = {.deflate = true};
  static const unsigned char junk[] = "no deflate stream at all";
  const hid_t file =
      H5Fcreate(scratch_path("f.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t dataset = create(file, H5T_STD_U8LE, &gzip, chunk);
  write_layers(dataset, H5T_STD_U8LE, values, LAYERS);
  assert_true(
      H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, third, sizeof junk, junk) >= 0);
  H5Dclose(dataset);
  H5Fclose(file);
  const tacet_mask_source source = {
      .file = scratch_path("f.h5"), .dataset = "/w", .layout = "GKC"};
  tacet_mask mask;
  tacet_error error = {0};
  assert_int_equal(tacet_mask_read(&mask, &tensor, &source, &error),
                   TACET_BAD_INPUT);
  assert_non_null(strstr(error.message, "/w: cannot read its values"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_mask),
      cmocka_unit_test(unfiltered_chunk),
      cmocka_unit_test(broken_chunk),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
