/* The analysis held against the executor. */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/executor/executor.h"
#include "../dense/activity/kept_steps.h"

/* Steps with the same numbers, however they were found. */
typedef struct histogram {
  int count, room;
  tacet_step_class *step;
} histogram;

static bool same_step(const tacet_step_class *a, const tacet_step_class *b) {
  tacet_step_class left = *a, right = *b;
  left.occurrences = right.occurrences = 0;
  return memcmp(&left, &right, sizeof left) == 0;
}

static bool add_step(const tacet_step_class *step, void *context) {
  histogram *h = context;
  for (int i = 0; i < h->count; i++) {
    if (same_step(&h->step[i], step)) {
      h->step[i].occurrences += step->occurrences;
      return true;
    }
  }
  if (h->count == h->room) {
    h->room = h->room ? 2 * h->room : 64;
    h->step = realloc(h->step, (size_t)h->room * sizeof *h->step);
    if (!h->step) abort();
  }
  h->step[h->count++] = *step;
  return true;
}

static bool add_class(const tacet_step_class *step,
                      const tacet_step_shape *shape, void *context) {
  (void)shape;
  return add_step(step, context);
}

static int compare_steps(const void *a, const void *b) {
  return memcmp(a, b, sizeof(tacet_step_class));
}

static bool same_histogram(histogram *a, histogram *b) {
  if (a->count != b->count) return false;
  if (a->count == 0) return true;
  qsort(a->step, (size_t)a->count, sizeof *a->step, compare_steps);
  qsort(b->step, (size_t)b->count, sizeof *b->step, compare_steps);
  return memcmp(a->step, b->step, (size_t)a->count * sizeof *a->step) == 0;
}

static void show(const char *where, const char *what, int64_t analysis,
                 int64_t executor) {
  if (analysis != executor)
    printf("  %s%s: analysis %lld, executor %lld\n", where, what,
           (long long)analysis, (long long)executor);
}

static void show_traffic(const tacet_activity *a, const tacet_activity *e,
                         int b, int t) {
  static const char *const names[] = {"weight", "input", "output"};
  const tacet_traffic *x = &a->traffic[b][t], *y = &e->traffic[b][t];
  char where[64];
  snprintf(where, sizeof where, "%s of boundary %d, ", names[t], b);
  show(where, "fills", x->fills, y->fills);
  show(where, "parent_reads", x->parent_reads, y->parent_reads);
  show(where, "drains", x->drains, y->drains);
  show(where, "updates", x->updates, y->updates);
  show(where, "partial_sum_reads", x->partial_sum_reads, y->partial_sum_reads);
  show(where, "first_words", a->first_words[b][t], e->first_words[b][t]);
  show(where, "footprint of parent", a->footprint[b][t], e->footprint[b][t]);
  show(where, "footprint of child", a->footprint[b + 1][t],
       e->footprint[b + 1][t]);
}

static void show_difference(const tacet_activity *a, const tacet_activity *e) {
  show("", "steps", a->steps, e->steps);
  show("", "macs", a->macs, e->macs);
  show("", "busiest", a->busiest, e->busiest);
  show("", "active_pes", a->active_pes, e->active_pes);
  show("", "peak_active_pes", a->peak_active_pes, e->peak_active_pes);
  show("weight, ", "l1_reads", a->l1_reads[0], e->l1_reads[0]);
  show("input, ", "l1_reads", a->l1_reads[1], e->l1_reads[1]);
  show("output, ", "l1_reads", a->l1_reads[2], e->l1_reads[2]);
  show("weight, ", "first_distinct", a->first_distinct[0],
       e->first_distinct[0]);
  show("input, ", "first_distinct", a->first_distinct[1], e->first_distinct[1]);
  show("", "last_distinct", a->last_distinct, e->last_distinct);
  for (int b = 0; b < TACET_MAX_STORAGE - 1; b++) {
    show("", "last_words", a->last_words[b], e->last_words[b]);
    for (int t = 0; t < TACET_TENSORS; t++) show_traffic(a, e, b, t);
  }
}

static bool same_steps(const random_case *c, histogram *analysis,
                       histogram *executor, bool tell) {
  tacet_activity a, e;
  tacet_error error;
  if (tacet_execute(&e, &c->nest, &c->accelerator, add_step, executor,
                    &error) ||
      tacet_activity_totals(&a, &c->nest, &c->accelerator, &error) ||
      tacet_activity_classes(&c->nest, &c->accelerator, add_class, analysis,
                             &error)) {
    if (tell) printf("error: %s\n", error.message);
    return false;
  }
  const bool same = memcmp(&a, &e, sizeof a) == 0;
  const bool same_classes = same_histogram(analysis, executor);
  if (tell && !same) show_difference(&a, &e);
  if (tell && !same_classes)
    printf("  classes differ: %d and %d kinds\n", analysis->count,
           executor->count);
  return same && same_classes;
}

bool judge_activity(const random_case *c, bool tell) {
  histogram analysis = {0}, executor = {0};
  const bool same = same_steps(c, &analysis, &executor, tell);
  free(analysis.step);
  free(executor.step);
  return same;
}

/* ---- L1 that keeps tiles ------------------------------------------------ */

/* Steps in their order. */
typedef struct sequence {
  const tacet_link *link;
  const tacet_registers *registers;
  int64_t count, room;
  tacet_step_class *step;
} sequence;

static bool note_step(const tacet_step_class *step, void *context) {
  sequence *s = context;
  if (s->count == s->room) {
    s->room = s->room ? 2 * s->room : 64;
    s->step = realloc(s->step, (size_t)s->room * sizeof *s->step);
    if (!s->step) abort();
  }
  s->step[s->count++] = *step;
  return true;
}

static bool note_product(const tacet_product *product, void *context) {
  const sequence *s = context;
  tacet_step_class step;
  tacet_product_step(&step, product, s->link, s->registers);
  return note_step(&step, context);
}

static bool same_order(const random_case *c, sequence *analysis,
                       sequence *executor) {
  const tacet_nest *nest = &c->nest;
  tacet_registers space;
  tacet_table table;
  tacet_activity activity;
  tacet_error error;
  analysis->link = &c->accelerator.link[nest->storages - 2];
  analysis->registers = tacet_registers_make(&space, nest, &c->accelerator);
  tacet_table_make(&table, tacet_view_pes(nest));
  tacet_nest_products(&table, nest, true, note_product, analysis);
  if (tacet_execute(&activity, nest, &c->accelerator, note_step, executor,
                    &error))
    return false;
  return analysis->count == executor->count &&
         memcmp(analysis->step, executor->step,
                (size_t)analysis->count * sizeof *analysis->step) == 0;
}

bool judge_kept(const random_case *c, bool tell) {
  sequence analysis = {0}, executor = {0};
  random_case *kept = malloc(sizeof *kept);
  if (!kept) abort();
  case_keep(kept, c);
  bool same = judge_activity(kept, tell);
  if (same && !same_order(kept, &analysis, &executor)) {
    if (tell) puts("  steps in order differ");
    same = false;
  }
  if (!same && tell) case_print(kept);
  free(analysis.step);
  free(executor.step);
  free(kept);
  return same;
}
