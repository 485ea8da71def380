/* Intervals [start + sum of u*step, length) for all u below the counts of two
   rows, clipped to the rank. */
#include "progression.h"

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/* ---- intervals ---------------------------------------------------------- */

typedef struct interval {
  int64_t start, end;
} interval;

/* All coordinates of the tiles are one run without holes. */
static bool is_run(const tacet_rank *rank, const tacet_row row[2]) {
  int64_t stride = rank->term[0].coefficient;
  int64_t dilation = rank->term[1].coefficient;
  int64_t outs = row[0].length, filters = row[1].length;
  if (filters == 1) return outs == 1 || stride == 1;
  if (outs == 1) return dilation == 1;
  return (dilation == 1 && stride <= filters) ||
         (stride == 1 && dilation <= outs);
}

/* Unit 0's window. */
static interval window_of(const tacet_rank *rank, const tacet_row row[2]) {
  int64_t stride = rank->term[0].coefficient;
  int64_t dilation = rank->term[1].coefficient;
  int64_t start =
      rank->offset + stride * row[0].start + dilation * row[1].start;
  return (interval){start, start + stride * (row[0].length - 1) +
                               dilation * (row[1].length - 1) + 1};
}

/* Length of the interval within [0, size). */
static int64_t clipped(interval i, int64_t size) {
  return larger(smaller(i.end, size) - larger(i.start, 0), 0);
}

static interval shifted(interval i, int64_t by) {
  return (interval){i.start + by, i.end + by};
}

int64_t tacet_progression_extent(const tacet_rank *rank,
                                 const tacet_row tile[2]) {
  if (!is_run(rank, tile)) return -1;
  return clipped(window_of(rank, tile), rank->size);
}

/* ---- lines -------------------------------------------------------------- */

/* Only the intervals at the ends are cut. */
int64_t tacet_line_sum(const tacet_line *line, int64_t size) {
  interval unit = {line->start, line->start + line->length};
  int64_t sum = 0, first = 0, last = line->count;
  while (first < last && unit.start + first * line->step < 0)
    sum += clipped(shifted(unit, first++ * line->step), size);
  while (last > first && unit.end + (last - 1) * line->step > size)
    sum += clipped(shifted(unit, --last * line->step), size);
  return sum + (last - first) * line->length;
}

int64_t tacet_line_largest(const tacet_line *line, int64_t size) {
  interval unit = {line->start, line->start + line->length};
  int64_t largest = 0;
  for (int64_t i = 0; i < line->count && largest < line->length; i++)
    largest = larger(largest, clipped(shifted(unit, i * line->step), size));
  return largest;
}

/* ---- many units --------------------------------------------------------- */

/* The distances between units' windows along either row. */
typedef struct lattice {
  int64_t step[2];
  int64_t count[2];
  int64_t size; /* of the rank */
} lattice;

static lattice make_lattice(const tacet_rank *rank, const tacet_row row[2]) {
  lattice l;
  l.size = rank->size;
  for (int i = 0; i < 2; i++) {
    l.step[i] = rank->term[i].coefficient * row[i].step;
    l.count[i] = row[i].count;
  }
  return l;
}

static int64_t sum_units(const lattice *l, interval unit) {
  int many = l->count[0] >= l->count[1] ? 0 : 1;
  tacet_line line = {unit.start, unit.end - unit.start, l->step[many],
                     l->count[many]};
  int64_t sum = 0;
  for (int64_t u = 0; u < l->count[1 - many]; u++) {
    sum += tacet_line_sum(&line, l->size);
    line.start += l->step[1 - many];
  }
  return sum;
}

/* Size of the union, or -1 if it is neither one run nor all apart. */
static int64_t unite_units(const lattice *l, interval unit) {
  int near = 0;
  if (l->count[1] > 1 && (l->count[0] == 1 || l->step[1] < l->step[0]))
    near = 1;
  tacet_line line = {unit.start, unit.end - unit.start, l->step[near],
                     l->count[near]};
  tacet_line lines = {unit.start, line.length + (line.count - 1) * line.step,
                      l->step[1 - near], l->count[1 - near]};
  if (line.step > line.length)
    return lines.count > 1 ? -1 : tacet_line_sum(&line, l->size);
  if (lines.count > 1 && lines.step > lines.length)
    return tacet_line_sum(&lines, l->size);
  unit.end = unit.start + lines.length + (lines.count - 1) * lines.step;
  return clipped(unit, l->size);
}

/* What `now` has beyond its part `kept`, or false if that is not at one of
   its ends. */
static bool beyond(interval *fresh, interval now, interval kept) {
  *fresh = now;
  if (kept.start == now.start)
    fresh->start = kept.end;
  else if (kept.end == now.end)
    fresh->end = kept.start;
  else
    return false;
  return true;
}

static bool sum_many(tacet_window_sums *sums, const lattice *l, interval now,
                     interval kept) {
  interval fresh;
  sums->held = sum_units(l, now);
  sums->any = unite_units(l, now);
  sums->kept = 0;
  sums->fresh = sums->any;
  if (sums->any < 0) return false;
  if (kept.start >= kept.end) return true;
  if (kept.start == now.start && kept.end == now.end) {
    sums->kept = sums->held;
    sums->fresh = 0;
    return true;
  }
  if (!beyond(&fresh, now, kept)) return false;
  sums->kept = sum_units(l, kept);
  sums->fresh = fresh.start < fresh.end ? unite_units(l, fresh) : 0;
  return sums->fresh >= 0;
}

/* ---- the sums ----------------------------------------------------------- */

static void sum_one(tacet_window_sums *sums, interval now, interval kept,
                    int64_t size) {
  sums->held = sums->any = clipped(now, size);
  sums->kept = clipped(kept, size);
  sums->fresh = sums->any - sums->kept;
}

bool tacet_progression_sum(tacet_window_sums *sums, const tacet_rank *rank,
                           const tacet_row now[2], const tacet_row before[2]) {
  if (!is_run(rank, now)) return false;
  interval unit = window_of(rank, now), kept = unit;
  if (before) {
    if (!is_run(rank, before)) return false;
    interval was = window_of(rank, before);
    kept.start = larger(unit.start, was.start);
    kept.end = smaller(unit.end, was.end);
  }
  if (now[0].count == 1 && now[1].count == 1) {
    sum_one(sums, unit, kept, rank->size);
    return true;
  }
  lattice l = make_lattice(rank, now);
  return sum_many(sums, &l, unit, kept);
}
