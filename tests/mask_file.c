/* Writes masks with the HDF5 library itself. */
#include "mask_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "scratch.h"

hid_t mask_file_make(const char *name) {
  const hid_t file =
      H5Fcreate(scratch_path(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(file >= 0);
  return file;
}

void mask_file_put(hid_t file, const char *dataset, const hsize_t size[4],
                   const unsigned char *values, size_t count) {
  int ranks = 0;
  size_t elements = 1;
  for (; ranks < 4 && size[ranks]; ranks++) elements *= (size_t)size[ranks];
  unsigned char *all = malloc(elements);
  assert_non_null(all);
  for (size_t i = 0; i < elements; i++) all[i] = values[i % count];
  const hid_t space = H5Screate_simple(ranks, size, NULL);
  const hid_t set = H5Dcreate2(file, dataset, H5T_STD_U8LE, space, H5P_DEFAULT,
                               H5P_DEFAULT, H5P_DEFAULT);
  assert_true(
      H5Dwrite(set, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, all) >= 0);
  H5Dclose(set);
  H5Sclose(space);
  free(all);
}
