/* The steps of the activity analysis that share one table of leaves. Internal
   to dense/, and to readings that visit steps by classes. */
#ifndef TACET_PRODUCTS_H
#define TACET_PRODUCTS_H

#include "registers.h"
#include "reuse.h"
#include "table.h"

/* Steps that look alike to every axis. */
typedef struct tacet_product {
  const tacet_table *table;
  bool first;                             /* the first step */
  int64_t times;                          /* steps */
  const tacet_factors *factor;            /* products over all axes */
  const tacet_leaf *leaf[TACET_MAX_DIMS]; /* of each axis */
} tacet_product;

/* Returns false to stop. */
typedef bool tacet_product_visit(const tacet_product *product, void *context);

/* Visits every class of steps of the table's view, the first step first. A
   class may come in several parts. */
void tacet_products(const tacet_table *table, tacet_product_visit *visit,
                    void *context);

/* Visits the steps of the table's view one by one, in their order. */
void tacet_products_in_order(const tacet_table *table,
                             tacet_product_visit *visit, void *context);

/* Outputs that leave the first PE as a step of the product begins; of the
   first step those that leave it after the last. */
int64_t tacet_product_leaving(const tacet_product *product);

/* Sets the reads of L1 of what registers hold. */
void tacet_product_reads(int64_t reads[TACET_TENSORS],
                         const tacet_product *product,
                         const tacet_registers *registers);

/* What the steps move over a link, and do at L1 where registers, if not NULL,
   hold some of it. In L2's view only the tensor whose position was asked for
   means anything. */
static inline void tacet_product_step(tacet_step_class *step,
                                      const tacet_product *product,
                                      const tacet_link *link,
                                      const tacet_registers *registers) {
  const tacet_factors *factor = product->factor;
  const bool first = product->first;
  step->occurrences = product->times;
  step->macs = factor->macs;
  step->busiest = factor->busiest;
  step->active_pes = factor->active;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    int64_t fills = factor->held[t] - (first ? 0 : factor->kept[t]);
    int64_t distinct = factor->any[t] - (first ? 0 : factor->stale[t]);
    step->fills[t] = fills;
    step->words_in[t] = link->multicast ? distinct : fills;
  }
  int64_t drains = factor->held[TACET_OUTPUT] - factor->kept[TACET_OUTPUT];
  int64_t distinct = factor->any[TACET_OUTPUT] - factor->stale[TACET_OUTPUT];
  step->fills[TACET_OUTPUT] = step->words_in[TACET_OUTPUT] = 0;
  step->drains = first ? 0 : drains;
  step->words_out = first ? 0 : link->reduction ? distinct : drains;
  int64_t reads[TACET_TENSORS];
  for (int t = 0; t < TACET_TENSORS; t++) reads[t] = factor->busiest;
  if (registers) tacet_product_reads(reads, product, registers);
  for (int t = 0; t < TACET_TENSORS; t++) step->l1_reads[t] = reads[t];
  step->passed_on =
      link->pe_adder && !first ? tacet_product_leaving(product) : 0;
}

/* What they look like, or parts of it: the box of the busiest PE, and the
   units. */
void tacet_product_shape(tacet_step_shape *shape, const tacet_product *product);
void tacet_product_box(int64_t box[TACET_MAX_DIMS],
                       const tacet_product *product);
void tacet_product_units(int64_t units[TACET_MAX_DIMS],
                         const tacet_product *product);

/* Parents of children that have a tile. */
int64_t tacet_product_parents(const tacet_product *product);

/* What the grids of a tensor's words have in common in all classes. */
typedef struct tacet_grid {
  int slot;
  int ranks;
  int rank[TACET_MAX_DIMS];          /* that each axis is about; -1: none */
  int64_t constant[TACET_MAX_RANKS]; /* tacet_axes_constant */
} tacet_grid;

void tacet_grid_make(tacet_grid *grid, const tacet_axes *axes, int slot);

/* tacet_step_shape's extent of an operand: of what one parent sends, or of
   several on average, rounded up. */
void tacet_product_extent(int64_t extent[TACET_MAX_RANKS],
                          const tacet_product *product, const tacet_grid *grid);

/* Zeros what tacet_add_steps adds to. */
void tacet_start_steps(tacet_activity *activity, int inner);

/* Adds what only the first step says, and what leaves after the last. */
void tacet_add_ends(tacet_activity *activity, const tacet_product *product,
                    const tacet_link *link, int inner);

/* Adds a class to the totals of the way into the PEs, boundary `inner`. */
static inline void tacet_add_steps(tacet_activity *activity,
                                   const tacet_product *product,
                                   const tacet_step_class *step,
                                   const tacet_link *link, int inner) {
  const int64_t times = step->occurrences;
  tacet_traffic *traffic = activity->traffic[inner];
  activity->steps += times;
  activity->macs += times * step->macs;
  activity->busiest += times * step->busiest;
  activity->active_pes += times * step->active_pes;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    traffic[t].fills += times * step->fills[t];
    traffic[t].parent_reads += times * step->words_in[t];
  }
  traffic[TACET_OUTPUT].drains += times * step->drains;
  traffic[TACET_OUTPUT].updates += times * step->words_out;
  if (product->first) tacet_add_ends(activity, product, link, inner);
}

/* Sets the reads of L1 when all steps are in the totals. */
void tacet_add_reads(tacet_activity *activity,
                     const tacet_registers *registers);

/* Sets the totals of the other ways, and what partial sums cost on all. */
void tacet_add_outer(tacet_activity *activity, const tacet_nest *nest,
                     const tacet_accelerator *accelerator,
                     const tacet_placed placed[TACET_TENSORS]);

#endif
