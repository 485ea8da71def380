/* Tiles of outputs that leave L2: those told by kinds of steps are those of a
   walk over all steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../sparse/departures.h"
#include "cases.h"

/* Sums over departures: 0 of partial sums, 1 of finished outputs. */
typedef struct departures {
  int64_t times[2];
  double elements[2], squares[2];
  double grid[2][TACET_MAX_RANKS]; /* extents, weighted by elements */
  double last;                     /* elements of the last */
} departures;

static void add(departures *sum, const tacet_departure *d) {
  const double times = (double)d->times;
  sum->times[d->finished] += d->times;
  sum->elements[d->finished] += times * d->elements;
  sum->squares[d->finished] += times * d->elements * d->elements;
  for (int r = 0; r < TACET_MAX_RANKS; r++)
    sum->grid[d->finished][r] += times * d->elements * (double)d->extent[r];
  if (d->last) sum->last = d->elements;
}

static void add_visited(const tacet_departure *departure, void *context) {
  add(context, departure);
}

/* The tile before this step, by definition. */
static tacet_departure departure_at(const tacet_steps *steps) {
  const tacet_layer *layer = steps->view.layer;
  const tacet_tensor *output = &layer->tensor[TACET_OUTPUT];
  tacet_departure d = {.times = 1,
                       .elements = 1,
                       .finished = tacet_departs_finished(steps),
                       .last = steps->advance == TACET_AFTER_LAST};
  for (int r = 0; r < output->ranks; r++) {
    const int dim = output->rank[r].term[0].dim;
    d.extent[r] =
        tacet_tiles_sum(&steps->chain[dim], &steps->moment[dim]).before_length;
    d.elements *= (double)d.extent[r];
  }
  return d;
}

static void walk(departures *sum, const tacet_nest *nest) {
  tacet_steps steps;
  tacet_steps_start(&steps,
                    tacet_view_whole(nest, nest->position[1][TACET_OUTPUT]));
  for (bool more = true; more;) {
    more = tacet_steps_next(&steps);
    if (!tacet_departs(&steps)) continue;
    const tacet_departure d = departure_at(&steps);
    add(sum, &d);
  }
}

/* Each of which leaves finished once. */
static int64_t outputs_of(const tacet_layer *layer) {
  return tacet_tensor_size(&layer->tensor[TACET_OUTPUT]);
}

static void kinds_add_up_to_steps(void **state) {
  (void)state;
  uint64_t seed = 1871, cases = 4000;
  ask_for_cases(&seed, &cases);
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  int64_t done = 0, partial = 0;
  for (uint64_t i = 0; i < cases; i++) {
    tacet_nest nest;
    tacet_error error;
    case_make(c, seed + i);
    if (tacet_bind(&nest, &c->layer, &c->dataflow, &c->accelerator, &error) ||
        tacet_place_tiles(&nest, &c->accelerator, &error))
      continue;
    /* also where the buffer would hold more */
    for (int p = 0; p <= nest.position[2][TACET_OUTPUT]; p++) {
      departures told = {.last = 0}, walked = {.last = 0};
      nest.position[1][TACET_OUTPUT] = p;
      tacet_departures(&nest, add_visited, &told);
      walk(&walked, &nest);
      if (memcmp(&told, &walked, sizeof told) != 0) {
        case_print(c);
        fail_msg("case %llu, position %d", (unsigned long long)i, p);
      }
      assert_true(told.elements[1] == (double)outputs_of(&c->layer));
      done++;
      partial += told.times[0] > 0 && told.times[1] > 0;
    }
  }
  free(c);
  print_message("%lld positions, %lld with partial sums and finished outputs\n",
                (long long)done, (long long)partial);
  assert_true(partial * 10 > done);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(kinds_add_up_to_steps)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
