/* Matrices too large for bits: every kind of file gives the same mask, which
   counts as its places do one by one, and runs on a design. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/masks/join.h"
#include "../sparse/masks/mask_store.h"
#include "../sparse/masks/rows.h"
#include "cases.h"
#include "program.h"

static uint64_t seed_of(uint64_t otherwise) {
  const uint64_t seed = environment_number("TACET_SEED", otherwise);
  printf("seed %llu\n", (unsigned long long)seed);
  return seed;
}

enum { ENTRIES = 3000 };
typedef struct places {
  int64_t rows, columns;
  int64_t row[ENTRIES], column[ENTRIES];
} places;

static bool is_new(const places *p, int place) {
  for (int i = 0; i < place; i++)
    if (p->row[i] == p->row[place] && p->column[i] == p->column[place])
      return false;
  return true;
}

/* Places that are all different, clustered so that boxes hold several. */
static void make_places(places *p, int64_t rows, int64_t columns,
                        uint64_t *random) {
  p->rows = rows;
  p->columns = columns;
  for (int i = 0; i < ENTRIES; i++) do {
      p->row[i] = i % 60 * (rows / 61) + random_between(random, 0, 40);
      p->column[i] = i / 60 * (columns / 51) + random_between(random, 0, 60);
    } while (!is_new(p, i));
}

static void write_market(const char *name, const places *p) {
  FILE *file = fopen(scratch_path(name), "w");
  assert_non_null(file);
  fprintf(file, "%%%%MatrixMarket matrix coordinate pattern general\n");
  fprintf(file, "%lld %lld %d\n", (long long)p->rows, (long long)p->columns,
          ENTRIES);
  for (int i = 0; i < ENTRIES; i++)
    fprintf(file, "%lld %lld\n", (long long)p->row[i] + 1,
            (long long)p->column[i] + 1);
  fclose(file);
}

static void write_smtx(const char *name, const places *p) {
  FILE *file = fopen(scratch_path(name), "w");
  assert_non_null(file);
  fprintf(file, "%lld, %lld, %d\n0", (long long)p->rows, (long long)p->columns,
          ENTRIES);
  tacet_rows *rows = tacet_rows_start(p->rows, p->columns, ENTRIES);
  for (int i = 0; i < ENTRIES; i++)
    tacet_rows_add(rows, p->row[i], p->column[i]);
  rows = tacet_rows_finish(rows);
  for (int64_t row = 1; row <= p->rows; row++)
    fprintf(file, " %lld", (long long)tacet_rows_above(rows, row));
  for (int i = 0; i < ENTRIES; i++)
    fprintf(file, "%c%lld", i ? ' ' : '\n',
            (long long)tacet_rows_indices(rows)[i]);
  fputc('\n', file);
  tacet_rows_free(rows);
  fclose(file);
}

/* Z[M,N] = A[M,K] . B[K,N] */
static tacet_layer large_layer(int64_t m, int64_t n, int64_t k) {
  const tacet_shape shape = {.type = TACET_GEMM,
                             .B = 1,
                             .M = m,
                             .N = n,
                             .K = k,
                             .shared = {true, true, false},
                             .stride = {1, 1},
                             .dilation = {1, 1}};
  tacet_layer layer;
  assert_int_equal(tacet_layer_make(&layer, &shape, NULL, NULL), TACET_OK);
  return layer;
}

static tacet_mask read_large(const char *name, const char *dataset,
                             const char *layout, const tacet_tensor *tensor) {
  const tacet_mask_source source = {
      .file = scratch_path(name), .dataset = dataset, .layout = layout};
  tacet_mask mask;
  tacet_error error = {0};
  if (tacet_mask_read(&mask, tensor, &source, &error))
    fail_msg("%s: %s", name, error.message);
  assert_non_null(mask.rows);
  assert_null(mask.bits);
  assert_int_equal(mask.nonzeros, ENTRIES);
  return mask;
}

static void check_places(const tacet_mask *mask, const places *p) {
  for (int i = 0; i < ENTRIES; i++) {
    const int64_t element = p->row[i] * p->columns + p->column[i];
    assert_true(tacet_mask_test(mask, element));
    assert_int_equal(tacet_mask_count(mask, element, 1), 1);
    assert_true(tacet_mask_count(mask, 0, element + 1) <= ENTRIES);
  }
  assert_int_equal(tacet_mask_count(mask, 0, mask->elements), ENTRIES);
}

/* Each kind of file gives the same mask, and so does our own of it. */
static void large_files(void **state) {
  (void)state;
  static places p;
  uint64_t random = seed_of(7);
  const tacet_layer layer = large_layer(8, INT64_C(1) << 20, INT64_C(1) << 20);
  const tacet_tensor *tensor = &layer.tensor[TACET_WEIGHT];
  make_places(&p, INT64_C(1) << 20, INT64_C(1) << 20, &random);
  write_market("a.mtx", &p);
  write_smtx("a.smtx", &p);
  tacet_mask market = read_large("a.mtx", NULL, "KN", tensor);
  check_places(&market, &p);
  tacet_mask smtx = read_large("a.smtx", NULL, "KN", tensor);
  check_places(&smtx, &p);
  tacet_mask_store *store;
  assert_int_equal(tacet_mask_store_start(&store, scratch_path("a.h5"), NULL),
                   TACET_OK);
  assert_int_equal(tacet_mask_store_add(store, "l", tensor, &market, NULL),
                   TACET_OK);
  assert_int_equal(tacet_mask_store_finish(store, NULL), TACET_OK);
  tacet_mask own = read_large("a.h5", "/l/B", NULL, tensor);
  check_places(&own, &p);
  tacet_mask_free(&market);
  tacet_mask_free(&smtx);
  tacet_mask_free(&own);
}

static void check_refused_mask(const char *name, const char *dataset,
                               tacet_polarity polarity, tacet_status expected,
                               const char *says) {
  const tacet_layer layer = large_layer(8, INT64_C(1) << 20, INT64_C(1) << 20);
  const tacet_mask_source source = {.file = scratch_path(name),
                                    .dataset = dataset,
                                    .layout = "KN",
                                    .polarity = polarity};
  tacet_mask mask;
  tacet_error error = {0};
  assert_int_equal(
      tacet_mask_read(&mask, &layer.tensor[TACET_WEIGHT], &source, &error),
      expected);
  if (!strstr(error.message, says)) fail_msg("%s", error.message);
}

/* What cannot be, or would need bits, is said. */
static void large_refusals(void **state) {
  (void)state;
  static const char head[] = "%%MatrixMarket matrix coordinate real general\n"
                             "1048576 1048576 3\n";
  char text[200];
  snprintf(text, sizeof text, "%s5 6 1\n7 8 1\n5 6 1\n", head);
  file_write("twice.mtx", text);
  check_refused_mask("twice.mtx", NULL, TACET_MEANS_KEPT, TACET_BAD_INPUT,
                     "twice.mtx: 1 entries are stored more than once");
  snprintf(text, sizeof text, "%s5 6 1\n7 8 1\n5 1048577 1\n", head);
  file_write("beyond.mtx", text);
  check_refused_mask("beyond.mtx", NULL, TACET_MEANS_KEPT, TACET_BAD_INPUT,
                     "beyond.mtx:5: column 1048577 is not in 1 .. 1048576");
  check_refused_mask("twice.mtx", NULL, TACET_MEANS_PRUNED, TACET_NO_MEMORY,
                     "no memory for the mask of B (1099511627776 elements)");
  check_refused_mask("twice.mtx", "w", TACET_MEANS_KEPT, TACET_BAD_INPUT,
                     "twice.mtx: holds no array w");
}

static bool inside(int64_t at, int64_t start, int64_t length) {
  return at >= start && at < start + length;
}

/* Pairs of a place of A[M,K] and one of B[K,N] with the same k, in a box. */
static int64_t pairs_in(const places *a, const places *b, const int64_t *start,
                        const int64_t *length, const tacet_layer *layer) {
  int64_t pairs = 0;
  int dim[3] = {-1, -1, -1}; /* M, N, K */
  for (int d = 0; d < layer->dims; d++)
    for (int i = 0; i < 3; i++)
      if (layer->dim[d].name[0] == "MNK"[i]) dim[i] = d;
  for (int i = 0; i < ENTRIES; i++)
    for (int j = 0; j < ENTRIES; j++)
      pairs += a->column[i] == b->row[j] &&
               inside(a->row[i], start[dim[0]], length[dim[0]]) &&
               inside(b->column[j], start[dim[1]], length[dim[1]]) &&
               inside(b->row[j], start[dim[2]], length[dim[2]]);
  return pairs;
}

static void large_pairs(void **state) {
  (void)state;
  static places a, b;
  uint64_t random = seed_of(8);
  const int64_t m = INT64_C(1) << 16, n = INT64_C(1) << 16,
                k = INT64_C(1) << 20;
  const tacet_layer layer = large_layer(m, n, k);
  make_places(&a, m, k, &random);
  make_places(&b, k, n, &random);
  for (int i = 0; i < ENTRIES; i++) {
    a.column[i] = b.row[7 * i % ENTRIES];
    a.row[i] = 20 * i;
  }
  write_market("a.mtx", &a);
  write_market("b.mtx", &b);
  tacet_mask weight = read_large("b.mtx", NULL, "KN", &layer.tensor[0]);
  tacet_mask input = read_large("a.mtx", NULL, "MK", &layer.tensor[1]);
  tacet_join *join;
  assert_int_equal(tacet_join_make(&join, &layer, &weight, &input, NULL),
                   TACET_OK);
  for (int i = 0; i < 6; i++) {
    int64_t start[TACET_MAX_DIMS] = {0}, length[TACET_MAX_DIMS];
    for (int d = 0; d < layer.dims; d++) {
      const int64_t size = layer.dim[d].size;
      start[d] = i ? random_between(&random, 0, size / 2) : 0;
      length[d] = i ? random_between(&random, 1, size - start[d]) : size;
    }
    const tacet_pairs found = tacet_join_count(join, start, length);
    const int64_t expected = pairs_in(&a, &b, start, length, &layer);
    assert_int_equal(found.both, expected);
    if (i == 0) assert_true(expected > ENTRIES);
  }
  tacet_join_free(join);
  tacet_mask_free(&weight);
  tacet_mask_free(&input);
}

static void check_run(const char *network) {
  char arguments[200], expected[100];
  snprintf(arguments, sizeof arguments, "run -n %s -a wide.yaml --format csv",
           network);
  snprintf(expected, sizeof expected,
           "graph,GEMM,wide,sparse,true,exact,1,%lld,%d,0,%lld,", 1LL << 41,
           2 * ENTRIES, (1LL << 41) - 2 * ENTRIES);
  char *csv = program_output(arguments);
  if (!strstr(csv, expected)) fail_msg("%s", csv);
  free(csv);
}

/* A product with a hypersparse operand on a design, by the command line, also
   from our own file: the MACs that are done are its entries times the rows of the other. */
static void large_run(void **state) {
  (void)state;
  static places p;
  uint64_t random = seed_of(9);
  make_places(&p, INT64_C(1) << 20, INT64_C(1) << 20, &random);
  write_market("graph.mtx", &p);
  file_write("plain-large.yaml", "tacet: 1\nnetwork: large\nlayers:\n"
                                 "  - name: graph\n    type: GEMM\n"
                                 "    dims: {M: 2, N: 1048576, K: 1048576}\n");
  file_write("large.yaml",
             "tacet: 1\nnetwork: large\nlayers:\n"
             "  - name: graph\n    type: GEMM\n"
             "    dims: {M: 2, N: 1048576, K: 1048576}\n"
             "    mask: {weight: {file: graph.mtx, layout: KN}}\n");
  file_write("tiles.yaml", "tacet: 1\ndataflow: tiles\nby-type:\n  GEMM:\n"
                           "    - TemporalMap(65536,65536) K\n"
                           "    - SpatialMap(262144,262144) N\n");
  file_write("wide.yaml",
             "tacet: 1\naccelerator: wide\nclock: 1 GHz\npes: 4\n"
             "word: 8 bit\nmac: 1 pJ\n"
             "l1: {size: 64 GiB, read: 1 pJ, write: 1 pJ}\n"
             "noc: {bandwidth: 64 words/cycle}\n"
             "l2: {size: 2048 GiB, read: 1 pJ, write: 1 pJ}\n"
             "dram: {bandwidth: 64 GB/s, read: 1 pJ, write: 1 pJ}\n"
             "dataflow: tiles.yaml\n"
             "sparse:\n  weight: {l2: CSR, l1: CSR}\n  actions:\n"
             "    - {at: compute, skip: [weight]}\n");
  check_run("large.yaml");
  char *told = program_output("mask import graph.mtx -n plain-large.yaml "
                              "--layout KN -o masks.h5");
  free(told);
  check_run("plain-large.yaml -p masks.h5");
}

/* Boxes of it cannot be asked: beside it a mask is drawn, and that is said. */
static void large_sample(void **state) {
  (void)state;
  file_write("half.yaml", "tacet: 1\nprofile: half\nlayers:\n"
                          "  graph: {density: {input: 0.5}}\n");
  char *csv = program_output("run -n large.yaml -a wide.yaml -p half.yaml "
                             "--format csv");
  assert_non_null(strstr(csv, "graph,GEMM,wide,sparse,false,sampled,1,"));
  free(csv);
  char *text = program_output("run -n large.yaml -a wide.yaml -p half.yaml");
  assert_non_null(strstr(text, "one mask drawn from it (seed 1 for weights"));
  free(text);
}

int main(int count, char **argument) {
  (void)count;
  program_find(getenv("TACET_PROGRAM"), argument[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(large_files),  cmocka_unit_test(large_refusals),
      cmocka_unit_test(large_pairs),  cmocka_unit_test(large_run),
      cmocka_unit_test(large_sample),
  };
  return cmocka_run_group_tests(tests, files_make, scratch_remove);
}
