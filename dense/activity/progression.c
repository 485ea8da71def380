/* Intervals of many units, each shifted by sums of two steps, clipped to the
   rank. */
#include "progression.h"
#include "../whole.h"

/* ---- lines -------------------------------------------------------------- */

static tacet_interval shifted(tacet_interval i, int64_t by) {
  return (tacet_interval){i.start + by, i.end + by};
}

/* Only the intervals at the ends are cut. */
int64_t tacet_line_sum(const tacet_line *line, int64_t size) {
  tacet_interval unit = line->first;
  int64_t sum = 0, first = 0, last = line->count;
  while (first < last && unit.start + first * line->step < 0)
    sum += tacet_clipped(shifted(unit, first++ * line->step), size);
  while (last > first && unit.end + (last - 1) * line->step > size)
    sum += tacet_clipped(shifted(unit, --last * line->step), size);
  return sum + (last - first) * (unit.end - unit.start);
}

int64_t tacet_line_largest(const tacet_line *line, int64_t size) {
  int64_t length = line->first.end - line->first.start, largest = 0;
  for (int64_t i = 0; i < line->count && largest < length; i++)
    largest = larger(largest,
                     tacet_clipped(shifted(line->first, i * line->step), size));
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

static int64_t sum_units(const lattice *l, tacet_interval unit) {
  int many = l->count[0] >= l->count[1] ? 0 : 1;
  tacet_line line = {unit, l->step[many], l->count[many]};
  int64_t sum = 0;
  for (int64_t u = 0; u < l->count[1 - many]; u++) {
    sum += tacet_line_sum(&line, l->size);
    line.first = shifted(line.first, l->step[1 - many]);
  }
  return sum;
}

/* Size of the union, or -1 if it is neither one run nor all apart. */
static int64_t unite_units(const lattice *l, tacet_interval unit) {
  int near = 0;
  if (l->count[1] > 1 && (l->count[0] == 1 || l->step[1] < l->step[0]))
    near = 1;
  tacet_line line = {unit, l->step[near], l->count[near]};
  tacet_line lines = {unit, l->step[1 - near], l->count[1 - near]};
  lines.first.end += (line.count - 1) * line.step;
  if (unit.start + line.step > unit.end)
    return lines.count > 1 ? -1 : tacet_line_sum(&line, l->size);
  if (lines.count > 1 && lines.first.start + lines.step > lines.first.end)
    return tacet_line_sum(&lines, l->size);
  unit.end = lines.first.end + (lines.count - 1) * lines.step;
  return tacet_clipped(unit, l->size);
}

/* What `now` has beyond its part `kept`, or false if that is not at one of
   its ends. */
static bool beyond(tacet_interval *fresh, tacet_interval now,
                   tacet_interval kept) {
  *fresh = now;
  if (kept.start == now.start)
    fresh->start = kept.end;
  else if (kept.end == now.end)
    fresh->end = kept.start;
  else
    return false;
  return true;
}

static bool sum_many(tacet_window_sums *sums, const lattice *l,
                     tacet_interval now, tacet_interval kept) {
  tacet_interval fresh;
  sums->held = sum_units(l, now);
  sums->any = unite_units(l, now);
  sums->kept = 0;
  sums->fresh = sums->any;
  if (sums->any < 0) return false;
  if (kept.start >= kept.end) return true;
  if (!beyond(&fresh, now, kept)) return false;
  bool still = fresh.start == fresh.end;
  sums->kept = still ? sums->held : sum_units(l, kept);
  sums->fresh = still ? 0 : unite_units(l, fresh);
  return sums->fresh >= 0;
}

/* ---- the sums ----------------------------------------------------------- */

static void sum_one(tacet_window_sums *sums, tacet_interval now,
                    tacet_interval kept, int64_t size) {
  sums->held = sums->any = tacet_clipped(now, size);
  sums->kept = tacet_clipped(kept, size);
  sums->fresh = sums->any - sums->kept;
}

bool tacet_progression_sum(tacet_window_sums *sums, const tacet_rank *rank,
                           const tacet_row *now, const tacet_row *before) {
  tacet_interval unit, was;
  if (!tacet_progression_window(&unit, rank, now)) return false;
  tacet_interval kept = unit;
  if (before) {
    if (!tacet_progression_window(&was, rank, before)) return false;
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
