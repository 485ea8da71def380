/* The rules, tried on explicit sets of elements. Knows nothing of what the
   accesses and MACs are that they take away. */
#include "executor_flags.h"

#include <stdlib.h>
#include <string.h>

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

/* Zeros of outputs serve a rule only if they are known beforehand. */
static bool is_known_zero(const tacet_flags *flags, int t, int64_t element) {
  const tacet_zeros *zeros = &flags->sparsity->tensor[t];
  if (t == TACET_OUTPUT && !zeros->known) return false;
  return tacet_element_is_zero(zeros, element);
}

/* ---- workspace ---------------------------------------------------------- */

static const tacet_tensor *target_of(const tacet_flags *flags, int r) {
  return &flags->walk->nest->layer->tensor[flags->features->rule[r].target];
}

static tacet_status make_rule(tacet_flags *flags, int r, tacet_error *error) {
  const tacet_rule *rule = &flags->features->rule[r];
  const tacet_walk *walk = flags->walk;
  const int64_t children = flags->buffers[rule->storage + 1];
  const int64_t elements = tacet_tensor_size(target_of(flags, r));
  int64_t **stay = &flags->stay[r];
  flags->holders[r] =
      (tacet_holders){walk, rule->target, rule->storage + 1, children};
  flags->finding[r] = calloc((size_t)children, sizeof *flags->finding[r]);
  if (rule->element) flags->met[r] = calloc((size_t)(children * elements), 1);
  const bool shared = rule->storage + 1 < flags->l1;
  if (shared) *stay = malloc((size_t)(children * walk->times) * sizeof **stay);
  if (!flags->finding[r] || (rule->element && !flags->met[r]) ||
      (shared && !*stay))
    return tacet_fail(error, TACET_NO_MEMORY, NULL,
                      "out of memory to walk a layer");
  for (int64_t child = 0; shared && child < children; child++)
    tacet_holders_number(&flags->holders[r], child,
                         *stay + child * walk->times);
  return TACET_OK;
}

tacet_status tacet_flags_make(tacet_flags *flags, const tacet_walk *walk,
                              const tacet_features *features,
                              const tacet_sparsity *sparsity,
                              tacet_error *error) {
  *flags = (tacet_flags){.walk = walk,
                         .features = features,
                         .sparsity = sparsity,
                         .l1 = walk->nest->storages - 1};
  for (int s = 0; s <= flags->l1; s++)
    flags->buffers[s] = tacet_working_buffers(walk->nest, s);
  tacet_status status = TACET_OK;
  for (int r = 0; r < features->rules && !status; r++)
    if (features->rule[r].storage < flags->l1)
      status = make_rule(flags, r, error);
  if (status) return status;
  return tacet_set_make(&flags->tile, tacet_largest_tensor(walk->nest->layer),
                        error);
}

void tacet_flags_free(tacet_flags *flags) {
  for (int r = 0; r < TACET_MAX_RULES; r++) {
    free(flags->stay[r]);
    free(flags->finding[r]);
    free(flags->met[r]);
  }
  tacet_set_free(&flags->tile);
}

/* ---- stays -------------------------------------------------------------- */

/* Of a child's times, where it has children itself; else NULL. */
static const int64_t *stay_of(const tacet_flags *flags, int r, int64_t child) {
  return flags->stay[r] ? flags->stay[r] + child * flags->walk->times : NULL;
}

/* Whether a time is part of the present stay, where the child works. */
static bool is_in_stay(const tacet_flags *flags, int r, int64_t child,
                       int64_t time) {
  const tacet_finding *finding = &flags->finding[r][child];
  const int64_t *stay = stay_of(flags, r, child);
  if (time < finding->first || time >= finding->end) return false;
  return !stay || stay[time] == finding->first;
}

/* The end of the stay that begins for a PE at `time`. */
static int64_t end_of_pe(const tacet_flags *flags, int r, int64_t pe,
                         int64_t time) {
  const tacet_holders *holders = &flags->holders[r];
  tacet_box box;
  for (int64_t t = time + 1; t < flags->walk->times; t++)
    if (tacet_holders_box(holders, pe, t, &box) &&
        !tacet_holders_stay(holders, pe, time, t))
      return t;
  return flags->walk->times;
}

/* Goes to the stay that `time` belongs to. */
static void move_stay(tacet_flags *flags, int r, int64_t child, int64_t time) {
  tacet_finding *finding = &flags->finding[r][child];
  const int64_t *stay = stay_of(flags, r, child);
  if (!stay) {
    finding->first = time;
    finding->end = end_of_pe(flags, r, child, time);
    return;
  }
  finding->first = stay[time];
  finding->end = flags->walk->times;
  while (stay[finding->end - 1] != finding->first) finding->end--;
}

/* Whether the child works on a value of tensor t that is not zero. */
static bool has_nonzero(tacet_flags *flags, int r, int t, int64_t child) {
  const tacet_finding *finding = &flags->finding[r][child];
  const int64_t pes = flags->walk->pes / flags->holders[r].children;
  tacet_set *tile = &flags->tile;
  for (int64_t time = finding->first; time < finding->end; time++) {
    if (!is_in_stay(flags, r, child, time)) continue;
    for (int64_t pe = child * pes; pe < (child + 1) * pes; pe++) {
      tacet_box box;
      if (!tacet_walk_box(flags->walk, time, pe, &box)) continue;
      tacet_set_clear(tile);
      tacet_set_add_tile(tile, &flags->walk->nest->layer->tensor[t], &box);
      for (int64_t i = 0; i < tile->count; i++)
        if (!is_known_zero(flags, t, tile->member[i])) return true;
    }
  }
  return false;
}

static void find_tile(tacet_flags *flags, int r, int64_t child) {
  tacet_finding *finding = &flags->finding[r][child];
  finding->triggered = false;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (flags->features->rule[r].on[t] && !has_nonzero(flags, r, t, child))
      finding->triggered = true;
}

/* What the MACs of a box bring together with the elements of the target. */
static void meet_box(const tacet_flags *flags, int r, const tacet_box *box,
                     unsigned char *met) {
  const tacet_layer *layer = flags->walk->nest->layer;
  int64_t point[TACET_MAX_DIMS];
  memcpy(point, box->start, sizeof point);
  do {
    const int64_t element = tacet_tensor_element(target_of(flags, r), point);
    for (int t = 0; t < TACET_TENSORS && element >= 0; t++)
      if (!is_known_zero(flags, t,
                         tacet_tensor_element(&layer->tensor[t], point)))
        met[element] |= (unsigned char)(1 << t);
  } while (tacet_box_next(box, point));
}

static void find_elements(tacet_flags *flags, int r, int64_t child) {
  const tacet_finding *finding = &flags->finding[r][child];
  const int64_t pes = flags->walk->pes / flags->holders[r].children;
  const int64_t elements = tacet_tensor_size(target_of(flags, r));
  unsigned char *met = flags->met[r] + child * elements;
  memset(met, 0, (size_t)elements);
  for (int64_t time = finding->first; time < finding->end; time++) {
    if (!is_in_stay(flags, r, child, time)) continue;
    for (int64_t pe = child * pes; pe < (child + 1) * pes; pe++) {
      tacet_box box;
      if (tacet_walk_box(flags->walk, time, pe, &box))
        meet_box(flags, r, &box, met);
    }
  }
}

static void move_child(tacet_flags *flags, int r, int64_t child, int64_t time) {
  tacet_box box;
  if (is_in_stay(flags, r, child, time) ||
      !tacet_holders_box(&flags->holders[r], child, time, &box))
    return;
  move_stay(flags, r, child, time);
  if (flags->features->rule[r].element)
    find_elements(flags, r, child);
  else
    find_tile(flags, r, child);
}

void tacet_flags_move(tacet_flags *flags, int64_t time) {
  for (int r = 0; r < flags->features->rules; r++)
    for (int64_t child = 0;
         flags->finding[r] && child < flags->holders[r].children; child++)
      move_child(flags, r, child, time);
}

/* ---- states ------------------------------------------------------------- */

/* The child of rule r that a child of boundary b belongs to, or is. */
static int64_t child_of(const tacet_flags *flags, int r, int b, int64_t child) {
  return child / (flags->buffers[b + 1] / flags->holders[r].children);
}

/* What rule r makes of an element of its target, or of the MACs that use it.
   Padding (-1) meets nothing, but is zero itself; so does what no MAC uses,
   which comes along where tiles are contiguous. */
static bool blocks(const tacet_flags *flags, int r, int64_t child,
                   int64_t element) {
  const tacet_rule *rule = &flags->features->rule[r];
  if (!rule->element) return flags->finding[r][child].triggered;
  if (rule->on[rule->target] && is_known_zero(flags, rule->target, element))
    return true;
  if (element < 0) return false;
  const int64_t elements = tacet_tensor_size(target_of(flags, r));
  const unsigned met = flags->met[r][child * elements + element];
  for (int t = 0; t < TACET_TENSORS; t++)
    if (rule->on[t] && t != rule->target && !(met >> t & 1)) return true;
  return false;
}

tacet_state tacet_flags_of_element(const tacet_flags *flags, int b,
                                   int64_t child, int tensor, int64_t element) {
  tacet_state state = TACET_ACTUAL;
  for (int r = 0; r < flags->features->rules; r++) {
    const tacet_rule *rule = &flags->features->rule[r];
    if (rule->storage > b || rule->target != tensor) continue;
    if (blocks(flags, r, child_of(flags, r, b, child), element))
      state = larger(state, action(rule));
  }
  return state;
}

tacet_state tacet_flags_of_pe(const tacet_flags *flags, int64_t pe) {
  tacet_state state = TACET_ACTUAL;
  for (int r = 0; r < flags->features->rules; r++) {
    const tacet_rule *rule = &flags->features->rule[r];
    if (flags->finding[r] && !rule->element &&
        blocks(flags, r, child_of(flags, r, flags->l1 - 1, pe), 0))
      state = larger(state, action(rule));
  }
  return state;
}

static bool any_zero(const tacet_rule *rule, const bool *zero) {
  for (int t = 0; t < TACET_TENSORS; t++)
    if (rule->on[t] && zero[t]) return true;
  return false;
}

/* Rules at L1 and at compute. */
static void act_at_mac(const tacet_flags *flags, const bool *zero,
                       tacet_mac_states *states) {
  for (int r = 0; r < flags->features->rules; r++) {
    const tacet_rule *rule = &flags->features->rule[r];
    if (rule->storage < flags->l1 || !any_zero(rule, zero)) continue;
    states->mac = larger(states->mac, action(rule));
    if (rule->storage == flags->l1)
      states->read[rule->target] =
          larger(states->read[rule->target], action(rule));
  }
}

tacet_mac_states tacet_flags_of_mac(const tacet_flags *flags, int64_t pe,
                                    const int64_t *point) {
  const tacet_layer *layer = flags->walk->nest->layer;
  tacet_state outer = TACET_ACTUAL;
  bool zero[TACET_TENSORS];
  for (int t = 0; t < TACET_TENSORS; t++) {
    const int64_t element = tacet_tensor_element(&layer->tensor[t], point);
    zero[t] = is_known_zero(flags, t, element);
    outer = larger(
        outer, tacet_flags_of_element(flags, flags->l1 - 1, pe, t, element));
  }
  tacet_mac_states states = {
      .mac = outer, .outer = outer, .read = {outer, outer, outer}};
  act_at_mac(flags, zero, &states);
  states.read[TACET_OUTPUT] = states.mac;
  return states;
}
