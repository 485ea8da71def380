/* Partial sums on their way from PEs to L2 where rules guard them, with real
   masks. Internal to the sparse reading with masks. */
#ifndef TACET_DRAINS_H
#define TACET_DRAINS_H

#include "kept.h"

/* The output tile of one PE. */
typedef struct tacet_held {
  bool any;
  int64_t time[TACET_MAX_LOOPS]; /* of the loops outside of it over dimensions
                                    of the outputs; of others 0 */
} tacet_held;

typedef struct tacet_drains {
  const tacet_array *array;
  bool guarded;   /* some rule above L1 has outputs as target; if not and they
                   take no slots, there is nothing below */
  bool passes_on; /* the slots that outputs take to leave PEs are counted */
  bool reduction;
  int position; /* loops outside a PE's tile, which stays over those within */
  tacet_verdict zero; /* of rules on elements, for one that is zero */
  tacet_held *held;   /* owned; [pes] */
  tacet_held *next;   /* owned; [pes] in the step that begins */
  int64_t *left;      /* owned; [pes] outputs that left in the last step and
                         were not skipped */
  uint8_t *best;      /* owned; [elements] 1 + the best verdict of a step */
  int64_t *updated;   /* owned; [elements] stay in L2 of the last update */
  int64_t stay;       /* of L2's present tile; the first is 1 */
  int64_t time[TACET_MAX_LOOPS]; /* of the loops outside that tile */
  int64_t sent;                  /* updates that are not skipped */
  tacet_flow flow;               /* of all steps so far */
} tacet_drains;

tacet_status tacet_drains_make(tacet_drains *drains, const tacet_array *array,
                               const tacet_accelerator *accelerator,
                               tacet_error *error);
void tacet_drains_free(tacet_drains *drains); /* a zeroed one is fine */

/* True if steps must be shown to it. */
bool tacet_drains_matter(const tacet_drains *drains);

/* Takes away what PEs no longer hold once the array has gathered the tiles of
   a step, while its stays are still those before; `over`: they hold nothing
   any more. Returns the updates that are not skipped, if outputs are
   guarded. */
int64_t tacet_drains_step(tacet_drains *drains, bool over);

#endif
