/* Memory by the page. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, madvise */

#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

static const size_t huge_page = (size_t)2 << 20;

static void *map(size_t bytes, int sharing) {
  void *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

/* Huge pages begin at multiples of their size: maps one more than is needed
   and gives back what is before and after. */
static void *map_aligned(size_t bytes) {
  unsigned char *memory = map(bytes + huge_page, MAP_PRIVATE);
  if (!memory) return NULL;
  const size_t before = (huge_page - (uintptr_t)memory % huge_page) % huge_page;
  if (before > 0) munmap(memory, before);
  munmap(memory + before + bytes, huge_page - before);
#ifdef MADV_HUGEPAGE
  madvise(memory + before, bytes, MADV_HUGEPAGE);
#endif
  return memory + before;
}

void *tacet_memory_new(size_t bytes, size_t *mapped) {
  *mapped = 0;
  if (bytes < 2 * huge_page) return calloc(bytes, 1);
  if (bytes > SIZE_MAX - 2 * huge_page) return NULL;
  *mapped = (bytes + huge_page - 1) / huge_page * huge_page;
  return map_aligned(*mapped);
}

void *tacet_memory_shared(size_t bytes) {
  return map(bytes, MAP_SHARED);
}

void tacet_memory_free(void *memory, size_t mapped) {
  if (memory && mapped)
    munmap(memory, mapped);
  else
    free(memory);
}
