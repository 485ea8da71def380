/* Boxes of MACs as boxes of a tensor, and what its pattern says of them. */
#include "statistics.h"

#include <math.h>

#include "../../dense/whole.h"

static uint32_t bit(int dim) {
  return UINT32_C(1) << dim;
}

/* ---- making ------------------------------------------------------------- */

static uint32_t dims_of(const tacet_rank *rank) {
  uint32_t dims = 0;
  for (int i = 0; i < rank->terms; i++) dims |= bit(rank->term[i].dim);
  return dims;
}

/* Blocks and groups lie alike everywhere, but a shorter group at the end of a
   rank is denser. */
static uint32_t dependent_dims(const tacet_tensor *tensor,
                               const tacet_pattern *pattern) {
  const tacet_n_of_m *groups = &pattern->as.n_of_m;
  switch (pattern->kind) {
  case TACET_DENSITIES:
    return dims_of(&tensor->rank[pattern->as.densities.rank]);
  case TACET_PLANE:
    return dims_of(&tensor->rank[pattern->as.plane.rows]) |
           dims_of(&tensor->rank[pattern->as.plane.columns]);
  case TACET_N_OF_M:
    if (pattern->size[groups->rank] % groups->m)
      return dims_of(&tensor->rank[groups->rank]);
    break;
  case TACET_BLOCKS: break;
  }
  return 0;
}

/* Blocks and groups that are neither elements nor whole ranks. */
static int64_t block_of(const tacet_pattern *pattern, int r) {
  int64_t block = 1;
  if (pattern->kind == TACET_BLOCKS) block = pattern->as.blocks.block[r];
  if (pattern->kind == TACET_N_OF_M && pattern->as.n_of_m.rank == r)
    block = pattern->as.n_of_m.m;
  return block < pattern->size[r] ? block : 1;
}

int64_t tacet_statistics_grain(const tacet_statistics *s, int dim) {
  if (s->dims & bit(dim)) return 0;
  for (int r = 0; r < s->tensor->ranks; r++) {
    const tacet_rank *rank = &s->tensor->rank[r];
    if (!(dims_of(rank) & bit(dim))) continue;
    const int64_t block = block_of(&s->pattern, r);
    return block > 1 && rank->terms > 1 ? 0 : block;
  }
  return 1;
}

static double values_share(const tacet_rank *rank) {
  return (double)tacet_rank_values(rank) / (double)rank->size;
}

/* How what lies outside of a rank is counted: place by place, by the filter's
   coordinate, or on average. */
static void count_outside(tacet_statistics *s, const tacet_rank *rank,
                          uint32_t others) {
  const uint32_t filter = bit(rank->term[1].dim);
  if ((s->dims & dims_of(rank)) || !tacet_has_outside(rank, s->layer)) return;
  if (others & bit(rank->term[0].dim))
    s->dims |= dims_of(rank);
  else if (others & filter)
    s->filters |= filter;
  else
    s->padding *= tacet_inside_share(rank, s->layer, 0,
                                     s->layer->dim[rank->term[1].dim].size) /
                  values_share(rank);
}

/* The share of a box's MACs inside, as far as dims does not say it. */
static double padding_of(const tacet_statistics *s, const tacet_pe_box *box) {
  double share = s->padding;
  for (int r = 0; r < s->tensor->ranks && s->filters; r++) {
    const tacet_rank *rank = &s->tensor->rank[r];
    const int filter = rank->term[rank->terms - 1].dim;
    if (rank->terms > 1 && (s->filters & bit(filter)))
      share *= tacet_inside_share(rank, s->layer, box->start[filter],
                                  box->length[filter]) /
               values_share(rank);
  }
  return share;
}

tacet_inside tacet_statistics_inside(const tacet_statistics *s,
                                     const tacet_pe_box *tile, bool elements) {
  tacet_inside all = {1, 1};
  for (int r = 0; r < s->tensor->ranks; r++) {
    const tacet_rank *rank = &s->tensor->rank[r];
    if ((dims_of(rank) & s->dims) || !tacet_has_outside(rank, s->layer))
      continue;
    const int out = rank->term[0].dim, filter = rank->term[1].dim;
    const tacet_window_tiles tiles = {
        tile->length[out], tile->length[filter],
        s->filters & bit(filter) ? tile->start[filter] : -1, elements};
    const tacet_inside of = tacet_inside_of(rank, s->layer, &tiles);
    all.share *= of.share;
    all.unevenness *= of.unevenness;
  }
  return all;
}

/* The share of all elements that are not zero. */
static double mean_of(const tacet_statistics *s, const tacet_zeros *zeros) {
  static const int64_t start[TACET_MAX_RANKS];
  if (!zeros->pattern) return tacet_uniform_density(s->model);
  return tacet_pattern_nonzeros(&s->pattern, start, s->pattern.size) *
         s->values / (double)s->model.elements;
}

static tacet_pe_box whole_layer(const tacet_layer *layer) {
  tacet_pe_box all = {.start = {0}};
  for (int d = 0; d < layer->dims; d++) all.length[d] = layer->dim[d].size;
  return all;
}

static void make_masked(tacet_statistics *s, const tacet_layer *layer,
                        const tacet_mask *mask) {
  const tacet_pe_box all = whole_layer(layer);
  for (int r = 0; r < s->tensor->ranks; r++)
    s->dims |= dims_of(&s->tensor->rank[r]);
  s->model = (tacet_uniform){mask->elements, mask->nonzeros};
  s->mean = tacet_uniform_density(s->model);
  s->density = tacet_statistics_seen(s, &all);
}

static void make_modelled(tacet_statistics *s, const tacet_zeros *zeros,
                          uint32_t others) {
  const tacet_pe_box all = whole_layer(s->layer);
  s->pattern = zeros->pattern
                   ? *zeros->pattern
                   : tacet_pattern_uniform(s->tensor, zeros->density);
  s->dims = dependent_dims(s->tensor, &s->pattern);
  for (int r = 0; r < s->tensor->ranks; r++)
    s->values *= values_share(&s->tensor->rank[r]);
  s->model = tacet_uniform_make(tacet_tensor_size(s->tensor),
                                zeros->density * s->values);
  if (zeros->mask) s->model.nonzeros = zeros->mask->nonzeros;
  s->mean = mean_of(s, zeros);
  for (int r = 0; r < s->tensor->ranks; r++)
    count_outside(s, &s->tensor->rank[r], others);
  for (int r = 0; r < s->tensor->ranks; r++)
    if (s->tensor->rank[r].terms > 1)
      s->sliding |= dims_of(&s->tensor->rank[r]) & s->dims;
  s->density = s->mean * padding_of(s, &all);
}

void tacet_statistics_make(tacet_statistics *s, const tacet_layer *layer,
                           int slot, const tacet_zeros *zeros,
                           const tacet_mask_boxes *mask, uint32_t others) {
  *s = (tacet_statistics){.layer = layer,
                          .tensor = &layer->tensor[slot],
                          .mask = mask,
                          .values = 1,
                          .padding = 1};
  if (mask)
    make_masked(s, layer, zeros->mask);
  else
    make_modelled(s, zeros, others);
}

bool tacet_statistics_uniform(const tacet_statistics *s) {
  return !s->mask && tacet_pattern_is_uniform(&s->pattern);
}

bool tacet_statistics_certain(const tacet_statistics *s) {
  if (s->mask) return true;
  if (s->padding < 1 || s->filters || s->values < 1) return false;
  return s->pattern.kind == TACET_PLANE || s->model.nonzeros == 0 ||
         s->model.nonzeros == s->model.elements;
}

/* ---- boxes -------------------------------------------------------------- */

/* (i + dilation, j - stride) uses the same coordinate as (i, j), once these have
   no common divisor. */
int64_t tacet_window_pairs(const tacet_rank *rank, int64_t outs,
                           int64_t filters, int64_t others) {
  const int64_t stride = rank->term[0].coefficient;
  const int64_t dilation = rank->term[1].coefficient;
  const int64_t both = common_divisor(stride, dilation);
  return larger(outs - others * (dilation / both), 0) *
         larger(filters - others * (stride / both), 0);
}

/* Without holes; inserted zeros lie in some of them. */
static int64_t coordinates_of(const tacet_rank *rank, const tacet_pe_box *box) {
  const int64_t outs = box->length[rank->term[0].dim];
  const int64_t filters = box->length[rank->term[1].dim];
  return tacet_window_pairs(rank, outs, filters, 0) -
         tacet_window_pairs(rank, outs, filters, 1);
}

/* A box of the tensor, and the share of the coordinates of the MACs' box that
   exist; of single ones between inserted zeros over that of values. */
typedef struct held {
  int64_t start[TACET_MAX_RANKS], length[TACET_MAX_RANKS];
  double elements;
  double inside;
} held;

static void set_rank(held *h, const tacet_statistics *s, int r,
                     const tacet_pe_box *box, bool placed) {
  const tacet_rank *rank = &s->tensor->rank[r];
  int64_t start = rank->offset, extent = 1;
  for (int i = 0; i < rank->terms; i++) {
    const tacet_term *term = &rank->term[i];
    start += term->coefficient * box->start[term->dim];
    extent += term->coefficient * (box->length[term->dim] - 1);
  }
  int64_t end = start + extent;
  if (!(dims_of(rank) & s->dims) && !placed) {
    start = 0;
    end = rank->terms > 1 && tacet_rank_spacing(rank) == 1
              ? coordinates_of(rank, box)
              : extent;
  }
  if (start < 0) start = 0;
  if (end > rank->size) end = rank->size;
  h->start[r] = start;
  h->length[r] = end > start ? end - start : 0;
  h->elements *= (double)h->length[r];
  if (!(dims_of(rank) & s->dims)) return;
  h->inside *= (double)h->length[r] / (double)extent;
  if (extent == 1 && rank->terms > 1)
    h->inside *= start % tacet_rank_spacing(rank) ? 0 : 1 / values_share(rank);
}

static held held_in(const tacet_statistics *s, const tacet_pe_box *box) {
  held h = {.elements = 1, .inside = 1};
  for (int r = 0; r < s->tensor->ranks; r++) set_rank(&h, s, r, box, false);
  return h;
}

/* The same where blocks and groups begin, which are met as the box lies. */
static held placed_in(const tacet_statistics *s, const tacet_pe_box *box) {
  held h = {.elements = 1, .inside = 1};
  for (int r = 0; r < s->tensor->ranks; r++)
    set_rank(&h, s, r, box, !s->mask && block_of(&s->pattern, r) > 1);
  return h;
}

/* What boxes hold, on average over where they lie between inserted zeros. */
typedef struct mixture {
  double nonzeros, squares, empty;
} mixture;

static void add_box(mixture *m, const tacet_statistics *s, const held *h,
                    double chance) {
  const tacet_occupancy o = tacet_pattern_box(&s->pattern, h->start, h->length);
  m->nonzeros += chance * o.nonzeros;
  m->squares += chance * (o.variance + o.nonzeros * o.nonzeros);
  m->empty += chance * tacet_pattern_empty(&s->pattern, h->start, h->length);
}

/* Leaves of each rank from r on as many coordinates as have values: one more
   or one less, by where the box begins. */
static void add_values(mixture *m, const tacet_statistics *s, const held *h,
                       int r, double chance) {
  while (r < s->tensor->ranks && tacet_rank_spacing(&s->tensor->rank[r]) == 1)
    r++;
  if (r == s->tensor->ranks) {
    add_box(m, s, h, chance);
    return;
  }
  const int64_t spacing = tacet_rank_spacing(&s->tensor->rank[r]);
  const double more = (double)(h->length[r] % spacing) / (double)spacing;
  held left = *h;
  left.length[r] = h->length[r] / spacing;
  if (left.length[r] > 0)
    add_values(m, s, &left, r + 1, chance * (1 - more));
  else
    m->empty += chance * (1 - more);
  left.length[r]++;
  if (more > 0) add_values(m, s, &left, r + 1, chance * more);
}

static double nonzeros_in(const tacet_statistics *s, const held *h) {
  if (h->elements <= 0) return 0;
  if (s->mask)
    return (double)tacet_mask_boxes_ones(s->mask, h->start, h->length);
  return tacet_pattern_nonzeros(&s->pattern, h->start, h->length) * s->values;
}

tacet_occupancy tacet_statistics_box(const tacet_statistics *s,
                                     const tacet_pe_box *box) {
  const held h = held_in(s, box);
  if (s->mask) return (tacet_occupancy){nonzeros_in(s, &h), 0, true};
  if (s->values == 1) return tacet_pattern_box(&s->pattern, h.start, h.length);
  mixture m = {0, 0, 0};
  add_values(&m, s, &h, 0, 1);
  return (tacet_occupancy){.nonzeros = m.nonzeros,
                           .variance = m.squares - m.nonzeros * m.nonzeros,
                           .exact = false};
}

double tacet_statistics_empty(const tacet_statistics *s,
                              const tacet_pe_box *box) {
  const held h = placed_in(s, box);
  if (s->mask) return nonzeros_in(s, &h) > 0 ? 0 : 1;
  if (s->values == 1)
    return tacet_pattern_empty(&s->pattern, h.start, h.length);
  mixture m = {0, 0, 0};
  add_values(&m, s, &h, 0, 1);
  return m.empty;
}

double tacet_statistics_held(const tacet_statistics *s,
                             const tacet_pe_box *box) {
  if (!s->dims) return s->mean;
  const held h = held_in(s, box);
  return h.elements > 0 ? nonzeros_in(s, &h) / h.elements : 0;
}

double tacet_statistics_spread(const tacet_statistics *s,
                               const tacet_pe_box *box) {
  if (s->mask) return 0;
  const held h = held_in(s, box);
  const tacet_occupancy o = tacet_pattern_box(&s->pattern, h.start, h.length);
  const double density = h.elements > 0 ? o.nonzeros / h.elements : 0;
  const double independent = o.nonzeros * (1 - density);
  return independent > 0 ? o.variance / independent : 0;
}

/* ---- slices ------------------------------------------------------------- */

void tacet_slices(const tacet_pe_box *box, uint32_t dims,
                  tacet_slice_visit *visit, void *context) {
  if (!dims) {
    visit(box, context);
    return;
  }
  tacet_pe_box slice = *box;
  for (int d = 0; d < TACET_MAX_DIMS; d++)
    if (dims & bit(d)) slice.length[d] = 1;
  for (int d = 0; d < TACET_MAX_DIMS;) {
    visit(&slice, context);
    for (d = 0; d < TACET_MAX_DIMS; d++) {
      if (!(dims & bit(d))) continue;
      if (++slice.start[d] < box->start[d] + box->length[d]) break;
      slice.start[d] = box->start[d];
    }
  }
}

/* ---- shares of MACs ----------------------------------------------------- */

typedef struct sight {
  const tacet_statistics *zeros;
  double sum, slices;
} sight;

static void see_slice(const tacet_pe_box *slice, void *context) {
  sight *seen = context;
  const held h = held_in(seen->zeros, slice);
  seen->slices++;
  if (h.elements > 0)
    seen->sum += nonzeros_in(seen->zeros, &h) / h.elements * h.inside;
}

static double share_of_macs(const tacet_statistics *s,
                            const tacet_pe_box *box) {
  double macs = 1;
  for (int d = 0; d < s->layer->dims; d++) macs *= (double)box->length[d];
  return (double)tacet_mask_boxes_macs(s->mask, box->start, box->length) / macs;
}

/* Where a window slides, its elements take part in different numbers of MACs,
   so that it is looked at place by place. */
double tacet_statistics_seen(const tacet_statistics *s,
                             const tacet_pe_box *box) {
  sight seen = {.zeros = s};
  if (s->mask) return share_of_macs(s, box);
  if (!s->dims) return s->filters ? s->mean * padding_of(s, box) : s->density;
  tacet_slices(box, s->sliding, see_slice, &seen);
  return seen.sum / seen.slices * padding_of(s, box);
}

typedef struct joint {
  const tacet_statistics *weight, *input;
  double sum, slices;
} joint;

static void join_slice(const tacet_pe_box *slice, void *context) {
  joint *j = context;
  j->slices++;
  j->sum += tacet_statistics_seen(j->weight, slice) *
            tacet_statistics_seen(j->input, slice);
}

double tacet_statistics_both(const tacet_statistics *weight,
                             const tacet_statistics *input,
                             const tacet_pe_box *box) {
  joint j = {.weight = weight, .input = input};
  tacet_slices(box,
               (weight->dims & input->dims) | weight->sliding | input->sliding |
                   input->filters,
               join_slice, &j);
  return j.sum / j.slices;
}
