/* Who gets which elements, which of them are gated or skipped on the way, and
   in how many bits. Knows nothing of MACs. */
#include "executor_transfers.h"

#include <stdlib.h>
#include <string.h>

/* ---- workspace ---------------------------------------------------------- */

static const tacet_tensor *tensor_of(const tacet_transfers *transfers, int t) {
  return &transfers->flags->walk->nest->layer->tensor[t];
}

static const tacet_zeros *zeros_of(const tacet_transfers *transfers, int t) {
  return &transfers->flags->sparsity->tensor[t];
}

static tacet_status make_tables(tacet_transfers *transfers,
                                tacet_error *error) {
  int64_t elements = tacet_largest_tensor(transfers->flags->walk->nest->layer);
  int64_t outputs = tacet_tensor_size(tensor_of(transfers, TACET_OUTPUT));
  transfers->state = calloc((size_t)elements, sizeof *transfers->state);
  transfers->last_use = calloc((size_t)outputs, sizeof *transfers->last_use);
  transfers->left =
      calloc((size_t)transfers->flags->walk->pes, sizeof *transfers->left);
  bool made = transfers->state && transfers->left && transfers->last_use;
  for (int b = 0; b <= transfers->pes; b++) {
    transfers->updated[b] = calloc((size_t)transfers->moves.parents[b],
                                   (size_t)outputs * sizeof(bool));
    if (!transfers->updated[b]) made = false;
  }
  if (!made)
    return tacet_fail(error, TACET_NO_MEMORY, NULL,
                      "out of memory to walk a layer");
  tacet_set *sets[] = {&transfers->offered, &transfers->sent,
                       &transfers->drained, &transfers->coming,
                       &transfers->used,    &transfers->new};
  tacet_status status = TACET_OK;
  for (int i = 0; i < 6 && !status; i++)
    status = tacet_set_make(sets[i], elements, error);
  return status;
}

/* Of operands that an L1 keeps. */
static tacet_status make_kept(tacet_transfers *transfers, tacet_error *error) {
  const tacet_walk *walk = transfers->flags->walk;
  const tacet_nest *nest = walk->nest;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (nest->position[transfers->pes + 1][t] == nest->loops) continue;
    const int64_t elements = tacet_tensor_size(tensor_of(transfers, t));
    transfers->has[t] =
        calloc((size_t)walk->pes, (size_t)elements * sizeof *transfers->has[t]);
    if (!transfers->has[t])
      return tacet_fail(error, TACET_NO_MEMORY, NULL,
                        "out of memory to walk a layer");
  }
  return TACET_OK;
}

static void find_last_uses(tacet_transfers *transfers) {
  tacet_set *tile = &transfers->drained; /* nothing has been yet */
  for (int64_t time = 0; time < transfers->flags->walk->times; time++) {
    tacet_set_clear(tile);
    for (int64_t pe = 0; pe < transfers->flags->walk->pes; pe++) {
      tacet_box box;
      if (tacet_walk_box(transfers->flags->walk, time, pe, &box))
        tacet_set_add_tile(tile, tensor_of(transfers, TACET_OUTPUT), &box);
    }
    for (int64_t i = 0; i < tile->count; i++)
      transfers->last_use[tile->member[i]] = time;
  }
}

tacet_status tacet_transfers_make(tacet_transfers *transfers,
                                  const tacet_flags *flags,
                                  const tacet_accelerator *accelerator,
                                  tacet_error *error) {
  *transfers = (tacet_transfers){
      .flags = flags, .accelerator = accelerator, .pes = flags->l1 - 1};
  tacet_status status = tacet_moves_make(&transfers->moves, flags->walk, error);
  if (!status)
    status =
        tacet_projection_make(&transfers->projection, flags->walk->nest->layer,
                              flags->features, error);
  if (!status) status = make_tables(transfers, error);
  if (!status) status = make_kept(transfers, error);
  if (!status) find_last_uses(transfers);
  return status;
}

void tacet_transfers_free(tacet_transfers *transfers) {
  tacet_moves_free(&transfers->moves);
  tacet_projection_free(&transfers->projection);
  tacet_set_free(&transfers->offered);
  tacet_set_free(&transfers->sent);
  tacet_set_free(&transfers->drained);
  tacet_set_free(&transfers->coming);
  tacet_set_free(&transfers->used);
  tacet_set_free(&transfers->new);
  for (int t = 0; t < TACET_OUTPUT; t++) free(transfers->has[t]);
  free(transfers->state);
  free(transfers->left);
  for (int b = 0; b <= transfers->pes; b++) free(transfers->updated[b]);
  free(transfers->last_use);
}

/* ---- into the children -------------------------------------------------- */

/* Children that a parent has, numbered one after the other. */
static int64_t children_each(const tacet_transfers *transfers, int b) {
  return transfers->moves.children[b] / transfers->moves.parents[b];
}

static void add_bits_in(tacet_transfers *transfers, int b, int t,
                        tacet_bits bits) {
  tacet_flow *flow = &transfers->flow[b][t];
  flow->payload_bits_in += bits.payload;
  flow->metadata_bits_in += bits.metadata;
  transfers->bits_in[b][t] += bits.payload + bits.metadata;
}

static bool is_sent_compressed(const tacet_transfers *transfers, int level,
                               int t) {
  return transfers->flags->features->format[level][t].fibers > 0;
}

/* Whether a level has an operand without its zeros: if it receives it
   compressed and, but for L1, does not expand it for its children. DRAM has
   what it sends. */
static bool is_held_compressed(const tacet_transfers *transfers, int level,
                               int t) {
  const bool sends = level == transfers->flags->l1 ||
                     is_sent_compressed(transfers, level + 1, t);
  return sends && (level == 0 || is_sent_compressed(transfers, level, t));
}

/* What is compressed has no zeros, whoever wants them. */
static tacet_state without_zeros(const tacet_transfers *transfers, int t,
                                 bool compressed, int64_t element,
                                 tacet_state state) {
  bool zero = tacet_element_is_zero(zeros_of(transfers, t), element);
  return zero && compressed ? TACET_SKIPPED : state;
}

static void offer(tacet_transfers *transfers, int64_t element,
                  tacet_state state) {
  bool first = tacet_set_add(&transfers->offered, element);
  if (first || state < transfers->state[element])
    transfers->state[element] = state;
}

/* One transfer to all children of a parent that what is offered is for. */
static void send(tacet_transfers *transfers, int b, int t,
                 const tacet_format *format) {
  const tacet_set *offered = &transfers->offered;
  tacet_set_clear(&transfers->sent);
  for (int64_t i = 0; i < offered->count; i++) {
    int64_t element = offered->member[i];
    tacet_state state = transfers->state[element];
    if (state != TACET_SKIPPED) tacet_set_add(&transfers->sent, element);
    tacet_state_count(&transfers->flow[b][t].parent_reads,
                      without_zeros(transfers, t,
                                    is_held_compressed(transfers, b, t),
                                    element, state));
  }
  tacet_set_clear(&transfers->offered);
  add_bits_in(transfers, b, t,
              tacet_transfer_bits(&transfers->projection,
                                  tensor_of(transfers, t), &transfers->sent,
                                  zeros_of(transfers, t), format,
                                  transfers->accelerator->width_bits[t]));
}

/* What a PE takes of a tile that it keeps: what it uses and has not. As a stay
   begins, it has what the tile before had of this one. */
static const tacet_set *take_used(tacet_transfers *transfers, int t, int64_t pe,
                                  int64_t time) {
  const tacet_tensor *tensor = tensor_of(transfers, t);
  const tacet_set *leaving = &transfers->moves.leaving;
  bool *has = &transfers->has[t][pe * tacet_tensor_size(tensor)];
  tacet_box box;
  tacet_set_clear(&transfers->new);
  if (!tacet_walk_box(transfers->flags->walk, time, pe, &box))
    return &transfers->new;
  tacet_moves_child(&transfers->moves, transfers->pes, t, pe, time);
  for (int64_t i = 0; i < leaving->count; i++) has[leaving->member[i]] = false;
  tacet_set_clear(&transfers->used);
  tacet_set_add_tile(&transfers->used, tensor, &box);
  for (int64_t i = 0; i < transfers->used.count; i++) {
    const int64_t element = transfers->used.member[i];
    if (!has[element]) tacet_set_add(&transfers->new, element);
    has[element] = true;
  }
  return &transfers->new;
}

/* What arrives at one child. */
static const tacet_set *take(tacet_transfers *transfers, int b, int t,
                             int64_t child, int64_t time) {
  if (b == transfers->pes && transfers->has[t])
    return take_used(transfers, t, child, time);
  tacet_moves_child(&transfers->moves, b, t, child, time);
  return &transfers->moves.arriving;
}

static void receive(tacet_transfers *transfers, int b, int t, int64_t child,
                    const tacet_set *arriving) {
  for (int64_t i = 0; i < arriving->count; i++) {
    int64_t element = arriving->member[i];
    tacet_state state =
        tacet_flags_of_element(transfers->flags, b, child, t, element);
    tacet_state_count(&transfers->flow[b][t].fills,
                      without_zeros(transfers, t,
                                    is_held_compressed(transfers, b + 1, t),
                                    element, state));
    offer(transfers, element, state);
  }
}

/* The children of one parent after those of another. */
static void move_operand(tacet_transfers *transfers, int b, int t,
                         int64_t time) {
  const tacet_format *format = &transfers->flags->features->format[b + 1][t];
  const int64_t each = children_each(transfers, b);
  const bool multicast = transfers->accelerator->link[b].multicast;
  for (int64_t child = 0; child < transfers->moves.children[b]; child++) {
    receive(transfers, b, t, child, take(transfers, b, t, child, time));
    if (!multicast || (child + 1) % each == 0) send(transfers, b, t, format);
  }
}

/* ---- outputs ------------------------------------------------------------ */

static void add_bits_out(tacet_transfers *transfers, int b, tacet_bits bits) {
  tacet_flow *flow = &transfers->flow[b][TACET_OUTPUT];
  flow->payload_bits_out += bits.payload;
  flow->metadata_bits_out += bits.metadata;
  transfers->bits_out[b] += bits.payload + bits.metadata;
}

static tacet_bits output_words(const tacet_transfers *transfers,
                               int64_t words) {
  int64_t width = transfers->accelerator->width_bits[TACET_OUTPUT];
  return (tacet_bits){.payload = (double)(words * width)};
}

static bool *updated_at(const tacet_transfers *transfers, int b, int64_t parent,
                        int64_t element) {
  const int64_t outputs = tacet_tensor_size(tensor_of(transfers, TACET_OUTPUT));
  return &transfers->updated[b][parent * outputs + element];
}

static void update_parent(tacet_transfers *transfers, int b, int64_t parent,
                          int64_t element, tacet_state state) {
  tacet_flow *flow = &transfers->flow[b][TACET_OUTPUT];
  bool *updated = updated_at(transfers, b, parent, element);
  tacet_state_count(&flow->updates, state);
  if (*updated) tacet_state_count(&flow->partial_sum_reads, state);
  *updated = true;
  if (state != TACET_SKIPPED)
    add_bits_out(transfers, b, output_words(transfers, 1));
}

/* What leaves a child; where that is a parent itself, the stay there is over. */
static void drain(tacet_transfers *transfers, int b, int64_t child,
                  int64_t time) {
  const tacet_set *leaving = &transfers->moves.leaving;
  const int64_t parent = child / children_each(transfers, b);
  tacet_moves_child(&transfers->moves, b, TACET_OUTPUT, child, time);
  if (b == transfers->pes) transfers->left[child] = 0;
  for (int64_t i = 0; i < leaving->count; i++) {
    const int64_t element = leaving->member[i];
    const tacet_state state = tacet_flags_of_element(transfers->flags, b, child,
                                                     TACET_OUTPUT, element);
    tacet_state_count(&transfers->flow[b][TACET_OUTPUT].drains, state);
    if (b == transfers->pes && state != TACET_SKIPPED) transfers->left[child]++;
    if (b < transfers->pes)
      *updated_at(transfers, b + 1, child, element) = false;
    if (transfers->accelerator->link[b].reduction)
      offer(transfers, element, state);
    else
      update_parent(transfers, b, parent, element, state);
  }
}

/* With reduction each element of a step reaches a parent once, if any of its
   children sends it. */
static void move_partial_sums(tacet_transfers *transfers, int b, int64_t time) {
  const int64_t each = children_each(transfers, b);
  for (int64_t child = 0; child < transfers->moves.children[b]; child++) {
    drain(transfers, b, child, time);
    if ((child + 1) % each != 0) continue;
    for (int64_t i = 0; i < transfers->offered.count; i++) {
      const int64_t element = transfers->offered.member[i];
      update_parent(transfers, b, child / each, element,
                    transfers->state[element]);
    }
    tacet_set_clear(&transfers->offered);
  }
}

/* What L2 does with an output at its boundary to DRAM. */
static tacet_state state_at_dram(const tacet_transfers *transfers,
                                 int64_t element) {
  return tacet_flags_of_element(transfers->flags, 0, 0, TACET_OUTPUT, element);
}

/* Without a mask nobody knows which finished outputs are zero, only how many
   are expected to be. */
static void finish_some(tacet_transfers *transfers, const tacet_set *finished) {
  tacet_flow *flow = &transfers->flow[0][TACET_OUTPUT];
  const tacet_format *format =
      &transfers->flags->features->format[0][TACET_OUTPUT];
  double density = zeros_of(transfers, TACET_OUTPUT)->density;
  double stored = format->fibers == 0 ? 1 : density;
  double words = (double)finished->count;
  flow->drains.actual += stored * words;
  flow->drains.skipped += (1 - stored) * words;
  flow->updates.actual += stored * words;
  flow->updates.skipped += (1 - stored) * words;
  add_bits_out(transfers, 0,
               tacet_expected_transfer_bits(
                   &transfers->projection, tensor_of(transfers, TACET_OUTPUT),
                   finished, density, format,
                   transfers->accelerator->width_bits[TACET_OUTPUT]));
}

static void finish_each(tacet_transfers *transfers, const tacet_set *finished) {
  tacet_flow *flow = &transfers->flow[0][TACET_OUTPUT];
  const tacet_format *format =
      &transfers->flags->features->format[0][TACET_OUTPUT];
  tacet_set_clear(&transfers->sent);
  for (int64_t i = 0; i < finished->count; i++) {
    int64_t element = finished->member[i];
    tacet_state state = state_at_dram(transfers, element);
    if (state != TACET_SKIPPED) tacet_set_add(&transfers->sent, element);
    state = without_zeros(transfers, TACET_OUTPUT, format->fibers > 0, element,
                          state);
    tacet_state_count(&flow->drains, state);
    tacet_state_count(&flow->updates, state);
  }
  add_bits_out(transfers, 0,
               tacet_transfer_bits(
                   &transfers->projection, tensor_of(transfers, TACET_OUTPUT),
                   &transfers->sent, zeros_of(transfers, TACET_OUTPUT), format,
                   transfers->accelerator->width_bits[TACET_OUTPUT]));
}

/* A partial sum goes to DRAM as it is. */
static void store_partial_sum(tacet_transfers *transfers, int64_t element) {
  tacet_flow *flow = &transfers->flow[0][TACET_OUTPUT];
  tacet_state state = state_at_dram(transfers, element);
  tacet_state_count(&flow->drains, state);
  tacet_state_count(&flow->updates, state);
  if (state != TACET_SKIPPED)
    add_bits_out(transfers, 0, output_words(transfers, 1));
}

/* Outputs that L2 lets go at a time: those that no MAC from then on works on
   are finished, the others will come back. */
static void store_outputs(tacet_transfers *transfers, int64_t time) {
  const tacet_set *leaving = &transfers->moves.leaving;
  tacet_set_clear(&transfers->drained);
  for (int64_t i = 0; i < leaving->count; i++) {
    int64_t element = leaving->member[i];
    transfers->updated[1][element] = false;
    transfers->updated[0][element] = true;
    if (time == TACET_NEVER || transfers->last_use[element] < time)
      tacet_set_add(&transfers->drained, element);
    else
      store_partial_sum(transfers, element);
  }
  if (zeros_of(transfers, TACET_OUTPUT)->mask)
    finish_each(transfers, &transfers->drained);
  else
    finish_some(transfers, &transfers->drained);
}

/* Outputs start from zero, unless DRAM has had them. */
static void return_outputs(tacet_transfers *transfers) {
  tacet_flow *flow = &transfers->flow[0][TACET_OUTPUT];
  const tacet_set *coming = &transfers->coming;
  for (int64_t i = 0; i < coming->count; i++) {
    int64_t element = coming->member[i];
    if (!transfers->updated[0][element]) continue;
    tacet_state state = state_at_dram(transfers, element);
    tacet_state_count(&flow->fills, state);
    tacet_state_count(&flow->parent_reads, state);
    if (state != TACET_SKIPPED)
      add_bits_in(transfers, 0, TACET_OUTPUT, output_words(transfers, 1));
  }
}

/* ---- all ---------------------------------------------------------------- */

/* Innermost first, for an output leaves a child before its parent moves on. */
void tacet_transfers_leave(tacet_transfers *transfers, int64_t time) {
  const tacet_set *arriving = &transfers->moves.arriving;
  memset(transfers->bits_out, 0, sizeof transfers->bits_out);
  for (int b = transfers->pes; b > 0; b--)
    move_partial_sums(transfers, b, time);
  tacet_moves_child(&transfers->moves, 0, TACET_OUTPUT, 0, time);
  tacet_set_clear(&transfers->coming);
  for (int64_t i = 0; i < arriving->count; i++)
    tacet_set_add(&transfers->coming, arriving->member[i]);
  store_outputs(transfers, time);
}

void tacet_transfers_arrive(tacet_transfers *transfers, int64_t time) {
  memset(transfers->bits_in, 0, sizeof transfers->bits_in);
  for (int b = 0; b <= transfers->pes; b++)
    for (int t = 0; t < TACET_OUTPUT; t++) move_operand(transfers, b, t, time);
  return_outputs(transfers);
}
