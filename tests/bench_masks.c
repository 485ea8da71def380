/* How fast masks are read, each line beside what the machine can do in the
   same run: streaming memory, copying a file from the page cache, inflating
   one. TACET_BENCH_LOG2 sets the elements, 2^28 unless given. */
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../sparse/join.h"
#include "../sparse/mask_store.h"
#include "../sparse/mask_tiles.h"
#include "cases.h"
#include "scratch.h"

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void must(bool true_always) {
  if (!true_always) exit(1);
}

/* Seconds of the best of some runs. */
typedef void timed(void *context);
static double best_of(int runs, timed *work, void *context) {
  double best = 1e9;
  for (int i = 0; i < runs; i++) {
    const double begin = now();
    work(context);
    const double seconds = now() - begin;
    if (seconds < best) best = seconds;
  }
  return best;
}

static void report(const char *what, double seconds, double bytes,
                   double limit) {
  printf("%-44s %9.1f ms %8.2f GB/s", what, 1e3 * seconds,
         1e-9 * bytes / seconds);
  if (limit > 0)
    printf("  %3.0f %% of the limit", 100 * bytes / seconds / limit);
  putchar('\n');
}

/* ---- limits ------------------------------------------------------------- */

typedef struct stream {
  uint64_t *from;
  size_t words;
  volatile uint64_t sum;
} stream;

static void read_memory(void *context) {
  stream *s = context;
  uint64_t sum[4] = {0};
  for (size_t i = 0; i + 4 <= s->words; i += 4)
    for (size_t lane = 0; lane < 4; lane++) sum[lane] += s->from[i + lane];
  s->sum = sum[0] + sum[1] + sum[2] + sum[3];
}

/* read(2) of a file in the page cache into one buffer. */
static void read_file(void *context) {
  static char buffer[1 << 20];
  const int file = open(context, O_RDONLY);
  must(file >= 0);
  while (read(file, buffer, sizeof buffer) > 0) continue;
  close(file);
}

/* Into memory that is new, as a mask's is. */
static void read_file_anew(void *context) {
  const int file = open(context, O_RDONLY);
  const off_t size = lseek(file, 0, SEEK_END);
  char *memory = malloc((size_t)size);
  must(memory != NULL);
  for (off_t at = 0; at < size;)
    at += pread(file, memory + at, (size_t)(size - at), at);
  free(memory);
  close(file);
}

/* ---- files -------------------------------------------------------------- */

static tacet_tensor matrix_of(int64_t rows, int64_t columns) {
  return (tacet_tensor){
      .name = "weight",
      .ranks = 2,
      .row_ranks = 1,
      .rank = {{.name = "K", .size = rows}, {.name = "C", .size = columns}}};
}

/* About one in eight. */
static tacet_mask make_mask(const tacet_tensor *tensor) {
  tacet_mask mask;
  uint64_t random = 1;
  must(!tacet_mask_make(&mask, tensor, NULL));
  for (int64_t i = 0; i < mask.elements / 64; i++)
    mask.bits[i] =
        next_random(&random) & next_random(&random) & next_random(&random);
  tacet_mask_recount(&mask);
  return mask;
}

static void write_packed(const tacet_mask *mask, const tacet_tensor *tensor) {
  tacet_mask_store *store;
  must(!tacet_mask_store_start(&store, scratch_path("packed.h5"), NULL));
  must(!tacet_mask_store_add(store, "w", tensor, mask, NULL));
  must(!tacet_mask_store_finish(store, NULL));
}

static void write_bytes(const tacet_mask *mask, const char *name, bool gzip) {
  const hsize_t size[] = {(hsize_t)mask->size[0], (hsize_t)mask->size[1]};
  const hid_t file =
      H5Fcreate(scratch_path(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  if (gzip) {
    H5Pset_chunk(creation, 2, (const hsize_t[]){256, 4096});
    H5Pset_deflate(creation, 4);
  }
  const hid_t space = H5Screate_simple(2, size, NULL);
  const hid_t dataset = H5Dcreate2(file, "w", H5T_STD_U8LE, space, H5P_DEFAULT,
                                   creation, H5P_DEFAULT);
  unsigned char *rows = malloc(256 * size[1]);
  must(rows != NULL);
  for (hsize_t row = 0; row < size[0]; row += 256) {
    const hsize_t start[] = {row, 0}, count[] = {256, size[1]};
    for (hsize_t i = 0; i < 256 * size[1]; i++)
      rows[i] = tacet_mask_test(mask, (int64_t)(row * size[1] + i));
    const hid_t box = H5Screate_simple(2, count, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
    must(H5Dwrite(dataset, H5T_STD_U8LE, box, space, H5P_DEFAULT, rows) >= 0);
    H5Sclose(box);
  }
  free(rows);
  H5Dclose(dataset);
  H5Sclose(space);
  H5Pclose(creation);
  H5Fclose(file);
}

/* ---- reading ------------------------------------------------------------ */

typedef struct reading {
  tacet_tensor tensor;
  const char *file, *dataset;
  int64_t nonzeros;
  int64_t *count; /* of tiles, or NULL */
} reading;

static void read_mask(void *context) {
  const reading *r = context;
  const tacet_mask_source source = {
      .file = r->file, .dataset = r->dataset, .layout = "KC"};
  tacet_mask mask;
  must(!tacet_mask_read(&mask, &r->tensor, &source, NULL));
  must(mask.nonzeros == r->nonzeros);
  if (r->count) {
    const tacet_tiling tiling = {mask.size[0], 64, 64};
    tacet_tiles_count(r->count, &mask, &tiling);
  }
  tacet_mask_free(&mask);
}

static void bench_reading(int log2) {
  const int64_t rows = INT64_C(1) << (log2 / 2);
  const int64_t columns = INT64_C(1) << (log2 - log2 / 2);
  const double elements = (double)rows * (double)columns;
  const tacet_tensor tensor = matrix_of(rows, columns);
  tacet_mask mask = make_mask(&tensor);
  const int64_t nonzeros = mask.nonzeros;
  write_packed(&mask, &tensor);
  write_bytes(&mask, "bytes.h5", false);
  write_bytes(&mask, "gzip.h5", true);

  printf("2^%d elements\n", log2);
  stream s = {mask.bits, (size_t)mask.elements / 64, 0};
  const double bits = elements / 8;
  const double memory = best_of(5, read_memory, &s);
  report("memory: packed mask read", memory, bits, 0);
  char packed[1024], bytes[1024], gzip[1024];
  snprintf(packed, sizeof packed, "%s", scratch_path("packed.h5"));
  snprintf(bytes, sizeof bytes, "%s", scratch_path("bytes.h5"));
  snprintf(gzip, sizeof gzip, "%s", scratch_path("gzip.h5"));
  const double copy = best_of(5, read_file, packed);
  report("page cache: packed file read", copy, bits, 0);
  const double anew = best_of(5, read_file_anew, packed);
  report("page cache: packed file into new memory", anew, bits, 0);
  const double wide = best_of(3, read_file, bytes);
  report("page cache: uint8 file read", wide, elements, 0);
  tacet_mask_free(&mask);

  reading r = {tensor, packed, "/w/weight", nonzeros, NULL};
  report("packed mask", best_of(5, read_mask, &r), bits, bits / anew);
  r.count = malloc((size_t)(rows / 64 * (columns / 64)) * sizeof *r.count);
  must(r.count != NULL);
  report("packed mask, and counts of 64 x 64 tiles", best_of(5, read_mask, &r),
         bits, bits / anew);
  free(r.count);
  r = (reading){tensor, bytes, "/w", nonzeros, NULL};
  report("uint8, contiguous", best_of(3, read_mask, &r), elements,
         elements / (wide + anew));
  r.file = gzip;
  report("uint8, gzip-4", best_of(1, read_mask, &r), elements, 0);
}

/* ---- in memory ---------------------------------------------------------- */

typedef struct pair {
  tacet_layer layer;
  tacet_mask a, b;
  int64_t both;
} pair;

static void join_pair(void *context) {
  pair *p = context;
  tacet_join *join;
  const int64_t start[TACET_MAX_DIMS] = {0};
  int64_t length[TACET_MAX_DIMS];
  for (int d = 0; d < p->layer.dims; d++) length[d] = p->layer.dim[d].size;
  must(!tacet_join_make(&join, &p->layer, &p->b, &p->a, NULL));
  p->both = tacet_join_count(join, start, length).both;
  tacet_join_free(join);
}

/* Every k pairs the ones of A's column k with those of B's row k. */
static void count_pair(void *context) {
  pair *p = context;
  const tacet_tiling rows = {4096, 1, 4096};
  static int64_t column[4096], row[4096];
  must(!tacet_columns_count(column, &p->a, 4096, NULL));
  tacet_tiles_count(row, &p->b, &rows);
  int64_t both = 0;
  for (int k = 0; k < 4096; k++) both += column[k] * row[k];
  must(both == p->both);
}

static void bench_pair(void) {
  pair p;
  tacet_shape shape = {.type = TACET_GEMM,
                       .B = 1,
                       .M = 4096,
                       .N = 4096,
                       .K = 4096,
                       .shared = {true, true, false},
                       .stride = {1, 1},
                       .dilation = {1, 1}};
  must(!tacet_layer_make(&p.layer, &shape, NULL, NULL));
  p.b = make_mask(&p.layer.tensor[TACET_WEIGHT]);
  p.a = make_mask(&p.layer.tensor[TACET_INPUT]);
  const double seconds = best_of(5, join_pair, &p);
  printf("%-44s %9.1f ms %lld pairs\n", "effectual MACs of 4096^3, tables made",
         1e3 * seconds, (long long)p.both);
  printf("%-44s %9.1f ms\n", "effectual MACs of 4096^3, from counts",
         1e3 * best_of(5, count_pair, &p));
  tacet_mask_free(&p.a);
  tacet_mask_free(&p.b);
}

int main(void) {
  struct rusage usage;
  const int log2 = (int)environment_number("TACET_BENCH_LOG2", 28);
  must(scratch_make(NULL) == 0);
  bench_reading(log2);
  bench_pair();
  getrusage(RUSAGE_CHILDREN, &usage);
  printf("%-44s %9.1f MiB\n", "most memory of a reader's process",
         (double)usage.ru_maxrss / 1024);
  return scratch_remove(NULL) == 0 ? 0 : 1;
}
