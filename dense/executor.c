/* Walks every step of a nest and counts what crosses each boundary, element
   by element, as section 4 of the design defines it. Must know nothing of
   the activity analysis, which it judges. */
#include "executor.h"

#include <stdlib.h>
#include <string.h>

#include "executor_walk.h"

enum { NEVER = -1 }; /* in place of a time */

/* What a PE did last: its operand registers hold what that was for. */
typedef struct last_mac {
  int64_t step; /* number of it; NEVER */
  int64_t point[TACET_MAX_DIMS];
} last_mac;

/* The whole state of a walk. Boundary b is between storage levels b (parent)
   and b+1 (its children). */
struct run {
  tacet_walk walk;
  const tacet_accelerator *accelerator;
  int boundaries;
  int64_t parents[TACET_MAX_STORAGE - 1];
  int64_t children[TACET_MAX_STORAGE - 1]; /* of all parents together */
  /* owned; [children]: when each child took the tile it holds, which for the
     output of an idle child is the empty one; NEVER before its first */
  int64_t *taken[TACET_MAX_STORAGE - 1][TACET_TENSORS];
  /* owned; [parents][output elements]: whether the parent has had an update
     of the element: DRAM ever, others in the present stay of their tile */
  bool *updated[TACET_MAX_STORAGE - 1];
  int order[TACET_MAX_DIMS]; /* of a PE's MACs */
  last_mac *last;            /* owned; [pes] */
  tacet_set now;             /* tile of the child that moves */
  tacet_set previous;        /* the tile it had before */
  /* elements that reached, and that left, any child of the same parent in
     this step */
  tacet_set fetched;
  tacet_set drained;
  tacet_traffic moved[TACET_MAX_STORAGE - 1][TACET_TENSORS]; /* this step */
  tacet_activity *activity;                                  /* the result */
};

/* ---- workspace ---------------------------------------------------------- */

static void free_run(struct run *run) {
  for (int b = 0; b < run->boundaries; b++) {
    for (int t = 0; t < TACET_TENSORS; t++) free(run->taken[b][t]);
    free(run->updated[b]);
  }
  free(run->last);
  tacet_set_free(&run->now);
  tacet_set_free(&run->previous);
  tacet_set_free(&run->fetched);
  tacet_set_free(&run->drained);
}

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "out of memory to walk a layer");
}

/* Units of all cluster levels outside one buffer of a storage level. */
static int64_t count_buffers(const tacet_nest *nest, int storage) {
  int64_t count = 1;
  for (int l = 0; l < nest->loops; l++)
    if (nest->loop[l].level < nest->level[storage])
      count *= nest->loop[l].units;
  return count;
}

static tacet_status make_boundary(struct run *run, int b, tacet_error *error) {
  const tacet_nest *nest = run->walk.nest;
  int64_t outputs = tacet_tensor_size(&nest->layer.tensor[TACET_OUTPUT]);
  int64_t parents = run->parents[b] = count_buffers(nest, b);
  int64_t children = run->walk.pes;
  if (b < run->boundaries - 1) children = count_buffers(nest, b + 1);
  run->children[b] = children;
  run->updated[b] =
      calloc((size_t)(parents * outputs), sizeof *run->updated[b]);
  bool full = !run->updated[b];
  for (int t = 0; t < TACET_TENSORS; t++) {
    int64_t *taken = malloc((size_t)children * sizeof *taken);
    full = full || !taken;
    for (int64_t i = 0; taken && i < children; i++) taken[i] = NEVER;
    run->taken[b][t] = taken;
  }
  return full ? no_memory(error) : TACET_OK;
}

static tacet_status make_run(struct run *run, const tacet_nest *nest,
                             const tacet_accelerator *accelerator,
                             tacet_error *error) {
  tacet_status status = tacet_walk_make(&run->walk, nest, error);
  if (status) return status;

  run->accelerator = accelerator;
  run->boundaries = nest->storages - 1;
  for (int b = 0; b < run->boundaries; b++)
    if ((status = make_boundary(run, b, error))) return status;

  tacet_mac_order(run->order, nest);
  run->last = malloc((size_t)run->walk.pes * sizeof *run->last);
  if (!run->last) return no_memory(error);
  for (int64_t pe = 0; pe < run->walk.pes; pe++) run->last[pe].step = NEVER;

  int64_t elements = 0; /* of the largest tensor */
  for (int t = 0; t < TACET_TENSORS; t++) {
    int64_t size = tacet_tensor_size(&nest->layer.tensor[t]);
    if (size > elements) elements = size;
  }
  tacet_set *sets[] = {&run->now, &run->previous, &run->fetched, &run->drained};
  for (int i = 0; i < 4; i++)
    if ((status = tacet_set_make(sets[i], elements, error))) return status;
  return TACET_OK;
}

/* ---- a boundary at a step ----------------------------------------------- */

/* Fills *tile with what a child needs at a time: the union over all
   iterations of the loops inside its position and over its PEs. False if it
   is idle: nobody has a MAC there (a tile of padding alone is empty, too, but
   not idle). */
static bool find_tile(const struct run *run, tacet_set *tile, int b, int t,
                      int64_t child, int64_t time) {
  tacet_set_clear(tile);
  if (time == NEVER) return false;
  const tacet_nest *nest = run->walk.nest;
  int64_t times = tacet_walk_inner_times(&run->walk, nest->position[b + 1][t]);
  int64_t first_time = time - time % times;
  int64_t pes = run->walk.pes / run->children[b];
  int64_t first_pe = child * pes;
  bool active = false;
  for (int64_t i = first_time; i < first_time + times; i++) {
    for (int64_t pe = first_pe; pe < first_pe + pes; pe++) {
      tacet_box box;
      if (!tacet_walk_box(&run->walk, i, pe, &box)) continue;
      active = true;
      tacet_set_add_tile(tile, &nest->layer.tensor[t], &box);
    }
  }
  return active;
}

/* Whether two times are the same iteration of all loops outside the tile. */
static bool same_tile(const struct run *run, int b, int t, int64_t one,
                      int64_t other) {
  if (one == NEVER || other == NEVER) return false;
  int position = run->walk.nest->position[b + 1][t];
  int64_t times = tacet_walk_inner_times(&run->walk, position);
  return one / times == other / times;
}

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
  const tacet_layer *layer = &run->walk.nest->layer;
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
  int64_t parent = child / (run->children[b] / run->parents[b]);
  bool *updated = updated_at(run, b, parent, element);
  bool adds = b > 0; /* DRAM has no adder */
  if (adds && *updated) moved->partial_sum_reads++;
  *updated = true;
}

/* Moves one child to its tile at a time. NEVER: the run is over. */
static void move_child(struct run *run, int b, int t, int64_t child,
                       int64_t time) {
  int64_t *taken = &run->taken[b][t][child];
  if (same_tile(run, b, t, *taken, time)) return;
  bool active = find_tile(run, &run->now, b, t, child, time);
  if (!active && t != TACET_OUTPUT) return; /* it keeps its operands */
  find_tile(run, &run->previous, b, t, child, *taken);
  *taken = time; /* whoever is idle holds nothing from here on */

  const tacet_set *now = &run->now, *previous = &run->previous;
  for (int64_t i = 0; t == TACET_OUTPUT && i < previous->count; i++)
    if (!now->has[previous->member[i]])
      drain_element(run, b, child, previous->member[i]);
  for (int64_t i = 0; i < now->count; i++)
    if (!previous->has[now->member[i]]) take_element(run, b, t, now->member[i]);

  int64_t *footprint = &run->activity->footprint[b + 1][t];
  if (now->count > *footprint) *footprint = now->count;
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
  int64_t each = run->children[b] / run->parents[b];
  for (int64_t child = 0; child < run->children[b]; child++) {
    if (child % each == 0) {
      tacet_set_clear(&run->fetched);
      tacet_set_clear(&run->drained);
    }
    move_child(run, b, t, child, time);
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
  const tacet_layer *layer = &run->walk.nest->layer;
  if (!run->accelerator->registers[t] || last->step == NEVER) return true;
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
    bool paused = last->step != NEVER && last->step < activity->steps - 1;
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
  for (int64_t pe = 0; pe < run->walk.pes; pe++) {
    tacet_box box;
    if (!tacet_walk_box(&run->walk, time, pe, &box)) continue;
    int64_t macs = tacet_box_macs(&box);
    step.active_pes++;
    step.macs += macs;
    if (macs > step.busiest) step.busiest = macs;
    int64_t count[TACET_TENSORS] = {0};
    do_macs(run, pe, &box, count);
    for (int t = 0; t < TACET_TENSORS; t++)
      if (count[t] > step.l1_reads[t]) step.l1_reads[t] = count[t];
  }
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
  const tacet_tensor *tensor = run->walk.nest->layer.tensor;
  for (int t = 0; t < TACET_TENSORS; t++)
    activity->footprint[0][t] = tacet_tensor_size(&tensor[t]);

  for (int64_t time = 0; time < run->walk.times; time++) {
    if (!tacet_walk_is_step(&run->walk, time)) continue;
    move_all(run, time);
    tacet_step_class step = describe_step(run, time);
    count_step(run, &step);
    if (visit && !visit(&step, context)) visit = NULL;
  }
  move_all(run, NEVER);
  for (int b = 0; b < run->boundaries; b++)
    activity->last_words[b] = run->moved[b][TACET_OUTPUT].updates;
}

tacet_status tacet_execute(tacet_activity *activity, const tacet_nest *nest,
                           const tacet_accelerator *accelerator,
                           tacet_executor_visit *visit, void *context,
                           tacet_error *error) {
  *activity = (tacet_activity){0};
  struct run run = {.activity = activity};
  tacet_status status = make_run(&run, nest, accelerator, error);
  if (!status) walk_all(&run, visit, context);
  free_run(&run);
  return status;
}
