/* Files of one dataset that is wrong in one way, and what reading it says. */
#include "hostile_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "scratch.h"

/* The tensor that every test wants: weight[K=4, C=6]. */
static const tacet_tensor tensor = {
    .name = "weight",
    .ranks = 3,
    .rank = {{.name = "G", .size = 1},
             {.name = "K", .size = 4},
             {.name = "C", .size = 6}},
};
const unsigned char hostile_ones[24] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/* ---- reading ------------------------------------------------------------ */

tacet_error hostile_read(const tacet_mask_source *source) {
  tacet_mask mask;
  tacet_error error = {0};
  const tacet_status status = tacet_mask_read(&mask, &tensor, source, &error);
  assert_int_equal(status, error.status);
  if (status) assert_null(mask.bits);
  tacet_mask_free(&mask);
  assert_int_equal(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
  return error;
}

void hostile_check(const tacet_mask_source *source, const char *message) {
  const tacet_error error = hostile_read(source);
  char line[1024];
  tacet_error_text(&error, line, sizeof line);
  if (!strstr(line, message))
    printf("expected: %s\n   found: %s\n", message, line);
  assert_non_null(strstr(line, message));
  assert_null(strchr(line, '\n'));
  assert_int_equal(strncmp(line, "network.yaml:3:7: ", 18), 0);
  assert_int_equal(tacet_exit_code(error.status), 1);
}

tacet_mask_source hostile_source(const char *dataset, const char *layout) {
  return (tacet_mask_source){.file = scratch_path("mask.h5"),
                             .dataset = dataset,
                             .layout = layout,
                             .place = {"network.yaml", 3, 7}};
}

void hostile_refused(const char *dataset, const char *layout,
                     const char *message) {
  const tacet_mask_source source = hostile_source(dataset, layout);
  hostile_check(&source, message);
}

/* ---- writing ------------------------------------------------------------ */

hid_t hostile_create(const char *name) {
  const hid_t file =
      H5Fcreate(scratch_path(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(file >= 0);
  return file;
}

/* A dataset without values; takes over type, space and creation. */
void hostile_add(hid_t file, const char *name, hid_t type, hid_t space,
                 hid_t creation) {
  const hid_t dataset =
      H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  assert_true(dataset >= 0);
  H5Dclose(dataset);
  H5Tclose(type);
  H5Sclose(space);
  if (creation != H5P_DEFAULT) H5Pclose(creation);
}

hid_t hostile_bytes(void) {
  return H5Tcopy(H5T_STD_U8LE);
}

hid_t hostile_matrix(void) {
  return H5Screate_simple(2, (const hsize_t[]){4, 6}, NULL);
}

void hostile_add_ones(hid_t file, const char *name) {
  hostile_add(file, name, hostile_bytes(), hostile_matrix(), H5P_DEFAULT);
  const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, H5T_STD_U8LE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       hostile_ones) >= 0);
  H5Dclose(dataset);
}

hid_t hostile_chunked(void) {
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, 2, (const hsize_t[]){4, 6});
  return creation;
}

/* mask.h5 with /L1/w as it should be, and open. */
hid_t hostile_create_good(void) {
  const hid_t file = hostile_create("mask.h5");
  H5Gclose(H5Gcreate2(file, "L1", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  hostile_add_ones(file, "/L1/w");
  return file;
}
