/* The Eyeriss chip on AlexNet's convolutions: its latency, with the mapping
   its paper gives, and how its energy was published to split. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "design.h"
#include "list.h"

enum { LAYERS = 5, ALL_LAYERS = 8 };

/* AlexNet for a batch. */
static tacet_status read_network(tacet_doc **doc, tacet_network *network,
                                 const char *batch, tacet_error *error) {
  static const char *const names[ALL_LAYERS] = {
      "conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"};
  tacet_status status =
      tacet_doc_read(doc, "models/networks/alexnet.yaml", error);
  for (int i = 0; i < ALL_LAYERS && !status; i++) {
    char path[64];
    tacet_node *node;
    snprintf(path, sizeof path, "layers.%s.dims.N", names[i]);
    status = tacet_doc_find(&node, *doc, path, error);
    if (!status) tacet_node_say(node, batch);
  }
  return status ? status : tacet_network_read(network, *doc, error);
}

/* ---- latency ------------------------------------------------------------ */

/* The chip's buses, in words of 16 bit a cycle (JSSC 2017, section V): weights
   and partial sums travel four at a time, inputs one by one. */
static const double weight_bus = 4, input_bus = 1, sum_bus = 4;

/* Cycles of a layer if every tensor has its own bus, and the weights of a pass
   come before it starts: a PE's scratchpad has no room for those of two. */
typedef struct passes {
  bool started;
  double cycles;
} passes;

static bool add_steps(const tacet_step_class *step,
                      const tacet_step_shape *shape, void *context) {
  (void)shape;
  passes *p = context;
  const double inputs = ceil((double)step->words_in[TACET_INPUT] / input_bus);
  const double sums = ceil((double)step->words_out / sum_bus);
  double lasts = fmax((double)step->busiest, sums);
  if (p->started)
    lasts = fmax(lasts, inputs);
  else
    p->cycles += inputs; /* nothing runs beside the first */
  lasts += ceil((double)step->words_in[TACET_WEIGHT] / weight_bus);
  p->cycles += (double)step->occurrences * lasts;
  p->started = true;
  return true;
}

/* Milliseconds of a layer. */
typedef struct latency {
  double chip, busy, tool, buses;
} latency;

static tacet_status time_layer(latency *l, const tacet_layer *layer,
                               const tacet_dataflow *flow,
                               const tacet_accelerator *accelerator,
                               tacet_error *error) {
  tacet_nest nest;
  tacet_cost cost;
  tacet_activity activity;
  passes p = {false, 0};
  tacet_status status = tacet_bind(&nest, layer, flow, accelerator, error);
  if (!status) status = tacet_evaluate(&cost, layer, flow, accelerator, error);
  if (!status)
    status = tacet_activity_totals(&activity, &nest, accelerator, error);
  if (!status)
    status = tacet_activity_classes(&nest, accelerator, add_steps, &p, error);
  if (status) return status;
  const double ms = 1e3 / accelerator->clock_hz;
  p.cycles += ceil((double)activity.last_words[1] / sum_bus);
  l->busy = cost.compute_cycles * ms;
  l->tool = cost.cycles * ms;
  l->buses = p.cycles * ms;
  return TACET_OK;
}

static tacet_status time_by_pass(latency *l, const tacet_layer *layer, int i,
                                 const tacet_accelerator *accelerator,
                                 tacet_error *error) {
  static const char *const mapping[LAYERS] = {"conv1", "conv2", "conv3",
                                              "conv4", "conv4"};
  char path[64];
  tacet_doc *doc;
  tacet_dataflow_set set;
  snprintf(path, sizeof path, "models/dataflows/eyeriss-alexnet/%s.yaml",
           mapping[i]);
  tacet_status status = tacet_doc_read(&doc, path, error);
  if (!status) status = tacet_dataflow_read(&set, tacet_doc_root(doc), error);
  if (!status)
    status = time_layer(l, layer, &set.flow[layer->type], accelerator, error);
  tacet_doc_free(doc);
  return status;
}

static double off_by(double model, double chip) {
  return 100 * (model / chip - 1);
}

static void add_row(tacet_section *section, const char *name,
                    const latency *l) {
  char text[7][32];
  snprintf(text[0], sizeof text[0], "%.1f", l->chip);
  snprintf(text[1], sizeof text[1], "%.2f", l->busy);
  snprintf(text[2], sizeof text[2], "%.2f", l->tool);
  snprintf(text[3], sizeof text[3], "%+.1f %%", off_by(l->tool, l->chip));
  snprintf(text[4], sizeof text[4], "%.2f", l->buses);
  snprintf(text[5], sizeof text[5], "%+.1f %%", off_by(l->buses, l->chip));
  const char *cells[] = {name,    text[0], text[1], text[2],
                         text[3], text[4], text[5]};
  section_row(section, cells);
}

static tacet_status compare_latency(tacet_section *section,
                                    const json_t *figures,
                                    const tacet_network *network,
                                    const tacet_accelerator *accelerator,
                                    tacet_error *error) {
  static const char *const header[] = {
      "layer",         "chip, ms", "PEs at work, ms",
      "tacet run, ms", "off by",   "with the chip's buses, ms",
      "off by"};
  double tool = 0, buses = 0;
  section_table(section, "Processing latency of four images", 7, header);
  for (int i = 0; i < LAYERS; i++) {
    char path[64];
    latency l;
    snprintf(path, sizeof path, "alexnet/%d/proc_latency_ms", i);
    l.chip = figure(figures, path);
    tacet_status status =
        time_by_pass(&l, &network->layer[i], i, accelerator, error);
    if (status) return status;
    add_row(section, network->layer[i].name, &l);
    tool += fabs(off_by(l.tool, l.chip)) / LAYERS;
    buses += fabs(off_by(l.buses, l.chip)) / LAYERS;
  }
  char reached[64];
  snprintf(reached, sizeof reached, "%.2f %%, with the chip's buses %.2f %%",
           tool, buses);
  section_target(section, tool <= 4.25, "Eyeriss chip, latency of conv1-5",
                 "4.25 % mean error", reached, "MAESTRO: 4.25 %");
  section_says(
      section,
      "Nothing is fitted: the passes are those of the paper's table III, the "
      "network moves 4 words a cycle each way, DRAM does not count as it does "
      "not in the chip's processing latency. That alone is %.1f %% off. What "
      "is missing is known: the chip has a bus for each tensor (4 weights, 1 "
      "input and 4 partial sums a cycle), and its scratchpads hold the weights "
      "of one pass, so that those of the next come when it is done. With this "
      "for each step of the same nest, %.1f %%. The rest: conv4 and conv5 run "
      "the same passes, 384 and 256 of them, yet took 16.0 and 10.0 ms; no "
      "time of a pass is nearer than 3 %% to both.",
      tool, buses);
  return TACET_OK;
}

static tacet_status section_latency(tacet_section *section,
                                    const json_t *figures, tacet_error *error) {
  tacet_doc *doc = NULL;
  tacet_network network = {0};
  tacet_design design = {0};
  tacet_status status = read_network(&doc, &network, "4", error);
  if (!status)
    status =
        design_open(&design, "models/accelerators/eyeriss-like.yaml", error);
  if (!status) {
    design.accelerator.link[0].bandwidth = 1e9;
    design.accelerator.link[1].bandwidth = sum_bus;
    status =
        compare_latency(section, figures, &network, &design.accelerator, error);
  }
  design_close(&design);
  tacet_network_free(&network);
  tacet_doc_free(doc);
  return status;
}

/* ---- energy ------------------------------------------------------------- */

/* In units of 1e9 MACs. */
enum { ALU, DRAM, RF, PARTS };

static tacet_status spend(double part[PARTS], const tacet_layer *layer,
                          const tacet_design *design, tacet_error *error) {
  tacet_outcome outcome;
  tacet_status status = design_evaluate(&outcome, design, layer, NULL, error);
  if (status) return status;
  const tacet_counts *counts = &outcome.counts;
  double accesses = counts->l1_writes.actual;
  for (int t = 0; t < TACET_TENSORS; t++)
    accesses += counts->l1_reads[t].actual;
  part[ALU] = outcome.cost.energy.mac / 1e9;
  part[DRAM] = outcome.cost.energy.dram / 1e9;
  part[RF] = accesses * design->accelerator.storage[2].read_pj / 1e9;
  return TACET_OK;
}

static tacet_status compare_energy(tacet_section *section,
                                   const json_t *figures,
                                   const tacet_network *network,
                                   const tacet_design *design,
                                   tacet_error *error) {
  static const char *const names[ALL_LAYERS] = {
      "conv1", "conv2", "conv3", "conv4", "conv5", "fc1", "fc2", "fc3"};
  static const char *const header[] = {"layer",     "ALU",  "published", "RF",
                                       "published", "DRAM", "published"};
  double off[PARTS] = {0};
  int equal[PARTS] = {0};
  section_table(section, "Energy of 16 images, 1e9 times that of a MAC", 7,
                header);
  for (int i = 0; i < ALL_LAYERS; i++) {
    static const int order[PARTS] = {ALU, RF, DRAM};
    double part[PARTS], published[PARTS];
    char path[64], text[2 * PARTS][32];
    tacet_status status = spend(part, &network->layer[i], design, error);
    if (status) return status;
    for (int p = 0; p < PARTS; p++) {
      snprintf(path, sizeof path, "data/%s/%d", names[i], p);
      published[p] = figure(figures, path);
      off[p] += fabs(part[p] / published[p] - 1) * 100 / ALL_LAYERS;
      equal[p] += fabs(part[p] - published[p]) < 0.00501; /* two digits */
    }
    for (int k = 0; k < PARTS; k++) {
      snprintf(text[2 * k], sizeof *text, "%.2f", part[order[k]]);
      snprintf(text[2 * k + 1], sizeof *text, "%.2f", published[order[k]]);
    }
    const char *cells[] = {names[i], text[0], text[1], text[2],
                           text[3],  text[4], text[5]};
    section_row(section, cells);
  }
  char reached[96];
  snprintf(reached, sizeof reached,
           "ALU %d and RF %d of %d layers, DRAM %.0f %%", equal[ALU], equal[RF],
           ALL_LAYERS, off[DRAM]);
  section_target(section,
                 equal[ALU] == ALL_LAYERS && equal[RF] == ALL_LAYERS &&
                     off[DRAM] <= 10,
                 "Eyeriss, split of energy",
                 "ALU and RF as published, DRAM 10 % mean error", reached, "");
  section_says(
      section,
      "The published figures have two digits after the point: ALU and RF are "
      "the MACs and their four accesses each. What DRAM costs is the "
      "mapping's, which a search for the least energy chose and the paper does "
      "not print. Ours is row-stationary.yaml's, the same for all layers: it "
      "moves nearly every word of conv1 once, where the published figure fits "
      "inputs read about three times; and it fetches the weights of conv2-5 "
      "again for each image, which the published figures are too small for.");
  return TACET_OK;
}

static tacet_status section_energy(tacet_section *section,
                                   const json_t *figures, tacet_error *error) {
  tacet_doc *doc = NULL;
  tacet_network network = {0};
  tacet_design design = {0};
  tacet_status status = read_network(&doc, &network, "16", error);
  if (!status)
    status =
        design_open(&design, "models/accelerators/eyeriss-like.yaml", error);
  if (!status) {
    design.accelerator.pes = 256;
    design.accelerator.storage[1].size_bits = 128 * 1024 * 8;
    status = compare_energy(section, figures, &network, &design, error);
  }
  design_close(&design);
  tacet_network_free(&network);
  tacet_doc_free(doc);
  return status;
}

/* ---- both --------------------------------------------------------------- */

tacet_status section_eyeriss_chip(tacet_section *section, const char *data,
                                  tacet_error *error) {
  json_t *figures =
      section_figures(section, data, "papers/eyeriss_jssc17.json");
  if (figures == NULL) return TACET_OK;
  tacet_status status = section_latency(section, figures, error);
  json_decref(figures);
  if (status) return status;
  figures = section_figures(section, data, "papers/eyeriss_isca16_fig10.json");
  if (figures == NULL) return TACET_OK;
  status = section_energy(section, figures, error);
  json_decref(figures);
  return status;
}
