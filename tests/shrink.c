/* Greedy: the first change that still fails is kept, until none does. */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

#include "../sparse/balance.h"

/* What a case is made from. Masks follow from it. */
typedef struct recipe {
  random_case dense;
  tacet_features features;
  tacet_zeros output;       /* its mask is the case's, or NULL */
  bool full[TACET_TENSORS]; /* the mask has no zeros */
} recipe;

/* The n-th change of its kind. */
typedef enum outcome {
  CHANGED,
  NOTHING, /* it would change nothing */
  NO_MORE  /* there is no n-th */
} outcome;

typedef outcome edit(recipe *r, int n);

static outcome set(int64_t *value, int64_t to) {
  if (*value == to) return NOTHING;
  *value = to;
  return CHANGED;
}

/* Three ways down to `least`: at once, by half, by one. */
static outcome lower(int64_t *value, int64_t least, int way) {
  if (*value <= least) return NOTHING;
  if (way == 0) return set(value, least);
  return set(value, way == 1 ? least + (*value - least) / 2 : *value - 1);
}

/* ---- layer -------------------------------------------------------------- */

static outcome lower_sizes(recipe *r, int n) {
  tacet_shape *s = &r->dense.shape;
  int64_t *const sizes[] = {&s->N, &s->G, &s->K, &s->C, &s->Y, &s->X,
                            &s->R, &s->S, &s->B, &s->M, &s->D, &s->T};
  return n < 36 ? lower(sizes[n / 3], 1, n % 3) : NO_MORE;
}

static outcome plain_windows(recipe *r, int n) {
  tacet_shape *s = &r->dense.shape;
  if (n >= 30) return NO_MORE;
  const int a = n % 3, way = n / 15 * 2;
  switch (n % 15 / 3) {
  case 0: return lower(&s->stride[a], 1, way);
  case 1: return lower(&s->dilation[a], 1, way);
  case 2: return lower(&s->pad_before[a], 0, way);
  case 3: return lower(&s->pad_after[a], 0, way);
  }
  return lower(&s->output_padding[a], 0, way);
}

static outcome share_nothing(recipe *r, int n) {
  if (n >= TACET_OUTPUT) return NO_MORE;
  if (!r->dense.shape.shared[n]) return NOTHING;
  r->dense.shape.shared[n] = false;
  return CHANGED;
}

/* ---- dataflow ----------------------------------------------------------- */

static outcome drop_directives(recipe *r, int n) {
  tacet_dataflow *flow = &r->dense.dataflow;
  if (n >= flow->directives) return NO_MORE;
  flow->directives--;
  memmove(&flow->directive[n], &flow->directive[n + 1],
          (size_t)(flow->directives - n) * sizeof *flow->directive);
  return CHANGED;
}

static outcome lower_directives(recipe *r, int n) {
  tacet_dataflow *flow = &r->dense.dataflow;
  if (n / 3 >= flow->directives) return NO_MORE;
  tacet_directive *d = &flow->directive[n / 3];
  outcome done = lower(&d->size.number, 1, n % 3);
  if (d->kind != TACET_CLUSTER) d->offset.number = d->size.number;
  return done;
}

static outcome make_temporal(recipe *r, int n) {
  tacet_dataflow *flow = &r->dense.dataflow;
  if (n >= flow->directives) return NO_MORE;
  if (flow->directive[n].kind != TACET_SPATIAL_MAP) return NOTHING;
  flow->directive[n].kind = TACET_TEMPORAL_MAP;
  return CHANGED;
}

/* ---- accelerator -------------------------------------------------------- */

/* A buffer at a cluster boundary, with the way into it. */
static outcome drop_buffers(recipe *r, int n) {
  tacet_accelerator *a = &r->dense.accelerator;
  int(*position)[TACET_TENSORS] = r->dense.nest.position;
  const int s = 2 + n, rest = a->storages - 1 - s;
  if (rest <= 0) return NO_MORE;
  memmove(&a->storage[s], &a->storage[s + 1],
          (size_t)rest * sizeof *a->storage);
  memmove(&a->link[s - 1], &a->link[s], (size_t)rest * sizeof *a->link);
  memmove(&position[s], &position[s + 1], (size_t)rest * sizeof *position);
  a->storages--;
  memmove(&r->features.format[s], &r->features.format[s + 1],
          (size_t)rest * sizeof *r->features.format);
  for (int i = 0; i < r->features.rules; i++) {
    int *storage = &r->features.rule[i].storage;
    if (*storage >= s && *storage != TACET_AT_COMPUTE) --*storage;
  }
  return CHANGED;
}

static outcome lower_counts(recipe *r, int n) {
  tacet_accelerator *a = &r->dense.accelerator;
  int64_t *const counts[] = {&a->pes, &a->lanes,
                             &a->link[a->storages - 2].latency};
  return n < 9 ? lower(counts[n / 3], n / 3 == 2 ? 0 : 1, n % 3) : NO_MORE;
}

static outcome plain_widths(recipe *r, int n) {
  tacet_accelerator *a = &r->dense.accelerator;
  return n < TACET_TENSORS ? set(&a->width_bits[n], a->word_bits) : NO_MORE;
}

static outcome set_flag(bool *flag, bool to) {
  if (*flag == to) return NOTHING;
  *flag = to;
  return CHANGED;
}

static outcome share_bus(tacet_link *link) {
  if (link->bus[TACET_OUTPUT] <= 0) return NOTHING;
  memset(link->bus, 0, sizeof link->bus);
  return CHANGED;
}

static outcome plain_ways(recipe *r, int n) {
  tacet_accelerator *a = &r->dense.accelerator;
  const int level = 1 + n / 5;
  if (level >= a->storages) return NO_MORE;
  if (n % 5 == 0) return set_flag(&a->storage[level].double_buffered, false);
  if (n % 5 == 1) return set_flag(&a->storage[level].contiguous, false);
  if (level > a->storages - 2) return NOTHING;
  tacet_link *link = &a->link[level];
  if (n % 5 == 4) return share_bus(link);
  return set_flag(n % 5 == 2 ? &link->multicast : &link->reduction, true);
}

static outcome plain_l1(recipe *r, int n) {
  tacet_accelerator *a = &r->dense.accelerator;
  tacet_storage *l1 = &a->storage[a->storages - 1];
  if (n < TACET_TENSORS) return set_flag(&a->registers[n], false);
  if (n > 2 * TACET_TENSORS) return NO_MORE;
  if (n > TACET_TENSORS)
    return set_flag(&l1->single[n - TACET_TENSORS - 1], false);
  if (a->l1_bandwidth <= 0) return NOTHING;
  a->l1_bandwidth = 0;
  return CHANGED;
}

static outcome keep_outermost(recipe *r, int n) {
  const int level = 1 + n / TACET_TENSORS;
  if (level > r->dense.accelerator.storages - 2) return NO_MORE;
  int *position = &r->dense.nest.position[level][n % TACET_TENSORS];
  if (*position == 0) return NOTHING;
  *position = 0;
  return CHANGED;
}

static outcome plain_issue(recipe *r, int n) {
  tacet_accelerator *a = &r->dense.accelerator;
  tacet_issue *issue = &a->issue;
  if (n == 0 && issue->kind != TACET_ISSUE_SCALAR) {
    *issue = (tacet_issue){.kind = TACET_ISSUE_SCALAR};
    return CHANGED;
  }
  if (n == 1 && a->sync.kind != TACET_SYNC_STEP) {
    a->sync = (tacet_sync){TACET_SYNC_STEP, 0};
    return CHANGED;
  }
  if (n == 5) return lower(&a->sync.steps, 1, 2);
  if (n == 6 && a->sums_bandwidth > 0) {
    a->sums_bandwidth = 0;
    return CHANGED;
  }
  if (n == 7 && a->intersection.examined) {
    a->intersection = (tacet_intersection){TACET_EXAMINES_NOTHING, 0};
    return CHANGED;
  }
  if (n == 8) return set_flag(&issue->output_halos, false);
  if (n == 9) return set_flag(&a->link[a->storages - 2].pe_adder, false);
  if (n > 4) return n < 9 ? NOTHING : NO_MORE;
  int64_t *const counts[] = {&issue->width, &issue->weights, &issue->inputs};
  return n < 2 ? NOTHING : lower(counts[n - 2], 1, 2);
}

/* ---- zeros -------------------------------------------------------------- */

static outcome drop_rules(recipe *r, int n) {
  tacet_features *f = &r->features;
  if (n >= f->rules) return NO_MORE;
  f->rules--;
  memmove(&f->rule[n], &f->rule[n + 1],
          (size_t)(f->rules - n) * sizeof *f->rule);
  return CHANGED;
}

static outcome plain_rules(recipe *r, int n) {
  if (n / 4 >= r->features.rules) return NO_MORE;
  tacet_rule *rule = &r->features.rule[n / 4];
  const int t = n % 4;
  if (t == TACET_TENSORS) return set_flag(&rule->element, false);
  int conditions = 0;
  for (int i = 0; i < TACET_TENSORS; i++) conditions += rule->on[i];
  return conditions > 1 ? set_flag(&rule->on[t], false) : NOTHING;
}

static outcome plain_balance(recipe *r, int n) {
  tacet_balance *balance = &r->features.balance;
  if (n > 0 || balance->kind == TACET_BALANCE_NOT) return NO_MORE;
  balance->kind = TACET_BALANCE_NOT;
  return CHANGED;
}

static outcome send_as_it_is(recipe *r, int n) {
  if (n >= 3 * TACET_TENSORS) return NO_MORE;
  tacet_format *format = &r->features.format[n / 3][n % 3];
  if (format->name == TACET_UNCOMPRESSED) return NOTHING;
  *format = tacet_format_named(TACET_UNCOMPRESSED);
  return CHANGED;
}

static outcome fill_tensors(recipe *r, int n) {
  if (n == TACET_TENSORS && r->output.density < 1) {
    r->output.density = 1;
    return CHANGED;
  }
  if (n == TACET_TENSORS && r->output.mask) {
    r->output.mask = NULL;
    return CHANGED;
  }
  return n < TACET_TENSORS ? set_flag(&r->full[n], true) : NO_MORE;
}

/* ---- all ---------------------------------------------------------------- */

/* The nest of the recipe; tiles stay where they were as far as there are loops
   and those of the next level lie no further out. */
static bool binds(recipe *r) {
  random_case *c = &r->dense;
  tacet_error error;
  int position[TACET_MAX_STORAGE][TACET_TENSORS], balanced;
  memcpy(position, c->nest.position, sizeof position);
  if (tacet_layer_make(&c->layer, &c->shape, NULL, &error) ||
      tacet_bind(&c->nest, &c->layer, &c->dataflow, &c->accelerator, &error) ||
      tacet_balance_dim(&balanced, &r->features, &c->nest, &error))
    return false;
  for (int s = c->nest.storages - 2; s > 0; s--) {
    for (int t = 0; t < TACET_TENSORS; t++) {
      const int most = c->nest.position[s + 1][t];
      c->nest.position[s][t] = position[s][t] < most ? position[s][t] : most;
    }
  }
  return true;
}

static void fill(tacet_mask *mask) {
  for (int64_t i = 0; i < mask->elements; i++) tacet_mask_set(mask, i);
  tacet_mask_recount(mask);
}

/* Of a recipe that binds. */
static void cook(masked_case *c, const recipe *r) {
  case_copy(&c->dense, &r->dense);
  masked_zeros(c);
  c->features = r->features;
  c->sparsity.tensor[TACET_OUTPUT] = r->output;
  if (r->output.mask)
    c->sparsity.tensor[TACET_OUTPUT].mask = &c->mask[TACET_OUTPUT];
  for (int t = 0; t < TACET_TENSORS; t++)
    if (r->full[t]) fill(&c->mask[t]);
}

static bool still_fails(recipe *r, case_check *fails) {
  if (!binds(r)) return false;
  masked_case *c = malloc(sizeof *c);
  if (!c) abort();
  cook(c, r);
  const bool failed = fails(c);
  masked_free(c);
  free(c);
  return failed;
}

static void copy_recipe(recipe *copy, const recipe *r) {
  *copy = *r;
  case_copy(&copy->dense, &r->dense);
}

static bool shrink_once(recipe *r, case_check *fails) {
  static edit *const edits[] = {
      lower_sizes,      drop_buffers,   drop_directives, drop_rules,
      plain_rules,      keep_outermost, plain_windows,   lower_counts,
      plain_ways,       plain_l1,       share_nothing,   make_temporal,
      plain_widths,     plain_issue,    send_as_it_is,   fill_tensors,
      lower_directives, plain_balance};
  for (size_t e = 0; e < sizeof edits / sizeof *edits; e++) {
    for (int n = 0;; n++) {
      recipe smaller;
      copy_recipe(&smaller, r);
      const outcome done = edits[e](&smaller, n);
      if (done == NO_MORE) break;
      if (done == NOTHING || !still_fails(&smaller, fails)) continue;
      copy_recipe(r, &smaller);
      return true;
    }
  }
  return false;
}

/* L2's tiles where files would put them, if it fails there too. */
static void place(recipe *r, case_check *fails) {
  recipe placed;
  copy_recipe(&placed, r);
  tacet_error error;
  if (tacet_place_tiles(&placed.dense.nest, &placed.dense.accelerator,
                        &error) == TACET_OK &&
      still_fails(&placed, fails))
    copy_recipe(r, &placed);
}

void case_shrink(masked_case *c, uint64_t seed, case_check *fails) {
  recipe r = {.full = {false}};
  masked_make(c, seed);
  case_copy(&r.dense, &c->dense);
  r.features = c->features;
  r.output = c->sparsity.tensor[TACET_OUTPUT];
  masked_free(c);
  while (shrink_once(&r, fails)) {
  }
  place(&r, fails);
  cook(c, &r);
}
