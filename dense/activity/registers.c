/* Reads of L1 beside operand registers: those of every step by itself, less
   those that begin with what the register still holds. Both sums are products
   over dimensions. */
#include "registers.h"
#include "moments.h"

#include <string.h>

const tacet_registers *tacet_registers_make(tacet_registers *space,
                                            const tacet_nest *nest,
                                            const tacet_accelerator *from) {
  bool any = false;
  for (int t = 0; t < TACET_TENSORS; t++) any = any || from->registers[t];
  if (!any) return NULL;
  space->nest = nest;
  memcpy(space->holds, from->registers, sizeof space->holds);
  tacet_mac_order(space->order, nest);
  return space;
}

/* ---- a box -------------------------------------------------------------- */

static bool has_dim(const tacet_registers *registers, int t, int dim) {
  return registers->nest->layer->tensor[t].dims >> dim & 1;
}

int tacet_registers_depth(const tacet_registers *registers, int t,
                          const int64_t box[TACET_MAX_DIMS]) {
  int depth = registers->nest->layer->dims;
  while (depth > 0 && (box[registers->order[depth - 1]] == 1 ||
                       !has_dim(registers, t, registers->order[depth - 1])))
    depth--;
  return depth;
}

int64_t tacet_registers_reads(const tacet_registers *registers, int t,
                              const int64_t box[TACET_MAX_DIMS]) {
  int64_t reads = 1;
  int depth = tacet_registers_depth(registers, t, box);
  for (int i = 0; i < depth; i++) reads *= box[registers->order[i]];
  return reads;
}

/* ---- every step by itself ----------------------------------------------- */

/* The tiles of a dimension over all steps and units. */
typedef struct tiles {
  int64_t length; /* of all of them */
  int64_t count;
  int64_t singles; /* of length 1 */
} tiles;

static void cut(tiles *all, const tacet_chain *chain, int k, int64_t length,
                int64_t count) {
  if (k == chain->loops) {
    all->length += count * length;
    all->count += count;
    if (length == 1) all->singles += count;
    return;
  }
  int64_t size = chain->loop[k]->size;
  if (length >= size) cut(all, chain, k + 1, size, count * (length / size));
  if (length % size) cut(all, chain, k + 1, length % size, count);
}

/* Sums tacet_registers_reads over all boxes, by the innermost loop that moves
   the tensor; `-1`: none does. */
static int64_t sum_reads(const tacet_registers *registers, int t,
                         const tiles of[TACET_MAX_DIMS]) {
  int dims = registers->nest->layer->dims;
  int64_t sum = 0;
  for (int innermost = -1; innermost < dims; innermost++) {
    int64_t reads = 1;
    if (innermost >= 0 && !has_dim(registers, t, registers->order[innermost]))
      continue;
    for (int i = 0; i < dims; i++) {
      const tiles *all = &of[registers->order[i]];
      if (i < innermost)
        reads *= all->length;
      else if (i == innermost)
        reads *= all->length - all->singles;
      else
        reads *= has_dim(registers, t, registers->order[i]) ? all->singles
                                                            : all->count;
    }
    sum += reads;
  }
  return sum;
}

/* ---- from a step to the next -------------------------------------------- */

/* One dimension as steps of a case begin, over all times and units. */
typedef struct change {
  int64_t active;
  int64_t both;         /* active in the step before, too */
  int64_t held;         /* the element of the unit's last active step */
  int64_t held_at_once; /* the same, and that was the step before */
} change;

typedef struct adder {
  const tacet_axis *axis;
  change sum;
} adder;

static void add_moment(const tacet_moment moment[2], int64_t times,
                       void *context) {
  adder *a = context;
  tacet_tile_sums sums = tacet_tiles_sum(&a->axis->chain[0], &moment[0]);
  a->sum.active += times * sums.active;
  a->sum.both += times * sums.both;
  a->sum.held += times * sums.kept_single;
  if (sums.still) a->sum.held_at_once += times * sums.single;
}

static change sum_case(const tacet_axis *axis, int step_case) {
  adder a = {.axis = axis};
  tacet_moments(axis, step_case, add_moment, &a);
  return a.sum;
}

/* A dimension as an axis of its own. */
static void make_axis(tacet_axis *axis, const tacet_view *view, int dim) {
  axis->dims = 1;
  axis->clips = axis->each = false;
  tacet_chain_make(&axis->chain[0], view, dim);
  axis->loops = 0;
  for (int k = 0; k < axis->chain[0].loops; k++)
    if (axis->chain[0].loop[k]->folds > 1)
      axis->order[axis->loops++] = (tacet_axis_loop){0, k};
}

/* PEs that begin a step of the case with what their register holds. */
static int64_t count_held(const tacet_registers *registers, int t,
                          const change of[TACET_MAX_DIMS]) {
  int64_t held = 1;
  for (int d = 0; d < registers->nest->layer->dims; d++) {
    bool own = has_dim(registers, t, d);
    if (t == TACET_OUTPUT)
      held *= own ? of[d].held_at_once : of[d].both;
    else
      held *= own ? of[d].held : of[d].active;
  }
  return held;
}

/* Takes away what is not read as steps begin. */
static void take_held(int64_t reads[TACET_TENSORS],
                      const tacet_registers *registers,
                      const tacet_axis axis[TACET_MAX_DIMS]) {
  const tacet_nest *nest = registers->nest;
  change of[TACET_MAX_DIMS];
  int step_case[TACET_MAX_DIMS] = {0};
  for (int d = 0; d < nest->layer->dims; d++) of[d] = sum_case(&axis[d], 0);
  for (int i = 0; i < nest->loops; i++) {
    int own = nest->loop[i].dim;
    if (nest->loop[i].folds == 1) continue;
    of[own] = sum_case(&axis[own], ++step_case[own]);
    for (int t = 0; t < TACET_TENSORS; t++)
      if (registers->holds[t]) reads[t] -= count_held(registers, t, of);
    of[own] = sum_case(&axis[own], ++step_case[own]);
  }
}

/* ---- both --------------------------------------------------------------- */

void tacet_registers_total(int64_t reads[TACET_TENSORS],
                           const tacet_registers *registers) {
  const tacet_nest *nest = registers->nest;
  const tacet_view view = tacet_view_pes(nest);
  tacet_axis axis[TACET_MAX_DIMS];
  tiles of[TACET_MAX_DIMS] = {{0}};
  for (int d = 0; d < nest->layer->dims; d++) {
    make_axis(&axis[d], &view, d);
    cut(&of[d], &axis[d].chain[0], 0, nest->layer->dim[d].size, 1);
  }
  for (int t = 0; t < TACET_TENSORS; t++)
    if (registers->holds[t]) reads[t] = sum_reads(registers, t, of);
  take_held(reads, registers, axis);
}
