/* The classes of steps, put together by what costs time. */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

typedef struct gatherer {
  tacet_step_kind *kind;
  int kinds, room;
  int along; /* dimension of a vector */
  const tacet_nest *nest;
  const tacet_accelerator *accelerator;
  tacet_status status;
} gatherer;

static void time_step(tacet_step_kind *kind, const gatherer *g,
                      const tacet_step_shape *shape) {
  const tacet_accelerator *accelerator = g->accelerator;
  const int64_t *width = accelerator->width_bits;
  const tacet_step_class *step = &kind->step;
  tacet_timeline one = {0};
  tacet_work work = {
      .occurrences = 1,
      .slots = (double)(tacet_issue_slots(&accelerator->issue, g->along,
                                          g->nest->layer, shape->box) +
                        step->passed_on),
      .l1_accesses = (double)tacet_step_accesses(step),
      .sums = (double)step->busiest,
      .examined = (double)step->busiest,
      .bits_out = (double)(step->words_out * width[TACET_OUTPUT])};
  for (int t = 0; t < TACET_OUTPUT; t++)
    work.bits_in[t] = (double)(step->words_in[t] * width[t]);
  tacet_timeline_add(&one, &work, accelerator);
  kind->compute = one.compute;
  kind->in = one.in;
  kind->out = one.out;
  kind->lasts = one.steps;
}

static bool add_class(const tacet_step_class *step,
                      const tacet_step_shape *shape, void *context) {
  gatherer *g = context;
  if (g->kinds == g->room) {
    const int room = g->room ? 2 * g->room : 64;
    tacet_step_kind *larger = realloc(g->kind, (size_t)room * sizeof *larger);
    if (!larger) {
      g->status = TACET_NO_MEMORY;
      return false;
    }
    g->kind = larger;
    g->room = room;
  }
  tacet_step_kind *kind = &g->kind[g->kinds++];
  memset(kind, 0, sizeof *kind);
  kind->step = *step;
  if (g->kinds == 1) /* what the first step takes in comes before it */
    memset(kind->step.words_in, 0, sizeof kind->step.words_in);
  time_step(kind, g, shape);
  return true;
}

/* ---- putting together --------------------------------------------------- */

static int compare_numbers(double a, double b) {
  return (a < b) - (a > b);
}

static int by_kind(const void *left, const void *right) {
  const tacet_step_kind *a = left, *b = right;
  int order = compare_numbers(a->lasts, b->lasts);
  if (!order) order = compare_numbers(a->compute, b->compute);
  if (!order)
    order =
        compare_numbers((double)a->step.active_pes, (double)b->step.active_pes);
  for (int t = 0; t < TACET_OUTPUT && !order; t++)
    order = compare_numbers((double)a->step.words_in[t],
                            (double)b->step.words_in[t]);
  if (!order)
    order =
        compare_numbers((double)a->step.words_out, (double)b->step.words_out);
  return order;
}

static double share(const tacet_step_kind *kind) {
  return (double)kind->step.occurrences * kind->lasts;
}

static int by_share(const void *left, const void *right) {
  const int order = compare_numbers(share(left), share(right));
  return order ? order : by_kind(left, right);
}

static void merge(gatherer *g) {
  int kept = 0;
  qsort(g->kind, (size_t)g->kinds, sizeof *g->kind, by_kind);
  for (int i = 1; i < g->kinds; i++) {
    if (by_kind(&g->kind[kept], &g->kind[i]) == 0)
      g->kind[kept].step.occurrences += g->kind[i].step.occurrences;
    else
      g->kind[++kept] = g->kind[i];
  }
  g->kinds = kept + 1;
  qsort(g->kind, (size_t)g->kinds, sizeof *g->kind, by_share);
}

tacet_status tacet_step_kinds(tacet_step_kind **kind, int *kinds,
                              const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              tacet_error *error) {
  gatherer g = {.nest = nest, .accelerator = accelerator};
  *kind = NULL;
  *kinds = 0;
  tacet_status status =
      tacet_issue_dim(&g.along, accelerator, nest->layer, error);
  if (!status)
    status = tacet_activity_classes(nest, accelerator, add_class, &g, error);
  if (!status && g.status)
    status = tacet_fail(error, g.status, NULL, "out of memory");
  if (status) {
    free(g.kind);
    return status;
  }
  merge(&g);
  *kind = g.kind;
  *kinds = g.kinds;
  return TACET_OK;
}
