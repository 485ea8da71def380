/* Accelerators: buffers, the ways between them, PEs, and what each costs. */
#ifndef TACET_ACCELERATOR_H
#define TACET_ACCELERATOR_H

#include "../layer.h"

enum { TACET_MAX_STORAGE = 6 }; /* DRAM, L2, buffers at clusters, L1 */

/* A storage level. Level 0 is DRAM, 1 is L2 above the array, the last is L1
   in every PE; between them are those at cluster boundaries. */
typedef struct tacet_storage {
  char name[16];
  int level; /* of a buffer at a cluster boundary: every unit of this many
                cluster levels, outermost first, has one; else 0 */
  int64_t size_bits; /* 0: unlimited (DRAM) */
  bool double_buffered;
  bool single[TACET_TENSORS]; /* of a double-buffered L1: tensors that have one
                                 buffer all the same */
  bool contiguous; /* of input rows and columns takes all from the first to the
                      last that its MACs use, padding aside; and so do the
                      levels outside */
  bool keeps;      /* of L1: what its capacity allows, not only the tiles of a
                      step (`keep: capacity`) */
  double read_pj;  /* per word of `word_bits`, scaled by tensor width */
  double write_pj; /* likewise */
} tacet_storage;

/* The way between storage level b (parent) and b+1 (children). */
typedef struct tacet_link {
  double bandwidth; /* words a cycle, in and out each; DRAM: both together; of
                       all buses, where tensors have their own: */
  double bus[TACET_TENSORS]; /* words a cycle; 0: tensors share `bandwidth` */
  int64_t latency;           /* cycles a transfer adds; 0 for DRAM */
  bool multicast; /* one parent read serves every child that wants it */
  bool reduction; /* partial sums of a step are added on the way up */
  bool pe_adder;  /* of the way into the PEs: by the adders of the PEs, see
                     tacet_step_class.passed_on */
  double hop_pj;  /* per word and hop */
  double hops;
} tacet_link;

/* How a PE issues MACs in time. */
typedef enum tacet_issue_kind {
  TACET_ISSUE_SCALAR, /* one a slot */
  TACET_ISSUE_VECTOR, /* `width` a slot, neighbours along a dimension */
  TACET_ISSUE_OUTER   /* `weights` x `inputs` products a slot, for one value
                         of the dimensions that both operands have as ranks
                         of their own */
} tacet_issue_kind;

typedef struct tacet_issue {
  tacet_issue_kind kind;
  int64_t width;
  char along[TACET_LAYER_TYPES][4]; /* a dimension for each layer type */
  int64_t weights, inputs;
  /* Of outer products: a PE takes no inputs twice that several PEs' outputs
     need, but makes what they contribute to the outputs of its neighbours, and
     what falls outside of all outputs (SCNN's output halos). To an output
     coordinate belong the inputs from stride times it on, as many as the stride
     or, if that is shorter, the filter; those behind all of them to none. Rules
     that look at single elements above L1 free no place of an own input. */
  bool output_halos;
} tacet_issue;

/* When units wait for each other: the PEs, and with double buffering the ways
   into them and out of them. */
typedef enum tacet_sync_kind {
  TACET_SYNC_STEP,   /* after every step */
  TACET_SYNC_WINDOW, /* after every `steps` steps, counted from the first */
  TACET_SYNC_QUEUE,  /* a unit may start a step when all have finished the one
                        `steps` before it: 1 is every step; a step of a PE
                        takes whole cycles */
  TACET_SYNC_END     /* only at the end of the run */
} tacet_sync_kind;

typedef struct tacet_sync {
  tacet_sync_kind kind;
  int64_t steps; /* of a window or queue */
} tacet_sync;

enum { TACET_MAX_QUEUE = 256 };

/* What a PE looks at to find its effectual pairs. */
typedef enum tacet_examined {
  TACET_EXAMINES_NOTHING,    /* they cost no time to find */
  TACET_EXAMINES_PAIRS,      /* all: bitmasks side by side */
  TACET_EXAMINES_COORDINATES /* two lists merged: all but those that are
                                skipped and have two zeros */
} tacet_examined;

typedef struct tacet_intersection {
  tacet_examined examined;
  double width; /* a cycle and PE */
} tacet_intersection;

/* What a design consists of. */
typedef enum tacet_component {
  TACET_COMPONENT_MULTIPLIER,
  TACET_COMPONENT_L1_WORD, /* of all PEs */
  TACET_COMPONENT_L2_WORD,
  TACET_COMPONENT_BUS,     /* as many as words a cycle of a network */
  TACET_COMPONENT_ARBITER, /* one a network */
  TACET_COMPONENTS
} tacet_component;

enum { TACET_PRICE_TERMS = 3 };

/* What one of each costs, as a technology says: a + b * PEs + c * PEs^2, no
   less than 0. All 0 if that is unknown. */
typedef struct tacet_price {
  double term[TACET_COMPONENTS][TACET_PRICE_TERMS];
} tacet_price;

typedef struct tacet_accelerator {
  char name[TACET_NAME];
  tacet_place place;
  int64_t pes;
  int64_t lanes; /* issue slots a PE serves at once; a slot is a multiplier,
                    or `width`, or `weights` x `inputs` of them */
  tacet_issue issue;
  tacet_sync sync;
  double clock_hz;
  int64_t word_bits;
  int64_t width_bits[TACET_TENSORS]; /* of an element; word_bits if not given */
  int storages;
  tacet_storage storage[TACET_MAX_STORAGE];
  tacet_link link[TACET_MAX_STORAGE - 1];
  double dram_write_bandwidth; /* words a cycle out; 0: in and out share that of
                                  link 0 */
  double l1_bandwidth; /* words a cycle of all L1 accesses; 0: unlimited */
  bool registers[TACET_TENSORS]; /* a PE keeps the element it is at outside
                                    of L1: see tacet_mac_order */
  double sums_bandwidth; /* partial sums that a PE can update a cycle, as many
                            as its accumulators have banks; 0: unlimited */
  tacet_intersection intersection;
  double mac_pj;
  double metadata_pj; /* per bit of metadata moved over any link */
  tacet_price area;   /* um2 */
  tacet_price power;  /* mW, at any load */
} tacet_accelerator;

/* What all components of the design cost together: an estimate. 0: unknown.
   buffers[s] says how many there are of storage level s where that is at a
   cluster boundary, for which tacet_buffers asks the dataflow; it may be NULL
   where none is. A word of theirs costs what one of L2 does. The network into
   them has its own buses and its own arbiter, for which they take the place of
   the PEs. */
double tacet_price_of(const tacet_price *price,
                      const tacet_accelerator *accelerator,
                      const int64_t buffers[TACET_MAX_STORAGE]);

#endif
