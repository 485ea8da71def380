/* tacet, the sparse part: what zeros take away from an activity table. The
   nest, and with it every dense count, stays as it is; each access and MAC of
   the dense reading becomes actual, gated or skipped, and transfers are
   compressed (design, section 5). */
#ifndef TACET_SPARSE_H
#define TACET_SPARSE_H

#include "../dense/dense.h"
#include "formats/format.h"
#include "masks/join.h"
#include "masks/mask.h"
#include "patterns/occupancy.h"
#include "patterns/pattern.h"

/* ---- what a design does about zeros ------------------------------------- */

enum { TACET_MAX_RULES = 16 };

/* "at L, skip (or gate) T on Z...": an access of T at level L does not happen
   while one of the conditions Z is zero. An output is zero here only where
   its zeros are known before the layer runs (tacet_zeros.known): masked
   attention, sampled products.

   At a storage level above L1 an action is about what one child receives of T
   (of an output: sends), either tile by tile or, if `element`, element by
   element. A stay of T at a child lasts as long as the child's tile of T keeps
   its coordinates in all ranks of a single dimension, from one step in which
   the child works to its next: a loop over one dimension of a rank that sums
   two (Y, X) only slides the tile. A tile has not left L2, or a buffer at a
   cluster boundary, as long as a PE or such a buffer below it holds what it took
   of it: where a fold leaves PEs idle, these keep their tiles until L2's comes
   back, and both of L2's stays are one, but not those of other tiles in
   between. The tile is what the child keeps, of an L1 that does so for
   several steps, too, which takes the words that rules let pass at the steps
   that first use them. Condition Z is zero for a tile if all of Z that the
   child works on during the stay is zero; for an element, if all of Z that it
   meets there in a MAC is, and Z = T if it is zero itself. Padding is fetched
   nowhere, so it meets nothing; as an element it is zero itself.

   At L1 the unit is the read of one operand by one MAC. At compute it is the
   MAC itself.

   What an action takes away: above L1 the access, the same words' accesses
   further in, and with their L1 accesses the child's MACs during the stay or,
   of an element, those that use it; at L1 the read of T and the MAC with its
   partial-sum accesses; at compute the MAC with its partial-sum accesses, but
   no operand read. Skip wins over gate. Outer products make every pair of
   what they take: an output that is zero saves none of their slots. */
typedef struct tacet_rule {
  int storage;            /* level of the access; TACET_AT_COMPUTE for MACs */
  bool skip;              /* else gate */
  bool element;           /* above L1: element by element */
  int target;             /* tensor; at compute not used */
  bool on[TACET_TENSORS]; /* conditions; any suffices. Of a target that is the
                             output: the output alone */
  tacet_place place;
} tacet_rule;

enum { TACET_AT_COMPUTE = TACET_MAX_STORAGE };

/* How weights are dealt to PEs, once and for all before a layer runs: along one
   of their dimensions in another order. The non-zero weights of a coordinate
   are what it weighs; of equal ones the first counts as heavier. Each group of
   a convolution, or batch of a GEMM, has an order of its own where all tensors
   that have the dimension have those apart. The other tensors that have it take
   the order over. Of places at which the dataflow puts coordinates, one PE
   comes to a first, second, third and so on, its turns. Then

   sorted: heaviest first, all PEs' first turn, then their second, ...; what
   PEs do at the same time weighs much the same.

   paired: the heaviest coordinate and the lightest are the first two turns of
   the first PE, the next two of the second, and so on, then the third and
   fourth turns; a PE's last turn without a partner takes from what is left, in
   the same order. So Gondimalla et al., "SparTen", MICRO 2019, balance filters
   as a whole (GB-S). */
typedef enum tacet_balance_kind {
  TACET_BALANCE_NOT,
  TACET_BALANCE_SORT,
  TACET_BALANCE_PAIR
} tacet_balance_kind;

typedef struct tacet_balance {
  tacet_balance_kind kind;
  char along[TACET_LAYER_TYPES][4]; /* a dimension for each layer type; "" for
                                       those that are left as they are */
  tacet_place place;
} tacet_balance;

typedef struct tacet_features {
  /* Format in which level s receives tensor t: operands from outside; finished
     outputs from inside, in DRAM. Partial sums travel uncompressed. A level
     above L1 expands as it comes in what it passes on uncompressed, and so holds
     its zeros.
     Zeros that a format stores all the same, in BSR's blocks and N:M's slots,
     cost bits and so time; accesses count values that are not zero. */
  tacet_format format[TACET_MAX_STORAGE][TACET_TENSORS];
  int rules;
  tacet_rule rule[TACET_MAX_RULES];
  tacet_balance balance;
} tacet_features;

/* Reads the `sparse` key of an accelerator's file; all dense if there is none.
   Its issue and sync serve the dense reading too and go to *accelerator.

   Where tiles are contiguous, actions above L1 on elements cannot have other
   conditions than their target: they look at what an element meets in MACs, and
   some words are used by none. Those on tiles take such words along.

     sparse:
       weight: {l2: CSC, l1: [UOP, CP(8)]}            # see format_read.h
       input:  {l2: CSC, l1: CSC}
       output: {dram: RLC}
       actions:
         - {at: l1, skip: weight, on: [input]}
         - {at: l2, skip: input, on: [output], granularity: element} # or tile
         - {at: compute, gate: [weight, input]}
       issue: scalar       # or {vector: 4, along: C} or {outer: [4, 4]}
       sync: step          # or {window: 8}, {queue: 8}, end
       intersection: {pairs: 128}   # or {coordinates: 2}
       balance: {pair: K}  # or {sort: K}: filters in an order of their weights

   Sparseloop's words are accepted: representation-format for the formats,
   action-optimization for actions, with {type: skipping, target: weight,
   condition-on: [input]}. A and B are accepted for input and weight. A
   vector's dimension can differ by layer type: along: {CONV: C, GEMM: K}.

   An outer product takes all inputs that a PE's outputs need (halos: input, the
   default), or of those that several PEs need only its share, and sends sums to
   its neighbours: {outer: [4, 4], halos: output}.

   sync says how far PEs and transfers run apart (tacet_sync): they wait for
   each other at each step, after each window of steps, or at the end; or none
   is more than a queue of steps ahead of any other. The way into the PEs and
   the way out of them are units like these where L1 is double-buffered. With
   densities a queue counts as a window as long, which is an upper bound.

   intersection limits what a PE examines a cycle to find its effectual pairs:
   all pairs of its tile (bitmasks side by side), or, of what the design skips,
   only those in which an operand is not zero (two lists merged). Without it the
   search takes no time.

   balance deals weights to PEs by their zeros (tacet_balance), along a
   dimension that the dataflow lays over PEs; {pair: {CONV: K, GEMM: N}} names
   one for some types of layers. What it costs is tacet_balance_moved. */
struct tacet_doc;
tacet_status tacet_features_read(tacet_features *features,
                                 tacet_accelerator *accelerator,
                                 const struct tacet_doc *doc,
                                 tacet_error *error);

/* ---- where the zeros are ------------------------------------------------ */

/* One tensor's zeros, other than those that a transposed layer inserts: they
   are known, and where there is a mask it has zeros there. */
typedef struct tacet_zeros {
  double density;         /* of its values; 1 if nothing is known */
  const tacet_mask *mask; /* borrowed; NULL for a model */
  bool drawn;             /* the mask is a sample of a model, not the truth */
  const tacet_pattern *pattern; /* borrowed; NULL for the uniform model of
                                   `density`, else that is the pattern's */
  bool known; /* output: conditions of rules may use its zeros, for
                             they are there before the layer runs */
} tacet_zeros;

typedef struct tacet_sparsity {
  tacet_zeros tensor[TACET_TENSORS];
} tacet_sparsity;

/* True if every number of the sparse reading is exact: each operand has a mask
   of its own or no zeros. Or without masks, if the layer has no padding, a
   pattern that leaves nothing to chance (TACET_PLANE), as long as units wait
   for each other after every step, no rule acts above L1, formats need no more
   than the number of non-zeros, no register makes MACs share a read, L1 holds
   the tiles of a step, what it
   receives compressed is multicast by L2, and only one of the operands has a
   pattern or issue is scalar. Otherwise numbers are those of a sample, or expectations
   of the patterns: beside a mask, which answers for itself where boxes of it
   can be asked (it has bits, and fewer than 2^32 elements), else counts by its
   density only. */
bool tacet_is_exact(const tacet_sparsity *sparsity,
                    const tacet_features *features, const tacet_layer *layer,
                    const tacet_accelerator *accelerator);

/* The features as they serve these tensors: formats are bound to the layer's
   ranks and TACET_BEST chosen. A tensor without zeros is sent as it is,
   whatever the format, so that density 1 is the dense reading. Errors are
   those of tacet_format_bind, and TACET_INFEASIBLE: a tensor is not of the N:M
   that its format is the index of, or tiles cut its groups. */
tacet_status
tacet_features_for(tacet_features *used, const tacet_features *features,
                   const tacet_nest *nest, const tacet_accelerator *accelerator,
                   const tacet_sparsity *sparsity, tacet_error *error);

/* Elements of each tensor that lie elsewhere because of the balance. Weights
   are moved before anything runs, for nothing. Outputs come out in that other
   order, and inputs are wanted in it. Neither takes time if the weights of the
   neighbouring layers are put in the same order beforehand; else, as where two
   layers' outputs are added or at the end of a network, so many words must pass
   a network that puts them back, which is in no figure. Errors:
   TACET_INFEASIBLE, there is no such dimension, the dataflow does not lay it
   over PEs, or a pattern of one rule for all says where zeros are along it;
   TACET_NO_MEMORY. */
tacet_status tacet_balance_moved(int64_t moved[TACET_TENSORS],
                                 const tacet_features *features,
                                 const tacet_nest *nest,
                                 const tacet_sparsity *sparsity,
                                 tacet_error *error);

/* ---- the sparse reading ------------------------------------------------- */

/* The sparse reading of a nest: counts and timeline thinned by zeros. With
   masks it walks every step; with patterns it visits classes of steps, or the
   places of tiles where these matter, as they do beside a mask: its MACs are
   then the sum of the chances of each, and it takes about as long as with masks
   alone.
   `output` of sparsity is the density of finished outputs on their way to
   DRAM. A balance deals weights by their mask or by densities along its
   dimension; of other models all coordinates weigh the same and stay. Errors:
   TACET_NO_MEMORY, TACET_BAD_INPUT (mask of another shape), and those of
   tacet_balance_moved. */
tacet_status tacet_read_sparse(tacet_counts *counts, tacet_timeline *timeline,
                               const tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               const tacet_features *features,
                               const tacet_sparsity *sparsity,
                               tacet_error *error);

/* A design point dense and sparse, for a search: tacet_evaluate, and on the same
   nest tacet_read_sparse and tacet_cost_of, with the same results in less time.
   It allocates nothing without masks and balance, unless PEs do not wait after
   every step and a pattern makes places differ by a rule or by densities.
   Errors are theirs. */
tacet_status tacet_evaluate_sparse(tacet_cost *dense, tacet_cost *sparse,
                                   const tacet_layer *layer,
                                   const tacet_dataflow *dataflow,
                                   const tacet_accelerator *accelerator,
                                   const tacet_features *features,
                                   const tacet_sparsity *sparsity,
                                   tacet_error *error);

/* The judge of the above for masks: walks every step, PE and MAC with
   explicit sets, writes compressed transfers out, and counts by definition.
   Slow; shares only spec, bind, which dimensions issue and balance are about,
   tacet_features_for and the expected size of finished outputs with it. */
tacet_status tacet_execute_sparse(
    tacet_counts *counts, tacet_timeline *timeline, const tacet_nest *nest,
    const tacet_accelerator *accelerator, const tacet_features *features,
    const tacet_sparsity *sparsity, tacet_error *error);

#endif
