/* Every place of a nest in time and space, and explicit sets of tensor
   elements. By definition, never by formula; knows nothing of traffic. */
#include "executor_walk.h"

#include <stdlib.h>

static const int64_t LIMIT = (int64_t)1 << 26;

/* ---- walk --------------------------------------------------------------- */

tacet_status tacet_walk_make(tacet_walk *walk, const tacet_nest *nest,
                             tacet_error *error) {
  *walk = (tacet_walk){nest, 1, 1};
  const tacet_place *place = &nest->layer->place;
  for (int l = 0; l < nest->loops; l++) {
    const tacet_loop *loop = &nest->loop[l];
    int64_t places;
    if (__builtin_mul_overflow(walk->times, loop->folds, &walk->times) ||
        __builtin_mul_overflow(walk->pes, loop->units, &walk->pes) ||
        __builtin_mul_overflow(walk->times, walk->pes, &places) ||
        places > LIMIT)
      return tacet_fail(error, TACET_INFEASIBLE, place,
                        "too many steps times PEs to walk: at most %lld",
                        (long long)LIMIT);
  }
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_tensor *tensor = &nest->layer->tensor[t];
    if (tacet_tensor_size(tensor) > LIMIT)
      return tacet_fail(error, TACET_INFEASIBLE, place,
                        "%s has too many elements to walk: at most %lld",
                        tensor->name, (long long)LIMIT);
  }
  return TACET_OK;
}

int64_t tacet_walk_inner_times(const tacet_walk *walk, int position) {
  int64_t times = 1;
  for (int l = position; l < walk->nest->loops; l++)
    times *= walk->nest->loop[l].folds;
  return times;
}

/* The tile each loop is at. */
static void find_tiles(const tacet_nest *nest, int64_t time, int64_t pe,
                       int64_t *tile) {
  for (int l = nest->loops - 1; l >= 0; l--) {
    const tacet_loop *loop = &nest->loop[l];
    tile[l] = time % loop->folds * loop->units + pe % loop->units;
    time /= loop->folds;
    pe /= loop->units;
  }
}

bool tacet_walk_box(const tacet_walk *walk, int64_t time, int64_t pe,
                    tacet_box *box) {
  const tacet_nest *nest = walk->nest;
  box->dims = nest->layer->dims;
  for (int d = 0; d < box->dims; d++) {
    box->start[d] = 0;
    box->length[d] = nest->layer->dim[d].size;
  }
  int64_t tile[TACET_MAX_LOOPS];
  find_tiles(nest, time, pe, tile);
  for (int l = 0; l < nest->loops; l++) {
    const tacet_loop *loop = &nest->loop[l];
    int64_t before = tile[l] * loop->size;
    int64_t left = box->length[loop->dim] - before;
    if (left <= 0) return false;
    box->start[loop->dim] += before;
    box->length[loop->dim] = left < loop->size ? left : loop->size;
  }
  return true;
}

bool tacet_walk_is_step(const tacet_walk *walk, int64_t time) {
  tacet_box box;
  return tacet_walk_box(walk, time, 0, &box);
}

/* ---- box ---------------------------------------------------------------- */

int64_t tacet_box_macs(const tacet_box *box) {
  int64_t macs = 1;
  for (int d = 0; d < box->dims; d++) macs *= box->length[d];
  return macs;
}

bool tacet_box_next(const tacet_box *box, int64_t *point) {
  for (int d = box->dims - 1; d >= 0; d--) {
    if (++point[d] < box->start[d] + box->length[d]) return true;
    point[d] = box->start[d];
  }
  return false;
}

bool tacet_box_next_in(const tacet_box *box, const int *order, int64_t *point) {
  for (int i = box->dims - 1; i >= 0; i--) {
    int d = order[i];
    if (++point[d] < box->start[d] + box->length[d]) return true;
    point[d] = box->start[d];
  }
  return false;
}

int64_t tacet_tensor_element(const tacet_tensor *tensor, const int64_t *point) {
  int64_t element = 0;
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    int64_t coordinate = rank->offset;
    for (int i = 0; i < rank->terms; i++)
      coordinate += rank->term[i].coefficient * point[rank->term[i].dim];
    if (coordinate < 0 || coordinate >= rank->size) return -1;
    element = element * rank->size + coordinate;
  }
  return element;
}

/* ---- set ---------------------------------------------------------------- */

tacet_status tacet_set_make(tacet_set *set, int64_t elements,
                            tacet_error *error) {
  set->count = 0;
  set->has = calloc((size_t)elements, sizeof *set->has);
  set->member = calloc((size_t)elements, sizeof *set->member);
  if (!set->has || !set->member)
    return tacet_fail(error, TACET_NO_MEMORY, NULL,
                      "out of memory for a set of %lld elements",
                      (long long)elements);
  return TACET_OK;
}

void tacet_set_free(tacet_set *set) {
  free(set->has);
  free(set->member);
  *set = (tacet_set){0};
}

void tacet_set_clear(tacet_set *set) {
  for (int64_t i = 0; i < set->count; i++) set->has[set->member[i]] = false;
  set->count = 0;
}

bool tacet_set_add(tacet_set *set, int64_t element) {
  if (set->has[element]) return false;
  set->has[element] = true;
  set->member[set->count++] = element;
  return true;
}

static bool uses_dim(const tacet_tensor *tensor, int dim) {
  for (int r = 0; r < tensor->ranks; r++)
    for (int i = 0; i < tensor->rank[r].terms; i++)
      if (tensor->rank[r].term[i].dim == dim) return true;
  return false;
}

void tacet_set_add_tile(tacet_set *set, const tacet_tensor *tensor,
                        const tacet_box *box) {
  tacet_box used = *box;
  int64_t point[TACET_MAX_DIMS];
  for (int d = 0; d < box->dims; d++) {
    point[d] = box->start[d];
    /* a dimension the tensor has not: one point stands for all */
    if (!uses_dim(tensor, d)) used.length[d] = 1;
  }
  do {
    int64_t element = tacet_tensor_element(tensor, point);
    if (element >= 0) tacet_set_add(set, element);
  } while (tacet_box_next(&used, point));
}

/* ---- reach -------------------------------------------------------------- */

void tacet_reach_box(tacet_reach *reach, bool more, const tacet_tensor *tensor,
                     const tacet_box *box) {
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    int64_t first = rank->offset, last = rank->offset;
    for (int i = 0; i < rank->terms; i++) {
      const tacet_term *term = &rank->term[i];
      first += term->coefficient * box->start[term->dim];
      last += term->coefficient *
              (box->start[term->dim] + box->length[term->dim] - 1);
    }
    if (!more || first < reach->first[r]) reach->first[r] = first;
    if (!more || last > reach->last[r]) reach->last[r] = last;
  }
}

void tacet_set_add_reach(tacet_set *set, const tacet_tensor *tensor,
                         const tacet_box *box, const tacet_reach *reach) {
  /* the coordinates as a box of their own */
  tacet_box all = {.dims = tensor->ranks};
  int64_t at[TACET_MAX_DIMS];
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    int64_t first = reach->first[r], last = reach->last[r];
    if (rank->terms == 1) {
      first = box->start[rank->term[0].dim];
      last = first + box->length[rank->term[0].dim] - 1;
    }
    if (first < 0) first = 0;
    if (last > rank->size - 1) last = rank->size - 1;
    if (first > last) return;
    at[r] = all.start[r] = first;
    all.length[r] = last - first + 1;
  }
  do {
    int64_t element = 0;
    for (int r = 0; r < tensor->ranks; r++)
      element = element * tensor->rank[r].size + at[r];
    tacet_set_add(set, element);
  } while (tacet_box_next(&all, at));
}
