/* Stays, one child at a time: whether a condition is zero for all values that
   the dimensions take during one. */
#include "stays.h"

#include <stdlib.h>
#include <string.h>

static tacet_verdict stronger(tacet_verdict a, tacet_verdict b) {
  return a > b ? a : b;
}

static tacet_verdict action(const tacet_rule *rule) {
  return rule->skip ? TACET_SKIPPED : TACET_GATED;
}

/* A condition of a rule on elements that is not its target. */
static bool is_crossed(const tacet_rule *rule) {
  for (int t = 0; t < TACET_TENSORS; t++)
    if (rule->element && rule->on[t] && t != rule->target) return true;
  return false;
}

bool tacet_has_crossed_rules(const tacet_features *features) {
  for (int r = 0; r < features->rules; r++)
    if (is_crossed(&features->rule[r])) return true;
  return false;
}

/* ---- memory ------------------------------------------------------------- */

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "no memory to walk the array");
}

static bool make_values(tacet_values *values, int64_t size) {
  values->at = malloc((size_t)size * sizeof *values->at);
  values->mark = calloc((size_t)size, 1);
  return values->at && values->mark;
}

static void free_values(tacet_values *values) {
  free(values->at);
  free(values->mark);
}

static int64_t longest_rank(const tacet_layer *layer) {
  int64_t longest = 1;
  for (int t = 0; t < TACET_TENSORS; t++)
    for (int r = 0; r < layer->tensor[t].ranks; r++)
      if (layer->tensor[t].rank[r].size > longest)
        longest = layer->tensor[t].rank[r].size;
  return longest;
}

static bool make_room(tacet_stays *stays) {
  const tacet_layer *layer = stays->nest->layer;
  const int64_t longest = longest_rank(layer);
  for (int d = 0; d < layer->dims; d++)
    if (!make_values(&stays->stay[d], layer->dim[d].size) ||
        !make_values(&stays->met[d], layer->dim[d].size))
      return false;
  for (int k = 0; k < TACET_MAX_RANKS; k++) {
    stays->list[k] = malloc((size_t)longest * sizeof *stays->list[k]);
    if (!stays->list[k]) return false;
  }
  return make_values(&stays->coordinate, longest);
}

static bool make_rule(tacet_stays *stays, int r, const tacet_children *own) {
  tacet_children children;
  tacet_children_of(&children, stays->nest,
                    stays->features->rule[r].storage + 1);
  stays->children[r] = children.count;
  stays->finding[r] = calloc((size_t)children.count, sizeof *stays->finding[r]);
  stays->owner[r] = malloc((size_t)own->count * sizeof *stays->owner[r]);
  if (!stays->finding[r] || !stays->owner[r]) return false;
  for (int64_t child = 0; child < own->count; child++)
    stays->owner[r][child] = tacet_child_owner(&children, own, child);
  return true;
}

tacet_status tacet_stays_make(tacet_stays *stays, const tacet_nest *nest,
                              const tacet_features *features,
                              const tacet_mask *const mask[TACET_TENSORS],
                              int storage, tacet_error *error) {
  tacet_children own;
  memset(stays, 0, sizeof *stays);
  stays->nest = nest;
  stays->features = features;
  for (int t = 0; t < TACET_TENSORS; t++) stays->mask[t] = mask[t];
  bool any = false;
  tacet_children_of(&own, nest, storage);
  for (int r = 0; r < features->rules; r++) {
    if (features->rule[r].storage >= storage) continue;
    any = true;
    if (!make_rule(stays, r, &own)) return no_memory(error);
  }
  return any && !make_room(stays) ? no_memory(error) : TACET_OK;
}

void tacet_stays_free(tacet_stays *stays) {
  for (int r = 0; r < TACET_MAX_RULES; r++) {
    for (int64_t i = 0; i < stays->children[r] && stays->finding[r]; i++)
      free(stays->finding[r][i].blocked);
    free(stays->finding[r]);
    free(stays->owner[r]);
  }
  for (int d = 0; d < TACET_MAX_DIMS; d++) {
    free_values(&stays->stay[d]);
    free_values(&stays->met[d]);
  }
  for (int k = 0; k < TACET_MAX_RANKS; k++) free(stays->list[k]);
  free_values(&stays->coordinate);
  memset(stays, 0, sizeof *stays);
}

/* ---- conditions --------------------------------------------------------- */

static int compare(const void *a, const void *b) {
  const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

/* Fills *values with the coordinates of a rank that the dimensions' values
   reach, in order; padding is none. */
static void reach(tacet_values *values, const tacet_rank *rank,
                  const tacet_values *dims) {
  const tacet_term *out = &rank->term[0], *filter = &rank->term[1];
  const tacet_values *outs = &dims[out->dim];
  const int64_t filters = rank->terms > 1 ? dims[filter->dim].count : 1;
  tacet_values_clear(values);
  for (int64_t i = 0; i < outs->count; i++) {
    for (int64_t j = 0; j < filters; j++) {
      int64_t at = rank->offset + out->coefficient * outs->at[i];
      if (rank->terms > 1) at += filter->coefficient * dims[filter->dim].at[j];
      if (at >= 0 && at < rank->size) tacet_values_add(values, at);
    }
  }
  qsort(values->at, (size_t)values->count, sizeof *values->at, compare);
}

/* Whether an element is not zero whose coordinates are among those listed for
   the ranks from r on. */
static bool any_from(const tacet_stays *stays, const tacet_tensor *tensor,
                     const tacet_mask *mask, int r, int64_t element) {
  if (r == tensor->ranks) return tacet_mask_test(mask, element);
  const int64_t *list = stays->list[r], listed = stays->listed[r];
  element *= tensor->rank[r].size;
  if (r == tensor->ranks - 1 && list[listed - 1] - list[0] == listed - 1)
    return tacet_mask_count(mask, element + list[0], listed) > 0;
  for (int64_t i = 0; i < listed; i++)
    if (any_from(stays, tensor, mask, r + 1, element + list[i])) return true;
  return false;
}

/* Whether all of tensor t that the dimensions' values reach is zero. */
static bool is_zero(tacet_stays *stays, int t, const tacet_values *dims) {
  const tacet_tensor *tensor = &stays->nest->layer->tensor[t];
  for (int r = 0; r < tensor->ranks; r++) {
    reach(&stays->coordinate, &tensor->rank[r], dims);
    stays->listed[r] = stays->coordinate.count;
    if (stays->listed[r] == 0) return true;
    memcpy(stays->list[r], stays->coordinate.at,
           (size_t)stays->listed[r] * sizeof *stays->list[r]);
  }
  if (!stays->mask[t]) return false;
  return !any_from(stays, tensor, stays->mask[t], 0, 0);
}

static void find_tile(tacet_stays *stays, int r, tacet_finding *finding) {
  finding->triggered = false;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (stays->features->rule[r].on[t] && is_zero(stays, t, stays->stay))
      finding->triggered = true;
}

/* ---- elements ----------------------------------------------------------- */

/* Walks the elements of a rule's target that the stay's values reach. */
typedef struct element_walk {
  tacet_stays *stays;
  const tacet_rule *rule;
  const tacet_tensor *target;
  tacet_finding *finding;
  tacet_values dims[TACET_MAX_DIMS]; /* what the element meets; borrowed */
} element_walk;

/* Lists the values of a window's dimension that come together with one of its
   coordinates: those to which some value of the other dimension fits. */
static void meet(element_walk *w, const tacet_rank *window, int term,
                 int64_t coordinate) {
  const tacet_term *own = &window->term[term], *other = &window->term[!term];
  const tacet_values *values = &w->stays->stay[own->dim];
  const tacet_values *others = &w->stays->stay[other->dim];
  tacet_values *met = &w->dims[own->dim];
  *met = w->stays->met[own->dim];
  met->count = 0;
  for (int64_t i = 0; i < values->count; i++) {
    const int64_t rest =
        coordinate - window->offset - own->coefficient * values->at[i];
    const int64_t fits = rest / other->coefficient;
    if (rest >= 0 && rest % other->coefficient == 0 &&
        fits < w->stays->nest->layer->dim[other->dim].size &&
        others->mark[fits])
      met->at[met->count++] = values->at[i];
  }
}

static bool is_blocked(const element_walk *w) {
  for (int t = 0; t < TACET_TENSORS; t++)
    if (w->rule->on[t] && t != w->rule->target && is_zero(w->stays, t, w->dims))
      return true;
  return false;
}

/* `cell` of the finding's box are the coordinates of the ranks before r. */
static void walk_rank(element_walk *w, int r, int64_t cell) {
  if (r == w->target->ranks) {
    w->finding->blocked[cell] = is_blocked(w);
    return;
  }
  const tacet_rank *rank = &w->target->rank[r];
  const int64_t start = w->finding->start[r], length = w->finding->length[r];
  for (int64_t i = 0; i < length; i++) {
    bool reached = true;
    for (int k = 0; k < rank->terms; k++) {
      const int dim = rank->term[k].dim;
      if (rank->terms > 1) {
        meet(w, rank, k, start + i);
      } else {
        const int64_t value =
            (start + i - rank->offset) / rank->term[k].coefficient;
        w->dims[dim] = w->stays->met[dim];
        w->dims[dim].count = w->stays->stay[dim].mark[value];
        w->dims[dim].at[0] = value;
      }
      reached = reached && w->dims[dim].count > 0;
    }
    if (reached) walk_rank(w, r + 1, cell * length + i);
  }
}

/* The box of coordinates that the stay reaches; false if it is empty. */
static bool box_finding(element_walk *w) {
  for (int r = 0; r < w->target->ranks; r++) {
    tacet_values *reached = &w->stays->coordinate;
    reach(reached, &w->target->rank[r], w->stays->stay);
    if (reached->count == 0) return false;
    w->finding->start[r] = reached->at[0];
    w->finding->length[r] =
        reached->at[reached->count - 1] - reached->at[0] + 1;
  }
  return true;
}

static tacet_status find_elements(tacet_stays *stays, int r,
                                  tacet_finding *finding, tacet_error *error) {
  const tacet_rule *rule = &stays->features->rule[r];
  element_walk w = {.stays = stays,
                    .rule = rule,
                    .target = &stays->nest->layer->tensor[rule->target],
                    .finding = finding};
  if (!box_finding(&w)) return TACET_OK;
  int64_t cells = 1;
  for (int k = 0; k < w.target->ranks; k++) cells *= finding->length[k];
  if (cells > finding->room) {
    free(finding->blocked);
    finding->blocked = malloc((size_t)cells);
    finding->room = finding->blocked ? cells : 0;
    if (!finding->blocked) return no_memory(error);
  }
  memcpy(w.dims, stays->stay, sizeof w.dims);
  walk_rank(&w, 0, 0);
  return TACET_OK;
}

tacet_status tacet_stays_find(tacet_stays *stays, int r, int64_t child,
                              const tacet_steps *steps, const int64_t *unit,
                              tacet_error *error) {
  const tacet_rule *rule = &stays->features->rule[r];
  tacet_finding *finding = &stays->finding[r][child];
  if (rule->element && !is_crossed(rule)) return TACET_OK;
  tacet_stay_gather(stays->stay, stays->nest, rule, steps, unit);
  if (rule->element) return find_elements(stays, r, finding, error);
  find_tile(stays, r, finding);
  return TACET_OK;
}

tacet_features tacet_rules_of_dram(const tacet_features *features, int slot) {
  tacet_features own = *features;
  own.rules = 0;
  for (int i = 0; i < features->rules; i++)
    if (features->rule[i].storage == 0 && features->rule[i].target == slot)
      own.rule[own.rules++] = features->rule[i];
  return own;
}

tacet_status tacet_stays_of_l2(tacet_stays *stays, const tacet_steps *steps,
                               tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int r = 0; r < stays->features->rules && !status; r++)
    if (stays->features->rule[r].storage == 0 &&
        steps->advance <= tacet_stay_last(stays->nest,
                                          &stays->features->rule[r], steps,
                                          NULL))
      status = tacet_stays_find(stays, r, 0, steps, NULL, error);
  return status;
}

/* ---- verdicts ----------------------------------------------------------- */

/* The finding for a PE or buffer, or for what it belongs to. */
static const tacet_finding *finding_of(const tacet_stays *stays, int r,
                                       int64_t pe) {
  return &stays->finding[r][stays->owner[r][pe]];
}

tacet_verdict tacet_stays_tile(const tacet_stays *stays, int64_t pe,
                               int target) {
  tacet_verdict verdict = TACET_ACTUAL;
  for (int r = 0; r < stays->features->rules; r++) {
    const tacet_rule *rule = &stays->features->rule[r];
    if (!stays->children[r] || rule->element) continue;
    if (target != TACET_TENSORS && rule->target != target) continue;
    if (finding_of(stays, r, pe)->triggered)
      verdict = stronger(verdict, action(rule));
  }
  return verdict;
}

static bool blocks(const tacet_finding *finding, const tacet_tensor *target,
                   int64_t element) {
  int64_t cell = 0, stride = 1;
  for (int r = target->ranks - 1; r >= 0; r--) {
    const int64_t size = target->rank[r].size;
    cell += stride * (element % size - finding->start[r]);
    stride *= finding->length[r];
    element /= size;
  }
  return finding->blocked[cell];
}

tacet_verdict tacet_stays_element(const tacet_stays *stays, int64_t pe,
                                  int target, int64_t element) {
  const tacet_tensor *tensor = &stays->nest->layer->tensor[target];
  tacet_verdict verdict = TACET_ACTUAL;
  for (int r = 0; r < stays->features->rules && element >= 0; r++) {
    const tacet_rule *rule = &stays->features->rule[r];
    if (!stays->children[r] || rule->target != target || !is_crossed(rule))
      continue;
    if (blocks(finding_of(stays, r, pe), tensor, element))
      verdict = stronger(verdict, action(rule));
  }
  return verdict;
}
