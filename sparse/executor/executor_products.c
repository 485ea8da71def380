/* Collects the operands of outer products in sets. Knows nothing of MACs. */
#include "executor_products.h"

#include <math.h>

static const int64_t LIMIT = (int64_t)1 << 26; /* elements of an operand */

/* ---- workspace ---------------------------------------------------------- */

/* A skip at L1 or at compute finds an operand's zeros before they are
   issued; one of single elements never fetches them. */
static bool skips_zeros(const tacet_flags *flags, int t) {
  const tacet_features *features = flags->features;
  for (int r = 0; r < features->rules; r++) {
    const tacet_rule *rule = &features->rule[r];
    const bool finds =
        rule->storage >= flags->l1 || (rule->element && rule->target == t);
    if (finds && rule->skip && rule->on[t]) return true;
  }
  return false;
}

/* Makes padding elements like all others. */
static void add_padding(tacet_tensor *tensor) {
  for (int r = 0; r < tensor->ranks; r++) {
    tensor->rank[r].size = tensor->rank[r].padded;
    tensor->rank[r].offset = 0;
  }
}

static tacet_status make_set(tacet_set *set, const tacet_tensor *tensor,
                             const tacet_place *place, tacet_error *error) {
  int64_t elements = 1;
  for (int r = 0; r < tensor->ranks; r++)
    if (__builtin_mul_overflow(elements, tensor->rank[r].size, &elements) ||
        elements > LIMIT)
      return tacet_fail(error, TACET_INFEASIBLE, place,
                        "%s and its padding have too many elements to walk: "
                        "at most %lld",
                        tensor->name, (long long)LIMIT);
  return tacet_set_make(set, elements, error);
}

tacet_status tacet_products_make(tacet_products *products,
                                 const tacet_flags *flags,
                                 const tacet_issue *issue, tacet_error *error) {
  const tacet_layer *layer = flags->walk->nest->layer;
  *products = (tacet_products){.layer = layer};
  tacet_status status = TACET_OK;
  for (int t = 0; t < TACET_OUTPUT && !status; t++) {
    tacet_side *side = &products->side[t];
    side->slot = t;
    side->zeros = &flags->sparsity->tensor[t];
    side->skips = skips_zeros(flags, t);
    side->own = t == TACET_INPUT && issue->output_halos;
    side->tensor = layer->tensor[t];
    side->width = t == TACET_WEIGHT ? issue->weights : issue->inputs;
    if (!side->skips && !side->own) add_padding(&side->tensor);
    status = make_set(&side->taken, &side->tensor, &layer->place, error);
  }
  return status;
}

void tacet_products_free(tacet_products *products) {
  for (int t = 0; t < TACET_OUTPUT; t++)
    tacet_set_free(&products->side[t].taken);
}

/* ---- slots -------------------------------------------------------------- */

/* The element of the layer's tensor that one of a side's is; -1: padding. */
static int64_t element_of(const tacet_side *side, const tacet_tensor *tensor,
                          int64_t member) {
  int64_t element = 0, stride = 1;
  for (int r = tensor->ranks - 1; r >= 0; r--) {
    const int64_t size = side->tensor.rank[r].size;
    const int64_t at =
        member % size + tensor->rank[r].offset - side->tensor.rank[r].offset;
    if (at < 0 || at >= tensor->rank[r].size) return -1;
    element += stride * at;
    stride *= tensor->rank[r].size;
    member /= size;
  }
  return element;
}

/* Whether an element takes a place: not if rules above L1 keep it out, nor if
   it is a zero that is found. */
static bool takes_place(const tacet_side *side, const tacet_flags *flags,
                        int64_t pe, int64_t element) {
  if (side->skips && tacet_element_is_zero(side->zeros, element)) return false;
  return element < 0 ||
         tacet_flags_of_element(flags, flags->l1 - 1, pe, side->slot,
                                element) != TACET_SKIPPED;
}

/* Whether a coordinate of a rank belongs to the box: of those that add two
   dimensions, the next after each output's first that a filter may reach, up
   to the next output's. */
static bool belongs(const tacet_layer *layer, const tacet_rank *rank,
                    const tacet_box *box, int64_t at) {
  const tacet_term *out = &rank->term[0];
  const int64_t end = box->start[out->dim] + box->length[out->dim];
  if (rank->terms == 1) return at >= box->start[out->dim] && at < end;
  const tacet_term *filter = &rank->term[1];
  const int64_t last = (layer->dim[filter->dim].size - 1) * filter->coefficient;
  for (int64_t o = box->start[out->dim]; o < end; o++) {
    const int64_t behind = at - o * out->coefficient;
    if (behind >= 0 && behind <= last && behind < out->coefficient) return true;
  }
  return false;
}

/* Places that own elements take, from rank r on. */
static int64_t own_places(const tacet_side *side, const tacet_layer *layer,
                          const tacet_box *box, int r, int64_t element,
                          bool exists) {
  if (r == side->tensor.ranks)
    return !side->skips ||
           (exists && !tacet_element_is_zero(side->zeros, element));
  const tacet_rank *rank = &side->tensor.rank[r];
  const tacet_term *term = &rank->term[0];
  const int64_t last = layer->dim[term->dim].size * term->coefficient;
  int64_t places = 0;
  for (int64_t at = 0; at < last; at++)
    if (belongs(layer, rank, box, at))
      places += own_places(side, layer, box, r + 1, element * rank->size + at,
                           exists && at < rank->size);
  return places;
}

/* Slots that a side's elements of a box fill. */
static double side_slots(tacet_side *side, const tacet_flags *flags, int64_t pe,
                         const tacet_box *box) {
  const tacet_tensor *tensor = &flags->walk->nest->layer->tensor[side->slot];
  if (side->own)
    return ceil(
        (double)own_places(side, flags->walk->nest->layer, box, 0, 0, true) /
        (double)side->width);
  tacet_set_clear(&side->taken);
  tacet_set_add_tile(&side->taken, &side->tensor, box);
  int64_t places = 0;
  for (int64_t i = 0; i < side->taken.count; i++)
    if (takes_place(side, flags, pe,
                    element_of(side, tensor, side->taken.member[i])))
      places++;
  return ceil((double)places / (double)side->width);
}

double tacet_products_slots(tacet_products *products, const tacet_flags *flags,
                            int64_t pe, const tacet_box *box) {
  if (tacet_flags_of_pe(flags, pe) == TACET_SKIPPED) return 0;
  tacet_box values = *box; /* of the shared dimensions */
  tacet_box value = *box;  /* one of them, with all of the others */
  for (int d = 0; d < box->dims; d++)
    if (!tacet_is_shared(products->layer, d)) values.length[d] = 1;
  int64_t point[TACET_MAX_DIMS];
  for (int d = 0; d < box->dims; d++) point[d] = box->start[d];
  double slots = 0;
  do {
    for (int d = 0; d < box->dims; d++) {
      if (!tacet_is_shared(products->layer, d)) continue;
      value.start[d] = point[d];
      value.length[d] = 1;
    }
    slots += side_slots(&products->side[TACET_WEIGHT], flags, pe, &value) *
             side_slots(&products->side[TACET_INPUT], flags, pe, &value);
  } while (tacet_box_next(&values, point));
  return slots;
}
