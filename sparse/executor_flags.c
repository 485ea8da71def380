/* The rules, tried on explicit sets of elements. Knows nothing of what the
   accesses and MACs are that they take away. */
#include "executor_flags.h"

#include <stdlib.h>

#include "executor_moves.h"

void tacet_state_count(tacet_split *split, tacet_state state) {
  switch (state) {
  case TACET_ACTUAL: split->actual++; break;
  case TACET_GATED: split->gated++; break;
  case TACET_SKIPPED: split->skipped++; break;
  }
}

bool tacet_element_is_zero(const tacet_zeros *zeros, int64_t element) {
  if (element < 0) return true;
  return zeros->mask && !tacet_mask_test(zeros->mask, element);
}

static tacet_state larger(tacet_state a, tacet_state b) {
  return a > b ? a : b;
}

static tacet_state action(const tacet_rule *rule) {
  return rule->skip ? TACET_SKIPPED : TACET_GATED;
}

/* ---- workspace ---------------------------------------------------------- */

tacet_status tacet_flags_make(tacet_flags *flags, const tacet_walk *walk,
                              const tacet_features *features,
                              const tacet_sparsity *sparsity,
                              tacet_error *error) {
  *flags =
      (tacet_flags){.walk = walk, .features = features, .sparsity = sparsity};
  for (int r = 0; r < features->rules; r++) {
    flags->stay[r] = TACET_NEVER;
    if (features->rule[r].storage != TACET_L2) continue;
    flags->triggered[r] = calloc((size_t)walk->pes, sizeof(bool));
    if (!flags->triggered[r])
      return tacet_fail(error, TACET_NO_MEMORY, NULL,
                        "out of memory to walk a layer");
  }
  return tacet_set_make(&flags->tile, tacet_largest_tensor(&walk->nest->layer),
                        error);
}

void tacet_flags_free(tacet_flags *flags) {
  for (int r = 0; r < TACET_MAX_RULES; r++) free(flags->triggered[r]);
  tacet_set_free(&flags->tile);
}

/* ---- stays -------------------------------------------------------------- */

static bool replaces_tile(const tacet_tensor *tensor, int dim) {
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    if (rank->terms == 1 && rank->term[0].dim == dim) return true;
  }
  return false;
}

/* Consecutive times that are one stay of a tensor: those that agree in all
   loops down to the innermost that replaces its tile. */
static int64_t stay_times(const tacet_walk *walk, int t) {
  const tacet_nest *nest = walk->nest;
  int position = 0;
  for (int l = 0; l < nest->loops; l++)
    if (nest->loop[l].folds > 1 &&
        replaces_tile(&nest->layer.tensor[t], nest->loop[l].dim))
      position = l + 1;
  return tacet_walk_inner_times(walk, position);
}

/* Whether all of a tensor that a PE works on in the times first .. first +
   times - 1 is zero. */
static bool all_zero(tacet_flags *flags, int t, int64_t pe, int64_t first,
                     int64_t times) {
  tacet_set *tile = &flags->tile;
  for (int64_t time = first; time < first + times; time++) {
    tacet_box box;
    if (!tacet_walk_box(flags->walk, time, pe, &box)) continue;
    tacet_set_clear(tile);
    tacet_set_add_tile(tile, &flags->walk->nest->layer.tensor[t], &box);
    for (int64_t i = 0; i < tile->count; i++)
      if (!tacet_element_is_zero(&flags->sparsity->tensor[t], tile->member[i]))
        return false;
  }
  return true;
}

void tacet_flags_move(tacet_flags *flags, int64_t time) {
  for (int r = 0; r < flags->features->rules; r++) {
    const tacet_rule *rule = &flags->features->rule[r];
    if (rule->storage != TACET_L2) continue;
    int64_t times = stay_times(flags->walk, rule->target);
    int64_t stay = time / times;
    if (stay == flags->stay[r]) continue;
    flags->stay[r] = stay;
    for (int64_t pe = 0; pe < flags->walk->pes; pe++) {
      bool triggered = false;
      for (int t = 0; t < TACET_TENSORS; t++)
        if (rule->on[t] && all_zero(flags, t, pe, stay * times, times))
          triggered = true;
      flags->triggered[r][pe] = triggered;
    }
  }
}

/* ---- states ------------------------------------------------------------- */

tacet_state tacet_flags_of_pe(const tacet_flags *flags, int64_t pe) {
  tacet_state state = TACET_ACTUAL;
  for (int r = 0; r < flags->features->rules; r++)
    if (flags->triggered[r] && flags->triggered[r][pe])
      state = larger(state, action(&flags->features->rule[r]));
  return state;
}

tacet_state tacet_flags_of_arrival(const tacet_flags *flags, int64_t pe,
                                   int tensor) {
  tacet_state state = TACET_ACTUAL;
  for (int r = 0; r < flags->features->rules; r++) {
    const tacet_rule *rule = &flags->features->rule[r];
    if (rule->target != tensor) continue;
    if (flags->triggered[r] && flags->triggered[r][pe])
      state = larger(state, action(rule));
  }
  return state;
}

static bool any_zero(const tacet_rule *rule, const bool *zero) {
  for (int t = 0; t < TACET_TENSORS; t++)
    if (rule->on[t] && zero[t]) return true;
  return false;
}

tacet_mac_states tacet_flags_of_mac(const tacet_flags *flags, tacet_state pe,
                                    const bool *zero) {
  tacet_mac_states states = {.mac = pe, .read = {pe, pe, pe}};
  for (int r = 0; r < flags->features->rules; r++) {
    const tacet_rule *rule = &flags->features->rule[r];
    bool at_l1 = rule->storage == TACET_L1;
    bool at_mac = at_l1 || rule->storage == TACET_AT_COMPUTE;
    if (!at_mac || !any_zero(rule, zero)) continue;
    states.mac = larger(states.mac, action(rule));
    if (at_l1)
      states.read[rule->target] =
          larger(states.read[rule->target], action(rule));
  }
  states.read[TACET_OUTPUT] = states.mac;
  return states;
}
