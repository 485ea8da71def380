/* The classes of steps of a nest (design, section 4): products over axes of
   the different leaves each can contribute. */
#include "activity.h"

#include <string.h>

typedef struct product {
  const tacet_table *table;
  int order[TACET_MAX_DIMS]; /* axes, those with too many leaves first */
  const tacet_entry *entry[TACET_MAX_DIMS]; /* in that order */
  const tacet_leaf *chosen[TACET_MAX_DIMS];
  const tacet_layer *layer;
  int axes;
  int advance;
  const tacet_link *link;
  tacet_step_visit *visit;
  void *context;
  bool stopped;
} product;

static const tacet_axis *axis_at(const product *p, int at) {
  return &p->table->axis[p->order[at]];
}

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
    bool rows = in_rows(&p->layer->tensor[slot], axis_at(p, a));
    *(rows ? &shape->rows[slot] : &shape->columns[slot]) *= extent;
  }
}

static void show_shape(const product *p, tacet_step_shape *shape) {
  for (int a = 0; a < p->axes; a++) {
    for (int i = 0; i < axis_at(p, a)->dims; i++) {
      shape->box[axis_at(p, a)->dim[i]] = p->chosen[a]->box[i];
      shape->units[axis_at(p, a)->dim[i]] = p->chosen[a]->units[i];
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
  const tacet_entry *entry = p->entry[axis];
  if (entry->count < 0) {
    const tacet_axis *listed = axis_at(p, axis);
    tacet_axis_leaves(listed, tacet_axis_case(listed, p->advance), multiply_in,
                      &next);
    return;
  }
  for (int i = 0; i < entry->count; i++)
    multiply_in(&p->table->leaf[entry->first + i], &next);
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

/* Axes with too many leaves to keep go to the outside of the product, so that
   each is listed as rarely as possible. */
static void order_axes(product *p) {
  int first = 0, last = p->table->axes;
  for (int a = 0; a < p->table->axes; a++) {
    const tacet_entry *entry = tacet_table_entry(p->table, a, p->advance);
    int at = entry->count < 0 ? first++ : --last;
    p->order[at] = a;
    p->entry[at] = entry;
  }
}

void tacet_classes(const tacet_table *table, const tacet_link *link,
                   tacet_step_visit *visit, void *context) {
  tacet_leaf one = {.times = 1};
  for (int f = 0; f < TACET_FACTORS; f++) one.factor[f] = 1;
  product p = {.table = table,
               .axes = table->axes,
               .layer = table->view.layer,
               .link = link,
               .visit = visit,
               .context = context};
  for (int i = TACET_FIRST_STEP; i < table->view.loops && !p.stopped; i++) {
    p.advance = i;
    order_axes(&p);
    descend(&p, 0, &one);
  }
}

tacet_status tacet_activity_classes(const tacet_nest *nest,
                                    const tacet_accelerator *accelerator,
                                    tacet_step_visit *visit, void *context,
                                    tacet_error *error) {
  tacet_status status = tacet_three_levels(nest, accelerator, error);
  if (status) return status;
  tacet_table table;
  tacet_table_make(&table, tacet_view_pes(nest));
  tacet_classes(&table, &accelerator->link[1], visit, context);
  return TACET_OK;
}
