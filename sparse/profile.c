/* Densities and masks of layers, from network and profile files. What is in a
   mask file is read layer by layer, when it is wanted. */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "../dense/spec/node.h"
#include "masks/mask_boxes.h"
#include "spelling.h"
#include "masks/weights.h"

static const double largest_threshold = 1e300;

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
}

static void replace(tacet_zeros_source *zeros, tacet_zeros_source other) {
  tacet_pattern_free(&zeros->pattern);
  free(zeros->path);
  free(zeros->name);
  *zeros = other;
}

/* ---- densities ---------------------------------------------------------- */

static tacet_status read_density(tacet_zeros_source *zeros, tacet_node *node,
                                 const tacet_layer *layer, int tensor,
                                 tacet_error *error) {
  tacet_zeros_source read = {.path = NULL};
  tacet_status status = tacet_pattern_read(&read.pattern, node, layer->type,
                                           &layer->tensor[tensor],
                                           tacet_slot_name(tensor), error);
  if (status) return status;
  read.density = tacet_pattern_density(&read.pattern);
  replace(zeros, read);
  return TACET_OK;
}

/* ---- masks -------------------------------------------------------------- */

static tacet_status get_polarity(tacet_polarity *polarity, tacet_node *map,
                                 tacet_error *error) {
  static const char *const words[] = {"kept", "pruned", NULL};
  tacet_node *node = tacet_get(map, "polarity");
  int index;
  if (!node) return TACET_OK;
  tacet_status status = tacet_as_word(&index, node, words, "polarity", error);
  if (!status) *polarity = index == 1 ? TACET_MEANS_PRUNED : TACET_MEANS_KEPT;
  return status;
}

static tacet_status read_mask(tacet_zeros_source *zeros, tacet_node *node,
                              tacet_error *error) {
  tacet_zeros_source read = {.density = 1,
                             .mask = {.place = tacet_node_place(node)}};
  const char *name;
  tacet_node *file;
  tacet_status status = tacet_need(&file, node, "file", error);
  if (!status) status = tacet_get_text(&name, node, "file", error);
  if (!status)
    status = tacet_get_text(&read.mask.dataset, node, "dataset", error);
  if (!status)
    status = tacet_get_text(&read.mask.layout, node, "layout", error);
  if (!status) status = get_polarity(&read.mask.polarity, node, error);
  if (!status)
    status = tacet_get_real(&read.mask.threshold, node, "threshold", 0,
                            largest_threshold, error);
  if (status) return status;
  read.path = tacet_beside(read.mask.place.file, name);
  if (!read.path) return no_memory(error);
  read.mask.file = read.path;
  replace(zeros, read);
  return TACET_OK;
}

/* ---- layers ------------------------------------------------------------- */

static tacet_status refuse_both(const tacet_node *mask, const char *tensor,
                                tacet_error *error) {
  const tacet_place place = tacet_node_place(mask);
  tacet_fail(error, TACET_BAD_INPUT, &place, "%s has a density and a mask",
             tensor);
  return tacet_advise(error, "a mask says where every zero is: remove the "
                             "density");
}

/* `known: output`. Operands always are. */
static tacet_status read_known(tacet_layer_zeros *zeros, tacet_node *entry,
                               tacet_error *error) {
  const tacet_node *known = tacet_get(entry, "known");
  tacet_slot slot = TACET_OUTPUT;
  if (!known) return TACET_OK;
  tacet_status status = tacet_as_tensor(&slot, known, "known", error);
  if (status) return status;
  zeros->known = true;
  if (slot == TACET_OUTPUT) return TACET_OK;
  const tacet_place place = tacet_node_place(known);
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "%s is an operand: its zeros are always known beforehand",
             tacet_slot_name((int)slot));
  return tacet_advise(error, "expected output");
}

/* The keys `density`, `mask` and `known` of a layer. */
static tacet_status read_zeros(tacet_layer_zeros *zeros,
                               const tacet_layer *layer, tacet_node *entry,
                               tacet_error *error) {
  tacet_node *densities = NULL;
  tacet_node *masks = tacet_get(entry, "mask");
  tacet_status status =
      tacet_get_either(&densities, entry, "density", "densities", error);
  if (densities && !status)
    status = tacet_expect(densities, TACET_MAP, "density", error);
  if (masks && !status) status = tacet_expect(masks, TACET_MAP, "mask", error);
  if (!status) status = read_known(zeros, entry, error);
  for (int t = 0; t < TACET_TENSORS && !status; t++) {
    tacet_node *density = NULL, *mask = NULL;
    if (densities)
      status = tacet_get_tensor(&density, densities, (tacet_slot)t, error);
    if (masks && !status)
      status = tacet_get_tensor(&mask, masks, (tacet_slot)t, error);
    if (status) break;
    const char *name = tacet_slot_name(t);
    if (density && mask) return refuse_both(mask, name, error);
    if (density)
      status = read_density(&zeros->tensor[t], density, layer, t, error);
    if (mask) status = read_mask(&zeros->tensor[t], mask, error);
  }
  return status;
}

static tacet_status make_dense(tacet_profile *profile,
                               const tacet_network *network,
                               tacet_error *error) {
  *profile = (tacet_profile){.layers = network->layers};
  profile->layer = calloc((size_t)network->layers, sizeof *profile->layer);
  if (!profile->layer) return no_memory(error);
  for (int i = 0; i < network->layers; i++)
    for (int t = 0; t < TACET_TENSORS; t++)
      profile->layer[i].tensor[t] = (tacet_zeros_source){
          .pattern = tacet_pattern_dense(&network->layer[i].tensor[t]),
          .density = 1};
  return TACET_OK;
}

void tacet_profile_free(tacet_profile *profile) {
  for (int i = 0; profile->layer && i < profile->layers; i++)
    for (int t = 0; t < TACET_TENSORS; t++)
      replace(&profile->layer[i].tensor[t], (tacet_zeros_source){.path = NULL});
  free(profile->layer);
  *profile = (tacet_profile){.layers = 0};
}

tacet_status tacet_profile_of_network(tacet_profile *profile,
                                      const tacet_network *network,
                                      tacet_error *error) {
  tacet_status status = make_dense(profile, network, error);
  for (int i = 0; i < network->layers && !status; i++)
    status = read_zeros(&profile->layer[i], &network->layer[i],
                        network->source[i], error);
  if (status) tacet_profile_free(profile);
  return status;
}

/* ---- profile files ------------------------------------------------------ */

static tacet_status read_default(tacet_profile *profile, tacet_node *root,
                                 const tacet_network *network,
                                 tacet_error *error) {
  tacet_node *entry = tacet_get(root, "default");
  if (!entry) return TACET_OK;
  tacet_status status = tacet_expect(entry, TACET_MAP, "default", error);
  for (int i = 0; i < profile->layers && !status; i++)
    status = read_zeros(&profile->layer[i], &network->layer[i], entry, error);
  return status;
}

static tacet_status read_entries(tacet_profile *profile, tacet_node *root,
                                 const tacet_network *network,
                                 tacet_error *error) {
  tacet_node *entries = tacet_get(root, "layers");
  if (!entries && tacet_get(root, "default")) return TACET_OK;
  tacet_status status = tacet_need(&entries, root, "layers", error);
  if (!status) status = tacet_expect(entries, TACET_MAP, "layers", error);
  for (int i = 0; i < network->layers && !status; i++) {
    tacet_node *entry = tacet_get(entries, network->layer[i].name);
    if (!entry) continue;
    status = tacet_expect(entry, TACET_MAP, network->layer[i].name, error);
    if (!status)
      status = read_zeros(&profile->layer[i], &network->layer[i], entry, error);
  }
  return status;
}

tacet_status tacet_profile_read(tacet_profile *profile,
                                const tacet_network *network,
                                const tacet_doc *doc, tacet_error *error) {
  tacet_node *root = tacet_doc_root(doc);
  tacet_status status = tacet_read_head(profile->name, root, "profile", error);
  if (!status) status = read_default(profile, root, network, error);
  if (!status) status = read_entries(profile, root, network, error);
  return status;
}

/* ---- files of masks ----------------------------------------------------- */

/* Layer and tensor that an array of the file belongs to: "/conv1/weight". */
static tacet_zeros_source *find_zeros(tacet_profile *profile,
                                      const tacet_network *network,
                                      const char *name) {
  const char *slash = strrchr(name, '/');
  for (int i = 0; slash && i < network->layers; i++) {
    const tacet_layer *layer = &network->layer[i];
    const size_t length = strlen(layer->name);
    if (name[0] != '/' || slash != name + 1 + length ||
        strncmp(layer->name, name + 1, length) != 0)
      continue;
    for (int t = 0; t < TACET_TENSORS; t++)
      if (strcmp(layer->tensor[t].name, slash + 1) == 0)
        return &profile->layer[i].tensor[t];
  }
  return NULL;
}

static tacet_status take_array(tacet_profile *profile,
                               const tacet_network *network,
                               const tacet_stored *array, const char *path,
                               tacet_error *error) {
  const tacet_place place = {.file = path};
  tacet_zeros_source *zeros = find_zeros(profile, network, array->name);
  if (!zeros) {
    tacet_fail(error, TACET_BAD_INPUT, &place,
               "%s is no tensor of a layer of network %s",
               tacet_show(array->name).text, network->name);
    return tacet_advise(error, "bind masks to layers with tacet mask import");
  }
  tacet_zeros_source read = {
      .density = 1, .path = strdup(path), .name = strdup(array->name)};
  if (!read.path || !read.name) {
    replace(&read, (tacet_zeros_source){.path = NULL});
    return no_memory(error);
  }
  read.mask = (tacet_mask_source){.file = read.path, .dataset = read.name};
  replace(zeros, read);
  return TACET_OK;
}

tacet_status tacet_profile_of_masks(tacet_profile *profile,
                                    const tacet_network *network,
                                    const char *path, tacet_error *error) {
  const tacet_place nowhere = {.file = NULL}; /* readers name the file */
  tacet_listing *listing;
  tacet_status status = tacet_listing_read(&listing, path, &nowhere, error);
  if (status) return status;
  for (int i = 0; i < listing->count && !status; i++)
    status = take_array(profile, network, &listing->array[i], path, error);
  tacet_listing_free(listing);
  return status;
}

void tacet_profile_impose(tacet_profile *profile, const tacet_network *network,
                          int tensor, double density) {
  for (int i = 0; i < profile->layers; i++) {
    tacet_zeros_source read = {.pattern = tacet_pattern_uniform(
                                   &network->layer[i].tensor[tensor], density)};
    read.density = tacet_pattern_density(&read.pattern);
    replace(&profile->layer[i].tensor[tensor], read);
  }
}

/* ---- loading ------------------------------------------------------------ */

/* Of the tensor's values. */
static double density_of(const tacet_mask *mask, const tacet_tensor *tensor) {
  return (double)mask->nonzeros / (double)tacet_tensor_values(tensor);
}

static bool is_dense(const tacet_zeros_source *source) {
  return !source->mask.file && source->density >= 1;
}

static bool has_mask(const tacet_layer_zeros *zeros) {
  return zeros->tensor[TACET_WEIGHT].mask.file ||
         zeros->tensor[TACET_INPUT].mask.file ||
         (zeros->known && zeros->tensor[TACET_OUTPUT].mask.file);
}

/* NULL where the density says it all. */
static const tacet_pattern *pattern_of(const tacet_zeros_source *source) {
  const bool says_more =
      source->pattern.ranks && !tacet_pattern_is_uniform(&source->pattern);
  return says_more ? &source->pattern : NULL;
}

static tacet_status load_masks(tacet_sparsity *sparsity, tacet_mask *mask,
                               const tacet_layer_zeros *zeros,
                               const tacet_layer *layer, tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_zeros_source *source = &zeros->tensor[t];
    mask[t] = (tacet_mask){0};
    sparsity->tensor[t] = (tacet_zeros){.density = source->density,
                                        .pattern = pattern_of(source)};
    if (!source->mask.file || status) continue;
    status = tacet_mask_read(&mask[t], &layer->tensor[t], &source->mask, error);
    sparsity->tensor[t] = (tacet_zeros){
        .density = density_of(&mask[t], &layer->tensor[t]), .mask = &mask[t]};
  }
  sparsity->tensor[TACET_OUTPUT].known = zeros->known;
  return status;
}

/* A sample of the pattern, the same in every run. */
static tacet_status draw(tacet_zeros *zeros, tacet_mask *mask,
                         const tacet_zeros_source *source,
                         const tacet_tensor *tensor, uint64_t seed,
                         tacet_error *error) {
  tacet_status status =
      tacet_pattern_mask(mask, &source->pattern, tensor, seed, error);
  if (status) return status;
  *zeros = (tacet_zeros){.density = density_of(mask, tensor),
                         .mask = mask,
                         .drawn = source->pattern.kind != TACET_PLANE};
  return TACET_OK;
}

/* Patterns that leave nothing to chance are as good as masks. Others need boxes
   to be asked of the masks beside them. */
static tacet_status draw_models(tacet_sparsity *sparsity, tacet_mask *mask,
                                const tacet_layer_zeros *zeros,
                                const tacet_layer *layer, tacet_error *error) {
  bool too_large = false;
  tacet_status status = TACET_OK;
  for (int t = 0; t < TACET_TENSORS; t++)
    too_large = too_large ||
                (zeros->tensor[t].mask.file && !tacet_mask_has_boxes(&mask[t]));
  for (int t = 0; t < TACET_TENSORS && !status; t++) {
    const tacet_zeros_source *source = &zeros->tensor[t];
    const bool matters = t != TACET_OUTPUT || zeros->known;
    if (source->mask.file || is_dense(source) || !matters) continue;
    if (too_large || source->pattern.kind == TACET_PLANE)
      status = draw(&sparsity->tensor[t], &mask[t], source, &layer->tensor[t],
                    (uint64_t)t + 1, error);
  }
  sparsity->tensor[TACET_OUTPUT].known = zeros->known;
  return status;
}

tacet_status tacet_layer_zeros_load(tacet_sparsity *sparsity, tacet_mask *mask,
                                    const tacet_layer_zeros *zeros,
                                    const tacet_layer *layer,
                                    tacet_error *error) {
  tacet_status status = load_masks(sparsity, mask, zeros, layer, error);
  if (!status && has_mask(zeros))
    status = draw_models(sparsity, mask, zeros, layer, error);
  for (int t = 0; t < TACET_TENSORS && status; t++) tacet_mask_free(&mask[t]);
  return status;
}
