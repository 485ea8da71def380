/* Changing scalars of a document that was read, by their paths: for sweeps and
   for values from the command line. Knows no file's keys. */
#include "node.h"

#include <stdio.h>
#include <string.h>

/* ---- paths -------------------------------------------------------------- */

/* Length of `name` if `path` starts with it as a whole part, else 0. */
static size_t leads(const char *path, const char *name) {
  const size_t length = strlen(name);
  if (length == 0 || strncmp(path, name, length) != 0) return 0;
  return path[length] == '.' || !path[length] ? length : 0;
}

/* The key of a map that `path` starts with, the longest if several do: keys
   may have dots too. */
static tacet_node *find_entry(const tacet_node *map, const char *path,
                              size_t *length) {
  tacet_node *found = NULL;
  for (int i = 0; i < map->entries; i++) {
    const size_t leading = leads(path, tacet_node_key(map, i));
    if (leading <= *length) continue;
    *length = leading;
    found = map->entry[i].value;
  }
  return found;
}

/* The item of a list, or of a list `layers` in one of its items, whose key
   `name` is what `path` starts with. */
static tacet_node *find_item(const tacet_node *list, const char *path,
                             size_t *length) {
  tacet_node *found = NULL;
  for (int i = 0; i < list->entries; i++) {
    tacet_node *item = list->entry[i].value;
    const int name = tacet_find_key(item, "name");
    const int block = tacet_find_key(item, "layers");
    size_t leading = 0;
    if (name >= 0)
      leading = leads(path, tacet_node_text(item->entry[name].value));
    if (block >= 0 && item->entry[block].value->kind == TACET_LIST) {
      tacet_node *inner = find_item(item->entry[block].value, path, length);
      if (inner) found = inner;
    }
    if (leading <= *length) continue;
    *length = leading;
    found = item;
  }
  return found;
}

/* ---- making ------------------------------------------------------------- */

static tacet_node *new_node(const tacet_node *parent, tacet_node_kind kind,
                            const char *text, size_t length) {
  tacet_node *node = tacet_doc_allocate(parent->doc, sizeof *node);
  char *copy = tacet_doc_allocate(parent->doc, length + 1);
  if (!node || !copy) return NULL;
  memcpy(copy, text, length);
  node->kind = kind;
  node->line = parent->line;
  node->column = parent->column;
  node->text = copy;
  node->doc = parent->doc;
  return node;
}

/* Adds to a map the key that `path` starts with: a map if the path goes on.
   Whether there is such a key, its reader will say. */
static tacet_status add_entry(tacet_node **value, tacet_node *map,
                              const char *path, size_t *length,
                              tacet_error *error) {
  *length = strcspn(path, ".");
  tacet_entry *entries = tacet_doc_grow(map->doc, map->entry, map->entries,
                                        &map->capacity, sizeof *entries);
  tacet_node *key = new_node(map, TACET_SCALAR, path, *length);
  *value = new_node(map, path[*length] ? TACET_MAP : TACET_SCALAR, "", 0);
  if (!entries || !key || !*value) return tacet_no_memory(error);
  map->entry = entries;
  map->entry[map->entries++] = (tacet_entry){.key = key, .value = *value};
  return TACET_OK;
}

/* ---- finding ------------------------------------------------------------ */

static void offer_names(tacet_nearest *nearest, const tacet_node *list) {
  for (int i = 0; list->kind == TACET_LIST && i < list->entries; i++) {
    const tacet_node *item = list->entry[i].value;
    const int name = tacet_find_key(item, "name");
    const int block = tacet_find_key(item, "layers");
    if (name >= 0)
      tacet_nearest_offer(nearest, tacet_node_text(item->entry[name].value));
    if (block >= 0) offer_names(nearest, item->entry[block].value);
  }
}

static tacet_status cannot_enter(const tacet_node *node, const char *path,
                                 tacet_error *error) {
  char name[TACET_NAME];
  snprintf(name, sizeof name, "%.*s", (int)strcspn(path, "."), path);
  tacet_nearest nearest = {.word = name};
  offer_names(&nearest, node);
  const tacet_place place = tacet_node_place(node);
  tacet_fail(error, TACET_BAD_INPUT, &place, "there is no \"%s\" in %s",
             tacet_show(name).text, tacet_node_kind_name(node));
  if (!nearest.found) return TACET_BAD_INPUT;
  return tacet_advise(error, "did you mean %s?", nearest.found);
}

static tacet_status enter(tacet_node **node, const char *path, size_t *length,
                          tacet_error *error) {
  tacet_node *found = NULL;
  *length = 0;
  if ((*node)->kind == TACET_LIST) found = find_item(*node, path, length);
  if ((*node)->kind == TACET_MAP) found = find_entry(*node, path, length);
  if (!found && (*node)->kind == TACET_MAP && strcspn(path, ".") > 0)
    return add_entry(node, *node, path, length, error);
  if (!found) return cannot_enter(*node, path, error);
  *node = found;
  return TACET_OK;
}

tacet_status tacet_doc_find(tacet_node **node, const tacet_doc *doc,
                            const char *path, tacet_error *error) {
  *node = tacet_doc_root(doc);
  tacet_status status = TACET_OK;
  for (size_t length = 0; !status; path += length + 1) {
    status = enter(node, path, &length, error);
    if (status || !path[length]) break;
  }
  if (status || (*node)->kind == TACET_SCALAR) return status;
  const tacet_place place = tacet_node_place(*node);
  return tacet_fail(error, TACET_BAD_INPUT, &place,
                    "expected one number here, found %s",
                    tacet_node_kind_name(*node));
}

void tacet_node_say(tacet_node *node, const char *text) {
  node->text = text;
  node->text_column = 0;
}
