/* tacet mask profile: densities of masks, channel by channel, as a profile that
   others can read without the masks; their vectors in it or in a file. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../dense/spec/node.h"
#include "../sparse/masks/mask_store.h"
#include "import.h"
#include "mask.h"
#include "mask_look.h"

/* "/conv1/weight": length of the layer's name, after the first slash. */
static size_t layer_length(const char *name) {
  const char *slash = strrchr(name, '/');
  return slash && slash > name ? (size_t)(slash - name) - 1 : 0;
}

static bool same_layer(const char *name, const char *other) {
  const size_t length = layer_length(name);
  return length > 0 && length == layer_length(other) &&
         strncmp(name, other, length + 1) == 0;
}

/* How the profile names the file of vectors: relative to its own folder. */
static const char *name_beside(const char *vectors, const char *profile) {
  const char *slash = profile ? strrchr(profile, '/') : NULL;
  const size_t folder = slash ? (size_t)(slash - profile) + 1 : 0;
  return strncmp(vectors, profile ? profile : "", folder) == 0
             ? vectors + folder
             : vectors;
}

/* The rank that was asked for. Else the one that a GEMM's, a convolution's or a
   depthwise layer's operands share, so that densities along it say how they
   meet: C; if there is none, K; if it is 1, G. -1 if there is none, or the
   array does not say what its ranks are. */
static int rank_along(const tacet_look *look, const tacet_stored *stored,
                      const char *by) {
  int rank[26];
  for (int i = 0; i < 26; i++) rank[i] = -1;
  if (!stored->layout[0]) return -1;
  for (int r = 0; r < look->tensor.ranks; r++)
    rank[look->tensor.rank[r].name[0] - 'A'] = r;
  if (by) return rank[by[0] - 'A'];
  const int c = rank['C' - 'A'], g = rank['G' - 'A'];
  if (c >= 0 && (look->tensor.rank[c].size > 1 || g < 0)) return c;
  return g >= 0 ? g : rank['K' - 'A'];
}

/* A profile in the making. */
typedef struct profiling {
  FILE *out;
  const tacet_mask_request *request;
  tacet_mask_store *store; /* of vectors; NULL: they are listed */
} profiling;

/* In so many digits that their counts can be found again. */
static void list_densities(FILE *out, const double *density, int64_t count) {
  fprintf(out, "        densities: [");
  for (int64_t i = 0; i < count; i++)
    fprintf(out, "%s%.10g",
            i == 0  ? ""
            : i % 6 ? ", "
                    : ",\n          ",
            density[i]);
  fprintf(out, "]\n");
}

static tacet_status store_densities(const profiling *p,
                                    const tacet_stored *stored,
                                    const tacet_rank *along,
                                    const double *density, tacet_error *error) {
  char layer[TACET_ARRAY_NAME];
  const char *tensor = strrchr(stored->name, '/') + 1;
  snprintf(layer, sizeof layer, "%.*s", (int)layer_length(stored->name),
           stored->name + 1);
  tacet_status status = tacet_mask_store_add_densities(
      p->store, layer, tensor, along->name, density, along->size, error);
  if (status) return status;
  fputs("        file: ", p->out);
  tacet_write_quoted(p->out,
                     name_beside(p->request->vectors, p->request->output));
  char name[TACET_ARRAY_NAME + 16];
  snprintf(name, sizeof name, "%s_density", stored->name);
  fputs("\n        dataset: ", p->out);
  tacet_write_quoted(p->out, name);
  fputc('\n', p->out);
  return TACET_OK;
}

/* Densities of the slices of a rank. */
static tacet_status print_densities(const profiling *p, const tacet_look *look,
                                    const tacet_stored *stored, int rank,
                                    tacet_error *error) {
  const tacet_rank *along = &look->tensor.rank[rank];
  int64_t *kept = tacet_look_count(look, rank);
  double *density = malloc((size_t)along->size * sizeof *density);
  const double slice = (double)look->mask.elements / (double)along->size;
  tacet_status status = TACET_OK;
  if (kept && density) {
    for (int64_t i = 0; i < along->size; i++)
      density[i] = (double)kept[i] / slice;
    fprintf(p->out, "\n%s        along: %s\n",
            p->store ? "" : "        distribution: per-channel\n", along->name);
    if (p->store)
      status = store_densities(p, stored, along, density, error);
    else
      list_densities(p->out, density, along->size);
  } else {
    status = tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  }
  free(density);
  free(kept);
  return status;
}

/* What is known of an output tells how it is stored, not how it meets others,
   so that its mean is enough. */
static tacet_status print_tensor(const profiling *p, const tacet_stored *stored,
                                 tacet_error *error) {
  const tacet_mask_request *request = p->request;
  const char *tensor = strrchr(stored->name, '/') + 1;
  tacet_look look;
  tacet_status status =
      tacet_look_at(&look, request->file[0], stored, request, error);
  if (!status) {
    const int rank = rank_along(&look, stored, request->by);
    const bool is_output =
        strcmp(tensor, "output") == 0 || strcmp(tensor, "Z") == 0;
    fprintf(p->out, "      %.40s:", tensor);
    if (rank < 0 || (is_output && !request->by))
      fprintf(p->out, " %.10g\n",
              (double)look.mask.nonzeros / (double)look.mask.elements);
    else
      status = print_densities(p, &look, stored, rank, error);
  }
  tacet_look_free(&look);
  return status;
}

/* Letters, digits, '_', '-', '.' and '/' after a letter are a plain scalar,
   unless YAML takes the word for something else. */
static bool is_plain(const char *name) {
  static const char *const words[] = {"y",   "n",    "yes",   "no",  "on",
                                      "off", "true", "false", "null"};
  const bool letter =
      (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');
  static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcasecmp(words[i], name) == 0) return false;
  return letter && name[strspn(name, plain)] == '\0';
}

static void print_name(FILE *out, const char *name) {
  fputs("  ", out);
  if (is_plain(name))
    fputs(name, out);
  else
    tacet_write_quoted(out, name);
  fputs(":\n", out);
}

static tacet_status print_layer(const profiling *p,
                                const tacet_listing *listing, int first,
                                tacet_error *error) {
  const char *name = listing->array[first].name;
  tacet_status status = TACET_OK;
  char layer[TACET_ARRAY_NAME];
  snprintf(layer, sizeof layer, "%.*s", (int)layer_length(name), name + 1);
  print_name(p->out, layer);
  fprintf(p->out, "    density:\n");
  for (int i = first; i < listing->count && !status; i++)
    if (same_layer(name, listing->array[i].name))
      status = print_tensor(p, &listing->array[i], error);
  return status;
}

static bool is_first_of_layer(const tacet_listing *listing, int index) {
  for (int i = 0; i < index; i++)
    if (same_layer(listing->array[i].name, listing->array[index].name))
      return false;
  return layer_length(listing->array[index].name) > 0;
}

static tacet_status print_layers(const profiling *p,
                                 const tacet_listing *listing,
                                 tacet_error *error) {
  const char *file = p->request->file[0];
  tacet_status status = TACET_OK;
  int layers = 0;
  for (int i = 0; i < listing->count && !status; i++) {
    if (!is_first_of_layer(listing, i)) continue;
    layers++;
    status = print_layer(p, listing, i, error);
  }
  if (status || layers > 0) return status;
  tacet_fail(error, TACET_BAD_INPUT, NULL,
             "%s: has no arrays called /<layer>/<tensor>", file);
  return tacet_advise(error, "tacet mask import makes such a file");
}

/* The profile names the vectors by a path that its reader can follow. */
static tacet_status check_vectors(const tacet_mask_request *request,
                                  tacet_error *error) {
  const char *vectors = request->vectors;
  const bool apart = request->output && strchr(request->output, '/') &&
                     name_beside(vectors, request->output) == vectors;
  if (!apart || vectors[0] == '/') return TACET_OK;
  return tacet_fail(error, TACET_BAD_USAGE, NULL,
                    "--vectors is \"%s\"; expected a file in the folder of "
                    "%s, or an absolute path",
                    tacet_show(vectors).text, request->output);
}

tacet_status tacet_mask_profile(FILE *out, const tacet_mask_request *request,
                                tacet_error *error) {
  const char *file = request->file[0];
  const char *slash = strrchr(file, '/'), *stem = slash ? slash + 1 : file;
  profiling p = {out, request, NULL};
  tacet_listing *listing = NULL;
  tacet_status status = TACET_OK;
  if (request->vectors) status = check_vectors(request, error);
  if (!status) status = tacet_listing_read(&listing, file, NULL, error);
  if (!status && request->vectors)
    status = tacet_mask_store_start(&p.store, request->vectors, error);
  fprintf(out, "tacet: 1\nprofile: %.60s\nlayers:\n", stem);
  if (!status) status = print_layers(&p, listing, error);
  tacet_listing_free(listing);
  if (!status && p.store) return tacet_mask_store_finish(p.store, error);
  tacet_mask_store_drop(p.store);
  return status;
}
