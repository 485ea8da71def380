/* Joins two masks exactly. A dimension that only one operand has is summed
   beforehand: the operand's table holds prefix sums along it, so that a range
   of it is a difference of two entries. The dimensions left are walked. What
   a rank is made of comes from the layer; nothing here knows layer types. */
#include "join.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum {
  OPERANDS = 2, /* TACET_WEIGHT, TACET_INPUT */
  MOST_CORNERS = 1 << TACET_MAX_RANKS
};

/* What is done with a dimension. */
typedef enum dim_role {
  FREE, /* nothing: neither operand has it */
  SUMMED_BY_WEIGHT,
  SUMMED_BY_INPUT,
  WALKED
} dim_role;

typedef struct operand_rank {
  int64_t size;
  int64_t offset;
  int64_t stride; /* in the table */
  int walked;     /* terms that are walked */
  tacet_term term[TACET_MAX_TERMS];
  int summed;   /* the dimension that is summed along this rank, or -1 */
  int64_t step; /* its coefficient; the rank's size if nothing is summed */
  int depth;    /* the rank is settled once so many dimensions are */
} operand_rank;

typedef struct join_operand {
  int ranks;
  operand_rank rank[TACET_MAX_RANKS];
  int64_t inner_stride; /* of the table along tacet_join.inner */
  /* [elements of the tensor] ones at x, x - step, x - 2*step, ... along every
     summed rank; owned; NULL if all are ones */
  uint32_t *table;
  size_t mapped; /* of it, for tacet_memory_free */
} join_operand;

struct tacet_join {
  int dims;
  dim_role role[TACET_MAX_DIMS];
  int walked;
  int walk[TACET_MAX_DIMS]; /* dimensions, outermost first; without inner */
  int inner; /* a walked dimension along which tables have strides, or -1 */
  join_operand operand[OPERANDS];
};

/* ---- making: what is summed and what is walked -------------------------- */

static void add_rank(tacet_join *join, int o, const tacet_rank *rank,
                     const int *occurrences) {
  join_operand *operand = &join->operand[o];
  operand_rank *made = &operand->rank[operand->ranks++];
  *made = (operand_rank){.size = rank->size,
                         .offset = rank->offset,
                         .summed = -1,
                         .step = rank->size};
  for (int t = 0; t < rank->terms; t++) {
    const tacet_term *term = &rank->term[t];
    if (occurrences[term->dim] == 1 && made->summed < 0) {
      made->summed = term->dim;
      made->step = term->coefficient;
      join->role[term->dim] =
          o == TACET_WEIGHT ? SUMMED_BY_WEIGHT : SUMMED_BY_INPUT;
    } else {
      made->term[made->walked++] = *term;
      join->role[term->dim] = WALKED;
    }
  }
}

static void add_ranks(tacet_join *join, const tacet_layer *layer,
                      const int *occurrences) {
  for (int o = 0; o < OPERANDS; o++) {
    const tacet_tensor *tensor = &layer->tensor[o];
    join_operand *operand = &join->operand[o];
    int64_t stride = 1;
    for (int r = 0; r < tensor->ranks; r++)
      add_rank(join, o, &tensor->rank[r], occurrences);
    for (int r = tensor->ranks - 1; r >= 0; r--) {
      operand->rank[r].stride = stride;
      stride *= operand->rank[r].size;
    }
  }
}

/* The term by which the rank moves with a walked dimension, or NULL. */
static const tacet_term *walked_term(const operand_rank *rank, int dim) {
  for (int t = 0; t < rank->walked; t++)
    if (rank->term[t].dim == dim) return &rank->term[t];
  return NULL;
}

/* Whether the tables simply have a stride along a dimension of this size: it
   alone makes up its ranks and stays within them. */
static bool is_plain(const tacet_join *join, int dim, int64_t size) {
  for (int o = 0; o < OPERANDS; o++)
    for (int r = 0; r < join->operand[o].ranks; r++) {
      const operand_rank *rank = &join->operand[o].rank[r];
      const tacet_term *term = walked_term(rank, dim);
      if (!term) continue;
      if (rank->walked > 1 || rank->summed >= 0 || rank->offset != 0 ||
          term->coefficient * (size - 1) >= rank->size)
        return false;
    }
  return true;
}

/* The largest plain dimension is walked innermost. */
static void choose_walk(tacet_join *join, const tacet_layer *layer) {
  int64_t largest = 0;
  join->inner = -1;
  for (int d = 0; d < layer->dims; d++) {
    const int64_t size = layer->dim[d].size;
    if (join->role[d] != WALKED || size <= largest || !is_plain(join, d, size))
      continue;
    join->inner = d;
    largest = size;
  }
  for (int d = 0; d < layer->dims; d++)
    if (join->role[d] == WALKED && d != join->inner)
      join->walk[join->walked++] = d;
}

static void settle_ranks(tacet_join *join) {
  for (int o = 0; o < OPERANDS; o++) {
    join_operand *operand = &join->operand[o];
    for (int r = 0; r < operand->ranks; r++) {
      operand_rank *rank = &operand->rank[r];
      for (int w = 0; w < join->walked; w++)
        if (walked_term(rank, join->walk[w])) rank->depth = w + 1;
      const tacet_term *inner = walked_term(rank, join->inner);
      if (inner) operand->inner_stride += inner->coefficient * rank->stride;
    }
  }
}

/* ---- making: tables ----------------------------------------------------- */

/* Eight elements at a time, each of the 256 bytes spread beforehand. */
static void copy_bits(uint32_t *table, const tacet_mask *mask) {
  uint32_t spread[256][8];
  for (unsigned byte = 0; byte < 256; byte++)
    for (int bit = 0; bit < 8; bit++) spread[byte][bit] = byte >> bit & 1;
  const int64_t whole = mask->elements / 8 * 8;
  for (int64_t first = 0; first < whole; first += 8)
    memcpy(&table[first], spread[mask->bits[first / 64] >> first % 64 & 255],
           sizeof spread[0]);
  for (int64_t i = whole; i < mask->elements; i++)
    table[i] = tacet_mask_test(mask, i);
}

static void sum_along(uint32_t *table, int64_t elements,
                      const operand_rank *rank) {
  if (rank->step >= rank->size) return;
  const int64_t block = rank->size * rank->stride;
  const int64_t step = rank->step * rank->stride;
  for (int64_t first = 0; first < elements; first += block)
    for (int64_t i = first + step; i < first + block; i++)
      table[i] += table[i - step];
}

static tacet_status make_table(join_operand *operand,
                               const tacet_tensor *tensor,
                               const tacet_mask *mask, tacet_error *error) {
  const int64_t elements = tacet_tensor_size(tensor);
  if (mask->elements != elements)
    return tacet_fail(error, TACET_BAD_INPUT, NULL,
                      "a mask of %lld elements is no mask of %s (%lld)",
                      (long long)mask->elements, tensor->name,
                      (long long)elements);
  int64_t largest = 1;
  for (int r = 0; r < operand->ranks; r++)
    if (operand->rank[r].summed >= 0) largest *= operand->rank[r].size;
  if (largest > UINT32_MAX)
    return tacet_fail(error, TACET_OVERFLOW, NULL,
                      "counts of %s can be %lld, more than 32 bits",
                      tensor->name, (long long)largest);
  operand->table = tacet_memory_new((size_t)elements * sizeof *operand->table,
                                    &operand->mapped);
  if (!operand->table)
    return tacet_fail(error, TACET_NO_MEMORY, NULL,
                      "no memory to count %lld elements of %s",
                      (long long)elements, tensor->name);
  copy_bits(operand->table, mask);
  for (int r = 0; r < operand->ranks; r++)
    sum_along(operand->table, elements, &operand->rank[r]);
  return TACET_OK;
}

tacet_status tacet_join_make(tacet_join **join, const tacet_layer *layer,
                             const tacet_mask *weight, const tacet_mask *input,
                             tacet_error *error) {
  int occurrences[TACET_MAX_DIMS] = {0};
  for (int o = 0; o < OPERANDS; o++)
    for (int r = 0; r < layer->tensor[o].ranks; r++)
      for (int t = 0; t < layer->tensor[o].rank[r].terms; t++)
        occurrences[layer->tensor[o].rank[r].term[t].dim]++;
  *join = calloc(1, sizeof **join);
  if (!*join)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "no memory for a join");
  (*join)->dims = layer->dims;
  add_ranks(*join, layer, occurrences);
  choose_walk(*join, layer);
  settle_ranks(*join);
  tacet_status status = TACET_OK;
  const tacet_mask *masks[OPERANDS] = {weight, input};
  for (int o = 0; o < OPERANDS && !status; o++)
    if (masks[o])
      status =
          make_table(&(*join)->operand[o], &layer->tensor[o], masks[o], error);
  if (!status) return TACET_OK;
  tacet_join_free(*join);
  *join = NULL;
  return status;
}

void tacet_join_free(tacet_join *join) {
  if (!join) return;
  for (int o = 0; o < OPERANDS; o++)
    tacet_memory_free(join->operand[o].table, join->operand[o].mapped);
  free(join);
}

/* ---- counting ----------------------------------------------------------- */

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
static void split(corner_set *corners, const operand_rank *rank, int64_t first,
                  int64_t last) {
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
static void narrow(corner_set *corners, const operand_rank *rank,
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
                                const join_operand *operand, int depth,
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

static int64_t ones_at(const corner_set *corners, const join_operand *operand,
                       int64_t inner) {
  int64_t ones = corners->ones;
  for (int c = 0; c < corners->count; c++)
    ones += corners->sign[c] *
            operand->table[corners->entry[c] + inner * operand->inner_stride];
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
  corner_set here[OPERANDS];
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

static corner_set whole(const join_operand *operand) {
  corner_set corners;
  corners.ones = operand->table == NULL;
  corners.count = operand->table != NULL;
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
    const dim_role role = join->role[d];
    pairs.macs *= length[d];
    if (role == WALKED) continue;
    if (role != SUMMED_BY_WEIGHT) pairs.weight *= length[d];
    if (role != SUMMED_BY_INPUT) pairs.input *= length[d];
    if (role == FREE) pairs.both *= length[d];
  }
  return pairs;
}
