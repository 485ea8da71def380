/* Two ways with zeros on one product of matrices: bitmasks and gates, lists of
   coordinates and skips; and the densities at which they pay. */
#include <math.h>
#include <stdio.h>

#include "design.h"
#include "list.h"

enum { SIDE = 128, WAYS = 2 };

typedef enum way { BITMASK, COORDINATES } way;

static const char *const names[WAYS] = {"bitmask", "coordinate_list"};

static const char *const files[WAYS] = {
    "models/studies/formats-bitmask.yaml",
    "models/studies/formats-coordinates.yaml"};

/* As the figures spell them. */
static const char *const densities[] = {"0.01", "0.02", "0.04", "0.08",
                                        "0.1",  "0.2",  "0.4",  "0.8"};

enum { POINTS = sizeof densities / sizeof *densities };

static const double most_error = 0.01;

/* ---- the model ---------------------------------------------------------- */

typedef struct result {
  double cycles, energy_uj;
} result;

static tacet_status make_product(tacet_layer *layer, tacet_error *error) {
  const tacet_shape shape = {.type = TACET_GEMM,
                             .B = 1,
                             .M = SIDE,
                             .N = SIDE,
                             .K = SIDE,
                             .G = 1,
                             .C = 1,
                             .Y = 1,
                             .X = 1,
                             .R = 1,
                             .S = 1,
                             .stride = {1, 1},
                             .dilation = {1, 1}};
  *layer = (tacet_layer){.name = "product", .repeat = 1};
  return tacet_layer_make(layer, &shape, NULL, error);
}

static tacet_status evaluate(result *r, const tacet_design *design,
                             const tacet_layer *layer, double density,
                             tacet_error *error) {
  const tacet_sparsity zeros = {
      {{.density = density}, {.density = density}, {.density = 1}}};
  tacet_outcome outcome;
  tacet_status status = design_evaluate(&outcome, design, layer, &zeros, error);
  *r = (result){outcome.cost.cycles, outcome.cost.energy.total / 1e6};
  return status;
}

/* ---- against the figures ------------------------------------------------ */

typedef struct point {
  double density;
  result published[WAYS], tacet[WAYS];
} point;

static double figure_of(const json_t *figures, int i, int w, const char *what) {
  char key[64];
  snprintf(key, sizeof key, "%s_%s", densities[i], names[w]);
  const json_t *all = json_object_get(figures, "points");
  return figure(json_object_get(all, key), what);
}

static tacet_status run_points(point points[POINTS], const json_t *figures,
                               const tacet_design design[WAYS],
                               const tacet_layer *layer, tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int i = 0; i < POINTS; i++) {
    points[i].density =
        figure_of(figures, i, BITMASK, "inst/densities/A/density");
    for (int w = 0; w < WAYS && !status; w++) {
      points[i].published[w] =
          (result){figure_of(figures, i, w, "ref/cycles"),
                   figure_of(figures, i, w, "ref/energy_uJ")};
      status = evaluate(&points[i].tacet[w], &design[w], layer,
                        points[i].density, error);
    }
  }
  return status;
}

static void show(tacet_section *section, const point points[POINTS]) {
  static const char *const header[] = {"density", "bitmask, paper",
                                       "bitmask, tacet", "list, paper",
                                       "list, tacet"};
  section_table(section, "Cycles, and energy in uJ", 5, header);
  for (int i = 0; i < POINTS; i++) {
    char text[5][48];
    const point *p = &points[i];
    snprintf(text[0], sizeof text[0], "%.4f", p->density);
    for (int w = 0; w < WAYS; w++) {
      snprintf(text[1 + 2 * w], sizeof text[0], "%.0f, %.2f",
               p->published[w].cycles, p->published[w].energy_uj);
      snprintf(text[2 + 2 * w], sizeof text[0], "%.0f, %.2f",
               p->tacet[w].cycles, p->tacet[w].energy_uj);
    }
    const char *cells[] = {text[0], text[1], text[2], text[3], text[4]};
    section_row(section, cells);
  }
}

static void draw(tacet_section *section, const point points[POINTS]) {
  static const char *const series[WAYS][2] = {
      {"bitmask and gates, published", "bitmask and gates, tacet"},
      {"coordinates and skips, published", "coordinates and skips, tacet"}};
  for (int energy = 0; energy < 2; energy++) {
    section_picture(section, energy ? "Energy" : "Cycles", "density",
                    energy ? "uJ" : "cycles", true, true);
    for (int w = 0; w < WAYS; w++)
      for (int tacet = 0; tacet < 2; tacet++) {
        section_series(section, series[w][tacet],
                       tacet ? SECTION_LINES : SECTION_MARKS);
        for (int i = 0; i < POINTS; i++) {
          const result *r =
              tacet ? &points[i].tacet[w] : &points[i].published[w];
          section_point(section, points[i].density,
                        energy ? r->energy_uj : r->cycles);
        }
      }
  }
}

/* The list is the better one at a point; in energy or in cycles. */
static bool list_wins(const result r[WAYS], bool energy) {
  return energy ? r[COORDINATES].energy_uj < r[BITMASK].energy_uj
                : r[COORDINATES].cycles < r[BITMASK].cycles;
}

/* The list wins at the same densities as in the figure, so that both cross
   between the same two. */
static bool same_crossing(const point points[POINTS], bool energy) {
  for (int i = 0; i < POINTS; i++)
    if (list_wins(points[i].published, energy) !=
        list_wins(points[i].tacet, energy))
      return false;
  return true;
}

/* Density at which the list falls behind, by bisection. */
static tacet_status find_crossing(double *density,
                                  const tacet_design design[WAYS],
                                  const tacet_layer *layer, bool energy,
                                  tacet_error *error) {
  double low = 0.01, high = 0.99;
  while (high - low > 1e-4) {
    const double middle = (low + high) / 2;
    result r[WAYS];
    for (int w = 0; w < WAYS; w++) {
      tacet_status status = evaluate(&r[w], &design[w], layer, middle, error);
      if (status) return status;
    }
    *(list_wins(r, energy) ? &low : &high) = middle;
  }
  *density = low;
  return TACET_OK;
}

static void judge(tacet_section *section, const point points[POINTS],
                  const double crossing[2]) {
  double worst = 0;
  char reached[96];
  for (int i = 0; i < POINTS; i++)
    for (int w = 0; w < WAYS; w++)
      worst = fmax(
          worst,
          fabs(points[i].tacet[w].cycles / points[i].published[w].cycles - 1));
  const bool crosses =
      same_crossing(points, false) && same_crossing(points, true);
  snprintf(reached, sizeof reached,
           "%.2f %% at most; crossovers at %.3f in time, %.3f in energy",
           100 * worst, crossing[0], crossing[1]);
  section_target(section, worst <= most_error && crosses,
                 "fig. 1: two formats, 8 densities",
                 "cycles within 1 %, crossovers in the published intervals",
                 reached, "is the published one");
  section_says(section,
               "Bitmasks with gates pass a cycle for every MAC, whatever is "
               "zero. Lists of coordinates with skips wait for what they "
               "move: 22 bits a value on the way from the backing storage "
               "and, where both operands are full, out of the buffer. Nothing "
               "is fitted: bandwidths and energies an access are those of the "
               "published runs. The published cycles of the bitmask hold the "
               "fills of the sums' register too, 0.8 %%.");
}

tacet_status section_formats_fig1(tacet_section *section, const char *data,
                                  tacet_error *error) {
  json_t *figures = section_figures(section, data, "sparse/fig1_formats.json");
  if (figures == NULL) return TACET_OK;
  tacet_design design[WAYS] = {0};
  tacet_layer layer;
  point points[POINTS];
  double crossing[2] = {0, 0};
  tacet_status status = make_product(&layer, error);
  for (int w = 0; w < WAYS && !status; w++)
    status = design_open(&design[w], files[w], error);
  if (!status) status = run_points(points, figures, design, &layer, error);
  for (int energy = 0; energy < 2 && !status; energy++)
    status = find_crossing(&crossing[energy], design, &layer, energy, error);
  if (!status) {
    show(section, points);
    judge(section, points, crossing);
    draw(section, points);
  }
  for (int w = 0; w < WAYS; w++) design_close(&design[w]);
  json_decref(figures);
  return status;
}
