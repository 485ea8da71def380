/* Documents and nodes: their memory, asking maps for keys, and finding the
   keys nobody asked for. Knows nothing of YAML or of what values mean. */
#include "node.h"

#include <stdlib.h>
#include <string.h>

/* ---- memory ------------------------------------------------------------- */

struct tacet_block {
  tacet_block *next;
  size_t used, size;
  _Alignas(max_align_t) unsigned char bytes[];
};

static tacet_block *block_for(tacet_doc *doc, size_t size) {
  const size_t usual = 1 << 16;
  if (doc->blocks && doc->blocks->size - doc->blocks->used >= size)
    return doc->blocks;
  const size_t bytes = size > usual ? size : usual;
  tacet_block *block = calloc(1, sizeof *block + bytes);
  if (!block) return NULL;
  block->size = bytes;
  block->next = doc->blocks;
  return doc->blocks = block;
}

void *tacet_doc_allocate(tacet_doc *doc, size_t size) {
  const size_t step = _Alignof(max_align_t);
  size = (size + step - 1) / step * step;
  tacet_block *block = block_for(doc, size);
  if (!block) return NULL;
  void *bytes = block->bytes + block->used;
  block->used += size;
  return bytes;
}

void *tacet_doc_grow(tacet_doc *doc, void *array, int count, int *capacity,
                     size_t size) {
  if (count < *capacity) return array;
  const int larger = *capacity ? 2 * *capacity : 4;
  void *copy = tacet_doc_allocate(doc, (size_t)larger * size);
  if (!copy) return NULL;
  if (count) memcpy(copy, array, (size_t)count * size);
  *capacity = larger;
  return copy;
}

tacet_status tacet_no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
}

tacet_doc *tacet_doc_new(const char *path) {
  tacet_doc *doc = calloc(1, sizeof *doc);
  if (!doc) return NULL;
  doc->path = tacet_doc_allocate(doc, strlen(path) + 1);
  if (!doc->path) {
    tacet_doc_free(doc);
    return NULL;
  }
  strcpy(doc->path, path);
  return doc;
}

void tacet_doc_free(tacet_doc *doc) {
  if (!doc) return;
  for (tacet_block *block = doc->blocks; block;) {
    tacet_block *next = block->next;
    free(block);
    block = next;
  }
  free(doc);
}

/* ---- looking ------------------------------------------------------------ */

tacet_node *tacet_doc_root(const tacet_doc *doc) {
  return doc->root;
}

const char *tacet_doc_path(const tacet_doc *doc) {
  return doc->path;
}

tacet_node_kind tacet_node_is(const tacet_node *node) {
  return node->kind;
}

tacet_place tacet_node_place(const tacet_node *node) {
  return (tacet_place){node->doc->path, node->line, node->column};
}

tacet_place tacet_node_place_at(const tacet_node *node, size_t offset) {
  tacet_place place = tacet_node_place(node);
  if (node->text_column == 0) return place;
  place.column = node->text_column;
  for (size_t i = 0; i < offset; i++) /* columns count characters, not bytes */
    if (((unsigned char)node->text[i] & 0xC0) != 0x80) place.column++;
  return place;
}

const char *tacet_node_text(const tacet_node *node) {
  return node->kind == TACET_SCALAR ? node->text : "";
}

int tacet_node_count(const tacet_node *node) {
  return node->entries;
}

tacet_node *tacet_node_item(const tacet_node *node, int index) {
  return node->entry[index].value;
}

const char *tacet_node_key(const tacet_node *map, int index) {
  return map->entry[index].key->text;
}

tacet_place tacet_node_key_place(const tacet_node *map, int index) {
  return tacet_node_place(map->entry[index].key);
}

const char *tacet_node_kind_name(const tacet_node *node) {
  if (node->kind == TACET_LIST) return "a list";
  if (node->kind == TACET_MAP) return "a map";
  return node->text[0] ? "text" : "nothing";
}

tacet_status tacet_expect(const tacet_node *node, tacet_node_kind kind,
                          const char *what, tacet_error *error) {
  static const char *const kinds[] = {"text", "a list", "a map"};
  if (node->kind == kind) return TACET_OK;
  const tacet_place place = tacet_node_place(node);
  return tacet_fail(error, TACET_BAD_INPUT, &place, "%s: expected %s, found %s",
                    what, kinds[kind], tacet_node_kind_name(node));
}

/* ---- asking ------------------------------------------------------------- */

int tacet_find_key(const tacet_node *map, const char *key) {
  if (map->kind != TACET_MAP) return -1;
  for (int i = 0; i < map->entries; i++)
    if (strcmp(tacet_node_key(map, i), key) == 0) return i;
  return -1;
}

/* Without memory only a later "did you mean" is lost, so that is no error. */
static void note_asked(tacet_node *map, const char *key) {
  for (int i = 0; i < map->asked; i++)
    if (strcmp(map->asked_key[i], key) == 0) return;
  const char **keys = tacet_doc_grow(map->doc, map->asked_key, map->asked,
                                     &map->asked_capacity, sizeof *keys);
  char *copy = tacet_doc_allocate(map->doc, strlen(key) + 1);
  if (!keys || !copy) return;
  map->asked_key = keys;
  keys[map->asked++] = strcpy(copy, key);
}

tacet_node *tacet_get(tacet_node *map, const char *key) {
  if (map->kind != TACET_MAP) return NULL;
  map->looked_into = true;
  note_asked(map, key);
  const int i = tacet_find_key(map, key);
  if (i < 0) return NULL;
  map->entry[i].asked = true;
  return map->entry[i].value;
}

static tacet_status missing(const tacet_node *map, const char *key,
                            tacet_error *error) {
  const tacet_place place = tacet_node_place(map);
  tacet_fail(error, TACET_BAD_INPUT, &place, "the key \"%s\" is missing", key);
  tacet_nearest nearest = {.word = key};
  for (int i = 0; i < map->entries; i++)
    if (!map->entry[i].asked)
      tacet_nearest_offer(&nearest, tacet_node_key(map, i));
  if (nearest.found) {
    const int i = tacet_find_key(map, nearest.found);
    tacet_advise(error, "is \"%s\" in line %d meant to be it?",
                 tacet_show(nearest.found).text,
                 tacet_node_key_place(map, i).line);
  }
  return TACET_BAD_INPUT;
}

tacet_status tacet_need(tacet_node **value, tacet_node *map, const char *key,
                        tacet_error *error) {
  if (map->kind != TACET_MAP) {
    const tacet_place place = tacet_node_place(map);
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "expected a map with the key \"%s\", found %s", key,
                      tacet_node_kind_name(map));
  }
  *value = tacet_get(map, key);
  return *value ? TACET_OK : missing(map, key, error);
}

void tacet_read_all_keys(tacet_node *map) {
  for (int i = 0; i < map->entries; i++) map->entry[i].asked = true;
}

/* ---- keys nobody asked for ---------------------------------------------- */

static tacet_status unknown_key(const tacet_node *map, int index,
                                tacet_error *error) {
  const char *key = tacet_node_key(map, index);
  const tacet_place place = tacet_node_key_place(map, index);
  tacet_fail(error, TACET_BAD_INPUT, &place, "unknown key \"%s\"",
             tacet_show(key).text);
  tacet_nearest nearest = {.word = key};
  char known[200] = "";
  for (int i = 0; i < map->asked; i++) {
    tacet_nearest_offer(&nearest, map->asked_key[i]);
    tacet_list_word(known, sizeof known, map->asked_key[i]);
  }
  if (nearest.found)
    tacet_advise(error, "did you mean \"%s\"?", nearest.found);
  else
    tacet_advise(error, "known here: %s", known);
  return TACET_BAD_INPUT;
}

/* A map that no reader looked into is passed over: it belongs to a part of
   the program that does not take part in this run. Nesting is limited, so
   recursion is. */
static tacet_status check(const tacet_node *node, tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int i = 0; i < node->entries && !status; i++) {
    if (node->looked_into && !node->entry[i].asked)
      status = unknown_key(node, i, error);
    else
      status = check(node->entry[i].value, error);
  }
  return status;
}

tacet_status tacet_doc_check(const tacet_doc *doc, tacet_error *error) {
  return check(doc->root, error);
}
