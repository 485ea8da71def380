/* The classes of steps of a nest (design, section 4): products over axes of
   the different leaves each can contribute. */
#include "activity.h"

#include <string.h>

/* ---- products ----------------------------------------------------------- */

typedef struct search {
  tacet_product product;
  /* the axes with several leaves, those with too many to keep first */
  int axes;
  int axis[TACET_MAX_DIMS];
  int step_case[TACET_MAX_DIMS]; /* of every axis */
  tacet_product_visit *visit;
  void *context;
  bool stopped;
} search;

/* A product of some axes. */
typedef struct partial {
  int64_t times;
  int64_t factor[TACET_FACTORS];
} partial;

static void multiply(partial *to, const partial *from, const tacet_leaf *leaf) {
  to->times = from->times * leaf->times;
  for (int f = 0; f < TACET_FACTORS; f++)
    to->factor[f] = from->factor[f] * leaf->factor[f];
}

/* Of the dimensions without loops, which stand still. */
static void start_product(partial *value, const tacet_axes *axes) {
  value->times = 1;
  for (int t = 0; t < TACET_TENSORS; t++) {
    value->factor[TACET_HELD + t] = value->factor[TACET_KEPT + t] =
        value->factor[TACET_ANY + t] = value->factor[TACET_STALE + t] =
            axes->words[t];
  }
  value->factor[TACET_MACS] = value->factor[TACET_BUSIEST] = axes->macs;
  value->factor[TACET_ACTIVE] = 1;
}

static const tacet_entry *entry_of(const search *s, int a) {
  const tacet_table *table = s->product.table;
  return &table->entries[table->entry[a] + s->step_case[a]];
}

static void show(search *s, const partial *value) {
  s->product.times = value->times;
  memcpy(s->product.factor, value->factor, sizeof value->factor);
  s->stopped = !s->visit(&s->product, s->context);
}

/* Where a search for leaves of the n-th axis stands. */
typedef struct branch {
  search *search;
  int n;
  const partial *value;
} branch;

static void descend(search *s, int n, const partial *value);

static void take_leaf(const tacet_leaf *leaf, void *context) {
  const branch *b = context;
  search *s = b->search;
  partial value;
  if (s->stopped) return;
  s->product.leaf[s->axis[b->n]] = leaf;
  multiply(&value, b->value, leaf);
  descend(s, b->n + 1, &value);
}

static void descend(search *s, int n, const partial *value) {
  if (n == s->axes) {
    show(s, value);
    return;
  }
  const tacet_table *table = s->product.table;
  int a = s->axis[n];
  const tacet_entry *entry = entry_of(s, a);
  branch b = {s, n, value};
  if (entry->count < 0)
    tacet_leaves(&table->axes.axis[a], s->step_case[a], take_leaf, &b);
  for (int i = 0; i < entry->count; i++)
    take_leaf(&table->leaf[entry->first + i], &b);
}

/* Axes with one leaf are multiplied in at once; those with too many to keep
   go to the outside, so that each is listed as rarely as possible. */
static void visit_step(search *s) {
  const tacet_table *table = s->product.table;
  partial value;
  start_product(&value, &table->axes);
  s->axes = 0;
  for (int a = 0; a < table->axes.count; a++) {
    const tacet_entry *entry = entry_of(s, a);
    if (entry->count == 1) {
      s->product.leaf[a] = &table->leaf[entry->first];
      multiply(&value, &value, s->product.leaf[a]);
      continue;
    }
    int at = s->axes++;
    s->axis[at] = a;
    if (entry->count >= 0) continue;
    s->axis[at] = s->axis[0];
    s->axis[0] = a;
  }
  descend(s, 0, &value);
}

/* The case of an axis goes up by one at a loop of its own, and by one more
   for the loops further in. */
void tacet_products(const tacet_table *table, tacet_product_visit *visit,
                    void *context) {
  search s = {.product = {.table = table, .first = true},
              .visit = visit,
              .context = context};
  visit_step(&s);
  s.product.first = false;
  for (int i = 0; i < table->axes.view.loops && !s.stopped; i++) {
    int a = table->axes.axis_of[i];
    if (a < 0) continue;
    s.step_case[a]++;
    visit_step(&s);
    s.step_case[a]++;
  }
}

/* ---- what a product says ------------------------------------------------ */

void tacet_product_step(tacet_step_class *step, const tacet_product *product,
                        const tacet_link *link) {
  const int64_t *factor = product->factor;
  int64_t moved[TACET_TENSORS], distinct[TACET_TENSORS];
  for (int t = 0; t < TACET_TENSORS; t++) {
    moved[t] = factor[TACET_HELD + t];
    distinct[t] = factor[TACET_ANY + t];
    if (product->first) continue;
    moved[t] -= factor[TACET_KEPT + t];
    distinct[t] -= factor[TACET_STALE + t];
  }
  step->occurrences = product->times;
  step->macs = factor[TACET_MACS];
  step->busiest = factor[TACET_BUSIEST];
  step->active_pes = factor[TACET_ACTIVE];
  for (int t = 0; t < TACET_OUTPUT; t++) {
    step->fills[t] = moved[t];
    step->words_in[t] = link->multicast ? distinct[t] : moved[t];
  }
  step->fills[TACET_OUTPUT] = step->words_in[TACET_OUTPUT] = 0;
  step->drains = product->first ? 0 : moved[TACET_OUTPUT];
  step->words_out = step->drains;
  if (link->reduction && !product->first)
    step->words_out = distinct[TACET_OUTPUT];
}

static bool in_rows(const tacet_tensor *tensor, const tacet_axis *axis) {
  for (int r = 0; r < tensor->row_ranks; r++)
    for (int k = 0; k < tensor->rank[r].terms; k++)
      for (int i = 0; i < axis->dims; i++)
        if (tensor->rank[r].term[k].dim == axis->dim[i]) return true;
  return false;
}

/* The axis that alone brings new words of the tensor, or -1. */
static int fresh_axis(const tacet_product *product, int slot) {
  int axes = 0, fresh = -1;
  if (product->first) return -1;
  for (int a = 0; a < product->table->axes.count; a++) {
    const int64_t *factor = product->leaf[a]->factor;
    if (factor[TACET_STALE + slot] == factor[TACET_ANY + slot]) continue;
    axes++;
    fresh = a;
  }
  return axes == 1 ? fresh : -1;
}

/* The new words of a tensor are a product over axes of what any PE holds,
   less the product of what is not new: the projection on an axis is all of
   the former unless the other axes hold nothing new. */
static void set_grid(tacet_step_shape *shape, const tacet_product *product,
                     int slot) {
  const tacet_axes *axes = &product->table->axes;
  const tacet_tensor *tensor = &axes->view.layer->tensor[slot];
  int fresh = fresh_axis(product, slot);
  shape->rows[slot] = shape->columns[slot] = 1;
  for (int r = 0; r < tensor->ranks; r++) {
    int64_t *side =
        r < tensor->row_ranks ? &shape->rows[slot] : &shape->columns[slot];
    *side *= tacet_axes_constant(axes, &tensor->rank[r]);
  }
  for (int a = 0; a < axes->count; a++) {
    const int64_t *factor = product->leaf[a]->factor;
    int64_t extent = factor[TACET_ANY + slot];
    if (a == fresh) extent -= factor[TACET_STALE + slot];
    bool rows = in_rows(tensor, &axes->axis[a]);
    *(rows ? &shape->rows[slot] : &shape->columns[slot]) *= extent;
  }
}

void tacet_product_box(int64_t box[TACET_MAX_DIMS],
                       const tacet_product *product) {
  const tacet_axes *axes = &product->table->axes;
  const tacet_layer *layer = axes->view.layer;
  for (int d = 0; d < layer->dims; d++) box[d] = layer->dim[d].size;
  for (int a = 0; a < axes->count; a++)
    for (int i = 0; i < axes->axis[a].dims; i++)
      if (axes->axis[a].cut[i])
        box[axes->axis[a].dim[i]] = product->leaf[a]->box[i];
}

void tacet_product_shape(tacet_step_shape *shape,
                         const tacet_product *product) {
  const tacet_axes *axes = &product->table->axes;
  tacet_product_box(shape->box, product);
  for (int d = 0; d < axes->view.layer->dims; d++) shape->units[d] = 1;
  for (int a = 0; a < axes->count; a++)
    for (int i = 0; i < axes->axis[a].dims; i++)
      if (axes->axis[a].cut[i])
        shape->units[axes->axis[a].dim[i]] = product->leaf[a]->units[i];
  for (int t = 0; t < TACET_OUTPUT; t++) set_grid(shape, product, t);
}

/* ---- classes ------------------------------------------------------------ */

typedef struct shower {
  const tacet_link *link;
  tacet_step_visit *visit;
  void *context;
} shower;

static bool show_class(const tacet_product *product, void *context) {
  const shower *s = context;
  tacet_step_class step;
  tacet_step_shape shape;
  tacet_product_step(&step, product, s->link);
  tacet_product_shape(&shape, product);
  return s->visit(&step, &shape, s->context);
}

void tacet_classes(const tacet_table *table, const tacet_link *link,
                   tacet_step_visit *visit, void *context) {
  shower s = {link, visit, context};
  tacet_products(table, show_class, &s);
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
