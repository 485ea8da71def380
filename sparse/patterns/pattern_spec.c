/* Densities of input files into patterns: the words and keys of every kind.
   Knows nothing of what patterns answer. */
#include <stdlib.h>

#include "../../dense/spec/node.h"
#include "../files/density_file.h"
#include "pattern.h"
#include "../spelling.h"

/* A map that describes the zeros of a tensor. */
typedef struct description {
  tacet_node *map;
  tacet_layer_type type; /* of the tensor's layer */
  const tacet_tensor *tensor;
} description;

static const int64_t most_columns = INT64_C(1) << 53;
static const int64_t most_rows = INT64_C(1) << 24;   /* counted one by one */
static const int64_t most_blocks = INT64_C(1) << 30; /* and elements of one */
static const int64_t most_samples = INT64_C(1) << 31;

/* ---- values ------------------------------------------------------------- */

static tacet_status need_int(int64_t *value, tacet_node *map, const char *key,
                             int64_t min, int64_t max, tacet_error *error) {
  tacet_node *node;
  tacet_status status = tacet_need(&node, map, key, error);
  return status ? status : tacet_as_int(value, node, min, max, key, error);
}

static tacet_status need_density(double *density, tacet_node *map,
                                 tacet_error *error) {
  tacet_node *node;
  tacet_status status = tacet_need(&node, map, "density", error);
  return status ? status : tacet_as_real(density, node, 0, 1, "density", error);
}

static tacet_status as_rank(int *rank, const tacet_node *node,
                            const tacet_tensor *tensor, const char *what,
                            tacet_error *error) {
  const char *names[TACET_MAX_RANKS + 1] = {NULL};
  for (int r = 0; r < tensor->ranks; r++) names[r] = tensor->rank[r].name;
  return tacet_as_word(rank, node, names, what, error);
}

/* The rank that a map of layer types names; asks for every type, so that the
   map may name what this network lacks. */
static tacet_status pick_type(tacet_node **rank, const description *from,
                              tacet_node *map, tacet_error *error) {
  for (int t = 0; t < TACET_LAYER_TYPES; t++) {
    tacet_node *named =
        tacet_get(map, tacet_layer_type_name((tacet_layer_type)t));
    if (t == (int)from->type) *rank = named;
  }
  if (*rank) return TACET_OK;
  const char *type = tacet_layer_type_name(from->type);
  const tacet_place place = tacet_node_place(map);
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "along names no rank for %s layers", type);
  return tacet_advise(error, "add %s: and a rank", type);
}

/* A rank for all types of layers, or a map with one for each. */
static tacet_status need_along(int *rank, const description *from,
                               tacet_error *error) {
  tacet_node *along, *node = NULL;
  tacet_status status = tacet_need(&along, from->map, "along", error);
  if (status) return status;
  if (tacet_node_is(along) == TACET_MAP) {
    status = pick_type(&node, from, along, error);
    return status ? status : as_rank(rank, node, from->tensor, "along", error);
  }
  status = as_rank(rank, along, from->tensor, "along", error);
  if (status)
    tacet_advise(error,
                 "%s layers need another: a map names one for each type "
                 "of layer, as along: {CONV: C, GEMM: K}",
                 tacet_layer_type_name(from->type));
  return status;
}

/* ---- blocks ------------------------------------------------------------- */

static tacet_status read_batch(tacet_pattern *pattern, tacet_node *map,
                               tacet_error *error) {
  return tacet_get_int(&pattern->as.blocks.draws, map, "batch", 1, most_samples,
                       error);
}

static tacet_status read_dense(tacet_pattern *pattern, const description *from,
                               tacet_error *error) {
  (void)error;
  *pattern = tacet_pattern_dense(from->tensor);
  return TACET_OK;
}

static tacet_status read_uniform(tacet_pattern *pattern,
                                 const description *from, tacet_error *error) {
  double density;
  tacet_status status = need_density(&density, from->map, error);
  if (status) return status;
  *pattern = tacet_pattern_uniform(from->tensor, density);
  return read_batch(pattern, from->map, error);
}

static tacet_status read_block(tacet_pattern *pattern, const description *from,
                               tacet_error *error) {
  int64_t block[TACET_MAX_RANKS];
  double density;
  tacet_node *extents;
  tacet_status status = need_density(&density, from->map, error);
  if (!status) status = tacet_need(&extents, from->map, "block", error);
  if (!status) status = tacet_expect(extents, TACET_MAP, "block", error);
  for (int r = 0; r < from->tensor->ranks && !status; r++) {
    const tacet_rank *rank = &from->tensor->rank[r];
    block[r] = 1;
    status =
        tacet_get_int(&block[r], extents, rank->name, 1, most_blocks, error);
  }
  if (status) return status;
  *pattern = tacet_pattern_blocks(from->tensor, block, density);
  return read_batch(pattern, from->map, error);
}

static tacet_status read_channel(tacet_pattern *pattern,
                                 const description *from, tacet_error *error) {
  int rank;
  double density;
  tacet_status status = need_along(&rank, from, error);
  if (!status) status = need_density(&density, from->map, error);
  if (status) return status;
  *pattern = tacet_pattern_slices(from->tensor, rank, density);
  return read_batch(pattern, from->map, error);
}

/* ---- groups along a rank ------------------------------------------------ */

static tacet_status read_fixed(tacet_pattern *pattern, const description *from,
                               tacet_error *error) {
  int rank;
  int64_t n, m;
  tacet_status status = need_along(&rank, from, error);
  if (!status) status = need_int(&m, from->map, "m", 1, most_columns, error);
  if (!status) status = need_int(&n, from->map, "n", 0, m, error);
  if (status && tacet_get(from->map, "density"))
    tacet_advise(error, "a density does not say where: 2 of every 4 is n: 2, "
                        "m: 4, along: C");
  if (status) return status;
  *pattern = tacet_pattern_n_of_m(from->tensor, rank, n, m);
  return TACET_OK;
}

static tacet_status expect_numbers(const tacet_node *list,
                                   const tacet_rank *rank, tacet_error *error) {
  tacet_status status = tacet_expect(list, TACET_LIST, "densities", error);
  if (status || tacet_node_count(list) == rank->size) return status;
  const tacet_place place = tacet_node_place(list);
  return tacet_fail(error, TACET_BAD_INPUT, &place,
                    "densities has %d numbers; expected %lld, one for each "
                    "coordinate of %s",
                    tacet_node_count(list), (long long)rank->size, rank->name);
}

static tacet_status read_listed(double **density, const description *from,
                                int rank, tacet_error *error) {
  tacet_node *list;
  tacet_status status = tacet_need(&list, from->map, "densities", error);
  if (!status) status = expect_numbers(list, &from->tensor->rank[rank], error);
  if (status) return status;
  const int count = tacet_node_count(list);
  *density = malloc((size_t)count * sizeof **density);
  if (!*density)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  for (int c = 0; c < count && !status; c++)
    status = tacet_as_real(&(*density)[c], tacet_node_item(list, c), 0, 1,
                           "densities", error);
  if (status) free(*density);
  return status;
}

static tacet_status read_stored(double **density, const description *from,
                                int rank, tacet_error *error) {
  const char *name;
  tacet_mask_source source = {.place = tacet_node_place(from->map)};
  tacet_status status = tacet_get_text(&name, from->map, "file", error);
  if (!status)
    status = tacet_get_text(&source.dataset, from->map, "dataset", error);
  if (status) return status;
  char *path = tacet_beside(source.place.file, name);
  if (!path) return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  source.file = path;
  status = tacet_densities_read(density, from->tensor, rank, &source, error);
  free(path);
  return status;
}

static tacet_status read_per_channel(tacet_pattern *pattern,
                                     const description *from,
                                     tacet_error *error) {
  int rank;
  double *density;
  const tacet_node *list = tacet_get(from->map, "densities");
  const bool stored = tacet_get(from->map, "file") != NULL;
  tacet_status status = need_along(&rank, from, error);
  if (!status && stored && list) {
    const tacet_place place = tacet_node_place(list);
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "densities and a file of them; expected one");
  }
  if (!status)
    status = (stored ? read_stored : read_listed)(&density, from, rank, error);
  if (!status) *pattern = tacet_pattern_densities(from->tensor, rank, density);
  return status;
}

/* ---- parts of planes ---------------------------------------------------- */

static tacet_status read_width(tacet_part *part, tacet_node *map,
                               const char *key, int64_t min,
                               tacet_error *error) {
  tacet_status status =
      need_int(&part->width, map, key, min, most_columns, error);
  return status ? status : tacet_get_bool(&part->causal, map, "causal", error);
}

static tacet_status read_banded(tacet_part *part, tacet_node *map,
                                tacet_error *error) {
  tacet_node *node;
  tacet_status status =
      tacet_get_either(&node, map, "band-width", "band_width", error);
  if (!status && !node) status = tacet_need(&node, map, "band-width", error);
  if (status) return status;
  part->kind = TACET_BANDED;
  return tacet_as_int(&part->width, node, 0, most_columns, "band-width", error);
}

static tacet_status read_causal(tacet_part *part, tacet_node *map,
                                tacet_error *error) {
  (void)map, (void)error;
  part->kind = TACET_CAUSAL;
  return TACET_OK;
}

static tacet_status read_window(tacet_part *part, tacet_node *map,
                                tacet_error *error) {
  part->kind = TACET_WINDOW;
  return read_width(part, map, "window", 1, error);
}

static tacet_status read_global(tacet_part *part, tacet_node *map,
                                tacet_error *error) {
  part->kind = TACET_GLOBAL;
  return read_width(part, map, "tokens", 0, error);
}

static tacet_status read_strided(tacet_part *part, tacet_node *map,
                                 tacet_error *error) {
  part->kind = TACET_STRIDED;
  return read_width(part, map, "stride", 1, error);
}

static tacet_status read_block_random(tacet_part *part, tacet_node *map,
                                      tacet_error *error) {
  int64_t seed = 0;
  part->kind = TACET_BLOCK_RANDOM;
  tacet_status status =
      need_int(&part->width, map, "block", 1, most_blocks, error);
  if (!status)
    status = need_int(&part->global, map, "global", 0, most_blocks, error);
  if (!status)
    status = need_int(&part->window, map, "window", 1, most_blocks, error);
  if (!status)
    status = need_int(&part->random, map, "random", 0, TACET_MAX_RANDOM_BLOCKS,
                      error);
  if (!status) status = tacet_get_int(&seed, map, "seed", 0, INT64_MAX, error);
  if (!status) status = tacet_get_bool(&part->causal, map, "causal", error);
  part->seed = (uint64_t)seed;
  return status;
}

/* ---- words -------------------------------------------------------------- */

typedef tacet_status pattern_reader(tacet_pattern *pattern,
                                    const description *from,
                                    tacet_error *error);
typedef tacet_status part_reader(tacet_part *part, tacet_node *map,
                                 tacet_error *error);

static pattern_reader read_union;

/* Each word has one reader: of a whole pattern, or of a part of a plane. */
static const struct {
  const char *word;
  pattern_reader *pattern;
  part_reader *part;
} distributions[] = {
    {"dense", read_dense, NULL},
    {"uniform", read_uniform, NULL},
    {"hypergeometric", read_uniform, NULL},
    {"block", read_block, NULL},
    {"channel", read_channel, NULL},
    {"fixed-structured", read_fixed, NULL},
    {"per-channel", read_per_channel, NULL},
    {"banded", NULL, read_banded},
    {"causal", NULL, read_causal},
    {"window", NULL, read_window},
    {"global", NULL, read_global},
    {"strided", NULL, read_strided},
    {"block-random", NULL, read_block_random},
    {"union", read_union, NULL},
    {"filter", read_channel, NULL},
    {"diagonal", NULL, read_banded},
    {"fixed_structured", read_fixed, NULL},
};

enum { DISTRIBUTIONS = sizeof distributions / sizeof *distributions };

/* Index of the map's distribution; `parts` offers only those of parts. */
static tacet_status find_distribution(int *index, tacet_node *map, bool parts,
                                      tacet_error *error) {
  const char *words[DISTRIBUTIONS + 1] = {NULL};
  int row[DISTRIBUTIONS], count = 0, found = 0;
  for (int i = 0; i < DISTRIBUTIONS; i++) {
    if (parts && !distributions[i].part) continue;
    row[count] = i;
    words[count++] = distributions[i].word;
  }
  tacet_node *node;
  tacet_status status = tacet_need(&node, map, "distribution", error);
  if (!status)
    status = tacet_as_word(&found, node, words, "distribution", error);
  if (!status) *index = row[found];
  return status;
}

/* ---- planes ------------------------------------------------------------- */

static tacet_status get_rank(int *rank, const description *from,
                             const char *key, tacet_error *error) {
  const tacet_node *node = tacet_get(from->map, key);
  return node ? as_rank(rank, node, from->tensor, key, error) : TACET_OK;
}

static tacet_status check_ranks(const tacet_plane *plane,
                                const description *from, tacet_error *error) {
  const tacet_rank *rows = &from->tensor->rank[plane->rows];
  const tacet_place place = tacet_node_place(from->map);
  if (plane->rows == plane->columns)
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "rows and columns are both %s; expected two ranks",
                      rows->name);
  if (rows->size > most_rows)
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "%s, the rows of the pattern, is %lld; expected at most "
                      "%lld",
                      rows->name, (long long)rows->size, (long long)most_rows);
  return TACET_OK;
}

static tacet_status read_plane(tacet_plane *plane, const description *from,
                               tacet_error *error) {
  plane->rows = from->tensor->row_ranks - 1;
  plane->columns = from->tensor->row_ranks;
  tacet_status status = get_rank(&plane->rows, from, "rows", error);
  if (!status) status = get_rank(&plane->columns, from, "columns", error);
  if (!status)
    status = tacet_get_int(&plane->offset, from->map, "offset", -most_columns,
                           most_columns, error);
  return status ? status : check_ranks(plane, from, error);
}

/* Only one comb can be counted without listing columns. */
static tacet_status refuse_second_comb(const tacet_plane *plane,
                                       const tacet_node *item,
                                       tacet_error *error) {
  int strided = 0;
  for (int k = 0; k < plane->parts; k++)
    strided += plane->part[k].kind == TACET_STRIDED;
  if (strided < 2) return TACET_OK;
  const tacet_place place = tacet_node_place(item);
  return tacet_fail(error, TACET_BAD_INPUT, &place,
                    "a second strided part; a union takes one");
}

static tacet_status check_parts(const tacet_node *list, tacet_error *error) {
  tacet_status status = tacet_expect(list, TACET_LIST, "of", error);
  const int count = tacet_node_count(list);
  if (status || (count >= 1 && count <= TACET_MAX_PARTS)) return status;
  const tacet_place place = tacet_node_place(list);
  return tacet_fail(error, TACET_BAD_INPUT, &place,
                    "a union of %d parts; expected 1 to %d", count,
                    (int)TACET_MAX_PARTS);
}

static tacet_status read_union(tacet_pattern *pattern, const description *from,
                               tacet_error *error) {
  tacet_plane plane = {0};
  tacet_node *list;
  tacet_status status = tacet_need(&list, from->map, "of", error);
  if (!status) status = check_parts(list, error);
  if (!status) status = read_plane(&plane, from, error);
  while (!status && plane.parts < tacet_node_count(list)) {
    tacet_node *item = tacet_node_item(list, plane.parts);
    int index;
    status = find_distribution(&index, item, true, error);
    if (!status)
      status =
          distributions[index].part(&plane.part[plane.parts++], item, error);
    if (!status) status = refuse_second_comb(&plane, item, error);
  }
  if (!status) *pattern = tacet_pattern_plane(from->tensor, &plane);
  return status;
}

static tacet_status read_part(tacet_pattern *pattern, const description *from,
                              part_reader *read, tacet_error *error) {
  tacet_plane plane = {.parts = 1};
  tacet_status status = read(&plane.part[0], from->map, error);
  if (!status) status = read_plane(&plane, from, error);
  if (!status) *pattern = tacet_pattern_plane(from->tensor, &plane);
  return status;
}

tacet_status tacet_pattern_read(tacet_pattern *pattern, tacet_node *node,
                                tacet_layer_type type,
                                const tacet_tensor *tensor, const char *what,
                                tacet_error *error) {
  *pattern = (tacet_pattern){0};
  if (tacet_node_is(node) == TACET_MAP) {
    const description from = {node, type, tensor};
    int index;
    if (tacet_get(node, "file") && !tacet_get(node, "distribution"))
      return read_per_channel(pattern, &from, error);
    tacet_status status = find_distribution(&index, node, false, error);
    if (status) return status;
    return distributions[index].part
               ? read_part(pattern, &from, distributions[index].part, error)
               : distributions[index].pattern(pattern, &from, error);
  }
  double density;
  tacet_status status = tacet_as_real(&density, node, 0, 1, what, error);
  if (!status) *pattern = tacet_pattern_uniform(tensor, density);
  return status;
}
