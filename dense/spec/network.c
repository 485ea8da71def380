/* Network files: lists of layers, blocks of layers that repeat, and the
   parameters of their sizes. What a layer is, network_layer.c reads. */
#include "network.h"

#include <stdlib.h>
#include <string.h>

/* ---- parameters --------------------------------------------------------- */

static tacet_status check_name(const tacet_node *map, int index,
                               tacet_error *error) {
  const char *name = tacet_node_key(map, index);
  const tacet_place place = tacet_node_key_place(map, index);
  if (index == TACET_MAX_NAMES)
    return tacet_fail(error, TACET_BAD_INPUT, &place, "more than %d parameters",
                      TACET_MAX_NAMES);
  const size_t length = tacet_name_length(name);
  if (length > 0 && !name[length] && length < TACET_NAME) return TACET_OK;
  tacet_fail(error, TACET_BAD_INPUT, &place, "\"%s\" cannot name a parameter",
             tacet_show(name).text);
  return tacet_advise(error, "use letters, digits and _, no digit first");
}

/* Each may use those before it; one that nothing uses is refused by
   tacet_doc_check. */
static tacet_status read_parameters(tacet_names *parameters, tacet_node *root,
                                    tacet_error *error) {
  tacet_node *map = parameters->map = tacet_get(root, "parameters");
  if (!map) return TACET_OK;
  tacet_status status = tacet_expect(map, TACET_MAP, "parameters", error);
  map->looked_into = true;
  for (int i = 0; i < tacet_node_count(map) && !status; i++) {
    status = check_name(map, i, error);
    if (!status)
      status = tacet_as_formula(&parameters->value[i], tacet_node_item(map, i),
                                parameters, 0, TACET_LARGEST_SIZE,
                                tacet_node_key(map, i), error);
    parameters->known = i + 1;
  }
  return status;
}

/* ---- layers ------------------------------------------------------------- */

/* A block is an entry of a list of layers that has such a list itself. */
static tacet_node *layers_of(tacet_node *node) {
  return tacet_find_key(node, "layers") < 0 ? NULL : tacet_get(node, "layers");
}

static tacet_status count_layers(int *count, tacet_node *list,
                                 tacet_error *error) {
  tacet_status status = tacet_expect(list, TACET_LIST, "layers", error);
  if (status) return status;
  const tacet_place place = tacet_node_place(list);
  if (tacet_node_count(list) == 0)
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "layers is empty; expected at least one layer");
  for (int i = 0; i < tacet_node_count(list) && !status; i++) {
    tacet_node *block = layers_of(tacet_node_item(list, i));
    if (block)
      status = count_layers(count, block, error);
    else
      ++*count;
  }
  return status;
}

static tacet_status read_list(tacet_network *network, const tacet_node *list,
                              int64_t repeat, const tacet_names *parameters,
                              tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int i = 0; i < tacet_node_count(list) && !status; i++) {
    tacet_node *node = tacet_node_item(list, i), *block = layers_of(node);
    int64_t times = repeat;
    if (block) {
      status = tacet_read_repeat(&times, node, parameters, error);
      if (!status) status = read_list(network, block, times, parameters, error);
      continue;
    }
    const int l = network->layers++;
    network->source[l] = node;
    status =
        tacet_read_layer(&network->layer[l], node, repeat, parameters, error);
  }
  return status;
}

static tacet_status refuse_repeated_names(const tacet_network *network,
                                          tacet_error *error) {
  tacet_indexed_name *names = calloc((size_t)network->layers, sizeof *names);
  if (!names) return tacet_no_memory(error);
  for (int i = 0; i < network->layers; i++)
    names[i] = (tacet_indexed_name){network->layer[i].name, i};
  int earlier = 0;
  const int repeat = tacet_find_repeat(names, network->layers, &earlier);
  free(names);
  if (repeat < 0) return TACET_OK;
  const tacet_node *layer = network->source[repeat];
  const tacet_place place =
      tacet_node_place(tacet_node_item(layer, tacet_find_key(layer, "name")));
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "a second layer \"%s\"; the first is in line %d",
             network->layer[repeat].name, network->layer[earlier].place.line);
  tacet_advise(error, "give each layer a name of its own");
  return TACET_BAD_INPUT;
}

static tacet_status read_layers(tacet_network *network, tacet_node *list,
                                const tacet_names *parameters,
                                tacet_error *error) {
  int count = 0;
  tacet_status status = count_layers(&count, list, error);
  if (status) return status;
  network->layer = calloc((size_t)count, sizeof *network->layer);
  network->source = calloc((size_t)count, sizeof *network->source);
  if (!network->layer || !network->source) return tacet_no_memory(error);
  status = read_list(network, list, 1, parameters, error);
  return status ? status : refuse_repeated_names(network, error);
}

tacet_status tacet_network_read(tacet_network *network, const tacet_doc *doc,
                                tacet_error *error) {
  tacet_node *root = tacet_doc_root(doc), *list = NULL;
  tacet_names parameters = {.known = 0};
  *network = (tacet_network){.layers = 0};
  tacet_status status = tacet_read_head(network->name, root, "network", error);
  if (!status) status = read_parameters(&parameters, root, error);
  if (!status) status = tacet_need(&list, root, "layers", error);
  if (!status) status = read_layers(network, list, &parameters, error);
  if (status) tacet_network_free(network);
  return status;
}
