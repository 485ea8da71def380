/* Chances of stays: what a child works on during each kind of stay, and how
   likely it is that all of that is zero. */
#include "stay_chance.h"

#include "../../dense/whole.h"
#include "../exact/track.h"
#include "../stay_loops.h"
#include "stay_along.h"

enum { ALL_LOOPS = TACET_MAX_LOOPS };

/* So much of a sum over words of the target, and over MACs. */
typedef struct share {
  double words, macs;
} share;

/* Of a child's stay: what the child works on, and what of that it takes before
   it takes words anew that it had before. */
typedef struct stay {
  tacet_pe_box all, sweep;
} stay;

/* A rule above L1, and a kind of child of a boundary, the rule's or one further
   in, and of time. */
typedef struct acting {
  const tacet_nest *nest;
  const tacet_rule *rule;
  const tacet_tensor *target;
  const tacet_statistics *zeros;
  int boundary;
  bool shared;
  tacet_stay_along along[TACET_MAX_DIMS];
  int64_t grain[TACET_MAX_DIMS]; /* tacet_statistics_grain */
  int own[TACET_MAX_DIMS];    /* loops that tell children of the rule apart */
  int taking[TACET_MAX_DIMS]; /* tacet_moving_loop of the boundary's child, */
  int moving[TACET_MAX_DIMS]; /* of the rule's, */
  int released[TACET_MAX_DIMS][TACET_MAX_STORAGE]; /* and tacet_slowest_loop */
  int dim;    /* whose kinds are being visited */
  bool begun; /* some stay has been seen: */
  tacet_pe_box first;
  share empty, all;
} acting;

static bool is_replacing(const acting *a, int d) {
  return a->target->alone >> d & 1;
}

/* Children that receive the same words of the target are as one if they share
   these: those of one parent that differ in other dimensions. */
static void start_dim(acting *a, int d) {
  const tacet_view all = tacet_view_pes(a->nest);
  tacet_stay_along *along = &a->along[d];
  const int child = a->boundary + 1;
  const bool together = a->shared && !tacet_has_dim(a->target, d);
  tacet_chain_make(&along->chain, &all, d);
  along->own =
      tacet_own_loops(a->nest, &along->chain, together ? a->boundary : child);
  along->position = a->nest->position[child][a->rule->target];
  a->grain[d] = tacet_statistics_grain(a->zeros, d);
  along->each = a->grain[d] == 0;
  for (int k = 0; k < along->chain.loops; k++)
    if (along->chain.loop[k]->size % larger(a->grain[d], 1)) along->each = true;
  a->own[d] = tacet_own_loops(a->nest, &along->chain, a->rule->storage + 1);
  if (a->own[d] > along->own) a->own[d] = along->own;
}

/* ---- how long a stay lasts ---------------------------------------------- */

static int64_t number_of(const tacet_chain *chain, const int64_t *unit,
                         int own) {
  int64_t number = 0;
  for (int k = 0; k < own; k++)
    number = number * chain->loop[k]->units + unit[k];
  return number;
}

/* Inside of the tile of the rule's child all starts with the first. */
static void find_loops(acting *a, int d) {
  const tacet_stay_along *along = &a->along[d];
  const tacet_chain *chain = &along->chain;
  const int target = a->rule->target, child = a->rule->storage + 1;
  const int position = a->nest->position[child][target];
  const int64_t number = number_of(chain, along->unit, a->own[d]);
  int64_t time[TACET_MAX_CHAIN], unit[TACET_MAX_CHAIN];
  a->taking[d] =
      tacet_moving_loop(chain, along->time, along->unit, along->position);
  for (int k = 0; k < chain->loops; k++)
    time[k] = chain->place[k] < position ? along->time[k] : 0;
  tacet_split_unit(unit, chain, a->own[d], number);
  a->moving[d] = tacet_moving_loop(chain, time, unit, position);
  if (!is_replacing(a, d)) return;
  for (int s = child + 1; s < a->nest->storages; s++)
    a->released[d][s] =
        tacet_slowest_loop(chain, time, a->nest->position[s][target], a->own[d],
                           tacet_own_loops(a->nest, chain, s), number);
}

/* The loop that takes the child to another tile, and the one with which the
   last buffer or PE below it lets go of what it took of the tile. */
static void find_ends(const acting *a, int *last, int *held) {
  const int storages = a->nest->storages;
  int released[TACET_MAX_STORAGE];
  *last = -1;
  for (int s = 0; s < storages; s++) released[s] = -1;
  for (int d = 0; d < a->nest->layer->dims; d++) {
    if (!is_replacing(a, d)) continue;
    *last = a->moving[d] > *last ? a->moving[d] : *last;
    for (int s = a->rule->storage + 2; s < storages; s++)
      if (a->released[d][s] > released[s]) released[s] = a->released[d][s];
  }
  *held = *last;
  for (int s = a->rule->storage + 2; s < storages; s++)
    if (released[s] < *held) *held = released[s];
}

/* Adds what is likely to be empty of a part. */
static void add_empty(acting *a, const tacet_pe_box *met, share part) {
  const double empty = tacet_statistics_empty(a->zeros, met);
  if (!a->begun) a->first = *met;
  a->begun = true;
  a->empty.words += part.words * empty;
  a->empty.macs += part.macs * empty;
}

/* ---- elements ----------------------------------------------------------- */

/* Coordinates of a window that so many pairs of an output and a coordinate of
   the filter have. */
static double coordinates_with(const tacet_rank *window, int64_t outs,
                               int64_t filters, int64_t pairs) {
  return (double)(tacet_window_pairs(window, outs, filters, pairs - 1) -
                  2 * tacet_window_pairs(window, outs, filters, pairs) +
                  tacet_window_pairs(window, outs, filters, pairs + 1));
}

/* The most pairs of an output and a coordinate of the filter in the box that
   come together with the same coordinate of a window. */
static int64_t most_pairs(const tacet_rank *window, const tacet_pe_box *box) {
  int64_t pairs = 1;
  while (tacet_window_pairs(window, box->length[window->term[0].dim],
                            box->length[window->term[1].dim], pairs) > 0)
    pairs++;
  return pairs;
}

static void add_elements(acting *a, const stay *of, tacet_pe_box *met, int r,
                         share part);

/* The coordinates of a window, rank `at` of the target, in a stay. */
typedef struct window_walk {
  const tacet_rank *rank;
  int at;
  const stay *of;
  share part;
  int64_t at_once; /* pairs in a sweep that have a coordinate, at most */
  double taken;    /* coordinates, as often as they are taken */
  double macs;     /* pairs */
} window_walk;

/* Adds so many coordinates of a window which `pairs` have, and so come together
   with as many of its outputs and of its filter, from `out` and `filter` on. A
   coordinate is taken as often as sweeps share it, which is an estimate where
   they have more than one coordinate but not all. */
static void add_window(acting *a, const window_walk *w, tacet_pe_box *met,
                       int64_t pairs, double count) {
  const int out = w->rank->term[0].dim, filter = w->rank->term[1].dim;
  const double taken = (double)ceil_div(pairs, w->at_once);
  met->length[out] = met->length[filter] = pairs;
  add_elements(a, w->of, met, w->at + 1,
               (share){w->part.words * count * taken / w->taken,
                       w->part.macs * count * (double)pairs / w->macs});
}

/* Coordinate by coordinate, each where the first of its pairs is, the others
   follow (i + dilation, j - stride); gaps between them are left out. */
static void place_window(acting *a, const window_walk *w, tacet_pe_box *met) {
  const tacet_term *out = &w->rank->term[0], *filter = &w->rank->term[1];
  const int64_t both = common_divisor(out->coefficient, filter->coefficient);
  const int64_t outs = met->length[out->dim];
  const int64_t filters = met->length[filter->dim];
  const int64_t next_out = filter->coefficient / both;
  const int64_t next_filter = out->coefficient / both;
  const tacet_pe_box all = *met;
  for (int64_t i = 0; i < outs; i++)
    for (int64_t j = 0; j < filters; j++) {
      if (i >= next_out && j + next_filter < filters) continue;
      const int64_t pairs =
          1 + smaller((outs - 1 - i) / next_out, j / next_filter);
      met->start[out->dim] = all.start[out->dim] + i;
      met->start[filter->dim] =
          all.start[filter->dim] + j - (pairs - 1) * next_filter;
      add_window(a, w, met, pairs, 1);
    }
  *met = all;
}

static void add_windows(acting *a, const stay *of, tacet_pe_box *met, int r,
                        share part) {
  const tacet_rank *rank = &a->target->rank[r];
  const int out = rank->term[0].dim, filter = rank->term[1].dim;
  const int64_t outs = met->length[out], filters = met->length[filter];
  const int64_t most = most_pairs(rank, met);
  window_walk w = {.rank = rank,
                   .at = r,
                   .of = of,
                   .part = part,
                   .at_once = most_pairs(rank, &of->sweep),
                   .macs = (double)(outs * filters)};
  for (int64_t pairs = 1; pairs <= most; pairs++)
    w.taken += coordinates_with(rank, outs, filters, pairs) *
               (double)ceil_div(pairs, w.at_once);
  if (a->grain[out] != 1 || a->grain[filter] != 1) {
    place_window(a, &w, met);
    return;
  }
  for (int64_t pairs = 1; pairs <= most; pairs++) {
    const double count = coordinates_with(rank, outs, filters, pairs);
    if (count > 0) add_window(a, &w, met, pairs, count);
  }
  met->length[out] = outs;
  met->length[filter] = filters;
}

/* Adds the elements of the target in a stay, rank by rank, by what they meet
   there: so much of the stay for each. */
static void add_elements(acting *a, const stay *of, tacet_pe_box *met, int r,
                         share part) {
  if (r == a->target->ranks) {
    add_empty(a, met, part);
    return;
  }
  if (a->target->rank[r].terms > 1) {
    add_windows(a, of, met, r, part);
    return;
  }
  const int d = a->target->rank[r].term[0].dim;
  const int64_t start = met->start[d], length = met->length[d];
  const int64_t kinds = a->grain[d] == 1 ? 1 : length;
  const share one = {part.words / (double)kinds, part.macs / (double)kinds};
  met->length[d] = 1;
  for (; met->start[d] < start + kinds; met->start[d]++)
    add_elements(a, of, met, r + 1, one);
  met->start[d] = start;
  met->length[d] = length;
}

/* ---- stays -------------------------------------------------------------- */

/* Coordinates of a rank that the tile's lengths reach. */
static double coordinates_of(const tacet_rank *rank, const tacet_pe_box *tile) {
  const int64_t outs = tile->length[rank->term[0].dim];
  if (rank->terms == 1) return (double)outs;
  const int64_t filters = tile->length[rank->term[1].dim];
  return (double)(outs * filters - tacet_window_pairs(rank, outs, filters, 1));
}

/* The loop up to which a child of the boundary takes words anew each time: all
   that take it to another tile, and those outside of the one that slides the
   tile. */
static int refilling_loop(const acting *a) {
  int refills = -1;
  for (int d = 0; d < a->nest->layer->dims; d++) {
    if (!tacet_has_dim(a->target, d)) continue;
    const int loop = a->taking[d] - !is_replacing(a, d);
    if (loop > refills) refills = loop;
  }
  return refills;
}

/* Loops of dimensions that are ranks of the target stand still up to `own`, of
   others up to `others`. */
static void find_stay(tacet_pe_box *box, const acting *a, int own, int others) {
  *box = (tacet_pe_box){.start = {0}};
  for (int d = 0; d < a->nest->layer->dims; d++) {
    const int last = is_replacing(a, d) ? own : others;
    box->length[d] = tacet_stay_along_length(&a->along[d], a->own[d], last);
    box->start[d] =
        smaller(tacet_stay_along_start(&a->along[d], a->own[d], last),
                a->along[d].chain.extent - box->length[d]);
  }
}

static void find_sweep(tacet_pe_box *box, const acting *a, int refills) {
  for (int d = 0; d < a->nest->layer->dims; d++) {
    const tacet_stay_along *along = &a->along[d];
    box->length[d] = tacet_stay_along_length(
        along, along->own, is_replacing(a, d) ? along->position - 1 : refills);
  }
}

/* The words that the present children take, and their MACs. */
static share count_share(const acting *a, const tacet_pe_box *sweep,
                         int refills) {
  share part = {1, 1};
  for (int d = 0; d < a->nest->layer->dims; d++) {
    const tacet_stay_along *along = &a->along[d];
    const int inside = along->position - 1;
    part.words *=
        tacet_stay_along_count(along, is_replacing(a, d) ? inside : refills);
    part.macs *= tacet_stay_along_count(along, ALL_LOOPS) *
                 (double)tacet_stay_along_length(along, along->own, inside);
  }
  for (int r = 0; r < a->target->ranks; r++)
    part.words *= coordinates_of(&a->target->rank[r], sweep);
  return part;
}

static void add_stay(acting *a) {
  int last, held;
  stay of;
  const int refills = refilling_loop(a);
  find_ends(a, &last, &held);
  find_stay(&of.all, a, last, held);
  find_sweep(&of.sweep, a, refills);
  const share part = count_share(a, &of.sweep, refills);
  a->all.words += part.words;
  a->all.macs += part.macs;
  tacet_pe_box met = of.all;
  if (a->rule->element)
    add_elements(a, &of, &met, 0, part);
  else
    add_empty(a, &met, part);
}

/* Dimension by dimension. */
static void visit_kind(void *context) {
  acting *a = context;
  const int d = a->dim;
  if (d >= 0 && tacet_has_dim(a->target, d)) find_loops(a, d);
  a->dim++;
  if (a->dim == a->nest->layer->dims)
    add_stay(a);
  else
    tacet_stay_along_kinds(&a->along[a->dim], visit_kind, a);
  a->dim = d;
}

tacet_stay_chance tacet_stay_empty(const tacet_nest *nest,
                                   const tacet_rule *rule, int boundary,
                                   bool shared, const tacet_statistics *zeros) {
  acting a; /* large: only what is used is written */
  a.nest = nest;
  a.rule = rule;
  a.target = &nest->layer->tensor[rule->target];
  a.zeros = zeros;
  a.boundary = boundary;
  a.shared = shared;
  a.dim = -1;
  a.begun = false;
  a.empty = a.all = (share){0, 0};
  for (int d = 0; d < nest->layer->dims; d++) start_dim(&a, d);
  visit_kind(&a);
  return (tacet_stay_chance){a.empty.words / a.all.words,
                             a.empty.macs / a.all.macs, a.first};
}
