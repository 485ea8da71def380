/* Waiting after each step, window of steps or run is one thing: units' work is
   summed up to the wait. A queue is a recurrence over steps; as it evens them
   out, each counts with its mean. */
#include "pace.h"
#include "ways.h"

#include <string.h>

enum { SLOTS, COMPUTE, RUN };

static double larger(double a, double b) {
  return a > b ? a : b;
}

static bool has_queue(const tacet_accelerator *accelerator) {
  return accelerator->sync.kind == TACET_SYNC_QUEUE;
}

/* Transfers go on beside the PEs. */
static bool overlaps(const tacet_accelerator *accelerator) {
  return accelerator->storage[accelerator->storages - 1].double_buffered;
}

static bool is_plain(const tacet_accelerator *accelerator,
                     const tacet_link *link) {
  const tacet_storage *l1 = &accelerator->storage[accelerator->storages - 1];
  return accelerator->sync.kind == TACET_SYNC_STEP &&
         link->bus[TACET_OUTPUT] == 0 && l1->double_buffered &&
         !l1->single[TACET_WEIGHT] && !l1->single[TACET_INPUT] &&
         !l1->single[TACET_OUTPUT];
}

bool tacet_pace_in_order(const tacet_accelerator *accelerator) {
  return has_queue(accelerator) || accelerator->sync.kind == TACET_SYNC_WINDOW;
}

/* What a wait is for. */
static void clear_work(tacet_work *work) {
  work->slots = work->variance = work->passed_on = 0;
  work->most = 0;
  work->l1_accesses = work->sums = work->examined = 0;
  work->most_accesses = work->most_sums = work->most_examined = 0;
}

void tacet_pace_start(tacet_pace *pace, const tacet_accelerator *accelerator,
                      tacet_pace_unit *unit, int64_t units) {
  const tacet_link *inner = &accelerator->link[accelerator->storages - 2];
  pace->accelerator = accelerator;
  pace->plain = is_plain(accelerator, inner);
  pace->width = (double)accelerator->word_bits * inner->bandwidth;
  pace->latency = (double)inner->latency;
  pace->units = units;
  pace->unit = unit;
  clear_work(&pace->most);
  clear_work(&pace->known);
  pace->steps = 0;
  pace->busiest = 0;
  pace->timeline = (tacet_timeline){0};
  if (accelerator->sync.kind == TACET_SYNC_STEP) return;
  pace->ways = (tacet_ways){.in = {0}};
  memset(unit, 0, (size_t)units * sizeof *unit);
  if (!has_queue(accelerator)) return;
  memset(&pace->queue, 0, offsetof(tacet_pace_queue, ring));
  memset(pace->queue.ring, 0,
         (size_t)accelerator->sync.steps * sizeof *pace->queue.ring);
  pace->queue.in = pace->queue.out = 0;
}

/* ---- sums up to a wait -------------------------------------------------- */

static void add_work(tacet_work *sum, const tacet_work *work, double times) {
  sum->slots += times * work->slots;
  sum->variance += times * work->variance;
  sum->passed_on += times * work->passed_on;
  sum->most += times * work->most;
  sum->l1_accesses += times * work->l1_accesses;
  sum->sums += times * work->sums;
  sum->examined += times * work->examined;
  sum->most_accesses += times * work->most_accesses;
  sum->most_sums += times * work->most_sums;
  sum->most_examined += times * work->most_examined;
}

static void raise_amount(double *amount, double *limit, double to,
                         double limit_to) {
  if (to <= *amount) return;
  *amount = to;
  *limit = limit_to;
}

static void raise_to(tacet_work *most, const tacet_work *work) {
  if (work->slots > most->slots) {
    most->variance = work->variance;
    most->passed_on = work->passed_on;
    most->most = work->most;
  }
  most->slots = larger(most->slots, work->slots);
  raise_amount(&most->l1_accesses, &most->most_accesses, work->l1_accesses,
               work->most_accesses);
  raise_amount(&most->sums, &most->most_sums, work->sums, work->most_sums);
  raise_amount(&most->examined, &most->most_examined, work->examined,
               work->most_examined);
}

static bool same_work(const tacet_work *a, const tacet_work *b) {
  return a->slots == b->slots && a->variance == b->variance &&
         a->passed_on == b->passed_on && a->most == b->most &&
         a->l1_accesses == b->l1_accesses && a->sums == b->sums &&
         a->examined == b->examined && a->most_accesses == b->most_accesses &&
         a->most_sums == b->most_sums && a->most_examined == b->most_examined;
}

/* Cycles of the most work: those of an expectation take long to find, and most
   steps are alike in it. */
static void set_compute(tacet_span *span, tacet_pace *pace) {
  const tacet_work *most = &pace->most;
  if (most->variance > 0 && same_work(most, &pace->known)) {
    *span = pace->known_span;
    return;
  }
  tacet_compute_span(span, pace->accelerator, most);
  if (most->variance <= 0) return;
  pace->known = *most;
  pace->known_span = *span;
}

/* Everybody waits for the unit with the most work, and for transfers, `times`
   times. */
static void wait(tacet_pace *pace, const tacet_ways *ways, double times) {
  tacet_span compute;
  set_compute(&compute, pace);
  pace->busiest += times * pace->most.slots;
  pace->timeline.compute += times * compute.cycles;
  pace->timeline.in += times * ways->in.cycles;
  pace->timeline.out += times * ways->out.cycles;
  pace->timeline.steps += times * tacet_step_cycles(&compute, ways);
  clear_work(&pace->most);
}

static bool is_certain(const tacet_work *most, const tacet_work *transfers) {
  return most->variance <= 0 && transfers->in_variance[TACET_WEIGHT] <= 0 &&
         transfers->in_variance[TACET_INPUT] <= 0 &&
         transfers->out_variance <= 0;
}

/* The same of what is certain, on plain ways. */
static void wait_plain(tacet_pace *pace, const tacet_work *most,
                       const tacet_work *transfers) {
  tacet_timeline *timeline = &pace->timeline;
  const double times = transfers->occurrences;
  const double compute = tacet_compute_cycles(pace->accelerator, most);
  const double in = tacet_cycles_at(transfers->bits_in[TACET_WEIGHT] +
                                        transfers->bits_in[TACET_INPUT],
                                    pace->width, pace->latency);
  const double out =
      tacet_cycles_at(transfers->bits_out, pace->width, pace->latency);
  pace->busiest += times * most->slots;
  timeline->compute += times * compute;
  timeline->in += times * in;
  timeline->out += times * out;
  timeline->steps += times * larger(compute, larger(in, out));
}

/* The same after several steps. */
static void wait_for_sums(tacet_pace *pace) {
  for (int64_t u = 0; u < pace->units; u++) {
    raise_to(&pace->most, &pace->unit[u].since);
    clear_work(&pace->unit[u].since);
  }
  wait(pace, &pace->ways, 1);
  pace->ways = (tacet_ways){.in = {0}};
  pace->steps = 0;
}

/* ---- a queue ------------------------------------------------------------ */

static void do_after(double *done_at, double *all_done, double before,
                     double lasts) {
  *done_at = larger(*done_at, before) + lasts;
  *all_done = larger(*all_done, *done_at);
}

static void queue_work(tacet_pace *pace, int64_t unit, const tacet_work *work) {
  double *lasts = pace->unit[unit].lasts;
  lasts[SLOTS] = work->slots;
  lasts[COMPUTE] = lasts[RUN] = tacet_compute_cycles(pace->accelerator, work);
}

/* All units do their step, and wait for `alone` cycles in it. */
static void queue_units(tacet_pace *pace, double alone) {
  tacet_pace_queue *queue = &pace->queue;
  for (int64_t u = 0; u < pace->units; u++) {
    tacet_pace_unit *unit = &pace->unit[u];
    unit->lasts[RUN] += alone;
    for (int c = 0; c < TACET_CLOCKS; c++) {
      do_after(&unit->done_at[c], &queue->all_done[c], queue->before[c],
               unit->lasts[c]);
      unit->lasts[c] = 0;
    }
  }
}

static void queue_step(tacet_pace *pace, const tacet_ways *ways) {
  tacet_pace_queue *queue = &pace->queue;
  const int64_t length = pace->accelerator->sync.steps;
  pace->timeline.in += ways->in.cycles;
  pace->timeline.out += ways->out.cycles;
  if (overlaps(pace->accelerator)) {
    queue_units(pace, ways->alone_in.cycles + ways->alone_out.cycles);
    do_after(&queue->in, &queue->all_done[RUN], queue->before[RUN],
             ways->in.cycles);
    do_after(&queue->out, &queue->all_done[RUN], queue->before[RUN],
             ways->out.cycles);
  } else {
    queue_units(pace, 0); /* transfers take their time after all steps */
  }
  memcpy(queue->ring[pace->steps % length], queue->all_done,
         sizeof queue->all_done);
  pace->steps++;
  memcpy(queue->before, queue->ring[pace->steps % length],
         sizeof queue->before);
}

static void queue_end(tacet_pace *pace) {
  tacet_timeline *timeline = &pace->timeline;
  const double *done = pace->queue.all_done;
  pace->busiest = done[SLOTS];
  timeline->compute = done[COMPUTE];
  timeline->steps = done[RUN];
  if (!overlaps(pace->accelerator))
    timeline->steps += timeline->in + timeline->out;
}

/* ---- steps -------------------------------------------------------------- */

/* Of windows the steps come one by one. */
static double times_in_sum(const tacet_pace *pace, const tacet_work *work) {
  return pace->accelerator->sync.kind == TACET_SYNC_END ? work->occurrences : 1;
}

void tacet_pace_work(tacet_pace *pace, int64_t unit, const tacet_work *work) {
  const tacet_sync_kind kind = pace->accelerator->sync.kind;
  if (kind == TACET_SYNC_STEP)
    raise_to(&pace->most, work);
  else if (kind == TACET_SYNC_QUEUE)
    queue_work(pace, unit, work);
  else
    add_work(&pace->unit[unit].since, work, times_in_sum(pace, work));
}

/* Steps in a sum vary on their own, but for what they share. */
static void add_span(tacet_span *sum, const tacet_span *span, double times) {
  sum->cycles += times * span->cycles;
  sum->variance += times * span->variance;
  sum->with_slots += times * span->with_slots;
  sum->most += times * span->most;
}

static void sum_step(tacet_pace *pace, const tacet_ways *ways, double times) {
  const tacet_sync *sync = &pace->accelerator->sync;
  add_span(&pace->ways.in, &ways->in, times);
  add_span(&pace->ways.out, &ways->out, times);
  add_span(&pace->ways.alone_in, &ways->alone_in, times);
  add_span(&pace->ways.alone_out, &ways->alone_out, times);
  pace->steps++;
  if (sync->kind == TACET_SYNC_WINDOW && pace->steps == sync->steps)
    wait_for_sums(pace);
}

void tacet_pace_step(tacet_pace *pace, const tacet_work *transfers) {
  const tacet_accelerator *accelerator = pace->accelerator;
  tacet_ways ways;
  if (pace->plain && is_certain(&pace->most, transfers)) {
    wait_plain(pace, &pace->most, transfers);
    clear_work(&pace->most);
    return;
  }
  tacet_ways_of(&ways, accelerator, transfers);
  if (accelerator->sync.kind == TACET_SYNC_STEP)
    wait(pace, &ways, transfers->occurrences);
  else if (accelerator->sync.kind == TACET_SYNC_QUEUE)
    queue_step(pace, &ways);
  else
    sum_step(pace, &ways, times_in_sum(pace, transfers));
}

void tacet_pace_alone(tacet_pace *pace, const tacet_work *work) {
  if (pace->plain && is_certain(work, work)) {
    wait_plain(pace, work, work);
    return;
  }
  tacet_pace_work(pace, 0, work);
  tacet_pace_step(pace, work);
}

void tacet_pace_end(tacet_pace *pace) {
  if (has_queue(pace->accelerator))
    queue_end(pace);
  else if (pace->steps > 0)
    wait_for_sums(pace);
}
