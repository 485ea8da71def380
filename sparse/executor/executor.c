/* Walks every step, PE and MAC of a nest whose zeros masks know one by one,
   and counts by definition what becomes of each (design, section 5). Must
   know nothing of the sparse reading, which it judges. */
#include "../sparse.h"

#include <math.h>
#include <string.h>

#include "executor_balance.h"
#include "executor_flags.h"
#include "executor_port.h"
#include "executor_products.h"
#include "executor_transfers.h"
#include "executor_waits.h"

struct run {
  const tacet_accelerator *accelerator;
  const tacet_sparsity *sparsity;
  tacet_walk walk;
  tacet_flags flags;
  tacet_transfers transfers;
  tacet_port port;
  tacet_products products; /* of outer products only */
  int along;               /* dimension of a PE's vectors, `width` long; */
  int64_t width;           /* scalars are vectors of one MAC */
  tacet_history history;
  tacet_counts *counts; /* the result */
};

/* ---- a PE at a step ----------------------------------------------------- */

static bool is_zero(const struct run *run, int t, const int64_t *point) {
  return tacet_element_is_zero(
      &run->sparsity->tensor[t],
      tacet_tensor_element(&run->walk.nest->layer->tensor[t], point));
}

/* Whether the search for pairs looks at a MAC: not at what rules above L1 keep
   away. */
static bool is_candidate(const struct run *run, const tacet_mac_states *states,
                         const int64_t *point) {
  if (states->outer == TACET_SKIPPED) return false;
  return run->accelerator->intersection.examined == TACET_EXAMINES_PAIRS ||
         states->mac != TACET_SKIPPED || !is_zero(run, TACET_WEIGHT, point) ||
         !is_zero(run, TACET_INPUT, point);
}

/* Slots of a box's MACs: those that are not skipped are issued in vectors. */
static double vector_slots(const struct run *run, int64_t pe,
                           const tacet_box *box) {
  int64_t macs = 0;
  int64_t point[TACET_MAX_DIMS];
  memcpy(point, box->start, sizeof point);
  do {
    tacet_mac_states states = tacet_flags_of_mac(&run->flags, pe, point);
    if (states.mac != TACET_SKIPPED) macs++;
  } while (tacet_box_next(box, point));
  return ceil((double)macs / (double)run->width);
}

/* Counts a box's MACs, in the PE's order, and their L1 accesses; what takes
   time goes to *work, too. */
static void count_macs(struct run *run, int64_t pe, const tacet_box *box,
                       tacet_work *work) {
  int64_t point[TACET_MAX_DIMS];
  memcpy(point, box->start, sizeof point);
  do {
    tacet_mac_states states = tacet_flags_of_mac(&run->flags, pe, point);
    tacet_state_count(&run->counts->macs, states.mac);
    work->l1_accesses += tacet_port_use(&run->port, pe, point, &states);
    if (states.mac != TACET_SKIPPED) work->sums++;
    if (is_candidate(run, &states, point)) work->examined++;
  } while (tacet_box_next_in(box, run->port.order, point));
}

static tacet_work do_box(struct run *run, int64_t pe, const tacet_box *box) {
  tacet_work work = {0};
  count_macs(run, pe, box, &work);
  tacet_box starts = *box; /* of the vectors */
  tacet_box vector = *box;
  for (int d = 0; d < box->dims; d++)
    (d == run->along ? &starts : &vector)->length[d] = 1;
  do {
    work.slots += vector_slots(run, pe, &vector);
  } while (tacet_box_next(&starts, vector.start));
  if (run->accelerator->issue.kind == TACET_ISSUE_OUTER)
    work.slots = tacet_products_slots(&run->products, &run->flags, pe, box);
  return work;
}

/* ---- a step ------------------------------------------------------------- */

/* What leaves a PE takes slots if PEs add up what their neighbours had of it. */
static void pass_on(struct run *run, int64_t pe) {
  if (run->accelerator->link[run->transfers.pes].pe_adder)
    tacet_history_work(&run->history, pe)->slots +=
        (double)run->transfers.left[pe];
}

/* After the last step, in one of its own. */
static tacet_status pass_on_last(struct run *run, tacet_error *error) {
  if (!run->accelerator->link[run->transfers.pes].pe_adder) return TACET_OK;
  tacet_status status = tacet_history_add(&run->history, error);
  for (int64_t pe = 0; pe < run->walk.pes && !status; pe++) pass_on(run, pe);
  return status;
}

/* All MACs of a step. */
static void do_step(struct run *run, int64_t time) {
  tacet_counts *counts = run->counts;
  double active_pes = 0;
  for (int64_t pe = 0; pe < run->walk.pes; pe++) {
    tacet_box box;
    if (tacet_walk_box(&run->walk, time, pe, &box)) {
      *tacet_history_work(&run->history, pe) = do_box(run, pe, &box);
      active_pes++;
    }
    pass_on(run, pe);
  }
  counts->steps++;
  counts->active_pes += active_pes;
  counts->peak_active_pes = active_pes > counts->peak_active_pes
                                ? active_pes
                                : counts->peak_active_pes;
}

/* ---- the run ------------------------------------------------------------ */

static void count_transfers(tacet_counts *counts,
                            const tacet_transfers *transfers) {
  for (int b = 0; b <= transfers->pes; b++) {
    counts->last_bits[b] = transfers->bits_out[b];
    for (int t = 0; t < TACET_TENSORS; t++)
      counts->flow[b][t] = transfers->flow[b][t];
  }
}

static tacet_status walk_step(struct run *run, int64_t time,
                              tacet_error *error) {
  tacet_counts *counts = run->counts;
  tacet_transfers *transfers = &run->transfers;
  tacet_status status = tacet_history_add(&run->history, error);
  if (status) return status;
  tacet_transfers_leave(transfers, time);
  tacet_flags_move(&run->flags, time);
  tacet_transfers_arrive(transfers, time);
  do_step(run, time);
  run->port.step++;
  tacet_work *moved = &run->history.moved[run->history.steps - 1];
  moved->bits_out = transfers->bits_out[transfers->pes];
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (counts->steps > 1)
      moved->bits_in[t] = transfers->bits_in[transfers->pes][t];
    else /* before the first step */
      for (int b = 0; b <= transfers->pes; b++)
        counts->first_bits[b][t] = transfers->bits_in[b][t];
  }
  return TACET_OK;
}

static tacet_status count_ends(struct run *run, tacet_error *error) {
  tacet_counts *counts = run->counts;
  tacet_ends ends;
  tacet_status status = tacet_moves_ends(&ends, &run->walk, error);
  if (status) return status;
  for (int t = 0; t < TACET_OUTPUT; t++)
    counts->first_waited[t] =
        (tacet_waited){(double)ends.first[t], (double)ends.first_tile[t]};
  counts->last_waited =
      (tacet_waited){(double)ends.last, (double)ends.last_tile};
  return TACET_OK;
}

static tacet_status walk_all(struct run *run, tacet_timeline *timeline,
                             tacet_error *error) {
  tacet_counts *counts = run->counts;
  tacet_status status = TACET_OK;
  for (int64_t time = 0; time < run->walk.times && !status; time++)
    if (tacet_walk_is_step(&run->walk, time))
      status = walk_step(run, time, error);
  if (!status) {
    tacet_transfers_leave(&run->transfers, TACET_NEVER);
    status = pass_on_last(run, error);
  }
  if (!status)
    status = tacet_history_time(timeline, &counts->busiest, &run->history,
                                run->accelerator, error);
  if (status) return status;
  tacet_port_end(&run->port);
  count_transfers(counts, &run->transfers);
  counts->mean_slots =
      (counts->macs.actual + counts->macs.gated) / counts->peak_active_pes /
      (double)tacet_issue_multipliers(&run->accelerator->issue);
  const tacet_split *drains =
      &counts->flow[run->transfers.pes][TACET_OUTPUT].drains;
  if (run->accelerator->link[run->transfers.pes].pe_adder)
    counts->mean_slots +=
        (drains->actual + drains->gated) / counts->peak_active_pes;
  return count_ends(run, error);
}

static bool fits(const tacet_mask *mask, const tacet_tensor *tensor) {
  bool same = mask->ranks == tensor->ranks;
  for (int r = 0; same && r < tensor->ranks; r++)
    same = mask->size[r] == tensor->rank[r].size;
  return same;
}

static tacet_status check_tensor(const tacet_layer *layer, int t,
                                 const tacet_zeros *zeros, tacet_error *error) {
  const char *name = layer->tensor[t].name;
  const bool matters = t != TACET_OUTPUT || zeros->known;
  if (!zeros->mask && zeros->density < 1 && matters)
    return tacet_fail(error, TACET_BAD_INPUT, &layer->place,
                      "without a mask of %s its zeros cannot be walked", name);
  if (zeros->mask && !fits(zeros->mask, &layer->tensor[t]))
    return tacet_fail(error, TACET_BAD_INPUT, &layer->place,
                      "the mask of %s is of another shape", name);
  return TACET_OK;
}

static tacet_status make_issue(struct run *run, tacet_error *error) {
  const tacet_layer *layer = run->walk.nest->layer;
  const tacet_issue *issue = &run->accelerator->issue;
  run->width = 1;
  if (issue->kind == TACET_ISSUE_OUTER)
    return tacet_products_make(&run->products, &run->flags, issue, error);
  if (issue->kind == TACET_ISSUE_SCALAR) return TACET_OK;
  run->width = issue->width;
  return tacet_issue_dim(&run->along, run->accelerator, layer, error);
}

static tacet_status make_run(struct run *run, const tacet_nest *nest,
                             const tacet_features *features,
                             tacet_error *error) {
  tacet_status status = tacet_walk_make(&run->walk, nest, error);
  if (!status)
    status = tacet_flags_make(&run->flags, &run->walk, features, run->sparsity,
                              error);
  if (!status)
    status = tacet_transfers_make(&run->transfers, &run->flags,
                                  run->accelerator, error);
  if (!status)
    status = tacet_port_make(&run->port, &run->walk, run->accelerator,
                             run->counts, error);
  if (!status) status = make_issue(run, error);
  run->history.pes = run->walk.pes;
  return status;
}

static void free_run(struct run *run) {
  tacet_history_free(&run->history);
  tacet_port_free(&run->port);
  tacet_products_free(&run->products);
  tacet_transfers_free(&run->transfers);
  tacet_flags_free(&run->flags);
}

/* Once zeros are where they are to be. */
static tacet_status
execute(tacet_counts *counts, tacet_timeline *timeline, const tacet_nest *nest,
        const tacet_accelerator *accelerator, const tacet_features *features,
        const tacet_sparsity *sparsity, tacet_error *error) {
  *counts = (tacet_counts){0};
  *timeline = (tacet_timeline){0};
  tacet_features used;
  tacet_status status =
      tacet_features_for(&used, features, nest, accelerator, sparsity, error);
  if (status) return status;
  struct run run = {
      .accelerator = accelerator, .sparsity = sparsity, .counts = counts};
  status = make_run(&run, nest, &used, error);
  if (!status) status = walk_all(&run, timeline, error);
  free_run(&run);
  return status;
}

static tacet_status
execute_masks(tacet_counts *counts, tacet_timeline *timeline,
              const tacet_nest *nest, const tacet_accelerator *accelerator,
              const tacet_features *features, const tacet_sparsity *sparsity,
              tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int t = 0; t < TACET_TENSORS && !status; t++)
    status = check_tensor(nest->layer, t, &sparsity->tensor[t], error);
  if (status) return status;
  tacet_dealt_masks dealt;
  status = tacet_deal_masks(&dealt, sparsity, features, nest, error);
  if (!status)
    status = execute(counts, timeline, nest, accelerator, features,
                     &dealt.sparsity, error);
  tacet_dealt_masks_free(&dealt);
  return status;
}

tacet_status tacet_execute_sparse(
    tacet_counts *counts, tacet_timeline *timeline, const tacet_nest *nest,
    const tacet_accelerator *accelerator, const tacet_features *features,
    const tacet_sparsity *sparsity, tacet_error *error) {
  const tacet_tensor *input = &nest->layer->tensor[TACET_INPUT];
  tacet_sparsity all = *sparsity;
  tacet_zeros *zeros = &all.tensor[TACET_INPUT];
  tacet_mask values = {0};
  if (!zeros->mask && zeros->density >= 1 &&
      tacet_tensor_values(input) < tacet_tensor_size(input)) {
    tacet_status status = tacet_mask_make_values(&values, input, error);
    if (status) return status;
    zeros->mask = &values;
  }
  tacet_status status =
      execute_masks(counts, timeline, nest, accelerator, features, &all, error);
  tacet_mask_free(&values);
  return status;
}
