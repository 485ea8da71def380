/* Patterns whose elements fall into groups along one rank, independent of each
   other and each with a given count of non-zeros anywhere in it. */
#include "pattern_kinds.h"
#include "../../dense/whole.h"

#include <math.h>

static const tacet_occupancy nothing_yet = {.empty = 1, .exact = true};

/* Adds `times` groups of which `box` elements each lie in the box: sums of
   independent hypergeometric counts. */
static void add_groups(tacet_occupancy *sum, tacet_uniform group, int64_t box,
                       double times) {
  const double density = tacet_uniform_density(group);
  const double elements = (double)group.elements, part = (double)box;
  sum->nonzeros += times * (part / elements * (double)group.nonzeros);
  if (box < group.elements && group.nonzeros > 0 &&
      group.nonzeros < group.elements) {
    sum->variance += times * part * density * (1 - density) *
                     (elements - part) / (elements - 1);
    sum->exact = false;
  }
  sum->empty *= pow(tacet_uniform_empty(group, box), times);
}

static int64_t product_but(const int64_t *length, int ranks, int rank) {
  int64_t product = 1;
  for (int r = 0; r < ranks; r++)
    if (r != rank) product *= length[r];
  return product;
}

/* ---- n of m ------------------------------------------------------------- */

/* The group with the given index, which is shorter at the end of the rank. */
static tacet_uniform group_at(const tacet_n_of_m *model, int64_t size,
                              int64_t index) {
  const int64_t elements = smaller(model->m, size - index * model->m);
  return (tacet_uniform){elements, smaller(model->n, elements)};
}

static tacet_occupancy n_of_m_box(const tacet_pattern *pattern,
                                  const int64_t *start, const int64_t *length) {
  const tacet_n_of_m *model = &pattern->as.n_of_m;
  const int64_t size = pattern->size[model->rank], m = model->m;
  const int64_t from = start[model->rank], to = from + length[model->rank];
  const int64_t first = from / m, last = (to - 1) / m;
  const double fibers =
      (double)product_but(length, pattern->ranks, model->rank);
  tacet_occupancy sum = nothing_yet;
  add_groups(&sum, group_at(model, size, first),
             smaller((first + 1) * m, to) - from, fibers);
  if (last > first)
    add_groups(&sum, group_at(model, size, last), to - last * m, fibers);
  if (last > first + 1)
    add_groups(&sum, (tacet_uniform){m, model->n}, m,
               fibers * (double)(last - first - 1));
  return sum;
}

/* ---- a density for each coordinate -------------------------------------- */

int64_t tacet_densities_nonzeros(const tacet_pattern *pattern, int64_t c,
                                 int64_t elements) {
  return tacet_uniform_make(elements, pattern->as.densities.density[c])
      .nonzeros;
}

static tacet_occupancy densities_box(const tacet_pattern *pattern,
                                     const int64_t *start,
                                     const int64_t *length) {
  const int rank = pattern->as.densities.rank;
  const int64_t slice = product_but(pattern->size, pattern->ranks, rank);
  const int64_t box = product_but(length, pattern->ranks, rank);
  const int64_t end = start[rank] + length[rank];
  tacet_occupancy sum = nothing_yet;
  for (int64_t c = start[rank]; c < end; c++) {
    const int64_t nonzeros = tacet_densities_nonzeros(pattern, c, slice);
    add_groups(&sum, (tacet_uniform){slice, nonzeros}, box, 1);
  }
  return sum;
}

double tacet_densities_expected(const tacet_pattern *pattern,
                                const int64_t *start, const int64_t *length) {
  const int rank = pattern->as.densities.rank;
  const int64_t slice = product_but(pattern->size, pattern->ranks, rank);
  const int64_t box = product_but(length, pattern->ranks, rank);
  const int64_t end = start[rank] + length[rank];
  int64_t nonzeros = 0;
  for (int64_t c = start[rank]; c < end; c++)
    nonzeros += tacet_densities_nonzeros(pattern, c, slice);
  return (double)nonzeros * ((double)box / (double)slice);
}

tacet_occupancy tacet_groups_box(const tacet_pattern *pattern,
                                 const int64_t *start, const int64_t *length) {
  return pattern->kind == TACET_N_OF_M ? n_of_m_box(pattern, start, length)
                                       : densities_box(pattern, start, length);
}
