/* The processing element of Eyeriss V2 on the masked layers of a sparse
   MobileNet: cycles from masks against the published ones. */
#include <math.h>
#include <stdio.h>

#include "../../sparse/mask.h"
#include "design.h"
#include "list.h"

static tacet_status read_mask(tacet_mask *mask, const char *data,
                              const char *kind, const char *layout,
                              const tacet_layer *layer, int slot,
                              tacet_error *error) {
  char file[1024], dataset[128];
  snprintf(file, sizeof file, "%s/sparse/eyerissv2_masks.h5", data);
  snprintf(dataset, sizeof dataset, "/%s/%s", layer->name, kind);
  tacet_mask_source source = {
      .file = file, .dataset = dataset, .layout = layout};
  return tacet_mask_read(mask, &layer->tensor[slot], &source, error);
}

static tacet_status evaluate_masked(tacet_outcome *outcome,
                                    const tacet_design *design,
                                    const tacet_layer *layer, const char *data,
                                    tacet_error *error) {
  tacet_mask weight = {0}, input = {0};
  tacet_status status =
      read_mask(&weight, data, "weights", "KC", layer, TACET_WEIGHT, error);
  if (!status)
    status = read_mask(&input, data, "iacts", "YXC", layer, TACET_INPUT, error);
  tacet_sparsity masks = {
      .tensor = {{1, &weight, false}, {1, &input, false}, {1, NULL, false}}};
  if (!status) status = design_evaluate(outcome, design, layer, &masks, error);
  tacet_mask_free(&weight);
  tacet_mask_free(&input);
  return status;
}

/* A row for each layer; counts those that are equal. */
static tacet_status
compare_layers(tacet_section *section, const json_t *figures,
               const tacet_design *design, const tacet_network *network,
               const char *data, int *equal, tacet_error *error) {
  static const char *const header[] = {"layer", "published cycles",
                                       "tacet, from masks", "whole run"};
  section_table(section, "Cycles of one PE", 4, header);
  for (int i = 0; i < network->layers; i++) {
    const tacet_layer *layer = &network->layer[i];
    tacet_outcome outcome;
    tacet_status status = evaluate_masked(&outcome, design, layer, data, error);
    if (status) return status;
    char path[128], text[3][32];
    snprintf(path, sizeof path, "layers/%s/effectual_macs_from_masks",
             layer->name);
    double published = figure(figures, path);
    *equal += outcome.cost.compute_cycles == published;
    snprintf(text[0], sizeof text[0], "%.0f", published);
    snprintf(text[1], sizeof text[1], "%.0f", outcome.cost.compute_cycles);
    snprintf(text[2], sizeof text[2], "%.0f", outcome.cost.cycles);
    const char *cells[] = {layer->name, text[0], text[1], text[2]};
    section_row(section, cells);
  }
  return TACET_OK;
}

tacet_status section_eyeriss_v2(tacet_section *section, const char *data,
                                tacet_error *error) {
  json_t *figures = section_figures(section, data, "sparse/eyerissv2_pe.json");
  if (figures == NULL) return TACET_OK;
  tacet_doc *doc = NULL;
  tacet_network network = {0};
  tacet_design design = {0};
  int equal = 0;
  tacet_status status =
      tacet_doc_read(&doc, "models/networks/mobilenet-0.5-sparse.yaml", error);
  if (!status) status = tacet_network_read(&network, doc, error);
  if (!status)
    status =
        design_open(&design, "models/accelerators/eyeriss-v2-pe.yaml", error);
  if (!status)
    status = compare_layers(section, figures, &design, &network, data, &equal,
                            error);
  if (!status) {
    char reached[32];
    snprintf(reached, sizeof reached, "%d of %d exact", equal, network.layers);
    section_target(section, equal == network.layers,
                   "Eyeriss V2 PE, masked layers", "8 of 8 exact", reached,
                   "uniform model: 3.46 % mean error");
  }
  design_close(&design);
  tacet_network_free(&network);
  tacet_doc_free(doc);
  json_decref(figures);
  return status;
}
