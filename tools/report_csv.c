/* The report as CSV (RFC 4180 with plain line ends): a row a layer, design and
   reading, then the totals. */
#include <math.h>
#include <string.h>

#include "report.h"

static void write_word(FILE *out, const char *text) {
  if (!text[strcspn(text, ",\"\r\n")]) {
    fputs(text, out);
    return;
  }
  putc('"', out);
  for (; *text; text++) {
    if (*text == '"') putc('"', out);
    putc(*text, out);
  }
  putc('"', out);
}

void tacet_csv_value(FILE *out, const tacet_value *value) {
  if (value->text)
    write_word(out, value->text);
  else if (!isnan(value->number))
    fprintf(out, "%.17g", value->number);
}

static void write_row(FILE *out, const tacet_sheet *sheet,
                      const tacet_row *row) {
  for (int c = 0; c < tacet_sheet_columns(sheet); c++) {
    const tacet_value value = tacet_sheet_value(sheet, c, row);
    if (c) putc(',', out);
    tacet_csv_value(out, &value);
  }
  putc('\n', out);
}

void tacet_csv_key(FILE *out, const tacet_sheet *sheet, int column) {
  write_word(out, tacet_sheet_key(sheet, column).text);
}

void tacet_report_csv(FILE *out, const tacet_report *report) {
  const tacet_sheet *sheet = &report->sheet;
  for (int c = 0; c < tacet_sheet_columns(sheet); c++) {
    if (c) putc(',', out);
    tacet_csv_key(out, sheet, c);
  }
  putc('\n', out);
  for (int l = 0; l <= report->job->layers; l++) {
    for (int d = 0; d < report->job->designs; d++) {
      for (int r = 0; r < TACET_READINGS; r++) {
        const tacet_row row = tacet_report_row(report, l, d, r);
        write_row(out, sheet, &row);
      }
    }
  }
}
