/* The Eyeriss chip on AlexNet's convolutions: its latency, with the mapping
   its paper gives, and how its energy was published to split. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "design.h"
#include "list.h"
#include "row_stationary.h"

enum { LAYERS = 5, ALL_LAYERS = 8 };

/* Says what one of a layer's fields is. */
static tacet_status say(tacet_doc *doc, const char *layer, const char *field,
                        const char *value, tacet_error *error) {
  char path[64];
  tacet_node *node;
  snprintf(path, sizeof path, "layers.%s.%s", layer, field);
  tacet_status status = tacet_doc_find(&node, doc, path, error);
  if (!status) tacet_node_say(node, value);
  return status;
}

/* AlexNet for a batch. If `padded`, the zeros around a feature map are part of
   it, as in ISCA 2016, table II: they are stored and fetched. */
static tacet_status read_network(tacet_doc **doc, tacet_network *network,
                                 const char *batch, bool padded,
                                 tacet_error *error) {
  static const struct {
    const char *name;
    const char *side; /* of a padded map; NULL if there is no padding */
  } layers[ALL_LAYERS] = {{"conv1", NULL}, {"conv2", "31"}, {"conv3", "15"},
                          {"conv4", "15"}, {"conv5", "15"}, {"fc6", NULL},
                          {"fc7", NULL},   {"fc8", NULL}};
  tacet_status status =
      tacet_doc_read(doc, "models/networks/alexnet.yaml", error);
  for (int i = 0; i < ALL_LAYERS && !status; i++) {
    const char *name = layers[i].name, *side = layers[i].side;
    status = say(*doc, name, "dims.N", batch, error);
    if (!padded || side == NULL) continue;
    if (!status) status = say(*doc, name, "dims.Y", side, error);
    if (!status) status = say(*doc, name, "dims.X", side, error);
    if (!status) status = say(*doc, name, "padding", "0", error);
  }
  return status ? status : tacet_network_read(network, *doc, error);
}

/* ---- latency ------------------------------------------------------------ */

/* Milliseconds of a layer. */
typedef struct latency {
  double chip, busy, tool;
  double late; /* with a cycle of latency for each transfer */
} latency;

static tacet_status time_layer(latency *l, const tacet_layer *layer,
                               const tacet_dataflow *flow,
                               const tacet_accelerator *accelerator,
                               tacet_error *error) {
  tacet_cost cost, late;
  tacet_accelerator slower = *accelerator;
  slower.link[1].latency = 1;
  tacet_status status = tacet_evaluate(&cost, layer, flow, accelerator, error);
  if (!status) status = tacet_evaluate(&late, layer, flow, &slower, error);
  if (status) return status;
  const double ms = 1e3 / accelerator->clock_hz;
  l->busy = cost.compute_cycles * ms;
  l->tool = cost.cycles * ms;
  l->late = late.cycles * ms;
  return TACET_OK;
}

static tacet_status time_mapping(latency *l, const tacet_layer *layer, int i,
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
  char text[4][32];
  snprintf(text[0], sizeof text[0], "%.1f", l->chip);
  snprintf(text[1], sizeof text[1], "%.2f", l->busy);
  snprintf(text[2], sizeof text[2], "%.2f", l->tool);
  snprintf(text[3], sizeof text[3], "%+.1f %%", off_by(l->tool, l->chip));
  const char *cells[] = {name, text[0], text[1], text[2], text[3]};
  section_row(section, cells);
}

/* conv4 and conv5 are made of the same passes, so that a time of a pass gives
   both; the error of one if the other is met, as a mean over the two. */
static double least_error(const json_t *figures) {
  enum { CONV4_PASSES = 384, CONV5_PASSES = 256 };
  const double one = figure(figures, "alexnet/3/proc_latency_ms");
  const double other = figure(figures, "alexnet/4/proc_latency_ms");
  const double ratio = one / CONV4_PASSES * CONV5_PASSES / other;
  return 50 * fmin(fabs(ratio - 1), fabs(1 / ratio - 1));
}

static void say_latency(tacet_section *section, double mean, double late,
                        double least) {
  char reached[32];
  snprintf(reached, sizeof reached, "%.2f %%", mean);
  section_target(section, mean <= 4.25, "Eyeriss chip, latency of conv1-5",
                 "4.25 % mean error", reached, "MAESTRO: 4.25 %");
  section_says(
      section,
      "Nothing is fitted: the passes are those of the paper's table III, the "
      "hardware is models/accelerators/eyeriss-like.yaml without a limit to "
      "DRAM, which is no part of the chip's processing latency. Weights, "
      "inputs and sums have buses of 4, 1 and 4 words a cycle; the scratchpad "
      "of 224 weights has no room for what two passes need, so that PEs wait "
      "for the weights of a pass, while inputs and sums come and go through "
      "queues; and a sum that a PE takes from its neighbour or the buffer "
      "passes its only adder (figure 12), in a cycle without a MAC. The buses "
      "reach their PEs in a single cycle, that of the word; one more for each "
      "transfer would make it %.2f %%. The first windows of a pass come beside "
      "its weights, on a bus of their own; were they to follow, conv1 would be "
      "2.2 %% off and the mean 4.5 %%.",
      late);
  section_says(
      section,
      "What remains: conv4 and conv5 run the very same passes, 384 and 256 of "
      "them, a ratio of 1.5, yet the chip took 16.0 and 10.0 ms, one of 1.6, "
      "which rounding cannot explain. No time of a pass, from whatever model, "
      "meets both: at best they are %.1f %% off in the mean. The paper does "
      "not say what else takes time between passes or layers, how deep the "
      "queues are, and whether the words of the weights' scratchpad that a "
      "pass leaves free (64 of 224 in conv2, 32 in conv3, 80 in conv4 and "
      "conv5) take some of the next one's, which would bring conv4 and conv5 "
      "nearer and conv2 further off. The last strip of conv1 has 6 of 55 rows: "
      "132 of the 154 PEs work in it, and it takes no less time.",
      least);
}

static tacet_status compare_latency(tacet_section *section,
                                    const json_t *figures,
                                    const tacet_network *network,
                                    const tacet_accelerator *accelerator,
                                    tacet_error *error) {
  static const char *const header[] = {"layer", "chip, ms", "PEs at work, ms",
                                       "tacet run, ms", "off by"};
  double mean = 0, late = 0;
  section_table(section, "Processing latency of four images", 5, header);
  for (int i = 0; i < LAYERS; i++) {
    char path[64];
    latency l;
    snprintf(path, sizeof path, "alexnet/%d/proc_latency_ms", i);
    l.chip = figure(figures, path);
    tacet_status status =
        time_mapping(&l, &network->layer[i], i, accelerator, error);
    if (status) return status;
    add_row(section, network->layer[i].name, &l);
    mean += fabs(off_by(l.tool, l.chip)) / LAYERS;
    late += fabs(off_by(l.late, l.chip)) / LAYERS;
  }
  say_latency(section, mean, late, least_error(figures));
  return TACET_OK;
}

static tacet_status section_latency(tacet_section *section,
                                    const json_t *figures, tacet_error *error) {
  tacet_doc *doc = NULL;
  tacet_network network = {0};
  tacet_design design = {0};
  tacet_status status = read_network(&doc, &network, "4", false, error);
  if (!status)
    status =
        design_open(&design, "models/accelerators/eyeriss-like.yaml", error);
  if (!status) {
    design.accelerator.link[0].bandwidth = 1e9; /* no limit */
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
enum { ALU, RF, DRAM, PARTS };

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
  part[RF] = accesses * design->accelerator.storage[2].read_pj / 1e9;
  part[DRAM] = outcome.cost.energy.dram / 1e9;
  return TACET_OK;
}

/* The paper's array has as many rows as columns. */
enum { SIDE = 16 };

/* Gives the layer its mapping of least energy; adds how many were tried. */
static tacet_status choose(row_stationary *mapping, tacet_design *design,
                           int64_t *tried, const tacet_layer *layer,
                           tacet_error *error) {
  tacet_cost cost;
  int64_t evaluated;
  tacet_status status = row_stationary_search(
      mapping, &cost, &evaluated, layer, &design->accelerator, SIDE, error);
  if (status) return status;
  row_stationary_flow(&design->dataflow.flow[layer->type], mapping);
  *tried += evaluated;
  return TACET_OK;
}

/* Sums over layers. */
typedef struct energies {
  double off[PARTS]; /* percent */
  int equal[PARTS];  /* layers whose two digits are the published */
} energies;

static void add_energies(tacet_section *section, energies *sum,
                         const char *name, const row_stationary *mapping,
                         const double part[PARTS],
                         const double published[PARTS]) {
  char text[2 + 2 * PARTS][64];
  const char *cells[3 + 2 * PARTS] = {name};
  snprintf(text[0], sizeof *text, "%d %d %d %d %d %d %d", (int)mapping->m,
           (int)mapping->n, (int)mapping->e, (int)mapping->p, (int)mapping->q,
           (int)mapping->r, (int)mapping->t);
  for (int k = 0; k < PARTS; k++) {
    snprintf(text[1 + 2 * k], sizeof *text, "%.2f", part[k]);
    snprintf(text[2 + 2 * k], sizeof *text, "%.2f", published[k]);
    sum->off[k] += fabs(off_by(part[k], published[k])) / ALL_LAYERS;
    sum->equal[k] += fabs(part[k] - published[k]) < 0.00501;
  }
  snprintf(text[1 + 2 * PARTS], sizeof *text, "%+.1f %%",
           off_by(part[DRAM], published[DRAM]));
  for (int c = 0; c < 2 + 2 * PARTS; c++) cells[1 + c] = text[c];
  section_row(section, cells);
}

static void say_energies(tacet_section *section, const energies *sum,
                         int64_t tried) {
  char reached[96];
  snprintf(reached, sizeof reached,
           "ALU %d and RF %d of %d layers, DRAM %.1f %%", sum->equal[ALU],
           sum->equal[RF], ALL_LAYERS, sum->off[DRAM]);
  section_target(section,
                 sum->equal[ALU] == ALL_LAYERS &&
                     sum->equal[RF] == ALL_LAYERS && sum->off[DRAM] <= 10,
                 "Eyeriss, split of energy",
                 "ALU and RF as published, DRAM 10 % mean error", reached, "");
  section_says(
      section,
      "The published figures have two digits after the point: ALU and RF are "
      "the MACs and their four accesses each. What DRAM costs is the "
      "mapping's, which the paper's authors found by a search for the least "
      "energy and do not print. So here: of %.0f row-stationary mappings the "
      "one of least total energy for each layer, on the paper's 16x16 PEs of "
      "512 B below 128 kB, with its energies 200/6/2/1 and its maps, whose "
      "padding is stored. No published figure enters the search.",
      (double)tried);
  section_says(
      section,
      "conv3-5 and the fully connected layers come out as published. In conv1 "
      "and conv2 the search finds less DRAM traffic: tacet's buffer keeps "
      "whatever saves most, in conv1 all weights for all images, in conv2 a "
      "strip of the inputs of two images until all filters are done. The "
      "Eyeriss keeps sums and the inputs of a pass there and lets weights "
      "through (8 of the chip's 108 kB): with every weight fetched for each "
      "strip and n images and every input for each m filters, the m, n and e "
      "that the chip's table III gives conv1 and conv2 make 12.11 and 10.85 "
      "million words by hand, 2.42 and 2.17.");
}

static tacet_status compare_energy(tacet_section *section,
                                   const json_t *figures,
                                   const tacet_network *network,
                                   tacet_design *design, tacet_error *error) {
  static const char *const names[ALL_LAYERS] = {
      "conv1", "conv2", "conv3", "conv4", "conv5", "fc1", "fc2", "fc3"};
  static const char *const header[] = {
      "layer",     "m n e p q r t", "ALU",       "published", "RF",
      "published", "DRAM",          "published", "off by"};
  static const int column[PARTS] = {0, 2, 1}; /* of the published figures */
  energies sum = {{0}, {0}};
  int64_t tried = 0;
  section_table(section, "Energy of 16 images, 1e9 times that of a MAC", 9,
                header);
  for (int i = 0; i < ALL_LAYERS; i++) {
    row_stationary mapping;
    double part[PARTS], published[PARTS];
    const tacet_layer *layer = &network->layer[i];
    tacet_status status = choose(&mapping, design, &tried, layer, error);
    if (!status) status = spend(part, layer, design, error);
    if (status) return status;
    for (int p = 0; p < PARTS; p++) {
      char path[64];
      snprintf(path, sizeof path, "data/%s/%d", names[i], column[p]);
      published[p] = figure(figures, path);
    }
    add_energies(section, &sum, names[i], &mapping, part, published);
  }
  say_energies(section, &sum, tried);
  return TACET_OK;
}

static tacet_status section_energy(tacet_section *section,
                                   const json_t *figures, tacet_error *error) {
  tacet_doc *doc = NULL;
  tacet_network network = {0};
  tacet_design design = {0};
  tacet_status status = read_network(&doc, &network, "16", true, error);
  if (!status)
    status =
        design_open(&design, "models/accelerators/eyeriss-like.yaml", error);
  if (!status) {
    /* Sizes are what the tiles of a pass may take: all of it. */
    tacet_storage *storage = design.accelerator.storage;
    design.accelerator.pes = SIDE * SIDE;
    storage[1].size_bits = 128 * 1024 * 8;
    storage[1].double_buffered = false;
    storage[2].size_bits = 512 * 8;
    storage[2].double_buffered = false;
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
