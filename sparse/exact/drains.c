/* Drains: each PE's tile of outputs, which leaves as a whole. */
#include "drains.h"

#include <stdlib.h>
#include <string.h>

/* ---- memory ------------------------------------------------------------- */

static const tacet_tensor *output_of(const tacet_drains *drains) {
  return &drains->array->nest->layer->tensor[TACET_OUTPUT];
}

static bool is_guarded(const tacet_array *array) {
  for (int i = 0; i < array->features->rules; i++)
    if (array->features->rule[i].storage < array->storage &&
        array->features->rule[i].target == TACET_OUTPUT)
      return true;
  return false;
}

bool tacet_drains_matter(const tacet_drains *drains) {
  return drains->guarded || drains->passes_on;
}

static bool make_holders(tacet_holders *holders, const tacet_nest *nest,
                         int storage) {
  *holders = (tacet_holders){.storage = storage,
                             .position = nest->position[storage][TACET_OUTPUT]};
  tacet_children_of(&holders->of, nest, storage);
  holders->held = calloc((size_t)holders->of.count, sizeof *holders->held);
  holders->next = calloc((size_t)holders->of.count, sizeof *holders->next);
  return holders->held && holders->next;
}

static bool make_tables(tacet_drains *drains) {
  const tacet_array *array = drains->array;
  const bool child = make_holders(&drains->child, array->nest, array->storage);
  const bool parent =
      make_holders(&drains->parent, array->nest, array->storage - 1);
  if (!child || !parent) return false;
  const size_t children = (size_t)drains->child.of.count;
  const size_t elements =
      drains->guarded ? (size_t)tacet_tensor_size(output_of(drains)) : 1;
  drains->owner = calloc(children, sizeof *drains->owner);
  drains->left = calloc(children, sizeof *drains->left);
  drains->received = calloc((size_t)drains->parent.of.count,
                            elements * sizeof *drains->received);
  if (!drains->owner || !drains->left || !drains->received) return false;
  for (int64_t i = 0; i < drains->child.of.count; i++)
    drains->owner[i] =
        tacet_child_owner(&drains->parent.of, &drains->child.of, i);
  return true;
}

tacet_status tacet_drains_make(tacet_drains *drains, const tacet_array *array,
                               const tacet_accelerator *accelerator,
                               tacet_error *error) {
  const int storage = array->storage;
  const tacet_link *link = &accelerator->link[storage - 1];
  const bool pes = storage == array->nest->storages - 1;
  *drains = (tacet_drains){
      .array = array,
      .guarded = is_guarded(array),
      .passes_on = pes && link->pe_adder,
      .reduction = link->reduction,
      .zero = tacet_verdict_of_zero(array->features, storage, TACET_OUTPUT)};
  if (!tacet_drains_matter(drains) || make_tables(drains)) return TACET_OK;
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "no memory for the outputs of %lld PEs or buffers",
                    (long long)array->pes);
}

static void free_holders(tacet_holders *holders) {
  free(holders->held);
  free(holders->next);
}

void tacet_drains_free(tacet_drains *drains) {
  free_holders(&drains->child);
  free_holders(&drains->parent);
  free(drains->owner);
  free(drains->left);
  free(drains->received);
  *drains = (tacet_drains){.guarded = false};
}

/* ---- elements ----------------------------------------------------------- */

typedef void visit_output(tacet_drains *drains, int64_t holder,
                          int64_t element);

typedef struct holding {
  tacet_drains *drains;
  const tacet_holders *holders;
  int64_t holder;
  visit_output *visit;
  int rank;
  int64_t element; /* of the ranks before */
} holding;

static void visit_rank(const holding *h);

static void visit_stretch(int64_t start, int64_t length, void *context) {
  const holding *h = context;
  const tacet_rank *rank = &output_of(h->drains)->rank[h->rank];
  holding inner = *h;
  inner.rank++;
  for (int64_t i = 0; i < length; i++) {
    inner.element = h->element * rank->size + start + i;
    visit_rank(&inner);
  }
}

/* Where a holder's tile lies along rank r of the outputs: in pieces, it may be,
   where it is kept. */
static tacet_track track_of(const tacet_drains *drains,
                            const tacet_holders *holders, int64_t holder,
                            int r) {
  const tacet_array *array = drains->array;
  const int d = output_of(drains)->rank[r].term[0].dim;
  const tacet_chain *chain = &array->chain[d];
  const int outside = tacet_loops_outside(chain, holders->position);
  int64_t time[TACET_MAX_CHAIN] = {0};
  for (int k = 0; k < outside; k++)
    time[k] = holders->held[holder].time[chain->place[k]];
  return tacet_track_of(
      chain, tacet_own_loops(array->nest, chain, holders->storage),
      holder / holders->of.stride[d] % holders->of.units[d], time, outside);
}

/* All of the tile. */
static void visit_rank(const holding *h) {
  if (h->rank == output_of(h->drains)->ranks) {
    h->visit(h->drains, h->holder, h->element);
    return;
  }
  holding own = *h;
  const tacet_track track = track_of(h->drains, h->holders, h->holder, h->rank);
  tacet_track_follow(&track, visit_stretch, &own);
}

static void add_length(int64_t start, int64_t length, void *context) {
  (void)start;
  *(int64_t *)context += length;
}

/* The elements of a child's tile. */
static int64_t count_tile(const tacet_drains *drains, int64_t child) {
  int64_t elements = 1;
  for (int r = 0; r < output_of(drains)->ranks; r++) {
    const tacet_track track = track_of(drains, &drains->child, child, r);
    int64_t length = 0;
    tacet_track_follow(&track, add_length, &length);
    elements *= length;
  }
  return elements;
}

static tacet_verdict verdict_of(const tacet_drains *drains, int64_t child,
                                int64_t element) {
  const tacet_mask *mask = drains->array->mask[TACET_OUTPUT];
  const tacet_verdict tile =
      tacet_stays_tile(&drains->array->stays, child, TACET_OUTPUT);
  const bool zero = mask && !tacet_mask_test(mask, element);
  return zero && drains->zero > tile ? drains->zero : tile;
}

static tacet_received *received_at(const tacet_drains *drains, int64_t parent,
                                   int64_t element) {
  return &drains->received[parent * tacet_tensor_size(output_of(drains)) +
                           element];
}

/* A parent adds to what it has had of the element. */
static void update(tacet_drains *drains, tacet_received *received,
                   tacet_verdict verdict) {
  tacet_split_add(&drains->flow.updates, verdict, 1);
  if (received->had)
    tacet_split_add(&drains->flow.partial_sum_reads, verdict, 1);
  received->had = true;
  if (verdict != TACET_SKIPPED) drains->sent++;
}

static void drain(tacet_drains *drains, int64_t child, int64_t element) {
  const tacet_verdict verdict = verdict_of(drains, child, element);
  tacet_received *received = received_at(drains, drains->owner[child], element);
  tacet_split_add(&drains->flow.drains, verdict, 1);
  if (verdict != TACET_SKIPPED) drains->left[child]++;
  if (!drains->reduction)
    update(drains, received, verdict);
  else if (!received->best || 1 + (uint8_t)verdict < received->best)
    received->best = (uint8_t)(1 + verdict);
}

/* Of a parent's children with the same element the first brings it, for all. */
static void reduce(tacet_drains *drains, int64_t child, int64_t element) {
  tacet_received *received = received_at(drains, drains->owner[child], element);
  if (received->best)
    update(drains, received, (tacet_verdict)(received->best - 1));
  received->best = 0;
}

/* What leaves a parent it has had none of when it comes back. */
static void forget(tacet_drains *drains, int64_t parent, int64_t element) {
  received_at(drains, parent, element)->had = false;
}

/* ---- steps -------------------------------------------------------------- */

static void hold(const tacet_drains *drains, const tacet_holders *holders,
                 int64_t holder) {
  const tacet_array *array = drains->array;
  tacet_held *next = &holders->next[holder];
  next->any = true;
  for (int i = 0; i < holders->position; i++)
    if (output_of(drains)->dims >> array->nest->loop[i].dim & 1)
      next->time[i] = array->steps.time[i];
}

/* A parent works if one of its children does in the first step of its tile,
   the only one at which this looks. */
static void hold_all(tacet_drains *drains, bool over) {
  const tacet_array *array = drains->array;
  const tacet_holders *child = &drains->child, *parent = &drains->parent;
  int at[TACET_MAX_DIMS] = {0};
  memset(child->next, 0, (size_t)child->of.count * sizeof *child->next);
  memset(parent->next, 0, (size_t)parent->of.count * sizeof *parent->next);
  if (over) return;
  do {
    const int64_t number = tacet_array_pe(array, at);
    hold(drains, child, number);
    hold(drains, parent, drains->owner[number]);
  } while (tacet_array_next(array, at));
}

static bool is_same(const tacet_held *a, const tacet_held *b, int position) {
  for (int i = 0; i < position; i++)
    if (a->time[i] != b->time[i]) return false;
  return a->any == b->any;
}

/* Whether one holds a tile but will not in the next step. */
static bool leaves(const tacet_holders *holders, int64_t i) {
  return holders->held[i].any &&
         !is_same(&holders->held[i], &holders->next[i], holders->position);
}

/* Where nothing is skipped. */
static void count_leaving(tacet_drains *drains) {
  for (int64_t i = 0; i < drains->child.of.count; i++)
    if (leaves(&drains->child, i)) drains->left[i] = count_tile(drains, i);
}

static void visit_leaving(tacet_drains *drains, const tacet_holders *holders,
                          visit_output *visit) {
  for (int64_t i = 0; i < holders->of.count; i++)
    if (leaves(holders, i))
      visit_rank(&(holding){drains, holders, i, visit, 0, 0});
}

static void turn(tacet_holders *holders) {
  tacet_held *held = holders->held;
  holders->held = holders->next;
  holders->next = held;
}

int64_t tacet_drains_step(tacet_drains *drains, bool over) {
  const int advance = drains->array->steps.advance;
  tacet_holders *child = &drains->child, *parent = &drains->parent;
  memset(drains->left, 0, (size_t)child->of.count * sizeof *drains->left);
  if (!over && advance >= child->position) return 0;
  hold_all(drains, over);
  const int64_t sent = drains->sent;
  if (drains->guarded)
    visit_leaving(drains, child, drain);
  else
    count_leaving(drains);
  if (drains->guarded && drains->reduction)
    visit_leaving(drains, child, reduce);
  turn(child);
  if (over || advance >= parent->position) return drains->sent - sent;
  if (drains->guarded) visit_leaving(drains, parent, forget);
  turn(parent);
  return drains->sent - sent;
}
