/* Files that are broken, lie or mean harm, given for a mask: each is one clear
   line at the place that names the file, and nothing stays open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostile_file.h"
#include "scratch.h"

/* ---- the file ----------------------------------------------------------- */

static void good_file_is_read(void **state) {
  (void)state;
  H5Fclose(hostile_create_good());
  const tacet_mask_source source = hostile_source("/L1/w", "KC");
  assert_int_equal(hostile_read(&source).status, TACET_OK);
}

static void missing_file(void **state) {
  (void)state;
  tacet_mask_source source = hostile_source("/L1/w", "KC");
  source.file = scratch_path("absent.h5");
  hostile_check(&source, "absent.h5: cannot be opened: No such file");
}

static void not_a_regular_file(void **state) {
  (void)state;
  tacet_mask_source source = hostile_source("/L1/w", "KC");
  source.file = scratch_path("pipe");
  assert_int_equal(mkfifo(source.file, 0600), 0);
  hostile_check(&source, "pipe: is not a regular file");
  source.file = "/";
  hostile_check(&source, "/: is not a regular file");
}

static void truncated_file(void **state) {
  (void)state;
  struct stat about;
  H5Fclose(hostile_create_good());
  const char *path = scratch_path("mask.h5");
  assert_int_equal(stat(path, &about), 0);
  assert_int_equal(truncate(path, about.st_size / 2), 0);
  hostile_refused("/L1/w", "KC",
                  "mask.h5: cannot be read as HDF5: truncated file");
  assert_int_equal(truncate(path, 100), 0);
  hostile_refused("/L1/w", "KC", "mask.h5: cannot be read as HDF5: ");
  assert_int_equal(truncate(path, 0), 0);
  hostile_refused("/L1/w", "KC", "mask.h5: is empty");
}

static void no_known_kind(void **state) {
  (void)state;
  FILE *file = fopen(scratch_path("mask.h5"), "w");
  assert_non_null(file);
  for (int line = 0; line < 1000; line++) fputs("tacet: 1\n", file);
  fclose(file);
  hostile_refused("/L1/w", "KC", "is of no known kind; expected HDF5, NumPy");
}

/* ---- the way to the dataset --------------------------------------------- */

static void paths(void **state) {
  (void)state;
  H5Fclose(hostile_create_good());
  hostile_refused("/L2/w", "KC", "the file has no /L2");
  hostile_refused("/L1/weights", "KC", "the file has no /L1/weights");
  hostile_refused("/L1", "KC", "is not a dataset");
  hostile_refused("/", "KC", "is not a dataset");
  hostile_refused("/L1/w/x", "KC", "/L1/w is not a group");
  char name[400];
  memset(name, 'w', sizeof name);
  name[sizeof name - 1] = '\0';
  hostile_refused(name, "KC", "a name is too long");
}

static void links(void **state) {
  (void)state;
  H5Fclose(hostile_create_good());
  assert_int_equal(rename(scratch_path("mask.h5"), scratch_path("other.h5")),
                   0);
  const hid_t file = hostile_create_good();
  H5Lcreate_soft("/L1/w", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/L1", file, "soft-group", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external(scratch_path("other.h5"), "/L1/w", file, "external",
                     H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external(scratch_path("other.h5"), "/L1", file, "external-group",
                     H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_hard(file, "/L1", file, "/L1/again", H5P_DEFAULT, H5P_DEFAULT);
  H5Fclose(file);
  hostile_refused("/soft", "KC", "/soft is a soft link; only hard links");
  hostile_refused("/soft-group/w", "KC", "/soft-group is a soft link");
  hostile_refused("/external", "KC", "/external is an external link");
  hostile_refused("/external-group/w", "KC",
                  "/external-group is an external link");
  const tacet_mask_source cycle = hostile_source("/L1/again/again/w", "KC");
  assert_int_equal(hostile_read(&cycle).status, TACET_OK);
}

/* ---- values that are elsewhere, or packed strangely --------------------- */

static void virtual_dataset(void **state) {
  (void)state;
  H5Fclose(hostile_create_good());
  assert_int_equal(rename(scratch_path("mask.h5"), scratch_path("other.h5")),
                   0);
  const hid_t file = hostile_create("mask.h5");
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  const hid_t space = hostile_matrix();
  H5Pset_virtual(creation, space, scratch_path("other.h5"), "/L1/w", space);
  hostile_add(file, "w", hostile_bytes(), space, creation);
  H5Fclose(file);
  hostile_refused("/w", "KC", "is virtual: its values are in other files");
}

static void external_storage(void **state) {
  (void)state;
  FILE *raw = fopen(scratch_path("raw"), "wb");
  assert_non_null(raw);
  fwrite(hostile_ones, sizeof hostile_ones, 1, raw);
  fclose(raw);
  const hid_t file = hostile_create("mask.h5");
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(creation, scratch_path("raw"), 0, sizeof hostile_ones);
  hostile_add(file, "w", hostile_bytes(), hostile_matrix(), creation);
  H5Fclose(file);
  hostile_refused("/w", "KC", "its values are in other files");
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
  const hid_t file = hostile_create("mask.h5");
  for (int i = 0; i < 3; i++) {
    const H5Z_class2_t registered = {
        .version = H5Z_CLASS_T_VERS,
        .id = filters[i].filter,
        .encoder_present = 1,
        .decoder_present = 1,
        .filter = leave_as_is,
    };
    assert_true(H5Zregister(&registered) >= 0);
    const hid_t creation = hostile_chunked();
    H5Pset_filter(creation, filters[i].filter, H5Z_FLAG_MANDATORY, 0, NULL);
    const char name[] = {(char)('a' + i), '\0'};
    hostile_add(file, name, hostile_bytes(), hostile_matrix(), creation);
  }
  H5Fclose(file);
  hostile_refused("/a", "KC", filters[0].message);
  hostile_refused("/b", "KC", filters[1].message);
  hostile_refused("/c", "KC", filters[2].message);
  for (int i = 0; i < 3; i++) H5Zunregister(filters[i].filter);
}

static void broken_chunk(void **state) {
  (void)state;
  const hid_t file = hostile_create("mask.h5");
  const hid_t creation = hostile_chunked();
  H5Pset_deflate(creation, 4);
  hostile_add(file, "w", hostile_bytes(), hostile_matrix(), creation);
  const hid_t dataset = H5Dopen2(file, "w", H5P_DEFAULT);
  const hsize_t first[] = {0, 0};
  assert_true(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, first,
                             sizeof hostile_ones, hostile_ones) >= 0);
  H5Dclose(dataset);
  H5Fclose(file);
  hostile_refused("/w", "KC", "cannot read its values: ");
}

static void huge_chunk(void **state) {
  (void)state;
  const hid_t file = hostile_create("mask.h5");
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t unlimited[] = {H5S_UNLIMITED, H5S_UNLIMITED};
  H5Pset_chunk(creation, 2, (const hsize_t[]){1 << 14, 1 << 13});
  hostile_add(file, "w", hostile_bytes(),
              H5Screate_simple(2, (const hsize_t[]){4, 6}, unlimited),
              creation);
  H5Fclose(file);
  hostile_refused("/w", "KC", "has chunks of more than 64 MiB");
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
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
