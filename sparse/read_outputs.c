/* Outputs on their way to DRAM: only what is finished can be compressed. */
#include "reading.h"
#include "../dense/steps.h"

/* Elements and grid of the L2 tile that leaves as a step begins. */
typedef struct leaving {
  double elements;
  tacet_grid grid;
  bool whole;    /* it leaves: some loop of the output moves */
  bool finished; /* and does not come back */
} leaving;

/* The rank of the output that is dimension d, or -1. */
static int output_rank(const tacet_layer *layer, int d) {
  const tacet_tensor *output = &layer->tensor[TACET_OUTPUT];
  for (int r = 0; r < output->ranks; r++)
    if (output->rank[r].term[0].dim == d) return r;
  return -1;
}

static leaving leaving_tile(const tacet_steps *steps) {
  const tacet_layer *layer = steps->view.layer;
  leaving l = {1, {1, 1}, steps->advance == TACET_AFTER_LAST, true};
  for (int d = 0; d < layer->dims; d++) {
    const tacet_chain *chain = &steps->chain[d];
    const tacet_moment *moment = &steps->moment[d];
    int rank = output_rank(layer, d);
    if (rank < 0) {
      tacet_moment last = {.cut = 0};
      tacet_moment_before(&last, chain);
      for (int k = 0; k < chain->loops; k++)
        if (moment->before[k] != last.before[k]) l.finished = false;
      continue;
    }
    tacet_tile_sums sums = tacet_tiles_sum(chain, moment);
    if (!sums.still) l.whole = true;
    l.elements *= (double)sums.before_length;
    *(rank < layer->tensor[TACET_OUTPUT].row_ranks ? &l.grid.rows
                                                   : &l.grid.columns) *=
        sums.before_length;
  }
  return l;
}

static tacet_bits finished_bits(const tacet_reading *reading,
                                const leaving *l) {
  tacet_format format = reading->features->format[0][TACET_OUTPUT];
  double density = reading->sparsity->tensor[TACET_OUTPUT].density;
  double entries = density * l->elements;
  if (format == TACET_RLC) {
    int64_t size =
        tacet_tensor_size(&reading->nest->layer.tensor[TACET_OUTPUT]);
    tacet_uniform model = tacet_uniform_make(size, density);
    entries =
        tacet_rlc_expected_entries((int64_t)l->elements, TACET_RLC_RUN_BITS,
                                   model.elements, model.nonzeros);
  }
  return tacet_format_bits(format, l->grid, entries,
                           reading->accelerator->width_bits[TACET_OUTPUT]);
}

static void add_leaving(const tacet_reading *reading, const leaving *l,
                        bool last) {
  tacet_counts *counts = reading->counts;
  tacet_flow *flow = &counts->flow[0][TACET_OUTPUT];
  double density = reading->sparsity->tensor[TACET_OUTPUT].density;
  double width = (double)reading->accelerator->width_bits[TACET_OUTPUT];
  tacet_bits bits = {l->elements * width, 0};
  double sent = l->elements;
  if (l->finished) {
    bits = finished_bits(reading, l);
    sent = density * l->elements;
  }
  flow->drains.actual += sent;
  flow->drains.skipped += l->elements - sent;
  flow->updates = flow->drains;
  flow->payload_bits_out += bits.payload;
  flow->metadata_bits_out += bits.metadata;
  if (last) counts->last_bits[0] = bits.payload + bits.metadata;
}

void tacet_read_outputs(const tacet_reading *reading) {
  if (reading->features->format[0][TACET_OUTPUT] == TACET_UNCOMPRESSED) return;
  tacet_flow *flow = &reading->counts->flow[0][TACET_OUTPUT];
  flow->drains = flow->updates = (tacet_split){0, 0, 0};
  flow->payload_bits_out = flow->metadata_bits_out = 0;
  const tacet_nest *nest = reading->nest;
  tacet_steps steps;
  tacet_steps_start(&steps,
                    tacet_view_whole(nest, nest->position[1][TACET_OUTPUT]));
  bool more;
  do {
    more = tacet_steps_next(&steps);
    leaving l = leaving_tile(&steps);
    if (l.whole) add_leaving(reading, &l, !more);
  } while (more);
}
