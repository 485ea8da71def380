/* Follows every word from DRAM to the MACs that use it, through all levels, by
   explicit sets. */
#include "uses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/executor/executor_flags.h"
#include "../dense/executor/executor_moves.h"

typedef struct course {
  tacet_walk walk;
  tacet_flags flags;
  tacet_moves moves;
  int pes; /* boundary */
  /* of the last arrival of each element at each child; owned */
  tacet_state *arrived[TACET_MAX_STORAGE - 1][TACET_OUTPUT];
  int64_t elements[TACET_OUTPUT];
} course;

static void start(course *s, const masked_case *c) {
  tacet_error error;
  *s = (course){.elements = {0}};
  if (tacet_walk_make(&s->walk, &c->dense.nest, &error) ||
      tacet_flags_make(&s->flags, &s->walk, &c->features, &c->sparsity,
                       &error) ||
      tacet_moves_make(&s->moves, &s->walk, &error))
    abort();
  s->pes = s->moves.boundaries - 1;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    s->elements[t] = tacet_tensor_size(&c->dense.layer.tensor[t]);
    for (int b = 0; b <= s->pes; b++) {
      s->arrived[b][t] = calloc((size_t)(s->moves.children[b] * s->elements[t]),
                                sizeof(tacet_state));
      if (!s->arrived[b][t]) abort();
    }
  }
}

static void end(course *s) {
  for (int t = 0; t < TACET_OUTPUT; t++)
    for (int b = 0; b <= s->pes; b++) free(s->arrived[b][t]);
  tacet_moves_free(&s->moves);
  tacet_flags_free(&s->flags);
}

/* What became of the last arrival at a child of boundary b. */
static tacet_state arrived_at(const course *s, int b, int t, int64_t child,
                              int64_t element) {
  return s->arrived[b][t][child * s->elements[t] + element];
}

/* False if a child receives what its parent has not. */
static bool arrive(course *s, int b, int t, int64_t time) {
  const tacet_set *arriving = &s->moves.arriving;
  const int64_t each = s->moves.children[b] / s->moves.parents[b];
  bool right = true;
  for (int64_t child = 0; child < s->moves.children[b]; child++) {
    tacet_moves_child(&s->moves, b, t, child, time);
    for (int64_t i = 0; i < arriving->count; i++) {
      const int64_t element = arriving->member[i];
      const tacet_state state =
          tacet_flags_of_element(&s->flags, b, child, t, element);
      s->arrived[b][t][child * s->elements[t] + element] = state;
      if (b > 0 && arrived_at(s, b - 1, t, child / each, element) > state)
        right = false;
    }
  }
  return right;
}

static bool uses_what_it_has(const course *s, int64_t pe,
                             const int64_t *point) {
  const tacet_mac_states states = tacet_flags_of_mac(&s->flags, pe, point);
  for (int t = 0; t < TACET_OUTPUT; t++) {
    const int64_t element =
        tacet_tensor_element(&s->walk.nest->layer->tensor[t], point);
    if (element >= 0 && arrived_at(s, s->pes, t, pe, element) > states.mac)
      return false;
  }
  return true;
}

static bool judge_pe(const course *s, int64_t pe, int64_t time) {
  tacet_box box;
  int64_t point[TACET_MAX_DIMS];
  if (!tacet_walk_box(&s->walk, time, pe, &box)) return true;
  memcpy(point, box.start, sizeof point);
  do
    if (!uses_what_it_has(s, pe, point)) return false;
  while (tacet_box_next(&box, point));
  return true;
}

static bool judge_step(course *s, int64_t time) {
  bool right = true;
  tacet_flags_move(&s->flags, time);
  for (int b = 0; b <= s->pes; b++)
    for (int t = 0; t < TACET_OUTPUT; t++) right &= arrive(s, b, t, time);
  for (int64_t pe = 0; pe < s->walk.pes; pe++) right &= judge_pe(s, pe, time);
  return right;
}

static bool judge_course(const masked_case *c, bool tell) {
  course s;
  bool right = true;
  start(&s, c);
  for (int64_t time = 0; time < s.walk.times && right; time++) {
    if (!tacet_walk_is_step(&s.walk, time)) continue;
    right = judge_step(&s, time);
    if (!right && tell)
      printf("  at time %lld a word is used that was kept away\n",
             (long long)time);
  }
  end(&s);
  return right;
}

static bool judge_kept_course(const masked_case *c, bool tell) {
  masked_case *kept = malloc(sizeof *kept);
  if (!kept) abort();
  *kept = *c;
  case_keep(&kept->dense, &c->dense);
  const bool right = judge_course(kept, tell);
  if (!right && tell) puts("  by an L1 that keeps tiles");
  free(kept);
  return right;
}

bool judge_uses(const masked_case *c, bool tell) {
  return judge_course(c, tell) && judge_kept_course(c, tell);
}
