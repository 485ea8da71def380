/* Setting and wiping stretches of bits. */
#include "bits.h"
#include "../whole.h"

static void set_range(tacet_bits *b, int64_t start, int64_t length) {
  int64_t from = larger(start, b->base) - b->base;
  int64_t to = smaller(start + length, b->limit) - b->base;
  to = smaller(to, TACET_BITS_STRETCH);
  if (from >= to) return;
  int first = (int)(from / 64), last = (int)((to - 1) / 64);
  uint64_t head = ~UINT64_C(0) << (from % 64);
  uint64_t tail = ~UINT64_C(0) >> (63 - (to - 1) % 64);
  if (first == last) {
    b->word[first] |= head & tail;
  } else {
    b->word[first] |= head;
    for (int w = first + 1; w < last; w++) b->word[w] = ~UINT64_C(0);
    b->word[last] |= tail;
  }
  if (first < b->first) b->first = first;
  if (last > b->last) b->last = last;
}

/* Sets what the tiles of both dimensions touch, run by run: neighbours of one
   dimension are neighbours in the rank if it counts singly. */
void tacet_bits_window(tacet_bits *b, const tacet_rank *rank,
                       const tacet_row *tile) {
  const tacet_term *term = rank->term;
  int inner = term[1].coefficient == 1 ? 1 : 0, outer = 1 - inner;
  bool runs = term[inner].coefficient == 1;
  int64_t length = runs ? tile[inner].length : 1;
  int64_t repeats = runs ? 1 : tile[inner].length;
  int64_t start = rank->offset + term[0].coefficient * tile[0].start +
                  term[1].coefficient * tile[1].start;
  if (rank->contiguous) {
    set_range(b, start,
              term[0].coefficient * (tile[0].length - 1) +
                  term[1].coefficient * (tile[1].length - 1) + 1);
    return;
  }
  for (int64_t i = 0; i < tile[outer].length; i++)
    for (int64_t j = 0; j < repeats; j++)
      set_range(
          b, start + i * term[outer].coefficient + j * term[inner].coefficient,
          length);
}

void tacet_bits_clear(tacet_bits *b, int64_t base, int64_t limit) {
  b->base = base;
  b->limit = limit;
  b->first = TACET_BITS_WORDS;
  b->last = -1;
}

void tacet_bits_wipe(tacet_bits *b) {
  for (int w = b->first; w <= b->last; w++) b->word[w] = 0;
  b->first = TACET_BITS_WORDS;
  b->last = -1;
}
