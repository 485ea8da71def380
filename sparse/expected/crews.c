/* A short list, searched from its end to its start. Only what does not depend
   on the places of tiles is kept. */
#include "crews.h"

static bool alike(const tacet_crew *a, const tacet_crew *b, int dims) {
  for (int d = 0; d < dims; d++)
    if (a->box[d] != b->box[d] || a->units[d] != b->units[d]) return false;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (a->reads[t] != b->reads[t]) return false;
  return a->stretch == b->stretch;
}

void tacet_crews_work(tacet_work *work, tacet_crews *crews,
                      const tacet_odds *odds, const tacet_crew *crew) {
  const int dims = odds->reading->nest->layer->dims;
  if (odds->dims) {
    tacet_expect_work(work, odds, crew);
    return;
  }
  const int last = crews->count, kept = TACET_MAX_CREWS;
  for (int i = last - 1; i >= 0 && i >= last - kept; i--) {
    const tacet_known_crew *known = &crews->known[i % kept];
    if (!alike(&known->crew, crew, dims)) continue;
    const double occurrences = work->occurrences;
    *work = known->work;
    work->occurrences = occurrences;
    return;
  }
  tacet_expect_work(work, odds, crew);
  crews->known[last % kept] = (tacet_known_crew){*crew, *work};
  crews->count++;
}
