/* tacet mask import, make and prune: a mask for each layer of a network, in
   one file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/spec.h"
#include "../sparse/masks/mask_store.h"
#include "../sparse/patterns/pattern.h"
#include "import.h"
#include "mask.h"
#include "mask_bind.h"

/* What the three have open. */
typedef struct job {
  const tacet_mask_request *request;
  FILE *out;
  tacet_doc *doc;
  tacet_network network;
  tacet_shelf shelf;
  tacet_binding *binding; /* [layers] */
  tacet_mask_store *file;
  int written;
} job;

static tacet_status open_job(job *j, FILE *out,
                             const tacet_mask_request *request,
                             tacet_error *error) {
  *j = (job){.request = request, .out = out};
  tacet_status status = tacet_open_network(&j->doc, request->network, error);
  if (!status) status = tacet_network_read(&j->network, j->doc, error);
  if (!status) status = tacet_check_layers(request, &j->network, error);
  if (!status)
    status = tacet_mask_store_start(&j->file, request->output, error);
  return status;
}

static tacet_status bind_all(job *j, tacet_error *error) {
  tacet_status status = tacet_shelf_fill(&j->shelf, j->request, error);
  if (status) return status;
  j->binding = calloc((size_t)j->network.layers, sizeof *j->binding);
  if (!j->binding)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  return tacet_bind_arrays(j->binding, &j->shelf, &j->network, error);
}

/* Puts the file in its place, if all went well and it has something in it. */
static tacet_status close_job(job *j, tacet_status status, tacet_error *error) {
  if (!status && j->written == 0) {
    status = tacet_fail(error, TACET_BAD_INPUT, NULL,
                        "no array belongs to a layer of network %s",
                        j->network.name);
    tacet_advise(error, "say which with --bind LAYER=NAME or --pattern; "
                        "\"tacet mask info FILE\" lists the names");
  }
  if (status)
    tacet_mask_store_drop(j->file);
  else
    status = tacet_mask_store_finish(j->file, error);
  tacet_shelf_free(&j->shelf);
  free(j->binding);
  tacet_network_free(&j->network);
  tacet_doc_free(j->doc);
  return status;
}

static double density_of(const tacet_mask *mask) {
  return (double)mask->nonzeros / (double)mask->elements;
}

static tacet_status write_mask(job *j, const tacet_layer *layer, int tensor,
                               const tacet_mask *mask, const char *origin,
                               tacet_error *error) {
  j->written++;
  fprintf(j->out, "%-24s %-8s %12lld of %12lld kept, density %#.4g%s%s\n",
          layer->name, layer->tensor[tensor].name, (long long)mask->nonzeros,
          (long long)mask->elements, density_of(mask), origin[0] ? "  " : "",
          origin);
  return tacet_mask_store_add(j->file, layer->name, &layer->tensor[tensor],
                              mask, error);
}

/* Where --along names no rank, groups lie along what is summed up. */
static tacet_mask_plan plan_for(const job *j, const tacet_layer *layer) {
  tacet_mask_plan plan = j->request->plan;
  const char summed = layer->type == TACET_GEMM ? 'K' : 'C';
  if (!plan.along) plan.along = plan.kind == TACET_MASK_GROUP ? summed : 'K';
  return plan;
}

/* Says in front of a message about no file which layer it is about. */
static tacet_status blame(tacet_error *error, const tacet_layer *layer) {
  const tacet_error said = *error;
  if (said.file[0] || said.status == TACET_NO_MEMORY) return said.status;
  tacet_fail(error, said.status, NULL, "layer %s (%s): %s", layer->name,
             tacet_layer_type_name(layer->type), said.message);
  return tacet_advise(error, "%s", said.hint);
}

/* ---- import ------------------------------------------------------------- */

typedef struct origin_text {
  char text[TACET_ARRAY_NAME + 300];
} origin_text;

static origin_text origin_of(const job *j, int layer) {
  const tacet_binding binding = j->binding[layer];
  origin_text origin;
  snprintf(origin.text, sizeof origin.text, "%.250s %s",
           tacet_binding_file(&j->shelf, binding),
           tacet_binding_array(&j->shelf, binding)->name);
  return origin;
}

static tacet_status advise_layout(tacet_error *error) {
  if (!strstr(error->message, "several layouts")) return error->status;
  return tacet_advise(error, "say --layout keras, --layout pytorch, or one of "
                             "these with --layout and --layer");
}

static tacet_status import_layer(job *j, int l, tacet_error *error) {
  const tacet_layer *layer = &j->network.layer[l];
  const int tensor = j->request->tensor;
  const tacet_mask_source source =
      tacet_binding_source(&j->shelf, j->binding[l]);
  tacet_mask mask;
  tacet_status status =
      tacet_mask_read(&mask, &layer->tensor[tensor], &source, error);
  if (status) return advise_layout(error);
  status = write_mask(j, layer, tensor, &mask, origin_of(j, l).text, error);
  tacet_mask_free(&mask);
  return status;
}

static bool is_bound(const job *j, int file, int array) {
  for (int l = 0; l < j->network.layers; l++)
    if (j->binding[l].file == file && j->binding[l].array == array) return true;
  return false;
}

/* Layers without a mask, and arrays without a layer. */
static void report_unbound(const job *j) {
  for (int l = 0; l < j->network.layers; l++)
    if (j->binding[l].file < 0 &&
        tacet_layer_is_chosen(j->request, j->network.layer[l].name))
      fprintf(j->out, "%-24s no array; its %s stays dense\n",
              j->network.layer[l].name,
              j->network.layer[l].tensor[j->request->tensor].name);
  for (int f = 0; f < j->shelf.files; f++)
    for (int a = 0; a < j->shelf.listing[f]->count; a++)
      if (!is_bound(j, f, a))
        fprintf(j->out, "not used: %s %s (%s)\n", j->request->file[f],
                j->shelf.listing[f]->array[a].name,
                tacet_shape_in_words(j->shelf.listing[f]->array[a].size,
                                     j->shelf.listing[f]->array[a].axes)
                    .text);
}

tacet_status tacet_mask_import(FILE *out, const tacet_mask_request *request,
                               tacet_error *error) {
  job j;
  tacet_status status = open_job(&j, out, request, error);
  if (!status) status = bind_all(&j, error);
  for (int l = 0; l < j.network.layers && !status; l++)
    if (j.binding[l].file >= 0) status = import_layer(&j, l, error);
  if (!status) report_unbound(&j);
  return close_job(&j, status, error);
}

/* ---- make --------------------------------------------------------------- */

/* Draws what --density says in the words of profiles. */
static tacet_status draw_distribution(tacet_mask *mask, const char *text,
                                      tacet_layer_type type,
                                      const tacet_tensor *tensor, uint64_t seed,
                                      tacet_error *error) {
  tacet_doc *doc = NULL;
  tacet_pattern pattern = {.ranks = 0};
  tacet_status status =
      tacet_doc_parse(&doc, text, strlen(text), "--density", error);
  if (!status)
    status = tacet_pattern_read(&pattern, tacet_doc_root(doc), type, tensor,
                                tensor->name, error);
  if (!status) status = tacet_doc_check(doc, error);
  if (!status) status = tacet_pattern_mask(mask, &pattern, tensor, seed, error);
  tacet_pattern_free(&pattern);
  tacet_doc_free(doc);
  return status;
}

static tacet_status draw_plan(tacet_mask *mask, const tacet_mask_plan *plan,
                              const tacet_tensor *tensor, tacet_error *error) {
  tacet_status status = tacet_mask_make(mask, tensor, error);
  if (status) return status;
  return tacet_mask_make_random(mask, tensor, plan, error);
}

/* Each layer has a seed of its own, so that choosing layers changes none. */
static tacet_status make_layer(job *j, int l, tacet_error *error) {
  const tacet_layer *layer = &j->network.layer[l];
  const tacet_tensor *tensor = &layer->tensor[j->request->tensor];
  tacet_mask_plan plan = plan_for(j, layer);
  tacet_mask mask = {0};
  for (const char *c = layer->name; *c; c++)
    plan.seed = plan.seed * UINT64_C(1099511628211) ^ (unsigned char)*c;
  const char *text = j->request->distribution;
  tacet_status status = text ? draw_distribution(&mask, text, layer->type,
                                                 tensor, plan.seed, error)
                             : draw_plan(&mask, &plan, tensor, error);
  if (!status)
    status = write_mask(j, layer, j->request->tensor, &mask, "", error);
  tacet_mask_free(&mask);
  return status ? blame(error, layer) : TACET_OK;
}

tacet_status tacet_mask_make_all(FILE *out, const tacet_mask_request *request,
                                 tacet_error *error) {
  job j;
  tacet_status status = open_job(&j, out, request, error);
  for (int l = 0; l < j.network.layers && !status; l++)
    if (tacet_layer_is_chosen(request, j.network.layer[l].name))
      status = make_layer(&j, l, error);
  return close_job(&j, status, error);
}

/* ---- prune -------------------------------------------------------------- */

static tacet_status read_weights(job *j, tacet_weights *weights, int l,
                                 tacet_error *error) {
  const tacet_mask_source source =
      tacet_binding_source(&j->shelf, j->binding[l]);
  tacet_status status = tacet_weights_read(
      weights, &j->network.layer[l].tensor[TACET_WEIGHT], &source, error);
  return status ? advise_layout(error) : TACET_OK;
}

static tacet_status prune_layer(job *j, const tacet_weights *weights, int l,
                                tacet_cut *global, tacet_error *error) {
  const tacet_layer *layer = &j->network.layer[l];
  const tacet_tensor *tensor = &layer->tensor[TACET_WEIGHT];
  const tacet_mask_plan plan = plan_for(j, layer);
  tacet_mask mask;
  tacet_status status = tacet_mask_make(&mask, tensor, error);
  if (!status && global)
    tacet_mask_cut(&mask, weights, global);
  else if (!status)
    status = tacet_mask_make_pruned(&mask, tensor, weights, &plan, error);
  if (!status)
    status =
        write_mask(j, layer, TACET_WEIGHT, &mask, origin_of(j, l).text, error);
  tacet_mask_free(&mask);
  return status ? blame(error, layer) : TACET_OK;
}

/* A layer at a time; its weights are gone before the next one's come. */
static tacet_status prune_each(job *j, tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int l = 0; l < j->network.layers && !status; l++) {
    tacet_weights weights = {0};
    if (j->binding[l].file < 0) continue;
    status = read_weights(j, &weights, l, error);
    if (!status) status = prune_layer(j, &weights, l, NULL, error);
    tacet_weights_free(&weights);
  }
  return status;
}

/* One magnitude for all layers, so all weights are in memory together. */
static tacet_status prune_together(job *j, tacet_error *error) {
  const int layers = j->network.layers;
  tacet_weights *weights = calloc((size_t)layers, sizeof *weights);
  if (!weights)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  tacet_status status = TACET_OK;
  int64_t elements = 0;
  for (int l = 0; l < layers && !status; l++) {
    if (j->binding[l].file < 0) continue;
    status = read_weights(j, &weights[l], l, error);
    elements += weights[l].elements;
  }
  if (!status) {
    const double kept = j->request->plan.density * (double)elements;
    tacet_cut cut = tacet_cut_at(weights, layers, llround(kept));
    for (int l = 0; l < layers && !status; l++)
      if (j->binding[l].file >= 0)
        status = prune_layer(j, &weights[l], l, &cut, error);
  }
  for (int l = 0; l < layers; l++) tacet_weights_free(&weights[l]);
  free(weights);
  return status;
}

tacet_status tacet_mask_prune(FILE *out, const tacet_mask_request *request,
                              tacet_error *error) {
  job j;
  tacet_status status = open_job(&j, out, request, error);
  if (!status) status = bind_all(&j, error);
  if (!status)
    status =
        request->global ? prune_together(&j, error) : prune_each(&j, error);
  if (!status) report_unbound(&j);
  return close_job(&j, status, error);
}
