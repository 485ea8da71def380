/* MAESTRO's study of five dataflows: what it saves to choose one for each
   layer, by the published tool's arithmetic and by tacet's own. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../dense/maestro/maestro.h"
#include "design.h"
#include "list.h"

enum { FLOWS = 5, KC_P = 4 };
static const char *const flow_names[FLOWS] = {"C-P", "X-P", "YX-P", "YR-P",
                                              "KC-P"};

/* What each dataflow costs, and the best of them for each layer. */
enum { CYCLES, ENERGY, COSTS };
typedef struct sums {
  double of[FLOWS][COSTS];
  double adaptive[COSTS];
} sums;

static void add(sums *s, double layer[FLOWS][COSTS], double times) {
  for (int c = 0; c < COSTS; c++) {
    double least = layer[KC_P][c];
    for (int f = 0; f < FLOWS; f++) {
      s->of[f][c] += times * layer[f][c];
      if (layer[f][c] < least) least = layer[f][c];
    }
    s->adaptive[c] += times * least;
  }
}

static int fastest(const sums *s) {
  int best = 0;
  for (int f = 1; f < FLOWS; f++)
    if (s->of[f][CYCLES] < s->of[best][CYCLES]) best = f;
  return best;
}

/* Of KC-P's, in per cent. */
static double saving(const sums *s, int c) {
  return 100 * (1 - s->adaptive[c] / s->of[KC_P][c]);
}

/* ---- the published tool's arithmetic ------------------------------------ */

enum { MAPPED_NETWORKS = 6 };
static const char *const mapped_networks[MAPPED_NETWORKS] = {
    "Resnet50",  "ResNeXt50",     "MobileNetV2",
    "googlenet", "squeezenet1_0", "mnasnet"};
static const char *const mapped_flows[FLOWS] = {"nlr", "xp_ws", "yxp_os", "rs",
                                                "kcp_ws"};

/* Runtime and energy of each layer of a mapping file; false if the tool stops
   at one of them. */
static bool cost_file(double (*costs)[COSTS], const tacet_maestro_file *file,
                      const tacet_maestro_hardware *hardware) {
  tacet_maestro_batch batch;
  tacet_maestro_ledger ledger = {0};
  tacet_maestro_batch_of(&batch, file);
  for (int l = 0; l < file->layers; l++) {
    tacet_maestro_result result;
    tacet_maestro_price price;
    tacet_error ignored;
    if (tacet_maestro_cost(&result, &file->layer[l], &batch, hardware,
                           &ignored))
      return false;
    tacet_maestro_price_of(&price, &ledger, &result, hardware);
    costs[l][CYCLES] = (double)result.runtime;
    costs[l][ENERGY] = price.energy;
  }
  return true;
}

enum { MOST_LAYERS = 128 };

/* Costs of a network under a dataflow; those that the tool cannot run, or that
   no file has, stay infinite. */
static tacet_status cost_mapping(double (*costs)[COSTS], int *layers,
                                 const char *path,
                                 const tacet_maestro_hardware *hardware,
                                 tacet_error *error) {
  for (int l = 0; l < MOST_LAYERS; l++)
    costs[l][CYCLES] = costs[l][ENERGY] = INFINITY;
  *layers = 0;
  if (access(path, R_OK) != 0) return TACET_OK;
  tacet_maestro_file file;
  tacet_status status = tacet_maestro_read(&file, path, error);
  if (!status && file.layers <= MOST_LAYERS) {
    double found[MOST_LAYERS][COSTS];
    *layers = file.layers;
    if (cost_file(found, &file, hardware))
      memcpy(costs, found, sizeof found[0] * (size_t)file.layers);
  }
  tacet_maestro_free(&file);
  return status;
}

static tacet_status cost_mapped(sums *s, const char *data, const char *network,
                                const tacet_maestro_hardware *hardware,
                                tacet_error *error) {
  static double costs[FLOWS][MOST_LAYERS][COSTS];
  int layers = 0;
  *s = (sums){0};
  for (int f = 0; f < FLOWS; f++) {
    char path[1024];
    snprintf(path, sizeof path, "%s/maestro/mapping/%s_%s.m", data, network,
             mapped_flows[f]);
    tacet_status status =
        cost_mapping(costs[f], &layers, path, hardware, error);
    if (status) return status;
  }
  for (int l = 0; l < layers; l++) { /* KC-P's is read last */
    double layer[FLOWS][COSTS];
    for (int f = 0; f < FLOWS; f++)
      memcpy(layer[f], costs[f][l], sizeof layer[f]);
    add(s, layer, 1);
  }
  return TACET_OK;
}

/* Means over the networks that come with a mapping of KC-P. */
static tacet_status mapped_savings(double means[COSTS], tacet_section *section,
                                   const char *data, tacet_error *error) {
  static const char *const header[] = {"network", "runtime saved",
                                       "energy saved"};
  section_table(section,
                "The published tool's arithmetic, its own mapping files and "
                "256 PEs: the best dataflow for each layer against KC-P",
                3, header);
  char path[1024];
  tacet_maestro_hardware hardware = {.simd_lanes = 1};
  snprintf(path, sizeof path, "%s/maestro/hw/acc1.m", data);
  tacet_status status = tacet_maestro_hardware_read(&hardware, path, error);
  for (int n = 0; n < MAPPED_NETWORKS && !status; n++) {
    sums s;
    status = cost_mapped(&s, data, mapped_networks[n], &hardware, error);
    char text[COSTS][32];
    for (int c = 0; c < COSTS; c++) {
      means[c] += saving(&s, c) / MAPPED_NETWORKS;
      snprintf(text[c], sizeof text[c], "%.1f %%", saving(&s, c));
    }
    const char *cells[] = {mapped_networks[n], text[CYCLES], text[ENERGY]};
    if (!status) section_row(section, cells);
  }
  return status;
}

/* ---- tacet's own -------------------------------------------------------- */

enum { NETWORKS = 5 };
static const char *const networks[NETWORKS] = {"vgg16", "resnet50", "resnext50",
                                               "mobilenet-v2", "unet"};
static const char *const flow_files[FLOWS] = {"c-p", "x-p", "yx-p", "yr-p",
                                              "kc-p"};

/* As the paper sorts layers: early ones have more rows than channels. */
enum { EARLY, LATE, POINTWISE, GROUPED, CONNECTED, KINDS };
static const char *const kind_names[KINDS] = {
    "early: fewer channels than rows", "late: more channels than rows",
    "pointwise", "depthwise and grouped", "fully connected"};

static int64_t size_of(const tacet_layer *layer, const char *name) {
  const int dim = tacet_layer_dim(layer, name);
  return dim < 0 ? 1 : layer->dim[dim].size;
}

static int kind_of(const tacet_layer *layer) {
  if (layer->type == TACET_FC) return CONNECTED;
  if (layer->type == TACET_DEPTHWISE || size_of(layer, "G") > 1) return GROUPED;
  if (size_of(layer, "R") == 1) return POINTWISE;
  const tacet_rank *rows = tacet_layer_window(layer, "Y");
  return size_of(layer, "C") > rows->size ? LATE : EARLY;
}

typedef struct study {
  tacet_design design[FLOWS]; /* one accelerator, five dataflows */
  sums network[NETWORKS], kind[KINDS], all;
  double macs[NETWORKS];
} study;

static tacet_status open_designs(study *s, tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int f = 0; f < FLOWS && !status; f++) {
    tacet_design *design = &s->design[f];
    char path[128];
    status =
        design_open(design, "models/accelerators/maestro-study.yaml", error);
    if (status) return status;
    tacet_doc_free(design->dataflow_doc);
    design->dataflow_doc = NULL;
    snprintf(path, sizeof path, "models/dataflows/%s.yaml", flow_files[f]);
    status = tacet_doc_read(&design->dataflow_doc, path, error);
    if (!status)
      status = tacet_dataflow_read(&design->dataflow,
                                   tacet_doc_root(design->dataflow_doc), error);
  }
  return status;
}

static tacet_status study_layer(study *s, int n, const tacet_layer *layer,
                                tacet_error *error) {
  double costs[FLOWS][COSTS];
  for (int f = 0; f < FLOWS; f++) {
    tacet_outcome outcome;
    tacet_status status =
        design_evaluate(&outcome, &s->design[f], layer, NULL, error);
    if (status) return status;
    costs[f][CYCLES] = outcome.cost.cycles;
    costs[f][ENERGY] = outcome.cost.energy.total;
  }
  const double times = (double)layer->repeat;
  add(&s->network[n], costs, times);
  add(&s->kind[kind_of(layer)], costs, times);
  add(&s->all, costs, times);
  s->macs[n] += times * (double)tacet_layer_macs(layer);
  return TACET_OK;
}

static tacet_status study_network(study *s, int n, tacet_error *error) {
  char path[128];
  tacet_doc *doc = NULL;
  tacet_network network = {0};
  snprintf(path, sizeof path, "models/networks/%s.yaml", networks[n]);
  tacet_status status = tacet_doc_read(&doc, path, error);
  if (!status) status = tacet_network_read(&network, doc, error);
  for (int l = 0; l < network.layers && !status; l++)
    status = study_layer(s, n, &network.layer[l], error);
  tacet_network_free(&network);
  tacet_doc_free(doc);
  return status;
}

/* A row: what it is about, each dataflow's cycles over the least, and what the
   best for each layer saves of KC-P's. */
static void add_row(tacet_section *section, const char *name, const sums *s) {
  enum { COLUMNS = 1 + FLOWS + COSTS };
  char text[COLUMNS][32];
  const char *cells[COLUMNS] = {name};
  for (int f = 0; f < FLOWS; f++)
    snprintf(text[1 + f], sizeof text[0], "%.2f",
             s->of[f][CYCLES] / s->of[fastest(s)][CYCLES]);
  for (int c = 0; c < COSTS; c++)
    snprintf(text[1 + FLOWS + c], sizeof text[0], "%.1f %%", saving(s, c));
  for (int i = 1; i < COLUMNS; i++) cells[i] = text[i];
  section_row(section, cells);
}

static void show_study(tacet_section *section, const study *s) {
  static const char *const header[] = {
      "",     "C-P",  "X-P",           "YX-P",
      "YR-P", "KC-P", "runtime saved", "energy saved"};
  section_table(
      section,
      "tacet: cycles over those of the fastest dataflow, and what the "
      "best for each layer saves against KC-P",
      1 + FLOWS + COSTS, header);
  for (int n = 0; n < NETWORKS; n++)
    add_row(section, networks[n], &s->network[n]);
  for (int k = 0; k < KINDS; k++) add_row(section, kind_names[k], &s->kind[k]);
  section_picture(section, "Five dataflows on 256 PEs, read by tacet", "",
                  "utilisation (%)", false, false);
  for (int f = 0; f < FLOWS; f++) {
    section_series(section, flow_names[f], SECTION_BARS);
    for (int n = 0; n < NETWORKS; n++) {
      const double slots =
          (double)s->design[f].accelerator.pes * s->network[n].of[f][CYCLES];
      section_bar(section, networks[n], 100 * s->macs[n] / slots);
    }
  }
}

/* ---- all ---------------------------------------------------------------- */

static void show_savings(tacet_section *section, const double published[COSTS],
                         const double mapped[COSTS], const double own[COSTS]) {
  static const char *const names[] = {"paper", "published tool's arithmetic",
                                      "tacet"};
  const double *const savings[] = {published, mapped, own};
  section_picture(section,
                  "What the best dataflow for each layer saves against KC-P",
                  "", "saved (%)", false, false);
  for (int i = 0; i < 3; i++) {
    section_series(section, names[i], SECTION_BARS);
    section_bar(section, "runtime", savings[i][CYCLES]);
    section_bar(section, "energy", savings[i][ENERGY]);
  }
}

static void say(tacet_section *section, const double published[COSTS],
                const double mapped[COSTS], const double own[COSTS]) {
  section_says(
      section,
      "The paper: choosing a dataflow for each layer saves %.0f %% of the "
      "runtime and %.0f %% of the energy. Against KC-P, which is best overall, "
      "the published tool's arithmetic on the mapping files that come with it "
      "gives %.1f %% and %.1f %%, the mean over all networks that it has a "
      "mapping of KC-P for and can run.",
      published[CYCLES], published[ENERGY], mapped[CYCLES], mapped[ENERGY]);
  section_says(
      section,
      "tacet, which does every MAC once and charges what moves, finds less to "
      "gain: %.1f %% and %.1f %%. KC-P loses where channels are few, in first, "
      "depthwise and grouped layers, there to dataflows that spread rows and "
      "columns; the others it runs fastest. The network of 32 words a cycle "
      "limits it; with a wider one the choice saves more.",
      own[CYCLES], own[ENERGY]);
}

static void add_targets(tacet_section *section, const study *s,
                        const double published[COSTS],
                        const double mapped[COSTS]) {
  const double tolerance = 5; /* points; the paper's networks are others */
  bool near = true, best = true;
  int gain = 0;
  for (int c = 0; c < COSTS; c++) {
    near &= fabs(mapped[c] - published[c]) <= tolerance;
    for (int f = 0; f < FLOWS; f++)
      best &= s->all.of[KC_P][c] <= s->all.of[f][c];
  }
  for (int n = 0; n < NETWORKS; n++) gain += saving(&s->network[n], CYCLES) > 0;
  char must[64], reached[64];
  snprintf(must, sizeof must, "-%.0f %%, -%.0f %%, +- %.0f points",
           published[CYCLES], published[ENERGY], tolerance);
  snprintf(reached, sizeof reached, "-%.1f %%, -%.1f %%", mapped[CYCLES],
           mapped[ENERGY]);
  section_target(section, near, "MAESTRO, a dataflow a layer: time, energy",
                 must, reached, "");
  section_target(section, best, "MAESTRO, least time and energy overall",
                 "KC-P", best ? "KC-P" : "another", "");
  snprintf(reached, sizeof reached, "%d of %d", gain, NETWORKS);
  section_target(section, gain == NETWORKS,
                 "MAESTRO, networks that gain by choosing", "all", reached, "");
}

tacet_status section_maestro(tacet_section *section, const char *data,
                             tacet_error *error) {
  json_t *figures =
      section_figures(section, data, "papers/maestro_micro19.json");
  if (figures == NULL) return TACET_OK;
  static const char claims[] = "claims_seen/adaptive_dataflow/";
  char path[96];
  double published[COSTS], mapped[COSTS] = {0}, own[COSTS] = {0};
  snprintf(path, sizeof path, "%sruntime_reduction", claims);
  published[CYCLES] = 100 * figure(figures, path);
  snprintf(path, sizeof path, "%senergy_reduction", claims);
  published[ENERGY] = 100 * figure(figures, path);
  json_decref(figures);
  study s = {0};
  tacet_status status = mapped_savings(mapped, section, data, error);
  if (!status) status = open_designs(&s, error);
  for (int n = 0; n < NETWORKS && !status; n++) {
    status = study_network(&s, n, error);
    for (int c = 0; c < COSTS && !status; c++)
      own[c] += saving(&s.network[n], c) / NETWORKS;
  }
  if (!status) {
    say(section, published, mapped, own);
    show_savings(section, published, mapped, own);
    show_study(section, &s);
    add_targets(section, &s, published, mapped);
  }
  for (int f = 0; f < FLOWS; f++) design_close(&s.design[f]);
  return status;
}
