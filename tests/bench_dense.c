/* Layer evaluations a second on one core: every dataflow of models/dataflows
   on every network, each stage by itself. Ratios within one run mean more
   than the figures, which depend on the machine. */
#include "../dense/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check(tacet_status status, const tacet_error *error) {
  if (!status) return;
  char text[1024];
  tacet_error_text(error, text, sizeof text);
  fprintf(stderr, "%s\n", text);
  exit(tacet_exit_code(status));
}

enum { STAGES = 4 };

static const char *const stages[STAGES] = {"bind", "place", "read", "cost"};

typedef struct timing {
  int layers;
  double seconds[STAGES];
  double classes;
} timing;

static bool count_class(const tacet_step_class *step,
                        const tacet_step_shape *shape, void *context) {
  (void)step;
  (void)shape;
  *(double *)context += 1;
  return true;
}

/* One layer, `times` times over. */
static void time_layer(timing *sum, const tacet_layer *layer,
                       const tacet_dataflow *flow,
                       const tacet_accelerator *accelerator, int times) {
  tacet_nest nest;
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_cost cost;
  tacet_error error;
  double mark[STAGES + 1];
  mark[0] = now();
  for (int i = 0; i < times; i++)
    if (tacet_bind(&nest, layer, flow, accelerator, &error)) return;
  mark[1] = now();
  for (int i = 0; i < times; i++)
    if (tacet_place_tiles(&nest, accelerator, &error)) return;
  mark[2] = now();
  for (int i = 0; i < times; i++)
    check(tacet_read_dense(&counts, &timeline, &nest, accelerator, &error),
          &error);
  mark[3] = now();
  for (int i = 0; i < times; i++)
    tacet_cost_of(&cost, &counts, &timeline, accelerator);
  mark[4] = now();
  tacet_activity_classes(&nest, accelerator, count_class, &sum->classes,
                         &error);
  sum->layers++;
  for (int s = 0; s < STAGES; s++)
    sum->seconds[s] += (mark[s + 1] - mark[s]) / times;
}

static void show(const char *network, const char *dataflow, const timing *t) {
  double all = 0;
  if (!t->layers) return;
  for (int s = 0; s < STAGES; s++) all += t->seconds[s];
  printf("%-16s %-14s %3d layers %9.0f evaluations/s %6.1f classes;", network,
         dataflow, t->layers, t->layers / all, t->classes / t->layers);
  for (int s = 0; s < STAGES; s++)
    printf(" %s %.2f us", stages[s], 1e6 * t->seconds[s] / t->layers);
  printf("\n");
}

static void time_network(const char *path, const char *flow_path,
                         const tacet_accelerator *accelerator) {
  tacet_doc *doc, *flow_doc;
  tacet_network network;
  tacet_dataflow_set set;
  tacet_error error;
  timing t = {0};
  check(tacet_doc_read(&doc, path, &error), &error);
  check(tacet_network_read(&network, doc, &error), &error);
  check(tacet_doc_read(&flow_doc, flow_path, &error), &error);
  check(tacet_dataflow_read(&set, tacet_doc_root(flow_doc), &error), &error);
  for (int i = 0; i < network.layers; i++) {
    const tacet_layer *layer = &network.layer[i];
    if (set.covers[layer->type])
      time_layer(&t, layer, &set.flow[layer->type], accelerator, 200);
  }
  show(network.name, set.name, &t);
  tacet_network_free(&network);
  tacet_doc_free(doc);
  tacet_doc_free(flow_doc);
}

int main(void) {
  static const char *const networks[] = {"alexnet", "vgg16", "bert-base-layer"};
  static const char *const flows[] = {"c-p",  "x-p",  "yx-p",
                                      "yr-p", "kc-p", "os-gemm"};
  tacet_doc *doc;
  tacet_accelerator accelerator;
  tacet_error error;
  check(tacet_doc_read(&doc, "models/accelerators/nvdla-like.yaml", &error),
        &error);
  check(tacet_accelerator_read(&accelerator, doc, &error), &error);
  for (int s = 1; s < 3; s++) accelerator.storage[s].size_bits *= 1024;
  for (size_t n = 0; n < sizeof networks / sizeof *networks; n++) {
    for (size_t f = 0; f < sizeof flows / sizeof *flows; f++) {
      char path[128], flow[128];
      snprintf(path, sizeof path, "models/networks/%s.yaml", networks[n]);
      snprintf(flow, sizeof flow, "models/dataflows/%s.yaml", flows[f]);
      time_network(path, flow, &accelerator);
    }
  }
  tacet_doc_free(doc);
  return 0;
}
