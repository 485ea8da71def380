/* The `sparse` part of accelerator files: formats and actions. Knows what can be
   said, not what it does to a run. */
#include "sparse.h"

#include <string.h>

#include "concord.h"
#include "formats/format_read.h"
#include "issue_read.h"
#include "spelling.h"

/* ---- formats ------------------------------------------------------------ */

/* Level `storage` takes in nothing of the tensor that can be compressed, so a
   format there would change nothing. */
static tacet_status refuse_receiver(const tacet_node *node,
                                    const tacet_accelerator *levels,
                                    int storage, tacet_error *error) {
  const tacet_place place = tacet_node_place(node);
  const char *name = levels->storage[storage].name;
  if (storage > 0) {
    tacet_fail(error, TACET_BAD_INPUT, &place,
               storage == levels->storages - 1
                   ? "outputs have no format in %s: a PE starts its partial "
                     "sums from zero, so none come in"
                   : "outputs have no format in %s: partial sums travel "
                     "uncompressed",
               name);
    return tacet_advise(error,
                        "only finished outputs are compressed, on "
                        "their way to %s: say their format there",
                        levels->storage[0].name);
  }
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "operands have no format in %s: it sends them and receives only "
             "outputs",
             name);
  return tacet_advise(error, "a format is that of the receiver: %s",
                      levels->storage[1].name);
}

static tacet_status read_tensor_formats(tacet_features *features,
                                        tacet_node *map, tacet_slot slot,
                                        const tacet_accelerator *levels,
                                        tacet_error *error) {
  tacet_status status = tacet_expect(map, TACET_MAP, "formats", error);
  for (int s = 0; s < levels->storages && !status; s++) {
    const char *level = levels->storage[s].name;
    tacet_node *node = tacet_get(map, level);
    if (!node) continue;
    const bool receives = slot == TACET_OUTPUT ? s == 0 : s > 0;
    status = receives ? tacet_format_read(&features->format[s][slot], node,
                                          level, error)
                      : refuse_receiver(node, levels, s, error);
  }
  return status;
}

static tacet_status read_formats(tacet_features *features, tacet_node *sparse,
                                 const tacet_accelerator *levels,
                                 tacet_error *error) {
  tacet_node *tensors = tacet_get(sparse, "representation-format");
  tacet_status status = TACET_OK;
  if (tensors)
    status = tacet_expect(tensors, TACET_MAP, "representation-format", error);
  else
    tensors = sparse;
  for (int t = 0; t < TACET_TENSORS && !status; t++) {
    tacet_node *map = NULL;
    status = tacet_get_tensor(&map, tensors, (tacet_slot)t, error);
    if (map && !status)
      status = read_tensor_formats(features, map, (tacet_slot)t, levels, error);
  }
  return status;
}

/* ---- actions ------------------------------------------------------------ */

/* A tensor or a list of tensors. */
static tacet_status read_conditions(tacet_rule *rule, const tacet_node *node,
                                    const char *what, tacet_error *error) {
  const bool list = tacet_node_is(node) == TACET_LIST;
  const int count = list ? tacet_node_count(node) : 1;
  const tacet_place place = tacet_node_place(node);
  if (count == 0)
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "%s is empty; expected at least one tensor", what);
  tacet_status status = TACET_OK;
  for (int i = 0; i < count && !status; i++) {
    tacet_slot slot = TACET_WEIGHT;
    status = tacet_as_tensor(&slot, list ? tacet_node_item(node, i) : node,
                             what, error);
    if (!status) rule->on[slot] = true;
  }
  return status;
}

/* "at: dram", "at: l2", "at: l1" or "at: compute". */
static tacet_status read_at(int *storage, tacet_node *node,
                            const tacet_accelerator *levels,
                            tacet_error *error) {
  const char *words[TACET_MAX_STORAGE + 2] = {NULL};
  const int compute = levels->storages;
  for (int s = 0; s < compute; s++) words[s] = levels->storage[s].name;
  words[compute] = "compute";
  tacet_node *at;
  int index = 0;
  tacet_status status = tacet_need(&at, node, "at", error);
  if (!status) status = tacet_as_word(&index, at, words, "at", error);
  *storage = index == compute ? TACET_AT_COMPUTE : index;
  return status;
}

/* At L1 and at compute there are only elements. */
static tacet_status read_granularity(tacet_rule *rule, tacet_node *node,
                                     const tacet_accelerator *levels,
                                     tacet_error *error) {
  static const char *const words[] = {"tile", "element", NULL};
  const bool above = rule->storage < levels->storages - 1;
  const tacet_node *granularity = tacet_get(node, "granularity");
  int index = 0;
  if (!granularity) return TACET_OK;
  tacet_status status =
      tacet_as_word(&index, granularity, words, "granularity", error);
  if (status) return status;
  rule->element = above && index == 1;
  if (above || index == 1) return TACET_OK;
  const tacet_place place = tacet_node_place(granularity);
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "no tile moves there: an action is about the elements of one MAC");
  return tacet_advise(error, "leave it out, or act further out");
}

/* What an entry does and to what: `skip: weight`, or Sparseloop's
   `type: skipping` with a target of its own (*object is NULL if absent). */
static tacet_status read_verb(bool *skip, tacet_node **object, tacet_node *node,
                              tacet_error *error) {
  static const char *const types[] = {"gating", "skipping", NULL};
  tacet_node *skipped = tacet_get(node, "skip");
  tacet_node *gated = tacet_get(node, "gate");
  const tacet_node *type = tacet_get(node, "type");
  if (!!skipped + !!gated + !!type != 1) {
    const tacet_place place = tacet_node_place(node);
    tacet_fail(error, TACET_BAD_INPUT, &place,
               "an action has one of \"skip\", \"gate\" and \"type\"");
    return tacet_advise(error, "for example {at: l1, skip: weight, on: input}");
  }
  *skip = skipped;
  *object = skipped ? skipped : gated;
  if (!type) return TACET_OK;
  int index = 0;
  tacet_status status = tacet_as_word(&index, type, types, "type", error);
  *skip = index == 1;
  *object = tacet_get(node, "target");
  return status;
}

static tacet_status read_access_rule(tacet_rule *rule, const tacet_node *object,
                                     const tacet_node *on,
                                     const tacet_node *node,
                                     tacet_error *error) {
  if (!object || !on) {
    const tacet_place place = tacet_node_place(node);
    tacet_fail(error, TACET_BAD_INPUT, &place,
               "the action does not say %s: the key \"%s\" is missing",
               object ? "on which zeros" : "what to leave out",
               object ? "on" : "target");
    return tacet_advise(error, "for example %s",
                        object ? "on: [input]" : "target: weight");
  }
  tacet_slot target = TACET_WEIGHT;
  tacet_status status = tacet_as_tensor(&target, object, "target", error);
  rule->target = (int)target;
  return status ? status : read_conditions(rule, on, "on", error);
}

/* A MAC has no target, only zero operands: `skip: [weight]`, or `skip: true`
   for any that `on` names, both if it is absent. */
static tacet_status read_compute_rule(tacet_rule *rule,
                                      const tacet_node *object,
                                      const tacet_node *on,
                                      tacet_error *error) {
  const bool listed = object && strcmp(tacet_node_text(object), "true") != 0;
  if (listed && on) {
    const tacet_place place = tacet_node_place(on);
    tacet_fail(error, TACET_BAD_INPUT, &place,
               "at compute the conditions are named twice");
    return tacet_advise(error, "write {at: compute, skip: [weight, input]}");
  }
  if (listed) return read_conditions(rule, object, "operand", error);
  if (on) return read_conditions(rule, on, "on", error);
  rule->on[TACET_WEIGHT] = rule->on[TACET_INPUT] = true;
  return TACET_OK;
}

static tacet_status read_rule(tacet_rule *rule, tacet_node *node,
                              const tacet_accelerator *levels,
                              tacet_error *error) {
  *rule = (tacet_rule){.place = tacet_node_place(node)};
  tacet_node *object = NULL, *on = NULL;
  tacet_status status = read_at(&rule->storage, node, levels, error);
  if (!status) status = read_verb(&rule->skip, &object, node, error);
  if (!status)
    status = tacet_get_either(&on, node, "on", "condition-on", error);
  if (!status) status = read_granularity(rule, node, levels, error);
  if (status) return status;
  return rule->storage == TACET_AT_COMPUTE
             ? read_compute_rule(rule, object, on, error)
             : read_access_rule(rule, object, on, node, error);
}

static tacet_status read_rules(tacet_features *features, tacet_node *sparse,
                               const tacet_accelerator *levels,
                               tacet_error *error) {
  tacet_node *list = NULL;
  tacet_status status =
      tacet_get_either(&list, sparse, "actions", "action-optimization", error);
  if (status || !list) return status;
  status = tacet_expect(list, TACET_LIST, "actions", error);
  for (int i = 0; i < tacet_node_count(list) && !status; i++) {
    tacet_node *node = tacet_node_item(list, i);
    const tacet_place place = tacet_node_place(node);
    if (i == TACET_MAX_RULES)
      return tacet_fail(error, TACET_BAD_INPUT, &place, "more than %d actions",
                        TACET_MAX_RULES);
    status = read_rule(&features->rule[features->rules++], node, levels, error);
  }
  return status;
}

/* ---- all ---------------------------------------------------------------- */

tacet_status tacet_features_read(tacet_features *features,
                                 tacet_accelerator *accelerator,
                                 const struct tacet_doc *doc,
                                 tacet_error *error) {
  memset(features, 0, sizeof *features);
  tacet_node *sparse = tacet_get(tacet_doc_root(doc), "sparse");
  if (!sparse) return TACET_OK;
  tacet_status status = tacet_expect(sparse, TACET_MAP, "sparse", error);
  if (!status) status = read_formats(features, sparse, accelerator, error);
  if (!status) status = read_rules(features, sparse, accelerator, error);
  if (!status)
    status = tacet_issue_read(accelerator, &features->balance, sparse, error);
  for (int i = 0; i < features->rules && !status; i++)
    status = tacet_rule_check(&features->rule[i], features, accelerator, error);
  return status;
}
