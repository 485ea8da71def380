/* Walks every step of a nest and counts what crosses each boundary, element
   by element, as section 4 of the design defines it. Must know nothing of
   the activity analysis, which it judges. */
#include "executor.h"

#include <stdlib.h>
#include <string.h>

#include "executor_moves.h"

/* What a PE did last: its operand registers hold what that was for. */
typedef struct last_mac {
  int64_t step; /* number of it; TACET_NEVER */
  int64_t point[TACET_MAX_DIMS];
} last_mac;

/* The whole state of a walk. Boundary b is between storage levels b (parent)
   and b+1 (its children). */
struct run {
  tacet_walk walk;
  tacet_moves moves;
  const tacet_accelerator *accelerator;
  int boundaries;
  /* owned; [parents][output elements]: whether the parent has had an update
     of the element: DRAM ever, others in the present stay of their tile */
  bool *updated[TACET_MAX_STORAGE - 1];
  /* owned; [pes][elements] of operands whose tiles L1 may keep for several
     steps, else NULL: whether the PE has the element */
  bool *has[TACET_OUTPUT];
  tacet_set used;            /* by a PE at a step */
  int order[TACET_MAX_DIMS]; /* of a PE's MACs */
  last_mac *last;            /* owned; [pes] */
  int64_t *left; /* owned; [pes] outputs that left it in this step */
  /* elements that reached, and that left, any child of the same parent in
     this step */
  tacet_set fetched;
  tacet_set drained;
  tacet_traffic moved[TACET_MAX_STORAGE - 1][TACET_TENSORS]; /* this step */
  tacet_activity *activity;                                  /* the result */
};

/* ---- workspace ---------------------------------------------------------- */

static void free_run(struct run *run) {
  tacet_moves_free(&run->moves);
  for (int b = 0; b < run->boundaries; b++) free(run->updated[b]);
  for (int t = 0; t < TACET_OUTPUT; t++) free(run->has[t]);
  free(run->last);
  free(run->left);
  tacet_set_free(&run->used);
  tacet_set_free(&run->fetched);
  tacet_set_free(&run->drained);
}

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "out of memory to walk a layer");
}

static tacet_status make_kept(struct run *run, tacet_error *error) {
  const tacet_nest *nest = run->walk.nest;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (nest->position[run->boundaries][t] == nest->loops) continue;
    const int64_t elements = tacet_tensor_size(&nest->layer->tensor[t]);
    run->has[t] =
        calloc((size_t)run->walk.pes, (size_t)elements * sizeof *run->has[t]);
    if (!run->has[t]) return no_memory(error);
  }
  return tacet_set_make(&run->used, tacet_largest_tensor(nest->layer), error);
}

static tacet_status make_run(struct run *run, const tacet_nest *nest,
                             const tacet_accelerator *accelerator,
                             tacet_error *error) {
  tacet_status status = tacet_walk_make(&run->walk, nest, error);
  if (status) return status;

  run->accelerator = accelerator;
  run->boundaries = nest->storages - 1;
  status = tacet_moves_make(&run->moves, &run->walk, error);
  if (!status) status = make_kept(run, error);
  if (status) return status;

  int64_t outputs = tacet_tensor_size(&nest->layer->tensor[TACET_OUTPUT]);
  for (int b = 0; b < run->boundaries; b++) {
    size_t count = (size_t)(run->moves.parents[b] * outputs);
    run->updated[b] = calloc(count, sizeof *run->updated[b]);
    if (!run->updated[b]) return no_memory(error);
  }

  tacet_mac_order(run->order, nest);
  run->last = malloc((size_t)run->walk.pes * sizeof *run->last);
  run->left = calloc((size_t)run->walk.pes, sizeof *run->left);
  if (!run->last || !run->left) return no_memory(error);
  for (int64_t pe = 0; pe < run->walk.pes; pe++)
    run->last[pe].step = TACET_NEVER;

  int64_t elements = tacet_largest_tensor(nest->layer);
  status = tacet_set_make(&run->fetched, elements, error);
  return status ? status : tacet_set_make(&run->drained, elements, error);
}

/* ---- a boundary at a step ----------------------------------------------- */

static void take_element(struct run *run, int b, int t, int64_t element) {
  /* an output starts from zero, unless DRAM has had it: then it returns */
  if (t == TACET_OUTPUT && (b > 0 || !run->updated[b][element])) return;

  tacet_traffic *moved = &run->moved[b][t];
  moved->fills++;
  bool first = tacet_set_add(&run->fetched, element);
  if (first || !run->accelerator->link[b].multicast) moved->parent_reads++;
}

/* Whether the parent had an update, for what it has next to be written to. */
static bool *updated_at(const struct run *run, int b, int64_t parent,
                        int64_t element) {
  const tacet_layer *layer = run->walk.nest->layer;
  int64_t outputs = tacet_tensor_size(&layer->tensor[TACET_OUTPUT]);
  return &run->updated[b][parent * outputs + element];
}

static void drain_element(struct run *run, int b, int64_t child,
                          int64_t element) {
  tacet_traffic *moved = &run->moved[b][TACET_OUTPUT];
  moved->drains++;
  /* where the child is a parent itself, the element's stay there is over */
  if (b + 1 < run->boundaries) *updated_at(run, b + 1, child, element) = false;

  bool first = tacet_set_add(&run->drained, element);
  if (!first && run->accelerator->link[b].reduction) return;
  moved->updates++;
  int64_t parent = child / (run->moves.children[b] / run->moves.parents[b]);
  bool *updated = updated_at(run, b, parent, element);
  bool adds = b > 0; /* DRAM has no adder */
  if (adds && *updated) moved->partial_sum_reads++;
  *updated = true;
}

static void note_footprint(struct run *run, int b, int t) {
  int64_t *footprint = &run->activity->footprint[b + 1][t];
  if (run->moves.now.count > *footprint) *footprint = run->moves.now.count;
}

/* A PE takes what its step is the first of a stay to use; as a stay begins,
   only what the tile before had of this one's is there. */
static void use_elements(struct run *run, int b, int t, int64_t pe,
                         int64_t time) {
  const tacet_tensor *tensor = &run->walk.nest->layer->tensor[t];
  bool *has = &run->has[t][pe * tacet_tensor_size(tensor)];
  tacet_box box;
  if (time == TACET_NEVER || !tacet_walk_box(&run->walk, time, pe, &box))
    return;
  tacet_moves_child(&run->moves, b, t, pe, time);
  note_footprint(run, b, t);
  const tacet_set *leaving = &run->moves.leaving;
  for (int64_t i = 0; i < leaving->count; i++) has[leaving->member[i]] = false;
  tacet_set_clear(&run->used);
  tacet_set_add_tile(&run->used, tensor, &box);
  for (int64_t i = 0; i < run->used.count; i++) {
    const int64_t element = run->used.member[i];
    if (!has[element]) take_element(run, b, t, element);
    has[element] = true;
  }
}

/* Moves one child to its tile at a time. TACET_NEVER: the run is over. */
static void move_child(struct run *run, int b, int t, int64_t child,
                       int64_t time) {
  const tacet_moves *moves = &run->moves;
  tacet_moves_child(&run->moves, b, t, child, time);
  if (t == TACET_OUTPUT && b == run->boundaries - 1)
    run->left[child] = moves->leaving.count;
  for (int64_t i = 0; t == TACET_OUTPUT && i < moves->leaving.count; i++)
    drain_element(run, b, child, moves->leaving.member[i]);
  for (int64_t i = 0; i < moves->arriving.count; i++)
    take_element(run, b, t, moves->arriving.member[i]);
  note_footprint(run, b, t);
}

static void add_traffic(tacet_traffic *sum, const tacet_traffic *more) {
  sum->fills += more->fills;
  sum->parent_reads += more->parent_reads;
  sum->drains += more->drains;
  sum->updates += more->updates;
  sum->partial_sum_reads += more->partial_sum_reads;
}

/* Moves the children of one parent after those of another. */
static void move_children(struct run *run, int b, int t, int64_t time) {
  const int64_t children = run->moves.children[b];
  const int64_t each = children / run->moves.parents[b];
  const bool kept =
      b == run->boundaries - 1 && t != TACET_OUTPUT && run->has[t];
  for (int64_t child = 0; child < children; child++) {
    if (child % each == 0) {
      tacet_set_clear(&run->fetched);
      tacet_set_clear(&run->drained);
    }
    (kept ? use_elements : move_child)(run, b, t, child, time);
  }
}

/* Moves all children; innermost first, for an output leaves a child before
   its parent moves on. */
static void move_all(struct run *run, int64_t time) {
  memset(run->moved, 0, sizeof run->moved);
  for (int b = run->boundaries - 1; b >= 0; b--) {
    for (int t = 0; t < TACET_TENSORS; t++) {
      move_children(run, b, t, time);
      add_traffic(&run->activity->traffic[b][t], &run->moved[b][t]);
    }
  }
}

/* ---- L1 reads ----------------------------------------------------------- */

/* Whether the MAC at `point` has another element of tensor t than the one
   that the PE has been at, or the PE has no register for it. */
static bool changes(const struct run *run, int t, const last_mac *last,
                    const int64_t *point) {
  const tacet_layer *layer = run->walk.nest->layer;
  if (!run->accelerator->registers[t] || last->step == TACET_NEVER) return true;
  for (int d = 0; d < layer->dims; d++)
    if (tacet_has_dim(&layer->tensor[t], d) && point[d] != last->point[d])
      return true;
  return false;
}

/* Does the MACs of a box in the PE's order; count[] of their reads take their
   time. */
static void do_macs(struct run *run, int64_t pe, const tacet_box *box,
                    int64_t count[TACET_TENSORS]) {
  tacet_activity *activity = run->activity;
  last_mac *last = &run->last[pe];
  int64_t point[TACET_MAX_DIMS];
  memcpy(point, box->start, sizeof point);
  do {
    bool paused = last->step != TACET_NEVER && last->step < activity->steps - 1;
    for (int t = 0; t < TACET_TENSORS; t++) {
      bool changed = changes(run, t, last, point);
      count[t] += changed;
      /* a pause has taken the partial sum out of its register */
      bool again = t == TACET_OUTPUT && paused;
      activity->l1_reads[t] += changed || again;
    }
    last->step = run->activity->steps;
    memcpy(last->point, point, sizeof point);
  } while (tacet_box_next_in(box, run->order, point));
}

/* ---- the run ------------------------------------------------------------ */

static tacet_step_class describe_step(struct run *run, int64_t time) {
  tacet_step_class step = {.occurrences = 1};
  int64_t most = 0; /* MACs, and outputs that are passed on */
  for (int64_t pe = 0; pe < run->walk.pes; pe++) {
    tacet_box box;
    const bool active = tacet_walk_box(&run->walk, time, pe, &box);
    int64_t macs = active ? tacet_box_macs(&box) : 0;
    if (macs + run->left[pe] > most) most = macs + run->left[pe];
    if (!active) continue;
    step.active_pes++;
    step.macs += macs;
    if (macs > step.busiest) step.busiest = macs;
    int64_t count[TACET_TENSORS] = {0};
    do_macs(run, pe, &box, count);
    for (int t = 0; t < TACET_TENSORS; t++)
      if (count[t] > step.l1_reads[t]) step.l1_reads[t] = count[t];
  }
  if (run->accelerator->link[run->boundaries - 1].pe_adder)
    step.passed_on = most - step.busiest;
  const tacet_traffic *moved = run->moved[run->boundaries - 1];
  for (int t = 0; t < TACET_TENSORS; t++) {
    step.words_in[t] = moved[t].parent_reads;
    step.fills[t] = moved[t].fills;
  }
  step.words_out = moved[TACET_OUTPUT].updates;
  step.drains = moved[TACET_OUTPUT].drains;
  return step;
}

static void count_step(struct run *run, const tacet_step_class *step) {
  tacet_activity *activity = run->activity;
  if (activity->steps == 0)
    for (int b = 0; b < run->boundaries; b++)
      for (int t = 0; t < TACET_TENSORS; t++)
        activity->first_words[b][t] = run->moved[b][t].parent_reads;
  activity->steps++;
  activity->macs += step->macs;
  activity->busiest += step->busiest;
  activity->active_pes += step->active_pes;
  if (step->active_pes > activity->peak_active_pes)
    activity->peak_active_pes = step->active_pes;
}

static void walk_all(struct run *run, tacet_executor_visit *visit,
                     void *context) {
  tacet_activity *activity = run->activity;
  const tacet_tensor *tensor = run->walk.nest->layer->tensor;
  for (int t = 0; t < TACET_TENSORS; t++)
    activity->footprint[0][t] = tacet_tensor_size(&tensor[t]);

  for (int64_t time = 0; time < run->walk.times; time++) {
    if (!tacet_walk_is_step(&run->walk, time)) continue;
    move_all(run, time);
    tacet_step_class step = describe_step(run, time);
    count_step(run, &step);
    if (visit && !visit(&step, context)) visit = NULL;
  }
  move_all(run, TACET_NEVER);
  for (int b = 0; b < run->boundaries; b++)
    activity->last_words[b] = run->moved[b][TACET_OUTPUT].updates;
}

static tacet_status count_ends(struct run *run, tacet_error *error) {
  tacet_ends ends;
  tacet_status status = tacet_moves_ends(&ends, &run->walk, error);
  if (status) return status;
  for (int t = 0; t < TACET_OUTPUT; t++)
    run->activity->first_distinct[t] = ends.first[t];
  run->activity->last_distinct = ends.last;
  return TACET_OK;
}

tacet_status tacet_execute(tacet_activity *activity, const tacet_nest *nest,
                           const tacet_accelerator *accelerator,
                           tacet_executor_visit *visit, void *context,
                           tacet_error *error) {
  *activity = (tacet_activity){0};
  struct run run = {.activity = activity};
  tacet_status status = make_run(&run, nest, accelerator, error);
  if (!status) walk_all(&run, visit, context);
  if (!status) status = count_ends(&run, error);
  free_run(&run);
  return status;
}
