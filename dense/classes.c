/* The classes of steps of a nest (design, section 4): products over axes of
   the different leaves each can contribute. */
#include "classes.h"

#include <string.h>

enum { MAX_LEAVES = 64 };

/* The leaves of an axis, equal ones merged. */
typedef struct leaves {
  int count; /* MAX_LEAVES + 1: too many to keep */
  tacet_leaf leaf[MAX_LEAVES];
} leaves;

static bool same_leaf(const tacet_leaf *a, const tacet_leaf *b) {
  return memcmp(a->factor, b->factor, sizeof a->factor) == 0 &&
         memcmp(a->box, b->box, sizeof a->box) == 0 &&
         memcmp(a->units, b->units, sizeof a->units) == 0;
}

static void keep_leaf(const tacet_leaf *leaf, void *context) {
  leaves *kept = context;
  if (kept->count > MAX_LEAVES) return;
  for (int i = 0; i < kept->count; i++) {
    if (same_leaf(&kept->leaf[i], leaf)) {
      kept->leaf[i].times += leaf->times;
      return;
    }
  }
  if (kept->count < MAX_LEAVES) kept->leaf[kept->count] = *leaf;
  kept->count++;
}

typedef struct product {
  const tacet_axis *axis[TACET_MAX_DIMS]; /* those with too many first */
  const leaves *kept[TACET_MAX_DIMS];     /* NULL: too many, list again */
  const tacet_leaf *chosen[TACET_MAX_DIMS];
  const tacet_layer *layer;
  int axes;
  int advance;
  const tacet_link *link;
  tacet_step_visit *visit;
  void *context;
  bool stopped;
} product;

typedef struct partial {
  product *p;
  int axis; /* the next to multiply in */
  tacet_leaf value;
} partial;

static void show_class(const product *p, const tacet_leaf *value,
                       tacet_step_class *step) {
  const int64_t *factor = value->factor;
  bool first = p->advance == TACET_FIRST_STEP;
  *step = (tacet_step_class){.occurrences = value->times,
                             .macs = factor[TACET_MACS],
                             .busiest = factor[TACET_BUSIEST],
                             .active_pes = factor[TACET_ACTIVE]};
  for (int t = 0; t < TACET_OUTPUT; t++) {
    int64_t distinct = factor[TACET_ANY + t];
    step->fills[t] = factor[TACET_HELD + t];
    if (!first) {
      distinct -= factor[TACET_STALE + t];
      step->fills[t] -= factor[TACET_KEPT + t];
    }
    step->words_in[t] = p->link->multicast ? distinct : step->fills[t];
  }
  if (first) return;
  step->drains = factor[TACET_LEAVE] - factor[TACET_STAY];
  step->words_out = p->link->reduction
                        ? factor[TACET_LEAVE_ANY] - factor[TACET_STAY_ANY]
                        : step->drains;
}

static bool in_rows(const tacet_tensor *tensor, const tacet_axis *axis) {
  for (int r = 0; r < tensor->row_ranks; r++)
    for (int k = 0; k < tensor->rank[r].terms; k++)
      for (int i = 0; i < axis->dims; i++)
        if (tensor->rank[r].term[k].dim == axis->dim[i]) return true;
  return false;
}

/* The new words of a tensor are a product over axes of what any PE holds,
   less the product of what is not new: the projection on an axis is all of
   the former unless the other axes hold nothing new. */
static void show_grid(const product *p, int slot, tacet_step_shape *shape) {
  int fresh_axes = 0, fresh = -1;
  for (int a = 0; a < p->axes; a++) {
    const int64_t *factor = p->chosen[a]->factor;
    if (factor[TACET_STALE + slot] == factor[TACET_ANY + slot]) continue;
    fresh_axes++;
    fresh = a;
  }
  if (p->advance == TACET_FIRST_STEP || fresh_axes != 1) fresh = -1;
  shape->rows[slot] = shape->columns[slot] = 1;
  for (int a = 0; a < p->axes; a++) {
    const int64_t *factor = p->chosen[a]->factor;
    int64_t extent = factor[TACET_ANY + slot];
    if (a == fresh) extent -= factor[TACET_STALE + slot];
    bool rows = in_rows(&p->layer->tensor[slot], p->axis[a]);
    *(rows ? &shape->rows[slot] : &shape->columns[slot]) *= extent;
  }
}

static void show_shape(const product *p, tacet_step_shape *shape) {
  for (int a = 0; a < p->axes; a++) {
    for (int i = 0; i < p->axis[a]->dims; i++) {
      shape->box[p->axis[a]->dim[i]] = p->chosen[a]->box[i];
      shape->units[p->axis[a]->dim[i]] = p->chosen[a]->units[i];
    }
  }
  for (int t = 0; t < TACET_OUTPUT; t++) show_grid(p, t, shape);
}

static void multiply_in(const tacet_leaf *leaf, void *context);

static void descend(product *p, int axis, const tacet_leaf *value) {
  if (p->stopped) return;
  if (axis == p->axes) {
    tacet_step_class step;
    tacet_step_shape shape;
    show_class(p, value, &step);
    show_shape(p, &shape);
    p->stopped = !p->visit(&step, &shape, p->context);
    return;
  }
  partial next = {p, axis, *value};
  const leaves *kept = p->kept[axis];
  if (!kept) {
    tacet_axis_leaves(p->axis[axis], p->advance, multiply_in, &next);
    return;
  }
  for (int i = 0; i < kept->count; i++) multiply_in(&kept->leaf[i], &next);
}

static void multiply_in(const tacet_leaf *leaf, void *context) {
  const partial *part = context;
  part->p->chosen[part->axis] = leaf;
  tacet_leaf value;
  value.times = part->value.times * leaf->times;
  for (int f = 0; f < TACET_FACTORS; f++)
    value.factor[f] = part->value.factor[f] * leaf->factor[f];
  descend(part->p, part->axis + 1, &value);
}

/* Lists the leaves of every axis; those that are too many to keep go to the
   outside of the product, so that each is listed as rarely as possible. */
static void order_axes(product *p, const tacet_axis *axis, int axes,
                       leaves *kept) {
  p->axes = 0;
  int end = axes;
  for (int a = 0; a < axes; a++) {
    kept[a].count = 0;
    tacet_axis_leaves(&axis[a], p->advance, keep_leaf, &kept[a]);
    bool many = kept[a].count > MAX_LEAVES;
    int at = many ? p->axes++ : --end;
    p->axis[at] = &axis[a];
    p->kept[at] = many ? NULL : &kept[a];
  }
  p->axes = axes;
}

void tacet_classes(tacet_view view, const tacet_link *link,
                   tacet_step_visit *visit, void *context) {
  tacet_axis axis[TACET_MAX_DIMS];
  leaves kept[TACET_MAX_DIMS];
  tacet_leaf one = {.times = 1};
  for (int f = 0; f < TACET_FACTORS; f++) one.factor[f] = 1;
  int axes = tacet_axes(axis, &view);
  product p = {
      .layer = view.layer, .link = link, .visit = visit, .context = context};
  for (int i = TACET_FIRST_STEP; i < view.loops && !p.stopped; i++) {
    p.advance = i;
    order_axes(&p, axis, axes, kept);
    descend(&p, 0, &one);
  }
}

tacet_status tacet_activity_classes(const tacet_nest *nest,
                                    const tacet_accelerator *accelerator,
                                    tacet_step_visit *visit, void *context,
                                    tacet_error *error) {
  if (nest->storages != 3)
    return tacet_fail(error, TACET_INFEASIBLE, &accelerator->place,
                      "only DRAM, L2 and L1 are modelled, not %d levels",
                      nest->storages);
  tacet_classes(tacet_view_pes(nest), &accelerator->link[1], visit, context);
  return TACET_OK;
}
