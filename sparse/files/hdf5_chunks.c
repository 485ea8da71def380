/* Chunks as they are stored, and inflated here. HDF5 finds and reads them, one
   thread at a time; whatever is unusual about a chunk is left to it as well. */
#include "hdf5_chunks.h"

#include <libdeflate.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "workers.h"

static const int64_t least_chunk = INT64_C(1) << 16; /* bytes */
static const int64_t most_memory = INT64_C(32) << 20;

typedef struct hand {
  unsigned char *stored, *inflated, *values; /* [room], [bytes], [bytes] */
  struct libdeflate_decompressor *inflater;
} hand;

typedef struct chunks {
  const tacet_hdf5_dataset *dataset;
  int64_t bytes; /* of a chunk's values */
  size_t room;   /* for one as it is stored */
  hand hand[TACET_MOST_WORKERS];
  tacet_hdf5_take *take;
  void *context;
  pthread_mutex_t lock; /* of HDF5, of take, and of what follows */
  int64_t failed;       /* the first chunk that cannot be read; or INT64_MAX */
  tacet_error error;
} chunks;

static int64_t chunk_bytes(const tacet_hdf5_dataset *dataset) {
  int64_t bytes = dataset->number.bytes;
  for (int axis = 0; axis < dataset->ranks; axis++)
    bytes *= dataset->chunk[axis];
  return bytes;
}

static int64_t chunks_along(const tacet_hdf5_dataset *dataset, int axis) {
  return (dataset->size[axis] + dataset->chunk[axis] - 1) /
         dataset->chunk[axis];
}

static int64_t count_chunks(const tacet_hdf5_dataset *dataset) {
  int64_t count = 1;
  for (int axis = 0; axis < dataset->ranks; axis++)
    count *= chunks_along(dataset, axis);
  return count;
}

bool tacet_hdf5_chunks_pay(const tacet_hdf5_dataset *dataset) {
  return dataset->gzip != TACET_GZIP_OTHER &&
         chunk_bytes(dataset) >= least_chunk && count_chunks(dataset) > 1;
}

/* ---- one chunk ---------------------------------------------------------- */

/* Reads a chunk as it is stored; false if that is in an unusual way. */
static bool fetch(const chunks *c, const hand *h, const int64_t *start,
                  size_t *stored) {
  hsize_t at[TACET_HDF5_RANKS], size = 0;
  uint32_t skipped = 0; /* filters that this chunk does without */
  for (int axis = 0; axis < c->dataset->ranks; axis++)
    at[axis] = (hsize_t)start[axis];
  if (H5Dget_chunk_storage_size(c->dataset->id, at, &size) < 0 || size == 0 ||
      size > c->room)
    return false;
  *stored = (size_t)size;
  return H5Dread_chunk(c->dataset->id, H5P_DEFAULT, at, &skipped, h->stored) >=
             0 &&
         skipped == 0;
}

/* Shuffled values have all first bytes before all second ones. */
static void unshuffle(unsigned char *values, const unsigned char *shuffled,
                      int64_t bytes, int width) {
  const int64_t count = bytes / width;
  for (int byte = 0; byte < width; byte++)
    for (int64_t i = 0; i < count; i++)
      values[i * width + byte] = shuffled[byte * count + i];
}

/* The chunk's values, or NULL if they are not what they should be. */
static unsigned char *decode(const chunks *c, const hand *h, size_t stored) {
  const size_t bytes = (size_t)c->bytes;
  const int width = c->dataset->number.bytes;
  if (c->dataset->gzip == TACET_GZIP_NONE)
    return stored == bytes ? h->stored : NULL;
  if (libdeflate_zlib_decompress(h->inflater, h->stored, stored, h->inflated,
                                 bytes, NULL) != LIBDEFLATE_SUCCESS)
    return NULL;
  if (c->dataset->gzip == TACET_GZIP_PLAIN || width == 1) return h->inflated;
  unshuffle(h->values, h->inflated, c->bytes, width);
  return h->values;
}

/* Leaves out what is beyond the dataset. */
static void clip(unsigned char *values, const tacet_hdf5_dataset *dataset,
                 const int64_t *length) {
  const int inner = dataset->ranks - 1;
  const int64_t width = dataset->number.bytes;
  int64_t index[TACET_HDF5_RANKS] = {0};
  unsigned char *to = values;
  for (int axis = 0; axis >= 0;) {
    int64_t row = 0;
    for (axis = 0; axis < inner; axis++)
      row = (row + index[axis]) * dataset->chunk[axis + 1];
    memmove(to, values + row * width, (size_t)(length[inner] * width));
    to += length[inner] * width;
    for (axis = inner - 1; axis >= 0; axis--) {
      if (++index[axis] < length[axis]) break;
      index[axis] = 0;
    }
  }
}

/* ---- a job -------------------------------------------------------------- */

static void place_chunk(const tacet_hdf5_dataset *dataset, int64_t job,
                        int64_t *start, int64_t *length) {
  for (int axis = dataset->ranks - 1; axis >= 0; axis--) {
    const int64_t along = chunks_along(dataset, axis);
    start[axis] = job % along * dataset->chunk[axis];
    const int64_t left = dataset->size[axis] - start[axis];
    length[axis] = left < dataset->chunk[axis] ? left : dataset->chunk[axis];
    job /= along;
  }
}

/* By HDF5 itself, under the lock. */
static unsigned char *leave_to_hdf5(chunks *c, const hand *h, int64_t job,
                                    const int64_t *start,
                                    const int64_t *length) {
  tacet_error error = {0};
  memset(h->inflated, 0, (size_t)c->bytes); /* some may never be written */
  if (!tacet_hdf5_dataset_read(c->dataset, start, length, h->inflated, &error))
    return h->inflated;
  if (job >= c->failed) return NULL;
  c->failed = job;
  c->error = error;
  return NULL;
}

static void read_chunk(void *context, int64_t job, int worker) {
  chunks *c = context;
  const hand *h = &c->hand[worker];
  int64_t start[TACET_HDF5_RANKS], length[TACET_HDF5_RANKS];
  size_t stored = 0;
  place_chunk(c->dataset, job, start, length);
  pthread_mutex_lock(&c->lock);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* each thread has its own */
  const bool usual = c->failed == INT64_MAX && fetch(c, h, start, &stored);
  pthread_mutex_unlock(&c->lock);
  unsigned char *values = usual ? decode(c, h, stored) : NULL;
  if (values) clip(values, c->dataset, length);
  pthread_mutex_lock(&c->lock);
  if (!values && c->failed > job)
    values = leave_to_hdf5(c, h, job, start, length);
  if (values) c->take(c->context, start, length, values);
  pthread_mutex_unlock(&c->lock);
}

/* ---- all ---------------------------------------------------------------- */

static void free_hands(chunks *c, int workers) {
  for (int w = 0; w < workers; w++) {
    free(c->hand[w].stored);
    free(c->hand[w].inflated);
    free(c->hand[w].values);
    libdeflate_free_decompressor(c->hand[w].inflater);
  }
}

static bool make_hands(chunks *c, int workers) {
  bool made = true;
  for (int w = 0; w < workers; w++) {
    hand *h = &c->hand[w];
    h->stored = malloc(c->room);
    h->inflated = malloc((size_t)c->bytes);
    h->values = malloc((size_t)c->bytes);
    h->inflater = libdeflate_alloc_decompressor();
    made = made && h->stored && h->inflated && h->values && h->inflater;
  }
  return made;
}

tacet_status tacet_hdf5_chunks_read(const tacet_hdf5_dataset *dataset,
                                    int workers, tacet_hdf5_take *take,
                                    void *context, tacet_error *error) {
  chunks c = {.dataset = dataset,
              .bytes = chunk_bytes(dataset),
              .take = take,
              .context = context,
              .failed = INT64_MAX};
  /* deflate adds 5 bytes to 16 KiB that it cannot make smaller */
  c.room = (size_t)(c.bytes + c.bytes / 1024 + 64);
  const int64_t fit = most_memory / (3 * c.bytes);
  if (workers > fit) workers = fit > 1 ? (int)fit : 1;
  tacet_status status = TACET_OK;
  if (make_hands(&c, workers)) {
    pthread_mutex_init(&c.lock, NULL);
    tacet_workers_run(workers, count_chunks(dataset), read_chunk, &c);
    pthread_mutex_destroy(&c.lock);
  } else {
    status = tacet_fail(error, TACET_NO_MEMORY, dataset->file->place,
                        "%s: %s: no memory for chunks of %lld bytes",
                        dataset->file->file, dataset->file->path,
                        (long long)c.bytes);
  }
  free_hands(&c, workers);
  if (status || c.failed == INT64_MAX) return status;
  if (error) *error = c.error;
  return c.error.status;
}
