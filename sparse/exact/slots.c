/* Slots by enumeration: what a PE issues together is small. */
#include "slots.h"

static double ceil_of(int64_t count, int64_t width) {
  return (double)(count / width + (count % width != 0));
}

/* Steps `at` through the box, dimension `fixed` apart; false at its end. */
static bool next_point(int64_t at[TACET_MAX_DIMS], const tacet_pe_box *box,
                       int dims, const bool fixed[TACET_MAX_DIMS]) {
  for (int d = dims - 1; d >= 0; d--) {
    if (fixed[d]) continue;
    if (++at[d] < box->start[d] + box->length[d]) return true;
    at[d] = box->start[d];
  }
  return false;
}

double tacet_vector_slots(const tacet_macs *macs, int64_t pe,
                          const tacet_pe_box *box, int along, int64_t width) {
  const int dims = macs->array->nest->layer->dims;
  bool fixed[TACET_MAX_DIMS] = {false};
  tacet_pe_box line = *box;
  for (int d = 0; d < dims; d++)
    if (d != along) line.length[d] = 1;
  fixed[along] = true;
  double slots = 0;
  do {
    tacet_mac_counts counts;
    tacet_macs_count(&counts, macs, pe, &line);
    slots += ceil_of((int64_t)tacet_macs_taken(macs, &counts), width);
  } while (next_point(line.start, box, dims, fixed));
  return slots;
}

/* ---- outer products ----------------------------------------------------- */

/* Elements of one operand in a box, for one value of the shared dimensions:
   counted once each, padding among them unless only non-zeros count. */
typedef struct operand {
  const tacet_stays *stays;
  int64_t pe;
  int slot;
  const tacet_layer *layer;
  const tacet_tensor *tensor;
  const tacet_mask *mask;
  bool nonzeros;
  bool own; /* of inputs that several PEs need only those dealt to this one */
} operand;

/* Distinct coordinates of a rank over the box: start + i, each tested for
   being reached. */
static bool reaches(const tacet_rank *rank, const tacet_pe_box *box,
                    int64_t coordinate) {
  const tacet_term *out = &rank->term[0], *filter = &rank->term[1];
  for (int64_t j = 0; j < box->length[filter->dim]; j++) {
    int64_t rest = coordinate - rank->offset -
                   filter->coefficient * (box->start[filter->dim] + j) -
                   out->coefficient * box->start[out->dim];
    if (rest >= 0 && rest % out->coefficient == 0 &&
        rest / out->coefficient < box->length[out->dim])
      return true;
  }
  return false;
}

static bool takes_place(const operand *o, int64_t element, bool exists) {
  if (!exists) return !o->nonzeros;
  if (o->nonzeros && o->mask && !tacet_mask_test(o->mask, element))
    return false;
  return o->own || tacet_stays_element(o->stays, o->pe, o->slot, element) !=
                       TACET_SKIPPED;
}

/* Coordinates of a rank, of which the box may not reach all. */
typedef struct stretch {
  int64_t first, last;
} stretch;

static stretch stretch_of(const tacet_rank *rank, const tacet_pe_box *box) {
  stretch s = {rank->offset, rank->offset};
  for (int i = 0; i < rank->terms; i++) {
    const tacet_term *term = &rank->term[i];
    s.first += term->coefficient * box->start[term->dim];
    s.last += term->coefficient *
              (box->start[term->dim] + box->length[term->dim] - 1);
  }
  return s;
}

/* From the first own input on, others between them. */
static stretch own_stretch(const tacet_rank *rank, const tacet_pe_box *box) {
  const tacet_term *out = &rank->term[0];
  const int64_t first = out->coefficient * box->start[out->dim];
  return (stretch){first, first + out->coefficient * box->length[out->dim] - 1};
}

static bool is_own(const operand *o, const tacet_rank *rank,
                   int64_t coordinate) {
  return coordinate % rank->term[0].coefficient < tacet_dealt(rank, o->layer);
}

static int64_t count_operand(const operand *o, const tacet_pe_box *box, int r,
                             int64_t element, bool exists) {
  if (r == o->tensor->ranks) return takes_place(o, element, exists);
  const tacet_rank *rank = &o->tensor->rank[r];
  const bool window = rank->terms > 1;
  const stretch s =
      window && o->own ? own_stretch(rank, box) : stretch_of(rank, box);
  int64_t count = 0;
  for (int64_t at = s.first; at <= s.last; at++) {
    bool inside = at >= 0 && at < rank->size;
    if (o->nonzeros && !inside) continue;
    if (window && !(o->own ? is_own(o, rank, at) : reaches(rank, box, at)))
      continue;
    count +=
        count_operand(o, box, r + 1, element * rank->size + (inside ? at : 0),
                      exists && inside);
  }
  return count;
}

static operand operand_of(const tacet_macs *macs, int64_t pe, int slot,
                          bool own) {
  const tacet_array *array = macs->array;
  return (operand){&array->stays,
                   pe,
                   slot,
                   array->nest->layer,
                   &array->nest->layer->tensor[slot],
                   array->mask[slot],
                   macs->table[TACET_ACTUAL].mac[1 << slot] == TACET_SKIPPED,
                   own};
}

double tacet_outer_slots(const tacet_macs *macs, int64_t pe,
                         const tacet_pe_box *box, const tacet_issue *issue) {
  const tacet_layer *layer = macs->array->nest->layer;
  const operand weight = operand_of(macs, pe, TACET_WEIGHT, false);
  const operand input = operand_of(macs, pe, TACET_INPUT, issue->output_halos);
  bool fixed[TACET_MAX_DIMS];
  tacet_pe_box one = *box;
  if (tacet_stays_tile(&macs->array->stays, pe, TACET_TENSORS) == TACET_SKIPPED)
    return 0;
  for (int d = 0; d < layer->dims; d++) {
    fixed[d] = !tacet_is_shared(layer, d);
    if (!fixed[d]) one.length[d] = 1;
  }
  double slots = 0;
  do {
    slots += ceil_of(count_operand(&weight, &one, 0, 0, true), issue->weights) *
             ceil_of(count_operand(&input, &one, 0, 0, true), issue->inputs);
  } while (next_point(one.start, box, layer->dims, fixed));
  return slots;
}
