/* Stacks deal a tensor's ranks out in random order. */
#include "format_cases.h"

#include <string.h>

static bool chance(uint64_t *state, int64_t percent) {
  return random_between(state, 0, 99) < percent;
}

static tacet_fiber random_fiber(uint64_t *state) {
  tacet_fiber fiber = {
      .kind = (tacet_fiber_kind)random_between(state, 0, TACET_FIBER_KINDS - 1),
      .metadata_bits = TACET_DERIVED,
      .payload_bits = TACET_DERIVED};
  if (chance(state, 30)) fiber.metadata_bits = (int)random_between(state, 0, 5);
  if (chance(state, 15)) fiber.payload_bits = (int)random_between(state, 0, 9);
  return fiber;
}

/* Two fibers in the place of one: blocks, and further in what is in them. */
static void cut_fiber(uint64_t *state, tacet_format *format, int at) {
  const int64_t block = random_between(state, 1, 4);
  const int to = (int)random_between(state, at + 1, format->fibers);
  tacet_fiber within = random_fiber(state);
  format->fiber[at].cut = TACET_CUT_BLOCKS;
  format->fiber[at].block = block;
  within.cut = TACET_CUT_WITHIN;
  within.block = block;
  within.along = format->fiber[at].along;
  memcpy(within.name, format->fiber[at].name, sizeof within.name);
  memmove(&format->fiber[to + 1], &format->fiber[to],
          (size_t)(format->fibers - to) * sizeof within);
  format->fiber[to] = within;
  format->fibers++;
}

static void name_ranks(uint64_t *state, tacet_format *format,
                       const tacet_tensor *tensor) {
  for (int r = 0; r < tensor->ranks; r++) {
    tacet_fiber *fiber =
        &format->fiber[random_between(state, 0, format->fibers - 1)];
    char *name = fiber->name;
    const int at = (int)random_between(state, 0, (int64_t)strlen(name));
    fiber->along = TACET_ALONG_NAMED;
    memmove(name + at + 1, name + at, strlen(name) - (size_t)at);
    name[at] = tensor->rank[r].name[0];
  }
}

static tacet_format random_stack(uint64_t *state, const tacet_tensor *tensor) {
  tacet_format format = {.name = TACET_STACK,
                         .fibers = (int)random_between(state, 1, 4)};
  for (int i = 0; i < format.fibers; i++) format.fiber[i] = random_fiber(state);
  if (chance(state, 70)) {
    name_ranks(state, &format, tensor);
    for (int cuts = 0; cuts < 2 && chance(state, 40); cuts++) {
      const int at = (int)random_between(state, 0, format.fibers - 1);
      if (format.fiber[at].cut == TACET_CUT_NONE) cut_fiber(state, &format, at);
    }
  } else {
    format.outer_first = chance(state, 30);
  }
  for (int i = 0; i < format.fibers; i++)
    if (format.fiber[i].kind != TACET_FIBER_U) return format;
  format.fiber[0].kind = TACET_FIBER_B; /* else nothing is compressed */
  return format;
}

tacet_format random_format(uint64_t *state, const tacet_layer *layer,
                           int slot) {
  tacet_format format;
  const int64_t kind = random_between(state, 0, 9);
  if (kind < 5)
    format = tacet_format_named(
        (tacet_format_name)random_between(state, 0, TACET_NAMED_FORMATS - 1));
  else if (kind < 6)
    format = tacet_format_bsr(random_between(state, 1, 4),
                              random_between(state, 1, 4));
  else if (kind < 7)
    format = tacet_format_n_of_m(4, 4);
  else
    format = random_stack(state, &layer->tensor[slot]);
  if (format.fibers > 0 && !format.whole && chance(state, 25))
    format.word = random_between(state, 1, 16) * 8;
  return format;
}
