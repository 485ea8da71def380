/* Partial sums on their way out of PEs, or of buffers at cluster boundaries,
   where rules guard them, with real masks. Internal to the sparse reading with
   masks. */
#ifndef TACET_DRAINS_H
#define TACET_DRAINS_H

#include "kept.h"

/* The output tile of one PE or buffer. */
typedef struct tacet_held {
  bool any;
  int64_t time[TACET_MAX_LOOPS]; /* of the loops outside of it over dimensions
                                    of the outputs; of others 0 */
} tacet_held;

/* All PEs or buffers of a storage level. */
typedef struct tacet_holders {
  tacet_children of;
  int storage;
  int position;     /* loops outside a tile, which stays over those within */
  tacet_held *held; /* owned; [of.count] */
  tacet_held *next; /* owned; likewise, in the step that begins */
} tacet_holders;

/* Of an output at a parent. */
typedef struct tacet_received {
  bool had;     /* some of it since the parent took its tile */
  uint8_t best; /* 1 + the best verdict of a step */
} tacet_received;

typedef struct tacet_drains {
  const tacet_array *array;
  bool guarded;   /* some rule further out than the children has outputs as
                     target; if not and they take no slots, there is nothing
                     below */
  bool passes_on; /* the slots that outputs take to leave PEs are counted */
  bool reduction;
  tacet_verdict zero; /* of rules on elements, for one that is zero */
  tacet_holders child, parent;
  int64_t *owner; /* owned; of each child its parent */
  int64_t *left;  /* owned; of each child the outputs that left in the last
                     step and were not skipped */
  tacet_received *received; /* owned; of each parent [elements] */
  int64_t sent;             /* updates that are not skipped */
  tacet_flow flow;          /* of all steps so far */
} tacet_drains;

/* Of the array's PEs or buffers. Error: TACET_NO_MEMORY; tacet_drains_free is
   due all the same. */
tacet_status tacet_drains_make(tacet_drains *drains, const tacet_array *array,
                               const tacet_accelerator *accelerator,
                               tacet_error *error);
void tacet_drains_free(tacet_drains *drains); /* a zeroed one is fine */

/* True if steps must be shown to it. */
bool tacet_drains_matter(const tacet_drains *drains);

/* Takes away what children no longer hold once the array has gathered the
   tiles of a step, while its stays are still those before; `over`: they hold
   nothing any more. Returns the updates that are not skipped, if outputs are
   guarded. */
int64_t tacet_drains_step(tacet_drains *drains, bool over);

#endif
