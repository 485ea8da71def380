/* What the fuzz targets of readers share. */
#ifndef READER_FUZZ_H
#define READER_FUZZ_H

#include <stdint.h>

#include "../sparse/source.h"

/* libFuzzer calls these, and has the last. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                               unsigned random);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

/* A file to begin with. */
typedef struct fuzz_seed {
  const char *bytes;
  size_t size;
} fuzz_seed;

#define FUZZ_SEED(text)                                                        \
  { text, sizeof(text) - 1 }

/* LLVMFuzzerCustomMutator: an empty input becomes one of the seeds, any other
   is changed as libFuzzer does. */
size_t fuzz_mutate(const fuzz_seed *seeds, size_t count, uint8_t *data,
                   size_t size, size_t room, unsigned random);

/* Aborts unless it is true. */
void fuzz_must(bool true_always);

/* Writes a file of these bytes; the path is valid until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/* Aborts unless a failure is one line that names the file, or its layout. */
void fuzz_check(tacet_status status, const tacet_error *error,
                const char *path);

/* Lists the bytes as a file of this kind, then reads its arrays, as bits and
   as weights, into tensors of their own shape and of another. */
void fuzz_read(const tacet_source_kind *kind, const uint8_t *data, size_t size);

#endif
