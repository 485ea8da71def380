/* Layer evaluations a second on one core: a design point from layer, dataflow
   and accelerator to its cost (tacet_evaluate), the dataflows of the MAESTRO
   paper on the layers of known networks; what the stages take; how time grows
   with the classes of steps. Ratios within one run mean more than the
   figures, which depend on the machine. */
#include "../dense/spec/spec.h"
#include "allocations.h"
#include "bench.h"
#include "cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(tacet_status status, const tacet_error *error) {
  if (!status) return;
  char text[1024];
  tacet_error_text(error, text, sizeof text);
  fprintf(stderr, "%s\n", text);
  exit(tacet_exit_code(status));
}

/* A design point. */
typedef struct point {
  const tacet_layer *layer;
  const tacet_dataflow *flow;
  const tacet_accelerator *accelerator;
} point;

/* ---- one point ---------------------------------------------------------- */

enum { STAGES = 4, ROUNDS = 5, TIMES = 100 };

static const char *const stages[STAGES] = {"bind", "place", "read", "cost"};

static tacet_status evaluate(const point *p) {
  tacet_cost cost;
  tacet_error error;
  return tacet_evaluate(&cost, p->layer, p->flow, p->accelerator, &error);
}

/* Seconds of an evaluation, in the best of several rounds. */
static double time_point(const point *p) {
  double best = HUGE_VAL;
  for (int round = 0; round < ROUNDS; round++) {
    double start = bench_seconds();
    for (int i = 0; i < TIMES; i++) evaluate(p);
    double taken = (bench_seconds() - start) / TIMES;
    if (taken < best) best = taken;
  }
  return best;
}

/* Adds the seconds of each stage called by itself. */
static void time_stages(double seconds[STAGES], const point *p) {
  tacet_nest nest;
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_cost cost;
  tacet_error error;
  double mark[STAGES + 1];
  mark[0] = bench_seconds();
  for (int i = 0; i < TIMES; i++)
    tacet_bind(&nest, p->layer, p->flow, p->accelerator, &error);
  mark[1] = bench_seconds();
  for (int i = 0; i < TIMES; i++)
    tacet_place_tiles(&nest, p->accelerator, &error);
  mark[2] = bench_seconds();
  for (int i = 0; i < TIMES; i++)
    tacet_read_dense(&counts, &timeline, &nest, p->accelerator, &error);
  mark[3] = bench_seconds();
  for (int i = 0; i < TIMES; i++)
    tacet_cost_of(&cost, &counts, &timeline, p->accelerator);
  mark[4] = bench_seconds();
  for (int s = 0; s < STAGES; s++)
    seconds[s] += (mark[s + 1] - mark[s]) / TIMES;
}

static bool count_class(const tacet_step_class *step,
                        const tacet_step_shape *shape, void *context) {
  (void)step;
  (void)shape;
  ++*(long *)context;
  return true;
}

/* Classes of steps of a point that can be evaluated. */
static long classes_of(const point *p) {
  tacet_nest nest;
  tacet_error error;
  long classes = 0;
  check(tacet_bind(&nest, p->layer, p->flow, p->accelerator, &error), &error);
  check(tacet_place_tiles(&nest, p->accelerator, &error), &error);
  check(tacet_activity_classes(&nest, p->accelerator, count_class, &classes,
                               &error),
        &error);
  return classes;
}

/* ---- growth ------------------------------------------------------------- */

enum { SIZES = 12 };

/* Points by the number of their classes: 2^i .. 2^(i+1) - 1 of them. */
typedef struct growth {
  long points[SIZES];
  double classes[SIZES], seconds[SIZES];
} growth;

static void grow(growth *sum, long classes, double seconds) {
  int size = 0;
  while (size < SIZES - 1 && classes >= 2L << size) size++;
  sum->points[size]++;
  sum->classes[size] += (double)classes;
  sum->seconds[size] += seconds;
}

/* Random nests have the classes that layers of real sizes rarely do. */
static void time_random(growth *sum) {
  enum { CASES = 4000 };
  random_case *c = malloc(sizeof *c);
  if (c == NULL) exit(3);
  for (uint64_t i = 0; i < CASES; i++) {
    case_make(c, i);
    point p = {&c->layer, &c->dataflow, &c->accelerator};
    if (evaluate(&p) == TACET_OK) grow(sum, classes_of(&p), time_point(&p));
  }
  free(c);
}

static void show_growth(const growth *sum) {
  for (int i = 0; i < SIZES; i++) {
    if (sum->points[i] == 0) continue;
    char name[64];
    snprintf(name, sizeof name, "%.1f classes (%ld points)",
             sum->classes[i] / (double)sum->points[i], sum->points[i]);
    bench_figure("dense", name, 1e6 * sum->seconds[i] / (double)sum->points[i],
                 "us an evaluation");
    bench_figure("dense", name, 1e9 * sum->seconds[i] / sum->classes[i],
                 "ns a class");
  }
}

/* ---- networks and dataflows --------------------------------------------- */

typedef struct timing {
  long layers;
  double seconds;
  double stage[STAGES];
} timing;

typedef struct run {
  tacet_accelerator accelerator;
  timing by_levels[2]; /* one level of units, and two */
  growth growth;
} run;

static void time_layers(run *r, const tacet_network *network,
                        const tacet_dataflow_set *set, int levels) {
  timing *all = &r->by_levels[levels - 1];
  timing t = {0};
  for (int i = 0; i < network->layers; i++) {
    const tacet_layer *layer = &network->layer[i];
    point p = {layer, &set->flow[layer->type], &r->accelerator};
    if (!set->covers[layer->type] || evaluate(&p) != TACET_OK) continue;
    double seconds = time_point(&p);
    t.layers++;
    t.seconds += seconds;
    grow(&r->growth, classes_of(&p), seconds);
    time_stages(all->stage, &p);
  }
  all->layers += t.layers;
  all->seconds += t.seconds;
  char name[2 * TACET_NAME + 32];
  snprintf(name, sizeof name, "%s, %s (%ld layers)", network->name, set->name,
           t.layers);
  bench_figure("dense", name, (double)t.layers / t.seconds, "evaluations/s");
}

static void time_network(run *r, const char *path) {
  static const struct {
    const char *file;
    int levels;
  } flows[] = {{"c-p", 1}, {"x-p", 1}, {"yx-p", 2}, {"yr-p", 2}, {"kc-p", 2}};
  tacet_doc *doc, *flow_doc;
  tacet_network network;
  tacet_dataflow_set set;
  tacet_error error;
  check(tacet_doc_read(&doc, path, &error), &error);
  check(tacet_network_read(&network, doc, &error), &error);
  for (size_t f = 0; f < sizeof flows / sizeof *flows; f++) {
    char flow[128];
    snprintf(flow, sizeof flow, "models/dataflows/%s.yaml", flows[f].file);
    check(tacet_doc_read(&flow_doc, flow, &error), &error);
    check(tacet_dataflow_read(&set, tacet_doc_root(flow_doc), &error), &error);
    time_layers(r, &network, &set, flows[f].levels);
    tacet_doc_free(flow_doc);
  }
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

static void show_levels(const char *name, const timing *t) {
  char text[64];
  snprintf(text, sizeof text, "%s, all layers", name);
  bench_figure("dense", text, (double)t->layers / t->seconds, "evaluations/s");
  for (int s = 0; s < STAGES; s++) {
    snprintf(text, sizeof text, "%s, %s by itself", name, stages[s]);
    bench_figure("dense", text, 1e6 * t->stage[s] / (double)t->layers, "us");
  }
}

/* The design has buffers large enough for every tile of these layers. */
static void read_accelerator(tacet_accelerator *accelerator) {
  tacet_doc *doc;
  tacet_error error;
  check(tacet_doc_read(&doc, "models/accelerators/nvdla-like.yaml", &error),
        &error);
  check(tacet_accelerator_read(accelerator, doc, &error), &error);
  for (int s = 1; s < 3; s++) accelerator->storage[s].size_bits *= 1024;
  tacet_doc_free(doc);
}

int main(void) {
  static const char *const networks[] = {"alexnet", "vgg16", "resnet50",
                                         "mobilenet-v2", "bert-base-layer"};
  static run r;
  read_accelerator(&r.accelerator);
  for (size_t n = 0; n < sizeof networks / sizeof *networks; n++) {
    char path[128];
    snprintf(path, sizeof path, "models/networks/%s.yaml", networks[n]);
    time_network(&r, path);
  }
  show_levels("one level", &r.by_levels[0]);
  show_levels("two levels", &r.by_levels[1]);
  time_random(&r.growth);
  show_growth(&r.growth);
  return 0;
}
