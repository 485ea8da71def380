/* Random masks, features and ways of issuing MACs. */
#include "sparse_cases.h"

#include "../sparse/balance.h"
#include "../sparse/concord.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/spelling.h"
#include "format_cases.h"

enum { MOST_RULES = 4 };

static bool chance(uint64_t *state, int64_t percent) {
  return random_between(state, 0, 99) < percent;
}

/* ---- masks -------------------------------------------------------------- */

static int64_t coordinate_of(const tacet_mask *mask, int rank,
                             int64_t element) {
  for (int r = mask->ranks - 1; r > rank; r--) element /= mask->size[r];
  return element % mask->size[rank];
}

/* A bit a coordinate of each rank: whether it is kept. Pruning makes whole
   tiles zero, as rules above L1 need them. */
static void prune(uint64_t *state, const tacet_mask *mask, uint64_t *kept) {
  for (int r = 0; r < mask->ranks; r++) {
    bool prunes = mask->size[r] > 1 && chance(state, 40);
    kept[r] = prunes ? next_random(state) : UINT64_MAX;
  }
}

static void make_mask(uint64_t *state, tacet_mask *mask,
                      const tacet_tensor *tensor) {
  tacet_error error;
  if (tacet_mask_make(mask, tensor, &error)) abort();
  int64_t density = chance(state, 8)    ? 0
                    : chance(state, 30) ? 100
                                        : random_between(state, 5, 95);
  uint64_t kept[TACET_MAX_RANKS];
  prune(state, mask, kept);
  for (int64_t i = 0; i < mask->elements; i++) {
    bool one = chance(state, density);
    for (int r = 0; r < mask->ranks; r++)
      if (!(kept[r] >> (coordinate_of(mask, r, i) % 64) & 1)) one = false;
    if (one) tacet_mask_set(mask, i);
  }
  tacet_mask_keep_values(mask, tensor);
}

/* ---- features ----------------------------------------------------------- */

static void make_formats(uint64_t *state, tacet_features *features,
                         const tacet_layer *layer, int storages) {
  bool compresses = chance(state, 70);
  for (int s = 0; compresses && s < storages; s++)
    for (int t = 0; t < TACET_TENSORS; t++)
      features->format[s][t] = random_format(state, layer, t);
}

static tacet_rule make_rule(uint64_t *state) {
  static const int storages[] = {0, 1, 1, 2, TACET_AT_COMPUTE};
  tacet_rule rule = {.storage = storages[random_between(state, 0, 4)],
                     .skip = chance(state, 50),
                     .target = (int)random_between(state, 0, 2)};
  rule.element = rule.storage < 2 && chance(state, 40);
  int64_t conditions = random_between(state, 1, 7);
  if (rule.target == TACET_OUTPUT && rule.storage != TACET_AT_COMPUTE)
    conditions = 1 << TACET_OUTPUT;
  for (int t = 0; t < TACET_TENSORS; t++) rule.on[t] = conditions >> t & 1;
  return rule;
}

/* What the design cannot skip it gates. */
static void settle_rule(tacet_rule *rule, const tacet_features *features,
                        const tacet_accelerator *accelerator) {
  tacet_error error;
  if (!tacet_rule_check(rule, features, accelerator, &error)) return;
  rule->skip = false;
  if (tacet_rule_check(rule, features, accelerator, &error)) abort();
}

void case_zeros(const random_case *c, uint64_t *state,
                tacet_mask mask[TACET_TENSORS], tacet_features *features) {
  for (int t = 0; t < TACET_TENSORS; t++)
    make_mask(state, &mask[t], &c->layer.tensor[t]);
  *features = (tacet_features){0};
  make_formats(state, features, &c->layer, c->accelerator.storages);
  const int l1 = c->accelerator.storages - 1;
  const int64_t rules = random_between(state, 0, MOST_RULES);
  for (int64_t r = 0; r < rules; r++) {
    tacet_rule rule = make_rule(state);
    if (c->nest.contiguous[1] && rule.element)
      for (int t = 0; t < TACET_TENSORS; t++) rule.on[t] = t == rule.target;
    if (rule.storage == 2)
      rule.storage = l1;
    else if (rule.storage == 1)
      rule.storage = (int)random_between(state, 1, l1 - 1);
    settle_rule(&rule, features, &c->accelerator);
    features->rule[features->rules++] = rule;
  }
}

/* ---- issue -------------------------------------------------------------- */

static void make_vector(uint64_t *state, tacet_issue *issue,
                        const tacet_layer *layer) {
  int64_t dim = random_between(state, 0, layer->dims - 1);
  issue->kind = TACET_ISSUE_VECTOR;
  issue->width = random_between(state, 1, 5);
  for (int t = 0; t < TACET_LAYER_TYPES; t++)
    snprintf(issue->along[t], sizeof issue->along[t], "%s",
             layer->dim[dim].name);
}

static void make_outer(uint64_t *state, tacet_issue *issue) {
  issue->kind = TACET_ISSUE_OUTER;
  issue->weights = random_between(state, 1, 4);
  issue->inputs = random_between(state, 1, 4);
  issue->output_halos = chance(state, 50);
}

static tacet_sync make_sync(uint64_t *state) {
  switch (random_between(state, 0, 4)) {
  case 0: return (tacet_sync){TACET_SYNC_END, 0};
  case 1: return (tacet_sync){TACET_SYNC_WINDOW, random_between(state, 1, 9)};
  case 2: return (tacet_sync){TACET_SYNC_QUEUE, random_between(state, 1, 6)};
  }
  return (tacet_sync){TACET_SYNC_STEP, 0};
}

/* What else can hold a PE up. */
static void make_limits(uint64_t *state, tacet_accelerator *a) {
  a->sums_bandwidth =
      chance(state, 25) ? (double)random_between(state, 1, 4) : 0;
  a->intersection = (tacet_intersection){TACET_EXAMINES_NOTHING, 0};
  if (!chance(state, 30)) return;
  a->intersection.examined =
      chance(state, 50) ? TACET_EXAMINES_PAIRS : TACET_EXAMINES_COORDINATES;
  a->intersection.width = (double)random_between(state, 1, 6) / 2;
}

void case_issue(random_case *c, uint64_t *state) {
  tacet_issue *issue = &c->accelerator.issue;
  *issue = (tacet_issue){.kind = TACET_ISSUE_SCALAR};
  if (chance(state, 50)) {
    if (chance(state, 50))
      make_vector(state, issue, &c->layer);
    else
      make_outer(state, issue);
    c->accelerator.link[c->accelerator.storages - 2].pe_adder = false;
  }
  c->accelerator.sync = make_sync(state);
  make_limits(state, &c->accelerator);
}

/* ---- balance ------------------------------------------------------------ */

/* Along a dimension that allows it, if there is one. */
static void make_balance(uint64_t *state, masked_case *c) {
  const tacet_layer *layer = &c->dense.layer;
  tacet_balance *balance = &c->features.balance;
  const int first = (int)random_between(state, 0, layer->dims - 1);
  balance->kind = chance(state, 50) ? TACET_BALANCE_SORT : TACET_BALANCE_PAIR;
  for (int i = 0; i < layer->dims; i++) {
    int dim;
    tacet_error error;
    strcpy(balance->along[layer->type],
           layer->dim[(first + i) % layer->dims].name);
    if (!tacet_balance_dim(&dim, &c->features, &c->dense.nest, &error) &&
        dim >= 0)
      return;
  }
  *balance = (tacet_balance){.kind = TACET_BALANCE_NOT};
}

/* ---- all of them -------------------------------------------------------- */

void masked_make(masked_case *c, uint64_t seed) {
  uint64_t r = seed ^ UINT64_C(0x155e);
  case_make(&c->dense, seed);
  case_issue(&c->dense, &r);
  masked_zeros(c);
  tacet_zeros *output = &c->sparsity.tensor[TACET_OUTPUT];
  if (chance(&r, 60))
    *output = (tacet_zeros){
        .density = 1, .mask = &c->mask[TACET_OUTPUT], .known = chance(&r, 80)};
  else if (chance(&r, 50))
    output->density = (double)random_between(&r, 0, 8) / 8;
  if (chance(&r, 40)) make_balance(&r, c);
}

void masked_zeros(masked_case *c) {
  uint64_t r = ~c->dense.seed;
  case_zeros(&c->dense, &r, c->mask, &c->features);
  c->sparsity = (tacet_sparsity){{{.density = 1, .mask = &c->mask[0]},
                                  {.density = 1, .mask = &c->mask[1]},
                                  {.density = 1}}};
  /* of a transposed layer there are zeros without a mask */
  if (c->dense.layer.type == TACET_TRANSPOSED && chance(&r, 40))
    c->sparsity.tensor[TACET_INPUT].mask = NULL;
}

void masked_free(masked_case *c) {
  for (int t = 0; t < TACET_TENSORS; t++) tacet_mask_free(&c->mask[t]);
}

int masked_cases_that_fail(uint64_t seed, uint64_t cases,
                           bool (*holds)(masked_case *c)) {
  masked_case *c = malloc(sizeof *c);
  if (!c) abort();
  ask_for_cases(&seed, &cases);
  int failed = 0;
  for (uint64_t i = 0; i < cases && failed < 3; i++) {
    masked_make(c, seed + i);
    if (!holds(c)) {
      case_print(&c->dense);
      case_print_issue(&c->dense);
      case_print_zeros(c->mask, &c->features);
      failed++;
    }
    masked_free(c);
  }
  free(c);
  return failed;
}

/* ---- judging ------------------------------------------------------------ */

/* Both hold doubles only. */
typedef struct result {
  tacet_counts counts;
  tacet_timeline timeline;
} result;

static int first_difference(const result *a, const result *b) {
  const double *left = (const double *)a, *right = (const double *)b;
  const int fields = (int)(sizeof *a / sizeof *left);
  for (int i = 0; i < fields; i++)
    if (fabs(left[i] - right[i]) > 1e-9 * (fabs(left[i]) + fabs(right[i])))
      return i;
  return -1;
}

bool judge_sparse(const masked_case *c, bool tell) {
  const tacet_nest *nest = &c->dense.nest;
  const tacet_accelerator *accelerator = &c->dense.accelerator;
  result reading, executor;
  tacet_error error;
  if (tacet_read_sparse(&reading.counts, &reading.timeline, nest, accelerator,
                        &c->features, &c->sparsity, &error) ||
      tacet_execute_sparse(&executor.counts, &executor.timeline, nest,
                           accelerator, &c->features, &c->sparsity, &error)) {
    if (tell) printf("error: %s\n", error.message);
    return false;
  }
  const int at = first_difference(&reading, &executor);
  if (tell && at >= 0)
    printf("  field %d (byte %d of counts): reading %.17g, executor %.17g\n",
           at, 8 * at, ((double *)&reading)[at], ((double *)&executor)[at]);
  return at < 0;
}

bool judge_kept_sparse(const masked_case *c, bool tell) {
  masked_case *kept = malloc(sizeof *kept);
  if (!kept) abort();
  *kept = *c;
  case_keep(&kept->dense, &c->dense);
  const bool same = judge_sparse(kept, tell);
  if (!same && tell) case_print(&kept->dense);
  free(kept);
  return same;
}

/* ---- printing ----------------------------------------------------------- */

static void print_rule(const tacet_rule *rule) {
  static const char *const tensors[] = {"weight", "input", "output"};
  bool computes = rule->storage == TACET_AT_COMPUTE;
  printf("  at %s %c %s %s%s on", computes ? "compute" : "level",
         computes ? ':' : '0' + rule->storage, rule->skip ? "skip" : "gate",
         computes ? "the MAC" : tensors[rule->target],
         rule->element ? "'s elements" : "");
  for (int t = 0; t < TACET_TENSORS; t++)
    if (rule->on[t]) printf(" %s", tensors[t]);
  puts("");
}

void case_print_zeros(const tacet_mask mask[TACET_TENSORS],
                      const tacet_features *features) {
  for (int t = 0; t < TACET_TENSORS; t++)
    printf("  tensor %d: %lld of %lld not zero\n", t,
           (long long)mask[t].nonzeros, (long long)mask[t].elements);
  for (int s = 0; s < TACET_MAX_STORAGE; s++)
    for (int t = 0; t < TACET_TENSORS; t++) {
      if (s > 2 && features->format[s][t].name == TACET_UNCOMPRESSED) continue;
      char text[TACET_FORMAT_TEXT];
      tacet_format_text(text, sizeof text, &features->format[s][t]);
      printf("  level %d receives %s as %s\n", s, tacet_slot_name(t), text);
    }
  for (int r = 0; r < features->rules; r++) print_rule(&features->rule[r]);
  for (int t = 0; features->balance.kind && t < TACET_LAYER_TYPES; t++)
    if (features->balance.along[t][0])
      printf("  weights %s along %s\n",
             features->balance.kind == TACET_BALANCE_SORT ? "sorted" : "paired",
             features->balance.along[t]);
}

static void print_waits(const tacet_accelerator *a) {
  switch (a->sync.kind) {
  case TACET_SYNC_STEP: printf(", sync: step\n"); break;
  case TACET_SYNC_WINDOW:
    printf(", sync: {window: %lld}\n", (long long)a->sync.steps);
    break;
  case TACET_SYNC_QUEUE:
    printf(", sync: {queue: %lld}\n", (long long)a->sync.steps);
    break;
  case TACET_SYNC_END: printf(", sync: end\n"); break;
  }
  if (a->sums_bandwidth > 0) printf("  %g sums a cycle\n", a->sums_bandwidth);
  if (a->intersection.examined)
    printf("  examines %g %s a cycle\n", a->intersection.width,
           a->intersection.examined == TACET_EXAMINES_PAIRS ? "pairs"
                                                            : "coordinates");
}

void case_print_issue(const random_case *c) {
  const tacet_issue *issue = &c->accelerator.issue;
  printf("  lanes %lld, ", (long long)c->accelerator.lanes);
  switch (issue->kind) {
  case TACET_ISSUE_SCALAR: printf("scalar"); break;
  case TACET_ISSUE_VECTOR:
    printf("vector: %lld, along: %s", (long long)issue->width,
           issue->along[c->layer.type]);
    break;
  case TACET_ISSUE_OUTER:
    printf("outer: [%lld, %lld]", (long long)issue->weights,
           (long long)issue->inputs);
    if (issue->output_halos) printf(", halos: output");
    break;
  }
  print_waits(&c->accelerator);
}
