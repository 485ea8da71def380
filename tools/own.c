/* Reads what dataflows the layers of a network have of their own. */
#include "own.h"

#include <stdlib.h>

#include "../dense/spec/node.h"

static tacet_status no_directives(const tacet_layer *layer,
                                  const tacet_node *node, tacet_error *error) {
  const char *type = tacet_layer_type_name(layer->type);
  const tacet_place place = tacet_node_place(node);
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "the dataflow of layer %s has no directives for %s layers",
             layer->name, type);
  return tacet_advise(error, "add a list %s under its key \"by-type\"", type);
}

static tacet_status read_one(tacet_own_dataflow *own, const tacet_layer *layer,
                             tacet_node *node, tacet_error *error) {
  tacet_dataflow_set set;
  own->given = true;
  tacet_status status = tacet_dataflow_of(&set, &own->doc, node, error);
  if (status) return status;
  if (!set.covers[layer->type]) return no_directives(layer, node, error);
  own->flow = set.flow[layer->type];
  return TACET_OK;
}

static bool has_own(const tacet_node *node) {
  return tacet_find_key(node, "dataflow") >= 0;
}

tacet_status tacet_own_read(tacet_own_dataflow **own,
                            const tacet_network *network, tacet_error *error) {
  int owners = 0;
  *own = NULL;
  for (int l = 0; l < network->layers; l++)
    owners += has_own(network->source[l]);
  if (owners == 0) return TACET_OK;
  *own = calloc((size_t)network->layers, sizeof **own);
  if (!*own) return tacet_no_memory(error);
  tacet_status status = TACET_OK;
  for (int l = 0; l < network->layers && !status; l++)
    if (has_own(network->source[l]))
      status =
          read_one(&(*own)[l], &network->layer[l], network->source[l], error);
  return status;
}

void tacet_own_free(tacet_own_dataflow *own, const tacet_network *network) {
  for (int l = 0; own && l < network->layers; l++) tacet_doc_free(own[l].doc);
  free(own);
}
