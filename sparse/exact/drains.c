/* Drains: each PE's tile of outputs, which leaves as a whole. */
#include "drains.h"

#include <stdlib.h>
#include <string.h>

/* ---- memory ------------------------------------------------------------- */

static const tacet_tensor *output_of(const tacet_drains *drains) {
  return &drains->array->nest->layer->tensor[TACET_OUTPUT];
}

static bool is_guarded(const tacet_nest *nest, const tacet_features *features) {
  for (int i = 0; i < features->rules; i++)
    if (features->rule[i].storage < nest->storages - 1 &&
        features->rule[i].target == TACET_OUTPUT)
      return true;
  return false;
}

bool tacet_drains_matter(const tacet_drains *drains) {
  return drains->guarded || drains->passes_on;
}

tacet_status tacet_drains_make(tacet_drains *drains, const tacet_array *array,
                               const tacet_accelerator *accelerator,
                               tacet_error *error) {
  const tacet_nest *nest = array->nest;
  const int l1 = nest->storages - 1;
  *drains = (tacet_drains){
      .array = array,
      .guarded = is_guarded(nest, array->features),
      .passes_on = accelerator->link[l1 - 1].pe_adder,
      .reduction = accelerator->link[l1 - 1].reduction,
      .zero = tacet_verdict_of_zero(array->features, l1, TACET_OUTPUT),
      .position = nest->position[l1][TACET_OUTPUT],
      .stay = 1};
  if (!tacet_drains_matter(drains)) return TACET_OK;
  const size_t elements =
      drains->guarded ? (size_t)tacet_tensor_size(output_of(drains)) : 1;
  drains->held = calloc((size_t)array->pes, sizeof *drains->held);
  drains->next = calloc((size_t)array->pes, sizeof *drains->next);
  drains->left = calloc((size_t)array->pes, sizeof *drains->left);
  drains->best = calloc(elements, 1);
  drains->updated = calloc(elements, sizeof *drains->updated);
  if (drains->held && drains->next && drains->left && drains->best &&
      drains->updated)
    return TACET_OK;
  tacet_drains_free(drains);
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "no memory for the outputs of %lld PEs",
                    (long long)array->pes);
}

void tacet_drains_free(tacet_drains *drains) {
  free(drains->held);
  free(drains->next);
  free(drains->left);
  free(drains->best);
  free(drains->updated);
  *drains = (tacet_drains){.guarded = false};
}

/* ---- elements ----------------------------------------------------------- */

typedef void visit_output(tacet_drains *drains, int64_t pe, int64_t element);

/* Number of the PE's unit along a dimension. */
static int64_t unit_of(const tacet_array *array, int64_t pe, int d) {
  int64_t units = 1;
  for (int i = 0; i < array->nest->loops; i++)
    if (array->nest->loop[i].dim == d) units *= array->nest->loop[i].units;
  return pe / array->pe_stride[d] % units;
}

typedef struct holding {
  tacet_drains *drains;
  int64_t pe;
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

/* Where the PE's tile lies along rank r of the outputs: in pieces, it may be,
   where L1 keeps it. */
static tacet_track track_of(const tacet_drains *drains, int64_t pe, int r) {
  const tacet_array *array = drains->array;
  const int d = output_of(drains)->rank[r].term[0].dim;
  const tacet_chain *chain = &array->chain[d];
  const int outside = tacet_loops_outside(chain, drains->position);
  int64_t time[TACET_MAX_CHAIN] = {0};
  for (int k = 0; k < outside; k++)
    time[k] = drains->held[pe].time[chain->place[k]];
  return tacet_track_of(chain, array->own[d], unit_of(array, pe, d), time,
                        outside);
}

/* All of the tile. */
static void visit_rank(const holding *h) {
  if (h->rank == output_of(h->drains)->ranks) {
    h->visit(h->drains, h->pe, h->element);
    return;
  }
  holding own = *h;
  const tacet_track track = track_of(h->drains, h->pe, h->rank);
  tacet_track_follow(&track, visit_stretch, &own);
}

static void add_length(int64_t start, int64_t length, void *context) {
  (void)start;
  *(int64_t *)context += length;
}

/* The elements of the tile. */
static int64_t count_tile(const tacet_drains *drains, int64_t pe) {
  int64_t elements = 1;
  for (int r = 0; r < output_of(drains)->ranks; r++) {
    const tacet_track track = track_of(drains, pe, r);
    int64_t length = 0;
    tacet_track_follow(&track, add_length, &length);
    elements *= length;
  }
  return elements;
}

static tacet_verdict verdict_of(const tacet_drains *drains, int64_t pe,
                                int64_t element) {
  const tacet_mask *mask = drains->array->mask[TACET_OUTPUT];
  const tacet_verdict tile =
      tacet_stays_tile(&drains->array->stays, pe, TACET_OUTPUT);
  const bool zero = mask && !tacet_mask_test(mask, element);
  return zero && drains->zero > tile ? drains->zero : tile;
}

/* L2 adds to what it has had of the element in this stay of its tile. */
static void update(tacet_drains *drains, int64_t element,
                   tacet_verdict verdict) {
  tacet_split_add(&drains->flow.updates, verdict, 1);
  if (drains->updated[element] == drains->stay)
    tacet_split_add(&drains->flow.partial_sum_reads, verdict, 1);
  drains->updated[element] = drains->stay;
  if (verdict != TACET_SKIPPED) drains->sent++;
}

static void drain(tacet_drains *drains, int64_t pe, int64_t element) {
  const tacet_verdict verdict = verdict_of(drains, pe, element);
  uint8_t *best = &drains->best[element];
  tacet_split_add(&drains->flow.drains, verdict, 1);
  if (verdict != TACET_SKIPPED) drains->left[pe]++;
  if (!drains->reduction)
    update(drains, element, verdict);
  else if (!*best || 1 + (uint8_t)verdict < *best)
    *best = (uint8_t)(1 + verdict);
}

/* Of PEs with the same element the first brings it to L2, for all. */
static void reduce(tacet_drains *drains, int64_t pe, int64_t element) {
  (void)pe;
  uint8_t *best = &drains->best[element];
  if (*best) update(drains, element, (tacet_verdict)(*best - 1));
  *best = 0;
}

/* ---- steps -------------------------------------------------------------- */

static void hold(const tacet_drains *drains, tacet_held *held) {
  const tacet_array *array = drains->array;
  held->any = true;
  for (int i = 0; i < drains->position; i++)
    if (output_of(drains)->dims >> array->nest->loop[i].dim & 1)
      held->time[i] = array->steps.time[i];
}

static bool is_same(const tacet_held *a, const tacet_held *b, int position) {
  for (int i = 0; i < position; i++)
    if (a->time[i] != b->time[i]) return false;
  return a->any == b->any;
}

/* Whether L2's tile moves with this step: a loop outside it over a dimension of
   the outputs. */
static bool moves_l2(tacet_drains *drains) {
  const tacet_nest *nest = drains->array->nest;
  bool moves = false;
  for (int i = 0; i < nest->position[nest->storages - 2][TACET_OUTPUT]; i++) {
    const int64_t time = drains->array->steps.time[i];
    if ((output_of(drains)->dims >> nest->loop[i].dim & 1) &&
        time != drains->time[i])
      moves = true;
    drains->time[i] = time;
  }
  return moves;
}

/* Whether the PE holds a tile but will not in the next step. */
static bool leaves(const tacet_drains *drains, int64_t pe) {
  return drains->held[pe].any &&
         !is_same(&drains->held[pe], &drains->next[pe], drains->position);
}

/* Where nothing is skipped. */
static void count_leaving(tacet_drains *drains) {
  for (int64_t pe = 0; pe < drains->array->pes; pe++)
    if (leaves(drains, pe)) drains->left[pe] = count_tile(drains, pe);
}

static void visit_leaving(tacet_drains *drains, visit_output *visit) {
  for (int64_t pe = 0; pe < drains->array->pes; pe++)
    if (leaves(drains, pe)) visit_rank(&(holding){drains, pe, visit, 0, 0});
}

int64_t tacet_drains_step(tacet_drains *drains, bool over) {
  const tacet_array *array = drains->array;
  int at[TACET_MAX_DIMS] = {0};
  memset(drains->left, 0, (size_t)array->pes * sizeof *drains->left);
  if (!over && array->steps.advance >= drains->position) return 0;
  memset(drains->next, 0, (size_t)array->pes * sizeof *drains->next);
  if (!over) {
    do hold(drains, &drains->next[tacet_array_pe(array, at)]);
    while (tacet_array_next(array, at));
  }
  const int64_t sent = drains->sent;
  if (drains->guarded)
    visit_leaving(drains, drain);
  else
    count_leaving(drains);
  if (drains->guarded && drains->reduction) visit_leaving(drains, reduce);
  tacet_held *held = drains->held;
  drains->held = drains->next;
  drains->next = held;
  if (!over && moves_l2(drains)) drains->stay++;
  return drains->sent - sent;
}
