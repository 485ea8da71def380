/* The activity analysis against the executor: every integer, on random small
   layers, dataflows and accelerators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/executor.h"
#include "cases.h"

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
    assert_non_null(h->step);
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

static void show(const char *what, int64_t analysis, int64_t executor) {
  if (analysis != executor)
    printf("  %-24s analysis %lld, executor %lld\n", what, (long long)analysis,
           (long long)executor);
}

static void show_difference(const tacet_activity *a, const tacet_activity *e) {
  static const char *const names[] = {"weight", "input", "output"};
  show("steps", a->steps, e->steps);
  show("macs", a->macs, e->macs);
  show("busiest", a->busiest, e->busiest);
  show("active_pes", a->active_pes, e->active_pes);
  show("peak_active_pes", a->peak_active_pes, e->peak_active_pes);
  for (int b = 0; b < 2; b++) {
    show("last_words", a->last_words[b], e->last_words[b]);
    for (int t = 0; t < TACET_TENSORS; t++) {
      printf(" boundary %d %s\n", b, names[t]);
      const tacet_traffic *x = &a->traffic[b][t], *y = &e->traffic[b][t];
      show("fills", x->fills, y->fills);
      show("parent_reads", x->parent_reads, y->parent_reads);
      show("drains", x->drains, y->drains);
      show("updates", x->updates, y->updates);
      show("partial_sum_reads", x->partial_sum_reads, y->partial_sum_reads);
      show("first_words", a->first_words[b][t], e->first_words[b][t]);
      show("footprint of parent", a->footprint[b][t], e->footprint[b][t]);
      show("footprint of child", a->footprint[b + 1][t],
           e->footprint[b + 1][t]);
    }
  }
}

static bool agrees(const random_case *c) {
  histogram analysis = {0}, executor = {0};
  tacet_activity a, e;
  tacet_error error;
  bool same = false;
  if (tacet_execute(&e, &c->nest, &c->accelerator, add_step, &executor,
                    &error) ||
      tacet_activity_totals(&a, &c->nest, &c->accelerator, &error) ||
      tacet_activity_classes(&c->nest, &c->accelerator, add_class, &analysis,
                             &error)) {
    printf("error: %s\n", error.message);
  } else {
    same = memcmp(&a, &e, sizeof a) == 0;
    if (!same) show_difference(&a, &e);
    if (!same_histogram(&analysis, &executor)) {
      printf("  classes differ: %d and %d kinds\n", analysis.count,
             executor.count);
      same = false;
    }
  }
  free(analysis.step);
  free(executor.step);
  if (!same) case_print(c);
  return same;
}

static void activity_equals_executor(void **state) {
  (void)state;
  uint64_t seed = environment_number("TACET_SEED", 20191012);
  uint64_t cases = environment_number("TACET_CASES", 2500);
  printf("seed %llu, %llu cases\n", (unsigned long long)seed,
         (unsigned long long)cases);
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < cases && wrong < 3; i++) {
    case_make(c, seed + i);
    if (!agrees(c)) wrong++;
  }
  free(c);
  printf("%llu cases, %llu wrong\n", (unsigned long long)cases,
         (unsigned long long)wrong);
  assert_int_equal(wrong, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(activity_equals_executor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
