/* Formats: every number of random tensors written, and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "hand_formats.h"

enum { STREAMS = TACET_MAX_FIBERS + 1, NUMBERS = 1 << 17 };

typedef struct tape {
  const tacet_format *format;
  int64_t length[TACET_MAX_FIBERS], below[TACET_MAX_FIBERS];
  double bits;
  int written[STREAMS][2], read[STREAMS][2];
  int64_t number[STREAMS][2][NUMBERS];
  unsigned char full[MOST_ROOM]; /* read back, in the format's order */
} tape;

static void record(int stream, bool counts, int64_t number, int bits,
                   void *context) {
  tape *t = context;
  int *written = &t->written[stream][counts];
  assert_true(number >= 0 && (bits > 62 || number >> bits == 0));
  assert_true(*written < NUMBERS);
  t->number[stream][counts][(*written)++] = number;
  t->bits += bits;
}

static int64_t next(tape *t, int stream, bool counts) {
  int *read = &t->read[stream][counts];
  assert_true(*read < t->written[stream][counts]);
  return t->number[stream][counts][(*read)++];
}

static bool varies(const tape *t, int level) {
  return level < t->format->fibers &&
         (t->format->fiber[level].kind == TACET_FIBER_RLE ||
          (t->format->fiber[level].kind == TACET_FIBER_CP &&
           t->format->fiber[level].slots == 0));
}

static void read_fiber(tape *t, int level, int64_t base, int64_t entries);

static void read_below(tape *t, int level, int64_t base, int64_t at) {
  int64_t entries = 0;
  assert_true(at < t->length[level]);
  if (varies(t, level + 1)) entries = next(t, level, true);
  read_fiber(t, level + 1, base + at * t->below[level], entries);
}

static void read_offsets(tape *t, int level, int64_t base) {
  static int64_t offset[TACET_MAX_FIBERS][MOST_ROOM];
  const int64_t length = t->length[level];
  for (int64_t at = 0; at <= length; at++)
    offset[level][at] = next(t, level, false);
  for (int64_t at = 0; at < length; at++) {
    const int64_t entries = offset[level][at + 1] - offset[level][at];
    if (entries > 0)
      read_fiber(t, level + 1, base + at * t->below[level], entries);
  }
}

static void read_fiber(tape *t, int level, int64_t base, int64_t entries) {
  if (level == t->format->fibers) {
    if (next(t, TACET_VALUES, false)) t->full[base] = 1;
    return;
  }
  const tacet_fiber *fiber = &t->format->fiber[level];
  if (fiber->kind == TACET_FIBER_UOP) {
    read_offsets(t, level, base);
    return;
  }
  if (fiber->slots) entries = fiber->slots;
  if (fiber->kind == TACET_FIBER_U || fiber->kind == TACET_FIBER_B)
    entries = t->length[level];
  int64_t after = 0;
  for (int64_t e = 0; e < entries; e++) {
    int64_t at = e;
    if (fiber->kind == TACET_FIBER_CP) at = next(t, level, false);
    if (fiber->kind == TACET_FIBER_RLE) at = after + next(t, level, false);
    if (fiber->kind == TACET_FIBER_B && !next(t, level, false)) continue;
    read_below(t, level, base, at);
    after = at + 1;
  }
}

/* The outermost fiber ends where its numbers do. */
static void read_back(tape *t) {
  int64_t entries = 0;
  if (varies(t, 0)) entries = t->written[0][0];
  read_fiber(t, 0, 0, entries);
  for (int s = 0; s < STREAMS; s++)
    for (int c = 0; c < 2; c++)
      assert_int_equal(t->read[s][c], t->written[s][c]);
}

/* Widths that are given can be too narrow: not here, but for runs. */
static void widen(tacet_format *format) {
  for (int i = 0; i < format->fibers; i++) {
    format->fiber[i].payload_bits = TACET_DERIVED;
    if (format->fiber[i].kind != TACET_FIBER_RLE)
      format->fiber[i].metadata_bits = TACET_DERIVED;
  }
}

static void write_and_read(uint64_t *random, tacet_encoding *encoding) {
  static tape t;
  static unsigned char full[MOST_CELLS], sorted[MOST_ROOM], again[MOST_ROOM];
  const int64_t size[] = {
      random_between(random, 1, 7), random_between(random, 1, 9),
      random_between(random, 1, 4), random_between(random, 1, 5)};
  const tacet_layer layer = convolution(size);
  const int ranks = layer.tensor[TACET_WEIGHT].ranks;
  const int64_t percent = random_between(random, 0, 10) * 10;
  tacet_format format = random_format(random, &layer, TACET_WEIGHT);
  tacet_grid_cells cells = {.full = full, .sorted = sorted};
  if (format.fibers == 0) return;
  widen(&format);
  bind(&format, &layer);
  extents_of(cells.extent, &layer);
  const int64_t room = tacet_encode_room(&format, cells.extent);
  assert_true(room <= MOST_ROOM);
  for (int64_t i = 0; i < size[0] * size[1] * size[2] * size[3]; i++)
    full[i] = random_between(random, 1, 100) <= percent;

  memset(&t.written, 0, sizeof t.written);
  memset(&t.read, 0, sizeof t.read);
  memset(t.full, 0, sizeof t.full);
  t.format = &format;
  t.bits = 0;
  int64_t below = 1;
  for (int i = format.fibers - 1; i >= 0; i--) {
    t.length[i] = tacet_fiber_length(&format.fiber[i], cells.extent);
    t.below[i] = below;
    below *= t.length[i];
  }
  const tacet_bits bits = tacet_encode(&format, &cells, ranks, 8, record, &t);
  memcpy(again, sorted, (size_t)room);
  read_back(&t);
  assert_memory_equal(t.full, again, (size_t)room);
  if (format.word == 0) assert_true(bits.payload + bits.metadata == t.bits);
  assert_true(bits.payload + bits.metadata >= t.bits);
  assert_true(count_bits(&format, cells.extent, ranks, full, encoding) ==
              bits.payload + bits.metadata);
}

static void what_is_written_can_be_read(void **state) {
  (void)state;
  uint64_t random = 2016, cases = 5000;
  tacet_encoding encoding;
  assert_int_equal(tacet_encoding_make(&encoding, MOST_CELLS, NULL), TACET_OK);
  ask_for_cases(&random, &cases);
  for (uint64_t i = 0; i < cases; i++) write_and_read(&random, &encoding);
  tacet_encoding_free(&encoding);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_can_be_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
