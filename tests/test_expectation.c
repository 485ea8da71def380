/* Greatest and ceilings of normal variables against sums over fine grids, and
   steps whose parts are expectations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "../dense/dense.h"
#include "../dense/cost/expectation.h"

static void assert_near(double found, double expected, double most) {
  if (fabs(found - expected) > most)
    fail_msg("%.12g, not %.12g", found, expected);
}

static double density(double z) {
  return exp(-z * z / 2) / 2.5066282746310002;
}

/* Over pairs of standard normals, 0.05 apart. */
static tacet_normal greatest_of_grid(tacet_normal a, tacet_normal b,
                                     double covariance) {
  const double da = sqrt(a.variance);
  const double shared = da > 0 ? covariance / da : 0;
  const double own = sqrt(fmax(0, b.variance - shared * shared));
  double mean = 0, squares = 0;
  for (double z = -8; z < 8.01; z += 0.05)
    for (double y = -8; y < 8.01; y += 0.05) {
      const double chance = density(z) * density(y) * 0.05 * 0.05;
      const double x = fmax(a.mean + da * z, b.mean + shared * z + own * y);
      mean += chance * x;
      squares += chance * x * x;
    }
  return (tacet_normal){mean, squares - mean * mean};
}

static void greatest_of_two(void **state) {
  (void)state;
  const tacet_normal a = {7, 16};
  for (double mean = -3; mean < 20; mean += 2.5)
    for (double variance = 0; variance < 20; variance += 9)
      for (double c = -0.9; c < 1; c += 0.45) {
        const tacet_normal b = {mean, variance};
        const double covariance = c * sqrt(a.variance * variance);
        const tacet_normal told = tacet_greatest(a, b, covariance);
        const tacet_normal summed = greatest_of_grid(a, b, covariance);
        assert_near(told.mean, summed.mean, 2e-3);
        assert_near(told.variance, summed.variance, 2e-2);
      }
}

static void greatest_of_certain_ones(void **state) {
  (void)state;
  const tacet_normal a = {7, 0}, b = {7.5, 0}, c = {1, 3}, d = {2, 3};
  assert_true(tacet_greatest(a, b, 0).mean == 7.5);
  assert_true(tacet_greatest(b, a, 0).mean == 7.5);
  assert_true(tacet_greatest(c, d, 3).mean == 2); /* they move together */
}

/* A way in of 4 words of 8 bits a cycle, out at once. */
static tacet_accelerator four_words_a_cycle(void) {
  tacet_accelerator a = {.storages = 3, .lanes = 1, .word_bits = 8};
  a.storage[2].double_buffered = true;
  a.link[1].bandwidth = 4;
  a.link[1].latency = 1;
  return a;
}

/* Compute of 0 or 16 slots, as a coin falls: beside 8 cycles out (28 words and
   a cycle of latency) that is 8 or 16, which a normal variable is near. Then in
   one buffer, where one comes after the other. */
static void steps_are_expectations(void **state) {
  (void)state;
  tacet_accelerator a = four_words_a_cycle();
  tacet_work work = {.occurrences = 2,
                     .slots = 8,
                     .variance = 64,
                     .most = 16,
                     .bits_out = 28 * 8};
  tacet_timeline t = {0};
  tacet_timeline_add(&t, &work, &a);
  assert_true(t.compute == 2 * 8 && t.out == 2 * 8);
  assert_near(t.steps, 2 * (8 + 8 * density(0)), 1e-9);
  a.lanes = 2; /* never longer than the way out */
  t = (tacet_timeline){0};
  tacet_timeline_add(&t, &work, &a);
  assert_true(t.steps == 2 * 8);
  a.lanes = 1;
  a.storage[2].double_buffered = false;
  t = (tacet_timeline){0};
  tacet_timeline_add(&t, &work, &a);
  assert_true(t.steps == 2 * (8 + 8));
}

/* What comes in with each slot leaves nothing to the maximum. */
static void transfers_move_with_compute(void **state) {
  (void)state;
  tacet_accelerator a = four_words_a_cycle();
  a.link[1].latency = 0;
  tacet_work work = {.occurrences = 1,
                     .slots = 100,
                     .variance = 100,
                     .most = 1000,
                     .bits_in = {100 * 32},
                     .in_variance = {100 * 32 * 32},
                     .in_most = {1000 * 32},
                     .in_with_slots = {100 * 32}};
  tacet_timeline t = {0};
  tacet_timeline_add(&t, &work, &a);
  /* a ceiling adds half a cycle, and 1 / 32 of it less */
  assert_near(t.in, 100 + 31. / 64, 1e-6);
  assert_near(t.steps, t.in, 1e-6);
  work.in_with_slots[0] = 0;
  t = (tacet_timeline){0};
  tacet_timeline_add(&t, &work, &a);
  const double apart = sqrt(200), ahead = t.in - 100;
  assert_near(t.steps, 100 + ahead / 2 + apart * density(0),
              0.01); /* to first order in ahead */
}

/* Of `parts`, each there or not, 11 bits; and a latency if any is. */
static void ceilings_of_transfers(void **state) {
  (void)state;
  tacet_accelerator a = four_words_a_cycle();
  for (int parts = 2; parts < 200; parts = 2 * parts + 1)
    for (double share = 0.1; share < 1; share += 0.2) {
      double chance = pow(1 - share, parts), cycles = 0;
      for (int k = 0; k <= parts; k++) {
        cycles += chance * ((k > 0) + ceil(11. * k / 32));
        chance *= (parts - k) * share / ((k + 1) * (1 - share));
      }
      const tacet_work work = {
          .occurrences = 1,
          .bits_in = {11 * parts * share},
          .in_variance = {121 * parts * share * (1 - share)},
          .in_most = {11 * parts}};
      tacet_timeline t = {0};
      tacet_timeline_add(&t, &work, &a);
      assert_near(t.in, cycles, 0.25);
    }
}

/* Half of the time 0, else any of 1 to 40 widths, each as likely. */
static void ceilings_of_what_may_not_come(void **state) {
  (void)state;
  for (int width = 2; width < 200; width = 3 * width + 1) {
    double mean = 0, squares = 0, ceilings = 0;
    const double chance = 0.5 / (40 * width);
    for (int x = 1; x <= 40 * width; x++) {
      mean += chance * x;
      squares += chance * x * x;
      ceilings += chance * ceil((double)x / width);
    }
    const tacet_normal x = {mean, squares - mean * mean};
    const tacet_limit limit = {0, 1, width};
    assert_near(tacet_greatest_ceil(&limit, 1, x, 40 * width), ceilings, 0.03);
  }
}

/* What a PE does in a step in which so many MACs are left: each makes 4 L1
   accesses and has 3 candidates examined, those that are not make and have
   1. */
static tacet_work work_of(double macs, double all) {
  return (tacet_work){.slots = macs,
                      .l1_accesses = all + 3 * macs,
                      .sums = macs,
                      .examined = all + 2 * macs,
                      .most = all,
                      .most_accesses = 4 * all,
                      .most_sums = all,
                      .most_examined = 3 * all};
}

/* Over all numbers of MACs that can be left of `all`. */
static double mean_cycles(const tacet_accelerator *a, int all, double share) {
  double chance = pow(1 - share, all), cycles = 0;
  for (int k = 0; k <= all; k++) {
    const tacet_work work = work_of(k, all);
    cycles += chance * tacet_compute_cycles(a, &work);
    chance *= (all - k) * share / ((k + 1) * (1 - share));
  }
  return cycles;
}

/* MACs are left or not, each by chance: what is slowest is rounded up, and only
   then comes the mean. */
static void ceilings_of_compute(void **state) {
  (void)state;
  for (int all = 2; all < 400; all = 3 * all / 2 + 1)
    for (int tenths = 1; tenths < 10; tenths++)
      for (int kind = 0; kind < 64; kind++) {
        const double share = tenths / 10.;
        tacet_accelerator a = {.lanes = 1 + kind % 2 * 2,
                               .l1_bandwidth = kind / 2 % 4 * 2,
                               .sums_bandwidth = kind / 8 % 2 * 3};
        a.intersection.examined = (tacet_examined)(kind / 16 % 2);
        a.intersection.width = 5 + kind / 32;
        tacet_work work = work_of(share * all, all);
        work.variance = all * share * (1 - share);
        assert_near(tacet_compute_cycles(&a, &work),
                    mean_cycles(&a, all, share), 0.2);
      }
}

/* However much more it could be: all bits, or none, may be certain. */
static void certain_transfers_take_their_time(void **state) {
  (void)state;
  tacet_accelerator a = four_words_a_cycle();
  const tacet_work work = {.occurrences = 1,
                           .bits_in = {40 * 8},
                           .in_most = {80 * 8},
                           .out_most = 80 * 8};
  tacet_timeline t = {0};
  tacet_timeline_add(&t, &work, &a);
  assert_true(t.in == 1 + 10 && t.out == 0);
  assert_true(t.steps == t.in);
}

/* A quarter of the time there is one, or five instead of four. */
static void ceilings_of_means(void **state) {
  (void)state;
  const tacet_normal none = {0, 0};
  const tacet_limit rarely[] = {{0.25, 1, 1}, {0.25, 1, 4}, {4.25, 1, 4}};
  assert_near(tacet_greatest_ceil(&rarely[0], 1, none, 8), 0.25, 1e-9);
  assert_near(tacet_greatest_ceil(&rarely[1], 1, none, 8), 0.25, 1e-9);
  assert_near(tacet_greatest_ceil(&rarely[2], 1, none, 8), 1.25, 1e-9);
  assert_near(tacet_greatest_ceil(rarely, 3, none, 8), 1.25, 1e-9);
  /* 0 or 1, as likely: a mean of 0.25 or 2.75, rounded up on its own */
  const tacet_limit steep = {0.25, 2.5, 1};
  assert_near(tacet_greatest_ceil(&steep, 1, (tacet_normal){0.5, 0.25}, 1), 1.5,
              1e-9);
}

/* 3 of 9 with 1 of 4, then 2 with each; 1 of 9 with 2 of 4, which is half of
   one with each so far, and what is there already does not grow. */
static void amounts_grow_in_a_straight_line(void **state) {
  (void)state;
  assert_near(tacet_growth(3, 9, 1, 4), 2, 1e-12);
  assert_near(tacet_growth(1, 9, 2, 4), 0.5, 1e-12);
  assert_true(tacet_growth(9, 9, 1, 4) == 0);
  assert_true(tacet_growth(1, 9, 4, 4) == 0);
}

/* Slots that are nearly all there do not make a cycle a thousand. */
static void cycles_of_nearly_all_slots(void **state) {
  (void)state;
  const tacet_accelerator a = {.lanes = 1, .l1_bandwidth = 1};
  const tacet_work work = {.slots = 3.996,
                           .variance = 0.004,
                           .most = 4,
                           .l1_accesses = 4,
                           .most_accesses = 12};
  tacet_span span;
  tacet_compute_span(&span, &a, &work);
  assert_near(span.cycles, 4, 0.01);
  assert_true(span.variance < 0.01);
}

/* A PE waits for what it works on: its 5 cycles and those of the transfer, of
   variance 1 each, move as one, of variance 4. Beside them 10 cycles are sure.
   The larger of both is 2 / sqrt(2 pi) above. */
static void waiting_moves_with_compute(void **state) {
  (void)state;
  const tacet_span five = {5, 1, 1, 100}, ten = {10, 0, 0, 10};
  const tacet_ways ways = {.in = five, .alone_in = five, .out = ten};
  assert_near(tacet_step_cycles(&five, &ways), 10.79788, 1e-5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(greatest_of_two),
      cmocka_unit_test(greatest_of_certain_ones),
      cmocka_unit_test(steps_are_expectations),
      cmocka_unit_test(transfers_move_with_compute),
      cmocka_unit_test(ceilings_of_transfers),
      cmocka_unit_test(ceilings_of_what_may_not_come),
      cmocka_unit_test(ceilings_of_compute),
      cmocka_unit_test(certain_transfers_take_their_time),
      cmocka_unit_test(ceilings_of_means),
      cmocka_unit_test(amounts_grow_in_a_straight_line),
      cmocka_unit_test(cycles_of_nearly_all_slots),
      cmocka_unit_test(waiting_moves_with_compute),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
