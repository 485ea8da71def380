/* tacet, the dense part: layers, dataflows and accelerators; the loop nest
   they make; the activity of that nest; its cost. Nothing here knows of
   zeros. The terms are those of the MAESTRO and Timeloop papers.

   The way of the data: spec -> tacet_bind -> tacet_activity_* -> tacet_cost.
   Every function from tacet_bind on is pure: no allocation, no I/O, no global
   state, so any number of threads may call it. */
#ifndef TACET_DENSE_H
#define TACET_DENSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum {
  TACET_MAX_DIMS = 10,
  TACET_MAX_RANKS = 6,
  TACET_MAX_TERMS = 2,
  TACET_MAX_LEVELS = 8,      /* cluster levels of a dataflow */
  TACET_MAX_DIRECTIVES = 64, /* of a dataflow, Cluster included */
  TACET_MAX_LOOPS = 32,      /* of a bound nest */
  TACET_MAX_CHAIN = 16,      /* of them, over one dimension */
  TACET_MAX_STORAGE = 6,     /* DRAM, L2, buffers at clusters, L1 */
  TACET_DIRECTIVE_TEXT = 96, /* bytes of a directive as text */
  TACET_NAME = 64            /* of a name; both with the terminator */
};

/* ---- layer -------------------------------------------------------------- */

/* The slot of a tensor. In a GEMM Z = A.B the slots hold B, A and Z. */
typedef enum tacet_slot {
  TACET_WEIGHT,
  TACET_INPUT,
  TACET_OUTPUT,
  TACET_TENSORS
} tacet_slot;

typedef enum tacet_layer_type {
  TACET_CONV,
  TACET_DEPTHWISE,
  TACET_TRANSPOSED, /* a convolution over the zero-inserted input */
  TACET_CONV3D,     /* a filter slides over frames, too */
  TACET_FC,
  TACET_GEMM,
  TACET_LAYER_TYPES
} tacet_layer_type;

/* coordinate of a rank = offset + sum over terms of coefficient * dimension */
typedef struct tacet_term {
  int dim; /* index into tacet_layer.dim */
  int64_t coefficient;
} tacet_term;

typedef struct tacet_rank {
  char name[4];    /* "Y", "K", ... */
  int64_t size;    /* coordinates 0 .. size-1 exist; padding does not */
  int64_t padded;  /* Sz() of this rank: size and padding */
  int64_t offset;  /* minus the padding before */
  int64_t spacing; /* values stand at its multiples, inserted zeros between
                      them; 1, or 0, unless the layer is transposed */
  int terms;
  bool contiguous; /* a tile takes what lies between its coordinates, too: in
                      the analysis of a storage level; a layer says nothing */
  tacet_term term[TACET_MAX_TERMS]; /* of Y: [0] is P, [1] is R */
} tacet_rank;

typedef struct tacet_tensor {
  char name[8];   /* "weight", "input", "output"; "B", "A", "Z" */
  int ranks;      /* 0 is outermost in memory */
  int row_ranks;  /* of the matrix view: ranks 0 .. row_ranks-1 are its rows */
  uint32_t dims;  /* that its ranks add up, a bit each: 1 << index */
  uint32_t alone; /* of them, those that are a rank by themselves */
  tacet_rank rank[TACET_MAX_RANKS];
} tacet_tensor;

typedef struct tacet_dim {
  char name[4]; /* N G K C P Q R S; CONV3D: O, T, too; GEMM: B M N K */
  int64_t size;
} tacet_dim;

/* A layer in canonical dimensions (design, section 3). */
typedef struct tacet_layer {
  char name[TACET_NAME];
  tacet_layer_type type;
  tacet_place place;
  int64_t repeat; /* how often the network runs it; at least 1 */
  int dims;
  tacet_dim dim[TACET_MAX_DIMS];
  signed char named[26]; /* index of the dimension called 'A', 'B', ...; -1 */
  tacet_tensor tensor[TACET_TENSORS];
} tacet_layer;

enum { TACET_WINDOWS = 3 }; /* ranks that a filter can slide over */

/* What a layer is made from; sizes of K to S that a type does not use are 1. */
typedef struct tacet_shape {
  tacet_layer_type type;
  int64_t N, G, K, C, Y, X, R, S; /* all but GEMM; K, C a group */
  int64_t B, M;                   /* GEMM: B batches of [M,K].[K,N] */
  int64_t D, T;                   /* CONV3D: input frames, those of a filter */
  int64_t stride[TACET_WINDOWS];  /* [0] of Y, [1] of X, [2] of D */
  int64_t dilation[TACET_WINDOWS];
  int64_t pad_before[TACET_WINDOWS]; /* rows above, columns left */
  int64_t pad_after[TACET_WINDOWS];
  int64_t output_padding[TACET_WINDOWS]; /* TRANSPOSED: rows below, columns
                                            right */
  bool shared[TACET_TENSORS];            /* GEMM: operand has no batch rank */
} tacet_shape;

/* A shape of the type with all sizes, strides and dilations 1 and no padding,
   to be filled in. */
tacet_shape tacet_shape_of_ones(tacet_layer_type type);

/* Fills layer's dimensions and tensors from shape. Name, place and repeat
   are left alone. A transposed layer of stride s, filter f, dilation d and
   padding p becomes the convolution of stride 1 over Y' = s*(Y-1) + 1 rows,
   s-1 zeros between the given ones, with padding d*(f-1) - p and, behind, the
   output padding: P = Y' + d*(f-1) - 2p + output padding, as in PyTorch's
   ConvTranspose2d. Errors: a size below 1, a window larger than its padded
   input, MACs or a tensor beyond 2^53; of a transposed layer a padding beyond
   d*(f-1) or an output padding that is less than neither s nor d. `place`
   says where to blame. */
tacet_status tacet_layer_make(tacet_layer *layer, const tacet_shape *shape,
                              const tacet_place *place, tacet_error *error);

/* Index of the dimension called `name` (also "Y'" for P, "X'" for Q, "D'" for
   O, and C for G in a depthwise layer), or -1. */
int tacet_layer_dim(const tacet_layer *layer, const char *name);

/* Rank of the input that is a sum of two dimensions and called `name` ("Y",
   "X"), or NULL. */
const tacet_rank *tacet_layer_window(const tacet_layer *layer,
                                     const char *name);

/* MACs of the layer: the product of its dimensions. */
int64_t tacet_layer_macs(const tacet_layer *layer);

/* True if a rank of the tensor depends on the dimension. */
bool tacet_has_dim(const tacet_tensor *tensor, int dim);

/* Coordinates from one value to the next, at least 1; and those with values. */
int64_t tacet_rank_spacing(const tacet_rank *rank);
int64_t tacet_rank_values(const tacet_rank *rank);

/* Elements of a tensor, padding not included. */
int64_t tacet_tensor_size(const tacet_tensor *tensor);

/* Those of them that are no inserted zeros. */
int64_t tacet_tensor_values(const tacet_tensor *tensor);

/* The name of a layer type as files spell it: "CONV", "DWCONV", "TRCONV",
   "CONV3D", "FC", "GEMM". */
const char *tacet_layer_type_name(tacet_layer_type type);

typedef struct tacet_network {
  char name[TACET_NAME];
  int layers;
  tacet_layer *layer;         /* owned; [layers] */
  struct tacet_node **source; /* owned; [layers] where its file has each */
} tacet_network;

void tacet_network_free(tacet_network *network);

/* ---- dataflow ----------------------------------------------------------- */

typedef enum tacet_directive_kind {
  TACET_TEMPORAL_MAP,
  TACET_SPATIAL_MAP,
  TACET_CLUSTER
} tacet_directive_kind;

/* A size as a directive writes it: a number, or number * Sz(of). */
typedef struct tacet_extent {
  int64_t number;
  char of[4]; /* "" for a plain number */
} tacet_extent;

typedef struct tacet_directive {
  tacet_directive_kind kind;
  tacet_extent size;
  tacet_extent offset; /* not used by Cluster */
  char dim[4];         /* "K", "Y", "Y'", ...; "" for Cluster */
  tacet_place place;
} tacet_directive;

/* As files spell the kinds: "TemporalMap", ...; NULL-terminated. */
extern const char *const tacet_directive_names[];

/* A directive as files spell it: "TemporalMap(Sz(R),1) Y". */
void tacet_directive_text(char text[TACET_DIRECTIVE_TEXT],
                          const tacet_directive *directive);

typedef struct tacet_dataflow {
  char name[TACET_NAME];
  int directives;
  tacet_directive directive[TACET_MAX_DIRECTIVES];
} tacet_dataflow;

/* Writes what differs between a dataflow and one with other maps in the same
   places, "TemporalMap(8,8) C became TemporalMap(4,4) C; ...", cut to fit
   text[size]. Returns how many directives do. */
int tacet_dataflow_changes(char *text, size_t size,
                           const tacet_dataflow *before,
                           const tacet_dataflow *after);

/* A dataflow file: one list of directives for every layer type it covers. */
typedef struct tacet_dataflow_set {
  char name[TACET_NAME];
  bool covers[TACET_LAYER_TYPES];
  tacet_dataflow flow[TACET_LAYER_TYPES];
} tacet_dataflow_set;

/* ---- accelerator -------------------------------------------------------- */

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
   where none is. A word of theirs costs what one of L2 does. The network into them has its own buses and its
   own arbiter, for which they take the place of the PEs. */
double tacet_price_of(const tacet_price *price,
                      const tacet_accelerator *accelerator,
                      const int64_t buffers[TACET_MAX_STORAGE]);

/* ---- bind --------------------------------------------------------------- */

/* A map with more than one tile. Tile j of an outer tile of length `len`
   covers [j*size, min(len, (j+1)*size)) of it. A spatial loop gives tile
   t*units + u to unit u in fold t. */
typedef struct tacet_loop {
  int dim;   /* index into layer.dim */
  int level; /* cluster level, 0 outermost */
  bool spatial;
  int64_t size;  /* of a whole tile */
  int64_t tiles; /* of its largest outer tile */
  int64_t units; /* 1 if temporal */
  int64_t folds; /* iterations in time: ceil(tiles / units) */
} tacet_loop;

/* A layer bound to an accelerator by a dataflow. */
typedef struct tacet_nest {
  const tacet_layer *layer; /* borrowed: it must outlive the nest */
  int loops;
  tacet_loop loop[TACET_MAX_LOOPS]; /* outermost first */
  int64_t tile[TACET_MAX_DIMS];     /* of a PE at a step, the whole ones */
  /* 1 + index of the last directive that names each dimension; 0: none */
  signed char named[TACET_MAX_DIMS];
  int levels;
  int64_t units[TACET_MAX_LEVELS]; /* that the level has */
  int64_t pes;                     /* of the accelerator */
  int64_t idle_pes;                /* left over by the clusters */
  int storages;
  /* Cluster levels outside one buffer of each storage level: 0 for DRAM and
     L2, all for L1. */
  int level[TACET_MAX_STORAGE];
  bool contiguous[TACET_MAX_STORAGE]; /* tiles there, as a level says or one
                                         further in */
  /* Loops outside a tensor's tile at each storage level; 0 at DRAM, all loops
     at an L1 that holds the tiles of a step. The others are filled by
     tacet_place_tiles. */
  int position[TACET_MAX_STORAGE][TACET_TENSORS];
} tacet_nest;

/* Makes the loop nest of `layer`, which it borrows, under `dataflow` on
   `accelerator`: every conversion and error of section 3 of the design.
   Positions of L2 are those of the steps (all loops outside);
   tacet_place_tiles improves them. Errors name the directive and are
   TACET_BAD_INPUT or TACET_INFEASIBLE (too few PEs). */
tacet_status tacet_bind(tacet_nest *nest, const tacet_layer *layer,
                        const tacet_dataflow *dataflow,
                        const tacet_accelerator *accelerator,
                        tacet_error *error);

/* The order in which a PE does the MACs of its tile: that of a loop nest with
   the dimensions as given, outermost first. A dimension lies where the last
   directive that names it stands, one of Y or X for the outputs; those that
   none names lie outside, in the order of the layer. However many MACs a PE
   issues at once, their order is this one.

   An operand register holds an element while no dimension of its tensor moves
   in this order, nor from a step to the PE's next: L1 is read at the first of
   these MACs only. A partial sum is read at the first and written after the
   last; it is also written as the PE pauses for a step, and read again at the
   end of the pause, which takes no time of a step. */
void tacet_mac_order(int order[TACET_MAX_DIMS], const tacet_nest *nest);

/* How many buffers a storage level has: 1 of DRAM and L2, units of the cluster
   levels outside of it for others; as many PEs for L1, those left over not
   among them. */
int64_t tacet_buffers(const tacet_nest *nest, int storage);

/* Bits a storage level needs for the tensors' tiles at their positions,
   doubled where the level is double-buffered and the tile ever moves. */
int64_t tacet_need_bits(const tacet_nest *nest,
                        const tacet_accelerator *accelerator, int storage);

/* The part of it that one tensor needs. */
int64_t tacet_tensor_need_bits(const tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               int storage, int slot);

/* Shrinks temporal maps until tacet_place_tiles succeeds: until L1 holds the
   tiles of a step, and L2 those of one step of all PEs or larger ones. The
   rule: as long as a buffer is too small, the inner one first, take its
   tensors by what they need of it, most first; of the temporal maps of such a
   tensor's dimensions take, outermost first, one whose half, rounded up, makes
   the buffer's tiles smaller. Only if no map is like that, take one that must
   be halved several times, since it leaves units without work. What L2 must hold
   of the tiles that buffers at cluster boundaries keep need not shrink with
   the maps. A map of Y or X
   so becomes one of the outputs Y' or X' that it covers. A map that tacet_bind
   would then refuse is not changed, nor are spatial maps and clusters, which
   say how work lies on the array. Errors leave *dataflow as it was: those of
   tacet_bind, and TACET_INFEASIBLE when no map helps any more. */
tacet_status tacet_fit(tacet_dataflow *dataflow, const tacet_layer *layer,
                       const tacet_accelerator *accelerator,
                       tacet_error *error);

/* Chooses the positions of L2, of buffers at cluster boundaries and of an L1
   that keeps what its capacity allows, the inner level first (section 3: fewest words from and to the parent, then the smaller
   need, then outermost in tensor order; no tensor further in than at the next
   level), and checks that every level holds its tiles. Error TACET_INFEASIBLE names the buffer, its need and size, or
   says that such an L1 has more than 2^20 windows of a layer, one for each PE
   and time, to look at. */
tacet_status tacet_place_tiles(tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               tacet_error *error);

/* ---- activity ----------------------------------------------------------- */

/* What crosses one boundary for one tensor, in words (elements). Boundary b
   is between storage levels b (parent) and b+1 (children). */
typedef struct tacet_traffic {
  int64_t fills;             /* child writes */
  int64_t parent_reads;      /* words in */
  int64_t drains;            /* child reads, outputs only */
  int64_t updates;           /* parent writes, words out */
  int64_t partial_sum_reads; /* by the parent, to add an update */
} tacet_traffic;

/* The whole run in integers (section 4). */
typedef struct tacet_activity {
  int64_t steps;
  int64_t macs;
  int64_t busiest;                 /* sum over steps of the busiest PE's MACs */
  int64_t active_pes;              /* sum over steps */
  int64_t peak_active_pes;         /* in the first step */
  int64_t l1_reads[TACET_TENSORS]; /* by MACs; partial sums are written as
                                      often */
  tacet_traffic traffic[TACET_MAX_STORAGE - 1][TACET_TENSORS];
  /* of the first step, and of the drain after the last */
  int64_t first_words[TACET_MAX_STORAGE - 1][TACET_TENSORS];
  int64_t last_words[TACET_MAX_STORAGE - 1];
  /* words that L2's children take in before the first step, each counted once,
     and that they give up after the last */
  int64_t first_distinct[TACET_OUTPUT];
  int64_t last_distinct;
  int64_t footprint[TACET_MAX_STORAGE][TACET_TENSORS]; /* largest tile, words */
} tacet_activity;

/* Steps with the same numbers at the innermost boundary. */
typedef struct tacet_step_class {
  int64_t occurrences;
  int64_t macs;
  int64_t busiest;
  int64_t active_pes;
  int64_t words_in[TACET_TENSORS]; /* parent reads */
  int64_t fills[TACET_TENSORS];
  int64_t words_out; /* updates */
  int64_t drains;
  int64_t l1_reads[TACET_TENSORS]; /* by MACs of the PE with the most of them,
                                      but for those that a pause leaves time
                                      for; partial sums are written as often */
  /* Of the busiest PE: outputs that leave it as the step begins, if sums of
     neighbours are added by the PEs' own adders, else 0. Before an output
     leaves, what the PE before it in its chain has of it is added to it or, by
     the first of a chain, what the buffer has: that takes an issue slot in
     which there is no MAC. What leaves after the last step takes a step more,
     which is in no class. */
  int64_t passed_on;
} tacet_step_class;

/* L1 accesses of its PE with the most of them. */
static inline int64_t tacet_step_accesses(const tacet_step_class *step) {
  return step->l1_reads[TACET_WEIGHT] + step->l1_reads[TACET_INPUT] +
         2 * step->l1_reads[TACET_OUTPUT];
}

/* What a class of steps looks like. */
typedef struct tacet_step_shape {
  int64_t box[TACET_MAX_DIMS];   /* of the busiest PE */
  int64_t units[TACET_MAX_DIMS]; /* that hold different tiles */
  /* the smallest grid that holds the words in, by rank */
  int64_t extent[TACET_TENSORS][TACET_MAX_RANKS];
} tacet_step_shape;

/* Called for each class; returns false to stop. */
typedef bool tacet_step_visit(const tacet_step_class *step,
                              const tacet_step_shape *shape, void *context);

/* Totals of the nest. Error: TACET_OVERFLOW. */
tacet_status tacet_activity_totals(tacet_activity *activity,
                                   const tacet_nest *nest,
                                   const tacet_accelerator *accelerator,
                                   tacet_error *error);

/* Visits every class of steps; the first step is a class of its own and
   comes first. A class may come in several parts. What leaves after the last
   step is in no class (tacet_activity.last_words). */
tacet_status tacet_activity_classes(const tacet_nest *nest,
                                    const tacet_accelerator *accelerator,
                                    tacet_step_visit *visit, void *context,
                                    tacet_error *error);

/* ---- counts: the activity table as cost reads it ------------------------ */

/* algorithmic = actual + gated + skipped: what the dense reading does, split
   by what becomes of it. Whole numbers, or expectations. */
typedef struct tacet_split {
  double actual;
  double gated;   /* takes its time, but no energy */
  double skipped; /* takes neither */
} tacet_split;

/* One tensor over one boundary, in words; the bits are those on the way. */
typedef struct tacet_flow {
  tacet_split fills;
  tacet_split parent_reads;
  tacet_split drains;
  tacet_split updates;
  tacet_split partial_sum_reads;
  double payload_bits_in, metadata_bits_in;   /* parent to children */
  double payload_bits_out, metadata_bits_out; /* children to parent */
} tacet_flow;

/* What waits for DRAM, or DRAM for it: the words that L2's children take in or
   give up, each counted once, of the tile that L2 takes in or gives up then. The
   others stream beside the array. */
typedef struct tacet_waited {
  double words;
  double tile;
} tacet_waited;

typedef struct tacet_counts {
  double steps;
  double busiest;    /* issue slots of the busiest PE, of each step or window,
                        or by then at the end of the run */
  double mean_slots; /* the same if the peak number of PEs shared the MACs
                        evenly and filled every slot, and likewise the outputs
                        that take slots to be passed on */
  double active_pes; /* sum over steps */
  double peak_active_pes;
  tacet_split macs;
  tacet_split l1_reads[TACET_TENSORS]; /* by MACs; of partial sums too */
  tacet_split l1_writes;               /* of partial sums */
  tacet_flow flow[TACET_MAX_STORAGE - 1][TACET_TENSORS];
  /* of each operand in, before the first step; and out, after the last step */
  double first_bits[TACET_MAX_STORAGE - 1][TACET_OUTPUT];
  double last_bits[TACET_MAX_STORAGE - 1];
  tacet_waited first_waited[TACET_OUTPUT]; /* before the first step */
  tacet_waited last_waited;                /* after the last */
} tacet_counts;

/* ---- issue -------------------------------------------------------------- */

/* Multipliers that one issue slot keeps busy. */
int64_t tacet_issue_multipliers(const tacet_issue *issue);

/* Dimension of the layer along which a vector lies; -1 for other kinds of
   issue. Error TACET_INFEASIBLE if the layer has no such dimension. */
tacet_status tacet_issue_dim(int *dim, const tacet_accelerator *accelerator,
                             const tacet_layer *layer, tacet_error *error);

/* The operands of one slot's outer products in a box: values of the shared
   dimensions, and elements of each operand for one of them, padding among
   them. */
typedef struct tacet_outer {
  int64_t shared;
  int64_t weights;
  int64_t inputs;
} tacet_outer;

/* True if the dimension is a rank of its own in both operands. */
bool tacet_is_shared(const tacet_layer *layer, int dim);

void tacet_outer_of(tacet_outer *outer, const tacet_issue *issue,
                    const tacet_layer *layer,
                    const int64_t box[TACET_MAX_DIMS]);

/* Input coordinates that belong to one output coordinate of a rank that adds
   two dimensions, if there are output halos. */
int64_t tacet_dealt(const tacet_rank *rank, const tacet_layer *layer);

/* Slots that all MACs of a box take (section 5, "Issue"). `along` is from
   tacet_issue_dim. */
int64_t tacet_issue_slots(const tacet_issue *issue, int along,
                          const tacet_layer *layer,
                          const int64_t box[TACET_MAX_DIMS]);

/* ---- cost --------------------------------------------------------------- */

/* A step, or several alike, at the innermost boundary. */
typedef struct tacet_work {
  double occurrences;
  double slots;       /* issue slots of the busiest PE */
  double variance;    /* of slots that are an expectation, and what follows with
                       them; 0: it is certain */
  double passed_on;   /* of slots that are an expectation: no part of what is
                       left to chance (tacet_step_class) */
  double most;        /* slots if nothing were zero, which an expectation stays
                       below */
  double l1_accesses; /* of the busiest PE, those that take a port's time */
  double sums;        /* of the busiest PE, likewise: partial sums updated */
  double examined; /* of the busiest PE: candidates, as tacet_examined says */
  double most_accesses, most_sums, most_examined; /* if nothing were zero */
  /* of each operand; 0 for the first step: counts.first_bits has them */
  double bits_in[TACET_OUTPUT];
  double bits_out;
  /* of bits that are an expectation: their variance, of those in their
     covariance with slots, and what they never exceed; 0: they are certain;
     and the bits that come even if all is zero */
  double in_variance[TACET_OUTPUT], in_with_slots[TACET_OUTPUT];
  double in_most[TACET_OUTPUT], in_least[TACET_OUTPUT];
  double out_variance, out_most;
} tacet_work;

/* Time along the steps, in cycles. Start from zeros. */
typedef struct tacet_timeline {
  double compute; /* of all steps, if no transfer took time */
  double in, out; /* sums of the transfers beside the array */
  double steps;   /* what all steps last */
} tacet_timeline;

/* Cycles of compute: no fewer than the slots on their lanes take, the ports of
   L1, the updates of partial sums, and the search for pairs, each rounded up.
   Of expectations it is the expectation of that. */
double tacet_compute_cycles(const tacet_accelerator *accelerator,
                            const tacet_work *work);

/* Steps after each of which everybody waits. */
void tacet_timeline_add(tacet_timeline *timeline, const tacet_work *work,
                        const tacet_accelerator *accelerator);

/* Cycles of moving `bits` over link `boundary`: 0 if none, else
   ceil(bits / (word bits * bandwidth)) + latency. */
double tacet_transfer_cycles(const tacet_accelerator *accelerator, int boundary,
                             double bits);

/* Cycles of moving bits[] of the operands over it to the children: of all
   together or, where tensors have buses of their own, on which they travel at
   the same time, of the one that takes longest. */
double tacet_way_in(const tacet_accelerator *accelerator, int boundary,
                    const double bits[TACET_OUTPUT]);

/* Likewise of outputs to the parent. */
double tacet_way_out(const tacet_accelerator *accelerator, int boundary,
                     double bits);

/* Cycles of a part of a step. */
typedef struct tacet_span {
  double cycles;
  /* of an expectation; 0: it is certain */
  double variance;
  double with_slots; /* covariance with tacet_work.slots */
  double most;       /* it never takes longer */
} tacet_span;

/* Of a step's compute: with slots its cycles come nearer to their most. */
void tacet_compute_span(tacet_span *span, const tacet_accelerator *accelerator,
                        const tacet_work *work);

/* Cycles of a step's transfers. The expectation of a ceiling is not rounded
   up, and the latency is paid as often as there is something to move. */
typedef struct tacet_ways {
  tacet_span in, out; /* the ways into the PEs and out of them are busy */
  /* of these, PEs wait: for tensors that L1 has one buffer for */
  tacet_span alone_in, alone_out;
} tacet_ways;

void tacet_ways_of(tacet_ways *ways, const tacet_accelerator *accelerator,
                   const tacet_work *work);

/* Cycles of a step: what PEs wait for lies before and after their work; beside
   all that go the transfers of tensors with two buffers, which share the ways
   with the others:

     max(alone in + compute + alone out, in, out)

   With two buffers for each tensor this is max(compute, in, out), with one for
   each it is compute + in + out (design, section 6). Of expectations it is the
   expectation of the maximum, which is more than the maximum of them: of
   normal variables (tacet_greatest), compute correlated with what comes in as
   with_slots says, what goes out with neither. */
double tacet_step_cycles(const tacet_span *compute, const tacet_ways *ways);

/* What is busy longest. */
typedef enum tacet_bound {
  TACET_BOUND_COMPUTE,
  TACET_BOUND_NOC,
  TACET_BOUND_CLUSTERS, /* the ways into buffers at cluster boundaries */
  TACET_BOUND_DRAM
} tacet_bound;

/* "compute", "noc", "clusters", "dram" */
extern const char *const tacet_bound_names[];

/* Energies in pJ. */
typedef struct tacet_energy {
  double mac, l1, noc, l2, dram, metadata;
  double clusters; /* of buffers at cluster boundaries, and of the networks
                      that lead into them */
  double total;
  double storage[TACET_MAX_STORAGE];  /* each level's part of it */
  double link[TACET_MAX_STORAGE - 1]; /* each network's */
} tacet_energy;

typedef struct tacet_cost {
  double cycles;
  double compute_cycles; /* tacet_timeline.compute */
  double noc_cycles;     /* of all transfers into and out of the PEs */
  double cluster_cycles; /* likewise of the buffers at cluster boundaries that
                            are slowest to fill and drain */
  double dram_cycles;    /* of all words to and from DRAM */
  tacet_bound bound;
  double utilisation;        /* actual MACs / (PEs * lanes * cycles) */
  double imbalance;          /* busiest over mean PE work; 1 if there is none */
  double noc_bits_per_cycle; /* average over the run, in and out */
  double dram_bits_per_cycle; /* likewise */
  double seconds;
  double stream_cycles[TACET_MAX_STORAGE - 1]; /* of all transfers on each way
                                                  into such buffers */
  tacet_energy energy;
} tacet_cost;

/* Section 6: cycles, energy, utilisation of what was counted.

   The ways into buffers at cluster boundaries run like DRAM: a buffer takes a
   tile that many steps use, so what it takes in and gives out streams beside
   the array, each way at its own pace and with its latency once. Only its
   first tiles and its last outputs are exposed: with C the cycles on such a
   way,

     run = C(first) + C(last) + N(first) + N(last)
           + max(D(first) + max(steps, C(in), C(out)) + D(last), D(all))

   where C(in) and C(out) leave out the first tiles and the last outputs, and
   the inner max is a sum, steps + C(in) + C(out), for a level that is not
   double-buffered. A bandwidth counts all buffers of its level together. */
void tacet_cost_of(tacet_cost *cost, const tacet_counts *counts,
                   const tacet_timeline *timeline,
                   const tacet_accelerator *accelerator);

/* What a storage level between DRAM and L1 does for one tensor, all its
   buffers together. */
typedef struct tacet_buffer_use {
  double reads;      /* words: what it gives to its children and its parent, and
                        partial sums that it adds to */
  double writes;     /* words from its parent, and updates of its children */
  double words;      /* over the network that leads into it, both ways */
  double bits;       /* that these are on the way, with metadata */
  double energy_pj;  /* of reads and writes: part of tacet_energy.storage */
  double network_pj; /* of the words: part of tacet_energy.link */
} tacet_buffer_use;

/* `storage` is neither DRAM nor L1. */
void tacet_buffer_use_of(tacet_buffer_use *use, const tacet_counts *counts,
                         const tacet_accelerator *accelerator, int storage,
                         int slot);

/* The dense reading of a nest: everything that is counted is done. */
tacet_status tacet_read_dense(tacet_counts *counts, tacet_timeline *timeline,
                              const tacet_nest *nest,
                              const tacet_accelerator *accelerator,
                              tacet_error *error);

/* All of it, for a search: tacet_bind, tacet_place_tiles, tacet_read_dense and
   tacet_cost_of in one, with the same result in less time. Errors are
   theirs. */
tacet_status tacet_evaluate(tacet_cost *cost, const tacet_layer *layer,
                            const tacet_dataflow *dataflow,
                            const tacet_accelerator *accelerator,
                            tacet_error *error);

#endif
