/* Datasets of one axis, in slabs: the parts of a sparse matrix. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source_hdf5.h"

void tacet_column_close(tacet_column *column) {
  if (column->name) tacet_hdf5_dataset_close(&column->dataset);
  free(column->values);
}

tacet_status tacet_column_open(tacet_column *column,
                               const tacet_hdf5_file *file, const char *name,
                               tacet_error *error) {
  char path[TACET_ARRAY_NAME + 32];
  hid_t object;
  snprintf(path, sizeof path, "%s/%s", file->path, name);
  tacet_status status = tacet_hdf5_object(file, path, &object, error);
  if (status) return status;
  column->name = name;
  status = tacet_hdf5_dataset_open(&column->dataset, file, object, error);
  if (!status && column->dataset.ranks != 1)
    status = tacet_hdf5_refuse(file, error, "%s has %d axes, expected 1", name,
                               column->dataset.ranks);
  if (status) return status;
  column->count = column->dataset.size[0];
  column->values =
      calloc(TACET_COLUMN_SLAB, (size_t)column->dataset.number.bytes);
  if (column->values) return TACET_OK;
  return tacet_fail(error, TACET_NO_MEMORY, file->place, "out of memory");
}

tacet_status tacet_column_values(const tacet_column *column, int64_t first,
                                 int64_t count, tacet_error *error) {
  return tacet_hdf5_dataset_read(&column->dataset, &first, &count,
                                 column->values, error);
}

static int64_t whole(const unsigned char *value, const tacet_number *number) {
  const int shift = 64 - 8 * number->bytes;
  uint64_t bits = 0;
  for (int byte = 0; byte < number->bytes; byte++) {
    const int at = number->big_endian ? byte : number->bytes - 1 - byte;
    bits = bits << 8 | value[at];
  }
  return number->kind == TACET_SIGNED ? (int64_t)(bits << shift) >> shift
                                      : (int64_t)bits;
}

tacet_status tacet_column_whole(const tacet_column *column, int64_t first,
                                int64_t count, int64_t most, int64_t *result,
                                tacet_error *error) {
  const tacet_number *number = &column->dataset.number;
  if (number->kind == TACET_FLOAT)
    return tacet_hdf5_refuse(column->dataset.file, error,
                             "%s is of floats, expected integers",
                             column->name);
  tacet_status status = tacet_column_values(column, first, count, error);
  for (int64_t i = 0; !status && i < count; i++) {
    result[i] = whole(column->values + i * number->bytes, number);
    if (result[i] < 0 || result[i] > most)
      return tacet_hdf5_refuse(column->dataset.file, error,
                               "%s: number %lld is %lld, not in 0 .. %lld",
                               column->name, (long long)(first + i),
                               (long long)result[i], (long long)most);
  }
  return status;
}

tacet_status tacet_column_all(const tacet_column *column, int64_t most,
                              int64_t **numbers, tacet_error *error) {
  const int64_t count = column->count;
  *numbers = calloc((size_t)count, sizeof **numbers);
  if (!*numbers)
    return tacet_fail(error, TACET_NO_MEMORY, column->dataset.file->place,
                      "out of memory");
  tacet_status status = TACET_OK;
  for (int64_t at = 0; at < count && !status; at += TACET_COLUMN_SLAB) {
    const int64_t left = count - at;
    status = tacet_column_whole(
        column, at, left < TACET_COLUMN_SLAB ? left : TACET_COLUMN_SLAB, most,
        *numbers + at, error);
  }
  if (!status) return TACET_OK;
  free(*numbers);
  *numbers = NULL;
  return status;
}
