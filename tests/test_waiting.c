/* How long models expect PEs to wait for the busiest, against the mean of
   masks drawn from them, for every way of issuing and of waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "hand_sparse.h"

/* ---- random cases ------------------------------------------------------- */

static int64_t power_of_2(uint64_t *random, int low, int high) {
  return INT64_C(1) << random_between(random, low, high);
}

/* Layers in which nothing is padding and tiles come out even, so that it is
   waiting that is judged. */
static tacet_nest random_layer(uint64_t *random) {
  tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
  if (random_between(random, 0, 2) == 0)
    return gemm(power_of_2(random, 2, 5), power_of_2(random, 2, 5),
                power_of_2(random, 2, 6));
  shape.K = power_of_2(random, 1, 4);
  shape.C = power_of_2(random, 1, 4);
  shape.R = random_between(random, 1, 3);
  shape.S = random_between(random, 1, 3);
  shape.Y = power_of_2(random, 1, 3) + shape.R - 1;
  shape.X = power_of_2(random, 1, 3) + shape.S - 1;
  return nest_of(&shape);
}

/* Tiles each dimension once over PEs, at random, and once in time. */
static void random_loops(tacet_nest *nest, uint64_t *random) {
  int64_t left = 64; /* PEs */
  int spread = 0;
  for (int i = 0; i < nest->layer->dims; i++) {
    const int d = (i + (int)random_between(random, 0, 9)) % nest->layer->dims;
    const int64_t size = nest->layer->dim[d].size;
    int64_t units = 1;
    for (int k = 0; k < nest->loops; k++)
      if (nest->loop[k].dim == d) units = 0;
    if (units == 0 || size & (size - 1)) continue;
    const int64_t tile = power_of_2(random, 0, 3);
    if (tile >= size) continue;
    if (random_between(random, 0, 2) && spread < 2) {
      units = size / tile;
      while (units > left) units /= 2;
      left /= units;
      spread += units > 1;
    }
    add_loop(nest, nest->layer->dim[d].name, tile, size / tile, units);
  }
}

static tacet_issue random_issue(uint64_t *random) {
  tacet_issue issue = {.kind = TACET_ISSUE_SCALAR};
  const char *along[][2] = {{"C", "K"}, {"K", "N"}};
  switch (random_between(random, 0, 2)) {
  case 1:
    issue.kind = TACET_ISSUE_VECTOR;
    issue.width = power_of_2(random, 1, 3);
    const int which = (int)random_between(random, 0, 1);
    strcpy(issue.along[TACET_CONV], along[which][0]);
    strcpy(issue.along[TACET_GEMM], along[which][1]);
    break;
  case 2:
    issue.kind = TACET_ISSUE_OUTER;
    issue.weights = power_of_2(random, 0, 2);
    issue.inputs = power_of_2(random, 0, 2);
    issue.output_halos = random_between(random, 0, 1);
  }
  return issue;
}

static tacet_sync random_sync(uint64_t *random) {
  switch (random_between(random, 0, 3)) {
  case 0: return (tacet_sync){TACET_SYNC_END, 0};
  case 1: return (tacet_sync){TACET_SYNC_WINDOW, power_of_2(random, 1, 4)};
  case 2: return (tacet_sync){TACET_SYNC_QUEUE, power_of_2(random, 1, 4)};
  }
  return (tacet_sync){TACET_SYNC_STEP, 0};
}

static int64_t step_count(const tacet_nest *nest) {
  int64_t steps = 1;
  for (int i = 0; i < nest->loops; i++) steps *= nest->loop[i].folds;
  return steps;
}

static int64_t unit_count(const tacet_nest *nest) {
  int64_t units = 1;
  for (int i = 0; i < nest->loops; i++) units *= nest->loop[i].units;
  return units;
}

/* Models take elements to be independent; masks share out what there is. */
static bool has_few_nonzeros(const tacet_nest *nest, const double density[2]) {
  for (int t = 0; t < TACET_OUTPUT; t++)
    if ((double)tacet_tensor_size(&nest->layer->tensor[t]) * density[t] < 24)
      return true;
  return false;
}

/* Skips both operands, or one. */
static void random_case_of(hand *h, double density[2], uint64_t seed) {
  uint64_t random = seed;
  tacet_nest nest;
  do {
    nest = random_layer(&random);
    random_loops(&nest, &random);
    for (int t = 0; t < TACET_OUTPUT; t++)
      density[t] = (double)random_between(&random, 1, 7) / 8;
  } while (unit_count(&nest) == 1 || step_count(&nest) > 256 ||
           has_few_nonzeros(&nest, density));
  begin(h, &nest);
  h->accelerator.issue = random_issue(&random);
  h->accelerator.sync = random_sync(&random);
  h->accelerator.l1_bandwidth = 0;
  const int64_t skipped = random_between(&random, 0, 3);
  for (int t = 0; t < TACET_OUTPUT; t++)
    if (skipped != t + 1) add_rule(h, AT_L1, true, t, t == 0, t == 1);
}

/* ---- reading ------------------------------------------------------------ */

static double busiest(hand *h) {
  tacet_error error;
  if (tacet_read_sparse(&h->counts, &h->timeline, &h->nest, &h->accelerator,
                        &h->features, &h->sparsity, &error))
    fail_msg("%s", error.message);
  return h->counts.busiest;
}

static void draw(hand *h, const double density[2], uint64_t seed) {
  for (int t = 0; t < TACET_OUTPUT; t++) {
    const tacet_tensor *tensor = &h->nest.layer->tensor[t];
    const tacet_pattern even = tacet_pattern_uniform(tensor, density[t]);
    tacet_error error;
    tacet_mask_free(&h->mask[t]);
    assert_int_equal(tacet_pattern_mask(&h->mask[t], &even, tensor,
                                        2 * seed + (uint64_t)t, &error),
                     TACET_OK);
    h->sparsity.tensor[t].mask = &h->mask[t];
  }
}

typedef struct drawn {
  double mean, error; /* of the mean */
} drawn;

enum { MASKS = 40 };

static drawn mean_of_masks(hand *h, const double density[2], uint64_t seed) {
  double sum = 0, squares = 0;
  for (uint64_t i = 0; i < MASKS; i++) {
    draw(h, density, seed * MASKS + i);
    const double slots = busiest(h);
    sum += slots;
    squares += slots * slots;
  }
  const double mean = sum / MASKS;
  return (drawn){mean, sqrt(fmax(0, squares / MASKS - mean * mean) / MASKS)};
}

/* ---- judging ------------------------------------------------------------ */

static const double MOST = 0.2; /* that an expectation is off by, and 4 standard
                                   errors of the masks' mean */

typedef struct tally {
  double cases, bias, off, worst;
} tally;

static void add_to(tally *t, double off) {
  t->cases++;
  t->bias += off;
  t->off += fabs(off);
  t->worst = fmax(t->worst, fabs(off));
}

static const char *const issues[] = {"scalar", "vector", "outer"};
static const char *const syncs[] = {"step", "window", "queue", "end"};

static void show(const char *issue, const char *sync, const tally *t) {
  printf("%-7s %-7s %4.0f cases: bias %+5.2f %%, off by %4.2f %%, at most by "
         "%4.1f %%\n",
         issue, sync, t->cases, 100 * t->bias / t->cases,
         100 * t->off / t->cases, 100 * t->worst);
}

static int sync_index(const hand *h) {
  switch (h->accelerator.sync.kind) {
  case TACET_SYNC_STEP: return 0;
  case TACET_SYNC_WINDOW: return 1;
  case TACET_SYNC_QUEUE: return 2;
  case TACET_SYNC_END: break;
  }
  return 3;
}

static int issue_index(const hand *h) {
  return h->accelerator.issue.kind == TACET_ISSUE_SCALAR   ? 0
         : h->accelerator.issue.kind == TACET_ISSUE_VECTOR ? 1
                                                           : 2;
}

static void fail_case(const hand *h, uint64_t seed, const double density[2],
                      double expected, const drawn *masks) {
  const tacet_layer *layer = h->nest.layer;
  for (int d = 0; d < layer->dims; d++)
    printf("%s %lld ", layer->dim[d].name, (long long)layer->dim[d].size);
  for (int i = 0; i < h->nest.loops; i++) {
    const tacet_loop *loop = &h->nest.loop[i];
    printf("\n  %s by %lld over %lld", layer->dim[loop->dim].name,
           (long long)loop->size, (long long)loop->units);
  }
  fail_msg("TACET_SEED=%llu TACET_CASES=1: %s, %s, densities %g and %g: %g "
           "expected, %g +- %g drawn",
           (unsigned long long)seed, issues[issue_index(h)],
           syncs[sync_index(h)], density[0], density[1], expected, masks->mean,
           masks->error);
}

/* Of one case there is no telling. */
static void judge_all(const char *issue, const char *sync, const tally *t) {
  if (t->cases == 0) return;
  show(issue, sync, t);
  if (t->cases < 8) return;
  assert_true(fabs(t->bias) <= 0.04 * t->cases);
  assert_true(t->off <= 0.06 * t->cases);
}

static void waiting_by_masks(void **state) {
  (void)state;
  const uint64_t seed = environment_number("TACET_SEED", 1);
  const uint64_t cases = environment_number("TACET_CASES", 150);
  tally all[3][4] = {{{0}}};
  printf("seed %llu, %llu cases\n", (unsigned long long)seed,
         (unsigned long long)cases);
  for (uint64_t i = 0; i < cases; i++) {
    hand h;
    double density[2];
    random_case_of(&h, density, seed + i);
    for (int t = 0; t < TACET_OUTPUT; t++)
      h.sparsity.tensor[t].density = density[t];
    const double expected = busiest(&h);
    const drawn masks = mean_of_masks(&h, density, seed + i);
    const double off = expected / masks.mean - 1;
    add_to(&all[issue_index(&h)][sync_index(&h)], off);
    if (fabs(expected - masks.mean) > 4 * masks.error + MOST * masks.mean)
      fail_case(&h, seed + i, density, expected, &masks);
    end(&h);
  }
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 4; k++) judge_all(issues[i], syncs[k], &all[i][k]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(waiting_by_masks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
