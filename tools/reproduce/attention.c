/* At which sequence length sparse attention designs start to pay. */
#include <stdio.h>

#include "../crossing.h"
#include "../report.h"
#include "design.h"
#include "list.h"

/* A pattern on a design. */
typedef struct pairing {
  const char *design, *profile;
} pairing;

/* The window on every design, and every pattern on one of them. */
static const pairing pairings[] = {
    {"sanger-like", "longformer"},  {"vitcod-like", "longformer"},
    {"spatten-like", "longformer"}, {"sanger-like", "bigbird"},
    {"sanger-like", "strided"},     {"sanger-like", "causal"},
};

static const double lengths[] = {128, 192, 256,  320,  384,  448, 512,
                                 640, 768, 1024, 2048, 4096, 8192};
enum {
  PAIRINGS = sizeof pairings / sizeof *pairings,
  LENGTHS = sizeof lengths / sizeof *lengths,
  SHOWN = 3 /* of the lengths, from the longest, in the table */
};

typedef struct finding {
  tacet_sample sample[LENGTHS];
  double macs; /* of av, at the longest */
} finding;

/* The twin is called NAME-dense. */
static tacet_status find(finding *f, const pairing *p, tacet_error *error) {
  enum { LENGTH = 128 };
  char dense[LENGTH], sparse[LENGTH], profile[LENGTH];
  const char *accelerator[] = {dense, sparse}, *layer[] = {"qk", "av"};
  snprintf(dense, LENGTH, "models/accelerators/%s-dense.yaml", p->design);
  snprintf(sparse, LENGTH, "models/accelerators/%s.yaml", p->design);
  snprintf(profile, LENGTH, "density-profiles/%s.yaml", p->profile);
  const tacet_request request = {.command = "crossover",
                                 .network = "models/networks/bert-base.yaml",
                                 .profile = profile,
                                 .accelerators = TACET_TWO_DESIGNS,
                                 .accelerator = accelerator,
                                 .layers = 2,
                                 .layer = layer,
                                 .metric = TACET_TIME};
  tacet_job job;
  tacet_key key = {0};
  tacet_status status = tacet_job_load(&job, &request, error);
  if (!status) status = tacet_key_find(&key, &job, "sequence", error);
  for (int i = 0; i < LENGTHS && !status; i++)
    status = tacet_sample_take(&f->sample[i], &job, &key, lengths[i], error);
  if (!status)
    f->macs =
        tacet_job_point(&job, 1, 1)->outcome[TACET_SPARSE].counts.macs.actual;
  tacet_key_free(&key);
  tacet_job_free(&job);
  return status;
}

static double factor(const tacet_sample *s) {
  return s->metric[0] / s->metric[1];
}

/* Index of the length from which on the design is ahead at all of them. */
static int start_of(const finding *f) {
  int start = LENGTHS;
  while (start > 0 && factor(&f->sample[start - 1]) > 1) start--;
  return start;
}

static void add_row(tacet_section *section, const pairing *p,
                    const finding *f) {
  char start[32] = "never", factors[SHOWN][32];
  const int from = start_of(f);
  if (from < LENGTHS)
    snprintf(start, sizeof start, "%.0f%s", lengths[from],
             from == 0 ? " or less" : "");
  for (int i = 0; i < SHOWN; i++)
    snprintf(factors[i], sizeof factors[i], "%.2f",
             factor(&f->sample[LENGTHS - SHOWN + i]));
  const char *cells[] = {p->design,  p->profile, start,
                         factors[0], factors[1], factors[2]};
  section_row(section, cells);
}

static void draw_line(tacet_section *section, const char *name,
                      const finding *f) {
  section_series(section, name, SECTION_LINES);
  for (int i = 0; i < LENGTHS; i++)
    section_point(section, lengths[i], factor(&f->sample[i]));
}

static void draw(tacet_section *section, const finding *findings) {
  section_picture(section,
                  "Attention to a window of 512 tokens, against a dense twin",
                  "sequence length", "times as fast", true, false);
  for (int i = 0; i < PAIRINGS; i++)
    if (i < 3) draw_line(section, pairings[i].design, &findings[i]);
  section_picture(section, "Patterns of attention on sanger-like",
                  "sequence length", "times as fast", true, false);
  for (int i = 0; i < PAIRINGS; i++)
    if (i == 0 || i >= 3) draw_line(section, pairings[i].profile, &findings[i]);
}

/* Pairs of tokens no more than `half` apart, 64 MACs each in twelve heads. */
static double window_macs(double tokens, double half) {
  return 12 * 64 * (tokens * (2 * half + 1) - half * (half + 1));
}

static void add_targets(tacet_section *section, const finding *findings) {
  int ahead = 0, counted = 0;
  const double expected = window_macs(lengths[LENGTHS - 1], 256);
  for (int i = 0; i < PAIRINGS; i++) {
    ahead += factor(&findings[i].sample[LENGTHS - SHOWN]) > 1;
    counted += i < 3 && findings[i].macs == expected;
  }
  char must[64], reached[64];
  snprintf(must, sizeof must, "%.0f on 3 designs", expected);
  snprintf(reached, sizeof reached, "%.0f on %d", findings[0].macs, counted);
  section_target(section, counted == 3, "Longformer at 8192 tokens, MACs of av",
                 must, reached, "");
  snprintf(must, sizeof must, "%d of %d", PAIRINGS, PAIRINGS);
  snprintf(reached, sizeof reached, "%d of %d", ahead, PAIRINGS);
  section_target(section, ahead == PAIRINGS,
                 "Sparse attention ahead at 2048 tokens", must, reached, "");
}

tacet_status section_attention(tacet_section *section, const char *data,
                               tacet_error *error) {
  (void)data;
  static const char *const header[] = {"design",  "pattern", "ahead from",
                                       "at 2048", "at 4096", "at 8192"};
  finding findings[PAIRINGS];
  tacet_status status = TACET_OK;
  for (int i = 0; i < PAIRINGS && !status; i++)
    status = find(&findings[i], &pairings[i], error);
  if (status) return status;
  section_says(
      section,
      "The two products of attention in BERT-base, queries by keys and "
      "attention by values, on designs for sparse attention and on "
      "their dense twins: the same multipliers, buffers, bandwidth and "
      "dataflow. A window of 512 tokens leaves nothing out of a "
      "sequence of 257; beyond, the longer it is, the more. Patterns "
      "are taken as they are, place by place; what a design does not skip, its "
      "file says.");
  section_table(section,
                "Where each design is ahead, and how many times as fast", 6,
                header);
  for (int i = 0; i < PAIRINGS; i++)
    add_row(section, &pairings[i], &findings[i]);
  draw(section, findings);
  add_targets(section, findings);
  return TACET_OK;
}
