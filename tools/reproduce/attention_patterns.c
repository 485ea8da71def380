/* A layer of BERT-base under four patterns of attention, at growing lengths;
   what patterns leave is counted pair by pair, too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cell.h"
#include "../key.h"
#include "../report.h"
#include "list.h"

static const int64_t lengths[] = {128, 256, 512, 1024, 2048, 4096};

enum {
  LENGTHS = sizeof lengths / sizeof *lengths,
  QK = 0,
  AV = 1,
  LAYER = 2, /* all of it */
  PARTS = 3,
  COLUMNS = LENGTHS + 3,
  BLOCK = 64,       /* of bigbird.yaml */
  HALF_WINDOW = 256 /* of longformer.yaml */
};

static const char *const part_names[PARTS] = {"qk", "av", "layer"};

/* ---- the pairs of tokens that attention uses, by their definitions ------ */

typedef int64_t count_function(int64_t tokens);

static int64_t count_all(int64_t tokens) {
  return tokens * tokens;
}

/* Causal: a token sees itself and those before it. */
static int64_t count_causal(int64_t tokens) {
  int64_t pairs = 0;
  for (int64_t row = 0; row < tokens; row++)
    for (int64_t column = 0; column < tokens; column++) pairs += column <= row;
  return pairs;
}

static int64_t count_window(int64_t tokens) {
  int64_t pairs = 0;
  for (int64_t row = 0; row < tokens; row++)
    for (int64_t column = 0; column < tokens; column++)
      pairs += llabs(column - row) <= HALF_WINDOW;
  return pairs;
}

/* Two global blocks of tokens and a window of three; of the other blocks of a
   row three, and it does not matter which. */
static bool uses_block(int64_t row, int64_t column) {
  enum { GLOBAL = 2, RANDOM = 3 };
  int64_t others = 0;
  for (int64_t c = 0; c <= column; c++) {
    const bool fixed = row < GLOBAL || c < GLOBAL || llabs(c - row) <= 1;
    if (c == column && fixed) return true;
    others += !fixed;
  }
  return others <= RANDOM;
}

static int64_t count_blocks(int64_t tokens) {
  int64_t pairs = 0;
  for (int64_t row = 0; row < tokens; row++)
    for (int64_t column = 0; column < tokens; column++)
      pairs += uses_block(row / BLOCK, column / BLOCK);
  return pairs;
}

/* ---- what tacet says ---------------------------------------------------- */

typedef struct pattern {
  const char *name, *profile; /* NULL: no zeros */
  count_function *count;
} pattern;

static const pattern patterns[] = {
    {"dense", NULL, count_all},
    {"causal", "density-profiles/causal.yaml", count_causal},
    {"window of 512", "density-profiles/longformer.yaml", count_window},
    {"block-random", "density-profiles/bigbird.yaml", count_blocks},
};
enum { PATTERNS = sizeof patterns / sizeof *patterns };

/* A part of the layer, read dense and sparse. */
typedef struct result {
  tacet_figures reading[TACET_READINGS];
} result;

typedef struct finding {
  result at[LENGTHS][PARTS];
} finding;

static double macs_of(const finding *f, int length, int part) {
  return f->at[length][part].reading[TACET_SPARSE].macs.actual;
}

static int part_of(const char *layer) {
  return strcmp(layer, "qk") == 0 ? QK : strcmp(layer, "av") == 0 ? AV : -1;
}

static void take(result of[PARTS], const tacet_report *report) {
  const tacet_job *job = report->job;
  for (int l = 0; l <= job->layers; l++) {
    const int part =
        l == job->layers ? LAYER : part_of(tacet_job_layer(job, l)->name);
    if (part < 0) continue;
    for (int r = 0; r < TACET_READINGS; r++)
      of[part].reading[r] = *tacet_report_row(report, l, 0, r).now;
  }
}

static tacet_status evaluate(finding *f, tacet_job *job, tacet_key *key,
                             tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int i = 0; i < LENGTHS && !status; i++) {
    tacet_report report = {0};
    status = tacet_key_change(key, job, (double)lengths[i], error);
    if (!status) status = tacet_job_read(job, key->parts, error);
    if (!status) status = tacet_job_evaluate_again(job, false, error);
    if (!status) status = tacet_report_make(&report, job, error);
    if (!status) take(f->at[i], &report);
    tacet_report_free(&report);
  }
  return status;
}

static tacet_status find(finding *f, const pattern *p, tacet_error *error) {
  const char *accelerator = "models/accelerators/sanger-like.yaml";
  const tacet_request request = {.command = "run",
                                 .network =
                                     "models/networks/bert-base-layer.yaml",
                                 .profile = p->profile,
                                 .accelerators = 1,
                                 .accelerator = &accelerator};
  tacet_job job;
  tacet_key key = {0};
  tacet_status status = tacet_job_load(&job, &request, error);
  if (!status) status = tacet_key_find(&key, &job, "sequence", error);
  if (!status) status = evaluate(f, &job, &key, error);
  tacet_key_free(&key);
  tacet_job_free(&job);
  return status;
}

/* ---- the table ---------------------------------------------------------- */

enum { TEXT = 2 * TACET_NAME + 4 };

typedef struct row {
  char name[TEXT];
  const char *kind;
  char text[LENGTHS][TEXT];
} row;

static void add_row(tacet_section *section, const pattern *p, const row *r) {
  const char *cells[COLUMNS] = {p->name, r->name, r->kind};
  for (int i = 0; i < LENGTHS; i++) cells[3 + i] = r->text[i];
  section_row(section, cells);
}

static void add_macs(tacet_section *section, const pattern *p,
                     const finding *f) {
  row r = {.name = "MACs of qk, and of av", .kind = "exact"};
  for (int i = 0; i < LENGTHS; i++)
    snprintf(r.text[i], TEXT, "%s", tacet_amount(macs_of(f, i, QK)).text);
  add_row(section, p, &r);
}

/* Cycles and energy of what is dense, else by how much they are less. */
static void add_part(tacet_section *section, const pattern *p, const finding *f,
                     int part) {
  row r = {.kind = "exact"};
  snprintf(r.name, TEXT, "%s: %s", part_names[part],
           p->profile ? "speed-up, energy" : "cycles, energy in J");
  for (int i = 0; i < LENGTHS; i++) {
    const tacet_figures *dense = &f->at[i][part].reading[TACET_DENSE];
    const tacet_figures *sparse = &f->at[i][part].reading[TACET_SPARSE];
    if (!sparse->exact) r.kind = "expected";
    if (p->profile)
      snprintf(r.text[i], TEXT, "%.2f, %.2f", dense->cycles / sparse->cycles,
               dense->energy_pj / sparse->energy_pj);
    else
      snprintf(r.text[i], TEXT, "%s, %s", tacet_amount(dense->cycles).text,
               tacet_amount(dense->energy_pj * 1e-12).text);
  }
  add_row(section, p, &r);
}

static void add_table(tacet_section *section, const finding *findings) {
  char number[LENGTHS][24];
  const char *header[COLUMNS] = {"attention", "figure", "kind"};
  for (int i = 0; i < LENGTHS; i++) {
    snprintf(number[i], sizeof number[i], "%lld", (long long)lengths[i]);
    header[3 + i] = number[i];
  }
  section_table(section, "A layer of BERT-base on sanger-like, over tokens",
                COLUMNS, header);
  for (int i = 0; i < PATTERNS; i++) {
    add_macs(section, &patterns[i], &findings[i]);
    for (int part = 0; part < PARTS; part++)
      add_part(section, &patterns[i], &findings[i], part);
  }
}

static void draw(tacet_section *section, const finding *findings) {
  section_picture(section, "A layer of BERT-base, against dense attention",
                  "tokens", "times as fast", true, false);
  for (int i = 1; i < PATTERNS; i++) {
    section_series(section, patterns[i].name, SECTION_LINES);
    for (int j = 0; j < LENGTHS; j++) {
      const tacet_figures *of = findings[i].at[j][LAYER].reading;
      section_point(section, (double)lengths[j],
                    of[TACET_DENSE].cycles / of[TACET_SPARSE].cycles);
    }
  }
}

/* Twelve heads, and for each pair 64 MACs. */
static void add_target(tacet_section *section, const finding *findings) {
  int equal = 0;
  for (int i = 0; i < PATTERNS; i++)
    for (int j = 0; j < LENGTHS; j++) {
      const double macs = 12 * 64 * (double)patterns[i].count(lengths[j]);
      for (int part = QK; part <= AV; part++)
        equal += macs_of(&findings[i], j, part) == macs;
    }
  char must[32], reached[32];
  const int all = PATTERNS * LENGTHS * 2;
  snprintf(must, sizeof must, "%d of %d exact", all, all);
  snprintf(reached, sizeof reached, "%d of %d exact", equal, all);
  section_target(section, equal == all, "Attention: MACs, pair by pair", must,
                 reached, "");
}

tacet_status section_attention_patterns(tacet_section *section,
                                        const char *data, tacet_error *error) {
  (void)data;
  finding findings[PATTERNS];
  tacet_status status = TACET_OK;
  for (int i = 0; i < PATTERNS && !status; i++)
    status = find(&findings[i], &patterns[i], error);
  if (status) return status;
  section_says(
      section,
      "Queries by keys (qk) make only the scores that attention uses, known "
      "beforehand: output sparsity. In attention by values (av) the others are "
      "zeros of an operand. The layer is these two and its six other products, "
      "which stay dense. MACs are those done for each of the two, of twelve "
      "heads; they are held against a count of all pairs of tokens. Figures "
      "of zeros are against the same design read dense, which is its dense "
      "twin. In qk it is expected how many scores leave in a step.");
  add_table(section, findings);
  draw(section, findings);
  add_target(section, findings);
  return TACET_OK;
}
