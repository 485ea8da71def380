/* The steps of a nest one by one, as products over axes: for what depends on
   which step follows which. */
#include "products.h"
#include "steps.h"

typedef struct order {
  const tacet_table *table;
  tacet_steps steps;
  /* of each axis, at this step: */
  tacet_moment moment[TACET_MAX_DIMS][2];
  tacet_leaf leaf[TACET_MAX_DIMS];
} order;

static void set_leaf(order *o, int a) {
  const tacet_axis *axis = &o->table->axes.axis[a];
  for (int i = 0; i < axis->dims; i++) {
    tacet_moment *moment = &o->moment[a][i];
    *moment = o->steps.moment[axis->dim[i]];
    if (!moment->first) continue;
    moment->first = false; /* what is held at the end leaves after it */
    tacet_moment_before(moment, &axis->chain[i]);
  }
  tacet_leaf_at(&o->leaf[a], axis, o->moment[a]);
}

static void multiply_all(tacet_factors *product, const order *o) {
  const tacet_axes *axes = &o->table->axes;
  for (int t = 0; t < TACET_TENSORS; t++) {
    product->held[t] = product->kept[t] = axes->words[t];
    product->any[t] = product->stale[t] = axes->words[t];
  }
  product->macs = product->busiest = axes->macs;
  product->active = 1;
  for (int a = 0; a < axes->count; a++)
    tacet_multiply(product, product, &o->leaf[a].factor);
}

/* Where the same loop advances again, other axes stay as they were: loops
   further in, which start over, would have advanced in between. */
static void set_leaves(order *o, int advanced_before) {
  const tacet_axes *axes = &o->table->axes;
  const int advance = o->steps.advance;
  for (int a = 0; a < axes->count; a++)
    if (advance != advanced_before || a == axes->axis_of[advance])
      set_leaf(o, a);
}

void tacet_products_in_order(const tacet_table *table,
                             tacet_product_visit *visit, void *context) {
  order o;
  tacet_factors factor;
  tacet_product product;
  int before = TACET_AFTER_LAST;
  o.table = table;
  product.table = table;
  product.times = 1;
  product.factor = &factor;
  for (int a = 0; a < table->axes.count; a++) product.leaf[a] = &o.leaf[a];
  tacet_steps_start(&o.steps, table->axes.view);
  do {
    set_leaves(&o, before);
    before = o.steps.advance;
    multiply_all(&factor, &o);
    product.first = before == TACET_FIRST_STEP;
  } while (visit(&product, context) && tacet_steps_next(&o.steps));
}
