/* Chances of stays: boxes as large as loops make them, laid over the layer. */
#include "stay_chance.h"

/* What a rule above L1 acts on. */
typedef struct acting {
  const tacet_nest *nest;
  const tacet_rule *rule;
  const tacet_tensor *target;
  int last;    /* loop that takes the child to another tile of the target */
  int held;    /* and with which it lets go of that; never inside of the last */
  bool whole;  /* the child is L2, not a PE */
  bool shared; /* or all PEs that hold the same words of the target */
  int64_t from[TACET_MAX_DIMS], to[TACET_MAX_DIMS]; /* where stays lie */
} acting;

static bool moves(const acting *a, const tacet_loop *loop) {
  return loop->folds > 1 && (a->target->alone >> loop->dim & 1);
}

static acting acting_of(const tacet_nest *nest, const tacet_rule *rule,
                        bool shared) {
  acting a = {nest,   rule, &nest->layer->tensor[rule->target],
              -1,     -1,   rule->storage < nest->storages - 2,
              shared, {0},  {0}};
  for (int i = 0; i < nest->position[rule->storage + 1][rule->target]; i++)
    if (moves(&a, &nest->loop[i])) a.last = i;
  a.held = a.last;
  for (int d = 0; d < nest->layer->dims; d++) {
    a.from[d] = 0;
    a.to[d] = nest->layer->dim[d].size;
  }
  return a;
}

/* Length of dimension d that a whole child works on during a stay. */
static int64_t stay_length(const acting *a, int d) {
  int64_t length = a->nest->layer->dim[d].size, share = 1;
  const int last = a->target->alone >> d & 1 ? a->last : a->held;
  const bool together = a->whole || (a->shared && !tacet_has_dim(a->target, d));
  for (int i = 0; i < a->nest->loops; i++) {
    const tacet_loop *loop = &a->nest->loop[i];
    if (loop->dim != d) continue;
    int64_t units = together ? loop->units : 1;
    int64_t folds = i > last ? loop->folds : 1;
    int64_t tiles = units * folds < loop->tiles ? units * folds : loop->tiles;
    share *= tiles;
    length = loop->size;
  }
  length *= share;
  return length < a->nest->layer->dim[d].size ? length
                                              : a->nest->layer->dim[d].size;
}

static int64_t common_divisor(int64_t a, int64_t b) {
  while (b != 0) {
    const int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* Of that, what comes together with one element of the target: of a window as
   many outputs, and as much of the filter, as can be added up to it. */
static void narrow_to_element(tacet_pe_box *stay, const acting *a) {
  for (int r = 0; r < a->target->ranks; r++) {
    const tacet_rank *rank = &a->target->rank[r];
    const tacet_term *out = &rank->term[0], *filter = &rank->term[1];
    if (rank->terms == 1) {
      stay->length[out->dim] = 1;
      continue;
    }
    const int64_t both = common_divisor(out->coefficient, filter->coefficient);
    const int64_t outputs =
        1 + (stay->length[out->dim] - 1) / (filter->coefficient / both);
    const int64_t filters =
        1 + (stay->length[filter->dim] - 1) / (out->coefficient / both);
    stay->length[out->dim] = stay->length[filter->dim] =
        outputs < filters ? outputs : filters;
  }
}

/* The first stay of the target, or of it all that its first element meets. */
static tacet_pe_box stay_of(const acting *a) {
  tacet_pe_box stay;
  for (int d = 0; d < a->nest->layer->dims; d++) {
    stay.start[d] = a->from[d];
    stay.length[d] = stay_length(a, d);
  }
  if (a->rule->element) narrow_to_element(&stay, a);
  return stay;
}

/* ---- chances ------------------------------------------------------------ */

typedef struct stay_sum {
  double empty_words, empty_macs, words, macs;
} stay_sum;

/* Adds stays of the size that one has which begins there, as many as there are
   of it along the dimensions on which the chance does not depend. */
static void add_stays(stay_sum *sum, const tacet_statistics *zeros,
                      const acting *a, const tacet_pe_box *stay) {
  tacet_pe_box cut = *stay;
  double words = 1, macs = 1;
  for (int d = 0; d < a->nest->layer->dims; d++) {
    const int64_t left = a->to[d] - stay->start[d];
    if (cut.length[d] > left) cut.length[d] = left;
    const bool one = zeros->dims >> d & 1;
    const double alike = one ? 1 : (double)(left / cut.length[d]);
    const double length = (double)cut.length[d];
    macs *= alike * length;
    words *= alike * (tacet_has_dim(a->target, d) ? length : 1);
  }
  const double empty = tacet_statistics_empty(zeros, &cut);
  sum->empty_words += words * empty;
  sum->empty_macs += macs * empty;
  sum->words += words;
  sum->macs += macs;
}

/* Where the next stay begins that may have another chance; false after the
   last along the dimension. */
static bool next_along(tacet_pe_box *stay, const acting *a, int d, bool each) {
  const int64_t length = stay->length[d], size = a->to[d] - a->from[d];
  stay->start[d] += each || length > size ? length : size / length * length;
  if (stay->start[d] < a->to[d]) return true;
  stay->start[d] = a->from[d];
  return false;
}

/* Adds the chances of stays like these, which are such a share of all. */
static void add_chances(tacet_stay_chance *chance, const acting *a,
                        const tacet_statistics *zeros, double share) {
  tacet_pe_box stay = stay_of(a);
  stay_sum sum = {0, 0, 0, 0};
  for (int d = 0; d < a->nest->layer->dims;) {
    add_stays(&sum, zeros, a, &stay);
    for (d = 0; d < a->nest->layer->dims; d++)
      if (next_along(&stay, a, d, zeros->dims >> d & 1)) break;
  }
  chance->of_words += share * sum.empty_words / sum.words;
  chance->of_macs += share * sum.empty_macs / sum.macs;
}

/* ---- tiles that PEs hold while they are idle ---------------------------- */

/* The share of the tiles along a loop of which a PE keeps its part, its only
   one, until the loop begins anew: some PEs have none in the second of two
   folds. L2's tile of the first fold is then held as a whole. */
static double held_share(const acting *a, const tacet_loop *loop) {
  const int64_t idle = 2 * loop->units - loop->tiles;
  if (loop->folds != 2 || idle <= 0) return 0;
  return (double)(a->whole ? loop->units : idle) / (double)loop->tiles;
}

static bool is_only_loop(const tacet_nest *nest, const tacet_loop *loop) {
  for (int i = 0; i < nest->loops; i++)
    if (&nest->loop[i] != loop && nest->loop[i].dim == loop->dim) return false;
  return true;
}

/* Adds the stays that end with a loop, of a share that is left of all, and
   returns what others have of it. L2's of the second fold lie behind those of
   the first. */
static double add_ending(tacet_stay_chance *chance, acting *a,
                         const tacet_statistics *zeros, const tacet_loop *loop,
                         double left) {
  double held = held_share(a, loop);
  const bool apart = held > 0 && a->whole && is_only_loop(a->nest, loop);
  const int64_t size = a->to[loop->dim], first = loop->units * loop->size;
  if (apart) {
    held = (double)first / (double)size;
    a->from[loop->dim] = first;
  }
  add_chances(chance, a, zeros, left * (1 - held));
  if (apart) {
    a->from[loop->dim] = 0;
    a->to[loop->dim] = first;
  }
  return left * held;
}

/* Whether a PE may hold some of the child's tile as the child goes on: not if a
   loop inside of the tile takes all PEs to other parts. */
static bool is_held(const acting *a) {
  const tacet_nest *nest = a->nest;
  const int l1 = nest->position[nest->storages - 1][a->rule->target];
  for (int i = a->last + 1; i < l1; i++)
    if (moves(a, &nest->loop[i]) && held_share(a, &nest->loop[i]) <= 0)
      return false;
  return true;
}

tacet_stay_chance tacet_stay_empty(const tacet_nest *nest,
                                   const tacet_rule *rule, bool shared,
                                   const tacet_statistics *zeros) {
  acting a = acting_of(nest, rule, shared);
  tacet_stay_chance chance = {0, 0, stay_of(&a)};
  double left = 1;
  for (int i = a.last; i >= 0 && left > 0 && is_held(&a); i--) {
    if (!moves(&a, &nest->loop[i])) continue;
    a.held = i;
    left = add_ending(&chance, &a, zeros, &nest->loop[i], left);
  }
  if (left < 1) a.held = -1;
  if (left > 0) add_chances(&chance, &a, zeros, left);
  return chance;
}
