/* From counts to cycles and energy (design, section 6). Must not know where
   the counts came from. */
#include "../dense.h"

#include <math.h>
#include <string.h>

const char *const tacet_bound_names[] = {"compute", "noc", "clusters", "dram"};

static double larger(double a, double b) {
  return a > b ? a : b;
}

/* ---- time --------------------------------------------------------------- */

static int inner_boundary(const tacet_accelerator *accelerator) {
  return accelerator->storages - 2;
}

static bool overlaps(const tacet_accelerator *accelerator, int storage) {
  return accelerator->storage[storage].double_buffered;
}

void tacet_timeline_add(tacet_timeline *timeline, const tacet_work *work,
                        const tacet_accelerator *accelerator) {
  tacet_span compute;
  tacet_ways ways;
  tacet_compute_span(&compute, accelerator, work);
  tacet_ways_of(&ways, accelerator, work);
  timeline->compute += work->occurrences * compute.cycles;
  timeline->in += work->occurrences * ways.in.cycles;
  timeline->out += work->occurrences * ways.out.cycles;
  timeline->steps += work->occurrences * tacet_step_cycles(&compute, &ways);
}

static double bits_in_of(const tacet_counts *counts, int boundary, int slot) {
  const tacet_flow *flow = &counts->flow[boundary][slot];
  return flow->payload_bits_in + flow->metadata_bits_in;
}

static double bits_in(const tacet_counts *counts, int boundary) {
  double bits = 0;
  for (int t = 0; t < TACET_TENSORS; t++)
    bits += bits_in_of(counts, boundary, t);
  return bits;
}

static double bits_out(const tacet_counts *counts, int boundary) {
  double bits = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_flow *flow = &counts->flow[boundary][t];
    bits += flow->payload_bits_out + flow->metadata_bits_out;
  }
  return bits;
}

static double flow_bits(const tacet_counts *counts, int boundary) {
  return bits_in(counts, boundary) + bits_out(counts, boundary);
}

/* Cycles of the first tiles and the last outputs on a way. */
static double ends_of(const tacet_counts *counts,
                      const tacet_accelerator *accelerator, int b) {
  return tacet_way_in(accelerator, b, counts->first_bits[b]) +
         tacet_way_out(accelerator, b, counts->last_bits[b]);
}

/* Cycles on the ways into buffers at cluster boundaries. */
typedef struct streams {
  double ends;    /* first tiles and last outputs, all levels */
  double longest; /* beside the steps */
  double added;   /* to the steps, where a level is not double-buffered */
} streams;

/* Returns the cycles of all transfers. */
static double add_stream(streams *s, const tacet_counts *counts,
                         const tacet_accelerator *accelerator, int b) {
  const double last = counts->last_bits[b];
  double rest[TACET_OUTPUT];
  for (int t = 0; t < TACET_OUTPUT; t++)
    rest[t] = bits_in_of(counts, b, t) - counts->first_bits[b][t];
  double ends = ends_of(counts, accelerator, b);
  double in = tacet_way_in(accelerator, b, rest);
  double out = tacet_way_out(accelerator, b, bits_out(counts, b) - last);
  s->ends += ends;
  if (overlaps(accelerator, b + 1))
    s->longest = larger(s->longest, larger(in, out));
  else
    s->added += in + out;
  return ends + in + out;
}

static streams streams_of(tacet_cost *cost, const tacet_counts *counts,
                          const tacet_accelerator *accelerator) {
  streams s = {0, 0, 0};
  memset(cost->stream_cycles, 0, sizeof cost->stream_cycles);
  for (int b = 1; b < inner_boundary(accelerator); b++) {
    cost->stream_cycles[b] = add_stream(&s, counts, accelerator, b);
    cost->cluster_cycles = larger(cost->cluster_cycles, cost->stream_cycles[b]);
  }
  return s;
}

/* What the steps wait for most, or the streams beside them. Of the way into
   the PEs also the first and the last transfer, `ends`. */
static tacet_bound bound_of_steps(const tacet_timeline *timeline,
                                  const streams *s, double ends) {
  double noc = ends + larger(timeline->in, timeline->out);
  double most = larger(timeline->compute, noc);
  if (s->longest > timeline->steps || s->added > most)
    return TACET_BOUND_CLUSTERS;
  return noc > timeline->compute ? TACET_BOUND_NOC : TACET_BOUND_COMPUTE;
}

/* Out of the chip, where that has a bandwidth of its own or not. */
static double store_cycles(const tacet_accelerator *accelerator, double bits) {
  if (accelerator->dram_write_bandwidth == 0)
    return tacet_transfer_cycles(accelerator, 0, bits);
  return ceil(bits / ((double)accelerator->word_bits *
                      accelerator->dram_write_bandwidth));
}

/* All that DRAM reads and writes; ways of their own are busy at the same time
   if L2 is double-buffered. */
static double dram_cycles(const tacet_accelerator *accelerator,
                          const tacet_counts *counts) {
  if (accelerator->dram_write_bandwidth == 0)
    return tacet_transfer_cycles(accelerator, 0, flow_bits(counts, 0));
  const double in = tacet_transfer_cycles(accelerator, 0, bits_in(counts, 0));
  const double out = store_cycles(accelerator, bits_out(counts, 0));
  return overlaps(accelerator, 1) ? larger(in, out) : in + out;
}

/* Of the bits of a tile those that are waited for. */
static double waited_bits(const tacet_waited *waited, double bits) {
  return waited->tile > 0 ? bits / waited->tile * waited->words : 0;
}

/* Cycles in which DRAM cannot work beside the array: it brings what the first
   step needs, and takes what the last gives up. */
static double exposed_cycles(const tacet_accelerator *accelerator,
                             const tacet_counts *counts) {
  double first[TACET_OUTPUT];
  for (int t = 0; t < TACET_OUTPUT; t++)
    first[t] = waited_bits(&counts->first_waited[t], counts->first_bits[0][t]);
  return tacet_way_in(accelerator, 0, first) +
         store_cycles(accelerator,
                      waited_bits(&counts->last_waited, counts->last_bits[0]));
}

static void time_of(tacet_cost *cost, const tacet_counts *counts,
                    const tacet_timeline *timeline,
                    const tacet_accelerator *accelerator) {
  int noc = inner_boundary(accelerator);
  double ends = ends_of(counts, accelerator, noc);
  streams clusters = streams_of(cost, counts, accelerator);
  double beside = larger(timeline->steps, clusters.longest) + clusters.added;
  double memory = dram_cycles(accelerator, counts);
  double array = exposed_cycles(accelerator, counts) + beside;
  cost->cycles = ends + beside + memory;
  if (overlaps(accelerator, 1)) cost->cycles = ends + larger(array, memory);
  cost->cycles += clusters.ends;
  cost->compute_cycles = timeline->compute;
  cost->noc_cycles = ends + timeline->in + timeline->out;
  cost->dram_cycles = memory;
  cost->bound = bound_of_steps(timeline, &clusters, ends);
  if (memory > ends + beside) cost->bound = TACET_BOUND_DRAM;
}

/* ---- energy ------------------------------------------------------------- */

static double l1_energy(const double element[TACET_TENSORS],
                        const tacet_counts *counts,
                        const tacet_accelerator *accelerator) {
  int boundary = inner_boundary(accelerator);
  const tacet_storage *l1 = &accelerator->storage[accelerator->storages - 1];
  double energy = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_flow *flow = &counts->flow[boundary][t];
    double reads = counts->l1_reads[t].actual + flow->drains.actual;
    double writes = flow->fills.actual;
    if (t == TACET_OUTPUT) writes += counts->l1_writes.actual;
    energy += (reads * l1->read_pj + writes * l1->write_pj) * element[t];
  }
  return energy;
}

/* Words that level s between DRAM and L1 reads and writes of a tensor: filled
   and drained from outside, read and updated from inside. */
static void accesses_of(double *reads, double *writes,
                        const tacet_counts *counts, int s, int t) {
  const tacet_flow *outer = &counts->flow[s - 1][t];
  const tacet_flow *inner = &counts->flow[s][t];
  *reads = outer->drains.actual + inner->parent_reads.actual +
           inner->partial_sum_reads.actual;
  *writes = outer->fills.actual + inner->updates.actual;
}

static double accesses_pj(const tacet_storage *buffer, double reads,
                          double writes) {
  return reads * buffer->read_pj + writes * buffer->write_pj;
}

static double buffer_energy(const double element[TACET_TENSORS],
                            const tacet_counts *counts,
                            const tacet_accelerator *accelerator, int s) {
  double energy = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    double reads, writes;
    accesses_of(&reads, &writes, counts, s, t);
    energy += accesses_pj(&accelerator->storage[s], reads, writes) * element[t];
  }
  return energy;
}

void tacet_buffer_use_of(tacet_buffer_use *use, const tacet_counts *counts,
                         const tacet_accelerator *accelerator, int storage,
                         int slot) {
  const tacet_flow *way = &counts->flow[storage - 1][slot];
  const tacet_link *link = &accelerator->link[storage - 1];
  const double element =
      (double)accelerator->width_bits[slot] / (double)accelerator->word_bits;
  accesses_of(&use->reads, &use->writes, counts, storage, slot);
  use->words = way->parent_reads.actual + way->updates.actual;
  use->bits = way->payload_bits_in + way->metadata_bits_in +
              way->payload_bits_out + way->metadata_bits_out;
  use->energy_pj =
      accesses_pj(&accelerator->storage[storage], use->reads, use->writes) *
      element;
  use->network_pj = use->words * element * link->hop_pj * link->hops;
}

static double dram_energy(const double element[TACET_TENSORS],
                          const tacet_counts *counts,
                          const tacet_accelerator *accelerator) {
  const tacet_storage *dram = &accelerator->storage[0];
  double energy = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_flow *flow = &counts->flow[0][t];
    energy += (flow->parent_reads.actual * dram->read_pj +
               flow->updates.actual * dram->write_pj) *
              element[t];
  }
  return energy;
}

static double link_energy(const double element[TACET_TENSORS],
                          const tacet_counts *counts,
                          const tacet_accelerator *accelerator, int boundary) {
  const tacet_link *link = &accelerator->link[boundary];
  double words = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_flow *flow = &counts->flow[boundary][t];
    words += (flow->parent_reads.actual + flow->updates.actual) * element[t];
  }
  return words * link->hop_pj * link->hops;
}

static double metadata_bits(const tacet_counts *counts, int boundaries) {
  double bits = 0;
  for (int b = 0; b < boundaries; b++)
    for (int t = 0; t < TACET_TENSORS; t++)
      bits += counts->flow[b][t].metadata_bits_in +
              counts->flow[b][t].metadata_bits_out;
  return bits;
}

static void energy_of(tacet_energy *energy, const tacet_counts *counts,
                      const tacet_accelerator *accelerator) {
  int boundaries = accelerator->storages - 1;
  double element[TACET_TENSORS]; /* machine words that one takes */
  for (int t = 0; t < TACET_TENSORS; t++)
    element[t] =
        (double)accelerator->width_bits[t] / (double)accelerator->word_bits;
  memset(energy->storage, 0, sizeof energy->storage);
  memset(energy->link, 0, sizeof energy->link);
  energy->clusters = 0;
  energy->mac = counts->macs.actual * accelerator->mac_pj;
  energy->storage[0] = dram_energy(element, counts, accelerator);
  for (int s = 1; s < boundaries; s++) {
    energy->storage[s] = buffer_energy(element, counts, accelerator, s);
    energy->link[s] = link_energy(element, counts, accelerator, s);
  }
  energy->storage[boundaries] = l1_energy(element, counts, accelerator);
  energy->dram = energy->storage[0];
  energy->l2 = energy->storage[1];
  energy->l1 = energy->storage[boundaries];
  energy->noc = energy->link[boundaries - 1];
  for (int s = 2; s < boundaries; s++)
    energy->clusters += energy->storage[s] + energy->link[s - 1];
  energy->metadata =
      metadata_bits(counts, boundaries) * accelerator->metadata_pj;
  energy->total = energy->mac + energy->l1 + energy->noc + energy->l2 +
                  energy->dram + energy->metadata + energy->clusters;
}

/* ---- all ---------------------------------------------------------------- */

void tacet_cost_of(tacet_cost *cost, const tacet_counts *counts,
                   const tacet_timeline *timeline,
                   const tacet_accelerator *accelerator) {
  memset(cost, 0, offsetof(tacet_cost, utilisation));
  cost->utilisation = 0;
  cost->noc_bits_per_cycle = cost->dram_bits_per_cycle = 0;
  time_of(cost, counts, timeline, accelerator);
  energy_of(&cost->energy, counts, accelerator);
  cost->imbalance =
      counts->mean_slots > 0 ? counts->busiest / counts->mean_slots : 1;
  cost->seconds = cost->cycles / accelerator->clock_hz;
  if (cost->cycles <= 0) return;
  cost->utilisation =
      counts->macs.actual /
      ((double)accelerator->pes * (double)accelerator->lanes *
       (double)tacet_issue_multipliers(&accelerator->issue) * cost->cycles);
  cost->noc_bits_per_cycle =
      flow_bits(counts, inner_boundary(accelerator)) / cost->cycles;
  cost->dram_bits_per_cycle = flow_bits(counts, 0) / cost->cycles;
}
