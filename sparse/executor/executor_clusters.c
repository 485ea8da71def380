/* Taking buffers at cluster boundaries out, and what crosses into them. */
#include "executor_clusters.h"

#include <stdlib.h>
#include <string.h>

/* ---- without them ------------------------------------------------------- */

void tacet_flatten(tacet_flat *flat, const tacet_nest *nest,
                   const tacet_accelerator *accelerator,
                   const tacet_features *features) {
  const int l1 = nest->storages - 1;
  flat->nest = *nest;
  flat->accelerator = *accelerator;
  flat->features = *features;
  flat->nest.storages = flat->accelerator.storages = 3;
  flat->nest.level[2] = nest->level[l1];
  flat->nest.contiguous[2] = nest->contiguous[l1];
  memcpy(flat->nest.position[2], nest->position[l1], sizeof nest->position[l1]);
  flat->accelerator.storage[2] = accelerator->storage[l1];
  flat->accelerator.link[1] = accelerator->link[l1 - 1];
  memcpy(flat->features.format[2], features->format[l1],
         sizeof features->format[l1]);
  for (int r = 0; r < features->rules; r++)
    if (features->rule[r].storage == l1) flat->features.rule[r].storage = 2;
}

/* ---- the ways below L2 -------------------------------------------------- */

static bool keep_step(const tacet_step_class *step, void *context) {
  tacet_crossed *c = context;
  if (c->steps == c->room) {
    const int64_t room = c->room ? 2 * c->room : 64;
    double(*more)[TACET_TENSORS] =
        realloc(c->bits, (size_t)room * sizeof *more);
    c->full = more == NULL;
    if (!more) return false;
    c->bits = more;
    c->room = room;
  }
  double *bits = c->bits[c->steps++];
  for (int t = 0; t < TACET_OUTPUT; t++)
    bits[t] = (double)(step->words_in[t] * c->width[t]);
  bits[TACET_OUTPUT] = (double)(step->words_out * c->width[TACET_OUTPUT]);
  return true;
}

tacet_status tacet_crossed_make(tacet_crossed *crossed, const tacet_nest *nest,
                                const tacet_accelerator *accelerator,
                                tacet_error *error) {
  *crossed = (tacet_crossed){.width = accelerator->width_bits};
  tacet_status status = tacet_execute(&crossed->activity, nest, accelerator,
                                      keep_step, crossed, error);
  if (!status && crossed->full)
    status = tacet_fail(error, TACET_NO_MEMORY, NULL,
                        "out of memory to walk a layer");
  return status;
}

void tacet_crossed_free(tacet_crossed *crossed) {
  free(crossed->bits);
}

static void count_flow(tacet_flow *flow, const tacet_traffic *traffic,
                       int64_t width) {
  *flow = (tacet_flow){
      .fills.actual = (double)traffic->fills,
      .parent_reads.actual = (double)traffic->parent_reads,
      .drains.actual = (double)traffic->drains,
      .updates.actual = (double)traffic->updates,
      .partial_sum_reads.actual = (double)traffic->partial_sum_reads,
      .payload_bits_in = (double)(traffic->parent_reads * width),
      .payload_bits_out = (double)(traffic->updates * width)};
}

void tacet_crossed_count(tacet_counts *counts, const tacet_crossed *crossed,
                         const tacet_nest *nest) {
  const tacet_activity *activity = &crossed->activity;
  for (int b = 1; b < nest->storages - 1; b++) {
    for (int t = 0; t < TACET_TENSORS; t++)
      count_flow(&counts->flow[b][t], &activity->traffic[b][t],
                 crossed->width[t]);
    for (int t = 0; t < TACET_OUTPUT; t++)
      counts->first_bits[b][t] =
          (double)(activity->first_words[b][t] * crossed->width[t]);
    counts->last_bits[b] =
        (double)(activity->last_words[b] * crossed->width[TACET_OUTPUT]);
  }
}
