/* The comparison as text and as CSV. */
#include <math.h>
#include <string.h>

#include "against.h"

enum { CODES = 96 };

static const char *const names[TACET_QUANTITIES] = {
    [TACET_QUANTITY_MACS] = "macs",
    [TACET_QUANTITY_CYCLES] = "cycles",
    [TACET_QUANTITY_INPUT] = "input reads",
    [TACET_QUANTITY_WEIGHT] = "weight reads",
    [TACET_QUANTITY_OUTPUT] = "output writes"};

/* How the layers came out. */
typedef struct summary {
  int alike, differ, both_refuse, maestro_refuses, tacet_refuses;
  int unknown;               /* layers with a difference that has no reason */
  int layers[TACET_REASONS]; /* with a difference that has it */
} summary;

/* ---- parts -------------------------------------------------------------- */

static void codes_of(char text[CODES], tacet_reason_set set) {
  size_t used = 0;
  text[0] = '\0';
  for (int r = 0; r < TACET_REASONS; r++)
    if (set >> r & 1)
      used += (size_t)snprintf(text + used, CODES - used, "%s%s",
                               used ? " " : "", tacet_reason_codes[r]);
  if (!set) snprintf(text, CODES, "unknown");
}

static void sum_up(summary *sum, const tacet_comparison *layer) {
  const bool maestro = layer->maestro_error.status != TACET_OK;
  const bool tacet = layer->tacet_error.status != TACET_OK;
  tacet_reason_set set = 0;
  bool differs = false, unknown = false;
  for (int q = 0; q < TACET_QUANTITIES; q++) {
    if (!tacet_against_differs(layer, q)) continue;
    differs = true;
    unknown |= layer->why[q] == 0;
    set |= layer->why[q];
  }
  sum->both_refuse += maestro && tacet;
  sum->maestro_refuses += maestro && !tacet;
  sum->tacet_refuses += tacet && !maestro;
  sum->differ += differs;
  sum->alike += !maestro && !tacet && !differs;
  sum->unknown += unknown;
  for (int r = 0; r < TACET_REASONS; r++) sum->layers[r] += (int)(set >> r & 1);
}

/* ---- text --------------------------------------------------------------- */

static void write_error(FILE *out, const char *who, const tacet_error *error) {
  char text[1200];
  tacet_error_text(error, text, sizeof text);
  fprintf(out, "  %s: %s\n", who, text);
}

static void write_layer(FILE *out, const tacet_comparison *layer) {
  const bool maestro = layer->maestro_error.status == TACET_OK;
  const bool tacet = layer->tacet_error.status == TACET_OK;
  fprintf(out, "\n%s\n", layer->layer);
  if (!maestro)
    write_error(out, "the published tool stops", &layer->maestro_error);
  if (!tacet) write_error(out, "tacet refuses", &layer->tacet_error);
  for (int q = 0; q < TACET_QUANTITIES && (maestro || tacet); q++) {
    char cell[2][24] = {"-", "-"}, ratio[24] = "-", codes[CODES] = "";
    if (maestro) snprintf(cell[0], 24, "%lld", (long long)layer->maestro[q]);
    if (tacet) snprintf(cell[1], 24, "%lld", (long long)layer->tacet[q]);
    if (maestro && tacet && layer->tacet[q] > 0)
      snprintf(ratio, 24, "%.3f",
               (double)layer->maestro[q] / (double)layer->tacet[q]);
    if (tacet_against_differs(layer, q)) codes_of(codes, layer->why[q]);
    fprintf(out, "  %-13s %16s %16s %9s%s%s\n", names[q], cell[0], cell[1],
            ratio, codes[0] ? "  " : "", codes);
  }
}

static void write_summary(FILE *out, const summary *sum, int layers) {
  fprintf(out, "\nReasons, and in how many layers each stands beside a "
               "difference:\n");
  for (int r = 0; r < TACET_REASONS; r++)
    if (sum->layers[r])
      fprintf(out, "  %-4s%6d  %s\n", tacet_reason_codes[r], sum->layers[r],
              tacet_reason_texts[r]);
  fprintf(out,
          "%d layer%s: %d alike, %d differ, %d only the published tool can "
          "run, %d only tacet,\n%d neither; unknown: %d\n",
          layers, layers == 1 ? "" : "s", sum->alike, sum->differ,
          sum->tacet_refuses, sum->maestro_refuses, sum->both_refuse,
          sum->unknown);
}

static void write_text(FILE *out, const char *network, const char *accelerator,
                       const tacet_comparison *comparison, int layers) {
  summary sum = {.alike = 0};
  fprintf(out, "network %s, accelerator %s\n%-15s %16s %16s %9s  %s\n", network,
          accelerator, "", "maestro", "tacet", "ratio", "reasons");
  for (int l = 0; l < layers; l++) {
    write_layer(out, &comparison[l]);
    sum_up(&sum, &comparison[l]);
  }
  write_summary(out, &sum, layers);
}

/* ---- CSV ---------------------------------------------------------------- */

static void write_quoted(FILE *out, const char *text) {
  putc('"', out);
  for (; *text; text++) fprintf(out, *text == '"' ? "\"%c" : "%c", *text);
  putc('"', out);
}

static void write_csv(FILE *out, const tacet_comparison *comparison,
                      int layers) {
  fputs("layer,quantity,maestro,tacet,ratio,reasons,maestro_error,"
        "tacet_error\n",
        out);
  for (int l = 0; l < layers; l++) {
    const tacet_comparison *layer = &comparison[l];
    const bool maestro = layer->maestro_error.status == TACET_OK;
    const bool tacet = layer->tacet_error.status == TACET_OK;
    for (int q = 0; q < TACET_QUANTITIES; q++) {
      char codes[CODES] = "";
      if (tacet_against_differs(layer, q)) codes_of(codes, layer->why[q]);
      write_quoted(out, layer->layer);
      fprintf(out, ",%s,", names[q]);
      if (maestro) fprintf(out, "%lld", (long long)layer->maestro[q]);
      putc(',', out);
      if (tacet) fprintf(out, "%lld", (long long)layer->tacet[q]);
      putc(',', out);
      if (maestro && tacet && layer->tacet[q] > 0)
        fprintf(out, "%.9g",
                (double)layer->maestro[q] / (double)layer->tacet[q]);
      fprintf(out, ",%s,", codes);
      write_quoted(out, maestro ? "" : layer->maestro_error.message);
      putc(',', out);
      write_quoted(out, tacet ? "" : layer->tacet_error.message);
      putc('\n', out);
    }
  }
}

void tacet_against_report(FILE *out, tacet_output_format format,
                          const char *network, const char *accelerator,
                          const tacet_comparison *comparison, int layers) {
  if (format == TACET_CSV)
    write_csv(out, comparison, layers);
  else
    write_text(out, network, accelerator, comparison, layers);
}
