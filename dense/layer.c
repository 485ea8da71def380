/* Layers in canonical dimensions: one table says what dimensions and tensors
   a type has, and everything else follows from it. Knows nothing of files or
   dataflows. */
#include "dense.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Counts stay exact as doubles, so that costs may divide and scale them. */
static const int64_t largest_count = INT64_C(1) << 53;

/* ---- what the types are ------------------------------------------------- */

typedef struct tensor_row {
  const char *name;
  const char *ranks; /* a letter each, outermost first */
  int row_ranks;
} tensor_row;

typedef struct type_row {
  const char *name;
  const char *dims; /* a letter each */
  const char *ones; /* dimensions the type fixes to 1 */
  tensor_row tensor[TACET_TENSORS];
} type_row;

#define CONVOLUTION_TENSORS                                                    \
  {                                                                            \
    {"weight", "GKCRS", 2}, {"input", "NGCYX", 3}, {                           \
      "output", "NGKPQ", 3                                                     \
    }                                                                          \
  }

static const type_row types[TACET_LAYER_TYPES] = {
    [TACET_CONV] = {"CONV", "NGKCPQRS", "", CONVOLUTION_TENSORS},
    [TACET_DEPTHWISE] = {"DWCONV", "NGKCPQRS", "KC", CONVOLUTION_TENSORS},
    [TACET_TRANSPOSED] = {"TRCONV", "NGKCPQRS", "", CONVOLUTION_TENSORS},
    [TACET_CONV3D] = {"CONV3D",
                      "NGKCOPQTRS",
                      "",
                      {{"weight", "GKCTRS", 2},
                       {"input", "NGCDYX", 3},
                       {"output", "NGKOPQ", 3}}},
    [TACET_FC] = {"FC", "NGKCPQRS", "GPQRS", CONVOLUTION_TENSORS},
    [TACET_GEMM] = {"GEMM",
                    "BMNK",
                    "",
                    {{"B", "BKN", 2}, {"A", "BMK", 2}, {"Z", "BMN", 2}}},
};

/* Dimensions that a shape gives as they are. */
static const struct {
  char letter;
  size_t offset; /* in tacet_shape */
} given[] = {
    {'N', offsetof(tacet_shape, N)}, {'G', offsetof(tacet_shape, G)},
    {'K', offsetof(tacet_shape, K)}, {'C', offsetof(tacet_shape, C)},
    {'R', offsetof(tacet_shape, R)}, {'S', offsetof(tacet_shape, S)},
    {'B', offsetof(tacet_shape, B)}, {'M', offsetof(tacet_shape, M)},
    {'T', offsetof(tacet_shape, T)},
};

/* Input ranks over which a filter slides: rank = stride * out + dilation *
   filter - pad_before. The index is that of tacet_shape.stride. */
static const struct {
  char rank, out, filter;
  const char *lines;
  size_t offset, filter_offset; /* of rank and filter in tacet_shape */
} windows[TACET_WINDOWS] = {
    {'Y', 'P', 'R', "rows", offsetof(tacet_shape, Y), offsetof(tacet_shape, R)},
    {'X', 'Q', 'S', "columns", offsetof(tacet_shape, X),
     offsetof(tacet_shape, S)},
    {'D', 'O', 'T', "frames", offsetof(tacet_shape, D),
     offsetof(tacet_shape, T)},
};

const char *tacet_layer_type_name(tacet_layer_type type) {
  return types[type].name;
}

/* ---- making ------------------------------------------------------------- */

static int64_t size_at(const tacet_shape *shape, size_t offset) {
  int64_t size;
  memcpy(&size, (const char *)shape + offset, sizeof size);
  return size;
}

static int find_window(char letter) {
  for (int w = 0; w < TACET_WINDOWS; w++)
    if (windows[w].rank == letter) return w;
  return -1;
}

static bool slides_over(tacet_layer_type type, int w) {
  return strchr(types[type].dims, windows[w].out) != NULL;
}

static int find_dim(const tacet_layer *layer, char letter) {
  return letter >= 'A' && letter <= 'Z' ? layer->named[letter - 'A'] : -1;
}

/* The type's dimensions, of no size yet. */
static void name_dims(tacet_layer *layer, const char *letters) {
  memset(layer->named, -1, sizeof layer->named);
  layer->dims = (int)strlen(letters);
  for (int d = 0; d < layer->dims; d++) {
    layer->dim[d] = (tacet_dim){.name = {letters[d]}};
    layer->named[letters[d] - 'A'] = (signed char)d;
  }
}

static tacet_status check_size(int64_t size, char letter,
                               const tacet_place *place, tacet_error *error) {
  if (size >= 1 && size <= largest_count) return TACET_OK;
  return tacet_fail(error, TACET_BAD_INPUT, place,
                    "%c is %lld; expected 1 to 2^53", letter, (long long)size);
}

static tacet_status check_stride(int64_t stride, const char *what, int w,
                                 const tacet_place *place, tacet_error *error) {
  if (stride >= 1 && stride <= largest_count) return TACET_OK;
  return tacet_fail(error, TACET_BAD_INPUT, place,
                    "the %s of %c is %lld; expected 1 to 2^53", what,
                    windows[w].rank, (long long)stride);
}

static tacet_status check_padded(const tacet_shape *shape, int w,
                                 const tacet_place *place, tacet_error *error) {
  const int64_t size = size_at(shape, windows[w].offset);
  tacet_status status = check_size(size, windows[w].rank, place, error);
  if (status) return status;
  const int64_t before = shape->pad_before[w], after = shape->pad_after[w];
  if (before < 0 || after < 0)
    return tacet_fail(error, TACET_BAD_INPUT, place,
                      "the padding of %c is negative", windows[w].rank);
  if (before > largest_count - size || after > largest_count - size - before)
    return tacet_fail(error, TACET_OVERFLOW, place,
                      "%c and its padding are more than 2^53", windows[w].rank);
  return TACET_OK;
}

static int64_t padded_size(const tacet_shape *shape, int w) {
  return size_at(shape, windows[w].offset) + shape->pad_before[w] +
         shape->pad_after[w];
}

/* *outputs = floor((padded - dilation*(filter-1) - 1) / stride) + 1. */
static tacet_status slide(int64_t *outputs, const tacet_shape *shape, int w,
                          const tacet_place *place, tacet_error *error) {
  const int64_t stride = shape->stride[w], dilation = shape->dilation[w];
  tacet_status status = check_stride(stride, "stride", w, place, error);
  if (!status) status = check_stride(dilation, "dilation", w, place, error);
  if (!status) status = check_padded(shape, w, place, error);
  if (status) return status;
  const int64_t filter = size_at(shape, windows[w].filter_offset);
  const int64_t padded = padded_size(shape, w);
  int64_t reach; /* from a window's first line to its last */
  if (__builtin_mul_overflow(dilation, filter - 1, &reach) || reach >= padded) {
    tacet_fail(error, TACET_BAD_INPUT, place,
               "a filter of %lld %s (dilation %lld) is larger than the padded "
               "input of %lld",
               (long long)filter, windows[w].lines, (long long)dilation,
               (long long)padded);
    tacet_advise(error, "make %c or its padding larger", windows[w].rank);
    return TACET_BAD_INPUT;
  }
  *outputs = (padded - reach - 1) / stride + 1;
  return TACET_OK;
}

/* The sizes that the shape gives; then those that follow from them. */
static tacet_status make_dims(tacet_layer *layer, const tacet_shape *shape,
                              const tacet_place *place, tacet_error *error) {
  const type_row *type = &types[shape->type];
  tacet_status status = TACET_OK;
  name_dims(layer, type->dims);
  for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
    const int d = find_dim(layer, given[i].letter);
    if (d < 0) continue;
    layer->dim[d].size = size_at(shape, given[i].offset);
    status = check_size(layer->dim[d].size, given[i].letter, place, error);
    if (status) return status;
  }
  for (int w = 0; w < TACET_WINDOWS; w++) {
    const int d = find_dim(layer, windows[w].out);
    if (d < 0) continue;
    status = slide(&layer->dim[d].size, shape, w, place, error);
    if (status) return status;
  }
  return TACET_OK;
}

static tacet_status check_ones(const tacet_layer *layer,
                               const tacet_place *place, tacet_error *error) {
  const type_row *type = &types[layer->type];
  for (const char *letter = type->ones; *letter; letter++) {
    const int64_t size = layer->dim[find_dim(layer, *letter)].size;
    if (size != 1)
      return tacet_fail(error, TACET_BAD_INPUT, place,
                        "%c is %lld, but is 1 in every %s layer", *letter,
                        (long long)size, type->name);
  }
  return TACET_OK;
}

static void make_rank(tacet_rank *rank, const tacet_layer *layer,
                      const tacet_shape *shape, char letter) {
  *rank = (tacet_rank){.name = {letter}, .spacing = 1, .terms = 1};
  const int w = find_window(letter);
  if (w < 0) {
    rank->term[0] = (tacet_term){find_dim(layer, letter), 1};
    rank->size = rank->padded = layer->dim[rank->term[0].dim].size;
    return;
  }
  rank->size = size_at(shape, windows[w].offset);
  rank->padded = padded_size(shape, w);
  rank->offset = -shape->pad_before[w];
  rank->terms = 2;
  rank->term[0] =
      (tacet_term){find_dim(layer, windows[w].out), shape->stride[w]};
  rank->term[1] =
      (tacet_term){find_dim(layer, windows[w].filter), shape->dilation[w]};
}

static void set_dims(tacet_tensor *tensor) {
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    for (int i = 0; i < rank->terms; i++)
      tensor->dims |= UINT32_C(1) << rank->term[i].dim;
    if (rank->terms == 1) tensor->alone |= UINT32_C(1) << rank->term[0].dim;
  }
}

static void make_tensor(tacet_tensor *tensor, const tacet_layer *layer,
                        const tacet_shape *shape, tacet_slot slot) {
  const tensor_row *row = &types[shape->type].tensor[slot];
  *tensor = (tacet_tensor){.row_ranks = row->row_ranks};
  strcpy(tensor->name, row->name);
  for (const char *letter = row->ranks; *letter; letter++) {
    if (*letter == 'B' && slot != TACET_OUTPUT && shape->shared[slot])
      tensor->row_ranks--;
    else
      make_rank(&tensor->rank[tensor->ranks++], layer, shape, *letter);
  }
  set_dims(tensor);
}

static tacet_status times(int64_t *product, int64_t factor, const char *what,
                          const tacet_place *place, tacet_error *error) {
  if (__builtin_mul_overflow(*product, factor, product) ||
      *product > largest_count)
    return tacet_fail(error, TACET_OVERFLOW, place,
                      "%s of the layer are more than 2^53", what);
  return TACET_OK;
}

static tacet_status check_counts(const tacet_layer *layer,
                                 const tacet_place *place, tacet_error *error) {
  tacet_status status = TACET_OK;
  int64_t macs = 1;
  for (int d = 0; d < layer->dims && !status; d++)
    status = times(&macs, layer->dim[d].size, "the MACs", place, error);
  for (int t = 0; t < TACET_TENSORS; t++) {
    const tacet_tensor *tensor = &layer->tensor[t];
    int64_t elements = 1;
    for (int r = 0; r < tensor->ranks && !status; r++)
      status = times(&elements, tensor->rank[r].size,
                     "the elements of a tensor", place, error);
  }
  return status;
}

/* ---- transposed layers -------------------------------------------------- */

static tacet_status check_cut(const tacet_shape *shape, int w, int64_t reach,
                              const tacet_place *place, tacet_error *error) {
  const int64_t pads[] = {shape->pad_before[w], shape->pad_after[w]};
  for (int side = 0; side < 2; side++) {
    if (pads[side] >= 0 && pads[side] <= reach) continue;
    tacet_fail(error, TACET_BAD_INPUT, place,
               "the padding of %c is %lld; expected 0 to %lld, dilation * "
               "(filter %s - 1)",
               windows[w].rank, (long long)pads[side], (long long)reach,
               windows[w].lines);
    return tacet_advise(error, "the padding of a TRCONV layer cuts outputs "
                               "off, as many as that on each side");
  }
  const int64_t extra = shape->output_padding[w];
  if (extra >= 0 && (extra < shape->stride[w] || extra < shape->dilation[w]))
    return TACET_OK;
  return tacet_fail(error, TACET_BAD_INPUT, place,
                    "the output padding of %c is %lld; expected less than "
                    "stride or dilation",
                    windows[w].rank, (long long)extra);
}

tacet_shape tacet_shape_of_ones(tacet_layer_type type) {
  return (tacet_shape){.type = type,
                       .N = 1,
                       .G = 1,
                       .K = 1,
                       .C = 1,
                       .Y = 1,
                       .X = 1,
                       .R = 1,
                       .S = 1,
                       .B = 1,
                       .M = 1,
                       .D = 1,
                       .T = 1,
                       .stride = {1, 1, 1},
                       .dilation = {1, 1, 1}};
}

/* Along one axis: the convolution that the transposed one is. */
static tacet_status insert_zeros(tacet_shape *shape, int w,
                                 const tacet_place *place, tacet_error *error) {
  const int64_t filter = size_at(shape, windows[w].filter_offset);
  int64_t size = size_at(shape, windows[w].offset), reach;
  tacet_status status =
      check_stride(shape->stride[w], "stride", w, place, error);
  if (!status)
    status = check_stride(shape->dilation[w], "dilation", w, place, error);
  if (!status) status = check_size(size, windows[w].rank, place, error);
  if (!status) status = check_size(filter, windows[w].filter, place, error);
  if (status) return status;
  if (__builtin_mul_overflow(shape->stride[w], size - 1, &size) ||
      __builtin_mul_overflow(shape->dilation[w], filter - 1, &reach) ||
      size >= largest_count || reach > largest_count)
    return tacet_fail(error, TACET_OVERFLOW, place,
                      "%c with its zeros inserted is more than 2^53",
                      windows[w].rank);
  status = check_cut(shape, w, reach, place, error);
  size++;
  memcpy((char *)shape + windows[w].offset, &size, sizeof size);
  shape->pad_before[w] = reach - shape->pad_before[w];
  shape->pad_after[w] = reach - shape->pad_after[w] + shape->output_padding[w];
  shape->stride[w] = 1;
  return status;
}

static void set_spacing(tacet_layer *layer, const tacet_shape *shape) {
  tacet_tensor *input = &layer->tensor[TACET_INPUT];
  for (int r = 0; r < input->ranks; r++) {
    const int w = find_window(input->rank[r].name[0]);
    if (w >= 0) input->rank[r].spacing = shape->stride[w];
  }
}

/* ---- all ---------------------------------------------------------------- */

tacet_status tacet_layer_make(tacet_layer *layer, const tacet_shape *shape,
                              const tacet_place *place, tacet_error *error) {
  tacet_shape slid = *shape;
  tacet_status status = TACET_OK;
  for (int w = 0; w < TACET_WINDOWS && !status; w++)
    if (shape->type == TACET_TRANSPOSED && slides_over(shape->type, w))
      status = insert_zeros(&slid, w, place, error);
  layer->type = shape->type;
  if (!status) status = make_dims(layer, &slid, place, error);
  if (!status) status = check_ones(layer, place, error);
  if (status) return status;
  for (int t = 0; t < TACET_TENSORS; t++)
    make_tensor(&layer->tensor[t], layer, &slid, (tacet_slot)t);
  if (shape->type == TACET_TRANSPOSED) set_spacing(layer, shape);
  return check_counts(layer, place, error);
}

/* ---- asking ------------------------------------------------------------- */

/* The dimension of outputs that "Y'" and the like name. */
static int output_dim(const tacet_layer *layer, const char *name) {
  if (name[1] != '\'' || name[2]) return -1;
  const int w = find_window(name[0]);
  return w < 0 ? -1 : find_dim(layer, windows[w].out);
}

int tacet_layer_dim(const tacet_layer *layer, const char *name) {
  if (name[0] && name[1]) return output_dim(layer, name);
  if (layer->type == TACET_DEPTHWISE && name[0] == 'C')
    return find_dim(layer, 'G');
  return find_dim(layer, name[0]);
}

const tacet_rank *tacet_layer_window(const tacet_layer *layer,
                                     const char *name) {
  const tacet_tensor *input = &layer->tensor[TACET_INPUT];
  for (int r = 0; r < input->ranks; r++) {
    const tacet_rank *rank = &input->rank[r];
    if (rank->terms == 2 && rank->name[0] == name[0] && !name[1]) return rank;
  }
  return NULL;
}

int64_t tacet_layer_macs(const tacet_layer *layer) {
  int64_t macs = 1;
  for (int d = 0; d < layer->dims; d++) macs *= layer->dim[d].size;
  return macs;
}

bool tacet_has_dim(const tacet_tensor *tensor, int dim) {
  return tensor->dims >> dim & 1;
}

int64_t tacet_tensor_size(const tacet_tensor *tensor) {
  int64_t elements = 1;
  for (int r = 0; r < tensor->ranks; r++) elements *= tensor->rank[r].size;
  return elements;
}

int64_t tacet_rank_spacing(const tacet_rank *rank) {
  return rank->spacing > 1 ? rank->spacing : 1;
}

int64_t tacet_rank_values(const tacet_rank *rank) {
  return (rank->size - 1) / tacet_rank_spacing(rank) + 1;
}

int64_t tacet_tensor_values(const tacet_tensor *tensor) {
  int64_t values = 1;
  for (int r = 0; r < tensor->ranks; r++)
    values *= tacet_rank_values(&tensor->rank[r]);
  return values;
}

void tacet_network_free(tacet_network *network) {
  free(network->layer);
  free(network->source);
  *network = (tacet_network){.layers = 0};
}
