/* Outputs between L2 and DRAM: only what is finished can be compressed. */
#include <stdlib.h>

#include "exact/arrival.h"
#include "departures.h"
#include "reading.h"

/* `partial` is what becomes of a partial sum. */
typedef struct leaving {
  const tacet_reading *reading;
  tacet_split partial;
  tacet_departure known; /* the last finished one, if it has elements; */
  tacet_bits known_bits; /* many are alike */
} leaving;

static tacet_bits finished_bits(const tacet_reading *reading,
                                const tacet_departure *d) {
  int64_t size = tacet_tensor_size(&reading->nest->layer->tensor[TACET_OUTPUT]);
  double density = reading->sparsity->tensor[TACET_OUTPUT].density;
  const tacet_contents contents = {.elements = d->elements,
                                   .nonzeros = density * d->elements,
                                   .model = tacet_uniform_make(size, density)};
  return tacet_expected_bits(&reading->features->format[0][TACET_OUTPUT],
                             d->extent, &contents,
                             reading->accelerator->width_bits[TACET_OUTPUT]);
}

static bool alike(const tacet_departure *a, const tacet_departure *b,
                  int ranks) {
  if (a->elements != b->elements) return false;
  for (int r = 0; r < ranks; r++)
    if (a->extent[r] != b->extent[r]) return false;
  return true;
}

static void know_bits(leaving *l, const tacet_departure *d) {
  const tacet_layer *layer = l->reading->nest->layer;
  if (alike(&l->known, d, layer->tensor[TACET_OUTPUT].ranks)) return;
  l->known = *d;
  l->known_bits = finished_bits(l->reading, d);
}

static void add_departure(const tacet_departure *d, void *context) {
  leaving *l = context;
  const tacet_reading *reading = l->reading;
  tacet_counts *counts = reading->counts;
  tacet_flow *flow = &counts->flow[0][TACET_OUTPUT];
  const double density = reading->sparsity->tensor[TACET_OUTPUT].density;
  const double width = (double)reading->accelerator->width_bits[TACET_OUTPUT];
  const double sent = l->partial.actual + l->partial.gated;
  const double times = (double)d->times, words = times * d->elements;
  tacet_split share = l->partial;
  tacet_bits bits = {sent * d->elements * width, 0};
  if (d->finished) {
    know_bits(l, d);
    bits = l->known_bits;
    share = (tacet_split){density, 0, 1 - density};
  }
  flow->drains.actual += share.actual * words;
  flow->drains.gated += share.gated * words;
  flow->drains.skipped += share.skipped * words;
  flow->payload_bits_out += times * bits.payload;
  flow->metadata_bits_out += times * bits.metadata;
  if (d->last) counts->last_bits[0] = bits.payload + bits.metadata;
}

static void read_density(const tacet_reading *reading) {
  tacet_flow *flow = &reading->counts->flow[0][TACET_OUTPUT];
  const tacet_split all = flow->drains;
  const double words = all.actual + all.gated + all.skipped;
  leaving l = {reading,
               {all.actual / words, all.gated / words, all.skipped / words},
               {.elements = 0},
               {0, 0}};
  flow->drains = (tacet_split){0, 0, 0};
  flow->payload_bits_out = flow->metadata_bits_out = 0;
  tacet_departures(reading->nest, add_departure, &l);
  flow->updates = flow->drains;
}

/* ---- with a mask -------------------------------------------------------- */

typedef struct masked {
  const tacet_reading *reading;
  tacet_flow flow;
  tacet_features rules; /* at DRAM, of outputs */
  tacet_features plain; /* the same, sent as it is */
  tacet_stays stays;
  tacet_arrival finished; /* in DRAM's format */
  tacet_arrival partial;  /* as they are */
  uint8_t *stored; /* owned; [elements] DRAM has had the tile that starts so */
} masked;

static tacet_status make_masked(masked *m, const tacet_reading *reading,
                                tacet_error *error) {
  const tacet_zeros *zeros = &reading->sparsity->tensor[TACET_OUTPUT];
  const tacet_nest *nest = reading->nest;
  const tacet_mask *known[TACET_TENSORS] = {
      [TACET_OUTPUT] = zeros->known ? zeros->mask : NULL};
  *m = (masked){.reading = reading,
                .rules = tacet_rules_of_dram(reading->features, TACET_OUTPUT)};
  m->plain = m->rules;
  m->plain.format[0][TACET_OUTPUT] = tacet_format_named(TACET_UNCOMPRESSED);
  tacet_status status =
      tacet_stays_make(&m->stays, nest, &m->rules, known, 1, error);
  if (!status)
    status = tacet_arrival_make(&m->finished, nest, &m->rules, zeros->mask,
                                TACET_OUTPUT, 0, reading->accelerator, error);
  if (!status)
    status = tacet_arrival_make(&m->partial, nest, &m->plain, zeros->mask,
                                TACET_OUTPUT, 0, reading->accelerator, error);
  if (status) return status;
  if (!zeros->known) m->finished.zero = m->partial.zero = TACET_ACTUAL;
  m->stored =
      calloc((size_t)tacet_tensor_size(&nest->layer->tensor[TACET_OUTPUT]), 1);
  if (m->stored) return TACET_OK;
  return tacet_fail(error, TACET_NO_MEMORY, NULL, "no memory for outputs");
}

static void free_masked(masked *m) {
  tacet_stays_free(&m->stays);
  tacet_arrival_free(&m->finished);
  tacet_arrival_free(&m->partial);
  free(m->stored);
}

static void add_split(tacet_split *sum, const tacet_split *more) {
  sum->actual += more->actual;
  sum->gated += more->gated;
  sum->skipped += more->skipped;
}

/* The first element of what an arrival has gathered. */
static int64_t first_element(const tacet_arrival *arrival) {
  const tacet_region *region = &arrival->all;
  int64_t element = 0;
  for (int r = 0; r < arrival->tensor->ranks; r++)
    element += region->side[r].at[0] * region->stride[r];
  return element;
}

static void store_tile(masked *m, const tacet_steps *steps, bool finished,
                       bool last) {
  tacet_arrival *way = finished ? &m->finished : &m->partial;
  tacet_moved moved;
  tacet_arrival_tile(&moved, way, steps, true, &m->stays);
  add_split(&m->flow.drains, &moved.fills);
  m->flow.payload_bits_out += moved.bits.payload;
  m->flow.metadata_bits_out += moved.bits.metadata;
  m->stored[first_element(way)] = 1;
  if (last)
    m->reading->counts->last_bits[0] = moved.bits.payload + moved.bits.metadata;
}

/* Tiles leave and come back whole. */
static void return_tile(masked *m, const tacet_steps *steps) {
  tacet_moved moved;
  tacet_arrival_tile(&moved, &m->partial, steps, false, &m->stays);
  if (!m->stored[first_element(&m->partial)]) return;
  add_split(&m->flow.fills, &moved.fills);
  m->flow.payload_bits_in += moved.bits.payload;
}

static tacet_status walk_masked(masked *m, tacet_error *error) {
  const tacet_nest *nest = m->reading->nest;
  tacet_steps steps;
  tacet_steps_start(&steps,
                    tacet_view_whole(nest, nest->position[1][TACET_OUTPUT]));
  bool more = true;
  do {
    tacet_status status = tacet_stays_of_l2(&m->stays, &steps, error);
    if (status) return status;
    more = tacet_steps_next(&steps);
    if (!tacet_departs(&steps)) continue;
    store_tile(m, &steps, tacet_departs_finished(&steps), !more);
    if (!more) break;
    status = tacet_stays_of_l2(&m->stays, &steps, error);
    if (status) return status;
    return_tile(m, &steps);
  } while (more);
  m->flow.updates = m->flow.drains;
  m->flow.parent_reads = m->flow.fills;
  m->reading->counts->flow[0][TACET_OUTPUT] = m->flow;
  return TACET_OK;
}

tacet_status tacet_read_outputs(const tacet_reading *reading,
                                tacet_error *error) {
  masked m;
  if (!reading->sparsity->tensor[TACET_OUTPUT].mask) {
    if (reading->features->format[0][TACET_OUTPUT].fibers > 0)
      read_density(reading);
    return TACET_OK;
  }
  tacet_status status = make_masked(&m, reading, error);
  if (!status) status = walk_masked(&m, error);
  free_masked(&m);
  return status;
}
