/* PEs of a step: a product over dimensions of the units that have a tile. */
#include "array.h"
#include "../../dense/whole.h"

#include <stdlib.h>
#include <string.h>

/* ---- memory ------------------------------------------------------------- */

/* Numbers the children: PEs, or buffers of a storage level. */
static void number_children(tacet_array *array) {
  const tacet_nest *nest = array->nest;
  const tacet_view all = tacet_view_pes(nest);
  tacet_children own, parents;
  tacet_children_of(&own, nest, array->storage);
  tacet_children_of(&parents, nest, array->storage - 1);
  array->pes = own.count;
  for (int d = 0; d < nest->layer->dims; d++) {
    tacet_chain_make(&array->chain[d], &all, d);
    array->own[d] = tacet_own_loops(nest, &array->chain[d], array->storage);
    array->pe_stride[d] = own.stride[d];
    array->siblings[d] = own.units[d] / parents.units[d];
  }
}

static tacet_status start(tacet_array *array, const tacet_nest *nest,
                          const tacet_features *features,
                          const tacet_sparsity *sparsity, int storage,
                          tacet_view view, tacet_error *error) {
  memset(array, 0, sizeof *array);
  array->nest = nest;
  array->features = features;
  array->storage = storage;
  for (int t = 0; t < TACET_TENSORS; t++)
    array->mask[t] = sparsity->tensor[t].mask;
  if (!sparsity->tensor[TACET_OUTPUT].known) array->mask[TACET_OUTPUT] = NULL;
  tacet_steps_start(&array->steps, view);
  number_children(array);
  tacet_status status = tacet_stays_make(&array->stays, nest, features,
                                         array->mask, storage, error);
  if (status) tacet_array_free(array);
  return status;
}

tacet_status tacet_array_make(tacet_array *array, const tacet_nest *nest,
                              const tacet_features *features,
                              const tacet_sparsity *sparsity,
                              tacet_error *error) {
  return start(array, nest, features, sparsity, nest->storages - 1,
               tacet_view_pes(nest), error);
}

tacet_status tacet_array_make_buffers(
    tacet_array *array, const tacet_nest *nest, const tacet_features *features,
    const tacet_sparsity *sparsity, int storage, int slot, tacet_error *error) {
  return start(array, nest, features, sparsity, storage,
               tacet_view_buffers(nest, storage, nest->position[storage][slot]),
               error);
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

/* Units of buffers along one dimension, at times of its first loops. */
typedef struct buffers {
  const tacet_chain *chain;
  int own, timed;
  const int64_t *time;
  tacet_pieces_of *pieces;
} buffers;

/* Visits those that have a tile: of loops within a buffer the first unit, at
   first, has one if any has. */
static void keep_buffers(const buffers *b, int k, int64_t length,
                         int64_t unit) {
  if (k == b->chain->loops) {
    keep_piece(&(tacet_piece){.unit = unit}, b->pieces);
    return;
  }
  const tacet_loop *loop = b->chain->loop[k];
  const int64_t first = k < b->timed ? b->time[k] * loop->units : 0;
  const int64_t units = k < b->own ? loop->units : 1;
  for (int64_t i = 0; i < units && (first + i) * loop->size < length; i++)
    keep_buffers(b, k + 1,
                 smaller(loop->size, length - (first + i) * loop->size),
                 unit * units + i);
}

static void keep_units(tacet_array *array, int d) {
  const tacet_chain *chain = &array->chain[d];
  const tacet_moment *moment = &array->steps.moment[d];
  tacet_pieces_of *pieces = &array->dim[d];
  if (array->storage == array->nest->storages - 1) {
    tacet_pieces(chain, moment, keep_piece, pieces);
    return;
  }
  const buffers b = {chain, array->own[d], array->steps.chain[d].loops,
                     moment->time, pieces};
  keep_buffers(&b, 0, chain->extent, 0);
}

tacet_status tacet_array_step(tacet_array *array, tacet_error *error) {
  for (int d = 0; d < array->nest->layer->dims; d++) {
    array->dim[d].count = 0;
    keep_units(array, d);
    if (array->dim[d].count < 0)
      return tacet_fail(error, TACET_NO_MEMORY, NULL,
                        "no memory to walk the array");
  }
  return TACET_OK;
}

/* ---- parents ------------------------------------------------------------ */

static int64_t parent_of(const tacet_array *array, int d,
                         const tacet_piece *piece) {
  return piece->unit / array->siblings[d];
}

/* Turns to the units below the same parent from `first` on, of those of
   dimension d. */
static void turn_to(tacet_array *part, const tacet_array *array, int d,
                    tacet_piece *first) {
  const tacet_pieces_of *all = &array->dim[d];
  tacet_pieces_of *own = &part->dim[d];
  const int64_t parent = parent_of(array, d, first);
  own->piece = first;
  own->count = 0;
  while (first + own->count < all->piece + all->count &&
         parent_of(array, d, first + own->count) == parent)
    own->count++;
}

bool tacet_array_next_part(tacet_array *part, const tacet_array *array) {
  const int dims = array->nest->layer->dims;
  if (!part->nest) {
    *part = *array;
    for (int d = 0; d < dims; d++) turn_to(part, array, d, array->dim[d].piece);
    return true;
  }
  for (int d = dims - 1; d >= 0; d--) {
    const tacet_pieces_of *all = &array->dim[d];
    tacet_piece *next = part->dim[d].piece + part->dim[d].count;
    if (next < all->piece + all->count) {
      turn_to(part, array, d, next);
      return true;
    }
    turn_to(part, array, d, all->piece);
  }
  return false;
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

/* Whether the PE or buffer is the first of those that belong to the same child
   of the rule; its number along each dimension. */
static bool is_first(const tacet_array *array, const tacet_children *own,
                     const tacet_children *children,
                     const int at[TACET_MAX_DIMS],
                     int64_t unit[TACET_MAX_DIMS]) {
  bool first = true;
  for (int d = 0; d < array->nest->layer->dims; d++) {
    const int64_t each = own->units[d] / children->units[d];
    const tacet_piece *piece = &array->dim[d].piece[at[d]];
    unit[d] = piece->unit / each;
    if (at[d] > 0 && piece[-1].unit / each == unit[d]) first = false;
  }
  return first;
}

/* What a rule's child has to find out about anew: for a PE the stay that
   begins, for a buffer one that may. */
static tacet_status find_stays(tacet_array *array, int r, tacet_error *error) {
  const tacet_nest *nest = array->nest;
  const tacet_rule *rule = &array->features->rule[r];
  const bool pes = rule->storage + 1 == nest->storages - 1;
  int at[TACET_MAX_DIMS] = {0};
  tacet_children own, children;
  tacet_children_of(&own, nest, array->storage);
  tacet_children_of(&children, nest, rule->storage + 1);
  do {
    int64_t unit[TACET_MAX_DIMS] = {0};
    if (!is_first(array, &own, &children, at, unit)) continue;
    if (pes ? !begins_stay(array, rule->target, at)
            : array->steps.advance >
                  tacet_stay_last(nest, rule, &array->steps, unit))
      continue;
    int64_t child = 0;
    for (int d = 0; d < nest->layer->dims; d++)
      child += unit[d] * children.stride[d];
    tacet_status status =
        tacet_stays_find(&array->stays, r, child, &array->steps, unit, error);
    if (status) return status;
  } while (tacet_array_next(array, at));
  return TACET_OK;
}

tacet_status tacet_array_find_stays(tacet_array *array, tacet_error *error) {
  tacet_status status = tacet_stays_of_l2(&array->stays, &array->steps, error);
  for (int r = 0; r < array->features->rules && !status; r++) {
    const int storage = array->features->rule[r].storage;
    if (storage > 0 && storage < array->storage)
      status = find_stays(array, r, error);
  }
  return status;
}
