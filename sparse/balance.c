/* Sorts coordinates by their non-zero weights and deals them to the places
   that PEs come to. Moves no mask. */
#include "balance.h"

#include <stdlib.h>

#include "masks/rows.h"

/* ---- dimensions --------------------------------------------------------- */

/* That it is a rank of its own in every tensor that has it, the weights among
   them. */
static bool is_alone(const tacet_layer *layer, int dim) {
  bool alone = tacet_has_dim(&layer->tensor[TACET_WEIGHT], dim);
  for (int t = 0; t < TACET_TENSORS; t++)
    if (tacet_has_dim(&layer->tensor[t], dim) &&
        !(layer->tensor[t].alone >> dim & 1))
      alone = false;
  return alone;
}

/* Or could be, with more of it: the dataflow names it, but the layer has so
   little that one PE takes it all. */
static bool is_spread(const tacet_nest *nest, int dim) {
  bool temporal = nest->named[dim] == 0;
  for (int i = 0; i < nest->loops; i++) {
    if (nest->loop[i].dim != dim) continue;
    if (nest->loop[i].spatial) return true;
    temporal = true;
  }
  return !temporal;
}

tacet_status tacet_balance_dim(int *dim, const tacet_features *features,
                               const tacet_nest *nest, tacet_error *error) {
  const tacet_balance *balance = &features->balance;
  const tacet_layer *layer = nest->layer;
  const char *along = balance->along[layer->type];
  *dim = -1;
  if (balance->kind == TACET_BALANCE_NOT || !along[0]) return TACET_OK;
  const int named = tacet_layer_dim(layer, along);
  if (named < 0 || !is_alone(layer, named))
    tacet_fail(error, TACET_INFEASIBLE, &balance->place,
               "%s layers cannot be balanced along %s: it is no dimension of "
               "weights by itself",
               tacet_layer_type_name(layer->type), along);
  else if (layer->dim[named].size == 1)
    return TACET_OK;
  else if (!is_spread(nest, named))
    tacet_fail(error, TACET_INFEASIBLE, &balance->place,
               "balancing along %s changes nothing: the dataflow does not lay "
               "it over PEs",
               along);
  else {
    *dim = named;
    return TACET_OK;
  }
  tacet_advise(error, "name another dimension, or one for each type of layers "
                      "that is balanced: {pair: {CONV: K, GEMM: N}}");
  return TACET_INFEASIBLE;
}

int tacet_balance_apart(const tacet_layer *layer, int dim) {
  const int apart = layer->named[(layer->type == TACET_GEMM ? 'B' : 'G') - 'A'];
  if (apart == dim) return -1;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (tacet_has_dim(&layer->tensor[t], dim) &&
        !tacet_has_dim(&layer->tensor[t], apart))
      return -1;
  return apart;
}

tacet_order_ranks tacet_order_ranks_of(const tacet_tensor *tensor, int dim,
                                       int apart) {
  tacet_order_ranks ranks = {.size = 1, .stride = 1, .groups = 1, .across = 1};
  int64_t stride = 1;
  for (int r = tensor->ranks - 1; r >= 0; r--) {
    const tacet_rank *rank = &tensor->rank[r];
    const int only = rank->terms == 1 ? rank->term[0].dim : -1;
    if (only == dim) {
      ranks.size = rank->size;
      ranks.stride = stride;
    } else if (only >= 0 && only == apart) {
      ranks.groups = rank->size;
      ranks.across = stride;
    }
    stride *= rank->size;
  }
  return ranks;
}

/* ---- patterns ----------------------------------------------------------- */

static bool is_of(const tacet_tensor *tensor, int rank, int dim) {
  return tensor->rank[rank].terms == 1 && tensor->rank[rank].term[0].dim == dim;
}

bool tacet_order_is_indifferent(const tacet_pattern *pattern,
                                const tacet_tensor *tensor, int dim) {
  switch (pattern->kind) {
  case TACET_N_OF_M: return !is_of(tensor, pattern->as.n_of_m.rank, dim);
  case TACET_DENSITIES: return !is_of(tensor, pattern->as.densities.rank, dim);
  case TACET_PLANE:
    return !is_of(tensor, pattern->as.plane.rows, dim) &&
           !is_of(tensor, pattern->as.plane.columns, dim);
  case TACET_BLOCKS: break;
  }
  for (int r = 0; r < tensor->ranks; r++) {
    const int64_t extent = pattern->as.blocks.block[r];
    if (is_of(tensor, r, dim) && extent > 1 && extent < tensor->rank[r].size)
      return false;
  }
  return true;
}

tacet_status tacet_order_refuse(const tacet_tensor *tensor,
                                tacet_error *error) {
  tacet_fail(error, TACET_INFEASIBLE, NULL,
             "%s has a pattern that says where its zeros are, and balancing "
             "puts them elsewhere",
             tensor->name);
  tacet_advise(error, "give it a mask");
  return TACET_INFEASIBLE;
}

/* ---- weights ------------------------------------------------------------ */

typedef struct loads {
  tacet_order_ranks ranks;
  int64_t columns;
  double *load; /* [groups * size] */
} loads;

static void add_load(const loads *l, int64_t element, int64_t ones) {
  const int64_t group = element / l->ranks.across % l->ranks.groups;
  const int64_t place = element / l->ranks.stride % l->ranks.size;
  l->load[group * l->ranks.size + place] += (double)ones;
}

static void add_place(void *context, int64_t row, int64_t column) {
  const loads *l = context;
  add_load(l, row * l->columns + column, 1);
}

static void weigh_mask(loads *l, const tacet_mask *mask) {
  const int64_t run = l->ranks.stride;
  if (mask->rows) {
    l->columns = tacet_rows_columns(mask->rows);
    tacet_rows_each(mask->rows, add_place, l);
    return;
  }
  for (int64_t at = 0; at < mask->elements; at += run)
    add_load(l, at, tacet_mask_count(mask, at, run));
}

/* *known is false if all coordinates weigh the same. */
static tacet_status weigh(bool *known, double *load, const tacet_order *order,
                          const tacet_tensor *tensor, const tacet_zeros *zeros,
                          tacet_error *error) {
  loads l = {.ranks = tacet_order_ranks_of(tensor, order->dim, order->apart),
             .load = load};
  const tacet_pattern *pattern = zeros->pattern;
  *known = true;
  if (zeros->mask) {
    weigh_mask(&l, zeros->mask);
    return TACET_OK;
  }
  *known = pattern &&
           (pattern->kind == TACET_DENSITIES || pattern->kind == TACET_PLANE) &&
           !tacet_order_is_indifferent(pattern, tensor, order->dim);
  if (!*known) return TACET_OK;
  if (pattern->kind == TACET_PLANE) return tacet_order_refuse(tensor, error);
  for (int64_t i = 0; i < order->groups * order->size; i++)
    load[i] = pattern->as.densities.density[i % order->size];
  return TACET_OK;
}

/* ---- places ------------------------------------------------------------- */

/* A place of the dimension, in the nest. */
typedef struct place {
  int64_t index;
  int64_t unit; /* of those that the dimension's loops deal to */
  int64_t turn; /* of its places, in order */
  bool alone;   /* the last of an odd number, if places are taken in pairs */
} place;

static int64_t unit_of(const tacet_nest *nest, int dim, int64_t index) {
  int64_t unit = 0;
  for (int i = 0; i < nest->loops; i++) {
    const tacet_loop *loop = &nest->loop[i];
    if (loop->dim != dim) continue;
    if (loop->spatial)
      unit = unit * loop->units + index / loop->size % loop->units;
    index %= loop->size;
  }
  return unit;
}

static int compare(int64_t a, int64_t b) {
  return (a > b) - (a < b);
}

static int by_unit(const void *left, const void *right) {
  const place *a = left, *b = right;
  return a->unit != b->unit ? compare(a->unit, b->unit)
                            : compare(a->index, b->index);
}

static int by_turn(const void *left, const void *right) {
  const place *a = left, *b = right;
  return a->turn != b->turn ? compare(a->turn, b->turn)
                            : compare(a->unit, b->unit);
}

static int by_pair(const void *left, const void *right) {
  const place *a = left, *b = right;
  if (a->alone != b->alone) return a->alone - b->alone;
  if (a->turn / 2 != b->turn / 2) return compare(a->turn / 2, b->turn / 2);
  return a->unit != b->unit ? compare(a->unit, b->unit)
                            : compare(a->turn, b->turn);
}

/* In the order in which they are taken. */
static void list_places(place *list, const tacet_order *order,
                        const tacet_nest *nest, tacet_balance_kind kind) {
  const size_t size = (size_t)order->size;
  for (size_t i = 0; i < size; i++)
    list[i] = (place){.index = (int64_t)i,
                      .unit = unit_of(nest, order->dim, (int64_t)i)};
  qsort(list, size, sizeof *list, by_unit);
  for (size_t i = 1; i < size; i++)
    if (list[i].unit == list[i - 1].unit) list[i].turn = list[i - 1].turn + 1;
  for (size_t i = 0; i < size; i++)
    list[i].alone = list[i].turn % 2 == 0 &&
                    (i + 1 == size || list[i + 1].unit != list[i].unit);
  qsort(list, size, sizeof *list,
        kind == TACET_BALANCE_PAIR ? by_pair : by_turn);
}

/* ---- orders ------------------------------------------------------------- */

typedef struct ranked {
  int64_t coordinate;
  double load;
} ranked;

static int by_load(const void *left, const void *right) {
  const ranked *a = left, *b = right;
  if (a->load != b->load) return a->load < b->load ? 1 : -1;
  return compare(a->coordinate, b->coordinate);
}

/* One group. `heap` has room for the coordinates. */
static void deal(int64_t *from, const double *load, ranked *heap,
                 const place *list, int64_t size, tacet_balance_kind kind) {
  for (int64_t i = 0; i < size; i++) heap[i] = (ranked){i, load[i]};
  qsort(heap, (size_t)size, sizeof *heap, by_load);
  int64_t heaviest = 0, lightest = size - 1;
  for (int64_t i = 0; i < size; i++) {
    const bool light =
        kind == TACET_BALANCE_PAIR && !list[i].alone && list[i].turn % 2;
    from[list[i].index] = heap[light ? lightest-- : heaviest++].coordinate;
  }
}

static bool is_as_it_was(const tacet_order *order) {
  for (int64_t i = 0; i < order->groups * order->size; i++)
    if (order->from[i] != i % order->size) return false;
  return true;
}

void tacet_order_free(tacet_order *order) {
  free(order->from);
  *order = (tacet_order){.dim = -1};
}

/* What making an order takes. */
typedef struct workspace {
  double *load; /* [groups * size] */
  ranked *heap; /* [size] */
  place *list;  /* [size] */
} workspace;

static tacet_status fill(tacet_order *order, const workspace *spare,
                         const tacet_features *features, const tacet_nest *nest,
                         const tacet_zeros *weights, tacet_error *error) {
  const tacet_balance_kind kind = features->balance.kind;
  bool known;
  tacet_status status =
      weigh(&known, spare->load, order, &nest->layer->tensor[TACET_WEIGHT],
            weights, error);
  if (!status && known) {
    list_places(spare->list, order, nest, kind);
    for (int64_t at = 0; at < order->groups * order->size; at += order->size)
      deal(order->from + at, spare->load + at, spare->heap, spare->list,
           order->size, kind);
  }
  if (status || !known || is_as_it_was(order)) tacet_order_free(order);
  return status;
}

static tacet_status allocate(tacet_order *order, workspace *spare,
                             tacet_error *error) {
  const size_t size = (size_t)order->size;
  const size_t all = size * (size_t)order->groups;
  order->from = calloc(all, sizeof *order->from);
  spare->load = calloc(all, sizeof *spare->load);
  spare->heap = calloc(size, sizeof *spare->heap);
  spare->list = calloc(size, sizeof *spare->list);
  if (order->from && spare->load && spare->heap && spare->list) return TACET_OK;
  tacet_order_free(order);
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "no memory to balance %lld coordinates", (long long)all);
}

tacet_status tacet_order_make(tacet_order *order,
                              const tacet_features *features,
                              const tacet_nest *nest,
                              const tacet_sparsity *sparsity,
                              tacet_error *error) {
  const tacet_layer *layer = nest->layer;
  workspace spare;
  *order = (tacet_order){.groups = 1};
  tacet_status status = tacet_balance_dim(&order->dim, features, nest, error);
  if (status || order->dim < 0) return status;
  order->apart = tacet_balance_apart(layer, order->dim);
  order->size = layer->dim[order->dim].size;
  if (order->apart >= 0) order->groups = layer->dim[order->apart].size;
  status = allocate(order, &spare, error);
  if (!status)
    status = fill(order, &spare, features, nest,
                  &sparsity->tensor[TACET_WEIGHT], error);
  free(spare.load);
  free(spare.heap);
  free(spare.list);
  return status;
}

tacet_status tacet_balance_moved(int64_t moved[TACET_TENSORS],
                                 const tacet_features *features,
                                 const tacet_nest *nest,
                                 const tacet_sparsity *sparsity,
                                 tacet_error *error) {
  tacet_order order;
  for (int t = 0; t < TACET_TENSORS; t++) moved[t] = 0;
  tacet_status status =
      tacet_order_make(&order, features, nest, sparsity, error);
  if (status || order.dim < 0) return status;
  int64_t places = 0;
  for (int64_t i = 0; i < order.groups * order.size; i++)
    places += order.from[i] != i % order.size;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_tensor *tensor = &nest->layer->tensor[t];
    if (tacet_has_dim(tensor, order.dim))
      moved[t] =
          tacet_tensor_size(tensor) / (order.groups * order.size) * places;
  }
  tacet_order_free(&order);
  return TACET_OK;
}
