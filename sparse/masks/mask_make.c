/* Masks by pattern. What is chosen, at random or by magnitude, are units: the
   elements, blocks or slices that a pattern keeps or drops as a whole. */
#include "mask_make.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../dense/spec/node.h"

const char *const tacet_mask_kinds[] = {
    "uniform", "group", "block", "channel", "band", "causal", "window", NULL};

/* ---- units -------------------------------------------------------------- */

/* How the elements of a tensor fall into units. */
typedef struct units {
  tacet_mask_kind kind;
  int64_t elements, count;
  int64_t columns;                   /* of the matrix */
  int64_t block_rows, block_columns; /* BLOCK */
  int64_t blocks_across;
  int64_t stride, size; /* of the rank: CHANNEL */
} units;

static int64_t unit_of(const units *u, int64_t element) {
  if (u->kind == TACET_MASK_CHANNEL) return element / u->stride % u->size;
  if (u->kind != TACET_MASK_BLOCK) return element;
  const int64_t row = element / u->columns, column = element % u->columns;
  return row / u->block_rows * u->blocks_across + column / u->block_columns;
}

static int64_t columns_of(const tacet_tensor *tensor) {
  int64_t columns = 1;
  for (int r = tensor->row_ranks; r < tensor->ranks; r++)
    columns *= tensor->rank[r].size;
  return columns;
}

/* Stride and size of the rank `along`. */
static tacet_status find_rank(const tacet_tensor *tensor, char along,
                              int64_t *stride, int64_t *size,
                              tacet_error *error) {
  *stride = 1;
  for (int r = tensor->ranks - 1; r >= 0; r--) {
    *size = tensor->rank[r].size;
    if (tensor->rank[r].name[0] == along) return TACET_OK;
    *stride *= *size;
  }
  char known[4 * TACET_MAX_RANKS] = "";
  for (int r = 0; r < tensor->ranks; r++)
    tacet_list_word(known, sizeof known, tensor->rank[r].name);
  tacet_fail(error, TACET_BAD_USAGE, NULL, "%s has no rank %c", tensor->name,
             along);
  return tacet_advise(error, "name one of %s, or leave the layer out", known);
}

static tacet_status find_units(units *u, const tacet_tensor *tensor,
                               const tacet_mask_plan *plan,
                               tacet_error *error) {
  *u = (units){.kind = plan->kind,
               .elements = tacet_tensor_size(tensor),
               .columns = columns_of(tensor)};
  u->count = u->elements;
  if (plan->kind == TACET_MASK_CHANNEL) {
    tacet_status status =
        find_rank(tensor, plan->along, &u->stride, &u->size, error);
    u->count = u->size;
    return status;
  }
  if (plan->kind != TACET_MASK_BLOCK) return TACET_OK;
  const int64_t rows = u->elements / u->columns;
  u->block_rows = plan->block_rows < rows ? plan->block_rows : rows;
  u->block_columns =
      plan->block_columns < u->columns ? plan->block_columns : u->columns;
  u->blocks_across = (u->columns - 1) / u->block_columns + 1;
  u->count = ((rows - 1) / u->block_rows + 1) * u->blocks_across;
  return TACET_OK;
}

static int64_t share(double density, int64_t count) {
  const int64_t kept = llround(density * (double)count);
  return kept < count ? kept : count;
}

/* ---- random numbers ----------------------------------------------------- */

static uint64_t next_random(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* Uniform in 0 .. below-1. */
static int64_t random_below(uint64_t *state, int64_t below) {
  const uint64_t range = (uint64_t)below;
  const uint64_t beyond = UINT64_MAX - UINT64_MAX % range;
  uint64_t number;
  do number = next_random(state);
  while (number >= beyond);
  return (int64_t)(number % range);
}

/* ---- patterns at random ------------------------------------------------- */

/* One by one, each unit is kept with the chance that what is still to be kept
   has among what is left: exactly `kept` in the end. */
static void choose_elements(tacet_mask *mask, int64_t kept, uint64_t *random) {
  for (int64_t i = 0; i < mask->elements && kept > 0; i++) {
    if (random_below(random, mask->elements - i) >= kept) continue;
    tacet_mask_set(mask, i);
    kept--;
  }
}

static tacet_status choose_units(tacet_mask *mask, const units *u, int64_t kept,
                                 uint64_t *random, tacet_error *error) {
  char *keep = calloc((size_t)u->count, 1);
  if (!keep) return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  for (int64_t i = 0; i < u->count; i++) {
    if (random_below(random, u->count - i) >= kept) continue;
    keep[i] = 1;
    kept--;
  }
  for (int64_t i = 0; i < mask->elements; i++)
    if (keep[unit_of(u, i)]) tacet_mask_set(mask, i);
  free(keep);
  return TACET_OK;
}

/* Calls choose for each group: `count` elements from `first`, `stride` apart. */
typedef void choose_group(tacet_mask *mask, int64_t first, int64_t stride,
                          int64_t count, int64_t keep, void *context);

static tacet_status for_each_group(tacet_mask *mask, const tacet_tensor *tensor,
                                   const tacet_mask_plan *plan,
                                   choose_group *choose, void *context,
                                   tacet_error *error) {
  int64_t stride = 1, size = 1;
  tacet_status status = find_rank(tensor, plan->along, &stride, &size, error);
  if (status) return status;
  for (int64_t outer = 0; outer < mask->elements; outer += stride * size)
    for (int64_t inner = 0; inner < stride; inner++)
      for (int64_t at = 0; at < size; at += plan->group) {
        const int64_t left = size - at;
        const int64_t count = left < plan->group ? left : plan->group;
        const int64_t keep = plan->keep < count ? plan->keep : count;
        choose(mask, outer + inner + at * stride, stride, count, keep, context);
      }
  return TACET_OK;
}

static void choose_at_random(tacet_mask *mask, int64_t first, int64_t stride,
                             int64_t count, int64_t keep, void *context) {
  for (int64_t i = 0; i < count; i++) {
    if (random_below(context, count - i) >= keep) continue;
    tacet_mask_set(mask, first + i * stride);
    keep--;
  }
}

static bool in_attention(const tacet_mask_plan *plan, int64_t row,
                         int64_t column) {
  const int64_t back = row - column;
  if (plan->kind == TACET_MASK_BAND)
    return back < plan->width && -back < plan->width;
  return back >= 0 && (plan->kind == TACET_MASK_CAUSAL || back < plan->width);
}

/* Row and column are those of the innermost two ranks: a batch of matrices
   has the pattern in each. */
static tacet_status make_attention(tacet_mask *mask, const tacet_tensor *tensor,
                                   const tacet_mask_plan *plan,
                                   tacet_error *error) {
  int64_t size[2] = {1, 1};
  for (int r = tensor->ranks - 1, axis = 1; r >= 0 && axis >= 0; r--)
    if (tensor->rank[r].size > 1) size[axis--] = tensor->rank[r].size;
  if (plan->kind != TACET_MASK_BAND && size[0] != size[1]) {
    tacet_fail(error, TACET_BAD_USAGE, NULL,
               "%s is %lld x %lld; a causal pattern needs a square",
               tensor->name, (long long)size[0], (long long)size[1]);
    return tacet_advise(error, "attention scores are the output of a GEMM: "
                               "--tensor output");
  }
  for (int64_t i = 0; i < mask->elements; i++)
    if (in_attention(plan, i / size[1] % size[0], i % size[1]))
      tacet_mask_set(mask, i);
  return TACET_OK;
}

tacet_status tacet_mask_make_random(tacet_mask *mask,
                                    const tacet_tensor *tensor,
                                    const tacet_mask_plan *plan,
                                    tacet_error *error) {
  units u;
  uint64_t random = plan->seed;
  tacet_status status = find_units(&u, tensor, plan, error);
  if (status) return status;
  const int64_t kept = share(plan->density, u.count);
  switch (plan->kind) {
  case TACET_MASK_UNIFORM: choose_elements(mask, kept, &random); break;
  case TACET_MASK_BLOCK:
  case TACET_MASK_CHANNEL:
    status = choose_units(mask, &u, kept, &random, error);
    break;
  case TACET_MASK_GROUP:
    status =
        for_each_group(mask, tensor, plan, choose_at_random, &random, error);
    break;
  default: status = make_attention(mask, tensor, plan, error);
  }
  tacet_mask_recount(mask);
  return status;
}

/* ---- cuts --------------------------------------------------------------- */

/* Magnitudes as integers in the same order; they have no sign. */
static uint32_t key_of(float magnitude) {
  uint32_t key;
  memcpy(&key, &magnitude, sizeof key);
  return key & 0x7fffffff;
}

static void count_keys(int64_t *count, const tacet_weights *weights, int layers,
                       uint32_t upper, bool lower_half) {
  memset(count, 0, 65536 * sizeof *count);
  for (int l = 0; l < layers; l++)
    for (int64_t i = 0; i < weights[l].elements; i++) {
      const uint32_t key = key_of(weights[l].magnitude[i]);
      if (!lower_half)
        count[key >> 16]++;
      else if (key >> 16 == upper)
        count[key & 0xffff]++;
    }
}

/* The bin in which the `kept` largest end; *kept is what is taken of it. */
static uint32_t last_bin(const int64_t *count, int64_t *kept) {
  uint32_t bin = 65535;
  for (; bin > 0 && *kept > count[bin]; bin--) *kept -= count[bin];
  return bin;
}

/* Two rounds of counting, sixteen bits each. */
tacet_cut tacet_cut_at(const tacet_weights *weights, int layers, int64_t kept) {
  static const uint32_t none = 0x7fffffff;
  int64_t count[65536];
  if (kept == 0) {
    tacet_cut all = {.equals = 0};
    memcpy(&all.from, &none, sizeof none);
    return all;
  }
  count_keys(count, weights, layers, 0, false);
  const uint32_t upper = last_bin(count, &kept);
  count_keys(count, weights, layers, upper, true);
  const uint32_t key = upper << 16 | last_bin(count, &kept);
  tacet_cut cut = {.equals = kept};
  memcpy(&cut.from, &key, sizeof key);
  return cut;
}

void tacet_mask_cut(tacet_mask *mask, const tacet_weights *weights,
                    tacet_cut *cut) {
  const uint32_t from = key_of(cut->from);
  for (int64_t i = 0; i < mask->elements; i++) {
    const uint32_t key = key_of(weights->magnitude[i]);
    const bool equal = key == from && cut->equals > 0;
    if (key <= from && !equal) continue;
    cut->equals -= equal;
    tacet_mask_set(mask, i);
  }
  tacet_mask_recount(mask);
}

/* ---- by magnitude ------------------------------------------------------- */

static float larger_of_group(const tacet_weights *weights, int64_t element) {
  const float magnitude = weights->magnitude[element];
  return isnan(magnitude) ? INFINITY : magnitude;
}

/* Keeps the largest that is not kept yet, `keep` times. */
static void choose_largest(tacet_mask *mask, int64_t first, int64_t stride,
                           int64_t count, int64_t keep, void *context) {
  const tacet_weights *weights = context;
  for (; keep > 0; keep--) {
    int64_t best = -1;
    for (int64_t i = 0; i < count; i++) {
      const int64_t element = first + i * stride;
      if (tacet_mask_test(mask, element)) continue;
      if (best < 0 ||
          larger_of_group(weights, element) > larger_of_group(weights, best))
        best = element;
    }
    tacet_mask_set(mask, best);
  }
}

/* Ranks units by the sum of their magnitudes. */
static tacet_status prune_units(tacet_mask *mask, const units *u,
                                const tacet_weights *weights, int64_t kept,
                                tacet_error *error) {
  tacet_weights sums = {.elements = u->count};
  sums.magnitude = calloc((size_t)u->count, sizeof *sums.magnitude);
  tacet_tensor line = {.name = "units", .ranks = 1};
  line.rank[0] = (tacet_rank){.name = "U", .size = u->count};
  tacet_mask chosen = {0};
  tacet_status status = tacet_mask_make(&chosen, &line, error);
  if (!status && !sums.magnitude)
    status = tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  if (!status) {
    for (int64_t i = 0; i < mask->elements; i++)
      sums.magnitude[unit_of(u, i)] += weights->magnitude[i];
    tacet_cut cut = tacet_cut_at(&sums, 1, kept);
    tacet_mask_cut(&chosen, &sums, &cut);
    for (int64_t i = 0; i < mask->elements; i++)
      if (tacet_mask_test(&chosen, unit_of(u, i))) tacet_mask_set(mask, i);
  }
  tacet_mask_free(&chosen);
  free(sums.magnitude);
  return status;
}

tacet_status tacet_mask_make_pruned(tacet_mask *mask,
                                    const tacet_tensor *tensor,
                                    const tacet_weights *weights,
                                    const tacet_mask_plan *plan,
                                    tacet_error *error) {
  units u;
  tacet_status status = find_units(&u, tensor, plan, error);
  if (status) return status;
  const int64_t kept = share(plan->density, u.count);
  if (plan->kind == TACET_MASK_GROUP) {
    tacet_weights copy = *weights;
    status = for_each_group(mask, tensor, plan, choose_largest, &copy, error);
  } else if (plan->kind == TACET_MASK_UNIFORM) {
    tacet_cut cut = tacet_cut_at(weights, 1, kept);
    tacet_mask_cut(mask, weights, &cut);
  } else {
    status = prune_units(mask, &u, weights, kept, error);
  }
  tacet_mask_recount(mask);
  return status;
}
