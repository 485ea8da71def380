/* A picture of a sweep, drawn by gnuplot. */
#include "gnuplot.h"
#include "sweep_report.h"

/* A line of the picture: an accelerator, a reading, and a value of each axis
   but the first. */
typedef struct line {
  int design, reading;
  int64_t rest; /* point with the first axis at its first value */
} line;

/* ---- the script --------------------------------------------------------- */

static void write_title(FILE *script, const tacet_sweep *sweep, const line *l) {
  fputc('"', script);
  tacet_gnuplot_quote(script, sweep->design[l->design]);
  fputs(l->reading == TACET_DENSE ? ", dense" : ", sparse", script);
  for (int a = 1; a < sweep->axes; a++) {
    fputs(", ", script);
    tacet_gnuplot_quote(script, sweep->axis[a].title);
    fprintf(script, " %.4g", tacet_sweep_value(sweep, l->rest, a));
  }
  fputc('"', script);
}

static void write_data(FILE *script, const tacet_sweep *sweep, const line *l,
                       int number) {
  const tacet_range *axis = &sweep->axis[0];
  const int64_t stride = sweep->points / axis->values;
  const tacet_metric metric = sweep->request->metric;
  const double scale = metric == TACET_ENERGY ? 1e-12 : 1;
  fprintf(script, "$line%d << EOD\n", number);
  for (int v = 0; v < axis->values; v++) {
    const int64_t point = l->rest + v * stride;
    if (sweep->state[point] != TACET_DONE) continue;
    const tacet_row row = tacet_sweep_row(sweep, point, l->design, l->reading);
    fprintf(script, "%.15g %.15g\n", axis->value[v],
            scale * tacet_metric_of(metric, row.now));
  }
  fputs("EOD\n", script);
}

/* Calls `write` for every line; the dense reading too, dashed. */
static int64_t lines_of(const tacet_sweep *sweep) {
  return sweep->points / sweep->axis[0].values * sweep->designs *
         TACET_READINGS;
}

static line line_at(const tacet_sweep *sweep, int64_t number) {
  const int reading = (int)(number % TACET_READINGS);
  number /= TACET_READINGS;
  return (line){.design = (int)(number % sweep->designs),
                .reading = reading,
                .rest = number / sweep->designs};
}

static bool is_geometric(const tacet_range *axis) {
  const double *v = axis->value;
  const int last = axis->values - 1;
  return axis->values > 2 && v[0] > 0 && v[last] > 0 &&
         v[last] / v[last - 1] > 1.5 && v[1] / v[0] > 1.5;
}

static void write_script(FILE *script, const tacet_sweep *sweep) {
  static const char *const labels[TACET_METRICS] = {"time (s)", "cycles",
                                                    "energy (J)"};
  const int64_t lines = lines_of(sweep);
  tacet_gnuplot_begin(script, (int)lines, sweep->axes > 1 ? 1 : 2);
  fputs("set format y \"%.1s%c\"\nset yrange [0:*]\nset xlabel \"", script);
  tacet_gnuplot_quote(script, sweep->axis[0].title);
  fprintf(script, "\" offset 0,0.5\nset ylabel \"%s\"\n",
          labels[sweep->request->metric]);
  if (is_geometric(&sweep->axis[0]))
    fputs("set logscale xy 2\nset yrange [*:*]\n", script);
  for (int64_t i = 0; i < lines; i++) {
    const line l = line_at(sweep, i);
    write_data(script, sweep, &l, (int)i);
  }
  for (int64_t i = 0; i < lines; i++) {
    const line l = line_at(sweep, i);
    fprintf(script,
            "%s $line%d with linespoints linetype %d dashtype %d "
            "linewidth 2 pointsize 0.5 title ",
            i ? "," : "plot", (int)i,
            (int)(i / TACET_READINGS) % TACET_LINE_TYPES + 1,
            l.reading == TACET_DENSE ? 2 : 1);
    write_title(script, sweep, &l);
  }
  putc('\n', script);
}

/* ---- all ---------------------------------------------------------------- */

tacet_status tacet_sweep_plot(char **text, size_t *size,
                              const tacet_sweep *sweep, tacet_error *error) {
  enum { most_lines = 40 };
  if (lines_of(sweep) > most_lines) {
    tacet_fail(error, TACET_BAD_USAGE, NULL, "a picture of %lld lines",
               (long long)lines_of(sweep));
    return tacet_advise(error, "sweep the key with most values first; the "
                               "others give a line for each value");
  }
  FILE *script = tmpfile();
  if (!script)
    return tacet_fail(error, TACET_WRITE_FAILED, NULL,
                      "a temporary file cannot be written");
  write_script(script, sweep);
  const tacet_status status =
      tacet_gnuplot_draw(text, size, script, sweep->request->plot, error);
  fclose(script);
  return status;
}
