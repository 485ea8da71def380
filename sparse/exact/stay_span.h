/* What a child of a level above L1 works on as long as a tile of a rule's target
   stays with it. Knows no zeros. Internal to the sparse reading with masks. */
#ifndef TACET_STAY_SPAN_H
#define TACET_STAY_SPAN_H

#include "../../dense/activity/steps.h"
#include "../sparse.h"
#include "track.h"

/* Values of a dimension. */
typedef struct tacet_values {
  int64_t count;
  int64_t *at;   /* owned; [size of the dimension] */
  uint8_t *mark; /* owned; likewise, by value */
} tacet_values;

/* Adds a value unless it is there; removes all. */
void tacet_values_add(tacet_values *values, int64_t value);
void tacet_values_clear(tacet_values *values);

/* The loop that takes the child to another tile of the rule's target; -1: the
   present one is the last. `units` is its number along each dimension among the
   rule's children; NULL: the child is L2. */
int tacet_stay_last(const tacet_nest *nest, const tacet_rule *rule,
                    const tacet_steps *steps, const int64_t *units);

/* Sets the values that each dimension takes during the stay in the step with
   which the child takes the tile. The stay goes on while a buffer or PE below
   the child holds what it took of the tile (tacet_rule). */
void tacet_stay_gather(tacet_values values[TACET_MAX_DIMS],
                       const tacet_nest *nest, const tacet_rule *rule,
                       const tacet_steps *steps, const int64_t *units);

#endif
