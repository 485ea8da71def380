/* At which density each sparse design stops to be ahead of its dense twin. */
#include <math.h>
#include <stdio.h>

#include "../crossing.h"
#include "design.h"
#include "list.h"

/* A sparse design, its twin, and layers that both can run. */
typedef struct pair {
  const char *sparse, *dense, *network;
  int layers;
  const char *layer[3]; /* all if none is named */
  bool saves_time;      /* gating saves energy alone */
} pair;

static const pair pairs[] = {
    {"eyeriss-gating", "eyeriss-like", "vgg16", 0, {NULL}, false},
    {"csc-pe-array", "eyeriss-like", "vgg16", 0, {NULL}, true},
    {"eyeriss-v2", "eyeriss-v2-dense", "vgg16", 0, {NULL}, true},
    {"scnn", "scnn-dense", "vgg16", 0, {NULL}, true},
    {"cambricon-x-like", "cambricon-x-like-dense", "vgg16", 0, {NULL}, true},
    {"sparten-like", "sparten-like-dense", "vgg16", 0, {NULL}, true},
    {"eie", "eie-dense", "vgg16", 3, {"fc6", "fc7", "fc8"}, true},
    {"dual-side-tensor-core",
     "dual-side-tensor-core-dense",
     "bert-base",
     0,
     {NULL},
     true},
    {"sigma-like", "sigma-like-dense", "bert-base", 0, {NULL}, true},
    {"extensor-like", "extensor-like-dense", "bert-base", 0, {NULL}, true},
};

enum { PAIRS = sizeof pairs / sizeof *pairs };
static const double range[2] = {0.05, 1};

/* The design is ahead at the sparse end up to `until`, 0 if not even there. */
typedef struct finding {
  tacet_crossing crossing;
  double until;
} finding;

static tacet_status find(finding *f, const pair *p, tacet_metric metric,
                         tacet_error *error) {
  enum { LENGTH = 128 };
  char network[LENGTH], dense[LENGTH], sparse[LENGTH];
  const char *accelerator[] = {dense, sparse};
  const char *layer[] = {p->layer[0], p->layer[1], p->layer[2]};
  snprintf(network, LENGTH, "models/networks/%s.yaml", p->network);
  snprintf(dense, LENGTH, "models/accelerators/%s.yaml", p->dense);
  snprintf(sparse, LENGTH, "models/accelerators/%s.yaml", p->sparse);
  const tacet_request request = {.command = "crossover",
                                 .network = network,
                                 .accelerators = TACET_TWO_DESIGNS,
                                 .accelerator = accelerator,
                                 .layers = p->layers,
                                 .layer = layer,
                                 .metric = metric};
  tacet_job job;
  tacet_key key = {0};
  tacet_status status = tacet_job_load(&job, &request, error);
  if (!status) status = tacet_key_find(&key, &job, "density", error);
  if (!status)
    status = tacet_crossing_find(&f->crossing, &job, &key, range, error);
  if (!status) {
    const tacet_stretch *first = &f->crossing.stretch[0];
    f->until = first->ahead == 1 ? first->to.value : 0;
  }
  tacet_key_free(&key);
  tacet_job_free(&job);
  return status;
}

/* By how much the sparse design is ahead at a sample. */
static double factor(const tacet_sample *s) {
  return s->metric[0] / s->metric[1];
}

/* At the sample next to a density. */
static double factor_near(const finding *f, double density) {
  const tacet_crossing *c = &f->crossing;
  int nearest = 0;
  for (int i = 1; i < c->samples; i++)
    if (fabs(c->sample[i].value - density) <
        fabs(c->sample[nearest].value - density))
      nearest = i;
  return factor(&c->sample[nearest]);
}

typedef struct cell {
  char text[32];
} cell;

static cell until_text(double until) {
  cell c = {"never"};
  if (until >= range[1])
    snprintf(c.text, sizeof c.text, "always");
  else if (until > 0)
    snprintf(c.text, sizeof c.text, "to %.2f", until);
  return c;
}

static cell factor_text(double factor) {
  cell c;
  snprintf(c.text, sizeof c.text, "%.2f", factor);
  return c;
}

static void add_row(tacet_section *section, const pair *p, const finding *time,
                    const finding *energy) {
  const double sparse = 0.1, half = 0.5;
  cell cells[] = {until_text(time->until),
                  until_text(energy->until),
                  factor_text(factor_near(time, sparse)),
                  factor_text(factor_near(energy, sparse)),
                  factor_text(factor_near(time, half)),
                  factor_text(factor_near(energy, half))};
  if (!p->saves_time) snprintf(cells[0].text, sizeof cells[0].text, "equal");
  const char *row[] = {p->sparse,     p->network,    cells[0].text,
                       cells[1].text, cells[2].text, cells[3].text,
                       cells[4].text, cells[5].text};
  section_row(section, row);
}

static void draw(tacet_section *section, const char *title, const char *y,
                 const finding *findings) {
  section_picture(section, title, "density of weights and inputs", y, false,
                  true);
  for (int i = 0; i < PAIRS; i++) {
    section_series(section, pairs[i].sparse, SECTION_LINES);
    const tacet_crossing *c = &findings[i].crossing;
    for (int s = 0; s < c->samples; s++)
      section_point(section, c->sample[s].value, factor(&c->sample[s]));
  }
}

static void show(tacet_section *section, const finding *time,
                 const finding *energy) {
  static const char *const header[] = {
      "design",          "network",       "ahead in time",   "in energy",
      "speed-up at 0.1", "energy at 0.1", "speed-up at 0.5", "energy at 0.5"};
  const double sparse = 0.2; /* where all of them were made to be ahead */
  int ahead[2] = {0, 0}, timed = 0;
  section_says(section,
               "Each sparse design runs beside a dense twin with the same "
               "multipliers, buffers, bandwidth and dataflow, while the "
               "density of weights and inputs rises alike. Zeros lie evenly; "
               "densities of finished outputs are left at 1. Above the "
               "density in the table the twin is faster, or needs less "
               "energy: there the positions of non-zeros cost more than the "
               "zeros save, and PEs wait for the busiest one. A design that is "
               "always ahead still skips products with padding at density "
               "1.");
  section_table(section, "Densities up to which a design is ahead of its twin",
                8, header);
  for (int i = 0; i < PAIRS; i++) {
    add_row(section, &pairs[i], &time[i], &energy[i]);
    timed += pairs[i].saves_time;
    ahead[0] += pairs[i].saves_time && time[i].until >= sparse;
    ahead[1] += energy[i].until >= sparse;
  }
  draw(section, "Speed of each sparse design over its dense twin",
       "times as fast", time);
  draw(section, "Energy of the dense twin over each sparse design's",
       "times as much energy", energy);
  char must[64], reached[64];
  snprintf(must, sizeof must, "%d in time, %d in energy", timed, PAIRS);
  snprintf(reached, sizeof reached, "%d in time, %d in energy", ahead[0],
           ahead[1]);
  section_target(section, ahead[0] == timed && ahead[1] == PAIRS,
                 "Sparse designs ahead up to density 0.2", must, reached, "");
}

tacet_status section_crossover(tacet_section *section, const char *data,
                               tacet_error *error) {
  (void)data;
  finding time[PAIRS], energy[PAIRS];
  tacet_status status = TACET_OK;
  for (int i = 0; i < PAIRS && !status; i++) {
    status = find(&time[i], &pairs[i], TACET_TIME, error);
    if (!status) status = find(&energy[i], &pairs[i], TACET_ENERGY, error);
  }
  if (!status) show(section, time, energy);
  return status;
}
