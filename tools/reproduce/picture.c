/* Writes what gnuplot is to draw. Knows nothing of what sections are about. */
#include "picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../gnuplot.h"

/* Least and largest of what is drawn, and whether x are all powers of two. */
typedef struct extent {
  double x[2], y[2];
  bool powers_of_two;
} extent;

/* Groups of bars stand at 0, 1, ...; a label's first appearance makes one. */
enum { MOST_GROUPS = 64 };
typedef struct groups {
  int bars; /* series of them */
  int groups;
  size_t letters; /* of all labels */
  const char *label[MOST_GROUPS];
} groups;

static int group_of(groups *g, const char *label) {
  for (int i = 0; i < g->groups; i++)
    if (strcmp(g->label[i], label) == 0) return i;
  if (g->groups == MOST_GROUPS) return -1;
  g->letters += strlen(label);
  g->label[g->groups] = label;
  return g->groups++;
}

/* False if there are too many. */
static bool find_groups(groups *g, const record_picture *picture) {
  for (size_t s = 0; s < picture->series; s++) {
    const record_series *series = &picture->serie[s];
    if (series->plot != SECTION_BARS) continue;
    g->bars++;
    for (size_t i = 0; i < series->points; i++)
      if (group_of(g, series->point[i].label) < 0) return false;
  }
  return true;
}

static double x_of(const record_point *point, groups *g) {
  return point->label ? group_of(g, point->label) : point->x;
}

static void widen(double ends[2], double value) {
  if (!(value >= ends[0])) ends[0] = value;
  if (!(value <= ends[1])) ends[1] = value;
}

static bool is_power_of_two(double value) {
  int exponent;
  return frexp(value, &exponent) == 0.5;
}

static bool is_drawn(const record_point *point) {
  return isfinite(point->x) && isfinite(point->y);
}

static extent extent_of(const record_picture *picture, groups *g) {
  extent e = {{NAN, NAN}, {NAN, NAN}, true};
  for (size_t s = 0; s < picture->series; s++)
    for (size_t i = 0; i < picture->serie[s].points; i++) {
      const record_point *point = &picture->serie[s].point[i];
      if (!is_drawn(point)) continue;
      widen(e.x, x_of(point, g));
      widen(e.y, point->y);
      e.powers_of_two &= is_power_of_two(x_of(point, g));
    }
  return e;
}

/* ---- the script --------------------------------------------------------- */

static void write_quoted(FILE *script, const char *text) {
  putc('"', script);
  tacet_gnuplot_quote(script, text);
  putc('"', script);
}

static void write_head(FILE *script, const record_picture *picture) {
  tacet_gnuplot_begin(script, (int)picture->series, 3);
  fputs("set style fill solid 1 noborder\n", script);
  fputs("set title ", script);
  write_quoted(script, picture->title);
  fputs("\nset xlabel ", script);
  write_quoted(script, picture->x_title);
  fputs(" offset 0,0.5\nset ylabel ", script);
  write_quoted(script, picture->y_title);
  putc('\n', script);
}

/* Ticks at 1, 2 and 5 where a logarithmic axis spans too little for powers of
   ten alone. */
static void write_log_ticks(FILE *script, char axis, const double ends[2]) {
  const double most_decades = 2.5;
  if (log10(ends[1] / ends[0]) > most_decades) return;
  static const int steps[] = {1, 2, 5};
  const char *between = "";
  fprintf(script, "set %ctics (", axis);
  for (int d = (int)floor(log10(ends[0])); d <= (int)log10(ends[1]) + 1; d++)
    for (int i = 0; i < 3; i++, between = ", ")
      fprintf(script, "%s%g", between, steps[i] * pow(10, d));
  fputs(")\n", script);
}

static void write_axis(FILE *script, char axis, bool is_log,
                       const double ends[2], bool powers_of_two) {
  const double largest = fmax(fabs(ends[0]), fabs(ends[1]));
  if (is_log && powers_of_two) {
    fprintf(script, "set logscale %c 2\n", axis);
  } else if (is_log) {
    fprintf(script, "set logscale %c 10\nset %crange [%g:%g]\n", axis, axis,
            0.9 * ends[0], 1.1 * ends[1]);
    write_log_ticks(script, axis, ends);
  } else if (largest >= 1e4) {
    fprintf(script, "set format %c \"%%.1s %%c\"\n", axis);
    return;
  }
  const bool prefixed = is_log && !powers_of_two && largest >= 1e4;
  fprintf(script, "set format %c \"%s\"\n", axis, prefixed ? "%.0s %c" : "%g");
}

static void write_axes(FILE *script, const record_picture *picture,
                       const groups *g, const extent *e) {
  const size_t most_letters = 90;
  write_axis(script, 'y', picture->y_log, e->y, false);
  if (!picture->y_log && e->y[0] >= 0) fputs("set yrange [0:*]\n", script);
  if (g->bars == 0) {
    write_axis(script, 'x', picture->x_log, e->x, e->powers_of_two);
    return;
  }
  fprintf(script, "set boxwidth %g absolute\nset xrange [-0.6:%g]\n",
          0.74 / g->bars, g->groups - 0.4);
  if (g->letters > most_letters)
    fputs("set xtics rotate by 30 right\n", script);
  fputs("set grid noxtics\nset xtics (", script);
  for (int i = 0; i < g->groups; i++) {
    if (i > 0) fputs(", ", script);
    write_quoted(script, g->label[i]);
    fprintf(script, " %d", i);
  }
  fputs(")\n", script);
}

static void write_series(FILE *script, const record_series *series, size_t s,
                         double shift, groups *g) {
  fprintf(script, "$series%zu << EOD\n", s);
  for (size_t i = 0; i < series->points; i++) {
    const record_point *point = &series->point[i];
    if (is_drawn(point))
      fprintf(script, "%.15g %.15g\n", x_of(point, g) + shift, point->y);
    else
      putc('\n', script);
  }
  fputs("EOD\n", script);
}

static bool has_points(const record_series *series) {
  for (size_t i = 0; i < series->points; i++)
    if (is_drawn(&series->point[i])) return true;
  return false;
}

static void write_script(FILE *script, const record_picture *picture,
                         groups *g) {
  static const char *const styles[] = {
      [SECTION_LINES] = "linespoints linewidth 2 pointsize 0.5",
      [SECTION_MARKS] = "points pointsize 0.9",
      [SECTION_BARS] = "boxes"};
  const extent e = extent_of(picture, g);
  write_head(script, picture);
  write_axes(script, picture, g, &e);
  double shift = -0.4 + 0.4 / (g->bars ? g->bars : 1);
  for (size_t s = 0; s < picture->series; s++) {
    const bool bars = picture->serie[s].plot == SECTION_BARS;
    write_series(script, &picture->serie[s], s, bars ? shift : 0, g);
    if (bars) shift += 0.8 / g->bars;
  }
  const char *before = "plot";
  for (size_t s = 0; s < picture->series; s++) {
    if (!has_points(&picture->serie[s])) continue;
    fprintf(script, "%s $series%zu with %s linetype %zu title ", before, s,
            styles[picture->serie[s].plot], s % TACET_LINE_TYPES + 1);
    write_quoted(script, picture->serie[s].name);
    before = ",";
  }
  putc('\n', script);
}

/* ---- all ---------------------------------------------------------------- */

tacet_status picture_draw(char **svg, size_t *size,
                          const record_picture *picture, const char *path,
                          tacet_error *error) {
  const tacet_place place = {.file = path};
  groups g = {0};
  bool any = false;
  for (size_t s = 0; s < picture->series; s++)
    any |= has_points(&picture->serie[s]);
  if (!any)
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "picture \"%s\" has no points", picture->title);
  if (!find_groups(&g, picture))
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "picture \"%s\" has more than %d groups of bars",
                      picture->title, MOST_GROUPS);
  FILE *script = tmpfile();
  if (!script)
    return tacet_fail(error, TACET_WRITE_FAILED, NULL,
                      "a temporary file cannot be written");
  write_script(script, picture, &g);
  const tacet_status status =
      tacet_gnuplot_draw(svg, size, script, path, error);
  fclose(script);
  return status;
}
