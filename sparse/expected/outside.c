/* Counts tile by tile where tiles reach outside, the others in one go. */
#include "outside.h"

#include "../../dense/activity/window.h"
#include "../../dense/whole.h"

bool tacet_has_outside(const tacet_rank *rank, const tacet_layer *layer) {
  return rank->terms > 1 &&
         (tacet_rank_spacing(rank) > 1 || tacet_window_clips(rank, layer));
}

/* Outputs from `first` to before `end` that have an element at a filter's
   coordinate. */
static int64_t inside_at(const tacet_rank *rank, int64_t filter, int64_t first,
                         int64_t end) {
  const int64_t stride = rank->term[0].coefficient;
  const int64_t spacing = tacet_rank_spacing(rank);
  const int64_t from = rank->offset + rank->term[1].coefficient * filter;
  int64_t inside = 0;
  if (from >= rank->size) return 0;
  first = larger(first, from < 0 ? ceil_div(-from, stride) : 0);
  end = smaller(end, (rank->size - 1 - from) / stride + 1);
  if (spacing == 1) return larger(end - first, 0);
  for (int64_t i = first; i < end && i < first + spacing; i++)
    if ((from + stride * i) % spacing == 0)
      inside += (end - 1 - i) / spacing + 1;
  return inside;
}

static int64_t outputs_of(const tacet_rank *rank, const tacet_layer *layer) {
  return layer->dim[rank->term[0].dim].size;
}

double tacet_inside_share(const tacet_rank *rank, const tacet_layer *layer,
                          int64_t filter, int64_t filters) {
  const int64_t outs = outputs_of(rank, layer);
  int64_t inside = 0;
  for (int64_t j = filter; j < filter + filters; j++)
    inside += inside_at(rank, j, 0, outs);
  return (double)inside / ((double)outs * (double)filters);
}

/* ---- tiles -------------------------------------------------------------- */

typedef struct tally {
  const tacet_rank *rank;
  int64_t outs, filters; /* of a tile */
  /* MACs so many outputs and coordinates of the filter apart use the same
     element; none do where MACs count. */
  int64_t outs_apart, filters_apart;
  double tiles, sum, squares;
} tally;

static void add(tally *t, double tiles, double inside) {
  t->tiles += tiles;
  t->sum += tiles * inside;
  t->squares += tiles * inside * inside;
}

static int64_t macs_inside(const tally *t, int64_t first, int64_t end,
                           int64_t filter, int64_t filters) {
  int64_t macs = 0;
  for (int64_t j = filter; j < filter + filters; j++)
    macs += inside_at(t->rank, j, first, end);
  return macs;
}

/* Of an element all MACs but one have another one. */
static void add_tile(tally *t, int64_t tile, int64_t filter) {
  const int64_t first = tile * t->outs, end = first + t->outs;
  const int64_t macs = macs_inside(t, first, end, filter, t->filters);
  const int64_t again = macs_inside(t, first + t->outs_apart, end, filter,
                                    t->filters - t->filters_apart);
  add(t, 1, (double)(macs - again));
}

/* What a tile has if all of it lies inside. */
static int64_t all_of(const tally *t) {
  return t->outs * t->filters - larger(t->outs - t->outs_apart, 0) *
                                    larger(t->filters - t->filters_apart, 0);
}

/* Tiles from *first to before *end lie inside as a whole: the first coordinate
   of the filter is the last to come in, the last the first to go out. */
static void find_whole(int64_t *first, int64_t *end, const tally *t,
                       int64_t filter, int64_t tiles) {
  const tacet_rank *rank = t->rank;
  const int64_t stride = rank->term[0].coefficient;
  const int64_t from = rank->offset + rank->term[1].coefficient * filter;
  const int64_t to = from + rank->term[1].coefficient * (t->filters - 1);
  *first = *end = tiles;
  if (to >= rank->size || tacet_rank_spacing(rank) > 1) return;
  const int64_t enters = from < 0 ? ceil_div(-from, stride) : 0;
  const int64_t leaves = (rank->size - 1 - to) / stride + 1;
  *first = smaller(ceil_div(enters, t->outs), tiles);
  *end = larger(smaller(leaves / t->outs, tiles), *first);
}

static void add_row(tally *t, int64_t filter, int64_t tiles) {
  int64_t first, end;
  find_whole(&first, &end, t, filter, tiles);
  for (int64_t i = 0; i < first; i++) add_tile(t, i, filter);
  add(t, (double)(end - first), (double)all_of(t));
  for (int64_t i = end; i < tiles; i++) add_tile(t, i, filter);
}

/* A tile of outputs or a filter shorter than that has each element once. */
static void set_apart(tally *t, bool elements) {
  const int64_t stride = t->rank->term[0].coefficient;
  const int64_t dilation = t->rank->term[1].coefficient;
  const int64_t both = common_divisor(stride, dilation);
  t->outs_apart = elements ? dilation / both : t->outs;
  t->filters_apart = elements ? stride / both : t->filters;
}

tacet_inside tacet_inside_of(const tacet_rank *rank, const tacet_layer *layer,
                             const tacet_window_tiles *tiles) {
  const int64_t outs = outputs_of(rank, layer);
  const int64_t filters = layer->dim[rank->term[1].dim].size;
  const bool here = tiles->filter >= 0;
  const int64_t from = here ? tiles->filter : 0;
  tally t = {.rank = rank,
             .outs = smaller(tiles->outs, outs),
             .filters = smaller(tiles->filters, filters - from)};
  const int64_t to = here ? from + t.filters : filters;
  set_apart(&t, tiles->elements);
  for (int64_t j = from; j + t.filters <= to; j += t.filters)
    add_row(&t, j, outs / t.outs);
  if (t.sum <= 0) return (tacet_inside){0, 1};
  return (tacet_inside){t.sum / (t.tiles * (double)all_of(&t)),
                        t.tiles * t.squares / (t.sum * t.sum)};
}
