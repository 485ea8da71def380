/* Shrinks the tiles of a mapping until the buffers hold them. Decides by what
   the buffers need, never by cost. */
#include "../dense.h"
#include "../whole.h"

#include <string.h>

typedef struct fitter {
  tacet_dataflow dataflow;
  tacet_nest nest; /* what it binds to */
  int64_t need[TACET_MAX_STORAGE];
  int64_t tiles[TACET_MAX_STORAGE]; /* bits of them, each once */
  const tacet_layer *layer;
  const tacet_accelerator *accelerator;
} fitter;

/* Binds the fitter's dataflow: L2 then holds the tiles of one step. A tile
   that begins to move is suddenly there twice, so what tells that tiles
   shrink is the need of buffers that hold each once. */
static tacet_status measure(fitter *f, tacet_error *error) {
  tacet_accelerator once = *f->accelerator;
  tacet_status status =
      tacet_bind(&f->nest, f->layer, &f->dataflow, f->accelerator, error);
  for (int s = 1; s < f->nest.storages && !status; s++) {
    once.storage[s].double_buffered = false;
    f->need[s] = tacet_need_bits(&f->nest, f->accelerator, s);
    f->tiles[s] = tacet_need_bits(&f->nest, &once, s);
  }
  return status;
}

/* Whether levels 1 .. outer would do if they were endless; what is further in
   does not depend on them. */
static bool is_placed(const fitter *f, int outer) {
  tacet_accelerator endless = *f->accelerator;
  tacet_nest placed = f->nest;
  tacet_error unused;
  for (int s = 1; s <= outer; s++)
    endless.storage[s].size_bits = INT64_C(1) << 61;
  return tacet_place_tiles(&placed, &endless, &unused) == TACET_OK;
}

/* The innermost level that is too small, or 0. Above L1 a level may do without
   the tiles of one step, each there twice, where it can hold larger ones that
   stay. */
static int short_level(const fitter *f) {
  int level = f->nest.storages - 1;
  if (f->need[level] > f->accelerator->storage[level].size_bits) return level;
  if (is_placed(f, 0)) return 0;
  while (level > 1 && is_placed(f, level - 1)) level--;
  return level;
}

/* ---- one map ------------------------------------------------------------ */

/* A size as a number, which tacet_bind has found to fit 64 bits. */
static int64_t resolved(const tacet_layer *layer, const tacet_extent *extent) {
  const tacet_rank *window = tacet_layer_window(layer, extent->of);
  const int dim = tacet_layer_dim(layer, extent->of);
  if (window) return extent->number * window->padded;
  return extent->number * (dim < 0 ? 1 : layer->dim[dim].size);
}

/* Size of `dim` in the tiles of map i's level and of those outside it, as far
   as directives name the dimension itself. */
static int64_t tile_at(const fitter *f, int i, int dim) {
  const tacet_dataflow *flow = &f->dataflow;
  int64_t size = f->layer->dim[dim].size;
  for (int j = 0; j < flow->directives; j++) {
    const tacet_directive *map = &flow->directive[j];
    if (map->kind == TACET_CLUSTER && j > i) break;
    if (map->kind != TACET_CLUSTER &&
        tacet_layer_dim(f->layer, map->dim) == dim)
      size = smaller(size, resolved(f->layer, &map->size));
  }
  return size;
}

/* The dimension that map i cuts, and the size it asks for there. */
static int mapped_dim(int64_t *size, const fitter *f, int i) {
  const tacet_directive *map = &f->dataflow.directive[i];
  const tacet_rank *window = tacet_layer_window(f->layer, map->dim);
  int dim = tacet_layer_dim(f->layer, map->dim);
  *size = resolved(f->layer, &map->size);
  if (window) {
    const int64_t reach =
        window->term[1].coefficient * (tile_at(f, i, window->term[1].dim) - 1);
    dim = window->term[0].dim;
    *size = (*size - reach - 1) / window->term[0].coefficient + 1;
  }
  return dim;
}

/* Sets the size, of outputs where the map is of input rows or columns. */
static void resize(tacet_directive *map, int64_t size, bool window) {
  map->size = map->offset = (tacet_extent){.number = size};
  if (window) strcat(map->dim, "'");
}

/* The tile that map i makes of its dimension, within those of maps outside. */
static int64_t tile_of(const fitter *f, int i, int dim) {
  int64_t tile = f->layer->dim[dim].size;
  for (int j = 0; j <= i; j++) {
    int64_t size;
    if (f->dataflow.directive[j].kind != TACET_CLUSTER &&
        mapped_dim(&size, f, j) == dim)
      tile = smaller(tile, size);
  }
  return tile;
}

/* Halves map i, up to `times`, until the tiles in `storage` are smaller; false
   if they never are. */
static bool halve(fitter *f, int i, int slot, int storage, int times) {
  const tacet_directive *map = &f->dataflow.directive[i];
  if (map->kind != TACET_TEMPORAL_MAP) return false;
  int64_t size;
  const int dim = mapped_dim(&size, f, i);
  if (!tacet_has_dim(&f->layer->tensor[slot], dim)) return false;
  const bool window = tacet_layer_window(f->layer, map->dim) != NULL;
  size = tile_of(f, i, dim);
  for (; size > 1 && times > 0; times--) {
    size -= size / 2;
    fitter changed = *f;
    resize(&changed.dataflow.directive[i], size, window);
    tacet_error unused;
    if (measure(&changed, &unused) ||
        changed.tiles[storage] >= f->tiles[storage])
      continue;
    *f = changed;
    return true;
  }
  return false;
}

/* ---- all of them -------------------------------------------------------- */

static void order_by_need(int order[TACET_TENSORS], const fitter *f,
                          int storage) {
  int64_t need[TACET_TENSORS];
  for (int t = 0; t < TACET_TENSORS; t++) {
    need[t] = tacet_tensor_need_bits(&f->nest, f->accelerator, storage, t);
    int at = t;
    for (; at > 0 && need[order[at - 1]] < need[t]; at--)
      order[at] = order[at - 1];
    order[at] = t;
  }
}

static bool shrink_by(fitter *f, int storage, int times) {
  int order[TACET_TENSORS];
  order_by_need(order, f, storage);
  for (int t = 0; t < TACET_TENSORS; t++)
    for (int i = 0; i < f->dataflow.directives; i++)
      if (halve(f, i, order[t], storage, times)) return true;
  return false;
}

/* Maps that must be halved more than once do not make the tile themselves:
   smaller ones leave units without work. */
static bool shrink(fitter *f, int storage) {
  return shrink_by(f, storage, 1) || shrink_by(f, storage, 64);
}

static tacet_status cannot_fit(const fitter *f, int storage,
                               tacet_error *error) {
  const tacet_storage *buffer = &f->accelerator->storage[storage];
  tacet_fail(error, TACET_INFEASIBLE, &f->accelerator->place,
             "%s is too small for the smallest tiles that the temporal maps of "
             "%s can make: they need %.1f B, it has %.1f B",
             buffer->name, f->dataflow.name, (double)f->need[storage] / 8,
             (double)buffer->size_bits / 8);
  return tacet_advise(error, "map more of its dimensions, or make the spatial "
                             "maps smaller");
}

tacet_status tacet_fit(tacet_dataflow *dataflow, const tacet_layer *layer,
                       const tacet_accelerator *accelerator,
                       tacet_error *error) {
  fitter f = {
      .dataflow = *dataflow, .layer = layer, .accelerator = accelerator};
  tacet_status status = measure(&f, error);
  for (int s = 0; !status && (s = short_level(&f)) > 0;)
    if (!shrink(&f, s)) status = cannot_fit(&f, s, error);
  if (!status) *dataflow = f.dataflow;
  return status;
}
