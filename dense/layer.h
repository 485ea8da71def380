/* Layers in canonical dimensions: loops that tensors' ranks add up. What files
   say of them, spec/ reads; nothing behind this knows CONV from GEMM. */
#ifndef TACET_LAYER_H
#define TACET_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

enum {
  TACET_MAX_DIMS = 10,
  TACET_MAX_RANKS = 6,
  TACET_MAX_TERMS = 2,
  TACET_NAME = 64 /* bytes of a name, with the terminator */
};

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

#endif
