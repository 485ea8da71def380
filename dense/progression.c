/* Intervals [start + sum of u*step, length) for all u below the counts of at
   most two spatial loops, clipped to the rank. */
#include "progression.h"

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static int64_t ceil_div(int64_t a, int64_t b) {
  return a / b + (a % b != 0);
}

/* ---- one chain at one moment -------------------------------------------- */

/* The tiles of one dimension, equal and equally spaced. */
typedef struct row {
  int64_t start;  /* of unit 0's tile */
  int64_t length; /* of each tile */
  int64_t step;   /* from one unit's tile to the next */
  int64_t count;  /* units */
} row;

/* The row at `time`, or false if tiles are cut or two loops spread them. */
static bool make_row(row *r, const tacet_chain *chain, const int64_t *time) {
  *r = (row){0, chain->extent, 0, 1};
  for (int k = 0; k < chain->loops; k++) {
    const tacet_loop *loop = chain->loop[k];
    int64_t first = time[k] * loop->units;
    int64_t count =
        smaller(loop->units, ceil_div(r->length, loop->size) - first);
    if ((first + count) * loop->size > r->length) return false;
    if (count > 1 && r->count > 1) return false;
    if (r->count > 1 && r->length % loop->size) return false;
    if (count > 1) {
      r->count = count;
      r->step = loop->size;
    }
    r->start += first * loop->size;
    r->length = loop->size;
  }
  return true;
}

/* ---- intervals ---------------------------------------------------------- */

typedef struct lattice {
  int64_t start, length;
  row by[2]; /* step and count of either chain, scaled to coordinates */
} lattice;

static bool is_run(const tacet_rank *rank, const row *out, const row *filter) {
  int64_t stride = rank->term[0].coefficient;
  int64_t dilation = rank->term[1].coefficient;
  if (filter->length == 1) return out->length == 1 || stride == 1;
  if (out->length == 1) return dilation == 1;
  return (dilation == 1 && stride <= filter->length) ||
         (stride == 1 && dilation <= out->length);
}

static lattice make_lattice(const tacet_rank *rank, const row *out,
                            const row *filter) {
  int64_t stride = rank->term[0].coefficient;
  int64_t dilation = rank->term[1].coefficient;
  lattice l;
  l.start = rank->offset + stride * out->start + dilation * filter->start;
  l.length = stride * (out->length - 1) + dilation * (filter->length - 1) + 1;
  l.by[0] = (row){.step = stride * out->step, .count = out->count};
  l.by[1] = (row){.step = dilation * filter->step, .count = filter->count};
  return l;
}

/* Length of [start, start + length) within [0, size). */
static int64_t clipped(int64_t start, int64_t length, int64_t size) {
  return larger(smaller(start + length, size) - larger(start, 0), 0);
}

/* Sum of `count` clipped intervals: only those at the ends are cut. */
static int64_t sum_line(int64_t start, int64_t length, int64_t step,
                        int64_t count, int64_t size) {
  int64_t sum = 0, first = 0, last = count;
  while (first < last && start + first * step < 0)
    sum += clipped(start + first++ * step, length, size);
  while (last > first && start + (last - 1) * step + length > size)
    sum += clipped(start + --last * step, length, size);
  return sum + (last - first) * length;
}

static int64_t sum_lattice(const lattice *l, int64_t start, int64_t length,
                           int64_t size) {
  const row *many = &l->by[0], *few = &l->by[1];
  if (many->count < few->count) {
    many = &l->by[1];
    few = &l->by[0];
  }
  int64_t sum = 0;
  if (length <= 0) return 0;
  for (int64_t u = 0; u < few->count; u++)
    sum +=
        sum_line(start + u * few->step, length, many->step, many->count, size);
  return sum;
}

/* Size of the union, or -1 if it is neither one run nor all apart. */
static int64_t union_lattice(const lattice *l, int64_t start, int64_t length,
                             int64_t size) {
  const row *near = &l->by[0], *far = &l->by[1];
  if (length <= 0) return 0;
  if (far->count > 1 && (near->count == 1 || far->step < near->step)) {
    near = &l->by[1];
    far = &l->by[0];
  }
  if (near->count > 1 && near->step > length) {
    if (far->count > 1) return -1;
    return sum_line(start, length, near->step, near->count, size);
  }
  int64_t run = length + (near->count - 1) * near->step;
  if (far->count == 1 || far->step > run)
    return sum_line(start, run, far->step, far->count, size);
  return clipped(start, run + (far->count - 1) * far->step, size);
}

/* Most that one interval of a line keeps of its length: that of the first
   one clear of the lower end, or of the one before it. */
static int64_t widest_line(int64_t start, int64_t length, int64_t step,
                           int64_t count, int64_t size) {
  int64_t clear = smaller(0, size - length);
  int64_t u = 0;
  if (start < clear) u = smaller(ceil_div(clear - start, step), count - 1);
  int64_t widest = clipped(start + u * step, length, size);
  if (u == 0) return widest;
  return larger(widest, clipped(start + (u - 1) * step, length, size));
}

static int64_t widest_of(const lattice *l, int64_t size) {
  int64_t widest = 0;
  for (int64_t u = 0; u < l->by[1].count; u++)
    widest = larger(widest, widest_line(l->start + u * l->by[1].step, l->length,
                                        larger(l->by[0].step, 1),
                                        l->by[0].count, size));
  return widest;
}

/* ---- the sums ----------------------------------------------------------- */

bool tacet_progression_sum(tacet_window_sums *sums, const tacet_rank *rank,
                           const tacet_chain *out,
                           const tacet_moment *out_moment,
                           const tacet_chain *filter,
                           const tacet_moment *filter_moment) {
  row p, r;
  if (!make_row(&p, out, out_moment->time) ||
      !make_row(&r, filter, filter_moment->time) || !is_run(rank, &p, &r))
    return false;
  lattice now = make_lattice(rank, &p, &r);
  int64_t fresh_start = now.start, fresh = now.length;
  int64_t kept_start = 0, kept = 0;
  if (!out_moment->first) {
    row pb, rb;
    if (!make_row(&pb, out, out_moment->before) ||
        !make_row(&rb, filter, filter_moment->before) || pb.count < p.count ||
        rb.count < r.count || pb.length != p.length || rb.length != r.length)
      return false;
    int64_t before = make_lattice(rank, &pb, &rb).start;
    int64_t shift = now.start - before;
    int64_t moved = smaller(shift < 0 ? -shift : shift, now.length);
    kept = now.length - moved;
    kept_start = larger(now.start, before);
    fresh = moved;
    fresh_start = now.start + (shift > 0 ? kept : 0);
  }
  sums->held = sum_lattice(&now, now.start, now.length, rank->size);
  sums->kept = sum_lattice(&now, kept_start, kept, rank->size);
  sums->any = union_lattice(&now, now.start, now.length, rank->size);
  sums->fresh = union_lattice(&now, fresh_start, fresh, rank->size);
  if (sums->any < 0 || sums->fresh < 0) return false;
  sums->widest = widest_of(&now, rank->size);
  return true;
}

/* ---- one child ---------------------------------------------------------- */

/* All units' tiles as one interval, or false if they lie scattered. */
static bool make_hull(row *hull, const tacet_chain *chain,
                      const int64_t *time) {
  bool spread = false;
  *hull = (row){0, chain->extent, 0, 1};
  for (int k = 0; k < chain->loops; k++) {
    const tacet_loop *loop = chain->loop[k];
    if (spread && loop->folds > 1) return false;
    if (spread) continue; /* its units hold the whole outer tiles */
    int64_t first = time[k] * loop->units * loop->size;
    hull->start += first;
    hull->length = smaller(loop->units * loop->size, hull->length - first);
    if (loop->units > 1) spread = true;
  }
  return true;
}

bool tacet_progression_whole(tacet_window_sums *sums, const tacet_rank *rank,
                             const tacet_chain *out,
                             const tacet_moment *out_moment,
                             const tacet_chain *filter,
                             const tacet_moment *filter_moment) {
  row p, r;
  if (!make_hull(&p, out, out_moment->time) ||
      !make_hull(&r, filter, filter_moment->time) || !is_run(rank, &p, &r))
    return false;
  lattice now = make_lattice(rank, &p, &r);
  sums->held = clipped(now.start, now.length, rank->size);
  sums->kept = 0;
  if (!out_moment->first) {
    make_hull(&p, out, out_moment->before);
    make_hull(&r, filter, filter_moment->before);
    if (!is_run(rank, &p, &r)) return false;
    lattice before = make_lattice(rank, &p, &r);
    int64_t start = larger(now.start, before.start);
    int64_t end = smaller(now.start + now.length, before.start + before.length);
    sums->kept = end > start ? clipped(start, end - start, rank->size) : 0;
  }
  sums->any = sums->widest = sums->held;
  sums->fresh = sums->held - sums->kept;
  return true;
}
