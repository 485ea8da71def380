/* Limits of the machine, each by the least program that meets it. */
#include "limits.h"

#include <fcntl.h>
#include <hdf5.h>
#include <libdeflate.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../sparse/masks/memory.h"
#include "../sparse/files/workers.h"

enum { PIECE = 1 << 18 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void must(bool true_always) {
  if (!true_always) exit(1);
}

double limit_best(int runs, limit_work *work, void *context) {
  double best = 1e9;
  for (int i = 0; i < runs; i++) {
    const double begin = now();
    work(context);
    const double seconds = now() - begin;
    if (seconds < best) best = seconds;
  }
  return best;
}

/* Work on pieces of PIECE bytes. */
typedef struct pieces {
  size_t bytes;
  unsigned char *memory;
  int file;
  tacet_workers_job *job;
  volatile uint64_t sum[TACET_MOST_WORKERS]; /* so that it is not left out */
} pieces;

static void run_pieces(void *context) {
  const pieces *p = context;
  tacet_workers_run(tacet_processors(), (int64_t)(p->bytes / PIECE), p->job,
                    context);
}

/* ---- memory ------------------------------------------------------------- */

static void read_piece(void *context, int64_t piece, int worker) {
  pieces *p = context;
  const uint64_t *word =
      (const uint64_t *)(const void *)(p->memory + piece * PIECE);
  uint64_t sum[4] = {0};
  for (int i = 0; i < PIECE / 8; i += 4)
    for (int lane = 0; lane < 4; lane++) sum[lane] += word[i + lane];
  p->sum[worker] = sum[0] + sum[1] + sum[2] + sum[3];
}

static void touch_piece(void *context, int64_t piece, int worker) {
  const pieces *p = context;
  (void)worker;
  for (int i = 0; i < PIECE; i += 4096) p->memory[piece * PIECE + i] = 1;
}

static void take_memory(void *context) {
  pieces *p = context;
  size_t mapped;
  p->memory = tacet_memory_new(p->bytes, &mapped);
  must(p->memory != NULL);
  run_pieces(p);
  tacet_memory_free(p->memory, mapped);
}

double limit_new_memory(size_t bytes) {
  pieces p = {.bytes = bytes, .job = touch_piece};
  return limit_best(5, take_memory, &p);
}

double limit_memory_read(size_t bytes) {
  pieces p = {.bytes = bytes, .job = touch_piece};
  size_t mapped;
  p.memory = tacet_memory_new(bytes, &mapped);
  must(p.memory != NULL);
  run_pieces(&p);
  p.job = read_piece;
  const double seconds = limit_best(5, run_pieces, &p);
  tacet_memory_free(p.memory, mapped);
  return seconds;
}

/* ---- files -------------------------------------------------------------- */

static void copy_piece(void *context, int64_t piece, int worker) {
  const pieces *p = context;
  must(pread(p->file, p->memory + (int64_t)worker * PIECE, PIECE,
             piece * PIECE) == PIECE);
}

double limit_file_copy(const char *path, size_t bytes) {
  pieces p = {.bytes = bytes, .job = copy_piece};
  p.memory = malloc((size_t)tacet_processors() * PIECE);
  p.file = open(path, O_RDONLY);
  must(p.memory != NULL && p.file >= 0);
  const double seconds = limit_best(3, run_pieces, &p);
  close(p.file);
  free(p.memory);
  return seconds;
}

/* ---- gzip --------------------------------------------------------------- */

enum { MOST_CHUNKS = 4096 };

typedef struct inflation {
  int64_t chunks;
  size_t size[MOST_CHUNKS], room; /* room: for a chunk's values */
  unsigned char *stored[MOST_CHUNKS];
  unsigned char *values[TACET_MOST_WORKERS];
  struct libdeflate_decompressor *inflater[TACET_MOST_WORKERS];
} inflation;

static void inflate_chunk(void *context, int64_t chunk, int worker) {
  const inflation *n = context;
  must(libdeflate_zlib_decompress(n->inflater[worker], n->stored[chunk],
                                  n->size[chunk], n->values[worker], n->room,
                                  NULL) == LIBDEFLATE_SUCCESS);
}

static void inflate_all(void *context) {
  const inflation *n = context;
  tacet_workers_run(tacet_processors(), n->chunks, inflate_chunk, context);
}

static void fetch_chunks(inflation *n, hid_t dataset) {
  const hid_t creation = H5Dget_create_plist(dataset);
  const hid_t space = H5Dget_space(dataset);
  hsize_t chunk[2], count, start[2], bytes;
  must(H5Pget_chunk(creation, 2, chunk) == 2);
  must(H5Dget_num_chunks(dataset, space, &count) >= 0);
  must(count <= MOST_CHUNKS);
  n->room = (size_t)(chunk[0] * chunk[1]);
  for (; (hsize_t)n->chunks < count; n->chunks++) {
    uint32_t skipped;
    must(H5Dget_chunk_info(dataset, space, (hsize_t)n->chunks, start, &skipped,
                           NULL, &bytes) >= 0);
    n->size[n->chunks] = (size_t)bytes;
    n->stored[n->chunks] = malloc((size_t)bytes);
    must(n->stored[n->chunks] != NULL);
    must(H5Dread_chunk(dataset, H5P_DEFAULT, start, &skipped,
                       n->stored[n->chunks]) >= 0);
  }
  H5Sclose(space);
  H5Pclose(creation);
}

double limit_inflate(const char *path, const char *dataset) {
  inflation *n = calloc(1, sizeof *n);
  must(n != NULL);
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t id = H5Dopen2(file, dataset, H5P_DEFAULT);
  fetch_chunks(n, id);
  H5Dclose(id);
  H5Fclose(file);
  for (int w = 0; w < tacet_processors(); w++) {
    n->values[w] = malloc(n->room);
    n->inflater[w] = libdeflate_alloc_decompressor();
    must(n->values[w] != NULL && n->inflater[w] != NULL);
  }
  const double seconds = limit_best(1, inflate_all, n);
  for (int w = 0; w < tacet_processors(); w++) {
    free(n->values[w]);
    libdeflate_free_decompressor(n->inflater[w]);
  }
  for (int64_t c = 0; c < n->chunks; c++) free(n->stored[c]);
  free(n);
  return seconds;
}
