/* Sparse matrices that an HDF5 group describes by its attributes: AnnData's,
   and Binsparse's in JSON. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source_hdf5.h"

/* ---- AnnData ------------------------------------------------------------ */

static void set_form(tacet_compressed *matrix, const char *form,
                     bool by_columns) {
  snprintf(matrix->stored.form, sizeof matrix->stored.form, "%s", form);
  matrix->by_columns = by_columns;
}

/* Reads the attributes of today's AnnData, or of that before 0.7. */
static tacet_status find_anndata(tacet_compressed *matrix, bool *known,
                                 const tacet_hdf5_file *file, hid_t group,
                                 tacet_error *error) {
  char kind[32];
  const char *shape = "shape";
  if (tacet_hdf5_text(group, "h5sparse_format", kind, sizeof kind))
    shape = "h5sparse_shape";
  else if (!tacet_hdf5_text(group, "encoding-type", kind, sizeof kind))
    return TACET_OK;
  const bool by_columns = strncmp(kind, "csc", 3) == 0;
  if (!by_columns && strncmp(kind, "csr", 3) != 0) return TACET_OK;
  *known = true;
  set_form(matrix, by_columns ? "CSC" : "CSR", by_columns);
  matrix->pointers = "indptr";
  matrix->minor = "indices";
  matrix->values = "data";
  if (!tacet_hdf5_numbers(group, shape, matrix->stored.size,
                          &matrix->stored.axes, 2) ||
      matrix->stored.axes != 2)
    return tacet_hdf5_refuse(file, error, "has no attribute %s of two numbers",
                             shape);
  return TACET_OK;
}

/* ---- Binsparse ---------------------------------------------------------- */

static const struct binsparse_format {
  const char *name;
  bool by_columns;
  int axes;
  const char *major, *pointers, *minor;
} binsparse_formats[] = {
    {"CSR", false, 2, NULL, "pointers_to_1", "indices_1"},
    {"CSC", true, 2, NULL, "pointers_to_1", "indices_1"},
    {"DCSR", false, 2, "indices_0", "pointers_to_1", "indices_1"},
    {"DCSC", true, 2, "indices_0", "pointers_to_1", "indices_1"},
    {"COO", false, 2, "indices_0", NULL, "indices_1"},
    {"COOR", false, 2, "indices_0", NULL, "indices_1"},
    {"COOC", true, 2, "indices_0", NULL, "indices_1"},
    {"CVEC", false, 1, "indices_0", NULL, NULL},
    {"DVEC", false, 1, NULL, NULL, NULL},
    {"DMAT", false, 2, NULL, NULL, NULL},
    {"DMATR", false, 2, NULL, NULL, NULL},
    {"DMATC", true, 2, NULL, NULL, NULL},
};

static tacet_status refuse_json(const tacet_hdf5_file *file, const char *what,
                                tacet_error *error) {
  return tacet_hdf5_refuse(file, error, "its attribute binsparse %s", what);
}

static tacet_status take_format(tacet_compressed *matrix, const char *name,
                                const tacet_hdf5_file *file,
                                tacet_error *error) {
  const size_t count = sizeof binsparse_formats / sizeof *binsparse_formats;
  for (size_t i = 0; name && i < count; i++) {
    const struct binsparse_format *format = &binsparse_formats[i];
    if (strcmp(format->name, name) != 0) continue;
    set_form(matrix, name, format->by_columns);
    matrix->stored.axes = format->axes;
    matrix->major = format->major;
    matrix->pointers = format->pointers;
    matrix->minor = format->minor;
    return TACET_OK;
  }
  return refuse_json(file, "names no known format", error);
}

static tacet_status take_shape(tacet_stored *stored, const json_t *shape,
                               const tacet_hdf5_file *file,
                               tacet_error *error) {
  if (json_array_size(shape) != (size_t)stored->axes)
    return refuse_json(file, "has no shape of as many sizes as axes", error);
  for (int axis = 0; axis < stored->axes; axis++) {
    const json_t *size = json_array_get(shape, (size_t)axis);
    stored->size[axis] = json_integer_value(size);
    if (!json_is_integer(size) || stored->size[axis] < 0)
      return refuse_json(file, "has a size that is no whole number", error);
  }
  return TACET_OK;
}

static tacet_status take_structure(tacet_compressed *matrix, const json_t *name,
                                   const tacet_hdf5_file *file,
                                   tacet_error *error) {
  static const char *const known[] = {
      "symmetric_lower", "symmetric_upper",      "hermitian_lower",
      "hermitian_upper", "skew_symmetric_lower", "skew_symmetric_upper"};
  if (!name) return TACET_OK;
  const char *text = json_string_value(name);
  for (size_t i = 0; text && i < sizeof known / sizeof *known; i++)
    matrix->mirrored |= strcmp(text, known[i]) == 0;
  if (!matrix->mirrored)
    return refuse_json(file, "names no known structure", error);
  if (matrix->stored.axes == 2 &&
      matrix->stored.size[0] == matrix->stored.size[1])
    return TACET_OK;
  return refuse_json(file, "calls a matrix symmetric that is not square",
                     error);
}

static tacet_status take_json(tacet_compressed *matrix, const json_t *root,
                              const tacet_hdf5_file *file, tacet_error *error) {
  const json_t *head = json_object_get(root, "binsparse");
  const char *version = json_string_value(json_object_get(head, "version"));
  if (!version ||
      (strcmp(version, "0.1") != 0 && strncmp(version, "0.1.", 4) != 0))
    return refuse_json(file, "is of a version other than 0.1", error);
  if (json_is_true(json_object_get(head, "fill")))
    return refuse_json(file, "gives a fill value: its zeros are not zero",
                       error);
  tacet_status status = take_format(
      matrix, json_string_value(json_object_get(head, "format")), file, error);
  if (!status)
    status = take_shape(&matrix->stored, json_object_get(head, "shape"), file,
                        error);
  if (!status)
    status =
        take_structure(matrix, json_object_get(head, "structure"), file, error);
  if (status) return status;
  const json_t *entries = json_object_get(head, "number_of_stored_values");
  if (!json_is_integer(entries) || json_integer_value(entries) < 0)
    return refuse_json(file, "has no number_of_stored_values", error);
  matrix->stored.entries = json_integer_value(entries);
  const char *type = json_string_value(
      json_object_get(json_object_get(head, "data_types"), "values"));
  snprintf(matrix->values_type, sizeof matrix->values_type, "%s",
           type ? type : "");
  matrix->iso = strncmp(matrix->values_type, "iso[", 4) == 0;
  if (strncmp(matrix->values_type, "complex[", 8) == 0)
    return refuse_json(file, "announces complex values", error);
  return TACET_OK;
}

tacet_status tacet_binsparse_parse(tacet_compressed *matrix, const char *text,
                                   const tacet_hdf5_file *file,
                                   tacet_error *error) {
  json_error_t problem;
  json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
  if (!root)
    return tacet_hdf5_refuse(
        file, error, "its attribute binsparse is no JSON: %s", problem.text);
  matrix->values = "values";
  tacet_status status = take_json(matrix, root, file, error);
  json_decref(root);
  return status;
}

static tacet_status find_binsparse(tacet_compressed *matrix, bool *known,
                                   const tacet_hdf5_file *file, hid_t group,
                                   tacet_error *error) {
  char *text = tacet_hdf5_long_text(group, "binsparse");
  if (!text) return TACET_OK;
  *known = true;
  tacet_status status = tacet_binsparse_parse(matrix, text, file, error);
  free(text);
  return status;
}

/* ---- finding ------------------------------------------------------------ */

/* What the datasets say of themselves: type and number of entries. */
static tacet_status look_inside(tacet_compressed *matrix,
                                const tacet_hdf5_file *file,
                                tacet_error *error) {
  tacet_column values = {.name = NULL};
  tacet_status status = tacet_column_open(&values, file, matrix->values, error);
  if (!status) {
    snprintf(matrix->stored.type, sizeof matrix->stored.type, "%s",
             matrix->iso ? "pattern"
                         : tacet_number_name(&values.dataset.number));
    if (matrix->stored.entries < 0) matrix->stored.entries = values.count;
    const int64_t expected = matrix->iso ? 1 : matrix->stored.entries;
    if (values.count != expected)
      status = tacet_hdf5_refuse(
          file, error, "%s has %lld numbers, expected %lld", matrix->values,
          (long long)values.count, (long long)expected);
  }
  tacet_column_close(&values);
  return status;
}

tacet_status tacet_compressed_find(tacet_compressed *matrix, bool *known,
                                   const tacet_hdf5_file *file, hid_t group,
                                   tacet_error *error) {
  *matrix = (tacet_compressed){.stored = {.entries = -1}};
  *known = false;
  tacet_status status = find_binsparse(matrix, known, file, group, error);
  if (!status && !*known)
    status = find_anndata(matrix, known, file, group, error);
  if (status || !*known) return status;
  snprintf(matrix->stored.name, sizeof matrix->stored.name, "%s", file->path);
  tacet_hdf5_text(group, "layout", matrix->stored.layout,
                  sizeof matrix->stored.layout);
  return look_inside(matrix, file, error);
}
