/* Keys and words with two spellings. Knows no file's structure. */
#include "spelling.h"

#include "../dense/spec/node.h"

/* The slots, and again under the names they have in a GEMM. */
static const char *const tensor_words[] = {"weight", "input", "output", "B",
                                           "A",      "Z",     NULL};

const char *tacet_slot_name(int slot) {
  return tensor_words[slot];
}

tacet_status tacet_get_either(tacet_node **value, tacet_node *map,
                              const char *name, const char *other,
                              tacet_error *error) {
  *value = tacet_get(map, name);
  tacet_node *second = tacet_get(map, other);
  if (*value && second) {
    const tacet_place place = tacet_node_place(second);
    tacet_fail(error, TACET_BAD_INPUT, &place, "both \"%s\" and \"%s\"", name,
               other);
    return tacet_advise(error, "they mean the same: keep one");
  }
  if (second) *value = second;
  return TACET_OK;
}

tacet_status tacet_get_tensor(tacet_node **value, tacet_node *map,
                              tacet_slot slot, tacet_error *error) {
  return tacet_get_either(value, map, tensor_words[slot],
                          tensor_words[slot + TACET_TENSORS], error);
}

tacet_status tacet_as_tensor(tacet_slot *slot, const tacet_node *node,
                             const char *what, tacet_error *error) {
  int index = 0;
  tacet_status status = tacet_as_word(&index, node, tensor_words, what, error);
  if (!status) *slot = (tacet_slot)(index % TACET_TENSORS);
  return status;
}

tacet_status tacet_get_text(const char **text, tacet_node *map, const char *key,
                            tacet_error *error) {
  char copy[1024];
  tacet_node *node = tacet_get(map, key);
  *text = NULL;
  if (!node) return TACET_OK;
  tacet_status status = tacet_as_name(copy, sizeof copy, node, key, error);
  if (!status) *text = tacet_node_text(node);
  return status;
}
