/* One layer of a network file. A table says what a type's layers are given;
   tacet_layer_make says what they become. */
#include "network.h"

#include <string.h>

typedef struct type_rule {
  const char *needs; /* dimensions, a letter each */
  const char *takes; /* likewise, 1 if not given */
  bool slides;       /* takes stride, dilation and padding */
  bool transposes;   /* takes output-padding */
  bool shares;       /* takes shared */
} type_rule;

static const type_rule rules[TACET_LAYER_TYPES] = {
    [TACET_CONV] = {.needs = "KCX", .takes = "NGYRS", .slides = true},
    [TACET_DEPTHWISE] = {.needs = "X", .takes = "NGCYRS", .slides = true},
    [TACET_TRANSPOSED] = {.needs = "KCX",
                          .takes = "NGYRS",
                          .slides = true,
                          .transposes = true},
    [TACET_CONV3D] = {.needs = "KCDYX", .takes = "NGTRS", .slides = true},
    [TACET_FC] = {.needs = "KC", .takes = "N"},
    [TACET_GEMM] = {.needs = "MNK", .takes = "B", .shares = true},
};

static const struct {
  const char *name;
  size_t offset; /* in tacet_shape */
} dims[] = {
    {"N", offsetof(tacet_shape, N)}, {"G", offsetof(tacet_shape, G)},
    {"K", offsetof(tacet_shape, K)}, {"C", offsetof(tacet_shape, C)},
    {"D", offsetof(tacet_shape, D)}, {"T", offsetof(tacet_shape, T)},
    {"Y", offsetof(tacet_shape, Y)}, {"X", offsetof(tacet_shape, X)},
    {"R", offsetof(tacet_shape, R)}, {"S", offsetof(tacet_shape, S)},
    {"B", offsetof(tacet_shape, B)}, {"M", offsetof(tacet_shape, M)},
};

enum { dim_rows = sizeof dims / sizeof *dims };

/* ---- dimensions --------------------------------------------------------- */

static bool has_dim(const type_rule *rule, const char *name) {
  return name[0] && !name[1] &&
         (strchr(rule->needs, name[0]) || strchr(rule->takes, name[0]));
}

static tacet_status refuse_other_dims(const tacet_node *map,
                                      tacet_layer_type type,
                                      tacet_error *error) {
  const type_rule *rule = &rules[type];
  for (int i = 0; i < tacet_node_count(map); i++) {
    const char *key = tacet_node_key(map, i);
    if (has_dim(rule, key)) continue;
    const tacet_place place = tacet_node_key_place(map, i);
    tacet_fail(error, TACET_BAD_INPUT, &place,
               "a layer of type %s has no dimension \"%s\"",
               tacet_layer_type_name(type), tacet_show(key).text);
    char known[32] = "";
    for (int d = 0; d < dim_rows; d++)
      if (has_dim(rule, dims[d].name))
        tacet_list_word(known, sizeof known, dims[d].name);
    tacet_advise(error, "its dimensions are %s", known);
    return TACET_BAD_INPUT;
  }
  return TACET_OK;
}

/* A depthwise layer has one channel a group: C is another name for G. */
static tacet_status join_channels(tacet_shape *shape, const tacet_node *map,
                                  tacet_error *error) {
  const int channels = tacet_find_key(map, "C");
  const int groups = tacet_find_key(map, "G");
  if (channels >= 0 && groups < 0) {
    shape->G = shape->C;
    shape->C = 1;
    return TACET_OK;
  }
  if (channels < 0 && groups >= 0) return TACET_OK;
  const tacet_place place = channels < 0 ? tacet_node_place(map)
                                         : tacet_node_key_place(map, channels);
  tacet_fail(error, TACET_BAD_INPUT, &place,
             channels < 0 ? "the key \"C\" is missing"
                          : "C and G are the same in a DWCONV layer");
  tacet_advise(error, "give its channels as C");
  return TACET_BAD_INPUT;
}

static tacet_status read_dims(tacet_shape *shape, tacet_node *map,
                              const tacet_names *parameters,
                              tacet_error *error) {
  const type_rule *rule = &rules[shape->type];
  tacet_status status = tacet_expect(map, TACET_MAP, "dims", error);
  if (!status) status = refuse_other_dims(map, shape->type, error);
  for (int d = 0; d < dim_rows && !status; d++) {
    const char *name = dims[d].name;
    if (!has_dim(rule, name)) continue;
    tacet_node *node = tacet_get(map, name);
    if (!node && strchr(rule->needs, name[0]))
      status = tacet_need(&node, map, name, error);
    if (!node) continue;
    int64_t size = 0;
    status = tacet_as_formula(&size, node, parameters, 1, TACET_LARGEST_SIZE,
                              name, error);
    memcpy((char *)shape + dims[d].offset, &size, sizeof size);
  }
  if (!status && shape->type == TACET_DEPTHWISE)
    status = join_channels(shape, map, error);
  return status;
}

/* ---- stride, dilation, padding ------------------------------------------ */

/* A layer that is given no rows has one dimension. */
static bool is_line(tacet_node *layer) {
  return tacet_find_key(tacet_get(layer, "dims"), "Y") < 0;
}

/* The nodes for Y, X and D of a value given once for all or as a map; NULL
   where it is not given. */
static tacet_status read_axes(tacet_node *axis[TACET_WINDOWS],
                              tacet_node *layer, tacet_layer_type type,
                              const char *key, tacet_error *error) {
  const bool frames = type == TACET_CONV3D;
  tacet_node *node = tacet_get(layer, key);
  axis[2] = frames ? node : NULL;
  axis[1] = node;
  axis[0] = is_line(layer) ? NULL : node;
  if (!node || tacet_node_is(node) == TACET_SCALAR) return TACET_OK;
  tacet_status status = tacet_expect(node, TACET_MAP, key, error);
  if (status) {
    tacet_advise(error, frames ? "write one number for all, or {D: 1, Y: 1, "
                                 "X: 1}"
                               : "write one number for both, or {Y: 1, X: 1}");
    return status;
  }
  axis[0] = tacet_get(node, "Y");
  axis[1] = tacet_get(node, "X");
  if (frames) axis[2] = tacet_get(node, "D");
  return TACET_OK;
}

static tacet_status read_steps(int64_t step[TACET_WINDOWS], tacet_node *layer,
                               tacet_layer_type type, const char *key,
                               int64_t least, tacet_error *error) {
  tacet_node *axis[TACET_WINDOWS];
  tacet_status status = read_axes(axis, layer, type, key, error);
  for (int a = 0; a < TACET_WINDOWS && !status; a++)
    if (axis[a])
      status = tacet_as_int(&step[a], axis[a], least, TACET_LARGEST_SIZE, key,
                            error);
  return status;
}

/* One number for both sides, or a list of two: before, after. */
static tacet_status read_sides(int64_t *before, int64_t *after,
                               const tacet_node *node, tacet_error *error) {
  const tacet_node *side[2] = {node, node};
  if (tacet_node_is(node) == TACET_LIST) {
    const tacet_place place = tacet_node_place(node);
    if (tacet_node_count(node) != 2)
      return tacet_fail(error, TACET_BAD_INPUT, &place,
                        "padding has %d numbers; expected 2, before and after",
                        tacet_node_count(node));
    for (int s = 0; s < 2; s++) side[s] = tacet_node_item(node, s);
  }
  tacet_status status =
      tacet_as_int(before, side[0], 0, TACET_LARGEST_SIZE, "padding", error);
  if (!status)
    status =
        tacet_as_int(after, side[1], 0, TACET_LARGEST_SIZE, "padding", error);
  return status;
}

static tacet_status read_padding(tacet_shape *shape, tacet_node *layer,
                                 tacet_error *error) {
  tacet_node *axis[TACET_WINDOWS];
  tacet_status status = read_axes(axis, layer, shape->type, "padding", error);
  for (int a = 0; a < TACET_WINDOWS && !status; a++)
    if (axis[a])
      status = read_sides(&shape->pad_before[a], &shape->pad_after[a], axis[a],
                          error);
  return status;
}

static tacet_status read_sliding(tacet_shape *shape, tacet_node *layer,
                                 tacet_error *error) {
  const tacet_layer_type type = shape->type;
  tacet_status status =
      read_steps(shape->stride, layer, type, "stride", 1, error);
  if (!status)
    status = read_steps(shape->dilation, layer, type, "dilation", 1, error);
  if (!status) status = read_padding(shape, layer, error);
  if (!status && rules[type].transposes)
    status = read_steps(shape->output_padding, layer, type, "output-padding", 0,
                        error);
  return status;
}

/* ---- layers ------------------------------------------------------------- */

static tacet_status read_shared(tacet_shape *shape, tacet_node *layer,
                                tacet_error *error) {
  static const char *const operands[] = {
      [TACET_WEIGHT] = "B", [TACET_INPUT] = "A", NULL};
  const tacet_node *list = tacet_get(layer, "shared");
  if (!list) return TACET_OK;
  tacet_status status = tacet_expect(list, TACET_LIST, "shared", error);
  for (int i = 0; i < tacet_node_count(list) && !status; i++) {
    int slot = 0;
    status = tacet_as_word(&slot, tacet_node_item(list, i), operands, "shared",
                           error);
    if (!status) shape->shared[slot] = true;
  }
  return status;
}

/* Keys that only layers of another type have. */
static tacet_status refuse_other_keys(const tacet_node *layer,
                                      tacet_layer_type type,
                                      tacet_error *error) {
  const struct {
    const char *key;
    bool taken;
  } keys[] = {{"stride", rules[type].slides},
              {"dilation", rules[type].slides},
              {"padding", rules[type].slides},
              {"output-padding", rules[type].transposes},
              {"shared", rules[type].shares}};
  for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
    const int i = tacet_find_key(layer, keys[k].key);
    if (keys[k].taken || i < 0) continue;
    const tacet_place place = tacet_node_key_place(layer, i);
    tacet_fail(error, TACET_BAD_INPUT, &place,
               "a layer of type %s has no \"%s\"", tacet_layer_type_name(type),
               keys[k].key);
    tacet_advise(error, "remove it, or change the type");
    return TACET_BAD_INPUT;
  }
  return TACET_OK;
}

static tacet_status read_type(tacet_layer_type *type, tacet_node *layer,
                              tacet_error *error) {
  const char *words[TACET_LAYER_TYPES + 1] = {NULL};
  for (int t = 0; t < TACET_LAYER_TYPES; t++)
    words[t] = tacet_layer_type_name((tacet_layer_type)t);
  tacet_node *node;
  int index = 0;
  tacet_status status = tacet_need(&node, layer, "type", error);
  if (!status) status = tacet_as_word(&index, node, words, "type", error);
  *type = (tacet_layer_type)index;
  return status;
}

static tacet_status read_shape(tacet_shape *shape, tacet_node **dims_node,
                               tacet_node *node, const tacet_names *parameters,
                               tacet_error *error) {
  *shape = tacet_shape_of_ones(TACET_CONV);
  tacet_status status = read_type(&shape->type, node, error);
  if (!status) status = refuse_other_keys(node, shape->type, error);
  if (!status) status = tacet_need(dims_node, node, "dims", error);
  if (!status) status = read_dims(shape, *dims_node, parameters, error);
  if (!status && rules[shape->type].slides)
    status = read_sliding(shape, node, error);
  if (!status && rules[shape->type].shares)
    status = read_shared(shape, node, error);
  return status;
}

tacet_status tacet_read_repeat(int64_t *repeat, tacet_node *node,
                               const tacet_names *parameters,
                               tacet_error *error) {
  int64_t times = 1;
  const tacet_node *given = tacet_get(node, "repeat");
  if (!given) return TACET_OK;
  tacet_status status = tacet_as_formula(&times, given, parameters, 1,
                                         INT32_MAX, "repeat", error);
  if (status) return status;
  const tacet_place place = tacet_node_place(given);
  if (times > INT32_MAX / *repeat)
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "with the blocks around it, that repeats more than %d "
                      "times",
                      INT32_MAX);
  *repeat *= times;
  return TACET_OK;
}

tacet_status tacet_read_layer(tacet_layer *layer, tacet_node *node,
                              int64_t repeat, const tacet_names *parameters,
                              tacet_error *error) {
  tacet_node *name, *dims_node = NULL;
  *layer = (tacet_layer){.place = tacet_node_place(node), .repeat = repeat};
  tacet_status status = tacet_need(&name, node, "name", error);
  if (!status)
    status = tacet_as_name(layer->name, TACET_NAME, name, "name", error);
  if (!status)
    status = tacet_read_repeat(&layer->repeat, node, parameters, error);
  tacet_shape shape;
  if (!status) status = read_shape(&shape, &dims_node, node, parameters, error);
  if (status) return status;
  const tacet_place place = tacet_node_place(dims_node);
  return tacet_layer_make(layer, &shape, &place, error);
}
