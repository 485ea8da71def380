/* The choice of each level's positions against trying every one, on random
   small layers; and what is said when a buffer is too small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/dense.h"
#include "cases.h"
#include "hand_nests.h"

/* ---- every choice ------------------------------------------------------- */

typedef struct choice {
  int64_t words; /* from and to the parent */
  int64_t need_bits;
  int position[TACET_TENSORS];
} choice;

/* Whether the tile at a position of L1 ever changes. */
static bool changes(const tacet_nest *nest, int slot, int position) {
  for (int i = 0; i < position; i++)
    if (nest->loop[i].folds > 1 &&
        tacet_has_dim(&nest->layer->tensor[slot], nest->loop[i].dim))
      return true;
  return false;
}

/* One tensor at one position. */
typedef struct part {
  int64_t words;
  int64_t need_bits;
} part;

static part part_of(const tacet_activity *activity, const tacet_nest *nest,
                    const tacet_accelerator *accelerator, int storage, int t) {
  int b = storage - 1;
  const tacet_traffic *traffic = &activity->traffic[b][t];
  bool moves = t == TACET_OUTPUT
                   ? traffic->updates > activity->last_words[b]
                   : traffic->parent_reads > activity->first_words[b][t];
  if (storage == nest->storages - 1)
    moves = changes(nest, t, nest->position[storage][t]);
  const tacet_storage *buffer = &accelerator->storage[storage];
  int64_t copies =
      buffer->double_buffered && !buffer->single[t] && moves ? 2 : 1;
  return (part){traffic->parent_reads + traffic->updates,
                activity->footprint[storage][t] * copies *
                    accelerator->width_bits[t]};
}

/* What every position costs, from the totals with all tensors there. */
static void try_positions(part at[TACET_MAX_LOOPS + 1][TACET_TENSORS],
                          const tacet_nest *nest,
                          const tacet_accelerator *accelerator, int storage) {
  tacet_nest trial = *nest;
  tacet_activity activity;
  tacet_error error;
  for (int p = 0; p <= nest->loops; p++) {
    for (int t = 0; t < TACET_TENSORS; t++) trial.position[storage][t] = p;
    assert_int_equal(
        tacet_activity_totals(&activity, &trial, accelerator, &error),
        TACET_OK);
    for (int t = 0; t < TACET_TENSORS; t++)
      at[p][t] = part_of(&activity, &trial, accelerator, storage, t);
  }
}

static bool is_better(const choice *a, const choice *b) {
  if (a->words != b->words) return a->words < b->words;
  return a->need_bits < b->need_bits;
}

/* Tries the positions from the outermost to the next level's in tensor order,
   so that of equal choices the first stays. False if none fits. */
static bool best_choice(choice *best, const tacet_nest *nest,
                        const tacet_accelerator *accelerator, int storage) {
  const int steps[TACET_TENSORS] = {nest->loops, nest->loops, nest->loops};
  const int *most =
      storage == nest->storages - 1 ? steps : nest->position[storage + 1];
  part at[TACET_MAX_LOOPS + 1][TACET_TENSORS];
  bool found = false;
  try_positions(at, nest, accelerator, storage);
  for (int w = 0; w <= most[TACET_WEIGHT]; w++) {
    for (int i = 0; i <= most[TACET_INPUT]; i++) {
      for (int o = 0; o <= most[TACET_OUTPUT]; o++) {
        choice c = {at[w][TACET_WEIGHT].words + at[i][TACET_INPUT].words +
                        at[o][TACET_OUTPUT].words,
                    at[w][TACET_WEIGHT].need_bits +
                        at[i][TACET_INPUT].need_bits +
                        at[o][TACET_OUTPUT].need_bits,
                    {w, i, o}};
        if (c.need_bits > accelerator->storage[storage].size_bits) continue;
        if (found && !is_better(&c, best)) continue;
        *best = c;
        found = true;
      }
    }
  }
  return found;
}

/* ---- random cases ------------------------------------------------------- */

static void show_level(const tacet_nest *nest, int storage,
                       const choice *best) {
  const int *position = nest->position[storage];
  printf(
      "  storage %d: positions %d %d %d, expected %d %d %d, %lld words, need "
      "%lld\n",
      storage, position[0], position[1], position[2], best->position[0],
      best->position[1], best->position[2], (long long)best->words,
      (long long)best->need_bits);
}

/* The inner levels choose first. */
static bool agrees(random_case *c) {
  choice best;
  tacet_error error = {0};
  tacet_nest nest = c->nest, chosen = c->nest;
  tacet_status status = tacet_place_tiles(&nest, &c->accelerator, &error);
  const int l1 = nest.storages - 1;
  const int inmost = c->accelerator.storage[l1].keeps ? l1 : l1 - 1;
  for (int s = inmost; s > 0; s--) {
    if (!best_choice(&best, &chosen, &c->accelerator, s)) {
      if (status == TACET_INFEASIBLE &&
          strstr(error.message, c->accelerator.storage[s].name))
        return true;
      printf("  storage %d has no choice, status %d\n", s, status);
      return false;
    }
    memcpy(chosen.position[s], best.position, sizeof best.position);
    if (status) continue;
    if (memcmp(nest.position[s], best.position, sizeof best.position) == 0 &&
        tacet_need_bits(&nest, &c->accelerator, s) == best.need_bits)
      continue;
    show_level(&nest, s, &best);
    return false;
  }
  return status == TACET_OK;
}

/* Buffers of several sizes, from what the case has down. */
static bool best_of_all(random_case *c) {
  for (int s = 1; s < c->nest.storages - 1; s++)
    c->accelerator.storage[s].size_bits /= 1 + (int64_t)(c->seed % 8);
  return agrees(c);
}

static bool best_in_l1(random_case *c) {
  const int l1 = c->nest.storages - 1;
  c->accelerator.storage[l1].size_bits = 8 * (8 + (int64_t)(c->seed % 500));
  c->accelerator.storage[l1].keeps = true;
  c->nest.contiguous[l1] = false;
  return best_of_all(c);
}

static void choice_is_the_best_of_all(void **state) {
  (void)state;
  assert_int_equal(cases_that_fail(20190613, 5000, best_of_all), 0);
}

static void l1_keeps_the_best_of_all(void **state) {
  (void)state;
  assert_int_equal(cases_that_fail(20190613, 500, best_in_l1), 0);
}

/* ---- what does not fit -------------------------------------------------- */

/* Z[8,6] = A[8,4].B[4,6], one element of each in a PE. */
static tacet_nest small_nest(void) {
  tacet_nest nest = gemm(8, 6, 4);
  temporal(&nest, "M", 1, 8);
  spatial(&nest, "N", 1, 6, 6);
  temporal(&nest, "K", 1, 4);
  return nest;
}

static tacet_accelerator small_accelerator(int64_t l2_bits, int64_t l1_bits) {
  tacet_accelerator a = {.storages = 3,
                         .width_bits = {8, 8, 16},
                         .storage = {{.name = "dram"},
                                     {.name = "l2", .size_bits = l2_bits},
                                     {.name = "l1", .size_bits = l1_bits}},
                         .link = {{.multicast = true, .reduction = true},
                                  {.multicast = true, .reduction = true}}};
  return a;
}

static void expect_refusal(tacet_accelerator accelerator, const char *message,
                           const char *hint) {
  tacet_nest nest = small_nest();
  tacet_error error;
  assert_int_equal(tacet_place_tiles(&nest, &accelerator, &error),
                   TACET_INFEASIBLE);
  assert_string_equal(error.message, message);
  assert_string_equal(error.hint, hint);
}

static void refusals_name_the_buffer(void **state) {
  (void)state;
  expect_refusal(small_accelerator(1 << 20, 31),
                 "l1 is too small: the tiles of one step of a PE "
                 "need 4.0 B, it has 3.9 B",
                 "map smaller tiles, or give l1 0.1 B more");
  /* six weights, one input, six outputs of two bytes */
  expect_refusal(small_accelerator(8 * 12, 32),
                 "l2 is too small: the tiles of one step of all "
                 "PEs need 19.0 B, it has 12.0 B",
                 "map smaller tiles, or give l2 7.0 B more");
}

static void a_buffer_may_be_full(void **state) {
  (void)state;
  tacet_nest nest = small_nest();
  tacet_accelerator accelerator = small_accelerator(8 * 19, 32);
  tacet_error error;
  assert_int_equal(tacet_place_tiles(&nest, &accelerator, &error), TACET_OK);
  assert_int_equal(tacet_need_bits(&nest, &accelerator, 1), 8 * 19);
  assert_int_equal(tacet_need_bits(&nest, &accelerator, 2), 32);
  accelerator.storage[2].double_buffered = true;
  assert_int_equal(tacet_need_bits(&nest, &accelerator, 2), 64);
}

/* A tile that never moves is held once, also in a double buffer. */
static void still_tiles_are_held_once(void **state) {
  (void)state;
  tacet_nest nest = gemm(8, 6, 4);
  temporal(&nest, "M", 1, 8);
  tacet_accelerator accelerator = small_accelerator(1 << 20, 1 << 20);
  accelerator.storage[2].double_buffered = true;
  assert_int_equal(tacet_need_bits(&nest, &accelerator, 2),
                   8 * 24 + 2 * 8 * 4 + 2 * 16 * 6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(choice_is_the_best_of_all),
      cmocka_unit_test(l1_keeps_the_best_of_all),
      cmocka_unit_test(refusals_name_the_buffer),
      cmocka_unit_test(a_buffer_may_be_full),
      cmocka_unit_test(still_tiles_are_held_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
