/* Elements are told apart rank by rank: one was used before exactly if its
   coordinate in some rank was, by the order of that rank's own loops. */
#include "kept.h"

#include <stdlib.h>
#include <string.h>

/* ---- stays -------------------------------------------------------------- */

static int64_t units_along(const tacet_array *array, int d) {
  int64_t units = 1;
  for (int k = 0; k < array->own[d]; k++)
    units *= array->chain[d].loop[k]->units;
  return units;
}

tacet_status tacet_kept_make(tacet_kept *kept, const tacet_array *array,
                             int slot, tacet_error *error) {
  const tacet_nest *nest = array->nest;
  const bool pes = array->storage == nest->storages - 1;
  const int position = nest->position[array->storage][slot];
  *kept = (tacet_kept){.array = array,
                       .slot = slot,
                       .position = position,
                       .keeps = !pes || position < nest->loops,
                       .whole = !pes};
  for (int d = 0; kept->keeps && d < nest->layer->dims; d++) {
    kept->unit[d] =
        calloc((size_t)units_along(array, d), sizeof *kept->unit[d]);
    if (!kept->unit[d])
      return tacet_fail(error, TACET_NO_MEMORY, NULL,
                        "no memory to walk the array");
  }
  return TACET_OK;
}

void tacet_kept_free(tacet_kept *kept) {
  for (int d = 0; d < TACET_MAX_DIMS; d++) free(kept->unit[d]);
  *kept = (tacet_kept){.keeps = false};
}

/* A unit that works in a stay does so from its first step on. */
static void begin_stays(tacet_kept *kept, int d) {
  const tacet_array *array = kept->array;
  const tacet_chain *chain = &array->chain[d];
  const int outside = tacet_loops_outside(chain, kept->position);
  for (int i = 0; i < array->dim[d].count; i++) {
    tacet_kept_unit *unit = &kept->unit[d][array->dim[d].piece[i].unit];
    memcpy(unit->before, unit->now, sizeof unit->before);
    for (int k = 0; k < outside; k++)
      unit->now[k] = array->steps.time[chain->place[k]];
    if (unit->stays < 2) unit->stays++;
  }
}

bool tacet_kept_step(tacet_kept *kept) {
  const tacet_nest *nest = kept->array->nest;
  const tacet_steps *steps = &kept->array->steps;
  if (steps->advance < kept->position)
    for (int d = 0; d < nest->layer->dims; d++) begin_stays(kept, d);
  if (kept->whole) return true;
  for (int i = kept->position; i < nest->loops; i++)
    if (steps->time[i] > 0 &&
        !tacet_has_dim(&nest->layer->tensor[kept->slot], nest->loop[i].dim))
      return false;
  return true;
}

/* ---- coordinates -------------------------------------------------------- */

/* Marks what the tracks of a rank's dimensions reach together. */
typedef struct marking {
  tacet_region *region;
  int rank, terms;
  tacet_region_mark mark;
  const tacet_track *track; /* [terms] */
  int64_t start[TACET_MAX_TERMS], length[TACET_MAX_TERMS];
} marking;

static void note_second(int64_t start, int64_t length, void *context) {
  marking *m = context;
  m->start[1] = start;
  m->length[1] = length;
  tacet_region_note(m->region, m->rank, m->start, m->length, m->mark);
}

static void note_first(int64_t start, int64_t length, void *context) {
  marking *m = context;
  m->start[0] = start;
  m->length[0] = length;
  if (m->terms > 1)
    tacet_track_follow(&m->track[1], note_second, m);
  else
    note_second(0, 1, m);
}

static void note_tracks(tacet_region *region, int r,
                        const tacet_track tracks[TACET_MAX_TERMS],
                        tacet_region_mark mark) {
  marking m = {.region = region,
               .rank = r,
               .terms = region->tensor->rank[r].terms,
               .mark = mark,
               .track = tracks};
  if (region->contiguous && m.terms > 1) {
    for (int i = 0; i < m.terms; i++)
      tacet_track_reach(&m.start[i], &m.length[i], &tracks[i]);
    tacet_region_note(region, r, m.start, m.length, mark);
    return;
  }
  tacet_track_follow(&tracks[0], note_first, &m);
}

/* The next loop of the tracks inside `place`; -1 if there is none. */
static int next_loop(const tacet_track *tracks, int terms, int place, int *at) {
  int term = -1;
  for (int i = 0; i < terms; i++) {
    const tacet_chain *chain = tracks[i].chain;
    const int k = tacet_loops_outside(chain, place);
    if (k == chain->loops) continue;
    if (term >= 0 && tracks[term].chain->place[*at] < chain->place[k]) continue;
    term = i;
    *at = k;
  }
  return term;
}

/* Marks what earlier steps of the stay have used: for each loop within it at
   its earlier times, those further out where they are, those further in
   anywhere. */
static void note_used(const tacet_kept *kept, tacet_region *region, int r,
                      tacet_track tracks[TACET_MAX_TERMS]) {
  const tacet_steps *steps = &kept->array->steps;
  const int terms = region->tensor->rank[r].terms;
  int place = kept->position, at = 0, term;
  while ((term = next_loop(tracks, terms, place, &at)) >= 0) {
    tacet_track *t = &tracks[term];
    place = t->chain->place[at];
    const int64_t time = steps->time[place++];
    t->from[at] = 0;
    t->to[at] = time;
    if (time > 0) note_tracks(region, r, tracks, TACET_MARK_USED);
    t->from[at] = time;
    t->to[at] = time + 1;
  }
}

void tacet_kept_add(const tacet_kept *kept, tacet_region *region, int r,
                    const tacet_rank_piece *unit) {
  const tacet_rank *rank = &region->tensor->rank[r];
  tacet_track now[TACET_MAX_TERMS], before[TACET_MAX_TERMS];
  bool had = true;
  for (int i = 0; i < rank->terms; i++) {
    const int d = rank->term[i].dim;
    const int64_t number = unit->piece[i].unit;
    const tacet_chain *chain = &kept->array->chain[d];
    const int own = kept->array->own[d];
    const tacet_kept_unit *stay = &kept->unit[d][number];
    const int outside = tacet_loops_outside(chain, kept->position);
    now[i] = tacet_track_of(chain, own, number, stay->now, outside);
    before[i] = tacet_track_of(chain, own, number, stay->before, outside);
    had = had && stay->stays > 1;
  }
  if (had) note_tracks(region, r, before, TACET_MARK_BEFORE);
  if (kept->whole) {
    note_tracks(region, r, now, TACET_MARK_NOW);
    tacet_region_unmark(region, r);
    return;
  }
  note_used(kept, region, r, now);
  tacet_region_add_rest(region, r, unit);
}
