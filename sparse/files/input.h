/* A regular file that nobody vouches for, read from its start to its end
   through a small buffer: bytes, and the numbers of text files. Knows nothing
   of formats. */
#ifndef TACET_INPUT_H
#define TACET_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "../../dense/error.h"

typedef struct tacet_input {
  const char *path;         /* borrowed, as is the place */
  const tacet_place *place; /* of what names the file; may be NULL */
  int descriptor;
  int64_t size; /* when it was opened */
  struct timespec modified;
  int64_t offset; /* of the byte after the buffer */
  int64_t line;   /* of the next byte, from 1 */
  size_t next, filled;
  unsigned char buffer[1 << 16];
} tacet_input;

/* Errors: TACET_NO_FILE if it cannot be opened or is no regular file. To be
   closed only if that worked. */
tacet_status tacet_input_open(tacet_input *input, const char *path,
                              const tacet_place *place, tacet_error *error);
void tacet_input_close(tacet_input *input);

/* The next byte, left where it is or taken; -1 at the end. */
int tacet_input_peek(tacet_input *input);
int tacet_input_take(tacet_input *input);

/* Moves to a byte of the file; line is then 1. */
void tacet_input_seek(tacet_input *input, int64_t offset);

/* Copies the next bytes; an error if there are fewer. */
tacet_status tacet_input_copy(tacet_input *input, void *bytes, int64_t count,
                              tacet_error *error);

/* Goes on to the next line. */
void tacet_input_skip_line(tacet_input *input);

/* Spaces, tabs, line ends and one comma are skipped; then comes a whole number
   of 0 to 2^63-1. `what` names it in messages. */
tacet_status tacet_input_count(tacet_input *input, int64_t *count,
                               const char *what, tacet_error *error);

/* The next word of at most size-1 bytes, after spaces and line ends. */
tacet_status tacet_input_word(tacet_input *input, char *word, size_t size,
                              const char *what, tacet_error *error);

/* Error unless nothing but space is left, and the file is what it was. */
tacet_status tacet_input_end(tacet_input *input, tacet_error *error);

/* Error if the file has changed since it was opened. */
tacet_status tacet_input_unchanged(const tacet_input *input,
                                   tacet_error *error);

/* Error TACET_BAD_INPUT "path: message" at the input's place; the second with
   the line that has been reached, "path:line: message". */
tacet_status tacet_input_refuse(const tacet_input *input, tacet_error *error,
                                const char *format, ...)
    __attribute__((format(printf, 3, 4)));
tacet_status tacet_input_refuse_line(const tacet_input *input,
                                     tacet_error *error, const char *format,
                                     ...) __attribute__((format(printf, 3, 4)));

#endif
