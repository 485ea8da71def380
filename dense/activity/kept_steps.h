/* The steps of a nest whose L1 keeps tiles for several steps (design, section
   3, `keep: capacity`). Internal to dense/. */
#ifndef TACET_KEPT_STEPS_H
#define TACET_KEPT_STEPS_H

#include "products.h"

/* True if L1 keeps a tensor's tile for several steps. */
bool tacet_l1_keeps(const tacet_nest *nest);

/* Visits the classes of steps of a nest, or with `in_order` its steps one by
   one: tacet_products of the PEs' view, whose table this is, with the words
   that L1's positions say. */
void tacet_nest_products(const tacet_table *table, const tacet_nest *nest,
                         bool in_order, tacet_product_visit *visit,
                         void *context);

/* tacet_cross of the way into L1: what each tensor costs at a position. */
void tacet_kept_cross(tacet_crossing crossing[TACET_TENSORS],
                      const tacet_axes *axes, const tacet_nest *nest,
                      const tacet_link *link, int position);

/* Words of the tiles that L1 keeps at the nest's positions. */
void tacet_kept_tiles(int64_t words[TACET_TENSORS], const tacet_nest *nest);

/* True if a tensor's tile at a position of L1 ever changes. */
bool tacet_kept_moves(const tacet_nest *nest, int slot, int position);

/* What a window needs looked at: its times, in each PE. The most of all. */
int64_t tacet_kept_work(const tacet_axes *axes);

#endif
