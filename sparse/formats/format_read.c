/* Formats in accelerator files. Knows what can be said of one, not which level
   or tensor it is for. */
#include "format_read.h"

#include <stdio.h>
#include <string.h>

#include "../spelling.h"

enum { MOST_BITS = 62 };

/* ---- names -------------------------------------------------------------- */

/* Every word that a format can be, for messages too; formats first. */
static const char *const words[] = {"U",   "bitmask",     "CSR",  "CSC", "COO",
                                    "RLC", "Eyeriss-RLC", "best", "B",   "CP",
                                    "RLE", "UOP",         NULL};

enum { FIRST_FIBER = TACET_NAMED_FORMATS };

static const tacet_fiber_kind fibers[] = {TACET_FIBER_B, TACET_FIBER_CP,
                                          TACET_FIBER_RLE, TACET_FIBER_UOP};

/* The word before "(8)"; *number is 8, or TACET_DERIVED without it. False if
   the text is neither. */
static bool split_number(char *word, size_t size, int64_t *number,
                         const char *text) {
  const size_t length = strcspn(text, "(");
  long long bits = TACET_DERIVED;
  int end = 0;
  if (length >= size) return false;
  snprintf(word, size, "%.*s", (int)length, text);
  *number = TACET_DERIVED;
  if (text[length] == '\0') return true;
  if (sscanf(text + length, "(%4lld)%n", &bits, &end) != 1 || end == 0 ||
      text[length + (size_t)end] != '\0')
    return false;
  *number = bits;
  return bits >= 0;
}

static tacet_status too_wide(const tacet_node *node, int64_t bits,
                             tacet_error *error) {
  const tacet_place place = tacet_node_place(node);
  return tacet_fail(error, TACET_BAD_INPUT, &place,
                    "a fiber with words of %lld bits; expected at most %d",
                    (long long)bits, MOST_BITS);
}

/* "CP" or "CP(8)". */
static tacet_status read_kind(tacet_fiber *fiber, const tacet_node *node,
                              tacet_error *error) {
  char word[16];
  int64_t bits = TACET_DERIVED;
  int index = 0;
  *fiber = (tacet_fiber){.metadata_bits = TACET_DERIVED,
                         .payload_bits = TACET_DERIVED};
  const bool split =
      split_number(word, sizeof word, &bits, tacet_node_text(node));
  while (split && tacet_fiber_names[index] &&
         strcmp(tacet_fiber_names[index], word) != 0)
    index++;
  if (!split || !tacet_fiber_names[index]) {
    tacet_status status =
        tacet_as_word(&index, node, tacet_fiber_names, "fiber", error);
    if (status) return status;
  }
  fiber->kind = (tacet_fiber_kind)index;
  if (bits > MOST_BITS) return too_wide(node, bits, error);
  *(fiber->kind == TACET_FIBER_UOP ? &fiber->payload_bits
                                   : &fiber->metadata_bits) = (int)bits;
  return TACET_OK;
}

static tacet_status refuse_block(const tacet_node *node, tacet_error *error) {
  const tacet_place place = tacet_node_place(node);
  return tacet_fail(error, TACET_BAD_INPUT, &place,
                    "%s: expected n:m with 1 <= n <= m <= %d, or "
                    "BSR(rows x columns) with blocks up to %d",
                    tacet_node_text(node), TACET_MOST_BLOCK, TACET_MOST_BLOCK);
}

/* "2:4" and "BSR(4x4)"; *found is false if it is neither. */
static tacet_status read_numbered(tacet_format *format, bool *found,
                                  const tacet_node *node, tacet_error *error) {
  const char *text = tacet_node_text(node);
  long long a = 0, b = 0;
  int end = 0;
  *found = true;
  if (sscanf(text, "%6lld:%6lld%n", &a, &b, &end) == 2 && !text[end]) {
    if (a < 1 || a > b || b > TACET_MOST_BLOCK)
      return refuse_block(node, error);
    *format = tacet_format_n_of_m((int)a, b);
    return TACET_OK;
  }
  end = 0;
  if (sscanf(text, "BSR(%6lldx%6lld)%n", &a, &b, &end) == 2 && end &&
      !text[end]) {
    if (a < 1 || b < 1 || a > TACET_MOST_BLOCK || b > TACET_MOST_BLOCK)
      return refuse_block(node, error);
    *format = tacet_format_bsr(a, b);
    return TACET_OK;
  }
  *found = false;
  return TACET_OK;
}

static bool is_fiber(const tacet_node *node) {
  char word[16];
  int64_t bits;
  if (!split_number(word, sizeof word, &bits, tacet_node_text(node)))
    return false;
  for (size_t i = 0; i < sizeof fibers / sizeof *fibers; i++)
    if (strcmp(word, tacet_fiber_names[fibers[i]]) == 0) return true;
  return false;
}

static tacet_status read_name(tacet_format *format, const tacet_node *node,
                              const char *what, tacet_error *error) {
  bool found;
  int index = 0;
  tacet_status status = read_numbered(format, &found, node, error);
  if (status || found) return status;
  if (is_fiber(node)) {
    *format = (tacet_format){.name = TACET_STACK, .fibers = 1};
    return read_kind(&format->fiber[0], node, error);
  }
  status = tacet_as_word(&index, node, words, what, error);
  if (!status) *format = tacet_format_named((tacet_format_name)index);
  return status;
}

/* ---- fibers ------------------------------------------------------------- */

static tacet_status add_ranks(tacet_fiber *fiber, const tacet_node *node,
                              tacet_error *error) {
  if (tacet_node_is(node) == TACET_LIST) {
    tacet_status status = TACET_OK;
    for (int i = 0; i < tacet_node_count(node) && !status; i++)
      status = add_ranks(fiber, tacet_node_item(node, i), error);
    return status;
  }
  char name[2] = "";
  tacet_status status =
      tacet_as_name(name, sizeof name, node, "flatten", error);
  if (status) return status;
  const size_t ranks = strlen(fiber->name);
  if (ranks == TACET_MAX_RANKS || strchr(fiber->name, name[0])) {
    const tacet_place place = tacet_node_place(node);
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "a fiber has rank %s already, or too many", name);
  }
  fiber->name[ranks] = name[0];
  return TACET_OK;
}

static tacet_status read_ranks(tacet_fiber *fiber, tacet_node *map,
                               tacet_error *error) {
  static const char *const views[] = {"rows", "columns", NULL};
  tacet_node *node = NULL;
  int index = 0;
  tacet_status status =
      tacet_get_either(&node, map, "flatten", "flattened-rankIDs", error);
  if (status || !node) return status;
  if (tacet_node_is(node) != TACET_LIST) {
    status = tacet_as_word(&index, node, views, "flatten", error);
    fiber->along = index ? TACET_ALONG_COLUMNS : TACET_ALONG_ROWS;
    if (status)
      tacet_advise(error, "write rows, columns or a list of ranks, [C, R]");
    return status;
  }
  fiber->along = TACET_ALONG_NAMED;
  return add_ranks(fiber, node, error);
}

static tacet_status read_width(int *bits, tacet_node *map, const char *key,
                               tacet_error *error) {
  int64_t value = *bits;
  tacet_status status = tacet_get_int(&value, map, key, 0, MOST_BITS, error);
  if (!status) *bits = (int)value;
  return status;
}

static tacet_status read_cut(tacet_fiber *fiber, tacet_node *map,
                             tacet_error *error) {
  int64_t blocks = 0, within = 0;
  tacet_status status =
      tacet_get_int(&blocks, map, "blocks", 1, TACET_MOST_BLOCK, error);
  if (!status)
    status = tacet_get_int(&within, map, "within", 1, TACET_MOST_BLOCK, error);
  if (status) return status;
  if (blocks && within) {
    const tacet_place place = tacet_node_place(map);
    tacet_fail(error, TACET_BAD_INPUT, &place,
               "a fiber holds blocks or what is within one, not both");
    return tacet_advise(error, "give each a fiber of its own");
  }
  if (!blocks && !within) return TACET_OK;
  fiber->cut = blocks ? TACET_CUT_BLOCKS : TACET_CUT_WITHIN;
  fiber->block = blocks ? blocks : within;
  return TACET_OK;
}

static tacet_status read_fiber(tacet_fiber *fiber, tacet_node *node,
                               tacet_error *error) {
  if (tacet_node_is(node) != TACET_MAP) return read_kind(fiber, node, error);
  tacet_node *kind;
  tacet_status status = tacet_need(&kind, node, "format", error);
  if (!status) status = read_kind(fiber, kind, error);
  if (!status)
    status =
        read_width(&fiber->metadata_bits, node, "metadata-word-bits", error);
  if (!status)
    status = read_width(&fiber->payload_bits, node, "payload-word-bits", error);
  if (!status) status = read_ranks(fiber, node, error);
  return status ? status : read_cut(fiber, node, error);
}

/* Fibers that hold everything send the elements as they are. */
static void simplify(tacet_format *format) {
  for (int i = 0; i < format->fibers; i++)
    if (format->fiber[i].kind != TACET_FIBER_U) return;
  *format = tacet_format_named(TACET_UNCOMPRESSED);
}

static tacet_status read_stack(tacet_format *format, const tacet_node *list,
                               tacet_error *error) {
  const int count = tacet_node_count(list);
  tacet_status status = tacet_expect(list, TACET_LIST, "ranks", error);
  if (status) return status;
  if (count < 1 || count > TACET_MAX_FIBERS) {
    const tacet_place place = tacet_node_place(list);
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "a format of %d ranks; expected 1 to %d", count,
                      TACET_MAX_FIBERS);
  }
  *format = (tacet_format){.name = TACET_STACK, .fibers = count};
  for (int i = 0; i < count && !status; i++)
    status = read_fiber(&format->fiber[i], tacet_node_item(list, i), error);
  if (!status) simplify(format);
  return status;
}

/* ---- all ---------------------------------------------------------------- */

static tacet_status read_word(tacet_format *format, tacet_node *map,
                              tacet_error *error) {
  const tacet_node *node = tacet_get(map, "storage-word");
  double bits = 0;
  if (!node) return TACET_OK;
  tacet_status status = tacet_as_quantity(&bits, node, TACET_BITS, 2, 1 << 20,
                                          "storage-word", error);
  if (status) return status;
  if (format->fibers == 0 || format->whole) {
    const tacet_place place = tacet_node_place(node);
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "%s has storage words of its own, or none",
                      tacet_format_names[format->name]);
  }
  format->word = (int64_t)bits;
  return TACET_OK;
}

static tacet_status read_order(tacet_format *format, tacet_node *map,
                               tacet_error *error) {
  static const char *const orders[] = {"inner-to-outer", "outer-to-inner",
                                       NULL};
  const tacet_node *node = tacet_get(map, "rank-application-order");
  int index = 0;
  if (!node) return TACET_OK;
  tacet_status status =
      tacet_as_word(&index, node, orders, "rank-application-order", error);
  format->outer_first = index == 1;
  return status;
}

tacet_status tacet_format_read(tacet_format *format, tacet_node *node,
                               const char *what, tacet_error *error) {
  if (tacet_node_is(node) == TACET_LIST) return read_stack(format, node, error);
  if (tacet_node_is(node) != TACET_MAP)
    return read_name(format, node, what, error);
  tacet_node *ranks = tacet_get(node, "ranks"), *name = NULL;
  tacet_status status = TACET_OK;
  if (!ranks) {
    status = tacet_need(&name, node, "format", error);
    if (!status) status = read_name(format, name, what, error);
  } else {
    status = read_stack(format, ranks, error);
    if (!status) status = read_order(format, node, error);
  }
  return status ? status : read_word(format, node, error);
}
