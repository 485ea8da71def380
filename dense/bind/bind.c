/* From directives to a loop nest (design, section 3). Knows sizes and units;
   must not know cost or sparsity. */
#include "../dense.h"
#include "../whole.h"

#include <stdio.h>
#include <string.h>

typedef struct binder {
  tacet_nest *nest;
  const tacet_layer *layer;
  const tacet_dataflow *dataflow;
  tacet_error *error;
  int64_t *left;             /* nest->tile: what the maps so far have made */
  int chain[TACET_MAX_DIMS]; /* loops they have made */
  int level;
} binder;

/* The directives of one level: dataflow->directive[first .. end-1]. */
typedef struct range {
  int first;
  int end;
} range;

/* ---- words for messages ------------------------------------------------- */

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
  char text[TACET_DIRECTIVE_TEXT], dims[64];
  tacet_directive_text(text, directive);
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
  int dim = tacet_layer_dim(layer, name);
  if (dim >= 0) return layer->dim[dim].size;
  const tacet_rank *window = tacet_layer_window(layer, name);
  return window ? window->padded : -1;
}

static tacet_status resolve_share(int64_t *value, const binder *b,
                                  const tacet_directive *directive,
                                  const tacet_extent *extent) {
  *value = 0;
  int64_t size = size_of(b->layer, extent->of);
  if (size < 0) return unknown_dim(b, directive, extent->of);
  if (__builtin_mul_overflow(size, extent->number, value))
    return tacet_fail(b->error, TACET_OVERFLOW, &directive->place,
                      "%lld*Sz(%s) does not fit 64 bits",
                      (long long)extent->number, extent->of);
  return TACET_OK;
}

static tacet_status resolve(int64_t *value, const binder *b,
                            const tacet_directive *directive,
                            const tacet_extent *extent) {
  if (extent->of[0]) return resolve_share(value, b, directive, extent);
  *value = extent->number;
  return TACET_OK;
}

/* ---- maps --------------------------------------------------------------- */

/* A map: `size` of dimension `dim`. */
typedef struct map {
  const tacet_directive *directive;
  int dim;                  /* -1 for one of input rows or columns: */
  const tacet_rank *window; /* these, else NULL */
  int64_t size;
  int64_t offset; /* == size where the map partitions */
} map;

/* The maps of one level. */
typedef struct maps {
  int count;
  map map[TACET_MAX_DIRECTIVES];
} maps;

/* Names that differ only behind their ends may be called different. */
static bool same_extent(const tacet_extent *a, const tacet_extent *b) {
  return a->number == b->number && memcmp(a->of, b->of, sizeof a->of) == 0;
}

/* Notes that directive `at` names what a map is of. */
static void note_name(const binder *b, const map *m, int at) {
  int dim = m->window ? m->window->term[0].dim : m->dim;
  b->nest->named[dim] = (signed char)(1 + at);
}

/* Of directive `at`. */
static tacet_status read_map(map *m, const binder *b, int at) {
  const tacet_directive *directive = &b->dataflow->directive[at];
  tacet_status status = resolve(&m->size, b, directive, &directive->size);
  if (status) return status;
  m->offset = m->size;
  if (!same_extent(&directive->size, &directive->offset))
    status = resolve(&m->offset, b, directive, &directive->offset);
  if (status) return status;
  m->directive = directive;
  m->dim = tacet_layer_dim(b->layer, directive->dim);
  m->window = NULL;
  if (m->dim < 0) m->window = tacet_layer_window(b->layer, directive->dim);
  if (m->dim < 0 && !m->window)
    return unknown_dim(b, directive, directive->dim);
  note_name(b, m, at);
  return TACET_OK;
}

/* Filter rows of the tile that this level makes, after its own maps. */
static int64_t filter_tile(const binder *b, const maps *level, int filter) {
  int64_t rows = b->left[filter];
  for (int i = 0; i < level->count; i++)
    if (level->map[i].dim == filter) rows = smaller(rows, level->map[i].size);
  return rows;
}

static tacet_status no_window(const binder *b, const map *m, int64_t rows,
                              int64_t filter_rows) {
  char text[TACET_DIRECTIVE_TEXT];
  tacet_directive_text(text, m->directive);
  const char letter = m->directive->dim[0];
  const char *axis = letter == 'X' ? "column" : letter == 'D' ? "frame" : "row";
  tacet_fail(b->error, TACET_BAD_INPUT, &m->directive->place,
             "%s: a tile of %lld %s%s holds no complete window of %lld %ss",
             text, (long long)rows, axis, rows == 1 ? "" : "s",
             (long long)filter_rows, axis);
  return tacet_advise(b->error,
                      "map at least %lld, or tile the filter in the "
                      "same level",
                      (long long)filter_rows);
}

static tacet_status wrong_offset(const binder *b, const map *m, int64_t size,
                                 int64_t stride) {
  char text[TACET_DIRECTIVE_TEXT];
  tacet_directive_text(text, m->directive);
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

/* Section 3, "Input-centric maps": turns a map on Y into one on P. */
static tacet_status convert_window(map *m, const binder *b, const maps *level) {
  const tacet_term *term = m->window->term;
  int out = term[0].dim, filter = term[1].dim;
  int64_t stride = term[0].coefficient, dilation = term[1].coefficient;
  int64_t rows = filter_tile(b, level, filter);
  int64_t left =
      stride * (b->left[out] - 1) + dilation * (b->left[filter] - 1) + 1;
  int64_t span = smaller(m->size, left) - dilation * (rows - 1) - 1;
  if (span < 0)
    return no_window(b, m, smaller(m->size, left), dilation * (rows - 1) + 1);
  int64_t size = stride == 1 ? span + 1 : span / stride + 1;
  if (size < b->left[out] && m->offset != stride * size && m->offset != size)
    return wrong_offset(b, m, size, stride);
  m->dim = out;
  m->size = m->offset = size;
  return TACET_OK;
}

static tacet_status not_a_partition(const binder *b, const map *m) {
  char text[TACET_DIRECTIVE_TEXT];
  tacet_directive_text(text, m->directive);
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
  if (b->chain[m->dim]++ == TACET_MAX_CHAIN)
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
  if (m->size >= *left) return TACET_OK; /* one tile */
  if (m->size != m->offset) return not_a_partition(b, m);
  tacet_status status = add_loop(b, m, ceil_div(*left, m->size));
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
static bool on_diagonal(const map *m, const maps *level) {
  if (!m->window || !is_unit_spatial(m->directive)) return false;
  for (int i = 0; i < level->count; i++)
    if (level->map[i].dim == m->window->term[1].dim &&
        is_unit_spatial(level->map[i].directive))
      return true;
  return false;
}

static tacet_status two_spatial(const binder *b,
                                const tacet_directive *directive,
                                const tacet_directive *earlier) {
  char text[TACET_DIRECTIVE_TEXT], other[TACET_DIRECTIVE_TEXT];
  tacet_directive_text(text, directive);
  tacet_directive_text(other, earlier);
  bool turn = tacet_layer_window(b->layer, directive->dim) != NULL;
  tacet_fail(b->error, TACET_BAD_INPUT, &directive->place,
             "%s beside %s in one level: %s with %s: not the same axis", text,
             other, turn ? directive->dim : earlier->dim,
             turn ? earlier->dim : directive->dim);
  return tacet_advise(b->error,
                      "a level spreads one dimension, or Y with R "
                      "(X with S) by SpatialMap(1,1); put a Cluster between");
}

static tacet_status read_level(maps *level, const binder *b, range of) {
  level->count = of.end - of.first;
  for (int i = 0; i < level->count; i++) {
    tacet_status status = read_map(&level->map[i], b, of.first + i);
    if (status) return status;
  }
  return TACET_OK;
}

static tacet_status bind_level(binder *b, range of) {
  maps level;
  const tacet_directive *spread = NULL;
  tacet_status status = read_level(&level, b, of);
  for (int i = 0; i < level.count && !status; i++) {
    map *m = &level.map[i];
    if (on_diagonal(m, &level)) continue;
    int before = b->nest->loops;
    if (m->window) status = convert_window(m, b, &level);
    if (!status) status = apply(b, m);
    if (status || b->nest->loops == before ||
        m->directive->kind != TACET_SPATIAL_MAP)
      continue;
    if (spread) return two_spatial(b, m->directive, spread);
    spread = m->directive;
  }
  return status;
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
  for (int s = 0; s < nest->storages; s++)
    for (int t = 0; t < TACET_TENSORS; t++)
      nest->position[s][t] = s == 0 ? 0 : nest->loops;
}

/* ---- storage ------------------------------------------------------------ */

static tacet_status no_cluster(const binder *b, const tacet_storage *buffer,
                               const tacet_accelerator *accelerator) {
  int clusters = b->nest->levels - 1;
  tacet_fail(b->error, TACET_INFEASIBLE, &accelerator->place,
             "%s is a buffer at cluster level %d, but dataflow %s has %d",
             buffer->name, buffer->level, b->dataflow->name, clusters);
  return tacet_advise(b->error,
                      "one Cluster makes one cluster level: add one to the "
                      "dataflow, or leave the buffer out");
}

static tacet_status set_levels(binder *b,
                               const tacet_accelerator *accelerator) {
  tacet_nest *nest = b->nest;
  int l1 = nest->storages - 1;
  for (int s = 0; s < l1; s++) {
    const tacet_storage *buffer = &accelerator->storage[s];
    if (buffer->level >= nest->levels)
      return no_cluster(b, buffer, accelerator);
    nest->level[s] = buffer->level;
  }
  nest->level[l1] = nest->levels;
  bool contiguous = false;
  for (int s = l1; s > 0; s--)
    nest->contiguous[s] = contiguous =
        contiguous || accelerator->storage[s].contiguous;
  nest->contiguous[0] = false; /* DRAM has no tiles */
  return TACET_OK;
}

tacet_status tacet_bind(tacet_nest *nest, const tacet_layer *layer,
                        const tacet_dataflow *dataflow,
                        const tacet_accelerator *accelerator,
                        tacet_error *error) {
  nest->layer = layer;
  nest->loops = 0;
  memset(nest->named, 0, sizeof nest->named);
  nest->pes = accelerator->pes;
  nest->storages = accelerator->storages;
  binder b = {.nest = nest,
              .layer = layer,
              .dataflow = dataflow,
              .error = error,
              .left = nest->tile};
  for (int d = 0; d < TACET_MAX_DIMS; d++)
    b.left[d] = d < layer->dims ? layer->dim[d].size : 0;

  range level[TACET_MAX_LEVELS];
  tacet_status status = split_levels(level, &b, accelerator->pes);
  for (; !status && b.level < nest->levels; b.level++)
    status = bind_level(&b, level[b.level]);
  if (!status) status = set_levels(&b, accelerator);
  default_positions(nest);
  return status;
}

void tacet_mac_order(int order[TACET_MAX_DIMS], const tacet_nest *nest) {
  for (int d = 0; d < nest->layer->dims; d++) {
    int at = d;
    for (; at > 0 && nest->named[order[at - 1]] > nest->named[d]; at--)
      order[at] = order[at - 1];
    order[at] = d;
  }
}
