/* Binding by names. */
#include "mask_bind.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/node.h"

enum { LONGEST = 600 };

/* ---- the shelf ---------------------------------------------------------- */

tacet_status tacet_shelf_fill(tacet_shelf *shelf,
                              const tacet_mask_request *request,
                              tacet_error *error) {
  *shelf = (tacet_shelf){.request = request};
  shelf->listing = calloc((size_t)request->files, sizeof *shelf->listing);
  if (!shelf->listing)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  for (; shelf->files < request->files; shelf->files++) {
    tacet_status status =
        tacet_listing_read(&shelf->listing[shelf->files],
                           request->file[shelf->files], NULL, error);
    if (status) return status;
  }
  return TACET_OK;
}

void tacet_shelf_free(tacet_shelf *shelf) {
  for (int f = 0; f < shelf->files; f++) tacet_listing_free(shelf->listing[f]);
  free(shelf->listing);
  *shelf = (tacet_shelf){.files = 0};
}

const char *tacet_binding_file(const tacet_shelf *shelf,
                               tacet_binding binding) {
  return shelf->request->file[binding.file];
}

const tacet_stored *tacet_binding_array(const tacet_shelf *shelf,
                                        tacet_binding binding) {
  return &shelf->listing[binding.file]->array[binding.array];
}

tacet_mask_source tacet_binding_source(const tacet_shelf *shelf,
                                       tacet_binding binding) {
  return (tacet_mask_source){.file = tacet_binding_file(shelf, binding),
                             .dataset =
                                 tacet_binding_array(shelf, binding)->name,
                             .layout = shelf->request->layout,
                             .threshold = shelf->request->threshold,
                             .polarity = shelf->request->polarity};
}

/* Name of an array; of the only one of a file that of the file, without folder
   and ending. */
static void name_of(char name[LONGEST], const tacet_shelf *shelf,
                    tacet_binding at) {
  const tacet_stored *stored = tacet_binding_array(shelf, at);
  const char *file = tacet_binding_file(shelf, at);
  const char *slash = strrchr(file, '/');
  if (slash) file = slash + 1;
  const char *end = strrchr(file, '.');
  if (stored->name[0])
    snprintf(name, LONGEST, "%s", stored->name);
  else
    snprintf(name, LONGEST, "%.*s", end ? (int)(end - file) : 400, file);
}

/* ---- names -------------------------------------------------------------- */

/* Parts of a name, each after a slash: "features.0.weight:0" is
   "/features/0/weight". */
static void split_name(char parts[LONGEST], const char *name) {
  size_t length = 0;
  for (; *name && length + 3 < LONGEST; name++) {
    const bool boundary = *name == '/' || *name == '.';
    if (*name == ':') break;
    if (length == 0 || (boundary && parts[length - 1] != '/'))
      parts[length++] = '/';
    if (!boundary) parts[length++] = *name;
  }
  parts[length] = '\0';
}

static bool ends_in(const char *parts, const char *const *words) {
  const char *last = strrchr(parts, '/');
  for (int w = 0; last && words[w]; w++)
    if (strcmp(words[w], last + 1) == 0) return true;
  return false;
}

enum { NO_MATCH, WEIGHTS, MASK };

/* What an array is by the end of its name. */
static int judge_end(const char *parts) {
  static const char *const weights[] = {
      "kernel", "weight", "weights", "weight_orig", "w", "W", "0", NULL};
  static const char *const masks[] = {"mask", "kernel_mask", "weight_mask",
                                      "weights_mask", NULL};
  if (ends_in(parts, masks)) return MASK;
  return ends_in(parts, weights) ? WEIGHTS : NO_MATCH;
}

/* Is `layer` a run of whole parts of `parts`? *at_end: its last ones. */
static bool has_parts(const char *parts, const char *layer, bool *at_end) {
  const size_t length = strlen(layer);
  bool found = false;
  *at_end = false;
  for (const char *at = parts; (at = strstr(at, layer)); at++) {
    const char after = at[length];
    found |= after == '/' || after == '\0';
    *at_end |= after == '\0';
  }
  return found;
}

static int judge_name(const char *name, const tacet_stored *stored,
                      const char *layer) {
  char parts[LONGEST], wanted[LONGEST];
  bool at_end;
  split_name(parts, name);
  split_name(wanted, layer);
  if (strcmp(stored->layer, layer) == 0) return judge_end(parts);
  if (!has_parts(parts, wanted, &at_end)) return NO_MATCH;
  return at_end ? WEIGHTS : judge_end(parts);
}

static int judge_pattern(const char *name, const char *pattern,
                         const char *layer) {
  char wanted[LONGEST], parts[LONGEST];
  const char *hole = strstr(pattern, "{layer}");
  const int before = hole ? (int)(hole - pattern) : (int)strlen(pattern);
  snprintf(wanted, sizeof wanted, "%.*s%s%s", before, pattern,
           hole ? layer : "", hole ? hole + strlen("{layer}") : "");
  const bool rooted = wanted[0] == '/';
  if (!rooted && name[0] == '/') name++;
  if (fnmatch(wanted, name, 0) != 0) return NO_MATCH;
  split_name(parts, name);
  return judge_end(parts) == MASK ? MASK : WEIGHTS;
}

/* The name that --bind gives a layer; NULL if it gives none. */
static const char *bound_name(const tacet_mask_request *request,
                              const char *layer) {
  const size_t length = strlen(layer);
  for (int b = 0; b < request->binds; b++)
    if (strncmp(request->bind[b], layer, length) == 0 &&
        request->bind[b][length] == '=')
      return request->bind[b] + length + 1;
  return NULL;
}

static int judge(const tacet_shelf *shelf, tacet_binding at,
                 const char *layer) {
  const tacet_mask_request *request = shelf->request;
  const char *bound = bound_name(request, layer);
  char name[LONGEST];
  name_of(name, shelf, at);
  if (bound)
    return strcmp(bound, name) == 0 ||
                   (name[0] == '/' && strcmp(bound, name + 1) == 0) ||
                   strcmp(bound, tacet_binding_file(shelf, at)) == 0
               ? MASK
               : NO_MATCH;
  const int found =
      request->pattern
          ? judge_pattern(name, request->pattern, layer)
          : judge_name(name, tacet_binding_array(shelf, at), layer);
  const bool prune = strcmp(request->command, "prune") == 0;
  return prune && found == MASK ? NO_MATCH : found;
}

/* ---- layers ------------------------------------------------------------- */

static tacet_status refuse_several(const tacet_shelf *shelf,
                                   tacet_binding first, tacet_binding second,
                                   const char *layer, tacet_error *error) {
  char names[2][LONGEST];
  name_of(names[0], shelf, first);
  name_of(names[1], shelf, second);
  tacet_fail(error, TACET_BAD_INPUT, NULL,
             "several arrays may be layer %s: %.150s and %.150s", layer,
             names[0], names[1]);
  return tacet_advise(error, "choose with --bind %s=NAME", layer);
}

static tacet_status bind_layer(tacet_binding *binding, const tacet_shelf *shelf,
                               const char *layer, tacet_error *error) {
  int best = NO_MATCH;
  tacet_binding other = {-1, 0};
  *binding = other;
  for (tacet_binding at = {0, 0}; at.file < shelf->files; at.file++)
    for (at.array = 0; at.array < shelf->listing[at.file]->count; at.array++) {
      const int found = judge(shelf, at, layer);
      if (found == NO_MATCH || found < best) continue;
      other = found == best ? *binding : (tacet_binding){-1, 0};
      *binding = at;
      best = found;
    }
  if (other.file >= 0)
    return refuse_several(shelf, other, *binding, layer, error);
  if (binding->file >= 0 || !bound_name(shelf->request, layer)) return TACET_OK;
  tacet_fail(error, TACET_BAD_USAGE, NULL,
             "--bind %s: no file has an array called \"%s\"", layer,
             tacet_show(bound_name(shelf->request, layer)).text);
  return tacet_advise(error, "\"tacet mask info FILE\" lists their names");
}

bool tacet_layer_is_chosen(const tacet_mask_request *request,
                           const char *name) {
  for (int i = 0; i < request->layers; i++)
    if (strcmp(request->layer[i], name) == 0) return true;
  return request->layers == 0;
}

static tacet_status check_layer(const char *name, size_t length,
                                const tacet_network *network,
                                tacet_error *error) {
  char layer[TACET_NAME];
  tacet_nearest nearest = {.word = layer};
  snprintf(layer, sizeof layer, "%.*s", (int)length, name);
  for (int i = 0; i < network->layers; i++) {
    if (strcmp(network->layer[i].name, layer) == 0) return TACET_OK;
    tacet_nearest_offer(&nearest, network->layer[i].name);
  }
  tacet_fail(error, TACET_BAD_USAGE, NULL, "no layer \"%s\" in network %s",
             tacet_show(layer).text, network->name);
  return nearest.found ? tacet_advise(error, "did you mean %s?", nearest.found)
                       : TACET_BAD_USAGE;
}

tacet_status tacet_check_layers(const tacet_mask_request *request,
                                const tacet_network *network,
                                tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int i = 0; i < request->layers && !status; i++)
    status = check_layer(request->layer[i], strlen(request->layer[i]), network,
                         error);
  for (int i = 0; i < request->binds && !status; i++)
    status = check_layer(request->bind[i], strcspn(request->bind[i], "="),
                         network, error);
  return status;
}

tacet_status tacet_bind_arrays(tacet_binding *binding, const tacet_shelf *shelf,
                               const tacet_network *network,
                               tacet_error *error) {
  tacet_status status = tacet_check_layers(shelf->request, network, error);
  for (int l = 0; l < network->layers && !status; l++) {
    const char *layer = network->layer[l].name;
    binding[l] = (tacet_binding){-1, 0};
    if (tacet_layer_is_chosen(shelf->request, layer))
      status = bind_layer(&binding[l], shelf, layer, error);
  }
  return status;
}
