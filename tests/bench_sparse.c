/* What the sparse reading with models costs beside the dense one, for uniform
   densities and for N:M weights: the time of a layer evaluation that gives
   both (tacet_evaluate_sparse) less that of the dense one alone
   (tacet_evaluate), over the latter. It is to be at most 3. Ratios within one
   run mean more than the times, which depend on the machine. */
#include "../dense/spec/spec.h"
#include "../sparse/sparse.h"
#include "bench.h"
#include "cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void check(tacet_status status, const tacet_error *error) {
  if (!status) return;
  char text[1024];
  tacet_error_text(error, text, sizeof text);
  fprintf(stderr, "%s\n", text);
  exit(tacet_exit_code(status));
}

typedef struct design {
  tacet_accelerator accelerator;
  tacet_features features;
  tacet_dataflow_set flows;
} design;

static void read_design(design *d, const char *name) {
  char path[128];
  tacet_doc *doc, *flow_doc;
  tacet_error error;
  snprintf(path, sizeof path, "models/accelerators/%s.yaml", name);
  check(tacet_doc_read(&doc, path, &error), &error);
  check(tacet_accelerator_read(&d->accelerator, doc, &error), &error);
  check(tacet_features_read(&d->features, &d->accelerator, doc, &error),
        &error);
  check(tacet_accelerator_dataflow(&d->flows, &flow_doc, doc, &error), &error);
  tacet_doc_free(flow_doc);
  tacet_doc_free(doc);
}

/* ---- one point ---------------------------------------------------------- */

enum { ROUNDS = 5, TIMES = 20 };

static const double LIMIT = 3; /* times the dense evaluation */

typedef struct point {
  const design *design;
  const tacet_layer *layer;
  const tacet_sparsity *sparsity; /* NULL: dense alone */
} point;

static tacet_status evaluate(const point *p) {
  const tacet_accelerator *accelerator = &p->design->accelerator;
  const tacet_dataflow *flow = &p->design->flows.flow[p->layer->type];
  tacet_cost dense, sparse;
  tacet_error error;
  if (!p->sparsity)
    return tacet_evaluate(&dense, p->layer, flow, accelerator, &error);
  return tacet_evaluate_sparse(&dense, &sparse, p->layer, flow, accelerator,
                               &p->design->features, p->sparsity, &error);
}

/* Seconds of an evaluation, in the best of several rounds. */
static double time_point(const point *p) {
  double best = HUGE_VAL;
  for (int round = 0; round < ROUNDS; round++) {
    const double start = bench_seconds();
    for (int i = 0; i < TIMES; i++) evaluate(p);
    best = fmin(best, (bench_seconds() - start) / TIMES);
  }
  return best;
}

/* ---- networks ----------------------------------------------------------- */

typedef enum zeros { UNIFORM, TWO_OF_FOUR, ZEROS } zeros;

static const char *const zeros_names[ZEROS] = {"uniform", "2:4"};

/* The first rank of the weights that outputs sum over: C, or K of a GEMM. */
static int summed_rank(const tacet_layer *layer) {
  const tacet_tensor *weight = &layer->tensor[TACET_WEIGHT];
  int r = 0;
  while (
      tacet_has_dim(&layer->tensor[TACET_OUTPUT], weight->rank[r].term[0].dim))
    r++;
  return r;
}

/* Weights of density 0.5 beside inputs of 0.4. */
static void make_zeros(tacet_sparsity *sparsity, tacet_pattern *pattern,
                       const tacet_layer *layer, zeros kind) {
  static const double density[TACET_TENSORS] = {0.5, 0.4, 0.4};
  const tacet_tensor *weight = &layer->tensor[TACET_WEIGHT];
  *sparsity = (tacet_sparsity){.tensor = {{.density = 0}}};
  for (int t = 0; t < TACET_TENSORS; t++)
    sparsity->tensor[t].density = density[t];
  if (kind == UNIFORM) return;
  *pattern = tacet_pattern_n_of_m(weight, summed_rank(layer), 2, 4);
  sparsity->tensor[TACET_WEIGHT].density = tacet_pattern_density(pattern);
  sparsity->tensor[TACET_WEIGHT].pattern = pattern;
}

typedef struct timing {
  int layers;
  int slower;           /* layers, than LIMIT */
  double dense, sparse; /* seconds of all layers, of the latter for itself */
  double worst;         /* ratio of a layer */
  const char *slowest;  /* its name */
} timing;

static void time_layers(timing *t, const design *d,
                        const tacet_network *network, zeros kind) {
  for (int i = 0; i < network->layers; i++) {
    tacet_sparsity sparsity;
    tacet_pattern pattern;
    const tacet_layer *layer = &network->layer[i];
    const point dense = {d, layer, NULL}, sparse = {d, layer, &sparsity};
    make_zeros(&sparsity, &pattern, layer, kind);
    if (!d->flows.covers[layer->type] || evaluate(&sparse)) continue;
    const double one = time_point(&dense);
    const double other = fmax(time_point(&sparse) - one, 0);
    t->layers++;
    t->slower += other > LIMIT * one;
    t->dense += one;
    t->sparse += other;
    if (other / one <= t->worst) continue;
    t->worst = other / one;
    t->slowest = layer->name;
  }
}

static const char *verdict(double times) {
  return times <= LIMIT ? "times dense, ok"
                        : "times dense: slower than 3 times";
}

static void show(const timing *t, const char *network, const char *on,
                 zeros kind) {
  char name[128];
  const double all = t->sparse / t->dense;
  snprintf(name, sizeof name, "%s, %s, %s (%d layers)", network, on,
           zeros_names[kind], t->layers);
  bench_figure("sparse", name, all, verdict(all));
  snprintf(name, sizeof name, "  the slowest: %s", t->slowest);
  bench_figure("sparse", name, t->worst, verdict(t->worst));
  bench_figure("sparse", "  slower than 3 times", t->slower, "layers");
  bench_figure("sparse", "  a layer", 1e6 * t->sparse / t->layers, "us");
}

static void time_network(const char *path) {
  static const char *const designs[] = {"csc-pe-array", "eyeriss-v2",
                                        "sparse-tensor-core", "scnn"};
  tacet_doc *doc;
  tacet_network network;
  tacet_error error;
  check(tacet_doc_read(&doc, path, &error), &error);
  check(tacet_network_read(&network, doc, &error), &error);
  for (size_t i = 0; i < sizeof designs / sizeof *designs; i++) {
    design d;
    read_design(&d, designs[i]);
    for (zeros kind = UNIFORM; kind < ZEROS; kind++) {
      timing t = {.worst = 0};
      time_layers(&t, &d, &network, kind);
      if (t.layers > 0) show(&t, network.name, designs[i], kind);
    }
  }
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

int main(void) {
  time_network("models/networks/vgg16.yaml");
  time_network("models/networks/resnet50.yaml");
  time_network("models/networks/mobilenet-v2.yaml");
  time_network("models/networks/bert-base.yaml");
  return 0;
}
