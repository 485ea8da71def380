/* PEs of a step: a product over dimensions of the units that have a tile. */
#include "array.h"

#include <stdlib.h>
#include <string.h>

enum { ABOVE_ARRAY = 1 }; /* the storage level whose rules guard a PE */

/* ---- memory ------------------------------------------------------------- */

static void number_pes(tacet_array *array) {
  array->pes = 1;
  for (int d = 0; d < array->nest->layer.dims; d++) {
    array->pe_stride[d] = array->pes;
    for (int i = 0; i < array->nest->loops; i++)
      if (array->nest->loop[i].dim == d)
        array->pes *= array->nest->loop[i].units;
  }
}

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "no memory to walk the array");
}

tacet_status tacet_array_make(tacet_array *array, const tacet_nest *nest,
                              const tacet_features *features,
                              const tacet_sparsity *sparsity,
                              tacet_error *error) {
  memset(array, 0, sizeof *array);
  array->nest = nest;
  array->features = features;
  for (int t = 0; t < TACET_TENSORS; t++)
    array->mask[t] = sparsity->tensor[t].mask;
  tacet_steps_start(&array->steps, tacet_view_pes(nest));
  number_pes(array);
  for (int i = 0; i < features->rules; i++)
    if (features->rule[i].storage == ABOVE_ARRAY) array->guarded = true;
  if (!array->guarded) return TACET_OK;
  array->triggered = calloc((size_t)(array->pes * features->rules), 1);
  if (!array->triggered) return no_memory(error);
  for (int t = 0; t < TACET_OUTPUT; t++) {
    tacet_status status =
        tacet_region_make(&array->stay[t], &nest->layer.tensor[t], error);
    if (status) {
      tacet_array_free(array);
      return status;
    }
  }
  return TACET_OK;
}

void tacet_array_free(tacet_array *array) {
  for (int d = 0; d < TACET_MAX_DIMS; d++) free(array->dim[d].piece);
  for (int t = 0; t < TACET_TENSORS; t++) tacet_region_free(&array->stay[t]);
  free(array->triggered);
  memset(array, 0, sizeof *array);
}

/* ---- tiles -------------------------------------------------------------- */

static void keep_piece(const tacet_piece *piece, void *context) {
  tacet_pieces_of *pieces = context;
  if (pieces->count == pieces->room) {
    int room = pieces->room ? 2 * pieces->room : 16;
    tacet_piece *more =
        realloc(pieces->piece, (size_t)room * sizeof *pieces->piece);
    if (!more) {
      pieces->count = -1;
      return;
    }
    pieces->piece = more;
    pieces->room = room;
  }
  if (pieces->count >= 0) pieces->piece[pieces->count++] = *piece;
}

bool tacet_array_next(const tacet_array *array, int at[TACET_MAX_DIMS]) {
  for (int d = array->nest->layer.dims - 1; d >= 0; d--) {
    if (++at[d] < array->dim[d].count) return true;
    at[d] = 0;
  }
  return false;
}

int64_t tacet_array_pe(const tacet_array *array, const int at[TACET_MAX_DIMS]) {
  int64_t pe = 0;
  for (int d = 0; d < array->nest->layer.dims; d++)
    pe += array->dim[d].piece[at[d]].unit * array->pe_stride[d];
  return pe;
}

void tacet_array_box(tacet_pe_box *box, const tacet_array *array,
                     const int at[TACET_MAX_DIMS]) {
  for (int d = 0; d < array->nest->layer.dims; d++) {
    const tacet_piece *piece = &array->dim[d].piece[at[d]];
    box->start[d] = piece->start;
    box->length[d] = piece->length;
  }
}

tacet_rank_piece tacet_array_piece(const tacet_array *array,
                                   const tacet_rank *rank,
                                   const int at[TACET_MAX_DIMS]) {
  tacet_rank_piece pieces = {{{0}}};
  for (int i = 0; i < rank->terms; i++) {
    int d = rank->term[i].dim;
    pieces.piece[i] = array->dim[d].piece[at[d]];
  }
  return pieces;
}

/* ---- stays -------------------------------------------------------------- */

int tacet_stay_loop(const tacet_nest *nest, int target) {
  const tacet_tensor *tensor = &nest->layer.tensor[target];
  int found = -1;
  for (int i = 0; i < nest->loops; i++)
    for (int r = 0; r < tensor->ranks; r++)
      if (nest->loop[i].folds > 1 && tensor->rank[r].terms == 1 &&
          tensor->rank[r].term[0].dim == nest->loop[i].dim)
        found = i;
  return found;
}

/* All tiles of one unit of one dimension during a stay. */
typedef struct stay {
  const tacet_chain *chain;
  const int64_t *time;
  int last; /* loops of the nest beyond it run during the stay */
  int64_t unit[TACET_MAX_CHAIN];
  tacet_pieces_of tiles;
} stay;

static void split_unit(stay *s, int64_t number) {
  for (int k = s->chain->loops - 1; k >= 0; k--) {
    s->unit[k] = number % s->chain->loop[k]->units;
    number /= s->chain->loop[k]->units;
  }
}

static void gather_tiles(stay *s, int k, int64_t start, int64_t length) {
  if (k == s->chain->loops) {
    tacet_piece piece = {.start = start, .length = length};
    keep_piece(&piece, &s->tiles);
    return;
  }
  const tacet_loop *loop = s->chain->loop[k];
  bool runs = s->chain->place[k] > s->last;
  int64_t fold = runs ? 0 : s->time[k];
  do {
    int64_t at = (fold * loop->units + s->unit[k]) * loop->size;
    if (at >= length) return;
    int64_t left = length - at;
    gather_tiles(s, k + 1, start + at, left < loop->size ? left : loop->size);
    fold++;
  } while (runs);
}

static tacet_status make_stay(stay *s, const tacet_array *array, int d,
                              int64_t unit, int last, tacet_error *error) {
  s->chain = &array->steps.chain[d];
  s->time = array->steps.moment[d].time;
  s->last = last;
  s->tiles.count = 0;
  split_unit(s, unit);
  gather_tiles(s, 0, 0, s->chain->extent);
  return s->tiles.count < 0 ? no_memory(error) : TACET_OK;
}

static void add_rank(tacet_region *region, int r, const stay term[]) {
  const tacet_rank *rank = &region->tensor->rank[r];
  tacet_region_clear(region, r);
  int filters = rank->terms > 1 ? term[1].tiles.count : 1;
  for (int i = 0; i < term[0].tiles.count; i++) {
    for (int j = 0; j < filters; j++) {
      tacet_rank_piece unit = {{term[0].tiles.piece[i]}};
      if (rank->terms > 1) unit.piece[1] = term[1].tiles.piece[j];
      tacet_region_add_now(region, r, &unit);
    }
  }
}

/* True if all of tensor t that the PE works on during the stay is zero. */
static tacet_status is_zero(bool *zero, tacet_array *array, int t, int last,
                            const int at[TACET_MAX_DIMS], tacet_error *error) {
  *zero = false;
  tacet_region *region = &array->stay[t];
  stay term[TACET_MAX_TERMS] = {{0}};
  tacet_status status = TACET_OK;
  for (int r = 0; r < region->tensor->ranks && !status; r++) {
    const tacet_rank *rank = &region->tensor->rank[r];
    for (int i = 0; i < rank->terms && !status; i++) {
      int d = rank->term[i].dim;
      status = make_stay(&term[i], array, d, array->dim[d].piece[at[d]].unit,
                         last, error);
    }
    if (!status) add_rank(region, r, term);
  }
  for (int i = 0; i < TACET_MAX_TERMS; i++) free(term[i].tiles.piece);
  if (status) return status;
  tacet_region_close(region);
  *zero = tacet_region_nonzeros(region, array->mask[t]) == 0;
  return TACET_OK;
}

static tacet_status decide_rule(tacet_array *array, int rule, int last,
                                tacet_error *error) {
  const tacet_rule *r = &array->features->rule[rule];
  int at[TACET_MAX_DIMS] = {0};
  do {
    uint8_t *triggered =
        &array->triggered[rule * array->pes + tacet_array_pe(array, at)];
    *triggered = 0;
    for (int t = 0; t < TACET_OUTPUT && !*triggered; t++) {
      bool zero = false;
      if (!r->on[t]) continue;
      tacet_status status = is_zero(&zero, array, t, last, at, error);
      if (status) return status;
      *triggered = zero;
    }
  } while (tacet_array_next(array, at));
  return TACET_OK;
}

static tacet_status decide_stays(tacet_array *array, tacet_error *error) {
  for (int i = 0; i < array->features->rules; i++) {
    const tacet_rule *rule = &array->features->rule[i];
    if (rule->storage != ABOVE_ARRAY) continue;
    int last = tacet_stay_loop(array->nest, rule->target);
    if (array->steps.advance > last) continue;
    tacet_status status = decide_rule(array, i, last, error);
    if (status) return status;
  }
  return TACET_OK;
}

tacet_status tacet_array_step(tacet_array *array, tacet_error *error) {
  for (int d = 0; d < array->nest->layer.dims; d++) {
    array->dim[d].count = 0;
    tacet_pieces(&array->steps.chain[d], &array->steps.moment[d], keep_piece,
                 &array->dim[d]);
    if (array->dim[d].count < 0) return no_memory(error);
  }
  return array->guarded ? decide_stays(array, error) : TACET_OK;
}

tacet_verdict tacet_array_verdict(const tacet_array *array, int64_t pe,
                                  int target) {
  tacet_verdict verdict = TACET_ACTUAL;
  if (!array->guarded) return verdict;
  for (int i = 0; i < array->features->rules; i++) {
    const tacet_rule *rule = &array->features->rule[i];
    if (rule->storage != ABOVE_ARRAY) continue;
    if (target != TACET_TENSORS && rule->target != target) continue;
    if (!array->triggered[i * array->pes + pe]) continue;
    tacet_verdict to = rule->skip ? TACET_SKIPPED : TACET_GATED;
    if (to > verdict) verdict = to;
  }
  return verdict;
}
