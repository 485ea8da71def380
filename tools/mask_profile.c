/* tacet mask profile: densities of masks, channel by channel, as a profile that
   others can read without the masks. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* The rank that a GEMM's, a convolution's or a depthwise layer's operands
   share, so that densities along it say how they meet: C; if there is none, K;
   if it is 1, G. -1 if the array does not say what its ranks are. */
static int shared_rank(const tacet_look *look, const tacet_stored *stored) {
  int rank[26];
  for (int i = 0; i < 26; i++) rank[i] = -1;
  if (!stored->layout[0]) return -1;
  for (int r = 0; r < look->tensor.ranks; r++)
    rank[look->tensor.rank[r].name[0] - 'A'] = r;
  const int c = rank['C' - 'A'], g = rank['G' - 'A'];
  if (c >= 0 && (look->tensor.rank[c].size > 1 || g < 0)) return c;
  return g >= 0 ? g : rank['K' - 'A'];
}

/* Densities of the slices of a rank, in so many digits that their counts can
   be found again. */
static tacet_status print_densities(FILE *out, const tacet_look *look, int rank,
                                    tacet_error *error) {
  const tacet_rank *along = &look->tensor.rank[rank];
  int64_t *kept = tacet_look_count(look, rank);
  const double slice = (double)look->mask.elements / (double)along->size;
  if (!kept) return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  fprintf(out, "        distribution: per-channel\n        along: %s\n",
          along->name);
  fprintf(out, "        densities: [");
  for (int64_t i = 0; i < along->size; i++)
    fprintf(out, "%s%.10g",
            i == 0  ? ""
            : i % 6 ? ", "
                    : ",\n          ",
            (double)kept[i] / slice);
  fprintf(out, "]\n");
  free(kept);
  return TACET_OK;
}

/* What is known of an output tells how it is stored, not how it meets others,
   so that its mean is enough. */
static tacet_status print_tensor(FILE *out, const tacet_stored *stored,
                                 const tacet_mask_request *request,
                                 tacet_error *error) {
  const char *tensor = strrchr(stored->name, '/') + 1;
  tacet_look look;
  tacet_status status =
      tacet_look_at(&look, request->file[0], stored, request, error);
  if (!status) {
    const int rank = shared_rank(&look, stored);
    const bool is_output =
        strcmp(tensor, "output") == 0 || strcmp(tensor, "Z") == 0;
    fprintf(out, "      %.40s:", tensor);
    if (rank < 0 || is_output) {
      fprintf(out, " %.10g\n",
              (double)look.mask.nonzeros / (double)look.mask.elements);
    } else {
      fputc('\n', out);
      status = print_densities(out, &look, rank, error);
    }
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

static tacet_status print_layer(FILE *out, const tacet_listing *listing,
                                int first, const tacet_mask_request *request,
                                tacet_error *error) {
  const char *name = listing->array[first].name;
  tacet_status status = TACET_OK;
  char layer[TACET_ARRAY_NAME];
  snprintf(layer, sizeof layer, "%.*s", (int)layer_length(name), name + 1);
  print_name(out, layer);
  fprintf(out, "    density:\n");
  for (int i = first; i < listing->count && !status; i++)
    if (same_layer(name, listing->array[i].name))
      status = print_tensor(out, &listing->array[i], request, error);
  return status;
}

static bool is_first_of_layer(const tacet_listing *listing, int index) {
  for (int i = 0; i < index; i++)
    if (same_layer(listing->array[i].name, listing->array[index].name))
      return false;
  return layer_length(listing->array[index].name) > 0;
}

tacet_status tacet_mask_profile(FILE *out, const tacet_mask_request *request,
                                tacet_error *error) {
  const char *file = request->file[0];
  const char *slash = strrchr(file, '/'), *stem = slash ? slash + 1 : file;
  tacet_listing *listing;
  tacet_status status = tacet_listing_read(&listing, file, NULL, error);
  if (status) return status;
  fprintf(out, "tacet: 1\nprofile: %.60s\nlayers:\n", stem);
  int layers = 0;
  for (int i = 0; i < listing->count && !status; i++) {
    if (!is_first_of_layer(listing, i)) continue;
    layers++;
    status = print_layer(out, listing, i, request, error);
  }
  tacet_listing_free(listing);
  if (status || layers > 0) return status;
  tacet_fail(error, TACET_BAD_INPUT, NULL,
             "%s: has no arrays called /<layer>/<tensor>", file);
  return tacet_advise(error, "tacet mask import makes such a file");
}
