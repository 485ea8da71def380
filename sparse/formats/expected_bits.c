/* Sizes of transfers from what is expected to be in them. Knows nothing of
   where they go. */
#include <math.h>

#include "format_bits.h"

/* ---- entries ------------------------------------------------------------ */

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
static void expect_entries(double *entries, const tacet_level level[],
                           const tacet_format *format, const int64_t *extent,
                           const tacet_contents *contents) {
  double places = 1, fibers = 1;
  for (int i = 0; i < format->fibers; i++) {
    const tacet_fiber *fiber = &format->fiber[i];
    const double length = level[i].length;
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

/* Entries of all levels if all is zero. */
static void leave_entries(double *entries, const tacet_level level[],
                          const tacet_format *format) {
  double fibers = 1;
  for (int i = 0; i < format->fibers; i++) {
    const tacet_fiber *fiber = &format->fiber[i];
    entries[i] = varies(fiber)  ? 0
                 : fiber->slots ? fibers * fiber->slots
                                : fibers * level[i].length;
    fibers = entries[i];
  }
}

/* ---- storage words ------------------------------------------------------ */

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

static double words_of(double bits, double word) {
  return ceil(bits / word - ROUNDING);
}

/* Means of a number of words and of its square, and the most there can be. */
typedef struct some_words {
  double mean, square, most;
} some_words;

/* Words of `fixed` bits and `each` for every place that is full. */
static some_words expect_words(const lottery *l, double fixed, double each,
                               double word) {
  const double mean = l->drawn * l->chance;
  const double most = words_of(fixed + l->drawn * each, word);
  if (l->chance <= 0 || l->chance >= 1) {
    const double words = words_of(fixed + mean * each, word);
    return (some_words){words, words * words, words};
  }
  const double deviation = sqrt(mean * (1 - l->chance));
  double from = fmax(0, floor(mean - 9 * deviation - 9));
  double to = fmin(l->drawn, ceil(mean + 9 * deviation + 9));
  if (l->all > 0) {
    from = fmax(from, l->drawn + l->full - l->all);
    to = fmin(to, l->full);
  }
  double words = 0, squares = 0, mass = 0;
  for (double n = from; n <= to; n++) {
    const double odds = exp(log_odds(l, n));
    const double here = words_of(fixed + n * each, word);
    words += odds * here;
    squares += odds * here * here;
    mass += odds;
  }
  return (some_words){words / mass, squares / mass, most};
}

static some_words either(double chance, some_words one, some_words other) {
  return (some_words){
      chance * one.mean + (1 - chance) * other.mean,
      chance * one.square + (1 - chance) * other.square,
      fmax(one.most, other.most),
  };
}

/* The level that says how full the transfer is: the innermost that varies, or
   -1. */
static int varying_level(const tacet_format *format) {
  int level = format->fibers - 1;
  while (level >= 0 && !varies(&format->fiber[level])) level--;
  return level;
}

/* Bits that do not depend on how full a level is. */
static double fixed_bits(const tacet_level level[], int varying,
                         const double *entries) {
  double fixed = 0, fibers = 1;
  for (int i = 0; i <= varying; i++) {
    fixed += tacet_level_bits(&level[i], fibers, i < varying ? entries[i] : 0);
    fibers = entries[i];
  }
  return fixed;
}

static lottery lottery_of(const tacet_level level[], int levels, int varying,
                          const double *entries,
                          const tacet_contents *contents) {
  lottery l = {.drawn = 1};
  if (varying == levels - 1) {
    l.drawn = contents->elements;
    l.full = (double)contents->model.nonzeros;
    l.all = fmax((double)contents->model.elements, l.drawn);
    l.chance = l.full / l.all;
  } else if (varying >= 0) {
    for (int i = 0; i <= varying; i++) l.drawn *= level[i].length;
    l.chance = entries[varying] / l.drawn;
  }
  return l;
}

/* The same transfer in storage words. */
static void swing_by_words(tacet_swing *swing, const some_words *words,
                           double word) {
  if (swing->variance <= 0 || swing->bits <= 0) return;
  const double entries = word / swing->bits; /* a word */
  const double variance = fmax(0, words->square - words->mean * words->mean);
  swing->variance = variance * entries * entries;
  swing->more = fmax(0, words->most - words->mean) * entries;
}

/* Storage words: over the non-zeros, or over what is not empty at the level
   that varies, all else being as it is expected. */
static void expect_padding(tacet_bits *bits, tacet_swing *swing,
                           const tacet_format *format,
                           const tacet_level level[], const double *entries,
                           const tacet_contents *contents, int64_t width) {
  const int varying = varying_level(format);
  lottery l = lottery_of(level, format->fibers, varying, entries, contents);
  l.drawn = round(l.drawn); /* to be told one by one */
  double word = (double)format->word, fixed = bits->payload + bits->metadata;
  double each = 0, fillers = 0; /* these are entries too */
  if (varying >= 0 && entries[varying] > 0) {
    fillers = fmax(0, entries[varying] - l.drawn * l.chance);
    fixed = fixed_bits(level, varying, entries);
    each = (bits->payload + bits->metadata - fixed) / entries[varying];
  }
  if (format->whole) {
    word = tacet_entries_a_word(format, &level[format->fibers - 1], width);
    fixed = 0;
    each = 1;
  }
  const double few = floor(fillers), more = fillers - few;
  const some_words words =
      either(more, expect_words(&l, fixed + (few + 1) * each, each, word),
             expect_words(&l, fixed + few * each, each, word));
  bits->metadata = words.mean * (double)format->word - bits->payload;
  if (swing) swing_by_words(swing, &words, (double)format->word);
}

/* ---- sizes -------------------------------------------------------------- */

static double variance_of(const lottery *l) {
  const double variance = l->drawn * l->chance * (1 - l->chance);
  return l->all > 1 ? variance * (l->all - l->drawn) / (l->all - 1) : variance;
}

static double least_bits(const tacet_format *format, const tacet_level level[],
                         int64_t width) {
  double entries[TACET_MAX_FIBERS];
  leave_entries(entries, level, format);
  const tacet_bits bits = tacet_padded_bits(format, level, entries, width);
  return bits.payload + bits.metadata;
}

static tacet_swing swing_of(const tacet_bits *bits, const tacet_format *format,
                            const tacet_level level[], const double *entries,
                            const tacet_contents *contents, int64_t width) {
  const int varying = varying_level(format);
  if (varying < 0 || entries[varying] <= 0) return (tacet_swing){0};
  const double mean = entries[varying];
  const lottery l =
      lottery_of(level, format->fibers, varying, entries, contents);
  const double open =
      bits->payload + bits->metadata - fixed_bits(level, varying, entries);
  return (tacet_swing){
      variance_of(&l),           mean,
      fmax(0, l.drawn - mean),   open / mean,
      contents->nonzeros / mean, least_bits(format, level, width)};
}

/* The swing, if it is asked for. */
static tacet_bits find_bits(tacet_swing *swing, const tacet_format *format,
                            const int64_t *extent,
                            const tacet_contents *contents, int64_t width) {
  tacet_level level[TACET_MAX_FIBERS];
  double entries[TACET_MAX_FIBERS];
  if (contents->elements <= 0) return (tacet_bits){0, 0};
  if (format->fibers == 0)
    return (tacet_bits){contents->elements * (double)width, 0};
  tacet_lay_out(level, format, extent);
  expect_entries(entries, level, format, extent, contents);
  tacet_bits bits = tacet_plain_bits(level, format->fibers, entries, width);
  if (swing) *swing = swing_of(&bits, format, level, entries, contents, width);
  if (format->word)
    expect_padding(&bits, swing, format, level, entries, contents, width);
  return bits;
}

tacet_bits tacet_swinging_bits(tacet_swing *swing, const tacet_format *format,
                               const int64_t *extent,
                               const tacet_contents *contents, int64_t width) {
  *swing = (tacet_swing){0};
  return find_bits(swing, format, extent, contents, width);
}

tacet_bits tacet_expected_bits(const tacet_format *format,
                               const int64_t *extent,
                               const tacet_contents *contents, int64_t width) {
  return find_bits(NULL, format, extent, contents, width);
}
