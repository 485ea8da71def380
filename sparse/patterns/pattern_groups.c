/* Patterns whose elements fall into groups along one rank, independent of each
   other and each with a given count of non-zeros anywhere in it. */
#include "pattern_kinds.h"
#include "../../dense/whole.h"

#include <math.h>

/* So many groups of which `box` elements each lie in the box. */
typedef struct part {
  tacet_uniform group;
  int64_t box;
  double times;
} part;

/* Adds their sum, of independent hypergeometric counts. */
static void add_groups(tacet_occupancy *sum, const part *of) {
  const double density = tacet_uniform_density(of->group);
  const double elements = (double)of->group.elements;
  const double nonzeros = (double)of->group.nonzeros, box = (double)of->box;
  sum->nonzeros += of->times * (box / elements * nonzeros);
  if (box < elements && nonzeros > 0 && nonzeros < elements) {
    sum->variance += of->times * box * density * (1 - density) *
                     (elements - box) / (elements - 1);
    sum->exact = false;
  }
}

static double empty_groups(const part *of) {
  return pow(tacet_uniform_empty(of->group, of->box), of->times);
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

enum { MOST_PARTS = 3 };

/* The groups that the box begins and ends in, and those in between. */
static int n_of_m_parts(part parts[MOST_PARTS], const tacet_pattern *pattern,
                        const int64_t *start, const int64_t *length) {
  const tacet_n_of_m *model = &pattern->as.n_of_m;
  const int64_t size = pattern->size[model->rank], m = model->m;
  const int64_t from = start[model->rank], to = from + length[model->rank];
  const int64_t first = from / m, last = (to - 1) / m;
  const double fibers =
      (double)product_but(length, pattern->ranks, model->rank);
  int count = 1;
  parts[0] = (part){group_at(model, size, first),
                    smaller((first + 1) * m, to) - from, fibers};
  if (last > first)
    parts[count++] = (part){group_at(model, size, last), to - last * m, fibers};
  if (last > first + 1)
    parts[count++] =
        (part){{m, model->n}, m, fibers * (double)(last - first - 1)};
  return count;
}

/* ---- a density for each coordinate -------------------------------------- */

int64_t tacet_densities_nonzeros(const tacet_pattern *pattern, int64_t c,
                                 int64_t elements) {
  return tacet_uniform_make(elements, pattern->as.densities.density[c])
      .nonzeros;
}

/* The one group with coordinate c. */
static part density_part(const tacet_pattern *pattern, const int64_t *length,
                         int64_t c) {
  const int rank = pattern->as.densities.rank;
  const int64_t slice = product_but(pattern->size, pattern->ranks, rank);
  const int64_t box = product_but(length, pattern->ranks, rank);
  return (part){{slice, tacet_densities_nonzeros(pattern, c, slice)}, box, 1};
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

/* ---- any ----------------------------------------------------------------- */

tacet_occupancy tacet_groups_box(const tacet_pattern *pattern,
                                 const int64_t *start, const int64_t *length) {
  tacet_occupancy sum = {.exact = true};
  if (pattern->kind == TACET_N_OF_M) {
    part parts[MOST_PARTS];
    const int count = n_of_m_parts(parts, pattern, start, length);
    for (int i = 0; i < count; i++) add_groups(&sum, &parts[i]);
    return sum;
  }
  const int rank = pattern->as.densities.rank;
  for (int64_t c = start[rank]; c < start[rank] + length[rank]; c++) {
    const part one = density_part(pattern, length, c);
    add_groups(&sum, &one);
  }
  return sum;
}

double tacet_groups_empty(const tacet_pattern *pattern, const int64_t *start,
                          const int64_t *length) {
  double empty = 1;
  if (pattern->kind == TACET_N_OF_M) {
    part parts[MOST_PARTS];
    const int count = n_of_m_parts(parts, pattern, start, length);
    for (int i = 0; i < count; i++) empty *= empty_groups(&parts[i]);
    return empty;
  }
  const int rank = pattern->as.densities.rank;
  for (int64_t c = start[rank]; c < start[rank] + length[rank]; c++) {
    const part one = density_part(pattern, length, c);
    empty *= empty_groups(&one);
  }
  return empty;
}
