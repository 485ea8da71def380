/* What the rules above L1 find out about the stays of their targets, with
   real masks. Internal to the sparse reading with masks. */
#ifndef TACET_STAYS_H
#define TACET_STAYS_H

#include "../verdict.h"
#include "stay_span.h"

/* Of one rule and one child, in its present stay. */
typedef struct tacet_finding {
  bool triggered; /* of a rule on tiles */
  /* of a rule on elements: the box of the target's coordinates during the
     stay, and which of its elements meet zeros alone of another tensor */
  int64_t start[TACET_MAX_RANKS];
  int64_t length[TACET_MAX_RANKS];
  int64_t room;
  uint8_t *blocked; /* owned; [room] */
} tacet_finding;

typedef struct tacet_stays {
  const tacet_nest *nest;
  const tacet_features *features;
  const tacet_mask *mask[TACET_TENSORS];   /* NULL: no zeros that rules use */
  int64_t children[TACET_MAX_RULES];       /* 0 of rules further in */
  tacet_finding *finding[TACET_MAX_RULES]; /* owned; [children] */
  int64_t *owner[TACET_MAX_RULES]; /* owned; of each PE the child that it is or
                                      belongs to */
  tacet_values stay[TACET_MAX_DIMS]; /* what the child works on during it */
  tacet_values met[TACET_MAX_DIMS];  /* and together with one element */
  tacet_values coordinate;           /* of a rank; as large as any */
  int64_t *list[TACET_MAX_RANKS];    /* owned; coordinates of a condition */
  int64_t listed[TACET_MAX_RANKS];
} tacet_stays;

/* Of the rules outside of a storage level, for its PEs or buffers, which below
   are all called PEs. Everything is borrowed. tacet_stays_free is due
   even after the error, TACET_NO_MEMORY. */
tacet_status tacet_stays_make(tacet_stays *stays, const tacet_nest *nest,
                              const tacet_features *features,
                              const tacet_mask *const mask[TACET_TENSORS],
                              int storage, tacet_error *error);
void tacet_stays_free(tacet_stays *stays);

/* Finds out about the stay of rule r's target that one of its children is in at
   a step; unit[d] is its number along each dimension. */
tacet_status tacet_stays_find(tacet_stays *stays, int r, int64_t child,
                              const tacet_steps *steps, const int64_t *unit,
                              tacet_error *error);

/* The rules at DRAM that act on one tensor, with all formats. */
tacet_features tacet_rules_of_dram(const tacet_features *features, int slot);

/* Finds out about the stays of rules at DRAM that begin for L2 with the step
   at which `steps` stands, a walk of at least the loops outside L2's tile. */
tacet_status tacet_stays_of_l2(tacet_stays *stays, const tacet_steps *steps,
                               tacet_error *error);

/* What rules on tiles decide for a PE (and L2 above it); with a target, only
   those that guard that tensor; TACET_TENSORS: all. */
tacet_verdict tacet_stays_tile(const tacet_stays *stays, int64_t pe,
                               int target);

/* What rules on elements decide for an element of a tensor at a PE, because of
   zeros of other tensors. */
tacet_verdict tacet_stays_element(const tacet_stays *stays, int64_t pe,
                                  int target, int64_t element);

/* True if some rule on elements has a condition other than its target. */
bool tacet_has_crossed_rules(const tacet_features *features);

#endif
