/* tacet mask info: what a file holds, and where its zeros are. */
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/node.h"
#include "../dense/spec/spec.h"
#include "import.h"
#include "mask.h"
#include "mask_look.h"

/* ---- axes and structure ------------------------------------------------- */

/* The largest part of an even split over the mean: what the others wait for. */
static void print_imbalance(FILE *out, const tacet_look *look,
                            const int64_t *kept, int64_t size, int64_t parts) {
  int64_t largest = 0;
  for (int64_t part = 0; part < parts; part++) {
    int64_t sum = 0;
    for (int64_t i = 0; i < size / parts; i++)
      sum += kept[part * (size / parts) + i];
    if (sum > largest) largest = sum;
  }
  if (look->mask.nonzeros > 0)
    fprintf(out, "%s %lld: %.3f", parts == 2 ? "; imbalance of parts" : ",",
            (long long)parts,
            (double)largest * (double)parts / (double)look->mask.nonzeros);
}

static void print_axis(FILE *out, const tacet_look *look, int rank) {
  const tacet_rank *along = &look->tensor.rank[rank];
  int64_t *kept = tacet_look_count(look, rank);
  if (!kept) return;
  const double slice = (double)look->mask.elements / (double)along->size;
  int64_t least = kept[0], most = kept[0], empty = 0;
  for (int64_t i = 0; i < along->size; i++) {
    if (kept[i] < least) least = kept[i];
    if (kept[i] > most) most = kept[i];
    empty += kept[i] == 0;
  }
  fprintf(out, "    along %s: density %#.4g to %#.4g", along->name,
          (double)least / slice, (double)most / slice);
  if (empty)
    fprintf(out, ", %lld of %lld empty", (long long)empty,
            (long long)along->size);
  for (int64_t parts = 2; parts <= 16 && along->size % parts == 0; parts *= 2)
    print_imbalance(out, look, kept, along->size, parts);
  fputc('\n', out);
  free(kept);
}

/* N:M that no group breaks, the tightest first; and blocks. */
static void print_structure(FILE *out, const tacet_look *look) {
  for (int r = 0; r < look->tensor.ranks; r++)
    for (int64_t group = 4; group <= 16; group *= 2) {
      const int64_t most = tacet_look_group(look, r, group);
      if (most == 0 || 2 * most > group) continue;
      fprintf(out, "    at most %lld of every %lld along %s (%lld:%lld)\n",
              (long long)most, (long long)group, look->tensor.rank[r].name,
              (long long)most, (long long)group);
      break;
    }
  for (int64_t size = 32; size >= 2; size /= 2) {
    if (tacet_look_mixed(look, size) > 0) continue;
    fprintf(out, "    blocks of %lld x %lld are all or nothing\n",
            (long long)size, (long long)size);
    break;
  }
}

static tacet_status print_zeros(FILE *out, const char *file,
                                const tacet_stored *stored,
                                const tacet_mask_request *request,
                                tacet_error *error) {
  tacet_look look;
  tacet_status status = tacet_look_at(&look, file, stored, request, error);
  if (!status) {
    fprintf(out, "    density %.6f: %lld of %lld\n",
            (double)look.mask.nonzeros / (double)look.mask.elements,
            (long long)look.mask.nonzeros, (long long)look.mask.elements);
    for (int r = 0; r < look.tensor.ranks; r++)
      if (look.tensor.rank[r].size > 1) print_axis(out, &look, r);
    if (look.mask.bits && look.mask.nonzeros < look.mask.elements)
      print_structure(out, &look);
    if (request->plot) tacet_look_draw(out, &look);
  }
  tacet_look_free(&look);
  return status;
}

/* ---- arrays ------------------------------------------------------------- */

static void print_head(FILE *out, const tacet_stored *stored) {
  fprintf(out, "%s  %s  %s %s", stored->name[0] ? stored->name : "(one array)",
          tacet_shape_in_words(stored->size, stored->axes).text, stored->form,
          stored->type);
  if (stored->entries >= 0)
    fprintf(out, ", %lld entries", (long long)stored->entries);
  if (stored->layout[0]) fprintf(out, ", layout %s", stored->layout);
  if (stored->layer[0]) fprintf(out, ", layer %s", stored->layer);
  fputc('\n', out);
}

/* The layers, and layouts, that the array's shape fits. */
static void print_fits(FILE *out, const tacet_stored *stored,
                       const tacet_network *network) {
  for (int l = 0; l < network->layers; l++) {
    const tacet_layer *layer = &network->layer[l];
    tacet_fits fits;
    tacet_layouts_that_fit(&fits, &layer->tensor[TACET_WEIGHT], stored->size,
                           stored->axes);
    if (fits.count > 0)
      fprintf(out, "    fits the %s of %s as %s\n",
              layer->tensor[TACET_WEIGHT].name, layer->name, fits.text);
  }
}

/* A single number is no mask, and an array that cannot be read stops no other;
   one that was asked for does. */
static tacet_status print_array(FILE *out, const tacet_stored *stored,
                                const tacet_mask_request *request,
                                const tacet_network *network,
                                tacet_error *error) {
  print_head(out, stored);
  if (network) print_fits(out, stored, network);
  if (stored->axes == 0) return TACET_OK;
  tacet_status status =
      print_zeros(out, request->file[0], stored, request, error);
  if (!status || request->dataset || status == TACET_NO_MEMORY) return status;
  fprintf(out, "    %s\n", error->message);
  return TACET_OK;
}

static tacet_status print_listing(FILE *out, const tacet_listing *listing,
                                  const tacet_mask_request *request,
                                  const tacet_network *network,
                                  tacet_error *error) {
  tacet_status status = TACET_OK;
  int shown = 0;
  fprintf(out, "%s: %s, %d array%s", request->file[0], listing->kind,
          listing->count, listing->count == 1 ? "" : "s");
  if (listing->others)
    fprintf(out, ", and %d things that are none", listing->others);
  fputc('\n', out);
  for (int i = 0; i < listing->count && !status; i++) {
    const char *name = listing->array[i].name;
    if (request->dataset && strcmp(request->dataset, name) != 0 &&
        (name[0] != '/' || strcmp(request->dataset, name + 1) != 0))
      continue;
    shown++;
    status = print_array(out, &listing->array[i], request, network, error);
  }
  if (status || shown || !request->dataset) return status;
  return tacet_fail(error, TACET_BAD_USAGE, NULL, "%s has no array \"%s\"",
                    request->file[0], tacet_show(request->dataset).text);
}

tacet_status tacet_mask_info(FILE *out, const tacet_mask_request *request,
                             tacet_error *error) {
  tacet_doc *doc = NULL;
  tacet_network network = {.layers = 0};
  tacet_listing *listing = NULL;
  tacet_status status = TACET_OK;
  if (request->network)
    status = tacet_open_network(&doc, request->network, error);
  if (doc && !status) status = tacet_network_read(&network, doc, error);
  if (!status)
    status = tacet_listing_read(&listing, request->file[0], NULL, error);
  if (!status)
    status = print_listing(out, listing, request,
                           request->network ? &network : NULL, error);
  tacet_listing_free(listing);
  tacet_network_free(&network);
  tacet_doc_free(doc);
  return status;
}
