/* Files of every kind that are broken, lie or mean harm: each is one clear
   line that names the file, and none takes long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../sparse/masks/mask.h"
#include "../sparse/masks/weights.h"
#include "scratch.h"

/* The tensor that every test wants: weight[K=4, C=6]. */
static const tacet_tensor tensor = {
    .name = "weight",
    .ranks = 3,
    .rank = {{.name = "G", .size = 1},
             {.name = "K", .size = 4},
             {.name = "C", .size = 6}},
};

static void write_bytes(const char *text, size_t size) {
  FILE *file = fopen(scratch_path("f"), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, size, file), size);
  fclose(file);
}

static void check(const char *dataset, const char *layout, const char *says) {
  const tacet_mask_source source = {
      .file = scratch_path("f"), .dataset = dataset, .layout = layout};
  tacet_mask mask;
  tacet_error error = {0};
  char text[1200];
  const tacet_status status = tacet_mask_read(&mask, &tensor, &source, &error);
  tacet_error_text(&error, text, sizeof text);
  tacet_mask_free(&mask);
  if (!status || !strstr(text, says))
    printf("expected: %s\n   found: %s\n", says, text);
  assert_int_equal(status, error.status);
  assert_true(status != TACET_OK);
  assert_non_null(strstr(text, says));
  assert_null(strchr(text, '\n'));
  assert_int_equal(tacet_exit_code(status), 1);
}

static void refused(const char *text, size_t size, const char *says) {
  write_bytes(text, size);
  check(NULL, "KC", says);
}

static void broken_texts(void **state) {
  (void)state;
  static const struct {
    const char *text, *says;
  } texts[] = {
      /* DLMC */
      {"4, 6, 3\n0 1 1 2 3\n0 5 6\n", "f:3: column 6 of row 3 is beyond the 6"},
      {"4, 6, 3\n0 1 1 2 2\n0 5 5\n", "f:2: the rows end at entry 2, but there "
                                      "are 3"},
      {"4, 6, 3\n0 2 1 2 3\n0 5 5\n",
       "f:2: offset 1 of row 2 is not in 2 .. 3"},
      {"4, 6, 3\n1 1 1 2 3\n0 5 5\n", "f:2: the first row begins at 1, not"},
      {"4, 6, 3\n0 1 1 2 9\n0 5 5\n", "offset 9 of row 4 is not in 2 .. 3"},
      {"4, 6, 3\n0 1 1 2 3\n0 5\n", "f:4: the file ends before a column"},
      {"4, 6, 3\n0 1 1 2 3\n0 5 5 5\n", "expected the end of the file, found"},
      {"4, 6, 3\n0 2 2 2 3\n5 5 5\n", "1 entries are stored more than once"},
      {"4, 6, 3\n0 1 1 2 3\n0 -5 5\n", "expected a column, found '-'"},
      {"4, 6, 3\n0 1 1 2 3\n0 5x 5\n", "expected a column, found 'x'"},
      {"4, 6, 99999999999999999999\n", "the entries does not fit 64 bits"},
      {"4, 6, 1000000000000\n0\n", "says it has 4 rows and 1000000000000 "
                                   "entries, but is only"},
      {"999999999999, 6, 1\n0\n", "says it has 999999999999 rows"},
      {"4, 5, 3\n0 1 1 2 3\n0 4 4\n", "has shape 4 x 5, expected 4 x 6 (KC)"},
      {"2, 3, 0\n", "has shape 2 x 3, expected 4 x 6 (KC)"},
      /* MatrixMarket */
      {"%%MatrixMarket vector coordinate real general\n", "unknown object"},
      {"%%MatrixMarket matrix coordinate quaternion general\n",
       "f:1: unknown field \"quaternion\""},
      {"%%MatrixMarket matrix array pattern general\n4 6\n",
       "an array cannot be a pattern"},
      {"%%MatrixMarket matrix coordinate real symmetric\n4 6 0\n",
       "is symmetric, but 4 x 6"},
      {"%%MatrixMarket matrix coordinate pattern general\n4 6 1\n0 1\n",
       "f:3: row 0 is not in 1 .. 4"},
      {"%%MatrixMarket matrix coordinate pattern general\n4 6 1\n4 7\n",
       "column 7 is not in 1 .. 6"},
      {"%%MatrixMarket matrix coordinate real general\n4 6 1\n4 6 1.0x\n",
       "f:3: expected a number"},
      {"%%MatrixMarket matrix coordinate pattern general\n4 6 2\n4 6\n4 6\n",
       "1 entries are stored more than once"},
      {"%%MatrixMarket matrix coordinate pattern general\n4 6 2\n4 6\n",
       "the file ends before row"},
      {"%%MatrixMarket matrix coordinate pattern general\n4 6 1\n4 6\n1 1\n",
       "expected the end of the file"},
      {"%%MatrixMarket matrix array real general\n4 6\n1 2 3\n",
       "the file ends before a value"},
      /* 0/1 text */
      {"0101", "has shape 4, expected 4 x 6 (KC)"},
      /* safetensors */
      {"\x02\0\0\0\0\0\0\0{}", "holds no arrays"},
      {"\x03\0\0\0\0\0\0\0{{}", "its head is no JSON object"},
      {"\x0c\0\0\0\0\0\0\0{\"a\":1,\"a\":2}", "its head is no JSON object"},
      /* what it is not */
      {"PK\3\4", "is a ZIP archive (.keras, .npz and .pt are)"},
      {"tacet: 1\n", "is of no known kind; expected HDF5"},
      {"", "is empty"},
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    size_t size = strlen(texts[i].text);
    if (size == 1) size = 8 + (size_t)texts[i].text[0]; /* safetensors */
    refused(texts[i].text, size, texts[i].says);
  }
}

static void refused_npy(const char *head, size_t values, const char *says) {
  char text[256] = "\x93NUMPY\x01";
  const size_t length = strlen(head);
  text[8] = (char)length;
  memcpy(text + 10, head, length);
  refused(text, 10 + length + values, says);
}

static void broken_npy(void **state) {
  (void)state;
  refused_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 6), }", 95,
              "its head announces 96 bytes of values, but 95 follow");
  refused_npy("{'descr': '|O', 'fortran_order': False, 'shape': (4, 6), }", 96,
              "its type is '|O'");
  refused_npy("{'descr': '<c8', 'fortran_order': False, 'shape': (4, 6), }", 96,
              "its type is '<c8'");
  refused_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4, -6), }",
              96, "its head is not that of a NumPy array");
  refused_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 6", 96,
              "its head is not that of a NumPy array");
  refused_npy("{'descr': '<f4', 'fortran_order': False, 'shape': () }", 4,
              "is a single number");
  refused_npy("{'descr': '<f8', 'fortran_order': False, "
              "'shape': (4294967296, 4294967296) }",
              4, "its size overflows 64 bits");
  refused("\x93NUMPY\x09\0\0\0\0\0", 12, "is of version 9, expected 1 to 3");
  refused("\x93NUMPY\x02\0\xff\xff\xff\xff", 12,
          "its head is longer than 4095");
}

static void refused_safetensors(const char *head, size_t values,
                                const char *says) {
  char text[400] = "";
  const size_t length = strlen(head);
  text[0] = (char)length;
  memcpy(text + 8, head, length);
  write_bytes(text, 8 + length + values);
  check("w", "KC", says);
}

static void broken_safetensors(void **state) {
  (void)state;
  refused_safetensors(
      "{\"w\":{\"dtype\":\"U8\",\"shape\":[4,6],\"data_offsets\":[0,24]}}", 23,
      "w: its values are bytes 0 .. 24, expected 24 bytes within the 23");
  refused_safetensors(
      "{\"w\":{\"dtype\":\"U8\",\"shape\":[4,6],\"data_offsets\":[-1,23]}}", 24,
      "w: its values are bytes -1 .. 23");
  refused_safetensors(
      "{\"w\":{\"dtype\":\"U8\",\"shape\":[4,6],\"data_offsets\":[0,23]}}", 24,
      "expected 24 bytes within");
  refused_safetensors(
      "{\"w\":{\"dtype\":\"C64\",\"shape\":[4,6],\"data_offsets\":[0,24]}}", 24,
      "w: its dtype is not supported");
  refused_safetensors("{\"w\":{\"dtype\":\"U8\",\"shape\":[4.5,6]}}", 24,
                      "w: a size is no whole number");
  refused_safetensors("{\"w\":{\"dtype\":\"U8\",\"shape\":"
                      "[4294967296,4294967296],\"data_offsets\":[0,0]}}",
                      24, "its size overflows 64 bits");
  refused_safetensors("{\"v\":{\"dtype\":\"U8\",\"shape\":[1]}}", 24,
                      "has no tensor \"w\"");
}

/* ---- HDF5 --------------------------------------------------------------- */

static hid_t make_file(void) {
  return H5Fcreate(scratch_path("f"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
}

static void put(hid_t at, const char *name, hid_t type, hsize_t count,
                const void *values) {
  const hid_t space = H5Screate_simple(1, &count, NULL);
  const hid_t dataset =
      H5Dcreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >=
              0);
  H5Dclose(dataset);
  H5Sclose(space);
}

static void put_text(hid_t at, const char *name, const char *text) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, strlen(text) + 1);
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t id = H5Acreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(id, type, text);
  H5Aclose(id);
  H5Sclose(space);
  H5Tclose(type);
}

static void put_shape(hid_t at, int64_t rows, int64_t columns) {
  const hsize_t two = 2;
  const hid_t space = H5Screate_simple(1, &two, NULL);
  const hid_t id =
      H5Acreate2(at, "shape", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(id, H5T_NATIVE_INT64, (const int64_t[]){rows, columns});
  H5Aclose(id);
  H5Sclose(space);
}

/* A CSR group of three entries, some of it wrong. */
static void check_csr(const int64_t pointers[5], const int64_t indices[3],
                      hsize_t values, const char *says) {
  const hid_t file = make_file();
  const hid_t group =
      H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  put(group, "indptr", H5T_STD_I64LE, 5, pointers);
  put(group, "indices", H5T_STD_I64LE, 3, indices);
  put(group, "data", H5T_IEEE_F32LE, values, (const float[]){1, 2, 3, 4});
  put_text(group, "encoding-type", "csr_matrix");
  put_shape(group, 4, 6);
  H5Gclose(group);
  H5Fclose(file);
  check("g", "KC", says);
}

static void broken_csr(void **state) {
  (void)state;
  static const int64_t good[] = {0, 1, 1, 2, 3}, places[] = {0, 5, 5};
  check_csr((const int64_t[]){0, 2, 1, 2, 3}, places, 3,
            "g: indptr falls from 2 to 1");
  check_csr((const int64_t[]){0, 1, 1, 2, 2}, places, 3,
            "g: indptr goes from 0 to 2, expected 0 to 3");
  check_csr((const int64_t[]){0, 1, 1, 2, INT64_MAX}, places, 3,
            "indptr: number 4 is 9223372036854775807, not in 0 .. 3");
  check_csr((const int64_t[]){0, 1, 1, 2, -3}, places, 3, "is -3, not in");
  check_csr(good, (const int64_t[]){0, 5, 6}, 3,
            "indices: number 2 is 6, not in 0 .. 5");
  check_csr((const int64_t[]){0, 0, 0, 0, 3}, places, 3,
            "1 entries are stored more than once");
  check_csr(good, places, 4, "indices has 3 numbers, expected 4");
}

static void broken_binsparse(void **state) {
  (void)state;
  static const struct {
    const char *json, *says;
  } ways[] = {
      {"{", "its attribute binsparse is no JSON"},
      {"{}", "is of a version other than 0.1"},
      {"{\"binsparse\":{\"version\":\"0.2\"}}", "is of a version other than"},
      {"{\"binsparse\":{\"version\":\"0.1\",\"format\":\"XYZ\"}}",
       "names no known format"},
      {"{\"binsparse\":{\"version\":\"0.1\",\"format\":\"CSR\",\"shape\":[4]}}",
       "has no shape of as many sizes as axes"},
      {"{\"binsparse\":{\"version\":\"0.1\",\"format\":\"CSR\",\"shape\":[4,6],"
       "\"fill\":true}}",
       "gives a fill value"},
      {"{\"binsparse\":{\"version\":\"0.1\",\"format\":\"CSR\",\"shape\":[4,6],"
       "\"structure\":\"symmetric_lower\"}}",
       "calls a matrix symmetric that is not square"},
      {"{\"binsparse\":{\"version\":\"0.1\",\"format\":\"CSR\",\"shape\":[4,6],"
       "\"number_of_stored_values\":1e3}}",
       "has no number_of_stored_values"},
      {"{\"binsparse\":{\"version\":\"0.1\",\"format\":\"CSR\",\"shape\":[4,6],"
       "\"number_of_stored_values\":3}}",
       "the file has no /g/values"},
  };
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    const hid_t file = make_file();
    const hid_t group =
        H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put_text(group, "binsparse", ways[i].json);
    H5Gclose(group);
    H5Fclose(file);
    check("/g", "KC", ways[i].says);
  }
}

static void check_bits(const char *order, int64_t rows, hsize_t bytes,
                       unsigned char last, const char *says) {
  const hid_t file = make_file();
  const unsigned char bits[] = {1, 2, last, 0};
  put(file, "b", H5T_STD_U8LE, bytes, bits);
  const hid_t dataset = H5Dopen2(file, "b", H5P_DEFAULT);
  put_text(dataset, "format", "tacet-bits-1");
  put_text(dataset, "bitorder", order);
  put_shape(dataset, rows, 6);
  H5Dclose(dataset);
  H5Fclose(file);
  check("b", "KC", says);
}

static void broken_bits(void **state) {
  (void)state;
  check_bits("middle", 4, 3, 0, "bitorder is \"middle\", expected little or");
  check_bits("little", 4, 4, 0, "is not the 3 bytes of 24 packed bits");
  check_bits("little", 0, 3, 0, "its shape is not possible");
  check_bits("little", INT64_MAX, 3, 0, "its shape is not possible");
  check_bits("little", 5, 4, 0, "has shape 5 x 6, expected 4 x 6");
}

/* 2^60 values that were never written, and a ring of groups: the list ends. */
static void lists_end(void **state) {
  (void)state;
  const hid_t file = make_file();
  const hid_t group =
      H5Gcreate2(file, "a", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_hard(file, "/", group, "up", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_hard(file, "/a", group, "again", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/a", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external("/etc/hostname", "/", file, "out", H5P_DEFAULT,
                     H5P_DEFAULT);
  put(group, "w", H5T_STD_U8LE, 2, "ab");
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, 1, (const hsize_t[]){1 << 20});
  const hid_t space = H5Screate_simple(1, (const hsize_t[]){1ULL << 60}, NULL);
  H5Dclose(H5Dcreate2(file, "vast", H5T_STD_U8LE, space, H5P_DEFAULT, creation,
                      H5P_DEFAULT));
  H5Sclose(space);
  H5Pclose(creation);
  H5Gclose(group);
  H5Fclose(file);
  tacet_listing *listing;
  tacet_error error = {0};
  assert_int_equal(
      tacet_listing_read(&listing, scratch_path("f"), NULL, &error), TACET_OK);
  assert_int_equal(listing->count, 1);
  assert_string_equal(listing->array[0].name, "/a/w");
  assert_int_equal(listing->others, 3);
  tacet_listing_free(listing);
  check("vast", "KC",
        "announces 1152921504606846976 bytes of values, but "
        "stores 0");
}

/* As HDF5 locks what it writes. */
static void locked_by_a_writer(void **state) {
  (void)state;
  H5Fclose(make_file());
  const int file = open(scratch_path("f"), O_RDWR);
  assert_int_equal(flock(file, LOCK_EX), 0);
  check("w", "KC", "a program that writes it still has it open");
  close(file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(broken_texts),
      cmocka_unit_test(broken_npy),
      cmocka_unit_test(broken_safetensors),
      cmocka_unit_test(broken_csr),
      cmocka_unit_test(broken_binsparse),
      cmocka_unit_test(broken_bits),
      cmocka_unit_test(lists_end),
      cmocka_unit_test(locked_by_a_writer),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
