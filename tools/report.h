/* Reports: the rows of a job's results and their columns, which text, CSV,
   JSON and help all take from one table. */
#ifndef TACET_REPORT_H
#define TACET_REPORT_H

#include <stdio.h>

#include "job.h"

/* ---- figures ------------------------------------------------------------ */

/* What is shown of a buffer at a cluster boundary and a tensor. */
typedef enum tacet_buffer_figure {
  TACET_BUFFER_READS,
  TACET_BUFFER_WRITES,
  TACET_BUFFER_WORDS,
  TACET_BUFFER_BITS,
  TACET_BUFFER_ENERGY,
  TACET_BUFFER_NETWORK_ENERGY,
  TACET_BUFFER_OCCUPANCY,
  TACET_BUFFER_FIGURES
} tacet_buffer_figure;

enum { TACET_MAX_BUFFERS = TACET_MAX_STORAGE - 3 };

typedef struct tacet_buffer {
  char name[16];
  double figure[TACET_TENSORS][TACET_BUFFER_FIGURES];
} tacet_buffer;

/* What is shown of a reading, in sums, so that layers add up to a total. */
typedef struct tacet_figures {
  bool exact;   /* all of it */
  bool sampled; /* some of it is of samples of models */
  int64_t runs; /* of layers */
  double algorithmic_macs;
  tacet_split macs;
  double cycles;
  double compute_cycles;
  double seconds;
  double energy_pj;
  double dram_bits; /* both ways */
  double busiest;
  double mean_slots;
  double macs_offered; /* multipliers * cycles */
  double bound_cycles[TACET_BOUND_DRAM +
                      1]; /* of runs by what bounds them, as tacet_bound */
  int buffers;            /* outermost first */
  tacet_buffer buffer[TACET_MAX_BUFFERS];
} tacet_figures;

/* Fills the buffers of a reading's figures. */
void tacet_buffers_of(tacet_figures *figures, const tacet_nest *nest,
                      const tacet_accelerator *accelerator,
                      const tacet_counts *counts);

/* Adds those of a layer that runs so often to a total. */
void tacet_buffers_add(tacet_figures *total, const tacet_figures *layer,
                       double times);

/* Which buffers have columns: every name that a design gives to one. */
typedef struct tacet_sheet {
  int buffers;
  char (*buffer)[16]; /* owned; [buffers] */
} tacet_sheet;

/* "exact", "expected", or "sampled" */
const char *tacet_figures_kind(const tacet_figures *figures);

typedef struct tacet_report {
  const tacet_job *job; /* borrowed */
  tacet_sheet sheet;    /* owned */
  /* owned; [layers + 1][designs][TACET_READINGS]; the last of the layers is
     the total, each layer counted as often as the network repeats it */
  tacet_figures *figures;
} tacet_report;

tacet_status tacet_report_make(tacet_report *report, const tacet_job *job,
                               tacet_error *error);
void tacet_report_free(tacet_report *report);

/* ---- rows --------------------------------------------------------------- */

/* One reading of a layer, or of all of them, on a design. */
typedef struct tacet_row {
  const char *layer; /* "total" for all */
  const char *type;  /* "all" for all */
  const char *accelerator;
  const char *reading;        /* "dense" or "sparse" */
  const tacet_figures *now;   /* of this row */
  const tacet_figures *dense; /* of the same design, read dense */
  const tacet_figures *first; /* of the first design, read dense */
} tacet_row;

/* `layer` is job->layers for the total. */
tacet_row tacet_report_row(const tacet_report *report, int layer, int design,
                           int reading);

/* ---- columns ------------------------------------------------------------ */

typedef enum tacet_column_kind {
  TACET_KEY,     /* says which row it is */
  TACET_EXACT,   /* an exact figure in every row */
  TACET_EXPECTED /* exact in exact rows, else an expected value */
} tacet_column_kind;

/* How text shows a number, and where the column is left out of it. */
typedef enum tacet_column_style {
  TACET_STYLE_WORD,
  TACET_STYLE_AMOUNT, /* 1.23 G */
  TACET_STYLE_RATIO,  /* 1.23 */
  TACET_STYLE_PERCENT
} tacet_column_style;

typedef enum tacet_column_shown {
  TACET_SHOWN_NEVER,
  TACET_SHOWN_ALWAYS,
  TACET_SHOWN_IF_ONE, /* design */
  TACET_SHOWN_IF_SEVERAL
} tacet_column_shown;

/* text is NULL for a number; a number that has no value is NaN. */
typedef struct tacet_value {
  const char *text;
  double number;
} tacet_value;

typedef struct tacet_column {
  const char *key; /* in CSV and JSON: name and unit */
  tacet_column_kind kind;
  tacet_value (*get)(const tacet_row *row);
  const char *help;
  tacet_column_shown shown; /* in text */
  tacet_column_style style;
  const char *title[2]; /* two lines over the column */
  double scale;         /* from the unit of `key` to that of `title` */
} tacet_column;

extern const tacet_column tacet_columns[];
extern const int tacet_column_count;

/* A column of each buffer and tensor, behind those. */
typedef struct tacet_buffer_column {
  const char *key; /* comes after the names of the buffer and the tensor */
  const char *help;
  tacet_column_style style;
  const char *title[2];
  double scale;
  bool is_share; /* in the total the largest, not the sum */
} tacet_buffer_column;

extern const tacet_buffer_column tacet_buffer_columns[TACET_BUFFER_FIGURES];

/* Takes up the buffers that it does not have yet. Free it in any case. */
tacet_status tacet_sheet_add(tacet_sheet *sheet, const tacet_figures *figures,
                             tacet_error *error);
void tacet_sheet_free(tacet_sheet *sheet);

/* All columns: tacet_columns, then those of buffers by buffer, tensor and
   figure. A design without the buffer has no value there. */
typedef struct tacet_column_key {
  char text[64]; /* "row_weight_reads" */
} tacet_column_key;

int tacet_sheet_columns(const tacet_sheet *sheet);
tacet_column_key tacet_sheet_key(const tacet_sheet *sheet, int column);
tacet_value tacet_sheet_value(const tacet_sheet *sheet, int column,
                              const tacet_row *row);

/* Lists the columns: a star marks what may be an expected value. */
void tacet_columns_help(FILE *out);

/* ---- the three reports -------------------------------------------------- */

/* Writing to `out` may fail; the caller asks ferror. JSON also needs memory of
   its own. */
void tacet_report_text(FILE *out, const tacet_report *report);
void tacet_report_csv(FILE *out, const tacet_report *report);
tacet_status tacet_report_json(FILE *out, const tacet_report *report,
                               tacet_error *error);

/* A field of CSV; it is empty where a number has no value. */
void tacet_csv_value(FILE *out, const tacet_value *value);

/* A column's key as the head of a CSV has it. */
void tacet_csv_key(FILE *out, const tacet_sheet *sheet, int column);

#endif
