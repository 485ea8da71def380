/* PEs are all alike but for their luck; or, beside a mask, each does what the
   mask leaves it, and only the rest is luck. */
#include "waits.h"

#include <stdlib.h>
#include <string.h>

static tacet_sync_kind sync_of(const tacet_waits *w) {
  return w->odds->reading->accelerator->sync.kind;
}

/* ---- all alike ---------------------------------------------------------- */

/* How much more the busiest of a crew does than one does on average: each works
   on its own box, wherever that lies. */
static double stretch_of(tacet_waits *w, tacet_crew *crew) {
  static const tacet_positions anywhere;
  tacet_work busiest;
  double mean;
  crew->positions = &anywhere;
  tacet_crews_work(&busiest, &mean, &w->crews, w->odds, crew);
  return mean > 0 ? busiest.slots / mean : 1;
}

/* What a PE works on over the run, if it is dealt evenly. */
static int64_t evenly(const tacet_waits *w, int d, int64_t units) {
  return (w->odds->reading->nest->layer->dim[d].size + units - 1) / units;
}

static tacet_crew run_crew(const tacet_waits *w,
                           const int64_t units[TACET_MAX_DIMS]) {
  tacet_crew crew = {.reads = {0}}; /* only its slots matter */
  for (int d = 0; d < w->odds->reading->nest->layer->dims; d++) {
    crew.box[d] = evenly(w, d, units[d]);
    crew.units[d] = units[d];
  }
  return crew;
}

/* The same over as many steps as PEs may run apart, which the innermost loops
   move. */
static tacet_crew window_crew(const tacet_waits *w, const tacet_crew *step) {
  const tacet_nest *nest = w->odds->reading->nest;
  int64_t steps = w->odds->reading->accelerator->sync.steps;
  tacet_crew crew = {.reads = {0}}; /* only its slots matter */
  memcpy(crew.box, step->box, sizeof crew.box);
  memcpy(crew.units, step->units, sizeof crew.units);
  for (int i = nest->loops - 1; i >= 0 && steps > 1; i--) {
    const tacet_loop *loop = &nest->loop[i];
    const int64_t most = evenly(w, loop->dim, step->units[loop->dim]);
    const int64_t folds = loop->folds < steps ? loop->folds : steps;
    int64_t *length = &crew.box[loop->dim];
    *length = *length < most / folds ? *length * folds : most;
    steps = (steps + loop->folds - 1) / loop->folds;
  }
  return crew;
}

/* A step after which nobody waits: only its transfers take time in it. */
static void add_to_sum(tacet_waits *w, const tacet_work *work, double mean,
                       const tacet_crew *step) {
  const double times = work->occurrences;
  w->sum.slots += times * mean;
  w->sum.variance += times * work->variance;
  w->sum.examined += times * work->examined;
  if (work->slots > 0) {
    w->sum.l1_accesses += times * work->l1_accesses * mean / work->slots;
    w->sum.sums += times * work->sums * mean / work->slots;
  }
  if (w->started) return;
  tacet_crew crew = run_crew(w, step->units);
  w->stretch = stretch_of(w, &crew);
}

/* The only wait: for the busiest PE's sum over the run, which without zeros
   would be `most` slots. */
static void end_sum(tacet_waits *w, double most) {
  tacet_work whole = w->sum;
  whole.occurrences = 1;
  whole.slots *= w->stretch;
  if (whole.slots > most) whole.slots = most;
  if (w->sum.slots > 0) {
    whole.l1_accesses *= whole.slots / w->sum.slots;
    whole.sums *= whole.slots / w->sum.slots;
  }
  tacet_pace_work(&w->pace, 0, &whole);
}

/* A step of those that are waited for together: the mean, stretched as their
   sum is. With a queue that is an upper bound: a PE may run ahead of the others
   by so many steps at any time, not only from a wait on. */
static void share_wait(tacet_work *work, double mean, tacet_waits *w,
                       const tacet_crew *step) {
  if (work->slots <= mean) return;
  tacet_crew crew = window_crew(w, step);
  const double part = stretch_of(w, &crew) * mean / work->slots;
  if (part >= 1) return;
  work->slots *= part;
  work->l1_accesses *= part;
  work->sums *= part;
}

/* ---- PE by PE ----------------------------------------------------------- */

/* Beside a mask what is left to chance is as elsewhere: of PEs that hold the
   same of it, or of all. */
static void find_luck(tacet_waits *w, const tacet_crew *step) {
  const bool ends = sync_of(w) == TACET_SYNC_END;
  if (ends && w->started) return;
  tacet_crew crew = ends ? run_crew(w, step->units) : window_crew(w, step);
  w->luck_of_all = tacet_expect_stretch(w->odds, crew.box, crew.units);
  for (int d = 0; d < w->odds->reading->nest->layer->dims; d++)
    if (w->odds->dims >> d & 1) crew.units[d] = 1;
  w->luck = tacet_expect_stretch(w->odds, crew.box, crew.units);
}

/* More slots, and accesses and sums with them, but no more than there are. */
static tacet_work stretched(tacet_work work, double stretch, double all) {
  if (work.slots * stretch > all) stretch = all / work.slots;
  work.slots *= stretch;
  work.l1_accesses *= stretch;
  work.sums *= stretch;
  return work;
}

typedef struct dealing {
  tacet_waits *w;
  double occurrences;
  tacet_work sum; /* over PEs */
  double all, pes;
} dealing;

static void deal_work(int64_t unit, const tacet_work *mean, double all,
                      void *context) {
  dealing *d = context;
  tacet_work work = stretched(*mean, d->w->luck, all);
  work.occurrences = d->occurrences;
  tacet_pace_work(&d->w->pace, unit, &work);
  d->sum.slots += mean->slots;
  d->sum.variance += mean->variance;
  d->sum.l1_accesses += mean->l1_accesses;
  d->sum.sums += mean->sums;
  d->sum.examined += mean->examined;
  d->all += all;
  d->pes++;
}

static void add_each(tacet_waits *w, const tacet_crew *crew,
                     double occurrences) {
  dealing d = {.w = w, .occurrences = occurrences};
  find_luck(w, crew);
  tacet_expect_each(w->odds, crew, deal_work, &d);
  const tacet_work mean = {.slots = d.sum.slots / d.pes,
                           .variance = d.sum.variance / d.pes,
                           .l1_accesses = d.sum.l1_accesses / d.pes,
                           .sums = d.sum.sums / d.pes,
                           .examined = d.sum.examined / d.pes};
  tacet_work any = stretched(mean, w->luck_of_all, d.all / d.pes);
  any.occurrences = occurrences;
  tacet_pace_work(&w->pace, w->units, &any);
}

/* ---- steps -------------------------------------------------------------- */

static bool has_mask(const tacet_odds *odds) {
  bool has = false;
  for (int t = 0; t < TACET_TENSORS; t++) has |= odds->boxes[t] != NULL;
  return has;
}

/* Makes room for the PEs, if each has work of its own. */
static tacet_status make_units(tacet_waits *w, tacet_error *error) {
  const tacet_nest *nest = w->odds->reading->nest;
  if (sync_of(w) == TACET_SYNC_STEP || !has_mask(w->odds)) return TACET_OK;
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
  w->sum = (tacet_work){0};
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

static void add_alike(tacet_waits *w, tacet_work *work,
                      const tacet_crew *crew) {
  double mean;
  tacet_crews_work(work, &mean, &w->crews, w->odds, crew);
  if (sync_of(w) == TACET_SYNC_END) {
    add_to_sum(w, work, mean, crew);
    return;
  }
  if (sync_of(w) != TACET_SYNC_STEP) share_wait(work, mean, w, crew);
  tacet_pace_work(&w->pace, 0, work);
}

void tacet_waits_work(tacet_waits *w, tacet_work *work,
                      const tacet_product *product,
                      const tacet_step_class *step) {
  tacet_positions positions;
  tacet_crew crew;
  tacet_positions_of(&positions, product, w->odds->dims);
  set_crew(&crew, product, step, &positions);
  if (w->units > 0)
    add_each(w, &crew, work->occurrences);
  else
    add_alike(w, work, &crew);
  w->started = true;
}

void tacet_waits_end(tacet_waits *w) {
  if (sync_of(w) == TACET_SYNC_END && w->units == 0)
    end_sum(w, w->odds->reading->counts->busiest);
  tacet_pace_end(&w->pace);
}
