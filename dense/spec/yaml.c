/* From YAML to nodes, by the events of libyaml. Stops at its own limits
   before hostile text can cost time or memory. Knows no key by name. */
#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
  text_limit = 4 << 20,
  depth_limit = 64,
  anchor_limit = 256,
  node_limit = 1 << 19 /* each alias counts as all that it stands for */
};

typedef struct frame {
  tacet_node *node; /* a list or map whose end is yet to come */
  tacet_node *key;  /* waits for its value */
  int nodes_before;
} frame;

typedef struct anchor {
  const char *name;
  tacet_node *node;
} anchor;

typedef struct builder {
  tacet_doc *doc;
  int depth;
  frame stack[depth_limit];
  int anchors;
  anchor anchor[anchor_limit];
  int nodes;
  tacet_error *error;
} builder;

static tacet_place place_of(const builder *b, yaml_mark_t mark) {
  return (tacet_place){b->doc->path, (int)mark.line + 1, (int)mark.column + 1};
}

static tacet_status wrong(const builder *b, yaml_mark_t mark,
                          const char *message, const char *hint) {
  const tacet_place place = place_of(b, mark);
  tacet_fail(b->error, TACET_BAD_INPUT, &place, "%s", message);
  tacet_advise(b->error, "%s", hint);
  return TACET_BAD_INPUT;
}

/* ---- into the tree ------------------------------------------------------ */

static tacet_status count_nodes(builder *b, int nodes, yaml_mark_t mark) {
  b->nodes += nodes;
  if (b->nodes <= node_limit) return TACET_OK;
  return wrong(b, mark, "more than 524288 values, aliases expanded",
               "split the file, or use fewer aliases");
}

static tacet_status take_key(builder *b, frame *top, tacet_node *key,
                             yaml_mark_t mark) {
  if (key->kind != TACET_SCALAR)
    return wrong(b, mark, "a key must be text, not a list or a map", "");
  if (strcmp(key->text, "<<") == 0)
    return wrong(b, mark, "merge keys (<<) are not supported",
                 "write the keys out");
  top->key = key;
  return TACET_OK;
}

/* Puts a node where the document is just now: root, item, key or value. */
static tacet_status attach(builder *b, tacet_node *node, yaml_mark_t mark) {
  if (b->depth == 0) {
    b->doc->root = node;
    return TACET_OK;
  }
  frame *top = &b->stack[b->depth - 1];
  tacet_node *parent = top->node;
  if (parent->kind == TACET_MAP && !top->key)
    return take_key(b, top, node, mark);
  tacet_entry *entry = tacet_doc_grow(b->doc, parent->entry, parent->entries,
                                      &parent->capacity, sizeof *entry);
  if (!entry) return tacet_no_memory(b->error);
  parent->entry = entry;
  entry[parent->entries++] = (tacet_entry){top->key, node, false};
  if (node->height >= parent->height) parent->height = node->height + 1;
  top->key = NULL;
  return TACET_OK;
}

static anchor *find_anchor(builder *b, const char *name) {
  for (int i = 0; i < b->anchors; i++)
    if (strcmp(b->anchor[i].name, name) == 0) return &b->anchor[i];
  return NULL;
}

static char *keep(builder *b, const void *text, size_t length) {
  char *copy = tacet_doc_allocate(b->doc, length + 1);
  if (copy && length) memcpy(copy, text, length);
  return copy;
}

/* A later anchor of the same name takes the place of an earlier. */
static tacet_status add_anchor(builder *b, const char *name, tacet_node *node,
                               yaml_mark_t mark) {
  anchor *slot = find_anchor(b, name);
  if (!slot) {
    if (b->anchors == anchor_limit)
      return wrong(b, mark, "more than 256 anchors", "use fewer");
    slot = &b->anchor[b->anchors++];
    slot->name = keep(b, name, strlen(name));
    if (!slot->name) return tacet_no_memory(b->error);
  }
  slot->node = node;
  return TACET_OK;
}

static tacet_status new_node(tacet_node **node, builder *b,
                             tacet_node_kind kind, const yaml_char_t *name,
                             const yaml_char_t *tag,
                             const yaml_event_t *event) {
  if (tag)
    return wrong(b, event->start_mark, "tags (!) are not supported",
                 "remove the tag; text may be quoted");
  tacet_status status = count_nodes(b, 1, event->start_mark);
  if (status) return status;
  *node = tacet_doc_allocate(b->doc, sizeof **node);
  if (!*node) return tacet_no_memory(b->error);
  (*node)->kind = kind;
  (*node)->doc = b->doc;
  (*node)->nodes = 1;
  (*node)->line = (int)event->start_mark.line + 1;
  (*node)->column = (int)event->start_mark.column + 1;
  if (!name) return TACET_OK;
  return add_anchor(b, (const char *)name, *node, event->start_mark);
}

/* ---- events ------------------------------------------------------------- */

static int characters(const char *text) {
  int count = 0;
  for (; *text; text++)
    if (((unsigned char)*text & 0xC0) != 0x80) count++;
  return count;
}

/* Text that takes as many columns as it has characters (and two for quotes)
   stands in the file as it is. */
static int text_column(const tacet_node *node, const yaml_event_t *event) {
  if (event->start_mark.line != event->end_mark.line) return 0;
  const int columns = (int)(event->end_mark.column - event->start_mark.column);
  const int quotes = columns - characters(node->text);
  if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
    return quotes == 0 ? node->column : 0;
  return quotes == 2 ? node->column + 1 : 0;
}

static tacet_status take_scalar(builder *b, const yaml_event_t *event) {
  tacet_node *node;
  tacet_status status =
      new_node(&node, b, TACET_SCALAR, event->data.scalar.anchor,
               event->data.scalar.tag, event);
  if (status) return status;
  const size_t length = event->data.scalar.length;
  if (memchr(event->data.scalar.value, 0, length))
    return wrong(b, event->start_mark, "text holds a NUL character", "");
  node->text = keep(b, event->data.scalar.value, length);
  if (!node->text) return tacet_no_memory(b->error);
  node->text_column = text_column(node, event);
  return attach(b, node, event->start_mark);
}

static tacet_status open_node(builder *b, tacet_node_kind kind,
                              const yaml_char_t *name, const yaml_char_t *tag,
                              const yaml_event_t *event) {
  if (b->depth == depth_limit)
    return wrong(b, event->start_mark, "nested more than 64 deep", "");
  tacet_node *node;
  tacet_status status = new_node(&node, b, kind, name, tag, event);
  if (status) return status;
  node->height = 1;
  node->text = "";
  status = attach(b, node, event->start_mark);
  b->stack[b->depth++] = (frame){node, NULL, b->nodes - 1};
  return status;
}

static tacet_status refuse_repeated_keys(const builder *b,
                                         const tacet_node *map) {
  if (map->kind != TACET_MAP || map->entries < 2) return TACET_OK;
  tacet_indexed_name *names = calloc((size_t)map->entries, sizeof *names);
  if (!names) return tacet_no_memory(b->error);
  for (int i = 0; i < map->entries; i++)
    names[i] = (tacet_indexed_name){tacet_node_key(map, i), i};
  int earlier = 0;
  const int repeat = tacet_find_repeat(names, map->entries, &earlier);
  free(names);
  if (repeat < 0) return TACET_OK;
  const tacet_place here = tacet_node_key_place(map, repeat);
  const tacet_place first = tacet_node_key_place(map, earlier);
  tacet_fail(b->error, TACET_BAD_INPUT, &here,
             "duplicate key \"%s\", first at line %d, column %d",
             tacet_show(tacet_node_key(map, repeat)).text, first.line,
             first.column);
  tacet_advise(b->error, "keep one of them");
  return TACET_BAD_INPUT;
}

static tacet_status close_node(builder *b) {
  frame *top = &b->stack[--b->depth];
  top->node->nodes = b->nodes - top->nodes_before;
  if (b->depth > 0) {
    tacet_node *parent = b->stack[b->depth - 1].node;
    if (top->node->height >= parent->height)
      parent->height = top->node->height + 1;
  }
  return refuse_repeated_keys(b, top->node);
}

static tacet_status unknown_alias(builder *b, const char *name,
                                  yaml_mark_t mark) {
  tacet_nearest nearest = {.word = name};
  for (int i = 0; i < b->anchors; i++)
    tacet_nearest_offer(&nearest, b->anchor[i].name);
  const tacet_place place = place_of(b, mark);
  tacet_fail(b->error, TACET_BAD_INPUT, &place,
             "alias *%s has no anchor before it", tacet_show(name).text);
  if (nearest.found) tacet_advise(b->error, "did you mean *%s?", nearest.found);
  return TACET_BAD_INPUT;
}

static tacet_status take_alias(builder *b, const yaml_event_t *event) {
  const char *name = (const char *)event->data.alias.anchor;
  const anchor *target = find_anchor(b, name);
  if (!target) return unknown_alias(b, name, event->start_mark);
  for (int i = 0; i < b->depth; i++)
    if (b->stack[i].node == target->node)
      return wrong(b, event->start_mark,
                   "an alias stands inside the value it stands for",
                   "write the value out");
  if (b->depth + target->node->height > depth_limit)
    return wrong(b, event->start_mark,
                 "nested more than 64 deep, aliases expanded", "");
  tacet_status status = count_nodes(b, target->node->nodes, event->start_mark);
  if (status) return status;
  return attach(b, target->node, event->start_mark);
}

static tacet_status take_document(const builder *b, const yaml_event_t *event) {
  if (!b->doc->root) return TACET_OK;
  return wrong(b, event->start_mark, "a second document starts here",
               "put it in a file of its own");
}

static tacet_status take_end(const builder *b) {
  if (b->doc->root) return TACET_OK;
  const tacet_place place = {b->doc->path, 0, 0};
  return tacet_fail(b->error, TACET_BAD_INPUT, &place, "the file is empty");
}

static tacet_status take(builder *b, const yaml_event_t *event) {
  switch (event->type) {
  case YAML_DOCUMENT_START_EVENT: return take_document(b, event);
  case YAML_STREAM_END_EVENT: return take_end(b);
  case YAML_ALIAS_EVENT: return take_alias(b, event);
  case YAML_SCALAR_EVENT: return take_scalar(b, event);
  case YAML_SEQUENCE_START_EVENT:
    return open_node(b, TACET_LIST, event->data.sequence_start.anchor,
                     event->data.sequence_start.tag, event);
  case YAML_MAPPING_START_EVENT:
    return open_node(b, TACET_MAP, event->data.mapping_start.anchor,
                     event->data.mapping_start.tag, event);
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT: return close_node(b);
  default: return TACET_OK;
  }
}

/* ---- libyaml's own errors ----------------------------------------------- */

/* What people do that libyaml says this about. */
static const struct {
  const char *problem;
  const char *hint;
} syntax_hints[] = {
    {"found character that cannot start any token",
     "indent with spaces, not tabs; quote text that begins with a sign"},
    {"found a tab character", "indent with spaces, not tabs"},
    {"mapping values are not allowed",
     "check the indentation, or quote text that holds \": \""},
    {"did not find expected key", "check the indentation"},
    {"did not find expected '-' indicator", "check the indentation"},
    {"did not find expected ',' or",
     "close the bracket, or quote text that holds one"},
    {"could not find expected ':'", "write \"key: value\""},
    {"found unexpected end of stream", "close the quote"},
};

/* The reader knows only the byte at fault. */
static yaml_mark_t mark_of_byte(const char *text, size_t size, size_t byte) {
  yaml_mark_t mark = {0, 0, 0};
  for (size_t i = 0; i < byte && i < size; i++) {
    if (text[i] == '\n') {
      mark.line++;
      mark.column = 0;
    } else if (((unsigned char)text[i] & 0xC0) != 0x80) {
      mark.column++;
    }
  }
  return mark;
}

static const char *hint_for(const char *problem) {
  for (size_t i = 0; i < sizeof syntax_hints / sizeof *syntax_hints; i++)
    if (strncmp(problem, syntax_hints[i].problem,
                strlen(syntax_hints[i].problem)) == 0)
      return syntax_hints[i].hint;
  return "";
}

static tacet_status syntax_error(const builder *b, const yaml_parser_t *parser,
                                 const char *text, size_t size) {
  if (parser->error == YAML_MEMORY_ERROR) return tacet_no_memory(b->error);
  const char *problem = parser->problem ? parser->problem : "not YAML";
  if (parser->error == YAML_READER_ERROR)
    return wrong(b, mark_of_byte(text, size, parser->problem_offset), problem,
                 "save the file as UTF-8 text");
  char message[256];
  if (parser->context)
    snprintf(message, sizeof message, "%s %s that starts at line %d, column %d",
             problem, parser->context, (int)parser->context_mark.line + 1,
             (int)parser->context_mark.column + 1);
  else
    snprintf(message, sizeof message, "%s", problem);
  return wrong(b, parser->problem_mark, message, hint_for(problem));
}

/* ---- whole files -------------------------------------------------------- */

static tacet_status build(builder *b, yaml_parser_t *parser, const char *text,
                          size_t size) {
  for (;;) {
    yaml_event_t event;
    if (!yaml_parser_parse(parser, &event))
      return syntax_error(b, parser, text, size);
    const yaml_event_type_t type = event.type;
    tacet_status status = take(b, &event);
    yaml_event_delete(&event);
    if (status || type == YAML_STREAM_END_EVENT) return status;
  }
}

static tacet_status too_large(const char *name, tacet_error *error) {
  const tacet_place place = {name, 0, 0};
  return tacet_fail(error, TACET_BAD_INPUT, &place, "larger than 4 MiB");
}

tacet_status tacet_doc_parse(tacet_doc **doc, const char *text, size_t size,
                             const char *name, tacet_error *error) {
  *doc = NULL;
  if (size > text_limit) return too_large(name, error);
  builder b = {.doc = tacet_doc_new(name), .error = error};
  if (!b.doc) return tacet_no_memory(error);
  yaml_parser_t parser;
  tacet_status status = TACET_NO_MEMORY;
  if (yaml_parser_initialize(&parser)) {
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    status = build(&b, &parser, text, size);
    yaml_parser_delete(&parser);
  } else {
    tacet_no_memory(error);
  }
  if (status)
    tacet_doc_free(b.doc);
  else
    *doc = b.doc;
  return status;
}

static tacet_status unreadable(const char *path, tacet_error *error) {
  if (errno == ENOMEM) return tacet_no_memory(error);
  const tacet_place place = {path, 0, 0};
  return tacet_fail(error, TACET_NO_FILE, &place, "cannot read: %s",
                    strerror(errno));
}

tacet_status tacet_doc_read(tacet_doc **doc, const char *path,
                            tacet_error *error) {
  *doc = NULL;
  FILE *file = fopen(path, "rb");
  if (!file) return unreadable(path, error);
  tacet_status status;
  char *text = malloc(text_limit + 1);
  errno = 0;
  const size_t size = text ? fread(text, 1, text_limit + 1, file) : 0;
  if (!text)
    status = tacet_no_memory(error);
  else if (ferror(file))
    status = unreadable(path, error);
  else
    status = tacet_doc_parse(doc, text, size, path, error);
  free(text);
  fclose(file);
  return status;
}
