/* Dataflow files: lists of directives, spelled as in the MAESTRO paper.
   Checks how a directive is written, not what it does to a layer. */
#include "node.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Reads one directive from left to right. */
typedef struct cursor {
  const tacet_node *node;
  const char *text;         /* of the node */
  size_t at;                /* offset of what comes next */
  const tacet_layer *layer; /* whose dimensions may be named */
  tacet_error *error;
} cursor;

static tacet_status expected(const cursor *c, size_t at, const char *what) {
  const tacet_place place = tacet_node_place_at(c->node, at);
  const char *found = c->text + at;
  if (*found)
    tacet_fail(c->error, TACET_BAD_INPUT, &place,
               "expected %s, found \"%s\" in the directive \"%s\"", what,
               tacet_show(found).text, tacet_show(c->text).text);
  else
    tacet_fail(c->error, TACET_BAD_INPUT, &place, "expected %s after \"%s\"",
               what, tacet_show(c->text).text);
  if (strchr(c->text, '(') && !strchr(c->text, ')'))
    tacet_advise(c->error, "inside [ ] a directive stands in quotes: "
                           "\"SpatialMap(1,1) K\"");
  return TACET_BAD_INPUT;
}

static void skip_spaces(cursor *c) {
  c->at += strspn(c->text + c->at, " \t\n");
}

static bool take(cursor *c, char wanted) {
  skip_spaces(c);
  if (c->text[c->at] != wanted) return false;
  c->at++;
  return true;
}

static tacet_status need(cursor *c, char wanted) {
  const char what[] = {'"', wanted, '"', '\0'};
  return take(c, wanted) ? TACET_OK : expected(c, c->at, what);
}

static size_t word_length(const char *text) {
  size_t length = 0;
  while (isalnum((unsigned char)text[length]) || text[length] == '_' ||
         text[length] == '\'')
    length++;
  return length;
}

/* ---- dimensions and sizes ----------------------------------------------- */

static tacet_status unknown_dim(const cursor *c, size_t at) {
  char known[64] = "";
  char what[96] = "a dimension, one of ";
  for (int d = 0; d < c->layer->dims; d++)
    tacet_list_word(known, sizeof known, c->layer->dim[d].name);
  if (tacet_layer_window(c->layer, "Y"))
    tacet_list_word(known, sizeof known, "Y, X, Y', X'");
  if (tacet_layer_window(c->layer, "D"))
    tacet_list_word(known, sizeof known, "D, D'");
  strcat(what, known);
  return expected(c, at, what);
}

static tacet_status read_dim(cursor *c, char dim[4]) {
  skip_spaces(c);
  const size_t length = word_length(c->text + c->at);
  char name[4] = "";
  if (length < sizeof name) memcpy(name, c->text + c->at, length);
  if (tacet_layer_dim(c->layer, name) < 0 &&
      !tacet_layer_window(c->layer, name))
    return unknown_dim(c, c->at);
  memcpy(dim, name, sizeof name);
  c->at += length;
  return TACET_OK;
}

static tacet_status read_count(cursor *c, int64_t *count) {
  const size_t length = strspn(c->text + c->at, "0123456789");
  if (length == 0 || length > 15 || c->text[c->at] == '0')
    return expected(c, c->at, "a size: a number from 1, Sz(D) or n*Sz(D)");
  *count = strtoll(c->text + c->at, NULL, 10);
  c->at += length;
  return TACET_OK;
}

/* A number, Sz(D), or number*Sz(D). */
static tacet_status read_extent(cursor *c, tacet_extent *extent) {
  *extent = (tacet_extent){.number = 1};
  skip_spaces(c);
  if (strncmp(c->text + c->at, "Sz", 2) != 0) {
    tacet_status status = read_count(c, &extent->number);
    if (status || !take(c, '*')) return status;
    skip_spaces(c);
    if (strncmp(c->text + c->at, "Sz", 2) != 0)
      return expected(c, c->at, "Sz(D)");
  }
  c->at += 2;
  tacet_status status = need(c, '(');
  if (!status) status = read_dim(c, extent->of);
  if (!status) status = need(c, ')');
  return status;
}

/* ---- directives --------------------------------------------------------- */

static tacet_status read_kind(cursor *c, tacet_directive_kind *kind) {
  skip_spaces(c);
  const size_t length = word_length(c->text + c->at);
  char word[32] = "";
  if (length < sizeof word) memcpy(word, c->text + c->at, length);
  tacet_nearest nearest = {.word = word};
  for (int i = 0; tacet_directive_names[i]; i++) {
    tacet_nearest_offer(&nearest, tacet_directive_names[i]);
    if (strcmp(word, tacet_directive_names[i]) != 0) continue;
    *kind = (tacet_directive_kind)i;
    c->at += length;
    return TACET_OK;
  }
  expected(c, c->at, "TemporalMap, SpatialMap or Cluster");
  if (nearest.found) tacet_advise(c->error, "did you mean %s?", nearest.found);
  return TACET_BAD_INPUT;
}

/* "(size)" of a Cluster; MAESTRO's physical or logical mark means nothing. */
static tacet_status read_cluster(cursor *c, tacet_directive *directive) {
  tacet_status status = need(c, '(');
  if (!status) status = read_extent(c, &directive->size);
  if (status) return status;
  if (take(c, ',') && !take(c, 'P') && !take(c, 'L'))
    return expected(c, c->at, "P or L");
  return need(c, ')');
}

/* "(size, offset) D" of a map. */
static tacet_status read_map(cursor *c, tacet_directive *directive) {
  tacet_status status = need(c, '(');
  if (!status) status = read_extent(c, &directive->size);
  if (!status) status = need(c, ',');
  if (!status) status = read_extent(c, &directive->offset);
  if (!status) status = need(c, ')');
  if (!status) status = read_dim(c, directive->dim);
  return status;
}

static tacet_status read_directive(tacet_directive *directive,
                                   const tacet_node *node,
                                   const tacet_layer *layer,
                                   tacet_error *error) {
  tacet_status status = tacet_expect(node, TACET_SCALAR, "directive", error);
  if (status) return status;
  cursor c = {node, tacet_node_text(node), 0, layer, error};
  *directive = (tacet_directive){.place = tacet_node_place(node)};
  status = read_kind(&c, &directive->kind);
  if (status) return status;
  status = directive->kind == TACET_CLUSTER ? read_cluster(&c, directive)
                                            : read_map(&c, directive);
  if (status) return status;
  take(&c, ';');
  skip_spaces(&c);
  return c.text[c.at] ? expected(&c, c.at, "the end") : TACET_OK;
}

/* ---- lists -------------------------------------------------------------- */

static tacet_status too_many(const tacet_node *node, int limit,
                             const char *what, tacet_error *error) {
  const tacet_place place = tacet_node_place(node);
  return tacet_fail(error, TACET_BAD_INPUT, &place, "more than %d %s", limit,
                    what);
}

/* A layer of the type with all sizes 1, for the names of its dimensions. */
static tacet_status smallest_layer(tacet_layer *layer, tacet_layer_type type,
                                   tacet_error *error) {
  const tacet_shape shape = tacet_shape_of_ones(type);
  *layer = (tacet_layer){.repeat = 1};
  return tacet_layer_make(layer, &shape, NULL, error);
}

static tacet_status read_list(tacet_dataflow *flow, const char *name,
                              tacet_layer_type type, const tacet_node *list,
                              tacet_error *error) {
  *flow = (tacet_dataflow){.directives = 0};
  strcpy(flow->name, name);
  tacet_layer layer;
  tacet_status status = smallest_layer(&layer, type, error);
  if (!status) status = tacet_expect(list, TACET_LIST, "directives", error);
  int levels = 1;
  for (int i = 0; i < tacet_node_count(list) && !status; i++) {
    const tacet_node *node = tacet_node_item(list, i);
    if (i == TACET_MAX_DIRECTIVES)
      return too_many(node, TACET_MAX_DIRECTIVES, "directives", error);
    tacet_directive *directive = &flow->directive[flow->directives++];
    status = read_directive(directive, node, &layer, error);
    if (!status && directive->kind == TACET_CLUSTER) levels++;
    if (levels > TACET_MAX_LEVELS)
      return too_many(node, TACET_MAX_LEVELS - 1, "clusters", error);
  }
  return status;
}

static tacet_status read_type(tacet_dataflow_set *dataflow,
                              tacet_layer_type type, const tacet_node *list,
                              tacet_error *error) {
  dataflow->covers[type] = true;
  return read_list(&dataflow->flow[type], dataflow->name, type, list, error);
}

static tacet_status read_by_type(tacet_dataflow_set *dataflow, tacet_node *map,
                                 tacet_error *error) {
  tacet_status status = tacet_expect(map, TACET_MAP, "by-type", error);
  for (int t = 0; t < TACET_LAYER_TYPES && !status; t++) {
    const tacet_layer_type type = (tacet_layer_type)t;
    const tacet_node *list = tacet_get(map, tacet_layer_type_name(type));
    if (list) status = read_type(dataflow, type, list, error);
  }
  return status;
}

tacet_status tacet_dataflow_read(tacet_dataflow_set *dataflow, tacet_node *node,
                                 tacet_error *error) {
  static const tacet_layer_type common[] = {
      TACET_CONV, TACET_DEPTHWISE, TACET_TRANSPOSED, TACET_CONV3D, TACET_FC};
  memset(dataflow, 0, sizeof *dataflow);
  strcpy(dataflow->name, "inline");
  tacet_status status =
      node == tacet_doc_root(node->doc)
          ? tacet_read_head(dataflow->name, node, "dataflow", error)
          : tacet_expect(node, TACET_MAP, "dataflow", error);
  if (status) return status;
  tacet_node *by_type = tacet_get(node, "by-type");
  tacet_node *list = tacet_get(node, "directives");
  if (!by_type) status = tacet_need(&list, node, "directives", error);
  for (size_t i = 0; list && i < sizeof common / sizeof *common && !status; i++)
    status = read_type(dataflow, common[i], list, error);
  if (by_type && !status) status = read_by_type(dataflow, by_type, error);
  return status;
}

tacet_status tacet_dataflow_of(tacet_dataflow_set *dataflow, tacet_doc **file,
                               tacet_node *owner, tacet_error *error) {
  memset(dataflow, 0, sizeof *dataflow);
  *file = NULL;
  tacet_node *node = tacet_get(owner, "dataflow");
  if (!node) return TACET_OK;
  if (tacet_node_is(node) == TACET_MAP)
    return tacet_dataflow_read(dataflow, node, error);
  tacet_status status = tacet_open_beside(file, node, "dataflow", error);
  if (status) return status;
  status = tacet_dataflow_read(dataflow, tacet_doc_root(*file), error);
  if (!status) status = tacet_doc_check(*file, error);
  if (status) {
    tacet_doc_free(*file);
    *file = NULL;
  }
  return status;
}
