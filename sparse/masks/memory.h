/* Zeroed memory for what may be large. Knows nothing of what it is for. */
#ifndef TACET_MEMORY_H
#define TACET_MEMORY_H

#include <stddef.h>

/* NULL if there is none. Large pieces are mapped on their own, in huge pages
   where the system has them: it hands these out ten times as fast. *mapped is
   for tacet_memory_free. */
void *tacet_memory_new(size_t bytes, size_t *mapped);

/* The same, always mapped, and seen by child processes too. */
void *tacet_memory_shared(size_t bytes);

void tacet_memory_free(void *memory, size_t mapped); /* NULL is fine */

#endif
