/* PEs are all alike but for their luck; or, where it matters what they hold,
   each does what that leaves it, and only the rest is luck. */
#include "waits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../dense/cost/expectation.h"
#include "stretch.h"

static tacet_sync_kind sync_of(const tacet_waits *w) {
  return w->odds->reading->accelerator->sync.kind;
}

/* Outputs that take slots of a PE to leave it, in which there is no MAC. */
static void pass_on(tacet_work *work, double outputs) {
  work->passed_on = outputs;
  work->slots += outputs;
  work->most += outputs;
}

/* ---- luck --------------------------------------------------------------- */

/* Boxes that a PE comes to along a dimension over the run, if it is dealt
   evenly. */
static double boxes_in_run(const tacet_waits *w, const tacet_deal *deal,
                           int d) {
  const int64_t size = w->odds->reading->nest->layer->dim[d].size;
  const int64_t evenly = (size + deal->units[d] - 1) / deal->units[d];
  return fmax(1, (double)evenly / (double)deal->box.length[d]);
}

/* As many steps as PEs may run apart, which the innermost loops move. */
static void deal_window(tacet_deal *deal, const tacet_waits *w) {
  const tacet_nest *nest = w->odds->reading->nest;
  double steps = (double)w->odds->reading->accelerator->sync.steps;
  for (int i = nest->loops - 1; i >= 0 && steps > 1; i--) {
    const tacet_loop *loop = &nest->loop[i];
    const double folds = fmin((double)loop->folds, steps);
    deal->steps[loop->dim] =
        fmin(deal->steps[loop->dim] * folds, boxes_in_run(w, deal, loop->dim));
    steps = ceil(steps / (double)loop->folds);
  }
}

/* What a PE does up to the next wait, wherever its boxes lie. */
static tacet_deal deal_of(const tacet_waits *w, const tacet_crew *step) {
  const int dims = w->odds->reading->nest->layer->dims;
  tacet_deal deal = {.sight = w->odds->sight};
  for (int d = 0; d < dims; d++) {
    deal.box.length[d] = step->box[d];
    deal.units[d] = step->units[d];
    deal.steps[d] = 1;
  }
  if (sync_of(w) != TACET_SYNC_END) deal_window(&deal, w);
  for (int d = 0; d < dims && sync_of(w) == TACET_SYNC_END; d++)
    deal.steps[d] = boxes_in_run(w, &deal, d);
  return deal;
}

/* The run has one wait at its end; windows are as those before if their steps
   look the same. */
static bool is_known(const tacet_waits *w, const tacet_crew *step) {
  const size_t size =
      (size_t)w->odds->reading->nest->layer->dims * sizeof *step->box;
  return w->started && (sync_of(w) == TACET_SYNC_END ||
                        (memcmp(w->box, step->box, size) == 0 &&
                         memcmp(w->apart, step->units, size) == 0));
}

/* Of all PEs, and of those that hold the same of what they know. */
static void find_luck(tacet_waits *w, const tacet_crew *step) {
  const int dims = w->odds->reading->nest->layer->dims;
  if (is_known(w, step)) return;
  for (int d = 0; d < dims; d++) {
    w->box[d] = step->box[d];
    w->apart[d] = step->units[d];
  }
  tacet_deal deal = deal_of(w, step);
  w->luck_of_all = w->luck = tacet_stretch(w->odds, &deal);
  if (!w->odds->dims) return;
  for (int d = 0; d < dims; d++)
    if (w->odds->dims >> d & 1) deal.units[d] = 1;
  w->luck = tacet_stretch(w->odds, &deal);
}

/* ---- PE by PE ----------------------------------------------------------- */

/* More slots, and accesses and sums with them, but no more than there are. */
static tacet_work stretched(tacet_work work, double stretch) {
  if (work.slots >= work.most) return work;
  const double slots = fmin(work.slots * stretch, work.most);
  const double more = slots - work.slots;
  work.l1_accesses += more * tacet_growth(work.l1_accesses, work.most_accesses,
                                          work.slots, work.most);
  work.sums +=
      more * tacet_growth(work.sums, work.most_sums, work.slots, work.most);
  work.slots = slots;
  return work;
}

typedef struct dealing {
  tacet_waits *w;
  double occurrences;
  double passed_on;
  tacet_work sum; /* over PEs */
  double pes;
} dealing;

static void deal_work(int64_t unit, const tacet_work *mean, void *context) {
  dealing *d = context;
  tacet_work work = stretched(*mean, d->w->luck);
  work.occurrences = d->occurrences;
  pass_on(&work, d->passed_on);
  tacet_pace_work(&d->w->pace, unit, &work);
  d->sum.slots += mean->slots;
  d->sum.variance += mean->variance;
  d->sum.most += mean->most;
  d->sum.l1_accesses += mean->l1_accesses;
  d->sum.sums += mean->sums;
  d->sum.examined += mean->examined;
  d->sum.most_accesses += mean->most_accesses;
  d->sum.most_sums += mean->most_sums;
  d->sum.most_examined += mean->most_examined;
  d->pes++;
}

static void add_each(tacet_waits *w, const tacet_crew *crew, double occurrences,
                     double passed_on) {
  dealing d = {.w = w, .occurrences = occurrences, .passed_on = passed_on};
  tacet_expect_each(w->odds, crew, deal_work, &d);
  const tacet_work mean = {.slots = d.sum.slots / d.pes,
                           .variance = d.sum.variance / d.pes,
                           .most = d.sum.most / d.pes,
                           .l1_accesses = d.sum.l1_accesses / d.pes,
                           .sums = d.sum.sums / d.pes,
                           .examined = d.sum.examined / d.pes,
                           .most_accesses = d.sum.most_accesses / d.pes,
                           .most_sums = d.sum.most_sums / d.pes,
                           .most_examined = d.sum.most_examined / d.pes};
  tacet_work any = stretched(mean, w->luck_of_all);
  any.occurrences = occurrences;
  pass_on(&any, passed_on);
  tacet_pace_work(&w->pace, w->units, &any);
}

/* ---- steps -------------------------------------------------------------- */

/* A shorter group at the end of a rank makes hardly a difference. */
static bool are_apart(const tacet_odds *odds) {
  bool apart = false;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_pattern_kind kind = odds->zeros[t].pattern.kind;
    apart |= odds->boxes[t] != NULL ||
             (odds->zeros[t].dims &&
              (kind == TACET_PLANE || kind == TACET_DENSITIES));
  }
  return apart;
}

/* Makes room for the PEs, if each has work of its own. */
static tacet_status make_units(tacet_waits *w, tacet_error *error) {
  const tacet_nest *nest = w->odds->reading->nest;
  if (sync_of(w) == TACET_SYNC_STEP || !are_apart(w->odds)) return TACET_OK;
  w->units = 1;
  for (int i = 0; i < nest->loops; i++)
    if (w->odds->dims >> nest->loop[i].dim & 1) w->units *= nest->loop[i].units;
  w->unit = calloc((size_t)w->units + 1, sizeof *w->unit);
  if (w->unit) return TACET_OK;
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "no memory for the work of %lld PEs", (long long)w->units);
}

tacet_status tacet_waits_make(tacet_waits *w, const tacet_odds *odds,
                              tacet_error *error) {
  w->odds = odds;
  w->crews.count = 0;
  w->started = false;
  w->busiest = (tacet_pace_unit){0};
  w->outputs_sent = 1;
  w->units = 0;
  w->unit = NULL;
  tacet_status status = make_units(w, error);
  if (status) return status;
  tacet_pace_start(&w->pace, odds->reading->accelerator,
                   w->units ? w->unit : &w->busiest, w->units + 1);
  return TACET_OK;
}

void tacet_waits_free(tacet_waits *w) {
  free(w->unit);
}

static void set_crew(tacet_crew *crew, const tacet_product *product,
                     const tacet_step_class *step,
                     const tacet_positions *positions) {
  crew->positions = positions;
  tacet_product_box(crew->box, product);
  tacet_product_units(crew->units, product);
  for (int t = 0; t < TACET_TENSORS; t++)
    crew->reads[t] = (double)step->l1_reads[t] / (double)step->busiest;
}

void tacet_waits_work(tacet_waits *w, tacet_work *work,
                      const tacet_product *product,
                      const tacet_step_class *step) {
  tacet_positions positions;
  tacet_crew crew;
  tacet_positions_of(&positions, product, w->odds->dims);
  set_crew(&crew, product, step, &positions);
  crew.stretch = 0;
  if (sync_of(w) != TACET_SYNC_STEP) {
    find_luck(w, &crew);
    crew.stretch = w->luck_of_all;
  }
  const double passed_on = w->outputs_sent * (double)step->passed_on;
  if (w->units > 0) {
    add_each(w, &crew, work->occurrences, passed_on);
  } else {
    tacet_crews_work(work, &w->crews, w->odds, &crew);
    pass_on(work, passed_on);
    tacet_pace_work(&w->pace, 0, work);
  }
  w->started = true;
}

/* All PEs alike. */
static void pass_on_last(tacet_waits *w, double passed_on) {
  tacet_work work = {.occurrences = 1};
  pass_on(&work, passed_on);
  for (int64_t u = 0; u <= w->units; u++) tacet_pace_work(&w->pace, u, &work);
  tacet_pace_step(&w->pace, &(tacet_work){.occurrences = 1});
}

void tacet_waits_end(tacet_waits *w, int64_t last_passed_on) {
  if (last_passed_on > 0)
    pass_on_last(w, w->outputs_sent * (double)last_passed_on);
  tacet_pace_end(&w->pace);
}
