/* Loading a job: opens its files, changes what the command line says, reads
   them and chooses the layers. Computes nothing. */
#include "job.h"

#include <stdlib.h>
#include <string.h>

#include "../dense/spec/node.h"
#include "../sparse/masks/mask_store.h"
#include "import.h"
#include "key.h"

static void *allocate(int count, size_t size, tacet_error *error) {
  void *memory = calloc((size_t)count, size);
  if (!memory) tacet_no_memory(error);
  return memory;
}

/* ---- designs ------------------------------------------------------------ */

static tacet_status read_dataflow(tacet_design *design, const char *path,
                                  tacet_error *error) {
  if (!path)
    return tacet_accelerator_dataflow(&design->dataflow, &design->dataflow_doc,
                                      design->doc, error);
  tacet_status status = tacet_open_dataflow(&design->dataflow_doc, path, error);
  if (!status)
    status = tacet_dataflow_read(&design->dataflow,
                                 tacet_doc_root(design->dataflow_doc), error);
  return status ? status : tacet_doc_check(design->dataflow_doc, error);
}

static bool has_dataflow(const tacet_design *design) {
  for (int t = 0; t < TACET_LAYER_TYPES; t++)
    if (design->dataflow.covers[t]) return true;
  return false;
}

/* The dataflow holds nothing that can be changed, so once is enough. There may
   be none: check_coverage asks. */
static tacet_status read_design(tacet_design *design, const char *dataflow,
                                tacet_error *error) {
  tacet_status status =
      tacet_accelerator_read(&design->accelerator, design->doc, error);
  if (!status)
    status = tacet_features_read(&design->features, &design->accelerator,
                                 design->doc, error);
  if (!status && !has_dataflow(design))
    status = read_dataflow(design, dataflow, error);
  return status ? status : tacet_doc_check(design->doc, error);
}

/* Rows of a report are told apart by the accelerator's name. */
static tacet_status refuse_repeated_names(const tacet_job *job,
                                          tacet_error *error) {
  for (int i = 0; i < job->designs; i++) {
    const tacet_accelerator *later = &job->design[i].accelerator;
    for (int j = 0; j < i; j++) {
      const tacet_accelerator *earlier = &job->design[j].accelerator;
      if (strcmp(earlier->name, later->name) != 0) continue;
      tacet_fail(error, TACET_BAD_INPUT, &later->place,
                 "a second accelerator called %s; the first is %s", later->name,
                 earlier->place.file);
      return tacet_advise(error, "give each a name of its own");
    }
  }
  return TACET_OK;
}

static tacet_status open_designs(tacet_job *job, tacet_error *error) {
  const tacet_request *request = job->request;
  job->design = allocate(request->accelerators, sizeof *job->design, error);
  if (!job->design) return TACET_NO_MEMORY;
  tacet_status status = TACET_OK;
  for (; job->designs < request->accelerators && !status; job->designs++)
    status = tacet_open_accelerator(&job->design[job->designs].doc,
                                    request->accelerator[job->designs], error);
  return status;
}

static tacet_status read_designs(tacet_job *job, tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int d = 0; d < job->designs && !status; d++)
    status = read_design(&job->design[d], job->request->dataflow, error);
  return status ? status : refuse_repeated_names(job, error);
}

/* ---- network and profile ------------------------------------------------ */

static void free_network(tacet_job *job) {
  tacet_own_free(job->own, &job->network);
  tacet_network_free(&job->network);
  job->own = NULL;
}

static tacet_status read_network(tacet_job *job, tacet_error *error) {
  free_network(job);
  tacet_status status =
      tacet_network_read(&job->network, job->network_doc, error);
  return status ? status : tacet_own_read(&job->own, &job->network, error);
}

static tacet_status open_profile(tacet_job *job, tacet_error *error) {
  const char *path = job->request->profile;
  if (!path || tacet_is_mask_store(path)) return TACET_OK;
  return tacet_doc_read(&job->profile_doc, path, error);
}

static tacet_status read_profile(tacet_job *job, tacet_error *error) {
  const char *path = job->request->profile;
  tacet_profile_free(&job->profile);
  tacet_status status =
      tacet_profile_of_network(&job->profile, &job->network, error);
  if (!status) status = tacet_doc_check(job->network_doc, error);
  if (status || !path) return status;
  if (!job->profile_doc)
    return tacet_profile_of_masks(&job->profile, &job->network, path, error);
  status =
      tacet_profile_read(&job->profile, &job->network, job->profile_doc, error);
  return status ? status : tacet_doc_check(job->profile_doc, error);
}

/* ---- layers ------------------------------------------------------------- */

static tacet_status unknown_layer(const tacet_job *job, const char *name,
                                  tacet_error *error) {
  tacet_nearest nearest = {.word = name};
  char known[200] = "";
  for (int i = 0; i < job->network.layers; i++) {
    tacet_nearest_offer(&nearest, job->network.layer[i].name);
    tacet_list_word(known, sizeof known, job->network.layer[i].name);
  }
  const tacet_place place = {.file = job->request->network};
  tacet_fail(error, TACET_BAD_INPUT, &place, "no layer \"%s\" in network %s",
             tacet_show(name).text, job->network.name);
  if (nearest.found)
    return tacet_advise(error, "did you mean %s?", nearest.found);
  return tacet_advise(error, "its layers are %s", known);
}

static bool is_asked_for(const tacet_request *request, const char *name) {
  for (int i = 0; i < request->layers; i++)
    if (strcmp(request->layer[i], name) == 0) return true;
  return request->layers == 0;
}

static tacet_status choose_layers(tacet_job *job, tacet_error *error) {
  const tacet_request *request = job->request;
  for (int i = 0; i < request->layers; i++) {
    bool found = false;
    for (int l = 0; l < job->network.layers; l++)
      found |= strcmp(job->network.layer[l].name, request->layer[i]) == 0;
    if (!found) return unknown_layer(job, request->layer[i], error);
  }
  job->layer = allocate(job->network.layers, sizeof *job->layer, error);
  if (!job->layer) return TACET_NO_MEMORY;
  for (int l = 0; l < job->network.layers; l++)
    if (is_asked_for(request, job->network.layer[l].name))
      job->layer[job->layers++] = l;
  return TACET_OK;
}

static tacet_status no_dataflow(const tacet_accelerator *accelerator,
                                tacet_error *error) {
  tacet_fail(error, TACET_BAD_INPUT, &accelerator->place,
             "the accelerator %s has no dataflow", accelerator->name);
  return tacet_advise(error, "give one with -d, or name it in this file under "
                             "the key \"dataflow\"");
}

static tacet_status no_directives(const tacet_layer *layer,
                                  const tacet_design *design,
                                  tacet_error *error) {
  const char *type = tacet_layer_type_name(layer->type);
  tacet_fail(error, TACET_BAD_INPUT, &layer->place,
             "layer %s on %s: the dataflow %s has no directives for %s layers",
             layer->name, design->accelerator.name, design->dataflow.name,
             type);
  return tacet_advise(error, "add a list %s under its key \"by-type\"", type);
}

static bool has_own_dataflow(const tacet_job *job, int layer) {
  return !job->request->dataflow && job->own &&
         job->own[job->layer[layer]].given;
}

/* Names what the layers are run with where that is not the design's own. */
static tacet_status check_coverage(tacet_job *job, tacet_error *error) {
  for (int d = 0; d < job->designs; d++) {
    tacet_design *design = &job->design[d];
    int owners = 0;
    for (int l = 0; l < job->layers; l++) {
      const tacet_layer *layer = tacet_job_layer(job, l);
      if (has_own_dataflow(job, l))
        owners++;
      else if (!has_dataflow(design))
        return no_dataflow(&design->accelerator, error);
      else if (!design->dataflow.covers[layer->type])
        return no_directives(layer, design, error);
    }
    if (owners == job->layers) strcpy(design->dataflow.name, "of each layer");
  }
  return TACET_OK;
}

/* ---- all ---------------------------------------------------------------- */

static tacet_status allocate_points(tacet_job *job, tacet_error *error) {
  job->point = allocate(job->layers * job->designs, sizeof *job->point, error);
  job->density = allocate(job->layers, sizeof *job->density, error);
  return job->point && job->density ? TACET_OK : TACET_NO_MEMORY;
}

tacet_status tacet_job_read(tacet_job *job, unsigned parts,
                            tacet_error *error) {
  tacet_status status = TACET_OK;
  if (parts & TACET_PART_NETWORK) status = read_network(job, error);
  if (parts & TACET_PART_DESIGNS && !status) status = read_designs(job, error);
  if (parts & (TACET_PART_NETWORK | TACET_PART_PROFILE) && !status)
    status = read_profile(job, error);
  if (status) return status;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (job->imposes[t])
      tacet_profile_impose(&job->profile, &job->network, t, job->imposed[t]);
  return TACET_OK;
}

static tacet_status set_all(tacet_job *job, tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int i = 0; i < job->request->sets && !status; i++)
    status = tacet_key_set(job, job->request->set[i], error);
  return status;
}

tacet_status tacet_job_load(tacet_job *job, const tacet_request *request,
                            tacet_error *error) {
  *job = (tacet_job){.request = request};
  tacet_status status =
      tacet_open_network(&job->network_doc, request->network, error);
  if (!status) status = open_designs(job, error);
  if (!status) status = open_profile(job, error);
  if (!status) status = set_all(job, error);
  if (!status) status = tacet_job_read(job, TACET_PARTS, error);
  if (!status) status = choose_layers(job, error);
  if (!status) status = check_coverage(job, error);
  return status ? status : allocate_points(job, error);
}

void tacet_job_free(tacet_job *job) {
  for (int d = 0; d < job->designs; d++) {
    tacet_doc_free(job->design[d].doc);
    tacet_doc_free(job->design[d].dataflow_doc);
  }
  free(job->design);
  free(job->layer);
  free(job->point);
  free(job->density);
  tacet_profile_free(&job->profile);
  free_network(job);
  tacet_doc_free(job->profile_doc);
  tacet_doc_free(job->network_doc);
  *job = (tacet_job){.request = NULL};
}

const tacet_layer *tacet_job_layer(const tacet_job *job, int layer) {
  return &job->network.layer[job->layer[layer]];
}

const tacet_point *tacet_job_point(const tacet_job *job, int layer,
                                   int design) {
  return &job->point[layer * job->designs + design];
}

const tacet_dataflow *tacet_job_dataflow(const tacet_job *job, int layer,
                                         int design) {
  if (has_own_dataflow(job, layer)) return &job->own[job->layer[layer]].flow;
  return &job->design[design].dataflow.flow[tacet_job_layer(job, layer)->type];
}
