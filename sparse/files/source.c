/* Telling kinds of file apart, and what their readers have in common. */
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const tacet_source_kind *const kinds[] = {
    &tacet_source_hdf5,   &tacet_source_npy,  &tacet_source_safetensors,
    &tacet_source_market, &tacet_source_text, &tacet_source_smtx,
};

enum { kind_count = sizeof kinds / sizeof *kinds };

/* ---- kinds -------------------------------------------------------------- */

static tacet_status refuse_kind(const tacet_input *input,
                                const unsigned char *head, size_t size,
                                tacet_error *error) {
  if (size == 0) return tacet_input_refuse(input, error, "is empty");
  if (size >= 4 && memcmp(head, "PK\3\4", 4) == 0) {
    tacet_input_refuse(input, error,
                       "is a ZIP archive (.keras, .npz and .pt are)");
    return tacet_advise(error, "unpack it and name the file inside; save a "
                               ".pt as safetensors");
  }
  tacet_input_refuse(input, error, "is of no known kind");
  return tacet_advise(error,
                      "expected HDF5, NumPy .npy, safetensors, MatrixMarket, "
                      "DLMC .smtx or text of 0 and 1");
}

/* Reads the head of the file and goes back to its start. */
static tacet_status find_kind(const tacet_source_kind **kind,
                              tacet_input *input, tacet_error *error) {
  tacet_input_peek(input); /* fills the buffer */
  for (int i = 0; i < kind_count; i++) {
    *kind = kinds[i];
    if ((*kind)->is(input->buffer, input->filled, input->size)) return TACET_OK;
  }
  return refuse_kind(input, input->buffer, input->filled, error);
}

/* Inputs are as large as their buffer: not for the stack. */
static tacet_status open_input(tacet_input **input, const char *path,
                               const tacet_place *place, tacet_error *error) {
  *input = malloc(sizeof **input);
  if (!*input)
    return tacet_fail(error, TACET_NO_MEMORY, place, "out of memory");
  tacet_status status = tacet_input_open(*input, path, place, error);
  if (status) free(*input);
  return status;
}

static void close_input(tacet_input *input) {
  tacet_input_close(input);
  free(input);
}

/* Messages quote files; whatever these hold, a message is one line. */
static tacet_status one_line(tacet_status status, tacet_error *error) {
  for (char *c = error ? error->message : ""; status && *c; c++)
    if ((unsigned char)*c < ' ' || *c == 127) *c = ' ';
  return status;
}

tacet_status tacet_source_list(tacet_listing *listing, const char *path,
                               const tacet_place *place, tacet_error *error) {
  const tacet_source_kind *kind;
  tacet_input *input;
  tacet_status status = open_input(&input, path, place, error);
  if (status) return status;
  status = find_kind(&kind, input, error);
  if (!status) {
    snprintf(listing->kind, sizeof listing->kind, "%s", kind->name);
    status = kind->list(input, listing, error);
  }
  close_input(input);
  return one_line(status, error);
}

static tacet_status read_array(tacet_target *target, const char *array,
                               tacet_error *error) {
  const tacet_source_kind *kind;
  tacet_input *input;
  tacet_status status = open_input(&input, target->file, target->place, error);
  if (status) return status;
  status = find_kind(&kind, input, error);
  if (!status) status = kind->read(input, array, target, error);
  close_input(input);
  return one_line(status, error);
}

/* The name that the file has for the array. */
static tacet_status find_name(char *name, size_t size,
                              const tacet_target *target, const char *array,
                              tacet_error *error) {
  tacet_listing *listing = calloc(1, sizeof *listing);
  const tacet_stored *found;
  if (!listing)
    return tacet_fail(error, TACET_NO_MEMORY, target->place, "out of memory");
  tacet_status status =
      tacet_source_list(listing, target->file, target->place, error);
  if (!status)
    status = tacet_listing_find(&found, listing, array, target->file,
                                target->place, error);
  if (!status) snprintf(name, size, "%s", found->name);
  free(listing);
  return one_line(status, error);
}

/* Files that hold one array need no name for it. What is wrong with others is
   said by the reader, and what they hold if that is it. */
tacet_status tacet_source_read(tacet_target *target, const char *array,
                               tacet_error *error) {
  char name[TACET_ARRAY_NAME];
  tacet_error other;
  if (!array || !array[0]) {
    const tacet_status status = find_name(name, sizeof name, target, "", error);
    return status ? status : read_array(target, name, error);
  }
  const tacet_status status = read_array(target, array, error);
  if (status == TACET_BAD_INPUT && error && !error->hint[0] &&
      find_name(name, sizeof name, target, array, &other))
    tacet_advise(error, "%s", other.hint);
  return status;
}

/* ---- for readers -------------------------------------------------------- */

tacet_status tacet_list_array(tacet_listing *listing,
                              const tacet_stored *stored,
                              const tacet_input *input, tacet_error *error) {
  if (listing->count == TACET_MOST_LISTED)
    return tacet_input_refuse(input, error, "holds more than %d arrays",
                              (int)TACET_MOST_LISTED);
  listing->array[listing->count++] = *stored;
  return TACET_OK;
}

tacet_status tacet_refuse_name(const tacet_input *input, const char *array,
                               tacet_error *error) {
  if (!array[0]) return TACET_OK;
  tacet_input_refuse(input, error, "has but one array, and no name for it");
  return tacet_advise(error, "leave out the dataset");
}

tacet_status tacet_stored_bytes(int64_t *total, const tacet_input *input,
                                const tacet_stored *stored, int64_t bytes,
                                tacet_error *error) {
  *total = bytes;
  for (int axis = 0; axis < stored->axes; axis++)
    if (stored->size[axis] < 0 ||
        __builtin_mul_overflow(*total, stored->size[axis], total))
      return tacet_input_refuse(input, error, "its size overflows 64 bits");
  return TACET_OK;
}

/* Slabs are whole along the inner axes, and 1 along the outer ones. */
static int64_t choose_slab(int64_t *slab, const tacet_stored *stored,
                           int64_t bytes) {
  static const int64_t most = INT64_C(1) << 18; /* stays in a cache */
  for (int axis = stored->axes - 1; axis >= 0; axis--) {
    const int64_t fit = most / bytes;
    slab[axis] = stored->size[axis] < fit ? stored->size[axis]
                 : fit > 0                ? fit
                                          : 1;
    bytes *= slab[axis];
    if (slab[axis] < stored->size[axis]) bytes = most;
  }
  return bytes;
}

static bool next_slab(int64_t *start, const int64_t *slab,
                      const tacet_stored *stored) {
  for (int axis = stored->axes - 1; axis >= 0; axis--) {
    start[axis] += slab[axis];
    if (start[axis] < stored->size[axis]) return true;
    start[axis] = 0;
  }
  return false;
}

tacet_status tacet_stream_slabs(const tacet_stored *stored,
                                const tacet_number *number,
                                tacet_target *target, tacet_slab_reader *read,
                                void *context, tacet_error *error) {
  int64_t slab[TACET_AXES], length[TACET_AXES], start[TACET_AXES] = {0};
  const int64_t room = choose_slab(slab, stored, number->bytes);
  unsigned char *values = malloc((size_t)room);
  if (!values)
    return tacet_fail(error, TACET_NO_MEMORY, target->place, "out of memory");
  tacet_status status;
  int64_t first = 0, count;
  do {
    count = 1;
    for (int axis = 0; axis < stored->axes; axis++) {
      const int64_t left = stored->size[axis] - start[axis];
      length[axis] = left < slab[axis] ? left : slab[axis];
      count *= length[axis];
    }
    status = read(context, first, count, values, error);
    if (!status) tacet_target_box(target, start, length, values, number);
    first += count;
  } while (!status && next_slab(start, slab, stored));
  free(values);
  return status;
}

/* ---- entries ------------------------------------------------------------ */

void tacet_entries_flush(tacet_entries *entries) {
  const tacet_number number = {TACET_FLOAT, sizeof(double),
                               __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, 11};
  tacet_target_entries(entries->target, entries->row, entries->column,
                       entries->count, (const unsigned char *)entries->value,
                       &number);
  entries->count = 0;
}

void tacet_entries_add(tacet_entries *entries, int64_t row, int64_t column,
                       double value) {
  const int most = sizeof entries->row / sizeof *entries->row;
  if (entries->count == most) tacet_entries_flush(entries);
  entries->row[entries->count] = row;
  entries->column[entries->count] = column;
  entries->value[entries->count++] = value;
}
