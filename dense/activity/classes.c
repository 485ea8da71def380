/* The classes of steps of a nest (design, section 4): products over axes of
   the different leaves each can contribute. */
#include "products.h"
#include "../whole.h"
#include "kept_steps.h"

/* ---- products ----------------------------------------------------------- */

typedef struct search {
  tacet_product product;
  tacet_factors base; /* of all that stands still */
  int moving;         /* axes that do not: */
  int move[TACET_MAX_DIMS];
  int step_case[TACET_MAX_DIMS]; /* of every axis */
  /* of them, those with several leaves, the too many to keep first */
  int axes;
  int axis[TACET_MAX_DIMS];
  tacet_product_visit *visit;
  void *context;
  bool stopped;
} search;

static const tacet_entry *entry_of(const search *s, int a) {
  const tacet_table *table = s->product.table;
  return &table->entries[table->entry[a] + s->step_case[a]];
}

static void show(search *s, int64_t times, const tacet_factors *factor) {
  s->product.times = times;
  s->product.factor = factor;
  s->stopped = !s->visit(&s->product, s->context);
}

static void descend(search *s, int n, int64_t times,
                    const tacet_factors *factor);

/* Where a search for leaves of the n-th axis stands. */
typedef struct branch {
  search *search;
  int n;
  int64_t times;
  const tacet_factors *factor;
} branch;

static void take(const branch *b, const tacet_leaf *leaf) {
  search *s = b->search;
  tacet_factors factor;
  if (s->stopped) return;
  s->product.leaf[s->axis[b->n]] = leaf;
  tacet_multiply(&factor, b->factor, &leaf->factor);
  if (b->n + 1 == s->axes)
    show(s, b->times * leaf->times, &factor);
  else
    descend(s, b->n + 1, b->times * leaf->times, &factor);
}

static tacet_leaf *take_listed(tacet_leaf *leaf, void *context) {
  take(context, leaf);
  return leaf;
}

static void descend(search *s, int n, int64_t times,
                    const tacet_factors *factor) {
  const tacet_table *table = s->product.table;
  int a = s->axis[n];
  const tacet_entry *entry = entry_of(s, a);
  branch b = {s, n, times, factor};
  if (entry->count < 0) {
    tacet_leaf leaf;
    tacet_leaves(&table->axes.axis[a], s->step_case[a], &leaf, take_listed, &b);
  }
  for (int i = 0; i < entry->count; i++)
    take(&b, &table->leaf[entry->first + i]);
}

/* Axes with one leaf are multiplied in at once; those with too many to keep
   go to the outside, so that each is listed as rarely as possible. */
static void visit_step(search *s) {
  const tacet_table *table = s->product.table;
  tacet_factors factor;
  const tacet_factors *product = &s->base;
  int64_t times = 1;
  s->axes = 0;
  for (int m = 0; m < s->moving; m++) {
    int a = s->move[m];
    const tacet_entry *entry = entry_of(s, a);
    if (entry->count == 1) {
      const tacet_leaf *leaf = &table->leaf[entry->first];
      s->product.leaf[a] = leaf;
      times *= leaf->times;
      tacet_multiply(&factor, product, &leaf->factor);
      product = &factor;
      continue;
    }
    int at = s->axes++;
    s->axis[at] = a;
    if (entry->count >= 0) continue;
    s->axis[at] = s->axis[0];
    s->axis[0] = a;
  }
  if (s->axes == 0)
    show(s, times, product);
  else
    descend(s, 0, times, product);
}

/* Multiplies what has no loops, or none that takes time. */
static void start(search *s) {
  const tacet_table *table = s->product.table;
  const tacet_axes *axes = &table->axes;
  tacet_factors *base = &s->base;
  for (int t = 0; t < TACET_TENSORS; t++) {
    base->held[t] = base->kept[t] = axes->words[t];
    base->any[t] = base->stale[t] = axes->words[t];
  }
  base->macs = base->busiest = axes->macs;
  base->active = 1;
  s->moving = 0;
  for (int a = 0; a < axes->count; a++) {
    s->step_case[a] = 0;
    if (axes->axis[a].loops > 0) {
      s->move[s->moving++] = a;
      continue;
    }
    s->product.leaf[a] = &table->leaf[table->entries[table->entry[a]].first];
    tacet_multiply(base, base, &s->product.leaf[a]->factor);
  }
}

/* The case of an axis goes up by one at a loop of its own, and by one more
   for the loops further in. */
void tacet_products(const tacet_table *table, tacet_product_visit *visit,
                    void *context) {
  search s;
  s.product.table = table;
  s.product.first = true;
  s.visit = visit;
  s.context = context;
  s.stopped = false;
  start(&s);
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

/* True if no tile of the first PE has moved in a dimension of the tensor. */
static bool stands_still(const tacet_product *product, int t) {
  const tacet_axes *axes = &product->table->axes;
  uint32_t dims = axes->view.layer->tensor[t].dims;
  for (int a = 0; a < axes->count; a++)
    for (int i = 0; i < axes->axis[a].dims; i++)
      if ((dims >> axes->axis[a].dim[i] & 1) && !product->leaf[a]->still[i])
        return false;
  return true;
}

/* The first PE's tile is the largest, and stands still only where all do: it
   reads most. */
void tacet_product_reads(int64_t reads[TACET_TENSORS],
                         const tacet_product *product,
                         const tacet_registers *registers) {
  int64_t box[TACET_MAX_DIMS];
  tacet_product_box(box, product);
  for (int t = 0; t < TACET_TENSORS; t++) {
    if (!registers->holds[t]) continue;
    bool held = !product->first &&
                tacet_registers_depth(registers, t, box) == 0 &&
                stands_still(product, t);
    reads[t] = held ? 0 : tacet_registers_reads(registers, t, box);
  }
}

int64_t tacet_product_leaving(const tacet_product *product) {
  const tacet_axes *axes = &product->table->axes;
  int64_t words = axes->words[TACET_OUTPUT];
  if (!product->first && stands_still(product, TACET_OUTPUT)) return 0;
  for (int a = 0; a < axes->count; a++)
    for (int i = 0; i < axes->axis[a].dims; i++)
      if (axes->axis[a].cut[i] && axes->axis[a].in[i][TACET_OUTPUT])
        words *= product->leaf[a]->before[i];
  return words;
}

/* The rank of the tensor that an axis is about, or -1. */
static int rank_of_axis(const tacet_tensor *tensor, const tacet_axis *axis) {
  for (int r = 0; r < tensor->ranks; r++)
    for (int k = 0; k < tensor->rank[r].terms; k++)
      for (int i = 0; i < axis->dims; i++)
        if (tensor->rank[r].term[k].dim == axis->dim[i]) return r;
  return -1;
}

/* The axis that alone brings new words of the tensor, or -1. */
static int fresh_axis(const tacet_product *product, int slot) {
  int axes = 0, fresh = -1;
  if (product->first) return -1;
  for (int a = 0; a < product->table->axes.count; a++) {
    const tacet_factors *factor = &product->leaf[a]->factor;
    if (factor->stale[slot] == factor->any[slot]) continue;
    axes++;
    fresh = a;
  }
  return axes == 1 ? fresh : -1;
}

void tacet_grid_make(tacet_grid *grid, const tacet_axes *axes, int slot) {
  const tacet_tensor *tensor = &axes->view.layer->tensor[slot];
  grid->slot = slot;
  grid->ranks = tensor->ranks;
  for (int a = 0; a < axes->count; a++)
    grid->rank[a] = rank_of_axis(tensor, &axes->axis[a]);
  for (int r = 0; r < tensor->ranks; r++)
    grid->constant[r] = tacet_axes_constant(axes, &tensor->rank[r]);
}

static int64_t parents_on(const tacet_leaf *leaf) {
  return leaf->parents[0] * leaf->parents[1];
}

int64_t tacet_product_parents(const tacet_product *product) {
  int64_t parents = 1;
  for (int a = 0; a < product->table->axes.count; a++)
    parents *= parents_on(product->leaf[a]);
  return parents;
}

/* The new words of a tensor are a product over axes of what any PE holds,
   less the product of what is not new: the projection on an axis is all of
   the former unless the other axes hold nothing new. */
void tacet_product_extent(int64_t extent[TACET_MAX_RANKS],
                          const tacet_product *product,
                          const tacet_grid *grid) {
  const int slot = grid->slot, fresh = fresh_axis(product, slot);
  for (int r = 0; r < grid->ranks; r++) extent[r] = grid->constant[r];
  for (int a = 0; a < product->table->axes.count; a++) {
    const tacet_factors *factor = &product->leaf[a]->factor;
    const int rank = grid->rank[a];
    if (rank >= 0)
      extent[rank] *=
          ceil_div(factor->any[slot] - (a == fresh ? factor->stale[slot] : 0),
                   parents_on(product->leaf[a]));
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

void tacet_product_units(int64_t units[TACET_MAX_DIMS],
                         const tacet_product *product) {
  const tacet_axes *axes = &product->table->axes;
  for (int d = 0; d < axes->view.layer->dims; d++) units[d] = 1;
  for (int a = 0; a < axes->count; a++)
    for (int i = 0; i < axes->axis[a].dims; i++)
      if (axes->axis[a].cut[i])
        units[axes->axis[a].dim[i]] = product->leaf[a]->units[i];
}

void tacet_product_shape(tacet_step_shape *shape,
                         const tacet_product *product) {
  tacet_product_box(shape->box, product);
  tacet_product_units(shape->units, product);
  for (int t = 0; t < TACET_OUTPUT; t++) {
    tacet_grid grid;
    tacet_grid_make(&grid, &product->table->axes, t);
    tacet_product_extent(shape->extent[t], product, &grid);
  }
}

/* ---- classes ------------------------------------------------------------ */

typedef struct shower {
  const tacet_link *link;
  const tacet_registers *registers;
  tacet_step_visit *visit;
  void *context;
} shower;

static bool show_class(const tacet_product *product, void *context) {
  const shower *s = context;
  tacet_step_class step;
  tacet_step_shape shape;
  tacet_product_step(&step, product, s->link, s->registers);
  tacet_product_shape(&shape, product);
  return s->visit(&step, &shape, s->context);
}

tacet_status tacet_activity_classes(const tacet_nest *nest,
                                    const tacet_accelerator *accelerator,
                                    tacet_step_visit *visit, void *context,
                                    tacet_error *error) {
  (void)error;
  tacet_table table;
  tacet_registers space;
  tacet_table_make(&table, tacet_view_pes(nest));
  shower s = {&accelerator->link[nest->storages - 2],
              tacet_registers_make(&space, nest, accelerator), visit, context};
  tacet_nest_products(&table, nest, false, show_class, &s);
  return TACET_OK;
}
