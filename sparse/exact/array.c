/* PEs of a step: a product over dimensions of the units that have a tile. */
#include "array.h"

#include <stdlib.h>
#include <string.h>

/* ---- memory ------------------------------------------------------------- */

static void number_pes(tacet_array *array) {
  array->pes = 1;
  for (int d = 0; d < array->nest->layer->dims; d++) {
    array->pe_stride[d] = array->pes;
    for (int i = 0; i < array->nest->loops; i++)
      if (array->nest->loop[i].dim == d)
        array->pes *= array->nest->loop[i].units;
  }
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
  if (!sparsity->tensor[TACET_OUTPUT].known) array->mask[TACET_OUTPUT] = NULL;
  tacet_steps_start(&array->steps, tacet_view_pes(nest));
  number_pes(array);
  tacet_status status = tacet_stays_make(&array->stays, nest, features,
                                         array->mask, array->pes, error);
  if (status) tacet_array_free(array);
  return status;
}

void tacet_array_free(tacet_array *array) {
  for (int d = 0; d < TACET_MAX_DIMS; d++) free(array->dim[d].piece);
  tacet_stays_free(&array->stays);
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
  for (int d = array->nest->layer->dims - 1; d >= 0; d--) {
    if (++at[d] < array->dim[d].count) return true;
    at[d] = 0;
  }
  return false;
}

int64_t tacet_array_pe(const tacet_array *array, const int at[TACET_MAX_DIMS]) {
  int64_t pe = 0;
  for (int d = 0; d < array->nest->layer->dims; d++)
    pe += array->dim[d].piece[at[d]].unit * array->pe_stride[d];
  return pe;
}

void tacet_array_box(tacet_pe_box *box, const tacet_array *array,
                     const int at[TACET_MAX_DIMS]) {
  for (int d = 0; d < array->nest->layer->dims; d++) {
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

tacet_status tacet_array_step(tacet_array *array, tacet_error *error) {
  for (int d = 0; d < array->nest->layer->dims; d++) {
    array->dim[d].count = 0;
    tacet_pieces(&array->steps.chain[d], &array->steps.moment[d], keep_piece,
                 &array->dim[d]);
    if (array->dim[d].count < 0)
      return tacet_fail(error, TACET_NO_MEMORY, NULL,
                        "no memory to walk the array");
  }
  return TACET_OK;
}

/* ---- stays -------------------------------------------------------------- */

/* Whether a PE takes a tile of the tensor with which a stay begins: it had
   none, or one with another coordinate in a rank of one dimension. Of an L1
   that keeps tiles whether it may. */
static bool begins_stay(const tacet_array *array, int target,
                        const int at[TACET_MAX_DIMS]) {
  const tacet_nest *nest = array->nest;
  const tacet_tensor *tensor = &nest->layer->tensor[target];
  const int position = nest->position[nest->storages - 1][target];
  if (position < nest->loops) return array->steps.advance < position;
  for (int d = 0; d < nest->layer->dims; d++) {
    const tacet_piece *piece = &array->dim[d].piece[at[d]];
    if (piece->before_length == 0) return true;
    if ((tensor->alone >> d & 1) && piece->before_start != piece->start)
      return true;
  }
  return false;
}

static tacet_status find_stays(tacet_array *array, int rule,
                               tacet_error *error) {
  int at[TACET_MAX_DIMS] = {0};
  do {
    int64_t unit[TACET_MAX_DIMS] = {0};
    if (!begins_stay(array, array->features->rule[rule].target, at)) continue;
    for (int d = 0; d < array->nest->layer->dims; d++)
      unit[d] = array->dim[d].piece[at[d]].unit;
    tacet_status status =
        tacet_stays_find(&array->stays, rule, tacet_array_pe(array, at),
                         &array->steps, unit, error);
    if (status) return status;
  } while (tacet_array_next(array, at));
  return TACET_OK;
}

tacet_status tacet_array_find_stays(tacet_array *array, tacet_error *error) {
  tacet_status status = tacet_stays_of_l2(&array->stays, &array->steps, error);
  for (int r = 0; r < array->features->rules && !status; r++)
    if (array->features->rule[r].storage == array->nest->storages - 2)
      status = find_stays(array, r, error);
  return status;
}
