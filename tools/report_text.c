/* The report for people, at most 100 columns wide: a table a layer, one of the
   totals, and what is exact in them. */
#include <string.h>

#include "cell.h"

enum { MOST_COLUMNS = 32, PAGE_WIDTH = 100, LEAST_NAME = 4 };

/* ---- layout ------------------------------------------------------------- */

typedef struct layout {
  const tacet_report *report;
  bool shown[MOST_COLUMNS];
  int width[MOST_COLUMNS];
} layout;

/* In characters: a name may hold others than ASCII. */
static int length_of(const char *text) {
  int length = 0;
  for (; *text; text++) length += ((unsigned char)*text & 0xC0) != 0x80;
  return length;
}

static void widen(int *width, const char *text) {
  const int length = length_of(text);
  if (length > *width) *width = length;
}

/* A column of amounts with only zeros is left out. */
static void measure_column(layout *table, int c) {
  const tacet_column *column = &tacet_columns[c];
  const tacet_job *job = table->report->job;
  table->shown[c] = column->style != TACET_STYLE_AMOUNT;
  for (int line = 0; line < 2; line++)
    widen(&table->width[c], column->title[line]);
  for (int l = 0; l <= job->layers; l++) {
    for (int d = 0; d < job->designs; d++) {
      for (int r = 0; r < TACET_READINGS; r++) {
        const tacet_row row = tacet_report_row(table->report, l, d, r);
        if (column->get(&row).number != 0) table->shown[c] = true;
        widen(&table->width[c], tacet_cell_of(column, &row).text);
      }
    }
  }
}

/* The name of the design takes what the other columns leave. */
static void fit_page(layout *table) {
  int total = 0, name = -1;
  for (int c = 0; c < tacet_column_count; c++) {
    if (!table->shown[c]) continue;
    total += table->width[c] + 1;
    if (strcmp(tacet_columns[c].key, "accelerator") == 0) name = c;
  }
  if (name < 0 || total <= PAGE_WIDTH) return;
  table->width[name] -= total - PAGE_WIDTH;
  if (table->width[name] < LEAST_NAME) table->width[name] = LEAST_NAME;
}

static layout measure(const tacet_report *report) {
  layout table = {.report = report};
  const tacet_column_shown also =
      report->job->designs > 1 ? TACET_SHOWN_IF_SEVERAL : TACET_SHOWN_IF_ONE;
  for (int c = 0; c < tacet_column_count; c++)
    if (tacet_columns[c].shown == TACET_SHOWN_ALWAYS ||
        tacet_columns[c].shown == also)
      measure_column(&table, c);
  fit_page(&table);
  return table;
}

/* ---- lines -------------------------------------------------------------- */

/* Bytes of the first `characters` of text. */
static int bytes_of(const char *text, int characters) {
  int bytes = 0;
  while (text[bytes] &&
         (characters > 0 || ((unsigned char)text[bytes] & 0xC0) == 0x80)) {
    characters -= ((unsigned char)text[bytes + 1] & 0xC0) != 0x80;
    bytes++;
  }
  return bytes;
}

/* Writes cell[c] for every column that is shown: words to the left, numbers
   to the right, too long ones cut, without blanks at the end. */
static void write_line(FILE *out, const layout *table, const tacet_cell *cell) {
  int blanks = 0;
  for (int c = 0; c < tacet_column_count; c++) {
    if (!table->shown[c]) continue;
    const char *text = cell[c].text;
    const int width = table->width[c];
    const int length = length_of(text) < width ? length_of(text) : width;
    const tacet_column_style style = tacet_columns[c].style;
    const bool left = style == TACET_STYLE_WORD || style == TACET_STYLE_STARRED;
    if (!left) blanks += width - length;
    if (length > 0) {
      fprintf(out, "%*s%.*s", blanks, "", bytes_of(text, length), text);
      blanks = 0;
    }
    blanks += 1 + (left ? width - length : 0);
  }
  putc('\n', out);
}

static void write_titles(FILE *out, const layout *table) {
  for (int line = 0; line < 2; line++) {
    tacet_cell cell[MOST_COLUMNS];
    for (int c = 0; c < tacet_column_count; c++)
      strcpy(cell[c].text, tacet_columns[c].title[line]);
    write_line(out, table, cell);
  }
}

static void write_rows(FILE *out, const layout *table, int layer) {
  const tacet_report *report = table->report;
  for (int d = 0; d < report->job->designs; d++) {
    for (int r = 0; r < TACET_READINGS; r++) {
      const tacet_row row = tacet_report_row(report, layer, d, r);
      tacet_cell cell[MOST_COLUMNS];
      for (int c = 0; c < tacet_column_count; c++)
        cell[c] = tacet_cell_of(&tacet_columns[c], &row);
      write_line(out, table, cell);
    }
  }
}

/* ---- parts -------------------------------------------------------------- */

static void write_head(FILE *out, const tacet_job *job) {
  fprintf(out, "network %s", job->network.name);
  if (job->profile.name[0]) fprintf(out, ", profile %s", job->profile.name);
  for (int d = 0; d < job->designs; d++)
    fprintf(out, "\naccelerator %s, dataflow %s",
            job->design[d].accelerator.name, job->design[d].dataflow.name);
  fputs("\n\n", out);
}

static void write_layer_head(FILE *out, const tacet_layer *layer) {
  fprintf(out, "\n%s: %s", layer->name, tacet_layer_type_name(layer->type));
  for (int d = 0; d < layer->dims; d++)
    if (layer->dim[d].size > 1)
      fprintf(out, " %s=%lld", layer->dim[d].name,
              (long long)layer->dim[d].size);
  fprintf(out, ", %s MACs", tacet_amount((double)tacet_layer_macs(layer)).text);
  if (layer->repeat > 1)
    fprintf(out, ", run %lld times", (long long)layer->repeat);
  putc('\n', out);
}

static void write_total_head(FILE *out, const tacet_report *report) {
  const int layers = report->job->layers;
  const tacet_figures *total =
      tacet_report_row(report, layers, 0, TACET_DENSE).now;
  fprintf(out, "\ntotal: %d layer%s", layers, layers == 1 ? "" : "s");
  if (total->runs > layers) fprintf(out, ", %lld runs", (long long)total->runs);
  fprintf(out, ", %s MACs\n", tacet_amount(total->algorithmic_macs).text);
}

static bool all_exact(const tacet_report *report) {
  const tacet_job *job = report->job;
  for (int d = 0; d < job->designs; d++)
    if (!tacet_report_row(report, job->layers, d, TACET_SPARSE).now->exact)
      return false;
  return true;
}

static void write_notes(FILE *out, const tacet_report *report) {
  const tacet_job *job = report->job;
  fputs(
      all_exact(report)
          ? "\nEvery figure is exact under the model.\n"
          : "\n* expected values: zeros lie evenly (uniform model). All other "
            "figures are exact.\n",
      out);
  fputs("speed-up", out);
  if (job->designs == 1) fputs(", energy and EDP ratio", out);
  fputs(": of the design's own dense reading over the row's.\n", out);
  if (job->designs > 1)
    fprintf(out,
            "first dense: time, energy and energy x delay of %s, read dense, "
            "over the row's.\n",
            job->design[0].accelerator.name);
}

void tacet_report_text(FILE *out, const tacet_report *report) {
  const layout table = measure(report);
  write_head(out, report->job);
  write_titles(out, &table);
  for (int l = 0; l < report->job->layers; l++) {
    write_layer_head(out, tacet_job_layer(report->job, l));
    write_rows(out, &table, l);
  }
  write_total_head(out, report);
  write_rows(out, &table, report->job->layers);
  write_notes(out, report);
}
