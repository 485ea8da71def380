/* How PEs issue MACs, wait for each other, find pairs and are dealt weights, in
   the `sparse` part of accelerator files. Knows what can be said, not what it
   does to a run. */
#include "issue_read.h"

#include <string.h>

/* ---- issue -------------------------------------------------------------- */

/* A dimension for all types of layers, or a map with one for some. */
static tacet_status read_along(char along[TACET_LAYER_TYPES][4],
                               tacet_node *node, tacet_error *error) {
  const size_t size = sizeof along[0];
  if (tacet_node_is(node) != TACET_MAP) {
    tacet_status status = tacet_as_name(along[0], size, node, "along", error);
    for (int t = 1; t < TACET_LAYER_TYPES; t++)
      memcpy(along[t], along[0], size);
    return status;
  }
  for (int t = 0; t < TACET_LAYER_TYPES; t++) {
    const tacet_node *dim =
        tacet_get(node, tacet_layer_type_name((tacet_layer_type)t));
    if (!dim) continue;
    tacet_status status = tacet_as_name(along[t], size, dim, "along", error);
    if (status) return status;
  }
  return TACET_OK;
}

static tacet_status read_vector(tacet_issue *issue, tacet_node *node,
                                const tacet_node *width, tacet_error *error) {
  tacet_node *along;
  issue->kind = TACET_ISSUE_VECTOR;
  tacet_status status =
      tacet_as_int(&issue->width, width, 1, 1 << 20, "vector", error);
  if (!status) status = tacet_need(&along, node, "along", error);
  return status ? status : read_along(issue->along, along, error);
}

static tacet_status read_halos(bool *outputs, const tacet_node *node,
                               tacet_error *error) {
  static const char *const words[] = {"input", "output", NULL};
  int index = 0;
  tacet_status status =
      node ? tacet_as_word(&index, node, words, "halos", error) : TACET_OK;
  *outputs = index == 1;
  return status;
}

static tacet_status read_outer(tacet_issue *issue, tacet_node *outer,
                               tacet_error *error) {
  issue->kind = TACET_ISSUE_OUTER;
  tacet_status status = tacet_expect(outer, TACET_LIST, "outer", error);
  if (status) return status;
  if (tacet_node_count(outer) != 2) {
    const tacet_place place = tacet_node_place(outer);
    tacet_fail(error, TACET_BAD_INPUT, &place,
               "an outer product has two sides, not %d",
               tacet_node_count(outer));
    return tacet_advise(error, "write outer: [weights, inputs]");
  }
  status = tacet_as_int(&issue->weights, tacet_node_item(outer, 0), 1, 1 << 20,
                        "weights of an outer product", error);
  if (!status)
    status = tacet_as_int(&issue->inputs, tacet_node_item(outer, 1), 1, 1 << 20,
                          "inputs of an outer product", error);
  return status;
}

static tacet_status read_issue(tacet_issue *issue, tacet_node *sparse,
                               tacet_error *error) {
  static const char *const words[] = {"scalar", NULL};
  tacet_node *node = tacet_get(sparse, "issue");
  int index;
  if (!node) return TACET_OK;
  if (tacet_node_is(node) != TACET_MAP)
    return tacet_as_word(&index, node, words, "issue", error);
  const tacet_node *vector = tacet_get(node, "vector");
  if (vector) return read_vector(issue, node, vector, error);
  tacet_node *outer = tacet_get(node, "outer");
  if (outer) {
    tacet_status status =
        read_halos(&issue->output_halos, tacet_get(node, "halos"), error);
    return status ? status : read_outer(issue, outer, error);
  }
  const tacet_place place = tacet_node_place(node);
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "issue has neither \"vector\" nor \"outer\"");
  return tacet_advise(error,
                      "write {vector: 4, along: C}, {outer: [4, 4]} or scalar");
}

/* ---- waiting ------------------------------------------------------------ */

static tacet_status read_sync(tacet_sync *sync, tacet_node *sparse,
                              tacet_error *error) {
  static const char *const words[] = {"step", "end", NULL};
  static const tacet_sync named[] = {{TACET_SYNC_STEP, 0}, {TACET_SYNC_END, 0}};
  tacet_node *node = tacet_get(sparse, "sync");
  int index = 0;
  *sync = named[0];
  if (!node) return TACET_OK;
  if (tacet_node_is(node) != TACET_MAP) {
    tacet_status status = tacet_as_word(&index, node, words, "sync", error);
    *sync = named[index];
    return status;
  }
  const tacet_node *window = tacet_get(node, "window");
  const tacet_node *queue = tacet_get(node, "queue");
  if (!window == !queue) {
    const tacet_place place = tacet_node_place(node);
    tacet_fail(error, TACET_BAD_INPUT, &place,
               window ? "sync has both a window and a queue"
                      : "sync has neither \"window\" nor \"queue\"");
    return tacet_advise(error,
                        "write {window: 8}, {queue: 8} steps, or step, or end");
  }
  sync->kind = window ? TACET_SYNC_WINDOW : TACET_SYNC_QUEUE;
  return window ? tacet_as_int(&sync->steps, window, 1, INT64_C(1) << 40,
                               "window", error)
                : tacet_as_int(&sync->steps, queue, 1, TACET_MAX_QUEUE, "queue",
                               error);
}

/* ---- pairs -------------------------------------------------------------- */

static tacet_status read_intersection(tacet_intersection *search,
                                      tacet_node *sparse, tacet_error *error) {
  tacet_node *map = tacet_get(sparse, "intersection");
  *search = (tacet_intersection){TACET_EXAMINES_NOTHING, 0};
  if (!map) return TACET_OK;
  tacet_status status = tacet_expect(map, TACET_MAP, "intersection", error);
  if (status) return status;
  const tacet_node *pairs = tacet_get(map, "pairs");
  const tacet_node *coordinates = tacet_get(map, "coordinates");
  if (!pairs == !coordinates) {
    const tacet_place place = tacet_node_place(map);
    tacet_fail(error, TACET_BAD_INPUT, &place,
               "intersection says what is examined a cycle: pairs, or "
               "coordinates of what is not zero");
    return tacet_advise(error, "write {pairs: 128} or {coordinates: 2}");
  }
  search->examined = pairs ? TACET_EXAMINES_PAIRS : TACET_EXAMINES_COORDINATES;
  return tacet_as_real(&search->width, pairs ? pairs : coordinates, 1e-3, 1e6,
                       "intersection", error);
}

/* ---- weights ------------------------------------------------------------ */

static tacet_status read_balance(tacet_balance *balance, tacet_node *sparse,
                                 tacet_error *error) {
  tacet_node *map = tacet_get(sparse, "balance");
  *balance = (tacet_balance){.kind = TACET_BALANCE_NOT};
  if (!map) return TACET_OK;
  tacet_status status = tacet_expect(map, TACET_MAP, "balance", error);
  if (status) return status;
  balance->place = tacet_node_place(map);
  tacet_node *sort = tacet_get(map, "sort");
  tacet_node *pair = tacet_get(map, "pair");
  if (!sort == !pair) {
    tacet_fail(error, TACET_BAD_INPUT, &balance->place,
               sort ? "balance has both \"sort\" and \"pair\""
                    : "balance has neither \"sort\" nor \"pair\"");
    return tacet_advise(error, "write {sort: K} or {pair: K}");
  }
  balance->kind = sort ? TACET_BALANCE_SORT : TACET_BALANCE_PAIR;
  return read_along(balance->along, sort ? sort : pair, error);
}

/* ---- all ---------------------------------------------------------------- */

/* An adder that is a PE's only one adds an element at a time. */
static tacet_status check_adder(const tacet_accelerator *accelerator,
                                tacet_node *sparse, tacet_error *error) {
  const tacet_link *noc = &accelerator->link[accelerator->storages - 2];
  if (!noc->pe_adder || accelerator->issue.kind == TACET_ISSUE_SCALAR)
    return TACET_OK;
  const tacet_place place = tacet_node_place(tacet_get(sparse, "issue"));
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "PEs that issue several MACs at once go with no \"reduction: "
             "pe-adder\"");
  return tacet_advise(error, "issue scalars, or leave the adding to the noc");
}

tacet_status tacet_issue_read(tacet_accelerator *accelerator,
                              tacet_balance *balance, tacet_node *sparse,
                              tacet_error *error) {
  tacet_status status = read_issue(&accelerator->issue, sparse, error);
  if (!status) status = check_adder(accelerator, sparse, error);
  if (!status) status = read_sync(&accelerator->sync, sparse, error);
  if (!status)
    status = read_intersection(&accelerator->intersection, sparse, error);
  return status ? status : read_balance(balance, sparse, error);
}
