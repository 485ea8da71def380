/* Regions: gathering coordinates, counting and measuring what they hold. */
#include "region.h"

#include <stdlib.h>
#include <string.h>

#include "../../dense/whole.h"

enum { HELD = 1, FRESH = 2, BEFORE = 4, WAS = 8, USED = 16 };

tacet_status tacet_region_make(tacet_region *region, const tacet_tensor *tensor,
                               bool contiguous, tacet_error *error) {
  memset(region, 0, sizeof *region);
  region->contiguous = contiguous;
  region->tensor = tensor;
  int64_t stride = 1;
  for (int r = tensor->ranks - 1; r >= 0; r--) {
    size_t size = (size_t)tensor->rank[r].size;
    tacet_side *side = &region->side[r];
    side->at = malloc(size * sizeof *side->at);
    side->mark = calloc(size, 1);
    side->old = calloc(size, 1);
    region->stride[r] = stride;
    stride *= tensor->rank[r].size;
    if (side->at && side->mark && side->old) continue;
    tacet_region_free(region);
    return tacet_fail(error, TACET_NO_MEMORY, NULL,
                      "no memory for a set of %zu coordinates", size);
  }
  return TACET_OK;
}

void tacet_region_free(tacet_region *region) {
  for (int r = 0; r < TACET_MAX_RANKS; r++) {
    free(region->side[r].at);
    free(region->side[r].mark);
    free(region->side[r].old);
  }
  memset(region, 0, sizeof *region);
}

/* ---- gathering ---------------------------------------------------------- */

void tacet_region_clear(tacet_region *region, int r) {
  tacet_side *side = &region->side[r];
  if (side->from < side->to)
    memset(side->mark + side->from, 0, (size_t)(side->to - side->from));
  side->from = region->tensor->rank[r].size;
  side->to = 0;
}

/* Coordinates start + i * step[0] + j * step[1]. */
typedef struct span {
  int64_t start;
  int64_t step[TACET_MAX_TERMS];
  int64_t length[TACET_MAX_TERMS];
} span;

static span span_of(const tacet_region *region, int r, const int64_t *start,
                    const int64_t *length) {
  const tacet_rank *rank = &region->tensor->rank[r];
  span s = {.start = rank->offset, .step = {1, 1}, .length = {1, 1}};
  int64_t extent = 1;
  for (int i = 0; i < rank->terms; i++) {
    s.step[i] = rank->term[i].coefficient;
    s.length[i] = length[i];
    s.start += s.step[i] * start[i];
    extent += s.step[i] * (length[i] - 1);
  }
  if (rank->terms == 1 || !region->contiguous) return s;
  return (span){s.start, {1, 1}, {extent, 1}};
}

static span span_now(const tacet_region *region, int r,
                     const tacet_rank_piece *unit) {
  const tacet_piece *piece = unit->piece;
  return span_of(region, r, (int64_t[]){piece[0].start, piece[1].start},
                 (int64_t[]){piece[0].length, piece[1].length});
}

static span span_before(const tacet_region *region, int r,
                        const tacet_rank_piece *unit) {
  const tacet_piece *piece = unit->piece;
  return span_of(region, r,
                 (int64_t[]){piece[0].before_start, piece[1].before_start},
                 (int64_t[]){piece[0].before_length, piece[1].before_length});
}

/* Tiles are much smaller than ranks: only what may be marked is looked at. */
static void reach(tacet_side *side, int64_t size, const span *s) {
  const int64_t end = s->start + (s->length[0] - 1) * s->step[0] +
                      (s->length[1] - 1) * s->step[1] + 1;
  side->from = larger(0, smaller(side->from, s->start));
  side->to = smaller(size, larger(side->to, end));
}

static void mark_span(tacet_side *side, int64_t size, const span *s, int clear,
                      int set) {
  reach(side, size, s);
  for (int64_t j = 0; j < s->length[1]; j++) {
    for (int64_t i = 0; i < s->length[0]; i++) {
      int64_t at = s->start + i * s->step[0] + j * s->step[1];
      if (at < 0 || at >= size) continue;
      side->mark[at] = (uint8_t)((side->mark[at] & ~clear) | set);
    }
  }
}

/* A coordinate that the unit did not hold before is fresh. */
static void mark_fresh(tacet_side *side, int64_t size, const span *s) {
  reach(side, size, s);
  for (int64_t j = 0; j < s->length[1]; j++) {
    for (int64_t i = 0; i < s->length[0]; i++) {
      int64_t at = s->start + i * s->step[0] + j * s->step[1];
      if (at < 0 || at >= size) continue;
      side->mark[at] |= side->mark[at] & BEFORE ? HELD : HELD | FRESH;
    }
  }
}

static bool has_before(const tacet_rank_piece *unit, const tacet_rank *rank) {
  for (int i = 0; i < rank->terms; i++)
    if (unit->piece[i].before_length == 0) return false;
  return true;
}

void tacet_region_add(tacet_region *region, int r,
                      const tacet_rank_piece *unit) {
  const tacet_rank *rank = &region->tensor->rank[r];
  tacet_side *side = &region->side[r];
  span now = span_now(region, r, unit), before = span_before(region, r, unit);
  bool had = has_before(unit, rank);
  if (had) mark_span(side, rank->size, &before, 0, BEFORE);
  mark_fresh(side, rank->size, &now);
  if (had) mark_span(side, rank->size, &before, BEFORE, 0);
}

void tacet_region_add_now(tacet_region *region, int r,
                          const tacet_rank_piece *unit) {
  span now = span_now(region, r, unit);
  mark_span(&region->side[r], region->tensor->rank[r].size, &now, 0,
            HELD | FRESH);
}

void tacet_region_add_before(tacet_region *region, int r,
                             const tacet_rank_piece *unit) {
  span now = span_now(region, r, unit);
  mark_span(&region->side[r], region->tensor->rank[r].size, &now, FRESH, WAS);
}

void tacet_region_note(tacet_region *region, int r,
                       const int64_t start[TACET_MAX_TERMS],
                       const int64_t length[TACET_MAX_TERMS],
                       tacet_region_mark mark) {
  const span s = span_of(region, r, start, length);
  const int64_t size = region->tensor->rank[r].size;
  if (mark == TACET_MARK_NOW)
    mark_fresh(&region->side[r], size, &s);
  else
    mark_span(&region->side[r], size, &s, 0,
              mark == TACET_MARK_BEFORE ? BEFORE : USED);
}

void tacet_region_unmark(tacet_region *region, int r) {
  const tacet_side *side = &region->side[r];
  for (int64_t at = side->from; at < side->to; at++)
    side->mark[at] &= (uint8_t) ~(BEFORE | USED);
}

void tacet_region_add_rest(tacet_region *region, int r,
                           const tacet_rank_piece *unit) {
  const int64_t size = region->tensor->rank[r].size;
  tacet_side *side = &region->side[r];
  const span now = span_now(region, r, unit);
  reach(side, size, &now);
  for (int64_t j = 0; j < now.length[1]; j++) {
    for (int64_t i = 0; i < now.length[0]; i++) {
      const int64_t at = now.start + i * now.step[0] + j * now.step[1];
      if (at < 0 || at >= size || side->mark[at] & USED) continue;
      side->mark[at] |= side->mark[at] & BEFORE ? HELD : HELD | FRESH;
    }
  }
  tacet_region_unmark(region, r);
}

static void list_side(tacet_side *side) {
  side->count = side->olds = 0;
  for (int64_t at = side->from; at < side->to; at++) {
    if (!(side->mark[at] & HELD)) continue;
    side->at[side->count++] = at;
    side->old[at] = (uint8_t) !(side->mark[at] & FRESH);
    side->olds += side->old[at];
  }
}

/* Without the old coordinates of `side`, which all others are old to. */
static void drop_olds(tacet_side *side) {
  int64_t count = 0;
  for (int64_t i = 0; i < side->count; i++)
    if (!side->old[side->at[i]]) side->at[count++] = side->at[i];
  side->count = count;
  side->olds = 0;
}

static void forget_olds(tacet_side *side) {
  for (int64_t i = 0; i < side->count; i++) side->old[side->at[i]] = 0;
  side->olds = 0;
}

void tacet_region_close(tacet_region *region) {
  int partly = 0, fresh = -1;
  bool none_old = false;
  region->empty = false;
  for (int r = 0; r < region->tensor->ranks; r++) {
    tacet_side *side = &region->side[r];
    list_side(side);
    if (side->count == 0) region->empty = true;
    if (side->olds == 0) none_old = true;
    if (side->olds == side->count) continue;
    partly++;
    fresh = r;
  }
  if (partly == 0) region->empty = true;
  if (region->empty || (partly > 1 && !none_old)) return;
  if (!none_old) drop_olds(&region->side[fresh]);
  for (int r = 0; r < region->tensor->ranks; r++) forget_olds(&region->side[r]);
}

/* ---- counting ----------------------------------------------------------- */

static bool is_plain(const tacet_region *region) {
  for (int r = 0; r < region->tensor->ranks; r++)
    if (region->side[r].olds == 0) return true;
  return false;
}

int64_t tacet_region_elements(const tacet_region *region) {
  if (region->empty) return 0;
  int64_t all = 1, old = 1;
  for (int r = 0; r < region->tensor->ranks; r++) {
    all *= region->side[r].count;
    old *= region->side[r].olds;
  }
  return all - old;
}

typedef struct counter {
  const tacet_region *region;
  const tacet_mask *mask;
  bool only_old;
} counter;

static bool takes(const counter *c, int r, int64_t at) {
  return !c->only_old || c->region->side[r].old[at];
}

/* Ranks after r are complete: elements of rank r's coordinates are runs of
   `block`. */
static int64_t count_runs(const counter *c, int r, int64_t base,
                          int64_t block) {
  const tacet_side *side = &c->region->side[r];
  int64_t count = 0;
  for (int64_t i = 0; i < side->count;) {
    int64_t first = side->at[i], end = first;
    if (!takes(c, r, first)) {
      i++;
      continue;
    }
    while (i < side->count && side->at[i] == end && takes(c, r, end)) {
      end++;
      i++;
    }
    count +=
        tacet_mask_count(c->mask, base + first * block, (end - first) * block);
  }
  return count;
}

/* Most rows of a hypersparse mask hold nothing. */
static bool has_none(const counter *c, int64_t first, int64_t count) {
  return c->mask->rows && tacet_mask_count(c->mask, first, count) == 0;
}

static int64_t count_from(const counter *c, int r, int last, int64_t base) {
  const int64_t stride = c->region->stride[r];
  if (r == last) return count_runs(c, r, base, stride);
  const tacet_side *side = &c->region->side[r];
  int64_t count = 0;
  for (int64_t i = 0; i < side->count; i++) {
    const int64_t first = base + side->at[i] * stride;
    if (takes(c, r, side->at[i]) && !has_none(c, first, stride))
      count += count_from(c, r + 1, last, first);
  }
  return count;
}

/* The last rank that does not hold all its coordinates. */
static int last_partial(const tacet_region *region, bool only_old) {
  int r = region->tensor->ranks - 1;
  for (; r > 0; r--) {
    const tacet_side *side = &region->side[r];
    int64_t count = only_old ? side->olds : side->count;
    if (count < region->tensor->rank[r].size) return r;
  }
  return 0;
}

int64_t tacet_region_nonzeros(const tacet_region *region,
                              const tacet_mask *mask) {
  if (region->empty) return 0;
  if (!mask) return tacet_region_elements(region);
  counter all = {region, mask, false}, old = {region, mask, true};
  int64_t count = count_from(&all, 0, last_partial(region, false), 0);
  if (!is_plain(region))
    count -= count_from(&old, 0, last_partial(region, true), 0);
  return count;
}

/* ---- single elements ---------------------------------------------------- */

static void visit_from(const tacet_region *region, int r, int64_t base,
                       bool old, tacet_element_visit *visit, void *context) {
  const tacet_side *side = &region->side[r];
  bool last = r == region->tensor->ranks - 1;
  for (int64_t i = 0; i < side->count; i++) {
    int64_t at = side->at[i];
    int64_t element = base + at * region->stride[r];
    bool still_old = old && side->old[at];
    if (!last)
      visit_from(region, r + 1, element, still_old, visit, context);
    else
      visit(element, !still_old, context);
  }
}

void tacet_region_visit(const tacet_region *region, tacet_element_visit *visit,
                        void *context) {
  if (!region->empty)
    visit_from(region, 0, 0, !is_plain(region), visit, context);
}

/* ---- bits --------------------------------------------------------------- */

/* Adds the non-zeros of the region, by their places on its grid. */
typedef struct walker {
  const tacet_region *region;
  const tacet_mask *mask;
  tacet_encoding *encoding;
  int64_t place[TACET_MAX_RANKS];
} walker;

static void encode_from(walker *w, int r, int64_t base, bool old) {
  const tacet_region *region = w->region;
  const tacet_side *side = &region->side[r];
  for (int64_t i = 0; i < side->count; i++) {
    const int64_t at = side->at[i], element = base + at * region->stride[r];
    const bool still_old = old && side->old[at];
    w->place[r] = i;
    if (r < region->tensor->ranks - 1)
      encode_from(w, r + 1, element, still_old);
    else if (!still_old && (!w->mask || tacet_mask_test(w->mask, element)))
      tacet_encoding_add(w->encoding, w->place);
  }
}

tacet_bits tacet_region_bits(const tacet_region *region, const tacet_mask *mask,
                             const tacet_format *format, int64_t width,
                             tacet_encoding *encoding) {
  if (region->empty) return (tacet_bits){0, 0};
  if (format->fibers == 0)
    return (tacet_bits){(double)(tacet_region_elements(region) * width), 0};
  int64_t extent[TACET_MAX_RANKS] = {0};
  for (int r = 0; r < region->tensor->ranks; r++)
    extent[r] = region->side[r].count;
  if (tacet_format_counts(format))
    return tacet_counted_bits(format, extent,
                              tacet_region_nonzeros(region, mask), width);
  walker w = {.region = region, .mask = mask, .encoding = encoding};
  tacet_encoding_start(encoding, format, extent);
  encode_from(&w, 0, 0, !is_plain(region));
  return tacet_encoding_bits(encoding, width);
}
