/* A sweep as an HDF5 file, made in memory. */
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sweep_report.h"

static tacet_status failed(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "the HDF5 file cannot be made in memory");
}

static bool write_values(hid_t file, const char *name, int ranks,
                         const hsize_t *sizes, const double *values) {
  const hid_t space = H5Screate_simple(ranks, sizes, NULL);
  const hid_t set = H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT,
                               H5P_DEFAULT, H5P_DEFAULT);
  bool done = set >= 0 && H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL,
                                   H5P_DEFAULT, values) >= 0;
  if (set >= 0) done = H5Dclose(set) >= 0 && done;
  if (space >= 0) H5Sclose(space);
  return done;
}

/* Text as an attribute of the dataset `name`, or of the file for "/". */
static bool write_text(hid_t file, const char *name, const char *key,
                       const char *text) {
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  H5Tset_size(type, strlen(text) + 1);
  const hid_t attribute = H5Acreate_by_name(
      file, name, key, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const bool done = attribute >= 0 && H5Awrite(attribute, type, text) >= 0;
  if (attribute >= 0) H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
  return done;
}

static bool write_axes(hid_t file, const tacet_sweep *sweep) {
  bool done = true;
  for (int a = 0; a < sweep->axes && done; a++) {
    char name[32];
    const hsize_t values = (hsize_t)sweep->axis[a].values;
    snprintf(name, sizeof name, "axis%d", a);
    done = write_values(file, name, 1, &values, sweep->axis[a].value) &&
           write_text(file, name, "key", sweep->axis[a].title);
  }
  for (int d = 0; d < sweep->designs && done; d++) {
    char key[32];
    snprintf(key, sizeof key, "accelerator%d", d);
    done = write_text(file, "/", key, sweep->design[d]);
  }
  return done && write_text(file, "/", "readings", "dense, sparse");
}

/* False if the column holds words. */
static bool fill_column(double *values, const tacet_sweep *sweep, int column) {
  for (int64_t p = 0; p < sweep->points; p++) {
    for (int d = 0; d < sweep->designs; d++) {
      for (int r = 0; r < TACET_READINGS; r++) {
        const tacet_row row = tacet_sweep_row(sweep, p, d, r);
        const tacet_value value =
            tacet_sheet_value(&sweep->sheet, column, &row);
        if (value.text) return false;
        *values++ = sweep->state[p] == TACET_DONE ? value.number : NAN;
      }
    }
  }
  return true;
}

static bool write_columns(hid_t file, const tacet_sweep *sweep,
                          double *values) {
  hsize_t sizes[H5S_MAX_RANK];
  for (int a = 0; a < sweep->axes; a++)
    sizes[a] = (hsize_t)sweep->axis[a].values;
  sizes[sweep->axes] = (hsize_t)sweep->designs;
  sizes[sweep->axes + 1] = TACET_READINGS;
  bool done = true;
  for (int c = 0; c < tacet_sheet_columns(&sweep->sheet) && done; c++)
    if (fill_column(values, sweep, c))
      done = write_values(file, tacet_sheet_key(&sweep->sheet, c).text,
                          sweep->axes + 2, sizes, values);
  return done;
}

static bool take_image(char **text, size_t *size, hid_t file) {
  if (H5Fflush(file, H5F_SCOPE_GLOBAL) < 0) return false;
  const ssize_t bytes = H5Fget_file_image(file, NULL, 0);
  if (bytes <= 0) return false;
  *size = (size_t)bytes;
  *text = malloc(*size);
  return *text && H5Fget_file_image(file, *text, *size) == bytes;
}

tacet_status tacet_sweep_hdf5(char **text, size_t *size,
                              const tacet_sweep *sweep, tacet_error *error) {
  if (sweep->axes + 2 > H5S_MAX_RANK)
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "HDF5 takes at most %d keys", H5S_MAX_RANK - 2);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  double *values = calloc((size_t)sweep->points * (size_t)sweep->designs,
                          TACET_READINGS * sizeof *values);
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  const size_t step = 1 << 20;
  H5Pset_fapl_core(access, step, false);
  const hid_t file = H5Fcreate("sweep", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  const bool done = values && file >= 0 && write_axes(file, sweep) &&
                    write_columns(file, sweep, values) &&
                    take_image(text, size, file);
  if (file >= 0) H5Fclose(file);
  H5Pclose(access);
  free(values);
  return done ? TACET_OK : failed(error);
}
