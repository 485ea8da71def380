/* What this machine can do at best, in seconds, for benchmarks to stand
   beside. All processors take part. */
#ifndef LIMITS_H
#define LIMITS_H

#include <stddef.h>

/* Seconds of the best of some runs. */
typedef void limit_work(void *context);
double limit_best(int runs, limit_work *work, void *context);

/* So many bytes of memory read once, in order. */
double limit_memory_read(size_t bytes);

/* As many taken anew from the system, which zeroes them, and returned. */
double limit_new_memory(size_t bytes);

/* The first bytes of a file that is in the page cache, into a little memory
   that stays in the processors' caches. */
double limit_file_copy(const char *path, size_t bytes);

/* All chunks of a gzip dataset of bytes inflated, from memory. */
double limit_inflate(const char *path, const char *dataset);

#endif
