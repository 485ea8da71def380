/* Chooses what each level keeps (design, section 3: "L2 keeps what its
   capacity allows"), the inner ones first, and checks that every level holds
   its tiles. */
#include "../activity/kept_steps.h"
#include "need.h"
#include "place.h"

#include <string.h>

/* Moments and PEs that a window of an L1 that keeps tiles may have. */
static const int64_t MOST_WINDOWS = (int64_t)1 << 20;

/* ---- options ------------------------------------------------------------ */

/* A position of one tensor. */
typedef struct option {
  int position;
  int64_t words;     /* from and to the parent */
  int64_t need_bits; /* of the level */
} option;

/* Of one tensor the positions worth taking: from each to the next the words
   rise and the need falls. */
typedef struct options {
  int count;
  option at[TACET_MAX_LOOPS + 1];
  tacet_placed placed[TACET_MAX_LOOPS + 1]; /* in L2, by position */
  int64_t inner_bits;                       /* need at the innermost position */
} options;

/* Puts an option of fewer words than the last in its place: rare, and apart, so
   that others do not save registers for it. */
__attribute__((noinline)) static void insert_option(options *o,
                                                    const option *by) {
  int from = o->count, to = from;
  while (from > 0 && o->at[from - 1].words > by->words) from--;
  if (from > 0 && o->at[from - 1].need_bits <= by->need_bits) return;
  if (from > 0 && o->at[from - 1].words == by->words) from--;
  while (to > from && o->at[to - 1].need_bits < by->need_bits) to--;
  if (to < o->count)
    memmove(&o->at[from + 1], &o->at[to],
            (size_t)(o->count - to) * sizeof o->at[0]);
  o->at[from] = *by;
  o->count += 1 - (to - from);
}

/* Options come outermost first, and mostly so that words rise; of equal ones
   the first stays. */
static void add_option(options *o, int position, int64_t words,
                       int64_t need_bits) {
  const option by = {position, words, need_bits};
  if (o->count > 0) {
    const option *last = &o->at[o->count - 1];
    if (last->words > words) {
      insert_option(o, &by);
      return;
    }
    if (last->need_bits <= need_bits) return;
    if (last->words == words) o->count--;
  }
  o->at[o->count++] = by;
}

static void offer(options *o, const tacet_sweep *sweep, int t,
                  const tacet_accelerator *accelerator) {
  tacet_placed *placed = &o->placed[sweep->position];
  tacet_sweep_cost(placed, sweep, t);
  o->inner_bits =
      tacet_tile_bits(accelerator, 1, t, placed->footprint, placed->moves);
  add_option(o, sweep->position, placed->fills + placed->drains, o->inner_bits);
}

/* Positions of L2 at or outside of `limit`. One just inside a loop that leaves
   the tile as it is costs the same as the one outside: no option. */
static void list_options(options list[TACET_TENSORS], const tacet_axes *axes,
                         const tacet_accelerator *accelerator,
                         const int limit[TACET_TENSORS]) {
  tacet_sweep sweep;
  tacet_sweep_start(&sweep, axes);
  for (int t = 0; t < TACET_TENSORS; t++) {
    list[t].count = 0;
    offer(&list[t], &sweep, t, accelerator);
  }
  for (int i = 0; i < axes->view.loops; i++) {
    const uint32_t changed = tacet_sweep_next(&sweep);
    for (int t = 0; t < TACET_TENSORS; t++)
      if (i < limit[t] && (axes->view.layer->tensor[t].dims & changed))
        offer(&list[t], &sweep, t, accelerator);
  }
}

/* The same for a level at a cluster boundary, or L1. */
static void list_buffer_options(options list[TACET_TENSORS],
                                const tacet_axes *axes, const tacet_nest *nest,
                                const tacet_accelerator *accelerator,
                                int storage) {
  const tacet_link *link = &accelerator->link[storage - 1];
  const bool inmost = storage == nest->storages - 1;
  const int steps[TACET_TENSORS] = {nest->loops, nest->loops, nest->loops};
  const int *limit = inmost ? steps : nest->position[storage + 1];
  for (int t = 0; t < TACET_TENSORS; t++) list[t].count = 0;
  for (int position = 0; position <= nest->loops; position++) {
    const tacet_loop *outer = position ? &nest->loop[position - 1] : NULL;
    tacet_crossing crossing[TACET_TENSORS];
    bool crossed = false;
    for (int t = 0; t < TACET_TENSORS; t++) {
      bool same =
          outer && (outer->folds == 1 ||
                    !tacet_has_dim(&nest->layer->tensor[t], outer->dim));
      if (position > limit[t] || same) continue;
      if (!crossed && inmost)
        tacet_kept_cross(crossing, axes, nest, link, position);
      else if (!crossed)
        tacet_cross(crossing, nest, link, storage, position);
      crossed = true;
      const tacet_crossing *c = &crossing[t];
      list[t].inner_bits =
          tacet_tile_bits(accelerator, storage, t, c->footprint, c->moves);
      add_option(&list[t], position,
                 c->traffic.parent_reads + c->traffic.updates,
                 list[t].inner_bits);
    }
  }
}

/* ---- the choice --------------------------------------------------------- */

/* An option of every tensor. */
typedef struct choice {
  const option *at[TACET_TENSORS];
  int64_t words, need_bits;
} choice;

static void add_up(choice *c) {
  c->words = c->need_bits = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    c->words += c->at[t]->words;
    c->need_bits += c->at[t]->need_bits;
  }
}

/* Fewer words, then less need, then further out in tensor order. */
static bool better(const choice *a, const choice *b) {
  if (a->words != b->words) return a->words < b->words;
  if (a->need_bits != b->need_bits) return a->need_bits < b->need_bits;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (a->at[t]->position != b->at[t]->position)
      return a->at[t]->position < b->at[t]->position;
  return false;
}

/* The first option that needs at most `room` bits, or NULL. */
static const option *first_fit(const options *o, int64_t room) {
  for (int i = 0; i < o->count; i++)
    if (o->at[i].need_bits <= room) return &o->at[i];
  return NULL;
}

/* The best choice that fits, or one of INT64_MAX words: for each pair of
   options of two tensors the first of the third, until the words of the first
   alone are too many. */
static choice choose(const options list[TACET_TENSORS], int64_t room) {
  const options *weight = &list[TACET_WEIGHT], *input = &list[TACET_INPUT];
  const options *output = &list[TACET_OUTPUT];
  int64_t rest = input->at[0].words + output->at[0].words;
  choice best = {.words = INT64_MAX};
  for (int w = 0; w < weight->count; w++) {
    if (weight->at[w].words + rest > best.words) break;
    for (int i = 0; i < input->count; i++) {
      choice c;
      int64_t left = room - weight->at[w].need_bits - input->at[i].need_bits;
      c.at[TACET_WEIGHT] = &weight->at[w];
      c.at[TACET_INPUT] = &input->at[i];
      c.at[TACET_OUTPUT] = first_fit(output, left);
      if (!c.at[TACET_OUTPUT]) continue;
      add_up(&c);
      if (better(&c, &best)) best = c;
    }
  }
  return best;
}

/* ---- placing ------------------------------------------------------------ */

/* What a level holds at least. */
static const char *holds(const tacet_accelerator *accelerator, int storage) {
  if (storage == accelerator->storages - 1) return "one step of a PE";
  if (storage > 1) return "one step of a cluster";
  return accelerator->storages > 3 ? "all clusters" : "one step of all PEs";
}

static tacet_status does_not_fit(const tacet_accelerator *accelerator,
                                 int storage, int64_t need,
                                 tacet_error *error) {
  const tacet_storage *buffer = &accelerator->storage[storage];
  tacet_fail(error, TACET_INFEASIBLE, &accelerator->place,
             "%s is too small: the tiles of %s need %.1f B, it has %.1f B",
             buffer->name, holds(accelerator, storage), (double)need / 8,
             (double)buffer->size_bits / 8);
  return tacet_advise(error, "map smaller tiles, or give %s %.1f B more",
                      buffer->name, (double)(need - buffer->size_bits) / 8);
}

/* Takes the best of the options of a level. */
static tacet_status take_best(tacet_nest *nest,
                              const options list[TACET_TENSORS],
                              const tacet_accelerator *accelerator, int storage,
                              tacet_error *error) {
  choice best = choose(list, accelerator->storage[storage].size_bits);
  if (best.words == INT64_MAX) {
    int64_t need = 0;
    for (int t = 0; t < TACET_TENSORS; t++) need += list[t].inner_bits;
    return does_not_fit(accelerator, storage, need, error);
  }
  for (int t = 0; t < TACET_TENSORS; t++)
    nest->position[storage][t] = best.at[t]->position;
  return TACET_OK;
}

static tacet_status too_many_windows(const tacet_accelerator *accelerator,
                                     int64_t work, tacet_error *error) {
  tacet_fail(error, TACET_INFEASIBLE, &accelerator->place,
             "l1 keeps tiles that %lld windows of the input make up; at most "
             "%lld can be looked at",
             (long long)work, (long long)MOST_WINDOWS);
  return tacet_advise(error, "map larger tiles, or leave `keep: capacity` out");
}

static tacet_status not_contiguous(const tacet_accelerator *accelerator,
                                   tacet_error *error) {
  tacet_fail(error, TACET_INFEASIBLE, &accelerator->place,
             "contiguous tiles are not modelled in an l1 that keeps them: what "
             "no MAC uses has no first use");
  return tacet_advise(error, "leave `keep: capacity` or l1's `contiguous` out");
}

/* L1 holds the tiles of a step, or what it can keep. */
static tacet_status place_l1(tacet_nest *nest, const tacet_axes *axes,
                             const tacet_accelerator *accelerator,
                             tacet_error *error) {
  const int l1 = nest->storages - 1;
  if (!accelerator->storage[l1].keeps) {
    const int64_t need = tacet_l1_need(axes, accelerator);
    if (need <= accelerator->storage[l1].size_bits) return TACET_OK;
    return does_not_fit(accelerator, l1, need, error);
  }
  if (nest->contiguous[l1]) return not_contiguous(accelerator, error);
  const int64_t work = tacet_kept_work(axes);
  if (work > MOST_WINDOWS) return too_many_windows(accelerator, work, error);
  options list[TACET_TENSORS];
  list_buffer_options(list, axes, nest, accelerator, l1);
  return take_best(nest, list, accelerator, l1, error);
}

tacet_status tacet_place_axes(tacet_nest *nest,
                              tacet_placed placed[TACET_TENSORS],
                              const tacet_axes *axes,
                              const tacet_accelerator *accelerator,
                              tacet_error *error) {
  int l1 = nest->storages - 1;
  options list[TACET_TENSORS];
  tacet_status status = place_l1(nest, axes, accelerator, error);
  for (int s = l1 - 1; s > 1 && !status; s--) {
    list_buffer_options(list, axes, nest, accelerator, s);
    status = take_best(nest, list, accelerator, s, error);
  }
  if (status) return status;
  tacet_axes space;
  list_options(list, tacet_axes_of_l2(&space, axes, nest), accelerator,
               nest->position[2]);
  status = take_best(nest, list, accelerator, 1, error);
  for (int t = 0; t < TACET_TENSORS && !status; t++)
    placed[t] = list[t].placed[nest->position[1][t]];
  return status;
}

tacet_status tacet_place_tiles(tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               tacet_error *error) {
  tacet_axes axes;
  tacet_placed placed[TACET_TENSORS];
  tacet_view view = tacet_view_pes(nest);
  tacet_axes_make(&axes, &view);
  return tacet_place_axes(nest, placed, &axes, accelerator, error);
}
