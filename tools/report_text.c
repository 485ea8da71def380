/* The report for people, at most 100 columns wide: a table a layer, one of the
   totals, and what is exact in them. */
#include <string.h>

#include "../sparse/spelling.h"
#include "cell.h"

enum { MOST_COLUMNS = 32, PAGE_WIDTH = 100, LEAST_LABEL = 9 };

/* ---- layout ------------------------------------------------------------- */

/* Rows begin with a label: of several designs the name of one for its dense
   reading, and below it "sparse". */
typedef struct layout {
  const tacet_report *report;
  int label_width;
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

static tacet_cell label_of(const layout *table, const tacet_row *row) {
  const bool several = table->report->job->designs > 1;
  tacet_cell label;
  if (several && row->now == row->dense)
    snprintf(label.text, sizeof label.text, "%s", row->accelerator);
  else
    snprintf(label.text, sizeof label.text, "%s%s%s", several ? "  " : "",
             row->reading, row->now->exact ? "" : "*");
  return label;
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

/* Labels take what the columns leave of the page. */
static void measure_labels(layout *table) {
  const tacet_job *job = table->report->job;
  int room = PAGE_WIDTH;
  for (int c = 0; c < tacet_column_count; c++)
    if (table->shown[c]) room -= table->width[c] + 1;
  table->label_width = LEAST_LABEL;
  for (int d = 0; job->designs > 1 && d < job->designs; d++)
    widen(&table->label_width, job->design[d].accelerator.name);
  if (table->label_width > room) table->label_width = room;
}

static layout measure(const tacet_report *report) {
  layout table = {.report = report};
  const tacet_column_shown also =
      report->job->designs > 1 ? TACET_SHOWN_IF_SEVERAL : TACET_SHOWN_IF_ONE;
  for (int c = 0; c < tacet_column_count; c++)
    if (tacet_columns[c].shown == TACET_SHOWN_ALWAYS ||
        tacet_columns[c].shown == also)
      measure_column(&table, c);
  measure_labels(&table);
  return table;
}

/* ---- lines -------------------------------------------------------------- */

/* Bytes of the first `characters` of text. */
static int bytes_of(const char *text, int characters) {
  int bytes = 0;
  for (; text[bytes]; bytes++)
    if (((unsigned char)text[bytes] & 0xC0) != 0x80 && characters-- == 0) break;
  return bytes;
}

/* Labels and words stand left, numbers right; labels too long are cut; no
   blanks at the end. */
static void write_line(FILE *out, const layout *table, const char *label,
                       const tacet_cell *cell) {
  fprintf(out, "%.*s", bytes_of(label, table->label_width), label);
  int blanks = table->label_width - length_of(label);
  if (blanks < 0) blanks = 0;
  for (int c = 0; c < tacet_column_count; c++) {
    if (!table->shown[c]) continue;
    const int length = length_of(cell[c].text);
    const int room = table->width[c] - length;
    const bool left = tacet_columns[c].style == TACET_STYLE_WORD;
    blanks += 1 + (left ? 0 : room);
    if (length > 0) {
      fprintf(out, "%*s%s", blanks, "", cell[c].text);
      blanks = 0;
    }
    if (left) blanks += room;
  }
  putc('\n', out);
}

static void write_titles(FILE *out, const layout *table) {
  static const char *const labels[] = {"dense", "  sparse"};
  for (int line = 0; line < 2; line++) {
    tacet_cell cell[MOST_COLUMNS];
    for (int c = 0; c < tacet_column_count; c++)
      strcpy(cell[c].text, tacet_columns[c].title[line]);
    write_line(out, table, table->report->job->designs > 1 ? labels[line] : "",
               cell);
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
      write_line(out, table, label_of(table, &row).text, cell);
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

/* A line for each directive that --fit changed. */
static void write_fitted(FILE *out, const tacet_job *job, int layer) {
  for (int d = 0; d < job->designs; d++) {
    const char *at = tacet_job_point(job, layer, d)->fitted;
    while (*at) {
      const size_t length = strcspn(at, ";");
      fprintf(out, "to fit %s, %.*s\n", job->design[d].accelerator.name,
              (int)length, at);
      at += length + strspn(at + length, "; ");
    }
  }
}

/* A line for each design that leaves formats to the layer. */
static void write_chosen(FILE *out, const tacet_job *job, int layer) {
  for (int d = 0; d < job->designs; d++) {
    const char *chosen = tacet_job_point(job, layer, d)->chosen;
    if (chosen[0])
      fprintf(out, "best formats of %s: %s\n", job->design[d].accelerator.name,
              chosen);
  }
}

/* A line for each design whose balance puts outputs or inputs in another
   order. */
static void write_moved(FILE *out, const tacet_job *job, int layer) {
  for (int d = 0; d < job->designs; d++) {
    const int64_t *moved = tacet_job_point(job, layer, d)->moved;
    const char *name = job->design[d].accelerator.name;
    if (moved[TACET_OUTPUT])
      fprintf(out, "balance of %s: %s outputs come out in another order\n",
              name, tacet_amount((double)moved[TACET_OUTPUT]).text);
    if (moved[TACET_INPUT])
      fprintf(out, "balance of %s: %s inputs are wanted in another order\n",
              name, tacet_amount((double)moved[TACET_INPUT]).text);
  }
}

/* ---- buffers at cluster boundaries -------------------------------------- */

enum { BUFFER_LABEL = 36, BUFFER_CELL = 8 };

static void write_buffer_head(FILE *out, const tacet_row *row,
                              const tacet_buffer *buffer, bool several) {
  for (int line = 0; line < 2; line++) {
    char name[TACET_NAME] = "";
    if (line == 1)
      snprintf(name, sizeof name, "%s%s%.*s", buffer->name,
               several ? " of " : "",
               several ? bytes_of(row->accelerator, 15) : 0, row->accelerator);
    fprintf(out, "%s%*s", name, BUFFER_LABEL - length_of(name), "");
    for (int f = 0; f < TACET_BUFFER_FIGURES; f++)
      fprintf(out, "%*s", BUFFER_CELL, tacet_buffer_columns[f].title[line]);
    putc('\n', out);
  }
}

static void write_buffer(FILE *out, const tacet_row *row, int index) {
  const tacet_buffer *buffer = &row->now->buffer[index];
  for (int t = 0; t < TACET_TENSORS; t++) {
    fprintf(out, "  %-7s%s%*s", tacet_slot_name(t), row->reading,
            BUFFER_LABEL - 9 - length_of(row->reading), "");
    for (int f = 0; f < TACET_BUFFER_FIGURES; f++) {
      const tacet_buffer_column *column = &tacet_buffer_columns[f];
      const double value = buffer->figure[t][f];
      fprintf(out, "%*s", BUFFER_CELL,
              tacet_styled(column->style, value * column->scale).text);
    }
    putc('\n', out);
  }
}

/* A table for each of them, if a design has any. */
static void write_buffers(FILE *out, const tacet_report *report, int layer) {
  const int designs = report->job->designs;
  for (int d = 0; d < designs; d++) {
    const tacet_row dense = tacet_report_row(report, layer, d, TACET_DENSE);
    for (int i = 0; i < dense.now->buffers; i++) {
      write_buffer_head(out, &dense, &dense.now->buffer[i], designs > 1);
      for (int r = 0; r < TACET_READINGS; r++) {
        const tacet_row row = tacet_report_row(report, layer, d, r);
        write_buffer(out, &row, i);
      }
    }
  }
}

/* ---- all ---------------------------------------------------------------- */

static void write_total_head(FILE *out, const tacet_report *report) {
  const int layers = report->job->layers;
  const tacet_figures *total =
      tacet_report_row(report, layers, 0, TACET_DENSE).now;
  fprintf(out, "\ntotal: %d layer%s", layers, layers == 1 ? "" : "s");
  if (total->runs > layers) fprintf(out, ", %lld runs", (long long)total->runs);
  fprintf(out, ", %s MACs\n", tacet_amount(total->algorithmic_macs).text);
}

/* What the stars in the table mean. */
static void write_certainty(FILE *out, const tacet_report *report) {
  const tacet_job *job = report->job;
  bool exact = true, sampled = false;
  for (int d = 0; d < job->designs; d++) {
    const tacet_row row =
        tacet_report_row(report, job->layers, d, TACET_SPARSE);
    exact &= row.now->exact;
    sampled |= row.now->sampled;
  }
  if (exact) {
    fputs("\nEvery figure is exact under the model.\n", out);
    return;
  }
  fputs("\n* expected values, as the models of the zeros say. All other "
        "figures are exact.\n",
        out);
  if (sampled)
    fputs("  Beside a mask too large to count its boxes, what a model says of "
          "another tensor is a sample: one mask drawn from it (seed 1 for "
          "weights, 2 for inputs, 3 for outputs).\n",
          out);
}

static void write_notes(FILE *out, const tacet_report *report) {
  const tacet_job *job = report->job;
  write_certainty(out, report);
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
    write_fitted(out, report->job, l);
    write_chosen(out, report->job, l);
    write_moved(out, report->job, l);
    write_rows(out, &table, l);
    write_buffers(out, report, l);
  }
  write_total_head(out, report);
  write_rows(out, &table, report->job->layers);
  write_buffers(out, report, report->job->layers);
  write_notes(out, report);
}
