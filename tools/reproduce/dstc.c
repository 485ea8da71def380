/* The dual-side sparse tensor core over the densities of both operands, as
   its design file says it. */
#include <math.h>
#include <stdio.h>

#include "design.h"
#include "list.h"

static const double most_error = 0.05;

/* The product of two square matrices. */
static tacet_status make_product(tacet_layer *layer, const json_t *figures,
                                 tacet_error *error) {
  tacet_shape shape = {
      .type = TACET_GEMM,
      .B = 1,
      .M = (int64_t)figure(figures, "workload/M"),
      .N = (int64_t)figure(figures, "workload/N"),
      .K = (int64_t)figure(figures, "workload/K"),
  };
  *layer = (tacet_layer){.name = "product", .repeat = 1};
  return tacet_layer_make(layer, &shape, NULL, error);
}

typedef struct point {
  double a, b;             /* densities */
  double published, tacet; /* cycles over those of the dense product */
  double older;            /* the prior model's; NaN if it gives none */
} point;

static double error_of(double value, double published) {
  return fabs(value - published) / published;
}

static tacet_status evaluate(double *cycles, const tacet_design *design,
                             const tacet_layer *layer, double a, double b,
                             tacet_error *error) {
  const tacet_sparsity sparsity = {
      {{.density = b}, {.density = a}, {.density = 1}}};
  tacet_outcome outcome;
  tacet_status status =
      design_evaluate(&outcome, design, layer, &sparsity, error);
  if (!status) *cycles = outcome.cost.cycles;
  return status;
}

static void read_point(point *p, const json_t *figures, int i) {
  char path[64];
  snprintf(path, sizeof path, "points/%d/A_density", i);
  p->a = figure(figures, path);
  snprintf(path, sizeof path, "points/%d/B_density", i);
  p->b = figure(figures, path);
  snprintf(path, sizeof path, "points/%d/published_norm", i);
  p->published = figure(figures, path);
  snprintf(path, sizeof path, "points/%d/sparseloop_norm_from_figure", i);
  p->older = figure(figures, path);
}

static void add_row(tacet_section *section, const point *p) {
  char text[6][16];
  snprintf(text[0], sizeof text[0], "%.1f", p->a);
  snprintf(text[1], sizeof text[1], "%.1f", p->b);
  snprintf(text[2], sizeof text[2], "%.3f", p->published);
  snprintf(text[3], sizeof text[3], "%.3f", p->tacet);
  snprintf(text[4], sizeof text[4], "%.1f",
           100 * error_of(p->tacet, p->published));
  text[5][0] = '\0';
  if (!isnan(p->older)) snprintf(text[5], sizeof text[5], "%.2f", p->older);
  const char *cells[] = {text[0], text[1], text[2], text[3], text[4], text[5]};
  section_row(section, cells);
}

/* Errors over the points whose A is sparse. */
typedef struct errors {
  double tacet, older;
  int points;
} errors;

static tacet_status compare_points(errors *sum, tacet_section *section,
                                   const json_t *figures,
                                   const tacet_design *design,
                                   const tacet_layer *layer,
                                   tacet_error *error) {
  static const char *const header[] = {"density of A", "density of B",
                                       "published",    "tacet",
                                       "error, %",     "Sparseloop"};
  double dense;
  tacet_status status = evaluate(&dense, design, layer, 1, 1, error);
  section_table(section, "Cycles over those of the dense product", 6, header);
  for (int i = 0; !status; i++) {
    point p;
    read_point(&p, figures, i);
    if (isnan(p.a)) break;
    status = evaluate(&p.tacet, design, layer, p.a, p.b, error);
    p.tacet /= dense;
    if (status) break;
    add_row(section, &p);
    if (p.a >= 1) continue;
    sum->tacet += error_of(p.tacet, p.published);
    sum->older += error_of(p.older, p.published);
    sum->points++;
  }
  return status;
}

static tacet_status draw(tacet_section *section, const json_t *figures,
                         const tacet_design *design, const tacet_layer *layer,
                         tacet_error *error) {
  static const double densities_of_b[] = {1, 0.4};
  static const char *const names[][2] = {
      {"B dense, published", "B dense, tacet"},
      {"B 0.4, published", "B 0.4, tacet"}};
  double dense, cycles;
  tacet_status status = evaluate(&dense, design, layer, 1, 1, error);
  section_picture(section, "Dual-side sparse tensor core", "density of A",
                  "cycles over those of the dense product", false, false);
  for (int b = 0; b < 2 && !status; b++) {
    section_series(section, names[b][0], SECTION_MARKS);
    point p = {.a = 1};
    for (int i = 0; !isnan(p.a); i++) {
      read_point(&p, figures, i);
      if (p.b == densities_of_b[b]) section_point(section, p.a, p.published);
    }
    section_series(section, names[b][1], SECTION_LINES);
    for (int tenth = 1; tenth <= 10 && !status; tenth++) {
      status = evaluate(&cycles, design, layer, tenth / 10.0, densities_of_b[b],
                        error);
      section_point(section, tenth / 10.0, cycles / dense);
    }
  }
  return status;
}

static void judge(tacet_section *section, const errors *sum) {
  const double mean = sum->tacet / sum->points;
  char reached[32], prior[64];
  snprintf(reached, sizeof reached, "%.1f %%", 100 * mean);
  snprintf(prior, sizeof prior, "Sparseloop: %.1f %%",
           100 * sum->older / sum->points);
  section_target(section, sum->points > 0 && mean <= most_error,
                 "DSTC, 8 points with a sparse A", "mean error <= 5.0 %",
                 reached, prior);
  section_says(
      section,
      "The design multiplies fragments of 8 and 16 non-zeros of 32 by 32 "
      "outputs for each k. A part of a fragment takes as long as a whole one, "
      "so the time is the expectation of the number of fragments. The dense "
      "product is held up by the accumulators, which take 116 sums a cycle "
      "while 128 are made, the sparse ones by fragments. Nothing is fitted. "
      "The error grows as both operands get sparser, where the published "
      "times lie above the model's: what the design does once for every tile, "
      "whatever is in it, is not in the model.");
}

tacet_status section_dstc(tacet_section *section, const char *data,
                          tacet_error *error) {
  json_t *figures = section_figures(section, data, "sparse/dstc.json");
  if (figures == NULL) return TACET_OK;
  tacet_design design = {0};
  tacet_layer layer;
  errors sum = {0};
  tacet_status status = make_product(&layer, figures, error);
  if (!status)
    status = design_open(
        &design, "models/accelerators/dual-side-tensor-core.yaml", error);
  if (!status)
    status = compare_points(&sum, section, figures, &design, &layer, error);
  if (!status) status = draw(section, figures, &design, &layer, error);
  if (!status) judge(section, &sum);
  design_close(&design);
  json_decref(figures);
  return status;
}
