/* Steps in lexicographic order of the loops' times; a loop runs as long as
   unit 0 has a tile. */
#include "steps.h"
#include "../whole.h"

static void set_moments(tacet_steps *steps) {
  for (int d = 0; d < steps->view.layer->dims; d++) {
    const tacet_chain *chain = &steps->chain[d];
    tacet_moment *moment = &steps->moment[d];
    moment->first = steps->advance == TACET_FIRST_STEP;
    moment->own = false;
    moment->cut = 0;
    for (int k = 0; k < chain->loops; k++) {
      int place = chain->place[k];
      moment->time[k] = steps->time[place];
      if (place > steps->advance) continue;
      moment->cut = k + 1;
      moment->own = place == steps->advance;
    }
    if (!moment->first) tacet_moment_before(moment, chain);
  }
}

void tacet_steps_start(tacet_steps *steps, tacet_view view) {
  steps->view = view;
  steps->advance = TACET_FIRST_STEP;
  for (int i = 0; i < view.loops; i++) steps->time[i] = 0;
  for (int d = 0; d < view.layer->dims; d++)
    tacet_chain_make(&steps->chain[d], &view, d);
  set_moments(steps);
}

/* Folds of loop i for unit 0 at the present times of the loops outside. */
static int64_t folds(const tacet_steps *steps, int i) {
  const tacet_loop *loop = &steps->view.loop[i];
  const tacet_chain *chain = &steps->chain[loop->dim];
  int64_t length = chain->extent;
  for (int k = 0; chain->place[k] < i; k++) {
    const tacet_loop *outer = chain->loop[k];
    int64_t tile = steps->time[chain->place[k]] * outer->units;
    length = smaller(outer->size, length - tile * outer->size);
  }
  return ceil_div(ceil_div(length, loop->size), loop->units);
}

bool tacet_steps_next(tacet_steps *steps) {
  int i = steps->view.loops - 1;
  while (i >= 0 && steps->time[i] + 1 >= folds(steps, i)) {
    steps->time[i] = 0;
    i--;
  }
  steps->advance = i < 0 ? TACET_AFTER_LAST : i;
  if (i >= 0) steps->time[i]++;
  set_moments(steps);
  return i >= 0;
}
