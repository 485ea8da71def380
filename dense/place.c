/* Chooses what L2 keeps (design, section 3: "L2 keeps what its capacity
   allows") and checks that every level holds its tiles. */
#include "need.h"
#include "reuse.h"

#include <string.h>

/* ---- options ------------------------------------------------------------ */

/* A position of one tensor. */
typedef struct option {
  int position;
  int64_t words;     /* DRAM, both ways */
  int64_t need_bits; /* in L2 */
} option;

/* Of one tensor the positions worth taking: from each to the next the words
   rise and the need falls. */
typedef struct options {
  int count;
  option at[TACET_MAX_LOOPS + 1];
  int64_t inner_bits; /* need at the innermost position */
} options;

/* Options come outermost first; of equal ones the first stays. */
static void add_option(options *o, option next) {
  int from = 0;
  o->inner_bits = next.need_bits;
  while (from < o->count && o->at[from].words <= next.words) from++;
  if (from > 0 && o->at[from - 1].need_bits <= next.need_bits) return;
  if (from > 0 && o->at[from - 1].words == next.words) from--;
  int to = from;
  while (to < o->count && o->at[to].need_bits >= next.need_bits) to++;
  memmove(&o->at[from + 1], &o->at[to],
          (size_t)(o->count - to) * sizeof o->at[0]);
  o->at[from] = next;
  o->count += 1 - (to - from);
}

static void offer(options *o, const tacet_sweep *sweep, int t,
                  const tacet_accelerator *accelerator) {
  tacet_placed placed;
  tacet_sweep_cost(&placed, sweep, t);
  add_option(o, (option){sweep->position, placed.fills + placed.drains,
                         tacet_tile_bits(accelerator, 1, t, placed.footprint,
                                         placed.moves)});
}

/* A position just inside a loop that leaves the tile as it is costs the same
   as the one outside: no option. */
static void list_options(options list[TACET_TENSORS], const tacet_axes *axes,
                         const tacet_accelerator *accelerator) {
  tacet_sweep sweep;
  tacet_sweep_start(&sweep, axes);
  for (int t = 0; t < TACET_TENSORS; t++) {
    list[t].count = 0;
    offer(&list[t], &sweep, t, accelerator);
  }
  while (sweep.position < axes->view.loops) {
    bool matters[TACET_TENSORS];
    for (int t = 0; t < TACET_TENSORS; t++)
      matters[t] = tacet_sweep_matters(&sweep, t);
    tacet_sweep_next(&sweep);
    for (int t = 0; t < TACET_TENSORS; t++)
      if (matters[t]) offer(&list[t], &sweep, t, accelerator);
  }
}

/* ---- the choice --------------------------------------------------------- */

/* A position for every tensor. */
typedef struct choice {
  int position[TACET_TENSORS];
  int64_t words, need_bits;
} choice;

static choice choose_all(const option *const at[TACET_TENSORS]) {
  choice c = {{0}, 0, 0};
  for (int t = 0; t < TACET_TENSORS; t++) {
    c.position[t] = at[t]->position;
    c.words += at[t]->words;
    c.need_bits += at[t]->need_bits;
  }
  return c;
}

/* Fewer words, then less need, then further out in tensor order. */
static bool better(const choice *a, const choice *b) {
  if (a->words != b->words) return a->words < b->words;
  if (a->need_bits != b->need_bits) return a->need_bits < b->need_bits;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (a->position[t] != b->position[t])
      return a->position[t] < b->position[t];
  return false;
}

/* The first option that needs at most `room` bits, or NULL. */
static const option *first_fit(const options *o, int64_t room) {
  for (int i = 0; i < o->count; i++)
    if (o->at[i].need_bits <= room) return &o->at[i];
  return NULL;
}

/* The best choice that fits, if any: for each pair of options of two tensors
   the first of the third, until the words of the first alone are too many. */
static bool choose(choice *best, const options list[TACET_TENSORS],
                   int64_t room) {
  const options *weight = &list[TACET_WEIGHT], *input = &list[TACET_INPUT];
  const options *output = &list[TACET_OUTPUT];
  int64_t rest = input->at[0].words + output->at[0].words;
  bool found = false;
  for (int w = 0; w < weight->count; w++) {
    if (found && weight->at[w].words + rest > best->words) break;
    for (int i = 0; i < input->count; i++) {
      const option *at[] = {&weight->at[w], &input->at[i], NULL};
      at[TACET_OUTPUT] = first_fit(output, room - at[TACET_WEIGHT]->need_bits -
                                               at[TACET_INPUT]->need_bits);
      if (!at[TACET_OUTPUT]) continue;
      choice next = choose_all(at);
      if (!found || better(&next, best)) *best = next;
      found = true;
    }
  }
  return found;
}

/* ---- placing ------------------------------------------------------------ */

static tacet_status does_not_fit(const tacet_accelerator *accelerator,
                                 int storage, int64_t need,
                                 tacet_error *error) {
  const tacet_storage *buffer = &accelerator->storage[storage];
  tacet_fail(error, TACET_INFEASIBLE, &accelerator->place,
             "%s is too small: the tiles of %s need %.1f B, it has %.1f B",
             buffer->name,
             storage == 1 ? "one step of all PEs" : "one step of a PE",
             (double)need / 8, (double)buffer->size_bits / 8);
  return tacet_advise(error, "map smaller tiles, or give %s %.1f B more",
                      buffer->name, (double)(need - buffer->size_bits) / 8);
}

tacet_status tacet_place_tiles(tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               tacet_error *error) {
  tacet_axes axes;
  tacet_view view = tacet_view_pes(nest);
  tacet_axes_make(&axes, &view);
  int l1 = nest->storages - 1;
  int64_t need = tacet_l1_need(&axes, accelerator);
  if (need > accelerator->storage[l1].size_bits)
    return does_not_fit(accelerator, l1, need, error);
  options list[TACET_TENSORS];
  choice best;
  list_options(list, &axes, accelerator);
  if (!choose(&best, list, accelerator->storage[1].size_bits)) {
    need = 0;
    for (int t = 0; t < TACET_TENSORS; t++) need += list[t].inner_bits;
    return does_not_fit(accelerator, 1, need, error);
  }
  memcpy(nest->position[1], best.position, sizeof best.position);
  return TACET_OK;
}
