/* Figures of every layer, design and reading, and their totals. */
#include "report.h"

#include <stdlib.h>

static double dram_bits(const tacet_counts *counts) {
  double bits = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_flow *flow = &counts->flow[0][t];
    bits += flow->payload_bits_in + flow->metadata_bits_in +
            flow->payload_bits_out + flow->metadata_bits_out;
  }
  return bits;
}

static tacet_figures figures_of(const tacet_point *point,
                                const tacet_accelerator *accelerator,
                                int kind) {
  const tacet_outcome *outcome = &point->outcome[kind];
  const tacet_cost *cost = &outcome->cost;
  tacet_figures figures = {
      .exact = outcome->exact,
      .sampled = outcome->sampled,
      .runs = 1,
      .algorithmic_macs = point->outcome[TACET_DENSE].counts.macs.actual,
      .macs = outcome->counts.macs,
      .cycles = cost->cycles,
      .compute_cycles = cost->compute_cycles,
      .seconds = cost->seconds,
      .energy_pj = cost->energy.total,
      .dram_bits = dram_bits(&outcome->counts),
      .busiest = outcome->counts.busiest,
      .mean_slots = outcome->counts.mean_slots,
      .macs_offered = (double)accelerator->pes * (double)accelerator->lanes *
                      (double)tacet_issue_multipliers(&accelerator->issue) *
                      cost->cycles};
  figures.bound_cycles[cost->bound] = cost->cycles;
  tacet_buffers_of(&figures, &point->nest, accelerator, &outcome->counts);
  return figures;
}

const char *tacet_figures_kind(const tacet_figures *figures) {
  if (figures->exact) return "exact";
  return figures->sampled ? "sampled" : "expected";
}

static void add(tacet_figures *total, const tacet_figures *layer,
                int64_t repeat) {
  const double times = (double)repeat;
  total->exact &= layer->exact;
  total->sampled |= layer->sampled;
  total->runs += repeat;
  total->algorithmic_macs += times * layer->algorithmic_macs;
  total->macs.actual += times * layer->macs.actual;
  total->macs.gated += times * layer->macs.gated;
  total->macs.skipped += times * layer->macs.skipped;
  total->cycles += times * layer->cycles;
  total->compute_cycles += times * layer->compute_cycles;
  total->seconds += times * layer->seconds;
  total->energy_pj += times * layer->energy_pj;
  total->dram_bits += times * layer->dram_bits;
  total->busiest += times * layer->busiest;
  total->mean_slots += times * layer->mean_slots;
  total->macs_offered += times * layer->macs_offered;
  for (int b = 0; b <= TACET_BOUND_DRAM; b++)
    total->bound_cycles[b] += times * layer->bound_cycles[b];
  tacet_buffers_add(total, layer, times);
}

static tacet_figures *figures_at(const tacet_report *report, int layer,
                                 int design, int reading) {
  return &report->figures[(layer * report->job->designs + design) *
                              TACET_READINGS +
                          reading];
}

/* Buffers of a design are the same in all of its rows. */
static tacet_status list_buffers(tacet_report *report, tacet_error *error) {
  const tacet_job *job = report->job;
  tacet_status status = TACET_OK;
  for (int d = 0; d < job->designs && !status; d++)
    status = tacet_sheet_add(
        &report->sheet, figures_at(report, job->layers, d, TACET_DENSE), error);
  return status;
}

tacet_status tacet_report_make(tacet_report *report, const tacet_job *job,
                               tacet_error *error) {
  report->job = job;
  report->sheet = (tacet_sheet){.buffers = 0};
  report->figures = calloc((size_t)(job->layers + 1) * (size_t)job->designs,
                           TACET_READINGS * sizeof *report->figures);
  if (!report->figures)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  for (int d = 0; d < job->designs; d++) {
    for (int r = 0; r < TACET_READINGS; r++) {
      tacet_figures *total = figures_at(report, job->layers, d, r);
      total->exact = true;
      for (int l = 0; l < job->layers; l++) {
        tacet_figures *figures = figures_at(report, l, d, r);
        *figures = figures_of(tacet_job_point(job, l, d),
                              &job->design[d].accelerator, r);
        add(total, figures, tacet_job_layer(job, l)->repeat);
      }
    }
  }
  return list_buffers(report, error);
}

void tacet_report_free(tacet_report *report) {
  free(report->figures);
  tacet_sheet_free(&report->sheet);
  *report = (tacet_report){.job = NULL};
}

tacet_row tacet_report_row(const tacet_report *report, int layer, int design,
                           int reading) {
  const tacet_job *job = report->job;
  tacet_row row = {
      .layer = "total",
      .type = "all",
      .accelerator = job->design[design].accelerator.name,
      .reading = reading == TACET_DENSE ? "dense" : "sparse",
      .now = figures_at(report, layer, design, reading),
      .dense = figures_at(report, layer, design, TACET_DENSE),
      .first = figures_at(report, layer, 0, TACET_DENSE),
  };
  if (layer == job->layers) return row;
  row.layer = tacet_job_layer(job, layer)->name;
  row.type = tacet_layer_type_name(tacet_job_layer(job, layer)->type);
  return row;
}
