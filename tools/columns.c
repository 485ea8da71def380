/* The columns of every report, each defined once. */
#include "report.h"

#include <math.h>

/* ---- getters ------------------------------------------------------------ */

static tacet_value word(const char *text) {
  return (tacet_value){.text = text};
}

static tacet_value number(double value) {
  return (tacet_value){.number = value};
}

/* Not a number where there is nothing to compare. */
static tacet_value ratio(double reference, double value) {
  return number(reference == 0 && value == 0 ? NAN : reference / value);
}

static tacet_value layer(const tacet_row *row) {
  return word(row->layer);
}

static tacet_value type(const tacet_row *row) {
  return word(row->type);
}

static tacet_value accelerator(const tacet_row *row) {
  return word(row->accelerator);
}

static tacet_value reading(const tacet_row *row) {
  return word(row->reading);
}

static tacet_value exact(const tacet_row *row) {
  return word(row->now->exact ? "true" : "false");
}

static tacet_value kind(const tacet_row *row) {
  return word(tacet_figures_kind(row->now));
}

static tacet_value runs(const tacet_row *row) {
  return number((double)row->now->runs);
}

static tacet_value algorithmic_macs(const tacet_row *row) {
  return number(row->now->algorithmic_macs);
}

static tacet_value actual_macs(const tacet_row *row) {
  return number(row->now->macs.actual);
}

static tacet_value gated_macs(const tacet_row *row) {
  return number(row->now->macs.gated);
}

static tacet_value skipped_macs(const tacet_row *row) {
  return number(row->now->macs.skipped);
}

static tacet_value cycles(const tacet_row *row) {
  return number(row->now->cycles);
}

static tacet_value compute_cycles(const tacet_row *row) {
  return number(row->now->compute_cycles);
}

static tacet_value seconds(const tacet_row *row) {
  return number(row->now->seconds);
}

static tacet_value energy(const tacet_row *row) {
  return number(row->now->energy_pj);
}

static tacet_value dram(const tacet_row *row) {
  return number(row->now->dram_bits);
}

static tacet_value utilisation(const tacet_row *row) {
  const tacet_figures *now = row->now;
  return number(now->macs_offered > 0 ? now->macs.actual / now->macs_offered
                                      : 0);
}

static tacet_value imbalance(const tacet_row *row) {
  const tacet_figures *now = row->now;
  return number(now->mean_slots > 0 ? now->busiest / now->mean_slots : 1);
}

static tacet_value bound(const tacet_row *row) {
  const double *spent = row->now->bound_cycles;
  int most = TACET_BOUND_COMPUTE;
  for (int b = most; b <= TACET_BOUND_DRAM; b++)
    if (spent[b] > spent[most]) most = b;
  return word(tacet_bound_names[most]);
}

/* ---- comparisons: the reference over this row; more is better ----------- */

static double energy_delay(const tacet_figures *figures) {
  return figures->energy_pj * figures->seconds;
}

static tacet_value speed_up(const tacet_row *row) {
  return ratio(row->dense->cycles, row->now->cycles);
}

static tacet_value energy_ratio(const tacet_row *row) {
  return ratio(row->dense->energy_pj, row->now->energy_pj);
}

static tacet_value edp_ratio(const tacet_row *row) {
  return ratio(energy_delay(row->dense), energy_delay(row->now));
}

static tacet_value speed_up_to_first(const tacet_row *row) {
  return ratio(row->first->seconds, row->now->seconds);
}

static tacet_value energy_ratio_to_first(const tacet_row *row) {
  return ratio(row->first->energy_pj, row->now->energy_pj);
}

static tacet_value edp_ratio_to_first(const tacet_row *row) {
  return ratio(energy_delay(row->first), energy_delay(row->now));
}

/* ---- the table ---------------------------------------------------------- */

/* How a column looks in text: left out, or when it is shown, under which two
   lines, and scaled by what. */
#define UNSEEN TACET_SHOWN_NEVER, TACET_STYLE_WORD, {"", ""}, 1
#define WORD(title) TACET_SHOWN_ALWAYS, TACET_STYLE_WORD, {"", title}, 1
#define AMOUNT(when, over, title, scale)                                       \
  TACET_SHOWN_##when, TACET_STYLE_AMOUNT, {over, title}, scale
#define RATIO(when, over, title)                                               \
  TACET_SHOWN_##when, TACET_STYLE_RATIO, {over, title}, 1
#define PERCENT(over) TACET_SHOWN_ALWAYS, TACET_STYLE_PERCENT, {over, "%"}, 100

const tacet_column tacet_columns[] = {
    {"layer", TACET_KEY, layer, "a layer, or \"total\"", UNSEEN},
    {"type", TACET_KEY, type, "CONV, DWCONV, FC, GEMM; of the total \"all\"",
     UNSEEN},
    {"accelerator", TACET_KEY, accelerator, "the design", UNSEEN},
    {"reading", TACET_KEY, reading, "dense, as if nothing were zero; or sparse",
     UNSEEN},
    {"exact", TACET_KEY, exact, "false: figures marked * are expected values",
     UNSEEN},
    {"kind", TACET_KEY, kind,
     "exact, expected, or sampled: of masks drawn from a model", UNSEEN},
    {"runs", TACET_EXACT, runs, "1; in the total those of all layers", UNSEEN},
    {"macs_algorithmic", TACET_EXACT, algorithmic_macs,
     "MACs of the layer: the sum of the next three", UNSEEN},
    {"macs_actual", TACET_EXPECTED, actual_macs, "MACs that are computed",
     AMOUNT(ALWAYS, "MACs", "actual", 1)},
    {"macs_gated", TACET_EXPECTED, gated_macs,
     "MACs that take their time but no energy",
     AMOUNT(ALWAYS, "MACs", "gated", 1)},
    {"macs_skipped", TACET_EXPECTED, skipped_macs,
     "MACs that take neither time nor energy",
     AMOUNT(ALWAYS, "MACs", "skipped", 1)},
    {"cycles", TACET_EXPECTED, cycles, "from the first fill to the last drain",
     AMOUNT(ALWAYS, "run", "cycles", 1)},
    {"compute_cycles", TACET_EXPECTED, compute_cycles,
     "of them those of the busiest PE, summed over the steps",
     AMOUNT(IF_ONE, "compute", "cycles", 1)},
    {"time_s", TACET_EXPECTED, seconds, "cycles / clock", UNSEEN},
    {"energy_pJ", TACET_EXPECTED, energy, "of MACs and all data movement",
     AMOUNT(ALWAYS, "energy", "J", 1e-12)},
    {"dram_bit", TACET_EXPECTED, dram, "to and from DRAM, with metadata",
     AMOUNT(ALWAYS, "DRAM", "bit", 1)},
    {"utilisation", TACET_EXPECTED, utilisation,
     "actual MACs / (multipliers * cycles)", PERCENT("util")},
    {"imbalance", TACET_EXPECTED, imbalance,
     "work of the busiest PE / of the mean PE",
     RATIO(ALWAYS, "imba-", "lance")},
    {"bound", TACET_EXPECTED, bound,
     "compute, noc, clusters or dram: what is busy longest; in the total "
     "that of most cycles",
     WORD("bound")},
    {"speed_up", TACET_EXPECTED, speed_up,
     "cycles of the design's dense reading / cycles",
     RATIO(ALWAYS, "speed", "-up")},
    {"energy_ratio", TACET_EXPECTED, energy_ratio, "energy, likewise",
     RATIO(IF_ONE, "energy", "ratio")},
    {"edp_ratio", TACET_EXPECTED, edp_ratio, "energy * delay, likewise",
     RATIO(IF_ONE, "EDP", "ratio")},
    {"speed_up_to_first", TACET_EXPECTED, speed_up_to_first,
     "time of the first design's dense reading / time",
     RATIO(IF_SEVERAL, "first", "speed")},
    {"energy_ratio_to_first", TACET_EXPECTED, energy_ratio_to_first,
     "energy, likewise", RATIO(IF_SEVERAL, "dense:", "energy")},
    {"edp_ratio_to_first", TACET_EXPECTED, edp_ratio_to_first,
     "energy * delay, likewise", RATIO(IF_SEVERAL, "", "EDP")},
};

const int tacet_column_count = sizeof tacet_columns / sizeof *tacet_columns;

void tacet_columns_help(FILE *out) {
  for (int c = 0; c < tacet_column_count; c++)
    fprintf(out, "  %-22s%c %s\n", tacet_columns[c].key,
            tacet_columns[c].kind == TACET_EXPECTED ? '*' : ' ',
            tacet_columns[c].help);
  fputs("and of each buffer at a cluster boundary and tensor, as in "
        "row_weight_reads,\n",
        out);
  for (int f = 0; f < TACET_BUFFER_FIGURES; f++)
    fprintf(out, "  %-22s%c %s\n", tacet_buffer_columns[f].key,
            f == TACET_BUFFER_OCCUPANCY ? ' ' : '*',
            tacet_buffer_columns[f].help);
}
