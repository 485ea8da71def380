/* How fast masks are read, each line beside what the machine can do in the
   same run. TACET_BENCH_LOG2 sets the elements, 2^30 unless given, which takes
   1.4 GB in the temporary directory. */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../sparse/masks/join.h"
#include "../sparse/masks/mask_store.h"
#include "../sparse/masks/mask_tiles.h"
#include "../sparse/files/workers.h"
#include "bench.h"
#include "cases.h"
#include "limits.h"
#include "scratch.h"

static void must(bool true_always) {
  if (!true_always) exit(1);
}

/* A line, in JSON by its time; beside it what share of a limit it reaches. */
static void report(const char *what, double seconds, double bytes, double limit,
                   const char *of) {
  bench_figure("masks", what, 1e3 * seconds, "ms");
  if (bytes <= 0) return;
  printf("%54.2f GB/s", 1e-9 * bytes / seconds);
  if (limit > 0) printf(", %.0f %% of %s", 100 * bytes / seconds / limit, of);
  putchar('\n');
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
    const tacet_tiling tiling = {
        .rows = mask.size[0], .tile_rows = 64, .tile_columns = 64};
    tacet_tiles_count(r->count, &mask, &tiling);
  }
  tacet_mask_free(&mask);
}

/* In processes of its own, whose memory counts for bench_memory. */
static void read_apart(const reading *r) {
  const pid_t child = fork();
  must(child >= 0);
  if (child == 0) {
    read_mask((void *)(uintptr_t)r);
    _exit(0);
  }
  int how;
  must(waitpid(child, &how, 0) == child && WIFEXITED(how) &&
       WEXITSTATUS(how) == 0);
}

/* The passes that a reader cannot do without, each alone, and what they allow:
   the system zeroes the mask's new pages and copies the cached file. (To map
   the file instead is not safe: whoever truncates it kills the reader.)
   `counting` is of the last pass, at memory bandwidth, or 0. */
static void report_passes(const reading *r, double bytes, double counting,
                          double memory) {
  const double elements =
      (double)r->tensor.rank[0].size * (double)r->tensor.rank[1].size;
  const double zeroing = limit_new_memory((size_t)(elements / 8));
  const double copying = limit_file_copy(r->file, (size_t)bytes);
  const double together = zeroing + copying + counting;
  printf("  of that %.1f ms the system zeroes the mask's new pages and %.1f ms "
         "copies\n  the cached file",
         1e3 * zeroing, 1e3 * copying);
  if (counting > 0) printf(", and counting takes %.1f ms", 1e3 * counting);
  printf(": %.1f ms,\n  which leave at most %.0f %% of memory bandwidth\n",
         1e3 * together, 100 * bytes / together / memory);
}

static void bench_packed(const reading *r, double bytes, double memory) {
  reading counted = *r;
  report("packed mask, read", limit_best(5, read_mask, &counted), bytes, memory,
         "memory bandwidth");
  const int64_t rows = r->tensor.rank[0].size, columns = r->tensor.rank[1].size;
  counted.count =
      malloc((size_t)(rows / 64 * (columns / 64)) * sizeof(int64_t));
  must(counted.count != NULL);
  report("packed mask, and counts of 64 x 64 tiles",
         limit_best(5, read_mask, &counted), bytes, memory, "memory bandwidth");
  free(counted.count);
  report_passes(r, bytes, bytes / memory, memory);
}

static void bench_bytes(const reading *r, double bytes, double memory) {
  report("uint8, contiguous, read",
         limit_best(3, read_mask, (void *)(uintptr_t)r), bytes, memory,
         "memory bandwidth");
  report_passes(r, bytes, 0, memory);
}

static void bench_gzip(const reading *r, double bytes) {
  const double inflating = limit_inflate(r->file, r->dataset);
  const double whole = limit_best(1, read_mask, (void *)(uintptr_t)r);
  report("uint8, gzip-4, read", whole, bytes, bytes / inflating,
         "inflating on all processors");
}

/* Peak of whatever process has read something, beyond its mask. */
static void bench_memory(double bits) {
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  const double peak = (double)usage.ru_maxrss / 1024;
  bench_figure("masks", "most memory of a process that reads", peak, "MiB");
  printf("  %.1f MiB more than the packed mask, of 64 allowed\n",
         peak - bits / (1 << 20));
}

static void bench_reading(int log2) {
  const int64_t rows = INT64_C(1) << (log2 / 2);
  const int64_t columns = INT64_C(1) << (log2 - log2 / 2);
  const double elements = (double)rows * (double)columns, bits = elements / 8;
  const tacet_tensor tensor = matrix_of(rows, columns);
  char packed[1024], bytes[1024], gzip[1024];
  tacet_mask mask = make_mask(&tensor);
  const int64_t nonzeros = mask.nonzeros;
  write_packed(&mask, &tensor);
  write_bytes(&mask, "bytes.h5", false);
  write_bytes(&mask, "gzip.h5", true);
  tacet_mask_free(&mask);
  snprintf(packed, sizeof packed, "%s", scratch_path("packed.h5"));
  snprintf(bytes, sizeof bytes, "%s", scratch_path("bytes.h5"));
  snprintf(gzip, sizeof gzip, "%s", scratch_path("gzip.h5"));
  const reading r[] = {{tensor, packed, "/w/weight", nonzeros, NULL},
                       {tensor, bytes, "/w", nonzeros, NULL},
                       {tensor, gzip, "/w", nonzeros, NULL}};
  for (int i = 0; i < 3; i++) read_apart(&r[i]);
  printf("masks of 2^%d elements, %d processors\n", log2, tacet_processors());
  bench_memory(bits);
  const double memory = bits / limit_memory_read((size_t)bits);
  report("limit: memory read", bits / memory, bits, 0, "");
  bench_packed(&r[0], bits, memory);
  bench_bytes(&r[1], elements, memory);
  bench_gzip(&r[2], elements);
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
  const tacet_tiling rows = {
      .rows = 4096, .tile_rows = 1, .tile_columns = 4096};
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
  report("effectual MACs of 4096^3 by tables for any box",
         limit_best(5, join_pair, &p), 0, 0, "");
  report("effectual MACs of 4096^3 from counts", limit_best(5, count_pair, &p),
         0, 0, "");
  printf("  %lld pairs, of 3 ms allowed\n", (long long)p.both);
  tacet_mask_free(&p.a);
  tacet_mask_free(&p.b);
}

int main(void) {
  must(scratch_make(NULL) == 0);
  bench_reading((int)environment_number("TACET_BENCH_LOG2", 30));
  bench_pair();
  return scratch_remove(NULL) == 0 ? 0 : 1;
}
