/* Writing our own file of masks. */
#include "mask_store.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layout.h"
#include "rows.h"
#include "../files/target.h"

bool tacet_is_mask_store(const char *path) {
  static const char signature[8] = "\x89HDF\r\n\x1a\n";
  char head[8] = "";
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  const bool whole = fread(head, 1, sizeof head, file) == sizeof head;
  fclose(file);
  return whole && memcmp(head, signature, sizeof head) == 0;
}

struct tacet_mask_store {
  hid_t id;
  char *path, *temporary;
};

static tacet_status fail(const tacet_mask_store *file, tacet_status status,
                         tacet_error *error) {
  const tacet_place place = {.file = file->path};
  return tacet_fail(error, status, &place, "cannot be written");
}

void tacet_mask_store_drop(tacet_mask_store *file) {
  if (!file) return;
  if (file->id >= 0) H5Fclose(file->id);
  if (file->temporary) unlink(file->temporary);
  free(file->temporary);
  free(file->path);
  free(file);
}

tacet_status tacet_mask_store_start(tacet_mask_store **result, const char *path,
                                    tacet_error *error) {
  *result = NULL;
  const size_t room = strlen(path) + 32;
  tacet_mask_store *file = calloc(1, sizeof *file);
  if (file) {
    file->id = H5I_INVALID_HID;
    file->path = strdup(path);
    file->temporary = malloc(room);
  }
  if (!file || !file->path || !file->temporary) {
    tacet_mask_store_drop(file);
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  }
  snprintf(file->temporary, room, "%s.%ld.tmp", path, (long)getpid());
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  file->id = H5Fcreate(file->temporary, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
  if (file->id < 0) {
    tacet_status status = fail(file, TACET_NO_FILE, error);
    tacet_mask_store_drop(file);
    return status;
  }
  *result = file;
  return TACET_OK;
}

/* ---- datasets ----------------------------------------------------------- */

static bool add_text(hid_t dataset, const char *name, const char *text) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, strlen(text) + 1);
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t attribute =
      H5Acreate2(dataset, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  const bool done = H5Awrite(attribute, type, text) >= 0;
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
  return done;
}

static bool add_shape(hid_t object, const int64_t *size, int axes) {
  const hsize_t count = (hsize_t)axes;
  const hid_t space = H5Screate_simple(1, &count, NULL);
  const hid_t attribute = H5Acreate2(object, "shape", H5T_STD_I64LE, space,
                                     H5P_DEFAULT, H5P_DEFAULT);
  const bool done = H5Awrite(attribute, H5T_NATIVE_INT64, size) >= 0;
  H5Aclose(attribute);
  H5Sclose(space);
  return done;
}

static bool write_bits(hid_t dataset, const tacet_mask *mask, hsize_t bytes) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  (void)bytes;
  return H5Dwrite(dataset, H5T_STD_U8LE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                  mask->bits) >= 0;
#else
  unsigned char *copy = malloc(bytes);
  for (hsize_t i = 0; copy && i < bytes; i++)
    copy[i] = (unsigned char)(mask->bits[i / 8] >> (8 * (i % 8)));
  const bool done = copy && H5Dwrite(dataset, H5T_STD_U8LE, H5S_ALL, H5S_ALL,
                                     H5P_DEFAULT, copy) >= 0;
  free(copy);
  return done;
#endif
}

static bool add_bits(hid_t file, hid_t way, const char *path,
                     const tacet_tensor *tensor, const tacet_mask *mask) {
  const hsize_t bytes =
      (hsize_t)(mask->elements / 8 + (mask->elements % 8 > 0));
  char layout[TACET_LAYOUT];
  tacet_layout_canonical(layout, tensor);
  const hid_t space = H5Screate_simple(1, &bytes, NULL);
  const hid_t dataset = H5Dcreate2(file, path, H5T_STD_U8LE, space, way,
                                   H5P_DEFAULT, H5P_DEFAULT);
  const bool done = dataset >= 0 && write_bits(dataset, mask, bytes) &&
                    add_text(dataset, "format", TACET_BITS_FORMAT) &&
                    add_text(dataset, "bitorder", "little") &&
                    add_text(dataset, "layout", layout) &&
                    add_shape(dataset, mask->size, mask->ranks);
  const bool closed = dataset < 0 || H5Dclose(dataset) >= 0;
  H5Sclose(space);
  return done && closed;
}

/* ---- hypersparse -------------------------------------------------------- */

/* "(GK)(CRS)": the matrix whose rows are the first row_ranks ranks. */
static void matrix_layout(char layout[TACET_LAYOUT],
                          const tacet_tensor *tensor) {
  char *at = layout;
  for (int r = 0; r < tensor->ranks; r++) {
    if (r == 0 || r == tensor->row_ranks) *at++ = '(';
    *at++ = tensor->rank[r].name[0];
    if (r + 1 == tensor->ranks || r + 1 == tensor->row_ranks) *at++ = ')';
  }
  *at = '\0';
}

static bool add_numbers(hid_t group, const char *name, hid_t type,
                        int64_t count, const void *numbers) {
  const hsize_t length = (hsize_t)count;
  const hid_t space = H5Screate_simple(1, &length, NULL);
  const hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT,
                                   H5P_DEFAULT, H5P_DEFAULT);
  const bool done = dataset >= 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL,
                                             H5P_DEFAULT, numbers) >= 0;
  const bool closed = dataset < 0 || H5Dclose(dataset) >= 0;
  H5Sclose(space);
  return done && closed;
}

/* Bits would be larger: a group as AnnData writes it. */
static bool add_rows(hid_t file, hid_t way, const char *path,
                     const tacet_tensor *tensor, const tacet_mask *mask) {
  const tacet_rows *rows = mask->rows;
  const int64_t count = mask->nonzeros;
  const int64_t size[] = {tacet_rows_rows(rows), tacet_rows_columns(rows)};
  char layout[TACET_LAYOUT];
  matrix_layout(layout, tensor);
  unsigned char *ones = malloc((size_t)count + 1);
  if (!ones) return false;
  memset(ones, 1, (size_t)count);
  const hid_t group = H5Gcreate2(file, path, way, H5P_DEFAULT, H5P_DEFAULT);
  const bool done =
      group >= 0 && add_text(group, "encoding-type", "csr_matrix") &&
      add_text(group, "encoding-version", "0.1.0") &&
      add_text(group, "layout", layout) && add_shape(group, size, 2) &&
      add_numbers(group, "data", H5T_NATIVE_UINT8, count, ones) &&
      add_numbers(group, "indices", H5T_NATIVE_INT64, count,
                  tacet_rows_indices(rows)) &&
      add_numbers(group, "indptr", H5T_NATIVE_INT64, size[0] + 1,
                  tacet_rows_pointers(rows));
  if (group >= 0) H5Gclose(group);
  free(ones);
  return done;
}

tacet_status tacet_mask_store_add(tacet_mask_store *file, const char *layer,
                                  const tacet_tensor *tensor,
                                  const tacet_mask *mask, tacet_error *error) {
  char path[TACET_NAME + 16];
  snprintf(path, sizeof path, "%s/%s", layer, tensor->name);
  const hid_t way = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(way, 1);
  const bool done = mask->rows ? add_rows(file->id, way, path, tensor, mask)
                               : add_bits(file->id, way, path, tensor, mask);
  H5Pclose(way);
  return done ? TACET_OK : fail(file, TACET_WRITE_FAILED, error);
}

tacet_status tacet_mask_store_add_densities(tacet_mask_store *file,
                                            const char *layer,
                                            const char *tensor,
                                            const char *along,
                                            const double *density,
                                            int64_t count, tacet_error *error) {
  char path[TACET_ARRAY_NAME + 16];
  snprintf(path, sizeof path, "%s/%s_density", layer, tensor);
  const hsize_t length = (hsize_t)count;
  const hid_t way = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(way, 1);
  const hid_t space = H5Screate_simple(1, &length, NULL);
  const hid_t dataset = H5Dcreate2(file->id, path, H5T_IEEE_F64LE, space, way,
                                   H5P_DEFAULT, H5P_DEFAULT);
  const bool done = dataset >= 0 &&
                    H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL,
                             H5P_DEFAULT, density) >= 0 &&
                    add_text(dataset, "along", along);
  const bool closed = dataset < 0 || H5Dclose(dataset) >= 0;
  H5Sclose(space);
  H5Pclose(way);
  return done && closed ? TACET_OK : fail(file, TACET_WRITE_FAILED, error);
}

tacet_status tacet_mask_store_finish(tacet_mask_store *file,
                                     tacet_error *error) {
  tacet_status status = TACET_OK;
  const bool flushed = H5Fflush(file->id, H5F_SCOPE_GLOBAL) >= 0;
  const bool closed = H5Fclose(file->id) >= 0;
  file->id = H5I_INVALID_HID;
  if (!flushed || !closed)
    status = fail(file, TACET_WRITE_FAILED, error);
  else if (rename(file->temporary, file->path) != 0)
    status = fail(file, TACET_NO_FILE, error);
  tacet_mask_store_drop(file);
  return status;
}
