/* A sweep as text and as CSV: a row for each point, accelerator and reading. */
#include <string.h>

#include "cell.h"
#include "sweep_report.h"

/* A point has no layer and type; the reason stands in their place. */
static const int first_column = 2;

double tacet_metric_of(tacet_metric metric, const tacet_figures *figures) {
  switch (metric) {
  case TACET_TIME: return figures->seconds;
  case TACET_CYCLES: return figures->cycles;
  default: return figures->energy_pj;
  }
}

/* ---- CSV ---------------------------------------------------------------- */

static void write_csv_row(FILE *out, const tacet_sweep *sweep, int64_t point,
                          int design, int reading) {
  const bool feasible = sweep->state[point] == TACET_DONE;
  const tacet_row row = tacet_sweep_row(sweep, point, design, reading);
  for (int a = 0; a < sweep->axes; a++)
    fprintf(out, "%.15g,", tacet_sweep_value(sweep, point, a));
  for (int c = first_column; c < tacet_sheet_columns(&sweep->sheet); c++) {
    const bool key = c < first_column + 2; /* accelerator, reading */
    const tacet_value value = tacet_sheet_value(&sweep->sheet, c, &row);
    if (key || feasible) tacet_csv_value(out, &value);
    putc(',', out);
  }
  if (!feasible)
    tacet_csv_value(out, &(tacet_value){.text = sweep->reason[point]});
  putc('\n', out);
}

void tacet_sweep_csv(FILE *out, const tacet_sweep *sweep) {
  for (int a = 0; a < sweep->axes; a++) {
    tacet_csv_value(out, &(tacet_value){.text = sweep->axis[a].title});
    putc(',', out);
  }
  for (int c = first_column; c < tacet_sheet_columns(&sweep->sheet); c++) {
    tacet_csv_key(out, &sweep->sheet, c);
    putc(',', out);
  }
  fputs("infeasible\n", out);
  for (int64_t p = 0; p < sweep->points; p++)
    for (int d = 0; d < sweep->designs; d++)
      for (int r = 0; r < TACET_READINGS; r++)
        if (sweep->state[p] != TACET_NOT_DONE)
          write_csv_row(out, sweep, p, d, r);
}

/* ---- text --------------------------------------------------------------- */

enum { narrowest = 9 };

static int width_of(const char *title) {
  const int length = (int)strlen(title);
  return length > narrowest ? length : narrowest;
}

static int name_width(const tacet_sweep *sweep) {
  int width = (int)strlen("design");
  for (int d = 0; d < sweep->designs; d++)
    if ((int)strlen(sweep->design[d]) > width)
      width = (int)strlen(sweep->design[d]);
  return width;
}

static bool is_shown(const tacet_column *column, const tacet_sweep *sweep) {
  return column->shown == TACET_SHOWN_ALWAYS ||
         column->shown == (sweep->designs == 1 ? TACET_SHOWN_IF_ONE
                                               : TACET_SHOWN_IF_SEVERAL);
}

static void write_titles(FILE *out, const tacet_sweep *sweep, int line) {
  for (int a = 0; a < sweep->axes; a++)
    fprintf(out, "%*s ", width_of(sweep->axis[a].title),
            line ? sweep->axis[a].title : "");
  fprintf(out, " %-*s %-6s", name_width(sweep), line ? "design" : "",
          line ? "read" : "");
  for (int c = 0; c < tacet_column_count; c++)
    if (is_shown(&tacet_columns[c], sweep))
      fprintf(out, " %7s", tacet_columns[c].title[line]);
  putc('\n', out);
}

static void write_text_row(FILE *out, const tacet_sweep *sweep, int64_t point,
                           int design, int reading) {
  const tacet_row row = tacet_sweep_row(sweep, point, design, reading);
  for (int a = 0; a < sweep->axes; a++)
    fprintf(out, "%*.6g ", width_of(sweep->axis[a].title),
            tacet_sweep_value(sweep, point, a));
  fprintf(out, " %-*s %-6s", name_width(sweep), row.accelerator, row.reading);
  if (sweep->state[point] == TACET_NOT_FEASIBLE)
    fprintf(out, " %s", sweep->reason[point]);
  for (int c = 0; c < tacet_column_count; c++)
    if (sweep->state[point] == TACET_DONE && is_shown(&tacet_columns[c], sweep))
      fprintf(out, " %7s", tacet_cell_of(&tacet_columns[c], &row).text);
  putc('\n', out);
}

void tacet_sweep_text(FILE *out, const tacet_sweep *sweep) {
  for (int line = 0; line < 2; line++) write_titles(out, sweep, line);
  for (int64_t p = 0; p < sweep->points; p++) {
    if (sweep->state[p] == TACET_NOT_DONE) continue;
    for (int d = 0; d < sweep->designs; d++)
      for (int r = 0; r < TACET_READINGS; r++)
        if (sweep->state[p] == TACET_DONE || r == TACET_DENSE)
          write_text_row(out, sweep, p, d, r);
  }
}
