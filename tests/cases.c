/* Random cases. Sizes are small enough for the executor to walk. */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t next_random(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

int64_t random_between(uint64_t *state, int64_t low, int64_t high) {
  return low + (int64_t)(next_random(state) % (uint64_t)(high - low + 1));
}

static bool chance(uint64_t *state, int percent) {
  return random_between(state, 0, 99) < percent;
}

uint64_t environment_number(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* ---- layers ------------------------------------------------------------- */

static void make_window(uint64_t *r, tacet_shape *shape, int axis,
                        int64_t *image, int64_t *filter) {
  shape->stride[axis] = chance(r, 60) ? 1 : random_between(r, 2, 3);
  shape->dilation[axis] = chance(r, 75) ? 1 : random_between(r, 2, 3);
  if (chance(r, 40)) {
    shape->pad_before[axis] = random_between(r, 0, 3);
    shape->pad_after[axis] = random_between(r, 0, 3);
  }
  *filter = random_between(r, 1, 4);
  int64_t window = shape->dilation[axis] * (*filter - 1) + 1;
  int64_t pads = shape->pad_before[axis] + shape->pad_after[axis];
  int64_t least = window > pads ? window - pads : 1;
  *image = random_between(r, least, least + 7);
}

/* Padding cuts off no more than a filter adds; a smaller image makes up for
   the zeros between its values. */
static void transpose_window(uint64_t *r, tacet_shape *shape, int axis,
                             int64_t *image, int64_t filter) {
  int64_t reach = shape->dilation[axis] * (filter - 1);
  if (shape->pad_before[axis] > reach) shape->pad_before[axis] = reach;
  if (shape->pad_after[axis] > reach) shape->pad_after[axis] = reach;
  shape->output_padding[axis] = random_between(r, 0, shape->stride[axis] - 1);
  *image = (*image - 1) / shape->stride[axis] + 1;
}

/* Small enough for a third window. */
static void flatten(tacet_shape *s) {
  s->K = (s->K + 2) / 3;
  s->C = (s->C + 2) / 3;
  if (s->R > 1) s->Y -= s->dilation[0];
  if (s->R > 1) s->R--;
  if (s->S > 1) s->X -= s->dilation[1];
  if (s->S > 1) s->S--;
  if (s->Y < 1) s->Y = 1;
  if (s->X < 1) s->X = 1;
}

static void make_layer(uint64_t *r, random_case *c) {
  tacet_shape *s = &c->shape;
  int64_t kind = random_between(r, 0, 99);
  const tacet_layer_type type = kind < 46   ? TACET_CONV
                                : kind < 52 ? TACET_CONV3D
                                : kind < 60 ? TACET_TRANSPOSED
                                : kind < 70 ? TACET_DEPTHWISE
                                : kind < 78 ? TACET_FC
                                            : TACET_GEMM;
  *s = tacet_shape_of_ones(type);
  s->N = chance(r, 75) ? 1 : random_between(r, 2, 3);
  s->K = random_between(r, 1, 7);
  s->C = random_between(r, 1, 6);
  if (s->type != TACET_FC && s->type != TACET_GEMM) {
    if (s->type == TACET_DEPTHWISE || chance(r, 15))
      s->G = random_between(r, 2, 4);
    make_window(r, s, 0, &s->Y, &s->R);
    make_window(r, s, 1, &s->X, &s->S);
  }
  if (s->type == TACET_CONV3D) {
    make_window(r, s, 2, &s->D, &s->T);
    flatten(s);
  }
  if (s->type == TACET_TRANSPOSED) {
    transpose_window(r, s, 0, &s->Y, s->R);
    transpose_window(r, s, 1, &s->X, s->S);
  }
  if (s->type == TACET_DEPTHWISE) s->K = s->C = 1;
  if (s->type == TACET_GEMM) {
    s->N = random_between(r, 1, 8);
    s->M = random_between(r, 1, 8);
    s->K = random_between(r, 1, 9);
    s->B = chance(r, 50) ? 1 : random_between(r, 2, 4);
    s->shared[TACET_WEIGHT] = chance(r, 20);
    s->shared[TACET_INPUT] = !s->shared[TACET_WEIGHT] && chance(r, 20);
  }
  snprintf(c->layer.name, sizeof c->layer.name, "case");
  c->layer.repeat = 1;
}

/* ---- dataflows ---------------------------------------------------------- */

static void add_map(random_case *c, bool spatial, const char *dim, int64_t size,
                    int64_t offset) {
  tacet_dataflow *flow = &c->dataflow;
  tacet_directive *d = &flow->directive[flow->directives++];
  memset(d, 0, sizeof *d);
  d->kind = spatial ? TACET_SPATIAL_MAP : TACET_TEMPORAL_MAP;
  d->size.number = size;
  d->offset.number = offset;
  snprintf(d->dim, sizeof d->dim, "%s", dim);
}

/* A map of dimension `dim`, sometimes as the input sees it. */
static void map_dim(uint64_t *r, random_case *c, int dim, bool spatial) {
  const tacet_dim *d = &c->layer.dim[dim];
  int64_t size = random_between(r, 1, d->size);
  const tacet_tensor *input = &c->layer.tensor[TACET_INPUT];
  for (int i = 0; i < input->ranks; i++) {
    const tacet_rank *rank = &input->rank[i];
    if (rank->terms < 2 || rank->term[0].dim != dim || chance(r, 50)) continue;
    int64_t stride = rank->term[0].coefficient;
    int64_t filter = c->layer.dim[rank->term[1].dim].size;
    int64_t rows =
        stride * (size - 1) + rank->term[1].coefficient * (filter - 1) + 1;
    add_map(c, spatial, rank->name, rows, chance(r, 50) ? size : stride * size);
    return;
  }
  add_map(c, spatial, d->name, size, size);
}

static void map_diagonal(uint64_t *r, random_case *c) {
  bool columns = chance(r, 50);
  add_map(c, true, columns ? "X" : "Y", 1, 1);
  add_map(c, true, columns ? "S" : "R", 1, 1);
}

static void map_level(uint64_t *r, random_case *c) {
  int order[TACET_MAX_DIMS];
  int dims = c->layer.dims;
  for (int d = 0; d < dims; d++) order[d] = d;
  for (int d = dims - 1; d > 0; d--) {
    int other = (int)random_between(r, 0, d);
    int kept = order[d];
    order[d] = order[other];
    order[other] = kept;
  }
  bool window = tacet_layer_window(&c->layer, "Y") != NULL;
  bool diagonal = window && chance(r, 15);
  int spread = diagonal ? -1 : (int)random_between(r, -1, dims - 1);
  int at = (int)random_between(r, 0, dims - 1);
  for (int d = 0; d < dims; d++) {
    if (diagonal && d == at) map_diagonal(r, c);
    if (chance(r, 30) && order[d] != spread) continue;
    map_dim(r, c, order[d], order[d] == spread);
    if (chance(r, 10)) map_dim(r, c, order[d], false);
  }
}

static void make_dataflow(uint64_t *r, random_case *c) {
  c->dataflow.directives = 0;
  snprintf(c->dataflow.name, sizeof c->dataflow.name, "random");
  int64_t levels = random_between(r, 1, 3);
  for (int64_t level = 0; level < levels; level++) {
    if (level) {
      tacet_directive *d = &c->dataflow.directive[c->dataflow.directives++];
      memset(d, 0, sizeof *d);
      d->kind = TACET_CLUSTER;
      d->size.number = random_between(r, 1, 4);
    }
    map_level(r, c);
  }
}

/* ---- accelerators ------------------------------------------------------- */

static void make_accelerator(uint64_t *r, random_case *c) {
  tacet_accelerator *a = &c->accelerator;
  memset(a, 0, sizeof *a);
  snprintf(a->name, sizeof a->name, "random");
  a->pes = random_between(r, 1, 40);
  a->lanes = chance(r, 70) ? 1 : random_between(r, 2, 4);
  a->clock_hz = 1e9;
  a->word_bits = 8;
  for (int t = 0; t < TACET_TENSORS; t++)
    a->width_bits[t] = 8 * random_between(r, 1, 3);
  a->storages = 3;
  static const char *const names[] = {"dram", "l2", "l1"};
  for (int s = 0; s < 3; s++) {
    snprintf(a->storage[s].name, sizeof a->storage[s].name, "%s", names[s]);
    a->storage[s].size_bits = s ? INT64_C(1) << 40 : 0;
    a->storage[s].double_buffered = chance(r, 60);
    a->storage[s].read_pj = a->storage[s].write_pj = 1;
  }
  a->storage[1].size_bits = 8 * random_between(r, 40, 3000);
  if (chance(r, 50))
    for (int t = 0; t < TACET_TENSORS; t++) a->registers[t] = chance(r, 50);
  if (chance(r, 40)) a->l1_bandwidth = (double)random_between(r, 1, 5);
  for (int b = 0; b < 2; b++) {
    a->link[b] = (tacet_link){.bandwidth = (double)random_between(r, 1, 9),
                              .latency = b ? random_between(r, 0, 2) : 0,
                              .multicast = chance(r, 70),
                              .reduction = chance(r, 70),
                              .hops = 1};
  }
}

/* Buffers at cluster boundaries, from numbers of their own. */
static void add_buffers(uint64_t *r, random_case *c) {
  tacet_accelerator *a = &c->accelerator;
  for (int level = 1; level < c->nest.levels; level++) {
    if (chance(r, 70)) continue;
    int s = a->storages - 1;
    a->storage[s + 1] = a->storage[s];
    a->link[s] = a->link[s - 1];
    strcpy(a->storage[s].name, level == 1 ? "cluster-1" : "cluster-2");
    a->storage[s].level = level;
    a->storage[s].size_bits = 8 * random_between(r, 20, 2000);
    a->storage[s].double_buffered = chance(r, 60);
    a->storage[s].read_pj = a->storage[s].write_pj = 1;
    a->link[s - 1] = (tacet_link){.bandwidth = (double)random_between(r, 1, 9),
                                  .latency = random_between(r, 0, 2),
                                  .multicast = chance(r, 70),
                                  .reduction = chance(r, 70),
                                  .hops = 1};
    a->storages++;
  }
}

/* Buses of tensors' own for some networks, sums that PEs' own adders add up, and
   L1 that has two buffers for some tensors only; likewise. */
static void part_tensors(uint64_t *r, random_case *c) {
  tacet_accelerator *a = &c->accelerator;
  for (int b = 1; b < a->storages - 1; b++) {
    tacet_link *link = &a->link[b];
    if (!chance(r, 30)) continue;
    link->bandwidth = 0;
    for (int t = 0; t < TACET_TENSORS; t++) {
      link->bus[t] = (double)random_between(r, 1, 12) / 2;
      link->bandwidth += link->bus[t];
    }
  }
  tacet_link *noc = &a->link[a->storages - 2];
  noc->pe_adder = noc->reduction && chance(r, 30);
  if (!chance(r, 40)) return;
  for (int t = 0; t < TACET_TENSORS; t++)
    a->storage[a->storages - 1].single[t] = chance(r, 50);
}

/* Levels that take contiguous tiles, from the same. */
static void fill_holes(uint64_t *r, random_case *c) {
  tacet_accelerator *a = &c->accelerator;
  for (int s = 1; s < a->storages; s++)
    a->storage[s].contiguous = chance(r, 20);
}

/* Of every level at or outside of the next one's. */
static void choose_positions(uint64_t *r, tacet_nest *nest) {
  for (int s = nest->storages - 2; s > 0; s--)
    for (int t = 0; t < TACET_TENSORS; t++)
      nest->position[s][t] =
          (int)random_between(r, 0, nest->position[s + 1][t]);
}

void case_make(random_case *c, uint64_t seed) {
  uint64_t r = seed, buffers = ~seed, tensors = seed ^ UINT64_C(0x627573);
  memset(c, 0, sizeof *c);
  c->seed = seed;
  tacet_error error;
  do {
    make_layer(&r, c);
  } while (tacet_layer_make(&c->layer, &c->shape, NULL, &error));
  make_accelerator(&r, c);
  do {
    make_dataflow(&r, c);
  } while (
      tacet_bind(&c->nest, &c->layer, &c->dataflow, &c->accelerator, &error));
  for (int t = 0; t < TACET_TENSORS; t++)
    c->nest.position[1][t] = (int)random_between(&r, 0, c->nest.loops);
  add_buffers(&buffers, c);
  int position[TACET_TENSORS];
  memcpy(position, c->nest.position[1], sizeof position);
  if (chance(&buffers, 50)) fill_holes(&buffers, c);
  part_tensors(&tensors, c);
  tacet_bind(&c->nest, &c->layer, &c->dataflow, &c->accelerator, &error);
  if (c->accelerator.storages > 3)
    choose_positions(&buffers, &c->nest);
  else
    memcpy(c->nest.position[1], position, sizeof position);
}

void case_copy(random_case *copy, const random_case *c) {
  *copy = *c;
  copy->nest.layer = &copy->layer;
}

void case_keep(random_case *kept, const random_case *c) {
  uint64_t r = c->seed ^ UINT64_C(0x6b656570);
  case_copy(kept, c);
  tacet_nest *nest = &kept->nest;
  const int l1 = nest->storages - 1;
  kept->accelerator.storage[l1].keeps = true;
  kept->accelerator.link[l1 - 1].pe_adder = false;
  kept->accelerator.storage[l1].contiguous = nest->contiguous[l1] = false;
  for (int t = 0; t < TACET_TENSORS; t++)
    nest->position[l1][t] =
        (int)random_between(&r, nest->position[l1 - 1][t], nest->loops);
}

bool case_has_padding(const random_case *c) {
  const tacet_tensor *input = &c->layer.tensor[TACET_INPUT];
  for (int r = 0; r < input->ranks; r++) {
    const tacet_rank *rank = &input->rank[r];
    int64_t last = rank->offset;
    for (int i = 0; i < rank->terms; i++)
      last += rank->term[i].coefficient *
              (c->layer.dim[rank->term[i].dim].size - 1);
    if (rank->offset < 0 || last >= rank->size) return true;
  }
  return false;
}

/* ---- printing ----------------------------------------------------------- */

static void print_dataflow(const tacet_dataflow *flow) {
  for (int i = 0; i < flow->directives; i++) {
    const tacet_directive *d = &flow->directive[i];
    if (d->kind == TACET_CLUSTER)
      printf("  - Cluster(%lld)\n", (long long)d->size.number);
    else
      printf("  - %sMap(%lld,%lld) %s\n",
             d->kind == TACET_SPATIAL_MAP ? "Spatial" : "Temporal",
             (long long)d->size.number, (long long)d->offset.number, d->dim);
  }
}

void case_print(const random_case *c) {
  const tacet_shape *s = &c->shape;
  printf("case %llu: %s", (unsigned long long)c->seed,
         tacet_layer_type_name(s->type));
  for (int d = 0; d < c->layer.dims; d++)
    printf(" %s=%lld", c->layer.dim[d].name, (long long)c->layer.dim[d].size);
  printf(
      "; D=%lld,%lld Y=%lld X=%lld stride %lld,%lld dilation %lld,%lld padding "
      "%lld+%lld,%lld+%lld output padding %lld,%lld shared %d,%d\n",
      (long long)s->D, (long long)s->stride[2], (long long)s->Y,
      (long long)s->X, (long long)s->stride[0], (long long)s->stride[1],
      (long long)s->dilation[0], (long long)s->dilation[1],
      (long long)s->pad_before[0], (long long)s->pad_after[0],
      (long long)s->pad_before[1], (long long)s->pad_after[1],
      (long long)s->output_padding[0], (long long)s->output_padding[1],
      s->shared[0], s->shared[1]);
  print_dataflow(&c->dataflow);
  printf("  pes %lld, noc multicast %d reduction %d, L2 positions %d %d %d "
         "of %d\n",
         (long long)c->accelerator.pes,
         c->accelerator.link[c->accelerator.storages - 2].multicast,
         c->accelerator.link[c->accelerator.storages - 2].reduction,
         c->nest.position[1][0], c->nest.position[1][1], c->nest.position[1][2],
         c->nest.loops);
  for (int level = 1; level < c->accelerator.storages; level++)
    if (c->accelerator.storage[level].contiguous)
      printf("  %s: contiguous\n", c->accelerator.storage[level].name);
  for (int level = 2; level < c->accelerator.storages; level++) {
    if (!c->accelerator.storage[level].level &&
        !c->accelerator.storage[level].keeps)
      continue;
    const tacet_link *link = &c->accelerator.link[level - 1];
    const int *position = c->nest.position[level];
    printf("  %s: multicast %d reduction %d, positions %d %d %d\n",
           c->accelerator.storage[level].name, link->multicast, link->reduction,
           position[0], position[1], position[2]);
  }
}

void ask_for_cases(uint64_t *seed, uint64_t *cases) {
  *seed = environment_number("TACET_SEED", *seed);
  *cases = environment_number("TACET_CASES", *cases);
  printf("seed %llu, %llu cases\n", (unsigned long long)*seed,
         (unsigned long long)*cases);
}

int cases_that_fail(uint64_t seed, uint64_t cases,
                    bool (*holds)(random_case *c)) {
  random_case *c = malloc(sizeof *c);
  if (!c) abort();
  ask_for_cases(&seed, &cases);
  int failed = 0;
  for (uint64_t i = 0; i < cases && failed < 3; i++) {
    case_make(c, seed + i);
    if (holds(c)) continue;
    case_print(c);
    failed++;
  }
  free(c);
  return failed;
}
