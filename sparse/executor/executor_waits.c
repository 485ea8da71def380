/* Everything that happened is kept, and who waits for whom is read off it. */
#include "executor_waits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "out of memory to walk a layer");
}

/* ---- what happened ------------------------------------------------------ */

tacet_status tacet_history_add(tacet_history *history, tacet_error *error) {
  if (history->steps == history->room) {
    const int64_t room = history->room ? 2 * history->room : 64;
    const size_t pes = (size_t)history->pes;
    tacet_work *work =
        realloc(history->work, (size_t)room * pes * sizeof *work);
    if (work) history->work = work;
    tacet_work *moved = realloc(history->moved, (size_t)room * sizeof *moved);
    if (moved) history->moved = moved;
    if (!work || !moved) return no_memory(error);
    history->room = room;
  }
  const int64_t step = history->steps++;
  memset(&history->work[step * history->pes], 0,
         (size_t)history->pes * sizeof *history->work);
  history->moved[step] = (tacet_work){0};
  return TACET_OK;
}

void tacet_history_free(tacet_history *history) {
  free(history->work);
  free(history->moved);
}

static tacet_work *work_of(const tacet_history *history, int64_t step,
                           int64_t pe) {
  return &history->work[step * history->pes + pe];
}

tacet_work *tacet_history_work(const tacet_history *history, int64_t pe) {
  return work_of(history, history->steps - 1, pe);
}

/* ---- units -------------------------------------------------------------- */

/* A PE, or after the last of them the way in and the way out. */
typedef struct scene {
  const tacet_history *history;
  const tacet_accelerator *accelerator;
} scene;

typedef enum measure { SLOTS, COMPUTE, RUN } measure;

static double larger(double a, double b) {
  return a > b ? a : b;
}

static const tacet_link *noc_of(const scene *s) {
  return &s->accelerator->link[s->accelerator->storages - 2];
}

static const tacet_storage *l1_of(const scene *s) {
  return &s->accelerator->storage[s->accelerator->storages - 1];
}

/* Whether ways go on while PEs compute. */
static bool ways_are_units(const scene *s) {
  return l1_of(s)->double_buffered;
}

/* Whether PEs wait while elements of the tensor move. */
static bool halts_pes(const scene *s, int t) {
  return !ways_are_units(s) || l1_of(s)->single[t];
}

static double bus_lasts(const scene *s, double words, double bits) {
  const double word_bits = (double)s->accelerator->word_bits;
  if (bits == 0) return 0;
  return ceil(bits / (word_bits * words)) + (double)noc_of(s)->latency;
}

/* The way in with all that a step moves, or only with what PEs wait for. */
static double way_in_lasts(const scene *s, int64_t step, bool all) {
  const tacet_work *moved = &s->history->moved[step];
  const tacet_link *noc = noc_of(s);
  double together = 0, longest = 0;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (!all && !halts_pes(s, t)) continue;
    if (noc->bus[t] > 0)
      longest = larger(longest, bus_lasts(s, noc->bus[t], moved->bits_in[t]));
    else
      together += moved->bits_in[t];
  }
  return larger(longest, bus_lasts(s, noc->bandwidth, together));
}

static double way_out_lasts(const scene *s, int64_t step) {
  const tacet_link *noc = noc_of(s);
  const double own = noc->bus[TACET_OUTPUT];
  return bus_lasts(s, own > 0 ? own : noc->bandwidth,
                   s->history->moved[step].bits_out);
}

static double way_lasts(const scene *s, int64_t step, bool out) {
  return out ? way_out_lasts(s, step) : way_in_lasts(s, step, true);
}

/* Of a step, in which PEs wait for transfers while others go on. */
static double halt_lasts(const scene *s, int64_t step) {
  if (!ways_are_units(s)) return 0; /* all of them, after all steps */
  return way_in_lasts(s, step, false) +
         (halts_pes(s, TACET_OUTPUT) ? way_out_lasts(s, step) : 0);
}

/* What a unit needs for all of several steps, if it never waits between. */
static double lasts(const scene *s, int64_t unit, int64_t first, int64_t last,
                    measure m) {
  const int64_t pes = s->history->pes;
  tacet_work all = {0};
  double cycles = 0, halts = 0;
  for (int64_t step = first; step < last; step++) {
    if (unit >= pes) {
      if (m == RUN && ways_are_units(s))
        cycles += way_lasts(s, step, unit > pes);
      continue;
    }
    const tacet_work *work = work_of(s->history, step, unit);
    all.slots += work->slots;
    all.l1_accesses += work->l1_accesses;
    all.sums += work->sums;
    all.examined += work->examined;
    if (m == RUN) halts += halt_lasts(s, step);
  }
  if (unit >= pes) return cycles;
  if (m == SLOTS) return all.slots;
  return tacet_compute_cycles(s->accelerator, &all) + halts;
}

/* ---- waiting ------------------------------------------------------------ */

/* Everybody waits after each `window` steps. */
static double with_waits(const scene *s, int64_t window, measure m) {
  double sum = 0;
  for (int64_t first = 0; first < s->history->steps; first += window) {
    int64_t last =
        s->history->steps - first < window ? s->history->steps : first + window;
    double longest = 0;
    for (int64_t unit = 0; unit < s->history->pes + 2; unit++)
      longest = larger(longest, lasts(s, unit, first, last, m));
    sum += longest;
  }
  return sum;
}

/* A unit starts a step when it has done the one before, and all have done the
   one `length` before. ends: [units], all_end: [steps]. */
static double with_queue(const scene *s, int64_t length, measure m,
                         double *ends, double *all_end) {
  const int64_t units = s->history->pes + 2;
  for (int64_t unit = 0; unit < units; unit++) ends[unit] = 0;
  for (int64_t step = 0; step < s->history->steps; step++) {
    const double allowed = step < length ? 0 : all_end[step - length];
    all_end[step] = 0;
    for (int64_t unit = 0; unit < units; unit++) {
      ends[unit] =
          larger(ends[unit], allowed) + lasts(s, unit, step, step + 1, m);
      all_end[step] = larger(all_end[step], ends[unit]);
    }
  }
  return s->history->steps ? all_end[s->history->steps - 1] : 0;
}

static double time_of(const scene *s, measure m, double *ends,
                      double *all_end) {
  const tacet_sync *sync = &s->accelerator->sync;
  switch (sync->kind) {
  case TACET_SYNC_STEP: return with_waits(s, 1, m);
  case TACET_SYNC_WINDOW: return with_waits(s, sync->steps, m);
  case TACET_SYNC_QUEUE: return with_queue(s, sync->steps, m, ends, all_end);
  case TACET_SYNC_END: break;
  }
  return with_waits(s, s->history->steps, m);
}

tacet_status tacet_history_time(tacet_timeline *timeline, double *busiest,
                                const tacet_history *history,
                                const tacet_accelerator *accelerator,
                                tacet_error *error) {
  const scene s = {history, accelerator};
  double *ends = malloc((size_t)(history->pes + 2) * sizeof *ends);
  double *all_end = malloc((size_t)history->steps * sizeof *all_end);
  if (ends && all_end) {
    *timeline = (tacet_timeline){0};
    for (int64_t step = 0; step < history->steps; step++) {
      timeline->in += way_lasts(&s, step, false);
      timeline->out += way_lasts(&s, step, true);
    }
    *busiest = time_of(&s, SLOTS, ends, all_end);
    timeline->compute = time_of(&s, COMPUTE, ends, all_end);
    timeline->steps = time_of(&s, RUN, ends, all_end);
    if (!ways_are_units(&s)) timeline->steps += timeline->in + timeline->out;
  }
  const bool done = ends && all_end;
  free(ends);
  free(all_end);
  return done ? TACET_OK : no_memory(error);
}
