/* Formats by name, as text, and bound to a tensor. Knows nothing of sizes,
   nor of where tiles come from. */
#include "format.h"

#include <stdio.h>
#include <string.h>

const char *const tacet_fiber_names[] = {"U", "B", "CP", "RLE", "UOP", NULL};

const char *const tacet_format_names[] = {
    [TACET_UNCOMPRESSED] = "U",
    [TACET_BITMASK] = "bitmask",
    [TACET_CSR] = "CSR",
    [TACET_CSC] = "CSC",
    [TACET_COO] = "COO",
    [TACET_RLC] = "RLC",
    [TACET_EYERISS_RLC] = "Eyeriss-RLC",
    [TACET_BEST] = "best",
    [TACET_NAMED_FORMATS] = NULL,
};

/* ---- by name ------------------------------------------------------------ */

static tacet_fiber fiber_of(tacet_fiber_kind kind, tacet_along along) {
  return (tacet_fiber){.kind = kind,
                       .along = along,
                       .metadata_bits = TACET_DERIVED,
                       .payload_bits = TACET_DERIVED};
}

static void add_fiber(tacet_format *format, tacet_fiber_kind kind,
                      tacet_along along) {
  format->fiber[format->fibers++] = fiber_of(kind, along);
}

static void add_block(tacet_format *format, tacet_fiber_kind kind,
                      tacet_along along, tacet_cut cut, int64_t block) {
  tacet_fiber fiber = fiber_of(kind, along);
  fiber.cut = cut;
  fiber.block = block;
  format->fiber[format->fibers++] = fiber;
}

tacet_format tacet_format_named(tacet_format_name name) {
  tacet_format format = {.name = name};
  switch (name) {
  case TACET_BITMASK:
    add_fiber(&format, TACET_FIBER_B, TACET_ALONG_REST);
    break;
  case TACET_CSR:
    add_fiber(&format, TACET_FIBER_UOP, TACET_ALONG_ROWS);
    add_fiber(&format, TACET_FIBER_CP, TACET_ALONG_COLUMNS);
    break;
  case TACET_CSC:
    add_fiber(&format, TACET_FIBER_UOP, TACET_ALONG_COLUMNS);
    add_fiber(&format, TACET_FIBER_CP, TACET_ALONG_ROWS);
    break;
  case TACET_COO: add_fiber(&format, TACET_FIBER_CP, TACET_ALONG_POINTS); break;
  case TACET_EYERISS_RLC:
    format.word = 64;
    format.whole = true;
    /* fall through */
  case TACET_RLC:
    add_fiber(&format, TACET_FIBER_RLE, TACET_ALONG_REST);
    format.fiber[0].metadata_bits = 5;
    break;
  default: break;
  }
  return format;
}

tacet_format tacet_format_n_of_m(int n, int64_t m) {
  tacet_format format = {.name = TACET_N_OF_M_INDEX};
  add_fiber(&format, TACET_FIBER_U, TACET_ALONG_REST);
  add_block(&format, TACET_FIBER_U, TACET_ALONG_SUMMED, TACET_CUT_BLOCKS, m);
  add_block(&format, TACET_FIBER_CP, TACET_ALONG_SUMMED, TACET_CUT_WITHIN, m);
  format.fiber[2].slots = n;
  return format;
}

tacet_format tacet_format_bsr(int64_t rows, int64_t columns) {
  tacet_format format = {.name = TACET_BSR};
  add_block(&format, TACET_FIBER_UOP, TACET_ALONG_ROWS, TACET_CUT_BLOCKS, rows);
  add_block(&format, TACET_FIBER_CP, TACET_ALONG_COLUMNS, TACET_CUT_BLOCKS,
            columns);
  add_block(&format, TACET_FIBER_U, TACET_ALONG_ROWS, TACET_CUT_WITHIN, rows);
  add_block(&format, TACET_FIBER_U, TACET_ALONG_COLUMNS, TACET_CUT_WITHIN,
            columns);
  return format;
}

/* ---- as text ------------------------------------------------------------ */

typedef struct writer {
  char *text;
  size_t size, length;
} writer;

static void say(writer *w, const char *text) {
  const size_t length = strlen(text);
  if (w->length < w->size)
    snprintf(w->text + w->length, w->size - w->length, "%s", text);
  w->length += length;
}

static void say_number(writer *w, const char *before, int64_t number,
                       const char *after) {
  char text[64];
  snprintf(text, sizeof text, "%s%lld%s", before, (long long)number, after);
  say(w, text);
}

static void say_ranks(writer *w, const tacet_fiber *fiber) {
  say(w, ", flatten: ");
  if (fiber->along != TACET_ALONG_NAMED) {
    say(w, fiber->along == TACET_ALONG_ROWS ? "rows" : "columns");
    return;
  }
  for (int i = 0; fiber->name[i]; i++) {
    say(w, i ? ", " : "[");
    say(w, (char[]){fiber->name[i], '\0'});
  }
  say(w, "]");
}

static bool is_short(const tacet_fiber *fiber) {
  const bool offsets = fiber->kind == TACET_FIBER_UOP;
  return fiber->along == TACET_ALONG_REST && fiber->cut == TACET_CUT_NONE &&
         (offsets ? fiber->metadata_bits : fiber->payload_bits) ==
             TACET_DERIVED;
}

/* CP(8), or {format: CP, ...} with all there is to say. */
static void say_fiber(writer *w, const tacet_fiber *fiber) {
  const bool brief = is_short(fiber);
  const int bits = fiber->kind == TACET_FIBER_UOP ? fiber->payload_bits
                                                  : fiber->metadata_bits;
  if (!brief) say(w, "{format: ");
  say(w, tacet_fiber_names[fiber->kind]);
  if (brief) {
    if (bits != TACET_DERIVED) say_number(w, "(", bits, ")");
    return;
  }
  if (fiber->metadata_bits != TACET_DERIVED)
    say_number(w, ", metadata-word-bits: ", fiber->metadata_bits, "");
  if (fiber->payload_bits != TACET_DERIVED)
    say_number(w, ", payload-word-bits: ", fiber->payload_bits, "");
  if (fiber->along != TACET_ALONG_REST) say_ranks(w, fiber);
  if (fiber->cut != TACET_CUT_NONE)
    say_number(w, fiber->cut == TACET_CUT_BLOCKS ? ", blocks: " : ", within: ",
               fiber->block, "");
  say(w, "}");
}

static void say_stack(writer *w, const tacet_format *format) {
  for (int i = 0; i < format->fibers; i++) {
    say(w, i ? ", " : "[");
    say_fiber(w, &format->fiber[i]);
  }
  say(w, "]");
}

static void say_name(writer *w, const tacet_format *format) {
  const tacet_fiber *fiber = format->fiber;
  if (format->name == TACET_N_OF_M_INDEX) {
    say_number(w, "", fiber[format->fibers - 1].slots, ":");
    say_number(w, "", fiber[format->fibers - 1].block, "");
  } else if (format->name == TACET_BSR) {
    say_number(w, "BSR(", fiber[0].block, "x");
    say_number(w, "", fiber[1].block, ")");
  } else if (format->name < TACET_NAMED_FORMATS) {
    say(w, tacet_format_names[format->name]);
  } else {
    say_stack(w, format);
  }
}

void tacet_format_text(char *text, size_t size, const tacet_format *format) {
  writer w = {text, size, 0};
  const bool pads = format->word > 0 && !format->whole;
  const bool ordered = format->outer_first;
  if (size) text[0] = '\0';
  if (pads || ordered)
    say(&w, format->name == TACET_STACK ? "{ranks: " : "{format: ");
  say_name(&w, format);
  if (ordered) say(&w, ", rank-application-order: outer-to-inner");
  if (pads) say_number(&w, ", storage-word: ", format->word, " bit");
  if (pads || ordered) say(&w, "}");
}

/* ---- bound -------------------------------------------------------------- */

typedef struct binder {
  const tacet_layer *layer;
  const tacet_tensor *tensor;
  bool named[TACET_MAX_RANKS]; /* by some fiber */
} binder;

/* Rank of the tensor that outputs sum over, or -1. */
static int summed_rank(const binder *b) {
  const tacet_tensor *output = &b->layer->tensor[TACET_OUTPUT];
  for (int r = 0; r < b->tensor->ranks; r++) {
    const tacet_rank *rank = &b->tensor->rank[r];
    if (rank->terms == 1 && !tacet_has_dim(output, rank->term[0].dim)) return r;
  }
  return -1;
}

static void take(tacet_fiber *fiber, int rank) {
  fiber->rank[fiber->ranks++] = rank;
}

static void take_range(tacet_fiber *fiber, int from, int to) {
  for (int r = from; r < to; r++) take(fiber, r);
}

static int rank_called(const tacet_tensor *tensor, char letter) {
  for (int r = 0; r < tensor->ranks; r++)
    if (tensor->rank[r].name[0] == letter && !tensor->rank[r].name[1]) return r;
  return -1;
}

static void take_named(tacet_fiber *fiber, const binder *b) {
  const int rows = b->tensor->row_ranks, all = b->tensor->ranks;
  const int summed = summed_rank(b);
  switch (fiber->along) {
  case TACET_ALONG_ROWS: take_range(fiber, 0, rows); break;
  case TACET_ALONG_COLUMNS: take_range(fiber, rows, all); break;
  case TACET_ALONG_POINTS:
    take_range(fiber, 0, all);
    fiber->first = rows;
    break;
  case TACET_ALONG_SUMMED:
    if (summed >= 0) take(fiber, summed);
    break;
  case TACET_ALONG_NAMED:
    for (const char *letter = fiber->name; *letter; letter++) {
      const int r = rank_called(b->tensor, *letter);
      if (r >= 0) take(fiber, r);
    }
    break;
  case TACET_ALONG_REST: break;
  }
}

/* Deals the ranks that no fiber names out to those that name none. */
static void deal(tacet_format *format, const binder *b) {
  int left[TACET_MAX_RANKS], ranks = 0;
  tacet_fiber *taker[TACET_MAX_FIBERS];
  int takers = 0;
  for (int r = 0; r < b->tensor->ranks; r++)
    if (!b->named[r]) left[ranks++] = r;
  for (int i = 0; i < format->fibers; i++)
    if (format->fiber[i].along == TACET_ALONG_REST)
      taker[takers++] = &format->fiber[i];
  if (takers == 2 && format->fibers == 2 && !format->outer_first) {
    take_range(taker[0], 0, b->tensor->row_ranks);
    take_range(taker[1], b->tensor->row_ranks, b->tensor->ranks);
    return;
  }
  for (int i = 0; i < ranks && takers; i++) {
    const int from_end = takers - (ranks - i);
    const int at = format->outer_first ? (i < takers ? i : takers - 1)
                   : from_end > 0      ? from_end
                                       : 0;
    take(taker[at], left[i]);
  }
}

/* True if one fiber has the rank, or two the blocks of it and what is within
   them. */
static bool is_covered(const tacet_format *format, int rank) {
  int count[TACET_CUT_WITHIN + 1] = {0};
  int64_t block[TACET_CUT_WITHIN + 1] = {0};
  for (int i = 0; i < format->fibers; i++) {
    const tacet_fiber *fiber = &format->fiber[i];
    for (int k = 0; k < fiber->ranks; k++) {
      if (fiber->rank[k] != rank) continue;
      count[fiber->cut]++;
      block[fiber->cut] = fiber->block;
    }
  }
  const int blocks = count[TACET_CUT_BLOCKS], within = count[TACET_CUT_WITHIN];
  return count[TACET_CUT_NONE] == 1
             ? blocks + within == 0
             : count[TACET_CUT_NONE] == 0 && blocks == 1 && within == 1 &&
                   block[TACET_CUT_BLOCKS] == block[TACET_CUT_WITHIN];
}

static void drop_empty(tacet_format *format) {
  int kept = 0;
  for (int i = 0; i < format->fibers; i++)
    if (format->fiber[i].ranks > 0) format->fiber[kept++] = format->fiber[i];
  format->fibers = kept;
}

tacet_status tacet_format_bind(tacet_format *format, const tacet_layer *layer,
                               int slot, tacet_error *error) {
  binder b = {.layer = layer, .tensor = &layer->tensor[slot]};
  if (format->fibers == 0) return TACET_OK;
  for (int i = 0; i < format->fibers; i++) {
    tacet_fiber *fiber = &format->fiber[i];
    fiber->ranks = fiber->first = 0;
    take_named(fiber, &b);
    for (int k = 0; k < fiber->ranks; k++) b.named[fiber->rank[k]] = true;
  }
  deal(format, &b);
  drop_empty(format);
  for (int r = 0; r < b.tensor->ranks; r++) {
    if (b.tensor->rank[r].size == 1 || is_covered(format, r)) continue;
    char text[TACET_FORMAT_TEXT];
    tacet_format_text(text, sizeof text, format);
    tacet_fail(error, TACET_BAD_INPUT, &layer->place,
               "the format %s of %s has rank %s in no fiber, or in several",
               text, b.tensor->name, b.tensor->rank[r].name);
    return tacet_advise(error, "flatten: [...] says which ranks a fiber has; "
                               "blocks: and within: go in pairs");
  }
  return TACET_OK;
}
