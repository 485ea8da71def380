/* Reads layers both ways, and asks why the numbers differ. */
#include "against.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/maestro/import.h"
#include "../dense/spec/node.h"
#include "../sparse/sparse.h"
#include "import.h"
#include "output.h"

#define BIT(id) tacet_reason_bit(TACET_REASON_##id)

/* ---- the accelerator ---------------------------------------------------- */

static int whole(double value) {
  if (value < 1) return 1;
  return value < INT_MAX ? (int)value : INT_MAX;
}

void tacet_against_hardware(tacet_maestro_hardware *hardware,
                            const tacet_accelerator *accelerator) {
  *hardware = (tacet_maestro_hardware){
      .pes = whole((double)accelerator->pes),
      .simd_lanes = whole((double)accelerator->lanes),
      .noc_bandwidth = whole(accelerator->link[1].bandwidth),
      .noc_latency = (int)fmin((double)accelerator->link[1].latency, INT_MAX),
      .offchip_bandwidth = whole(accelerator->link[0].bandwidth),
      .l1_size = INT_MAX,
      .l2_size = INT_MAX};
}

/* The published tool's buffers hold anything. */
static tacet_accelerator with_endless_buffers(const tacet_accelerator *given) {
  tacet_accelerator accelerator = *given;
  for (int s = 1; s < accelerator.storages; s++)
    accelerator.storage[s].size_bits = INT64_C(1) << 52;
  return accelerator;
}

/* ---- tacet's reading ---------------------------------------------------- */

static tacet_status count(int64_t *quantity, const tacet_nest *nest,
                          const tacet_accelerator *accelerator,
                          tacet_error *error) {
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_cost cost;
  tacet_activity activity;
  tacet_status status =
      tacet_activity_totals(&activity, nest, accelerator, error);
  if (!status)
    status = tacet_read_dense(&counts, &timeline, nest, accelerator, error);
  if (status) return status;
  tacet_cost_of(&cost, &counts, &timeline, accelerator);
  quantity[TACET_QUANTITY_MACS] = activity.macs;
  quantity[TACET_QUANTITY_CYCLES] = (int64_t)ceil(cost.cycles);
  quantity[TACET_QUANTITY_INPUT] =
      activity.traffic[1][TACET_INPUT].parent_reads;
  quantity[TACET_QUANTITY_WEIGHT] =
      activity.traffic[1][TACET_WEIGHT].parent_reads;
  quantity[TACET_QUANTITY_OUTPUT] = activity.traffic[1][TACET_OUTPUT].updates;
  return TACET_OK;
}

/* *endless: the layer fits no buffers but endless ones. */
static tacet_status read_tacet(int64_t *quantity, tacet_layer *layer,
                               bool *endless, const tacet_maestro_layer *source,
                               const tacet_accelerator *accelerator,
                               tacet_error *error) {
  const tacet_accelerator larger = with_endless_buffers(accelerator);
  tacet_dataflow dataflow;
  tacet_nest nest;
  tacet_status status = tacet_import_layer(layer, source, error);
  if (!status) status = tacet_import_dataflow(&dataflow, source, error);
  if (!status) status = tacet_bind(&nest, layer, &dataflow, accelerator, error);
  if (status) return status;
  status = tacet_place_tiles(&nest, accelerator, error);
  *endless = status == TACET_INFEASIBLE;
  if (*endless) status = tacet_place_tiles(&nest, &larger, error);
  if (status) return status;
  return count(quantity, &nest, *endless ? &larger : accelerator, error);
}

/* ---- the published reading ---------------------------------------------- */

static void take(int64_t *quantity, const tacet_maestro_result *result) {
  const tacet_maestro_traffic *traffic = result->traffic;
  quantity[TACET_QUANTITY_MACS] = result->macs;
  quantity[TACET_QUANTITY_CYCLES] = result->runtime;
  quantity[TACET_QUANTITY_INPUT] = traffic[TACET_MAESTRO_INPUT].l2_reads;
  quantity[TACET_QUANTITY_WEIGHT] = traffic[TACET_MAESTRO_FILTER].l2_reads;
  quantity[TACET_QUANTITY_OUTPUT] = traffic[TACET_MAESTRO_OUTPUT].l2_writes;
}

/* What other hardware does to the run tells which of its rules matter. */
static tacet_reason_set why_slower(const tacet_maestro_layer *layer,
                                   const tacet_maestro_batch *batch,
                                   const tacet_maestro_hardware *hardware,
                                   int64_t runtime) {
  tacet_maestro_hardware near = *hardware, later = *hardware;
  tacet_maestro_result result;
  tacet_reason_set set = 0;
  near.offchip_bandwidth = INT_MAX;
  if (hardware->noc_latency < INT_MAX) later.noc_latency++;
  if (tacet_maestro_cost(&result, layer, batch, &near, NULL) == TACET_OK &&
      result.runtime != runtime)
    set |= BIT(21);
  if (tacet_maestro_cost(&result, layer, batch, &later, NULL) == TACET_OK &&
      result.runtime != runtime)
    set |= BIT(22);
  return set;
}

/* ---- one layer ---------------------------------------------------------- */

bool tacet_against_differs(const tacet_comparison *comparison, int quantity) {
  return !comparison->maestro_error.status && !comparison->tacet_error.status &&
         comparison->maestro[quantity] != comparison->tacet[quantity];
}

/* The reasons for MACs must come to the published count, or are none. */
static void explain(tacet_comparison *comparison, const tacet_why *why,
                    tacet_reason_set also, tacet_reason_set of_time) {
  for (int q = 0; q < TACET_QUANTITIES; q++) {
    if (!tacet_against_differs(comparison, q)) continue;
    comparison->why[q] = why->set[q] | also;
    if (q == TACET_QUANTITY_CYCLES) comparison->why[q] |= of_time;
  }
  const double macs = (double)comparison->maestro[TACET_QUANTITY_MACS];
  if (!also && fabs(why->macs - macs) > 1e-9 * macs)
    comparison->why[TACET_QUANTITY_MACS] = 0;
}

void tacet_against_layer(tacet_comparison *comparison,
                         const tacet_maestro_layer *layer,
                         const tacet_maestro_batch *batch,
                         const tacet_accelerator *accelerator) {
  tacet_maestro_hardware hardware;
  tacet_maestro_result result;
  tacet_layer ours;
  maestro_plan plan;
  tacet_why why;
  bool endless = false;
  *comparison = (tacet_comparison){.layer = layer->name};
  tacet_against_hardware(&hardware, accelerator);
  tacet_maestro_cost(&result, layer, batch, &hardware,
                     &comparison->maestro_error);
  read_tacet(comparison->tacet, &ours, &endless, layer, accelerator,
             &comparison->tacet_error);
  if (endless) comparison->tacet_error.status = TACET_OK;
  if (comparison->maestro_error.status) return;
  take(comparison->maestro, &result);
  if (comparison->tacet_error.status ||
      maestro_plan_layer(&plan, layer, batch, hardware.pes, NULL))
    return;
  tacet_why_of(&why, &plan, &ours, accelerator);
  tacet_reason_set of_time =
      why_slower(layer, batch, &hardware, result.runtime);
  if (endless) of_time |= BIT(30);
  explain(comparison, &why, result.wrapped ? BIT(15) : 0, of_time);
}

/* ---- files -------------------------------------------------------------- */

static tacet_status read_accelerator(tacet_accelerator *accelerator,
                                     tacet_doc **doc, const char *path,
                                     tacet_error *error) {
  tacet_features features;
  tacet_status status = tacet_open_accelerator(doc, path, error);
  if (!status) status = tacet_accelerator_read(accelerator, *doc, error);
  if (!status)
    status = tacet_features_read(&features, accelerator, *doc, error);
  return status ? status : tacet_doc_check(*doc, error);
}

static bool is_asked_for(const tacet_request *request, const char *name) {
  for (int i = 0; i < request->layers; i++)
    if (strcmp(request->layer[i], name) == 0) return true;
  return request->layers == 0;
}

static tacet_status check_names(const tacet_request *request,
                                const tacet_maestro_file *file,
                                tacet_error *error) {
  const tacet_place place = {.file = request->network};
  for (int i = 0; i < request->layers; i++) {
    bool found = false;
    for (int l = 0; l < file->layers; l++)
      found |= strcmp(file->layer[l].name, request->layer[i]) == 0;
    if (!found)
      return tacet_fail(error, TACET_BAD_INPUT, &place, "no layer \"%s\"",
                        tacet_show(request->layer[i]).text);
  }
  if (file->layers > 0) return TACET_OK;
  return tacet_fail(error, TACET_BAD_INPUT, &place, "the file has no layers");
}

static tacet_status write(const tacet_request *request,
                          const tacet_maestro_file *file,
                          const tacet_accelerator *accelerator,
                          const tacet_comparison *comparison, int layers,
                          tacet_error *error) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return tacet_no_memory(error);
  tacet_against_report(out, request->format, file->network, accelerator->name,
                       comparison, layers);
  const bool failed = ferror(out) != 0;
  tacet_status status = TACET_OK;
  if (fclose(out) != 0 || failed) status = tacet_no_memory(error);
  if (!status) status = tacet_output_write(request->output, text, size, error);
  free(text);
  return status;
}

static tacet_status compare(const tacet_request *request,
                            const tacet_maestro_file *file,
                            const tacet_accelerator *accelerator,
                            tacet_error *error) {
  tacet_maestro_batch batch;
  tacet_status status = check_names(request, file, error);
  if (status) return status;
  tacet_comparison *comparison =
      calloc((size_t)file->layers, sizeof *comparison);
  if (!comparison) return tacet_no_memory(error);
  int layers = 0;
  tacet_maestro_batch_of(&batch, file);
  for (int l = 0; l < file->layers; l++)
    if (is_asked_for(request, file->layer[l].name))
      tacet_against_layer(&comparison[layers++], &file->layer[l], &batch,
                          accelerator);
  status = write(request, file, accelerator, comparison, layers, error);
  free(comparison);
  return status;
}

tacet_status tacet_against_maestro(const tacet_request *request,
                                   tacet_error *error) {
  const tacet_place place = {.file = request->network};
  tacet_accelerator accelerator;
  tacet_maestro_file file;
  tacet_doc *doc = NULL;
  if (!tacet_is_maestro(request->network))
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "--against maestro compares its mapping files, whose "
                      "names end in .m");
  tacet_status status =
      read_accelerator(&accelerator, &doc, request->accelerator[0], error);
  if (!status) status = tacet_maestro_read(&file, request->network, error);
  if (status) {
    tacet_doc_free(doc);
    return status;
  }
  tacet_import_remark(&file);
  if (file.problem.status) {
    *error = file.problem;
    status = error->status;
  } else {
    status = compare(request, &file, &accelerator, error);
  }
  tacet_maestro_free(&file);
  tacet_doc_free(doc);
  return status;
}
