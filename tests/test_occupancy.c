/* The uniform model against products of fractions; the busiest PE against
   closed forms where they exist, and against simulation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "../sparse/expected/order.h"
#include "cases.h"

static void assert_near(double value, double expected, double relative) {
  if (fabs(value - expected) > relative * fabs(expected))
    printf("%.12g instead of %.12g\n", value, expected);
  assert_true(fabs(value - expected) <= relative * fabs(expected));
}

/* ---- the uniform model -------------------------------------------------- */

static void densities_to_the_nearest(void **state) {
  (void)state;
  assert_int_equal(tacet_uniform_make(10, 0.24).nonzeros, 2);
  assert_int_equal(tacet_uniform_make(10, 0.26).nonzeros, 3);
  assert_int_equal(tacet_uniform_make(7, 1).nonzeros, 7);
  assert_int_equal(tacet_uniform_make(7, 0).nonzeros, 0);
  assert_true(tacet_uniform_density((tacet_uniform){8, 3}) == 0.375);
  assert_true(tacet_uniform_density((tacet_uniform){0, 0}) == 0);
}

/* One element of the box after the other finds a zero. */
static double empty_by_elements(tacet_uniform model, int64_t box) {
  double chance = 1;
  for (int64_t i = 0; i < box; i++)
    chance *= (double)(model.elements - model.nonzeros - i) /
              (double)(model.elements - i);
  return chance;
}

static void empty_boxes_by_elements(void **state) {
  (void)state;
  for (int64_t elements = 1; elements <= 12; elements++)
    for (int64_t nonzeros = 0; nonzeros <= elements; nonzeros++)
      for (int64_t box = 0; box <= elements; box++) {
        const tacet_uniform model = {elements, nonzeros};
        const double expected =
            box > elements - nonzeros ? 0 : empty_by_elements(model, box);
        assert_near(tacet_uniform_empty(model, box), expected, 1e-13);
      }
  const tacet_uniform layer = {1000000, 3000};
  for (int64_t box = 1; box <= 20000; box += box / 7 + 1)
    assert_near(tacet_uniform_empty(layer, box), empty_by_elements(layer, box),
                1e-11);
}

static void empty_boxes_at_the_ends(void **state) {
  (void)state;
  const int64_t huge = INT64_C(1) << 40;
  assert_true(tacet_uniform_empty((tacet_uniform){huge, 0}, huge) == 1);
  assert_true(tacet_uniform_empty((tacet_uniform){huge, huge}, 1) == 0);
  assert_true(tacet_uniform_empty((tacet_uniform){huge, huge}, 0) == 1);
  assert_true(tacet_uniform_empty((tacet_uniform){huge, 1}, huge) == 0);
  assert_true(tacet_uniform_empty((tacet_uniform){huge, huge / 2}, 1) == 0.5);
  assert_true(tacet_uniform_empty((tacet_uniform){huge, 2}, huge / 2) <= 0.25);
}

/* ---- the busiest PE, exactly -------------------------------------------- */

static double box_of(const tacet_step_work *w) {
  return w->shared * w->weights * w->inputs;
}

static double mean_of(const tacet_step_work *w) {
  return box_of(w) * w->weight_density * w->input_density;
}

static void dense_is_the_box(void **state) {
  (void)state;
  assert_true(tacet_expected_busiest(&(tacet_step_work){
                  9, 2, 3, 4, 5, 6, 1, 1, 0, 0, 1, 1, {0}, {0}}) == 54);
  assert_true(tacet_expected_busiest(&(tacet_step_work){
                  1000, 64, 64, 1, 1, 1, 1, 1, 0, 0, 1, 1, {0}, {0}}) ==
              4096000);
}

static void nothing_is_nothing(void **state) {
  (void)state;
  assert_true(tacet_expected_busiest(&(tacet_step_work){
                  9, 2, 3, 4, 5, 6, 0, 1, 0, 0, 1, 1, {0}, {0}}) == 0);
  assert_true(tacet_expected_busiest(&(tacet_step_work){
                  9, 2, 3, 4, 5, 6, 0.5, 0, 0, 0, 1, 1, {0}, {0}}) == 0);
}

static void one_pe_is_the_mean(void **state) {
  (void)state;
  const tacet_step_work work = {9,   2, 3, 1, 1, 1,   0.3,
                                0.4, 0, 0, 1, 1, {0}, {0}};
  assert_near(tacet_expected_busiest(&work), 54 * 0.3 * 0.4, 1e-15);
}

/* One MAC a PE: the busiest does it unless every row or every column of each
   block has a zero. */
static void one_mac_a_pe(void **state) {
  (void)state;
  for (int units = 1; units <= 16; units *= 2)
    for (double density = 0.05; density < 1; density += 0.1) {
      const double rows = pow(1 - density, units), columns = pow(0.4, 5);
      const double block = rows + columns - rows * columns;
      const tacet_step_work work = {1,   1, 1, 3, units, 5,   density,
                                    0.6, 0, 0, 1, 1,     {0}, {0}};
      assert_near(tacet_expected_busiest(&work), 1 - pow(block, 3), 1e-5);
    }
}

static double binomial(int n, int k, double p) {
  return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) +
             (n - k) * log(1 - p));
}

/* Expected highest of `draws` binomial counts, by definition. */
static double highest_binomial(int n, double p, double draws) {
  double at_most = 0, sum = 0;
  for (int k = 0; k < n; k++) {
    at_most += binomial(n, k, p);
    sum += 1 - pow(at_most, draws);
  }
  return sum;
}

/* Summed where counts are few or draws many, expanded elsewhere. */
static void highest_of_counts(void **state) {
  (void)state;
  for (int n = 1; n < 2000; n = n + n / 3 + 1)
    for (double p = 0.02; p < 1; p += 0.096)
      for (double draws = 1.1; draws < 1e6; draws *= 3.7)
        assert_near(tacet_highest_binomial(n, p, log(draws)),
                    highest_binomial(n, p, draws), 1.5e-3);
}

/* Work is the inputs' total times what the weights make of each. */
static void one_dense_operand(void **state) {
  (void)state;
  for (int shared = 1; shared <= 1000; shared = 3 * shared + 1)
    for (double density = 0.1; density < 1; density += 0.2) {
      const tacet_step_work work = {shared,  3, 2, 4, 5, 6,   1,
                                    density, 0, 0, 1, 1, {0}, {0}};
      assert_near(tacet_expected_busiest(&work),
                  3 * highest_binomial(2 * shared, density, 4 * 6), 2e-3);
    }
}

/* With one shared index, work is the product of two independent totals. */
static void one_shared_index(void **state) {
  (void)state;
  for (int inputs = 1; inputs <= 64; inputs *= 2)
    for (double density = 0.1; density < 1; density += 0.2) {
      const tacet_step_work work = {1,    4, inputs, 1, 8, 14,  density,
                                    0.45, 0, 0,      1, 1, {0}, {0}};
      assert_near(tacet_expected_busiest(&work),
                  highest_binomial(4, density, 8) *
                      highest_binomial(inputs, 0.45, 14),
                  2e-3);
    }
}

/* PEs that share all their weights, one an index: given how many of those are
   not zero, the work of each is binomial. */
static double sharing_weights(int shared, int inputs, double weight_density,
                              double input_density, int units) {
  double sum = 0;
  for (int k = 0; k <= shared; k++)
    sum += binomial(shared, k, weight_density) *
           highest_binomial(k * inputs, input_density, units);
  return sum;
}

static void one_value_an_index(void **state) {
  (void)state;
  for (int shared = 1; shared <= 16; shared++) {
    const tacet_step_work apart = {shared, 1, 1, 64, 1, 1,   0.3,
                                   0.4,    0, 0, 1,  1, {0}, {0}};
    const tacet_step_work together = {shared, 1, 1, 1, 1, 16,  0.4,
                                      0.3,    0, 0, 1, 1, {0}, {0}};
    assert_near(tacet_expected_busiest(&apart),
                highest_binomial(shared, 0.12, 64), 1e-4);
    assert_near(tacet_expected_busiest(&together),
                sharing_weights(shared, 1, 0.4, 0.3, 16), 1e-4);
  }
}

/* Too many inputs to list, and so few weights that they are far from normal. */
static void few_weights_of_many_inputs(void **state) {
  (void)state;
  for (int shared = 2; shared <= 9; shared++)
    for (double density = 0.05; density < 1; density += 0.15) {
      const tacet_step_work work = {shared, 1, 200, 1, 1, 14,  density,
                                    0.3,    0, 0,   1, 1, {0}, {0}};
      assert_near(tacet_expected_busiest(&work),
                  sharing_weights(shared, 200, density, 0.3, 14), 0.01);
    }
}

/* ---- simulation --------------------------------------------------------- */

enum { MAX_DRAWN = 4096, DRAWS = 2000 };

/* How many of `values` are not zero. */
static int draw_nonzeros(int64_t values, double density, uint64_t *random) {
  int nonzeros = 0;
  for (int64_t i = 0; i < values; i++)
    nonzeros += (double)next_random(random) < density * 0x1p64;
  return nonzeros;
}

/* The busiest PE of one block, value by value. */
static int64_t draw_block(const tacet_step_work *w, uint64_t *random) {
  const int64_t shared = (int64_t)w->shared;
  int weight[MAX_DRAWN], input[MAX_DRAWN];
  int64_t busiest = 0;
  for (int64_t i = 0; i < w->units_weights * shared; i++)
    weight[i] = draw_nonzeros((int64_t)w->weights, w->weight_density, random);
  for (int64_t i = 0; i < w->units_inputs * shared; i++)
    input[i] = draw_nonzeros((int64_t)w->inputs, w->input_density, random);
  for (int64_t row = 0; row < w->units_weights; row++)
    for (int64_t column = 0; column < w->units_inputs; column++) {
      int64_t macs = 0;
      for (int64_t j = 0; j < shared; j++)
        macs += (int64_t)weight[row * shared + j] * input[column * shared + j];
      if (macs > busiest) busiest = macs;
    }
  return busiest;
}

/* Mean of the busiest over DRAWS arrays, and its standard error. */
static double simulate(const tacet_step_work *w, double *standard_error,
                       uint64_t *random) {
  double sum = 0, squares = 0;
  for (int draw = 0; draw < DRAWS; draw++) {
    int64_t busiest = 0;
    for (int64_t block = 0; block < w->units_shared; block++) {
      const int64_t macs = draw_block(w, random);
      if (macs > busiest) busiest = macs;
    }
    sum += (double)busiest;
    squares += (double)(busiest * busiest);
  }
  const double mean = sum / DRAWS;
  *standard_error = sqrt(fmax(0, squares / DRAWS - mean * mean) / DRAWS);
  return mean;
}

static double random_density(uint64_t *random) {
  static const double often[] = {0.05, 0.1, 0.3, 0.5, 0.8, 0.98, 1};
  return random_between(random, 0, 1)
             ? often[random_between(random, 0, 6)]
             : (double)random_between(random, 1, 99) / 100;
}

static tacet_step_work random_work(uint64_t *random) {
  static const double shared[] = {1, 2, 4, 9, 16, 25, 32, 64};
  static const double values[] = {1, 1, 1, 2, 4, 16};
  static const int64_t units[] = {1, 1, 2, 4, 8, 16};
  tacet_step_work w;
  do {
    w = (tacet_step_work){shared[random_between(random, 0, 7)],
                          values[random_between(random, 0, 5)],
                          values[random_between(random, 0, 5)],
                          units[random_between(random, 0, 5)],
                          units[random_between(random, 0, 5)],
                          units[random_between(random, 0, 5)],
                          random_density(random),
                          random_density(random),
                          0,
                          0,
                          1,
                          1,
                          {0},
                          {0}};
  } while ((double)w.units_shared * w.shared *
               ((double)w.units_weights * w.weights +
                (double)w.units_inputs * w.inputs) >
           MAX_DRAWN);
  return w;
}

static void print_work(const tacet_step_work *w) {
  printf("%g x %g x %g MACs, %lld x %lld x %lld PEs, densities %g, %g\n",
         w->shared, w->weights, w->inputs, (long long)w->units_shared,
         (long long)w->units_weights, (long long)w->units_inputs,
         w->weight_density, w->input_density);
}

/* The bounds are those that occupancy.h states; simulation adds its own
   error. */
static void busiest_by_simulation(void **state) {
  (void)state;
  uint64_t seed = 1958, cases = 200;
  uint64_t close = 0;
  double worst = 0;
  ask_for_cases(&seed, &cases);
  for (uint64_t i = 0; i < cases; i++) {
    uint64_t random = seed + i;
    const tacet_step_work work = random_work(&random);
    const double busiest = tacet_expected_busiest(&work);
    double standard_error;
    const double simulated = simulate(&work, &standard_error, &random);
    const double error = fabs(busiest - simulated);
    const double allowed = mean_of(&work) >= 1 ? 0.09 : 0.3;
    close += error <= 3 * standard_error + 1e-3 * simulated;
    worst = fmax(worst, simulated > 0 ? error / simulated : 0);
    if (error > allowed * simulated + 4 * standard_error + 0.01) {
      print_work(&work);
      printf("%g instead of %g\n", busiest, simulated);
      fail();
    }
  }
  printf("%.1f %% within 3 standard errors of %d draws; worst off by %.1f %%\n",
         100 * (double)close / (double)cases, DRAWS, 100 * worst);
  assert_true((double)close >= 0.9 * (double)cases);
}

/* ---- order -------------------------------------------------------------- */

static void between_mean_and_box(void **state) {
  (void)state;
  uint64_t random = 1;
  for (int i = 0; i < 20000; i++) {
    tacet_step_work w = random_work(&random);
    w.shared *= (double)random_between(&random, 1, 1000);
    w.inputs *= (double)random_between(&random, 1, 1000);
    w.units_shared *= random_between(&random, 1, 100);
    w.weight_density *= 1e-3 * (double)random_between(&random, 1, 1000);
    const double busiest = tacet_expected_busiest(&w);
    if (!(busiest >= mean_of(&w) && busiest <= box_of(&w))) print_work(&w);
    assert_true(busiest >= mean_of(&w) * (1 - 1e-12));
    assert_true(busiest <= box_of(&w));
  }
}

/* More non-zeros or more PEs are never less work; `slack` is for methods that
   take over from each other. */
static void assert_no_less(const tacet_step_work *more,
                           const tacet_step_work *less, double slack) {
  const double above = tacet_expected_busiest(more);
  const double below = tacet_expected_busiest(less);
  if (above < below * (1 - slack)) {
    print_work(less);
    print_work(more);
    printf("falls from %g to %g\n", below, above);
  }
  assert_true(above >= below * (1 - slack));
}

static void grows_with_density(void **state) {
  (void)state;
  uint64_t random = 2;
  for (int i = 0; i < 4000; i++) {
    tacet_step_work less = random_work(&random);
    for (int k = 1; k < 10; k++) {
      tacet_step_work more = less;
      less.weight_density = 0.1 * k;
      more.weight_density = 0.1 * (k + 1);
      assert_no_less(&more, &less, 0.05);
      less.weight_density = more.weight_density = 0.4;
      less.input_density = 0.1 * k;
      more.input_density = 0.1 * (k + 1);
      assert_no_less(&more, &less, 0.05);
    }
  }
}

static void grows_with_units(void **state) {
  (void)state;
  uint64_t random = 3;
  for (int i = 0; i < 20000; i++) {
    const tacet_step_work less = random_work(&random);
    tacet_step_work more = less;
    more.units_shared *= 2;
    assert_no_less(&more, &less, 1e-9);
    more = less;
    more.units_weights *= 2;
    assert_no_less(&more, &less, 1e-9);
    more = less;
    more.units_inputs *= 2;
    assert_no_less(&more, &less, 1e-9);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(densities_to_the_nearest),
      cmocka_unit_test(empty_boxes_by_elements),
      cmocka_unit_test(empty_boxes_at_the_ends),
      cmocka_unit_test(dense_is_the_box),
      cmocka_unit_test(nothing_is_nothing),
      cmocka_unit_test(one_pe_is_the_mean),
      cmocka_unit_test(one_mac_a_pe),
      cmocka_unit_test(highest_of_counts),
      cmocka_unit_test(one_dense_operand),
      cmocka_unit_test(one_shared_index),
      cmocka_unit_test(one_value_an_index),
      cmocka_unit_test(few_weights_of_many_inputs),
      cmocka_unit_test(busiest_by_simulation),
      cmocka_unit_test(between_mean_and_box),
      cmocka_unit_test(grows_with_density),
      cmocka_unit_test(grows_with_units),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
