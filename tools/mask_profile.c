/* tacet mask profile: densities of masks as a profile that others can read
   without the masks. */
#include <stdlib.h>
#include <string.h>

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

/* Densities along the outermost rank of more than one, for people. */
static void print_channels(FILE *out, const tacet_look *look,
                           const char *tensor) {
  int rank = 0;
  while (rank + 1 < look->tensor.ranks && look->tensor.rank[rank].size == 1)
    rank++;
  const tacet_rank *along = &look->tensor.rank[rank];
  int64_t *kept = tacet_look_count(look, rank);
  const double slice = (double)look->mask.elements / (double)along->size;
  fprintf(out, "    # %s by %s:", tensor, along->name);
  for (int64_t i = 0; kept && i < along->size; i++)
    fprintf(out, "%s%.3g", i % 12 == 0 && i > 0 ? "\n    #   " : " ",
            (double)kept[i] / slice);
  fputc('\n', out);
  free(kept);
}

/* One line of densities, and the vectors as comments above it. */
static tacet_status print_layer(FILE *out, const tacet_listing *listing,
                                int first, const tacet_mask_request *request,
                                tacet_error *error) {
  const char *name = listing->array[first].name;
  char densities[256] = "";
  fprintf(out, "  %.*s:\n", (int)layer_length(name), name + 1);
  for (int i = first; i < listing->count; i++) {
    const tacet_stored *stored = &listing->array[i];
    const char *tensor = strrchr(stored->name, '/') + 1;
    if (!same_layer(name, stored->name)) continue;
    tacet_look look;
    tacet_status status =
        tacet_look_at(&look, request->file[0], stored, request, error);
    if (!status) {
      const size_t used = strlen(densities);
      print_channels(out, &look, tensor);
      snprintf(densities + used, sizeof densities - used, "%s%.40s: %.9g",
               used ? ", " : "", tensor,
               (double)look.mask.nonzeros / (double)look.mask.elements);
    }
    tacet_look_free(&look);
    if (status) return status;
  }
  fprintf(out, "    density: {%s}\n", densities);
  return TACET_OK;
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
