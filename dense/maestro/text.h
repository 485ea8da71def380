/* MAESTRO files in memory. */
#ifndef TACET_MAESTRO_TEXT_H
#define TACET_MAESTRO_TEXT_H

#include "maestro.h"

/* Reads a whole file into *text, which the caller frees and which ends with a
   NUL behind *size bytes. Errors: TACET_NO_FILE, TACET_NO_MEMORY, and
   TACET_BAD_INPUT if it is too long or holds a NUL. */
tacet_status maestro_load(char **text, size_t *size, const char *path,
                          tacet_error *error);

/* The same from memory. */
tacet_status maestro_copy(char **copy, const char *text, size_t size,
                          const char *path, tacet_error *error);

#endif
