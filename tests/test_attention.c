/* The table of attention in README.md: it is what the section prints, its MACs
   are those of a count pair by pair, and masks of the same patterns give the
   same. Runs from the top folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tools/job.h"
#include "../tools/reproduce/record.h"
#include "model_files.h"

/* ---- the table ---------------------------------------------------------- */

enum { LINE = 512 };

/* A row of cells as README.md has it. */
static void write_row(char line[LINE], char *const cell[], int columns) {
  size_t length = 0;
  for (int i = 0; i < columns; i++)
    length += (size_t)snprintf(line + length, LINE - length, "| %s ", cell[i]);
  snprintf(line + length, LINE - length, "|\n");
}

/* Goes on in README.md to the row. */
static void find_row(FILE *readme, const char *row) {
  char line[LINE];
  while (fgets(line, LINE, readme))
    if (strcmp(line, row) == 0) return;
  fail_msg("README.md lacks, or has not in this order, %s", row);
}

static void check_table(const record_table *table) {
  FILE *readme = fopen("README.md", "r");
  assert_non_null(readme);
  const size_t columns = (size_t)table->columns;
  for (size_t i = 0; i < table->cells; i += columns) {
    char row[LINE];
    write_row(row, table->cell + i, table->columns);
    find_row(readme, row);
  }
  fclose(readme);
}

static void readme_shows_the_table_of_the_section(void **state) {
  (void)state;
  const section_entry *entry = section_list;
  while (strcmp(entry->slug, "attention-patterns") != 0) entry++;
  tacet_section section;
  tacet_error error;
  require(section_record(&section, entry, "nowhere", &error), &error);
  assert_int_equal(section.targets, 1);
  if (!section_holds(&section))
    fail_msg("MACs, pair by pair: %s", section.target[0].reached);
  assert_int_equal(section.tables, 1);
  check_table(&section.table[0]);
  section_free(&section);
}

/* ---- masks -------------------------------------------------------------- */

static tacet_cost read_masks(const tacet_job *job, int layer,
                             tacet_counts *counts) {
  const tacet_design *design = &job->design[0];
  const tacet_layer *what = tacet_job_layer(job, layer);
  tacet_mask mask[TACET_TENSORS], drawn[TACET_TENSORS] = {{.ranks = 0}};
  tacet_sparsity sparsity;
  tacet_timeline timeline;
  tacet_error error;
  require(tacet_layer_zeros_load(&sparsity, mask,
                                 &job->profile.layer[job->layer[layer]], what,
                                 &error),
          &error);
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_zeros *zeros = &sparsity.tensor[t];
    if (!zeros->pattern || tacet_pattern_is_uniform(zeros->pattern)) continue;
    require(tacet_pattern_mask(&drawn[t], zeros->pattern, &what->tensor[t], 1,
                               &error),
            &error);
    zeros->mask = &drawn[t];
  }
  require(tacet_read_sparse(
              counts, &timeline, &tacet_job_point(job, layer, 0)->nest,
              &design->accelerator, &design->features, &sparsity, &error),
          &error);
  tacet_cost cost;
  tacet_cost_of(&cost, counts, &timeline, &design->accelerator);
  for (int t = 0; t < TACET_TENSORS; t++) tacet_mask_free(&drawn[t]);
  return cost;
}

/* The reading of patterns expects how many scores leave in a step: by so much
   of the cycles it may be off. */
static const double expected_off = 0.02;

static void check_layer(const tacet_job *job, int layer) {
  const tacet_outcome *model =
      &tacet_job_point(job, layer, 0)->outcome[TACET_SPARSE];
  tacet_counts counts;
  const tacet_cost cost = read_masks(job, layer, &counts);
  const double off = model->cost.cycles / cost.cycles - 1;
  printf("  %s, %s: %.0f MACs, %.0f cycles, of patterns %+.2f %%\n",
         job->profile.name, tacet_job_layer(job, layer)->name,
         counts.macs.actual, cost.cycles, 100 * off);
  assert_true(counts.macs.skipped > 0);
  assert_memory_equal(&counts.macs, &model->counts.macs, sizeof counts.macs);
  assert_true(fabs(model->cost.energy.total - cost.energy.total) <=
              1e-9 * cost.energy.total);
  assert_true(model->exact ? off == 0 : fabs(off) < expected_off);
}

static void masks_give_what_patterns_do(void **state) {
  (void)state;
  static const char *const profiles[] = {"causal", "longformer", "bigbird"};
  const char *accelerator = ACCELERATORS "/sanger-like.yaml";
  const char *layer[] = {"qk", "av"}, *set[] = {"sequence=512", "heads=1"};
  for (int i = 0; i < 3; i++) {
    char profile[64];
    snprintf(profile, sizeof profile, PROFILES "/%s.yaml", profiles[i]);
    const tacet_request request = {.command = "run",
                                   .network = NETWORKS "/bert-base-layer.yaml",
                                   .profile = profile,
                                   .accelerators = 1,
                                   .accelerator = &accelerator,
                                   .layers = 2,
                                   .layer = layer,
                                   .sets = 2,
                                   .set = set};
    tacet_job job;
    tacet_error error;
    require(tacet_job_load(&job, &request, &error), &error);
    require(tacet_job_evaluate(&job, &error), &error);
    for (int l = 0; l < job.layers; l++) check_layer(&job, l);
    tacet_job_free(&job);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(readme_shows_the_table_of_the_section),
      cmocka_unit_test(masks_give_what_patterns_do),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
