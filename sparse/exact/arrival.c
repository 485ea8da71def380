/* Arrivals: sets of new elements, split by what is zero and by what the rules
   above L1 let pass. */
#include "arrival.h"

#include "../concord.h"

#include <stdlib.h>
#include <string.h>

/* ---- memory ------------------------------------------------------------- */

static size_t coordinates(const tacet_tensor *tensor) {
  size_t sum = 0;
  for (int r = 0; r < tensor->ranks; r++) sum += (size_t)tensor->rank[r].size;
  return sum;
}

/* True if a rule has the tensor as target at boundary b or outside of it. */
static bool is_target(const tacet_features *features, int slot, int b) {
  for (int i = 0; i < features->rules; i++)
    if (features->rule[i].storage <= b && features->rule[i].target == slot)
      return true;
  return false;
}

static bool needs_encoding(const tacet_arrival *arrival) {
  return arrival->guarded || !tacet_format_counts(arrival->format);
}

tacet_status tacet_arrival_make(tacet_arrival *arrival, const tacet_nest *nest,
                                const tacet_features *features,
                                const tacet_mask *mask, int slot, int b,
                                const tacet_accelerator *accelerator,
                                tacet_error *error) {
  const tacet_tensor *tensor = &nest->layer->tensor[slot];
  const int receiver = slot == TACET_OUTPUT ? b : b + 1;
  *arrival = (tacet_arrival){
      .tensor = tensor,
      .slot = slot,
      .mask = mask,
      .format = &features->format[receiver][slot],
      .reads_zeros = !tacet_reads_compressed(features, nest, b, slot),
      .writes_zeros = !tacet_writes_compressed(features, nest, b, slot),
      .width = accelerator->width_bits[slot],
      .guarded = is_target(features, slot, b),
      .zero = tacet_verdict_of_zero(features, b + 1, slot),
      .multicast = accelerator->link[b].multicast};
  const bool contiguous = nest->contiguous[b + 1];
  tacet_status status =
      tacet_region_make(&arrival->all, tensor, contiguous, error);
  if (!status)
    status = tacet_region_make(&arrival->one, tensor, contiguous, error);
  if (!status && needs_encoding(arrival))
    status = tacet_encoding_make(&arrival->encoding, tacet_tensor_size(tensor),
                                 error);
  if (!status && arrival->guarded) {
    arrival->taken = calloc((size_t)tacet_tensor_size(tensor), 1);
    arrival->projection = calloc(coordinates(tensor), 1);
    arrival->place = malloc(coordinates(tensor) * sizeof *arrival->place);
    if (!arrival->taken || !arrival->projection || !arrival->place)
      status = tacet_fail(error, TACET_NO_MEMORY, NULL,
                          "no memory for the elements of %s", tensor->name);
  }
  if (status) tacet_arrival_free(arrival);
  return status;
}

tacet_status tacet_arrival_keep(tacet_arrival *arrival,
                                const tacet_array *array, tacet_error *error) {
  return tacet_kept_make(&arrival->kept, array, arrival->slot, error);
}

void tacet_arrival_free(tacet_arrival *arrival) {
  tacet_kept_free(&arrival->kept);
  tacet_region_free(&arrival->all);
  tacet_region_free(&arrival->one);
  tacet_encoding_free(&arrival->encoding);
  free(arrival->taken);
  free(arrival->projection);
  free(arrival->place);
  memset(arrival, 0, sizeof *arrival);
}

/* ---- regions of a step -------------------------------------------------- */

static void add_unit(const tacet_arrival *arrival, tacet_region *region, int r,
                     const tacet_rank_piece *unit) {
  if (arrival->kept.keeps)
    tacet_kept_add(&arrival->kept, region, r, unit);
  else
    tacet_region_add(region, r, unit);
}

/* All children together. */
static void gather_all(tacet_arrival *arrival, const tacet_array *array) {
  for (int r = 0; r < arrival->tensor->ranks; r++) {
    const tacet_rank *rank = &arrival->tensor->rank[r];
    tacet_region_clear(&arrival->all, r);
    int at[TACET_MAX_DIMS] = {0};
    int outer = rank->term[0].dim;
    int inner = rank->terms > 1 ? rank->term[1].dim : outer;
    int inners = rank->terms > 1 ? array->dim[inner].count : 1;
    for (at[outer] = 0; at[outer] < array->dim[outer].count; at[outer]++) {
      for (int j = 0; j < inners; j++) {
        if (rank->terms > 1) at[inner] = j;
        tacet_rank_piece unit = tacet_array_piece(array, rank, at);
        add_unit(arrival, &arrival->all, r, &unit);
      }
    }
  }
  tacet_region_close(&arrival->all);
}

/* Of a walk over PEs: where the PE before lay in each dimension. */
typedef struct lately {
  int at[TACET_MAX_DIMS];
} lately;

static lately nowhere(void) {
  lately none;
  for (int d = 0; d < TACET_MAX_DIMS; d++) none.at[d] = -1;
  return none;
}

static bool is_as_lately(const tacet_rank *rank, const int at[TACET_MAX_DIMS],
                         const lately *before) {
  for (int i = 0; i < rank->terms; i++)
    if (at[rank->term[i].dim] != before->at[rank->term[i].dim]) return false;
  return true;
}

/* Ranks in which the PE lies where the one before did are gathered already. */
static void gather_one(tacet_arrival *arrival, const tacet_array *array,
                       const int at[TACET_MAX_DIMS], lately *before) {
  for (int r = 0; r < arrival->tensor->ranks; r++) {
    const tacet_rank *rank = &arrival->tensor->rank[r];
    if (is_as_lately(rank, at, before)) continue;
    tacet_rank_piece unit = tacet_array_piece(array, rank, at);
    tacet_region_clear(&arrival->one, r);
    add_unit(arrival, &arrival->one, r, &unit);
  }
  memcpy(before->at, at, sizeof before->at);
  tacet_region_close(&arrival->one);
}

/* Accesses to the elements of a region, with zeros or without. */
static void add_region(tacet_split *split, const tacet_arrival *arrival,
                       const tacet_region *region, bool zeros, double times) {
  int64_t elements = tacet_region_elements(region);
  int64_t done = elements;
  if (!zeros) done = tacet_region_nonzeros(region, arrival->mask);
  split->actual += times * (double)done;
  split->skipped += times * (double)(elements - done);
}

static void add_bits(tacet_bits *bits, tacet_bits more, double times) {
  bits->payload += times * more.payload;
  bits->metadata += times * more.metadata;
}

/* ---- without rules: PEs that differ in other dimensions are alike ------- */

static bool next_own(const tacet_arrival *arrival, const tacet_array *array,
                     int at[TACET_MAX_DIMS]) {
  for (int d = array->nest->layer->dims - 1; d >= 0; d--) {
    if (!tacet_has_dim(arrival->tensor, d)) continue;
    if (++at[d] < array->dim[d].count) return true;
    at[d] = 0;
  }
  return false;
}

static double sharers(const tacet_arrival *arrival, const tacet_array *array) {
  double product = 1;
  for (int d = 0; d < array->nest->layer->dims; d++)
    if (!tacet_has_dim(arrival->tensor, d)) product *= array->dim[d].count;
  return product;
}

static void step_unguarded(tacet_moved *moved, tacet_arrival *arrival,
                           const tacet_array *array) {
  double times = sharers(arrival, array);
  int at[TACET_MAX_DIMS] = {0};
  lately before = nowhere();
  do {
    gather_one(arrival, array, at, &before);
    add_region(&moved->fills, arrival, &arrival->one, arrival->writes_zeros,
               times);
    if (!arrival->multicast)
      add_region(&moved->parent_reads, arrival, &arrival->one,
                 arrival->reads_zeros, times);
    if (!arrival->multicast)
      add_bits(&moved->bits,
               tacet_region_bits(&arrival->one, arrival->mask, arrival->format,
                                 arrival->width, &arrival->encoding),
               times);
  } while (next_own(arrival, array, at));
  if (!arrival->multicast) return;
  gather_all(arrival, array);
  add_region(&moved->parent_reads, arrival, &arrival->all, arrival->reads_zeros,
             1);
  add_bits(&moved->bits,
           tacet_region_bits(&arrival->all, arrival->mask, arrival->format,
                             arrival->width, &arrival->encoding),
           1);
}

/* ---- with rules: element by element ------------------------------------- */

enum { NOT_TAKEN, TAKEN_GATED, TAKEN };

static bool is_zero(const tacet_arrival *arrival, int64_t element) {
  return arrival->mask && !tacet_mask_test(arrival->mask, element);
}

static bool is_sent(const tacet_arrival *arrival, int64_t element) {
  return arrival->format->fibers == 0 || !arrival->mask ||
         tacet_mask_test(arrival->mask, element);
}

/* One child's arrival. */
typedef struct marker {
  const tacet_arrival *arrival;
  const tacet_stays *stays;
  int64_t pe;
  tacet_verdict tile; /* of rules on tiles */
  tacet_split *fills;
} marker;

static void mark_element(int64_t element, bool inside, void *context) {
  static const uint8_t marks[] = {TAKEN, TAKEN_GATED, NOT_TAKEN};
  const marker *m = context;
  const tacet_arrival *arrival = m->arrival;
  if (!inside) return;
  tacet_verdict verdict =
      tacet_stays_element(m->stays, m->pe, arrival->slot, element);
  if (m->tile > verdict) verdict = m->tile;
  if (arrival->zero > verdict && arrival->mask &&
      !tacet_mask_test(arrival->mask, element))
    verdict = arrival->zero;
  if (marks[verdict] > arrival->taken[element])
    arrival->taken[element] = marks[verdict];
  if (!arrival->writes_zeros && is_zero(arrival, element))
    verdict = TACET_SKIPPED;
  tacet_split_add(m->fills, verdict, 1);
}

static void mark_region(tacet_moved *moved, const tacet_arrival *arrival,
                        const tacet_region *region, const tacet_stays *stays,
                        int64_t pe) {
  marker m = {arrival, stays, pe, tacet_stays_tile(stays, pe, arrival->slot),
              &moved->fills};
  tacet_region_visit(region, mark_element, &m);
}

/* The distinct elements, once all PEs have marked what they take. */
typedef struct tally {
  tacet_arrival *arrival;
  tacet_split *reads;
  int64_t extent[TACET_MAX_RANKS]; /* of the projections taken */
  int64_t elements;                /* taken */
} tally;

static void count_element(int64_t element, bool inside, void *context) {
  tally *t = context;
  tacet_arrival *arrival = t->arrival;
  if (!inside) return;
  uint8_t taken = arrival->taken[element];
  tacet_verdict verdict = taken == TAKEN         ? TACET_ACTUAL
                          : taken == TAKEN_GATED ? TACET_GATED
                                                 : TACET_SKIPPED;
  if (!arrival->reads_zeros && is_zero(arrival, element))
    verdict = TACET_SKIPPED;
  tacet_split_add(t->reads, verdict, 1);
  if (taken == NOT_TAKEN) return;
  t->elements++;
  uint8_t *projection = arrival->projection;
  for (int r = 0; r < arrival->tensor->ranks; r++) {
    int64_t size = arrival->tensor->rank[r].size;
    int64_t at = element / arrival->all.stride[r] % size;
    if (!projection[at]) t->extent[r]++;
    projection[at] = 1;
    projection += size;
  }
}

/* The place of each coordinate that is taken among those of its rank. */
static void number_projection(const tally *t) {
  int64_t *place = t->arrival->place;
  const uint8_t *projection = t->arrival->projection;
  for (int r = 0; r < t->arrival->tensor->ranks; r++) {
    int64_t places = 0;
    for (int64_t at = 0; at < t->arrival->tensor->rank[r].size; at++)
      *place++ = *projection++ ? places++ : 0;
  }
}

static void encode_element(int64_t element, bool inside, void *context) {
  tally *t = context;
  tacet_arrival *arrival = t->arrival;
  if (!inside || !arrival->taken[element] || !is_sent(arrival, element)) return;
  int64_t position[TACET_MAX_RANKS];
  const int64_t *place = arrival->place;
  for (int r = 0; r < arrival->tensor->ranks; r++) {
    int64_t size = arrival->tensor->rank[r].size;
    position[r] = place[element / arrival->all.stride[r] % size];
    place += size;
  }
  tacet_encoding_add(&arrival->encoding, position);
}

/* Bits of what is taken. */
static tacet_bits taken_bits(tally *t, const tacet_region *region) {
  tacet_arrival *arrival = t->arrival;
  if (t->elements == 0) return (tacet_bits){0, 0};
  if (arrival->format->fibers == 0)
    return (tacet_bits){(double)(t->elements * arrival->width), 0};
  number_projection(t);
  tacet_encoding_start(&arrival->encoding, arrival->format, t->extent);
  tacet_region_visit(region, encode_element, t);
  return tacet_encoding_bits(&arrival->encoding, arrival->width);
}

static void unmark_element(int64_t element, bool inside, void *context) {
  (void)inside;
  ((uint8_t *)context)[element] = NOT_TAKEN;
}

/* Reads and bits of the elements of `region` that are marked. */
static void tally_region(tacet_moved *moved, tacet_arrival *arrival,
                         const tacet_region *region) {
  tally t = {.arrival = arrival, .reads = &moved->parent_reads};
  tacet_region_visit(region, count_element, &t);
  add_bits(&moved->bits, taken_bits(&t, region), 1);
  tacet_region_visit(region, unmark_element, arrival->taken);
  memset(arrival->projection, 0, coordinates(arrival->tensor));
}

static void step_guarded(tacet_moved *moved, tacet_arrival *arrival,
                         const tacet_array *array) {
  int at[TACET_MAX_DIMS] = {0};
  lately before = nowhere();
  do {
    gather_one(arrival, array, at, &before);
    mark_region(moved, arrival, &arrival->one, &array->stays,
                tacet_array_pe(array, at));
    if (!arrival->multicast) tally_region(moved, arrival, &arrival->one);
  } while (tacet_array_next(array, at));
  if (!arrival->multicast) return;
  gather_all(arrival, array);
  tally_region(moved, arrival, &arrival->all);
}

void tacet_arrival_step(tacet_moved *moved, tacet_arrival *arrival,
                        const tacet_array *array) {
  tacet_array part = {.nest = NULL};
  memset(moved, 0, sizeof *moved);
  if (arrival->kept.keeps && !tacet_kept_step(&arrival->kept)) return;
  while (tacet_array_next_part(&part, array)) {
    if (arrival->guarded)
      step_guarded(moved, arrival, &part);
    else
      step_unguarded(moved, arrival, &part);
  }
}

/* ---- DRAM to L2 --------------------------------------------------------- */

typedef void add_piece(tacet_region *region, int r,
                       const tacet_rank_piece *unit);

typedef struct adder {
  tacet_region *region;
  int rank;
  add_piece *add;
  tacet_rank_piece unit;
  const tacet_chain *filter;
  const tacet_moment *filter_moment;
} adder;

static void add_filter(const tacet_piece *piece, void *context) {
  adder *a = context;
  a->unit.piece[1] = *piece;
  a->add(a->region, a->rank, &a->unit);
}

static void add_out(const tacet_piece *piece, void *context) {
  adder *a = context;
  a->unit.piece[0] = *piece;
  if (a->filter)
    tacet_pieces(a->filter, a->filter_moment, add_filter, a);
  else
    a->add(a->region, a->rank, &a->unit);
}

static void widen(const tacet_piece *piece, void *context) {
  tacet_piece *reach = context;
  const int64_t end = piece->start + piece->length;
  const int64_t last = reach->start + reach->length;
  if (reach->length == 0 || piece->start < reach->start)
    reach->start = piece->start;
  reach->length = (end > last ? end : last) - reach->start;
}

/* The coordinates of all units at moments of the rank's chains: where nothing
   is left out between them, as if from the first tile to the last were the
   tile of one. */
static void add_units(adder *a, const tacet_chain *out,
                      const tacet_moment moment[2]) {
  a->filter_moment = &moment[1];
  if (!a->region->contiguous || !a->filter) {
    tacet_pieces(out, &moment[0], add_out, a);
    return;
  }
  a->unit = (tacet_rank_piece){{{0}}};
  tacet_pieces(out, &moment[0], widen, &a->unit.piece[0]);
  tacet_pieces(a->filter, &moment[1], widen, &a->unit.piece[1]);
  a->add(a->region, a->rank, &a->unit);
}

/* The moment before as a moment of its own. */
static tacet_moment moment_before(const tacet_moment *moment) {
  tacet_moment before = {.cut = TACET_MAX_CHAIN, .first = true};
  memcpy(before.time, moment->before, sizeof before.time);
  return before;
}

/* The coordinates that L2 holds now or held before, and if only news count,
   marks those of before as old. */
static void gather_whole(tacet_region *region, int r, const tacet_steps *steps,
                         bool held_before, bool news) {
  const tacet_rank *rank = &region->tensor->rank[r];
  int out = rank->term[0].dim;
  int filter = rank->terms > 1 ? rank->term[1].dim : out;
  tacet_moment now[2] = {steps->moment[out], steps->moment[filter]};
  tacet_moment before[2] = {moment_before(&now[0]), moment_before(&now[1])};
  adder a = {.region = region,
             .rank = r,
             .add = tacet_region_add_now,
             .filter = rank->terms > 1 ? &steps->chain[filter] : NULL};
  tacet_region_clear(region, r);
  add_units(&a, &steps->chain[out], held_before ? before : now);
  if (now[0].first || !news) return;
  a.add = tacet_region_add_before;
  add_units(&a, &steps->chain[out], before);
}

/* All that is gathered, for L2 or from it. */
static void move_all(tacet_moved *moved, tacet_arrival *arrival,
                     const tacet_stays *stays) {
  tacet_region_close(&arrival->all);
  if (arrival->guarded) {
    mark_region(moved, arrival, &arrival->all, stays, 0);
    tally_region(moved, arrival, &arrival->all);
    return;
  }
  add_region(&moved->fills, arrival, &arrival->all, arrival->writes_zeros, 1);
  add_region(&moved->parent_reads, arrival, &arrival->all, arrival->reads_zeros,
             1);
  moved->bits = tacet_region_bits(&arrival->all, arrival->mask, arrival->format,
                                  arrival->width, &arrival->encoding);
}

void tacet_arrival_whole(tacet_moved *moved, tacet_arrival *arrival,
                         const tacet_steps *steps, const tacet_stays *stays) {
  memset(moved, 0, sizeof *moved);
  for (int r = 0; r < arrival->tensor->ranks; r++)
    gather_whole(&arrival->all, r, steps, false, true);
  move_all(moved, arrival, stays);
}

void tacet_arrival_tile(tacet_moved *moved, tacet_arrival *arrival,
                        const tacet_steps *steps, bool before,
                        const tacet_stays *stays) {
  memset(moved, 0, sizeof *moved);
  for (int r = 0; r < arrival->tensor->ranks; r++)
    gather_whole(&arrival->all, r, steps, before, false);
  move_all(moved, arrival, stays);
}
