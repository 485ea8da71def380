/* From directives to a loop nest (design, section 3). Knows sizes and units;
   must not know cost or sparsity. */
#include "dense.h"

#include <stdio.h>
#include <string.h>

typedef struct binder {
  tacet_nest *nest;
  const tacet_layer *layer;
  const tacet_dataflow *dataflow;
  tacet_error *error;
  int64_t left[TACET_MAX_DIMS]; /* tile the maps so far have made */
  int level;
} binder;

/* The directives of one level: dataflow->directive[first .. end-1]. */
typedef struct range {
  int first;
  int end;
} range;

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t ceil_div(int64_t a, int64_t b) {
  return a / b + (a % b != 0);
}

/* ---- words for messages ------------------------------------------------- */

static void extent_text(char text[32], tacet_extent extent) {
  if (!extent.of[0])
    snprintf(text, 32, "%lld", (long long)extent.number);
  else if (extent.number == 1)
    snprintf(text, 32, "Sz(%s)", extent.of);
  else
    snprintf(text, 32, "%lld*Sz(%s)", (long long)extent.number, extent.of);
}

static void directive_text(char text[96], const tacet_directive *directive) {
  static const char *const kinds[] = {"TemporalMap", "SpatialMap", "Cluster"};
  char size[32], offset[32];
  extent_text(size, directive->size);
  extent_text(offset, directive->offset);
  if (directive->kind == TACET_CLUSTER)
    snprintf(text, 96, "Cluster(%s)", size);
  else
    snprintf(text, 96, "%s(%s,%s) %s", kinds[directive->kind], size, offset,
             directive->dim);
}

static void dims_text(char *text, size_t size, const tacet_layer *layer) {
  size_t used = 0;
  text[0] = 0;
  for (int d = 0; d < layer->dims && used < size; d++)
    used += (size_t)snprintf(text + used, size - used, "%s%s", d ? " " : "",
                             layer->dim[d].name);
}

static tacet_status unknown_dim(const binder *b,
                                const tacet_directive *directive,
                                const char *name) {
  char text[96], dims[64];
  directive_text(text, directive);
  dims_text(dims, sizeof dims, b->layer);
  tacet_fail(b->error, TACET_BAD_INPUT, &directive->place,
             "%s: layer %s (%s) has no dimension %s", text, b->layer->name,
             tacet_layer_type_name(b->layer->type), name);
  return tacet_advise(b->error,
                      "its dimensions are %s; give the dataflow a "
                      "by-type list for %s",
                      dims, tacet_layer_type_name(b->layer->type));
}

/* ---- sizes -------------------------------------------------------------- */

/* Sz(name): of an input rank with its padding. */
static int64_t size_of(const tacet_layer *layer, const char *name) {
  const tacet_rank *window = tacet_layer_window(layer, name);
  if (window) return window->padded;
  int dim = tacet_layer_dim(layer, name);
  return dim < 0 ? -1 : layer->dim[dim].size;
}

static tacet_status resolve(int64_t *value, const binder *b,
                            const tacet_directive *directive,
                            const tacet_extent *extent) {
  *value = extent->number;
  if (!extent->of[0]) return TACET_OK;
  int64_t size = size_of(b->layer, extent->of);
  if (size < 0) return unknown_dim(b, directive, extent->of);
  if (__builtin_mul_overflow(size, extent->number, value))
    return tacet_fail(b->error, TACET_OVERFLOW, &directive->place,
                      "%lld*Sz(%s) does not fit 64 bits",
                      (long long)extent->number, extent->of);
  return TACET_OK;
}

/* ---- one map ------------------------------------------------------------ */

/* A map in canonical form: `size` of dimension `dim`. */
typedef struct map {
  const tacet_directive *directive;
  int dim;
  int64_t size;
  int64_t offset; /* == size where the map partitions */
} map;

/* Filter rows of the tile that this level makes, after its own maps. */
static tacet_status filter_tile(int64_t *rows, const binder *b, range level,
                                int filter) {
  *rows = b->left[filter];
  for (int i = level.first; i < level.end; i++) {
    const tacet_directive *directive = &b->dataflow->directive[i];
    if (tacet_layer_dim(b->layer, directive->dim) != filter) continue;
    int64_t size;
    tacet_status status = resolve(&size, b, directive, &directive->size);
    if (status) return status;
    *rows = smaller(*rows, size);
  }
  return TACET_OK;
}

static tacet_status no_window(const binder *b, const map *m, int64_t rows,
                              int64_t filter_rows) {
  char text[96];
  directive_text(text, m->directive);
  const char *axis = m->directive->dim[0] == 'X' ? "column" : "row";
  tacet_fail(b->error, TACET_BAD_INPUT, &m->directive->place,
             "%s: a tile of %lld %s%s holds no complete window of %lld %ss",
             text, (long long)rows, axis, rows == 1 ? "" : "s",
             (long long)filter_rows, axis);
  return tacet_advise(b->error,
                      "map at least %lld, or tile the filter in the "
                      "same level",
                      (long long)filter_rows);
}

/* Section 3, "Input-centric maps": turns a map on Y into one on P. */
static tacet_status convert_window(map *m, const binder *b, range level,
                                   const tacet_rank *window) {
  int out = window->term[0].dim, filter = window->term[1].dim;
  int64_t stride = window->term[0].coefficient;
  int64_t dilation = window->term[1].coefficient;
  int64_t rows;
  tacet_status status = filter_tile(&rows, b, level, filter);
  if (status) return status;
  int64_t left =
      stride * (b->left[out] - 1) + dilation * (b->left[filter] - 1) + 1;
  int64_t span = smaller(m->size, left) - dilation * (rows - 1) - 1;
  if (span < 0)
    return no_window(b, m, smaller(m->size, left), dilation * (rows - 1) + 1);
  int64_t size = span / stride + 1;
  m->dim = out;
  m->size = size;
  if (size < b->left[out] && m->offset != stride * size && m->offset != size) {
    char text[96];
    directive_text(text, m->directive);
    tacet_fail(b->error, TACET_BAD_INPUT, &m->directive->place,
               "%s: an offset of %lld does not partition the output", text,
               (long long)m->offset);
    if (stride == 1)
      return tacet_advise(b->error,
                          "its tile covers %lld output rows: the "
                          "offset must be %lld",
                          (long long)size, (long long)size);
    return tacet_advise(b->error,
                        "its tile covers %lld output rows at stride "
                        "%lld: the offset must be %lld or %lld",
                        (long long)size, (long long)stride,
                        (long long)(stride * size), (long long)size);
  }
  m->offset = size;
  return TACET_OK;
}

static tacet_status not_a_partition(const binder *b, const map *m) {
  char text[96];
  directive_text(text, m->directive);
  bool overlap = m->offset < m->size;
  tacet_fail(b->error, TACET_BAD_INPUT, &m->directive->place,
             "%s: %s of layer %s", text,
             overlap ? "tiles overlap, so that work is done twice"
                     : "tiles leave gaps, so that work is lost",
             b->layer->name);
  return tacet_advise(b->error,
                      "dimension %s needs offset = size where it has "
                      "more than one tile",
                      b->layer->dim[m->dim].name);
}

static tacet_status add_loop(binder *b, const map *m, int64_t tiles) {
  tacet_nest *nest = b->nest;
  if (nest->loops == TACET_MAX_LOOPS)
    return tacet_fail(b->error, TACET_BAD_INPUT, &m->directive->place,
                      "more than %d maps with several tiles", TACET_MAX_LOOPS);
  int same = 0;
  for (int i = 0; i < nest->loops; i++) same += nest->loop[i].dim == m->dim;
  if (same == TACET_MAX_CHAIN)
    return tacet_fail(b->error, TACET_BAD_INPUT, &m->directive->place,
                      "more than %d maps of one dimension with several tiles",
                      TACET_MAX_CHAIN);
  bool spatial = m->directive->kind == TACET_SPATIAL_MAP;
  int64_t units = spatial ? nest->units[b->level] : 1;
  nest->loop[nest->loops++] = (tacet_loop){.dim = m->dim,
                                           .level = b->level,
                                           .spatial = spatial,
                                           .size = m->size,
                                           .tiles = tiles,
                                           .units = units,
                                           .folds = ceil_div(tiles, units)};
  return TACET_OK;
}

/* Clamps, checks and applies one map. */
static tacet_status apply(binder *b, map *m) {
  int64_t *left = &b->left[m->dim];
  m->size = smaller(m->size, *left);
  int64_t tiles = ceil_div(*left, m->size);
  if (tiles == 1) return TACET_OK;
  if (m->size != m->offset) return not_a_partition(b, m);
  tacet_status status = add_loop(b, m, tiles);
  *left = m->size;
  return status;
}

/* ---- one level ---------------------------------------------------------- */

static bool is_unit_spatial(const tacet_directive *directive) {
  return directive->kind == TACET_SPATIAL_MAP && directive->size.number == 1 &&
         !directive->size.of[0] && directive->offset.number == 1 &&
         !directive->offset.of[0];
}

/* The row-stationary diagonal: SpatialMap(1,1) of Y beside one of R. */
static bool on_diagonal(const binder *b, range level,
                        const tacet_directive *directive) {
  const tacet_rank *window = tacet_layer_window(b->layer, directive->dim);
  if (!window || !is_unit_spatial(directive)) return false;
  for (int i = level.first; i < level.end; i++) {
    const tacet_directive *other = &b->dataflow->directive[i];
    if (is_unit_spatial(other) &&
        tacet_layer_dim(b->layer, other->dim) == window->term[1].dim)
      return true;
  }
  return false;
}

static tacet_status two_spatial(const binder *b,
                                const tacet_directive *directive,
                                const tacet_directive *earlier) {
  char text[96], other[96];
  directive_text(text, directive);
  directive_text(other, earlier);
  bool windows = tacet_layer_window(b->layer, earlier->dim) != NULL;
  tacet_fail(b->error, TACET_BAD_INPUT, &directive->place,
             "%s beside %s in one level: %s with %s%s", text, other,
             earlier->dim, directive->dim,
             windows ? ": not the same axis" : "");
  return tacet_advise(b->error,
                      "a level spreads one dimension, or Y with R "
                      "(X with S) by SpatialMap(1,1); put a Cluster between");
}

static tacet_status bind_level(binder *b, range level) {
  const tacet_directive *spread = NULL;
  for (int i = level.first; i < level.end; i++) {
    const tacet_directive *directive = &b->dataflow->directive[i];
    if (on_diagonal(b, level, directive)) continue;
    map m = {.directive = directive};
    tacet_status status = resolve(&m.size, b, directive, &directive->size);
    if (!status) status = resolve(&m.offset, b, directive, &directive->offset);
    if (status) return status;
    const tacet_rank *window = tacet_layer_window(b->layer, directive->dim);
    m.dim = tacet_layer_dim(b->layer, directive->dim);
    if (window)
      status = convert_window(&m, b, level, window);
    else if (m.dim < 0)
      status = unknown_dim(b, directive, directive->dim);
    int before = b->nest->loops;
    if (!status) status = apply(b, &m);
    if (status) return status;
    if (b->nest->loops == before || directive->kind != TACET_SPATIAL_MAP)
      continue;
    if (spread) return two_spatial(b, directive, spread);
    spread = directive;
  }
  return TACET_OK;
}

/* ---- the levels --------------------------------------------------------- */

/* Splits at the Clusters; units of each level; PEs left over. */
static tacet_status split_levels(range *level, binder *b, int64_t pes) {
  tacet_nest *nest = b->nest;
  int64_t product = 1;
  level[0].first = 0;
  nest->levels = 1;
  for (int i = 0; i < b->dataflow->directives; i++) {
    const tacet_directive *directive = &b->dataflow->directive[i];
    if (directive->kind != TACET_CLUSTER) continue;
    if (nest->levels == TACET_MAX_LEVELS)
      return tacet_fail(b->error, TACET_BAD_INPUT, &directive->place,
                        "more than %d cluster levels", TACET_MAX_LEVELS);
    int64_t size;
    tacet_status status = resolve(&size, b, directive, &directive->size);
    if (status) return status;
    if (__builtin_mul_overflow(product, size, &product) || product > pes) {
      tacet_fail(b->error, TACET_INFEASIBLE, &directive->place,
                 "clusters of %lld PEs, but the accelerator has %lld",
                 (long long)product, (long long)pes);
      return tacet_advise(b->error, "use smaller clusters, or more PEs");
    }
    level[nest->levels - 1].end = i;
    level[nest->levels].first = i + 1;
    nest->units[nest->levels++] = size;
  }
  level[nest->levels - 1].end = b->dataflow->directives;
  nest->units[0] = pes / product;
  nest->idle_pes = pes - nest->units[0] * product;
  return TACET_OK;
}

static void default_positions(tacet_nest *nest) {
  for (int s = 1; s < nest->storages; s++)
    for (int t = 0; t < TACET_TENSORS; t++) nest->position[s][t] = nest->loops;
}

tacet_status tacet_bind(tacet_nest *nest, const tacet_layer *layer,
                        const tacet_dataflow *dataflow,
                        const tacet_accelerator *accelerator,
                        tacet_error *error) {
  memset(nest, 0, sizeof *nest);
  nest->layer = *layer;
  nest->pes = accelerator->pes;
  nest->storages = accelerator->storages;
  binder b = {.nest = nest,
              .layer = &nest->layer,
              .dataflow = dataflow,
              .error = error};
  for (int d = 0; d < layer->dims; d++) b.left[d] = layer->dim[d].size;

  range level[TACET_MAX_LEVELS];
  tacet_status status = split_levels(level, &b, accelerator->pes);
  for (; !status && b.level < nest->levels; b.level++)
    status = bind_level(&b, level[b.level]);
  memcpy(nest->tile, b.left, sizeof nest->tile);
  default_positions(nest);
  return status;
}
