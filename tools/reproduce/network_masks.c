/* Models of zeros against masks drawn from them, on all layers of whole
   networks. */
#include <math.h>
#include <stdio.h>

#include "design.h"
#include "list.h"

static const char *const designs[] = {"csc-pe-array", "eyeriss-v2",
                                      "sparse-tensor-core", "scnn"};
static const char *const networks[] = {"bert-base", "mobilenet-v2"};

static const double density[TACET_OUTPUT] = {0.5, 0.4};

/* ---- one layer ---------------------------------------------------------- */

typedef struct pair {
  tacet_outcome expected, drawn;
} pair;

static tacet_status draw(pair *p, const tacet_design *design,
                         const tacet_layer *layer, uint64_t seed,
                         tacet_error *error) {
  tacet_mask mask[TACET_OUTPUT] = {{.ranks = 0}};
  tacet_sparsity sparsity = {
      .tensor = {{.density = 1}, {.density = 1}, {.density = 1}}};
  tacet_status status = TACET_OK;
  for (int t = 0; t < TACET_OUTPUT && !status; t++) {
    const tacet_tensor *tensor = &layer->tensor[t];
    const tacet_pattern pattern = tacet_pattern_uniform(tensor, density[t]);
    status = tacet_pattern_mask(&mask[t], &pattern, tensor,
                                TACET_OUTPUT * seed + (uint64_t)t, error);
    sparsity.tensor[t].mask = &mask[t];
  }
  if (!status)
    status = design_evaluate(&p->drawn, design, layer, &sparsity, error);
  for (int t = 0; t < TACET_OUTPUT; t++) tacet_mask_free(&mask[t]);
  return status;
}

static tacet_status evaluate(pair *p, const tacet_design *design,
                             const tacet_layer *layer, uint64_t seed,
                             tacet_error *error) {
  const tacet_sparsity sparsity = {
      .tensor = {{.density = density[TACET_WEIGHT]},
                 {.density = density[TACET_INPUT]},
                 {.density = 1}}};
  tacet_status status =
      design_evaluate(&p->expected, design, layer, &sparsity, error);
  return status ? status : draw(p, design, layer, seed, error);
}

/* ---- a network on a design ---------------------------------------------- */

/* How far what is expected is off, as shares. */
typedef struct distance {
  int layers;
  double cycles, energy, dram; /* of the layer that is furthest off */
  double mean;                 /* of cycles, whichever way */
  double expected, drawn;      /* cycles of all layers */
} distance;

static double off(double expected, double drawn) {
  return fabs(expected / drawn - 1);
}

static double dram_bits(const tacet_cost *cost) {
  return cost->dram_bits_per_cycle * cost->cycles;
}

static void add_layer(distance *d, const pair *p, const tacet_layer *layer) {
  const tacet_cost *expected = &p->expected.cost, *drawn = &p->drawn.cost;
  d->layers++;
  d->mean += off(expected->cycles, drawn->cycles);
  d->cycles = fmax(d->cycles, off(expected->cycles, drawn->cycles));
  d->energy = fmax(d->energy, off(expected->energy.total, drawn->energy.total));
  d->dram = fmax(d->dram, off(dram_bits(expected), dram_bits(drawn)));
  d->expected += (double)layer->repeat * expected->cycles;
  d->drawn += (double)layer->repeat * drawn->cycles;
}

static void add_row(tacet_section *section, const char *network,
                    const char *design, const distance *d) {
  char layers[16], text[5][16];
  const double shares[] = {d->mean / d->layers, d->cycles,
                           d->expected / d->drawn - 1, d->energy, d->dram};
  snprintf(layers, sizeof layers, "%d", d->layers);
  for (int i = 0; i < 5; i++)
    snprintf(text[i], sizeof text[i], i == 2 ? "%+.2f %%" : "%.2f %%",
             100 * shares[i]);
  const char *cells[] = {network, design,  layers,  text[0],
                         text[1], text[2], text[3], text[4]};
  section_row(section, cells);
}

static tacet_status compare(tacet_section *section, const char *network,
                            const char *design, tacet_error *error) {
  char path[128];
  tacet_design d = {0};
  tacet_doc *doc = NULL;
  tacet_network n = {.layers = 0};
  distance far = {.layers = 0};
  snprintf(path, sizeof path, "models/accelerators/%s.yaml", design);
  tacet_status status = design_open(&d, path, error);
  snprintf(path, sizeof path, "models/networks/%s.yaml", network);
  if (!status) status = tacet_doc_read(&doc, path, error);
  if (!status) status = tacet_network_read(&n, doc, error);
  for (int i = 0; i < n.layers && !status; i++) {
    pair p;
    status = evaluate(&p, &d, &n.layer[i], (uint64_t)i, error);
    if (!status) add_layer(&far, &p, &n.layer[i]);
  }
  if (!status) add_row(section, network, design, &far);
  tacet_network_free(&n);
  tacet_doc_free(doc);
  design_close(&d);
  return status;
}

tacet_status section_network_masks(tacet_section *section, const char *data,
                                   tacet_error *error) {
  static const char *const header[] = {
      "network",           "design",       "layers", "cycles, mean",
      "cycles, the worst", "all together", "energy", "DRAM bits"};
  tacet_status status = TACET_OK;
  (void)data;
  section_table(section,
                "How far expectations are from one draw of masks, a layer", 8,
                header);
  for (size_t n = 0; n < sizeof networks / sizeof *networks && !status; n++)
    for (size_t d = 0; d < sizeof designs / sizeof *designs && !status; d++)
      status = compare(section, networks[n], designs[d], error);
  section_says(section,
               "Half of the weights and 0.4 of the inputs are not zero. Models "
               "expect what masks drawn from them have on average, and a layer "
               "has so many steps that one draw is close to that; energy and "
               "DRAM bits are those of the layer that is furthest off. The "
               "models take microseconds a layer, the masks seconds.");
  return status;
}
