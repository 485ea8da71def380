/* SCNN over density on GoogLeNet, against a dense design with the same
   multipliers. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "design.h"
#include "list.h"

enum { SIDE = 8, SUMS = 1024 };

/* ---- how a layer is laid on the PEs ------------------------------------- */

/* Layers and output channels that a comparison can be about. */
typedef struct choice {
  const char *name;
  bool modules;     /* only inception modules */
  int64_t channels; /* output channels at a time; 0: as many as sums fit */
} choice;

static const choice choices[] = {
    {"modules, full accumulators", true, 0},
    {"modules, 8 channels", true, 8},
    {"all layers, full accumulators", false, 0},
    {"all layers, 8 channels", false, 8},
};

enum { CHOICES = sizeof choices / sizeof *choices };

static bool is_chosen(const choice *c, const tacet_layer *layer) {
  const tacet_rank *rows = tacet_layer_window(layer, "Y");
  const bool slides_by_one = rows != NULL && rows->term[0].coefficient == 1;
  return layer->type == TACET_CONV && slides_by_one &&
         !(c->modules && strncmp(layer->name, "conv", 4) == 0);
}

static int64_t size_of(const tacet_layer *layer, const char *dim) {
  return layer->dim[tacet_layer_dim(layer, dim)].size;
}

static int64_t share_of(const tacet_layer *layer, const char *dim) {
  return (size_of(layer, dim) + SIDE - 1) / SIDE;
}

/* The rim of sums is for other PEs, and not counted, as in DNNsim. */
static int64_t channels_of(const choice *c, const tacet_layer *layer) {
  if (c->channels > 0) return c->channels;
  const int64_t fit = SUMS / (share_of(layer, "P") * share_of(layer, "Q"));
  const int64_t all = size_of(layer, "K");
  return fit < all ? fit : all;
}

/* The paper deals the plane evenly to all PEs, a tile to each. */
static void lay_out(tacet_dataflow *flow, const choice *c,
                    const tacet_layer *layer) {
  for (int i = 0; i < flow->directives; i++) {
    tacet_directive *d = &flow->directive[i];
    const int64_t units = d->kind == TACET_SPATIAL_MAP ? 1 : SIDE;
    if (strcmp(d->dim, "Y'") == 0)
      d->size.number = units * share_of(layer, "P");
    else if (strcmp(d->dim, "X'") == 0)
      d->size.number = units * share_of(layer, "Q");
    else if (strcmp(d->dim, "K") == 0)
      d->size.number = channels_of(c, layer);
    d->offset.number = d->size.number;
  }
}

/* How often PEs wait for each other: at the end of a layer, after each group of
   output channels, after so many channels of inputs. */
enum { EACH_LAYER = 0, EACH_GROUP = -1 };

/* The dataflow takes a channel of inputs a step, and all of them for a group of
   outputs. */
static tacet_sync sync_of(int64_t steps, const tacet_layer *layer) {
  if (steps == EACH_LAYER) return (tacet_sync){.kind = TACET_SYNC_END};
  if (steps == 1) return (tacet_sync){.kind = TACET_SYNC_STEP};
  return (tacet_sync){.kind = TACET_SYNC_WINDOW,
                      .steps =
                          steps == EACH_GROUP ? size_of(layer, "C") : steps};
}

/* Cycles of compute of all chosen layers. */
static tacet_status run(double *cycles, const tacet_design *design,
                        const tacet_network *network, const choice *c,
                        int64_t steps, double density, tacet_error *error) {
  tacet_status status = TACET_OK;
  tacet_design own = *design;
  const tacet_sparsity sparsity = {
      {{.density = density}, {.density = density}, {.density = density}}};
  *cycles = 0;
  for (int i = 0; i < network->layers && !status; i++) {
    const tacet_layer *layer = &network->layer[i];
    tacet_outcome outcome;
    if (!is_chosen(c, layer)) continue;
    lay_out(&own.dataflow.flow[layer->type], c, layer);
    own.accelerator.sync = sync_of(steps, layer);
    status = design_evaluate(&outcome, &own, layer, &sparsity, error);
    if (!status) *cycles += outcome.cost.compute_cycles;
  }
  return status;
}

/* ---- the comparison ----------------------------------------------------- */

typedef struct designs {
  tacet_design dense, sparse;
  tacet_network network;
  tacet_doc *doc;
} designs;

static tacet_status open_all(designs *d, tacet_error *error) {
  tacet_status status =
      tacet_doc_read(&d->doc, "models/networks/googlenet.yaml", error);
  if (!status) status = tacet_network_read(&d->network, d->doc, error);
  if (!status)
    status =
        design_open(&d->dense, "models/accelerators/scnn-dense.yaml", error);
  if (!status)
    status = design_open(&d->sparse, "models/accelerators/scnn.yaml", error);
  return status;
}

static void close_all(designs *d) {
  design_close(&d->dense);
  design_close(&d->sparse);
  tacet_network_free(&d->network);
  tacet_doc_free(d->doc);
}

/* Speed of SCNN over the dense design's. */
static tacet_status speed(double *times, const designs *d, const choice *c,
                          int64_t steps, double density, tacet_error *error) {
  double dense, sparse;
  tacet_status status =
      run(&dense, &d->dense, &d->network, c, EACH_LAYER, density, error);
  if (!status)
    status = run(&sparse, &d->sparse, &d->network, c, steps, density, error);
  if (!status) *times = dense / sparse;
  return status;
}

enum { DENSITIES = 10 };
static const double densities[DENSITIES] = {1,    0.95, 0.9, 0.85, 0.8,
                                            0.75, 0.6,  0.4, 0.2,  0.1};

typedef struct curve {
  double speed[DENSITIES];
} curve;

/* What the published figures leave open, at density 0.1. */
enum { WAITS = 6 };
static const struct {
  const char *name;
  int64_t steps;
} waits[WAITS] = {{"at the end of a layer", EACH_LAYER},
                  {"after a group of output channels", EACH_GROUP},
                  {"after 64 channels of inputs", 64},
                  {"after 16", 16},
                  {"after 4", 4},
                  {"after each", 1}};

static const int open_choices[] = {1, 0};

static tacet_status add_variants(tacet_section *section, const designs *d,
                                 tacet_error *error) {
  static const char *const header[] = {
      "PEs wait for each other", "8 output channels", "full accumulators"};
  section_table(section,
                "At density 0.1 in modules, by what the figures leave open", 3,
                header);
  for (int w = 0; w < WAITS; w++) {
    char text[2][16];
    for (int i = 0; i < 2; i++) {
      double times;
      const tacet_status status = speed(&times, d, &choices[open_choices[i]],
                                        waits[w].steps, 0.1, error);
      if (status) return status;
      snprintf(text[i], sizeof text[i], "%.1f", times);
    }
    const char *const cells[] = {waits[w].name, text[0], text[1]};
    section_row(section, cells);
  }
  return TACET_OK;
}

/* The density at which both are equally fast, between two on the list. */
static double equal_at(const curve *c) {
  for (int i = 1; i < DENSITIES; i++) {
    const double slow = c->speed[i - 1], fast = c->speed[i];
    if (slow >= 1 || fast < 1) continue;
    return densities[i - 1] +
           (densities[i] - densities[i - 1]) * (1 - slow) / (fast - slow);
  }
  return NAN;
}

static void add_table(tacet_section *section, const curve curves[CHOICES]) {
  const char *header[1 + CHOICES] = {"density"};
  for (int c = 0; c < CHOICES; c++) header[1 + c] = choices[c].name;
  section_table(section, "Speed of SCNN over the dense design's", 1 + CHOICES,
                header);
  for (int i = 0; i < DENSITIES; i++) {
    char text[1 + CHOICES][16];
    const char *cells[1 + CHOICES];
    snprintf(text[0], sizeof text[0], "%.2f", densities[i]);
    for (int c = 0; c < CHOICES; c++)
      snprintf(text[1 + c], sizeof text[1 + c], "%.2f", curves[c].speed[i]);
    for (int c = 0; c <= CHOICES; c++) cells[c] = text[c];
    section_row(section, cells);
  }
}

static void draw(tacet_section *section, const curve curves[CHOICES]) {
  static const double published[][2] = {{1, 0.79}, {0.85, 1}, {0.1, 24}};
  section_picture(section, "SCNN on GoogLeNet over density",
                  "density of weights and inputs", "times as fast", false,
                  true);
  section_series(section, "published", SECTION_MARKS);
  for (int i = 0; i < 3; i++)
    section_point(section, published[i][0], published[i][1]);
  for (int c = 0; c < CHOICES; c++) {
    section_series(section, choices[c].name, SECTION_LINES);
    for (int i = 0; i < DENSITIES; i++)
      section_point(section, densities[i], curves[c].speed[i]);
  }
}

static void judge(tacet_section *section, const curve *c) {
  const double dense = c->speed[0], equal = equal_at(c);
  const double sparse = c->speed[DENSITIES - 1];
  char text[3][32];
  snprintf(text[0], sizeof text[0], "%.2f x", dense);
  snprintf(text[1], sizeof text[1], "at %.3f", equal);
  snprintf(text[2], sizeof text[2], "%.1f x", sparse);
  section_target(section, fabs(dense - 0.79) <= 0.05, "SCNN, density 1",
                 "0.79 x +- 0.05", text[0], "");
  section_target(section, equal >= 0.8 && equal <= 0.9,
                 "SCNN, equal to its dense twin", "at 0.80 to 0.90", text[1],
                 "");
  section_target(section, fabs(sparse - 24) <= 3, "SCNN, density 0.1",
                 "24 x +- 3", text[2], "");
}

static void explain(tacet_section *section) {
  section_says(
      section,
      "The design is laid out as the paper says: each PE has one tile of the "
      "plane, multiplies its own inputs by all weights, four by four, and "
      "sends sums over the rim to its neighbours. The dense design has as many "
      "multipliers and keeps all of them busy. Layers that slide by more "
      "than one are left out: outer products would make sums there that no "
      "output takes. Cycles are those of compute: the paper keeps activations "
      "on the chip, and finds no loss above 4 GB/s.");
  section_says(
      section,
      "Which layers: the paper counts 72 in its three networks, and AlexNet "
      "has "
      "5, VGG 13, so that GoogLeNet has 54, those in its inception modules. "
      "How "
      "many output channels at a time: they fill the vectors of weights, on "
      "which all hangs at the sparse end. A public re-implementation (DNNsim, "
      "core/src/SCNN.cpp) takes as many as the 1024 sums hold outputs for, and "
      "the targets are judged with that; the paper says 8 of its late 1x1 "
      "layers, which the other columns take everywhere. How often PEs wait: "
      "after each group of output channels, when sums go to the next layer. "
      "How far the queues of 50 vectors of weights let PEs drift apart "
      "within a group is not known; DNNsim lets them wait at every channel of "
      "inputs. The last table shows what each of these is worth. The paper "
      "swept densities with an analytical model, which is not public.");
  section_says(
      section,
      "At density 1 all that SCNN loses is fragments: a plane of 7x7 leaves "
      "each PE one input for four multipliers. Masks drawn at density 0.1 give "
      "with all layers, 8 channels and one wait a layer 18.5 (six a layer, +- "
      "0.05) where the model expects 18.4. Bank conflicts are not in the "
      "model: 32 banks take more than the 16 products of a cycle.");
}

tacet_status section_scnn(tacet_section *section, const char *data,
                          tacet_error *error) {
  (void)data;
  designs d = {.doc = NULL};
  curve curves[CHOICES];
  tacet_status status = open_all(&d, error);
  for (int c = 0; c < CHOICES && !status; c++)
    for (int i = 0; i < DENSITIES && !status; i++)
      status = speed(&curves[c].speed[i], &d, &choices[c], EACH_GROUP,
                     densities[i], error);
  if (!status) {
    explain(section);
    add_table(section, curves);
    draw(section, curves);
    judge(section, &curves[0]);
    status = add_variants(section, &d, error);
  }
  close_all(&d);
  return status;
}
