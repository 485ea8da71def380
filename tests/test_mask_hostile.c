/* Masks from files that are broken, lie or mean harm: each is one clear line
   at the place that names the file, and nothing stays open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../sparse/mask.h"
#include "scratch.h"

/* The tensor that every test wants: weight[K=4, C=6]. */
static const tacet_tensor tensor = {
    .name = "weight",
    .ranks = 3,
    .rank = {{.name = "G", .size = 1},
             {.name = "K", .size = 4},
             {.name = "C", .size = 6}},
};
static const unsigned char ones[24] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                       1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/* ---- reading ------------------------------------------------------------ */

static tacet_error read_source(const tacet_mask_source *source) {
  tacet_mask mask;
  tacet_error error = {0};
  const tacet_status status = tacet_mask_read(&mask, &tensor, source, &error);
  assert_int_equal(status, error.status);
  if (status) assert_null(mask.bits);
  tacet_mask_free(&mask);
  assert_int_equal(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
  return error;
}

static void check_refused(const tacet_mask_source *source,
                          const char *message) {
  const tacet_error error = read_source(source);
  char line[1024];
  tacet_error_text(&error, line, sizeof line);
  if (!strstr(line, message))
    printf("expected: %s\n   found: %s\n", message, line);
  assert_non_null(strstr(line, message));
  assert_null(strchr(line, '\n'));
  assert_int_equal(strncmp(line, "network.yaml:3:7: ", 18), 0);
  assert_int_equal(tacet_exit_code(error.status), 1);
}

static tacet_mask_source source_of(const char *dataset, const char *layout) {
  return (tacet_mask_source){.file = scratch_path("mask.h5"),
                             .dataset = dataset,
                             .layout = layout,
                             .place = {"network.yaml", 3, 7}};
}

static void refused(const char *dataset, const char *layout,
                    const char *message) {
  const tacet_mask_source source = source_of(dataset, layout);
  check_refused(&source, message);
}

/* ---- writing ------------------------------------------------------------ */

static hid_t create_file(const char *name) {
  const hid_t file =
      H5Fcreate(scratch_path(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(file >= 0);
  return file;
}

/* A dataset without values; takes over type, space and creation. */
static void add(hid_t file, const char *name, hid_t type, hid_t space,
                hid_t creation) {
  const hid_t dataset =
      H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  assert_true(dataset >= 0);
  H5Dclose(dataset);
  H5Tclose(type);
  H5Sclose(space);
  if (creation != H5P_DEFAULT) H5Pclose(creation);
}

static hid_t byte_type(void) {
  return H5Tcopy(H5T_STD_U8LE);
}

static hid_t matrix_space(void) {
  return H5Screate_simple(2, (const hsize_t[]){4, 6}, NULL);
}

static void add_bytes(hid_t file, const char *name) {
  add(file, name, byte_type(), matrix_space(), H5P_DEFAULT);
  const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, H5T_STD_U8LE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       ones) >= 0);
  H5Dclose(dataset);
}

static hid_t chunked(void) {
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, 2, (const hsize_t[]){4, 6});
  return creation;
}

/* mask.h5 with /L1/w as it should be, and open. */
static hid_t create_good_file(void) {
  const hid_t file = create_file("mask.h5");
  H5Gclose(H5Gcreate2(file, "L1", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  add_bytes(file, "/L1/w");
  return file;
}

/* ---- the file ----------------------------------------------------------- */

static void good_file_is_read(void **state) {
  (void)state;
  H5Fclose(create_good_file());
  const tacet_mask_source source = source_of("/L1/w", "KC");
  assert_int_equal(read_source(&source).status, TACET_OK);
}

static void missing_file(void **state) {
  (void)state;
  tacet_mask_source source = source_of("/L1/w", "KC");
  source.file = scratch_path("absent.h5");
  check_refused(&source, "absent.h5: cannot be opened: No such file");
}

static void not_a_regular_file(void **state) {
  (void)state;
  tacet_mask_source source = source_of("/L1/w", "KC");
  source.file = scratch_path("pipe");
  assert_int_equal(mkfifo(source.file, 0600), 0);
  check_refused(&source, "pipe: is not a regular file");
  source.file = "/";
  check_refused(&source, "/: is not a regular file");
}

static void truncated_file(void **state) {
  (void)state;
  struct stat about;
  H5Fclose(create_good_file());
  const char *path = scratch_path("mask.h5");
  assert_int_equal(stat(path, &about), 0);
  assert_int_equal(truncate(path, about.st_size / 2), 0);
  refused("/L1/w", "KC", "mask.h5: cannot be read as HDF5: truncated file");
  assert_int_equal(truncate(path, 100), 0);
  refused("/L1/w", "KC", "mask.h5: cannot be read as HDF5: ");
  assert_int_equal(truncate(path, 0), 0);
  refused("/L1/w", "KC", "mask.h5: is empty");
}

static void no_known_kind(void **state) {
  (void)state;
  FILE *file = fopen(scratch_path("mask.h5"), "w");
  assert_non_null(file);
  for (int line = 0; line < 1000; line++) fputs("tacet: 1\n", file);
  fclose(file);
  refused("/L1/w", "KC", "is of no known kind; expected HDF5, NumPy");
}

/* ---- the way to the dataset --------------------------------------------- */

static void paths(void **state) {
  (void)state;
  H5Fclose(create_good_file());
  refused("/L2/w", "KC", "the file has no /L2");
  refused("/L1/weights", "KC", "the file has no /L1/weights");
  refused("/L1", "KC", "is not a dataset");
  refused("/", "KC", "is not a dataset");
  refused("", "KC", "is not a dataset");
  refused("/L1/w/x", "KC", "/L1/w is not a group");
  char name[400];
  memset(name, 'w', sizeof name);
  name[sizeof name - 1] = '\0';
  refused(name, "KC", "a name is too long");
}

static void links(void **state) {
  (void)state;
  H5Fclose(create_good_file());
  assert_int_equal(rename(scratch_path("mask.h5"), scratch_path("other.h5")),
                   0);
  const hid_t file = create_good_file();
  H5Lcreate_soft("/L1/w", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/L1", file, "soft-group", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external(scratch_path("other.h5"), "/L1/w", file, "external",
                     H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external(scratch_path("other.h5"), "/L1", file, "external-group",
                     H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_hard(file, "/L1", file, "/L1/again", H5P_DEFAULT, H5P_DEFAULT);
  H5Fclose(file);
  refused("/soft", "KC", "/soft is a soft link; only hard links");
  refused("/soft-group/w", "KC", "/soft-group is a soft link");
  refused("/external", "KC", "/external is an external link");
  refused("/external-group/w", "KC", "/external-group is an external link");
  const tacet_mask_source cycle = source_of("/L1/again/again/w", "KC");
  assert_int_equal(read_source(&cycle).status, TACET_OK);
}

/* ---- values that are elsewhere, or packed strangely --------------------- */

static void virtual_dataset(void **state) {
  (void)state;
  H5Fclose(create_good_file());
  assert_int_equal(rename(scratch_path("mask.h5"), scratch_path("other.h5")),
                   0);
  const hid_t file = create_file("mask.h5");
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  const hid_t space = matrix_space();
  H5Pset_virtual(creation, space, scratch_path("other.h5"), "/L1/w", space);
  add(file, "w", byte_type(), space, creation);
  H5Fclose(file);
  refused("/w", "KC", "is virtual: its values are in other files");
}

static void external_storage(void **state) {
  (void)state;
  FILE *raw = fopen(scratch_path("raw"), "wb");
  assert_non_null(raw);
  fwrite(ones, sizeof ones, 1, raw);
  fclose(raw);
  const hid_t file = create_file("mask.h5");
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(creation, scratch_path("raw"), 0, sizeof ones);
  add(file, "w", byte_type(), matrix_space(), creation);
  H5Fclose(file);
  refused("/w", "KC", "its values are in other files");
}

static size_t leave_as_is(unsigned flags, size_t count, const unsigned values[],
                          size_t bytes, size_t *size, void **buffer) {
  (void)flags, (void)count, (void)values, (void)size, (void)buffer;
  return bytes;
}

static void unknown_filters(void **state) {
  (void)state;
  static const struct {
    H5Z_filter_t filter;
    const char *message;
  } filters[] = {{32000, "uses filter 32000 (lzf); rewrite the dataset with"},
                 {32001, "uses filter 32001 (blosc)"},
                 {400, "uses filter 400 (unknown)"}};
  const hid_t file = create_file("mask.h5");
  for (int i = 0; i < 3; i++) {
    const H5Z_class2_t registered = {
        .version = H5Z_CLASS_T_VERS,
        .id = filters[i].filter,
        .encoder_present = 1,
        .decoder_present = 1,
        .filter = leave_as_is,
    };
    assert_true(H5Zregister(&registered) >= 0);
    const hid_t creation = chunked();
    H5Pset_filter(creation, filters[i].filter, H5Z_FLAG_MANDATORY, 0, NULL);
    const char name[] = {(char)('a' + i), '\0'};
    add(file, name, byte_type(), matrix_space(), creation);
  }
  H5Fclose(file);
  refused("/a", "KC", filters[0].message);
  refused("/b", "KC", filters[1].message);
  refused("/c", "KC", filters[2].message);
  for (int i = 0; i < 3; i++) H5Zunregister(filters[i].filter);
}

static void broken_chunk(void **state) {
  (void)state;
  const hid_t file = create_file("mask.h5");
  const hid_t creation = chunked();
  H5Pset_deflate(creation, 4);
  add(file, "w", byte_type(), matrix_space(), creation);
  const hid_t dataset = H5Dopen2(file, "w", H5P_DEFAULT);
  const hsize_t first[] = {0, 0};
  assert_true(
      H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, first, sizeof ones, ones) >= 0);
  H5Dclose(dataset);
  H5Fclose(file);
  refused("/w", "KC", "cannot read its values: ");
}

static void huge_chunk(void **state) {
  (void)state;
  const hid_t file = create_file("mask.h5");
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t unlimited[] = {H5S_UNLIMITED, H5S_UNLIMITED};
  H5Pset_chunk(creation, 2, (const hsize_t[]){1 << 14, 1 << 13});
  add(file, "w", byte_type(),
      H5Screate_simple(2, (const hsize_t[]){4, 6}, unlimited), creation);
  H5Fclose(file);
  refused("/w", "KC", "has chunks of more than 64 MiB");
}

/* ---- types -------------------------------------------------------------- */

static hid_t compound_type(void) {
  const hid_t type = H5Tcreate(H5T_COMPOUND, 8);
  H5Tinsert(type, "value", 0, H5T_IEEE_F64LE);
  return type;
}

/* Members first .. last. */
static hid_t enum_type(signed char first, signed char last) {
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  for (signed char value = first; value <= last; value++) {
    const char name[] = {(char)('a' + value), '\0'};
    H5Tenum_insert(type, name, &value);
  }
  return type;
}

static hid_t enum_of_three(void) {
  return enum_type(0, 2);
}

static hid_t enum_without_zero(void) {
  return enum_type(1, 2);
}

static hid_t string_type(void) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, 4);
  return type;
}

static hid_t narrow_integer(void) {
  const hid_t type = H5Tcopy(H5T_STD_U32LE);
  H5Tset_precision(type, 12);
  return type;
}

static hid_t bitfield_type(void) {
  return H5Tcopy(H5T_STD_B8LE);
}

static hid_t variable_length_type(void) {
  return H5Tvlen_create(H5T_STD_U8LE);
}

static hid_t opaque_type(void) {
  return H5Tcreate(H5T_OPAQUE, 2);
}

static void wrong_types(void **state) {
  (void)state;
  static const struct {
    hid_t (*make)(void);
    const char *message;
  } types[] = {
      {string_type, "its type is a string; expected integers, booleans"},
      {compound_type, "its type is a compound"},
      {enum_of_three, "its type is an enumeration that is not boolean"},
      {enum_without_zero, "its type is an enumeration that is not boolean"},
      {narrow_integer, "its type is an integer of unusual width"},
      {bitfield_type, "its type is a bitfield"},
      {variable_length_type, "its type is of variable length"},
      {opaque_type, "its type is opaque"},
  };
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    const hid_t file = create_file("mask.h5");
    add(file, "w", types[i].make(), matrix_space(), H5P_DEFAULT);
    H5Fclose(file);
    refused("/w", "KC", types[i].message);
  }
}

/* ---- shapes, layouts and thresholds ------------------------------------- */

static void wrong_shapes(void **state) {
  (void)state;
  const hid_t file = create_good_file();
  add(file, "scalar", byte_type(), H5Screate(H5S_SCALAR), H5P_DEFAULT);
  add(file, "null", byte_type(), H5Screate(H5S_NULL), H5P_DEFAULT);
  add(file, "line", byte_type(),
      H5Screate_simple(1, (const hsize_t[]){24}, NULL), H5P_DEFAULT);
  add(file, "nine", byte_type(),
      H5Screate_simple(9, (const hsize_t[]){1, 1, 1, 1, 1, 1, 1, 4, 6}, NULL),
      H5P_DEFAULT);
  add(file, "vast", byte_type(),
      H5Screate_simple(2, (const hsize_t[]){1ULL << 40, 1ULL << 40}, NULL),
      chunked());
  H5Fclose(file);
  refused("/L1/w", "CK", "/L1/w: has shape 4 x 6, expected 6 x 4 (CK)");
  refused("/L1/w", "GKC", "has shape 4 x 6, expected 1 x 4 x 6 (GKC)");
  refused("/line", "KC", "has shape 24, expected 4 x 6 (KC)");
  refused("/scalar", "KC", "has 0 axes, expected 1 to 8");
  refused("/null", "KC", "has 0 axes, expected 1 to 8");
  refused("/nine", "KC", "has 9 axes, expected 1 to 8");
  refused("/vast", "KC", "its size overflows 64 bits");
}

static void wrong_layouts(void **state) {
  (void)state;
  H5Fclose(create_good_file());
  refused("/L1/w", "KX",
          "layout \"KX\": X is not one of its ranks; the ranks of weight are "
          "G K C: name each once");
  refused("/L1/w", "KCK", "layout \"KCK\": K is named twice; the ranks");
  refused("/L1/w", "K", "layout \"K\": C is missing; the ranks");
  refused("/L1/w", "", "layout \"\": K is missing; the ranks");
  refused("/L1/w", "kc", "layout \"kc\": k is not one of its ranks");
}

static void wrong_thresholds(void **state) {
  (void)state;
  H5Fclose(create_good_file());
  tacet_mask_source source = source_of("/L1/w", "KC");
  source.threshold = -1;
  check_refused(&source, "threshold is -1, expected 0 or more");
  source.threshold = NAN;
  check_refused(&source, "expected 0 or more");
  source.threshold = INFINITY;
  check_refused(&source, "threshold is inf, expected 0 or more");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_file_is_read),
      cmocka_unit_test(missing_file),
      cmocka_unit_test(not_a_regular_file),
      cmocka_unit_test(truncated_file),
      cmocka_unit_test(no_known_kind),
      cmocka_unit_test(paths),
      cmocka_unit_test(links),
      cmocka_unit_test(virtual_dataset),
      cmocka_unit_test(external_storage),
      cmocka_unit_test(unknown_filters),
      cmocka_unit_test(broken_chunk),
      cmocka_unit_test(huge_chunk),
      cmocka_unit_test(wrong_types),
      cmocka_unit_test(wrong_shapes),
      cmocka_unit_test(wrong_layouts),
      cmocka_unit_test(wrong_thresholds),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
