/* Counting boxes of a join: dimensions that both operands have are walked, and
   what an operand has along its own ones is a sum of entries of its table. */
#include <string.h>

#include "join_tables.h"

enum { MOST_CORNERS = 1 << TACET_MAX_RANKS };

/* Ones of an operand at one value of the walked dimensions: `ones` plus the
   sum of sign * table entry over the corners. */
typedef struct corner_set {
  int64_t ones;
  int count;
  int64_t entry[MOST_CORNERS];
  int64_t sign[MOST_CORNERS];
} corner_set;

typedef struct box_walk {
  const tacet_join *join;
  const int64_t *start;
  const int64_t *length;
  int64_t at[TACET_MAX_DIMS]; /* of the walked dimensions */
  int64_t weight, input, both;
} box_walk;

/* Replaces each corner by the last coordinate in the rank less the one before
   the first. */
static void split(corner_set *corners, const tacet_join_rank *rank,
                  int64_t first, int64_t last) {
  const int before = corners->count;
  for (int c = 0; c < before; c++) {
    if (first >= rank->step) {
      corners->entry[corners->count] =
          corners->entry[c] + (first - rank->step) * rank->stride;
      corners->sign[corners->count++] = -corners->sign[c];
    }
    corners->entry[c] += last * rank->stride;
  }
}

/* Restricts an operand to the box along one rank. What falls outside of the
   tensor is padding, which has no ones. */
static void narrow(corner_set *corners, const tacet_join_rank *rank,
                   const box_walk *walk) {
  int64_t first = rank->offset;
  for (int t = 0; t < rank->walked; t++)
    first += rank->term[t].coefficient * walk->at[rank->term[t].dim];
  int64_t last = first;
  if (rank->summed >= 0) {
    first += rank->step * walk->start[rank->summed];
    last = first + rank->step * (walk->length[rank->summed] - 1);
  }
  if (first < 0) first += (rank->step - 1 - first) / rank->step * rank->step;
  if (last >= rank->size)
    last -= ((last - rank->size) / rank->step + 1) * rank->step;
  if (first > last) {
    corners->ones = corners->count = 0;
    return;
  }
  corners->ones *= (last - first) / rank->step + 1;
  split(corners, rank, first, last);
}

/* The operand after its ranks of this depth are settled: `outer` itself if
   there are none, else `here`. */
static const corner_set *settle(corner_set *here, const corner_set *outer,
                                const tacet_join_operand *operand, int depth,
                                const box_walk *walk) {
  const corner_set *settled = outer;
  for (int r = 0; r < operand->ranks; r++) {
    if (operand->rank[r].depth != depth) continue;
    if (settled == outer) {
      const size_t used = (size_t)outer->count * sizeof *outer->entry;
      here->ones = outer->ones;
      here->count = outer->count;
      memcpy(here->entry, outer->entry, used);
      memcpy(here->sign, outer->sign, used);
      settled = here;
    }
    narrow(here, &operand->rank[r], walk);
  }
  return settled;
}

/* What a table has at x, of the places that a row has up to there. */
static int64_t places_to(const tacet_rows *rows, int64_t entry) {
  const int64_t columns = tacet_rows_columns(rows);
  const int64_t row = entry / columns;
  return tacet_rows_left(rows, row, entry - row * columns + 1);
}

static int64_t ones_at(const corner_set *corners,
                       const tacet_join_operand *operand, int64_t inner) {
  int64_t ones = corners->ones;
  for (int c = 0; c < corners->count; c++) {
    const int64_t entry = corners->entry[c] + inner * operand->inner_stride;
    ones += corners->sign[c] * (operand->rows ? places_to(operand->rows, entry)
                                              : operand->table[entry]);
  }
  return ones;
}

static void walk_inner(box_walk *walk, const corner_set *weight,
                       const corner_set *input) {
  const tacet_join *join = walk->join;
  const int64_t length = join->inner < 0 ? 1 : walk->length[join->inner];
  for (int64_t i = 0; i < length; i++) {
    const int64_t weights = ones_at(weight, &join->operand[TACET_WEIGHT], i);
    const int64_t inputs = ones_at(input, &join->operand[TACET_INPUT], i);
    walk->weight += weights;
    walk->input += inputs;
    walk->both += weights * inputs;
  }
}

static void walk_box(box_walk *walk, int depth, const corner_set *weight,
                     const corner_set *input) {
  const tacet_join *join = walk->join;
  corner_set here[TACET_OPERANDS];
  weight = settle(&here[TACET_WEIGHT], weight, &join->operand[TACET_WEIGHT],
                  depth, walk);
  input = settle(&here[TACET_INPUT], input, &join->operand[TACET_INPUT], depth,
                 walk);
  if (depth == join->walked) {
    walk_inner(walk, weight, input);
    return;
  }
  const int dim = join->walk[depth];
  for (int64_t i = 0; i < walk->length[dim]; i++) {
    walk->at[dim] = walk->start[dim] + i;
    walk_box(walk, depth + 1, weight, input);
  }
}

static corner_set whole(const tacet_join_operand *operand) {
  corner_set corners;
  const bool all_ones = !operand->table && !operand->rows;
  corners.ones = all_ones;
  corners.count = !all_ones;
  corners.entry[0] = 0;
  corners.sign[0] = 1;
  return corners;
}

tacet_pairs tacet_join_count(const tacet_join *join, const int64_t *start,
                             const int64_t *length) {
  const corner_set weight = whole(&join->operand[TACET_WEIGHT]);
  const corner_set input = whole(&join->operand[TACET_INPUT]);
  box_walk walk = {.join = join, .start = start, .length = length};
  if (join->inner >= 0) walk.at[join->inner] = start[join->inner];
  walk_box(&walk, 0, &weight, &input);
  tacet_pairs pairs = {1, walk.weight, walk.input, walk.both};
  for (int d = 0; d < join->dims; d++) {
    const tacet_dim_role role = join->role[d];
    pairs.macs *= length[d];
    if (role == TACET_WALKED) continue;
    if (role != TACET_SUMMED_BY_WEIGHT) pairs.weight *= length[d];
    if (role != TACET_SUMMED_BY_INPUT) pairs.input *= length[d];
    if (role == TACET_FREE) pairs.both *= length[d];
  }
  return pairs;
}
