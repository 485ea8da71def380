/* Where a report goes: standard output, or a file that is written whole or not
   at all. */
#ifndef TACET_OUTPUT_H
#define TACET_OUTPUT_H

#include <stddef.h>

#include "../dense/error.h"

/* Writes text[size] to the file `path`, or to standard output if it is NULL.
   A regular file appears, or changes, only when all of it is on disk; nobody
   sees a part of it, also if a signal arrives. Errors: TACET_NO_FILE if
   `path` cannot be written, TACET_WRITE_FAILED if the machine did not take
   it all. */
tacet_status tacet_output_write(const char *path, const char *text, size_t size,
                                tacet_error *error);

/* Whether a file could be written there, as far as can be known before: error
   TACET_NO_FILE. NULL: standard output. */
tacet_status tacet_output_check(const char *path, tacet_error *error);

#endif
