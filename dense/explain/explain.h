/* What a nest means: which loop moves a tensor where, how units share it, how
   often a word is used, which steps take the time, and what more bandwidth
   would do. For people; costs do not depend on it. */
#ifndef TACET_EXPLAIN_H
#define TACET_EXPLAIN_H

#include "../dense.h"

/* ---- in time ------------------------------------------------------------ */

/* The innermost loop that moves a tensor's tile at a storage level from step
   to step, or -1 if it stays for the whole run. */
int tacet_mover(const tacet_nest *nest, int storage, int slot);

/* Steps, at most, that the tile stays: those of the loops inside its mover. */
int64_t tacet_stay(const tacet_nest *nest, int storage, int slot);

/* True if a tile that a loop moves shares elements with the one after it. */
bool tacet_slides(const tacet_nest *nest, int loop, int slot);

/* ---- in space ----------------------------------------------------------- */

/* How the units of a spatial loop divide a tensor. */
typedef enum tacet_spread {
  TACET_SPREAD_SAME,     /* an operand that all of them take */
  TACET_SPREAD_OWN,      /* each a part of its own */
  TACET_SPREAD_OVERLAP,  /* the same, but neighbours share some */
  TACET_SPREAD_DIAGONAL, /* both terms of a rank lie in space: units share
                            where their sum is the same */
  TACET_SPREAD_SUM       /* outputs that they add up together */
} tacet_spread;

/* `loop` is the index of a spatial loop. */
tacet_spread tacet_spread_of(const tacet_nest *nest, int loop, int slot);

/* The storage level whose buffers, each in one unit of it or of one further in,
   divide a tensor as such a loop says. */
int tacet_spread_among(const tacet_nest *nest, int loop);

/* ---- reuse -------------------------------------------------------------- */

/* How often a word is used between here and there; `all` is the product of all
   from in_pe on. Of outputs, words are partial sums on their way out. */
typedef struct tacet_reuse {
  double in_register; /* MACs for each read of L1; 1 without registers */
  double in_pe;       /* MACs for each word that comes to, or leaves, a PE */
  /* Of level s between DRAM and L1: */
  double in_space[TACET_MAX_STORAGE]; /* children, for each word that it reads
                                         or is sent */
  double in_time[TACET_MAX_STORAGE];  /* words it reads, or is sent, for each
                                         that one of its buffers takes, or
                                         gives */
  double all;                         /* MACs for each word of DRAM */
  double best;                        /* if each element passed DRAM once */
} tacet_reuse;

void tacet_reuse_of(tacet_reuse *reuse, const tacet_nest *nest,
                    const tacet_activity *activity, int slot);

/* ---- steps -------------------------------------------------------------- */

/* Steps that are alike in all that costs time. */
typedef struct tacet_step_kind {
  tacet_step_class step;
  double compute, in, out; /* cycles of one */
  double lasts;            /* cycles of one, together */
} tacet_step_kind;

/* The kinds of steps, those that take most time of the run first. *kind is
   the caller's, to be freed. In the first step nothing comes in: that lies
   before the run of the steps. If PEs wait only at the end, a step lasts as
   long as if they waited after it. */
tacet_status tacet_step_kinds(tacet_step_kind **kind, int *kinds,
                              const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              tacet_error *error);

/* ---- limits ------------------------------------------------------------- */

/* The cost of the dense reading. */
tacet_status tacet_dense_cost(tacet_cost *cost, const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              tacet_error *error);

/* Gives a link so many words a cycle; buses of tensors keep their shares. */
void tacet_link_widen(tacet_link *link, double words);

/* Words a cycle below which the link of a boundary binds the run, and above
   which it does not; INFINITY if its latency alone does, 0 if nothing does.
   Found by halving, to four digits; whole cycles blur it where runs are
   short. */
tacet_status tacet_bandwidth_needed(double *words, const tacet_nest *nest,
                                    const tacet_accelerator *accelerator,
                                    int boundary, tacet_error *error);

/* The same for one tensor's bus, if the others had no limit. */
tacet_status tacet_bus_needed(double *words, const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              int boundary, int slot, tacet_error *error);

#endif
