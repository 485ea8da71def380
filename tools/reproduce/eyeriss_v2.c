/* The processing element of Eyeriss V2 on the masked layers of a sparse
   MobileNet: cycles from masks, from densities by channel and from mean
   densities against the published ones. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sparse/masks/mask.h"
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

/* What one layer's cycles are by each way of knowing its zeros. */
typedef struct cycles {
  double masks, run; /* of compute, and of the whole run, from masks */
  double channels;   /* from densities by channel */
  double scalars;    /* from the mean densities of its specification */
} cycles;

typedef struct study {
  const char *data;
  const json_t *figures;
  tacet_design design;
  tacet_section *section;
  int layers, exact, rounded;       /* layers of which so many agree */
  double channels_off, scalars_off; /* sums of relative errors */
} study;

static double figure_of(const study *s, const tacet_layer *layer,
                        const char *name) {
  char path[128];
  snprintf(path, sizeof path, "layers/%s/%s", layer->name, name);
  return figure(s->figures, path);
}

static tacet_status compute_cycles(double *compute, double *run, const study *s,
                                   const tacet_layer *layer,
                                   const tacet_zeros *weight,
                                   const tacet_zeros *input,
                                   tacet_error *error) {
  const tacet_sparsity zeros = {.tensor = {*weight, *input, {.density = 1}}};
  tacet_outcome outcome;
  tacet_status status =
      design_evaluate(&outcome, &s->design, layer, &zeros, error);
  if (status) return status;
  *compute = outcome.cost.compute_cycles;
  if (run) *run = outcome.cost.cycles;
  return TACET_OK;
}

/* Densities of the slices of rank C, and nothing else of the mask. */
static tacet_status channels_of(tacet_pattern *pattern, const tacet_mask *mask,
                                const tacet_tensor *tensor,
                                tacet_error *error) {
  int rank = 0;
  int64_t stride = 1;
  while (strcmp(tensor->rank[rank].name, "C") != 0) rank++;
  for (int r = rank + 1; r < mask->ranks; r++) stride *= mask->size[r];
  const int64_t size = mask->size[rank];
  const double slice = (double)mask->elements / (double)size;
  double *density = calloc((size_t)size, sizeof *density);
  if (!density)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  for (int64_t at = 0; at < mask->elements; at += stride)
    density[at / stride % size] +=
        (double)tacet_mask_count(mask, at, stride) / slice;
  *pattern = tacet_pattern_densities(tensor, rank, density);
  return TACET_OK;
}

static tacet_status cycles_of_channels(cycles *c, const study *s,
                                       const tacet_layer *layer,
                                       const tacet_mask *weight,
                                       const tacet_mask *input,
                                       tacet_error *error) {
  tacet_pattern patterns[TACET_OUTPUT] = {{.ranks = 0}};
  tacet_status status = channels_of(&patterns[TACET_WEIGHT], weight,
                                    &layer->tensor[TACET_WEIGHT], error);
  if (!status)
    status = channels_of(&patterns[TACET_INPUT], input,
                         &layer->tensor[TACET_INPUT], error);
  tacet_zeros zeros[TACET_OUTPUT];
  for (int t = 0; t < TACET_OUTPUT && !status; t++)
    zeros[t] = (tacet_zeros){.density = tacet_pattern_density(&patterns[t]),
                             .pattern = &patterns[t]};
  if (!status)
    status = compute_cycles(&c->channels, NULL, s, layer, &zeros[0], &zeros[1],
                            error);
  for (int t = 0; t < TACET_OUTPUT; t++) tacet_pattern_free(&patterns[t]);
  return status;
}

static tacet_status cycles_of_masks(cycles *c, const study *s,
                                    const tacet_layer *layer,
                                    tacet_error *error) {
  tacet_mask weight = {0}, input = {0};
  tacet_status status =
      read_mask(&weight, s->data, "weights", "KC", layer, TACET_WEIGHT, error);
  if (!status)
    status =
        read_mask(&input, s->data, "iacts", "YXC", layer, TACET_INPUT, error);
  if (!status)
    status =
        compute_cycles(&c->masks, &c->run, s, layer,
                       &(tacet_zeros){.density = 1, .mask = &weight},
                       &(tacet_zeros){.density = 1, .mask = &input}, error);
  if (!status) status = cycles_of_channels(c, s, layer, &weight, &input, error);
  tacet_mask_free(&weight);
  tacet_mask_free(&input);
  return status;
}

/* The published uniform prediction's own rounding: non-zeros up to a whole
   number, densities to six digits, what is left out down to a whole number,
   one operand after the other. */
static double rounded_prediction(const tacet_layer *layer, double weight,
                                 double input) {
  const double given[TACET_OUTPUT] = {weight, input};
  double left = (double)tacet_layer_macs(layer);
  for (int t = TACET_INPUT; t >= TACET_WEIGHT; t--) {
    const double elements = (double)tacet_tensor_size(&layer->tensor[t]);
    const double density =
        round(1e6 * ceil(given[t] * elements) / elements) / 1e6;
    left -= floor(left * (1 - density));
  }
  return left;
}

static tacet_status cycles_of_scalars(cycles *c, const study *s,
                                      const tacet_layer *layer, double weight,
                                      double input, tacet_error *error) {
  return compute_cycles(&c->scalars, NULL, s, layer,
                        &(tacet_zeros){.density = weight},
                        &(tacet_zeros){.density = input}, error);
}

/* ---- layers ------------------------------------------------------------- */

static void add_row(study *s, const tacet_layer *layer, const cycles *c,
                    double rounded) {
  const double truth = figure_of(s, layer, "effectual_macs_from_masks");
  const double predicted = figure_of(s, layer, "sparseloop_uniform_ref/cycles");
  const double values[] = {truth,      c->masks,  c->run, c->channels,
                           c->scalars, predicted, rounded};
  enum { VALUES = sizeof values / sizeof *values };
  char text[VALUES][32];
  const char *cells[VALUES + 1] = {layer->name};
  for (int i = 0; i < VALUES; i++) {
    snprintf(text[i], sizeof text[i], "%.0f", values[i]);
    cells[i + 1] = text[i];
  }
  section_row(s->section, cells);
  s->layers++;
  s->exact += c->masks == truth;
  s->rounded += fabs(rounded - predicted) <= 3;
  s->channels_off += fabs(c->channels / truth - 1);
  s->scalars_off += fabs(c->scalars / truth - 1);
}

static tacet_status study_layer(study *s, const tacet_layer *layer,
                                tacet_error *error) {
  const double weight = figure_of(s, layer, "density/weights_spec");
  const double input = figure_of(s, layer, "density/iacts_spec");
  cycles c;
  tacet_status status = cycles_of_masks(&c, s, layer, error);
  if (!status) status = cycles_of_scalars(&c, s, layer, weight, input, error);
  if (!status) add_row(s, layer, &c, rounded_prediction(layer, weight, input));
  return status;
}

static tacet_status study_layers(study *s, const tacet_network *network,
                                 tacet_error *error) {
  static const char *const header[] = {"layer",           "published cycles",
                                       "from masks",      "whole run",
                                       "from channels",   "from densities",
                                       "published model", "with its rounding"};
  tacet_status status = TACET_OK;
  section_table(s->section, "Cycles of one PE", 8, header);
  for (int i = 0; i < network->layers && !status; i++)
    status = study_layer(s, &network->layer[i], error);
  const int drawn[] = {1, 2, 4, 5};
  if (!status) section_bars(s->section, "Cycles of one PE", "cycles", drawn, 4);
  return status;
}

/* ---- imbalance ---------------------------------------------------------- */

enum { IMBALANCES = 5 };

/* An array of PEs, and how its PEs wait. */
typedef struct pe_array {
  const char *title, *path;
  tacet_sync sync;
  int imbalances; /* that make sense: without channels if PEs share them */
} pe_array;

static const pe_array arrays[] = {
    {"Imbalance of 8x8 PEs that wait at every step",
     "models/accelerators/eyeriss-v2-8x8.yaml",
     {TACET_SYNC_STEP, 0},
     5},
    {"Imbalance of 8x8 PEs that wait at the end",
     "models/accelerators/eyeriss-v2-8x8.yaml",
     {TACET_SYNC_END, 0},
     5},
    {"Imbalance of SparTen's 32 clusters of 32 PEs that wait at the end",
     "models/accelerators/sparten-like.yaml",
     {TACET_SYNC_END, 0},
     4},
};

/* The busiest PE's work, of each step or of the run, over the mean PE's. */
static tacet_status imbalance_of(double *imbalance, tacet_design *design,
                                 const tacet_balance *balance,
                                 const tacet_layer *layer,
                                 const tacet_sparsity *zeros,
                                 tacet_error *error) {
  tacet_outcome outcome;
  design->features.balance = *balance;
  tacet_status status = design_evaluate(&outcome, design, layer, zeros, error);
  if (!status) *imbalance = outcome.cost.imbalance;
  return status;
}

static tacet_status
find_imbalances(double imbalance[IMBALANCES], int count, tacet_design *design,
                const tacet_layer *layer, const tacet_mask *weight,
                const tacet_mask *input, tacet_error *error) {
  static const tacet_balance balances[IMBALANCES] = {
      {.kind = TACET_BALANCE_NOT},
      {.kind = TACET_BALANCE_NOT},
      {.kind = TACET_BALANCE_SORT, .along = {[TACET_CONV] = "K"}},
      {.kind = TACET_BALANCE_PAIR, .along = {[TACET_CONV] = "K"}},
      {.kind = TACET_BALANCE_PAIR, .along = {[TACET_CONV] = "C"}}};
  const tacet_sparsity densities = {
      .tensor = {
          {.density = (double)weight->nonzeros / (double)weight->elements},
          {.density = (double)input->nonzeros / (double)input->elements},
          {.density = 1}}};
  const tacet_sparsity masks = {.tensor = {{.density = 1, .mask = weight},
                                           {.density = 1, .mask = input},
                                           {.density = 1}}};
  tacet_status status = TACET_OK;
  for (int i = 0; i < count && !status; i++)
    status = imbalance_of(&imbalance[i], design, &balances[i], layer,
                          i == 0 ? &densities : &masks, error);
  return status;
}

static tacet_status array_layer(study *s, const pe_array *array,
                                tacet_design *design, const tacet_layer *layer,
                                tacet_error *error) {
  tacet_mask weight = {0}, input = {0};
  double imbalance[IMBALANCES] = {0};
  char text[IMBALANCES][32];
  const char *cells[1 + IMBALANCES] = {layer->name};
  tacet_status status =
      read_mask(&weight, s->data, "weights", "KC", layer, TACET_WEIGHT, error);
  if (!status)
    status =
        read_mask(&input, s->data, "iacts", "YXC", layer, TACET_INPUT, error);
  if (!status)
    status = find_imbalances(imbalance, array->imbalances, design, layer,
                             &weight, &input, error);
  for (int i = 0; i < IMBALANCES; i++) {
    snprintf(text[i], sizeof text[i], "%.3f", imbalance[i]);
    cells[1 + i] = text[i];
  }
  if (!status) section_row(s->section, cells);
  tacet_mask_free(&weight);
  tacet_mask_free(&input);
  return status;
}

static tacet_status study_array(study *s, const pe_array *array,
                                const tacet_network *network,
                                tacet_error *error) {
  static const char *const header[] = {"layer",          "from densities",
                                       "from masks",     "filters sorted",
                                       "filters paired", "channels paired"};
  tacet_design design;
  tacet_status status = design_open(&design, array->path, error);
  design.accelerator.sync = array->sync;
  if (!status)
    section_table(s->section, array->title, 1 + array->imbalances, header);
  for (int i = 0; i < network->layers && !status; i++)
    status = array_layer(s, array, &design, &network->layer[i], error);
  design_close(&design);
  return status;
}

static tacet_status study_arrays(study *s, const tacet_network *network,
                                 tacet_error *error) {
  tacet_status status = TACET_OK;
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays && !status; i++)
    status = study_array(s, &arrays[i], network, error);
  if (status) return status;
  section_says(
      s->section,
      "How unevenly real masks load PEs over a run the uniform model does not "
      "see. Filters sorted or paired by their density (Gondimalla et al., "
      "SparTen, MICRO 2019) help where a PE has whole filters, as in SparTen. "
      "The array of 8x8 PEs lays input channels over its columns, and what "
      "its PEs have to do are the pairs of some filters and some channels: "
      "there it changes little. Outputs, or inputs, are then in another "
      "order, which is free if the neighbouring layer's weights are put in "
      "that order beforehand.");
  return TACET_OK;
}

/* ---- targets ------------------------------------------------------------ */

static void set_targets(const study *s) {
  char reached[64];
  snprintf(reached, sizeof reached, "%d of %d exact", s->exact, s->layers);
  section_target(s->section, s->exact == s->layers,
                 "Eyeriss V2 PE, masked layers", "8 of 8 exact", reached,
                 "uniform model: 3.46 % mean error");
  const double channels = 100 * s->channels_off / s->layers;
  snprintf(reached, sizeof reached, "%.4f %% mean error", channels);
  section_target(s->section, channels <= 0.5,
                 "the same from densities by channel", "<= 0.5 % mean error",
                 reached, "uniform model: 3.46 % mean error");
  snprintf(reached, sizeof reached, "%d of %d; own expectation %.2f %% off",
           s->rounded, s->layers, 100 * s->scalars_off / s->layers);
  section_target(s->section, s->rounded == s->layers,
                 "the same from mean densities, rounded as published",
                 "within 3 counts of the published model, 8 of 8", reached,
                 "is the published model");
}

tacet_status section_eyeriss_v2(tacet_section *section, const char *data,
                                tacet_error *error) {
  json_t *figures = section_figures(section, data, "sparse/eyerissv2_pe.json");
  if (figures == NULL) return TACET_OK;
  tacet_doc *doc = NULL;
  tacet_network network = {0};
  study s = {.data = data, .figures = figures, .section = section};
  tacet_status status =
      tacet_doc_read(&doc, "models/networks/mobilenet-0.5-sparse.yaml", error);
  if (!status) status = tacet_network_read(&network, doc, error);
  if (!status)
    status =
        design_open(&s.design, "models/accelerators/eyeriss-v2-pe.yaml", error);
  if (!status) status = study_layers(&s, &network, error);
  if (!status) {
    section_says(
        section,
        "Densities by channel are exact because a 1x1 layer's products "
        "are the sum over channels of the weights and inputs that a "
        "channel has; their product alone neglects that channels with "
        "many weights have many inputs.");
    set_targets(&s);
    status = study_arrays(&s, &network, error);
  }
  design_close(&s.design);
  tacet_network_free(&network);
  tacet_doc_free(doc);
  json_decref(figures);
  return status;
}
