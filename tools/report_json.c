/* The report as JSON: what was read, and for every layer and design the nest
   and both readings, so that a program that knows nothing of tacet can check
   them. */
#include "json_parts.h"

#include <string.h>

#include "../sparse/spelling.h"
#include "command.h"

/* ---- layers ------------------------------------------------------------- */

static json_t *mask_json(const tacet_mask_source *source) {
  if (!source->file) return json_null();
  json_t *object = json_object();
  tacet_json_set(&object, "file", tacet_json_text(source->file));
  tacet_json_set(&object, "dataset", tacet_json_text(source->dataset));
  tacet_json_set(&object, "layout", tacet_json_text(source->layout));
  tacet_json_set(&object, "threshold", tacet_json_number(source->threshold));
  return object;
}

/* Ranks are sums: coordinate = offset + sum of coefficient * dimension. */
static json_t *rank_json(const tacet_layer *layer, const tacet_rank *rank) {
  json_t *object = json_object(), *terms = json_object();
  for (int i = 0; i < rank->terms; i++)
    tacet_json_set(&terms, layer->dim[rank->term[i].dim].name,
                   json_integer(rank->term[i].coefficient));
  tacet_json_set(&object, "name", tacet_json_text(rank->name));
  tacet_json_set(&object, "size", json_integer(rank->size));
  tacet_json_set(&object, "offset", json_integer(rank->offset));
  tacet_json_set(&object, "coefficients", terms);
  return object;
}

static json_t *ranks_json(const tacet_layer *layer,
                          const tacet_tensor *tensor) {
  json_t *array = json_array();
  for (int r = 0; r < tensor->ranks; r++)
    tacet_json_append(&array, rank_json(layer, &tensor->rank[r]));
  return array;
}

static json_t *tensor_json(const tacet_layer *layer, int slot,
                           const tacet_zeros_source *source, double density) {
  json_t *object = json_object();
  tacet_json_set(&object, "ranks", ranks_json(layer, &layer->tensor[slot]));
  tacet_json_set(&object, "density", tacet_json_number(density));
  tacet_json_set(&object, "mask", mask_json(&source->mask));
  return object;
}

/* "a; b" as a list: directives that --fit changed, or formats. */
static json_t *list_json(const char *items) {
  json_t *array = json_array();
  while (*items) {
    const size_t length = strcspn(items, ";");
    tacet_json_append(&array, json_stringn(items, length));
    items += length + strspn(items + length, "; ");
  }
  return array;
}

/* Elements that balancing puts elsewhere, by tensor. */
static json_t *moved_json(const int64_t moved[TACET_TENSORS]) {
  json_t *object = json_object();
  for (int t = 0; t < TACET_TENSORS; t++)
    tacet_json_set(&object, tacet_slot_name(t), json_integer(moved[t]));
  return object;
}

static json_t *point_json(const tacet_report *report, int layer, int design) {
  const tacet_job *job = report->job;
  const tacet_accelerator *accelerator = &job->design[design].accelerator;
  json_t *object = json_object();
  tacet_json_set(&object, "accelerator", tacet_json_text(accelerator->name));
  tacet_json_set(
      &object, "nest",
      tacet_json_nest(&tacet_job_point(job, layer, design)->nest, accelerator));
  tacet_json_set(&object, "best_formats",
                 list_json(tacet_job_point(job, layer, design)->chosen));
  tacet_json_set(&object, "fitted",
                 list_json(tacet_job_point(job, layer, design)->fitted));
  tacet_json_set(&object, "moved_by_balance",
                 moved_json(tacet_job_point(job, layer, design)->moved));
  for (int r = 0; r < TACET_READINGS; r++)
    tacet_json_set(&object, tacet_report_row(report, layer, design, r).reading,
                   tacet_json_reading(report, layer, design, r));
  return object;
}

static json_t *layer_json(const tacet_report *report, int l) {
  const tacet_job *job = report->job;
  const tacet_layer *layer = tacet_job_layer(job, l);
  const tacet_layer_zeros *source = &job->profile.layer[job->layer[l]];
  json_t *object = json_object(), *dims = json_object();
  json_t *tensors = json_object(), *designs = json_array();
  for (int d = 0; d < layer->dims; d++)
    tacet_json_set(&dims, layer->dim[d].name, json_integer(layer->dim[d].size));
  for (int t = 0; t < TACET_TENSORS; t++)
    tacet_json_set(
        &tensors, tacet_slot_name(t),
        tensor_json(layer, t, &source->tensor[t], job->density[l][t]));
  for (int d = 0; d < job->designs; d++)
    tacet_json_append(&designs, point_json(report, l, d));
  tacet_json_set(&object, "name", tacet_json_text(layer->name));
  tacet_json_set(&object, "type",
                 tacet_json_text(tacet_layer_type_name(layer->type)));
  tacet_json_set(&object, "repeat", json_integer(layer->repeat));
  tacet_json_set(&object, "dims", dims);
  tacet_json_set(&object, "tensors", tensors);
  tacet_json_set(&object, "designs", designs);
  return object;
}

static json_t *totals_json(const tacet_report *report) {
  json_t *array = json_array();
  for (int d = 0; d < report->job->designs; d++) {
    json_t *object = json_object();
    tacet_json_set(&object, "accelerator",
                   tacet_json_text(report->job->design[d].accelerator.name));
    for (int r = 0; r < TACET_READINGS; r++) {
      const tacet_row row = tacet_report_row(report, report->job->layers, d, r);
      tacet_json_set(&object, row.reading, tacet_json_figures(&row));
    }
    tacet_json_append(&array, object);
  }
  return array;
}

/* ---- all ---------------------------------------------------------------- */

static json_t *file_json(const char *name, const char *path) {
  json_t *object = json_object();
  tacet_json_set(&object, "name", tacet_json_text(name));
  tacet_json_set(&object, "file", tacet_json_text(path));
  return object;
}

/* A design has as many buffers as the layer needs for which its dataflow makes
   most units. */
static json_t *design_json(const tacet_job *job, int design) {
  int64_t buffers[TACET_MAX_STORAGE] = {0};
  for (int l = 0; l < job->layers; l++) {
    const tacet_nest *nest = &tacet_job_point(job, l, design)->nest;
    for (int s = 0; s < nest->storages; s++) {
      const int64_t needed = tacet_buffers(nest, s);
      if (needed > buffers[s]) buffers[s] = needed;
    }
  }
  return tacet_json_design(&job->design[design], buffers);
}

static json_t *report_json(const tacet_report *report) {
  const tacet_job *job = report->job;
  json_t *object = json_object();
  json_t *accelerators = json_array(), *layers = json_array();
  for (int d = 0; d < job->designs; d++)
    tacet_json_append(&accelerators, design_json(job, d));
  for (int l = 0; l < job->layers; l++)
    tacet_json_append(&layers, layer_json(report, l));
  tacet_json_set(&object, "tacet", tacet_json_text(TACET_VERSION));
  tacet_json_set(&object, "command", tacet_json_text(job->request->command));
  tacet_json_set(&object, "network",
                 file_json(job->network.name, job->request->network));
  tacet_json_set(&object, "profile",
                 job->profile_doc
                     ? file_json(job->profile.name, job->request->profile)
                     : json_null());
  tacet_json_set(&object, "accelerators", accelerators);
  tacet_json_set(&object, "layers", layers);
  tacet_json_set(&object, "total", totals_json(report));
  return object;
}

tacet_status tacet_report_json(FILE *out, const tacet_report *report,
                               tacet_error *error) {
  return tacet_json_write(out, report_json(report), error);
}
