/* Designs and published figures. Knows nothing of what sections say. */
#include "design.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tacet_status design_open(tacet_design *design, const char *path,
                         tacet_error *error) {
  memset(design, 0, sizeof *design);
  tacet_status status = tacet_doc_read(&design->doc, path, error);
  if (!status)
    status = tacet_accelerator_read(&design->accelerator, design->doc, error);
  if (!status)
    status = tacet_accelerator_dataflow(
        &design->dataflow, &design->dataflow_doc, design->doc, error);
  if (!status)
    status = tacet_features_read(&design->features, &design->accelerator,
                                 design->doc, error);
  return status;
}

void design_close(tacet_design *design) {
  tacet_doc_free(design->doc);
  tacet_doc_free(design->dataflow_doc);
  memset(design, 0, sizeof *design);
}

tacet_status design_evaluate(tacet_outcome *outcome, const tacet_design *design,
                             const tacet_layer *layer,
                             const tacet_sparsity *sparsity,
                             tacet_error *error) {
  tacet_nest nest;
  const tacet_accelerator *accelerator = &design->accelerator;
  tacet_status status = tacet_bind(
      &nest, layer, &design->dataflow.flow[layer->type], accelerator, error);
  if (!status) status = tacet_place_tiles(&nest, accelerator, error);
  if (status) return status;
  status =
      sparsity == NULL
          ? tacet_read_dense(&outcome->counts, &outcome->timeline, &nest,
                             accelerator, error)
          : tacet_read_sparse(&outcome->counts, &outcome->timeline, &nest,
                              accelerator, &design->features, sparsity, error);
  if (status) return status;
  outcome->exact =
      sparsity == NULL ||
      tacet_is_exact(sparsity, &design->features, layer, accelerator);
  tacet_cost_of(&outcome->cost, &outcome->counts, &outcome->timeline,
                accelerator);
  return TACET_OK;
}

json_t *section_figures(tacet_section *section, const char *data,
                        const char *name) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s", data, name);
  json_error_t error;
  json_t *figures = json_load_file(path, 0, &error);
  if (figures == NULL) section_skip(section, "no %s: %s", name, error.text);
  return figures;
}

double figure(const json_t *figures, const char *path) {
  while (figures != NULL && *path != '\0') {
    char key[64];
    size_t length = strcspn(path, "/");
    snprintf(key, sizeof key, "%.*s", (int)length, path);
    figures = json_is_array(figures)
                  ? json_array_get(figures, strtoul(key, NULL, 10))
                  : json_object_get(figures, key);
    path += length + (path[length] == '/');
  }
  return json_is_number(figures) ? json_number_value(figures) : (double)NAN;
}
