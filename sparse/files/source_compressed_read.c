/* Streaming a sparse matrix of an HDF5 group: its datasets are read side by
   side, a slab of entries at a time. */
#include <stdlib.h>
#include <string.h>

#include "source_hdf5.h"

typedef struct reading {
  const tacet_compressed *matrix;
  const tacet_hdf5_file *file;
  tacet_target *target;
  tacet_column major, pointers, minor, values;
  int64_t *place;            /* [segments] of a doubly compressed one */
  int64_t *pointer;          /* [segments + 1]: where each begins */
  int64_t segments, segment; /* segment: that of the next entry */
  int64_t major_size, minor_size;
  int64_t outer[TACET_COLUMN_SLAB],
      inner[TACET_COLUMN_SLAB]; /* places of a slab of entries */
} reading;

static void close_reading(reading *r) {
  tacet_column_close(&r->major);
  tacet_column_close(&r->pointers);
  tacet_column_close(&r->minor);
  tacet_column_close(&r->values);
  free(r->place);
  free(r->pointer);
  free(r);
}

static tacet_status open_members(reading *r, tacet_error *error) {
  const struct {
    const char *name;
    tacet_column *column;
  } members[] = {{r->matrix->major, &r->major},
                 {r->matrix->pointers, &r->pointers},
                 {r->matrix->minor, &r->minor},
                 {r->matrix->values, &r->values}};
  tacet_status status = TACET_OK;
  for (int i = 0; i < 4 && !status; i++)
    if (members[i].name)
      status =
          tacet_column_open(members[i].column, r->file, members[i].name, error);
  return status;
}

static tacet_status check_length(const reading *r, const tacet_column *m,
                                 int64_t expected, tacet_error *error) {
  if (!m->name || m->count == expected) return TACET_OK;
  return tacet_hdf5_refuse(r->file, error, "%s has %lld numbers, expected %lld",
                           m->name, (long long)m->count, (long long)expected);
}

/* Pointers start at 0, never fall, and end at the number of entries. */
static tacet_status read_pointers(reading *r, tacet_error *error) {
  const int64_t entries = r->matrix->stored.entries;
  tacet_status status =
      tacet_column_all(&r->pointers, entries, &r->pointer, error);
  if (!status && r->matrix->major)
    status = tacet_column_all(&r->major, r->major_size - 1, &r->place, error);
  if (status) return status;
  for (int64_t i = 0; i < r->segments; i++)
    if (r->pointer[i] > r->pointer[i + 1])
      return tacet_hdf5_refuse(r->file, error, "%s falls from %lld to %lld",
                               r->pointers.name, (long long)r->pointer[i],
                               (long long)r->pointer[i + 1]);
  if (r->pointer[0] == 0 && r->pointer[r->segments] == entries) return TACET_OK;
  return tacet_hdf5_refuse(
      r->file, error, "%s goes from %lld to %lld, expected 0 to %lld",
      r->pointers.name, (long long)r->pointer[0],
      (long long)r->pointer[r->segments], (long long)entries);
}

/* Checks that the datasets are as long as each other says. */
static tacet_status check_lengths(reading *r, tacet_error *error) {
  const tacet_compressed *matrix = r->matrix;
  const int64_t entries = matrix->stored.entries;
  tacet_status status = check_length(r, &r->minor, entries, error);
  if (matrix->pointers) {
    r->segments = matrix->major ? r->major.count : r->major_size;
    if (!status && r->segments > r->major_size)
      status = tacet_hdf5_refuse(r->file, error, "%s is longer than the axis",
                                 matrix->major);
    if (!status) status = check_length(r, &r->pointers, r->segments + 1, error);
    return status ? status : read_pointers(r, error);
  }
  return status ? status : check_length(r, &r->major, entries, error);
}

/* The outer places of entries first .. first+count-1. */
static tacet_status place_outer(reading *r, int64_t first, int64_t count,
                                tacet_error *error) {
  if (!r->matrix->pointers)
    return tacet_column_whole(&r->major, first, count, r->major_size - 1,
                              r->outer, error);
  for (int64_t i = 0; i < count; i++) {
    while (r->pointer[r->segment + 1] <= first + i) r->segment++;
    r->outer[i] = r->place ? r->place[r->segment] : r->segment;
  }
  return TACET_OK;
}

static tacet_status place_inner(reading *r, int64_t first, int64_t count,
                                tacet_error *error) {
  if (r->matrix->minor)
    return tacet_column_whole(&r->minor, first, count, r->minor_size - 1,
                              r->inner, error);
  memset(r->inner, 0, (size_t)count * sizeof *r->inner);
  return TACET_OK;
}

static void send(reading *r, const int64_t *outer, const int64_t *inner,
                 int64_t count) {
  const bool by_columns = r->matrix->by_columns;
  tacet_target_entries(r->target, by_columns ? inner : outer,
                       by_columns ? outer : inner, count, r->values.values,
                       &r->values.dataset.number);
}

/* The other triangle: the same entries with their places exchanged, except on
   the diagonal, where they are moved to the front of the slab and left out. */
static void send_mirrored(reading *r, int64_t count) {
  const int bytes = r->values.dataset.number.bytes;
  int64_t kept = 0;
  for (int64_t i = 0; i < count; i++) {
    if (r->outer[i] == r->inner[i]) continue;
    r->outer[kept] = r->outer[i];
    r->inner[kept] = r->inner[i];
    memmove(r->values.values + kept * bytes, r->values.values + i * bytes,
            (size_t)bytes);
    kept++;
  }
  send(r, r->inner, r->outer, kept);
}

/* One value for all entries is repeated for each of a slab. */
static tacet_status read_slab_values(reading *r, int64_t first, int64_t count,
                                     tacet_error *error) {
  if (!r->matrix->iso)
    return tacet_column_values(&r->values, first, count, error);
  const int bytes = r->values.dataset.number.bytes;
  tacet_status status = tacet_column_values(&r->values, 0, 1, error);
  for (int64_t i = 1; i < count; i++)
    memcpy(r->values.values + i * bytes, r->values.values, (size_t)bytes);
  return status;
}

static tacet_status read_entries(reading *r, tacet_error *error) {
  const int64_t entries = r->matrix->stored.entries;
  tacet_status status = check_lengths(r, error);
  for (int64_t first = 0; first < entries && !status;
       first += TACET_COLUMN_SLAB) {
    const int64_t left = entries - first,
                  count = left < TACET_COLUMN_SLAB ? left : TACET_COLUMN_SLAB;
    status = place_outer(r, first, count, error);
    if (!status) status = place_inner(r, first, count, error);
    if (!status) status = read_slab_values(r, first, count, error);
    if (status) return status;
    send(r, r->outer, r->inner, count);
    if (r->matrix->mirrored) send_mirrored(r, count);
  }
  return status ? status
                : tacet_target_end(r->target, &r->matrix->stored, error);
}

/* A dense array is entries at every place, in order. */
static tacet_status read_dense(reading *r, tacet_error *error) {
  const int64_t entries = r->matrix->stored.entries;
  if (r->matrix->iso || entries != tacet_tensor_size(r->target->tensor) ||
      r->matrix->mirrored)
    return tacet_hdf5_refuse(r->file, error,
                             "is dense, but does not have all its values");
  for (int64_t first = 0; first < entries; first += TACET_COLUMN_SLAB) {
    const int64_t left = entries - first,
                  count = left < TACET_COLUMN_SLAB ? left : TACET_COLUMN_SLAB;
    for (int64_t i = 0; i < count; i++) {
      r->outer[i] = (first + i) / r->minor_size;
      r->inner[i] = (first + i) % r->minor_size;
    }
    tacet_status status = tacet_column_values(&r->values, first, count, error);
    if (status) return status;
    send(r, r->outer, r->inner, count);
  }
  return TACET_OK;
}

tacet_status tacet_compressed_read(const tacet_compressed *matrix,
                                   const tacet_hdf5_file *file,
                                   tacet_target *target, tacet_error *error) {
  tacet_status status = tacet_target_begin(target, &matrix->stored, error);
  if (status) return status;
  reading *r = calloc(1, sizeof *r);
  if (!r)
    return tacet_fail(error, TACET_NO_MEMORY, file->place, "out of memory");
  const int64_t *size = matrix->stored.size;
  const bool vector = matrix->stored.axes == 1;
  r->matrix = matrix;
  r->file = file;
  r->target = target;
  r->major_size = size[matrix->by_columns];
  r->minor_size = vector ? 1 : size[!matrix->by_columns];
  status = open_members(r, error);
  if (!status && !matrix->major && !matrix->pointers)
    status = read_dense(r, error);
  else if (!status)
    status = read_entries(r, error);
  close_reading(r);
  return status;
}
