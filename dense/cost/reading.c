/* The dense reading: the activity table as counts, all of it done. */
#include "../activity/kept_steps.h"
#include "pace.h"
#include "reading.h"

#include <string.h>

/* Filled in place: copies of what has just been written part by part would
   wait for the parts. */
static void do_all(tacet_split *split, int64_t count) {
  split->actual = (double)count;
  split->gated = split->skipped = 0;
}

static void read_flow(tacet_flow *flow, const tacet_traffic *traffic,
                      int64_t width) {
  do_all(&flow->fills, traffic->fills);
  do_all(&flow->parent_reads, traffic->parent_reads);
  do_all(&flow->drains, traffic->drains);
  do_all(&flow->updates, traffic->updates);
  do_all(&flow->partial_sum_reads, traffic->partial_sum_reads);
  flow->payload_bits_in = (double)(traffic->parent_reads * width);
  flow->payload_bits_out = (double)(traffic->updates * width);
  flow->metadata_bits_in = flow->metadata_bits_out = 0;
}

static void read_boundary(tacet_counts *counts, const tacet_activity *activity,
                          int b, const int64_t width[TACET_TENSORS]) {
  for (int t = 0; t < TACET_TENSORS; t++)
    read_flow(&counts->flow[b][t], &activity->traffic[b][t], width[t]);
  for (int t = 0; t < TACET_OUTPUT; t++)
    counts->first_bits[b][t] = (double)(activity->first_words[b][t] * width[t]);
  counts->last_bits[b] =
      (double)(activity->last_words[b] * width[TACET_OUTPUT]);
}

static void read_totals(tacet_counts *counts, const tacet_activity *activity,
                        const tacet_nest *nest,
                        const tacet_accelerator *accelerator) {
  const int inner = nest->storages - 2;
  counts->steps = (double)activity->steps;
  counts->mean_slots = (double)activity->macs /
                       (double)activity->peak_active_pes /
                       (double)tacet_issue_multipliers(&accelerator->issue);
  if (accelerator->link[inner].pe_adder)
    counts->mean_slots +=
        (double)activity->traffic[inner][TACET_OUTPUT].drains /
        (double)activity->peak_active_pes;
  counts->active_pes = (double)activity->active_pes;
  counts->peak_active_pes = (double)activity->peak_active_pes;
  do_all(&counts->macs, activity->macs);
  for (int t = 0; t < TACET_TENSORS; t++)
    do_all(&counts->l1_reads[t], activity->l1_reads[t]);
  do_all(&counts->l1_writes, activity->l1_reads[TACET_OUTPUT]);
  for (int t = 0; t < TACET_OUTPUT; t++) {
    counts->first_waited[t].words = (double)activity->first_distinct[t];
    counts->first_waited[t].tile = (double)activity->first_words[0][t];
  }
  counts->last_waited.words = (double)activity->last_distinct;
  counts->last_waited.tile = (double)activity->last_words[0];
  for (int b = 0; b < nest->storages - 1; b++)
    read_boundary(counts, activity, b, accelerator->width_bits);
}

typedef struct along {
  const tacet_nest *nest;
  const tacet_accelerator *accelerator;
  int dim; /* of a vector */
  const tacet_registers *registers;
  tacet_work work; /* of the class */
  tacet_activity activity;
  tacet_pace pace;
  tacet_pace_unit first_pe;
  int64_t last_passed_on; /* after the last step */
} along;

static double slots_of(const along *a, const tacet_product *product,
                       const tacet_step_class *step) {
  const tacet_issue *issue = &a->accelerator->issue;
  if (issue->kind == TACET_ISSUE_SCALAR) return (double)step->busiest;
  int64_t box[TACET_MAX_DIMS];
  tacet_product_box(box, product);
  return (double)tacet_issue_slots(issue, a->dim, a->nest->layer, box);
}

/* The first PE has the largest tile in every step, so that it is the last to be
   done with a step and with the run: it passes on a tile when any other PE with
   work does, and one without has no more to pass on than the first has MACs. */
static bool add_class(const tacet_product *product, void *context) {
  along *a = context;
  int inner = a->nest->storages - 2;
  const tacet_link *link = &a->accelerator->link[inner];
  const int64_t *width = a->accelerator->width_bits;
  tacet_step_class step;
  tacet_product_step(&step, product, link, a->registers);
  tacet_add_steps(&a->activity, product, &step, link, inner);
  if (product->first && link->pe_adder)
    a->last_passed_on = tacet_product_leaving(product);
  tacet_work *work = &a->work;
  work->occurrences = (double)step.occurrences;
  work->slots = slots_of(a, product, &step) + (double)step.passed_on;
  work->l1_accesses = (double)tacet_step_accesses(&step);
  work->sums = work->examined = (double)step.busiest;
  work->bits_out = (double)(step.words_out * width[TACET_OUTPUT]);
  for (int t = 0; t < TACET_OUTPUT; t++)
    work->bits_in[t] =
        product->first ? 0 : (double)(step.words_in[t] * width[t]);
  tacet_pace_alone(&a->pace, work);
  return true;
}

/* A step of its own. */
static void pass_on_last(along *a) {
  if (a->last_passed_on == 0) return;
  const tacet_work work = {.occurrences = 1,
                           .slots = (double)a->last_passed_on};
  tacet_pace_alone(&a->pace, &work);
}

/* Nothing in the work is an expectation. Field by field: all of it at once
   would be filled in a way that starts slowly. */
static void be_certain(tacet_work *work) {
  work->variance = work->passed_on = work->most = 0;
  work->most_accesses = work->most_sums = work->most_examined = 0;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    work->in_variance[t] = work->in_with_slots[t] = 0;
    work->in_most[t] = work->in_least[t] = 0;
  }
  work->out_variance = work->out_most = 0;
}

tacet_status tacet_read_basis(tacet_counts *counts, tacet_timeline *timeline,
                              const tacet_basis *basis,
                              const tacet_accelerator *accelerator,
                              tacet_error *error) {
  const tacet_nest *nest = basis->nest;
  along a;
  a.nest = nest;
  a.accelerator = accelerator;
  be_certain(&a.work);
  a.last_passed_on = 0;
  tacet_pace_start(&a.pace, accelerator, &a.first_pe, 1);
  tacet_start_steps(&a.activity, nest->storages - 2);
  tacet_status status =
      tacet_issue_dim(&a.dim, accelerator, nest->layer, error);
  if (status) return status;
  tacet_registers space;
  a.registers = tacet_registers_make(&space, nest, accelerator);
  tacet_nest_products(&basis->table, nest, tacet_pace_in_order(accelerator),
                      add_class, &a);
  pass_on_last(&a);
  tacet_pace_end(&a.pace);
  counts->busiest = a.pace.busiest;
  *timeline = a.pace.timeline;
  tacet_add_reads(&a.activity, a.registers);
  tacet_add_outer(&a.activity, nest, accelerator, basis->placed);
  read_totals(counts, &a.activity, nest, accelerator);
  return TACET_OK;
}

tacet_status tacet_read_dense(tacet_counts *counts, tacet_timeline *timeline,
                              const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              tacet_error *error) {
  tacet_basis basis;
  tacet_basis_make(&basis, nest);
  memset(counts, 0, sizeof *counts);
  return tacet_read_basis(counts, timeline, &basis, accelerator, error);
}
