/* Walks every step, PE and MAC of a nest whose zeros masks know one by one,
   and counts by definition what becomes of each (design, section 5). Must
   know nothing of the sparse reading, which it judges. */
#include "sparse.h"

#include <string.h>

#include "executor_flags.h"
#include "executor_transfers.h"

struct run {
  const tacet_sparsity *sparsity;
  tacet_walk walk;
  tacet_flags flags;
  tacet_transfers transfers;
  tacet_counts *counts; /* the result */
};

/* ---- a step ------------------------------------------------------------- */

/* Adds to *work what takes the PE's time. */
static void do_mac(struct run *run, const tacet_mac_states *states,
                   tacet_work *work) {
  tacet_counts *counts = run->counts;
  tacet_state_count(&counts->macs, states->mac);
  tacet_state_count(&counts->l1_writes, states->mac);
  if (states->mac != TACET_SKIPPED) {
    work->slots++;
    work->l1_accesses++; /* the write */
  }
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_state_count(&counts->l1_reads[t], states->read[t]);
    if (states->read[t] != TACET_SKIPPED) work->l1_accesses++;
  }
}

static tacet_work do_box(struct run *run, int64_t pe, const tacet_box *box) {
  tacet_work work = {0};
  tacet_state state = tacet_flags_of_pe(&run->flags, pe);
  int64_t point[TACET_MAX_DIMS];
  memcpy(point, box->start, sizeof point);
  do {
    bool zero[TACET_TENSORS] = {false};
    for (int t = 0; t < TACET_OUTPUT; t++)
      zero[t] = tacet_element_is_zero(
          &run->sparsity->tensor[t],
          tacet_tensor_element(&run->walk.nest->layer.tensor[t], point));
    tacet_mac_states states = tacet_flags_of_mac(&run->flags, state, zero);
    do_mac(run, &states, &work);
  } while (tacet_box_next(box, point));
  return work;
}

static double larger(double a, double b) {
  return a > b ? a : b;
}

/* All MACs of a step. What it returns is that of the PEs that take longest. */
static tacet_work do_step(struct run *run, int64_t time) {
  tacet_counts *counts = run->counts;
  tacet_work longest = {.occurrences = 1};
  double active_pes = 0;
  for (int64_t pe = 0; pe < run->walk.pes; pe++) {
    tacet_box box;
    if (!tacet_walk_box(&run->walk, time, pe, &box)) continue;
    tacet_work work = do_box(run, pe, &box);
    longest.slots = larger(longest.slots, work.slots);
    longest.l1_accesses = larger(longest.l1_accesses, work.l1_accesses);
    active_pes++;
  }
  counts->steps++;
  counts->busiest += longest.slots;
  counts->active_pes += active_pes;
  counts->peak_active_pes = larger(counts->peak_active_pes, active_pes);
  return longest;
}

/* ---- the run ------------------------------------------------------------ */

static void count_transfers(tacet_counts *counts,
                            const tacet_transfers *transfers) {
  for (int b = 0; b < TACET_BOUNDARIES; b++) {
    counts->last_bits[b] = transfers->bits_out[b];
    for (int t = 0; t < TACET_TENSORS; t++)
      counts->flow[b][t] = transfers->flow[b][t];
  }
}

static void walk_all(struct run *run, tacet_timeline *timeline) {
  tacet_counts *counts = run->counts;
  tacet_transfers *transfers = &run->transfers;
  for (int64_t time = 0; time < run->walk.times; time++) {
    if (!tacet_walk_is_step(&run->walk, time)) continue;
    tacet_flags_move(&run->flags, time);
    tacet_transfers_move(transfers, time);
    tacet_work work = do_step(run, time);
    work.bits_in = transfers->bits_in[TACET_L2_PES];
    work.bits_out = transfers->bits_out[TACET_L2_PES];
    if (counts->steps == 1) { /* the first */
      for (int b = 0; b < TACET_BOUNDARIES; b++)
        counts->first_bits[b] = transfers->bits_in[b];
      work.bits_in = 0;
    }
    tacet_timeline_add(timeline, &work, transfers->accelerator);
  }
  tacet_transfers_move(transfers, TACET_NEVER);
  count_transfers(counts, transfers);
  counts->mean_slots =
      (counts->macs.actual + counts->macs.gated) / counts->peak_active_pes;
}

static bool fits(const tacet_mask *mask, const tacet_tensor *tensor) {
  bool same = mask->ranks == tensor->ranks;
  for (int r = 0; same && r < tensor->ranks; r++)
    same = mask->size[r] == tensor->rank[r].size;
  return same;
}

static tacet_status check_operand(const tacet_layer *layer, int t,
                                  const tacet_zeros *zeros,
                                  tacet_error *error) {
  const char *name = layer->tensor[t].name;
  if (!zeros->mask && zeros->density < 1)
    return tacet_fail(error, TACET_BAD_INPUT, &layer->place,
                      "without a mask of %s its zeros cannot be walked", name);
  if (zeros->mask && !fits(zeros->mask, &layer->tensor[t]))
    return tacet_fail(error, TACET_BAD_INPUT, &layer->place,
                      "the mask of %s is of another shape", name);
  return TACET_OK;
}

tacet_status tacet_execute_sparse(
    tacet_counts *counts, tacet_timeline *timeline, const tacet_nest *nest,
    const tacet_accelerator *accelerator, const tacet_features *features,
    const tacet_sparsity *sparsity, tacet_error *error) {
  *counts = (tacet_counts){0};
  *timeline = (tacet_timeline){0};
  tacet_status status = TACET_OK;
  for (int t = 0; t < TACET_OUTPUT && !status; t++)
    status = check_operand(&nest->layer, t, &sparsity->tensor[t], error);
  if (status) return status;

  struct run run = {.sparsity = sparsity, .counts = counts};
  status = tacet_walk_make(&run.walk, nest, error);
  if (!status)
    status = tacet_flags_make(&run.flags, &run.walk, features, sparsity, error);
  if (!status)
    status =
        tacet_transfers_make(&run.transfers, &run.flags, accelerator, error);
  if (!status) walk_all(&run, timeline);
  tacet_transfers_free(&run.transfers);
  tacet_flags_free(&run.flags);
  return status;
}
