/* The sections of a layer. Reads them as the published tool does where that
   can read them, and says what is wrong where it cannot; knows nothing of
   what layers cost. */
#include "parser.h"

#include <string.h>

static const char *const type_names[TACET_MAESTRO_TYPES] = {
    [TACET_MAESTRO_CONV] = "CONV",     [TACET_MAESTRO_DSCONV] = "DSCONV",
    [TACET_MAESTRO_NGCONV] = "NGCONV", [TACET_MAESTRO_TRCONV] = "TRCONV",
    [TACET_MAESTRO_GEMM] = "GEMM",     [TACET_MAESTRO_FC] = "FC",
    [TACET_MAESTRO_LSTM] = "LSTM",     [TACET_MAESTRO_POOL] = "POOL"};

const char *tacet_maestro_type_name(tacet_maestro_type type) {
  return type_names[type];
}

static void name_layer(maestro_parser *parser) {
  const char *written = parser->layer.name;
  parser->layer.name = parser->scratch[0] ? parser->scratch : "Layer";
  parser->scratch = "";
  if (written[0] && strcmp(written, parser->layer.name))
    maestro_remark(parser, "behind Dimensions or Stride, it makes the "
                           "published tool lose the layer's name");
}

static tacet_status take_type(maestro_parser *parser) {
  for (int type = 0; type < TACET_MAESTRO_TYPES; type++) {
    if (!maestro_is_word(parser, type_names[type])) continue;
    parser->layer.type = (tacet_maestro_type)type;
    name_layer(parser);
    maestro_advance(parser);
    return TACET_OK;
  }
  return maestro_fail_here(parser, "a layer type (CONV, DSCONV, NGCONV, "
                                   "TRCONV, GEMM, FC, LSTM or POOL)");
}

static tacet_status take_stride(maestro_parser *parser) {
  if (parser->strides == TACET_MAESTRO_MAX_DIMS)
    return maestro_fail_here(parser, "\"}\" after so many strides");
  maestro_named *stride = &parser->stride[parser->strides];
  tacet_status status =
      maestro_take_name(parser, &stride->name, "a dimension or \"}\"");
  if (status != TACET_OK) return status;
  parser->scratch = stride->name;
  parser->strides++;
  return maestro_take_number(parser, &stride->value, 1);
}

static tacet_status take_strides(maestro_parser *parser) {
  if (parser->layer.dims > 0)
    return tacet_fail(parser->error, TACET_BAD_INPUT, &parser->token.place,
                      "Stride must stand before Dimensions");
  tacet_status status = maestro_expect(parser, "{", "\"{\" after Stride");
  while (status == TACET_OK && !maestro_accept(parser, "}"))
    status = take_stride(parser);
  return status;
}

static int stride_of(const maestro_parser *parser, const char *name) {
  for (int i = parser->strides - 1; i >= 0; i--)
    if (maestro_same(parser->stride[i].name, name))
      return parser->stride[i].value;
  return 1;
}

static tacet_status take_dim(maestro_parser *parser) {
  tacet_maestro_dim dim = {.place = parser->token.place};
  if (parser->layer.dims == TACET_MAESTRO_MAX_DIMS)
    return maestro_fail_here(parser, "\"}\" after so many dimensions");
  tacet_status status =
      maestro_take_name(parser, &dim.name, "a dimension or \"}\"");
  if (status == TACET_OK) status = maestro_take_size(parser, &dim.size);
  if (status != TACET_OK) return status;
  parser->scratch = dim.name;
  dim.stride = stride_of(parser, dim.name);
  status = maestro_add_dim(&parser->collection, &dim, parser->error);
  if (status == TACET_OK) parser->layer.dims++;
  return status;
}

static tacet_status take_dims(maestro_parser *parser) {
  tacet_status status = maestro_expect(parser, "{", "\"{\" after Dimensions");
  while (status == TACET_OK && !maestro_accept(parser, "}"))
    status = take_dim(parser);
  return status;
}

/* Sz(D): the last size that the layer gives for D. */
static tacet_status take_size_of(maestro_parser *parser,
                                 tacet_maestro_extent *extent) {
  int dims = parser->layer.dims;
  const tacet_maestro_dim *dim = maestro_last_dims(&parser->collection, dims);
  tacet_place place = parser->token.place;
  tacet_status status =
      maestro_take_name(parser, &extent->of, "a dimension in Sz()");
  if (status != TACET_OK) return status;
  for (int i = dims - 1; i >= 0; i--) {
    if (!maestro_same(dim[i].name, extent->of)) continue;
    extent->value = dim[i].size;
    return TACET_OK;
  }
  tacet_fail(parser->error, TACET_BAD_INPUT, &place,
             "Sz(): the layer has no dimension \"%s\"",
             maestro_quote(extent->of).text);
  tacet_advise(parser->error, "Dimensions must stand before Dataflow");
  return TACET_BAD_INPUT;
}

static tacet_status take_extent(maestro_parser *parser,
                                tacet_maestro_extent *extent) {
  if (maestro_accept(parser, "Sz")) return take_size_of(parser, extent);
  return maestro_take_size(parser, &extent->value);
}

static tacet_status take_map(maestro_parser *parser,
                             tacet_maestro_directive *map) {
  tacet_status status = take_extent(parser, &map->size);
  if (status == TACET_OK) status = take_extent(parser, &map->offset);
  if (status != TACET_OK) return status;
  map->dim_place = parser->token.place;
  return maestro_take_name(parser, &map->dim, "the map's dimension");
}

static tacet_status take_cluster(maestro_parser *parser,
                                 tacet_maestro_directive *cluster) {
  tacet_status status = take_extent(parser, &cluster->size);
  if (status != TACET_OK) return status;
  if (maestro_accept(parser, "P") || maestro_accept(parser, "L"))
    return TACET_OK;
  return maestro_fail_here(parser, "P or L, as in Cluster(64, P)");
}

static const struct {
  const char *word;
  tacet_status (*take)(maestro_parser *, tacet_maestro_directive *);
} directives[] = {[TACET_MAESTRO_TEMPORAL] = {"TemporalMap", take_map},
                  [TACET_MAESTRO_SPATIAL] = {"SpatialMap", take_map},
                  [TACET_MAESTRO_CLUSTER] = {"Cluster", take_cluster}};

static tacet_status take_directive(maestro_parser *parser) {
  tacet_maestro_directive directive = {.place = parser->token.place};
  int kind = TACET_MAESTRO_TEMPORAL;
  if (parser->layer.directives == TACET_MAESTRO_MAX_DIRECTIVES)
    return maestro_fail_here(parser, "\"}\" after so many directives");
  while (!maestro_accept(parser, directives[kind].word))
    if (kind++ == TACET_MAESTRO_CLUSTER)
      return maestro_fail_here(parser,
                               "TemporalMap, SpatialMap, Cluster or \"}\"");
  directive.kind = (tacet_maestro_kind)kind;
  tacet_status status = directives[kind].take(parser, &directive);
  if (status == TACET_OK)
    status =
        maestro_add_directive(&parser->collection, &directive, parser->error);
  if (status == TACET_OK) parser->layer.directives++;
  return status;
}

static tacet_status take_dataflow(maestro_parser *parser) {
  tacet_status status = maestro_expect(parser, "{", "\"{\" after Dataflow");
  while (status == TACET_OK && !maestro_accept(parser, "}"))
    status = take_directive(parser);
  return status;
}

static const struct {
  const char *word;
  tacet_status (*take)(maestro_parser *);
} sections[SECTIONS] = {{"Type", take_type},
                        {"Stride", take_strides},
                        {"Dimensions", take_dims},
                        {"Dataflow", take_dataflow}};

tacet_status maestro_take_section(maestro_parser *parser, bool *seen) {
  for (int i = 0; i < SECTIONS; i++) {
    if (!maestro_is_word(parser, sections[i].word)) continue;
    if (seen[i])
      return tacet_fail(parser->error, TACET_BAD_INPUT, &parser->token.place,
                        "the layer has a second %s", sections[i].word);
    seen[i] = true;
    maestro_advance(parser);
    return sections[i].take(parser);
  }
  return maestro_fail_here(parser,
                           "Type, Stride, Dimensions, Dataflow or \"}\"");
}
