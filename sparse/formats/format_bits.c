/* Sizes of transfers from what their fibers hold, counted or expected. */
#include <math.h>

#include "format.h"

/* max(1, ceil(log2 values)) */
static double bits_for(double values) {
  int bits = 1;
  while (bits < 62 && (double)(INT64_C(1) << bits) < values) bits++;
  return bits;
}

static int64_t product(const tacet_fiber *fiber, const int64_t *extent,
                       int from, int to) {
  int64_t length = 1;
  for (int k = from; k < to; k++) length *= extent[fiber->rank[k]];
  return length;
}

int64_t tacet_fiber_length(const tacet_fiber *fiber, const int64_t *extent) {
  const int64_t whole = product(fiber, extent, 0, fiber->ranks);
  if (fiber->cut == TACET_CUT_BLOCKS)
    return (whole + fiber->block - 1) / fiber->block;
  return fiber->cut == TACET_CUT_WITHIN ? fiber->block : whole;
}

/* ---- widths ------------------------------------------------------------- */

/* Entries of the fiber vary, and nothing in it says how many there are. */
static bool needs_count(const tacet_fiber *fiber) {
  return (fiber->kind == TACET_FIBER_CP && fiber->slots == 0) ||
         fiber->kind == TACET_FIBER_RLE;
}

/* Bits of a coordinate, a run, or of B for a coordinate. */
static double metadata_width(const tacet_fiber *fiber, const int64_t *extent) {
  if (fiber->metadata_bits != TACET_DERIVED) return fiber->metadata_bits;
  if (fiber->kind == TACET_FIBER_B) return 1;
  if (fiber->along != TACET_ALONG_POINTS)
    return bits_for((double)tacet_fiber_length(fiber, extent));
  return bits_for((double)product(fiber, extent, 0, fiber->first)) +
         bits_for((double)product(fiber, extent, fiber->first, fiber->ranks));
}

/* Bits of an offset, or of a count of the fiber below. An offset counts
   entries of the fibers below if they vary, else the fibers. */
static double payload_width(const tacet_format *format, int level,
                            const int64_t *extent) {
  const tacet_fiber *fiber = &format->fiber[level];
  const bool offsets = fiber->kind == TACET_FIBER_UOP;
  const bool last = level == format->fibers - 1;
  const bool counts = !last && needs_count(fiber + 1);
  if (!offsets && !counts) return 0;
  if (fiber->payload_bits != TACET_DERIVED) return fiber->payload_bits;
  double most = counts ? (double)tacet_fiber_length(fiber + 1, extent) : 1;
  if (offsets) most *= (double)tacet_fiber_length(fiber, extent);
  return bits_for(most + 1);
}

/* ---- sizes -------------------------------------------------------------- */

/* Metadata of `fibers` fibers of a level with so many entries. */
static double level_bits(const tacet_format *format, int level,
                         const int64_t *extent, double fibers, double entries) {
  const tacet_fiber *fiber = &format->fiber[level];
  const double length = (double)tacet_fiber_length(fiber, extent);
  const double payload = payload_width(format, level, extent);
  switch (fiber->kind) {
  case TACET_FIBER_U: return entries * payload;
  case TACET_FIBER_B:
    return fibers * length * metadata_width(fiber, extent) + entries * payload;
  case TACET_FIBER_UOP: return fibers * (length + 1) * payload;
  default: return entries * (metadata_width(fiber, extent) + payload);
  }
}

/* Without padding. */
static tacet_bits plain_bits(const tacet_format *format, const int64_t *extent,
                             const double *entries, int64_t width) {
  tacet_bits bits = {0, 0};
  double fibers = 1;
  for (int i = 0; i < format->fibers; i++) {
    bits.metadata += level_bits(format, i, extent, fibers, entries[i]);
    fibers = entries[i];
  }
  bits.payload = fibers * (double)width;
  return bits;
}

/* Entries in a storage word that holds only whole ones. */
static double entries_a_word(const tacet_format *format, const int64_t *extent,
                             int64_t width) {
  const double entry =
      (double)width +
      metadata_width(&format->fiber[format->fibers - 1], extent);
  const double entries = floor((double)(format->word - 1) / entry);
  return entries > 1 ? entries : 1;
}

tacet_bits tacet_format_bits(const tacet_format *format, const int64_t *extent,
                             const double *entries, int64_t width) {
  tacet_bits bits = plain_bits(format, extent, entries, width);
  if (format->word == 0) return bits;
  double words = ceil((bits.payload + bits.metadata) / (double)format->word);
  if (format->whole)
    words = ceil(entries[format->fibers - 1] /
                 entries_a_word(format, extent, width));
  bits.metadata = words * (double)format->word - bits.payload;
  return bits;
}

/* ---- expectation -------------------------------------------------------- */

double tacet_rle_expected_entries(int64_t length, int64_t box, int run_bits,
                                  tacet_uniform model) {
  if (run_bits > 40) run_bits = 40; /* longer than any fiber */
  const int64_t filler = INT64_C(1) << run_bits;
  const double some = 1 - tacet_uniform_empty(model, box);
  if (some <= 0) return 0; /* all is zero */
  double entries = (double)length * some;
  double empty = 1; /* probability that `zeros` coordinates are */
  /* Every coordinate with something takes an entry, and an m-th filler before
     it wherever the m times 2^run_bits coordinates before it are empty. Each
     such window has the same chance, so the sum is over m and not over
     coordinates. */
  for (int64_t zeros = 0; length - zeros > filler;) {
    const tacet_uniform left = {model.elements - zeros * box, model.nonzeros};
    empty *= tacet_uniform_empty(left, filler * box);
    zeros += filler;
    if ((double)(length - zeros) * empty <= 1e-12 * entries) break;
    const tacet_uniform after = {model.elements - zeros * box, model.nonzeros};
    if (after.elements <= 0) break;
    const double then = 1 - tacet_uniform_empty(after, box);
    entries += (double)(length - zeros) * empty * then;
  }
  return entries;
}

/* The fiber's entries depend on what is not zero. */
static bool varies(const tacet_fiber *fiber) {
  return fiber->kind != TACET_FIBER_U && fiber->slots == 0;
}

/* The box of elements below a coordinate of a level, by rank. */
static void box_below(int64_t *box, const tacet_format *format, int level,
                      const int64_t *extent) {
  for (int r = 0; r < TACET_MAX_RANKS; r++) box[r] = extent[r];
  for (int i = 0; i <= level; i++) {
    const tacet_fiber *fiber = &format->fiber[i];
    for (int k = fiber->ranks - 1; k >= 0; k--) {
      int64_t *length = &box[fiber->rank[k]];
      *length = 1;
      if (fiber->cut != TACET_CUT_BLOCKS || k < fiber->ranks - 1) continue;
      *length = extent[fiber->rank[k]];
      if (*length > fiber->block) *length = fiber->block;
    }
  }
}

/* Probability that nothing lies below a coordinate of a level, of which
   `elements` are in the transfer. */
static double below_empty(const tacet_format *format, int level,
                          const int64_t *extent, double elements,
                          const tacet_contents *contents) {
  if (contents->pattern && !tacet_pattern_is_uniform(contents->pattern)) {
    static const int64_t start[TACET_MAX_RANKS];
    int64_t box[TACET_MAX_RANKS];
    box_below(box, format, level, extent);
    return tacet_pattern_empty(contents->pattern, start, box);
  }
  const int64_t box = llround(elements);
  return tacet_uniform_empty(contents->model, box < 1 ? 1 : box);
}

/* Expected entries of all levels. A coordinate of a level is there if what is
   below it, of the elements in the transfer, holds a non-zero. */
static void expect_entries(double *entries, const tacet_format *format,
                           const int64_t *extent,
                           const tacet_contents *contents) {
  double places = 1, fibers = 1;
  for (int i = 0; i < format->fibers; i++) {
    const tacet_fiber *fiber = &format->fiber[i];
    const double length = (double)tacet_fiber_length(fiber, extent);
    const bool last = i == format->fibers - 1;
    const double above = places; /* fibers that there could be */
    places *= length;
    const double below = contents->elements / places;
    if (!varies(fiber))
      entries[i] = fibers * (fiber->slots ? fiber->slots : length);
    else if (fiber->kind == TACET_FIBER_RLE &&
             fiber->metadata_bits != TACET_DERIVED)
      entries[i] =
          above * tacet_rle_expected_entries(
                      llround(last ? contents->elements / above : length),
                      below < 1 ? 1 : llround(below), fiber->metadata_bits,
                      contents->model);
    else if (last)
      entries[i] = contents->nonzeros;
    else
      entries[i] =
          places * (1 - below_empty(format, i, extent, below, contents));
    fibers = entries[i];
  }
}

/* Log of how many ways there are to choose k of n. */
static double log_choices(double n, double k) {
  return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* How many of `drawn` places are full: hypergeometric, where `full` of `all`
   are, or with all = 0 each with a chance of its own. */
typedef struct lottery {
  double drawn, chance; /* of one place */
  double full, all;
} lottery;

static double log_odds(const lottery *l, double n) {
  if (l->all > 0)
    return log_choices(l->full, n) +
           log_choices(l->all - l->full, l->drawn - n) -
           log_choices(l->all, l->drawn);
  return log_choices(l->drawn, n) + n * log(l->chance) +
         (l->drawn - n) * log1p(-l->chance);
}

/* A whole number of words need not come out as one. */
static const double ROUNDING = 1e-9;

/* Expected words of `fixed` bits and `each` for every place that is full. */
static double expected_words(const lottery *l, double fixed, double each,
                             double word) {
  const double mean = l->drawn * l->chance;
  if (l->chance <= 0 || l->chance >= 1)
    return ceil((fixed + mean * each) / word - ROUNDING);
  const double deviation = sqrt(mean * (1 - l->chance));
  double from = fmax(0, floor(mean - 9 * deviation - 9));
  double to = fmin(l->drawn, ceil(mean + 9 * deviation + 9));
  if (l->all > 0) {
    from = fmax(from, l->drawn + l->full - l->all);
    to = fmin(to, l->full);
  }
  double words = 0, mass = 0;
  for (double n = from; n <= to; n++) {
    const double odds = exp(log_odds(l, n));
    words += odds * ceil((fixed + n * each) / word - ROUNDING);
    mass += odds;
  }
  return words / mass;
}

/* The level that says how full the transfer is: the innermost that varies, or
   -1. */
static int varying_level(const tacet_format *format) {
  int level = format->fibers - 1;
  while (level >= 0 && !varies(&format->fiber[level])) level--;
  return level;
}

/* Bits that do not depend on how full a level is. */
static double fixed_bits(const tacet_format *format, int level,
                         const int64_t *extent, const double *entries) {
  double fixed = 0, fibers = 1;
  for (int i = 0; i <= level; i++) {
    fixed += level_bits(format, i, extent, fibers, i < level ? entries[i] : 0);
    fibers = entries[i];
  }
  return fixed;
}

static lottery lottery_of(const tacet_format *format, int level,
                          const int64_t *extent, const double *entries,
                          const tacet_contents *contents) {
  lottery l = {.drawn = 1};
  if (level == format->fibers - 1) {
    l.drawn = round(contents->elements);
    l.full = (double)contents->model.nonzeros;
    l.all = fmax((double)contents->model.elements, l.drawn);
    l.chance = l.full / l.all;
  } else if (level >= 0) {
    for (int i = 0; i <= level; i++)
      l.drawn *= (double)tacet_fiber_length(&format->fiber[i], extent);
    l.chance = entries[level] / l.drawn;
  }
  return l;
}

/* Storage words: over the non-zeros, or over what is not empty at the level
   that varies, all else being as it is expected. */
static void expect_padding(tacet_bits *bits, const tacet_format *format,
                           const int64_t *extent, const double *entries,
                           const tacet_contents *contents, int64_t width) {
  const int level = varying_level(format);
  const lottery l = lottery_of(format, level, extent, entries, contents);
  double word = (double)format->word, fixed = bits->payload + bits->metadata;
  double each = 0, fillers = 0; /* these are entries too */
  if (level >= 0 && entries[level] > 0) {
    fillers = fmax(0, entries[level] - l.drawn * l.chance);
    fixed = fixed_bits(format, level, extent, entries);
    each = (bits->payload + bits->metadata - fixed) / entries[level];
  }
  if (format->whole) {
    word = entries_a_word(format, extent, width);
    fixed = 0;
    each = 1;
  }
  const double few = floor(fillers), more = fillers - few;
  const double words =
      (1 - more) * expected_words(&l, fixed + few * each, each, word) +
      more * expected_words(&l, fixed + (few + 1) * each, each, word);
  bits->metadata = words * (double)format->word - bits->payload;
}

static double variance_of(const lottery *l) {
  const double variance = l->drawn * l->chance * (1 - l->chance);
  return l->all > 1 ? variance * (l->all - l->drawn) / (l->all - 1) : variance;
}

static tacet_swing swing_of(const tacet_bits *bits, const tacet_format *format,
                            const int64_t *extent, const double *entries,
                            const tacet_contents *contents) {
  const int level = varying_level(format);
  if (level < 0 || entries[level] <= 0) return (tacet_swing){0, 0, 0, 0, 0};
  const lottery l = lottery_of(format, level, extent, entries, contents);
  const double open = bits->payload + bits->metadata -
                      fixed_bits(format, level, extent, entries);
  return (tacet_swing){variance_of(&l), entries[level],
                       fmax(0, l.drawn - entries[level]), open / entries[level],
                       contents->nonzeros / entries[level]};
}

tacet_bits tacet_swinging_bits(tacet_swing *swing, const tacet_format *format,
                               const int64_t *extent,
                               const tacet_contents *contents, int64_t width) {
  double entries[TACET_MAX_FIBERS];
  *swing = (tacet_swing){0, 0, 0, 0, 0};
  if (contents->elements <= 0) return (tacet_bits){0, 0};
  if (format->fibers == 0)
    return (tacet_bits){contents->elements * (double)width, 0};
  expect_entries(entries, format, extent, contents);
  tacet_bits bits = plain_bits(format, extent, entries, width);
  *swing = swing_of(&bits, format, extent, entries, contents);
  if (format->word)
    expect_padding(&bits, format, extent, entries, contents, width);
  return bits;
}

tacet_bits tacet_expected_bits(const tacet_format *format,
                               const int64_t *extent,
                               const tacet_contents *contents, int64_t width) {
  tacet_swing swing;
  return tacet_swinging_bits(&swing, format, extent, contents, width);
}
