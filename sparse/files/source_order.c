/* Values that a file has in the tensor's own order: bits are made where they
   belong, by all processors. */
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "../masks/mask.h"
#include "source.h"
#include "workers.h"

/* What a worker reads at a time stays in its cache. */
enum { PIECE = 1 << 18 };

typedef struct order {
  const tacet_input *input;
  const tacet_raw *raw;
  uint64_t *bits;
  uint64_t limit; /* of magnitudes that are zero */
  int64_t elements;
  int64_t span;          /* elements of a piece, in whole words */
  unsigned char *values; /* [workers * PIECE] */
  atomic_int_fast64_t ones;
  atomic_bool broken;
} order;

bool tacet_is_in_order(const tacet_target *target) {
  int64_t stride = 1;
  for (int axis = target->axes.count - 1; axis >= 0; axis--) {
    const tacet_axis *along = &target->axes.axis[axis];
    if (along->parts > 1) return false;
    if (along->size > 1 && along->stride[0] != stride) return false;
    stride *= along->size;
  }
  return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}

static bool read_all(const order *o, int64_t offset, unsigned char *bytes,
                     int64_t count) {
  while (count > 0) {
    const ssize_t got =
        pread(o->input->descriptor, bytes, (size_t)count, (off_t)offset);
    if (got <= 0) return false;
    bytes += got;
    offset += got;
    count -= got;
  }
  return true;
}

static bool take_bits(order *o, int64_t first, int64_t count) {
  unsigned char *bytes = (unsigned char *)o->bits + first / 8;
  const int64_t length = (count + 7) / 8;
  if (!read_all(o, o->raw->offset + first / 8, bytes, length)) return false;
  if (o->raw->high_first) tacet_turn_bytes(bytes, length);
  return true;
}

static bool take_values(order *o, int64_t first, int64_t count,
                        unsigned char *values) {
  const tacet_number *number = &o->raw->number;
  const tacet_flag_box run = {
      .ranks = 1, .length = {count}, .stride = {1}, .first = first};
  if (!read_all(o, o->raw->offset + first * number->bytes, values,
                count * number->bytes))
    return false;
  if (!tacet_are_flags(number, o->limit))
    tacet_flag_values(values, values, count, number, o->limit);
  tacet_flags_to_bits(o->bits, &run, values);
  return true;
}

static void take_piece(void *context, int64_t piece, int worker) {
  order *o = context;
  const int64_t first = piece * o->span, left = o->elements - first;
  const int64_t count = left < o->span ? left : o->span;
  const bool whole =
      o->raw->packed
          ? take_bits(o, first, count)
          : take_values(o, first, count, o->values + (int64_t)worker * PIECE);
  if (!whole) atomic_store(&o->broken, true);
  if (whole)
    atomic_fetch_add(&o->ones,
                     tacet_ones(o->bits + first / 64, (count + 63) / 64));
}

tacet_status tacet_read_in_order(tacet_input *input, const tacet_raw *raw,
                                 tacet_target *target, tacet_error *error) {
  const int workers = target->workers ? target->workers : tacet_processors();
  order o = {.input = input, .raw = raw, .bits = target->bits};
  o.limit = tacet_magnitude_limit(&raw->number, target->threshold);
  o.elements = tacet_tensor_size(target->tensor);
  o.span = raw->packed ? INT64_C(8) * PIECE : PIECE / raw->number.bytes;
  atomic_init(&o.ones, 0);
  atomic_init(&o.broken, false);
  if (!raw->packed) o.values = malloc((size_t)workers * PIECE);
  if (!raw->packed && !o.values)
    return tacet_fail(error, TACET_NO_MEMORY, target->place, "out of memory");
  tacet_workers_run(workers, (o.elements + o.span - 1) / o.span, take_piece,
                    &o);
  free(o.values);
  target->ones = o.ones;
  tacet_status status = tacet_input_unchanged(input, error);
  if (!status && o.broken)
    status = tacet_input_refuse(input, error, "cannot be read to its end");
  const int used = (int)(o.elements % 64);
  if (!status && used && o.bits[o.elements / 64] >> used)
    status = tacet_target_refuse(target, &raw->stored, error,
                                 "bits are set after its last element");
  return status;
}
