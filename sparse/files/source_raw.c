/* Values as they lie in the file, one after the other: numbers, or packed
   bits. Whoever found them may have been fooled, so everything is checked. */
#include <stdlib.h>
#include <string.h>

#include "source.h"

/* ---- numbers ------------------------------------------------------------ */

typedef struct slabs {
  tacet_input *input;       /* of numbers */
  tacet_bytes_reader *read; /* of packed bits, */
  void *context;            /* with this */
  const tacet_raw *raw;
  const tacet_target *target;
  int64_t elements;
} slabs;

static tacet_status read_numbers(void *context, int64_t first, int64_t count,
                                 unsigned char *values, tacet_error *error) {
  const slabs *s = context;
  (void)first; /* they come one after the other */
  return tacet_input_copy(s->input, values, count * s->raw->number.bytes,
                          error);
}

/* ---- packed bits -------------------------------------------------------- */

static unsigned char turned(unsigned char byte) {
  unsigned char result = 0;
  for (int bit = 0; bit < 8; bit++)
    result = (unsigned char)(result << 1 | (byte >> bit & 1));
  return result;
}

void tacet_turn_bytes(unsigned char *bytes, int64_t count) {
  for (int64_t i = 0; i < count; i++) bytes[i] = turned(bytes[i]);
}

/* Bytes of elements first .. first+8*count-1; `first` is a multiple of 8. */
static tacet_status read_bytes(const slabs *s, int64_t first, int64_t count,
                               unsigned char *bytes, tacet_error *error) {
  tacet_status status = s->read(s->context, first / 8, count, bytes, error);
  if (status) return status;
  if (s->raw->high_first) tacet_turn_bytes(bytes, count);
  const int64_t used = s->elements - first - 8 * (count - 1);
  if (used >= 8 || bytes[count - 1] >> used == 0) return TACET_OK;
  return tacet_target_refuse(s->target, &s->raw->stored, error,
                             "bits are set after its last element");
}

/* A slab of elements as bytes of 0 and 1. */
static tacet_status read_flags(void *context, int64_t first, int64_t count,
                               unsigned char *flags, tacet_error *error) {
  unsigned char bytes[4096];
  while (count > 0) {
    const int64_t skip = first % 8;
    int64_t some = 8 * (int64_t)sizeof bytes - skip;
    if (some > count) some = count;
    tacet_status status =
        read_bytes(context, first - skip, (skip + some + 7) / 8, bytes, error);
    if (status) return status;
    for (int64_t i = skip; i < skip + some; i++)
      *flags++ = bytes[i / 8] >> (i % 8) & 1;
    first += some;
    count -= some;
  }
  return TACET_OK;
}

static tacet_status read_packed(slabs *s, tacet_target *target,
                                tacet_error *error) {
  static const tacet_number byte = {TACET_UNSIGNED, 1, false, 0};
  if (target->bits && tacet_is_in_order(target))
    return read_bytes(s, 0, (s->elements + 7) / 8,
                      (unsigned char *)target->bits, error);
  return tacet_stream_slabs(&s->raw->stored, &byte, target, read_flags, s,
                            error);
}

/* ---- both --------------------------------------------------------------- */

/* By columns is by rows with the axes in reverse. */
static void reverse_axes(tacet_stored *stored, tacet_axes *axes) {
  for (int low = 0, high = stored->axes - 1; low < high; low++, high--) {
    const int64_t size = stored->size[low];
    const tacet_axis axis = axes->axis[low];
    stored->size[low] = stored->size[high];
    stored->size[high] = size;
    axes->axis[low] = axes->axis[high];
    axes->axis[high] = axis;
  }
}

/* Packed bits as they lie in an input. */
typedef struct raw_bytes {
  tacet_input *input;
  int64_t offset;
} raw_bytes;

static tacet_status read_raw_bytes(void *context, int64_t first, int64_t count,
                                   unsigned char *bytes, tacet_error *error) {
  const raw_bytes *raw = context;
  tacet_input_seek(raw->input, raw->offset + first);
  return tacet_input_copy(raw->input, bytes, count, error);
}

/* Streams from an input into a target that has begun. */
static tacet_status stream(tacet_input *input, tacet_raw *raw,
                           tacet_target *target, tacet_error *error) {
  raw_bytes bytes = {input, raw->offset};
  slabs s = {input, read_raw_bytes, &bytes,
             raw,   target,         tacet_tensor_size(target->tensor)};
  if (raw->by_columns) reverse_axes(&raw->stored, &target->axes);
  if (target->bits && tacet_is_in_order(target))
    return tacet_read_in_order(input, raw, target, error);
  tacet_input_seek(input, raw->offset);
  tacet_status status =
      raw->packed ? read_packed(&s, target, error)
                  : tacet_stream_slabs(&raw->stored, &raw->number, target,
                                       read_numbers, &s, error);
  return status ? status : tacet_input_unchanged(input, error);
}

tacet_status tacet_bits_read(const tacet_raw *raw, tacet_bytes_reader *read,
                             void *context, tacet_target *target,
                             tacet_error *error) {
  slabs s = {NULL, read,   context,
             raw,  target, tacet_tensor_size(target->tensor)};
  return read_packed(&s, target, error);
}

tacet_status tacet_stream_raw(tacet_input *input, tacet_raw *raw,
                              tacet_target *target, tacet_error *error) {
  raw->found = true;
  raw->file_size = input->size;
  if (!target->raw) return stream(input, raw, target, error);
  *target->raw = *raw;
  return tacet_input_unchanged(input, error);
}

/* Whatever was written there, the strings end and the numbers are in range. */
static bool is_sound(tacet_raw *raw) {
  tacet_stored *stored = &raw->stored;
  stored->name[sizeof stored->name - 1] = '\0';
  stored->layout[sizeof stored->layout - 1] = '\0';
  return stored->axes > 0 && stored->axes <= TACET_AXES && raw->offset >= 0 &&
         (raw->packed || tacet_number_name(&raw->number) != NULL);
}

tacet_status tacet_raw_read(const tacet_raw *raw, tacet_target *target,
                            tacet_error *error) {
  tacet_raw copy = *raw;
  tacet_input *input = malloc(sizeof *input);
  if (!input)
    return tacet_fail(error, TACET_NO_MEMORY, target->place, "out of memory");
  tacet_status status =
      tacet_input_open(input, target->file, target->place, error);
  if (status) {
    free(input);
    return status;
  }
  if (!is_sound(&copy) || input->size != copy.file_size)
    status = tacet_input_refuse(input, error, "changed while it was read");
  if (!status) status = tacet_target_begin(target, &copy.stored, error);
  if (!status) status = stream(input, &copy, target, error);
  tacet_input_close(input);
  free(input);
  return status;
}
