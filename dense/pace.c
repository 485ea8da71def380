/* Waiting after each step, window of steps or run is one thing: units' work is
   summed up to the wait. A queue is a recurrence over steps. */
#include "pace.h"

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

bool tacet_pace_in_order(const tacet_accelerator *accelerator) {
  return has_queue(accelerator) || accelerator->sync.kind == TACET_SYNC_WINDOW;
}

void tacet_pace_start(tacet_pace *pace, const tacet_accelerator *accelerator,
                      tacet_pace_unit *unit, int64_t units) {
  pace->accelerator = accelerator;
  pace->units = units;
  pace->unit = unit;
  pace->most = (tacet_work){0};
  pace->steps = 0;
  pace->in = pace->out = 0;
  pace->busiest = 0;
  pace->timeline = (tacet_timeline){0};
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
  sum->l1_accesses += times * work->l1_accesses;
  sum->sums += times * work->sums;
  sum->examined += times * work->examined;
}

static void raise_to(tacet_work *most, const tacet_work *work) {
  if (work->slots > most->slots) most->variance = work->variance;
  most->slots = larger(most->slots, work->slots);
  most->l1_accesses = larger(most->l1_accesses, work->l1_accesses);
  most->sums = larger(most->sums, work->sums);
  most->examined = larger(most->examined, work->examined);
}

/* Everybody waits for the unit with the most work, and for transfers of `in`
   and `out` cycles, `times` times. */
static void wait(tacet_pace *pace, double in, double out, double times) {
  const double compute = tacet_compute_cycles(pace->accelerator, &pace->most);
  const double lasts = overlaps(pace->accelerator)
                           ? larger(compute, larger(in, out))
                           : compute + in + out;
  pace->busiest += times * pace->most.slots;
  pace->timeline.compute += times * compute;
  pace->timeline.in += times * in;
  pace->timeline.out += times * out;
  pace->timeline.steps += times * lasts;
  pace->most = (tacet_work){0};
}

/* The same after several steps. */
static void wait_for_sums(tacet_pace *pace) {
  for (int64_t u = 0; u < pace->units; u++) {
    raise_to(&pace->most, &pace->unit[u].since);
    pace->unit[u].since = (tacet_work){0};
  }
  wait(pace, pace->in, pace->out, 1);
  pace->in = pace->out = 0;
  pace->steps = 0;
}

/* ---- a queue ------------------------------------------------------------ */

static void do_after(double *done_at, double *all_done, double before,
                     double lasts) {
  *done_at = larger(*done_at, before) + lasts;
  *all_done = larger(*all_done, *done_at);
}

static void queue_work(tacet_pace *pace, int64_t unit, const tacet_work *work) {
  const double cycles = tacet_compute_cycles(pace->accelerator, work);
  const double lasts[TACET_CLOCKS] = {work->slots, cycles, cycles};
  tacet_pace_queue *queue = &pace->queue;
  for (int c = 0; c < TACET_CLOCKS; c++)
    do_after(&pace->unit[unit].done_at[c], &queue->all_done[c],
             queue->before[c], lasts[c]);
}

static void queue_step(tacet_pace *pace, double in, double out) {
  tacet_pace_queue *queue = &pace->queue;
  const int64_t length = pace->accelerator->sync.steps;
  pace->timeline.in += in;
  pace->timeline.out += out;
  if (overlaps(pace->accelerator)) {
    do_after(&queue->in, &queue->all_done[RUN], queue->before[RUN], in);
    do_after(&queue->out, &queue->all_done[RUN], queue->before[RUN], out);
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

static void sum_step(tacet_pace *pace, double in, double out, double times) {
  const tacet_sync *sync = &pace->accelerator->sync;
  pace->in += times * in;
  pace->out += times * out;
  pace->steps++;
  if (sync->kind == TACET_SYNC_WINDOW && pace->steps == sync->steps)
    wait_for_sums(pace);
}

void tacet_pace_step(tacet_pace *pace, const tacet_work *transfers) {
  const tacet_accelerator *accelerator = pace->accelerator;
  const int noc = accelerator->storages - 2;
  const double in = tacet_transfer_cycles(accelerator, noc, transfers->bits_in);
  const double out =
      tacet_transfer_cycles(accelerator, noc, transfers->bits_out);
  if (accelerator->sync.kind == TACET_SYNC_STEP)
    wait(pace, in, out, transfers->occurrences);
  else if (accelerator->sync.kind == TACET_SYNC_QUEUE)
    queue_step(pace, in, out);
  else
    sum_step(pace, in, out, times_in_sum(pace, transfers));
}

void tacet_pace_end(tacet_pace *pace) {
  if (has_queue(pace->accelerator))
    queue_end(pace);
  else if (pace->steps > 0)
    wait_for_sums(pace);
}
