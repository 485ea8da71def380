/* What the fuzz targets of readers share. */
#ifndef READER_FUZZ_H
#define READER_FUZZ_H

#include <stdint.h>

#include "../sparse/files/source.h"

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

/* Reads an array into the target, which is as its file's comment says. */
typedef tacet_status fuzz_reader(void *context, tacet_target *target,
                                 tacet_error *error);

enum { FUZZ_ELEMENTS = 1024 };

/* Has an array of a file read three times into a tensor of at most
   FUZZ_ELEMENTS: as bits, as weights and as places. What comes out must agree,
   and be within the tensor. */
void fuzz_read_array(const tacet_tensor *tensor, const char *layout,
                     const char *path, fuzz_reader *read, void *context);

/* Lists the bytes as a file of this kind, then reads its arrays so, into
   tensors of their own shape and of another. */
void fuzz_read(const tacet_source_kind *kind, const uint8_t *data, size_t size);

#endif
